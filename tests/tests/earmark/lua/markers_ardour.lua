-- Runs Earmark's action in an Ardour session as Ardour's editor would, and writes down the markers after each run.
--
-- usage: markers_ardour.lua FOLDER NAME RATE_HZ TRACK ACTION LIST RUNS
--
-- Makes the session with two tracks and a range of the user's, if there is none yet. LIST gets a line for every marker after every
-- run, and an empty line after that. After the last run the first marker of Earmark's is renamed, as a user would.

local folder, name, rate_hz, track, action, list, runs = table.unpack(arg)

AudioEngine:set_backend("None (Dummy)", "", "")
local file = io.open(folder .. "/" .. name .. ".ardour")
local session
if file then
    file:close()
    session = assert(load_session(folder, name), "Ardour does not open the session")
else
    session = assert(create_session(folder, name, tonumber(rate_hz)), "Ardour makes no session")
    for _, of in ipairs({ "Drums", track }) do
        session:new_audio_track(2, 2, nil, 1, of, ARDOUR.PresentationInfo.max_order, ARDOUR.TrackMode.Normal, true)
    end
    local theirs = session:locations():add_range(Temporal.timepos_t(4800), Temporal.timepos_t(9600))
    -- Looks like one of Earmark's, but is not.
    theirs:set_name("Earmark found 0.97 #000000")
end

local made
ardour = function(description) made = description end
assert(loadfile(action))()
assert(made["type"] == "EditorAction" and made.name:find("Earmark"))
Session = session
-- What Ardour's editor takes from its scripts.
local open, exit_script = io.open, quit
for _, gone in ipairs({ "dofile", "require", "package", "debug", "rawget", "rawset", "coroutine", "module" }) do _G[gone] = nil end
os.exit, os.setlocale = nil, nil

local out = assert(open(list, "a"))
for _ = 1, tonumber(runs) do
    factory()()
    for location in session:locations():list():iter() do
        if location:is_range_marker() then
            out:write(string.format("%d\t%d\t%s\n", location:start():samples(), location:_end():samples(), location:name()))
        end
    end
    out:write("\n")
end
out:close()
local first
for location in session:locations():list():iter() do
    local at = location:start():samples()
    if location:name():find("^Earmark found") and at > 9600 and (not first or at < first:start():samples()) then first = location end
end
if first then first:set_name("Mine") end
session:save_state("")
close_session()
exit_script()
