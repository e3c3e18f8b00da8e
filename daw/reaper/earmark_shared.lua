-- What the Earmark actions share: they run the command line, and know which regions of the project Earmark made.
-- Not an action itself; keep it beside them.

local shared = {}

-- Settings. `cargo xtask install` keeps this file if you change it.
local PROFILE = "default"
local MODEL = "AISFX"

local PROJECT = 0 -- the open one
local TITLE = "Earmark"
local EXTENSION = "Earmark"
-- Far smaller than a sample; REAPER writes positions with more digits into a project.
local SAME_PLACE_S = 1e-6
-- How many regions of a track a project remembers.
local MOST_REMEMBERED = 20000

-- A region that is switched off in the list gets no marker.
local COLOURS = {
  found = { 74, 134, 232 },
  provisional = { 140, 160, 190 },
  positive = { 60, 160, 80 },
  negative = { 200, 70, 60 },
  unsure = { 220, 170, 40 },
}

function shared.complain(text)
  reaper.ShowMessageBox(text, TITLE, 0)
end

-- Running `earmark`. The only text that reaches a shell is the path of the program, two settings of plain letters and
-- hexadecimal digits, so no name of a track can do harm there.

local is_windows = reaper.GetOS():match("^Win") ~= nil

local function quoted(path)
  if is_windows then
    return '"' .. path .. '"'
  end
  return "'" .. path:gsub("'", "'\\''") .. "'"
end

local function output_of(command)
  if is_windows then
    -- Starts the program without a shell and without a black window. The first line is the exit code.
    local said = reaper.ExecProcess(command, 0)
    return said and said:gsub("^[^\n]*\n?", "", 1) or ""
  end
  local pipe = io.popen(command .. " 2>&1", "r")
  if not pipe then
    return ""
  end
  local text = pipe:read("a")
  pipe:close()
  return text or ""
end

local function places()
  if is_windows then
    return { (os.getenv("LOCALAPPDATA") or "") .. "\\Programs\\Earmark\\earmark.exe" }
  end
  local home = os.getenv("HOME") or ""
  return { home .. "/.local/bin/earmark", home .. "/.local/lib/earmark/earmark" }
end

local function on_search_path()
  local separator = is_windows and ";" or ":"
  local name = is_windows and "\\earmark.exe" or "/earmark"
  for folder in (os.getenv("PATH") or ""):gmatch("[^" .. separator .. "]+") do
    if reaper.file_exists(folder .. name) then
      return folder .. name
    end
  end
end

local function program()
  for _, path in ipairs(places()) do
    if reaper.file_exists(path) then
      return quoted(path)
    end
  end
  local path = on_search_path()
  return path and quoted(path)
end

local function hex(text)
  return (text:gsub(".", function(char)
    return string.format("%02x", char:byte())
  end))
end

local UNESCAPED = { t = "\t", n = "\n", r = "\r" }

local function fields_of(line)
  local fields = {}
  for field in (line .. "\t"):gmatch("([^\t]*)\t") do
    fields[#fields + 1] = field:gsub("\\(.)", function(char)
      return UNESCAPED[char] or char
    end)
  end
  return fields
end

local function timeline(earmark, track)
  local command = earmark .. " --profile " .. quoted(PROFILE) .. " timeline --model " .. quoted(MODEL)
    .. " --include-rejected --tsv --source-hex " .. hex(track)
  local said = output_of(command)
  local found = { regions = {} }
  for line in said:gmatch("[^\r\n]+") do
    local field = fields_of(line)
    if field[1] == "track" then
      found.source = field[3]
    elseif field[1] == "region" then
      table.insert(found.regions, {
        start_s = tonumber(field[2]),
        end_s = tonumber(field[3]),
        score = tonumber(field[7]),
        state = field[8],
        class = field[9],
      })
    elseif field[1] == "error" then
      return nil, field[2]
    elseif field[1] == "end" and found.source and tonumber(field[2]) == #found.regions then
      return found
    end
  end
  return nil, "the command line of Earmark gave no whole answer: install Earmark again. It said: " .. said
end

local function name_of(track)
  local _, name = reaper.GetTrackName(track)
  return name
end

local function names_of_tracks()
  local selected = reaper.GetSelectedTrack(PROJECT, 0)
  if selected then
    return { name_of(selected) }
  end
  local with_earmark, all = {}, {}
  for index = 0, reaper.CountTracks(PROJECT) - 1 do
    local track = reaper.GetTrack(PROJECT, index)
    table.insert(all, name_of(track))
    if reaper.TrackFX_GetByName(track, "Earmark", false) >= 0 then
      table.insert(with_earmark, name_of(track))
    end
  end
  return #with_earmark > 0 and with_earmark or all
end

