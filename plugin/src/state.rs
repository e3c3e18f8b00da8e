//! The state of one plugin instance in the host's project, besides its parameters.
//!
//! The window and the activation write it, and the host reads it when it saves. A thread holds the lock for a copy at most; the
//! audio thread must never take it.

mod following;

use std::sync::OnceLock;

use earmark_core::protocol::{
    Appearance, AuditionMode, Band, Compared, Remembered, SearchedPlace, SourceId,
};
use earmark_core::time::Span;
use nice_plug::params::persist::PersistentField;
use parking_lot::Mutex;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};

pub use following::Restoration;
use following::{Followed, Handover};

use crate::review::{ReviewOrder, StateFilter};
use crate::timecode::TimeFormat;

/// Size of the window until the user resizes it, in logical points.
pub const DEFAULT_WINDOW_SIZE: (u32, u32) = (1040, 680);

/// Size of the smallest window, in logical points.
pub const MIN_WINDOW_SIZE: (u32, u32) = (760, 480);

/// The largest saved size that the window accepts, in logical points: larger than any screen, and small enough for every window
/// system.
pub const MAX_WINDOW_SIZE: (u32, u32) = (8192, 8192);

/// The longest saved name that the plugin accepts, in bytes.
const LONGEST_NAME: usize = 1000;

/// The longest saved watch list that the plugin accepts.
const MOST_WATCHED: usize = 64;

/// The saved fields. A missing or invalid field takes its default, and the plugin ignores unknown fields, so that a damaged
/// project or one of another version keeps all other fields.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SavedState {
    /// The id of this source across sessions; `None` until the first activation.
    ///
    /// A host that duplicates a track copies the id too; the engine then gives the copy a new one.
    #[serde(deserialize_with = "lenient")]
    pub source_id: Option<SourceId>,
    #[serde(deserialize_with = "lenient")]
    pub source_name: String,
    /// The user typed the name, so the host's track name does not replace it.
    #[serde(deserialize_with = "lenient")]
    pub name_edited: bool,
    /// Empty for the engine's default.
    #[serde(deserialize_with = "lenient")]
    pub profile: String,
    /// The profiles whose sounds are looked for beside that of the shown one.
    #[serde(deserialize_with = "lenient")]
    pub watched: Vec<String>,
    /// Key of the shown model; empty for the engine's default.
    #[serde(deserialize_with = "lenient")]
    pub model: String,
    /// File name of the shown take; `None` follows the newest.
    #[serde(deserialize_with = "lenient")]
    pub take: Option<String>,
    /// The source had takes when the project was saved.
    #[serde(deserialize_with = "lenient")]
    pub has_takes: bool,
    /// Timestamp of the shown version; `None` follows the newest.
    #[serde(deserialize_with = "lenient")]
    pub version: Option<String>,
    /// What the window compares the shown version with.
    #[serde(deserialize_with = "lenient")]
    pub compare_with: Option<Compared>,
    /// Start and end of the timeline's zoom, in seconds from the take's start; `None` shows all of it.
    #[serde(deserialize_with = "lenient")]
    pub visible_s: Option<(f64, f64)>,
    /// The class that P marks regions as; empty until the first time.
    #[serde(deserialize_with = "lenient")]
    pub last_class: String,
    #[serde(alias = "audition", deserialize_with = "lenient")]
    pub review: ReviewSettings,
    #[serde(deserialize_with = "lenient")]
    pub review_order: ReviewOrder,
    #[serde(deserialize_with = "lenient")]
    pub state_filter: StateFilter,
    /// The profile whose sound alone is listed; `None` lists all sounds that are looked for.
    #[serde(deserialize_with = "lenient")]
    pub listed_sound: Option<String>,
    /// Where the window searches for similar sounds.
    #[serde(deserialize_with = "lenient")]
    pub similar_place: SearchedPlace,
    #[serde(deserialize_with = "lenient")]
    pub time_format: TimeFormat,
    /// The timeline shows a spectrogram instead of the waveform.
    #[serde(deserialize_with = "lenient")]
    pub spectrogram: bool,
    /// The frequencies that the spectrogram shows, in hertz; `None` shows all.
    #[serde(deserialize_with = "lenient")]
    pub frequencies: Option<Band>,
    /// The last look of the window, for use while Earmark cannot read the database.
    #[serde(deserialize_with = "lenient")]
    pub appearance: Appearance,
    /// Width and height of the window in its own points, before the chosen size scales them.
    #[serde(deserialize_with = "lenient_size")]
    pub window_size: (u32, u32),
}

