-- Records the notes that Earmark sends onto a MIDI track of an Ardour session, as a user does who connects Earmark's MIDI output to
-- such a track, and writes down the notes of the region that Ardour made.
--
-- usage: record_notes.lua FOLDER NAME RATE_HZ TRACK FROM_FRAME FRAMES WANTED LIST
--
-- Earmark reads its results while Ardour already runs, so the first pass can begin too early. The script makes another pass until it
-- has recorded WANTED notes. LIST gets a line for every note of the last pass: first frame, length in frames, number, velocity.

local folder, name, _, track, from, frames, wanted, list = table.unpack(arg)
from, frames, wanted = tonumber(from), tonumber(frames), tonumber(wanted)
local PASSES = 4

local function holds_within(seconds, holds)
    for _ = 1, seconds * 20 do
        if holds() then return true end
        ARDOUR.LuaAPI.usleep(50000)
    end
    return false
end

local function wait_until(what, seconds, holds)
    if not holds_within(seconds, holds) then error("waited " .. seconds .. " s in vain for " .. what) end
end

AudioEngine:set_backend("None (Dummy)", "", "")
local session = assert(load_session(folder, name), "Ardour does not open the session")
local by_user = ARDOUR.TransportRequestSource.TRS_UI

local source = session:route_by_name(track)
local earmark = source:nth_plugin(0)
local plugin = earmark:to_insert():plugin(0)
local function set(label, value)
    for index = 0, plugin:parameter_count() - 1 do
        if plugin:parameter_label(index) == label then
            assert(ARDOUR.LuaAPI.set_processor_param(earmark, index, value), "Ardour does not set " .. label)
            return
        end
    end
    error("Earmark has no parameter " .. label)
end
-- The results stay as they are.
set("Listen", 0)
set("Send notes", 1)

local one_port = ARDOUR.ChanCount(ARDOUR.DataType("midi"), 1)
local target = session:new_midi_track(
    one_port, one_port, true, ARDOUR.PluginInfo(), nil, nil, 1, "Found",
    ARDOUR.PresentationInfo.max_order, ARDOUR.TrackMode.Normal, false):front()
local sent = source:output():midi(0)
assert(not sent:isnil(), "Ardour gives the track no MIDI output")
assert(sent:connect(target:input():midi(0):name()) == 0, "Ardour does not connect the MIDI output to the MIDI track")
target:rec_enable_control():set_value(1, PBD.GroupControlDisposition.NoGroup)

local known = {}
--- The region that the last pass made, if it made one.
local function new_region()
    for region in target:to_track():playlist():region_list():iter() do
        local id = region:to_stateful():id():to_s()
        if not known[id] then return region, id end
    end
end

local function notes_of(region)
    assert(region:start():samples() == 0, "the region does not begin with what was recorded")
    local tempo = Temporal.TempoMap.read()
    local notes = {}
    for note in ARDOUR.LuaAPI.note_list(region:to_midiregion():model()):iter() do
        -- The session has one tempo, so a time from the region's beginning on is the same everywhere.
        local at = region:position():samples() + tempo:sample_at_beats(note:time())
        table.insert(notes, string.format(
            "%d\t%d\t%d\t%d\n", at, tempo:sample_at_beats(note:length()), note:note(), note:velocity()))
    end
    return notes
end

local notes = {}
for _ = 1, PASSES do
    session:request_locate(from, false, ARDOUR.LocateTransportDisposition.MustStop, by_user)
    wait_until("the playhead", 30, function() return session:transport_sample() == from end)
    session:maybe_enable_record(false)
    session:request_roll(by_user)
    wait_until("the end of the stretch", 60, function() return session:transport_sample() >= from + frames end)
    session:request_stop(false, false, by_user)
    wait_until("a stop", 30, function() return not session:transport_rolling() end)
    -- A pass without a note can end without a region.
    if holds_within(10, new_region) then
        local region, id = new_region()
        known[id] = true
        notes = notes_of(region)
    end
    print(#notes .. " notes")
    if #notes >= wanted then break end
end
local file = assert(io.open(list, "w"))
file:write(table.concat(notes))
file:close()
session:save_state("")
close_session()
quit()
