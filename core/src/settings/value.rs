//! The values of settings: which ones make sense, and all of them as the window shows them.
//!
//! Checking a path reads the disk: never do it on the audio or GUI thread.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::{
    Accepts, Appearance, Look, SCALE_PERCENT, SETTINGS, SPECTROGRAM_BRIGHTNESS,
    SPECTROGRAM_CONTRAST, SPECTROGRAM_SCALE, STATE_COLOURS, Setting, SettingError, SpectrogramLook,
    StateColours, THEME, Theme,
};
use crate::frequency::FrequencyScale;
use crate::platform::Places;
use crate::store::{Store, StoreError, StoreHandle};

/// The first bytes of every SQLite database.
const SQLITE_MAGIC: &[u8] = b"SQLite format 3\0";

/// One setting and its present value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingView {
    pub setting: &'static Setting,
    /// `None` stands for the default.
    pub chosen: Option<String>,
    pub default: String,
    /// The environment variable that overrides both.
    pub overruled_by: Option<&'static str>,
}

impl PartialEq for Setting {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Setting {}

impl SettingView {
    /// The value, which takes effect when the setting says.
    pub fn value(&self) -> &str {
        self.chosen.as_deref().unwrap_or(&self.default)
    }
}

/// All settings and their present values.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SettingsView {
    /// `None` while Earmark cannot read the database.
    pub appearance: Option<Appearance>,
    /// Without the settings of the database while Earmark cannot read it.
    pub settings: Vec<SettingView>,
    /// The path of the database in use.
    pub database: PathBuf,
}

impl SettingsView {
    /// Reads all settings.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn read(store: &Store, places: &Places) -> Result<Self, StoreError> {
        let settings = SETTINGS
            .iter()
            .map(|setting| Ok(view_of(setting, setting.chosen(store, places)?)))
            .collect::<Result<Vec<_>, StoreError>>()?;
        let mut view = Self {
            appearance: None,
            settings,
            database: store.path().to_owned(),
        };
        view.appearance = Some(view.appearance_chosen());
        Ok(view)
    }

    /// The settings that Earmark can read without the database of `store`.
    pub fn without_database(store: &StoreHandle) -> Self {
        let places = store.places();
        let settings = SETTINGS.iter().filter(|setting| !setting.is_in_database());
        Self {
            appearance: None,
            settings: settings
                .map(|setting| view_of(setting, setting.chosen_place(&places)))
                .collect(),
            database: store.path().to_owned(),
        }
    }

    fn appearance_chosen(&self) -> Appearance {
        let value = |key| self.get(key).map_or("", SettingView::value);
        Appearance {
            look: Look {
                theme: Theme::named(value(THEME)).unwrap_or_default(),
                states: StateColours::named(value(STATE_COLOURS)).unwrap_or_default(),
            },
            spectrogram: SpectrogramLook {
                scale: FrequencyScale::named(value(SPECTROGRAM_SCALE)).unwrap_or_default(),
                brightness: value(SPECTROGRAM_BRIGHTNESS)
                    .parse()
                    .unwrap_or(SpectrogramLook::default().brightness),
                contrast: value(SPECTROGRAM_CONTRAST)
                    .parse()
                    .unwrap_or(SpectrogramLook::default().contrast),
            },
            scale_percent: value(SCALE_PERCENT)
                .parse()
                .unwrap_or(Appearance::default().scale_percent),
        }
    }

    /// The setting called `key`.
    pub fn get(&self, key: &str) -> Option<&SettingView> {
        self.settings.iter().find(|view| view.setting.key == key)
    }
}

fn view_of(setting: &'static Setting, chosen: Option<String>) -> SettingView {
    SettingView {
        setting,
        chosen,
        default: setting.default_value(),
        overruled_by: setting.overruled_by(),
    }
}

impl Setting {
    /// `value` as Earmark saves it.
    ///
    /// # Errors
    /// [`SettingError::Refused`] when the setting does not accept it; the message says what it accepts.
    pub fn check(&self, value: &str) -> Result<String, SettingError> {
        let value = value.trim();
        let refuse = |wanted: String| SettingError::Refused {
            key: self.key,
            value: value.to_owned(),
            wanted,
        };
        match &self.accepts {
            Accepts::Count(range) => value
                .parse::<usize>()
                .ok()
                .filter(|count| range.contains(count))
                .map(|count| count.to_string())
                .ok_or_else(|| {
                    let (from, to) = (range.start(), range.end());
                    refuse(format!("a whole number from {from} to {to}"))
                }),
            Accepts::OneOf(names) => {
                if names.contains(&value) {
                    Ok(value.to_owned())
                } else {
                    Err(refuse(format!("one of {}", names.join(", "))))
                }
            }
            Accepts::Folder => {
                let path = Path::new(value);
                if path.is_absolute() && path.is_dir() {
                    Ok(value.to_owned())
                } else {
                    Err(refuse(String::from(
                        "the whole path of a folder that exists",
                    )))
                }
            }
            Accepts::Database => {
                let path = Path::new(value);
                let folder_exists = path.parent().is_some_and(Path::is_dir);
                if path.is_absolute() && folder_exists && may_be_database(path) {
                    Ok(value.to_owned())
                } else {
                    Err(refuse(String::from(
                        "the whole path of a database, or of a new file in a folder that exists",
                    )))
                }
            }
        }
    }

