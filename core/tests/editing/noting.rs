//! Notes on regions: over rescans, beside marks, undone and done again.

use earmark_core::protocol::{Command, RegionState, ShownId, View};
use earmark_core::store::Store;

use super::{PROFILE, ids, save_version, span, with_versions};
use crate::session::Session;

/// Start and note of everything on show.
fn notes(view: &View) -> Vec<(f64, Option<&str>)> {
    let regions = view.results.regions.iter();
    regions
        .map(|region| (region.span.start_s(), region.note.as_deref()))
        .collect()
}

fn write(session: &Session, id: ShownId, text: &str) {
    let subject = session.instance.view().select(&[id]);
    session.instance.send(subject.noted(text).unwrap());
}

#[test]
fn a_note_stays_with_its_region_over_a_rescan_and_one_undo_takes_it_back() {
    let (session, filename, _) = with_versions();
    let regions = ids(&session.instance.view());
    write(&session, regions[1], "  left door, #creak ");
    let noted = [(2.0, None), (4.0, Some("left door, #creak")), (7.0, None)];
    let view = session.wait_for("the note", |view| notes(view) == noted);
    assert_eq!(view.marks.undo.as_deref(), Some("writing a note"));
    assert_eq!(view.marks.since_training, 0, "a note teaches nothing");
    let said = &view.health.status.as_ref().unwrap().text;
    assert!(said.starts_with("Saved the note on "), "{said}");

    // The next version finds the region a little later, then not at all, then again.
    save_version(&session, &filename, &[(4.3, 0.8), (9.0, 0.6)]);
    session.wait_for("the note on the region found anew", |view| {
        notes(view) == [(4.3, Some("left door, #creak")), (9.0, None)]
    });
    save_version(&session, &filename, &[(9.0, 0.6)]);
    let is_alone = |view: &View| view.results.regions[0].state == RegionState::Noted;
    let view = session.wait_for("the note alone", is_alone);
    assert_eq!(view.results.regions.len(), 2);
    assert!(view.results.regions[0].is_bare_mark());
    assert_eq!(view.results.tabs[0].label(), "AISFX (1) [v5]");
    let alone = ids(&view)[0];
    write(&session, alone, "right door");
    session.wait_for("another text", |view| {
        notes(view) == [(4.0, Some("right door")), (9.0, None)]
    });

    session.instance.send(Command::Undo);
    session.wait_for("the first text", |view| {
        notes(view)[0] == (4.0, Some("left door, #creak"))
    });
    session.instance.send(Command::Undo);
    session.wait_for("no note", |view| notes(view) == [(9.0, None)]);
    session.instance.send(Command::Redo);
    session.wait_for("the note again", |view| notes(view).len() == 2);
    session
        .instance
        .send(session.instance.view().select(&[alone]).disabled());
    session.wait_for("no note after Delete", |view| notes(view) == [(9.0, None)]);
    session.instance.send(Command::Undo);
    session.wait_for("the note once more", |view| notes(view).len() == 2);
}

#[test]
fn a_note_lies_on_a_mark_and_an_emptied_one_is_deleted() {
    let (session, filename, _) = with_versions();
    let by_ear = session
        .instance
        .view()
        .stretch(&filename, span(0.5, 1.3))
        .unsure();
    session.instance.send(by_ear);
    let view = session.wait_for("a mark by ear", |view| view.results.regions.len() == 4);
    let all = ids(&view);
    write(&session, all[0], "a breath");
    write(&session, all[1], "the door");
    session.wait_for("two notes", |view| {
        notes(view)[..2] == [(0.5, Some("a breath")), (2.0, Some("the door"))]
    });
    // A mark changes and goes; what is written about the place stays.
    session
        .instance
        .send(session.instance.view().select(&[all[0]]).negative());
    let view = session.wait_for("another mark", |view| view.marks.negatives.len() == 1);
    assert_eq!(notes(&view)[0], (0.5, Some("a breath")));
    let negative = ids(&view)[0];
    session
        .instance
        .send(session.instance.view().select(&[negative]).negative());
    let view = session.wait_for("no mark", |view| view.marks.negatives.is_empty());
    assert_eq!(view.results.regions[0].state, RegionState::Noted);
    let alone = ids(&view)[0];
    write(&session, alone, "");
    write(&session, all[1], "  ");
    let view = session.wait_for("no notes", |view| {
        notes(view).iter().all(|(_, note)| note.is_none())
    });
    assert_eq!(view.results.regions.len(), 3);
    assert_eq!(view.marks.undo.as_deref(), Some("deleting a note"));
    let store = Store::open(&session.folder().join("earmark.db")).unwrap();
    assert!(store.region_notes(PROFILE, None).unwrap().is_empty());
}

#[test]
fn the_notes_of_merged_regions_are_read_together_and_become_one_when_they_are_written() {
    let (session, filename, _) = with_versions();
    let regions = ids(&session.instance.view());
    write(&session, regions[0], "one");
    write(&session, regions[1], "two");
    session.wait_for("two notes", |view| notes(view)[1].1 == Some("two"));
    let rows: Vec<_> = regions[..2].iter().filter_map(|id| id.region()).collect();
    session.instance.send(session.instance.view().merge(&rows));
    let is_merged = |view: &View| {
        view.results
            .regions
            .iter()
            .any(|it| it.span == span(2.0, 5.0))
    };
    let view = session.wait_for("one region", is_merged);
    let merged = |view: &View| {
        let mut regions = view.results.regions.iter();
        regions
            .find(|it| it.span == span(2.0, 5.0))
            .cloned()
            .unwrap()
    };
    assert_eq!(merged(&view).note.as_deref(), Some("one; two"));
    write(&session, merged(&view).id.unwrap(), "both");
    session.wait_for("one note", |view| {
        merged(view).note.as_deref() == Some("both")
    });
    let store = Store::open(&session.folder().join("earmark.db")).unwrap();
    let rows = store.region_notes(PROFILE, Some(&filename)).unwrap();
    assert_eq!(rows.len(), 1, "{rows:?}");
    session.instance.send(Command::Undo);
    session.wait_for("two notes again", |view| {
        merged(view).note.as_deref() == Some("one; two")
    });
}

#[test]
fn a_note_waits_for_a_locked_database() {
    let (session, _, _) = with_versions();
    let regions = ids(&session.instance.view());
    let other = rusqlite::Connection::open(session.folder().join("earmark.db")).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    write(&session, regions[1], "a breath");
    let view = session.wait_for("the note that waits", |view| view.health.waiting == 1);
    assert!(view.results.regions[1].waiting && !view.results.regions[0].waiting);
    other.execute_batch("COMMIT").unwrap();
    session.wait_for("the note", |view| {
        view.health.waiting == 0 && notes(view)[1].1 == Some("a breath")
    });
}
