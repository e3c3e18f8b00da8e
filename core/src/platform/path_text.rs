//! Paths as text that a database or a cache file can keep. Pure; any thread.
//!
//! A path that is valid Unicode is its own text, as 8-cut writes it. Any other one is marked and escaped, so that two
//! paths never share a text and the path comes back as it was. Off Unix such a path is kept as well as text can keep it.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use serde::Serializer;

/// What no absolute path begins with.
const ESCAPED: &str = "bytes:";

/// The text that stands for `path`.
pub fn path_text(path: &Path) -> String {
    match path.to_str() {
        Some(text) => text.to_owned(),
        None => format!("{ESCAPED}{}", escaped(path.as_os_str())),
    }
}

/// The path that `text` stands for.
pub fn path_of(text: String) -> PathBuf {
    match text.strip_prefix(ESCAPED) {
        Some(escaped) if cfg!(unix) => unescaped(escaped),
        _ => PathBuf::from(text),
    }
}

/// For fields that are shown to programs: a path that is no Unicode has no other form there.
///
/// # Errors
/// When the serializer refuses.
pub fn serialize_path<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&path_text(path))
}

/// The same for a path that may not be known.
///
/// # Errors
/// When the serializer refuses.
pub fn serialize_optional_path<S: Serializer>(
    path: &Option<PathBuf>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match path {
        Some(path) => serializer.serialize_some(&path_text(path)),
        None => serializer.serialize_none(),
    }
}

/// A file's name as people and tables see it. What is no Unicode in it is escaped, so that two such names differ.
pub fn name_text(name: &OsStr) -> String {
    name.to_str()
        .map_or_else(|| escaped(name).replace("%25", "%"), str::to_owned)
}

#[cfg(unix)]
fn escaped(text: &OsStr) -> String {
    use std::os::unix::ffi::OsStrExt as _;

    let mut escaped = String::new();
    for chunk in text.as_bytes().utf8_chunks() {
        escaped.push_str(&chunk.valid().replace('%', "%25"));
        for byte in chunk.invalid() {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

#[cfg(not(unix))]
fn escaped(text: &OsStr) -> String {
    text.to_string_lossy().replace('%', "%25")
}

#[cfg(unix)]
fn unescaped(text: &str) -> PathBuf {
    use std::os::unix::ffi::OsStringExt as _;

    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let code = after
            .get(..2)
            .and_then(|code| std::str::from_utf8(code).ok());
        let code = code.and_then(|code| u8::from_str_radix(code, 16).ok());
        match code {
            Some(byte) if first == b'%' => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    std::ffi::OsString::from_vec(bytes).into()
}

#[cfg(not(unix))]
fn unescaped(text: &str) -> PathBuf {
    PathBuf::from(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_in_unicode_is_its_own_text() {
        for text in [
            "/takes/Dialogue 1.wav",
            "/100%/ä%20.wav",
            "C:\\takes\\a.wav",
            "",
        ] {
            assert_eq!(path_text(Path::new(text)), text);
            assert_eq!(path_of(text.to_owned()), Path::new(text));
        }
    }

    #[cfg(unix)]
    #[test]
    fn paths_that_are_no_unicode_come_back_and_never_share_a_text() {
        use std::os::unix::ffi::OsStrExt as _;

        let path = |bytes: &'static [u8]| Path::new(OsStr::from_bytes(bytes));
        let paths = [
            path(b"/a/caf\xe9.wav"),
            path(b"/a/caf\xe8.wav"),
            path(b"/a%E9/caf\xe9%.wav"),
            path(b"/\xff/%25.wav"),
        ];
        for one in paths {
            assert_eq!(path_of(path_text(one)), one);
            for other in paths {
                assert_eq!(path_text(one) == path_text(other), one == other);
            }
        }
        assert_eq!(
            name_text(OsStr::from_bytes(b"caf\xe9 100%.wav")),
            "caf%E9 100%.wav"
        );
    }
}
