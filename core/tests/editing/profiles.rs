//! Profiles made, copied, renamed and deleted, and all of that taken back.

use std::sync::Arc;

use earmark_core::engine::Instance;
use earmark_core::protocol::{Command, Note, ProfileTarget, Severity, Show, Target, View};
use earmark_core::scan::RegionShape;
use earmark_core::store::{NewNegative, Store};

use super::super::session::Session;
use super::super::span;
use super::{PROFILE, with_versions};

#[test]
fn a_profile_is_copied_renamed_counted_and_deleted_with_the_window_following() {
    let (session, filename, _) = with_versions();
    session.instance.send(
        session
            .instance
            .view()
            .stretch(&filename, span(20.0, 21.0))
            .negative(),
    );
    session.wait_for("the mark", |view| view.marks.negatives.len() == 1);
    session.instance.send(
        session
            .instance
            .view()
            .change(Target::Profile(ProfileTarget::CopyOf {
                from: String::from(PROFILE),
                to: String::from("copy"),
            })),
    );
    session.wait_for("the copy", |view| {
        view.shown.profile == "copy"
            && view.marks.negatives.len() == 1
            && view.results.versions.len() == 3
    });
    session
        .instance
        .send(
            session
                .instance
                .view()
                .change(Target::Profile(ProfileTarget::Renamed {
                    from: String::from("copy"),
                    to: String::from("other"),
                })),
        );
    let view = session.wait_for("the other name", |view| {
        view.shown.profile == "other" && view.marks.negatives.len() == 1
    });
    assert_eq!(view.storage.profiles, [PROFILE, "other"]);
    assert_eq!(
        view.marks.undo.as_deref(),
        Some("renaming the profile copy to other")
    );
    session.instance.send(Command::Show(Show::ProfileCounts {
        profile: String::from("other"),
    }));
    let view = session.wait_for("the count", |view| view.storage.counted.is_some());
    let counted = view.storage.counted.as_ref().unwrap();
    assert_eq!((counted.rows.versions, counted.rows.hard_negatives), (3, 1));
    session
        .instance
        .send(
            session
                .instance
                .view()
                .change(Target::Profile(ProfileTarget::Deleted {
                    name: String::from("other"),
                })),
        );
    session.wait_for("the profile that always exists", |view| {
        view.shown.profile == PROFILE
            && view.storage.profiles == [PROFILE]
            && view.marks.negatives.len() == 1
    });
    session
        .instance
        .send(
            session
                .instance
                .view()
                .change(Target::Profile(ProfileTarget::Deleted {
                    name: String::from(PROFILE),
                })),
        );
    session.wait_for("a refusal", |view| {
        view.health
            .status
            .as_ref()
            .is_some_and(|status| status.severity == Severity::Error)
    });
}

fn create(profile: &str) -> Target {
    let name = profile.to_owned();
    Target::Profile(ProfileTarget::Exists { name })
}

fn duplicate(from: &str, to: &str) -> Target {
    let (from, to) = (from.to_owned(), to.to_owned());
    Target::Profile(ProfileTarget::CopyOf { from, to })
}

fn rename(from: &str, to: &str) -> Target {
    let (from, to) = (from.to_owned(), to.to_owned());
    Target::Profile(ProfileTarget::Renamed { from, to })
}

fn delete(profile: &str) -> Target {
    let name = profile.to_owned();
    Target::Profile(ProfileTarget::Deleted { name })
}

/// Every value of every row that belongs to a profile, table by table.
fn all_rows(session: &Session) -> Vec<Vec<rusqlite::types::Value>> {
    let db = rusqlite::Connection::open(session.folder().join("earmark.db")).unwrap();
    let tables = [
        "processed",
        "scan_results",
        "hard_negatives",
        "unsure_marks",
        "region_notes",
        "mark_bands",
        "hidden_files",
        "scans",
        "scan_serials",
        "classifiers",
        "training_choices",
        "region_shapes",
        "clip_folders",
    ];
    let mut rows = Vec::new();
    for table in tables {
        let mut statement = db
            .prepare(&format!("SELECT * FROM {table} ORDER BY 1, 2"))
            .unwrap();
        let columns = statement.column_count();
        let found = statement
            .query_map([], |row| {
                (0..columns).map(|column| row.get(column)).collect()
            })
            .unwrap();
        rows.extend(found.map(Result::unwrap));
    }
    rows
}

