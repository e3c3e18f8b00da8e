//! Small conversions between columns and values that several tables share.

use std::path::{Path, PathBuf};

use rusqlite::types::FromSql;
use rusqlite::{Connection, Params, Row};

pub(super) use crate::platform::{path_of, path_text};
use crate::time::Span;

/// A stored path; the empty text that 8-cut writes for "unknown" is none.
pub(super) fn path_from(text: String) -> Option<PathBuf> {
    (!text.is_empty()).then(|| path_of(text))
}

/// A path as it is stored, with the empty text for none.
pub(super) fn optional_path_text(path: Option<&Path>) -> String {
    path.map(path_text).unwrap_or_default()
}

/// The span between two stored times. Ends that a hand put in the wrong order are put right; times that are no
/// numbers at all give `None`, and the row is passed over with a word in the log.
pub(super) fn span_from(start_s: f64, end_s: f64) -> Option<Span> {
    Span::new(start_s.min(end_s), start_s.max(end_s))
        .inspect_err(|error| tracing::warn!("Earmark skips a damaged row of the database: {error}"))
        .ok()
}

/// A count or length as SQLite stores it.
pub(super) fn stored_u64(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A stored count or length; a negative one (nobody writes them) is 0.
pub(super) fn u64_from(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

/// The same for what is counted in memory.
pub(super) fn usize_from(value: i64) -> usize {
    usize::try_from(value).unwrap_or(0)
}

/// A column's name as it stands in a statement.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// All rows of a query that can be read, in order.
pub(super) fn all<T>(
    db: &Connection,
    sql: &str,
    params: impl Params,
    mut read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    all_valid(db, sql, params, |row| read(row).map(Some))
}

/// All rows of a query that make sense, in order.
pub(super) fn all_valid<T>(
    db: &Connection,
    sql: &str,
    params: impl Params,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<Option<T>>,
) -> rusqlite::Result<Vec<T>> {
    db.prepare_cached(sql)?
        .query_map(params, read)?
        .filter(|row| !row.as_ref().is_err_and(is_unreadable))
        .filter_map(Result::transpose)
        .collect()
}

/// The value of a cell; `None` where it is missing or cannot be read. For a row that must not be passed over, because something would
/// be deleted that it keeps.
pub(super) fn readable<T: FromSql>(row: &Row<'_>, column: usize) -> Option<T> {
    row.get(column).unwrap_or_else(|error| {
        tracing::warn!("Earmark skips a damaged cell of the database: {error}");
        None
    })
}

/// Whether a cell holds what its column cannot mean. SQLite keeps any value in any column, and any program can write to the
/// database: such a row is passed over, because it must not hide all others.
fn is_unreadable(error: &rusqlite::Error) -> bool {
    let is_unreadable = matches!(
        error,
        rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::Utf8Error(..)
    );
    if is_unreadable {
        tracing::warn!("Earmark skips a damaged row of the database: {error}");
    }
    is_unreadable
}
