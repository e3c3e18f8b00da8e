//! A library of thousands of recorded sounds: one door is found among them, what was found is marked, and a training finds more.
//!
//! The recordings are those of Debian packages, which `cargo xtask test` fetches.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::support::{Build, Sandbox};

/// Doors, chests and other things of a game, and two collections of spoken words and syllables.
const PACKAGES: [&str; 3] = [
    "minetest-data",
    "klettres-data",
    "asterisk-core-sounds-en-wav",
];
const EXAMPLE: &str = "doors_door_open.ogg";
/// Something without a door.
const BACKGROUND: &str = "env_sounds_water.1.ogg";

fn recordings() -> PathBuf {
    let folder = std::env::var_os("EARMARK_TEST_RECORDINGS");
    let folder = folder.expect("EARMARK_TEST_RECORDINGS, which `cargo xtask test` sets");
    PathBuf::from(folder)
}

/// The file of that name.
fn file(folder: &Path, name: &str) -> Option<PathBuf> {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.is_symlink() {
            if let Some(found) = file(&path, name) {
                return Some(found);
            }
        } else if path.ends_with(name) {
            return Some(path);
        }
    }
    None
}

/// Things that open and close on hinges.
fn is_door(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    ["door", "fencegate", "chest"]
        .iter()
        .any(|part| name.contains(part))
}

/// The different files among `hits`, the best first.
fn files(hits: &Value) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let paths = hits.as_array().unwrap().iter();
    let paths = paths.map(|hit| hit["path"].as_str().unwrap().to_owned());
    paths.filter(|path| seen.insert(path.clone())).collect()
}

/// How many of the first ten files are doors.
fn doors(hits: &Value) -> usize {
    let files = files(hits).into_iter();
    files.take(10).filter(|path| is_door(path)).count()
}

#[test]
fn one_door_is_found_among_two_thousand_recordings_and_more_of_them_after_marks_and_a_training() {
    let (sandbox, build) = (Sandbox::new(), Build::release());
    let folders = PACKAGES.map(|package| recordings().join(package));
    let folders = folders.map(|folder| folder.display().to_string());
    let [games, letters, words] = &folders;
    let cli = |arguments: &[&str]| sandbox.cli(&build, arguments);
    let added = cli(&["library", "add", games, letters, words]);
    assert!(added["files"].as_u64().unwrap() >= 2_000, "{added:#}");
    assert_eq!(added["failed"].as_array().unwrap().len(), 0, "{added:#}");

    let example = file(Path::new(games), EXAMPLE)
        .unwrap()
        .display()
        .to_string();
    let similar = cli(&["similar", &example, "--top", "20"]);
    let hits = &similar["hits"];
    let found = doors(hits);
    assert!(found >= 3, "{hits:#}");

    // What a user does with the list: doors are confirmed, the rest is marked as something else.
    cli(&["clip", "add", "--class", "door", &example]);
    for hit in hits.as_array().unwrap() {
        let path = hit["path"].as_str().unwrap();
        let [start, end] = ["start_s", "end_s"].map(|end| hit[end].as_f64().unwrap().to_string());
        let span = ["--start", start.as_str(), "--end", end.as_str()];
        match is_door(path) {
            true => cli(&[&["clip", "add", "--class", "door", path], &span[..]].concat()),
            false => cli(&[&["negative", "add", path], &span[..]].concat()),
        };
    }
    let background = file(Path::new(games), BACKGROUND).unwrap();
    let background = background.display().to_string();
    cli(&["train", "--positive", "door", "--background", &background]);
    let learned = cli(&["library", "search", "--top", "100", "--threshold", "0.3"]);
    let after = doors(&learned);
    assert!(after > found, "{found} before, {after} after: {learned:#}");

    // Nothing of it is embedded again, and a version is saved of what was found only when that is asked for.
    let again = cli(&["library", "update"]);
    assert_eq!(again["indexed"], 0, "{again:#}");
    cli(&["library", "search", "--save"]);
    let best = files(&learned).into_iter().next().unwrap();
    let versions = cli(&["versions", &best]);
    assert_eq!(versions.as_array().unwrap().len(), 1, "{versions:#}");
}
