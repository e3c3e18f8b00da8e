//! Regions brought to the ear: Space, the play button, and the keys while the host plays.

use earmark_core::audition::AuditionMode;
use earmark_core::protocol::{AuditionView, Command, Play, RegionState, View};
use earmark_core::store::RegionId;
use earmark_core::time::Span;
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

use super::{TestWindow, open, reviewed};
use crate::editor::action::Outgoing;

fn press(harness: &mut Harness<'_, TestWindow>, keys: &[Key]) {
    for key in keys {
        harness.key_press(*key);
        harness.step();
    }
}

fn click(harness: &mut Harness<'_, TestWindow>, name: &str) {
    harness.get_by_label_contains(name).click();
    harness.step();
    harness.step();
}

/// What plays region `number` of [`reviewed`].
fn plays(number: i32, mode: AuditionMode) -> Command {
    let start_s = 4.0 + 6.5 * f64::from(number - 1);
    Command::Play(Play::Stretch {
        filename: String::from("dialogue-1.wav"),
        span: Span::new(start_s, start_s + 0.93).unwrap(),
        mode,
    })
}

/// The host plays at `at_s` of the take.
fn play_host_at(harness: &mut Harness<'_, TestWindow>, at_s: f64) {
    let capture = harness.state_mut().capture.as_mut().unwrap();
    capture.rolling = true;
    capture.playhead_s = Some(3600.0 + at_s);
    harness.step();
    harness.step();
}

fn toggles(harness: &Harness<'_, TestWindow>, id: i64) -> Command {
    let view = &harness.state().view;
    view.select(&[RegionId(id).into()]).negative()
}

/// The view while region 2 is auditioned.
fn auditioning() -> View {
    let mut view = reviewed();
    view.activity.audition = Some(AuditionView {
        filename: String::from("dialogue-1.wav"),
        span: Span::new(10.5, 11.43).unwrap(),
    });
    view
}

#[test]
fn space_plays_the_selected_region_and_space_again_stops_it() {
    let mut harness = open(TestWindow::stopped(reviewed()));
    click(&mut harness, "Region 2,");
    press(&mut harness, &[Key::Space]);
    assert_eq!(
        harness.state().commands(),
        [plays(2, AuditionMode::Replace)]
    );
    harness.state_mut().view = auditioning();
    harness.state_mut().auditioned_s = Some(0.5);
    harness.step();
    harness.get_by_label_contains("auditioning 01:00:11.000");
    press(&mut harness, &[Key::Space]);
    assert_eq!(
        harness.state().commands().last(),
        Some(&Command::Play(Play::Stop))
    );
}

#[test]
fn space_is_taken_from_the_host_only_when_there_is_something_to_play() {
    let mut harness = open(TestWindow::stopped(reviewed()));
    assert!(!harness.state().takes_space());
    click(&mut harness, "Region 2,");
    assert!(harness.state().takes_space());
    harness.state_mut().review.mode = None;
    harness.step();
    assert!(!harness.state().takes_space());
    press(&mut harness, &[Key::Space]);
    assert_eq!(harness.state().commands(), []);
}

#[test]
fn the_play_button_does_what_space_does() {
    let mut harness = open(TestWindow::stopped(reviewed()));
    click(&mut harness, "Region 3,");
    harness.get_by_label("Audition").click();
    harness.step();
    harness.state_mut().view = auditioning();
    harness.step();
    harness.step();
    harness.get_by_label("Stop audition").click();
    harness.step();
    assert_eq!(
        harness.state().commands(),
        [plays(3, AuditionMode::Replace), Command::Play(Play::Stop)]
    );
}

#[test]
fn escape_stops_what_plays_before_it_lets_go_of_the_selection() {
    let mut harness = open(TestWindow::stopped(auditioning()));
    click(&mut harness, "Region 2,");
    press(&mut harness, &[Key::Escape]);
    harness.state_mut().view = reviewed();
    harness.step();
    press(&mut harness, &[Key::N]);
    assert_eq!(
        harness.state().commands(),
        [Command::Play(Play::Stop), toggles(&harness, 2)]
    );
}

#[test]
fn the_settings_choose_mixing_and_playing_whatever_is_selected() {
    let mut harness = open(TestWindow::stopped(reviewed()));
    for choice in ["Mix with the track", "Play selected regions"] {
        harness.get_by_label("Menu").click();
        harness.run_steps(4);
        harness.get_by_label(choice).click();
        harness.run_steps(4);
    }
    harness.key_press(Key::Escape);
    harness.run_steps(4);
    click(&mut harness, "Region 1,");
    press(&mut harness, &[Key::ArrowDown]);
    assert_eq!(
        harness.state().commands(),
        [plays(1, AuditionMode::Mix), plays(2, AuditionMode::Mix)]
    );
}

