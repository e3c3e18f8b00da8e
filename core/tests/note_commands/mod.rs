//! Notes on the command line: written, found, deleted, and brought along by results and exports.

use earmark_core::store::{SourceId, Store, TakeRow};
use earmark_core::time::{SampleIndex, SampleRate};

use super::{Machine, case, save_one_region};

#[test]
fn notes_are_written_found_changed_and_deleted() {
    let machine = Machine::new();
    machine.check(&[
        case("a note", "note set room.wav --start 1 --end 1.8")
            .with("the left door, #creak")
            .says(&["    1  00:00:01.000 00:00:01.800  room.wav  the left door, #creak"]),
        case("the same note", "note set room.wav --start 1 --end 1.8")
            .with("the left door, #creak")
            .says(&["says that already"]),
        case("another note", "note set room.wav breath --start 4").says(&["    2  "]),
        case("a tag", "note list --find #creak").says(&["the left door"]),
        case("words", "note list room.wav --find breath").says(&["    2  "]),
        case("no such words", "note list --find window").says(&["no such notes"]),
        case("no notes of this recording", "note list hall.wav").says(&["no such notes"]),
        case("another text", "note set room.wav --start 1.1 --end 1.7")
            .with("the right door")
            .says(&["    1  00:00:01.000 00:00:01.800  room.wav  the right door"]),
        case("two lines", "note set room.wav --start 1")
            .with("one\ntwo")
            .misunderstood(&["control character"]),
        case("an empty text", "note set room.wav --start 1 --end 1.8")
            .with("")
            .says(&["there is no note on 00:00:01.000 of room.wav"]),
        case("one note of two", "note delete 2 77")
            .refused(&["no note has the id 77", "earmark note list"])
            .says(&["deleted 1 note"]),
        case("nothing is left", "note list").says(&["no such notes"]),
        case(
            "a note that a recording is forgotten with",
            "note set room.wav x --start 1",
        ),
        case("it is counted", "profiles").says(&["1 note"]),
        case("it is forgotten", "forget room.wav --yes").says(&["1 note"]),
        case("nothing is left", "note list").says(&["no such notes"]),
    ]);
}

/// `room.wav` is a take with one region from 1 s to 1.8 s, and this note is on it.
fn with_note(machine: &Machine, text: &str) {
    let (database, room) = (machine.path("earmark.db"), machine.path("room.wav"));
    machine.must("negative add room.wav --start 9");
    save_one_region(&database, &room);
    let mut store = Store::open(&database).unwrap();
    let source = SourceId::random();
    store.upsert_source(&source, "Dialogue").unwrap();
    let take = TakeRow {
        id: String::from("1"),
        source,
        filename: String::from("room.wav"),
        path: room,
        rate: SampleRate::new(44_100).unwrap(),
        channels: 1,
        start: SampleIndex(0),
        frames: 441_000,
        revision: 0,
        created_at: String::new(),
        gaps: Vec::new(),
    };
    store.upsert_take(&take).unwrap();
    drop(store);
    let set = "note set room.wav --start 1.1 --end 1.7";
    let set = set.split(' ').chain([text]).map(str::to_owned);
    let set: Vec<String> = set.collect();
    let output = machine.earmark(&set).output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn a_region_brings_its_note_to_results_timeline_and_every_export() {
    let machine = Machine::new();
    let text = "the door #creak";
    with_note(&machine, text);
    let json = |arguments: &str| -> serde_json::Value {
        serde_json::from_str(&machine.must(arguments)).unwrap()
    };
    for command in [
        "results room.wav --json",
        "timeline --source Dialogue --json",
    ] {
        assert_eq!(json(command)["regions"][0]["note"], text, "{command}");
    }
    for command in ["results room.wav", "timeline --source Dialogue"] {
        let shown = machine.must(command);
        assert!(shown.contains("0.90  found  the door #creak\n"), "{shown}");
    }
    for (words, count) in [("#creak", 1), ("door", 1), ("#door", 0)] {
        let found = json(&format!("results room.wav --find {words} --json"));
        let regions = found["regions"].as_array().unwrap();
        assert_eq!(regions.len(), count, "{words}");
    }
    for (format, holds) in [
        ("csv", ",the door #creak\r\n"),
        ("json", "\"note\": \"the door #creak\""),
        ("audacity", "found 0.90: the door #creak\n"),
        ("reaper", "R1,found 0.90: the door #creak,"),
        ("raven", "\tthe door #creak\n"),
        ("markers", ": the door #creak\0"),
    ] {
        machine.must(&format!(
            "export room.wav --format {format} --output export.{format}"
        ));
        let bytes = std::fs::read(machine.path(&format!("export.{format}"))).unwrap();
        let written = String::from_utf8_lossy(&bytes);
        assert!(written.contains(holds), "{format}");
    }
}
