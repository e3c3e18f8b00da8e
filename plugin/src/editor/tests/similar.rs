//! The Similar panel: what F searches for, and each of its controls.

use std::path::PathBuf;
use std::sync::Arc;

use earmark_core::audition::AuditionMode;
use earmark_core::protocol::{
    Command, Example, JobKind, JobView, MarkKind, PlacedRecording, Play, RegionState, RegionView,
    SearchedPlace, Show, SimilarQuery, SimilarState, SimilarStretch, SimilarView, Target, View,
    Work,
};
use earmark_core::recording::Recording;
use earmark_core::time::Span;
use egui::{Key, Modifiers, Role};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::export::folder;
use super::timeline::{at, drag};
use super::{TestWindow, open, reviewed};
use crate::editor::action::Outgoing;

fn span(start_s: f64, end_s: f64) -> Span {
    Span::new(start_s, end_s).unwrap()
}

fn stretch(path: &str, start_s: f64, likeness: f32, state: RegionState) -> SimilarStretch {
    let path = PathBuf::from(path);
    let filename = path.file_name().unwrap().to_string_lossy().into_owned();
    SimilarStretch {
        placed: PlacedRecording {
            recording: Recording { filename, path },
            start_s: 0.0,
            length_s: 60.0,
        },
        region: RegionView {
            state,
            class: (state == RegionState::Positive).then(|| String::from("door")),
            ..RegionView::found(span(start_s, start_s + 0.93), likeness)
        },
    }
}

fn seed() -> Example {
    Example {
        recording: Recording {
            filename: String::from("dialogue-1.wav"),
            path: PathBuf::from("/takes/dialogue-1.wav"),
        },
        span: span(4.0, 4.93),
    }
}

fn query() -> SimilarQuery {
    SimilarQuery {
        examples: vec![seed()],
        ..SimilarQuery::default()
    }
}

fn stretches() -> Vec<SimilarStretch> {
    use RegionState::{Found, Negative, Positive};
    vec![
        stretch("/sounds/doors/wooden-door.wav", 1.2, 0.91, Found),
        stretch("/sounds/doors/car-door-slam.flac", 0.4, 0.84, Positive),
        stretch("/episodes/s01e03-final-mix.mp3", 1_834.5, 0.77, Found),
        stretch("/takes/dialogue-1.wav", 17.0, 0.62, Negative),
    ]
}

/// A review in which a search has this answer.
pub(super) fn searched(state: SimilarState) -> View {
    let mut view = reviewed();
    view.similar = Some(SimilarView {
        query: query(),
        state,
    });
    view
}

pub(super) fn found() -> View {
    searched(SimilarState::Found(Arc::new(stretches())))
}

fn settle(harness: &mut Harness<'_, TestWindow>) {
    harness.run_steps(4);
}

fn press(harness: &mut Harness<'_, TestWindow>, key: Key) {
    harness.key_press(key);
    settle(harness);
}

/// A window in which F was pressed on the first region, with this answer to it.
fn open_on(view: View) -> Harness<'static, TestWindow> {
    let mut opened = TestWindow::stopped(view);
    opened.last_class = String::from("door");
    let mut harness = open(opened);
    press(&mut harness, Key::ArrowDown);
    press(&mut harness, Key::F);
    harness.state_mut().sent.clear();
    harness
}

/// The searches that were asked for.
fn searches(harness: &Harness<'_, TestWindow>) -> Vec<SimilarQuery> {
    let sent = harness.state().commands().into_iter();
    sent.filter_map(|command| match command {
        Command::Work(Work::FindSimilar(query)) => Some(query),
        _ => None,
    })
    .collect()
}

/// The marks that were asked for: the file and the target.
fn marks(harness: &Harness<'_, TestWindow>) -> Vec<(String, Target)> {
    let sent = harness.state().commands().into_iter();
    sent.filter_map(|command| match command {
        Command::Change(change) => Some(change.parts().to_vec()),
        _ => None,
    })
    .flatten()
    .map(|part| {
        (
            part.place.recording.unwrap().recording.filename,
            part.target,
        )
    })
    .collect()
}

fn marked(kind: MarkKind, at: Span, marked: bool) -> Target {
    Target::Marked {
        kind,
        spans: vec![at],
        marked,
        band: None,
    }
}

fn door() -> MarkKind {
    MarkKind::Positive {
        class: String::from("door"),
    }
}

fn examples(indices: &[usize]) -> Vec<Example> {
    let all = stretches();
    indices.iter().map(|&at| all[at].example()).collect()
}

#[test]
fn f_without_a_selection_opens_the_panel_and_says_what_to_select() {
    let mut harness = open(TestWindow::stopped(reviewed()));
    press(&mut harness, Key::F);
    harness.get_by_label_contains("Select a region or drag over the waveform, then press F");
    assert_eq!(searches(&harness), []);
    harness.get_by_label("Close Similar sounds").click();
    settle(&mut harness);
    assert!(harness.query_by_label("Close Similar sounds").is_none());
}