#[test]
fn whatever_is_done_to_a_profile_is_undone_and_done_again_row_for_row() {
    let (session, filename, _) = with_versions();
    let send = |command| session.instance.send(command);
    let change = |target| session.change(target);
    let wait = |what: &str, profile: &str, profiles: &[&str], negatives: usize| -> Arc<View> {
        session.wait_for(what, |view| {
            view.shown.profile == profile
                && view.storage.profiles == profiles
                && view.marks.negatives.len() == negatives
        })
    };
    send(
        session
            .instance
            .view()
            .stretch(&filename, span(20.0, 21.0))
            .negative(),
    );
    wait("the mark", PROFILE, &[PROFILE], 1);
    change(create("made"));
    wait("the new one", "made", &[PROFILE, "made"], 0);
    send(Command::Undo);
    wait("it gone and the former one", PROFILE, &[PROFILE], 1);
    send(Command::Redo);
    wait("it back", "made", &[PROFILE, "made"], 0);
    send(Command::Undo);
    wait("it gone again", PROFILE, &[PROFILE], 1);

    change(duplicate(PROFILE, "copy"));
    wait("the copy", "copy", &["copy", PROFILE], 1);
    send(
        session
            .instance
            .view()
            .change(Target::RegionShape(RegionShape::new(1.0, 2.0))),
    );
    session.wait_for("the shape", |view| {
        view.shown.shape == RegionShape::new(1.0, 2.0)
    });
    // 8-cut's marks have no date, and get none by coming back.
    let by_8cut = rusqlite::Connection::open(session.folder().join("earmark.db")).unwrap();
    by_8cut
        .execute(
            "UPDATE hard_negatives SET created_at = '' WHERE profile = 'copy'",
            [],
        )
        .unwrap();
    let with_copy = all_rows(&session);
    change(rename("copy", "other"));
    wait("the other name", "other", &[PROFILE, "other"], 1);
    let renamed = all_rows(&session);
    change(delete("other"));
    let view = wait("it deleted", PROFILE, &[PROFILE], 1);
    assert_eq!(
        view.marks.undo.as_deref(),
        Some("deleting the profile other")
    );

    send(Command::Undo);
    wait("it back", "other", &[PROFILE, "other"], 1);
    assert_eq!(all_rows(&session), renamed);
    send(Command::Undo);
    wait("its former name", "copy", &["copy", PROFILE], 1);
    assert_eq!(all_rows(&session), with_copy);
    send(Command::Undo);
    session.wait_for("the former shape", |view| {
        view.shown.shape == RegionShape::default()
    });
    send(Command::Undo);
    wait("the copy gone", PROFILE, &[PROFILE], 1);
    send(Command::Undo);
    session.wait_for("the mark undone", |view| {
        view.marks.undo.is_none() && view.marks.negatives.is_empty()
    });
    for _ in 0..5 {
        send(Command::Redo);
    }
    let view = session.wait_for("all of it again", |view| view.marks.redo.is_none());
    assert_eq!(
        (view.shown.profile.as_str(), view.marks.negatives.len()),
        (PROFILE, 1)
    );
    assert_eq!(view.storage.profiles, [PROFILE]);
}

