//! Which file each row of a name is about. Rows of 8-cut, and of an Earmark that knew no better, may call files in several
//! folders by one name; each row then says for itself which of them it means. Any thread that may look at a disk.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::recordings::{is_same_recording, path_of_name};
use super::{Store, StoreError};

/// Where the recordings of a profile are, by name.
#[derive(Debug, Default)]
pub struct Homes {
    by_name: HashMap<String, Home>,
}

/// Where the recordings of one name are.
#[derive(Debug, Default)]
struct Home {
    /// As rows say, each once; the later ones are believed first.
    said: Vec<PathBuf>,
    /// Files that are there, each once. Looked for only when rows say more than one thing.
    live: Vec<PathBuf>,
    /// What a row means that does not say, or whose file is gone.
    main: Option<PathBuf>,
}

impl Homes {
    /// Notes that a row of `name` says `path`. Of rows that disagree the last one is believed.
    pub fn say(&mut self, name: &str, path: Option<&Path>) {
        if !self.by_name.contains_key(name) {
            self.by_name.insert(name.to_owned(), Home::default());
        }
        if let (Some(home), Some(path)) = (self.by_name.get_mut(name), path) {
            home.say(path);
        }
    }

    /// The file that a row of `name` means which says `path`; `None` when nothing is known of it.
    pub fn of(&self, name: &str, path: Option<&Path>) -> Option<&Path> {
        let home = self.by_name.get(name)?;
        let own = path.and_then(|path| {
            let mut live = home.live.iter();
            live.find(|live| is_same_recording(live, path))
        });
        own.or(home.main.as_ref()).map(PathBuf::as_path)
    }

    /// Looks at the disk where rows disagree. After it [`Self::of`] answers.
    pub(super) fn settle_in(&mut self, db: &Connection) -> rusqlite::Result<()> {
        for (name, home) in &mut self.by_name {
            home.settle(path_of_name(db, name)?);
        }
        Ok(())
    }
}

impl Home {
    fn say(&mut self, path: &Path) {
        if self.said.last().is_none_or(|last| last != path) {
            self.said.retain(|said| said != path);
            self.said.push(path.to_owned());
        }
    }

    fn settle(&mut self, known: Option<PathBuf>) {
        let disagree = match (&known, self.said.as_slice()) {
            (None, said) => said.len() > 1,
            (Some(known), said) => said.iter().any(|said| said != known),
        };
        let last = self.said.last().cloned().or_else(|| known.clone());
        if !disagree {
            self.main = last;
            return;
        }
        for path in self.said.iter().chain(&known) {
            let is_new = !self.live.iter().any(|live| is_same_recording(live, path));
            if is_new && path.is_file() {
                self.live.push(path.clone());
            }
        }
        self.main = known
            .filter(|path| path.is_file())
            .or_else(|| self.live.last().cloned())
            .or(last);
    }
}

impl Store {
    /// Looks for the files of all names that `homes` was told of.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn settle_homes(&self, mut homes: Homes) -> Result<Homes, StoreError> {
        self.read(|db| homes.settle_in(db))?;
        Ok(homes)
    }
}
