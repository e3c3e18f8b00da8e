//! The engine as a plugin uses it: real audio through a real capture line, the real model, the real database.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods
)] // In tests a panic is the report.

mod common;
mod dropping;
mod durability;
mod editing;
mod eight_cut;
mod emptiness;
mod exporting;
mod following;
mod handing;
mod hearing;
mod identity;
mod labels;
mod learning;
mod margin;
#[cfg(unix)] // Symbolic links, and folders that can be moved while they are in use.
mod missing;
mod progress;
mod projecting;
mod proving;
mod second_model;
mod seeing;
mod session;
mod shelving;
mod similar;
mod storage;
mod training;
mod watching;

use std::time::Duration;

use earmark_core::protocol::{
    BackgroundMargin, Command, Compared, RegionState, Severity, Show, Target, TrainRequest, View,
    Work,
};
use earmark_core::time::Span;
use session::{Session, WARBLE_AT_S, near};

fn span(start_s: f64, end_s: f64) -> Span {
    Span::new(start_s, end_s).unwrap()
}

fn training(use_hard_negatives: bool) -> Command {
    Command::Work(Work::Train(TrainRequest {
        positive_classes: vec![String::from("warble")],
        name: String::from("warbles"),
        use_hard_negatives,
        background_margin: BackgroundMargin::new(0.5),
        ..TrainRequest::default()
    }))
}

/// Confirms the first three warbles by ear, as a user does who has no results yet.
fn confirm_three(session: &Session, take: &str) {
    for &at_s in WARBLE_AT_S.iter().take(3) {
        session.instance.send(
            session
                .instance
                .view()
                .stretch(take, span(at_s, at_s + 0.8))
                .positive("warble"),
        );
    }
    session.wait_for("three clips of the class", |view| {
        view.marks
            .classes
            .iter()
            .any(|class| class.name == "warble" && class.clips == 3)
    });
}

fn trained(session: &Session, use_hard_negatives: bool) -> std::sync::Arc<View> {
    let before = session.instance.view().learning.classifiers.len();
    session.instance.send(training(use_hard_negatives));
    session.wait_for("a classifier and its scan", |view| {
        view.learning.classifiers.len() == before + 1
            && view.activity.job.is_none()
            && !view.results.versions.is_empty()
    })
}