-- What was found on the selected track, or on the first track that Earmark knows when no track is selected; nil after a message to
-- the user.
function shared.found()
  if PROFILE:find("[^%w _.-]") or MODEL:find("[^%w _.-]") then
    return shared.complain("The settings at the top of earmark_shared.lua may hold letters, digits, spaces, '_', '.' and '-': change them.")
  end
  local earmark = program()
  if not earmark then
    return shared.complain("The command line of Earmark is not installed: run `cargo xtask install`, or add the folder of `earmark` to your PATH.")
  end
  local reason = "This project has no track: add one with Earmark on it."
  for index, track in ipairs(names_of_tracks()) do
    local found, why = timeline(earmark, track)
    if found then
      return found
    end
    if index == 1 then
      reason = why
    end
  end
  shared.complain(reason)
end

function shared.name(region)
  local class = region.class ~= "" and " " .. region.class or ""
  return string.format("Earmark %s%s %.2f", region.state, class, region.score)
end

function shared.is_shown(region)
  return COLOURS[region.state] ~= nil
end

function shared.colour(region)
  local colour = COLOURS[region.state]
  return reaper.ColorToNative(colour[1], colour[2], colour[3]) | 0x1000000
end

local function key_of(source)
  return "regions of " .. source
end

-- The identifier of the marker or region at `index`, which stays when others are added or deleted.
local function identifier(index)
  local has_one, guid = reaper.GetSetProjectInfo_String(PROJECT, "MARKER_GUID:" .. index, "", false)
  return has_one and guid ~= "" and guid or nil
end

-- What the project remembers of the regions that this action has made for the track, also of those that an undo may bring back.
local function remembered(source)
  local made = {}
  local _, saved = reaper.GetProjExtState(PROJECT, EXTENSION, key_of(source))
  for line in saved:gmatch("[^\n]+") do
    local field = fields_of(line)
    if #field == 4 then
      table.insert(made, { guid = field[1], start_s = tonumber(field[2]), end_s = tonumber(field[3]), name = field[4] })
    end
  end
  return made
end

-- All regions of the project that this action made for the track and the user left as they were: by name and by place.
function shared.ours(source)
  local made = {}
  for _, region in ipairs(remembered(source)) do
    made[region.guid] = region
  end
  local ours, index = {}, 0
  while true do
    local found, is_region, start_s, end_s, name = reaper.EnumProjectMarkers3(PROJECT, index)
    if found == 0 then
      return ours
    end
    local guid = identifier(index)
    local as_made = guid and made[guid]
    if as_made then
      local is_there = is_region and name == as_made.name
        and math.abs(start_s - as_made.start_s) < SAME_PLACE_S
        and math.abs(end_s - as_made.end_s) < SAME_PLACE_S
      if is_there then
        table.insert(ours, { index = index, guid = guid, start_s = start_s, end_s = end_s, name = name })
      end
    end
    index = index + 1
  end
end

-- Remembers in the project which regions the action made for the track.
function shared.remember(source, regions)
  local lines, all, is_listed = {}, {}, {}
  for _, region in ipairs(regions) do
    is_listed[region.guid] = true
    table.insert(all, region)
  end
  for _, region in ipairs(remembered(source)) do
    if not is_listed[region.guid] and #all < MOST_REMEMBERED then
      table.insert(all, region)
    end
  end
  for _, region in ipairs(all) do
    local name = region.name:gsub("\\", "\\\\"):gsub("\t", "\\t"):gsub("\n", "\\n"):gsub("\r", "\\r")
    table.insert(lines, string.format("%s\t%.17g\t%.17g\t%s", region.guid, region.start_s, region.end_s, name))
  end
  reaper.SetProjExtState(PROJECT, EXTENSION, key_of(source), table.concat(lines, "\n"))
end

-- The identifiers of all markers and regions, as keys.
function shared.identifiers()
  local all, index = {}, 0
  while reaper.EnumProjectMarkers3(PROJECT, index) ~= 0 do
    local guid = identifier(index)
    if not guid then
      return nil
    end
    all[guid] = index
    index = index + 1
  end
  return all
end

-- Moves the edit cursor to the start of the next hit after it, or the last one before it. Negative regions are not hits.
function shared.go(is_forwards)
  local found = shared.found()
  if not found then
    return
  end
  local here_s, target_s = reaper.GetCursorPosition(), nil
  for _, region in ipairs(found.regions) do
    local is_hit = shared.is_shown(region) and region.state ~= "negative"
    local at_s = region.start_s
    if is_hit and is_forwards and at_s > here_s + SAME_PLACE_S then
      target_s = math.min(target_s or at_s, at_s)
    elseif is_hit and not is_forwards and at_s < here_s - SAME_PLACE_S then
      target_s = math.max(target_s or at_s, at_s)
    end
  end
  if not target_s then
    local where = is_forwards and "after" or "before"
    return shared.complain("There is no hit " .. where .. " the edit cursor.")
  end
  reaper.SetEditCurPos2(PROJECT, target_s, true, true)
end

return shared
