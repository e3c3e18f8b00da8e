//! The list of settings: the name, meaning, accepted values and start of effect of each. The command line and the window show
//! and change the same list.
//!
//! The database keeps most settings, so that every plugin on it shares them. [`Places`] keeps the paths for each user, because
//! a database cannot say where it is, and whether takes may be deleted, because any program can write to a database. Checking a path reads the disk: never do it on the audio or GUI thread.

mod appearance;
mod place;
mod value;

use std::ops::RangeInclusive;
use std::path::PathBuf;

use place::Place;

pub use appearance::{Appearance, Look, SpectrogramLook, StateColours, Theme};
pub use value::{SettingView, SettingsView};

use crate::config::default_inference_threads;
use crate::embed::{NoSuchProvider, Provider};
use crate::frequency::FrequencyScale;
use crate::platform::{self, Places};
use crate::store::{Store, StoreError, StoreHandle};

/// Threads that a model runs on.
pub const INFERENCE_THREADS: &str = "inference_threads";
/// The device that runs the models.
pub const EXECUTION_PROVIDER: &str = "execution_provider";
/// Versions kept of every recording's results.
pub const VERSIONS_KEPT: &str = "versions_kept";
/// Days after which Earmark deletes a take without marks; 0 keeps all.
pub const UNMARKED_TAKES_DAYS: &str = "unmarked_takes_days";
/// Largest size of the embedding cache, in gigabytes.
pub const EMBEDDINGS_GB: &str = "embeddings_gb";
/// The colour theme of the window.
pub const THEME: &str = "theme";
/// The colours of region states.
pub const STATE_COLOURS: &str = "state_colours";
/// Size of everything in the window.
pub const SCALE_PERCENT: &str = "scale_percent";
/// How the spectrogram lays out frequencies.
pub const SPECTROGRAM_SCALE: &str = "spectrogram_scale";
/// How bright the spectrogram is.
pub const SPECTROGRAM_BRIGHTNESS: &str = "spectrogram_brightness";
/// How much the spectrogram makes of differences in level.
pub const SPECTROGRAM_CONTRAST: &str = "spectrogram_contrast";
/// The database file.
pub const DATABASE: &str = "database";
/// The folder that takes are recorded in.
pub const TAKES_FOLDER: &str = "takes_folder";
/// The folder of the models that the user adds.
pub const MODELS_FOLDER: &str = "models_folder";

/// Scan versions that Earmark keeps by default; 8-cut's number.
const DEFAULT_VERSIONS_KEPT: usize = 5;
/// Some 500 hours with the default model.
const DEFAULT_EMBEDDINGS_GB: usize = 10;
/// When a new limit for automatic deletion takes effect: later, so that the user can see first what Earmark will delete.
const NEXT_CLEANUP: &str =
    "when you next open the settings, and one minute after the next start of the host";

/// Something that the user can choose.
#[derive(Debug)]
pub struct Setting {
    pub key: &'static str,
    /// The key that older versions used, which is still read and accepted.
    old_key: Option<&'static str>,
    /// The label in the window.
    pub name: &'static str,
    /// One sentence for people, without the full stop.
    pub meaning: &'static str,
    pub accepts: Accepts,
    /// When a new value takes effect, in words.
    pub holds: &'static str,
    kept: Kept,
    /// The environment variable that overrides it, if any.
    pub variable: Option<&'static str>,
}

/// The values that a setting accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Accepts {
    Count(RangeInclusive<usize>),
    OneOf(&'static [&'static str]),
    /// The path of a folder that exists.
    Folder,
    /// The path of a database, or of a new one in a folder that exists.
    Database,
}

/// What keeps the choice.
#[derive(Debug, Clone, Copy)]
enum Kept {
    InDatabase,
    InPlaces(Place),
}

