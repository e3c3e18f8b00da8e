//! Marks on the bytes of a file that only the operating system keeps: they change nothing in the file, every process that
//! has it open can see them, and they are gone as soon as who set them closes it or dies, however it dies. Any thread but
//! the audio thread. Nothing here waits for more than microseconds.
//!
//! They are shared locks of the handle, not of the process, so that several handles in one process see each other's. The
//! standard library and the crates that we know lock whole files only, and two waiters cannot be told apart by one lock.
#![allow(unsafe_code)] // Only the operating system knows, and it speaks C.

use std::fs::File;
use std::io;
use std::ops::Range;

/// The last byte of which every system lets a part of a file be locked.
pub const LAST_BYTE: u64 = i64::MAX as u64 - 1;

/// Marks one byte of `file`, which need not have that many, until [`unmark`] or until this handle is closed.
///
/// # Errors
/// Where the file system keeps no locks.
pub fn mark(file: &File, byte: u64) -> io::Result<()> {
    system::mark(file, byte)
}

/// Takes the mark of this handle off.
///
/// # Errors
/// Where the file system keeps no locks.
pub fn unmark(file: &File, byte: u64) -> io::Result<()> {
    system::unmark(file, byte)
}

/// Whether another handle has marked any of `bytes`. On Windows this handle's own marks count as well: who asks leaves them out
/// of `bytes`.
///
/// # Errors
/// Where the file system keeps no locks.
pub fn is_any_marked(file: &File, bytes: &Range<u64>) -> io::Result<bool> {
    if bytes.is_empty() {
        return Ok(false);
    }
    system::is_any_marked(file, bytes)
}

#[cfg(unix)]
mod system {
    use std::os::fd::AsRawFd as _;

    use libc::{c_int, c_short};

    use super::{File, Range, io};

    // These numbers are of the one type or the other, depending on the system.
    #[allow(clippy::unnecessary_cast)]
    const SHARED: c_short = libc::F_RDLCK as c_short;
    #[allow(clippy::unnecessary_cast)]
    const EXCLUSIVE: c_short = libc::F_WRLCK as c_short;
    #[allow(clippy::unnecessary_cast)]
    const NONE: c_short = libc::F_UNLCK as c_short;

    pub fn mark(file: &File, byte: u64) -> io::Result<()> {
        ask(file, libc::F_OFD_SETLK, SHARED, &(byte..byte + 1)).map(|_| ())
    }

    pub fn unmark(file: &File, byte: u64) -> io::Result<()> {
        ask(file, libc::F_OFD_SETLK, NONE, &(byte..byte + 1)).map(|_| ())
    }

    pub fn is_any_marked(file: &File, bytes: &Range<u64>) -> io::Result<bool> {
        // What is in the way of a lock that nobody may share.
        let found = ask(file, libc::F_OFD_GETLK, EXCLUSIVE, bytes)?;
        Ok(found.l_type != NONE)
    }

    fn ask(
        file: &File,
        command: c_int,
        kind: c_short,
        bytes: &Range<u64>,
    ) -> io::Result<libc::flock> {
        let offset = |byte| i64::try_from(byte).map_err(io::Error::other);
        // SAFETY: all zeros is a valid `flock`.
        let mut lock: libc::flock = unsafe { std::mem::zeroed() };
        lock.l_type = kind;
        lock.l_whence = libc::SEEK_SET as c_short;
        lock.l_start = offset(bytes.start)?;
        lock.l_len = offset(bytes.end - bytes.start)?;
        // SAFETY: the handle is open for as long as `file` is borrowed, and `lock` is writable and of the type asked for.
        if unsafe { libc::fcntl(file.as_raw_fd(), command, &raw mut lock) } == -1 {
            return Err(io::Error::last_os_error());
        }
        Ok(lock)
    }
}

#[cfg(windows)]
mod system {
    use std::os::windows::io::AsRawHandle as _;

    use windows_sys::Win32::Foundation::ERROR_LOCK_VIOLATION;
    use windows_sys::Win32::Storage::FileSystem::{
        LOCK_FILE_FLAGS, LOCKFILE_EXCLUSIVE_LOCK, LOCKFILE_FAIL_IMMEDIATELY, LockFileEx,
        UnlockFileEx,
    };
    use windows_sys::Win32::System::IO::{OVERLAPPED, OVERLAPPED_0, OVERLAPPED_0_0};

