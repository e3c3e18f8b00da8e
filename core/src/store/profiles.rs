//! Profiles: independent sets of marks, results and classifiers.

use std::collections::BTreeSet;

use rusqlite::Connection;
use serde::Serialize;

use super::rows::{all, quoted, u64_from};
use super::{Store, StoreError, Tx, clock};
use crate::limits;

/// The profile that always exists.
pub const DEFAULT_PROFILE: &str = "default";

/// How many rows of each kind a profile has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ProfileRows {
    pub clips: u64,
    /// Regions of all versions, disabled ones included.
    pub regions: u64,
    /// Versions that say where they came from: every one of Earmark's, and those of 8-cut's that were ever shown.
    pub versions: u64,
    pub hard_negatives: u64,
    pub unsure: u64,
    pub notes: u64,
    pub hidden_files: u64,
    pub classifiers: u64,
}

impl ProfileRows {
    /// All rows together.
    pub fn total(&self) -> u64 {
        let Self {
            clips,
            regions,
            versions,
            hard_negatives,
            unsure,
            notes,
            hidden_files,
            classifiers,
        } = *self;
        let marks = clips + hard_negatives + unsure + notes;
        marks + regions + versions + hidden_files + classifiers
    }
}

/// From name to name by an index that the profile leads, so that a million rows of one profile are one step.
macro_rules! profiles_in {
    ($table:literal) => {
        concat!(
            "WITH RECURSIVE found (name) AS (
                 SELECT MIN(profile) FROM ",
            $table,
            "    UNION ALL
                 SELECT (SELECT MIN(t.profile) FROM ",
            $table,
            " t WHERE t.profile > found.name) FROM found WHERE found.name IS NOT NULL)
             SELECT name FROM found WHERE name IS NOT NULL"
        )
    };
}

pub(super) const STATEMENTS: &[&str] = &[
    profiles_in!("processed"),
    profiles_in!("scan_results"),
    profiles_in!("hard_negatives"),
    profiles_in!("unsure_marks"),
    profiles_in!("region_notes"),
    profiles_in!("scans"),
    profiles_in!("classifiers"),
];
const MADE: &str = "SELECT name FROM profiles";
const MAKE: &str =
    "INSERT INTO profiles (name, created_at) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING";
const UNMAKE: &str = "DELETE FROM profiles WHERE name = ?1";

/// Every table whose rows belong to a profile. Scans before the classifiers that they refer to, so that deleting them
/// in this order touches no row twice.
pub(super) const TABLES: [&str; 13] = [
    "processed",
    "scan_results",
    "hard_negatives",
    "unsure_marks",
    "region_notes",
    "mark_bands",
    "hidden_files",
    "scans",
    "scan_serials",
    "classifiers",
    "training_choices",
    "region_shapes",
    "clip_folders",
];

fn counting(table: &str) -> String {
    format!("SELECT COUNT(*) FROM {table} WHERE profile = ?1")
}

fn renaming(table: &str) -> String {
    format!("UPDATE {table} SET profile = ?2 WHERE profile = ?1")
}

fn emptying(table: &str) -> String {
    format!("DELETE FROM {table} WHERE profile = ?1")
}

/// What is asked of each of [`TABLES`], by table.
#[cfg(test)]
pub(super) fn statements_by_table() -> impl Iterator<Item = (&'static str, [String; 3])> {
    let statements = |table| (table, [counting(table), renaming(table), emptying(table)]);
    TABLES.into_iter().map(statements)
}

macro_rules! seen_copies {
    ($table:literal, $column:literal) => {
        concat!(
            "UPDATE classifiers SET ",
            $column,
            " = COALESCE((SELECT MAX(copy.id)
                 FROM (SELECT id, ROW_NUMBER() OVER (ORDER BY id) AS nth FROM ",
            $table,
            " WHERE profile = ?2) copy
                 WHERE copy.nth <= (SELECT COUNT(*) FROM ",
            $table,
            " o WHERE o.profile = ?1 AND o.id <= classifiers.",
            $column,
            ")), 0)
             WHERE profile = ?2 AND ",
            $column,
            " IS NOT NULL"
        )
    };
}

/// A date that no mark has. See [`copy_rows`].
const NO_DATE: &str = "none";
const HIDE_MISSING_DATES: &str =
    "UPDATE hard_negatives SET created_at = ?2 WHERE profile = ?1 AND created_at = ''";
const SHOW_MISSING_DATES: &str =
    "UPDATE hard_negatives SET created_at = '' WHERE profile = ?1 AND created_at = ?2";
/// The copied versions came from the copies of their classifiers; one that came from another profile's stays with it.
const OWN_CLASSIFIERS: &str = "UPDATE scans SET classifier_id = COALESCE(
         (SELECT c.id FROM classifiers o
          JOIN classifiers c ON c.profile = ?2 AND c.model = o.model AND c.version = o.version
          WHERE o.id = scans.classifier_id AND o.profile = ?1),
         classifier_id)
     WHERE profile = ?2 AND classifier_id IS NOT NULL";

/// The copied classifiers have seen the copies of the marks that the originals saw, which have other numbers in the same order.
const OWN_MARKS: [&str; 3] = [
    seen_copies!("processed", "clips_seen"),
    seen_copies!("hard_negatives", "hard_negatives_seen"),
    seen_copies!("unsure_marks", "unsure_seen"),
];

/// What a row takes in memory besides its scores or weights, roughly, in bytes.
const ROW_BYTES: u64 = 500;
const LARGE_BYTES: &str = "SELECT
     COALESCE((SELECT SUM(LENGTH(scores)) FROM scans WHERE profile = ?1), 0)
     + COALESCE((SELECT SUM(LENGTH(bytes)) FROM classifiers WHERE profile = ?1), 0)";

impl Store {
    /// All profiles in alphabetical order: those with rows of any kind, those that were made, and `default`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn profiles(&self) -> Result<Vec<String>, StoreError> {
        self.read(names)
    }

    /// Makes a profile that has nothing in it yet, and says whether it is new: making one that exists changes nothing.
    ///
    /// # Errors
    /// [`StoreError::ProfileName`], or when the database cannot be written.
    pub fn create_profile(&mut self, name: &str) -> Result<bool, StoreError> {
        let name = meaningful(name)?;
        self.write(|tx| {
            let is_new = !exists(tx, name)?;
            make(tx, name)?;
            Ok(is_new)
        })
    }

    /// How much there is in a profile; nothing at all in one that does not exist.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn profile_rows(&self, name: &str) -> Result<ProfileRows, StoreError> {
        self.read(|db| count(db, name))
    }

    /// Copies a profile with everything in it (marks, notes, versions with their edits and scores, classifiers, choices, hidden files)
    /// to a new one. Returns what was copied. Files on disk are shared, not copied.
    ///
    /// # Errors
    /// [`StoreError::NoSuchProfile`], [`StoreError::ProfileExists`], [`StoreError::ProfileName`], or when the
    /// database cannot be written; then nothing is copied.
    pub fn duplicate_profile(&mut self, from: &str, to: &str) -> Result<ProfileRows, StoreError> {
        let to = meaningful(to)?;
        self.write(|tx| {
            if let Some(refusal) = refusal(tx, from, to)? {
                return Ok(Err(refusal));
            }
            empty(tx, to)?;
            for table in TABLES {
                copy_rows(tx, table, from, to)?;
            }
            tx.execute(SHOW_MISSING_DATES, (from, NO_DATE))?;
            tx.execute(SHOW_MISSING_DATES, (to, NO_DATE))?;
            tx.execute(OWN_CLASSIFIERS, (from, to))?;
            for own_marks in OWN_MARKS {
                tx.execute(own_marks, (from, to))?;
            }
            make(tx, to)?;
            count(tx, to).map(Ok)
        })?
    }

    /// Gives a profile another name.
    ///
    /// # Errors
    /// [`StoreError::ProfileProtected`] for `default`, [`StoreError::NoSuchProfile`], [`StoreError::ProfileExists`],
    /// [`StoreError::ProfileName`], or when the database cannot be written; then nothing is changed.
    pub fn rename_profile(&mut self, from: &str, to: &str) -> Result<(), StoreError> {
        let to = meaningful(to)?;
        unprotected(from)?;
        self.write(|tx| {
            if let Some(refusal) = refusal(tx, from, to)? {
                return Ok(Err(refusal));
            }
            empty(tx, to)?;
            for table in TABLES {
                tx.execute(&renaming(table), (from, to))?;
            }
            tx.execute(UNMAKE, [from])?;
            make(tx, to)?;
            Ok(Ok(()))
        })?
    }

    /// Deletes a profile with everything in it and returns how much that was. No file on disk is touched.
    /// Ask first: [`Self::profile_rows`] says how much it will be.
    ///
    /// # Errors
    /// [`StoreError::ProfileProtected`] for `default`, [`StoreError::NoSuchProfile`], or when the database cannot be
    /// written; then nothing is deleted.
    pub fn delete_profile(&mut self, name: &str) -> Result<ProfileRows, StoreError> {
        unprotected(name)?;
        self.write(|tx| {
            if !exists(tx, name)? {
                return Ok(Err(missing(name)));
            }
            let deleted = count(tx, name)?;
            empty(tx, name)?;
            tx.execute(UNMAKE, [name])?;
            Ok(Ok(deleted))
        })?
    }

    /// Makes room for a deleted profile that comes back: forgets the last numbers of versions that were given out under
    /// its name since.
    ///
    /// # Errors
    /// [`StoreError::ProfileExists`] when there is a profile of its name again, or when the database cannot be written.
    pub fn make_room_for_profile(&mut self, name: &str) -> Result<(), StoreError> {
        self.write(|tx| {
            if exists(tx, name)? {
                return Ok(Err(StoreError::ProfileExists {
                    profile: name.to_owned(),
                }));
            }
            empty(tx, name).map(Ok)
        })?
    }

    /// How much memory a journal of deleting a profile takes, roughly, in bytes.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn profile_bytes(&self, name: &str) -> Result<u64, StoreError> {
        self.read(|db| {
            let large = db.query_row(LARGE_BYTES, [name], |row| row.get(0).map(u64_from))?;
            let rows = count(db, name)?.total();
            Ok(large.saturating_add(rows.saturating_mul(ROW_BYTES)))
        })
    }
}

