//! The table of `ARCHITECTURE.md` that says which room may use which.
//!
//! Owns what it read. A room is a folder or a file of `core/src`, by its name there, or of `plugin/src`, by its name behind
//! `plugin/`; a file belongs to the room with the longest name that fits.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Begins the section that holds the table.
const HEADING: &str = "## Arrows";

/// The rows, from the top floor down: a room and those that it may use.
pub struct Table {
    rows: Vec<(String, BTreeSet<String>)>,
}

/// Who uses which other room.
pub type Arrows = BTreeSet<(String, String)>;

impl Table {
    /// Reads the table from the text of `ARCHITECTURE.md`.
    pub fn read(text: &str) -> Self {
        let (_, section) = text
            .split_once(&format!("\n{HEADING}\n"))
            .expect("ARCHITECTURE.md has a section for the arrows");
        let section = section.split("\n## ").next().unwrap_or_default();
        let lines = section.lines().filter(|line| line.starts_with('|'));
        // Behind the heading and the line under it.
        let rows = lines.skip(2).map(|line| {
            let mut cells = line.trim_matches('|').split('|').map(names_in);
            let room = cells.next().unwrap_or_default();
            assert_eq!(room.len(), 1, "one room in the first cell of {line}");
            (
                room[0].clone(),
                cells.next().unwrap_or_default().into_iter().collect(),
            )
        });
        Self {
            rows: rows.collect(),
        }
    }

    pub fn rooms(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.rows.iter().map(|(room, _)| room.as_str())
    }

    /// Every arrow that it allows.
    pub fn arrows(&self) -> Arrows {
        let arrows = self
            .rows
            .iter()
            .flat_map(|(room, used)| used.iter().map(|used| (room.clone(), used.clone())));
        arrows.collect()
    }

    /// The room of `file`, a path from the repository's root.
    pub fn room_of(&self, file: &str) -> Option<&str> {
        let holds = |room: &&str| {
            let place = place_of(room);
            file == format!("{place}.rs") || file.starts_with(&format!("{place}/"))
        };
        self.rooms().filter(holds).max_by_key(|room| room.len())
    }

    /// All rooms that arrows lead to from `room`, by whatever way.
    pub fn reached_from(&self, room: &str) -> BTreeSet<String> {
        let rows: BTreeMap<&str, &BTreeSet<String>> = self
            .rows
            .iter()
            .map(|(room, used)| (room.as_str(), used))
            .collect();
        let mut reached = BTreeSet::new();
        let mut open = vec![room.to_owned()];
        while let Some(next) = open.pop() {
            let used = rows.get(next.as_str()).copied();
            for used in used.into_iter().flatten() {
                if reached.insert(used.clone()) {
                    open.push(used.clone());
                }
            }
        }
        reached
    }
}

/// Whether there is a file or a folder for `room`.
pub fn is_there(repository: &Path, room: &str) -> bool {
    let place = place_of(room);
    repository.join(format!("{place}.rs")).is_file() || repository.join(place).is_dir()
}

fn place_of(room: &str) -> String {
    match room.strip_prefix("plugin/") {
        Some(room) => format!("plugin/src/{room}"),
        None => format!("core/src/{room}"),
    }
}

/// What stands in backticks in a cell.
fn names_in(cell: &str) -> Vec<String> {
    cell.split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}
