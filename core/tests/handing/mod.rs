//! Packs in a window: one person exports a classifier, another looks at the pack and imports it, and undo goes back.

use std::path::{Path, PathBuf};

use earmark_core::pack::{About, ModelOfPack, Pack};
use earmark_core::protocol::{
    Command, Note, PackCredits, PackExport, PackFacts, PackState, Packs, Severity, View,
};

use earmark_core::time::Span;

use super::session::Session;
use super::{confirm_three, trained};

fn learned() -> Session {
    learned_without(None)
}

/// A session that has learned, also that a stretch is not the sound: another classifier than without it.
fn learned_without(negative: Option<Span>) -> Session {
    let (session, view) = Session::recorded();
    let take = &view.source.takes[0].filename;
    confirm_three(&session, take);
    if let Some(span) = negative {
        let view = session.instance.view();
        session.instance.send(view.stretch(take, span).negative());
    }
    trained(&session, true);
    session
}

fn ask(session: &Session, asked: Packs) {
    session.instance.send(Command::Packs(asked));
}

fn export(session: &Session, with_clips: bool) -> String {
    let export = PackExport {
        version: 1,
        words: PackCredits {
            author: String::from("Ann"),
            licence: String::from("CC0"),
        },
        with_clips,
        folder: session.folder().to_owned(),
    };
    session.instance.send(Command::Note(Note::StatusRead));
    session.wait_for("no words", |view| view.health.status.is_none());
    ask(session, Packs::Export(export));
    let view = session.wait_for("the export", |view| {
        let status = view.health.status.as_ref();
        status.is_some_and(|it| it.text.starts_with("Exported ")) && view.activity.job.is_none()
    });
    view.health.status.as_ref().unwrap().text.clone()
}

fn state_of(view: &View) -> Option<&PackState> {
    view.pack.as_ref().map(|pack| &pack.state)
}

/// Reads the pack at `path`: its number, and what it says or why it is refused.
fn read(session: &Session, path: PathBuf) -> (u64, Result<PackFacts, String>) {
    let before = session.instance.view();
    let before = before.pack.as_ref().map_or(0, |pack| pack.number);
    ask(session, Packs::Read(path));
    let view = session.wait_for("the pack", |view| {
        let pack = view.pack.as_ref();
        pack.is_some_and(|pack| pack.number > before && pack.state != PackState::Reading)
    });
    let number = view.pack.as_ref().unwrap().number;
    let told = match state_of(&view) {
        Some(PackState::Read(facts)) => Ok(facts.as_ref().clone()),
        Some(PackState::Refused(why)) => Err(why.clone()),
        other => panic!("{other:?}"),
    };
    (number, told)
}

fn import(session: &Session, number: u64) -> String {
    ask(session, Packs::Import { number });
    let words = |view: &View| match state_of(view)? {
        PackState::Imported(words) => Some(words.clone()),
        _ => None,
    };
    let view = session.wait_for("the import", |view| words(view).is_some());
    words(&view).unwrap()
}

fn versions(view: &View) -> Vec<(u32, Option<u32>)> {
    let classifiers = view.learning.classifiers.iter();
    classifiers.map(|one| (one.version, one.copy_of)).collect()
}

#[test]
fn a_classifier_is_exported_and_another_person_looks_at_it_imports_it_once_and_goes_back() {
    let one = learned();
    let said = export(&one, true);
    assert!(
        said.starts_with("Exported warbles v1 with 3 clips to "),
        "{said}"
    );
    let said = export(&one, false);
    assert!(
        said.ends_with("warbles 2.earmark."),
        "no file is replaced: {said}"
    );
    let credits = one.wait_for("who was named", |view| {
        view.learning.pack_credits.author == "Ann"
    });
    assert_eq!(credits.learning.pack_credits.licence, "CC0");

    let other = learned_without(Some(Span::new(8.5, 9.0).unwrap()));
    let path = other.folder().join("of ann.earmark");
    std::fs::copy(one.folder().join("warbles.earmark"), &path).unwrap();
    let (number, told) = read(&other, path.clone());
    let told = told.unwrap();
    assert_eq!((told.sound.as_str(), told.clips), ("warbles", 3));
    assert_eq!(told.credits.author, "Ann");
    assert_eq!((told.model.as_str(), told.obstacle), ("AISFX", None));
    assert_eq!(told.counts.clips, 3);
    assert_eq!(versions(&other.instance.view()), [(1, None)]);

    let said = import(&other, number);
    assert!(
        said.starts_with("Imported warbles as v2 of AISFX."),
        "{said}"
    );
    let view = other.wait_for("the classifier", |view| {
        versions(view) == [(2, None), (1, None)]
    });
    let undo = view.marks.undo.as_deref().unwrap();
    assert!(undo.starts_with("the import of warbles"), "{undo}");
    other.instance.send(Command::Undo);
    other.wait_for("the former classifier in use", |view| {
        versions(view).first() == Some(&(3, Some(1))) && view.activity.job.is_none()
    });

    let (number, _) = read(&other, path);
    let said = import(&other, number);
    assert!(said.contains("already, as v2"), "{said}");
    assert_eq!(versions(&other.instance.view()).len(), 3);
}

#[test]
fn a_damaged_pack_a_recording_and_another_models_pack_are_refused_in_words() {
    let session = learned();
    export(&session, false);
    let good = session.folder().join("warbles.earmark");
    let bytes = std::fs::read(&good).unwrap();
    let bad = |name: &str, bytes: &[u8]| {
        let path = session.folder().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let half = bad("half.earmark", &bytes[..bytes.len() / 2]);
    let noise = bad("noise.earmark", b"RIFF and no pack");
    let gone = session.folder().join("gone.earmark");
    for path in [half, noise, gone] {
        let (number, told) = read(&session, path);
        let why = told.unwrap_err();
        assert!(
            why.contains("get the file again") || why.contains("there is no pack"),
            "{why}"
        );
        ask(&session, Packs::Import { number });
    }
    let birds = bad("birds.earmark", &for_another_model(&good));
    let (number, told) = read(&session, birds);
    let obstacle = told.unwrap().obstacle.unwrap();
    assert!(obstacle.contains("BIRDS is not installed"), "{obstacle}");
    ask(&session, Packs::Import { number });
    ask(&session, Packs::Forget);
    let view = session.wait_for("nothing", |view| view.pack.is_none());
    assert_eq!(versions(&view), [(1, None)]);
    let status = view.health.status.as_ref();
    assert!(
        status.is_none_or(|it| it.severity != Severity::Error),
        "{status:?}"
    );
}

/// The pack at `path`, as if it had been trained with a model that is not installed.
fn for_another_model(path: &Path) -> Vec<u8> {
    let pack = Pack::load(path).unwrap();
    let about = About {
        model: ModelOfPack {
            key: String::from("BIRDS"),
            ..pack.about.model.clone()
        },
        ..pack.about.clone()
    };
    let other = Pack::new(about, pack.classifier_bytes().to_owned(), path).unwrap();
    other.to_bytes()
}
