//! Versions and their regions under the hand of a user, and marks while another program has the database to itself.

mod bare;
mod deleting;
mod noting;
mod profiles;
mod taking_back;
mod unsure;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use earmark_core::protocol::{Command, RegionState, Severity, Show, ShownId, Target, View};
use earmark_core::scan::{ScoredSpan, WindowScores};
use earmark_core::store::{NewScan, SavedScan, Store};

use super::session::Session;
use super::span;

const MODEL: &str = "AISFX";
pub(super) const PROFILE: &str = "default";

/// A version of `take` with a region of one second at each of `found`, as another program would save it.
fn save_version(session: &Session, take: &str, found: &[(f64, f32)]) -> SavedScan {
    save_scored(session, take, found, Vec::new())
}

/// As [`save_version`], with window scores half a second apart.
fn save_scored(session: &Session, take: &str, found: &[(f64, f32)], scores: Vec<f32>) -> SavedScan {
    let regions: Vec<ScoredSpan> = found
        .iter()
        .map(|&(start_s, score)| ScoredSpan {
            span: span(start_s, start_s + 1.0),
            score,
        })
        .collect();
    let mut store = Store::open(&session.folder().join("earmark.db")).unwrap();
    store
        .save_scan(
            &NewScan {
                filename: take,
                profile: PROFILE,
                model: MODEL,
                source_path: Path::new(take),
                regions: &regions,
                threshold: 0.5,
                classifier: None,
                scores: &WindowScores {
                    hop_s: 0.5,
                    window_s: 1.0,
                    scores,
                    ..WindowScores::default()
                },
            },
            5,
        )
        .unwrap()
}

/// A recorded take with versions of 1, 2 and 3 regions; the newest is on show.
pub(super) fn with_versions() -> (Session, String, Vec<SavedScan>) {
    let (session, view) = Session::recorded();
    let take = view.source.takes[0].filename.clone();
    let found = [(2.0, 0.6), (4.0, 0.9), (7.0, 0.7)];
    let saved = (1..=3)
        .map(|count| save_version(&session, &take, &found[..count]))
        .collect();
    session.wait_for("three versions", |view| {
        view.results.versions.len() == 3 && view.results.regions.len() == 3
    });
    (session, take, saved)
}

pub(super) fn ids(view: &View) -> Vec<ShownId> {
    view.results
        .regions
        .iter()
        .filter_map(|region| region.id)
        .collect()
}

fn spans(view: &View) -> Vec<(f64, f64)> {
    view.results
        .regions
        .iter()
        .map(|region| (region.span.start_s(), region.span.end_s()))
        .collect()
}

#[test]
fn versions_can_be_pinned_restored_and_deleted() {
    let (session, _, saved) = with_versions();
    let oldest = saved[0].timestamp.clone();
    session.instance.send(
        session
            .instance
            .view()
            .change_version(&oldest, Target::Pinned(true)),
    );
    let view = session.wait_for("the pin", |view| view.results.versions[2].row.pinned);
    assert_eq!(view.marks.undo.as_deref(), Some("pinning version 1"));
    assert!(
        view.results.versions[2].date.len() == "2026-01-31 14:22:33".len(),
        "{}",
        view.results.versions[2].date
    );
    session.instance.send(Command::Undo);
    session.wait_for("the pin undone", |view| {
        !view.results.versions[2].row.pinned
    });
    session.instance.send(Command::Redo);
    session.wait_for("the pin again", |view| view.results.versions[2].row.pinned);

    session.instance.send(
        session
            .instance
            .view()
            .change_version(&oldest, Target::VersionRestored),
    );
    let view = session.wait_for("the oldest as the newest", |view| {
        view.results.versions.len() == 4 && view.results.regions.len() == 1
    });
    assert_eq!(
        view.shown.version.as_ref(),
        Some(&view.results.versions[0].row.timestamp)
    );
    assert_eq!(view.results.versions[0].row.number, 4);

    session
        .instance
        .send(Command::Show(Show::Version(Some(oldest.clone()))));
    session.instance.send(
        session
            .instance
            .view()
            .change_version(&oldest, Target::VersionDeleted),
    );
    let view = session.wait_for("one version less", |view| view.results.versions.len() == 3);
    assert_eq!(
        view.shown.version.as_ref(),
        Some(&view.results.versions[0].row.timestamp)
    );
    session.instance.send(
        session
            .instance
            .view()
            .change_version(&oldest, Target::VersionDeleted),
    );
    session.wait_for("a word that it is gone", |view| {
        view.health
            .status
            .as_ref()
            .is_some_and(|status| status.severity == Severity::Error)
    });
}

#[test]
fn a_restored_version_says_what_was_pruned_for_it() {
    let (session, filename, saved) = with_versions();
    save_version(&session, &filename, &[]);
    save_version(&session, &filename, &[]);
    session.instance.send(
        session
            .instance
            .view()
            .change_version(&saved[1].timestamp, Target::VersionRestored),
    );
    session.wait_for("the words", |view| {
        view.health.status.as_ref().is_some_and(|status| {
            status
                .text
                .contains("Version 2 is active again, as version 6")
                && status.text.contains("deleted version 1")
        })
    });
}

