//! One writer of an index at a time, whatever the number of processes: the second waits, and then finds the work done.
//!
//! A lock is a file that the operating system locks, and frees again when the process ends in any way. Any thread that may wait.

use std::fs::{File, TryLockError};
use std::io;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use crossbeam_channel::after;

const NAME: &str = "update.lock";
const TRIED_EVERY: Duration = Duration::from_millis(100);

/// Held while an index is written.
#[derive(Debug)]
pub struct IndexLock {
    /// Locked until it is closed; `None` where the system cannot lock, and then two programs may do the same work.
    _file: Option<File>,
}

impl IndexLock {
    /// Locks the index in `folder`, which is made if it is missing. Where another has locked it, `wait` is asked ten times a second
    /// whether to go on waiting; `None` when it says no.
    ///
    /// # Errors
    /// When the folder cannot be written to.
    pub fn acquire(
        folder: &Path,
        wait: &mut dyn FnMut() -> ControlFlow<()>,
    ) -> io::Result<Option<Self>> {
        std::fs::create_dir_all(folder)?;
        let mut options = File::options();
        let options = options.read(true).write(true).create(true).truncate(false);
        let file = options.open(folder.join(NAME))?;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Some(Self { _file: Some(file) })),
                Err(TryLockError::Error(error)) => {
                    tracing::warn!("the index in {} is not locked: {error}", folder.display());
                    return Ok(Some(Self { _file: None }));
                }
                Err(TryLockError::WouldBlock) => {
                    if wait().is_break() {
                        return Ok(None);
                    }
                    // The wait itself: nothing else is sent on this channel.
                    let _ = after(TRIED_EVERY).recv();
                }
            }
        }
    }
}
