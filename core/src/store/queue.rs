//! First come, first served among Earmark's processes that write one database.
//!
//! SQLite's own lock knows no order: each waiting process tries again and again, and the one that tries at the right moment
//! gets it, most often the one that has just had it. So a writer first marks, in an empty file beside the database, the byte
//! with the number of the present nanosecond, and waits while an earlier byte is marked. Only the operating system keeps
//! the marks: those of a process that dies are gone, and nothing in the file can be wrong.
//!
//! The order is a courtesy, and SQLite's lock still decides. So nothing is lost where there is no order: beside 8-cut, which
//! does not know the file; in a folder that cannot be written, or on a file system without such marks; behind a stopped
//! process, whose mark stops counting after [`LONGEST_WAIT`]; between two computers whose clocks differ.
//!
//! Waits on the thread that writes, as part of the transaction. Never on the audio or a window's thread. It must never open
//! a file of SQLite's: closing it again would take SQLite's own locks away.

use std::cell::OnceCell;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use super::backup::with_suffix;
use crate::platform::file_marks::{LAST_BYTE, is_any_marked, mark, unmark};

/// An older mark stops nobody: its process was stopped, or writes for so long that the wait is for SQLite's lock.
const LONGEST_WAIT: Duration = Duration::from_secs(2);
/// From one look at those in front to the next.
const NAP: Duration = Duration::from_micros(500);

/// Where the writers of one database wait in line.
#[derive(Debug)]
pub(super) struct Queue {
    path: PathBuf,
    /// Opened by the first writer. `None` inside: there is no line.
    file: OnceCell<Option<Arc<File>>>,
}

/// A place in line, until it is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    file: Arc<File>,
    /// The byte that it marks.
    pub place: u64,
}

impl Queue {
    /// The line of the database at `path`.
    pub fn beside(path: &Path) -> Self {
        Self {
            path: with_suffix(path, "-queue"),
            file: OnceCell::new(),
        }
    }

    /// Waits for those who came earlier, at most half of `patience`: the rest is for SQLite's lock. `None` where there is no
    /// line.
    pub fn wait_for_turn(&self, patience: Duration) -> Option<Turn> {
        let turn = self.stand_in_line()?;
        turn.wait_for_earlier(LONGEST_WAIT.min(patience / 2));
        Some(turn)
    }

    /// The last place.
    pub fn stand_in_line(&self) -> Option<Turn> {
        let file = self.file.get_or_init(|| self.open()).as_ref()?;
        let place = now();
        mark(file, place)
            .inspect_err(|error| tracing::debug!("no line of writers: {error}"))
            .ok()?;
        Some(Turn {
            file: Arc::clone(file),
            place,
        })
    }

    /// Reading is enough to stand in line: the database may belong to another user.
    fn open(&self) -> Option<Arc<File>> {
        // Opening a named pipe would wait for its other end.
        if std::fs::metadata(&self.path).is_ok_and(|found| !found.is_file()) {
            return None;
        }
        let opened = match File::open(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => File::options()
                .read(true)
                .append(true)
                .create(true)
                .open(&self.path),
            opened => opened,
        };
        let file = opened.inspect_err(|error| {
            tracing::debug!("no line of writers at {}: {error}", self.path.display());
        });
        file.ok().map(Arc::new)
    }
}

impl Turn {
    /// Waits while those who came earlier, but not more than `limit` ago, have not gone.
    #[expect(
        clippy::disallowed_methods,
        reason = "the thread that writes waits for another process, which cannot send to a channel"
    )]
    pub fn wait_for_earlier(&self, limit: Duration) {
        let begun = Instant::now();
        loop {
            let still = limit.saturating_sub(begun.elapsed());
            let counting = self.place.saturating_sub(nanoseconds(still))..self.place;
            // Who cannot look does not wait.
            if !is_any_marked(&self.file, &counting).unwrap_or(false) {
                return;
            }
            thread::sleep(NAP);
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Err(error) = unmark(&self.file, self.place) {
            tracing::warn!("other writers wait for this one in vain: {error}");
        }
    }
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    nanoseconds(since.unwrap_or_default()).min(LAST_BYTE)
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
