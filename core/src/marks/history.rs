//! What was done and undone in a session, by row identity.

use std::collections::BTreeSet;

use super::step::{KEPT_LIMIT_BYTES, Step};
use crate::protocol::EngineError;
use crate::store::{StoreError, StoreHandle};

/// One thing the user did, in words, and the rows it changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Deed {
    /// Completes "Undid …": `marking 2 regions as not this sound`.
    pub what: String,
    pub steps: Vec<Step>,
}

impl Deed {
    /// Whether nothing came of it.
    pub fn is_empty(&self) -> bool {
        self.steps.iter().all(Step::is_empty)
    }

    /// Memory that deleted rows take in it.
    fn size_bytes(&self) -> usize {
        self.steps.iter().map(Step::size_bytes).sum()
    }

    fn concerns(&self, profiles: &BTreeSet<String>) -> bool {
        let mut named = self.steps.iter().flat_map(Step::profiles);
        named.any(|name| profiles.contains(name))
    }
}

/// Undo and redo of one session.
#[derive(Debug, Default)]
pub struct History {
    done: Vec<Deed>,
    undone: Vec<Deed>,
    /// Of the database that the deeds were done to.
    generation: u64,
}

impl History {
    /// Forgets what was done to another database than that of `generation` ([`StoreHandle::generation`]): the rows that
    /// the deeds name are other rows now.
    pub fn keep_to(&mut self, generation: u64) {
        if self.generation != generation {
            *self = Self {
                generation,
                ..Self::default()
            };
        }
    }

    /// Forgets what was done to a profile that somebody else renamed or deleted: rows put back would bring it back under
    /// the name it had. Also what was done to it when it had another name.
    pub fn forget_profile(&mut self, profile: &str) {
        let mut names = BTreeSet::from([profile.to_owned()]);
        let mut kept: Vec<Deed> = Vec::new();
        for deed in self.done.drain(..).rev() {
            if deed.concerns(&names) {
                let renamed = deed.steps.iter().filter_map(|step| match step {
                    Step::ProfileRenamed { from, .. } => Some(from.clone()),
                    _ => None,
                });
                names.extend(renamed);
            } else {
                kept.push(deed);
            }
        }
        kept.reverse();
        self.done = kept;
        if self.undone.iter().any(|deed| deed.concerns(&names)) {
            self.undone.clear();
        }
    }

    /// Remembers a deed; what was undone before can no longer be redone.
    pub fn push(&mut self, deed: Deed) {
        if !deed.is_empty() {
            self.done.push(deed);
            self.undone.clear();
            self.stay_small(KEPT_LIMIT_BYTES);
        }
    }

    /// Forgets the oldest deeds until what is left fits, but never the latest one.
    fn stay_small(&mut self, limit_bytes: usize) {
        let mut size_bytes: usize = self.done.iter().map(Deed::size_bytes).sum();
        let mut forgotten = 0;
        for deed in self.done.iter().rev().skip(1).rev() {
            if size_bytes <= limit_bytes {
                break;
            }
            size_bytes -= deed.size_bytes();
            forgotten += 1;
        }
        self.done.drain(..forgotten);
    }

    /// What undo would take back.
    pub fn next_undo(&self) -> Option<&str> {
        self.done.last().map(|deed| deed.what.as_str())
    }

    /// What redo would do again.
    pub fn next_redo(&self) -> Option<&str> {
        self.undone.last().map(|deed| deed.what.as_str())
    }

    /// Takes the last deed back and returns it with the steps that took it back; `None` when there is none.
    ///
    /// # Errors
    /// When the database refuses; the deed then stays done. When it can never be taken back, it is forgotten, so that it
    /// is not in the way of those before it.
    pub fn undo(&mut self, store: &StoreHandle) -> Result<Option<Deed>, EngineError> {
        let Some(deed) = self.done.last_mut() else {
            return Ok(None);
        };
        let mut taken = Vec::new();
        for step in deed.steps.iter_mut().rev() {
            let mut back = step.reversed();
            if let Err(error) = back.apply(store) {
                return Err(self.stay_done(error));
            }
            // With what it takes to do it again.
            *step = back.reversed();
            taken.push(back);
        }
        Ok(self.done.pop().map(|deed| {
            let what = deed.what.clone();
            self.undone.push(deed);
            Deed { what, steps: taken }
        }))
    }

