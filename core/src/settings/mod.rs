//! The settings: one list of what there is, what it means, what it may be and from when it holds. The command line and the
//! window show and change the same list.
//!
//! Most belong to the database, so that every plugin on it follows them; where things are kept belongs to the user, in
//! [`Places`], because a database cannot say where it is. Checking a path looks at the disk: any thread but the audio
//! and GUI threads.

mod appearance;
mod value;

use std::ops::RangeInclusive;
use std::path::PathBuf;

pub use appearance::{Appearance, Ground, Look, StateColours};
pub use value::{SettingView, SettingsView};

use crate::config::default_inference_threads;
use crate::embed::{NoSuchProvider, Provider};
use crate::platform::{self, Places};
use crate::store::{Store, StoreError, StoreHandle};

/// Threads that a model runs on.
pub const INFERENCE_THREADS: &str = "inference_threads";
/// What models run on.
pub const EXECUTION_PROVIDER: &str = "execution_provider";
/// Versions kept of every recording's results.
pub const VERSIONS_KEPT: &str = "versions_kept";
pub use crate::store::UNMARKED_TAKES_DAYS;
/// Gigabytes of embeddings that are kept.
pub const EMBEDDINGS_GB: &str = "embeddings_gb";
/// What the window is drawn on.
pub const GROUND: &str = "ground";
/// How the window tells states apart by colour.
pub const STATE_COLOURS: &str = "state_colours";
/// Size of everything in the window.
pub const SCALE_PERCENT: &str = "scale_percent";
/// The database file.
pub const DATABASE: &str = "database";
/// The folder that takes are recorded in.
pub const TAKES_FOLDER: &str = "takes_folder";
/// The folder of the models that the user adds.
pub const MODELS_FOLDER: &str = "models_folder";

/// Scan versions kept when nothing else is asked for; 8-cut's number.
const DEFAULT_VERSIONS_KEPT: usize = 5;
/// Some 500 hours by the default model.
const DEFAULT_EMBEDDINGS_GB: usize = 10;
/// From when on a choice of what goes by itself holds: not at once, so that what would go can be looked at before.
const NEXT_LOOK: &str =
    "when the settings are next opened, and a minute after the host's next start";

/// Something that can be chosen.
#[derive(Debug)]
pub struct Setting {
    pub key: &'static str,
    /// What a window calls it.
    pub name: &'static str,
    /// In words, for people.
    pub meaning: &'static str,
    pub accepts: Accepts,
    /// From when a new value holds, in words.
    pub holds: &'static str,
    kept: Kept,
    /// The environment variable that comes before it, if any.
    pub variable: Option<&'static str>,
}

/// What a setting can be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Accepts {
    Count(RangeInclusive<usize>),
    OneOf(&'static [&'static str]),
    /// The path of a folder that exists.
    Folder,
    /// The path of a database, or of one to be made in a folder that exists.
    Database,
}

/// Where the choice is remembered.
#[derive(Debug, Clone, Copy)]
enum Kept {
    InDatabase,
    InPlaces(fn(&mut Places) -> &mut Option<PathBuf>),
}

