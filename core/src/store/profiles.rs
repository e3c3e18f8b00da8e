//! Profiles: independent sets of marks, results and classifiers.

use std::collections::BTreeSet;

use super::rows::all;
use super::{Store, StoreError, clock};

/// The profile that always exists.
pub const DEFAULT_PROFILE: &str = "default";

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
    profiles_in!("scans"),
    profiles_in!("classifiers"),
];
const MADE: &str = "SELECT name FROM profiles";
const MAKE: &str =
    "INSERT INTO profiles (name, created_at) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING";

impl Store {
    /// All profiles in alphabetical order: those with rows of any kind, those that were made, and `default`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn profiles(&self) -> Result<Vec<String>, StoreError> {
        self.read(|db| {
            let mut names = BTreeSet::from([DEFAULT_PROFILE.to_owned()]);
            for statement in STATEMENTS.iter().chain(&[MADE]) {
                names.extend(all(db, statement, [], |row| row.get::<_, String>(0))?);
            }
            Ok(names.into_iter().collect())
        })
    }

    /// Makes a profile that has nothing in it yet. Making one that exists changes nothing.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn create_profile(&mut self, name: &str) -> Result<(), StoreError> {
        self.write(|tx| {
            tx.prepare_cached(MAKE)?
                .execute((name, clock::local_now()))?;
            Ok(())
        })
    }
}
