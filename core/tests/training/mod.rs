//! What a window is told about a training before it is made.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use earmark_core::protocol::{Command, Severity, Show, TrainRequest, TrainingCounts, View, Work};
use earmark_core::store::{NewClip, NewNegative, Store, TrainingWarning};

use super::session::Session;
use super::span;

/// How soon a mark of another program shows.
const AT_ONCE: Duration = Duration::from_secs(5);

fn consider(session: &Session, include_scan_exports: bool) {
    session
        .instance
        .send(Command::Show(Show::TrainingCounts(Some(TrainRequest {
            positive_classes: vec![String::from("warble")],
            include_scan_exports,
            ..TrainRequest::default()
        }))));
}

fn counts(view: &View) -> Option<&Arc<TrainingCounts>> {
    view.learning.training.as_ref()?.counts.as_ref()
}

fn store(session: &Session) -> Store {
    Store::open(&session.folder().join("earmark.db")).unwrap()
}

fn add_clip(store: &mut Store, class: &str, recording: &Path, scan_export: bool) {
    let filename = recording.file_name().unwrap().to_string_lossy();
    let clip = format!("/clips/{class}/vid_001/clip_001.wav");
    store
        .add_clip(&NewClip {
            profile: "default",
            filename: &filename,
            span: span(1.0, 2.0),
            output_path: Path::new(&clip),
            source_path: recording,
            label: class,
            scan_export,
            spread_s: 0.0,
        })
        .unwrap();
}

#[test]
fn what_a_training_would_learn_from_is_counted_live_until_nobody_asks() {
    let (session, view) = Session::recorded();
    let take = view.source.takes[0].filename.clone();
    assert_eq!(view.learning.training, None);
    consider(&session, false);
    let view = session.wait_for("figures", |view| counts(view).is_some());
    assert_eq!(
        counts(&view).unwrap().warnings,
        [TrainingWarning::NoPositives]
    );

    session.instance.send(
        session
            .instance
            .view()
            .stretch(&take, span(2.0, 2.8))
            .positive("warble"),
    );
    let view = session.wait_for("the clip", |view| {
        counts(view).is_some_and(|counts| counts.total.positives == 1)
    });
    let counted = counts(&view).unwrap();
    assert_eq!(
        counted.warnings,
        [TrainingWarning::FewPositives { positives: 1 }]
    );
    assert_eq!(counted.files.len(), 1);
    assert_eq!(counted.files[0].marks.filename, take);
    assert!(counted.files[0].recording_found);

    // Another program's marks, in recordings that are gone.
    let mut other = store(&session);
    other
        .add_negative(&NewNegative {
            profile: "default",
            filename: "elsewhere.wav",
            span: span(1.0, 2.0),
            source_path: Path::new("/gone/elsewhere.wav"),
            source_model: "AISFX",
        })
        .unwrap();
    let view = session.wait_for_within("the other program's mark", AT_ONCE, |view| {
        counts(view).is_some_and(|counts| counts.total.hard_negatives == 1)
    });
    let elsewhere = &counts(&view).unwrap().files[1];
    assert_eq!(elsewhere.marks.filename, "elsewhere.wav");
    session.wait_for("a look for its recording", |view| {
        counts(view).is_some_and(|counts| !counts.files[1].recording_found)
    });
    add_clip(&mut other, "unseen", Path::new("/gone/unseen.wav"), true);
    consider(&session, true);
    let view = session.wait_for("the class of scan exports to choose from", |view| {
        counts(view).is_some_and(|counts| counts.classes.len() == 2)
    });
    assert_eq!(
        view.marks.classes.len(),
        1,
        "elsewhere it is not listed unless asked for"
    );

    session
        .instance
        .send(Command::Show(Show::TrainingCounts(None)));
    session.wait_for("no figures", |view| view.learning.training.is_none());
}

#[test]
fn recordings_that_were_moved_are_found_again_from_the_window() {
    let session = Session::begin();
    session.wait_for("an open database", |view| !view.storage.profiles.is_empty());
    let moved = session.folder().join("moved/deeper/kitchen.wav");
    std::fs::create_dir_all(moved.parent().unwrap()).unwrap();
    std::fs::write(&moved, "audio").unwrap();
    let mut other = store(&session);
    add_clip(&mut other, "warble", Path::new("/gone/kitchen.wav"), false);
    add_clip(&mut other, "warble", Path::new("/gone/cellar.wav"), false);
    consider(&session, false);
    let found = |view: &View| -> Option<Vec<bool>> {
        let files = &counts(view)?.files;
        Some(files.iter().map(|file| file.recording_found).collect())
    };
    session.wait_for("two missing recordings", |view| {
        found(view) == Some(vec![false, false])
    });

    session.instance.send(Command::Work(Work::FindRecordings(
        session.folder().join("no such folder"),
    )));
    session.wait_for("a refusal", |view| {
        view.activity.job.is_none()
            && view
                .health
                .status
                .as_ref()
                .is_some_and(|status| status.severity == Severity::Error)
    });
    session.instance.send(Command::Work(Work::FindRecordings(
        session.folder().join("moved"),
    )));
    let view = session.wait_for("the one that is there", |view| {
        view.activity.job.is_none() && found(view) == Some(vec![false, true])
    });
    let status = view.health.status.as_ref().unwrap();
    assert_eq!(status.severity, Severity::Warning);
    assert!(
        status.text.contains("1 clip") && status.text.contains("cellar.wav"),
        "{}",
        status.text
    );
}
