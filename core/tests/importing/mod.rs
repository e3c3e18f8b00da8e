//! Label files of other tools, from the command line to the marks, and our own exports back into an empty profile.

use earmark_core::scan::{ScoredSpan, WindowScores};
use earmark_core::store::{NewScan, Store};
use earmark_core::time::Span;
use serde_json::Value;

use super::{Machine, case};

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn write(machine: &Machine, name: &str, text: &str) {
    std::fs::write(machine.path(name), text).unwrap();
}

const RAVEN: &str = "Selection\tView\tChannel\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\tHigh Freq (Hz)\tBegin File\tClass\tState\tNote\n\
    1\tSpectrogram 1\t1\t1.0\t1.8\t437.5\t1250.0\troom.wav\tdoor\tpositive\tcreaks\n\
    2\tSpectrogram 1\t1\t4.0\t4.8\t0.0\t22050.0\troom.wav\t\tnegative\t\n\
    3\tSpectrogram 1\t1\t7.0\t7.8\t0.0\t22050.0\troom.wav\t\tunsure\t\n\
    4\tSpectrogram 1\t1\t9.0\t9.5\t0.0\t22050.0\troom.wav\t\tfound\t\n\
    5\tSpectrogram 1\t1\t50.0\t51.0\t0.0\t22050.0\troom.wav\tdoor\t\t\n\
    6\tSpectrogram 1\t1\t1.0\t1.8\t0.0\t22050.0\tattic.wav\tdoor\t\t\n";

#[test]
fn a_preview_changes_nothing_and_says_what_fits_no_recording() {
    let machine = Machine::new();
    write(&machine, "labels.txt", RAVEN);
    let before = machine.contents();
    machine.check(&[case("a preview", "import labels.txt --dry-run").says(&[
        "room.wav\n  00:00:01.000 00:00:01.800  positive door  438 to 1250 Hz  creaks",
        "  00:00:04.000 00:00:04.800  negative\n",
        "line 5: nobody judged this region",
        "line 6: 50 s lies beyond the end",
        "line 7: no recording called attic.wav is known",
        "3 labels would be imported",
    ])]);
    assert_eq!(machine.contents(), before);
    let plan = json(&machine.must("import labels.txt --dry-run --json"));
    assert_eq!(
        (plan["new"].as_u64(), plan["imported"].is_null()),
        (Some(3), true)
    );
    assert_eq!(plan["marks"][0]["high_hz"], 1250.0);
    assert!(
        plan["marks"][1]["high_hz"].is_null(),
        "a box over everything is none"
    );
}

#[test]
fn labels_are_imported_once_and_what_fits_nothing_is_named() {
    let machine = Machine::new();
    write(&machine, "labels.txt", RAVEN);
    machine.check(&[
        case("an import", "import labels.txt")
            .refused(&["line 6: 50 s lies beyond the end", "line 7: no recording"])
            .says(&["imported 1 example, 1 hard negative, 1 unsure mark, 1 note"]),
        case("the same again", "import labels.txt")
            .refused(&["line 6"])
            .says(&["imported nothing new; 3 labels there already"]),
        case("the example", "clip list").says(&["door  00:00:01.000 00:00:01.800  room.wav"]),
        case("the note", "note list").says(&["room.wav  creaks"]),
    ]);
    let contents = machine.contents();
    machine.run("import labels.txt");
    assert_eq!(machine.contents(), contents);
    let clips = json(&machine.must("clip list --json"));
    let clip = clips[0]["output_path"].as_str().unwrap();
    let samples = hound::WavReader::open(clip).unwrap().duration();
    assert_eq!(samples, (0.8 * 44_100.0) as u32);
}

#[test]
fn labels_without_a_recording_are_about_the_one_of_the_same_name_or_the_one_that_is_named() {
    let machine = Machine::new();
    write(&machine, "room.txt", "1,0\t1,8\tdoor\n4.0\t4.0\tdoor\n");
    write(
        &machine,
        "marks.csv",
        "#,Name,Start,End,Length\nR1,,44100,88200,44100\n",
    );
    write(&machine, "loose.txt", "1.0\t1.8\tdoor\n");
    machine.check(&[
        case("the same name", "import room.txt").says(&["imported 2 examples"]),
        case("a point is a second long", "clip list")
            .says(&["00:00:04.000 00:00:05.000  room.wav"]),
        case("no recording", "import loose.txt")
            .refused(&["the file names no recording"])
            .says(&["nothing new"]),
        case(
            "a recording that is named",
            "import loose.txt --recording hall.wav",
        )
        .says(&["imported 1 example"]),
        case(
            "a recording that is not there",
            "import loose.txt --recording attic.wav",
        )
        .refused(&["there is no file attic.wav"]),
        case(
            "samples without a rate",
            "import marks.csv --recording hall.wav --as negative",
        )
        .refused(&["samples or frames", "--rate HERTZ or --fps FRAMES"]),
        case(
            "samples",
            "import marks.csv --recording hall.wav --as negative --rate 44100",
        )
        .says(&["imported 1 hard negative", "1 other mark replaced"]),
        case(
            "a label without a name",
            "import marks.csv --recording room.wav --rate 44100",
        )
        .refused(&["line 2: the label has no name"])
        .says(&["nothing new"]),
        case(
            "a class for all",
            "import marks.csv --recording room.wav --rate 22050 --as positive --class gate",
        )
        .says(&["imported 1 example"]),
        case("no labels", "import room.wav").refused(&["none that Earmark can read"]),
        case("no such file", "import nothing.txt").refused(&["there is no file nothing.txt"]),
    ]);
}

