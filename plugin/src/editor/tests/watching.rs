//! Several sounds at once: the ticks in the profile menu, the column and the filter of the list, and marks that act on the sound of
//! their row.

use std::sync::Arc;

use earmark_core::protocol::{
    Change, Command, MarkKind, RegionState, RegionView, Show, SoundView, Target, View,
};
use earmark_core::store::RegionId;
use earmark_core::time::Span;
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

use super::versions::{click, settle};
use super::{TestWindow, open, reviewed};
use crate::editor::action::Outgoing;

const FOLEY_VERSION: &str = "20260131_142210_000000";
/// A region of the other sound.
const STEP: RegionId = RegionId(101);

/// The reviewed window, which looks for the footsteps of the profile foley too.
pub fn watching() -> View {
    let mut view = reviewed();
    view.storage.learned = view.storage.profiles.clone();
    view.shown.watched = vec![String::from("foley")];
    let sound = |profile: &str, version: Option<&str>, class: &str| SoundView {
        profile: profile.to_owned(),
        version: version.map(str::to_owned),
        classes: vec![class.to_owned()],
        is_shown: profile == "default",
    };
    view.results.sounds = Arc::new(vec![
        sound("default", view.shown.version.as_deref(), "door"),
        sound("foley", Some(FOLEY_VERSION), "footstep"),
    ]);
    let mut regions = view.results.regions.as_ref().clone();
    let steps = [
        RegionState::Found,
        RegionState::Found,
        RegionState::Negative,
        RegionState::Found,
    ];
    regions.extend((0..).zip(steps).map(|(nth, state)| {
        let start_s = 6.5 + 11.0 * f64::from(nth);
        RegionView {
            id: Some(RegionId(STEP.0 + i64::from(nth)).into()),
            state,
            sound: 1,
            ..RegionView::found(Span::new(start_s, start_s + 1.6).unwrap(), 0.83)
        }
    }));
    regions.sort_by(|a, b| a.span.start_s().total_cmp(&b.span.start_s()));
    view.results.regions = Arc::new(regions);
    view
}

fn opened() -> Harness<'static, TestWindow> {
    open(TestWindow::stopped(watching()))
}

fn changes(harness: &Harness<'_, TestWindow>) -> Vec<Change> {
    let sent = harness.state().sent.iter();
    let changes = sent.filter_map(|outgoing| match outgoing {
        Outgoing::Command(Command::Change(change)) => Some(change.parts()),
        _ => None,
    });
    changes.flatten().cloned().collect()
}

fn press(harness: &mut Harness<'_, TestWindow>, key: Key) {
    harness.key_press(key);
    settle(harness);
}

#[test]
fn a_tick_in_the_profile_menu_names_the_sounds_that_are_wanted() {
    let mut view = reviewed();
    view.storage.profiles.push(String::from("new"));
    view.storage.learned = vec![String::from("foley")];
    let mut harness = open(TestWindow::stopped(view));
    click(&mut harness, "Profile");
    click(&mut harness, "Sound of foley");
    let watch = |profiles: &[&str]| {
        let profiles = profiles.iter().map(|name| (*name).to_owned()).collect();
        Command::Show(Show::Watched { profiles })
    };
    assert_eq!(harness.state().commands(), [watch(&["foley"])]);
    // The menu stays open for the next one; what was never trained cannot be looked for.
    click(&mut harness, "Sound of new (not trained)");
    assert_eq!(harness.state().commands().len(), 1);
    harness.state_mut().view.shown.watched = vec![String::from("foley")];
    settle(&mut harness);
    click(&mut harness, "Sound of foley");
    assert_eq!(harness.state().commands(), [watch(&["foley"]), watch(&[])]);
}

#[test]
fn rows_say_which_sound_they_are_of_and_the_menu_lists_one_alone() {
    let mut harness = opened();
    harness.get_by_label("sound");
    harness.get_by_label_contains("Region 2, sound foley, 01:00:06");
    harness.get_by_label_contains("Region 1, sound default, 01:00:04");
    click(&mut harness, "Sounds");
    click(&mut harness, "only foley");
    harness.get_by_label_contains("Region 2, sound foley");
    assert!(harness.query_by_label_contains("sound default").is_none());
    // The window that opens next lists that sound, because the project saves it.
    let mut next = TestWindow::stopped(watching());
    next.listed_sound.clone_from(&harness.state().listed_sound);
    let next = open(next);
    next.get_by_label_contains("Region 2, sound foley");
    assert!(next.query_by_label_contains("sound default").is_none());
    click(&mut harness, "Sounds");
    click(&mut harness, "all sounds");
    harness.get_by_label_contains("Region 1, sound default");
}

