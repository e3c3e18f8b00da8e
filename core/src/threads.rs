//! Threads that outlive their own errors, and threads that end within a bound.
//!
//! A panic must never take the host with it. `spawn_supervised` catches what a thread's work panics with, logs it, lets the
//! work put itself in order and starts it again; after too many restarts the work stays down and says so. A host that removes a
//! plug-in waits in its user interface, so [`join_until`] waits for a thread with a deadline: one whose disk does not answer
//! cannot be stopped from outside. It is left to itself then, and the library is kept in memory for it: what it still has to
//! write is written if the disk comes back before the process ends.

use std::any::Any;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;

use crate::platform;

/// Between two looks at a thread that is about to end.
const LOOK_EVERY: Duration = Duration::from_millis(1);
/// A thread that panics more often than this within [`RESTARTS_COUNT_FOR`] stays down: it must not burn a core.
const MOST_RESTARTS: usize = 5;
/// How long a restart is remembered.
const RESTARTS_COUNT_FOR: Duration = Duration::from_secs(60);

/// The work of a thread, which is started again after a panic.
pub(crate) trait Supervised: Send + 'static {
    /// Works until there is nothing to work for any more.
    fn run(&mut self);

    /// [`run`](Self::run) panicked and is about to be called again: puts in order what it left half done, and tells those who
    /// wait for it.
    fn recover(&mut self);

    /// It panicked too often and will not be called again: tells everybody, and answers whoever asks for something until
    /// nobody can any more.
    fn stay_down(&mut self);
}

/// A thread panicked. For whoever shows it to the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ThreadFault {
    /// The thread's name.
    pub thread: &'static str,
    pub outcome: FaultOutcome,
}

/// What became of a thread that panicked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FaultOutcome {
    /// It works again.
    Restarted,
    /// It panicked too often and stays down.
    Stopped,
}

/// Where one thread reports its own faults.
#[derive(Clone)]
pub(crate) struct FaultReporter {
    thread: &'static str,
    faults: Sender<ThreadFault>,
}

impl FaultReporter {
    /// The reporter of the thread called `thread`.
    pub fn new(thread: &'static str, faults: Sender<ThreadFault>) -> Self {
        Self { thread, faults }
    }

    pub fn report(&self, outcome: FaultOutcome) {
        let fault = ThreadFault {
            thread: self.thread,
            outcome,
        };
        // Whoever shows faults outlives this thread but for its last moments, in which nobody looks any more.
        drop(self.faults.send(fault));
    }
}

/// Starts a thread called `name` that does `work`, again after every panic but not for ever.
///
/// # Errors
/// When the system refuses a thread.
pub(crate) fn spawn_supervised(
    name: &'static str,
    mut work: impl Supervised,
) -> std::io::Result<JoinHandle<()>> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(move || supervise(name, &mut work))
}

fn supervise(name: &str, work: &mut impl Supervised) {
    let mut restarts = Restarts::default();
    while !survives(name, || work.run()) {
        loop {
            if !restarts.allow(Instant::now()) {
                tracing::error!("the thread {name} panicked too often and stays down");
                survives(name, || work.stay_down());
                return;
            }
            if survives(name, || work.recover()) {
                break;
            }
        }
    }
}

/// Does `work`; `false` when it panicked, which is logged under `name`.
pub(crate) fn survives(name: &str, work: impl FnOnce()) -> bool {
    // Whoever calls it puts in order, or throws away, what `work` was changing.
    let outcome = catch_unwind(AssertUnwindSafe(work));
    if let Err(panic) = &outcome {
        tracing::error!("the thread {name} panicked: {}", words_of(panic.as_ref()));
    }
    outcome.is_ok()
}

fn words_of(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("for a reason that is no text")
}

/// When a thread was restarted of late.
#[derive(Default)]
struct Restarts(VecDeque<Instant>);

impl Restarts {
    /// Whether it may be restarted once more, which counts as done.
    fn allow(&mut self, now: Instant) -> bool {
        while let Some(first) = self.0.front()
            && now.duration_since(*first) >= RESTARTS_COUNT_FOR
        {
            self.0.pop_front();
        }
        let is_allowed = self.0.len() < MOST_RESTARTS;
        if is_allowed {
            self.0.push_back(now);
        }
        is_allowed
    }
}

/// Waits until `thread` is gone, or until `deadline`; then the library stays in memory. True when it is gone.
pub fn join_until(thread: JoinHandle<()>, deadline: Instant) -> bool {
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

    /// Panics `panics` times and then ends.
    struct Clumsy {
        panics: usize,
        calls: Sender<&'static str>,
    }

    impl Supervised for Clumsy {
        fn run(&mut self) {
            self.calls.send("run").unwrap();
            if let Some(left) = self.panics.checked_sub(1) {
                self.panics = left;
                std::panic::panic_any("injected by a test");
            }
        }

        fn recover(&mut self) {
            self.calls.send("recover").unwrap();
        }

        fn stay_down(&mut self) {
            self.calls.send("stay down").unwrap();
        }
    }

    fn calls_of(panics: usize) -> Vec<&'static str> {
        let (calls, called) = crossbeam_channel::unbounded();
        let thread = spawn_supervised("clumsy", Clumsy { panics, calls }).unwrap();
        thread.join().unwrap();
        called.into_iter().collect()
    }

    #[test]
    fn a_thread_that_panics_starts_again() {
        assert_eq!(calls_of(0), ["run"]);
        assert_eq!(calls_of(1), ["run", "recover", "run"]);
    }

    #[test]
    fn a_thread_that_panics_without_end_stays_down() {
        let calls = calls_of(usize::MAX);
        let runs = calls.iter().filter(|call| **call == "run");
        assert_eq!(runs.count(), MOST_RESTARTS + 1);
        assert_eq!(calls.last(), Some(&"stay down"));
    }

    #[test]
    fn restarts_long_ago_do_not_count() {
        let mut restarts = Restarts::default();
        let begun = Instant::now();
        for _ in 0..MOST_RESTARTS {
            assert!(restarts.allow(begun));
        }
        assert!(!restarts.allow(begun));
        assert!(restarts.allow(begun + RESTARTS_COUNT_FOR));
    }
}