/// Every setting, in the order of the window.
pub static SETTINGS: [Setting; 14] = [
    Setting {
        key: THEME,
        old_key: Some("ground"),
        name: "Theme",
        meaning: "the colours of the window",
        accepts: Accepts::OneOf(Theme::NAMES),
        holds: "at once",
        kept: Kept::InDatabase,
        variable: None,
    },
    Setting {
        key: STATE_COLOURS,
        old_key: None,
        name: "State colours",
        meaning: "the colours of region states; every kind of colour vision can tell the safe ones apart",
        accepts: Accepts::OneOf(StateColours::NAMES),
        holds: "at once",
        kept: Kept::InDatabase,
        variable: None,
    },
    Setting {
        key: SCALE_PERCENT,
        old_key: None,
        name: "Size",
        meaning: "the size of everything in the window, in percent",
        accepts: Accepts::Count(100..=200),
        holds: "at once",
        kept: Kept::InDatabase,
        variable: None,
    },
    Setting {
        key: SPECTROGRAM_SCALE,
        old_key: None,
        name: "Frequency scale",
        meaning: "how the spectrogram lays out frequencies",
        accepts: Accepts::OneOf(FrequencyScale::NAMES),
        holds: "at once",
        kept: Kept::InDatabase,
        variable: None,
    },
    Setting {
        key: SPECTROGRAM_BRIGHTNESS,
        old_key: None,
        name: "Spectrogram brightness",
        meaning: "how bright the spectrogram is, from 0 to 100",
        accepts: Accepts::Count(0..=100),
        holds: "at once",
        kept: Kept::InDatabase,
        variable: None,
    },
    Setting {
        key: SPECTROGRAM_CONTRAST,
        old_key: None,
        name: "Spectrogram contrast",
        meaning: "how clearly the spectrogram tells levels apart, from 0 to 100",
        accepts: Accepts::Count(0..=100),
        holds: "at once",
        kept: Kept::InDatabase,
        variable: None,
    },
    Setting {
        key: VERSIONS_KEPT,
        old_key: None,
        name: "Versions kept",
        meaning: "the number of versions that Earmark keeps of each take, besides pinned and edited ones",
        accepts: Accepts::Count(1..=1000),
        holds: "from the next scan",
        kept: Kept::InDatabase,
        variable: None,
    },
    Setting {
        key: UNMARKED_TAKES_DAYS,
        old_key: None,
        name: "Keep unmarked takes (days)",
        meaning: "Earmark deletes a take without marks after this many days; 0 keeps all takes",
        accepts: Accepts::Count(0..=3650),
        holds: NEXT_CLEANUP,
        kept: Kept::InPlaces(Place::UnmarkedTakesDays),
        variable: None,
    },
    Setting {
        key: EMBEDDINGS_GB,
        old_key: None,
        name: "Embedding cache (GB)",
        meaning: "the largest size of the cache; Earmark deletes the embeddings that nobody used for longest and computes them again when it needs them",
        accepts: Accepts::Count(1..=10_000),
        holds: NEXT_CLEANUP,
        kept: Kept::InDatabase,
        variable: None,
    },
    Setting {
        key: INFERENCE_THREADS,
        old_key: None,
        name: "Model threads",
        meaning: "the number of threads for a model; the default leaves one core to the host",
        accepts: Accepts::Count(1..=1024),
        holds: "from the next start of the host",
        kept: Kept::InDatabase,
        variable: Some("EARMARK_INFERENCE_THREADS"),
    },
    Setting {
        key: EXECUTION_PROVIDER,
        old_key: None,
        name: "Run models on",
        meaning: "the device that runs the models; Earmark uses the CPU where this device is not available",
        accepts: Accepts::OneOf(&Provider::NAMES),
        holds: "from the next start of the host",
        kept: Kept::InDatabase,
        variable: Some("EARMARK_EXECUTION_PROVIDER"),
    },
    Setting {
        key: DATABASE,
        old_key: None,
        name: "Database",
        meaning: "the file with all marks and results; Earmark copies nothing when you choose another",
        accepts: Accepts::Database,
        holds: "from the next start of the host",
        kept: Kept::InPlaces(Place::Database),
        variable: Some("EARMARK_DB"),
    },
    Setting {
        key: TAKES_FOLDER,
        old_key: None,
        name: "Takes folder",
        meaning: "the folder for new takes; existing takes stay where they are",
        accepts: Accepts::Folder,
        holds: "from the next start of the host",
        kept: Kept::InPlaces(Place::Takes),
        variable: Some("EARMARK_TAKES"),
    },
    Setting {
        key: MODELS_FOLDER,
        old_key: None,
        name: "Models folder",
        meaning: "the folder with the models that you add",
        accepts: Accepts::Folder,
        holds: "at once",
        kept: Kept::InPlaces(Place::Models),
        variable: Some(platform::MODELS_VARIABLE),
    },
];

