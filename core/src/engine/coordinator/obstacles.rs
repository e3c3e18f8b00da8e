//! What keeps the database from its work, in words for a window, with what the program itself can do about it.

use std::time::Instant;

use super::dates::readable_timestamp;
use crate::export::ClipError;
use crate::protocol::{EngineError, Obstacle, Offer};
use crate::store::{BUSY_WAIT, Store, StoreError};
use crate::words::counted;

/// A cause that somebody can mend ([`EngineError::is_mendable`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cause {
    what: String,
    remedy: String,
    kind: CauseKind,
}

/// Which help there is against a cause.
#[derive(Debug, Clone, PartialEq, Eq)]
enum CauseKind {
    /// Another program has locked the database: it must let go.
    Locked,
    /// A disk that is not the database's.
    Disk,
    /// The user must do something outside; meanwhile what is in memory can be exported.
    Outside,
    /// The file is damaged or gone: a backup, if there is one, or a new file can take its place.
    Unusable { backup: Option<String> },
}

impl Cause {
    /// The cause of `error`; `None` when waiting mends nothing.
    pub(super) fn of(error: &EngineError) -> Option<Self> {
        match error {
            EngineError::Store(error) => Self::of_store(error),
            EngineError::Clip(ClipError::Write { path, source }) => Some(Self {
                what: format!("a clip cannot be written to {} ({source})", path.display()),
                remedy: String::from(
                    "Check that the disk has room and that you may write to the folder",
                ),
                kind: CauseKind::Disk,
            }),
            _ => None,
        }
    }

    pub(super) fn of_store(error: &StoreError) -> Option<Self> {
        if !error.is_mendable() {
            return None;
        }
        // Every message says what happened, a colon, and what to do.
        let message = error.to_string();
        let (what, remedy) = message.rsplit_once(": ").unwrap_or((&message, ""));
        let (what, remedy, kind) = match error {
            StoreError::Locked { .. } => (what, remedy.to_owned(), CauseKind::Locked),
            StoreError::Corrupt { path, .. }
            | StoreError::NotADatabase { path }
            | StoreError::Gone { path } => {
                let backup = Store::backups(path).into_iter().next();
                let backup = backup.map(|backup| readable_timestamp(&backup.stamp));
                let is_gone = matches!(error, StoreError::Gone { .. });
                (
                    what,
                    replacing(is_gone, backup.is_some()),
                    CauseKind::Unusable { backup },
                )
            }
            _ => (what, remedy.to_owned(), CauseKind::Outside),
        };
        Some(Self {
            what: what.to_owned(),
            remedy: first_upper(&remedy),
            kind,
        })
    }

    /// A disk keeps a mark waiting whose clip is to be written to it or read from it.
    pub(super) fn slow_disk() -> Self {
        Self {
            what: String::from("the disk of a clip, or of its recording, does not answer"),
            remedy: String::from("Check that the disk is connected and awake"),
            kind: CauseKind::Disk,
        }
    }

    /// What waits for it to pass waits for this.
    fn awaited(&self) -> &'static str {
        match self.kind {
            CauseKind::Disk => "a disk",
            CauseKind::Locked | CauseKind::Outside | CauseKind::Unusable { .. } => "the database",
        }
    }

    fn is_lock(&self) -> bool {
        self.kind == CauseKind::Locked
    }

    fn offers(&self) -> Vec<Offer> {
        match &self.kind {
            CauseKind::Locked => Vec::new(),
            CauseKind::Disk | CauseKind::Outside => vec![Offer::ExportMemory],
            CauseKind::Unusable { backup } => {
                let mut offers = vec![Offer::ExportMemory];
                offers.extend(
                    backup
                        .clone()
                        .map(|made_at| Offer::RestoreBackup { made_at }),
                );
                offers.push(Offer::StartNewDatabase);
                offers
            }
        }
    }
}

fn replacing(is_gone: bool, has_backup: bool) -> String {
    let backup = if has_backup {
        "restore the backup"
    } else {
        "start a new database, because there is no backup"
    };
    if is_gone {
        format!("put it back, or {backup}")
    } else {
        format!("{backup}; the damaged file is kept beside it")
    }
}

/// A cause and since when it holds.
#[derive(Debug, Clone)]
pub(super) struct Trouble {
    pub cause: Cause,
    pub since: Instant,
}

impl Trouble {
    /// `cause`, begun now or, when it only goes on, when `before` began.
    pub(super) fn continued(before: Option<Self>, cause: Cause) -> Self {
        Self {
            since: before.map_or_else(Instant::now, |before| before.since),
            cause,
        }
    }
}

