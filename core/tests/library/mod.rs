//! The library on the command line: what is indexed when, what an interruption costs, what is said of what cannot be read, and what
//! sounds like an example.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use serde_json::Value;

use super::{CHIRPS_AT_S, Machine, case, chirp, room};

/// Logs every recording that runs through the model.
const LOG: &str = "earmark_core::worker::embeddings=debug";

/// A machine with folders of short sounds: noises, and two rooms with chirps.
fn with_sounds() -> Machine {
    let machine = Machine::new();
    for number in 0..6 {
        let name = format!("sounds/noise/{number}.wav");
        machine.write(&name, &noise(number, 0.4 + f64::from(number) / 4.0));
    }
    machine.write("sounds/rooms/one.wav", &room());
    machine.write("sounds/rooms/two.wav", &[noise(9, 3.0), chirp()].concat());
    std::fs::write(machine.path("sounds/notes.txt"), "not audio").unwrap();
    machine
}

/// Noise of a pitch of its own.
fn noise(seed: u32, length_s: f64) -> Vec<f32> {
    let mut random = fastrand::Rng::with_seed(u64::from(seed));
    let mut held = 0.0;
    let samples = (length_s * 44_100.0) as usize;
    (0..samples)
        .map(|index| {
            if index.is_multiple_of(1 + 5 * seed as usize) {
                held = 0.4 * (random.f32() - 0.5);
            }
            held
        })
        .collect()
}

fn arguments(line: &str) -> Vec<String> {
    line.split(' ').map(str::to_owned).collect()
}

/// Runs a command that must print JSON.
fn json(machine: &Machine, line: &str) -> Value {
    serde_json::from_str(&machine.must(&format!("{line} --json"))).unwrap()
}

/// An update, and how many recordings ran through the model for it.
fn logged(machine: &Machine, line: &str) -> (Output, usize) {
    let output = machine
        .earmark(&arguments(line))
        .env("RUST_LOG", LOG)
        .output()
        .unwrap();
    let log = String::from_utf8_lossy(&output.stderr);
    let embedded = log
        .lines()
        .filter(|line| line.contains("embedding path="))
        .count();
    (output, embedded)
}

/// The report of an update that succeeds, and how many recordings ran through the model for it.
fn update(machine: &Machine, line: &str) -> (Value, usize) {
    let (output, embedded) = logged(machine, &format!("{line} --json"));
    assert!(output.status.success(), "{output:?}");
    (serde_json::from_slice(&output.stdout).unwrap(), embedded)
}

