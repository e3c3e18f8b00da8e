//! Paths in a pasted text: what file managers put on the clipboard when somebody copies files. Pure; asks no disk.
//!
//! File managers write a path or a URI in each line, Windows with quotes, and some begin with a line that says whether the files
//! are copied or cut.

use std::path::{Path, PathBuf};

/// Files that one paste may bring.
const MOST: usize = 1_000;

/// The paths in `text`, one in each line; none when any line is something else.
pub fn paths_in(text: &str) -> Vec<PathBuf> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let lines = lines.filter(|line| !is_preamble(line));
    let paths: Option<Vec<PathBuf>> = lines.take(MOST).map(path_in).collect();
    paths.unwrap_or_default()
}

/// What some file managers write before the files.
fn is_preamble(line: &str) -> bool {
    matches!(line, "x-special/nautilus-clipboard" | "copy" | "cut")
}

fn path_in(line: &str) -> Option<PathBuf> {
    let quoted = line
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    let line = quoted.unwrap_or(line);
    let path = match line.strip_prefix("file://") {
        Some(uri) => PathBuf::from(decoded(without_host(uri))?),
        None => PathBuf::from(line),
    };
    is_whole(&path).then_some(path)
}

/// A URI may name this machine before the path; before a drive it has a slash.
fn without_host(uri: &str) -> &str {
    let path = uri.strip_prefix("localhost").unwrap_or(uri);
    let is_drive = path.as_bytes().get(2) == Some(&b':');
    match path.strip_prefix('/') {
        Some(drive) if is_drive => drive,
        _ => path,
    }
}

/// A paste of one slash or one drive is no file.
fn is_whole(path: &Path) -> bool {
    path.is_absolute() && path.file_name().is_some()
}

/// `text` with the bytes for its percent signs.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
        let (high, low) = (digit(rest.next())?, digit(rest.next())?);
        bytes.push(u8::try_from(16 * high + low).ok()?);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn what_file_managers_copy_is_read_and_other_texts_are_left_alone() {
        let paths = |text: &str| -> Vec<String> {
            let paths = paths_in(text).into_iter();
            paths.map(|path| path.display().to_string()).collect()
        };
        assert_eq!(paths("/a/b c.wav\n/a/d.wav\n"), ["/a/b c.wav", "/a/d.wav"]);
        let nautilus = "x-special/nautilus-clipboard\ncopy\nfile:///a/T%C3%BCr%2C%201.wav\n";
        assert_eq!(paths(nautilus), ["/a/Tür, 1.wav"]);
        assert_eq!(paths("\"/a/b.wav\""), ["/a/b.wav"]);
        assert_eq!(paths("file://localhost/a/b.wav"), ["/a/b.wav"]);
        for text in [
            "",
            "n",
            "door",
            "/",
            "/a/b.wav and more\ntext",
            "file:///%zz",
            "b.wav",
        ] {
            assert!(paths(text).is_empty(), "{text}");
        }
    }
}
