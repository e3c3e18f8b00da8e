//! What one plugin instance remembers in the host's project, besides its parameters.
//!
//! Written by the window and by activation, read when the host saves. The lock is held for a copy at most and is
//! never taken on the audio thread.

use std::sync::OnceLock;

use earmark_core::audition::AuditionMode;
use earmark_core::engine::command::Compared;
use earmark_core::engine::settings::Appearance;
use earmark_core::store::SourceId;
use earmark_core::time::Span;
use nice_plug::params::persist::PersistentField;
use parking_lot::Mutex;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};

use crate::editor::review_order::ReviewOrder;
use crate::editor::state_filter::StateFilter;
use crate::editor::timecode::TimeFormat;

/// Size of a window nobody has resized yet, in logical points.
pub const DEFAULT_WINDOW_SIZE: (u32, u32) = (1040, 680);

/// Smallest window in which nothing is cut off, in logical points.
pub const MIN_WINDOW_SIZE: (u32, u32) = (760, 480);

/// The largest that a saved size is taken for, in logical points: more than any screen has, less than what a window system
/// refuses.
pub const MAX_WINDOW_SIZE: (u32, u32) = (8192, 8192);

/// Names longer than this, in bytes, were not given by a user.
const LONGEST_NAME: usize = 1000;

/// The saved fields. A field that is missing or makes no sense takes its default, an unknown one is ignored: a project that
/// was damaged or made by another version loses what cannot be read and nothing else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SavedState {
    /// Identifies what this instance listens to across sessions; `None` until the first activation.
    ///
    /// A host that duplicates a track copies the state and with it the id; the copy gets an id of its own when the engine
    /// takes it in.
    #[serde(deserialize_with = "lenient")]
    pub source_id: Option<SourceId>,
    #[serde(deserialize_with = "lenient")]
    pub source_name: String,
    /// The user typed the name; the host's track name no longer replaces it.
    #[serde(deserialize_with = "lenient")]
    pub name_edited: bool,
    /// Empty for the engine's default.
    #[serde(deserialize_with = "lenient")]
    pub profile: String,
    /// Key of the model on show; empty for the engine's default.
    #[serde(deserialize_with = "lenient")]
    pub model: String,
    /// File name of the take on show; `None` follows the newest.
    #[serde(deserialize_with = "lenient")]
    pub take: Option<String>,
    /// The source had takes when the project was saved.
    #[serde(deserialize_with = "lenient")]
    pub has_takes: bool,
    /// Timestamp of the version on show; `None` follows the newest.
    #[serde(deserialize_with = "lenient")]
    pub version: Option<String>,
    /// What it is compared with.
    #[serde(deserialize_with = "lenient")]
    pub compare_with: Option<Compared>,
    /// Start and end of the timeline's zoom, in seconds from the take's start; `None` shows all of it.
    #[serde(deserialize_with = "lenient")]
    pub visible_s: Option<(f64, f64)>,
    /// Class the P key confirms as; empty until the first confirmation.
    #[serde(deserialize_with = "lenient")]
    pub last_class: String,
    #[serde(alias = "audition", deserialize_with = "lenient")]
    pub review: ReviewSettings,
    #[serde(deserialize_with = "lenient")]
    pub review_order: ReviewOrder,
    #[serde(deserialize_with = "lenient")]
    pub state_filter: StateFilter,
    #[serde(deserialize_with = "lenient")]
    pub time_format: TimeFormat,
    /// The timeline shows a spectrogram instead of the waveform.
    #[serde(deserialize_with = "lenient")]
    pub spectrogram: bool,
    /// What the window looked like last, for as long as no database says what it should.
    #[serde(deserialize_with = "lenient")]
    pub appearance: Appearance,
    /// Width and height of the window in its own points: those of the screen, times the chosen size.
    #[serde(deserialize_with = "lenient_size")]
    pub window_size: (u32, u32),
}

/// A field's value, or its default when what was saved is of another kind.
fn lenient<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned + Default,
{
    let saved = serde_json::Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(saved).unwrap_or_default())
}

fn lenient_size<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(u32, u32), D::Error> {
    lenient(deserializer).map(|size: Option<(u32, u32)>| size.unwrap_or(DEFAULT_WINDOW_SIZE))
}

/// How regions are gone through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReviewSettings {
    /// What becomes of the track meanwhile; `None` plays nothing and leaves Space to the host.
    pub mode: Option<AuditionMode>,
    /// Play whatever is selected, as soon as it is.
    pub follows_selection: bool,
    /// Marking a region goes on to the next.
    pub advances: bool,
}

impl Default for ReviewSettings {
    fn default() -> Self {
        Self {
            mode: Some(AuditionMode::Replace),
            follows_selection: false,
            advances: true,
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
            take: None,
            has_takes: false,
            version: None,
            compare_with: None,
            visible_s: None,
            last_class: String::new(),
            review: ReviewSettings::default(),
            review_order: ReviewOrder::default(),
            state_filter: StateFilter::default(),
            time_format: TimeFormat::default(),
            spectrogram: false,
            appearance: Appearance::default(),
            window_size: DEFAULT_WINDOW_SIZE,
        }
    }
}

impl SavedState {
    /// The timeline's zoom.
    pub fn visible(&self) -> Option<Span> {
        let (start_s, end_s) = self.visible_s?;
        Span::new(start_s, end_s).ok()
    }

    /// Without what no user gave: a host may hand over anything.
    fn sane(mut self) -> Self {
        for name in [
            &mut self.source_name,
            &mut self.profile,
            &mut self.model,
            &mut self.last_class,
        ] {
            if name.len() > LONGEST_NAME {
                name.clear();
            }
        }
        for name in [&mut self.take, &mut self.version] {
            name.take_if(|name| name.len() > LONGEST_NAME);
        }
        self.compare_with.take_if(|with| {
            let (Compared::Version(name) | Compared::Model { model: name }) = with;
            name.len() > LONGEST_NAME
        });
        self
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

    /// The window's size in logical points, never smaller than what the window needs and never larger than screens are.
    pub fn window_size(&self) -> (u32, u32) {
        let (width, height) = self.saved.lock().window_size;
        (
            width.clamp(MIN_WINDOW_SIZE.0, MAX_WINDOW_SIZE.0),
            height.clamp(MIN_WINDOW_SIZE.1, MAX_WINDOW_SIZE.1),
        )
    }
}

impl PersistentField<'_, SavedState> for InstanceState {
    fn set(&self, new_value: SavedState) {
        *self.saved.lock() = new_value.sane();
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
mod tests;
