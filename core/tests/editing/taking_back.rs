//! Edits that outlive the threshold, and deeds that are taken back or say why they cannot be.

use earmark_core::protocol::{Command, Note, RegionState, Severity, Show, Target, View};
use earmark_core::scan::RegionShape;
use earmark_core::store::Store;

use super::super::session::Session;
use super::super::span;
use super::{ids, save_scored, save_version, spans, with_versions};

/// A version of three regions, cut at 0.5 from its scores: the peaks at 5 s and 15 s are high, the one at 10 s is not.
fn with_scores() -> Session {
    let (session, view) = Session::recorded();
    let take = view.source.takes[0].filename.clone();
    let mut scores = vec![0.1_f32; 60];
    for (at_s, score) in [(5.0, 0.9), (10.0, 0.6), (15.0, 0.9)] {
        let first = (at_s / 0.5) as usize;
        scores[first..first + 3].fill(score);
    }
    save_scored(&session, &take, &[], scores);
    session
        .instance
        .send(Command::Show(Show::Threshold { threshold: 0.4 }));
    rest_at(&session, 0.5, 3);
    session
}

/// Moves the threshold and waits until it has come to rest, in the database.
fn rest_at(session: &Session, threshold: f32, regions: usize) -> std::sync::Arc<View> {
    session
        .instance
        .send(Command::Show(Show::Threshold { threshold }));
    let store = Store::open(&session.folder().join("earmark.db")).unwrap();
    session.wait_for("the threshold at rest", |view| {
        let take = view.source.takes[0].filename.as_str();
        let versions = store.versions(take, super::PROFILE, super::MODEL).unwrap();
        versions[0].threshold == Some(threshold)
            && view.results.regions.len() == regions
            && view
                .results
                .regions
                .iter()
                .all(|region| region.id.is_some())
    })
}

fn is_error(view: &View) -> bool {
    let status = view.health.status.as_ref();
    status.is_some_and(|status| status.severity == Severity::Error)
}

#[test]
fn up_with_the_threshold_and_down_again_edits_are_there_and_can_still_be_undone() {
    let session = with_scores();
    let before = session.instance.view();
    let regions = ids(&before);
    session.instance.send(
        session
            .instance
            .view()
            .resize(regions[0].region().unwrap(), span(3.0, 8.0))
            .unwrap(),
    );
    session
        .instance
        .send(session.instance.view().select(&[regions[1]]).disabled());
    session.wait_for("the edits", |view| {
        view.results.regions[0].span == span(3.0, 8.0)
            && view.results.regions[1].state == RegionState::Disabled
    });
    let high = rest_at(&session, 0.95, 2);
    assert_eq!(
        ids(&high),
        regions[..2],
        "what a hand changed is listed at every threshold"
    );
    let low = rest_at(&session, 0.5, 3);
    assert_eq!(ids(&low)[..2], regions[..2]);
    assert_eq!(low.results.regions[0].span, span(3.0, 8.0));
    assert_eq!(low.results.regions[1].state, RegionState::Disabled);
    session.instance.send(Command::Undo);
    session.instance.send(Command::Undo);
    let after = session.wait_for("both undone", |view| view.marks.undo.is_none());
    assert_eq!(spans(&after), spans(&before));
    assert!(
        after
            .results
            .regions
            .iter()
            .all(|region| region.state == RegionState::Found)
    );
    rest_at(&session, 0.95, 0);
}

#[test]
fn an_undo_that_finds_nothing_to_undo_says_so_and_is_not_in_the_way() {
    let session = with_scores();
    let regions = ids(&session.instance.view());
    session
        .instance
        .send(session.instance.view().select(&[regions[0]]).disabled());
    session
        .instance
        .send(session.instance.view().select(&[regions[1]]).disabled());
    let view = session.wait_for("both disabled", |view| {
        view.results.regions[1].state == RegionState::Disabled
    });
    session.instance.send(view.select(&[regions[1]]).disabled());
    session.wait_for("the second one enabled again", |view| {
        view.marks.undo.as_deref() == Some("enabling 1 region")
    });
    rest_at(&session, 0.95, 1);
    session.instance.send(Command::Undo);
    let view = session.wait_for("a word", is_error);
    let words = &view.health.status.as_ref().unwrap().text;
    assert!(
        words.starts_with("enabling 1 region can be neither taken back"),
        "{words}"
    );
    session.instance.send(Command::Note(Note::StatusRead));
    session.instance.send(Command::Undo);
    session.wait_for("another word", is_error);
    session.instance.send(Command::Undo);
    session.wait_for("the first one enabled", |view| {
        view.marks.undo.is_none()
            && view
                .results
                .regions
                .iter()
                .all(|region| region.state == RegionState::Found)
    });
}