#[test]
fn what_is_played_is_learned_found_corrected_and_learned_again() {
    let (session, view) = Session::recorded();
    let take = view.source.takes[0].filename.clone();
    assert!((view.source.takes[0].duration_s - session::LENGTH_S).abs() < 0.01);

    confirm_three(&session, &take);
    let first = trained(&session, true);
    assert_eq!(first.results.versions.len(), 1);
    let said = &first.health.status.as_ref().unwrap().text;
    assert!(said.starts_with("Trained warbles v1: "), "{said}");
    assert_eq!(
        first.learning.classifiers[0].counts.clips, 3,
        "examples are counted as the user counts them"
    );
    assert_eq!(first.marks.since_training, 0);
    let notes = &first.learning.classifiers[0].notes;
    assert!(notes.is_empty(), "three examples are enough: {notes:?}");
    let scores = first.results.scores.as_ref().unwrap();
    assert!(
        scores.duration_s() >= session::LENGTH_S - 0.2,
        "the scan ended at {} s",
        scores.duration_s()
    );
    assert_eq!(
        first.results.tabs[0].label(),
        format!("AISFX ({}) [v1]", first.results.regions.len())
    );
    for &at_s in &WARBLE_AT_S {
        assert!(
            near(&first.results.scores.clone().unwrap(), at_s)
                > near(
                    &first.results.scores.clone().unwrap(),
                    session::NOTHING_AT_S
                ),
            "the warble at {at_s} s scores no higher than nothing at all"
        );
    }

    let false_hit = first
        .results
        .regions
        .iter()
        .find(|region| region.state == RegionState::Found)
        .cloned();
    match false_hit.and_then(|region| region.id) {
        Some(region) => session
            .instance
            .send(session.instance.view().select(&[region]).negative()),
        None => session.instance.send(
            session
                .instance
                .view()
                .stretch(
                    &take,
                    span(session::NOTHING_AT_S, session::NOTHING_AT_S + 1.0),
                )
                .negative(),
        ),
    }
    session.wait_for("the hard negative", |view| view.marks.negatives.len() == 1);

    let second = trained(&session, true);
    assert_eq!(second.results.versions.len(), 2);
    assert_eq!(second.learning.classifiers[0].counts.hard_negatives, 1);
    let against = |view: &View| view.results.comparison.as_ref().map(|one| one.with.clone());
    let version = |index: usize| {
        Some(Compared::Version(
            second.results.versions[index].row.timestamp.clone(),
        ))
    };
    assert_eq!(against(&first), None, "there was nothing before");
    assert_eq!(against(&second), version(1), "with the one before, unasked");
    let third = trained(&session, false);
    assert_eq!(against(&third), version(0), "and each time with the latest");
    assert_eq!(
        third.learning.classifiers[0].counts.hard_negatives, 0,
        "switched off leaves them out"
    );
    assert_eq!(third.marks.negatives.len(), 1, "and deletes none");
    let remembered = third.learning.last_training.as_ref().unwrap();
    assert_eq!(remembered.background_margin, BackgroundMargin::new(0.5));
    assert_eq!(third.learning.classifiers[0].background_margin_s, Some(0.5));
    assert_eq!(third.learning.classifiers[0].name, "warbles");
    assert_eq!(remembered.positive_classes, ["warble"]);
    assert!(!remembered.use_hard_negatives);

    let older = third.results.versions.last().unwrap().row.timestamp.clone();
    session
        .instance
        .send(Command::Show(Show::Version(Some(older.clone()))));
    session.wait_for("the older version", |view| {
        view.shown.version.as_deref() == Some(&older)
    });
    let newest = third.results.versions[0].row.timestamp.clone();
    session
        .instance
        .send(Command::Show(Show::Comparison(Some(Compared::Version(
            newest.clone(),
        )))));
    let wanted = Some(Compared::Version(newest));
    let compared = session.wait_for("the comparison", |view| against(view) == wanted);
    let comparison = compared.results.comparison.as_ref().unwrap();
    assert!(
        comparison.check.is_some(),
        "marks and scores are there on both sides"
    );
    // A model that has not scanned the take has nothing to compare with.
    session
        .instance
        .send(Command::Show(Show::Comparison(Some(Compared::Model {
            model: String::from("ANOTHER"),
        }))));
    session.wait_for("no comparison", |view| view.results.comparison.is_none());
}

#[test]
fn every_mark_can_be_undone_and_redone() {
    let (session, view) = Session::recorded();
    let filename = view.source.takes[0].filename.clone();
    session.instance.send(
        session
            .instance
            .view()
            .stretch(&filename, span(1.0, 2.0))
            .negative(),
    );
    session.wait_for("the mark", |view| {
        view.marks.negatives.len() == 1 && view.marks.undo.is_some()
    });
    // The last word counts: confirming the same place takes the negative away, and undo brings it back.
    session.instance.send(
        session
            .instance
            .view()
            .stretch(&filename, span(1.0, 2.0))
            .positive("door"),
    );
    session.wait_for("the clip instead", |view| {
        view.marks.negatives.is_empty() && view.marks.classes.len() == 1
    });
    session.instance.send(Command::Undo);
    session.wait_for("the negative again", |view| {
        view.marks.negatives.len() == 1 && view.marks.classes.is_empty()
    });
    session.instance.send(Command::Undo);
    session.wait_for("no marks", |view| {
        view.marks.negatives.is_empty() && view.marks.undo.is_none()
    });
    session.instance.send(Command::Redo);
    session.instance.send(Command::Redo);
    session.wait_for("the clip again", |view| {
        view.marks.classes.len() == 1 && view.marks.negatives.is_empty()
    });
    session.instance.send(Command::Undo);
    session.instance.send(
        session
            .instance
            .view()
            .change(Target::NegativesCleared { source_model: None }),
    );
    session.wait_for("a cleared list", |view| {
        view.marks.negatives.is_empty() && view.marks.undo.is_some()
    });
    session.instance.send(Command::Undo);
    session.wait_for("the cleared negative", |view| {
        view.marks.negatives.len() == 1
    });
}