/// What a window says while `marks` of it wait and `troubles` keep the database from its work. A lock comes last: it passes
/// by itself.
pub(super) fn obstacle(marks: usize, troubles: &[&Trouble]) -> Option<Obstacle> {
    let worst = troubles.iter().find(|one| !one.cause.is_lock());
    let Some(Trouble { cause, .. }) = worst else {
        let since = troubles.iter().map(|one| one.since).min()?;
        return lock_obstacle(marks, since.elapsed());
    };
    let (what, remedy) = (&cause.what, &cause.remedy);
    let (what, remedy) = if marks == 0 {
        (first_upper(what), remedy.clone())
    } else {
        let waiting = waiting(marks);
        (
            format!("{waiting} for {}: {what}", cause.awaited()),
            format!("{remedy}. What waits is saved as soon as that is done"),
        )
    };
    Some(Obstacle {
        what,
        remedy,
        offers: cause.offers(),
    })
}

/// Short waits are everyday life beside other writers: they are named only when a mark hangs on them.
fn lock_obstacle(marks: usize, locked_for: std::time::Duration) -> Option<Obstacle> {
    let long = locked_for >= BUSY_WAIT;
    if marks == 0 && !long {
        return None;
    }
    let locked = format!(
        "another program has locked the database for {} s",
        locked_for.as_secs()
    );
    let (what, remedy) = match marks {
        0 => (
            format!("Nothing new is shown: {locked}"),
            String::from("Let it finish, or close it"),
        ),
        _ => (
            format!("{} for the database", waiting(marks)),
            if long {
                format!("Let it finish, or close it: {locked}. Saved as soon as it lets go")
            } else {
                String::from("Saved as soon as another program has finished writing")
            },
        ),
    };
    Some(Obstacle {
        what,
        remedy,
        offers: Vec::new(),
    })
}

fn waiting(marks: usize) -> String {
    let verb = if marks == 1 { "waits" } else { "wait" };
    format!("{} {verb}", counted(marks, "mark"))
}

fn first_upper(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(characters).collect()
    })
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::time::Duration;

    use super::*;

    fn trouble(error: StoreError) -> Trouble {
        let cause = Cause::of(&error.into()).unwrap();
        Trouble::continued(None, cause)
    }

    #[test]
    fn a_lock_is_named_when_a_mark_waits_and_blamed_only_after_half_a_minute() {
        assert_eq!(lock_obstacle(0, Duration::from_secs(29)), None);
        let waits = lock_obstacle(2, Duration::from_secs(3)).unwrap();
        assert_eq!(waits.what, "2 marks wait for the database");
        assert!(!waits.remedy.contains("locked"), "{}", waits.remedy);
        let blamed = lock_obstacle(1, Duration::from_secs(45)).unwrap();
        assert_eq!(blamed.what, "1 mark waits for the database");
        assert!(blamed.remedy.contains("locked the database for 45 s"));
        let unread = lock_obstacle(0, Duration::from_secs(31)).unwrap();
        assert!(unread.what.contains("locked the database for 31 s"));
    }

    #[test]
    fn every_mendable_cause_is_parted_into_what_happened_and_the_remedy() {
        let path = PathBuf::from("C: drive/some.db");
        let detail = String::from("error: of some kind");
        let causes = [
            StoreError::ReadOnly { path: path.clone() },
            StoreError::DiskFull { path: path.clone() },
            StoreError::Corrupt {
                path: path.clone(),
                detail: detail.clone(),
            },
            StoreError::NotADatabase { path: path.clone() },
            StoreError::Missing {
                path: path.clone(),
                detail: detail.clone(),
            },
            StoreError::Gone { path: path.clone() },
            StoreError::Replaced { path: path.clone() },
            StoreError::NewerSchema {
                path: path.clone(),
                found: 9,
                known: 2,
            },
            StoreError::Disk { path, detail },
        ];
        for cause in causes {
            let shown = obstacle(0, &[&trouble(cause)]).unwrap();
            assert!(shown.what.starts_with(char::is_uppercase), "{shown:?}");
            assert!(shown.what.contains("some.db"), "{shown:?}");
            assert!(shown.remedy.starts_with(char::is_uppercase), "{shown:?}");
            assert!(!shown.remedy.contains("some.db"), "{shown:?}");
            assert_eq!(shown.offers[0], Offer::ExportMemory);
        }
    }

    #[test]
    fn a_mark_that_waits_for_a_disk_is_not_said_to_wait_for_the_database() {
        let slow = Trouble::continued(None, Cause::slow_disk());
        let shown = obstacle(1, &[&slow]).unwrap();
        assert!(
            shown.what.starts_with("1 mark waits for a disk: the disk"),
            "{shown:?}"
        );
        assert_eq!(shown.offers, [Offer::ExportMemory]);
    }

    #[test]
    fn a_graver_cause_than_a_lock_is_shown_first_with_what_waits() {
        let path = PathBuf::from("some.db");
        let waited = Duration::from_secs(1);
        let lock = trouble(StoreError::Locked {
            path: path.clone(),
            waited,
        });
        let full = trouble(StoreError::DiskFull { path });
        let shown = obstacle(2, &[&lock, &full]).unwrap();
        assert!(
            shown.what.starts_with("2 marks wait for the database: ")
                && shown.what.ends_with("is full"),
            "{shown:?}"
        );
        assert!(shown.remedy.starts_with("Free some space"), "{shown:?}");
    }
}
