//! A scan that many tasks share, with tasks that are killed, files that are broken, and a merge into the database of one machine.

use super::*;

use std::collections::BTreeMap;
use std::process::Child;

use serde_json::Value;

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// A machine with a pack of its classifier and an archive of `files` recordings, two of one name.
fn archive(files: usize) -> Machine {
    let machine = Machine::trained();
    machine.must("pack export --sound chirp chirp.earmark");
    let room = room();
    for index in 0..files {
        let length = room.len() / (1 + index % 3);
        machine.write(
            &format!("archive/{}/{}.wav", index % 2, index / 2),
            &room[..length],
        );
    }
    machine
}

/// The regions of every file of the archive in the database `db`, by path.
fn regions_in(machine: &Machine, db: &str, files: usize) -> BTreeMap<String, Vec<Value>> {
    let regions = |index: usize| {
        let path = format!("archive/{}/{}.wav", index % 2, index / 2);
        let shown = json(&machine.must(&format!("results {path} --json --db {db}")));
        let fields = |region: &Value| {
            let fields = ["start_s", "end_s", "score"].map(|field| region[field].clone());
            Value::from(fields.to_vec())
        };
        let regions = shown["regions"].as_array().unwrap().iter().map(fields);
        let name = shown["filename"].as_str().unwrap_or_default().to_owned();
        (format!("{path} {name}"), regions.collect())
    };
    (0..files).map(regions).collect()
}

fn versions(machine: &Machine, db: &str, path: &str) -> usize {
    let versions = json(&machine.must(&format!("versions {path} --json --db {db}")));
    versions.as_array().unwrap().len()
}

fn results_of(machine: &Machine) -> usize {
    let mut results = 0;
    for folder in std::fs::read_dir(machine.path("out/results"))
        .into_iter()
        .flatten()
    {
        let files = std::fs::read_dir(folder.unwrap().path()).unwrap();
        let ending =
            |file: &std::fs::DirEntry| file.path().extension().is_some_and(|end| end == "result");
        results += files.map(Result::unwrap).filter(ending).count();
    }
    results
}

#[test]
fn a_task_finds_two_sounds_in_one_pass_exactly_as_one_machine_does() {
    let machine = archive(3);
    machine.must("profile create hush");
    machine.must("clip add --class hush room.wav --start 2.5 --end 3.3 --profile hush");
    machine.must("clip add --class hush hall.wav --start 5.5 --end 6.3 --profile hush");
    machine.must("train --positive hush --background room.wav hall.wav --profile hush");
    machine.must("pack export --sound hush hush.earmark --profile hush");
    machine.must("pack import chirp.earmark --db one.db --profile chirp");
    machine.must("pack import hush.earmark --db one.db --profile hush");
    machine.must("scan archive --sound chirp --sound hush --db one.db");
    machine.must("scan --shard 1/1 --out out --sound chirp.earmark --sound hush.earmark archive");
    machine.must("merge out --csv regions.csv");
    let mut table = csv::Reader::from_path(machine.path("regions.csv")).unwrap();
    let rows: Vec<csv::StringRecord> = table.records().map(Result::unwrap).collect();
    // To the last bit: the same digits, read by the same reader.
    let bits = |values: [f64; 3]| values.map(f64::to_bits);
    for sound in ["chirp", "hush"] {
        for index in 0..3 {
            let path = format!("archive/{}/{}.wav", index % 2, index / 2);
            let command = format!("results {path} --json --db one.db --profile {sound}");
            let shown = json(&machine.must(&command));
            let regions = shown["regions"].as_array().unwrap().iter();
            let of_one = regions.map(|region| {
                let fields = ["start_s", "end_s", "score"];
                bits(fields.map(|field| region[field].as_f64().unwrap()))
            });
            let whole = std::path::absolute(machine.path(&path)).unwrap();
            let rows = rows
                .iter()
                .filter(|row| Path::new(&row[0]) == whole && row[1] == *sound);
            let of_many =
                rows.map(|row| bits([5, 6, 7].map(|column| json(&row[column]).as_f64().unwrap())));
            let (of_one, of_many): (Vec<_>, Vec<_>) = (of_one.collect(), of_many.collect());
            assert_eq!(of_many, of_one, "{sound} in {path}");
            assert!(index > 0 || !of_one.is_empty(), "{sound} in {path}");
        }
    }
}