#[test]
fn what_plays_after_training_is_found_live_and_saved_when_the_transport_stops() {
    let (mut session, view) = Session::recorded();
    confirm_three(&session, &view.source.takes[0].filename);
    trained(&session, true);

    session.jump_to_s(3600.0);
    session.play(&session::soundscape());
    session.wait_for("provisional scores", |view| {
        view.source.takes.len() == 2
            && view
                .results
                .scores
                .as_ref()
                .is_some_and(|scores| scores.scores.len() > 30)
    });
    session.stop();
    let view = session.wait_for("a saved version of the second take", |view| {
        view.source.takes.len() == 2
            && view.shown.take.as_deref() == Some(&view.source.takes[1].filename)
            && view.results.versions.len() == 1
    });
    assert!(
        (view.source.takes[1].start_s - 3600.0).abs() < 1e-6,
        "a take keeps its place on the timeline"
    );
    assert!(
        view.results
            .regions
            .iter()
            .all(|region| region.state != RegionState::Provisional)
    );
}

#[test]
fn training_without_usable_classes_says_what_is_missing_and_changes_nothing() {
    let (session, _) = Session::recorded();
    session.instance.send(training(true));
    let view = session.wait_for("an error", |view| {
        view.activity.job.is_none()
            && view
                .health
                .status
                .as_ref()
                .is_some_and(|status| status.severity == Severity::Error)
    });
    let text = &view.health.status.as_ref().unwrap().text;
    assert!(
        text.contains("warble") && text.contains("no clips"),
        "{text}"
    );
    assert!(view.learning.classifiers.is_empty());
}

#[test]
fn a_training_can_be_cancelled_and_leaves_no_classifier() {
    let (session, view) = Session::recorded();
    confirm_three(&session, &view.source.takes[0].filename);
    session.instance.send(training(true));
    session.instance.send(Command::Work(Work::Cancel));
    let view = session.wait_for("the end of the job", |view| {
        view.activity.job.is_none() && view.health.status.is_some()
    });
    assert!(view.learning.classifiers.is_empty());
}

#[test]
fn samples_that_are_not_numbers_are_kept_in_the_take_and_never_reach_a_score() {
    let (mut session, view) = Session::recorded();
    confirm_three(&session, &view.source.takes[0].filename);
    trained(&session, true);
    let mut sound = session::soundscape();
    for index in (0..sound.len()).step_by(997) {
        sound[index] = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY][index % 3];
    }
    session.jump_to_s(100.0);
    session.play(&sound);
    session.stop();
    let view = session.wait_for("a saved version", |view| {
        view.source.takes.len() == 2
            && view.shown.take.as_deref() == Some(&view.source.takes[1].filename)
            && view.results.versions.len() == 1
    });
    assert!(
        view.results
            .scores
            .as_ref()
            .unwrap()
            .scores
            .iter()
            .all(|score| score.is_finite())
    );
}

#[test]
fn a_database_that_is_none_is_named_with_a_remedy_and_recording_goes_on() {
    let mut session = Session::begin_with(|folder| {
        std::fs::write(
            folder.join("earmark.db"),
            "this is a letter, not a database",
        )
        .unwrap();
    });
    session.play(&session::soundscape());
    session.stop();
    let view = session.wait_for("the obstacle and the take", |view| {
        !view.source.takes.is_empty() && !view.health.obstacles.is_empty()
    });
    let obstacle = &view.health.obstacles[0];
    assert!(
        obstacle.what.contains("not a database") && obstacle.remedy.contains("new database"),
        "{obstacle:?}"
    );
    assert_eq!(
        std::fs::read_dir(session.folder().join("takes"))
            .unwrap()
            .count(),
        1
    );
    assert_eq!(
        std::fs::read_to_string(session.folder().join("earmark.db")).unwrap(),
        "this is a letter, not a database"
    );
}

#[test]
fn a_change_by_another_program_shows_in_an_open_window() {
    let session = Session::begin();
    session.wait_for("an open database", |view| !view.storage.profiles.is_empty());
    let mut other = earmark_core::store::Store::open(&session.folder().join("earmark.db")).unwrap();
    other
        .add_negative(&earmark_core::store::NewNegative {
            profile: "default",
            filename: "elsewhere.wav",
            span: span(1.0, 2.0),
            source_path: std::path::Path::new("/elsewhere.wav"),
            source_model: "HUBERT_XLARGE",
        })
        .unwrap();
    session.wait_for_within("the other program's mark", Duration::from_secs(5), |view| {
        view.marks
            .negatives
            .iter()
            .any(|row| row.source_model == "HUBERT_XLARGE")
    });
}

