-- What a user wrote about a span of a recording. A table of its own, because 8-cut would lose a column that it does not know when it
-- writes its tables, and because a note belongs to the span as a mark does, not to a row of one version.

CREATE TABLE region_notes (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    profile    TEXT NOT NULL,
    filename   TEXT NOT NULL,
    start_time REAL NOT NULL, -- seconds from the recording's start
    end_time   REAL NOT NULL,
    text       TEXT NOT NULL, -- one line; words that begin with # are tags
    created_at TEXT NOT NULL
);
-- Notes of a file, and of all files of a profile.
CREATE INDEX region_notes_by_spot ON region_notes (profile, filename, start_time);
