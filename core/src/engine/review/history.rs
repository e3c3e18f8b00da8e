//! What was done and undone in a session, by row identity.

use crate::engine::EngineError;
use crate::engine::store_handle::StoreHandle;
use crate::store::{Clip, HardNegative, RegionEdit, RegionId};

/// One change of rows, with all that is needed to take it back.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    NegativesAdded(Vec<HardNegative>),
    NegativesRemoved(Vec<HardNegative>),
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
        }
    }

    fn apply(&self, store: &StoreHandle) -> Result<(), EngineError> {
        store.with(|store| match self {
            Self::NegativesAdded(rows) => store.restore_negatives(rows).map(drop),
            Self::NegativesRemoved(rows) => {
                let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
                store.remove_negatives(&ids).map(drop)
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
            Step::ClipsAdded(rows) | Step::ClipsRemoved(rows) => rows.is_empty(),
            Step::Disabled { regions, .. } => regions.is_empty(),
            Step::Edited { after, .. } => after.is_empty(),
            Step::Pinned { .. } => false,
        })
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
        }
    }

    /// What undo would take back.
    pub fn next_undo(&self) -> Option<&str> {
        self.done.last().map(|deed| deed.what.as_str())
    }

    /// What redo would do again.
    pub fn next_redo(&self) -> Option<&str> {
        self.undone.last().map(|deed| deed.what.as_str())
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
        let Some(deed) = self.undone.last() else {
            return Ok(None);
        };
        for step in &deed.steps {
            step.apply(store)?;
        }
        Ok(self.undone.pop().map(|deed| {
            let what = deed.what.clone();
            self.done.push(deed);
            what
        }))
    }
}
