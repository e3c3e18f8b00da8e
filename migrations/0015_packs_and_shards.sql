-- Classifiers that came in a pack say where from, and results that the tasks of a cluster made are merged once. 8-cut knows neither.

ALTER TABLE classifiers ADD COLUMN origin TEXT; -- what the pack said about itself, as JSON; NULL: trained in this database

-- What was merged, so that merging again changes nothing, even when versions have been deleted since.
CREATE TABLE merged_results (
    id        BLOB PRIMARY KEY, -- SHA-256 of profile, recording, its state, classifier and settings
    merged_at TEXT NOT NULL
) WITHOUT ROWID;