fn meaningful(name: &str) -> Result<&str, StoreError> {
    Ok(limits::name("a profile", name)?)
}

fn unprotected(name: &str) -> Result<(), StoreError> {
    if name == DEFAULT_PROFILE {
        return Err(StoreError::ProfileProtected);
    }
    Ok(())
}

fn missing(name: &str) -> StoreError {
    StoreError::NoSuchProfile {
        profile: name.to_owned(),
    }
}

/// Why the contents of `from` cannot go to `to`.
fn refusal(db: &Connection, from: &str, to: &str) -> rusqlite::Result<Option<StoreError>> {
    if !exists(db, from)? {
        return Ok(Some(missing(from)));
    }
    Ok(exists(db, to)?.then(|| StoreError::ProfileExists {
        profile: to.to_owned(),
    }))
}

fn names(db: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut names = BTreeSet::from([DEFAULT_PROFILE.to_owned()]);
    for statement in STATEMENTS.iter().chain(&[MADE]) {
        names.extend(all(db, statement, [], |row| row.get::<_, String>(0))?);
    }
    Ok(names.into_iter().collect())
}

fn exists(db: &Connection, name: &str) -> rusqlite::Result<bool> {
    Ok(names(db)?.iter().any(|known| known == name))
}

fn make(tx: &Tx<'_>, name: &str) -> rusqlite::Result<()> {
    tx.prepare_cached(MAKE)?
        .execute((name, clock::local_now()))?;
    Ok(())
}