/// Every setting, in the order in which they are shown.
pub static SETTINGS: [Setting; 11] = [
    Setting {
        key: GROUND,
        name: "Ground",
        meaning: "what the window is drawn on",
        accepts: Accepts::OneOf(Ground::NAMES),
        holds: "at once",
        kept: Kept::InDatabase,
        variable: None,
    },
    Setting {
        key: STATE_COLOURS,
        name: "State colours",
        meaning: "colours of the regions' states; safe ones are told apart by every kind of colour vision",
        accepts: Accepts::OneOf(StateColours::NAMES),
        holds: "at once",
        kept: Kept::InDatabase,
        variable: None,
    },
    Setting {
        key: SCALE_PERCENT,
        name: "Size",
        meaning: "size of everything in the window, in percent",
        accepts: Accepts::Count(100..=200),
        holds: "at once",
        kept: Kept::InDatabase,
        variable: None,
    },
    Setting {
        key: VERSIONS_KEPT,
        name: "Versions kept",
        meaning: "versions kept of each take's results; pinned and edited ones stay besides",
        accepts: Accepts::Count(1..=1000),
        holds: "from the next scan",
        kept: Kept::InDatabase,
        variable: None,
    },
    Setting {
        key: UNMARKED_TAKES_DAYS,
        name: "Unmarked takes, days",
        meaning: "days after which a take that holds nothing of yours goes by itself; 0 keeps all of them",
        accepts: Accepts::Count(0..=3650),
        holds: NEXT_LOOK,
        kept: Kept::InDatabase,
        variable: None,
    },
    Setting {
        key: EMBEDDINGS_GB,
        name: "Embeddings, GB",
        meaning: "gigabytes of cached embeddings kept; what was used longest ago goes first, and is computed again when needed",
        accepts: Accepts::Count(1..=10_000),
        holds: NEXT_LOOK,
        kept: Kept::InDatabase,
        variable: None,
    },
    Setting {
        key: INFERENCE_THREADS,
        name: "Threads",
        meaning: "threads a model runs on in a host; the default leaves the host a core",
        accepts: Accepts::Count(1..=1024),
        holds: "from the next start of the host",
        kept: Kept::InDatabase,
        variable: Some("EARMARK_INFERENCE_THREADS"),
    },
    Setting {
        key: EXECUTION_PROVIDER,
        name: "Runs on",
        meaning: "what models run on; where it cannot be used, the processor",
        accepts: Accepts::OneOf(&Provider::NAMES),
        holds: "from the next start of the host",
        kept: Kept::InDatabase,
        variable: Some("EARMARK_EXECUTION_PROVIDER"),
    },
    Setting {
        key: DATABASE,
        name: "Database",
        meaning: "the file of all marks and results; choosing another one copies nothing",
        accepts: Accepts::Database,
        holds: "from the next start of the host",
        kept: Kept::InPlaces(|places| &mut places.database),
        variable: Some("EARMARK_DB"),
    },
    Setting {
        key: TAKES_FOLDER,
        name: "Takes folder",
        meaning: "where takes are recorded; those that exist stay where they are",
        accepts: Accepts::Folder,
        holds: "from the next start of the host",
        kept: Kept::InPlaces(|places| &mut places.takes),
        variable: Some("EARMARK_TAKES"),
    },
    Setting {
        key: MODELS_FOLDER,
        name: "Models folder",
        meaning: "where models that you add are looked for",
        accepts: Accepts::Folder,
        holds: "at once",
        kept: Kept::InPlaces(|places| &mut places.models),
        variable: Some(platform::MODELS_VARIABLE),
    },
];

