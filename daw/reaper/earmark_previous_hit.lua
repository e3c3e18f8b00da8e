-- Earmark: previous hit
-- Moves the edit cursor to the start of the last hit before it, on the selected track.

local script = select(2, reaper.get_action_context())
local shared = dofile(script:match("^(.*[/\\])") .. "earmark_shared.lua")

shared.go(false)
