-- Stands in for REAPER: a project in memory, and those functions of REAPER's that its documentation describes, with the order and the
-- types of their arguments as documented (ReaScript, REAPER 7.60). Any other function and any other argument is an error.

local project = { markers = {}, tracks = {}, selected = nil, cursor_s = 0, state = {}, next_id = 1, undo_blocks = 0, undo_depth = 0,
    refresh = 0, messages = {}, script = nil }

local is_a = {
    project = function(value) return value == 0 end,
    integer = function(value) return math.type(value) == "integer" end,
    number = function(value) return type(value) == "number" end,
    string = function(value) return type(value) == "string" end,
    boolean = function(value) return type(value) == "boolean" end,
    track = function(value) return type(value) == "table" and value.is_track end,
}

local documented = {}

local function document(name, types, does)
    documented[name] = function(...)
        assert(select("#", ...) == #types, name .. " takes " .. #types .. " arguments")
        for index, wanted in ipairs(types) do
            local given = select(index, ...)
            assert(is_a[wanted](given), name .. ": argument " .. index .. " is not a " .. wanted .. ": " .. tostring(given))
        end
        return does(...)
    end
end

local function sort()
    table.sort(project.markers, function(a, b) return a.start_s < b.start_s or a.start_s == b.start_s and a.id < b.id end)
end

document("GetOS", {}, function() return "Other" end)
document("file_exists", { "string" }, function(path)
    local file = io.open(path, "rb")
    return file ~= nil and file:close()
end)
document("ShowMessageBox", { "string", "string", "integer" }, function(message, title)
    table.insert(project.messages, title .. ": " .. message)
    return 1
end)
document("get_action_context", {}, function() return false, project.script, 0, 40000, -1, -1, -1, "" end)
document("CountTracks", { "project" }, function() return #project.tracks end)
document("GetTrack", { "project", "integer" }, function(_, index) return project.tracks[index + 1] end)
document("GetSelectedTrack", { "project", "integer" }, function(_, index) return index == 0 and project.selected or nil end)
document("GetTrackName", { "track" }, function(track) return true, track.name end)
document("TrackFX_GetByName", { "track", "string", "boolean" }, function(track, name, instantiate)
    assert(not instantiate, "nothing may be added to the track")
    return track.effect == name and 0 or -1
end)
document("EnumProjectMarkers3", { "project", "integer" }, function(_, index)
    local marker = project.markers[index + 1]
    if not marker then return 0, false, 0.0, 0.0, "", 0, 0 end
    return index + 1, marker.is_region, marker.start_s, marker.end_s, marker.name, marker.id, marker.colour
end)
document("AddProjectMarker2", { "project", "boolean", "number", "number", "string", "integer", "integer" },
    function(_, is_region, start_s, end_s, name, _, colour)
        assert(project.undo_depth == 1, "changes belong into an undo block")
        local id = project.next_id
        project.next_id = id + 1
        table.insert(project.markers, { is_region = is_region, start_s = start_s, end_s = end_s, name = name, colour = colour, id = id,
            guid = string.format("{%08X}", id * 7919) })
        sort()
        return id
    end)
document("DeleteProjectMarkerByIndex", { "project", "integer" }, function(_, index)
    assert(project.undo_depth == 1, "changes belong into an undo block")
    return table.remove(project.markers, index + 1) ~= nil
end)
document("GetSetProjectInfo_String", { "project", "string", "string", "boolean" }, function(_, what, _, is_set)
    assert(not is_set)
    local index = assert(what:match("^MARKER_GUID:(%d+)$"), "this stand-in knows no " .. what)
    local marker = project.markers[tonumber(index) + 1]
    return marker ~= nil, marker and marker.guid or ""
end)
document("GetProjExtState", { "project", "string", "string" }, function(_, extension, key)
    local value = project.state[extension .. "\0" .. key]
    return value and #value or 0, value or ""
end)
document("SetProjExtState", { "project", "string", "string", "string" }, function(_, extension, key, value)
    project.state[extension .. "\0" .. key] = value
    return #value
end)
document("ColorToNative", { "integer", "integer", "integer" }, function(red, green, blue)
    return red | green << 8 | blue << 16
end)
document("Undo_BeginBlock2", { "project" }, function() project.undo_depth = project.undo_depth + 1 end)
document("Undo_EndBlock2", { "project", "string", "integer" }, function()
    project.undo_depth = project.undo_depth - 1
    project.undo_blocks = project.undo_blocks + 1
end)
document("PreventUIRefresh", { "integer" }, function(by) project.refresh = project.refresh + by end)
document("UpdateTimeline", {}, function() end)
document("GetCursorPosition", {}, function() return project.cursor_s end)
document("SetEditCurPos2", { "project", "number", "boolean", "boolean" }, function(_, time_s) project.cursor_s = time_s end)

reaper = setmetatable({}, {
    __index = function(_, name) return documented[name] or error("REAPER documents no function " .. name, 2) end,
    __newindex = function() error("nothing may be put into reaper") end,
})

return project
