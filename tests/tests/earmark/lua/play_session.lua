-- Rolls an Ardour session for a while, as a user does who presses Play and Stop, and keeps it open until the test has
-- seen what it wanted.
--
-- usage: play_session.lua FOLDER NAME FROM_FRAME FRAMES DONE_FILE
--
-- DONE_FILE is made by the test when the session may be closed.

local folder, name, from, frames, done_file = table.unpack(arg)
from, frames = tonumber(from), tonumber(frames)

local function wait_until(what, seconds, holds)
    for _ = 1, seconds * 20 do
        if holds() then return end
        ARDOUR.LuaAPI.usleep(50000)
    end
    error("waited " .. seconds .. " s in vain for " .. what)
end

AudioEngine:set_backend("None (Dummy)", "", "")
local session = assert(load_session(folder, name), "Ardour does not open the session")
local by_user = ARDOUR.TransportRequestSource.TRS_UI
session:request_locate(from, false, ARDOUR.LocateTransportDisposition.MustStop, by_user)
wait_until("the playhead", 30, function() return session:transport_sample() == from end)
session:request_roll(by_user)
wait_until("the end of the stretch", 60, function() return session:transport_sample() >= from + frames end)
session:request_stop(false, false, by_user)
wait_until("a stop", 30, function() return not session:transport_rolling() end)
print("stopped")
wait_until("the test", 90, function()
    local file = io.open(done_file)
    return file and file:close()
end)
session:save_state("")
close_session()
quit()
