//! Sounds like this, as a window uses it: searches, marks in files that Earmark never saw before, trainings and exports of what was
//! found.

use std::path::{Path, PathBuf};

use earmark_core::audition::AuditionMode;
use earmark_core::config::Config;
use earmark_core::job::JobControl;
use earmark_core::protocol::{
    Command, Example, JobKind, MarkKind, Play, RegionState, SearchedPlace, SimilarQuery,
    SimilarState, SimilarStretch, View, Work,
};
use earmark_core::recording::Recording;
use earmark_core::store::{Store, StoreHandle};
use earmark_core::worker::Worker;

use super::dropping::{warble, write};
use super::hearing::{connect_player, listen};
use super::session::{Session, WARBLE_AT_S};
use super::{span, training};

/// The first warble of the take on show, to be searched for.
fn first_warble(view: &View, place: SearchedPlace) -> SimilarQuery {
    let take = &view.source.takes[0];
    SimilarQuery {
        examples: vec![Example {
            recording: Recording {
                filename: take.filename.clone(),
                path: take.path.clone(),
            },
            span: span(WARBLE_AT_S[0], WARBLE_AT_S[0] + 0.8),
        }],
        rejected: Vec::new(),
        place,
    }
}

fn find(session: &Session, query: SimilarQuery) {
    session
        .instance
        .send(Command::Work(Work::FindSimilar(query)));
}

/// What the search for `query` found.
fn found(session: &Session, query: &SimilarQuery) -> Vec<SimilarStretch> {
    find(session, query.clone());
    let view = session.wait_for("an answer", |view| {
        let similar = view.similar.as_ref();
        similar.is_some_and(|similar| {
            similar.query == *query && !matches!(similar.state, SimilarState::Searching(_))
        })
    });
    view.similar.as_ref().unwrap().found().to_vec()
}

/// Adds a library of two files of one name in two folders, each with a warble, and one file without.
fn with_library(session: &Session) -> PathBuf {
    let folder = session.folder().join("sounds");
    let silence = vec![0.001; 60_000];
    for name in ["a/hit.wav", "b/hit.wav"] {
        let sound = [&silence[..], &warble(), &silence].concat();
        write(&folder.join(name), &sound);
    }
    write(&folder.join("c/other.wav"), &silence);
    let store = StoreHandle::new(Some(session.folder().join("earmark.db"))).unwrap();
    store
        .with(|store| store.add_library_folder(&folder))
        .unwrap();
    let mut config = Config::from_environment().unwrap();
    config.cache_folder = session.folder().join("cache");
    let job = JobControl::new(JobKind::Indexing);
    let report = Worker::new(config, store)
        .update_library("AISFX", &|_| true, &job)
        .unwrap();
    assert_eq!(report.files, 3);
    folder
}

fn states(session: &Session, expected: &[RegionState]) {
    session.wait_for("the marks", |view| {
        let found = view.similar.as_ref().map_or(&[][..], |it| it.found());
        let states = found.iter().map(|one| one.region.state);
        states.take(expected.len()).eq(expected.iter().copied())
    });
}

fn mark(session: &Session, row: usize, kind: &MarkKind) {
    let view = session.instance.view();
    let stretch = &view.similar.as_ref().unwrap().found()[row];
    let mark = view.mark_similar(&[stretch], kind).unwrap();
    session.instance.send(mark);
}

fn warbles() -> MarkKind {
    MarkKind::Positive {
        class: String::from("warble"),
    }
}

#[test]
fn the_other_warbles_of_a_take_are_found_and_the_example_is_not() {
    let (session, view) = Session::recorded();
    let query = first_warble(&view, SearchedPlace::Take);
    let hits = found(&session, &query);
    let mut nearest: Vec<f64> = hits[..5]
        .iter()
        .map(|hit| hit.region.span.start_s())
        .collect();
    nearest.sort_by(f64::total_cmp);
    for (start_s, at_s) in nearest.iter().zip(&WARBLE_AT_S[1..]) {
        assert!((start_s - at_s).abs() < 0.4, "{nearest:?}");
    }
    let likeness: Vec<f32> = hits.iter().map(|hit| hit.region.score).collect();
    assert!(likeness.is_sorted_by(|a, b| a >= b), "{likeness:?}");

    // The project holds nothing else. What is rejected is not found again.
    let rejected = vec![hits[0].example()];
    let query = SimilarQuery {
        rejected: rejected.clone(),
        place: SearchedPlace::Project,
        ..query
    };
    let others = found(&session, &query);
    assert!(!others.is_empty());
    assert!(others.iter().all(|hit| hit.example() != rejected[0]));
}

