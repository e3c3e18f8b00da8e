-- Makes an Ardour session with one stereo track that has Earmark on it.
--
-- usage: make_session.lua FOLDER NAME RATE_HZ TRACK

local folder, name, rate_hz, track = table.unpack(arg)

AudioEngine:set_backend("None (Dummy)", "", "")
local session = assert(create_session(folder, name, tonumber(rate_hz)), "Ardour makes no session")
local tracks = session:new_audio_track(
    2, 2, nil, 1, track, ARDOUR.PresentationInfo.max_order, ARDOUR.TrackMode.Normal, true)
local plugin = ARDOUR.LuaAPI.new_plugin(session, "Earmark", ARDOUR.PluginType.VST3, "")
assert(not plugin:isnil(), "Ardour does not know the plugin")
tracks:front():add_processor_by_index(plugin, 0, nil, true)
session:save_state("")
close_session()
quit()
