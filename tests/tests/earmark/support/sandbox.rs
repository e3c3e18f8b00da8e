//! A user of one's own: database, takes, clips, caches and home in a temporary folder, and the programs that use them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use serde_json::Value;
use tempfile::TempDir;
use xtask::host::{Event, HostProcess, Outcome, Script, Step, Watch, Wave};

use super::{Build, wine};

/// Longer than any session takes, even on a busy machine; shorter than a test runner's patience.
const SESSION_LIMIT: Duration = Duration::from_secs(120);

/// The variables that would lead a program away from the sandbox.
const OVERRIDES: [&str; 2] = ["EARMARK_RESOURCES", "EARMARK_ORT_DYLIB"];

/// Everything that one user of Earmark has.
pub struct Sandbox {
    home: TempDir,
}

impl Sandbox {
    pub fn new() -> Self {
        Self {
            home: TempDir::with_prefix("earmark-").unwrap(),
        }
    }

    /// A path in the sandbox's folder, for whatever a test needs.
    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    pub fn database(&self) -> PathBuf {
        self.path("earmark.db")
    }

    pub fn takes_folder(&self) -> PathBuf {
        self.path("takes")
    }

    pub fn clips_folder(&self) -> PathBuf {
        self.path("clips")
    }

    pub fn embeddings_folder(&self) -> PathBuf {
        self.path("embeddings")
    }

    /// Makes `command` this user's. The resources are those that lie beside the program, as for a user.
    pub fn equip(&self, command: &mut Command) {
        for variable in OVERRIDES {
            command.env_remove(variable);
        }
        for (variable, path) in [
            ("EARMARK_DB", self.database()),
            ("EARMARK_TAKES", self.takes_folder()),
            ("EARMARK_CLIPS", self.clips_folder()),
            ("EARMARK_EMBEDDINGS", self.embeddings_folder()),
        ] {
            command.env(variable, wine::path_for(&path));
        }
        command
            .env("HOME", self.home.path())
            .env("XDG_CONFIG_HOME", self.path("config"))
            .env("XDG_DATA_HOME", self.path("share"))
            .env("XDG_CACHE_HOME", self.path("cache"));
    }

    /// Writes a float WAV for a host to play.
    pub fn write_wave(&self, name: &str, rate_hz: u32, channels: Vec<Vec<f32>>) -> PathBuf {
        let path = self.path(name);
        Wave { rate_hz, channels }.write(&path).unwrap();
        path
    }

    /// The plugin host, ready to be spawned.
    pub fn runner(&self) -> Command {
        let mut runner =
            wine::host().unwrap_or_else(|| Command::new(env!("CARGO_BIN_EXE_earmark-test-host")));
        self.equip(&mut runner);
        runner
    }

    /// Starts a host session that goes on by itself up to its next hold.
    pub fn start(&self, build: &Build, steps: Vec<Step>) -> HostProcess {
        self.start_with(self.runner(), build, steps)
    }

    /// The same with a runner whose environment the test has changed.
    pub fn start_with(&self, runner: Command, build: &Build, steps: Vec<Step>) -> HostProcess {
        self.start_watched(runner, build, Watch::Off, steps)
    }

    /// The same, with the audio thread held to `watch`.
    pub fn start_watched(
        &self,
        runner: Command,
        build: &Build,
        watch: Watch,
        steps: Vec<Step>,
    ) -> HostProcess {
        let script = Script {
            plugin: build.clap(),
            plugin_id: None,
            track_name: Some(String::from("Dialogue 1")),
            watch,
            steps,
        };
        HostProcess::spawn(runner, &script, SESSION_LIMIT).unwrap()
    }

    /// Runs a host session to its end, however it ends.
    pub fn observe(&self, build: &Build, steps: Vec<Step>) -> Outcome {
        self.start(build, steps).finish().unwrap()
    }

    /// Runs a host session that must end well.
    pub fn host(&self, build: &Build, steps: Vec<Step>) -> Vec<Event> {
        self.observe(build, steps).into_events().unwrap()
    }

    /// The command line, ready to be run.
    pub fn command_line(&self, build: &Build, arguments: &[&str]) -> Command {
        let mut command = match wine::is_used() {
            true => wine::command(&build.command_line()),
            false => Command::new(build.command_line()),
        };
        self.equip(&mut command);
        command.args(arguments);
        command
    }

    /// What the command line prints as JSON; it must succeed.
    pub fn cli(&self, build: &Build, arguments: &[&str]) -> Value {
        let output = run(self.command_line(build, arguments).arg("--json"));
        assert!(
            output.status.success(),
            "`earmark {}` failed:\n{}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr)
        );
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// The recorded takes, in the order of their positions.
    pub fn takes(&self) -> Vec<TakeRow> {
        let database = self.open_database();
        let mut query = database
            .prepare(
                "SELECT source_id, path, rate_hz, channels, start_sample, frames, gaps FROM takes ORDER BY start_sample",
            )
            .unwrap();
        query
            .query_map([], |row| {
                Ok(TakeRow {
                    source: row.get(0)?,
                    path: wine::path_from(row.get(1)?),
                    rate_hz: row.get(2)?,
                    channels: row.get(3)?,
                    start: row.get(4)?,
                    frames: row.get(5)?,
                    gaps: row.get(6)?,
                })
            })
            .unwrap()
            .map(Result::unwrap)
            .collect()
    }

    /// The only take there is.
    pub fn only_take(&self) -> TakeRow {
        let mut takes = self.takes();
        assert_eq!(takes.len(), 1, "{takes:#?}");
        takes.remove(0)
    }

    /// The database as any other program would read it.
    pub fn open_database(&self) -> Connection {
        let database =
            Connection::open_with_flags(self.database(), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
        database.busy_timeout(Duration::from_secs(10)).unwrap();
        database
    }

    /// The WAV files in the takes folder.
    pub fn take_files(&self) -> Vec<PathBuf> {
        wave_files(&self.takes_folder())
    }
}

/// A row of `takes`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakeRow {
    pub source: String,
    pub path: PathBuf,
    pub rate_hz: u32,
    pub channels: u32,
    pub start: i64,
    pub frames: i64,
    /// JSON.
    pub gaps: String,
}

impl TakeRow {
    pub fn filename(&self) -> String {
        self.path
            .file_name()
            .unwrap()
            .to_string_lossy()
            .into_owned()
    }
}

/// Runs a program to its end.
pub fn run(command: &mut Command) -> Output {
    command
        .output()
        .unwrap_or_else(|error| panic!("{:?} cannot be run: {error}", command.get_program()))
}

fn wave_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = std::fs::read_dir(folder) else {
        return found;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(wave_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "wav") {
            found.push(path);
        }
    }
    found.sort();
    found
}