#[test]
fn a_profile_that_somebody_put_something_into_is_not_undone_away() {
    let (session, filename, _) = with_versions();
    session.change(create("made"));
    session.wait_for("the profile", |view| view.shown.profile == "made");
    let mut other = Store::open(&session.folder().join("earmark.db")).unwrap();
    other
        .add_negative(&NewNegative {
            profile: "made",
            filename: &filename,
            span: span(3.0, 4.0),
            source_path: std::path::Path::new(&filename),
            source_model: "AISFX",
        })
        .unwrap();
    session.wait_for("the mark of another program", |view| {
        view.marks.negatives.len() == 1
    });
    session.instance.send(Command::Undo);
    let view = session.wait_for("a refusal", |view| {
        let status = view.health.status.as_ref();
        status.is_some_and(|status| status.severity == Severity::Error)
    });
    let words = &view.health.status.as_ref().unwrap().text;
    assert!(
        words.starts_with("making the profile made can be neither taken back")
            && words.contains("delete it under Profiles"),
        "{words}"
    );
    assert_eq!(
        (view.shown.profile.as_str(), view.marks.negatives.len()),
        ("made", 1)
    );
    assert_eq!(
        view.marks.undo, None,
        "it is not in the way of what was done before"
    );
}

#[test]
fn a_name_that_is_taken_by_now_is_not_taken_back_nor_what_was_done_under_it() {
    let (session, filename, _) = with_versions();
    let send = |command| session.instance.send(command);
    let change = |target| session.change(target);
    send(
        session
            .instance
            .view()
            .change(Target::RegionShape(RegionShape::new(1.0, 2.0))),
    );
    change(create("first"));
    session.wait_for("the profile", |view| view.shown.profile == "first");
    send(
        session
            .instance
            .view()
            .stretch(&filename, span(20.0, 21.0))
            .negative(),
    );
    change(rename("first", "second"));
    session.wait_for("its other name", |view| view.shown.profile == "second");
    let mut other = Store::open(&session.folder().join("earmark.db")).unwrap();
    assert!(other.create_profile("first").unwrap());
    send(Command::Undo);
    let view = session.wait_for("a refusal", |view| {
        let status = view.health.status.as_ref();
        status.is_some_and(|status| status.severity == Severity::Error)
    });
    assert_eq!(view.shown.profile, "second");
    assert_eq!(
        view.marks.undo.as_deref(),
        Some("giving regions another shape"),
        "only what was done to other profiles can be taken back"
    );
    assert_eq!(other.negatives("second", None).unwrap().len(), 1);
}

#[test]
fn a_rename_leaves_other_windows_the_undo_of_all_other_profiles() {
    let (session, _, _) = with_versions();
    let other = session.another_of_the_same_source();
    other.send(Command::Note(Note::EditorOpened));
    let wait = |instance: &Instance, what: &str, holds: &dyn Fn(&View) -> bool| {
        let begun = std::time::Instant::now();
        while !holds(&instance.view()) {
            assert!(begun.elapsed().as_secs() < 60, "waited in vain for {what}");
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    };
    let shape = |length_s| {
        let target = Target::RegionShape(RegionShape::new(0.0, length_s));
        other.send(other.view().change(target));
    };
    let has = |length_s| move |view: &View| view.shown.shape == RegionShape::new(0.0, length_s);
    session.change(create("first"));
    session.wait_for("the profile", |view| view.shown.profile == "first");
    shape(3.0);
    wait(&other, "its shape", &has(3.0));
    other.send(Command::Show(Show::Profile {
        profile: String::from("first"),
    }));
    wait(&other, "the profile", &|view| view.shown.profile == "first");
    shape(4.0);
    wait(&other, "its other shape", &has(4.0));

    session.change(rename("first", "second"));
    wait(&other, "the other name", &|view| {
        view.shown.profile == "second" && view.shown.shape == RegionShape::new(0.0, 4.0)
    });
    other.send(Command::Show(Show::Profile {
        profile: PROFILE.to_owned(),
    }));
    wait(&other, "the shape before", &has(3.0));
    other.send(Command::Undo);
    wait(&other, "what was done to another profile undone", &|view| {
        view.shown.shape == RegionShape::default()
    });
    wait(&other, "nothing more", &|view| view.marks.undo.is_none());
    let view = session.instance.view();
    assert_eq!(
        view.marks.undo.as_deref(),
        Some("renaming the profile first to second")
    );
    assert_eq!(view.storage.profiles, [PROFILE, "second"]);
}