#[test]
fn a_copied_track_gets_a_source_of_its_own() {
    let session = Session::begin();
    let copy = session.another_of_the_same_source();
    assert_ne!(copy.source(), session.instance.source());
    let freed = copy.source();
    drop(copy);
    assert_ne!(session.another_of_the_same_source().source(), freed);
}

#[test]
fn confirming_as_another_class_twice_makes_one_clip_and_a_negative_takes_all_clips_away() {
    let (session, view) = Session::recorded();
    let filename = view.source.takes[0].filename.clone();
    for class in ["door", "slam", "slam"] {
        session.instance.send(
            session
                .instance
                .view()
                .stretch(&filename, span(1.0, 2.0))
                .positive(class),
        );
    }
    let view = session.wait_for("both classes", |view| view.marks.classes.len() == 2);
    assert!(
        view.marks.classes.iter().all(|class| class.clips == 1),
        "{:?}",
        view.marks.classes
    );
    session.instance.send(
        session
            .instance
            .view()
            .stretch(&filename, span(1.0, 2.0))
            .negative(),
    );
    session.wait_for("the negative alone", |view| {
        view.marks.classes.is_empty() && view.marks.negatives.len() == 1
    });
    session.instance.send(Command::Undo);
    session.wait_for("both clips again", |view| {
        view.marks.classes.len() == 2 && view.marks.negatives.is_empty()
    });
}

/// Replaces `from_s` to `to_s` of a take by silence behind everybody's back: its length and date stay, and so does what a
/// file's state is sampled at if none of that lies there.
fn silence_unnoticed(path: &std::path::Path, from_s: f64, to_s: f64) {
    let written = std::fs::metadata(path).unwrap().modified().unwrap();
    let mut writer = earmark_core::audio::bwf::BwfWriter::reopen(path).unwrap();
    let frame = |at_s: f64| (at_s * f64::from(writer.rate().hz())) as u64;
    let (from, to) = (frame(from_s), frame(to_s));
    writer
        .write_at(from, &vec![0.0; (to - from) as usize])
        .unwrap();
    drop(writer);
    let file = std::fs::File::options().write(true).open(path).unwrap();
    file.set_modified(written).unwrap();
}

#[test]
fn a_take_that_another_session_continues_is_embedded_only_where_it_changed() {
    let (session, view) = Session::recorded();
    let take = view.source.takes[0].filename.clone();
    confirm_three(&session, &take);
    let before = trained(&session, true);
    let source = session.instance.source();
    let folder = session.end();

    // Were the whole take embedded again, this silence would be found out. A checksum is made of the first 0.4 s and of
    // four short places, the first of them at 6.2 s.
    silence_unnoticed(&folder.path().join("takes").join(&take), 0.5, 6.0);
    let mut session = Session::begin_in(folder, source);
    session.jump_to_s(session::LENGTH_S);
    session.play(&session::soundscape()[..(4.0 * 44_100.0) as usize]);
    session.stop();
    let after = session.wait_for("the version of the longer take", |view| {
        view.results.versions.len() == before.results.versions.len() + 1
            && view.results.scores.is_some()
    });
    assert_eq!(after.source.takes.len(), 1);
    let (before, after) = (
        before.results.scores.clone().unwrap(),
        after.results.scores.clone().unwrap(),
    );
    assert!(after.duration_s() > before.duration_s() + 3.5);
    assert!(after.scores.iter().all(|score| score.is_finite()));
    for at_s in [WARBLE_AT_S[0], WARBLE_AT_S[1], WARBLE_AT_S[4]] {
        assert_eq!(near(&after, at_s), near(&before, at_s), "at {at_s} s");
    }
    let new_at_s = session::LENGTH_S + WARBLE_AT_S[0];
    assert!(near(&after, new_at_s) > near(&after, session::NOTHING_AT_S));
}
