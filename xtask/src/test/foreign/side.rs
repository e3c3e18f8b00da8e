//! The command line on one system, with a database and folders of its own: on this one, in a Windows under Wine, or on another
//! processor that is emulated.

use crate::demo::Found;
use crate::foreign::{Emulator, Prefix};
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// An argument: a word, or a path, which each system writes in its own way.
#[derive(Debug, Clone)]
pub(super) enum Word {
    Text(String),
    Path(PathBuf),
}

impl From<&str> for Word {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&Path> for Word {
    fn from(path: &Path) -> Self {
        Self::Path(path.to_owned())
    }
}

/// What runs the programs of a system.
#[derive(Clone, Copy)]
pub(super) enum Runner<'a> {
    /// This system.
    Here,
    Wine(&'a Prefix),
    Emulator(&'a Emulator),
}

/// One system's command line.
pub(super) struct Side<'a> {
    pub name: &'static str,
    pub program: PathBuf,
    pub runner: Runner<'a>,
    pub resources: PathBuf,
    /// Everything that the session makes.
    pub folder: PathBuf,
}

/// What `results` says.
#[derive(Debug, Deserialize)]
pub(super) struct Results {
    pub regions: Vec<Found>,
}

impl Side<'_> {
    pub fn database(&self) -> PathBuf {
        self.folder.join("earmark.db")
    }

    /// A path as the programs of this side write it.
    pub fn path(&self, path: &Path) -> String {
        match self.runner {
            Runner::Wine(_) => Prefix::windows_path(path),
            Runner::Here | Runner::Emulator(_) => path.display().to_string(),
        }
    }

    /// What the command line answers on the side's own database.
    ///
    /// # Errors
    /// If it fails, with what it says.
    pub fn ask(&self, words: &[Word]) -> Result<Value> {
        self.ask_of(&self.database(), words)
    }

    /// The same on another database.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn ask_of(&self, database: &Path, words: &[Word]) -> Result<Value> {
        let words: Vec<String> = words
            .iter()
            .map(|word| match word {
                Word::Text(text) => text.clone(),
                Word::Path(path) => self.path(path),
            })
            .collect();
        let mut command = self.command(database);
        command.arg("--json").args(&words);
        let output = command
            .output()
            .with_context(|| format!("{} cannot be run", self.program.display()))?;
        let told = || format!("on {}, `earmark {}`", self.name, words.join(" "));
        if !output.status.success() {
            bail!(
                "{} failed ({}): {}",
                told(),
                output.status,
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        if output.stdout.trim_ascii().is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&output.stdout)
            .with_context(|| format!("{} printed something unexpected", told()))
    }

    /// What `doctor` says where Windows lacks a library of its own.
    ///
    /// # Errors
    /// If it cannot be run.
    pub fn doctor_without(&self, library: &str) -> Result<String> {
        let output = self
            .command(&self.database())
            .arg("doctor")
            .env("WINEDLLOVERRIDES", format!("mscoree,mshtml=;{library}="))
            .output()
            .with_context(|| format!("{} cannot be run", self.program.display()))?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// The command line, with folders and a database of this side's.
    fn command(&self, database: &Path) -> Command {
        let mut command = match self.runner {
            Runner::Here => Command::new(&self.program),
            Runner::Wine(prefix) => prefix.command(&self.program),
            Runner::Emulator(emulator) => emulator.command(&self.program),
        };
        command
            .current_dir(&self.folder)
            .env("EARMARK_DB", self.path(database))
            .env("EARMARK_RESOURCES", self.path(&self.resources))
            .env_remove("EARMARK_ORT_DYLIB");
        for (variable, folder) in [
            ("EARMARK_TAKES", "takes"),
            ("EARMARK_CLIPS", "clips"),
            ("EARMARK_EMBEDDINGS", "embeddings"),
            ("EARMARK_MODELS", "models"),
        ] {
            command.env(variable, self.path(&self.folder.join(folder)));
        }
        command
    }
}