#[test]
fn marks_come_back_from_every_export_that_can_hold_them() {
    for format in ["csv", "json", "raven", "audacity", "reaper"] {
        let machine = Machine::new();
        machine.must("negative add room.wav --start 9");
        super::save_one_region(&machine.path("earmark.db"), &machine.path("room.wav"));
        machine.must(
            "clip add --class door room.wav --start 1 --end 1.8 --low-hz 437.5 --high-hz 1250",
        );
        machine.must("note set room.wav creaks --start 1 --end 1.8");
        let exported = |to: &str| {
            machine.must(&format!(
                "export room.wav --format {format} --times take --output {to}"
            ));
            std::fs::read_to_string(machine.path(to)).unwrap()
        };
        let before = exported("before.list");
        machine.must("clip delete 1");
        machine.must("note delete 1");
        let imported = machine.must("import before.list --recording room.wav");
        assert!(
            imported.contains("imported 1 example, 1 note"),
            "{imported}"
        );
        if format != "reaper" {
            assert_eq!(exported("after.list"), before, "{format}");
        }
        let again = machine.must("import before.list --recording room.wav");
        assert!(
            again.contains("nothing new; 1 label there already"),
            "{again}"
        );
        let elsewhere = machine.must("--profile other import before.list --recording room.wav");
        assert!(
            elsewhere.contains("imported 1 example, 1 note"),
            "{elsewhere}"
        );
    }
}

#[test]
fn versions_are_measured_by_labels_that_say_what_is_there() {
    let machine = Machine::new();
    machine.must("negative add room.wav --start 9");
    // One region; the labels know three.
    let scan = NewScan {
        filename: "room.wav",
        source_path: &machine.path("room.wav"),
        profile: "default",
        model: "AISFX",
        regions: &[ScoredSpan {
            span: Span::new(1.0, 1.8).unwrap(),
            score: 0.9,
        }],
        scores: &WindowScores::default(),
        threshold: 0.5,
        classifier: None,
    };
    let mut store = Store::open(&machine.path("earmark.db")).unwrap();
    store.save_scan(&scan, 5).unwrap();
    drop(store);
    write(
        &machine,
        "truth.txt",
        "1.0\t1.8\tchirp\n4.0\t4.8\tchirp\n7.0\t7.8\tcough\n",
    );
    let figures = |options: &str| {
        let arguments = format!("evaluate room.wav --truth truth.txt --json{options}");
        let report = json(&machine.must(&arguments));
        let row = &report["versions"][0];
        [
            "events",
            "true_hits",
            "precision",
            "recall",
            "average_precision",
        ]
        .map(|name| row[name].as_f64().unwrap())
    };
    let third = 1.0 / 3.0;
    assert_eq!(figures(""), [3.0, 1.0, 1.0, third, third]);
    assert_eq!(figures(" --sound chirp"), [2.0, 1.0, 1.0, 0.5, 0.5]);
    assert_eq!(figures(" --sound cough"), [1.0, 0.0, 0.0, 0.0, 0.0]);
    assert_eq!(
        figures(" --sound chirp --tolerance 0.2"),
        [2.0, 1.0, 1.0, 0.5, 0.5]
    );
    machine.check(&[
        case("a table", "evaluate room.wav --truth truth.txt").says(&[
            "recording  version",
            "room.wav   v1 ",
            "1.000  0.333  0.500",
        ]),
        case(
            "a sound that no label names",
            "evaluate room.wav --truth truth.txt --sound dog",
        )
        .remarks(&[
            "no label of room.wav is called dog",
            "chirp, cough",
            "--sound",
        ]),
        case("no results", "evaluate hall.wav --truth truth.txt").refused(&["earmark scan"]),
        case("no truth", "evaluate room.wav --truth none.txt")
            .refused(&["there is no file none.txt"]),
        case(
            "no such version",
            "evaluate room.wav --truth truth.txt --version v7",
        )
        .refused(&["version v7"]),
        case(
            "half of nothing",
            "evaluate room.wav --truth truth.txt --overlap 2",
        )
        .misunderstood(&["a share from 0 to 1"]),
    ]);
}
