//! Where a hand changed what a scan had found: asked before a version, or the take that it is of, may go.
//!
//! Read on every thread that has the store, inside its transactions. It must never write: what edits regions is
//! [`regions`](super::regions).

use rusqlite::Connection;

use super::rows::all;
use super::versions::Key;

/// That a row of `scan_results` is no longer as a scan left it. 8-cut's early rows have no original span.
macro_rules! is_edited {
    () => {
        "disabled <> 0 OR orig_start_time <> start_time OR orig_end_time <> end_time"
    };
}
pub(super) use is_edited;

/// Whether a hand changed any region of a version.
const HAS_EDITS: &str = concat!(
    "SELECT EXISTS (SELECT 1 FROM scan_results
     WHERE profile = ?1 AND filename = ?2 AND model = ?3 AND scan_timestamp = ?4 AND (",
    is_edited!(),
    "))"
);
/// The results in which a hand changed anything, whatever the version.
const EDITED_RESULTS: &str = concat!(
    "SELECT DISTINCT profile, filename, model FROM scan_results WHERE ",
    is_edited!()
);

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[HAS_EDITS];

/// Whether a hand changed any region of the version of `timestamp`.
pub(super) fn has_edits(db: &Connection, key: Key<'_>, timestamp: &str) -> rusqlite::Result<bool> {
    db.prepare_cached(HAS_EDITS)?
        .query_row((key.profile, key.filename, key.model, timestamp), |row| {
            row.get(0)
        })
}

/// Profile, file and model of all results in which a hand changed anything.
pub(super) fn edited_results(db: &Connection) -> rusqlite::Result<Vec<[String; 3]>> {
    all(db, EDITED_RESULTS, [], |row| {
        Ok([row.get(0)?, row.get(1)?, row.get(2)?])
    })
}