/// The value of a field, or its default when the saved value has another type.
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

/// How the user reviews regions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReviewSettings {
    /// How an audition plays with the track; `None` switches auditions off and leaves Space to the host.
    pub mode: Option<AuditionMode>,
    /// Play every region as soon as it is selected.
    pub follows_selection: bool,
    /// Select the next unjudged region after each mark.
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
            watched: Vec::new(),
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
            listed_sound: None,
            similar_place: SearchedPlace::default(),
            time_format: TimeFormat::default(),
            spectrogram: false,
            frequencies: None,
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

    /// Without names that are too long for a user: a host may restore anything.
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
        self.watched.retain(|name| name.len() <= LONGEST_NAME);
        self.watched.truncate(MOST_WATCHED);
        for name in [&mut self.take, &mut self.version, &mut self.listed_sound] {
            name.take_if(|name| name.len() > LONGEST_NAME);
        }
        self.compare_with.take_if(|with| {
            let (Compared::Version(name) | Compared::Model { model: name }) = with;
            name.len() > LONGEST_NAME
        });
        self
    }
}

/// The saved fields behind a lock.
#[derive(Default)]
pub struct InstanceState {
    saved: Mutex<SavedState>,
    handover: Mutex<Handover>,
    followed: Followed,
    on_restored: OnceLock<Box<dyn Fn() + Send + Sync>>,
}

impl InstanceState {
    /// A copy of the present fields.
    pub fn get(&self) -> SavedState {
        self.saved.lock().clone()
    }

    /// Calls `listener` whenever the host restores a project; only the first call of this counts.
    pub fn on_restored(&self, listener: impl Fn() + Send + Sync + 'static) {
        // A second listener would be a mistake in the plugin; the first one still works.
        let _ = self.on_restored.set(Box::new(listener));
    }

    /// Who says what is shown, which the project saves; only the first call counts.
    pub fn follow_with(&self, ask: impl Fn() -> Option<Remembered> + Send + Sync + 'static) {
        self.followed.set(Box::new(ask));
    }

    /// Takes over what is shown, if the engine was told of the project as it was restored last.
    pub fn follow_what_is_shown(&self) {
        let restoration = self.handover.lock().newest();
        let Some(shown) = self.followed.ask() else {
            return;
        };
        // Held while the fields change: a restoration waits for it.
        let handover = self.handover.lock();
        if handover.is_current(restoration) {
            self.saved.lock().follow(shown);
        }
    }

    /// The fields for the engine, and what to call [`note_told`](Self::note_told) with once it was told of them.
    pub fn to_hand_over(&self) -> (SavedState, Restoration) {
        let handover = self.handover.lock();
        (self.get(), handover.newest())
    }

    /// The engine was told of the project as `restoration` left it.
    pub fn note_told(&self, restoration: Restoration) {
        self.handover.lock().note_told(restoration);
    }

    /// Changes the fields in place.
    pub fn update<R>(&self, change: impl FnOnce(&mut SavedState) -> R) -> R {
        change(&mut self.saved.lock())
    }

    /// The id of the source, which this creates for a new project.
    pub fn source_id(&self) -> SourceId {
        self.update(|saved| *saved.source_id.get_or_insert_with(SourceId::random))
    }

    /// The size of the window in logical points, within its limits.
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
        {
            let mut handover = self.handover.lock();
            *self.saved.lock() = new_value.sane();
            handover.note_restored();
        }
        if let Some(listener) = self.on_restored.get() {
            listener();
        }
    }

    fn map<F, R>(&self, f: F) -> R
    where
        F: Fn(&SavedState) -> R,
    {
        self.follow_what_is_shown();
        f(&self.saved.lock())
    }
}

#[cfg(test)]
mod tests;