#[test]
fn hits_in_files_of_one_name_are_played_and_marked_each_in_its_own_file_and_undone() {
    let (session, view) = Session::recorded();
    let folder = with_library(&session);
    let query = first_warble(&view, SearchedPlace::Library);
    let hits = found(&session, &query);
    let path = |hit: &SimilarStretch| hit.placed.recording.path.clone();
    let (first, second) = (path(&hits[0]), path(&hits[1]));
    let mut both = [first.clone(), second.clone()];
    both.sort();
    assert_eq!(both, [folder.join("a/hit.wav"), folder.join("b/hit.wav")]);
    assert_ne!(
        hits[0].placed.recording.filename,
        hits[1].placed.recording.filename
    );
    let store = || Store::open(&session.folder().join("earmark.db")).unwrap();
    assert_eq!(
        store().recording_path("hit.wav").unwrap(),
        None,
        "a search enters no name"
    );

    let mut player = connect_player(&session);
    session.instance.send(Command::Play(Play::Stretch {
        filename: hits[1].placed.recording.filename.clone(),
        span: hits[1].region.span,
        mode: AuditionMode::Replace,
    }));
    session.wait_for("the audition", |view| view.activity.audition.is_some());
    let heard = listen(&mut player, |_| {
        session.instance.view().activity.audition.is_none()
    });
    let loudest = heard.iter().fold(0.0_f32, |peak, one| peak.max(one.abs()));
    assert!(loudest > 0.2, "{loudest}");

    use RegionState::{Found, Negative, Positive};
    mark(&session, 0, &warbles());
    states(&session, &[Positive, Found]);
    mark(&session, 1, &MarkKind::Negative);
    states(&session, &[Positive, Negative]);
    let clips = store().clips("default", None).unwrap();
    assert_eq!(clips.len(), 1);
    assert_eq!(clips[0].source_path.as_deref(), Some(first.as_path()));
    let negatives = store().negatives("default", None).unwrap();
    assert_eq!(negatives.len(), 1);
    assert_eq!(negatives[0].source_path.as_deref(), Some(second.as_path()));
    assert_ne!(clips[0].filename, negatives[0].filename);

    session.instance.send(Command::Undo);
    states(&session, &[Positive, Found]);
    session.instance.send(Command::Undo);
    states(&session, &[Found, Found]);
    session.instance.send(Command::Redo);
    states(&session, &[Positive, Found]);
    // The next search shows the mark as well.
    let again = found(&session, &query);
    let marked = again.iter().find(|hit| path(hit) == first).unwrap();
    assert_eq!(marked.region.state, Positive);
    assert_eq!(marked.region.class.as_deref(), Some("warble"));
}

#[test]
fn a_search_in_a_library_without_folders_or_one_that_is_cancelled_says_so() {
    let (session, view) = Session::recorded();
    let query = first_warble(&view, SearchedPlace::Library);
    assert!(found(&session, &query).is_empty());
    let state = |view: &View| view.similar.clone().unwrap().state;
    assert_eq!(state(&session.instance.view()), SimilarState::NoLibrary);
    find(&session, first_warble(&view, SearchedPlace::Take));
    session.instance.send(Command::Work(Work::CancelSimilar));
    // Nothing else is cancelled, and the search can be begun again.
    session.wait_for("the end of the search", |view| {
        matches!(
            state(view),
            SimilarState::Cancelled | SimilarState::Found(_)
        )
    });
    let query = first_warble(&view, SearchedPlace::Project);
    assert!(!found(&session, &query).is_empty());
}

