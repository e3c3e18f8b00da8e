//! One change of rows, and how it is taken back.

use std::sync::Arc;

use crate::protocol::EngineError;
use crate::scan::RegionShape;
use crate::store::{
    Clip, DeletedVersion, HardNegative, ProfileRows, RegionEdit, RegionId, RemovedProfile, Store,
    StoreError, StoreHandle, UnsureMark,
};

/// Deleted versions and profiles are kept in memory for undo up to this, all together; then the oldest deeds are
/// forgotten. A profile that takes more is not kept.
pub const KEPT_LIMIT_BYTES: usize = 64 * 1024 * 1024;

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
    /// A version that was deleted is back, or a new one was made.
    VersionBroughtBack {
        version: VersionKey,
        rows: Arc<DeletedVersion>,
    },
    /// Regions were given another shape.
    Shaped {
        profile: String,
        model: String,
        before: RegionShape,
        after: RegionShape,
    },
    ProfileAdded(ProfileChange),
    ProfileRemoved(ProfileChange),
    ProfileRenamed {
        from: String,
        to: String,
    },
}

/// A profile that was made, or went.
#[derive(Debug, Clone, PartialEq)]
pub struct ProfileChange {
    pub profile: String,
    /// What there was in it when it was made or went. It goes only while that is all there is in it.
    pub rows: ProfileRows,
    /// What windows show while it is not there.
    pub instead: String,
    /// Everything that was in it; `None` while it is there for the first time.
    pub kept: Option<Arc<RemovedProfile>>,
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
    pub(super) fn reversed(&self) -> Self {
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
            Self::Shaped {
                profile,
                model,
                before,
                after,
            } => Self::Shaped {
                profile,
                model,
                before: after,
                after: before,
            },
            Self::ProfileAdded(change) => Self::ProfileRemoved(change),
            Self::ProfileRemoved(change) => Self::ProfileAdded(change),
            Self::ProfileRenamed { from, to } => Self::ProfileRenamed { from: to, to: from },
        }
    }

    /// Does it, and remembers what it takes to take it back again.
    ///
    /// # Errors
    /// [`EngineError::OutOfReach`] when there is nothing left that it could be done to; otherwise when the database refuses.
    pub(super) fn apply(&mut self, store: &StoreHandle) -> Result<(), EngineError> {
        let (found, named) = store.with(|store| self.change(store))??;
        if found == 0 && named > 0 {
            return Err(out_of_reach(
                "what it changed is no longer there, or was found anew since",
            ));
        }
        Ok(())
    }

    /// How many rows it found of those that it must find, and how many those are; or why it cannot be done at all.
    fn change(
        &mut self,
        store: &mut Store,
    ) -> Result<Result<(usize, usize), EngineError>, StoreError> {
        // What is to be there is there, and what is to go is gone, whoever saw to it.
        let mut found = (0, 0);
        match self {
            Self::NegativesAdded(rows) => drop(store.restore_negatives(rows)?),
            Self::NegativesRemoved(rows) => {
                let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
                drop(store.remove_negatives(&ids)?);
            }
            Self::UnsureAdded(rows) => store.restore_unsure(rows)?,
            Self::UnsureRemoved(rows) => {
                let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
                drop(store.remove_unsure(&ids)?);
            }
            Self::ClipsAdded(rows) => drop(store.restore_clips(rows)?),
            Self::ClipsRemoved(rows) => {
                let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
                drop(store.remove_clips(&ids)?);
            }
            Self::Disabled { regions, disabled } => {
                found = (store.set_disabled(regions, *disabled)?, regions.len());
            }
            Self::Edited { after, .. } => found = (store.edit_regions(after)?, after.len()),
            Self::Pinned { version, pinned } => {
                let is_found = store.set_pinned(
                    &version.filename,
                    &version.profile,
                    &version.model,
                    &version.timestamp,
                    *pinned,
                )?;
                found = (usize::from(is_found), 1);
            }
            Self::ClassifierRestored {
                profile,
                model,
                version,
                ..
            } => {
                let restored = store.restore_classifier(profile, model, *version)?;
                found = (restored.into_iter().count(), 1);
            }
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
            }
            Self::VersionBroughtBack { rows, .. } => {
                store.restore_deleted_version(rows)?;
            }
            Self::Shaped {
                profile,
                model,
                after,
                ..
            } => store.set_region_shape(profile, model, *after)?,
            Self::ProfileAdded(change) => match &change.kept {
                Some(kept) => store.bring_profile_back(kept)?,
                None => found = (0, 1),
            },
            Self::ProfileRemoved(change) => {
                let (rows, bytes) = (
                    store.profile_rows(&change.profile)?,
                    store.profile_bytes(&change.profile)?,
                );
                if !is_same(rows, change.rows) {
                    return Ok(Err(out_of_reach(
                        "there is more or less in the profile by now, so it stays; delete it under Profiles",
                    )));
                }
                if bytes > KEPT_LIMIT_BYTES as u64 {
                    return Ok(Err(out_of_reach(
                        "there is too much in the profile to keep it for undo, so it stays; delete it under Profiles",
                    )));
                }
                change.kept = Some(Arc::new(store.remove_profile(&change.profile)?));
            }
            Self::ProfileRenamed { from, to } => store.rename_profile(from, to)?,
        }
        Ok(Ok(found))
    }

    /// The profiles that it names, whose rows it would bring back.
    pub(super) fn profiles(&self) -> Vec<&str> {
        fn of<'a, T>(rows: &'a [T], profile: impl Fn(&'a T) -> &'a String) -> Vec<&'a str> {
            rows.iter().map(|row| profile(row).as_str()).collect()
        }
        match self {
            Self::NegativesAdded(rows) | Self::NegativesRemoved(rows) => {
                of(rows, |row| &row.profile)
            }
            Self::UnsureAdded(rows) | Self::UnsureRemoved(rows) => of(rows, |row| &row.profile),
            Self::ClipsAdded(rows) | Self::ClipsRemoved(rows) => of(rows, |row| &row.profile),
            // By identity, wherever they are.
            Self::Disabled { .. } | Self::Edited { .. } => Vec::new(),
            Self::Pinned { version, .. }
            | Self::VersionDeleted { version, .. }
            | Self::VersionBroughtBack { version, .. } => vec![&version.profile],
            Self::ClassifierRestored { profile, .. } | Self::Shaped { profile, .. } => {
                vec![profile]
            }
            Self::ProfileAdded(change) | Self::ProfileRemoved(change) => vec![&change.profile],
            Self::ProfileRenamed { from, to } => vec![from, to],
        }
    }

    /// Whether nothing came of it.
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::NegativesAdded(rows) | Self::NegativesRemoved(rows) => rows.is_empty(),
            Self::UnsureAdded(rows) | Self::UnsureRemoved(rows) => rows.is_empty(),
            Self::ClipsAdded(rows) | Self::ClipsRemoved(rows) => rows.is_empty(),
            Self::Disabled { regions, .. } => regions.is_empty(),
            Self::Edited { before, after } => before == after,
            Self::Shaped { before, after, .. } => before == after,
            Self::ProfileRenamed { from, to } => from == to,
            Self::Pinned { .. }
            | Self::ClassifierRestored { .. }
            | Self::VersionDeleted { .. }
            | Self::VersionBroughtBack { .. }
            | Self::ProfileAdded(_)
            | Self::ProfileRemoved(_) => false,
        }
    }

    /// Memory that deleted rows take in it.
    pub(super) fn size_bytes(&self) -> usize {
        match self {
            Self::VersionDeleted { rows, .. } | Self::VersionBroughtBack { rows, .. } => {
                rows.size_bytes()
            }
            Self::ProfileAdded(change) | Self::ProfileRemoved(change) => {
                let kept = change.kept.as_ref();
                kept.map_or(0, |kept| kept.size_bytes())
            }
            _ => 0,
        }
    }
}

/// Whether nobody put anything into a profile or took it out. Versions of 8-cut's get their rows when they are first
/// looked at, which is neither.
fn is_same(now: ProfileRows, then: ProfileRows) -> bool {
    let without_versions = |rows| ProfileRows {
        versions: 0,
        ..rows
    };
    without_versions(now) == without_versions(then)
}

fn out_of_reach(why: &'static str) -> EngineError {
    EngineError::OutOfReach { why }
}
