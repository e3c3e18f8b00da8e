-- Which file each name in the shared tables means. 8-cut knows a recording by its bare file name, so two files of one name
-- in two folders were one recording to the tables. Here the first keeps the bare name and each later one has a name with
-- as much of its folder as tells it apart. 8-cut never reads this table; its own rows keep the bare name.

CREATE TABLE recordings (
    name      TEXT PRIMARY KEY,     -- the `filename` of every other table
    path      TEXT NOT NULL UNIQUE, -- where the file was last seen
    real_path TEXT NOT NULL,        -- the same with links followed, so that two ways to one file are one recording
    content   TEXT NOT NULL         -- length and checksum of samples, so that a moved file is known again; '': unknown
) WITHOUT ROWID;
CREATE INDEX recordings_by_real_path ON recordings (real_path);
CREATE INDEX recordings_by_content ON recordings (content);

-- Rows from before this table say for themselves where their recording was.
CREATE INDEX scans_by_filename ON scans (filename);

-- The vid_NNN folder of each recording, from the moment that somebody is about to write a clip into it: two processes that
-- export clips of one recording at the same time must use the same folder.
CREATE TABLE clip_folders (
    profile  TEXT NOT NULL,
    filename TEXT NOT NULL,
    folder   TEXT NOT NULL,
    PRIMARY KEY (profile, filename)
) WITHOUT ROWID;
