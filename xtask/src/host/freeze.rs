//! Holds one thread of this process up, as a disk that does not answer would. Linux only.
//!
//! The thread is sent a signal, and stays in the handler until it is let go. Unsafe is needed to send a signal to a thread
//! that std does not know, and to handle it.

use anyhow::Result;

/// Holds the thread of this name up until [`thaw`].
///
/// # Errors
/// If no thread has the name, or where threads cannot be held up.
pub(super) fn freeze(name: &str) -> Result<()> {
    signals::freeze(name)
}

/// Lets every thread that is held up go on.
pub(super) fn thaw() {
    signals::thaw();
}

#[cfg(target_os = "linux")]
mod signals {
    use std::ffi::c_int;
    use std::fs;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::{Duration, Instant};

    use anyhow::{Context, Result, ensure};

    /// The kernel keeps no more of a thread's name.
    const NAME_BYTES: usize = 15;
    /// A thread gets its name a moment after it was started.
    const PATIENCE: Duration = Duration::from_secs(5);
    const LOOK_EVERY: Duration = Duration::from_millis(10);
    const LOOK_EVERY_US: u32 = 1_000;

    static FROZEN: AtomicBool = AtomicBool::new(false);
    /// A thread is in the handler.
    static HELD: AtomicBool = AtomicBool::new(false);

    pub fn freeze(name: &str) -> Result<()> {
        let begun = Instant::now();
        let thread = loop {
            match find(name)? {
                Some(thread) => break thread,
                None if begun.elapsed() < PATIENCE => std::thread::sleep(LOOK_EVERY),
                None => anyhow::bail!("there is no thread `{name}` to pause"),
            }
        };
        FROZEN.store(true, Ordering::SeqCst);
        HELD.store(false, Ordering::SeqCst);
        // SAFETY: an all-zero `sigaction` is a valid one, and the handler has the signature of one without SA_SIGINFO. The
        // thread is one of this process; if it has ended meanwhile, the call fails.
        let sent = unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = hold as *const () as usize;
            action.sa_flags = libc::SA_RESTART;
            libc::sigaction(libc::SIGUSR1, &raw const action, std::ptr::null_mut());
            libc::syscall(libc::SYS_tgkill, libc::getpid(), thread, libc::SIGUSR1)
        };
        ensure!(sent == 0, "thread `{name}` is gone");
        while !HELD.load(Ordering::SeqCst) {
            ensure!(begun.elapsed() < PATIENCE, "thread `{name}` blocks signals");
            std::thread::sleep(LOOK_EVERY);
        }
        Ok(())
    }

    pub fn thaw() {
        FROZEN.store(false, Ordering::SeqCst);
    }

    fn find(name: &str) -> Result<Option<c_int>> {
        let name = &name.as_bytes()[..name.len().min(NAME_BYTES)];
        for task in fs::read_dir("/proc/self/task").context("the kernel does not list threads")? {
            let task = task?;
            // A thread may have ended since it was listed.
            let named = fs::read(task.path().join("comm")).unwrap_or_default();
            if named.trim_ascii_end() == name {
                return Ok(task.file_name().to_string_lossy().parse().ok());
            }
        }
        Ok(None)
    }

    /// The signal handler: nothing but what is safe in one.
    extern "C" fn hold(_signal: c_int) {
        HELD.store(true, Ordering::SeqCst);
        while FROZEN.load(Ordering::SeqCst) {
            // SAFETY: sleeping touches nothing.
            unsafe { libc::usleep(LOOK_EVERY_US) };
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod signals {
    use anyhow::{Result, bail};

    pub fn freeze(name: &str) -> Result<()> {
        bail!("thread `{name}` can be paused on Linux only")
    }

    pub fn thaw() {}
}
