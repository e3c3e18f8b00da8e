//! Ending threads within a bound: a host that removes a plug-in waits in its user interface.
//!
//! A thread whose disk does not answer cannot be stopped from outside. It is left to itself then, and the library is kept
//! in memory for it: what it still has to write is written if the disk comes back before the process ends.

use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::platform;

/// Between two looks at a thread that is about to end.
const LOOK_EVERY: Duration = Duration::from_millis(1);

/// Waits until `thread` is gone, or until `deadline`; then the library stays in memory. True when it is gone.
pub(crate) fn join_until(thread: JoinHandle<()>, deadline: Instant) -> bool {
    while !thread.is_finished() {
        if Instant::now() >= deadline {
            tracing::error!(
                "the thread {} does not end; it is left to itself",
                thread.thread().name().unwrap_or_default()
            );
            platform::keep_loaded();
            return false;
        }
        #[expect(
            clippy::disallowed_methods,
            reason = "threads cannot be waited for with a deadline; never on the audio or a window's thread"
        )]
        std::thread::sleep(LOOK_EVERY);
    }
    if thread.join().is_err() {
        tracing::error!("a thread of the engine panicked");
    }
    true
}

#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "the test needs threads to wait for"
)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_hangs_is_left_behind_and_one_that_ends_is_waited_for() {
        let (release, released) = std::sync::mpsc::channel::<()>();
        let hung = std::thread::spawn(move || released.recv().unwrap_or_default());
        assert!(!join_until(hung, Instant::now()));
        drop(release);
        let ends = std::thread::spawn(|| std::thread::sleep(Duration::from_millis(20)));
        assert!(join_until(ends, Instant::now() + Duration::from_secs(60)));
    }
}
