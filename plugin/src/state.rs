//! What one plugin instance remembers in the host's project, besides its parameters.
//!
//! Written by the window and by activation, read when the host saves. The lock is held for a copy at most and is
//! never taken on the audio thread.

use std::sync::OnceLock;

use earmark_core::audition::AuditionMode;
use earmark_core::store::SourceId;
use nice_plug::params::persist::PersistentField;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

/// Size of a window nobody has resized yet, in logical points.
pub const DEFAULT_WINDOW_SIZE: (u32, u32) = (1040, 680);

/// Smallest window in which nothing is cut off, in logical points.
pub const MIN_WINDOW_SIZE: (u32, u32) = (760, 480);

/// The saved fields. A field missing from an older project takes its default, an unknown one is ignored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SavedState {
    /// Identifies what this instance listens to across sessions; `None` until the first activation.
    ///
    /// A host that duplicates a track copies the state and with it the id; the copy gets an id of its own when the engine
    /// takes it in.
    pub source_id: Option<SourceId>,
    pub source_name: String,
    /// The user typed the name; the host's track name no longer replaces it.
    pub name_edited: bool,
    /// Empty for the engine's default.
    pub profile: String,
    /// Key of the model on show; empty for the engine's default.
    pub model: String,
    /// Timestamp of the version on show; `None` follows the newest.
    pub version: Option<String>,
    /// Class the P key confirms as; empty until the first confirmation.
    pub last_class: String,
    pub audition: AuditionSettings,
    /// Width and height of the window in logical points.
    pub window_size: (u32, u32),
}

/// How regions are played to the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AuditionSettings {
    /// What becomes of the track meanwhile; `None` plays nothing and leaves Space to the host.
    pub mode: Option<AuditionMode>,
    /// Play whatever is selected, as soon as it is.
    pub follows_selection: bool,
}

impl Default for AuditionSettings {
    fn default() -> Self {
        Self {
            mode: Some(AuditionMode::Replace),
            follows_selection: false,
        }
    }
}

impl Default for SavedState {
    fn default() -> Self {
        Self {
            source_id: None,
            source_name: String::new(),
            name_edited: false,
            profile: String::new(),
            model: String::new(),
            version: None,
            last_class: String::new(),
            audition: AuditionSettings::default(),
            window_size: DEFAULT_WINDOW_SIZE,
        }
    }
}

/// The saved fields behind their lock.
#[derive(Default)]
pub struct InstanceState {
    saved: Mutex<SavedState>,
    on_restored: OnceLock<Box<dyn Fn() + Send + Sync>>,
}

impl InstanceState {
    /// A copy of the fields as they are now.
    pub fn get(&self) -> SavedState {
        self.saved.lock().clone()
    }

    /// Who is told when the host has restored the fields of a project; only the first call counts.
    pub fn on_restored(&self, told: impl Fn() + Send + Sync + 'static) {
        // A second listener would be a mistake in the plugin's own making, and the first one still does its work.
        let _ = self.on_restored.set(Box::new(told));
    }

    /// Changes the fields in place.
    pub fn update<R>(&self, change: impl FnOnce(&mut SavedState) -> R) -> R {
        change(&mut self.saved.lock())
    }

    /// The source's id, made now if the project has none yet.
    pub fn source_id(&self) -> SourceId {
        self.update(|saved| *saved.source_id.get_or_insert_with(SourceId::random))
    }

    /// The window's size in logical points, never smaller than what the window needs.
    pub fn window_size(&self) -> (u32, u32) {
        let (width, height) = self.saved.lock().window_size;
        (width.max(MIN_WINDOW_SIZE.0), height.max(MIN_WINDOW_SIZE.1))
    }
}

impl PersistentField<'_, SavedState> for InstanceState {
    fn set(&self, new_value: SavedState) {
        *self.saved.lock() = new_value;
        if let Some(told) = self.on_restored.get() {
            told();
        }
    }

    fn map<F, R>(&self, f: F) -> R
    where
        F: Fn(&SavedState) -> R,
    {
        f(&self.saved.lock())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_keeps_its_id_once_it_has_one() {
        let state = InstanceState::default();
        let first = state.source_id();
        assert_eq!(state.source_id(), first);
    }

    #[test]
    fn a_restored_project_brings_its_own_id() {
        let state = InstanceState::default();
        let _ = state.source_id();
        let saved = SourceId::random();
        PersistentField::set(
            &state,
            SavedState {
                source_id: Some(saved),
                ..SavedState::default()
            },
        );
        assert_eq!(state.source_id(), saved);
    }

    #[test]
    fn state_of_an_older_version_loads_with_defaults_for_what_it_lacks() {
        let saved: SavedState =
            serde_json::from_str(r#"{"source_name":"a","gone_field":1}"#).unwrap();
        assert_eq!(saved.source_name, "a");
        assert_eq!(saved.window_size, DEFAULT_WINDOW_SIZE);
        assert_eq!(saved.audition, AuditionSettings::default());
    }

    #[test]
    fn an_audition_switched_off_stays_off() {
        let saved = SavedState {
            audition: AuditionSettings {
                mode: None,
                follows_selection: true,
            },
            ..SavedState::default()
        };
        let text = serde_json::to_string(&saved).unwrap();
        assert_eq!(serde_json::from_str::<SavedState>(&text).unwrap(), saved);
    }

    #[test]
    fn a_nonsensical_saved_size_still_gives_a_usable_window() {
        let state = InstanceState::default();
        state.update(|saved| saved.window_size = (0, 3));
        assert_eq!(state.window_size(), MIN_WINDOW_SIZE);
    }
}
