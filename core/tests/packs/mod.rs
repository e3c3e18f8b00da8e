//! `pack` as one person uses it to give a classifier to another.

use super::*;

use std::path::Path;

use serde_json::Value;

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// The regions of the newest version of `file`.
fn regions(machine: &Machine, file: &str) -> Value {
    json(&machine.must(&format!("results {file} --json")))["regions"].clone()
}

fn hand_over(from: &Machine, to: &Machine, name: &str) {
    std::fs::copy(from.path(name), to.path(name)).unwrap();
}

#[test]
fn a_classifier_finds_the_same_for_another_person_and_keeps_its_history_when_they_train_it_further()
{
    let one = Machine::trained();
    one.must("scan room.wav");
    let said = one.must("pack export --sound chirp chirp.earmark --author Ann --licence CC0");
    assert!(
        said.contains("wrote chirp.earmark") && said.contains("by Ann"),
        "{said}"
    );
    let other = Machine::new();
    hand_over(&one, &other, "chirp.earmark");
    let said = other.must("pack show chirp.earmark");
    assert!(
        said.contains("chirp, version 1 of AISFX") && said.contains("CC0"),
        "{said}"
    );
    assert!(!other.path("earmark.db").exists(), "it only shows");

    let said = other.must("pack import chirp.earmark");
    assert!(said.contains("imported chirp as classifier 1"), "{said}");
    let again = json(&other.must("pack import chirp.earmark --json"));
    assert_eq!(
        (&again["version"], &again["already_there"]),
        (&1.into(), &true.into())
    );
    other.must("scan room.wav");
    let found = regions(&other, "room.wav");
    assert_eq!(found.as_array().unwrap().len(), CHIRPS_AT_S.len());
    for (ours, theirs) in found
        .as_array()
        .unwrap()
        .iter()
        .zip(regions(&one, "room.wav").as_array().unwrap())
    {
        for field in ["start_s", "end_s", "score"] {
            assert_eq!(ours[field], theirs[field], "{field}");
        }
    }

    other.must("clip add --class chirp chirp.wav");
    other.must("train --positive chirp --background room.wav hall.wav");
    let listed = other.must("classifiers");
    assert!(
        listed.contains("from a pack (Ann, CC0)") && listed.contains("classifier 2"),
        "{listed}"
    );
    other.must("pack export --sound chirp further.earmark --author Bob");
    let history = json(&other.must("pack show further.earmark --json"))["history"].clone();
    assert_eq!(
        (&history[0]["version"], &history[0]["author"]),
        (&1.into(), &"Ann".into())
    );
}

#[test]
fn the_examples_of_a_pack_come_along_on_request_and_train_for_another_person() {
    let one = Machine::trained();
    let said = one.must("pack export --sound chirp chirp.earmark --with-clips");
    assert!(said.contains("with 2 clips"), "{said}");
    let other = Machine::new();
    hand_over(&one, &other, "chirp.earmark");
    let imported = other.run("pack import chirp.earmark --clips-to examples");
    let said = String::from_utf8_lossy(&imported.stderr).into_owned();
    assert!(imported.status.success(), "{imported:?}");
    assert!(
        said.contains("2 clips written") && said.contains("clip add --class chirp"),
        "{said}"
    );
    other.check(&[case(
        "clips that are there",
        "pack import chirp.earmark --clips-to examples",
    )
    .refused(&["001.wav cannot be written"])]);
    other.must("clip add --class chirp examples/chirp");
    other.must("train --positive chirp --background room.wav hall.wav");
    assert!(other.must("classifiers").contains("classifier 2"));
}

#[test]
fn packs_that_cannot_be_used_change_nothing_and_say_what_to_do() {
    let machine = Machine::trained();
    machine.must("pack export --sound chirp chirp.earmark");
    let whole = std::fs::read(machine.path("chirp.earmark")).unwrap();
    std::fs::write(machine.path("half.earmark"), &whole[..whole.len() / 2]).unwrap();
    std::fs::write(
        machine.path("other.earmark"),
        for_another_model(&machine.path("chirp.earmark")),
    )
    .unwrap();
    let before = machine.must("classifiers");
    machine.check(&[
        case(
            "a pack that is there",
            "pack export --sound chirp chirp.earmark",
        )
        .refused(&["already", "--replace"]),
        case(
            "a sound that nobody trained",
            "pack export --sound door door.earmark",
        )
        .refused(&["has learned door", "chirp"]),
        case(
            "a number that is not there",
            "pack export --sound chirp --number 9 x.earmark",
        )
        .refused(&["no classifier 9"]),
        case("half a pack", "pack import half.earmark").refused(&["damaged", "get the file again"]),
        case("a recording", "pack import room.wav").refused(&["another kind"]),
        case("no file", "pack import gone.earmark").refused(&["there is no pack", "pack export"]),
        case("a folder", "pack import .").refused(&["cannot be read"]),
        case("another model's pack", "pack import other.earmark")
            .refused(&["BIRDS is not installed", "earmark models add"]),
        case("another model's pack, shown", "pack show other.earmark")
            .says(&["cannot be used here", "BIRDS"]),
    ]);
    assert_eq!(machine.must("classifiers"), before);
    assert!(!machine.path("door.earmark").exists());
}

/// The pack at `path`, as if it had been trained with a model that is not installed.
fn for_another_model(path: &Path) -> Vec<u8> {
    use earmark_core::pack::{About, ModelOfPack, Pack};
    let pack = Pack::load(path).unwrap();
    let model = ModelOfPack {
        key: String::from("BIRDS"),
        ..pack.about.model.clone()
    };
    let about = About {
        model,
        ..pack.about.clone()
    };
    let other = Pack::new(about, pack.classifier_bytes().to_owned(), path).unwrap();
    other.to_bytes()
}
