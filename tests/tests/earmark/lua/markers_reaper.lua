-- Runs Earmark's actions for REAPER against a stand-in, and prints what became of the project.
--
-- usage: markers_reaper.lua FOLDER_OF_THE_ACTIONS TRACK STAND_IN
--
-- Waits for a line on standard input before the third run, so that the test can correct a result meanwhile.

local folder, track, stand_in = table.unpack(arg)
local project = dofile(stand_in)
local drums = { is_track = true, name = "Drums" }
local earmarked = { is_track = true, name = track }
project.tracks = { drums, earmarked }
project.markers = {
    { is_region = true, start_s = 0.1, end_s = 0.2, name = "Earmark found 0.97", colour = 0, id = 100, guid = "{USER1}" },
    { is_region = false, start_s = 3601.0, end_s = 0.0, name = "Verse", colour = 0, id = 101, guid = "{USER2}" },
}

local function act(name)
    project.script = folder .. "/" .. name .. ".lua"
    dofile(project.script)
    assert(project.undo_depth == 0 and project.refresh == 0)
end

local function show(what)
    for _, marker in ipairs(project.markers) do
        print(what, marker.guid, marker.is_region, string.format("%.6f\t%.6f", marker.start_s, marker.end_s), marker.name,
            string.format("%08x", marker.colour))
    end
end

act("earmark_regions_to_markers")
show("first")
act("earmark_regions_to_markers")
show("second")
print("undo", project.undo_blocks)

for _ = 1, 3 do
    act("earmark_next_hit")
    print("next", string.format("%.6f", project.cursor_s))
end
act("earmark_previous_hit")
print("previous", string.format("%.6f", project.cursor_s))
for _, message in ipairs(project.messages) do print("message", message) end
project.messages = {}

-- The user renames the first of Earmark's, and sorts another region in before them all.
for _, marker in ipairs(project.markers) do
    if marker.name:find("^Earmark found") and not marker.guid:find("USER") then
        marker.name = "Mine"
        break
    end
end
table.insert(project.markers, 1, { is_region = true, start_s = 0, end_s = 9, name = "Intro", colour = 0, id = 102, guid = "{USER3}" })
print("pause")
io.stdout:flush()
io.read()
project.selected = earmarked
act("earmark_regions_to_markers")
show("third")

project.selected = drums
act("earmark_regions_to_markers")
show("fourth")
for _, message in ipairs(project.messages) do print("message", message) end
