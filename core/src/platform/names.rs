//! What a path means to the operating system beyond the file of that name: devices, streams, and letters in another case.
//! Pure but for [`real_path`]; any thread but the audio thread.

use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf, Prefix};

/// Names that Windows keeps for devices, with or without an extension. The digits of the ports may be raised.
const DEVICES: [&str; 6] = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"];
const PORTS: [&str; 2] = ["COM", "LPT"];
const PORT_DIGITS: &str = "123456789¹²³";

/// Why Windows would not take a name for the name of a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    #[error("Windows reserves the name {name} for a device")]
    Device { name: String },
    #[error("Windows takes what follows the colon in {name} for a hidden stream of another file")]
    Stream { name: String },
}

/// Whether Windows keeps `name` for a device.
pub fn is_device(name: &str) -> bool {
    let stem = name.split(['.', ':']).next().unwrap_or_default();
    let stem = stem.trim_end().to_uppercase();
    let is_port = |port: &&str| {
        let digits = stem.strip_prefix(*port);
        digits.is_some_and(|rest| {
            let mut rest = rest.chars();
            matches!((rest.next(), rest.next()), (Some(digit), None) if PORT_DIGITS.contains(digit))
        })
    };
    DEVICES.contains(&stem.as_str()) || PORTS.iter().any(is_port)
}

/// Refuses a path that this system would not take for the file of that name: such a file would be lost, or wait for a
/// keyboard for ever. Elsewhere than on Windows every name is a file's.
///
/// # Errors
/// [`ErrorKind::InvalidFilename`], with a [`NameError`].
pub fn check_name(path: &Path) -> io::Result<()> {
    if cfg!(windows) {
        windows_name(path).map_err(|error| io::Error::new(ErrorKind::InvalidFilename, error))
    } else {
        Ok(())
    }
}

fn windows_name(path: &Path) -> Result<(), NameError> {
    for part in path.components() {
        let name = match part {
            // What Windows makes of `C:\folder\CON` when it is asked for the whole path.
            Component::Prefix(prefix) => match prefix.kind() {
                Prefix::DeviceNS(device) => {
                    let name = device.to_string_lossy().into_owned();
                    return Err(NameError::Device { name });
                }
                _ => continue,
            },
            Component::Normal(name) => name.to_string_lossy(),
            Component::RootDir | Component::CurDir | Component::ParentDir => continue,
        };
        if is_device(&name) {
            let name = name.into_owned();
            return Err(NameError::Device { name });
        }
        if name.contains(':') {
            let name = name.into_owned();
            return Err(NameError::Stream { name });
        }
    }
    Ok(())
}

/// The path of a file that is there, links followed, as people write it: on Windows without `\\?\` where that is possible.
///
/// # Errors
/// When there is no such file.
pub fn real_path(path: &Path) -> io::Result<PathBuf> {
    dunce::canonicalize(path)
}

/// Whether two paths are the same but for small and capital letters. Where the second is the real path of the first, the
/// disk makes no difference between them.
pub fn differ_in_case_only(one: &Path, other: &Path) -> bool {
    one != other
        && one.as_os_str().len() == other.as_os_str().len()
        && one.to_string_lossy().to_lowercase() == other.to_string_lossy().to_lowercase()
}

/// `name` as odd as this system lets the names of files be, for tests of odd names.
#[cfg(test)]
pub(crate) fn odd_name(name: &str) -> String {
    let is_forbidden = |c: char| "\"?*<>|".contains(c) || c.is_control();
    match cfg!(windows) {
        true => name.replace(is_forbidden, "'"),
        false => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_of_windows_are_known_in_every_spelling_and_nothing_else_is_one() {
        for name in [
            "CON",
            "con",
            "Nul.wav",
            "AUX .txt",
            "conin$",
            "CONOUT$",
            "COM1",
            "lpt9.csv",
            "COM¹",
            "LPT³.wav",
            "NUL:",
        ] {
            assert!(is_device(name), "{name}");
        }
        for name in [
            "CONSOLE", "COM", "COM10", "LPT0", "COM1a", "a.con", "nullify", "CON$",
        ] {
            assert!(!is_device(name), "{name}");
        }
    }

    #[test]
    fn windows_is_asked_for_no_device_and_no_stream() {
        let refused = |path: &str| windows_name(Path::new(path)).unwrap_err().to_string();
        assert!(refused("folder/CON.csv").contains("a device"));
        assert!(refused("nul/a.wav").contains("nul"));
        assert!(refused("folder/a.wav:hidden").contains("stream"));
        windows_name(Path::new("folder/console.csv")).unwrap();
        #[cfg(windows)]
        {
            windows_name(Path::new("C:\\folder\\a.wav")).unwrap();
            check_name(Path::new("C:\\folder\\a.wav:x")).unwrap_err();
        }
        #[cfg(unix)]
        check_name(Path::new("/folder/CON")).unwrap();
    }

    #[test]
    fn paths_in_another_case_are_told_from_other_paths() {
        let differ = |one: &str, other: &str| differ_in_case_only(Path::new(one), Path::new(other));
        assert!(differ("/Takes/Ä.wav", "/takes/ä.WAV"));
        assert!(!differ("/takes/a.wav", "/takes/a.wav"));
        assert!(!differ("/takes/a.wav", "/takes/b.wav"));
    }

    #[cfg(windows)]
    #[test]
    fn the_whole_path_of_a_device_is_known_as_one() {
        let path = std::path::absolute("CON.csv").expect("a path");
        assert!(check_name(&path).is_err(), "{}", path.display());
        assert!(check_name(Path::new(r"\\.\CON")).is_err());
    }
}