    use super::{File, Range, io};

    /// Who looks holds the bytes alone for some microseconds; a mark is tried so often meanwhile.
    const MOST_TRIES: u32 = 10_000;

    pub fn mark(file: &File, byte: u64) -> io::Result<()> {
        for _ in 1..MOST_TRIES {
            match lock(file, 0, &(byte..byte + 1)) {
                Err(error) if is_held(&error) => std::thread::yield_now(),
                outcome => return outcome,
            }
        }
        lock(file, 0, &(byte..byte + 1))
    }

    fn is_held(error: &io::Error) -> bool {
        error.raw_os_error() == Some(ERROR_LOCK_VIOLATION as i32)
    }

    pub fn unmark(file: &File, byte: u64) -> io::Result<()> {
        unlock(file, &(byte..byte + 1))
    }

    /// Windows cannot be asked, only tried.
    pub fn is_any_marked(file: &File, bytes: &Range<u64>) -> io::Result<bool> {
        match lock(file, LOCKFILE_EXCLUSIVE_LOCK, bytes) {
            Ok(()) => unlock(file, bytes).map(|()| false),
            Err(error) if is_held(&error) => Ok(true),
            Err(error) => Err(error),
        }
    }

    fn lock(file: &File, kind: LOCK_FILE_FLAGS, bytes: &Range<u64>) -> io::Result<()> {
        let flags = kind | LOCKFILE_FAIL_IMMEDIATELY;
        let (low, high) = halves(bytes.end - bytes.start);
        let mut start = start_of(bytes);
        // SAFETY: the handle is open for as long as `file` is borrowed, and `start` outlives the call, which does not wait.
        let is_done =
            unsafe { LockFileEx(file.as_raw_handle(), flags, 0, low, high, &raw mut start) };
        outcome(is_done)
    }

    fn unlock(file: &File, bytes: &Range<u64>) -> io::Result<()> {
        let (low, high) = halves(bytes.end - bytes.start);
        let mut start = start_of(bytes);
        // SAFETY: as in `lock`.
        let is_done = unsafe { UnlockFileEx(file.as_raw_handle(), 0, low, high, &raw mut start) };
        outcome(is_done)
    }

    fn outcome(is_done: i32) -> io::Result<()> {
        if is_done == 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(())
    }

    fn start_of(bytes: &Range<u64>) -> OVERLAPPED {
        let (low, high) = halves(bytes.start);
        OVERLAPPED {
            Anonymous: OVERLAPPED_0 {
                Anonymous: OVERLAPPED_0_0 {
                    Offset: low,
                    OffsetHigh: high,
                },
            },
            ..OVERLAPPED::default()
        }
    }

    fn halves(number: u64) -> (u32, u32) {
        (number as u32, (number >> 32) as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_seen_by_every_other_handle_and_goes_with_the_handle_that_set_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("empty");
        File::create(&path).unwrap();
        let open = || File::open(&path).unwrap();
        let (one, other) = (open(), open());
        let far = LAST_BYTE - 1;
        mark(&one, far).unwrap();
        mark(&other, far).unwrap();
        mark(&one, 7).unwrap();
        for (bytes, is_seen) in [(0..7, false), (0..8, true), (7..7, false), (8..far, false)] {
            assert_eq!(is_any_marked(&other, &bytes).unwrap(), is_seen, "{bytes:?}");
            if cfg!(unix) {
                assert!(!is_any_marked(&one, &bytes).unwrap(), "its own, {bytes:?}");
            }
        }
        assert!(is_any_marked(&one, &(8..LAST_BYTE)).unwrap());
        unmark(&one, 7).unwrap();
        assert!(!is_any_marked(&other, &(0..far)).unwrap());
        drop(one);
        if cfg!(windows) {
            unmark(&other, far).unwrap();
        }
        assert!(!is_any_marked(&other, &(0..LAST_BYTE)).unwrap());
        assert_eq!(std::fs::metadata(&path).unwrap().len(), 0);
    }
}