fn count(db: &Connection, name: &str) -> rusqlite::Result<ProfileRows> {
    let in_table =
        |table: &str| db.query_row(&counting(table), [name], |row| row.get(0).map(u64_from));
    Ok(ProfileRows {
        clips: in_table("processed")?,
        regions: in_table("scan_results")?,
        versions: in_table("scans")?,
        hard_negatives: in_table("hard_negatives")?,
        unsure: in_table("unsure_marks")?,
        notes: in_table("region_notes")?,
        hidden_files: in_table("hidden_files")?,
        classifiers: in_table("classifiers")?,
    })
}

/// Deletes what belongs to a profile. Also of one that is not listed: what 8-cut leaves when it deletes a profile, and
/// the last numbers of its versions, must not turn up in the next one of that name.
fn empty(tx: &Tx<'_>, name: &str) -> rusqlite::Result<()> {
    for table in TABLES {
        tx.execute(&emptying(table), [name])?;
    }
    Ok(())
}

/// Copies all columns that the table has, those of a later 8-cut included, except for the row's identity.
fn copy_rows(tx: &Tx<'_>, table: &str, from: &str, to: &str) -> rusqlite::Result<()> {
    if table == "hard_negatives" {
        // A trigger dates marks that come without a date, and would take the copies of undated ones for new.
        tx.execute(HIDE_MISSING_DATES, (from, NO_DATE))?;
    }
    let columns: Vec<String> = all(
        tx,
        "SELECT name FROM pragma_table_info(?1) WHERE name <> 'profile'",
        [table],
        |row| row.get(0),
    )?;
    let (identity, columns): (Vec<String>, Vec<String>) =
        columns.into_iter().partition(|name| name == "id");
    let columns: String = columns
        .iter()
        .map(|name| format!(", {}", quoted(name)))
        .collect();
    // In the order they were made, which is what "newest first" goes by.
    let order = if identity.is_empty() {
        ""
    } else {
        "ORDER BY id"
    };
    tx.execute(
        &format!(
            "INSERT INTO {table} (profile{columns}) SELECT ?2{columns} FROM {table} WHERE profile = ?1 {order}"
        ),
        (from, to),
    )?;
    Ok(())
}
