-- Earmark: regions to markers
-- Makes a region in the project for every region that Earmark found on the selected track, named and coloured by its state. Run it
-- again after a training or a correction: it replaces its own regions of that track. It never deletes a marker or a region that you
-- made, renamed or moved.

local PROJECT = 0 -- the open one

local script = select(2, reaper.get_action_context())
local shared = dofile(script:match("^(.*[/\\])") .. "earmark_shared.lua")

-- The saved state of the project that this changes: markers and what scripts keep in it.
local UNDO_STATE_MISCCFG = 8

local function delete(regions)
  -- From the last to the first, because an index counts those before it.
  table.sort(regions, function(a, b)
    return a.index > b.index
  end)
  for _, region in ipairs(regions) do
    reaper.DeleteProjectMarkerByIndex(PROJECT, region.index)
  end
end

local function make(wanted)
  for _, region in ipairs(wanted) do
    reaper.AddProjectMarker2(PROJECT, true, region.start_s, region.end_s, shared.name(region), -1, shared.colour(region))
  end
end

-- The regions of the project that were not there before.
local function new_ones(before)
  local made, index = {}, 0
  local guids = {}
  for guid, at in pairs(shared.identifiers()) do
    guids[at] = guid
  end
  while true do
    local found, _, start_s, end_s, name = reaper.EnumProjectMarkers3(PROJECT, index)
    if found == 0 then
      return made
    end
    if not before[guids[index]] then
      table.insert(made, { guid = guids[index], start_s = start_s, end_s = end_s, name = name })
    end
    index = index + 1
  end
end

local function place(region)
  return string.format("%.6f %.6f %s", region.start_s, region.end_s, region.name or shared.name(region))
end

local function replace(found)
  local ours = shared.ours(found.source)
  local there, wanted, stale, kept = {}, {}, {}, {}
  local is_wanted = {}
  for _, region in ipairs(ours) do
    there[place(region)] = region
  end
  for _, region in ipairs(found.regions) do
    -- A project has no place before zero.
    if shared.is_shown(region) and region.end_s > 0 then
      region.start_s = math.max(0, region.start_s)
      is_wanted[place(region)] = true
      if not there[place(region)] then
        table.insert(wanted, region)
      end
    end
  end
  for _, region in ipairs(ours) do
    table.insert(is_wanted[place(region)] and kept or stale, region)
  end
  delete(stale)
  local before = shared.identifiers()
  make(wanted)
  for _, region in ipairs(new_ones(before)) do
    table.insert(kept, region)
  end
  shared.remember(found.source, kept)
end

local function run()
  local found = shared.found()
  if not found then
    return
  end
  if not shared.identifiers() then
    return shared.complain("This version of REAPER does not tell its regions apart: update REAPER to 6.35 or newer.")
  end
  reaper.Undo_BeginBlock2(PROJECT)
  reaper.PreventUIRefresh(1)
  -- Whatever goes wrong inside, the block must end.
  local is_done, reason = pcall(replace, found)
  reaper.PreventUIRefresh(-1)
  reaper.UpdateTimeline()
  reaper.Undo_EndBlock2(PROJECT, "Earmark: regions to markers", UNDO_STATE_MISCCFG)
  if not is_done then
    shared.complain("The regions could not be made: undo this action and run it again. " .. tostring(reason))
  end
end

run()
