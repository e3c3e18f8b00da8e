//! Marks on bare waveform: where the version on show found nothing, and where there is no version yet.

use earmark_core::protocol::{Command, Compared, RegionState, RegionView, Show, ShownId, View};
use earmark_core::store::Store;

use super::{PROFILE, ids, save_version, span, with_versions};
use crate::session::Session;

const CLASS: &str = "warble";

/// Start and state of everything on show.
fn shown(view: &View) -> Vec<(f64, RegionState)> {
    let regions = view.results.regions.iter();
    regions
        .map(|region| (region.span.start_s(), region.state))
        .collect()
}

fn add_positive(session: &Session, filename: &str, start_s: f64) {
    session.instance.send(
        session
            .instance
            .view()
            .stretch(filename, span(start_s, start_s + 0.8))
            .positive(CLASS),
    );
}

#[test]
fn a_mark_before_the_first_scan_is_shown_and_taken_back_by_its_own_key() {
    use RegionState::{Negative, Positive, Unsure};

    let (session, view) = Session::recorded();
    let filename = view.source.takes[0].filename.clone();
    add_positive(&session, &filename, 2.0);
    session.instance.send(
        session
            .instance
            .view()
            .stretch(&filename, span(4.0, 4.8))
            .negative(),
    );
    session.instance.send(
        session
            .instance
            .view()
            .stretch(&filename, span(6.0, 6.8))
            .unsure(),
    );
    let marked = [(2.0, Positive), (4.0, Negative), (6.0, Unsure)];
    let view = session.wait_for("the marks", |view| shown(view) == marked);
    assert!(view.results.versions.is_empty());
    assert_eq!(
        view.results.tabs[0].label(),
        "AISFX (0)",
        "a mark is no find"
    );
    assert_eq!(view.results.regions[0].class.as_deref(), Some(CLASS));
    let marks = ids(&view);
    assert!(
        matches!(
            marks[..],
            [ShownId::Clip(_), ShownId::Negative(_), ShownId::Unsure(_)]
        ),
        "{marks:?}"
    );

    session
        .instance
        .send(session.instance.view().select(&[marks[1]]).negative());
    session.wait_for("no negative", |view| {
        shown(view) == [(2.0, Positive), (6.0, Unsure)]
    });
    session
        .instance
        .send(session.instance.view().select(&[marks[2]]).unsure());
    session.wait_for("no doubt", |view| shown(view) == [(2.0, Positive)]);
    session
        .instance
        .send(session.instance.view().select(&[marks[0]]).positive(CLASS));
    let view = session.wait_for("nothing", |view| view.results.regions.is_empty());
    assert!(view.marks.classes.is_empty());
    assert!(
        view.health
            .status
            .as_ref()
            .is_some_and(|status| status.text.contains("no longer marked as warble")),
        "{:?}",
        view.health.status
    );
    for _ in 0..3 {
        session.instance.send(Command::Undo);
    }
    session.wait_for("all of it again", |view| shown(view) == marked);

    // Another word about a mark takes its place.
    session.instance.send(
        session
            .instance
            .view()
            .select(&[marks[0], marks[2]])
            .negative(),
    );
    session.wait_for("three negatives", |view| {
        view.results.regions.len() == 3 && shown(view).iter().all(|(_, state)| *state == Negative)
    });
    session.instance.send(Command::Undo);
    session.wait_for("the marks before", |view| shown(view) == marked);
    // Deleting removes marks, because there is nothing to disable.
    session
        .instance
        .send(session.instance.view().select(&marks).disabled());
    let view = session.wait_for("no mark", |view| view.results.regions.is_empty());
    assert_eq!(view.marks.undo.as_deref(), Some("removing 3 marks"));
    session.instance.send(Command::Undo);
    session.wait_for("the marks again", |view| shown(view) == marked);
}

