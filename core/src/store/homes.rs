//! Which file each row of a name is about. Rows of 8-cut, and of an Earmark that knew no better, may call files in several
//! folders by one name; each row then says for itself which of them it means.
//!
//! What rows say is read from the database as [`Claims`], and settled when the database is free again: a disk may take minutes
//! to answer. Values; asks no disk but through [`Files`].

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::recordings::{is_same_recording, path_of_name};
use super::{Store, StoreError};

/// What is known of files.
pub trait Files {
    /// Whether there is a file at `path`.
    fn is_there(&self, path: &Path) -> bool;

    /// Whether two paths lead to one file.
    fn is_same(&self, a: &Path, b: &Path) -> bool;
}

/// Asks the disks, which may take long to answer.
#[derive(Debug, Clone, Copy)]
pub struct OnDisk;

impl Files for OnDisk {
    fn is_there(&self, path: &Path) -> bool {
        path.is_file()
    }

    fn is_same(&self, a: &Path, b: &Path) -> bool {
        is_same_recording(a, b)
    }
}

/// What the rows of a profile say about where their recordings are, by name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Claims {
    by_name: HashMap<String, Claim>,
}

/// What is said about the recordings of one name.
#[derive(Debug, Clone, Default, PartialEq)]
struct Claim {
    /// As rows say, each once; the later ones are believed first.
    said: Vec<PathBuf>,
    /// As the row of the recording itself says.
    known: Option<PathBuf>,
}

impl Claims {
    /// Notes that a row of `name` says `path`. Of rows that disagree the last one is believed.
    pub fn say(&mut self, name: &str, path: Option<&Path>) {
        if !self.by_name.contains_key(name) {
            self.by_name.insert(name.to_owned(), Claim::default());
        }
        if let (Some(claim), Some(path)) = (self.by_name.get_mut(name), path) {
            claim.say(path);
        }
    }

    /// Reads where the recording of each name was last seen.
    pub(super) fn read_known(&mut self, db: &Connection) -> rusqlite::Result<()> {
        for (name, claim) in &mut self.by_name {
            claim.known = path_of_name(db, name)?;
        }
        Ok(())
    }

    /// The names of which nothing says where their recording is.
    pub(super) fn unplaced(&self) -> impl Iterator<Item = &str> {
        let unplaced = self.by_name.iter();
        let unplaced = unplaced.filter(|(_, claim)| claim.places().next().is_none());
        unplaced.map(|(name, _)| name.as_str())
    }

    /// The files that decide where rows disagree.
    pub fn contested(&self) -> impl Iterator<Item = &PathBuf> {
        let disagreeing = self.by_name.values().filter(|claim| claim.is_contested());
        disagreeing.flat_map(Claim::places)
    }

    /// Decides with what `files` knows, which is asked only where rows disagree.
    pub fn settle(&self, files: &impl Files) -> Homes {
        let by_name = self.by_name.iter();
        let by_name = by_name.map(|(name, claim)| (name.clone(), claim.settle(files)));
        Homes {
            by_name: by_name.collect(),
        }
    }
}

impl Claim {
    fn say(&mut self, path: &Path) {
        if self.said.last().is_none_or(|last| last != path) {
            self.said.retain(|said| said != path);
            self.said.push(path.to_owned());
        }
    }

    fn is_contested(&self) -> bool {
        match &self.known {
            None => self.said.len() > 1,
            Some(known) => self.said.iter().any(|said| said != known),
        }
    }

    fn places(&self) -> impl Iterator<Item = &PathBuf> {
        self.said.iter().chain(&self.known)
    }

    fn settle(&self, files: &impl Files) -> Home {
        let last = self.said.last().or(self.known.as_ref());
        if !self.is_contested() {
            return Home {
                own: HashMap::new(),
                main: last.cloned(),
            };
        }
        let mut live: Vec<&PathBuf> = Vec::new();
        let mut own = HashMap::new();
        for path in self.places() {
            if let Some(same) = live.iter().find(|live| files.is_same(live, path)) {
                own.insert(path.clone(), PathBuf::clone(same));
            } else if files.is_there(path) {
                live.push(path);
                own.insert(path.clone(), path.clone());
            }
        }
        let known = self.known.as_ref().filter(|path| files.is_there(path));
        Home {
            main: known.or(live.last().copied()).or(last).cloned(),
            own,
        }
    }
}

/// Where the recordings of a profile are, by name.
#[derive(Debug, Default)]
pub struct Homes {
    by_name: HashMap<String, Home>,
}

/// Where the recordings of one name are.
#[derive(Debug, Default)]
struct Home {
    /// Where rows disagree: the file that each place leads to. Without places that lead nowhere.
    own: HashMap<PathBuf, PathBuf>,
    /// What a row means that does not say, or whose file is gone.
    main: Option<PathBuf>,
}

impl Homes {
    /// The file that a row of `name` means which says `path`; `None` when nothing is known of it.
    pub fn of(&self, name: &str, path: Option<&Path>) -> Option<&Path> {
        let home = self.by_name.get(name)?;
        let own = path.and_then(|path| home.own.get(path));
        own.or(home.main.as_ref()).map(PathBuf::as_path)
    }
}

impl Store {
    /// Adds to `claims` where the recording of each name was last seen.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn read_known_places(&self, claims: &mut Claims) -> Result<(), StoreError> {
        self.read(|db| claims.read_known(db))
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    /// Files that are there, and what was asked.
    #[derive(Default)]
    struct Known {
        there: Vec<PathBuf>,
        asked: RefCell<Vec<PathBuf>>,
    }

    impl Files for Known {
        fn is_there(&self, path: &Path) -> bool {
            self.asked.borrow_mut().push(path.to_owned());
            self.there.iter().any(|there| there == path)
        }

        fn is_same(&self, a: &Path, b: &Path) -> bool {
            a == b
        }
    }

    fn claims(said: &[(&str, &str)]) -> Claims {
        let mut claims = Claims::default();
        for (name, path) in said {
            claims.say(name, Some(Path::new(path)));
        }
        claims
    }

    #[test]
    fn no_disk_is_asked_where_rows_agree() {
        let files = Known::default();
        let claims = claims(&[
            ("a.wav", "/x/a.wav"),
            ("b.wav", "/x/b.wav"),
            ("a.wav", "/x/a.wav"),
        ]);
        assert_eq!(claims.contested().count(), 0);
        let homes = claims.settle(&files);
        assert!(files.asked.borrow().is_empty());
        let said = Path::new("/elsewhere/a.wav");
        assert_eq!(homes.of("a.wav", Some(said)), Some(Path::new("/x/a.wav")));
        assert_eq!(homes.of("c.wav", None), None);
    }

    #[test]
    fn rows_that_disagree_mean_their_own_file_while_it_is_there_and_else_the_last_one_named() {
        let files = Known {
            there: ["/x/a.wav", "/y/a.wav"].map(PathBuf::from).to_vec(),
            ..Known::default()
        };
        let claims = claims(&[
            ("a.wav", "/x/a.wav"),
            ("a.wav", "/gone/a.wav"),
            ("a.wav", "/y/a.wav"),
        ]);
        assert_eq!(claims.contested().count(), 3);
        let homes = claims.settle(&files);
        for (said, meant) in [
            (Some("/x/a.wav"), "/x/a.wav"),
            (Some("/y/a.wav"), "/y/a.wav"),
            (Some("/gone/a.wav"), "/y/a.wav"),
            (None, "/y/a.wav"),
        ] {
            let home = homes.of("a.wav", said.map(Path::new));
            assert_eq!(home, Some(Path::new(meant)), "{said:?}");
        }
    }
}