    /// Does the last undone deed again and returns it; `None` when there is none.
    ///
    /// # Errors
    /// When the database refuses; the deed then stays undone. When it can never be done again, it is forgotten with all
    /// that was undone.
    pub fn redo(&mut self, store: &StoreHandle) -> Result<Option<Deed>, EngineError> {
        let Some(deed) = self.undone.last_mut() else {
            return Ok(None);
        };
        for step in &mut deed.steps {
            if let Err(error) = step.apply(store) {
                return Err(self.stay_undone(error));
            }
        }
        let deed = self.undone.pop();
        self.done.extend(deed.clone());
        Ok(deed)
    }

    /// The last deed could not be taken back. If it never will be, it is forgotten, and so is what was done to a profile
    /// before it was renamed or deleted: under its former name there may be another one.
    fn stay_done(&mut self, error: EngineError) -> EngineError {
        let Some(why) = for_good(&error) else {
            return error;
        };
        let Some(deed) = self.done.pop() else {
            return error;
        };
        for step in &deed.steps {
            if let Step::ProfileRenamed { from, .. } = step {
                self.forget_profile(from);
            }
            if let Step::ProfileRemoved(change) = step {
                self.forget_profile(&change.profile);
            }
        }
        EngineError::CannotStep {
            what: deed.what,
            why,
        }
    }

    /// The last undone deed could not be done again. If it never will be, nothing that followed it can be either.
    fn stay_undone(&mut self, error: EngineError) -> EngineError {
        let Some(why) = for_good(&error) else {
            return error;
        };
        let Some(deed) = self.undone.pop() else {
            return error;
        };
        self.undone.clear();
        EngineError::CannotStep {
            what: deed.what,
            why,
        }
    }
}

/// Why `error` will be the answer however often it is tried; `None` when it need not be.
fn for_good(error: &EngineError) -> Option<String> {
    match error {
        EngineError::OutOfReach { why } => Some((*why).to_owned()),
        EngineError::Store(
            error @ (StoreError::ProfileExists { .. }
            | StoreError::NoSuchProfile { .. }
            | StoreError::ProfileProtected),
        ) => Some(error.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use super::*;
    use crate::marks::step::VersionKey;
    use crate::scan::WindowScores;
    use crate::store::NewScan;

    fn deletion(store: &StoreHandle) -> Deed {
        let scores = WindowScores {
            hop_s: 0.186,
            window_s: 0.93,
            scores: vec![0.25; 1_000],
        };
        let scan = NewScan {
            filename: "a.wav",
            source_path: Path::new("/takes/a.wav"),
            profile: "default",
            model: "AISFX",
            regions: &[],
            scores: &scores,
            threshold: 0.5,
            classifier: None,
        };
        let (number, version, rows) = store
            .with(|store| {
                let saved = store.save_scan(&scan, 5)?;
                let rows = store.delete_version("a.wav", "default", "AISFX", &saved.timestamp)?;
                let version = VersionKey {
                    filename: String::from("a.wav"),
                    profile: String::from("default"),
                    model: String::from("AISFX"),
                    timestamp: saved.timestamp,
                };
                Ok((saved.number, version, rows))
            })
            .unwrap();
        Deed {
            what: format!("deleting version {number}"),
            steps: vec![Step::VersionDeleted {
                version,
                rows: Arc::new(rows.unwrap()),
            }],
        }
    }

    #[test]
    fn old_deletions_are_forgotten_before_they_fill_the_memory_and_the_latest_never_is() {
        let folder = tempfile::tempdir().unwrap();
        let store = StoreHandle::new(Some(folder.path().join("earmark.db"))).unwrap();
        let mut history = History::default();
        for _ in 0..4 {
            history.push(deletion(&store));
        }
        let each = history.done[0].size_bytes();
        assert!(each >= 4_000, "{each} bytes hold 1,000 scores");
        history.stay_small(2 * each);
        assert_eq!(history.done.len(), 2);
        history.stay_small(0);
        assert_eq!(history.next_undo(), Some("deleting version 4"));
        history.undo(&store).unwrap();
        let versions = store
            .with(|store| store.versions("a.wav", "default", "AISFX"))
            .unwrap();
        assert_eq!(versions[0].number, 4);
    }
}
