//! When a file was last changed in any way, as only the file system says it: a program can set a file's date back, not this.
#![allow(unsafe_code)] // On Windows only the operating system knows, and it speaks C.

use std::path::Path;

/// A number that grows with every change of the file at `path` or of what is said about it. Zero where none is kept.
#[cfg(unix)]
pub(super) fn change_time(path: &Path) -> (i64, i64) {
    use std::os::unix::fs::MetadataExt as _;

    std::fs::metadata(path).map_or((0, 0), |found| (found.ctime(), found.ctime_nsec()))
}

/// A number that grows with every change of the file at `path` or of what is said about it. Zero where none is kept.
#[cfg(windows)]
pub(super) fn change_time(path: &Path) -> (i64, i64) {
    use std::os::windows::io::AsRawHandle as _;

    use windows_sys::Win32::Storage::FileSystem::{
        FILE_BASIC_INFO, FileBasicInfo, GetFileInformationByHandleEx,
    };

    let Ok(handle) = winapi_util::Handle::from_path_any(path) else {
        return (0, 0);
    };
    let mut found = FILE_BASIC_INFO::default();
    // SAFETY: the handle is open, and `found` is writable, of the type asked for and as long as we say.
    let is_found = unsafe {
        GetFileInformationByHandleEx(
            handle.as_raw_handle(),
            FileBasicInfo,
            (&raw mut found).cast(),
            size_of::<FILE_BASIC_INFO>() as u32,
        )
    };
    match is_found {
        0 => (0, 0),
        _ => (found.ChangeTime, 0),
    }
}