#[test]
fn f_searches_for_the_selected_regions_or_for_the_stretch_on_the_timeline() {
    let mut harness = open(TestWindow::stopped(reviewed()));
    press(&mut harness, Key::ArrowDown);
    press(&mut harness, Key::F);
    assert_eq!(searches(&harness), [query()]);
    harness.get_by_label("Find similar");

    // Two regions are two examples.
    harness.state_mut().sent.clear();
    harness.key_press_modifiers(Modifiers::SHIFT, Key::ArrowDown);
    settle(&mut harness);
    press(&mut harness, Key::F);
    let sent = searches(&harness);
    assert_eq!(sent[0].examples.len(), 2);
    assert_eq!(sent[0].examples[1].span, span(10.5, 11.43));

    let mut harness = open(TestWindow::stopped(reviewed()));
    let (from, to) = (at(&harness, 31.5), at(&harness, 35.5));
    drag(&mut harness, from, to);
    settle(&mut harness);
    harness.get_by_label("Find similar").click();
    settle(&mut harness);
    let sent = searches(&harness);
    let searched = sent[0].examples[0].span;
    assert!((searched.duration_s() - 4.0).abs() < 0.5, "{searched:?}");
}

#[test]
fn a_search_shows_how_far_it_is_and_can_be_cancelled() {
    let job = JobView {
        kind: JobKind::Searching,
        stage: String::from("listening to dialogue-2.wav"),
        fraction: 0.4,
        remaining_s: Some(12.0),
    };
    let mut harness = open_on(searched(SimilarState::Searching(job)));
    harness.get_by_label("listening to dialogue-2.wav · 12 s left");
    harness.get_by_label("Cancel search").click();
    settle(&mut harness);
    assert_eq!(
        harness.state().commands(),
        [Command::Work(Work::CancelSimilar)]
    );
}

#[test]
fn an_answer_without_sounds_says_why_and_what_to_do() {
    for (state, words) in [
        (SimilarState::NoLibrary, "The library has no folder yet"),
        (
            SimilarState::NothingIndexed,
            "There is no recording to search yet",
        ),
        (SimilarState::Cancelled, "You cancelled the search."),
        (SimilarState::Failed, "The search failed"),
        (
            SimilarState::Found(Arc::default()),
            "Nothing sounds like it there.",
        ),
    ] {
        let harness = open_on(searched(state));
        harness.get_by_label_contains(words);
    }
}

#[test]
fn another_place_is_searched_at_once_and_kept_for_the_next_search() {
    let mut harness = open_on(found());
    harness.get_by_label("Search in").click();
    settle(&mut harness);
    harness
        .get_by_role_and_label(Role::Button, "Library")
        .click();
    settle(&mut harness);
    let sent = searches(&harness);
    assert_eq!(sent[0].place, SearchedPlace::Library);
    harness.state_mut().sent.clear();
    press(&mut harness, Key::F);
    assert_eq!(searches(&harness)[0].place, SearchedPlace::Library);
}

#[test]
fn arrows_step_through_the_sounds_and_space_plays_the_file_they_are_in() {
    let mut harness = open_on(found());
    assert!(harness.get_all_by_role(Role::Row).count() > 4);
    press(&mut harness, Key::ArrowDown);
    press(&mut harness, Key::ArrowDown);
    press(&mut harness, Key::ArrowDown);
    let row =
        harness.get_by_label("Similar 3, s01e03-final-mix.mp3, 00:30:34.500, likeness 0.77, found");
    assert_eq!(row.accesskit_node().is_selected(), Some(true));
    assert!(harness.state().takes_space());
    harness.state_mut().sent.clear();
    press(&mut harness, Key::Space);
    assert_eq!(
        harness.state().commands(),
        [Command::Play(Play::Stretch {
            filename: String::from("s01e03-final-mix.mp3"),
            span: span(1_834.5, 1_835.43),
            mode: AuditionMode::default(),
        })]
    );
    // A region that is clicked takes the keys back.
    harness.get_by_label("01:00:10.500").click();
    settle(&mut harness);
    harness.state_mut().sent.clear();
    press(&mut harness, Key::N);
    assert_eq!(marks(&harness)[0].0, "dialogue-1.wav");
}

#[test]
fn n_u_and_p_mark_the_sound_in_its_own_file_and_again_take_the_mark_back() {
    let mut harness = open_on(found());
    press(&mut harness, Key::ArrowDown);
    for (key, kind) in [
        (Key::N, MarkKind::Negative),
        (Key::U, MarkKind::Unsure),
        (Key::P, door()),
    ] {
        harness.state_mut().sent.clear();
        press(&mut harness, key);
        let expected = marked(kind, span(1.2, 2.13), true);
        assert_eq!(
            marks(&harness),
            [(String::from("wooden-door.wav"), expected)]
        );
    }
    press(&mut harness, Key::ArrowDown);
    harness.state_mut().sent.clear();
    press(&mut harness, Key::P);
    let expected = marked(door(), span(0.4, 1.33), false);
    assert_eq!(
        marks(&harness),
        [(String::from("car-door-slam.flac"), expected)]
    );
}