/// Kills a task as soon as it has finished a file.
fn kill_after_a_file(machine: &Machine, mut task: Child) {
    let before = results_of(machine);
    loop {
        if results_of(machine) > before || task.try_wait().unwrap().is_some() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    drop(task.kill());
    task.wait().unwrap();
}

fn start(machine: &Machine, arguments: &str) -> Child {
    let arguments: Vec<String> = arguments.split(' ').map(str::to_owned).collect();
    let mut command = machine.earmark(&arguments);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().unwrap()
}

#[test]
fn tasks_that_are_killed_and_run_again_find_what_one_machine_finds_and_are_merged_once() {
    const FILES: usize = 10;
    let machine = archive(FILES);
    machine.must("pack import chirp.earmark --db one.db");
    machine.must("scan archive --db one.db");
    let said = machine.must("scan --prepare 2 --out out --sound chirp.earmark archive");
    assert!(
        said.contains("planned 10 files") && said.contains("2 parts for chirp"),
        "{said}"
    );

    let again = machine.run("scan --prepare 9 --out out");
    assert!(String::from_utf8_lossy(&again.stderr).contains("planned in 2 parts before"));

    // A database that cannot be opened: a task must not want to.
    let shard = |part: &str| format!("scan --shard {part} --out out --db /dev/null/none.db");
    kill_after_a_file(&machine, start(&machine, &shard("1/2")));
    let early = machine.run("merge out --db early.db");
    let said = String::from_utf8_lossy(&early.stdout);
    assert_eq!(early.status.code(), Some(1));
    assert!(
        said.contains("not scanned yet") && said.contains("run its shard again"),
        "{said}"
    );

    let finished = results_of(&machine);
    let report = json(&machine.must(&format!("{} --json", shard("1/2"))));
    assert_eq!(report["skipped"], finished);
    assert_eq!(
        report["scanned"].as_u64().unwrap() + finished as u64,
        report["files"].as_u64().unwrap()
    );
    machine.must(&shard("2/2"));
    assert_eq!(results_of(&machine), FILES);
    let report = json(&machine.must("scan --shard 3/7 --out out --json"));
    assert_eq!(
        (&report["scanned"], &report["skipped"]),
        (&0.into(), &report["files"])
    );

    for db in ["many.db", "early.db"] {
        machine.must(&format!("merge out --db {db}"));
        assert_eq!(
            regions_in(&machine, db, FILES),
            regions_in(&machine, "one.db", FILES)
        );
        let again = json(&machine.must(&format!("merge out --db {db} --json")));
        assert_eq!(
            (&again["merged"], &again["merged_before"]),
            (&0.into(), &FILES.into())
        );
        assert_eq!(versions(&machine, db, "archive/0/0.wav"), 1);
    }
    machine.must("merge out --db many.db --again");
    assert_eq!(versions(&machine, "many.db", "archive/0/0.wav"), 2);
    machine.must("merge out --db many.db --profile other");
    assert!(machine.must("profiles --db many.db").contains("other:"));
}

#[test]
fn broken_and_changed_files_are_named_and_the_rest_is_merged_and_written_as_csv() {
    let machine = archive(4);
    std::fs::write(machine.path("archive/1/broken.wav"), "no sound").unwrap();
    let shard = "scan --shard 1/1 --out out --sound chirp.earmark archive";
    let ended = machine.run(shard);
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(1), "{said}");
    assert!(
        said.contains("1 of 5 recordings could not be scanned") && said.contains("broken.wav"),
        "{said}"
    );

    // Another content, and a result that a disk has damaged.
    machine.write("archive/0/0.wav", &room()[..50_000]);
    let place = |path: &str| {
        // With the separators of the system, as the plan has it.
        let path = std::path::absolute(machine.path(path)).unwrap();
        earmark_core::shard::ShardFolder::new(&machine.path("out")).result(&path)
    };
    std::fs::write(place("archive/0/1.wav"), "EARMARKR").unwrap();
    let merged = machine.run("merge out --json");
    let report: Value = serde_json::from_slice(&merged.stdout).unwrap();
    assert_eq!(merged.status.code(), Some(1));
    for (kind, name) in [
        ("failed", "broken.wav"),
        ("changed", "0.wav"),
        ("damaged", "1.wav"),
    ] {
        assert_eq!(report[kind]["count"], 1, "{report}");
        let path = report[kind]["first"][0]["path"].as_str().unwrap();
        assert!(path.ends_with(name), "{report}");
    }
    assert_eq!(
        (&report["merged"], &report["missing"]["count"]),
        (&2.into(), &0.into())
    );

    std::fs::remove_file(machine.path("archive/1/broken.wav")).unwrap();
    machine.run(shard);
    let said = machine.run("merge out --csv regions.csv");
    assert_eq!(said.status.code(), Some(1), "the broken file is planned");
    let table = std::fs::read_to_string(machine.path("regions.csv")).unwrap();
    let table = table.replace('\\', "/");
    let lines: Vec<&str> = table.lines().collect();
    assert!(lines[0].starts_with("path,sound,model,classifier,threshold,start_s,end_s,score"));
    assert!(
        lines.len() > 5 && lines[1].contains("/archive/0/1.wav,chirp,AISFX,"),
        "{table}"
    );
    machine.check(&[
        case("a table that is there", "merge out --csv regions.csv")
            .refused(&["already", "--replace"]),
        case(
            "other sounds",
            "scan --shard 1/1 --out out --sound chirp.earmark --threshold 0.9",
        )
        .refused(&["other sounds or settings", "chirp"]),
        case("other folders", "scan --shard 1/1 --out out room.wav").refused(&["other folders"]),
        case("no plan", "merge archive").refused(&["holds no plan", "--prepare"]),
        case("no pack", "scan --shard 1/1 --out new archive").refused(&["--sound PACK"]),
        case(
            "no such pack",
            "scan --shard 1/1 --out new --sound door archive",
        )
        .refused(&["door.earmark", "pack export"]),
        case("no part", "scan --out out").refused(&["--shard I/N"]),
        case("an impossible part", "scan --shard 3/2 --out out")
            .misunderstood(&["for example 3/10"]),
        case("a part of nothing", "scan --shard 1/2 room.wav").misunderstood(&["--out"]),
    ]);
}