#[test]
fn one_sound_looks_as_ever() {
    let harness = open(TestWindow::stopped(reviewed()));
    assert!(harness.query_by_label("sound").is_none());
    assert!(harness.query_by_label("Sounds").is_none());
    harness.get_by_label_contains("Region 2, 01:00:10");
}

#[test]
fn marks_and_delete_act_on_the_profile_and_the_version_of_the_row() {
    let mut harness = opened();
    harness
        .get_by_label_contains("Region 2, sound foley")
        .click();
    settle(&mut harness);
    for key in [Key::N, Key::U, Key::P, Key::Delete] {
        press(&mut harness, key);
    }
    let changes = changes(&harness);
    assert_eq!(changes.len(), 4);
    for change in &changes {
        assert_eq!(change.place.profile, "foley");
        assert_eq!(change.place.version.as_deref(), Some(FOLEY_VERSION));
    }
    let span = Span::new(6.5, 8.1).unwrap();
    let kinds = changes.iter().filter_map(|change| match &change.target {
        Target::Marked { kind, spans, .. } => Some((kind.clone(), spans.clone())),
        _ => None,
    });
    // P knows the class without a question: what the sound's classifier finds.
    let class = String::from("footstep");
    let expected = [
        MarkKind::Negative,
        MarkKind::Unsure,
        MarkKind::Positive { class },
    ];
    let expected = expected.map(|kind| (kind, vec![span]));
    assert_eq!(kinds.collect::<Vec<_>>(), expected);
    assert!(matches!(
        &changes[3].target,
        Target::Disabled { regions, disabled: true, .. } if regions[0].id == STEP
    ));
}

#[test]
fn a_note_is_written_for_the_sound_of_the_row() {
    let mut harness = opened();
    harness
        .get_by_label_contains("Region 2, sound foley")
        .click();
    settle(&mut harness);
    press(&mut harness, Key::Enter);
    harness
        .get_by_label("Note on region 2, 01:00:06.500")
        .type_text("left #shoe");
    settle(&mut harness);
    press(&mut harness, Key::Enter);
    let changes = changes(&harness);
    assert_eq!(changes[0].place.profile, "foley");
    assert!(matches!(&changes[0].target, Target::Noted { text, .. } if text == "left #shoe"));
}

#[test]
fn a_selection_over_two_sounds_gets_one_state_each_in_its_own_profile() {
    let mut harness = opened();
    harness
        .get_by_label_contains("Region 1, sound default")
        .click();
    settle(&mut harness);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    settle(&mut harness);
    press(&mut harness, Key::N);
    let found = changes(&harness);
    let profiles: Vec<&str> = found.iter().map(|it| it.place.profile.as_str()).collect();
    assert_eq!(profiles, ["default", "foley"]);
    let counts = found.iter().map(|change| match &change.target {
        Target::Marked { spans, marked, .. } => (spans.len(), *marked),
        other => panic!("{other:?}"),
    });
    // Those that are negative already stay so.
    assert_eq!(counts.collect::<Vec<_>>(), [(7, true), (3, true)]);
}

#[test]
fn regions_of_two_sounds_are_never_merged_and_an_edge_is_that_of_its_own_sound() {
    let view = watching();
    let Command::Change(merged) = view.merge(&[RegionId(1), STEP, RegionId(2)]) else {
        panic!("a change")
    };
    assert_eq!(merged.place.profile, "default");
    assert!(matches!(&merged.target, Target::Merged { regions } if regions.len() == 2));
    let to = Span::new(6.6, 8.0).unwrap();
    let Some(Command::Change(resized)) = view.resize(STEP, to) else {
        panic!("a change")
    };
    assert_eq!(resized.place.profile, "foley");
    assert_eq!(resized.place.version.as_deref(), Some(FOLEY_VERSION));
}

#[test]
fn what_is_chosen_by_ear_is_of_the_shown_profile() {
    let view = watching();
    let filename = "dialogue-1.wav";
    let stretch = view.stretch(filename, Span::new(1.0, 2.0).unwrap());
    let Command::Change(change) = stretch.positive("door") else {
        panic!("a change")
    };
    assert_eq!(change.place.profile, "default");
}

#[test]
fn an_export_counts_and_names_the_sound_of_the_shown_profile() {
    let mut harness = opened();
    click(&mut harness, "Export…");
    harness.get_by_label("All regions (8)");
    harness.get_by_label_contains("Exports the sound of default");
}
