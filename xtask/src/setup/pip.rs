//! Fetches wheels through the user's own pip, which knows their proxy, mirror and certificates.

use super::cache::sha256_hex;
use super::pins::Wheel;
use anyhow::{Context, Result, bail, ensure};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The Python version whose wheels are pinned; the user's own Python may be another.
const PYTHON_VERSION: &str = "3.12";

/// What to do when there is no pip.
pub const NO_PIP: &str = "Python's pip is needed to fetch ONNX Runtime and the model, and none was found. \
    Debian and Ubuntu: `apt-get install python3-pip python3-venv`. Fedora: `dnf install python3-pip`. macOS: \
    `brew install python`. Windows: `winget install Python.Python.3.12`. Then run the command again.";

/// A pip that answered.
#[derive(Debug, Clone)]
pub struct Pip {
    program: PathBuf,
    arguments: &'static [&'static str],
}

impl Pip {
    /// The first working pip in the folders of `search_path` (the form of `PATH`).
    pub fn find(search_path: &OsStr) -> Option<Self> {
        const CANDIDATES: [(&str, &[&str]); 4] = [
            ("python3", &["-m", "pip"]),
            ("python", &["-m", "pip"]),
            ("pip3", &[]),
            ("pip", &[]),
        ];
        CANDIDATES.into_iter().find_map(|(name, arguments)| {
            find_program(name, search_path)
                .map(|program| Self { program, arguments })
                .filter(Self::answers)
        })
    }

    fn answers(&self) -> bool {
        self.command()
            .arg("--version")
            .output()
            .is_ok_and(|output| output.status.success())
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(self.arguments);
        command
    }

    /// The bytes of `wheel`, from `downloads` if an earlier run left it there, else fetched and kept there.
    ///
    /// # Errors
    /// If it cannot be fetched or has another checksum than the pinned one; the message names the remedy.
    pub fn fetch(&self, wheel: &Wheel, downloads: &Path) -> Result<Vec<u8>> {
        let path = downloads.join(wheel.file);
        if !path.exists() {
            println!("Fetching {} {} through pip …", wheel.project, wheel.version);
            fs::create_dir_all(downloads)
                .with_context(|| format!("{} cannot be made", downloads.display()))?;
            let output = self.download(wheel, downloads)?;
            ensure!(
                output.status.success(),
                failure(wheel, &path, &String::from_utf8_lossy(&output.stderr))
            );
        }
        let bytes = fs::read(&path).with_context(|| {
            format!(
                "pip finished but did not download {}; is {:?} really pip?",
                path.display(),
                self.program
            )
        })?;
        let found = sha256_hex(&bytes);
        if found != wheel.sha256 {
            bail!(
                "{} has the wrong checksum: sha256 {found} where {} is pinned, so nothing was installed. \
                 Delete the file and run `cargo xtask setup` again, in case it arrived damaged. If that does not \
                 help, the mirror or proxy in pip's configuration (`pip config list`) delivers a different file.",
                path.display(),
                wheel.sha256
            );
        }
        Ok(bytes)
    }

    fn download(&self, wheel: &Wheel, downloads: &Path) -> Result<Output> {
        let mut command = self.command();
        command.args([
            "download",
            "--quiet",
            "--disable-pip-version-check",
            "--no-input",
        ]);
        command
            .args(["--no-deps", "--only-binary=:all:", "--dest"])
            .arg(downloads);
        if let Some(platform) = wheel.platform {
            command.args(["--platform", platform, "--python-version", PYTHON_VERSION]);
        }
        command.arg(format!("{}=={}", wheel.project, wheel.version));
        command
            .output()
            .with_context(|| format!("{} cannot be run", self.program.display()))
    }
}

/// The message for a failed download: pip's last words, and what to do.
fn failure(wheel: &Wheel, path: &Path, stderr: &str) -> String {
    const SIGNS_OF_NO_NETWORK: [&str; 7] = [
        "NewConnectionError",
        "ConnectTimeoutError",
        "ConnectionError",
        "ProxyError",
        "ReadTimeoutError",
        "SSLError",
        "name resolution",
    ];
    // When offline, pip's last line claims that the version does not exist; the reason stands further up.
    let (reason, remedy) = if SIGNS_OF_NO_NETWORK.iter().any(|sign| stderr.contains(sign)) {
        (
            "the package index cannot be reached",
            format!(
                "Connect to the network (or set pip's proxy or index: `pip config list`) and run `cargo xtask setup` \
                 again; once done it is not needed any more. Or bring the file {} from another computer to {}.",
                wheel.file,
                path.display()
            ),
        )
    } else {
        (
            "pip failed",
            "See what pip says above; an old pip is helped by `python3 -m pip install --upgrade pip`.".to_owned(),
        )
    };
    format!(
        "{} {} could not be fetched: {reason}.\n{}\n{remedy}",
        wheel.project,
        wheel.version,
        stderr.trim_end()
    )
}

/// The program `name` in the folders of `search_path`.
pub fn find_program(name: &str, search_path: &OsStr) -> Option<PathBuf> {
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(search_path)
        .map(|folder| folder.join(&file))
        .find(|path| path.is_file())
}