/// The files of the index, but for the lock.
fn index_files(cache: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for folder in std::fs::read_dir(cache.join("library"))
        .into_iter()
        .flatten()
    {
        let folder = folder.unwrap().path();
        for file in std::fs::read_dir(&folder).unwrap() {
            let path = file.unwrap().path();
            if path
                .extension()
                .is_some_and(|extension| extension == "windows")
            {
                let name = path.strip_prefix(cache).unwrap().to_owned();
                files.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    files
}

#[test]
fn what_sounds_like_an_example_is_found_wherever_it_is_and_the_best_comes_first() {
    let machine = with_sounds();
    machine.must("library add sounds");
    let found = json(&machine, "similar room.wav --start 4 --end 4.8 --top 4");
    let hits = found["hits"].as_array().unwrap();
    let mut places: Vec<(String, f64)> = hits
        .iter()
        .map(|hit| {
            let path = Path::new(hit["path"].as_str().unwrap());
            let middle_s =
                (hit["start_s"].as_f64().unwrap() + hit["end_s"].as_f64().unwrap()) / 2.0;
            (
                path.file_name().unwrap().to_str().unwrap().to_owned(),
                middle_s,
            )
        })
        .collect();
    places.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let expected = CHIRPS_AT_S.map(|at_s| ("one.wav", at_s + 0.4));
    let expected = expected.into_iter().chain([("two.wav", 3.4)]);
    for ((file, middle_s), (expected, at_s)) in places.iter().zip(expected) {
        assert!(
            file == expected && (middle_s - at_s).abs() < 0.5,
            "{places:?}"
        );
    }
    let likeness: Vec<f64> = hits
        .iter()
        .map(|hit| hit["likeness"].as_f64().unwrap())
        .collect();
    assert!(likeness.is_sorted_by(|a, b| a >= b), "{likeness:?}");

    // The same in the recording itself, without the example, and in a folder that is not in the library.
    let found = json(
        &machine,
        "similar room.wav --start 4 --end 4.8 --in take --top 2",
    );
    let starts = found["hits"].as_array().unwrap().iter();
    let mut starts: Vec<f64> = starts.map(|hit| hit["start_s"].as_f64().unwrap()).collect();
    starts.sort_by(f64::total_cmp);
    assert!(
        (starts[0] - 1.0).abs() < 0.5 && (starts[1] - 7.0).abs() < 0.5,
        "{starts:?}"
    );
    machine.write("elsewhere/three.wav", &room());
    let found = json(&machine, "similar chirp.wav --in elsewhere --top 3");
    assert_eq!(found["hits"].as_array().unwrap().len(), 3);
    let found = json(&machine, "similar chirp.wav --in sounds/rooms --top 50");
    let is_in_rooms = |hit: &Value| hit["path"].as_str().unwrap().contains("rooms");
    assert!(found["hits"].as_array().unwrap().iter().all(is_in_rooms));
}

#[test]
fn further_examples_and_rejected_ones_steer_a_search_and_are_no_hits() {
    let machine = with_sounds();
    let found = |more: &str| {
        let line = format!("similar room.wav --start 4 --end 4.8 --in take --top 9 {more}");
        json(&machine, line.trim_end())
    };
    let overlaps = |hit: &Value, (start_s, end_s): (f64, f64)| {
        hit["start_s"].as_f64().unwrap() < end_s && hit["end_s"].as_f64().unwrap() > start_s
    };
    let near = |found: &Value, span: (f64, f64)| {
        let hits = found["hits"].as_array().unwrap();
        hits.iter().filter(|hit| overlaps(hit, span)).count()
    };
    let alone = found("");
    assert!(near(&alone, (1.2, 1.6)) > 0 && near(&alone, (7.2, 7.6)) > 0);
    let steered = found("--also room.wav@1-1.8 --not room.wav@7-7.8");
    for span in [(1.2, 1.6), (4.2, 4.6), (7.2, 7.6)] {
        assert_eq!(near(&steered, span), 0, "{steered:#}");
    }
    assert_eq!(steered["also"][0]["start_s"], 1.0);
    assert_eq!(steered["not"][0]["end_s"], 7.8);
    assert_eq!(steered["start_s"], 4.0);
    // A whole file needs no times.
    let whole = found("--also chirp.wav");
    assert_eq!(whole["also"][0]["start_s"], 0.0);
    let (output, _) = logged(&machine, "similar room.wav --also gone.wav@1-2 --in take");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        !output.status.success() && said.contains("gone.wav"),
        "{said}"
    );
}

#[test]
fn a_trained_sound_is_found_in_all_files_and_nothing_is_saved_about_them() {
    let machine = with_sounds();
    machine.check(&[
        case("before there is a classifier", "library search").refused(&["earmark train"])
    ]);
    machine.must("clip add --class chirp chirp.wav");
    machine.must("clip add --class chirp room.wav --start 1 --end 1.8");
    machine.must("train --positive chirp --background room.wav hall.wav");
    machine.check(&[case("before there is a library", "library search").refused(&["library add"])]);
    machine.must("library add sounds");
    let found = json(&machine, "library search --top 4");
    let hits = found.as_array().unwrap();
    let name = |hit: &Value| {
        let path = PathBuf::from(hit["path"].as_str().unwrap());
        path.file_name().unwrap().to_str().unwrap().to_owned()
    };
    let mut names: Vec<String> = hits.iter().map(name).collect();
    names.sort();
    assert_eq!(
        names,
        ["one.wav", "one.wav", "one.wav", "two.wav"],
        "{hits:?}"
    );
    let scores: Vec<f64> = hits
        .iter()
        .map(|hit| hit["score"].as_f64().unwrap())
        .collect();
    assert!(scores.is_sorted_by(|a, b| a >= b), "{scores:?}");
    assert_eq!(
        json(&machine, "library search sounds/noise"),
        Value::Array(Vec::new())
    );
    let profile = json(&machine, "profiles");
    machine.check(&[
        case(
            "what was found has no versions",
            "results sounds/rooms/one.wav",
        )
        .refused(&["no results"]),
        case("another profile", "library search --sound rain").refused(&["the profile rain"]),
    ]);
    assert_eq!(profile, json(&machine, "profiles"));

    // With --save each file with a region has a version, once.
    let count = |line: &str| json(&machine, line).as_array().unwrap().len();
    for _ in 0..2 {
        machine.must("library search --save");
        assert_eq!(count("versions sounds/rooms/one.wav"), 1);
        assert_eq!(count("versions sounds/rooms/two.wav"), 1);
    }
    machine.check(&[
        case("a file without a region", "results sounds/noise/1.wav").refused(&["no results"]),
        case("its results", "results sounds/rooms/one.wav").says(&["AISFX (3) [v1]"]),
    ]);
}

#[test]
fn only_what_is_new_or_changed_runs_through_the_model() {
    let machine = with_sounds();
    let (report, embedded) = update(&machine, "library add sounds");
    assert_eq!((&report["new"], embedded), (&8.into(), 8));
    let (report, embedded) = update(&machine, "library update");
    assert_eq!((&report["indexed"], embedded), (&0.into(), 0));

    // Moved, deleted, changed and new.
    std::fs::rename(machine.path("sounds/noise"), machine.path("sounds/moved")).unwrap();
    std::fs::remove_file(machine.path("sounds/moved/5.wav")).unwrap();
    machine.write("sounds/rooms/two.wav", &noise(8, 2.0));
    machine.write("sounds/new.wav", &noise(7, 1.0));
    let (report, embedded) = update(&machine, "library update");
    let counts = ["files", "new", "changed", "moved", "gone", "indexed"];
    assert_eq!(
        counts.map(|name| report[name].as_u64().unwrap()),
        [8, 1, 1, 5, 1, 2]
    );
    assert_eq!(embedded, 2);
    let listed = json(&machine, "library list");
    assert_eq!(
        (&listed[0]["files"], &listed[0]["indexed"]),
        (&8.into(), &8.into())
    );

    // A scan of a moved file finds its embeddings too.
    machine.must("clip add --class chirp chirp.wav");
    machine.must("train --positive chirp --background room.wav hall.wav");
    let (_, embedded) = logged(&machine, "scan sounds/moved/4.wav");
    assert_eq!(embedded, 0);

    // Without its index the library is laid out again from the cached embeddings.
    std::fs::remove_dir_all(machine.path("cache/library")).unwrap();
    let (report, embedded) = update(&machine, "library update");
    assert_eq!((&report["indexed"], embedded), (&8.into(), 0));

    assert!(machine.must("library remove sounds").contains("8 files"));
    assert!(machine.path("sounds/new.wav").exists());
    assert_eq!(json(&machine, "library list"), Value::Array(Vec::new()));
}

#[test]
fn an_update_that_is_killed_again_and_again_ends_as_an_undisturbed_one() {
    let machine = with_sounds();
    for number in 0..120 {
        let name = format!("sounds/many/{number}.wav");
        machine.write(&name, &noise(number % 11, 0.3));
    }
    let start = |line: &str, cache: &str| {
        machine
            .earmark(&arguments(line))
            .env("EARMARK_EMBEDDINGS", machine.path(cache))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    };
    let embedded = || std::fs::read_dir(machine.path("cache")).map_or(0, Iterator::count);
    let mut kills = 0;
    for kill in 0..50_u64 {
        let before = embedded();
        let mut killed = start("library add sounds", "cache");
        // Some while it starts and looks for files, the others as soon as it has embedded one, and a moment later.
        let is_early = kill % 5 == 0;
        while !is_early && embedded() <= before && killed.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis(kill * 7 % 50));
        killed.kill().unwrap();
        if killed.wait().unwrap().success() {
            break;
        }
        kills += 1;
    }
    assert!(kills >= 15, "it was killed {kills} times while it worked");
    assert!(
        start("library add sounds", "cache")
            .wait()
            .unwrap()
            .success()
    );
    let undisturbed = start("library update", "another cache").wait();
    assert!(undisturbed.unwrap().success());
    let disturbed = index_files(&machine.path("cache"));
    assert!(!disturbed.is_empty());
    assert!(disturbed == index_files(&machine.path("another cache")));
    let listed = json(&machine, "library list");
    assert_eq!(
        (&listed[0]["files"], &listed[0]["indexed"]),
        (&128.into(), &128.into())
    );
}

#[test]
fn two_programs_that_index_one_folder_at_once_do_the_work_once() {
    let machine = with_sounds();
    let start = || {
        machine
            .earmark(&arguments("library add sounds"))
            .env("RUST_LOG", LOG)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let outputs = [start(), start(), start()].map(|child| child.wait_with_output().unwrap());
    assert!(
        outputs.iter().all(|output| output.status.success()),
        "{outputs:?}"
    );
    let logs = outputs.map(|output| String::from_utf8(output.stderr).unwrap());
    let embedded = logs.concat().matches("embedding path=").count();
    assert_eq!(embedded, 8);
}

#[test]
fn what_cannot_be_indexed_is_said_in_a_line_and_the_rest_is_indexed() {
    let machine = with_sounds();
    std::fs::write(machine.path("sounds/broken.wav"), "no audio at all").unwrap();
    std::fs::write(machine.path("sounds/empty.ogg"), "").unwrap();
    machine.check(&[
        case("a search before there is a library", "similar chirp.wav").refused(&["library add"]),
        case("a folder that is not there", "library add nowhere").refused(&["there is no folder"]),
        case("a file", "library add room.wav").refused(&["is a file"]),
        case("a folder of no library", "library update sounds").refused(&["library list"]),
        case("damaged files", "library add sounds")
            .refused(&["2 of 10", "broken.wav", "empty.ogg"])
            .says(&["8 indexed"]),
        case("them again", "library list").says(&["10 files", "8 indexed, 2 failed", "broken.wav"]),
        case("a part of it", "library add sounds/rooms")
            .refused(&["as a part of", "broken.wav"])
            .says(&["10 files"]),
        case("an example beyond the end", "similar room.wav --start 50")
            .refused(&["beyond the end"]),
        case("a place that is not there", "similar room.wav --in nowhere")
            .refused(&["there is no folder"]),
        case("too many", "similar room.wav --top 0").misunderstood(&["0"]),
    ]);
    std::fs::remove_file(machine.path("sounds/broken.wav")).unwrap();
    machine.write("sounds/empty.ogg", &noise(3, 0.5));
    machine.must("library update");

    // A disk that is unplugged, with and without the folder that it appears in.
    std::fs::rename(machine.path("sounds"), machine.path("unplugged")).unwrap();
    machine.check(&[case("unplugged", "library update")
        .refused(&["connect its disk"])
        .says(&["0 files"])]);
    std::fs::create_dir(machine.path("sounds")).unwrap();
    machine.check(&[
        case("an empty mount point", "library update")
            .refused(&["connect its disk"])
            .says(&["0 files"]),
        case("its files", "library list").says(&["9 files", "9 indexed", "connect its disk"]),
    ]);
    std::fs::remove_dir(machine.path("sounds")).unwrap();
    std::fs::rename(machine.path("unplugged"), machine.path("sounds")).unwrap();
    let (report, embedded) = update(&machine, "library update");
    assert_eq!(
        (&report["files"], &report["gone"], embedded),
        (&9.into(), &0.into(), 0)
    );
    assert_eq!(json(&machine, "library list")[0]["fault"], "");
}
