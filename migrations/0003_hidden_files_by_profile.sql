-- 8-cut's primary key of hidden_files leads with the filename, so counting, copying, renaming or deleting what a
-- profile hides had to read every row of every profile. Another index is nothing that 8-cut has to know of.

CREATE INDEX IF NOT EXISTS hidden_files_by_profile ON hidden_files (profile, filename);
