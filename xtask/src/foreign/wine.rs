//! A Windows of our own under Wine: the folder that plays its disk, and programs run in it.

use crate::screen::Screen;
use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// What Wine must be told: a 64-bit Windows, no messages of its own, no downloads of a browser or of .NET. And what programs in it
/// must be told: finding the names for the backtrace of a panic takes them half a minute.
const SURROUNDINGS: [(&str, &str); 4] = [
    ("WINEARCH", "win64"),
    ("WINEDEBUG", "-all"),
    ("WINEDLLOVERRIDES", "mscoree,mshtml="),
    ("RUST_BACKTRACE", "0"),
];

const RANDOM_NUMBERS: &str = include_str!("bcryptprimitives.c");
const RANDOM_NUMBERS_LIBRARY: &str = "bcryptprimitives.dll";
const COMPILER: &str = "x86_64-w64-mingw32-gcc-posix";

/// A Windows, running until it is dropped.
pub struct Prefix {
    folder: PathBuf,
    /// Where its windows appear: without one it has a desktop on which no program can open any.
    screen: Screen,
    /// Programs of Windows that run as long as the prefix; see [`Self::start`].
    residents: Vec<Child>,
}

impl Prefix {
    /// Makes the Windows in `folder`, or starts the one that an earlier run made there.
    ///
    /// # Errors
    /// If Wine does not make it, or a library that it lacks cannot be built.
    pub fn provide(folder: &Path) -> Result<Self> {
        let folder = std::path::absolute(folder)
            .with_context(|| format!("{} is not a path", folder.display()))?;
        let screen = Screen::start()?;
        let mut prefix = Self {
            folder,
            screen,
            residents: Vec::new(),
        };
        let stamp = prefix.folder.join("earmark-wine.txt");
        let version = wine_version()?;
        if fs::read_to_string(&stamp).is_ok_and(|made_by| made_by == version) {
            prefix.start()?;
            return Ok(prefix);
        }
        println!("Making a Wine prefix in {} …", version.trim());
        crate::files::remove(&prefix.folder)
            .with_context(|| format!("{} cannot be removed", prefix.folder.display()))?;
        fs::create_dir_all(&prefix.folder)
            .with_context(|| format!("{} cannot be made", prefix.folder.display()))?;
        prefix.start()?;
        prefix.add_random_numbers()?;
        fs::write(&stamp, version)
            .with_context(|| format!("{} cannot be written", stamp.display()))?;
        Ok(prefix)
    }

    /// `program` under Wine, with its paths as [`windows_path`](Self::windows_path) gives them.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = self.wine("wine");
        command.arg(program);
        command
    }

    /// Where `path` is in the Windows: its drive Z is the whole disk of this machine.
    pub fn windows_path(path: &Path) -> String {
        format!("Z:{}", path.display().to_string().replace('/', "\\"))
    }

    /// A folder of the Windows itself.
    pub fn drive_c(&self) -> PathBuf {
        self.folder.join("drive_c")
    }

    fn wine(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        self.equip(&mut command);
        command
    }

    /// Lets `command`, and what it starts, run programs of this Windows.
    pub fn equip(&self, command: &mut Command) {
        self.screen.equip(command);
        command.env("WINEPREFIX", &self.folder).envs(SURROUNDINGS);
    }

    /// Starts what stays in the background. Wine otherwise starts its services and its desktop from the first program that needs
    /// them, and ends them with the last; they inherit the pipes of that program, and whoever reads such a pipe to its end waits
    /// for ever.
    fn start(&mut self) -> Result<()> {
        for (program, argument) in [("wineserver", "-p"), ("wineboot", "-i")] {
            let status = self
                .wine(program)
                .arg(argument)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .with_context(|| format!("{program} cannot be run"))?;
            ensure!(
                status.success(),
                "`{program} {argument}` failed in {}; delete that folder and run the command again",
                self.folder.display()
            );
        }
        // A program that waits for its input keeps the services, and with them the desktop.
        for (arguments, input) in [
            (&["cmd"][..], Stdio::piped()),
            (&["explorer", "/desktop"], Stdio::null()),
        ] {
            let resident = self
                .wine("wine")
                .args(arguments)
                .stdin(input)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .context("wine cannot be run")?;
            self.residents.push(resident);
        }
        self.screen.wait_for_wine()
    }

    fn add_random_numbers(&self) -> Result<()> {
        let library = self
            .drive_c()
            .join("windows/system32")
            .join(RANDOM_NUMBERS_LIBRARY);
        if library.exists() {
            return Ok(());
        }
        let source = self.folder.join("bcryptprimitives.c");
        fs::write(&source, RANDOM_NUMBERS)
            .with_context(|| format!("{} cannot be written", source.display()))?;
        let status = Command::new(COMPILER)
            .args(["-shared", "-O1", "-s", "-o"])
            .arg(&library)
            .arg(&source)
            .arg("-ladvapi32")
            .status()
            .with_context(|| format!("{COMPILER} cannot be run"))?;
        ensure!(
            status.success(),
            "{COMPILER} cannot build {RANDOM_NUMBERS_LIBRARY}; see what it says above"
        );
        Ok(())
    }
}

impl Drop for Prefix {
    fn drop(&mut self) {
        // What was to be found out is known by now; a server that is left behind costs memory only.
        let _ = self.wine("wineserver").arg("-k").status();
        for resident in &mut self.residents {
            let _ = resident.kill();
            let _ = resident.wait();
        }
    }
}

fn wine_version() -> Result<String> {
    let output = Command::new("wine")
        .arg("--version")
        .env("WINEDEBUG", "-all")
        .output()
        .context("wine cannot be run")?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_this_machine_lies_on_drive_z() {
        assert_eq!(
            Prefix::windows_path(Path::new("/a folder/b.wav")),
            "Z:\\a folder\\b.wav"
        );
    }
}
