ardour {
	["type"]    = "EditorAction",
	name        = "Earmark: regions to markers",
	license     = "MIT OR Apache-2.0",
	author      = "The Earmark authors",
	description = [[
Makes a range marker for every region that Earmark found on the selected track, or on the first track with Earmark when no track is
selected. Run it again after a training or a correction: it replaces its own markers of that track. It never deletes a marker that
you made, renamed or moved.]]
}

-- Settings. `cargo xtask install` keeps this file if you change it.
local PROFILE = "default"
local MODEL   = "AISFX"

function factory () return function ()
	local TITLE  = "Earmark"
	local PREFIX = "Earmark "
	-- A region that is switched off in the list gets no marker.
	local SHOWN  = { found = true, positive = true, negative = true, unsure = true, provisional = true }

	local function say (text)
		print (TITLE .. ": " .. text)
	end

	local function complain (text)
		say (text)
		if LuaDialog then
			LuaDialog.Message (TITLE, text, LuaDialog.MessageType.Error, LuaDialog.ButtonType.Close):run ()
		end
	end

	-- Running `earmark`. The only text that reaches a shell is the path of the program, two settings of plain letters and
	-- hexadecimal digits, so no name of a track can do harm there.

	local is_windows = os.getenv ("LOCALAPPDATA") ~= nil and os.getenv ("HOME") == nil

	local function exists (path)
		local file = io.open (path, "rb")
		if file then file:close () end
		return file ~= nil
	end

	local function quoted (path)
		if is_windows then
			return '"' .. path .. '"'
		end
		return "'" .. path:gsub ("'", "'\\''") .. "'"
	end

	local function output_of (command)
		-- cmd.exe takes the outermost quotes off.
		local pipe = io.popen (is_windows and '"' .. command .. '"' or command, "r")
		if not pipe then return "" end
		local text = pipe:read ("*a")
		pipe:close ()
		return text or ""
	end

	local function program ()
		local places = {}
		if is_windows then
			places[1] = os.getenv ("LOCALAPPDATA") .. "\\Programs\\Earmark\\earmark.exe"
		elseif os.getenv ("HOME") then
			places[1] = os.getenv ("HOME") .. "/.local/bin/earmark"
			places[2] = os.getenv ("HOME") .. "/.local/lib/earmark/earmark"
		end
		for _, path in ipairs (places) do
			if exists (path) then return quoted (path) end
		end
		local asked = is_windows and "where earmark 2>NUL" or "command -v earmark 2>/dev/null"
		local path = output_of (asked):match ("^[^\r\n]+")
		return path and quoted (path)
	end

	local function hex (text)
		return (text:gsub (".", function (char) return string.format ("%02x", char:byte ()) end))
	end

	local UNESCAPED = { t = "\t", n = "\n", r = "\r" }

	local function fields_of (line)
		local fields = {}
		for field in (line .. "\t"):gmatch ("([^\t]*)\t") do
			fields[#fields + 1] = field:gsub ("\\(.)", function (char) return UNESCAPED[char] or char end)
		end
		return fields
	end

	-- The regions of the track of this name, or nil and why there are none.
	local function timeline (earmark, track)
		local command = earmark .. " --profile " .. quoted (PROFILE) .. " timeline --model " .. quoted (MODEL)
			.. " --include-rejected --tsv --source-hex " .. hex (track) .. " 2>&1"
		local said = output_of (command)
		local found = { regions = {} }
		for line in said:gmatch ("[^\r\n]+") do
			local field = fields_of (line)
			if field[1] == "track" then
				found.source = field[3]
			elseif field[1] == "region" then
				table.insert (found.regions, {
					start_s = tonumber (field[2]), end_s = tonumber (field[3]),
					start_sample = tonumber (field[4]), end_sample = tonumber (field[5]), rate_hz = tonumber (field[6]),
					score = tonumber (field[7]), state = field[8], class = field[9],
				})
			elseif field[1] == "error" then
				return nil, field[2]
			elseif field[1] == "end" and found.source and tonumber (field[2]) == #found.regions then
				return found
			end
		end
		return nil, "the command line of Earmark gave no whole answer: install Earmark again. It said: " .. said
	end

	-- The tracks

	local function has_earmark (route)
		for index = 0, 100 do
			local processor = route:nth_plugin (index)
			if processor:isnil () then return false end
			if processor:display_name () == "Earmark" then return true end
		end
		return false
	end

	local function names_of_tracks ()
		local selected, with_earmark, all = {}, {}, {}
		if Editor then
			for route in Editor:get_selection ().tracks:routelist ():iter () do
				table.insert (selected, route:name ())
			end
		end
		if #selected > 0 then return selected end
		for route in Session:get_routes ():iter () do
			table.insert (all, route:name ())
			if has_earmark (route) then table.insert (with_earmark, route:name ()) end
		end
		return #with_earmark > 0 and with_earmark or all
	end

	-- The markers. The name of each ends in a checksum of the track, the place and the name. A marker without the right one is not
	-- ours, or was changed by the user.

	local function checksum (text)
		local sum = 2166136261
		for index = 1, #text do
			sum = ((sum ~ text:byte (index)) * 16777619) & 0xffffffff
		end
		return string.format ("%06x", (sum ~ (sum >> 24)) & 0xffffff)
	end

	local function signed (source, from, to, text)
		return text .. " #" .. checksum (table.concat ({ source, from, to, text }, "\t"))
	end

	local function is_ours (source, location)
		local text = location:name ():match ("^(" .. PREFIX .. ".*) #%x%x%x%x%x%x$")
		return text ~= nil and location:is_range_marker ()
			and location:name () == signed (source, location:start ():samples (), location:_end ():samples (), text)
	end

	local function sample (region, which)
		local rate_hz = math.floor (Session:nominal_sample_rate ())
		if region.rate_hz == rate_hz then return math.floor (region[which .. "_sample"]) end
		return math.floor (region[which .. "_s"] * rate_hz + 0.5)
	end

	local function wanted_markers (found)
		local wanted = {}
		for _, region in ipairs (found.regions) do
			local from, to = math.max (0, sample (region, "start")), sample (region, "end")
			-- Ardour's timeline has no place before zero.
			if SHOWN[region.state] and to > from then
				local class = region.class ~= "" and " " .. region.class or ""
				local text = string.format ("%s%s%s %.2f", PREFIX, region.state, class, region.score)
				wanted[signed (found.source, from, to, text)] = { from = from, to = to }
			end
		end
		return wanted
	end

	local function replace_markers (found)
		local locations, wanted, stale = Session:locations (), wanted_markers (found), {}
		for location in locations:list ():iter () do
			if is_ours (found.source, location) then
				if wanted[location:name ()] then
					wanted[location:name ()] = nil
				else
					table.insert (stale, location)
				end
			end
		end
		for _, location in ipairs (stale) do
			locations:remove (location)
		end
		local new = {}
		for name, place in pairs (wanted) do
			table.insert (new, { name = name, from = place.from, to = place.to })
		end
		table.sort (new, function (a, b) return a.from < b.from end)
		for _, marker in ipairs (new) do
			local location = locations:add_range (Temporal.timepos_t (marker.from), Temporal.timepos_t (marker.to))
			location:set_name (marker.name)
		end
		return #new, #stale
	end

	local function run ()
		if PROFILE:find ("[^%w _.-]") or MODEL:find ("[^%w _.-]") then
			return complain ("The settings at the top of this script may hold letters, digits, spaces, '_', '.' and '-': change them.")
		end
		local earmark = program ()
		if not earmark then
			return complain ("The command line of Earmark is not installed: run `cargo xtask install`, or add the folder of `earmark` to your PATH.")
		end
		local reason = "This session has no track: add one with Earmark on it."
		for index, track in ipairs (names_of_tracks ()) do
			local found, why = timeline (earmark, track)
			if found then
				local made, deleted = replace_markers (found)
				return say (string.format ("%s: made %d markers, deleted %d old ones", track, made, deleted))
			end
			if index == 1 then reason = why end
		end
		complain (reason)
	end

	run ()
end end
