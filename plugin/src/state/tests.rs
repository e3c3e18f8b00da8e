//! Saved states of every version, and states that make no sense.

use earmark_core::protocol::{FrequencyScale, SpectrogramLook};
use earmark_core::settings::{Look, StateColours, Theme};

use super::*;
use crate::review::SortBy;

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
    let saved: SavedState = serde_json::from_str(r#"{"source_name":"a","gone_field":1}"#).unwrap();
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
    "name_edited":true,"profile":"film","watched":["foley"],"model":"AISFX",
    "take":"Dialogue 1 20260131-142000 0f9a3b5c.wav","has_takes":true,"version":"20260131_142233_000123","compare_with":"20260131_142000_000001",
    "visible_s":[1.5,9.25],"last_class":"door","review":{"mode":"mix","follows_selection":true,"advances":true},
    "review_order":{"by":"uncertainty","reversed":true},
    "state_filter":{"found":true,"positive":true,"negative":false,"unsure":true,"disabled":true,"provisional":true,"noted":true},
    "listed_sound":"foley","similar_place":"library","time_format":"frames_29_97_drop","spectrogram":true,"frequencies":[200.0,8000.0],
    "appearance":{"look":{"theme":"light","states":"traffic"},
    "spectrogram":{"scale":"mel","brightness":60,"contrast":40},"scale_percent":125},"window_size":[1200,700]}"#;

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
    let before_notes = TODAY.replace(",\"noted\":true", "");
    let before_watch_lists = SavedState {
        watched: Vec::new(),
        ..today.clone()
    };
    let unwatched = TODAY.replace("\"watched\":[\"foley\"],", "");
    assert_eq!(
        serde_json::from_str::<SavedState>(&unwatched).unwrap(),
        before_watch_lists
    );
    let before_places = TODAY.replace(
        "\"listed_sound\":\"foley\",\"similar_place\":\"library\",",
        "",
    );
    assert_ne!(before_places, TODAY);
    assert_eq!(
        serde_json::from_str::<SavedState>(&before_places).unwrap(),
        SavedState {
            listed_sound: None,
            similar_place: SearchedPlace::Project,
            ..today.clone()
        }
    );
    for earlier in [before_themes, before_notes] {
        assert_ne!(earlier, TODAY);
        assert_eq!(serde_json::from_str::<SavedState>(&earlier).unwrap(), today);
    }
    assert_eq!(
        today,
        SavedState {
            take: Some(String::from("Dialogue 1 20260131-142000 0f9a3b5c.wav")),
            has_takes: true,
            watched: vec![String::from("foley")],
            compare_with: Some(Compared::Version(String::from("20260131_142000_000001"))),
            visible_s: Some((1.5, 9.25)),
            review_order: ReviewOrder {
                by: SortBy::Uncertainty,
                reversed: true,
            },
            state_filter: StateFilter::ALL.toggled(earmark_core::protocol::RegionState::Negative),
            listed_sound: Some(String::from("foley")),
            similar_place: SearchedPlace::Library,
            time_format: TimeFormat::Frames2997Drop,
            spectrogram: true,
            frequencies: Band::new(200.0, 8_000.0).ok(),
            appearance: Appearance {
                look: Look {
                    theme: Theme::Light,
                    states: StateColours::Traffic,
                },
                spectrogram: SpectrogramLook {
                    scale: FrequencyScale::Mel,
                    brightness: 60,
                    contrast: 40,
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
