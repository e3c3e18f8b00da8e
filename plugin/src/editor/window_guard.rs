//! Makes the host wait for the end of the window's thread.
//!
//! On X11 baseview 0.4.2 runs the window on its own thread, and may drop the window before that thread has ended: the drop sends
//! the thread a request, takes the refusal for an error and never joins. A host that then unloads the library removes the code
//! of the running thread. So every window has a [`ThreadWatch`]: a thread-local object of the window's thread reports from its
//! destructor that the thread ends, and [`GuardedWindow`] waits for that when the host drops it, on the host's main thread and
//! up to a limit.
//!
//! On Windows and macOS the window runs on the host's own thread, so there is nothing to wait for.

use std::cell::RefCell;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use nice_plug_egui::baseview::Window;
use parking_lot::{Condvar, Mutex};

use super::host_size::HostSize;

/// The longest wait of the host for a window that does not close.
const PATIENCE: Duration = Duration::from_secs(5);

thread_local! {
    static EXIT_REPORT: RefCell<Option<ExitReport>> = const { RefCell::new(None) };
}

/// Follows one window's thread from its start to its end. Clones follow the same thread.
#[derive(Debug, Clone)]
pub struct ThreadWatch {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    opened_by: ThreadId,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Clone, PartialEq)]
enum State {
    /// No thread has reported yet.
    Idle,
    Running {
        task: Option<PathBuf>,
    },
    Ending {
        task: Option<PathBuf>,
    },
}

/// The thread-local object whose destructor reports the end of the window's thread.
struct ExitReport(ThreadWatch);

impl Drop for ExitReport {
    fn drop(&mut self) {
        let mut state = self.0.shared.state.lock();
        if let State::Running { task } = &mut *state {
            *state = State::Ending { task: task.take() };
        }
        self.0.shared.changed.notify_all();
    }
}

impl ThreadWatch {
    /// A watch for a window that this thread will open.
    pub fn new() -> Self {
        Self {
            shared: Arc::new(Shared {
                opened_by: thread::current().id(),
                state: Mutex::new(State::Idle),
                changed: Condvar::new(),
            }),
        }
    }

    /// Starts the watch; call it once on the window's thread.
    pub fn window_runs_here(&self) {
        if thread::current().id() == self.shared.opened_by {
            return;
        }
        *self.shared.state.lock() = State::Running { task: own_task() };
        EXIT_REPORT.with(|words| *words.borrow_mut() = Some(ExitReport(self.clone())));
    }

    /// Waits for the end of the window's thread, for `patience` at most. Returns whether it has ended.
    pub fn wait(&self, patience: Duration) -> bool {
        let deadline = Instant::now() + patience;
        let mut state = self.shared.state.lock();
        while matches!(*state, State::Running { .. }) {
            if self
                .shared
                .changed
                .wait_until(&mut state, deadline)
                .timed_out()
            {
                return false;
            }
        }
        let task = match &*state {
            State::Ending { task: Some(task) } => task.clone(),
            _ => return true,
        };
        drop(state);
        // The report comes from inside the thread, which still has a few instructions to run.
        while task.exists() {
            if Instant::now() >= deadline {
                return false;
            }
            #[expect(
                clippy::disallowed_methods,
                reason = "on the host's main thread, which must not go on before the window's thread is gone"
            )]
            thread::sleep(Duration::from_micros(200));
        }
        true
    }
}

impl Default for ThreadWatch {
    fn default() -> Self {
        Self::new()
    }
}

/// The path of this thread in the kernel's list, which exists as long as the thread. Only Linux has it and needs it.
fn own_task() -> Option<PathBuf> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    let task = std::fs::read_link("/proc/thread-self").ok()?;
    Some(PathBuf::from("/proc").join(task))
}

/// A window whose drop waits for the end of its thread.
pub struct GuardedWindow {
    /// `None` only while dropping.
    window: Option<Window>,
    watch: ThreadWatch,
    /// The host's side of size requests, if there is a host.
    host_size: Option<HostSize>,
    closed: Box<dyn Fn()>,
}

impl GuardedWindow {
    /// Guards `window`, whose thread `watch` follows, and calls `closed` at its end.
    pub fn new(
        window: Window,
        watch: ThreadWatch,
        host_size: Option<HostSize>,
        closed: impl Fn() + 'static,
    ) -> Self {
        Self {
            window: Some(window),
            watch,
            host_size,
            closed: Box::new(closed),
        }
    }

    /// Asks the host for the size that the window wants.
    pub fn ask_for_size(&self) {
        if let Some(host_size) = &self.host_size {
            host_size.ask();
        }
    }

    /// The window inside, except during the drop.
    pub fn window(&self) -> Option<&Window> {
        self.window.as_ref()
    }

    /// Takes the window out, to run it on this thread.
    pub fn into_inner(mut self) -> Option<Window> {
        self.window.take()
    }
}

impl Drop for GuardedWindow {
    fn drop(&mut self) {
        drop(self.window.take());
        if !self.watch.wait(PATIENCE) {
            tracing::error!(
                "the window's thread did not end within {PATIENCE:?}; Earmark no longer waits for it"
            );
            // A host that unloads the library would remove its code.
            earmark_core::platform::keep_loaded();
        }
        (self.closed)();
    }
}

#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "the tests stand in for the window system, which starts threads"
)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[test]
    fn waiting_returns_only_when_the_thread_is_gone() {
        let watch = ThreadWatch::new();
        let (started, has_started) = std::sync::mpsc::channel();
        let finished = Arc::new(AtomicBool::new(false));
        let thread = {
            let (watch, finished) = (watch.clone(), Arc::clone(&finished));
            thread::spawn(move || {
                watch.window_runs_here();
                started.send(()).unwrap();
                thread::sleep(Duration::from_millis(50));
                finished.store(true, Ordering::SeqCst);
            })
        };
        has_started.recv().unwrap();
        assert!(watch.wait(Duration::from_secs(10)));
        assert!(finished.load(Ordering::SeqCst));
        thread.join().unwrap();
    }

    #[test]
    fn a_window_on_the_hosts_own_thread_is_not_waited_for() {
        let watch = ThreadWatch::new();
        watch.window_runs_here();
        assert!(watch.wait(Duration::ZERO));
    }

    #[test]
    fn a_window_that_never_opened_is_not_waited_for() {
        assert!(ThreadWatch::new().wait(Duration::ZERO));
    }

    #[test]
    fn a_thread_that_hangs_does_not_hang_the_host() {
        let watch = ThreadWatch::new();
        let (release, released) = std::sync::mpsc::channel::<()>();
        let (started, has_started) = std::sync::mpsc::channel();
        let thread = {
            let watch = watch.clone();
            thread::spawn(move || {
                watch.window_runs_here();
                started.send(()).unwrap();
                let _ = released.recv();
            })
        };
        has_started.recv().unwrap();
        assert!(!watch.wait(Duration::from_millis(20)));
        release.send(()).unwrap();
        thread.join().unwrap();
    }
}
