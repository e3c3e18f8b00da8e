-- What 8-cut has no place for. 8-cut never reads or writes these tables.

-- One row per plugin instance that ever recorded: the track it listens to.
CREATE TABLE sources (
    id         TEXT PRIMARY KEY, -- UUID, kept in the host's project
    name       TEXT NOT NULL,
    created_at TEXT NOT NULL
) WITHOUT ROWID;

-- One row per recorded WAV. `filename` is what the shared tables call it, so no two takes may share one.
CREATE TABLE takes (
    id           TEXT    PRIMARY KEY, -- UUID
    source_id    TEXT    NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    filename     TEXT    NOT NULL UNIQUE,
    path         TEXT    NOT NULL,
    rate_hz      INTEGER NOT NULL,
    channels     INTEGER NOT NULL,
    start_sample INTEGER NOT NULL, -- on the project's timeline, at rate_hz
    frames       INTEGER NOT NULL,
    revision     INTEGER NOT NULL, -- grows whenever recorded audio is replaced
    created_at   TEXT    NOT NULL,
    gaps         TEXT    NOT NULL DEFAULT '[]' -- JSON: [[first frame, frame after the last], ...] that were lost
) WITHOUT ROWID;
CREATE INDEX takes_by_position ON takes (source_id, start_sample);

-- The embedding models that results in this file came from.
CREATE TABLE models (
    key         TEXT PRIMARY KEY, -- the name of the result tab: AISFX
    sha256      TEXT NOT NULL,
    name        TEXT NOT NULL,
    dims        INTEGER NOT NULL,
    step_s      REAL NOT NULL,
    window_s    REAL NOT NULL,
    last_used   TEXT NOT NULL
) WITHOUT ROWID;

-- What training made: weights with what they came from and how well they did. The blob is last, so that listing
-- versions does not read it.
CREATE TABLE classifiers (
    id                  INTEGER PRIMARY KEY AUTOINCREMENT,
    profile             TEXT    NOT NULL,
    model               TEXT    NOT NULL,
    version             INTEGER NOT NULL,
    created_at          TEXT    NOT NULL,
    classes             TEXT    NOT NULL, -- JSON list
    negative_class      TEXT,
    used_hard_negatives INTEGER NOT NULL,
    counts              TEXT    NOT NULL, -- JSON
    metrics             TEXT,             -- JSON; NULL when there was too little to hold any out
    seconds             REAL    NOT NULL,
    model_sha256        TEXT    NOT NULL,
    bytes               BLOB    NOT NULL,
    UNIQUE (profile, model, version)
);

-- One row per version of a file's results, so that a scan that found nothing is a version too, with where it came
-- from and its per-window scores (float32, little-endian; last for the same reason as above).
CREATE TABLE scans (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    profile        TEXT    NOT NULL,
    filename       TEXT    NOT NULL,
    model          TEXT    NOT NULL,
    scan_timestamp TEXT    NOT NULL,
    number         INTEGER NOT NULL, -- the N of [vN]
    source_path    TEXT    NOT NULL DEFAULT '',
    -- Regions as saved. NULL: 8-cut wrote the version, so it exists only as long as its rows do.
    region_count   INTEGER,
    threshold      REAL,
    classifier_id  INTEGER REFERENCES classifiers (id) ON DELETE SET NULL,
    pinned         INTEGER NOT NULL DEFAULT 0,
    hop_s          REAL,
    window_s       REAL,
    scores         BLOB,
    UNIQUE (profile, filename, model, scan_timestamp)
);
CREATE INDEX scans_by_classifier ON scans (classifier_id);

-- The last number given to a version, apart from the versions, so that no number is ever given twice.
CREATE TABLE scan_serials (
    profile     TEXT    NOT NULL,
    filename    TEXT    NOT NULL,
    model       TEXT    NOT NULL,
    last_number INTEGER NOT NULL,
    PRIMARY KEY (profile, filename, model)
) WITHOUT ROWID;

CREATE TABLE settings (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

-- Profiles that somebody made; one that merely has rows somewhere exists without being listed here.
CREATE TABLE profiles (
    name       TEXT PRIMARY KEY,
    created_at TEXT NOT NULL
) WITHOUT ROWID;
