//! One scan for several sounds, each with its own versions.

use super::{Machine, case, room};

/// The chirp in the profile `default`, and noise in a profile of its own.
fn with_two_sounds() -> Machine {
    let machine = Machine::trained();
    machine.must("profile create hiss");
    machine.must("clip add --class hiss room.wav --start 2 --end 2.8 --profile hiss");
    machine.must("train --positive hiss --background hall.wav --profile hiss");
    machine
}

fn versions_of(machine: &Machine, profile: &str) -> usize {
    let said = machine.must(&format!("versions hall.wav --json --profile {profile}"));
    let versions: Vec<serde_json::Value> = serde_json::from_str(&said).unwrap();
    versions.len()
}

#[test]
fn several_sounds_are_scanned_for_at_once_and_each_has_its_own_version() {
    let machine = with_two_sounds();
    let before = [
        versions_of(&machine, "default"),
        versions_of(&machine, "hiss"),
    ];
    machine.check(&[
        case(
            "two sounds",
            "scan hall.wav --sound default --sound hiss --sound default",
        )
        .says(&["hall.wav, default: AISFX (", "hall.wav, hiss: AISFX ("]),
        case("all sounds", "scan hall.wav --all-sounds")
            .says(&["hall.wav, default: AISFX (", "hall.wav, hiss: AISFX ("]),
        case("one sound by its name", "scan hall.wav --sound hiss").says(&["hall.wav: AISFX ("]),
    ]);
    let now = [
        versions_of(&machine, "default"),
        versions_of(&machine, "hiss"),
    ];
    assert_eq!(now, [before[0] + 2, before[1] + 3]);

    let said = machine.must("scan hall.wav --all-sounds --json");
    let scanned: Vec<serde_json::Value> = serde_json::from_str(&said).unwrap();
    let named: Vec<&str> = scanned
        .iter()
        .map(|one| one["profile"].as_str().unwrap())
        .collect();
    assert_eq!(named, ["default", "hiss"]);
    for (profile, scanned) in named.into_iter().zip(&scanned) {
        let said = machine.must(&format!("results hall.wav --json --profile {profile}"));
        let results: serde_json::Value = serde_json::from_str(&said).unwrap();
        assert_eq!(results["timestamp"], scanned["timestamp"]);
        let regions = results["regions"].as_array().unwrap().len();
        assert_eq!(scanned["regions"], regions);
    }
}

#[test]
fn a_sound_that_is_not_there_is_refused_before_anything_is_scanned() {
    let machine = Machine::new();
    machine.must("profile create empty");
    machine.check(&[case("no sound at all", "scan hall.wav --all-sounds")
        .refused(&["in any profile yet", "earmark train"])]);
    let machine = with_two_sounds();
    machine.must("profile create empty");
    let before = versions_of(&machine, "default");
    machine.check(&[
        case(
            "a typing error",
            "scan hall.wav --sound default --sound hisss",
        )
        .refused(&["in the profile hisss yet", "default, hiss"]),
        case(
            "a sound without a classifier",
            "scan hall.wav --sound empty",
        )
        .refused(&["in the profile empty yet"]),
        case("both ways", "scan hall.wav --sound hiss --all-sounds")
            .misunderstood(&["cannot be used with"]),
    ]);
    assert_eq!(versions_of(&machine, "default"), before);
    // One file that cannot be read does not keep the other from being scanned for both.
    machine.write("short.wav", &room());
    std::fs::write(machine.path("broken.wav"), "no sound").unwrap();
    machine.check(&[
        case("a broken file", "scan broken.wav short.wav --all-sounds")
            .refused(&["1 of 2 recordings could not be scanned", "broken.wav"])
            .says(&["short.wav, default:", "short.wav, hiss:"]),
    ]);
}