/// Why a setting was not changed.
#[derive(Debug, thiserror::Error)]
pub enum SettingError {
    #[error("there is no setting {key}: run `earmark settings` for the list")]
    NoSuchSetting { key: String },
    #[error("{key} cannot be {value}: use {wanted}, or `default` for the default value")]
    Refused {
        key: &'static str,
        value: String,
        wanted: String,
    },
    #[error(
        "Earmark could not save {key} ({source}): free some disk space, or allow writing in your settings folder"
    )]
    NotKept {
        key: &'static str,
        source: std::io::Error,
    },
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Setting {
    /// The setting called `key`, now or in an older version.
    ///
    /// # Errors
    /// [`SettingError::NoSuchSetting`].
    pub fn find(key: &str) -> Result<&'static Self, SettingError> {
        let found = SETTINGS
            .iter()
            .find(|setting| setting.key == key || setting.old_key == Some(key));
        found.ok_or_else(|| SettingError::NoSuchSetting {
            key: key.to_owned(),
        })
    }

    /// The value while the user has chosen none. Empty for a path when the user has no home folder.
    pub fn default_value(&self) -> String {
        let folder = |of: fn(platform::UserFolders) -> PathBuf| {
            let folders = platform::user_folders_unless_chosen().ok().map(of);
            folders.map_or_else(String::new, |path| path.display().to_string())
        };
        match self.key {
            THEME => Theme::default().name().to_owned(),
            STATE_COLOURS => StateColours::default().name().to_owned(),
            SCALE_PERCENT => Appearance::default().scale_percent.to_string(),
            SPECTROGRAM_SCALE => FrequencyScale::default().name().to_owned(),
            SPECTROGRAM_BRIGHTNESS => SpectrogramLook::default().brightness.to_string(),
            SPECTROGRAM_CONTRAST => SpectrogramLook::default().contrast.to_string(),
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

    /// The user's choice from the open database or from `places`, if it makes sense.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn chosen(&self, store: &Store, places: &Places) -> Result<Option<String>, StoreError> {
        match self.kept {
            Kept::InDatabase => {
                let value = match (store.setting(self.key)?, self.old_key) {
                    (None, Some(old_key)) => store.setting(old_key)?,
                    (value, _) => value,
                };
                Ok(value.filter(|value| self.is_sane(value)))
            }
            Kept::InPlaces(_) => Ok(self.chosen_place(places)),
        }
    }

    /// As [`Self::chosen`], but opens the database only for the settings that it keeps: a broken database hides no path.
    ///
    /// # Errors
    /// When the database does not open.
    pub fn chosen_in(&self, store: &StoreHandle) -> Result<Option<String>, StoreError> {
        let places = store.places();
        match self.kept {
            Kept::InDatabase => store.with(|store| self.chosen(store, &places)),
            Kept::InPlaces(_) => Ok(self.chosen_place(&places)),
        }
    }

    /// Saves `value` as the choice, or with `None` goes back to the default.
    ///
    /// # Errors
    /// [`SettingError::Refused`] when the setting does not accept the value; other errors when Earmark cannot save it.
    pub fn choose(&self, store: &StoreHandle, value: Option<&str>) -> Result<(), SettingError> {
        let value = value.map(|value| self.check(value)).transpose()?;
        match self.kept {
            Kept::InDatabase => {
                // An empty value is none: rows of this table are never deleted.
                let kept = value.unwrap_or_default();
                Ok(store.with(|store| store.set_setting(self.key, &kept))?)
            }
            Kept::InPlaces(place) => {
                let mut places = store.places();
                place.set(&mut places, value);
                let kept = store.save_places(&places);
                kept.map_err(|source| SettingError::NotKept {
                    key: self.key,
                    source,
                })
            }
        }
    }

    /// Whether the database keeps the choice.
    pub fn is_in_database(&self) -> bool {
        matches!(self.kept, Kept::InDatabase)
    }

    /// The environment variable that overrides the choice, if it is set.
    pub fn overruled_by(&self) -> Option<&'static str> {
        self.variable
            .filter(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
    }

    fn chosen_place(&self, places: &Places) -> Option<String> {
        match self.kept {
            Kept::InDatabase => None,
            Kept::InPlaces(place) => {
                let is_count = matches!(self.accepts, Accepts::Count(_));
                let value = place.get(places);
                value.filter(|value| !is_count || self.is_sane(value))
            }
        }
    }
}

/// The device that runs the models: the environment's choice first, then the database's. Never waits for the database: without
/// a readable and sane choice the CPU runs them.
///
/// # Errors
/// When the environment names a provider that does not exist.
pub fn execution_provider(store: &StoreHandle) -> Result<Provider, NoSuchProvider> {
    if let Some(named) = Provider::from_environment()? {
        return Ok(named);
    }
    let setting = store.with(|store| store.setting(EXECUTION_PROVIDER));
    let chosen = setting.ok().flatten().and_then(|name| name.parse().ok());
    Ok(chosen.unwrap_or_default())
}

/// How many scan versions Earmark keeps of every recording, profile and model.
///
/// # Errors
/// When the database cannot be read.
pub fn versions_kept(store: &Store) -> Result<usize, StoreError> {
    Ok(chosen_count(store, VERSIONS_KEPT)?.unwrap_or(DEFAULT_VERSIONS_KEPT))
}

/// Days after which this user lets Earmark delete a take without marks; 0 for never.
pub(crate) fn unmarked_takes_days(places: &Places) -> usize {
    let setting = Setting::find(UNMARKED_TAKES_DAYS).ok();
    let chosen = setting.and_then(|setting| setting.chosen_place(places));
    chosen.and_then(|days| days.parse().ok()).unwrap_or(0)
}

/// The number of the setting `key` in the database, or its default where the database has no sane choice.
pub(crate) fn chosen_count(store: &Store, key: &str) -> Result<Option<usize>, StoreError> {
    let Ok(setting) = Setting::find(key) else {
        return Ok(None);
    };
    let chosen = setting.chosen(store, &Places::default())?;
    let value = chosen.unwrap_or_else(|| setting.default_value());
    Ok(value.parse().ok())
}
