-- The frequencies of marks that were drawn as a box on the spectrogram. A table of its own, because 8-cut's tables have no place
-- for them. A band belongs to a stretch of a recording: the mark that lies there carries it, whatever kind of mark it is, and the
-- band goes when no mark is left there.

CREATE TABLE mark_bands (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    profile    TEXT NOT NULL,
    filename   TEXT NOT NULL,
    start_time REAL NOT NULL, -- seconds from the recording's start
    end_time   REAL NOT NULL,
    low_hz     REAL NOT NULL,
    high_hz    REAL NOT NULL
);
-- Bands of a file.
CREATE INDEX mark_bands_by_spot ON mark_bands (profile, filename, start_time);
