//! Taking over a file that 8-cut made: a backup copy first, then the columns that later versions of it (and Earmark)
//! have. Nothing is dropped and no row is changed.

use std::path::{Path, PathBuf};
use std::time::Instant;

use rusqlite::{Connection, Transaction};

use super::StoreError;
use super::backup::{self, Occasion};
use super::rows::all;

/// The tables that 8-cut has had, the oldest first.
const SHARED_TABLES: [&str; 4] = [
    "processed",
    "hidden_files",
    "scan_results",
    "hard_negatives",
];

/// The first 8-cut kept a list of file names without clips under the name of the later clip table. Later ones dropped
/// it; here it is only moved out of the way.
const SET_ASIDE: &str = "processed_before_clips";

struct Column {
    name: String,
    kind: String,
    required: bool,
    default: Option<String>,
    in_key: bool,
}

/// Readies the file for the first migration, inside its transaction: the tables that it shares with 8-cut get the columns that
/// `shared_tables_sql` gives them. Returns the backup copy, if there was anything to copy.
pub(super) fn prepare(
    tx: &Transaction<'_>,
    path: &Path,
    shared_tables_sql: &str,
) -> Result<Option<PathBuf>, StoreError> {
    let begun = Instant::now();
    let failed = |error| StoreError::from_sqlite(path, begun.elapsed(), error);

    let tables = tables(tx).map_err(failed)?;
    if tables.is_empty() {
        return Ok(None);
    }
    let shared: Vec<&str> = SHARED_TABLES
        .into_iter()
        .filter(|shared| tables.iter().any(|t| t == shared))
        .collect();
    if shared.is_empty() {
        return Err(foreign(
            path,
            format!("with tables such as `{}`", tables[0]),
        ));
    }
    // Once, and before anything is built on it: changing a damaged file could cost what can still be rescued.
    let finding: String = tx
        .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
        .map_err(failed)?;
    if finding != "ok" {
        return Err(StoreError::Corrupt {
            path: path.to_owned(),
            detail: finding,
        });
    }
    // The caller holds the writer's place and has changed nothing yet, so the copy is what the file was.
    let backup = backup::make(path, Occasion::Adoption, || false)?;
    let reference = Connection::open_in_memory().map_err(failed)?;
    reference.execute_batch(shared_tables_sql).map_err(failed)?;
    for table in shared {
        complete(tx, &reference, table)
            .map_err(failed)?
            .map_err(|column| {
                foreign(
                    path,
                    format!("whose table `{table}` has no column `{column}`"),
                )
            })?;
    }
    Ok(backup)
}

fn foreign(path: &Path, detail: String) -> StoreError {
    StoreError::ForeignDatabase {
        path: path.to_owned(),
        detail,
    }
}

fn tables(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
    all(connection, sql, [], |row| row.get(0))
}

fn columns(connection: &Connection, table: &str) -> rusqlite::Result<Vec<Column>> {
    let sql = "SELECT name, type, \"notnull\", dflt_value, pk FROM pragma_table_info(?1)";
    all(connection, sql, [table], |row| {
        Ok(Column {
            name: row.get(0)?,
            kind: row.get(1)?,
            required: row.get(2)?,
            default: row.get(3)?,
            in_key: row.get::<_, i64>(4)? > 0,
        })
    })
}

/// Adds the columns that `table` lacks. The inner error is a column that cannot be added to rows that are there
/// already, which no version of 8-cut was ever without.
fn complete(
    tx: &Transaction<'_>,
    reference: &Connection,
    table: &str,
) -> rusqlite::Result<Result<(), String>> {
    let present = columns(tx, table)?;
    let has = |name: &str| {
        present
            .iter()
            .any(|column| column.name.eq_ignore_ascii_case(name))
    };

    if table == "processed" && has("filename") && has("processed_at") && !has("start_time") {
        // Its index would keep the new table from getting one of that name.
        tx.execute_batch(&format!(
            "DROP INDEX IF EXISTS idx_filename; ALTER TABLE processed RENAME TO {SET_ASIDE};"
        ))?;
        return Ok(Ok(()));
    }
    let missing: Vec<Column> = columns(reference, table)?
        .into_iter()
        .filter(|column| !has(&column.name))
        .collect();
    let impossible = |c: &&Column| c.in_key || (c.required && c.default.is_none());
    if let Some(column) = missing.iter().find(impossible) {
        return Ok(Err(column.name.clone()));
    }
    for Column {
        name,
        kind,
        required,
        default,
        ..
    } in missing
    {
        let required = if required { " NOT NULL" } else { "" };
        let default = default
            .map(|value| format!(" DEFAULT {value}"))
            .unwrap_or_default();
        tx.execute_batch(&format!(
            "ALTER TABLE {table} ADD COLUMN {name} {kind}{required}{default}"
        ))?;
    }
    Ok(Ok(()))
}
