//! What was done and undone in a session, by row identity.

use std::sync::Arc;

use crate::engine::EngineError;
use crate::engine::store_handle::StoreHandle;
use crate::store::{Clip, DeletedVersion, HardNegative, RegionEdit, RegionId, UnsureMark};

/// Deleted versions are kept in memory for undo up to this, all together; then the oldest deeds are forgotten.
const DELETED_VERSIONS_LIMIT_BYTES: usize = 64 * 1024 * 1024;

/// One change of rows, with all that is needed to take it back.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    NegativesAdded(Vec<HardNegative>),
    NegativesRemoved(Vec<HardNegative>),
    UnsureAdded(Vec<UnsureMark>),
    UnsureRemoved(Vec<UnsureMark>),
    ClipsAdded(Vec<Clip>),
    ClipsRemoved(Vec<Clip>),
    Disabled {
        regions: Vec<RegionId>,
        disabled: bool,
    },
    /// Regions were resized or merged.
    Edited {
        before: Vec<RegionEdit>,
        after: Vec<RegionEdit>,
    },
    Pinned {
        version: VersionKey,
        pinned: bool,
    },
    /// An earlier classifier was made the newest again, in the place of `before`.
    ClassifierRestored {
        profile: String,
        model: String,
        version: u32,
        before: u32,
    },
    VersionDeleted {
        version: VersionKey,
        rows: Arc<DeletedVersion>,
    },
    VersionBroughtBack {
        version: VersionKey,
        rows: Arc<DeletedVersion>,
    },
}

/// Which version of which results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionKey {
    pub filename: String,
    pub profile: String,
    pub model: String,
    pub timestamp: String,
}

impl Step {
    fn reversed(&self) -> Self {
        match self.clone() {
            Self::NegativesAdded(rows) => Self::NegativesRemoved(rows),
            Self::NegativesRemoved(rows) => Self::NegativesAdded(rows),
            Self::UnsureAdded(rows) => Self::UnsureRemoved(rows),
            Self::UnsureRemoved(rows) => Self::UnsureAdded(rows),
            Self::ClipsAdded(rows) => Self::ClipsRemoved(rows),
            Self::ClipsRemoved(rows) => Self::ClipsAdded(rows),
            Self::Disabled { regions, disabled } => Self::Disabled {
                regions,
                disabled: !disabled,
            },
            Self::Edited { before, after } => Self::Edited {
                before: after,
                after: before,
            },
            Self::Pinned { version, pinned } => Self::Pinned {
                version,
                pinned: !pinned,
            },
            Self::ClassifierRestored {
                profile,
                model,
                version,
                before,
            } => Self::ClassifierRestored {
                profile,
                model,
                version: before,
                before: version,
            },
            Self::VersionDeleted { version, rows } => Self::VersionBroughtBack { version, rows },
            Self::VersionBroughtBack { version, rows } => Self::VersionDeleted { version, rows },
        }
    }

