//! What this user chose that must not stand in the database: the folders instead of the platform's own, one of which is the place
//! of the database, and whether Earmark may delete takes, which no database that others write to may say.
//!
//! Read when an engine starts and whenever models are searched; written when the user chooses. Any thread but the audio
//! and GUI threads.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use directories::ProjectDirs;
use serde::{Deserialize, Serialize};

use super::whole_file::{Existing, write_whole};

const FILE: &str = "places.json";

/// What was chosen; `None` stands for the platform's own place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Places {
    /// The database file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database: Option<PathBuf>,
    /// The folder that takes are recorded in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub takes: Option<PathBuf>,
    /// The folder of the models that the user adds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub models: Option<PathBuf>,
    /// The folders that takes were recorded in before `takes`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub takes_before: Vec<PathBuf>,
    /// Takes without marks are deleted after so many days; 0 keeps them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unmarked_takes_days: Option<usize>,
}

impl Places {
    /// What this user has chosen; nothing where that cannot be read.
    pub fn load() -> Self {
        file()
            .map(|path| Self::load_from(&path))
            .unwrap_or_default()
    }

    /// Keeps the choice for this user.
    ///
    /// # Errors
    /// When there is no home folder or the file cannot be written; then the former choice stands.
    pub fn save(&self) -> io::Result<()> {
        let path = file().ok_or_else(|| io::Error::other(super::NoHome))?;
        self.save_to(&path)
    }

    /// What was chosen in the file at `path`; nothing where that cannot be read.
    pub fn load_from(path: &Path) -> Self {
        let text = match std::fs::read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Self::default(),
            Err(error) => {
                tracing::warn!("{} cannot be read: {error}", path.display());
                return Self::default();
            }
        };
        serde_json::from_slice(&text).unwrap_or_else(|error| {
            tracing::warn!("{} makes no sense: {error}", path.display());
            Self::default()
        })
    }

    /// Keeps the choice in the file at `path`.
    ///
    /// # Errors
    /// When the file cannot be written; then the former choice stands.
    pub fn save_to(&self, path: &Path) -> io::Result<()> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let text = serde_json::to_vec_pretty(self)?;
        // Half a file would send the next session to another database.
        write_whole(path, Existing::Replace, |out| out.write_all(&text))
    }
}

fn file() -> Option<PathBuf> {
    let folders = ProjectDirs::from("", "", "Earmark")?;
    Some(folders.config_local_dir().join(FILE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_read_back_and_what_was_not_chosen_stays_open() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/places.json");
        assert_eq!(Places::load_from(&path), Places::default());
        let chosen = Places {
            database: Some(PathBuf::from("/music/marks.db")),
            ..Places::default()
        };
        chosen.save_to(&path).unwrap();
        assert_eq!(Places::load_from(&path), chosen);
        let beside: Vec<_> = std::fs::read_dir(path.parent().unwrap()).unwrap().collect();
        assert_eq!(beside.len(), 1, "{beside:?}");
    }

    #[test]
    fn a_file_that_makes_no_sense_chooses_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        std::fs::write(&path, "{\"database\": 7").unwrap();
        assert_eq!(Places::load_from(&path), Places::default());
    }
}
