-- The library: folders of recordings that are indexed and searched as a whole. What is here can be made again from the folders, but
-- for the list of them; the index itself lies beside the cached embeddings. 8-cut knows none of it, and no file of a library
-- gets a name in `recordings` before something is saved about it.

CREATE TABLE library_folders (
    id       INTEGER PRIMARY KEY,
    path     TEXT NOT NULL UNIQUE,
    added_at TEXT NOT NULL,
    fault    TEXT NOT NULL DEFAULT '' -- why the last update could not read it; '': it could
);

CREATE TABLE library_files (
    path        TEXT PRIMARY KEY,
    folder_id   INTEGER NOT NULL REFERENCES library_folders (id) ON DELETE CASCADE,
    size_bytes  INTEGER NOT NULL,
    modified_ns INTEGER NOT NULL,     -- since 1970
    content     TEXT NOT NULL,        -- length and checksum of samples, so that a moved file is known again; '': not read yet
    identity    TEXT NOT NULL,        -- what the index knows its windows by; '': not read yet
    length_s    REAL,                 -- NULL: not heard yet
    fault       TEXT NOT NULL DEFAULT '' -- why it could not be indexed; '': nothing is known against it
) WITHOUT ROWID;
CREATE INDEX library_files_by_folder ON library_files (folder_id);
