-- The four tables that 8-cut and Earmark share. 8-cut reads and writes them at the same time, so their names,
-- columns and meaning are 8-cut's; what Earmark adds has a default, so that 8-cut's own inserts go on working.
-- IF NOT EXISTS everywhere: on a file that 8-cut wrote, the tables and some of the indexes are there already,
-- and missing columns have been added just before, in the same transaction, from the definitions below.

CREATE TABLE IF NOT EXISTS processed (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    filename       TEXT    NOT NULL,
    start_time     REAL    NOT NULL,
    output_path    TEXT    NOT NULL,
    label          TEXT    NOT NULL DEFAULT '',
    category       TEXT    NOT NULL DEFAULT '',
    short_side     INTEGER DEFAULT 512,
    portrait_ratio TEXT    NOT NULL DEFAULT '',
    crop_center    REAL    NOT NULL DEFAULT 0.5,
    format         TEXT    NOT NULL DEFAULT 'MP4',
    clip_count     INTEGER NOT NULL DEFAULT 3,
    clip_duration  REAL    NOT NULL DEFAULT 8.0,
    spread         REAL    NOT NULL DEFAULT 3.0,
    profile        TEXT    NOT NULL DEFAULT 'default',
    source_path    TEXT    NOT NULL DEFAULT '',
    scan_export    INTEGER NOT NULL DEFAULT 0,
    processed_at   TEXT    NOT NULL
);

CREATE TABLE IF NOT EXISTS hidden_files (
    filename TEXT NOT NULL,
    profile  TEXT NOT NULL DEFAULT 'default',
    PRIMARY KEY (filename, profile)
);

CREATE TABLE IF NOT EXISTS scan_results (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    filename        TEXT    NOT NULL,
    profile         TEXT    NOT NULL DEFAULT 'default',
    model           TEXT    NOT NULL,
    start_time      REAL    NOT NULL,
    end_time        REAL    NOT NULL,
    score           REAL    NOT NULL,
    disabled        INTEGER NOT NULL DEFAULT 0,
    orig_start_time REAL,
    orig_end_time   REAL,
    -- '' marks rows from before scans had versions.
    scan_timestamp  TEXT    NOT NULL DEFAULT ''
);

CREATE TABLE IF NOT EXISTS hard_negatives (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    filename     TEXT    NOT NULL,
    profile      TEXT    NOT NULL DEFAULT 'default',
    start_time   REAL    NOT NULL,
    source_path  TEXT    NOT NULL DEFAULT '',
    source_model TEXT    NOT NULL DEFAULT '',
    -- Earmark's own two: 8-cut keeps neither the date of a mark nor its end.
    created_at   TEXT    NOT NULL DEFAULT '',
    end_time     REAL
);

-- 8-cut's indexes, under its names, so that it finds nothing left to change when it opens the file.
CREATE INDEX IF NOT EXISTS idx_filename ON processed (filename);
CREATE INDEX IF NOT EXISTS idx_profile_filename ON processed (profile, filename);
CREATE INDEX IF NOT EXISTS idx_scan_file_profile_model ON scan_results (filename, profile, model);
CREATE INDEX IF NOT EXISTS idx_hardneg_file_profile ON hard_negatives (filename, profile);

-- One index answers every question about versions: the profile leads because listing profiles and scanned files
-- must not read a million rows, the score ends it so that counting versions never touches the table.
CREATE INDEX IF NOT EXISTS scan_results_by_version
    ON scan_results (profile, filename, model, scan_timestamp, start_time, score);
-- The number of the next clip in a folder is looked up by the clips' paths.
CREATE INDEX IF NOT EXISTS processed_by_output_path ON processed (output_path);
-- Marks of a file (and whether a spot is marked already), of a profile newest first, of a model within it.
CREATE INDEX IF NOT EXISTS hard_negatives_by_spot ON hard_negatives (profile, filename, start_time);
CREATE INDEX IF NOT EXISTS hard_negatives_by_age ON hard_negatives (profile, id);
CREATE INDEX IF NOT EXISTS hard_negatives_by_model ON hard_negatives (profile, source_model, id);

-- 8-cut does not know the column, so its marks are dated here.
CREATE TRIGGER IF NOT EXISTS hard_negatives_dated
AFTER INSERT ON hard_negatives
WHEN NEW.created_at = ''
BEGIN
    UPDATE hard_negatives SET created_at = strftime('%Y-%m-%d %H:%M:%S', 'now', 'localtime') WHERE id = NEW.id;
END;