    /// Whether to use a value from the database, where any program can write.
    pub(super) fn is_sane(&self, value: &str) -> bool {
        !value.is_empty() && self.check(value).is_ok()
    }
}

/// Whether `path` is a database, or free for a new one.
fn may_be_database(path: &Path) -> bool {
    if !path.exists() {
        return true;
    }
    let mut start = Vec::new();
    let read = File::open(path).and_then(|file| {
        let length = SQLITE_MAGIC.len() as u64;
        file.take(length).read_to_end(&mut start)
    });
    // SQLite makes a database of an empty file.
    path.is_file() && read.is_ok() && (start.is_empty() || start == SQLITE_MAGIC)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{
        DATABASE, INFERENCE_THREADS, TAKES_FOLDER, VERSIONS_KEPT, versions_kept,
    };

    fn find(key: &str) -> &'static Setting {
        Setting::find(key).unwrap()
    }

    #[test]
    fn every_default_is_a_value_that_would_be_accepted_or_a_place_to_be_made() {
        for setting in &SETTINGS {
            let default = setting.default_value();
            match setting.accepts {
                Accepts::Count(_) | Accepts::OneOf(_) => {
                    assert_eq!(setting.check(&default).unwrap(), default, "{}", setting.key);
                }
                Accepts::Folder | Accepts::Database => assert!(Path::new(&default).is_absolute()),
            }
        }
    }

    #[test]
    fn a_value_that_makes_no_sense_is_refused_and_the_error_says_what_is_accepted() {
        for (key, value, wanted) in [
            (INFERENCE_THREADS, "0", "a whole number from 1"),
            (VERSIONS_KEPT, "many", "a whole number from 1"),
            (SCALE_PERCENT, "300", "from 100 to 200"),
            (THEME, "pink", "one of dark, light, neutral"),
            (TAKES_FOLDER, "takes", "a folder that exists"),
            (DATABASE, "/no/such/folder/earmark.db", "folder that exists"),
        ] {
            let refused = find(key).check(value).unwrap_err().to_string();
            assert!(refused.contains(wanted), "{refused}");
        }
        let unknown = Setting::find("colour").unwrap_err().to_string();
        assert!(unknown.contains("no setting colour"), "{unknown}");
    }

    #[test]
    fn a_database_is_chosen_only_where_one_is_or_can_be_made() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        Store::open(&folder.path().join("is.db")).unwrap();
        std::fs::write(folder.path().join("empty.db"), "").unwrap();
        std::fs::write(folder.path().join("letter.txt"), "dear all").unwrap();
        let accepts = |name: &str| find(DATABASE).check(&path(name)).is_ok();
        assert!(accepts("is.db") && accepts("empty.db") && accepts("new.db"));
        assert!(!accepts("letter.txt") && !accepts("") && !accepts("no/new.db"));
    }

    #[test]
    fn a_choice_is_kept_until_the_default_is_asked_for_and_nonsense_in_the_database_is_passed_by() {
        let folder = tempfile::tempdir().unwrap();
        let store = StoreHandle::new(Some(folder.path().join("earmark.db"))).unwrap();
        let kept = || store.with(|store| versions_kept(store)).unwrap();
        assert_eq!(kept(), 5);
        find(VERSIONS_KEPT).choose(&store, Some(" 9 ")).unwrap();
        assert_eq!(kept(), 9);
        find(VERSIONS_KEPT).choose(&store, None).unwrap();
        assert_eq!(kept(), 5);
        store
            .with(|store| {
                store.set_setting(VERSIONS_KEPT, "-3")?;
                store.set_setting(THEME, "light")?;
                store.set_setting(SCALE_PERCENT, "150")
            })
            .unwrap();
        assert_eq!(kept(), 5);
        let view = store
            .with(|store| SettingsView::read(store, &Places::default()))
            .unwrap();
        let appearance = view.appearance.unwrap();
        assert_eq!(appearance.look.theme, Theme::Light);
        assert!((appearance.scale() - 1.5).abs() < 1e-6);
        assert_eq!(view.get(VERSIONS_KEPT).unwrap().value(), "5");
    }

    #[test]
    fn the_theme_is_read_under_the_key_of_older_versions_until_the_user_chooses_again() {
        let folder = tempfile::tempdir().unwrap();
        let store = StoreHandle::new(Some(folder.path().join("earmark.db"))).unwrap();
        let theme = || {
            let view = store.with(|store| SettingsView::read(store, &Places::default()));
            view.unwrap().appearance.unwrap().look.theme
        };
        store
            .with(|store| store.set_setting("ground", "light"))
            .unwrap();
        assert_eq!(theme(), Theme::Light);
        assert_eq!(find("ground"), find(THEME));
        find("ground").choose(&store, Some("neutral")).unwrap();
        assert_eq!(theme(), Theme::Neutral);
        find(THEME).choose(&store, None).unwrap();
        assert_eq!(theme(), Theme::Dark);
    }
}