#[test]
fn a_hard_negative_is_played_when_it_is_clicked() {
    let mut harness = open(TestWindow::stopped(reviewed()));
    harness.get_by_label_contains("Negatives (").click();
    harness.run_steps(4);
    click(&mut harness, "Negative kitchen.wav");
    assert_eq!(
        harness.state().commands(),
        [Command::Play(Play::Stretch {
            filename: String::from("kitchen.wav"),
            span: Span::new(30.0, 30.93).unwrap(),
            mode: AuditionMode::Replace
        })]
    );
}

#[test]
fn while_the_host_plays_n_and_p_mean_the_region_under_the_playhead() {
    let mut opened = TestWindow::stopped(reviewed());
    opened.last_class = String::from("door");
    let mut harness = open(opened);
    // Selected before the host was started: the playhead is what the user attends to now.
    click(&mut harness, "Region 7,");
    play_host_at(&mut harness, 17.3);
    harness.get_by_label_contains("Region 3, 01:00:17.000, score 0.87, found, at the playhead");
    harness.get_by_label_contains("N, P, U: region 3");
    press(&mut harness, &[Key::N, Key::P]);
    assert_eq!(
        harness.state().commands(),
        [
            toggles(&harness, 3),
            harness
                .state()
                .view
                .select(&[RegionId(3).into()])
                .positive("door")
        ]
    );
    // Hands are slower than ears.
    play_host_at(&mut harness, 18.5);
    press(&mut harness, &[Key::N]);
    assert_eq!(
        harness.state().commands().last(),
        Some(&toggles(&harness, 3))
    );
}

#[test]
fn a_region_chosen_by_hand_while_the_host_plays_comes_before_the_playhead() {
    let mut harness = open(TestWindow::stopped(reviewed()));
    play_host_at(&mut harness, 17.3);
    click(&mut harness, "Region 7,");
    press(&mut harness, &[Key::N, Key::Escape, Key::N]);
    assert_eq!(
        harness.state().commands(),
        [toggles(&harness, 7), toggles(&harness, 3)]
    );
}

#[test]
fn the_question_for_a_class_is_about_what_was_heard_when_it_was_asked() {
    let mut harness = open(TestWindow::stopped(reviewed()));
    play_host_at(&mut harness, 17.3);
    press(&mut harness, &[Key::P]);
    play_host_at(&mut harness, 30.5);
    harness.get_by_label("Class name").type_text("bell");
    harness.step();
    press(&mut harness, &[Key::Enter]);
    assert_eq!(
        harness.state().commands(),
        [harness
            .state()
            .view
            .select(&[RegionId(3).into()])
            .positive("bell")]
    );
}

#[test]
fn a_region_that_is_not_saved_yet_is_marked_by_its_place_and_a_disabled_one_is_passed_over() {
    let mut view = reviewed();
    let mut regions = view.results.regions.to_vec();
    regions[2].id = None;
    regions[2].state = RegionState::Provisional;
    let span = regions[2].span;
    view.results.regions = regions.into();
    let mut harness = open(TestWindow::stopped(view));
    play_host_at(&mut harness, 17.3);
    press(&mut harness, &[Key::N]);
    // Region 6 is disabled.
    play_host_at(&mut harness, 36.8);
    press(&mut harness, &[Key::N]);
    assert_eq!(
        harness.state().commands(),
        [harness
            .state()
            .view
            .stretch("dialogue-1.wav", span)
            .negative()]
    );
}

#[test]
fn the_engine_is_told_which_region_is_before_the_user() {
    let mut harness = open(TestWindow::stopped(reviewed()));
    click(&mut harness, "Region 2,");
    assert_eq!(
        harness.state().sent,
        [Outgoing::PointAt {
            filename: String::from("dialogue-1.wav"),
            span: Span::new(10.5, 11.43).unwrap()
        }]
    );
}

#[test]
fn space_on_a_button_reached_with_tab_presses_the_button() {
    let mut harness = open(TestWindow::stopped(reviewed()));
    click(&mut harness, "Region 2,");
    harness.get_by_label("Undo").focus();
    harness.step();
    harness.key_press_modifiers(Modifiers::NONE, Key::Space);
    harness.step();
    harness.step();
    assert_eq!(harness.state().commands(), [Command::Undo]);
}
