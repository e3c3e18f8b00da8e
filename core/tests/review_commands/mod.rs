//! What a review leaves behind, on the command line: notes, and how often scores are right.

use earmark_core::scan::{ScoredSpan, WindowScores};
use earmark_core::store::{NewClip, NewNegative, NewScan, SourceId, Store, TakeRow};
use earmark_core::time::{SampleIndex, SampleRate, Span};

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
        ("csv", ",the door #creak,,\r\n"),
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
    machine.must("export room.wav --format clips --class door --output clips");
    let clip = machine.path("clips/door/vid_001/clip_001_a1_0.wav");
    let bytes = std::fs::read(clip).unwrap();
    assert!(String::from_utf8_lossy(&bytes).contains("the door #creak\0"));
}

/// A version of `room.wav` with 80 regions, of which the first `judged` are judged: the higher half of the scores true.
fn with_judgements(machine: &Machine, judged: usize) {
    machine.must("negative add room.wav --start 9");
    let room = machine.path("room.wav");
    let regions: Vec<ScoredSpan> = (0..80_u16)
        .map(|nth| {
            let start_s = 0.1 * f64::from(nth);
            ScoredSpan {
                span: Span::new(start_s, start_s + 0.08).unwrap(),
                score: 0.2 + 0.01 * f32::from((nth * 7) % 80),
            }
        })
        .collect();
    let mut store = Store::open(&machine.path("earmark.db")).unwrap();
    let scan = NewScan {
        filename: "room.wav",
        source_path: &room,
        profile: "default",
        model: "AISFX",
        regions: &regions,
        scores: &WindowScores::default(),
        threshold: 0.2,
        classifier: None,
    };
    store.save_scan(&scan, 5).unwrap();
    for region in &regions[..judged] {
        if region.score > 0.6 {
            let path = machine.path(&format!("{}.wav", region.score));
            store
                .add_clip(&NewClip {
                    filename: "room.wav",
                    span: region.span,
                    output_path: &machine.path("clips/chirp/vid_001").join(path),
                    source_path: &room,
                    profile: "default",
                    scan_export: false,
                    spread_s: 0.0,
                    label: "",
                })
                .unwrap();
        } else {
            store
                .add_negative(&NewNegative {
                    profile: "default",
                    filename: "room.wav",
                    span: region.span,
                    source_path: &room,
                    source_model: "AISFX",
                })
                .unwrap();
        }
    }
}

#[test]
fn fifty_judged_regions_give_the_threshold_for_a_precision() {
    let machine = Machine::new();
    with_judgements(&machine, 49);
    machine.check(&[case("one too few", "precision room.wav").says(&[
        "room.wav AISFX [v1]: 49 judged",
        "judge 1 region more for the threshold of 90 % precision",
    ])]);
    let machine = Machine::new();
    with_judgements(&machine, 60);
    let shown = machine.must("precision room.wav");
    assert!(shown.contains("60 judged\n"), "{shown}");
    assert!(
        shown.contains("90 % precision from threshold 0.5"),
        "{shown}"
    );
    let json = machine.must("precision room.wav --precision 0.5 --json");
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (json["judged"].as_u64(), json["missing"].as_u64()),
        (Some(60), Some(0))
    );
    assert_eq!(json["bands"].as_array().map(Vec::len), Some(8));
    assert!(
        json["threshold"]["estimate"]["from"].is_number()
            || json["threshold"]["estimate"] == "everywhere"
    );
    machine.check(&[
        case("no such version", "precision room.wav --version v7").refused(&["v7"]),
        case("a share beyond 1", "precision room.wav --precision 2").misunderstood(&["0 to 1"]),
    ]);
}