#[test]
fn a_shape_of_regions_is_taken_back_and_the_version_cut_anew() {
    let session = with_scores();
    let before = spans(&session.instance.view());
    session.instance.send(
        session
            .instance
            .view()
            .change(Target::RegionShape(RegionShape::new(10.0, 0.5))),
    );
    session.wait_for("one long region", |view| {
        view.results.regions.len() == 1 && view.results.regions[0].id.is_some()
    });
    session.instance.send(Command::Undo);
    session.wait_for("three again", |view| {
        view.shown.shape == RegionShape::default()
            && spans(view) == before
            && view
                .results
                .regions
                .iter()
                .all(|region| region.id.is_some())
    });
    session.instance.send(Command::Redo);
    session.wait_for("one again", |view| view.results.regions.len() == 1);
}

#[test]
fn a_version_is_shown_as_kept_for_its_edits_once_it_would_have_gone() {
    let (session, filename, saved) = with_versions();
    session.instance.send(Command::Show(Show::Version(Some(
        saved[0].timestamp.clone(),
    ))));
    let view = session.wait_for("the oldest version", |view| view.results.regions.len() == 1);
    session
        .instance
        .send(session.instance.view().select(&ids(&view)).disabled());
    session.wait_for("the edit", |view| {
        view.results.regions[0].state == RegionState::Disabled
    });
    for _ in 0..4 {
        save_version(&session, &filename, &[]);
    }
    let kept = |view: &View| -> Vec<(u32, bool)> {
        let versions = view.results.versions.iter();
        versions
            .map(|version| (version.row.number, version.kept_for_edits))
            .collect()
    };
    let newest = [7, 6, 5, 4, 3].map(|number| (number, false));
    session.wait_for("five and the edited one", |view| {
        kept(view) == [&newest[..], &[(1, true)]].concat()
    });
}

#[test]
fn restoring_a_version_is_taken_back_with_what_was_pruned_for_it() {
    let (session, filename, saved) = with_versions();
    save_version(&session, &filename, &[]);
    save_version(&session, &filename, &[]);
    let before = session.wait_for("five versions", |view| view.results.versions.len() == 5);
    session.instance.send(
        session
            .instance
            .view()
            .change_version(&saved[1].timestamp, Target::VersionRestored),
    );
    let numbers = |view: &View| -> Vec<u32> {
        let versions = view.results.versions.iter();
        versions.map(|version| version.row.number).collect()
    };
    let restored = session.wait_for("the copy", |view| numbers(view) == [6, 5, 4, 3, 2]);
    assert_eq!(restored.marks.undo.as_deref(), Some("restoring version 2"));
    let copied = ids(&restored);
    session
        .instance
        .send(session.instance.view().select(&[copied[0]]).disabled());
    session.wait_for("an edit of the copy", |view| {
        view.marks.undo.as_deref() == Some("disabling 1 region")
    });
    session.instance.send(Command::Undo);
    session.instance.send(Command::Undo);
    let after = session.wait_for("the versions before", |view| {
        numbers(view) == [5, 4, 3, 2, 1]
    });
    assert_eq!(after.results.versions, before.results.versions);
    session.instance.send(Command::Redo);
    session.wait_for("the copy again", |view| {
        numbers(view) == [6, 5, 4, 3, 2] && ids(view) == copied
    });
    session.instance.send(Command::Redo);
    session.wait_for("its edit again", |view| {
        view.results
            .regions
            .first()
            .is_some_and(|region| region.state == RegionState::Disabled)
    });
}

#[test]
fn a_region_is_not_resized_below_what_the_model_tells_apart_however_it_is_asked_for() {
    let (session, _, _) = with_versions();
    let regions = ids(&session.instance.view());
    let resize = |end_s| {
        session.instance.send(
            session
                .instance
                .view()
                .resize(regions[0].region().unwrap(), span(2.0, end_s))
                .unwrap(),
        );
    };
    resize(2.3);
    let view = session.wait_for("a refusal", is_error);
    let words = &view.health.status.as_ref().unwrap().text;
    assert!(
        words.contains("0.300 s is too short") && words.contains("0.500 s"),
        "{words}"
    );
    assert_eq!(
        (view.results.regions[0].span, view.marks.undo.is_none()),
        (span(2.0, 3.0), true)
    );
    resize(2.5);
    session.wait_for("the shortest there is", |view| {
        view.results.regions[0].span == span(2.0, 2.5)
    });
}
