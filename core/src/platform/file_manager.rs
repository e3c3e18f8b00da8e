//! Shows a file in the system's file manager. Starts another program and waits for its answer for some seconds, so never on the
//! audio or a window's thread.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How long a program may take before it counts as started.
const PATIENCE: Duration = Duration::from_secs(4);
/// Time between two looks at a program that was started.
const LOOK: Duration = Duration::from_millis(20);

/// Why nothing was shown.
#[derive(Debug, thiserror::Error)]
pub enum ShowError {
    #[error("{} is not there any more: it was moved or deleted", path.display())]
    Gone { path: PathBuf },
    #[error("no file manager answered: the file is {}", path.display())]
    NoFileManager { path: PathBuf },
}

/// Opens the folder of `path` in the system's file manager, with the file selected where the system can do that.
///
/// # Errors
/// When there is no such file, or no file manager.
pub fn show_in_folder(path: &Path) -> Result<(), ShowError> {
    if !path.exists() {
        let path = path.to_owned();
        return Err(ShowError::Gone { path });
    }
    let shown = ways_to_show(path).into_iter().any(runs);
    let path = path.to_owned();
    shown.then_some(()).ok_or(ShowError::NoFileManager { path })
}

/// Programs that show the file, the best first.
#[cfg(windows)]
fn ways_to_show(path: &Path) -> Vec<Command> {
    use std::os::windows::process::CommandExt as _;

    let mut explorer = Command::new("explorer");
    // Explorer reads its line by itself and wants the quotes just there.
    explorer.raw_arg(format!("/select,\"{}\"", path.display()));
    vec![explorer]
}

/// Programs that show the file, the best first.
#[cfg(target_os = "macos")]
fn ways_to_show(path: &Path) -> Vec<Command> {
    let mut open = Command::new("open");
    open.arg("-R").arg(path);
    vec![open]
}

/// Programs that show the file, the best first: the file manager itself, which selects the file, else whatever opens folders.
#[cfg(not(any(windows, target_os = "macos")))]
fn ways_to_show(path: &Path) -> Vec<Command> {
    let mut manager = Command::new("dbus-send");
    manager
        .args([
            "--session",
            "--print-reply",
            "--reply-timeout=3000",
            "--dest=org.freedesktop.FileManager1",
            "/org/freedesktop/FileManager1",
            "org.freedesktop.FileManager1.ShowItems",
        ])
        .arg(format!("array:string:{}", file_uri(path)))
        .arg("string:");
    let mut opener = Command::new("xdg-open");
    opener.arg(path.parent().unwrap_or(path));
    vec![manager, opener]
}

/// Starts a program; `false` when there is none of the name or it says within some seconds that it failed.
fn runs(mut command: Command) -> bool {
    let answers_with_its_code = command.get_program() != OsStr::new("explorer");
    let started = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut child) = started else {
        return false;
    };
    let until = Instant::now() + PATIENCE;
    // Nobody ever sends: this is a wait with a limit.
    let (_sender, never) = crossbeam_channel::bounded::<()>(0);
    while Instant::now() < until {
        match child.try_wait() {
            Ok(Some(status)) => return status.success() || !answers_with_its_code,
            Ok(None) => {
                let _ = never.recv_timeout(LOOK);
            }
            Err(_) => return true,
        }
    }
    // It is still there, so it shows something.
    true
}

/// `path` as a URI. A comma would part two files to `dbus-send`, so it is written in figures as well.
#[cfg(not(any(windows, target_os = "macos")))]
fn file_uri(path: &Path) -> String {
    use std::os::unix::ffi::OsStrExt as _;

    let mut uri = String::from("file://");
    for &byte in path.as_os_str().as_bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => {
                uri.push(char::from(byte));
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

#[cfg(all(test, unix, not(target_os = "macos")))]
mod tests {
    use super::*;

    #[test]
    fn a_uri_holds_no_comma_blank_or_foreign_letter() {
        let uri = file_uri(Path::new("/takes/a, b/Türe #1.wav"));
        assert_eq!(uri, "file:///takes/a%2C%20b/T%C3%BCre%20%231.wav");
    }

    #[test]
    fn a_file_that_is_gone_is_told_and_a_program_that_fails_or_is_missing_shows_nothing() {
        let gone = show_in_folder(Path::new("/no/such/file.wav")).unwrap_err();
        assert!(gone.to_string().contains("/no/such/file.wav"), "{gone}");
        assert!(!runs(Command::new("/no/such/program")));
        assert!(!runs(Command::new("false")));
        assert!(runs(Command::new("true")));
    }
}