#[test]
fn a_training_that_follows_marks_at_once_learns_from_them() {
    let (session, view) = Session::recorded();
    let hits = found(&session, &first_warble(&view, SearchedPlace::Take));
    let view = session.instance.view();
    let three: Vec<&SimilarStretch> = hits[..3].iter().collect();
    let marks = view.set_similar(&three, &warbles(), true).unwrap();
    session.instance.send(marks);
    session.instance.send(training(true));
    let view = session.wait_for("a classifier", |view| !view.learning.classifiers.is_empty());
    assert_eq!(view.learning.classifiers[0].counts.clips, 3);
}

#[test]
fn examples_in_several_files_are_one_step_which_undo_and_redo_take_whole() {
    use RegionState::{Found, Positive};
    let (session, view) = Session::recorded();
    with_library(&session);
    found(&session, &first_warble(&view, SearchedPlace::Library));
    let view = session.instance.view();
    let two: Vec<&SimilarStretch> = view.similar.as_ref().unwrap().found()[..2].iter().collect();
    let files = two.iter().map(|hit| hit.placed.recording.path.clone());
    assert_ne!(files.clone().next(), files.clone().nth(1), "two files");
    let before = view.marks.undo.clone();
    session
        .instance
        .send(view.mark_similar(&two, &warbles()).unwrap());
    states(&session, &[Positive, Positive]);
    let store = || Store::open(&session.folder().join("earmark.db")).unwrap();
    let clips = || store().clips("default", None).unwrap();
    assert_eq!(clips().len(), 2);
    let is_there = |path: &Path| std::fs::metadata(path).is_ok_and(|file| file.len() > 44);
    assert!(clips().iter().all(|clip| is_there(&clip.output_path)));
    let view = session.wait_for("the label", |view| view.marks.undo != before);
    let label = view.marks.undo.clone().unwrap();
    assert_eq!(label, "confirming 2 regions as warble");

    session.instance.send(Command::Undo);
    states(&session, &[Found, Found]);
    let view = session.wait_for("one step", |view| view.marks.redo.is_some());
    assert_eq!((clips().len(), &view.marks.undo), (0, &before));
    session.instance.send(Command::Redo);
    states(&session, &[Positive, Positive]);
    assert_eq!(clips().len(), 2);
}

#[test]
fn of_marks_in_several_files_none_is_made_when_one_of_the_files_is_gone() {
    let (session, view) = Session::recorded();
    with_library(&session);
    let hits = found(&session, &first_warble(&view, SearchedPlace::Library));
    let two: Vec<&SimilarStretch> = hits[..2].iter().collect();
    std::fs::remove_file(&hits[1].placed.recording.path).unwrap();
    let view = session.instance.view();
    session
        .instance
        .send(view.mark_similar(&two, &warbles()).unwrap());
    session.wait_for("an error", |view| {
        let status = view.health.status.as_ref();
        status.is_some_and(|status| status.text.contains("hit.wav"))
    });
    let store = Store::open(&session.folder().join("earmark.db")).unwrap();
    assert!(store.clips("default", None).unwrap().is_empty());
    assert_eq!(wave_files(&session.folder().join("clips")), 0);
}

#[test]
fn stretches_of_several_files_are_exported_as_clips_and_undo_removes_their_rows() {
    let (session, view) = Session::recorded();
    with_library(&session);
    let hits = found(&session, &first_warble(&view, SearchedPlace::Library));
    let to = session.folder().join("exported");
    let stretches = hits[..2].iter().map(SimilarStretch::example).collect();
    session.instance.send(Command::Work(Work::ExportStretches {
        stretches,
        class: String::from("warble"),
        to: to.clone(),
    }));
    session.wait_for("the export", |view| {
        let status = view.health.status.as_ref();
        status.is_some_and(|status| status.text.starts_with("Wrote 2 clips to"))
    });
    assert_eq!(wave_files(&to), 2);
    let rows = || {
        let store = Store::open(&session.folder().join("earmark.db")).unwrap();
        store.clips("default", None).unwrap().len()
    };
    assert_eq!(rows(), 2);
    session.instance.send(Command::Undo);
    session.wait_for("undone", |view| view.marks.redo.is_some());
    assert_eq!((rows(), wave_files(&to)), (0, 2));
}

fn wave_files(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let counts = entries.map(|entry| match entry.path() {
        path if path.is_dir() => wave_files(&path),
        path => usize::from(path.extension().is_some_and(|extension| extension == "wav")),
    });
    counts.sum()
}
