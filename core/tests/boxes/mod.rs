//! Marks with frequencies, from the command line to the files that other programs read. Python's own `csv` is the reader that knows
//! nothing of us.

use std::path::Path;
use std::process::Command;

use earmark_core::scan::{ScoredSpan, WindowScores};
use earmark_core::store::{NewScan, Store};
use earmark_core::time::Span;

use super::Machine;

/// Reads the tables of its arguments with `csv` and prints what it found as JSON.
const READER: &str = r#"
import csv, json, sys
table, raven, labels = sys.argv[1:]
with open(table, newline="", encoding="utf-8") as file:
    rows = list(csv.DictReader(file))
with open(raven, newline="", encoding="utf-8") as file:
    selections = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
boxes = []
with open(labels, newline="", encoding="utf-8") as file:
    for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
        if row[0] == "\\":
            boxes[-1] = [float(row[1]), float(row[2])]
        else:
            boxes.append(None)
print(json.dumps({
    "table": [[row["low_hz"], row["high_hz"]] for row in rows],
    "raven": [[float(row["Low Freq (Hz)"]), float(row["High Freq (Hz)"])] for row in selections],
    "labels": boxes,
}))
"#;

fn found(machine: &Machine) {
    let regions = [1.0, 4.0, 7.0].map(|start_s| ScoredSpan {
        span: Span::new(start_s, start_s + 0.8).unwrap(),
        score: 0.9,
    });
    let mut store = Store::open(&machine.path("earmark.db")).unwrap();
    store
        .save_scan(
            &NewScan {
                filename: "room.wav",
                source_path: &machine.path("room.wav"),
                profile: "default",
                model: "AISFX",
                regions: &regions,
                scores: &WindowScores::default(),
                threshold: 0.5,
                classifier: None,
            },
            5,
        )
        .unwrap();
}

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn the_frequencies_of_a_mark_are_in_the_results_and_in_every_file_that_has_a_place_for_them() {
    let machine = Machine::new();
    found(&machine);
    machine.must("negative add room.wav --start 1 --end 1.8 --low-hz 437.5 --high-hz 1250");
    machine.must("clip add --class door room.wav --start 4 --end 4.8 --low-hz 0 --high-hz 9000");
    let results = json(&machine.must("results room.wav --json"));
    let ends = |index: usize| {
        let region = &results["regions"][index];
        (region["low_hz"].as_f64(), region["high_hz"].as_f64())
    };
    assert_eq!(ends(0), (Some(437.5), Some(1250.0)));
    assert_eq!(ends(1), (Some(0.0), Some(9000.0)));
    assert_eq!(ends(2), (None, None));
    assert!(
        machine
            .must("results room.wav")
            .contains("negative  438 to 1250 Hz")
    );

    for (format, file) in [
        ("csv", "list.csv"),
        ("raven", "raven.txt"),
        ("audacity", "labels.txt"),
        ("json", "list.json"),
    ] {
        let export = format!("export room.wav --format {format} --output {file} --rejected");
        machine.must(&export);
    }
    let list = std::fs::read_to_string(machine.path("list.json")).unwrap();
    assert_eq!(json(&list)["regions"][0]["low_hz"], 437.5);
    let read = read_by_python(&[
        &machine.path("list.csv"),
        &machine.path("raven.txt"),
        &machine.path("labels.txt"),
    ]);
    let Some(read) = read else {
        return;
    };
    assert_eq!(
        read["table"],
        serde_json::json!([["437.5", "1250.0"], ["0.0", "9000.0"], ["", ""]])
    );
    assert_eq!(
        read["raven"],
        serde_json::json!([[437.5, 1250.0], [0.0, 9000.0], [0.0, 22_050.0]])
    );
    assert_eq!(
        read["labels"],
        serde_json::json!([[437.5, 1250.0], [0.0, 9000.0], null])
    );
}

/// What Python reads; `None` on a system that has none, such as Wine's.
fn read_by_python(files: &[&Path]) -> Option<serde_json::Value> {
    if cfg!(not(unix)) {
        return None;
    }
    let output = Command::new("python3")
        .args(["-c", READER])
        .args(files)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    Some(json(&String::from_utf8(output.stdout).unwrap()))
}

#[test]
fn a_band_that_makes_no_sense_is_refused_and_half_of_one_as_well() {
    let machine = Machine::new();
    let at = "negative add room.wav --start 1";
    machine.check(&[
        super::case(
            "ends in the wrong order",
            &format!("{at} --low-hz 900 --high-hz 300"),
        )
        .refused(&["a band from 900 Hz to 300 Hz is not possible"]),
        super::case("one end", &format!("{at} --low-hz 900")).misunderstood(&["--high-hz"]),
        super::case("no number", &format!("{at} --low-hz x --high-hz 9"))
            .misunderstood(&["a frequency from 0 to 1000000 hertz"]),
    ]);
    assert!(machine.must("negative list").contains("no hard negatives"));
}
