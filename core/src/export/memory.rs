//! Saves what is in memory only, while the database cannot be written: to a JSON file of its own.
//!
//! Runs on an engine worker and may block on the disk. The file appears whole or not at all.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::list::{JsonList, JsonRegion};
use super::{ListedRegion, RegionList};
use crate::platform::whole_file::{Draft, write_to_disk};

/// How often a name that is taken is replaced by the next.
const ATTEMPTS: u32 = 100;

/// What windows show and what waits for the database.
#[derive(Debug, Clone)]
pub struct Memory<'a> {
    /// The database that should have taken it.
    pub database: &'a Path,
    /// What every window shows, with the profile.
    pub shown: Vec<(&'a str, RegionList<'a>)>,
    pub hard_negatives: Vec<ListedNegative<'a>>,
    /// In the order in which they were asked for.
    pub waiting: Vec<WaitingChange<'a>>,
}

/// A hard negative as a window lists it. Seconds from the recording's start.
#[derive(Debug, Clone, Serialize)]
pub struct ListedNegative<'a> {
    pub profile: &'a str,
    pub filename: &'a str,
    pub start_s: f64,
    pub end_s: Option<f64>,
    /// The model whose results it was marked in; empty when unknown.
    pub model: &'a str,
    pub created_at: &'a str,
}

/// A change that the database has not taken.
#[derive(Debug, Clone)]
pub struct WaitingChange<'a> {
    /// In words: `confirm as door`.
    pub what: String,
    pub profile: &'a str,
    pub model: &'a str,
    /// The recording's file name, when it is about one.
    pub filename: Option<&'a str>,
    /// What it is to be done to, as it looked then.
    pub regions: Vec<ListedRegion<'a>>,
}

#[derive(Serialize)]
struct JsonMemory<'a> {
    database: String,
    shown: Vec<JsonShown<'a>>,
    hard_negatives: &'a [ListedNegative<'a>],
    waiting: Vec<JsonWaiting<'a>>,
}

#[derive(Serialize)]
struct JsonShown<'a> {
    profile: &'a str,
    #[serde(flatten)]
    list: JsonList<'a>,
}

#[derive(Serialize)]
struct JsonWaiting<'a> {
    what: &'a str,
    profile: &'a str,
    model: &'a str,
    filename: Option<&'a str>,
    regions: Vec<JsonRegion<'a>>,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
#[error(
    "what is in memory could not be written anywhere ({}): free some space on a disk, then export again before you close the host",
    .0.join("; ")
)]
pub struct MemoryError(Vec<String>);

/// Writes `memory` as `earmark-export-<stamp>.json` into the first of `folders` that takes it, and returns where.
///
/// # Errors
/// When none of them does; no file is left behind.
pub fn write_memory(
    memory: &Memory<'_>,
    folders: &[PathBuf],
    stamp: &str,
) -> Result<PathBuf, MemoryError> {
    let json = JsonMemory {
        database: memory.database.display().to_string(),
        shown: memory
            .shown
            .iter()
            .map(|(profile, list)| JsonShown {
                profile,
                list: list.into(),
            })
            .collect(),
        hard_negatives: &memory.hard_negatives,
        waiting: memory
            .waiting
            .iter()
            .map(|change| JsonWaiting {
                what: &change.what,
                profile: change.profile,
                model: change.model,
                filename: change.filename,
                regions: change.regions.iter().map(JsonRegion::from).collect(),
            })
            .collect(),
    };
    let text =
        serde_json::to_vec_pretty(&json).map_err(|error| MemoryError(vec![error.to_string()]))?;
    let mut refusals = Vec::new();
    for folder in folders {
        match write_new(folder, stamp, &text) {
            Ok(path) => return Ok(path),
            Err(error) => refusals.push(format!("{}: {error}", folder.display())),
        }
    }
    Err(MemoryError(refusals))
}

fn write_new(folder: &Path, stamp: &str, text: &[u8]) -> io::Result<PathBuf> {
    fs::create_dir_all(folder)?;
    let names = (1..=ATTEMPTS).map(|attempt| match attempt {
        1 => folder.join(format!("earmark-export-{stamp}.json")),
        n => folder.join(format!("earmark-export-{stamp}-{n}.json")),
    });
    let (draft, file) = Draft::beside(&folder.join("earmark-export.json"))?;
    write_to_disk(file, |out| out.write_all(text))?;
    draft
        .publish_as_first_free(names)
        .map_err(|(_, error)| error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Span;

    #[test]
    fn the_first_folder_that_takes_it_gets_a_file_of_its_own_with_everything() {
        let folder = tempfile::tempdir().unwrap();
        let blocked = folder.path().join("a file");
        fs::write(&blocked, "in the way").unwrap();
        let region = ListedRegion {
            span: Span::new(1.0, 2.0).unwrap(),
            score: f32::NAN,
            state: "found",
            class: "",
            note: "a breath",
            band: None,
        };
        let regions = [region];
        let memory = Memory {
            database: Path::new("some.db"),
            shown: vec![(
                "default",
                RegionList {
                    filename: "Dialogue 1.wav",
                    timeline_start_s: 3600.0,
                    rate: None,
                    model: "AISFX",
                    version: "",
                    regions: &regions,
                },
            )],
            hard_negatives: Vec::new(),
            waiting: vec![WaitingChange {
                what: String::from("confirm as door"),
                profile: "default",
                model: "AISFX",
                filename: Some("Dialogue 1.wav"),
                regions: vec![region],
            }],
        };
        let folders = [blocked, folder.path().join("new")];
        let written = [1, 2].map(|_| write_memory(&memory, &folders, "20260131").unwrap());
        assert_ne!(written[0], written[1], "nothing is overwritten");
        let text = fs::read_to_string(&written[1]).unwrap();
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(json["shown"][0]["profile"], "default");
        assert_eq!(json["shown"][0]["regions"][0]["start_s"], 1.0);
        assert_eq!(json["shown"][0]["regions"][0]["note"], "a breath");
        assert_eq!(json["waiting"][0]["what"], "confirm as door");
        assert!(json["waiting"][0]["regions"][0]["score"].is_null());

        let refused = write_memory(&memory, &folders[..1], "20260131").unwrap_err();
        assert!(refused.to_string().contains("a file"), "{refused}");
    }
}
