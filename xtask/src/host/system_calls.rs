//! Catches a plugin that calls the operating system where it must not: on the audio thread.
//!
//! Linux only. The thread asks the kernel to look at one of its bytes before every system call (Syscall User Dispatch,
//! kernel 5.11 on x86-64). While the plugin works the byte says "block"; a system call then raises SIGSYS, and the handler
//! names the call and ends the process. Setting the byte is itself no system call, so that the host is free to make them
//! between two blocks.
//!
//! Unsafe is needed for the signal handler and for `prctl`, which std does not offer.

use anyhow::Result;
use serde::{Deserialize, Serialize};

/// What the host holds the audio thread to while the plugin works there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Watch {
    /// Nothing.
    #[default]
    Off,
    /// A system call ends the process with SIGSYS, after naming the call on standard error.
    SystemCalls,
    /// The same, and the host makes one itself in the plugin's place: shows that the watch is awake.
    SystemCallsOfTheHost,
}

/// Watches the thread that posted it, until it is dropped.
pub(super) struct Sentry {
    trap: Option<trap::Trap>,
    provokes: bool,
}

impl Sentry {
    /// Fails where system calls cannot be caught.
    pub fn post(watch: Watch) -> Result<Self> {
        let trap = match watch {
            Watch::Off => None,
            Watch::SystemCalls | Watch::SystemCallsOfTheHost => Some(trap::Trap::set()?),
        };
        Ok(Self {
            trap,
            provokes: watch == Watch::SystemCallsOfTheHost,
        })
    }

    /// Does the plugin's work under the watch.
    pub fn guard<R>(&self, work: impl FnOnce() -> R) -> R {
        let Some(trap) = &self.trap else {
            return work();
        };
        trap.forbid(|| {
            if self.provokes {
                std::thread::yield_now();
            }
            work()
        })
    }
}

#[cfg(target_os = "linux")]
mod trap {
    use std::ffi::{c_int, c_void};
    use std::io::Write;
    use std::marker::PhantomData;
    use std::sync::atomic::{AtomicU8, Ordering};

    use anyhow::{Result, bail};

    const PR_SET_SYSCALL_USER_DISPATCH: c_int = 59;
    const PR_SYS_DISPATCH_OFF: c_int = 0;
    const PR_SYS_DISPATCH_ON: c_int = 1;
    const ALLOW: u8 = 0;
    const BLOCK: u8 = 1;

    thread_local! {
        /// What the kernel looks at. Needs no destructor and no lazy initialisation: the signal handler sets it too.
        static SELECTOR: AtomicU8 = const { AtomicU8::new(ALLOW) };
    }

    /// The kernel's description of a caught system call, of which the C library crate has no fields; see sigaction(2).
    #[repr(C)]
    struct CaughtCall {
        signal: c_int,
        errno: c_int,
        code: c_int,
        address: *const c_void,
        number: c_int,
    }

    /// The current thread's system calls are being looked at.
    pub struct Trap {
        /// It is about one thread, and stays there.
        stays: PhantomData<*const ()>,
    }

    impl Trap {
        pub fn set() -> Result<Self> {
            // SAFETY: an all-zero `sigaction` is a valid one.
            let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
            action.sa_sigaction = name_and_end as *const () as usize;
            // The second signal, which the handler raises, ends the process.
            action.sa_flags = libc::SA_SIGINFO | libc::SA_NODEFER | libc::SA_RESETHAND;
            // SAFETY: the handler has the signature that SA_SIGINFO asks for.
            let handled = unsafe { libc::sigaction(libc::SIGSYS, &action, std::ptr::null_mut()) };
            let dispatched =
                SELECTOR.with(|selector| dispatch(PR_SYS_DISPATCH_ON, selector.as_ptr()));
            if handled != 0 || dispatched != 0 {
                bail!(
                    "this kernel does not let system calls be caught ({}); it takes Linux 5.11 on x86-64",
                    std::io::Error::last_os_error()
                );
            }
            Ok(Self { stays: PhantomData })
        }

        pub fn forbid<R>(&self, work: impl FnOnce() -> R) -> R {
            SELECTOR.with(|selector| selector.store(BLOCK, Ordering::Relaxed));
            let result = work();
            SELECTOR.with(|selector| selector.store(ALLOW, Ordering::Relaxed));
            result
        }
    }

    impl Drop for Trap {
        fn drop(&mut self) {
            // The byte goes with the thread, so the kernel must forget it first. Switching off cannot fail.
            dispatch(PR_SYS_DISPATCH_OFF, std::ptr::null_mut());
        }
    }

    fn dispatch(mode: c_int, selector: *mut u8) -> c_int {
        // SAFETY: the selector is a byte of this thread's own, and `Trap::drop` ends this before the thread does.
        unsafe {
            libc::prctl(
                PR_SET_SYSCALL_USER_DISPATCH,
                mode,
                0_usize,
                0_usize,
                selector,
            )
        }
    }

    /// The signal handler: only what is safe in one. Formatting a number into a buffer on the stack is.
    extern "C" fn name_and_end(_signal: c_int, call: *const CaughtCall, _context: *mut c_void) {
        SELECTOR.with(|selector| selector.store(ALLOW, Ordering::Relaxed));
        // SAFETY: the kernel passes what it caught.
        let number = unsafe { (*call).number };
        let mut text = [0_u8; 120];
        let mut rest = &mut text[..];
        let name = name(number.into());
        // What does not fit is left out.
        let _ = writeln!(
            rest,
            "the audio thread made system call {number} ({name}) inside the plugin"
        );
        let left = rest.len();
        let length = text.len() - left;
        // SAFETY: the buffer is valid for its length; raising the signal ends the process.
        unsafe {
            libc::write(libc::STDERR_FILENO, text.as_ptr().cast(), length);
            libc::raise(libc::SIGSYS);
        }
    }

    /// Those that code which is not careful makes; of others the number must do.
    fn name(number: libc::c_long) -> &'static str {
        match number {
            libc::SYS_futex => "futex",
            libc::SYS_write => "write",
            libc::SYS_read => "read",
            libc::SYS_openat => "openat",
            libc::SYS_close => "close",
            libc::SYS_mmap => "mmap",
            libc::SYS_munmap => "munmap",
            libc::SYS_mremap => "mremap",
            libc::SYS_mprotect => "mprotect",
            libc::SYS_madvise => "madvise",
            libc::SYS_brk => "brk",
            libc::SYS_clock_gettime => "clock_gettime",
            libc::SYS_clock_nanosleep => "clock_nanosleep",
            libc::SYS_nanosleep => "nanosleep",
            libc::SYS_sched_yield => "sched_yield",
            libc::SYS_gettid => "gettid",
            libc::SYS_getrandom => "getrandom",
            libc::SYS_sendmsg => "sendmsg",
            _ => "another",
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod trap {
    use anyhow::{Result, bail};

    /// Never made on this platform.
    pub enum Trap {}

    impl Trap {
        pub fn set() -> Result<Self> {
            bail!("system calls can be caught on Linux only")
        }

        pub fn forbid<R>(&self, _work: impl FnOnce() -> R) -> R {
            match *self {}
        }
    }
}