#[cfg(feature = "parquet")]
#[test]
fn the_parquet_file_has_the_rows_of_the_csv() {
    let machine = archive(4);
    machine.must("scan --shard 1/1 --out out --sound chirp.earmark archive");
    machine.must("merge out --csv regions.csv");
    machine.must("merge out --parquet regions.parquet");
    let refused = machine.run("merge out --parquet regions.parquet");
    assert_eq!(refused.status.code(), Some(1));
    // What knows nothing of us reads both.
    let reader = "import sys, pyarrow.csv, pyarrow.parquet
table, parquet = pyarrow.csv.read_csv(sys.argv[1]), pyarrow.parquet.read_table(sys.argv[2])
assert table.column_names == parquet.column_names, parquet.column_names
for name in ['path', 'sound', 'start_s', 'end_s']:
    assert table[name].to_pylist() == parquet[name].to_pylist(), name
assert len(parquet) > 3
print(len(parquet))";
    let Some(python) = std::env::var_os("EARMARK_TEST_PYARROW") else {
        let bytes = std::fs::read(machine.path("regions.parquet")).unwrap();
        assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"));
        return;
    };
    let mut command = Command::new(python);
    command
        .args(["-c", reader])
        .args(["regions.csv", "regions.parquet"]);
    let output = command.current_dir(machine.path("")).output().unwrap();
    assert!(output.status.success(), "{output:?}");
}
