//! Exports asked for by a window: what is written, what is asked, what undo takes back, and the folders to choose from.

use std::path::{Path, PathBuf};

use earmark_core::export::{Formulas, ListFormat, Times};
use earmark_core::protocol::{
    Chosen, ClipChoices, Command, ExportChoices, ExportKind, ExportRequest, IfThere, RegionState,
    Severity, Show, View, Work,
};

use super::editing::{ids, with_versions};
use super::session::Session;

fn csv() -> ExportKind {
    ExportKind::List {
        format: ListFormat::Csv,
        times: Times::Take,
        formulas: Formulas::Disarmed,
    }
}

fn export(session: &Session, kind: ExportKind, to: &Path, if_there: IfThere, regions: Chosen) {
    session
        .instance
        .send(Command::Work(Work::Export(ExportRequest {
            choices: ExportChoices {
                kind,
                rejected: false,
            },
            regions,
            to: to.to_owned(),
            if_there,
        })));
}

fn says(view: &View, severity: Severity, words: &str) -> bool {
    let status = view.health.status.as_ref();
    status.is_some_and(|status| status.severity == severity && status.text.contains(words))
}

#[test]
fn a_list_holds_what_is_shown_or_selected_and_leaves_out_what_was_rejected() {
    let (session, _, _) = with_versions();
    let view = session.instance.view();
    let regions = ids(&view);
    session
        .instance
        .send(session.instance.view().select(&[regions[0]]).negative());
    session.wait_for("the mark", |view| {
        view.results.regions[0].state == RegionState::Negative
    });
    let path = session.folder().join("all.csv");
    export(&session, csv(), &path, IfThere::Ask, Chosen::All);
    session.wait_for("the words", |view| {
        says(view, Severity::Info, "Wrote 2 regions to ") && view.activity.job.is_none()
    });
    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!(text.lines().count(), 3, "{text}");

    let selected = Chosen::Only(vec![regions[2]]);
    export(&session, csv(), &path, IfThere::Ask, selected);
    let view = session.wait_for("the question", |view| {
        view.activity.export_question.is_some()
    });
    let question = view.activity.export_question.clone().unwrap();
    assert_eq!(question.there, [path.as_path()]);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    session
        .instance
        .send(Command::Work(Work::Export(ExportRequest {
            if_there: IfThere::Replace,
            ..question.request.clone()
        })));
    session.wait_for("the words", |view| {
        says(view, Severity::Info, "Wrote 1 region to ") && view.activity.export_question.is_none()
    });
    assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 2);

    let nowhere = session.folder().join("gone").join("list.csv");
    export(&session, csv(), &nowhere, IfThere::Ask, Chosen::All);
    session.wait_for("the error", |view| {
        says(view, Severity::Error, "choose another one")
    });
}

#[test]
fn exported_clips_are_no_marks_and_undo_takes_their_rows_back_but_not_their_files() {
    let (session, filename, _) = with_versions();
    let folder = session.folder().join("for others");
    let kind = ExportKind::Clips(ClipChoices {
        class: String::from("door"),
        ..ClipChoices::default()
    });
    let marks = session.instance.view().marks.since_training;
    export(&session, kind, &folder, IfThere::Ask, Chosen::All);
    let view = session.wait_for("the clips", |view| {
        says(view, Severity::Info, "Wrote 3 clips to ") && view.activity.job.is_none()
    });
    let undo = view.marks.undo.as_deref();
    assert_eq!(undo, Some("the export of 3 clips (their files stay)"));
    assert!(
        view.results
            .regions
            .iter()
            .all(|region| region.state == RegionState::Found)
    );
    assert_eq!(view.marks.since_training, marks);
    let files = || {
        std::fs::read_dir(folder.join("door/vid_001"))
            .unwrap()
            .count()
    };
    assert_eq!(files(), 3);
    let rows = || {
        let store = earmark_core::store::Store::open(&session.folder().join("earmark.db"));
        store.unwrap().clips_in("default", &filename).unwrap()
    };
    assert!(rows().len() == 3 && rows().iter().all(|row| row.scan_export));
    session.instance.send(Command::Undo);
    session.wait_for("the words", |view| {
        says(view, Severity::Info, "Undid the export of 3 clips")
    });
    assert_eq!((rows().len(), files()), (0, 3));
    session.instance.send(Command::Redo);
    session.wait_for("the rows again", |view| view.marks.redo.is_none());
    assert_eq!(rows().len(), 3);
}

#[test]
fn what_the_live_scan_shows_can_be_listed_and_a_growing_take_gets_no_markers() {
    let mut session = Session::begin();
    session.play(&super::session::soundscape()[..44_100 * 8]);
    session.wait_for("the growing take", |view| {
        view.source.takes.iter().any(|take| take.recording)
    });
    let copy = session.folder().join("copy.wav");
    export(
        &session,
        ExportKind::Markers,
        &copy,
        IfThere::Ask,
        Chosen::All,
    );
    session.wait_for("the refusal", |view| {
        says(view, Severity::Error, "stop the transport")
    });
    session.stop();
    session.wait_for("its end", |view| {
        view.source.takes.iter().any(|take| !take.recording)
    });
    export(
        &session,
        ExportKind::Markers,
        &copy,
        IfThere::Ask,
        Chosen::All,
    );
    session.wait_for("the copy", |view| {
        says(view, Severity::Info, "Wrote 0 regions to ") && view.activity.job.is_none()
    });
    assert!(copy.is_file());
}

#[test]
fn folders_are_looked_into_made_and_remembered() {
    let (session, _, _) = with_versions();
    let here = session.folder().to_owned();
    session
        .instance
        .send(Command::Show(Show::Folder(Some(here.clone()))));
    let seen = |view: &View| {
        view.activity
            .folder
            .as_ref()
            .map(|folder| folder.path.clone())
    };
    let view = session.wait_for("the folder", |view| seen(view) == Some(here.clone()));
    let folder = view.activity.folder.clone().unwrap();
    assert!(folder.folders.contains(&String::from("takes")));
    assert!(folder.files.contains(&String::from("earmark.db")));
    session.instance.send(Command::Work(Work::MakeFolder {
        parent: here.clone(),
        name: String::from("lists"),
    }));
    let made: PathBuf = here.join("lists");
    session.wait_for("the new folder", |view| seen(view) == Some(made.clone()));
    export(
        &session,
        csv(),
        &made.join("a.csv"),
        IfThere::Ask,
        Chosen::All,
    );
    session.wait_for("the list in it", |view| {
        let folder = view.activity.folder.as_ref();
        folder.is_some_and(|folder| folder.files == ["a.csv"])
    });
    session
        .instance
        .send(Command::Show(Show::Folder(Some(here))));
    session.instance.send(Command::Show(Show::Folder(None)));
    let view = session.wait_for("the last place", |view| {
        let folder = view.activity.folder.as_ref();
        folder.is_some_and(|folder| folder.last_choices.is_some() && folder.path == made)
    });
    let choices = view.activity.folder.as_ref().unwrap().last_choices.clone();
    assert_eq!(choices.unwrap().kind, csv());
}
