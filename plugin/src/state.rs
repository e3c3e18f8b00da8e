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
mod tests {
    use earmark_core::engine::settings::{Theme, Look, StateColours};

    use super::*;
    use crate::editor::review_order::SortBy;

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
        assert_eq!(saved.review, ReviewSettings::default());
    }

    #[test]
    fn an_audition_switched_off_stays_off() {
        let saved = SavedState {
            review: ReviewSettings {
                mode: None,
                follows_selection: true,
                advances: true,
            },
            ..SavedState::default()
        };
        let text = serde_json::to_string(&saved).unwrap();
        assert_eq!(serde_json::from_str::<SavedState>(&text).unwrap(), saved);
    }

    /// What the first version with auditions saved.
    const FIRST: &str = r#"{"source_id":"6f9619ff-8b86-4d11-b42d-00c04fc964ff","source_name":"Dialogue 1",
        "name_edited":true,"profile":"film","model":"AISFX","version":"20260131_142233_000123","last_class":"door",
        "audition":{"mode":"mix","follows_selection":true},"window_size":[1200,700]}"#;
    /// What is saved today.
    const TODAY: &str = r#"{"source_id":"6f9619ff-8b86-4d11-b42d-00c04fc964ff","source_name":"Dialogue 1",
        "name_edited":true,"profile":"film","model":"AISFX","take":"Dialogue 1 20260131-142000 0f9a3b5c.wav",
        "has_takes":true,"version":"20260131_142233_000123","compare_with":"20260131_142000_000001",
        "visible_s":[1.5,9.25],"last_class":"door","review":{"mode":"mix","follows_selection":true,"advances":true},
        "review_order":{"by":"uncertainty","reversed":true},
        "state_filter":{"found":true,"positive":true,"negative":false,"unsure":true,"disabled":true,"provisional":true},
        "time_format":"frames_29_97_drop","spectrogram":true,
        "appearance":{"look":{"theme":"light","states":"traffic"},"scale_percent":125},"window_size":[1200,700]}"#;

    fn first() -> SavedState {
        SavedState {
            source_id: "6f9619ff-8b86-4d11-b42d-00c04fc964ff".parse().ok(),
            source_name: String::from("Dialogue 1"),
            name_edited: true,
            profile: String::from("film"),
            model: String::from("AISFX"),
            version: Some(String::from("20260131_142233_000123")),
            last_class: String::from("door"),
            review: ReviewSettings {
                mode: Some(AuditionMode::Mix),
                follows_selection: true,
                advances: true,
            },
            window_size: (1200, 700),
            ..SavedState::default()
        }
    }

    #[test]
    fn projects_of_every_version_open_with_everything_that_was_saved() {
        let expected = first();
        assert!(expected.source_id.is_some());
        assert_eq!(serde_json::from_str::<SavedState>(FIRST).unwrap(), expected);
        let today: SavedState = serde_json::from_str(TODAY).unwrap();
        let before_themes = TODAY.replace("\"theme\"", "\"ground\"");
        assert_eq!(serde_json::from_str::<SavedState>(&before_themes).unwrap(), today);
        assert_eq!(
            today,
            SavedState {
                take: Some(String::from("Dialogue 1 20260131-142000 0f9a3b5c.wav")),
                has_takes: true,
                compare_with: Some(Compared::Version(String::from("20260131_142000_000001"))),
                visible_s: Some((1.5, 9.25)),
                review_order: ReviewOrder {
                    by: SortBy::Uncertainty,
                    reversed: true,
                },
                state_filter: StateFilter::ALL
                    .toggled(earmark_core::engine::view::RegionState::Negative),
                time_format: TimeFormat::Frames2997Drop,
                spectrogram: true,
                appearance: Appearance {
                    look: Look {
                        theme: Theme::Light,
                        states: StateColours::Traffic,
                    },
                    scale_percent: 125,
                },
                ..expected
            }
        );
        let again = serde_json::to_value(&today).unwrap();
        assert_eq!(
            again,
            serde_json::from_str::<serde_json::Value>(TODAY).unwrap()
        );
    }

    #[test]
    fn a_field_that_makes_no_sense_costs_only_itself() {
        let kinds = [
            "null",
            "-1",
            "1e30",
            "\"\"",
            "[]",
            "[1e308,-1e308]",
            "{}",
            "true",
        ];
        let fields = serde_json::to_value(first()).unwrap();
        for field in fields.as_object().unwrap().keys() {
            for kind in kinds {
                let mut hostile = fields.clone();
                hostile[field] = serde_json::from_str(kind).unwrap();
                let saved: SavedState = serde_json::from_value(hostile).unwrap();
                let others = serde_json::to_value(&saved).unwrap();
                for other in fields
                    .as_object()
                    .unwrap()
                    .keys()
                    .filter(|other| *other != field)
                {
                    assert_eq!(others[other], fields[other], "{field} = {kind}");
                }
            }
        }
    }

    #[test]
    fn names_that_no_user_gave_are_left_out() {
        let state = InstanceState::default();
        let hostile = SavedState {
            source_name: "x".repeat(10_000_000),
            take: Some("y".repeat(LONGEST_NAME + 1)),
            ..first()
        };
        PersistentField::set(&state, hostile);
        assert_eq!(
            state.get(),
            SavedState {
                source_name: String::new(),
                ..first()
            }
        );
    }

    #[test]
    fn a_nonsensical_saved_size_still_gives_a_usable_window() {
        let state = InstanceState::default();
        state.update(|saved| saved.window_size = (0, 3));
        assert_eq!(state.window_size(), MIN_WINDOW_SIZE);
        state.update(|saved| saved.window_size = (u32::MAX, u32::MAX));
        assert_eq!(state.window_size(), MAX_WINDOW_SIZE);
    }
}
