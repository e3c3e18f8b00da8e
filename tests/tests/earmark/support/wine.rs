//! The bundle of Windows under Wine. `cargo xtask test` names the folder of the Windows programs and says which tests run
//! on them; the tests themselves, the screen and the database are this system's.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Names the folder of `earmark-test-host.exe`; unset, everything runs on this system.
const VARIABLE: &str = "EARMARK_TEST_WINDOWS_PROGRAMS";

/// Whether the bundles are those of Windows.
pub fn is_used() -> bool {
    std::env::var_os(VARIABLE).is_some_and(|folder| !folder.is_empty())
}

/// The plugin host of Windows, ready to be spawned, where that is wanted.
pub fn host() -> Option<Command> {
    let folder = std::env::var_os(VARIABLE).filter(|folder| !folder.is_empty())?;
    let program = Path::new(&folder).join("earmark-test-host.exe");
    Some(command(&program))
}

/// A program of Windows, ready to be run. A path of this system is one there as well, as long as the working directory is on
/// the drive that stands for this machine's disk.
pub fn command(program: &Path) -> Command {
    let mut command = Command::new("wine");
    command.arg(program).current_dir("/");
    command
}

/// The path of a file of this system, as the programs under test write it.
pub fn path_for(path: &Path) -> OsString {
    match is_used() {
        true => format!("Z:{}", path.display().to_string().replace('/', "\\")).into(),
        false => path.into(),
    }
}

/// The path of a file that Windows names: `Z:\\tmp\\a.wav` is `/tmp/a.wav`.
pub fn path_from(text: String) -> PathBuf {
    match is_used() {
        true => PathBuf::from(text.trim_start_matches("Z:").replace('\\', "/")),
        false => PathBuf::from(text),
    }
}
