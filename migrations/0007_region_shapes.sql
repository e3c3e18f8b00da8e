-- How scores become regions besides the threshold, by profile and model: a door wants other gaps than a bird. A table of its
-- own rather than settings, because it is copied, renamed and deleted with its profile.

CREATE TABLE region_shapes (
    profile      TEXT NOT NULL,
    model        TEXT NOT NULL,
    fuse_gap_s   REAL NOT NULL, -- regions no further apart become one
    min_length_s REAL NOT NULL, -- shorter ones are widened
    PRIMARY KEY (profile, model)
) WITHOUT ROWID;
