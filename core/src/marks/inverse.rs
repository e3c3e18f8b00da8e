//! What takes a change back: the rows as they were, or another state.

use super::{Outcome, commit, in_store, profiles, versions};
use crate::protocol::{Change, EngineError, Place, ProfileTarget, Target};
use crate::store::{ProfileRows, Recorded, RowJournal, Store, StoreHandle};

/// What takes a change back.
#[derive(Debug, Clone, PartialEq)]
pub enum Inverse {
    /// Nothing was changed, or it cannot be taken back.
    Nothing,
    /// The rows are as they were.
    Rows(RowJournal),
    /// Another state is brought about. No classifier is ever deleted, and a renamed profile is renamed with all that was
    /// put into it since.
    Target(Target),
    /// The profile that was made is gone, if there is nothing else in it than `rows`.
    ProfileGone { name: String, rows: ProfileRows },
    /// The profile that was deleted is back.
    ProfileBack { name: String, journal: RowJournal },
}

impl Inverse {
    /// Whether there is nothing to take back.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Nothing => true,
            Self::Rows(journal) => journal.is_empty(),
            Self::Target(_) | Self::ProfileGone { .. } | Self::ProfileBack { .. } => false,
        }
    }

    /// The memory that it takes, roughly, in bytes.
    pub(super) fn size_bytes(&self) -> usize {
        match self {
            Self::Rows(journal) | Self::ProfileBack { journal, .. } => journal.size_bytes(),
            Self::Nothing | Self::Target(_) | Self::ProfileGone { .. } => 0,
        }
    }
}

/// Which tables are to be recorded while `change` is made.
pub(super) fn recorded(store: &Store, change: &Change) -> Result<Recorded, EngineError> {
    Ok(match &change.target {
        Target::Profile(ProfileTarget::Deleted { name }) if profiles::comes_back(store, name)? => {
            Recorded::Profiles
        }
        Target::Profile(_) | Target::ClassifierInUse { .. } | Target::Setting { .. } => {
            Recorded::Nothing
        }
        _ => {
            for part in change.parts() {
                versions::number_all(store, part)?;
            }
            Recorded::Work
        }
    })
}

/// What takes back `change`, which did what `outcome` and `journal` say.
pub(super) fn of(change: &Change, outcome: &Outcome, journal: RowJournal) -> Inverse {
    match &change.target {
        Target::Profile(target) => of_profile(target, outcome, journal),
        Target::ClassifierInUse { .. } => match outcome.classifier_before {
            Some(version) => Inverse::Target(Target::ClassifierInUse { version }),
            None => Inverse::Nothing,
        },
        Target::Setting { .. } => Inverse::Nothing,
        _ => Inverse::Rows(journal),
    }
}

fn of_profile(target: &ProfileTarget, outcome: &Outcome, journal: RowJournal) -> Inverse {
    let trimmed = |name: &str| name.trim().to_owned();
    match (target, outcome.profile_rows) {
        (ProfileTarget::Exists { name } | ProfileTarget::CopyOf { to: name, .. }, Some(rows)) => {
            let name = trimmed(name);
            Inverse::ProfileGone { name, rows }
        }
        (ProfileTarget::Renamed { from, to }, _) => {
            let (from, to) = (trimmed(to), from.clone());
            Inverse::Target(Target::Profile(ProfileTarget::Renamed { from, to }))
        }
        (ProfileTarget::Deleted { name }, _) if !journal.is_empty() => {
            let name = name.clone();
            Inverse::ProfileBack { name, journal }
        }
        _ => Inverse::Nothing,
    }
}

/// Takes a change at `place` back, as one transaction, and returns what does it again.
///
/// # Errors
/// [`EngineError::OutOfReach`] when there is nothing left that could be taken back; otherwise when the database refuses.
/// Then nothing has changed.
pub(super) fn take_back(
    store: &StoreHandle,
    place: &Place,
    inverse: &Inverse,
) -> Result<Inverse, EngineError> {
    match inverse {
        Inverse::Nothing => Ok(Inverse::Nothing),
        Inverse::Target(target) => {
            let change = Change {
                place: Place {
                    generation: store.generation(),
                    ..place.clone()
                },
                target: target.clone(),
            };
            // Only changes that export no clip are taken back by another state.
            let applied = commit(store, std::path::Path::new(""), &change)?;
            Ok(applied.inverse)
        }
        Inverse::Rows(journal) => in_store(store, |store| {
            let ((), journal) = store.record(Recorded::Work, |tx| {
                let reversed = tx.reverse(journal)?;
                match reversed.found_nothing() {
                    true => Err(out_of_reach(
                        "what it changed is no longer there, or was found anew since",
                    )),
                    false => Ok(()),
                }
            })?;
            Ok(Inverse::Rows(journal))
        }),
        Inverse::ProfileGone { name, rows } => {
            in_store(store, |store| delete_again(store, name, *rows))
        }
        Inverse::ProfileBack { name, journal } => in_store(store, |store| {
            let (rows, _) = store.record(Recorded::Nothing, |tx| {
                tx.make_room_for_profile(name)?;
                tx.reverse(journal)?;
                tx.profile_rows(name)
            })?;
            let name = name.clone();
            Ok(Inverse::ProfileGone { name, rows })
        }),
    }
}

/// Deletes a profile as far as there is nothing else in it than `rows`.
fn delete_again(store: &mut Store, name: &str, rows: ProfileRows) -> Result<Inverse, EngineError> {
    if !is_same(store.profile_rows(name)?, rows) {
        return Err(out_of_reach(
            "there is more or less in the profile by now, so it stays; delete it under Profiles",
        ));
    }
    if !profiles::comes_back(store, name)? {
        return Err(out_of_reach(
            "there is too much in the profile to keep it for undo, so it stays; delete it under Profiles",
        ));
    }
    let (_, journal) = store.record(Recorded::Profiles, |tx| tx.delete_profile(name))?;
    let name = name.to_owned();
    Ok(Inverse::ProfileBack { name, journal })
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