#[test]
fn several_sounds_are_marked_in_their_files_and_p_asks_for_a_class_first() {
    let mut harness = open_on(found());
    harness.state_mut().last_class.clear();
    press(&mut harness, Key::ArrowDown);
    harness.key_press_modifiers(Modifiers::CTRL | Modifiers::COMMAND, Key::A);
    settle(&mut harness);
    harness.get_by_label("4 sounds, 4 selected");
    press(&mut harness, Key::P);
    assert_eq!(marks(&harness), []);
    harness.get_by_label("footstep").click();
    settle(&mut harness);
    let files: Vec<String> = marks(&harness).into_iter().map(|(file, _)| file).collect();
    assert_eq!(
        files,
        [
            "wooden-door.wav",
            "car-door-slam.flac",
            "s01e03-final-mix.mp3",
            "dialogue-1.wav"
        ]
    );
    assert!(
        harness
            .state()
            .sent
            .contains(&Outgoing::LastClass(String::from("footstep")))
    );
}

#[test]
fn more_and_not_like_this_refine_the_search_with_what_was_marked_before() {
    let mut harness = open_on(found());
    let button = |harness: &mut Harness<'_, TestWindow>, label: &str| {
        harness.get_by_label(label).click();
        settle(harness);
    };
    button(&mut harness, "More like this");
    assert_eq!(searches(&harness), [], "nothing is selected");
    press(&mut harness, Key::ArrowDown);
    button(&mut harness, "More like this");
    let mut expected = query();
    expected.examples.extend(examples(&[0, 1]));
    expected.rejected.extend(examples(&[3]));
    assert_eq!(searches(&harness), [expected.clone()]);

    harness.state_mut().sent.clear();
    press(&mut harness, Key::ArrowDown);
    press(&mut harness, Key::ArrowDown);
    button(&mut harness, "Not like this");
    expected.rejected.extend(examples(&[2]));
    assert_eq!(searches(&harness), [expected.clone()]);

    harness.state_mut().sent.clear();
    button(
        &mut harness,
        "Leave out rejected dialogue-1.wav, 00:00:17.000",
    );
    assert_eq!(searches(&harness), [], "until the search is repeated");
    harness
        .get_by_label("Leave out example wooden-door.wav, 00:00:01.200")
        .click();
    settle(&mut harness);
    let mut view = found();
    view.similar.as_mut().unwrap().state = SimilarState::Found(Arc::default());
    harness.state_mut().view = view;
    settle(&mut harness);
    button(&mut harness, "Search again");
    expected.rejected.remove(0);
    expected.examples.remove(1);
    assert_eq!(searches(&harness), [expected]);
}

#[test]
fn train_from_these_makes_the_examples_and_the_positive_sounds_clips_and_trains_their_class() {
    let mut harness = open_on(found());
    harness.get_by_label("Train from these…").click();
    settle(&mut harness);
    harness.get_by_label("Class name").type_text("slam");
    settle(&mut harness);
    harness.key_press(Key::Enter);
    settle(&mut harness);
    let slam = MarkKind::Positive {
        class: String::from("slam"),
    };
    assert_eq!(
        marks(&harness),
        [
            (
                String::from("dialogue-1.wav"),
                marked(slam.clone(), span(4.0, 4.93), true)
            ),
            (
                String::from("car-door-slam.flac"),
                marked(slam, span(0.4, 1.33), true)
            ),
        ]
    );
    let trained = harness
        .state()
        .commands()
        .into_iter()
        .find_map(|command| match command {
            Command::Work(Work::Train(request)) => Some(request),
            _ => None,
        });
    assert_eq!(trained.unwrap().positive_classes, ["slam"]);
    harness.get_by_label("Close Train");
}

#[test]
fn the_selected_sounds_are_exported_as_clips_of_a_class() {
    let mut harness = open_on(found());
    press(&mut harness, Key::ArrowDown);
    harness.key_press_modifiers(Modifiers::SHIFT, Key::ArrowDown);
    settle(&mut harness);
    harness.get_by_label("Export clips…").click();
    settle(&mut harness);
    assert!(
        harness
            .state()
            .commands()
            .contains(&Command::Show(Show::Folder(None)))
    );
    harness.state_mut().view.activity.folder = Some(Arc::new(folder()));
    settle(&mut harness);
    harness.get_by_label("Export 2 clips").click();
    settle(&mut harness);
    let sent = harness.state().commands().into_iter().next_back();
    let to = folder().path;
    assert_eq!(
        sent,
        Some(Command::Work(Work::ExportStretches {
            stretches: examples(&[0, 1]),
            class: String::from("door"),
            to,
        }))
    );
    assert!(harness.query_by_label("Export 2 clips").is_none());
}