/// Why a setting was not changed.
#[derive(Debug, thiserror::Error)]
pub enum SettingError {
    #[error("there is no setting {key}: `earmark settings` lists them")]
    NoSuchSetting { key: String },
    #[error("{key} cannot be {value}: give {wanted}, or `default` to take back what was chosen")]
    Refused {
        key: &'static str,
        value: String,
        wanted: String,
    },
    #[error(
        "the choice of {key} could not be kept ({source}): free some disk space, or allow writing in your settings folder"
    )]
    NotKept {
        key: &'static str,
        source: std::io::Error,
    },
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Setting {
    /// The setting called `key`.
    ///
    /// # Errors
    /// [`SettingError::NoSuchSetting`].
    pub fn find(key: &str) -> Result<&'static Self, SettingError> {
        let found = SETTINGS.iter().find(|setting| setting.key == key);
        found.ok_or_else(|| SettingError::NoSuchSetting {
            key: key.to_owned(),
        })
    }

    /// What holds when nothing was chosen. Empty when there is no home folder to keep things in.
    pub fn default_value(&self) -> String {
        let folder = |of: fn(platform::UserFolders) -> PathBuf| {
            let folders = platform::user_folders_unless_chosen().ok().map(of);
            folders.map_or_else(String::new, |path| path.display().to_string())
        };
        match self.key {
            GROUND => Ground::default().name().to_owned(),
            STATE_COLOURS => StateColours::default().name().to_owned(),
            SCALE_PERCENT => Appearance::default().scale_percent.to_string(),
            VERSIONS_KEPT => DEFAULT_VERSIONS_KEPT.to_string(),
            UNMARKED_TAKES_DAYS => String::from("0"),
            EMBEDDINGS_GB => DEFAULT_EMBEDDINGS_GB.to_string(),
            INFERENCE_THREADS => default_inference_threads().to_string(),
            EXECUTION_PROVIDER => String::from("cpu"),
            DATABASE => Store::default_path(None)
                .map_or_else(|_| String::new(), |path| path.display().to_string()),
            TAKES_FOLDER => folder(|folders| folders.takes),
            MODELS_FOLDER => folder(|folders| folders.models),
            _ => String::new(),
        }
    }

    /// What was chosen, if it makes sense: an open database is asked, or `places`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn chosen(&self, store: &Store, places: &Places) -> Result<Option<String>, StoreError> {
        match self.kept {
            Kept::InDatabase => {
                let value = store.setting(self.key)?;
                Ok(value.filter(|value| self.is_sane(value)))
            }
            Kept::InPlaces(_) => Ok(self.chosen_place(places)),
        }
    }

    /// As [`Self::chosen`], opening the database only for what is kept there: where it is can be told of a broken one.
    ///
    /// # Errors
    /// When the database does not open.
    pub fn chosen_in(&self, store: &StoreHandle) -> Result<Option<String>, StoreError> {
        let places = Places::load();
        match self.kept {
            Kept::InDatabase => store.with(|store| self.chosen(store, &places)),
            Kept::InPlaces(_) => Ok(self.chosen_place(&places)),
        }
    }

    /// Chooses `value`, or with `None` what holds by default.
    ///
    /// # Errors
    /// [`SettingError::Refused`] when it cannot be that; otherwise when the choice cannot be kept.
    pub fn choose(&self, store: &StoreHandle, value: Option<&str>) -> Result<(), SettingError> {
        let value = value.map(|value| self.check(value)).transpose()?;
        match self.kept {
            Kept::InDatabase => {
                // An empty value is none: rows of this table are never deleted.
                let kept = value.unwrap_or_default();
                Ok(store.with(|store| store.set_setting(self.key, &kept))?)
            }
            Kept::InPlaces(place) => {
                let mut places = Places::load();
                *place(&mut places) = value.map(PathBuf::from);
                places.save().map_err(|source| SettingError::NotKept {
                    key: self.key,
                    source,
                })
            }
        }
    }

    /// Whether the choice is kept in the database.
    pub fn is_in_database(&self) -> bool {
        matches!(self.kept, Kept::InDatabase)
    }

    /// The environment variable that comes before the choice, if it is set.
    pub fn overruled_by(&self) -> Option<&'static str> {
        self.variable
            .filter(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
    }

    fn chosen_place(&self, places: &Places) -> Option<String> {
        match self.kept {
            Kept::InDatabase => None,
            Kept::InPlaces(place) => {
                let mut places = places.clone();
                let path = place(&mut places).take();
                path.map(|path| path.display().to_string())
            }
        }
    }
}

/// What models run on: the environment's word first, then the database's. Never waits for the database: whoever cannot read
/// it, or finds nonsense there, gets the processor.
///
/// # Errors
/// When the environment names no provider there is.
pub fn execution_provider(store: &StoreHandle) -> Result<Provider, NoSuchProvider> {
    if let Some(named) = Provider::from_environment()? {
        return Ok(named);
    }
    let setting = store.with(|store| store.setting(EXECUTION_PROVIDER));
    let chosen = setting.ok().flatten().and_then(|name| name.parse().ok());
    Ok(chosen.unwrap_or_default())
}

/// How many scan versions are kept of every recording, profile and model.
///
/// # Errors
/// When the database cannot be read.
pub fn versions_kept(store: &Store) -> Result<usize, StoreError> {
    Ok(chosen_count(store, VERSIONS_KEPT)?.unwrap_or(DEFAULT_VERSIONS_KEPT))
}

/// The number that the setting `key`, which is kept in the database, stands at; its default where nothing sane was chosen.
pub(crate) fn chosen_count(store: &Store, key: &str) -> Result<Option<usize>, StoreError> {
    let Ok(setting) = Setting::find(key) else {
        return Ok(None);
    };
    let chosen = setting.chosen(store, &Places::default())?;
    let value = chosen.unwrap_or_else(|| setting.default_value());
    Ok(value.parse().ok())
}