#[test]
fn merged_and_resized_regions_stay_with_their_version_and_can_be_undone_from_another() {
    let (session, _, saved) = with_versions();
    let before = session.instance.view();
    let regions = ids(&before);
    session.instance.send(
        session.instance.view().merge(
            &regions[..2]
                .iter()
                .filter_map(|id| id.region())
                .collect::<Vec<_>>(),
        ),
    );
    let merged = session.wait_for("the merged region", |view| {
        view.results
            .regions
            .iter()
            .any(|region| region.state == RegionState::Disabled)
    });
    let one = merged
        .results
        .regions
        .iter()
        .find(|region| region.id == Some(regions[1]))
        .unwrap();
    assert_eq!((one.span, one.score), (span(2.0, 5.0), 0.9));
    assert_eq!(one.state, RegionState::Found);

    session.instance.send(
        session
            .instance
            .view()
            .resize(regions[2].region().unwrap(), span(6.5, 100.0))
            .unwrap(),
    );
    session.wait_for("the resized region, cut at the take's end", |view| {
        spans(view).iter().any(|&(start_s, end_s)| {
            start_s == 6.5 && (end_s - super::session::LENGTH_S).abs() < 0.01
        })
    });
    session.instance.send(
        session
            .instance
            .view()
            .resize(regions[2].region().unwrap(), span(50.0, 60.0))
            .unwrap(),
    );
    session.wait_for("a refusal", |view| {
        view.health
            .status
            .as_ref()
            .is_some_and(|status| status.severity == Severity::Error)
    });

    session.instance.send(Command::Show(Show::Version(Some(
        saved[1].timestamp.clone(),
    ))));
    let other = session.wait_for("the other version", |view| view.results.regions.len() == 2);
    assert_eq!(
        spans(&other),
        [(2.0, 3.0), (4.0, 5.0)],
        "edits belong to one version"
    );
    session.instance.send(Command::Undo);
    session.instance.send(Command::Undo);
    session.wait_for("nothing left to undo", |view| view.marks.undo.is_none());
    session.instance.send(Command::Show(Show::Version(None)));
    let after = session.wait_for("the newest version", |view| view.results.regions.len() == 3);
    assert_eq!(after.results.regions, before.results.regions);
}

#[test]
fn marks_wait_in_order_while_another_program_has_the_database_to_itself() {
    let (session, filename, _) = with_versions();
    let regions = ids(&session.instance.view());
    let other = rusqlite::Connection::open(session.folder().join("earmark.db")).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();

    session
        .instance
        .send(session.instance.view().select(&[regions[0]]).negative());
    session.instance.send(
        session
            .instance
            .view()
            .stretch(&filename, span(20.0, 21.0))
            .negative(),
    );
    session
        .instance
        .send(session.instance.view().select(&[regions[2]]).disabled());
    let view = session.wait_for("three marks that wait", |view| view.health.waiting == 3);
    assert!(
        view.health
            .obstacles
            .iter()
            .any(|obstacle| obstacle.what == "3 marks wait for the database"),
        "{:?}",
        view.health.obstacles
    );
    let shown: Vec<bool> = view
        .results
        .regions
        .iter()
        .map(|region| region.waiting)
        .collect();
    assert_eq!(shown, [true, false, true]);
    assert!(
        view.health
            .status
            .as_ref()
            .is_none_or(|status| status.severity != Severity::Error)
    );
    // What is meant for this profile stays meant for it.
    session.instance.send(Command::Show(Show::Profile {
        profile: String::from("foley"),
    }));
    session.wait_for("the other profile", |view| view.shown.profile == "foley");

    other.execute_batch("COMMIT").unwrap();
    session.wait_for("nothing that waits", |view| {
        view.health.waiting == 0
            && view
                .health
                .obstacles
                .iter()
                .all(|one| !one.what.contains("wait"))
    });
    session.instance.send(Command::Show(Show::Profile {
        profile: String::from(PROFILE),
    }));
    let view = session.wait_for("the marks", |view| {
        view.marks.negatives.len() == 2 && view.results.regions.len() == 4
    });
    let states: Vec<RegionState> = view
        .results
        .regions
        .iter()
        .map(|region| region.state)
        .collect();
    assert_eq!(
        states,
        [
            RegionState::Negative,
            RegionState::Found,
            RegionState::Disabled,
            RegionState::Negative
        ]
    );
    assert!(view.marks.undo.is_some(), "what had to wait can be undone");
}

#[test]
fn marks_that_wait_outlive_the_instance_they_were_made_in() {
    let (session, filename, _) = with_versions();
    let path = session.folder().join("earmark.db");
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    session.instance.send(
        session
            .instance
            .view()
            .stretch(&filename, span(20.0, 21.0))
            .negative(),
    );
    session.wait_for("the mark that waits", |view| view.health.waiting == 1);
    let folder = std::thread::scope(|scope| {
        let leaving = scope.spawn(|| session.end());
        // The engine is on its way out and may only now be asking for the last time; both orders are right.
        other.execute_batch("COMMIT").unwrap();
        leaving.join().unwrap()
    });
    let saved = Store::open(&path).unwrap();
    assert_eq!(saved.negatives(PROFILE, None).unwrap().len(), 1);
    drop(folder);
}

#[test]
fn a_window_is_woken_for_a_new_view_and_for_nothing_else() {
    let session = Session::begin();
    session.wait_for("an open database", |view| !view.storage.profiles.is_empty());
    let woken = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&woken);
    session.instance.wake_with(Some(Arc::new(move || {
        counter.fetch_add(1, Ordering::SeqCst);
    })));
    let revision = session.instance.view().revision;
    for threshold in [0.2, 0.3, 0.4] {
        session
            .instance
            .send(Command::Show(Show::Threshold { threshold }));
    }
    let view = session.wait_for("the threshold", |view| view.shown.threshold == 0.4);
    session.instance.wake_with(None);
    let published = usize::try_from(view.revision - revision).unwrap();
    let calls = woken.load(Ordering::SeqCst);
    assert!(
        (1..=published + 1).contains(&calls),
        "{calls} calls for {published} views"
    );
    session
        .instance
        .send(Command::Show(Show::Threshold { threshold: 0.9 }));
    session.wait_for("the last threshold", |view| view.shown.threshold == 0.9);
    assert!(woken.load(Ordering::SeqCst) <= calls + 1);
}
