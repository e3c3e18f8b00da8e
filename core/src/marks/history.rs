//! What was done and undone in a session.

use std::collections::BTreeSet;

use super::inverse::{Inverse, take_back};
use super::profiles::KEPT_LIMIT_BYTES;
use crate::protocol::{Change, EngineError, ProfileTarget, Target};
use crate::store::{StoreError, StoreHandle};

/// A change that was made or taken back, and what steps over it the other way.
#[derive(Debug, Clone)]
struct Entry {
    step: Stepped,
    inverse: Inverse,
}

/// Whether `change` was made in one of `profiles`.
fn concerns(change: &Change, profiles: &BTreeSet<String>) -> bool {
    let names: Vec<&str> = match &change.target {
        Target::Together { changes } => {
            return changes.iter().any(|part| concerns(part, profiles));
        }
        // By the rows' identity, wherever they are.
        Target::Disabled { .. } | Target::Merged { .. } | Target::Resized { .. } => Vec::new(),
        Target::Profile(
            ProfileTarget::Exists { name }
            | ProfileTarget::Deleted { name }
            | ProfileTarget::CopyOf { to: name, .. },
        ) => vec![name.trim()],
        Target::Profile(ProfileTarget::Renamed { from, to }) => vec![from, to.trim()],
        _ => vec![&change.place.profile],
    };
    names.into_iter().any(|name| profiles.contains(name))
}

impl Entry {
    fn concerns(&self, profiles: &BTreeSet<String>) -> bool {
        concerns(&self.step.change, profiles)
    }

    /// The name that a profile had before this.
    fn former_name(&self) -> Option<&String> {
        match &self.step.change.target {
            Target::Profile(ProfileTarget::Renamed { from, .. }) => Some(from),
            _ => None,
        }
    }
}

/// A change that was stepped over by undo or redo.
#[derive(Debug, Clone)]
pub struct Stepped {
    pub change: Change,
    /// Completes "Undid …".
    pub label: String,
}

/// Undo and redo of one session.
#[derive(Debug, Default)]
pub struct History {
    done: Vec<Entry>,
    undone: Vec<Entry>,
    /// Of the database that the changes were made in.
    generation: u64,
}

impl History {
    /// Forgets what was done to another database than that of `generation` ([`StoreHandle::generation`]): the rows that
    /// the changes name are other rows now.
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
        let mut kept: Vec<Entry> = Vec::new();
        for entry in self.done.drain(..).rev() {
            if entry.concerns(&names) {
                names.extend(entry.former_name().cloned());
            } else {
                kept.push(entry);
            }
        }
        kept.reverse();
        self.done = kept;
        if self.undone.iter().any(|entry| entry.concerns(&names)) {
            self.undone.clear();
        }
    }

    /// Remembers a change that was made; what was undone before can no longer be redone. One that changed nothing is
    /// not remembered.
    pub fn push(&mut self, change: Change, label: String, inverse: Inverse) {
        if !inverse.is_empty() {
            let step = Stepped { change, label };
            self.done.push(Entry { step, inverse });
            self.undone.clear();
            self.stay_small(KEPT_LIMIT_BYTES);
        }
    }

    /// Forgets the oldest changes until what is left fits, but never the latest one.
    fn stay_small(&mut self, limit_bytes: usize) {
        let mut size_bytes: usize = self.done.iter().map(|it| it.inverse.size_bytes()).sum();
        let mut forgotten = 0;
        for entry in self.done.iter().rev().skip(1).rev() {
            if size_bytes <= limit_bytes {
                break;
            }
            size_bytes -= entry.inverse.size_bytes();
            forgotten += 1;
        }
        self.done.drain(..forgotten);
    }

    /// What undo would take back.
    pub fn next_undo(&self) -> Option<&str> {
        self.done.last().map(|entry| entry.step.label.as_str())
    }

    /// What redo would do again.
    pub fn next_redo(&self) -> Option<&str> {
        self.undone.last().map(|entry| entry.step.label.as_str())
    }

    /// Takes the last change back and returns it; `None` when there is none.
    ///
    /// # Errors
    /// When the database refuses; the change then stays done. When it can never be taken back, it is forgotten, so that it
    /// is not in the way of those before it, and so is what was done to a profile before it was renamed or deleted:
    /// under its former name there may be another one.
    pub fn undo(&mut self, store: &StoreHandle) -> Result<Option<Stepped>, EngineError> {
        let last = self.done.last().map(|entry| &entry.step.change.target);
        let former = match last {
            Some(Target::Profile(
                ProfileTarget::Renamed { from: name, .. } | ProfileTarget::Deleted { name },
            )) => Some(name.clone()),
            _ => None,
        };
        let outcome = step(store, &mut self.done, &mut self.undone);
        if let (Err(EngineError::CannotStep { .. }), Some(profile)) = (&outcome, former) {
            self.forget_profile(&profile);
        }
        outcome
    }

    /// Does the last undone change again and returns it; `None` when there is none.
    ///
    /// # Errors
    /// When the database refuses; the change then stays undone. When it can never be done again, it is forgotten with all
    /// that was undone.
    pub fn redo(&mut self, store: &StoreHandle) -> Result<Option<Stepped>, EngineError> {
        let outcome = step(store, &mut self.undone, &mut self.done);
        if matches!(outcome, Err(EngineError::CannotStep { .. })) {
            self.undone.clear();
        }
        outcome
    }
}

