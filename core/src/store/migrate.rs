//! Numbered changes to the schema: the SQL files of `migrations/`, run once each, in order, one transaction each.
//!
//! The version lives in a table of our own, not in `PRAGMA user_version`: that number belongs to the program
//! that created the file, and 8-cut may start to use it.

use std::path::{Path, PathBuf};
use std::time::Instant;

use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior};

use super::{StoreError, adopt, clock};

struct Migration {
    name: &'static str,
    sql: &'static str,
}

macro_rules! migration {
    ($name:literal) => {
        Migration {
            name: $name,
            sql: include_str!(concat!("../../../migrations/", $name, ".sql")),
        }
    };
}

/// In order: the first has version 1. Only ever appended to.
const MIGRATIONS: [Migration; 15] = [
    migration!("0001_shared_with_8cut"),
    migration!("0002_earmarks_own_tables"),
    migration!("0003_hidden_files_by_profile"),
    migration!("0004_training_choices"),
    migration!("0005_unsure_marks"),
    migration!("0006_restored_classifiers"),
    migration!("0007_region_shapes"),
    migration!("0008_classifier_names"),
    migration!("0009_recordings"),
    migration!("0010_marks_seen"),
    migration!("0011_fitted_edges"),
    migration!("0012_region_notes"),
    migration!("0013_mark_bands"),
    migration!("0014_library"),
    migration!("0015_packs_and_shards"),
];

/// What the shared tables look like, for [`adopt`] to compare a file of 8-cut's with.
const SHARED_TABLES_SQL: &str = MIGRATIONS[0].sql;

/// The newest schema this Earmark knows.
pub(super) const KNOWN: u32 = MIGRATIONS.len() as u32;

/// Runs what has not been run on this file. Returns the backup copy if the file was somebody else's.
pub(super) fn bring_up_to_date(
    connection: &mut Connection,
    path: &Path,
) -> Result<Option<PathBuf>, StoreError> {
    let begun = Instant::now();
    let failed = |error| StoreError::from_sqlite(path, begun.elapsed(), error);
    let mut backup = None;
    loop {
        // Asked before taking the writer's place, so that opening a file that is in shape waits for nobody.
        let version = version(connection).map_err(failed)?;
        if version > KNOWN {
            return Err(StoreError::NewerSchema {
                path: path.to_owned(),
                found: version,
                known: KNOWN,
            });
        }
        if version == KNOWN {
            return Ok(backup);
        }
        let tx = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(failed)?;
        // Asked again inside: another process may have done it while this one waited.
        let version = self::version(&tx).map_err(failed)?;
        let Some(migration) = MIGRATIONS.get(version as usize) else {
            continue;
        };
        if version == 0 {
            backup = adopt::prepare(&tx, path, SHARED_TABLES_SQL)?;
        }
        apply(&tx, version + 1, migration).map_err(failed)?;
        tx.commit().map_err(failed)?;
    }
}

fn apply(tx: &Transaction<'_>, version: u32, migration: &Migration) -> rusqlite::Result<()> {
    tx.execute_batch(
        "CREATE TABLE IF NOT EXISTS earmark_schema (
             version    INTEGER PRIMARY KEY,
             name       TEXT NOT NULL,
             applied_at TEXT NOT NULL
         )",
    )?;
    tx.execute_batch(migration.sql)?;
    tx.execute(
        "INSERT INTO earmark_schema (version, name, applied_at) VALUES (?1, ?2, ?3)",
        (version, migration.name, clock::local_now()),
    )?;
    Ok(())
}

/// The newest migration that ran on this file; 0 for a file that Earmark has not touched.
fn version(connection: &Connection) -> rusqlite::Result<u32> {
    let is_ours = connection
        .query_row(
            "SELECT 1 FROM sqlite_schema WHERE name = 'earmark_schema'",
            [],
            |_| Ok(()),
        )
        .optional()?
        .is_some();
    if !is_ours {
        return Ok(0);
    }
    connection.query_row(
        "SELECT COALESCE(MAX(version), 0) FROM earmark_schema",
        [],
        |row| row.get(0),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_migration_file_is_embedded_and_numbered_in_order() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        files.sort();
        let embedded: Vec<String> = MIGRATIONS
            .iter()
            .map(|migration| format!("{}.sql", migration.name))
            .collect();
        assert_eq!(files, embedded);
        for (index, migration) in MIGRATIONS.iter().enumerate() {
            assert!(migration.name.starts_with(&format!("{:04}_", index + 1)));
            assert!(
                migration.sql.starts_with("-- "),
                "{} says why",
                migration.name
            );
        }
    }
}
