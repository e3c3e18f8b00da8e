//! What each run of a task did, a line of JSON for each file: for people, for reports, and for the reasons of failures. Blocks on the disk.
//!
//! Every run has a file of its own, which only it writes, so that no network disk has to order the lines of several. A line that a kill cut
//! short is passed over: a result says by itself that its file is finished.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::part::Part;
use super::result::FileState;
use super::{ShardFolder, plan::PlannedSound};

const MOST_LINE_BYTES: u64 = 1 << 20;

/// How one file ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JournalLine {
    pub path: String,
    /// `2026-04-19 15:36:31`, local time.
    pub at: String,
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// Its result is there.
    Finished {
        state: FileState,
        /// Its length and a checksum of samples.
        content: String,
        sounds: Vec<PlannedSound>,
        /// How many regions were found of each sound.
        regions: Vec<usize>,
        /// How long it took.
        seconds: f32,
    },
    /// It could not be scanned.
    Failed { error: String },
}

/// The journal of one run.
pub struct Journal {
    file: File,
    path: PathBuf,
}

impl Journal {
    /// A new journal for a run of `part`.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn create(folder: &ShardFolder, part: Part) -> io::Result<Self> {
        let run = Uuid::new_v4().simple().to_string();
        let run = run.get(..8).unwrap_or_default();
        let name = format!("{:05}-of-{:05}-{run}.jsonl", part.index() + 1, part.of());
        let path = folder.journals().join(name);
        let file = File::create_new(&path)?;
        Ok(Self { file, path })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds how the file at `path` ended.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn add(&mut self, path: &str, outcome: Outcome) -> io::Result<()> {
        let line = JournalLine {
            path: path.to_owned(),
            at: jiff::Zoned::now().strftime("%Y-%m-%d %H:%M:%S").to_string(),
            outcome,
        };
        let mut line = serde_json::to_vec(&line)?;
        line.push(b'\n');
        self.file.write_all(&line)
    }
}

/// Why files failed in any run, by path: the newest reason of each. A file that was finished later is among them too.
///
/// # Errors
/// When a journal cannot be read.
pub fn failures(folder: &ShardFolder) -> io::Result<HashMap<String, String>> {
    let mut newest: HashMap<String, (String, String)> = HashMap::new();
    let entries = match std::fs::read_dir(folder.journals()) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(HashMap::new()),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let path = entry?.path();
        if path
            .extension()
            .is_none_or(|extension| extension != "jsonl")
        {
            continue;
        }
        read_lines(&path, &mut |line| {
            if let Outcome::Failed { error } = line.outcome {
                let known = newest.get(&line.path);
                if known.is_none_or(|(at, _)| *at <= line.at) {
                    newest.insert(line.path, (line.at, error));
                }
            }
        })?;
    }
    Ok(newest
        .into_iter()
        .map(|(path, (_, error))| (path, error))
        .collect())
}

fn read_lines(path: &Path, take: &mut dyn FnMut(JournalLine)) -> io::Result<()> {
    let mut file = BufReader::new(File::open(path)?);
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = io::Read::take(&mut file, MOST_LINE_BYTES).read_until(b'\n', &mut line)?;
        if read == 0 {
            return Ok(());
        }
        if let Ok(line) = serde_json::from_slice(&line) {
            take(line);
        }
    }
}
