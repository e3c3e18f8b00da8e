//! The `earmark` command line, asked with `--json`, on the demo's own database and folders.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::metrics::Found;

/// The embedding model the demo listens with.
pub const MODEL: &str = "AISFX";

/// Folders of one demo run, and the program to ask. The plugin and the command line are given the same.
pub struct CommandLine {
    program: PathBuf,
    folder: PathBuf,
}

/// What `results` says.
#[derive(Debug, Deserialize)]
pub struct Results {
    pub version: u32,
    pub regions: Vec<Found>,
}

/// What `train` says.
#[derive(Debug, Deserialize)]
pub struct Learned {
    #[serde(default)]
    pub warnings: Vec<String>,
    pub scanned: Vec<Scanned>,
}

#[derive(Debug, Deserialize)]
pub struct Scanned {
    pub filename: String,
    /// Number of the version that the scan saved.
    pub version: u32,
}

/// What `compare` says; only how many there are matters here.
#[derive(Debug, Deserialize)]
pub struct Comparison {
    pub kept: Vec<serde_json::Value>,
    pub moved: Vec<serde_json::Value>,
    pub new: Vec<serde_json::Value>,
    pub gone: Vec<serde_json::Value>,
}

impl CommandLine {
    /// `program` on a database in `folder`.
    pub fn new(program: PathBuf, folder: &Path) -> Self {
        Self {
            program,
            folder: folder.to_owned(),
        }
    }

    pub fn database(&self) -> PathBuf {
        self.folder.join("earmark.db")
    }

    pub fn takes(&self) -> PathBuf {
        self.folder.join("takes")
    }

    /// Have a program use the demo's database and folders instead of the user's.
    pub fn surround(&self, command: &mut Command) {
        command
            .env("EARMARK_DB", self.database())
            .env("EARMARK_TAKES", self.takes())
            .env("EARMARK_CLIPS", self.folder.join("clips"))
            .env("EARMARK_EMBEDDINGS", self.folder.join("embeddings"));
    }

    /// Add whole files as examples of `class`.
    pub fn add_clips(&self, class: &str, files: &[PathBuf]) -> Result<()> {
        let mut arguments: Vec<&OsStr> = ["clip", "add", "--class", class].map(OsStr::new).to_vec();
        arguments.extend(files.iter().map(|file| file.as_os_str()));
        self.ask::<serde_json::Value>(&arguments).map(drop)
    }

    /// Add a stretch of a file as an example of `class`.
    pub fn add_clip_of(
        &self,
        class: &str,
        file: &Path,
        (start_s, end_s): (f64, f64),
    ) -> Result<()> {
        let (start_s, end_s) = (start_s.to_string(), end_s.to_string());
        let mut arguments: Vec<&OsStr> = ["clip", "add", "--class", class].map(OsStr::new).to_vec();
        arguments.extend(["--start", &start_s, "--end", &end_s].map(OsStr::new));
        arguments.push(file.as_os_str());
        self.ask::<serde_json::Value>(&arguments).map(drop)
    }

    /// Mark a span of a file as not the sound.
    pub fn add_negative(&self, file: &Path, (start_s, end_s): (f64, f64)) -> Result<()> {
        let (start_s, end_s) = (start_s.to_string(), end_s.to_string());
        let mut arguments: Vec<&OsStr> = ["negative", "add", "--model", MODEL]
            .map(OsStr::new)
            .to_vec();
        arguments.extend(["--start", &start_s, "--end", &end_s].map(OsStr::new));
        arguments.push(file.as_os_str());
        self.ask::<serde_json::Value>(&arguments).map(drop)
    }

    /// Learn `class` and scan every known recording again.
    pub fn train(&self, class: &str) -> Result<Learned> {
        self.ask(&["train", "--model", MODEL, "--positive", class].map(OsStr::new))
    }

    /// The regions of a version of a file.
    pub fn results(&self, file: &Path, version: u32) -> Result<Results> {
        self.shown(file, version, &[])
    }

    /// Every peak of the scores of a version of a file.
    pub fn peaks(&self, file: &Path, version: u32) -> Result<Vec<Found>> {
        Ok(self.shown(file, version, &["--peaks"])?.regions)
    }

    fn shown(&self, file: &Path, version: u32, options: &[&str]) -> Result<Results> {
        let version = version.to_string();
        let arguments = ["results", "--model", MODEL, "--version", &version];
        let mut arguments: Vec<_> = arguments.iter().chain(options).map(OsStr::new).collect();
        arguments.push(file.as_os_str());
        self.ask(&arguments)
    }

    /// What changed between two versions of a file.
    pub fn compare(&self, file: &Path, from: u32, to: u32) -> Result<Comparison> {
        let (from, to) = (from.to_string(), to.to_string());
        let arguments = ["compare", "--model", MODEL, "--from", &from, "--to", &to].map(OsStr::new);
        self.ask(&[&arguments[..], &[file.as_os_str()]].concat())
    }

    fn ask<Answer: DeserializeOwned>(&self, arguments: &[&OsStr]) -> Result<Answer> {
        let mut command = Command::new(&self.program);
        self.surround(&mut command);
        command
            .arg("--json")
            .arg("--db")
            .arg(self.database())
            .args(arguments);
        let told = || {
            let words: Vec<_> = arguments
                .iter()
                .map(|argument| argument.to_string_lossy())
                .collect();
            format!("`earmark {}`", words.join(" "))
        };
        let output = command
            .output()
            .with_context(|| format!("{} cannot be run", self.program.display()))?;
        if !output.status.success() {
            bail!(
                "{} failed: {}",
                told(),
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        serde_json::from_slice(&output.stdout)
            .with_context(|| format!("{} printed something unexpected", told()))
    }
}