#[test]
fn a_mark_has_a_row_of_its_own_only_while_no_region_of_the_version_on_show_lies_there() {
    use RegionState::{Disabled, Found, Positive};

    let (session, filename, saved) = with_versions();
    add_positive(&session, &filename, 2.1);
    add_positive(&session, &filename, 5.5);
    let view = session.wait_for("both examples", |view| {
        shown(view) == [(2.0, Positive), (4.0, Found), (5.5, Positive), (7.0, Found)]
    });
    let bare: Vec<bool> = view
        .results
        .regions
        .iter()
        .map(RegionView::is_bare_mark)
        .collect();
    assert_eq!(bare, [false, false, true, false]);
    assert_eq!(view.results.tabs[0].label(), "AISFX (3) [v3]");
    let all = ids(&view);

    let oldest = Compared::Version(saved[0].timestamp.clone());
    session
        .instance
        .send(Command::Show(Show::Comparison(Some(oldest))));
    let view = session.wait_for("a comparison", |view| view.results.comparison.is_some());
    let comparison = view.results.comparison.as_ref().unwrap();
    let counts = (comparison.kept, comparison.moved, comparison.new);
    assert_eq!(counts, (1, 0, 2), "a mark is no version's");
    assert_eq!(view.results.regions[2].change, None);
    session.instance.send(Command::Show(Show::Comparison(None)));

    session
        .instance
        .send(session.instance.view().select(&all).disabled());
    session.wait_for("regions disabled, and the mark removed", |view| {
        shown(view) == [(2.0, Disabled), (4.0, Disabled), (7.0, Disabled)]
    });
    session.instance.send(Command::Undo);
    session.wait_for("all of it again", |view| view.results.regions.len() == 4);

    // The next version finds the place, so the region says what the mark said.
    save_version(&session, &filename, &[(2.0, 0.9), (5.4, 0.8)]);
    let view = session.wait_for("the find in the place of the mark", |view| {
        shown(view) == [(2.0, Positive), (5.4, Positive)]
    });
    assert!(
        view.results
            .regions
            .iter()
            .all(|region| !region.is_bare_mark())
    );
}

#[test]
fn the_command_line_takes_examples_back_and_leaves_their_files() {
    let (session, view) = Session::recorded();
    add_positive(&session, &view.source.takes[0].filename, 2.0);
    add_positive(&session, &view.source.takes[0].filename, 6.0);
    session.wait_for("two examples", |view| view.results.regions.len() == 2);
    let database = session.folder().join("earmark.db");
    let clips = || {
        let store = Store::open(&database).unwrap();
        store.clips(PROFILE, Some(CLASS)).unwrap()
    };
    let [first, second] = &clips()[..] else {
        panic!("{:?}", clips());
    };
    let earmark = std::process::Command::new(env!("CARGO_BIN_EXE_earmark"))
        .env("EARMARK_DB", &database)
        .args(["clip", "remove", &first.id.to_string()])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&earmark.stdout);
    assert!(earmark.status.success(), "{earmark:?}");
    assert!(told.contains("deleted 1 clip"), "{told}");
    assert!(first.output_path.is_file(), "its file stays");
    assert_eq!(clips(), std::slice::from_ref(second));
}

#[test]
fn confirming_what_is_confirmed_already_takes_the_example_back() {
    use RegionState::{Found, Positive};

    let (session, _, _) = with_versions();
    let regions = ids(&session.instance.view());
    let confirm = |regions: &[ShownId]| {
        session
            .instance
            .send(session.instance.view().select(regions).positive(CLASS));
    };
    let states = |view: &View| -> Vec<RegionState> {
        view.results
            .regions
            .iter()
            .map(|region| region.state)
            .collect()
    };
    confirm(&regions[..1]);
    session.wait_for("one example", |view| {
        states(view) == [Positive, Found, Found]
    });
    // Not all of them are, so all of them become so.
    confirm(&regions[..2]);
    session.wait_for("two examples", |view| {
        states(view) == [Positive, Positive, Found]
    });
    confirm(&regions[..2]);
    session.wait_for("no example", |view| states(view) == [Found; 3]);
    session.instance.send(Command::Undo);
    session.wait_for("two examples again", |view| {
        states(view) == [Positive, Positive, Found]
    });
}