/// Steps over the last of `from`, which then is the last of `to`. One that can never be stepped over is forgotten.
fn step(
    store: &StoreHandle,
    from: &mut Vec<Entry>,
    to: &mut Vec<Entry>,
) -> Result<Option<Stepped>, EngineError> {
    let Some(mut entry) = from.pop() else {
        return Ok(None);
    };
    match take_back(store, &entry.step.change.place, &entry.inverse) {
        Ok(inverse) => {
            entry.inverse = inverse;
            let stepped = entry.step.clone();
            to.push(entry);
            Ok(Some(stepped))
        }
        Err(error) => match for_good(&error) {
            Some(why) => {
                let what = entry.step.label;
                Err(EngineError::CannotStep { what, why })
            }
            None => {
                from.push(entry);
                Err(error)
            }
        },
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
    use std::path::{Path, PathBuf};

    use super::super::{Applied, commit};
    use super::*;
    use crate::protocol::{Place, PlacedRecording};
    use crate::recording::Recording;
    use crate::scan::WindowScores;
    use crate::store::NewScan;

    fn delete_a_version(store: &StoreHandle) -> (Change, Applied) {
        let scores = WindowScores {
            hop_s: 0.186,
            window_s: 0.93,
            scores: vec![0.25; 1_000],
            ..WindowScores::default()
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
        let saved = store.with(|store| store.save_scan(&scan, 5)).unwrap();
        let recording = PlacedRecording {
            recording: Recording {
                filename: String::from("a.wav"),
                path: PathBuf::from("/takes/a.wav"),
            },
            start_s: 0.0,
            length_s: 60.0,
        };
        let change = Change {
            place: Place {
                profile: String::from("default"),
                model: String::from("AISFX"),
                recording: Some(recording),
                version: Some(saved.timestamp),
                generation: store.generation(),
            },
            target: Target::VersionDeleted,
        };
        let applied = commit(store, Path::new(""), &change).unwrap();
        (change, applied)
    }

    #[test]
    fn old_deletions_are_forgotten_before_they_fill_the_memory_and_the_latest_never_is() {
        let folder = tempfile::tempdir().unwrap();
        let store = StoreHandle::new(Some(folder.path().join("earmark.db"))).unwrap();
        let mut history = History::default();
        for _ in 0..4 {
            let (change, applied) = delete_a_version(&store);
            history.push(change, applied.outcome.label, applied.inverse);
        }
        let each = history.done[0].inverse.size_bytes();
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
