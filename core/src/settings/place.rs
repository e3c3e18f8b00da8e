//! The choices that belong to the user instead of the database: where each is in [`Places`]. Plain values; any thread.

use std::path::PathBuf;

use crate::platform::Places;

/// Which of the user's own choices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Database,
    Takes,
    Models,
    UnmarkedTakesDays,
}

impl Place {
    pub fn get(self, places: &Places) -> Option<String> {
        let path = match self {
            Self::Database => &places.database,
            Self::Takes => &places.takes,
            Self::Models => &places.models,
            Self::UnmarkedTakesDays => {
                return places.unmarked_takes_days.map(|days| days.to_string());
            }
        };
        path.as_ref().map(|path| path.display().to_string())
    }

    pub fn set(self, places: &mut Places, value: Option<String>) {
        match self {
            Self::Database => places.database = value.map(PathBuf::from),
            Self::Takes => {
                let before = std::mem::replace(&mut places.takes, value.map(PathBuf::from));
                // Its takes are still this user's.
                let is_new = |folder: &PathBuf| !places.takes_before.contains(folder);
                if let Some(before) = before.filter(is_new) {
                    places.takes_before.push(before);
                }
            }
            Self::Models => places.models = value.map(PathBuf::from),
            Self::UnmarkedTakesDays => {
                places.unmarked_takes_days = value.and_then(|days| days.parse().ok());
            }
        }
    }
}
