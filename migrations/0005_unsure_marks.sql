-- Spans that somebody listened to and could not decide about. They are kept out of training, on either side, which none
-- of 8-cut's tables can say: a row in any of them would teach 8-cut something.

CREATE TABLE unsure_marks (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    profile      TEXT NOT NULL,
    filename     TEXT NOT NULL,
    start_time   REAL NOT NULL, -- seconds from the recording's start
    end_time     REAL NOT NULL,
    source_model TEXT NOT NULL, -- in whose results it was marked
    created_at   TEXT NOT NULL
);
-- Marks of a file, and of all files of a profile.
CREATE INDEX unsure_marks_by_spot ON unsure_marks (profile, filename, start_time);