    /// Does it, and remembers what it takes to take it back again.
    fn apply(&mut self, store: &StoreHandle) -> Result<(), EngineError> {
        store.with(|store| match self {
            Self::NegativesAdded(rows) => store.restore_negatives(rows).map(drop),
            Self::NegativesRemoved(rows) => {
                let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
                store.remove_negatives(&ids).map(drop)
            }
            Self::UnsureAdded(rows) => store.restore_unsure(rows),
            Self::UnsureRemoved(rows) => {
                let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
                store.remove_unsure(&ids).map(drop)
            }
            Self::ClipsAdded(rows) => store.restore_clips(rows).map(drop),
            Self::ClipsRemoved(rows) => {
                let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
                store.remove_clips(&ids).map(drop)
            }
            Self::Disabled { regions, disabled } => {
                store.set_disabled(regions, *disabled).map(drop)
            }
            Self::Edited { after, .. } => store.edit_regions(after).map(drop),
            Self::Pinned { version, pinned } => store
                .set_pinned(
                    &version.filename,
                    &version.profile,
                    &version.model,
                    &version.timestamp,
                    *pinned,
                )
                .map(drop),
            Self::ClassifierRestored {
                profile,
                model,
                version,
                ..
            } => store.restore_classifier(profile, model, *version).map(drop),
            Self::VersionDeleted { version, rows } => {
                // Somebody else may have edited it since it came back.
                let deleted = store.delete_version(
                    &version.filename,
                    &version.profile,
                    &version.model,
                    &version.timestamp,
                )?;
                if let Some(deleted) = deleted {
                    *rows = Arc::new(deleted);
                }
                Ok(())
            }
            Self::VersionBroughtBack { rows, .. } => store.restore_deleted_version(rows).map(drop),
        })?;
        Ok(())
    }
}

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
        self.steps.iter().all(|step| match step {
            Step::NegativesAdded(rows) | Step::NegativesRemoved(rows) => rows.is_empty(),
            Step::UnsureAdded(rows) | Step::UnsureRemoved(rows) => rows.is_empty(),
            Step::ClipsAdded(rows) | Step::ClipsRemoved(rows) => rows.is_empty(),
            Step::Disabled { regions, .. } => regions.is_empty(),
            Step::Edited { after, .. } => after.is_empty(),
            Step::Pinned { .. }
            | Step::ClassifierRestored { .. }
            | Step::VersionDeleted { .. }
            | Step::VersionBroughtBack { .. } => false,
        })
    }

    /// Whether another classifier is the newest after it, whose results nobody has seen yet.
    pub fn changes_classifier(&self) -> bool {
        let mut steps = self.steps.iter();
        steps.any(|step| matches!(step, Step::ClassifierRestored { .. }))
    }

    /// Memory that deleted versions take in it.
    fn size_bytes(&self) -> usize {
        let sizes = self.steps.iter().map(|step| match step {
            Step::VersionDeleted { rows, .. } | Step::VersionBroughtBack { rows, .. } => {
                rows.size_bytes()
            }
            _ => 0,
        });
        sizes.sum()
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

    /// Forgets everything: what the deeds were done to is no longer what it was called.
    pub fn forget(&mut self) {
        self.done.clear();
        self.undone.clear();
    }

    /// Remembers a deed; what was undone before can no longer be redone.
    pub fn push(&mut self, deed: Deed) {
        if !deed.is_empty() {
            self.done.push(deed);
            self.undone.clear();
            self.stay_small(DELETED_VERSIONS_LIMIT_BYTES);
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

    /// The deed that undo would take back.
    pub fn last_done(&self) -> Option<&Deed> {
        self.done.last()
    }

    /// The deed that redo would do again.
    pub fn last_undone(&self) -> Option<&Deed> {
        self.undone.last()
    }

    /// Takes the last deed back and says what it was.
    ///
    /// # Errors
    /// When the database refuses; the deed then stays done.
    pub fn undo(&mut self, store: &StoreHandle) -> Result<Option<String>, EngineError> {
        let Some(deed) = self.done.last() else {
            return Ok(None);
        };
        for step in deed.steps.iter().rev() {
            step.reversed().apply(store)?;
        }
        Ok(self.done.pop().map(|deed| {
            let what = deed.what.clone();
            self.undone.push(deed);
            what
        }))
    }

    /// Does the last undone deed again and says what it was.
    ///
    /// # Errors
    /// When the database refuses; the deed then stays undone.
    pub fn redo(&mut self, store: &StoreHandle) -> Result<Option<String>, EngineError> {
        let Some(deed) = self.undone.last_mut() else {
            return Ok(None);
        };
        for step in &mut deed.steps {
            step.apply(store)?;
        }
        Ok(self.undone.pop().map(|deed| {
            let what = deed.what.clone();
            self.done.push(deed);
            what
        }))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
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
