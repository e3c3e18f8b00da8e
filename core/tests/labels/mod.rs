//! Label files in a window: read on a thread of their own, marked as one change over several recordings and classes, and taken
//! back and done again as one.

use std::path::PathBuf;

use earmark_core::protocol::{
    Command, Labels, LabelsPlan, LabelsRequest, LabelsState, MarkAs, Note, View,
};
use earmark_core::store::Store;

use super::dropping::{warble, write};
use super::session::{Session, soundscape};

/// Labels of two recordings: two classes, a negative, and one that lies behind the recording's end.
const FIRST: &str =
    "2.0\t2.8\twarble\n6.5\t7.3\twarble\n9.0\t9.5\ttone\n13.5\t14.0\tnegative\n500\t501\twarble\n";
const SECOND: &str = "0.1\t0.5\twarble\n";

fn session() -> (Session, Vec<PathBuf>) {
    let session = Session::begin();
    session.instance.send(Command::Note(Note::EditorOpened));
    let at = |name: &str| session.folder().join("labels").join(name);
    write(&at("room.wav"), &soundscape());
    write(&at("hall.wav"), &warble());
    std::fs::write(at("room.txt"), FIRST).unwrap();
    std::fs::write(at("hall.txt"), SECOND).unwrap();
    let files = vec![at("room.txt"), at("hall.txt")];
    (session, files)
}

fn request(files: &[PathBuf]) -> LabelsRequest {
    LabelsRequest {
        files: files.to_vec(),
        ..LabelsRequest::default()
    }
}

fn plan_of(view: &View) -> Option<&LabelsPlan> {
    match &view.labels.as_ref()?.state {
        LabelsState::Planned(plan) => Some(plan),
        _ => None,
    }
}

/// Reads `request` and waits for its plan and number.
fn read(session: &Session, request: LabelsRequest) -> (u64, LabelsPlan) {
    let before = session.instance.view();
    let before = before.labels.as_ref().map_or(0, |labels| labels.number);
    let ask = Command::Labels(Labels::Read(request));
    session.instance.send(ask);
    let view = session.wait_for("a plan", |view| {
        let number = view.labels.as_ref().map(|labels| labels.number);
        number > Some(before) && plan_of(view).is_some()
    });
    let number = view.labels.as_ref().unwrap().number;
    (number, plan_of(&view).unwrap().clone())
}

fn import(session: &Session, number: u64) -> String {
    let ask = Command::Labels(Labels::Import { number });
    session.instance.send(ask);
    let said = |view: &View| match &view.labels.as_ref()?.state {
        LabelsState::Imported(words) => Some(words.clone()),
        _ => None,
    };
    let view = session.wait_for("the import", |view| said(view).is_some());
    said(&view).unwrap()
}

/// Clips and hard negatives, of all recordings.
fn marks(session: &Session) -> (usize, usize) {
    let store = Store::open(&session.folder().join("earmark.db")).unwrap();
    let clips = store.clips("default", None).unwrap();
    for clip in &clips {
        assert!(clip.output_path.is_file(), "{clip:?}");
    }
    (clips.len(), store.negatives("default", None).unwrap().len())
}

#[test]
fn labels_of_several_recordings_and_classes_are_one_step_of_undo_and_redo() {
    let (session, files) = session();
    let (number, plan) = read(&session, request(&files));
    assert_eq!(marks(&session), (0, 0), "a plan marks nothing");
    assert_eq!((plan.new, plan.there), (5, 0), "{plan:#?}");
    let first = &plan.files[0];
    assert_eq!(first.format, Some("Audacity labels"));
    let kinds = [("negative", 1), ("tone", 1), ("warble", 2)];
    let kinds = kinds.map(|(kind, count)| (String::from(kind), count));
    assert_eq!(first.kinds, kinds);
    assert_eq!(first.recordings, ["room.wav"]);
    assert_eq!(first.left_out.len(), 1);
    assert_eq!(first.left_out[0].lines, [5]);
    assert!(first.left_out[0].is_fault, "{first:#?}");

    assert_eq!(import(&session, number), "Imported 5 marks.");
    assert_eq!(marks(&session), (4, 1));
    let undo = session.instance.view().marks.undo.clone();
    assert_eq!(undo.as_deref(), Some("importing 5 marks"));

    session.instance.send(Command::Undo);
    let view = session.wait_for("the plan of what is new again", |view| {
        plan_of(view).is_some_and(|plan| plan.new == 5)
    });
    assert_eq!(marks(&session), (0, 0));
    assert_eq!(view.marks.undo, None, "one step took all of it back");
    session.instance.send(Command::Redo);
    session.wait_for("the plan of what is there again", |view| {
        plan_of(view).is_some_and(|plan| (plan.new, plan.there) == (0, 5))
    });
    assert_eq!(marks(&session), (4, 1));

    let (number, plan) = read(&session, request(&files));
    assert_eq!((plan.new, plan.there), (0, 5));
    let words = import(&session, number);
    assert_eq!(words, "Everything in the labels is there already.");
    assert_eq!(marks(&session), (4, 1));
}

#[test]
fn labels_become_what_the_user_chooses_and_a_plan_that_is_not_on_show_is_not_imported() {
    let (session, files) = session();
    let (stale, _) = read(&session, request(&files));
    let choice = LabelsRequest {
        mark_as: MarkAs::Negative,
        ..request(&files)
    };
    let (number, plan) = read(&session, choice);
    let ask = Command::Labels(Labels::Import { number: stale });
    session.instance.send(ask);
    assert_eq!(plan.files[1].kinds, [(String::from("negative"), 1)]);
    import(&session, number);
    assert_eq!(marks(&session), (0, 5));
}

#[test]
fn a_file_that_is_no_label_file_is_shown_with_the_reason_beside_the_others() {
    let (session, mut files) = session();
    let poem = session.folder().join("poem.txt");
    std::fs::write(&poem, "no labels in here\n").unwrap();
    files.push(poem);
    files.push(session.folder().join("gone.csv"));
    let (_, plan) = read(&session, request(&files));
    assert_eq!(plan.new, 5);
    for file in &plan.files[2..] {
        assert!(file.problem.is_some() && file.format.is_none(), "{file:?}");
    }
}

#[test]
fn a_big_file_can_be_cancelled_and_then_nothing_is_marked() {
    let (session, files) = session();
    let lines: String = (0..100_000)
        .map(|at| {
            let start_s = f64::from(at) * 0.000_25;
            format!("{start_s}\t{}\twarble\n", start_s + 0.5)
        })
        .collect();
    std::fs::write(&files[0], lines).unwrap();
    let ask = Command::Labels(Labels::Read(request(&files[..1])));
    session.instance.send(ask);
    session.instance.send(Command::Labels(Labels::Cancel));
    session.wait_for("the end", |view| {
        let labels = view.labels.as_ref();
        labels.is_some_and(|labels| labels.state == LabelsState::Cancelled)
    });
    let choice = LabelsRequest {
        files: files[1..].to_vec(),
        ..request(&files)
    };
    let (number, _) = read(&session, choice);
    assert_eq!(import(&session, number), "Imported 1 mark.");
}
