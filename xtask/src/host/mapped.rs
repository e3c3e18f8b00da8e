//! Whether a library's code is in memory.
#![allow(unsafe_code)] // Only Windows itself knows what it has loaded, and it speaks C.

use std::path::Path;

use anyhow::{Context, Result};

/// Whether the code in `file` is in the memory of this process.
///
/// # Errors
/// Where that cannot be found out.
#[cfg(windows)]
pub fn is_mapped(file: &Path) -> Result<bool> {
    use std::os::windows::ffi::OsStrExt as _;

    use windows_sys::Win32::System::LibraryLoader::GetModuleHandleW;

    let name = file.file_name().context("the plugin has no name")?;
    let name: Vec<u16> = name.encode_wide().chain([0]).collect();
    // SAFETY: the name ends with a zero; asking for a handle loads nothing.
    Ok(!unsafe { GetModuleHandleW(name.as_ptr()) }.is_null())
}

/// Whether the code in `file` is in the memory of this process.
///
/// # Errors
/// Where there is no `/proc`.
#[cfg(not(windows))]
pub fn is_mapped(file: &Path) -> Result<bool> {
    let maps = std::fs::read_to_string("/proc/self/maps")
        .context("cannot read /proc/self/maps; this works on Linux only")?;
    let file = file.canonicalize()?.display().to_string();
    Ok(maps.lines().any(|line| line.ends_with(&file)))
}
