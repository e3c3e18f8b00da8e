//! Every format that Earmark writes, read by what knows nothing of it: Python's csv, json and sqlite3, and pandas and soundfile where
//! the gate provides them (`EARMARK_TEST_READERS`).

use super::*;

use serde_json::Value;

const NOTE: &str = "=creaks, \"twice\"; größer";

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// Writes all there is to write.
fn written() -> Machine {
    let machine = Machine::trained();
    machine.must("scan room.wav");
    let arguments = ["note", "set", "room.wav", "--start", "1.2", NOTE].map(str::to_owned);
    let noted = machine.earmark(&arguments).output().unwrap();
    assert!(noted.status.success(), "{noted:?}");
    for (format, file) in [
        ("csv", "list.csv"),
        ("reaper", "reaper.csv"),
        ("raven", "raven.txt"),
        ("audacity", "labels.txt"),
        ("json", "list.json"),
        ("markers", "marked.wav"),
        ("clips --class door", "clips-out"),
    ] {
        machine.must(&format!(
            "export room.wav --output {file} --format {format}"
        ));
    }
    machine.must("negative add hall.wav --start 2.5");
    machine.must("pack export --sound chirp chirp.earmark --with-clips");
    machine.must("pack import chirp.earmark --db other.db --clips-to pack-clips");
    machine.must("scan --shard 1/1 --out out --sound chirp.earmark room.wav");
    machine.must("merge out --csv regions.csv");
    machine
}

/// What the readers say is in the files; `None` on a system that has no Python, such as Wine's.
fn read(machine: &Machine) -> Option<Value> {
    if cfg!(not(unix)) {
        return None;
    }
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/readers/read.py");
    let python = std::env::var_os("EARMARK_TEST_READERS");
    let all = python.as_ref().map(|_| "--all");
    let output = Command::new(python.unwrap_or_else(|| "python3".into()))
        .arg(program)
        .arg(machine.path(""))
        .args(all)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    Some(json(&String::from_utf8(output.stdout).unwrap()))
}

/// A region by what the command line says of it.
struct Region {
    start_s: f64,
    end_s: f64,
    score: f64,
}

fn number(value: &Value) -> f64 {
    match value {
        Value::String(text) => text.parse().unwrap(),
        value => value
            .as_f64()
            .unwrap_or_else(|| panic!("no number: {value}")),
    }
}

/// Whether the rows have these columns of the regions, as far as their digits go.
fn expect(what: &str, rows: &Value, columns: [&str; 3], regions: &[Region], digits: f64) {
    let rows = rows.as_array().unwrap();
    assert_eq!(rows.len(), regions.len(), "{what}");
    for (row, region) in rows.iter().zip(regions) {
        let [start, end, score] = columns.map(|column| number(&row[column]));
        assert!((start - region.start_s).abs() <= digits, "{what}: {row}");
        assert!((end - region.end_s).abs() <= digits, "{what}: {row}");
        assert!((score - region.score).abs() <= 1e-4, "{what}: {row}");
    }
}

fn seconds_of(clock: &str) -> f64 {
    clock
        .split(':')
        .fold(0.0, |sum, part| 60.0 * sum + part.parse::<f64>().unwrap())
}

fn expect_tables(read: &Value, regions: &[Region]) {
    expect(
        "CSV",
        &read["csv"],
        ["start_s", "end_s", "score"],
        regions,
        1e-6,
    );
    let raven = ["Begin Time (s)", "End Time (s)", "Score"];
    expect("Raven", &read["raven"], raven, regions, 1e-6);
    expect(
        "JSON",
        &read["json"]["regions"],
        ["start_s", "end_s", "score"],
        regions,
        1e-12,
    );
    expect(
        "merged CSV",
        &read["merged"],
        ["start_s", "end_s", "score"],
        regions,
        1e-12,
    );
    for (row, region) in read["reaper"].as_array().unwrap().iter().zip(regions) {
        let start_s = seconds_of(row["Start"].as_str().unwrap());
        assert!((start_s - region.start_s).abs() < 1e-3, "REAPER: {row}");
    }
    for (row, region) in read["audacity"].as_array().unwrap().iter().zip(regions) {
        assert!(
            (number(&row[0]) - region.start_s).abs() <= 1e-6,
            "Audacity: {row}"
        );
        assert!(
            (number(&row[1]) - region.end_s).abs() <= 1e-6,
            "Audacity: {row}"
        );
    }
    for form in ["reaper", "audacity"] {
        assert_eq!(
            read[form].as_array().unwrap().len(),
            regions.len(),
            "{form}"
        );
    }
    // A spreadsheet shows the formula, everything else has it as it is.
    assert_eq!(read["csv"][0]["note"], format!("'{NOTE}"));
    assert_eq!(read["raven"][0]["Note"], NOTE);
    assert_eq!(read["json"]["regions"][0]["note"], NOTE);
    assert!(read["reaper"][0]["Name"].as_str().unwrap().ends_with(NOTE));
    assert!(read["audacity"][0][2].as_str().unwrap().ends_with(NOTE));
    assert!(
        read["merged"][0]["path"]
            .as_str()
            .unwrap()
            .ends_with("room.wav")
    );
    assert_eq!(read["merged"][0]["sound"], "chirp");
}

