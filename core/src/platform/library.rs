//! Where the library lies that holds this code: a plug-in cannot ask for its own path as a program can.
#![allow(unsafe_code)] // Only the operating system's loader knows, and it speaks C.

use std::path::PathBuf;

/// The folder of the plug-in or program that this code was linked into, as the loader knows it and, where they
/// differ, with links resolved. Empty when it cannot be found out.
pub(super) fn folders() -> Vec<PathBuf> {
    let loaded_from = containing_file()
        // For the program itself, the loader knows what it was started as, which need not be a path.
        .filter(|path| path.components().count() > 1 && path.exists())
        .or_else(|| std::env::current_exe().ok());
    let Some(path) = loaded_from.and_then(|path| std::path::absolute(path).ok()) else {
        return Vec::new();
    };
    let resolved = super::real_path(&path).ok();
    let mut folders: Vec<PathBuf> = [Some(path), resolved]
        .into_iter()
        .flatten()
        .filter_map(|path| Some(path.parent()?.into()))
        .collect();
    folders.dedup();
    folders
}

/// The libraries that come with Microsoft's Visual C++ Redistributable, not with Windows, and are missing here.
pub(super) fn missing() -> Vec<&'static str> {
    #[cfg(windows)]
    {
        const NEEDED: [&str; 3] = ["MSVCP140.dll", "VCRUNTIME140.dll", "VCRUNTIME140_1.dll"];
        NEEDED.into_iter().filter(|name| !loads(name)).collect()
    }
    #[cfg(not(windows))]
    Vec::new()
}

/// Whether Windows finds the library `name`. It stays in memory, as it does once ONNX Runtime is loaded.
#[cfg(windows)]
fn loads(name: &str) -> bool {
    use windows_sys::Win32::System::LibraryLoader::{
        LOAD_LIBRARY_SEARCH_DEFAULT_DIRS, LoadLibraryExW,
    };

    let name: Vec<u16> = name.encode_utf16().chain([0]).collect();
    let flags = LOAD_LIBRARY_SEARCH_DEFAULT_DIRS;
    // SAFETY: the name ends with a zero, and the libraries asked for are Microsoft's own, whose start does nothing else.
    let module = unsafe { LoadLibraryExW(name.as_ptr(), std::ptr::null_mut(), flags) };
    !module.is_null()
}

/// Keeps this library in memory until the process ends, even after its host has unloaded it.
pub(super) fn keep_loaded() {
    if !pin() {
        tracing::error!("the library cannot be kept in memory; the host may become unstable");
    }
}

/// Keeps the graphics driver in memory that a window has loaded.
///
/// Mesa leaves some of its memory behind whenever it is unloaded, which happens with the last window that draws with it,
/// and loading it again is most of what opening a window takes.
pub(super) fn keep_graphics_driver() {
    #[cfg(all(unix, not(target_os = "macos")))]
    {
        // Where no such library is loaded, windows draw with another one, and there is nothing to keep.
        let _is_kept = pin_loaded(c"libEGL.so.1");
    }
}

#[cfg(unix)]
fn pin() -> bool {
    use std::ffi::CString;
    use std::os::unix::ffi::OsStrExt;

    let Some(path) = containing_file() else {
        return false;
    };
    let Ok(path) = CString::new(path.as_os_str().as_bytes()) else {
        return false;
    };
    pin_loaded(&path)
}

/// Whether a library of this name is in memory, from now on for good.
#[cfg(unix)]
fn pin_loaded(name: &std::ffi::CStr) -> bool {
    // SAFETY: the name ends with a zero; NOLOAD runs no code, because it only finds what is loaded already.
    let library = unsafe {
        libc::dlopen(
            name.as_ptr(),
            libc::RTLD_NOW | libc::RTLD_NOLOAD | libc::RTLD_NODELETE,
        )
    };
    // Never closed: that is the point.
    !library.is_null()
}

#[cfg(windows)]
fn pin() -> bool {
    use windows_sys::Win32::System::LibraryLoader::{
        GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, GET_MODULE_HANDLE_EX_FLAG_PIN, GetModuleHandleExW,
    };

    let flags = GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN;
    let address = folders as fn() -> Vec<PathBuf> as *const u16;
    let mut module = std::ptr::null_mut();
    // SAFETY: with FROM_ADDRESS the second argument is only looked up, not read, and `module` is writable.
    unsafe { GetModuleHandleExW(flags, address, &mut module) != 0 }
}

#[cfg(unix)]
fn containing_file() -> Option<PathBuf> {
    use std::ffi::{CStr, OsStr};
    use std::os::unix::ffi::OsStrExt;

    let mut info = std::mem::MaybeUninit::<libc::Dl_info>::zeroed();
    let address = folders as fn() -> Vec<PathBuf> as *const libc::c_void;
    // SAFETY: `info` is writable and of the type asked for; any address may be asked about.
    let found = unsafe { libc::dladdr(address, info.as_mut_ptr()) };
    if found == 0 {
        return None;
    }
    // SAFETY: all zeros is a valid `Dl_info`, and `dladdr` has filled it in.
    let name = unsafe { info.assume_init() }.dli_fname;
    if name.is_null() {
        return None;
    }
    // SAFETY: `dladdr` gives a string that ends with a zero and lives as long as the library, which we are in.
    let name = unsafe { CStr::from_ptr(name) };
    Some(OsStr::from_bytes(name.to_bytes()).into())
}

#[cfg(windows)]
fn containing_file() -> Option<PathBuf> {
    use std::ffi::OsString;
    use std::os::windows::ffi::OsStringExt;

    use windows_sys::Win32::System::LibraryLoader::{
        GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
        GetModuleFileNameW, GetModuleHandleExW,
    };

    /// The longest path that Windows can have, in UTF-16 units.
    const LONGEST_PATH: usize = 32_768;

    let flags =
        GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT;
    let address = folders as fn() -> Vec<PathBuf> as *const u16;
    let mut module = std::ptr::null_mut();
    // SAFETY: with FROM_ADDRESS the second argument is only looked up, not read, and `module` is writable.
    let found = unsafe { GetModuleHandleExW(flags, address, &mut module) };
    if found == 0 {
        return None;
    }
    let mut name = vec![0_u16; LONGEST_PATH];
    // SAFETY: `module` is the module we run in, so it stays loaded; `name` is as long as we say.
    let length =
        unsafe { GetModuleFileNameW(module, name.as_mut_ptr(), LONGEST_PATH as u32) } as usize;
    (1..LONGEST_PATH)
        .contains(&length)
        .then(|| OsString::from_wide(&name[..length]).into())
}
