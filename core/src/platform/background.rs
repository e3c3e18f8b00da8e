//! Work that must disturb nothing else on the machine: on a thread of its own, which the system lets run when the processor and the
//! disk have nothing else to do. Any thread that may wait. It must never hold a lock that others wait for, because it may rest for long.
#![allow(unsafe_code)] // Only the operating system gives a thread another priority, and it speaks C.

use std::io;
use std::panic::resume_unwind;
use std::thread::{Builder, scope};

const NAME: &str = "earmark-background";

/// Does `work` on a thread of the lowest priority, and waits for it. Where the system refuses the priority, the work is done as
/// any other.
///
/// # Errors
/// When the system refuses a thread; then nothing was done.
pub fn in_background<T: Send>(work: impl FnOnce() -> T + Send) -> io::Result<T> {
    scope(|scope| {
        let thread = Builder::new().name(String::from(NAME));
        let thread = thread.spawn_scoped(scope, || {
            if !lower_priority() {
                tracing::debug!("a thread keeps its priority: the system refuses another one");
            }
            work()
        })?;
        Ok(thread.join().unwrap_or_else(|panic| resume_unwind(panic)))
    })
}

/// Gives this thread, and on Linux those that it starts, the lowest priority.
#[cfg(target_os = "linux")]
fn lower_priority() -> bool {
    /// This thread, for `ioprio_set`.
    const OF_A_THREAD: libc::c_long = 1;
    /// The class of those that wait until the disk has nothing else to do.
    const IDLE_DISK: libc::c_long = 3 << 13;

    // SAFETY: all fields of the parameters may be zero, they are only read, and zero stands for the calling thread.
    unsafe {
        let parameters: libc::sched_param = std::mem::zeroed();
        let processor = libc::sched_setscheduler(0, libc::SCHED_IDLE, &raw const parameters);
        let disk = libc::syscall(libc::SYS_ioprio_set, OF_A_THREAD, 0, IDLE_DISK);
        processor == 0 && disk == 0
    }
}

/// Gives this thread the lowest priority.
#[cfg(target_os = "macos")]
fn lower_priority() -> bool {
    // SAFETY: the call concerns the calling thread only.
    unsafe { libc::pthread_set_qos_class_self_np(libc::qos_class_t::QOS_CLASS_BACKGROUND, 0) == 0 }
}

/// Gives this thread the lowest priority.
#[cfg(windows)]
fn lower_priority() -> bool {
    use windows_sys::Win32::System::Threading::{
        GetCurrentThread, SetThreadPriority, THREAD_MODE_BACKGROUND_BEGIN,
    };

    // SAFETY: the handle stands for the calling thread and needs no closing.
    unsafe { SetThreadPriority(GetCurrentThread(), THREAD_MODE_BACKGROUND_BEGIN) != 0 }
}

#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
fn lower_priority() -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn background_work_runs_at_idle_priority_and_the_caller_keeps_its_own() {
        // SAFETY: zero stands for the calling thread.
        let policy = || unsafe { libc::sched_getscheduler(0) };
        let before = policy();
        assert_eq!(in_background(policy).unwrap(), libc::SCHED_IDLE);
        assert_eq!(policy(), before);
    }

    #[test]
    fn a_panic_of_background_work_is_the_callers() {
        let panicked = std::panic::catch_unwind(|| {
            in_background(|| std::panic::panic_any("injected by a test"))
        });
        assert!(panicked.is_err());
    }
}