fn expect_sounds(read: &Value, regions: &[Region]) {
    let rate = f64::from(RATE_HZ);
    let original = read["original"]["samples"].as_array().unwrap();
    assert_eq!(read["marked"]["samples"], read["original"]["samples"]);
    let cues = read["marked"]["cues"].as_array().unwrap();
    assert_eq!(cues.len(), regions.len());
    for (cue, region) in cues.iter().zip(regions) {
        let length_s = region.end_s - region.start_s;
        assert!(
            (number(&cue["start"]) - region.start_s * rate).abs() <= 1.0,
            "{cue}"
        );
        assert!(
            (number(&cue["length"]) - length_s * rate).abs() <= 2.0,
            "{cue}"
        );
    }
    assert!(cues[0]["note"].as_str().unwrap().ends_with(NOTE));
    let clips = read["clips"].as_array().unwrap();
    assert_eq!(clips.len(), regions.len());
    let classes: Vec<&Value> = clips.iter().map(|clip| &clip["class"]).collect();
    assert_eq!(classes, ["chirp", "door", "door"]);
    for (clip, region) in clips.iter().zip(regions) {
        assert_eq!(
            (&clip["float"], &clip["channels"]),
            (&true.into(), &1.into())
        );
        assert_eq!(clip["rate_hz"], RATE_HZ);
        let samples = clip["samples"].as_array().unwrap();
        let start = (region.start_s * rate).round() as usize;
        let stretches = [start.saturating_sub(1), start, start + 1];
        let is_stretch = |start: &usize| original[*start..].starts_with(samples);
        assert!(
            stretches.iter().any(is_stretch),
            "the clip at {} s",
            region.start_s
        );
        let length_s = samples.len() as f64 / rate;
        assert!((length_s - (region.end_s - region.start_s)).abs() < 2.0 / rate);
    }
    let packed = read["pack_clips"].as_array().unwrap();
    assert_eq!(packed.len(), 2);
    assert!(packed.iter().all(|clip| clip["class"] == "chirp"));
}

fn expect_database(read: &Value, regions: &[Region], scores: usize) {
    let database = &read["database"];
    let rows = database["regions"].as_array().unwrap();
    assert_eq!(rows.len(), regions.len());
    for (row, region) in rows.iter().zip(regions) {
        assert!((number(&row[0]) - region.start_s).abs() < 1e-12, "{row}");
        assert!((number(&row[1]) - region.end_s).abs() < 1e-12, "{row}");
        assert!((number(&row[2]) - region.score).abs() < 1e-6, "{row}");
    }
    let clips = serde_json::json!([["chirp.wav", 0.0], ["room.wav", 1.0]]);
    assert_eq!(database["clips"], clips);
    assert_eq!(
        database["negatives"],
        serde_json::json!([["hall.wav", 2.5, "AISFX"]])
    );
    assert_eq!(number(&database["window"][2]) as usize, scores);
    let journal = read["journal"].as_array().unwrap();
    let finished = journal
        .iter()
        .filter(|line| line.to_string().contains("room.wav"));
    assert_eq!(finished.count(), 1, "{journal:?}");
}

#[test]
fn every_format_that_is_written_says_the_same_to_readers_that_know_nothing_of_it() {
    let machine = written();
    let Some(read) = read(&machine) else {
        return;
    };
    let shown = json(&machine.must("results room.wav --json"));
    let regions: Vec<Region> = shown["regions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|region| Region {
            start_s: number(&region["start_s"]),
            end_s: number(&region["end_s"]),
            score: number(&region["score"]),
        })
        .collect();
    assert_eq!(regions.len(), CHIRPS_AT_S.len());
    for (region, at_s) in regions.iter().zip(CHIRPS_AT_S) {
        assert!((region.start_s - at_s).abs() < 0.2, "{}", region.start_s);
    }
    expect_tables(&read, &regions);
    expect_sounds(&read, &regions);
    let store = Store::open(&machine.path("earmark.db")).unwrap();
    let version = shown["version"].as_str().unwrap_or_default().to_owned();
    let newest = store.versions("room.wav", "default", "AISFX").unwrap();
    assert!(version.is_empty() || newest[0].timestamp == version);
    let scores = store
        .scores("room.wav", "default", "AISFX", &newest[0].timestamp)
        .unwrap()
        .unwrap();
    expect_database(&read, &regions, scores.scores.len());
}
