//! The command line as people and scripts use it, typing errors included: one table of commands for each kind of behaviour.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods
)] // In tests a panic is the report.

mod boxes;
mod common;
mod importing;
mod library;
mod long_windows;
mod long_work;
mod machine;
mod packs;
mod readers;
mod review_commands;
mod several_sounds;
mod sharding;

use std::path::Path;
use std::process::{Command, Stdio};

use earmark_core::store::Store;
use machine::{CHIRPS_AT_S, Machine, RATE_HZ, case, chirp, room, save_one_region};

#[test]
fn numbers_spans_and_names_that_make_no_sense_are_refused_and_change_nothing() {
    let machine = Machine::new();
    machine.must("clip add --class chirp chirp.wav");
    let before = machine.contents();
    let long = "x".repeat(5000);
    let at = "negative add room.wav --start";
    let cases = [
        case("a start that is no number", &format!("{at} nan"))
            .misunderstood(&["a time of at least 0"]),
        case("an endless start", &format!("{at} inf")).misunderstood(&["a time of at least 0"]),
        case("a start before the recording", &format!("{at} -5"))
            .misunderstood(&["-5 is out of range", "a time of at least 0"]),
        case("a start beyond the end", &format!("{at} 50"))
            .refused(&["50 s lies beyond the end", "10.000 s long"]),
        case("an end far beyond the end", &format!("{at} 9 --end 99"))
            .refused(&["99 s lies beyond the end"]),
        case("an end before the start", &format!("{at} 5 --end 4")).refused(&["swap the two"]),
        case("a mark of no length", &format!("{at} 5 --end 5")).refused(&["is empty"]),
        case(
            "an unsure mark of no length",
            "unsure add room.wav --start 5 --end 5",
        )
        .refused(&["is empty"]),
        case(
            "a clip beyond the end",
            "clip add --class door room.wav --start 50 --end 51",
        )
        .refused(&["50 s lies beyond the end"]),
        case(
            "an endless shortest length",
            "scan room.wav --min-length inf",
        )
        .misunderstood(&["from 0 to 10 seconds"]),
        case("a gap that is no number", "scan room.wav --fuse-gap nan")
            .misunderstood(&["from 0 to 10 seconds"]),
        case("a threshold below all", "scan room.wav --threshold -0.5")
            .misunderstood(&["a score from 0 to 1"]),
        case(
            "a piece that is no number",
            "export room.wav --format clips --output out --piece nan",
        )
        .misunderstood(&["the length of a piece"]),
        case(
            "a model that nobody knows",
            "negative add room.wav --start 5 --model NOBODYS",
        )
        .refused(&["no model NOBODYS", "earmark doctor"]),
        case(
            "results by a model that nobody knows",
            "results room.wav --model NOBODYS",
        )
        .refused(&["no model NOBODYS"]),
        case("a track in broken digits", "timeline --source-hex 6g")
            .misunderstood(&["two hexadecimal digits"]),
        case("half a letter", "timeline --source-hex c3")
            .misunderstood(&["two hexadecimal digits"]),
        case("no track at all", "timeline --tsv").misunderstood(&["--source"]),
        case(
            "a long profile",
            "clip add --class door chirp.wav --profile",
        )
        .with(&long)
        .misunderstood(&["5000 characters", "at most 200"]),
        case("a long new profile", "profile create")
            .with(&long)
            .refused(&["5000 characters"]),
        case("a profile that clears the screen", "profile create")
            .with("a\u{1b}[2J")
            .refused(&["control character"]),
        case("a profile without a name", "profile create")
            .with(" ")
            .refused(&["needs a name"]),
        case("a long class", "clip add chirp.wav --class")
            .with(&long)
            .refused(&["class name"]),
        case("a long classifier", "train --positive chirp --name")
            .with(&long)
            .misunderstood(&["5000 characters"]),
        case(
            "a class on both sides",
            "train --positive chirp --negative chirp",
        )
        .refused(&["both the sound and not the sound"]),
    ];
    machine.check(&cases);
    assert_eq!(machine.contents(), before);
}

#[test]
fn examples_without_a_sound_are_refused_and_the_others_added() {
    let machine = Machine::new();
    machine.write("silence.wav", &[0.0; RATE_HZ as usize]);
    machine.write("click.wav", &[0.5]);
    machine.check(&[
        case("silence", "clip add --class chirp silence.wav").refused(&["is silent"]),
        case("one sample", "clip add --class chirp click.wav").refused(&["too short"]),
        case(
            "both among others",
            "clip add --class chirp silence.wav chirp.wav click.wav",
        )
        .refused(&[
            "2 of 3 files could not be added",
            "silence.wav",
            "click.wav",
        ])
        .says(&["of chirp.wav as chirp"]),
        case("the same again", "clip add --class chirp chirp.wav")
            .says(&["chirp.wav is an example of chirp already"]),
    ]);
}

#[test]
fn repeated_and_missing_marks_are_told_in_words() {
    let machine = Machine::new();
    machine.check(&[
        case("a mark", "negative add room.wav --start 5").says(&["hard negative 1"]),
        case("the same mark", "negative add room.wav --start 5")
            .says(&["is a hard negative already"]),
        case(
            "another word about it",
            "unsure add room.wav --start 5 --end 6",
        )
        .says(&["room.wav"]),
        case("which takes the place of the first", "negative list").says(&["no hard negatives"]),
        case("the same word", "unsure add room.wav --start 5 --end 6")
            .says(&["is marked as unsure already"]),
        case("a negative that is not there", "negative delete 77")
            .refused(&["no hard negative has the id 77", "earmark negative list"]),
        case("clips that are not there", "clip delete 77 78")
            .refused(&["no clip has the id 77 or 78"]),
        case("one mark of two", "unsure delete 1 77")
            .refused(&["no unsure mark has the id 77"])
            .says(&["deleted 1 unsure mark"]),
        case("no marks at all", "negative clear --yes").refused(&["there are no hard negatives"]),
        case("a recording nobody knows", "forget other.wav --yes")
            .refused(&["no results or marks of other.wav"]),
        case("nobody to ask", "profile delete default --yes").refused(&["default"]),
    ]);
}

#[test]
fn a_mistyped_database_is_refused_and_nothing_is_created() {
    let machine = Machine::new();
    let typo = "nowhere/earmrak.db";
    for command in [
        "results room.wav",
        "versions room.wav",
        "clip list",
        "negative list",
        "negative clear --yes",
        "unsure delete 1",
        "note list",
        "profiles",
        "stats --positive chirp",
        "train --positive chirp",
        "scan room.wav",
        "classifiers",
        "settings",
        "forget room.wav --yes",
        "relink .",
        "doctor",
    ] {
        let output = machine.run(&format!("{command} --db {typo}"));
        let told =
            String::from_utf8_lossy(&output.stderr) + String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(1), "{command}: {told}");
        assert!(
            told.contains("there is no database at"),
            "{command}: {told}"
        );
        assert!(!machine.path("nowhere").exists(), "{command}");
    }
    machine.must(&format!("clip add --class chirp chirp.wav --db {typo}"));
    assert!(
        machine
            .must(&format!("clip list --db {typo}"))
            .contains("chirp")
    );
}

#[test]
fn advice_names_commands_that_help() {
    let machine = Machine::new();
    std::fs::create_dir(machine.path("empty")).unwrap();
    machine.check(&[
        case("a scan before any training", "scan room.wav").refused(&[
            "earmark clip add",
            "earmark train",
            "--background",
        ]),
        case("results before any scan", "results room.wav").refused(&["earmark scan room.wav"]),
        case("an example", "clip add --class chirp chirp.wav"),
        case("a training without background", "train --positive chirp")
            .refused(&["--background FILE"]),
        case(
            "a class without clips",
            "train --positive door --background room.wav",
        )
        .refused(&["earmark clip add"]),
        case(
            "a file that is not there",
            "negative add gone.wav --start 1",
        )
        .refused(&["there is no file gone.wav"]),
        case(
            "a folder in the place of a file",
            "negative add empty --start 1",
        )
        .refused(&["is a folder: name one audio file"]),
        case("a folder without audio", "scan empty").refused(&["no audio file in empty", "flac"]),
    ]);
}

#[cfg(unix)]
#[test]
fn a_pipe_is_not_called_a_folder() {
    let machine = Machine::new();
    let made = Command::new("mkfifo")
        .arg(machine.path("pipe.wav"))
        .status();
    assert!(made.unwrap().success());
    machine.check(&[
        case("a pipe", "negative add pipe.wav --start 1").refused(&["is a pipe or a device"]),
        case(
            "a pipe among files",
            "clip add --class chirp pipe.wav chirp.wav",
        )
        .refused(&["1 of 2 files", "is a pipe or a device"])
        .says(&["of chirp.wav as chirp"]),
    ]);
}

#[cfg(target_os = "linux")] // Elsewhere there is no disk that is always full.
#[test]
fn output_that_cannot_be_written_is_a_failure() {
    let machine = Machine::new();
    machine.must("clip add --class chirp chirp.wav");
    for arguments in [
        "clip list",
        "clip list --json",
        "profiles",
        "--help",
        "--version",
    ] {
        let arguments: Vec<String> = arguments.split(' ').map(str::to_owned).collect();
        let full = std::fs::File::options()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let output = machine.earmark(&arguments).stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {output:?}");

        // A pipe whose reader is gone before the program writes.
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = machine.earmark(&arguments).stdout(writer).output().unwrap();
        assert!(!output.status.success(), "{arguments:?}: {output:?}");
        assert!(output.stderr.is_empty(), "{arguments:?}: {output:?}");
    }
}

#[test]
fn errors_with_json_are_one_json_value_and_nothing_else() {
    let machine = Machine::new();
    std::fs::write(machine.path("bad.wav"), "Dear sound department,\n").unwrap();
    for (arguments, words) in [
        ("clip add --class chirp bad.wav chirp.wav --json", "bad.wav"),
        ("scan room.wav --json", "earmark train"),
        ("negative delete 77 --json", "77"),
        ("negative add room.wav --start nan --json", "a time"),
        ("results room.wav --json --model NOBODYS", "NOBODYS"),
    ] {
        let output = machine.run(arguments);
        assert!(!output.status.success(), "{arguments}: {output:?}");
        let error: serde_json::Value = serde_json::from_slice(&output.stderr)
            .unwrap_or_else(|error| panic!("{arguments}: {error}: {output:?}"));
        let error = error["error"].as_str().unwrap();
        assert!(error.contains(words), "{arguments}: {error}");
    }
}

#[test]
fn what_cannot_be_read_is_named_and_the_rest_is_done() {
    let machine = Machine::trained();
    std::fs::write(machine.path("bad.wav"), "Dear sound department,\n").unwrap();
    machine.write("rooms/b/second.wav", &room());
    machine.write("rooms/a/first.WAV", &room());
    machine.write("rooms/._first.wav", &room());
    std::fs::write(machine.path("rooms/notes.txt"), "no sound").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("..", machine.path("rooms/a/round")).unwrap();
    machine.check(&[
        case(
            "a bad file among good ones",
            "scan hall.wav bad.wav gone.wav room.wav",
        )
        .refused(&[
            "2 of 4 recordings could not be scanned",
            "bad.wav",
            "gone.wav",
        ])
        .says(&["hall.wav: AISFX", "room.wav: AISFX"]),
        case("a folder", "scan rooms")
            .remarks(&["2 audio files found in rooms"])
            .says(&["first.WAV: AISFX", "second.wav: AISFX"]),
    ]);
    let scanned = machine.must("scan rooms");
    assert!(
        scanned.find("first.WAV") < scanned.find("second.wav"),
        "by name: {scanned}"
    );

    std::fs::remove_file(machine.path("hall.wav")).unwrap();
    machine.check(&[
        case(
            "a training without a recording that vanished",
            "train --positive chirp",
        )
        .remarks(&[
            "1 recording left out",
            "hall.wav",
            "earmark forget hall.wav",
        ])
        .says(&["classifier 2", "room.wav: AISFX"]),
        case("an earlier classifier without it", "restore-classifier 1")
            .remarks(&["hall.wav"])
            .says(&["= 1 again", "room.wav: AISFX"]),
        case("a classifier that is not there", "restore-classifier 99")
            .refused(&["no classifier 99", "earmark classifiers"]),
        case(
            "a background that vanished",
            "train --positive chirp --background room.wav gone.wav",
        )
        .refused(&["gone.wav"])
        .says(&["classifier 4"]),
        case("forgetting without an answer", "forget hall.wav").refused(&[
            "would delete",
            "of hall.wav",
            "--yes",
        ]),
        case(
            "forgetting another file of that name",
            "forget elsewhere/hall.wav --yes",
        )
        .refused(&["belong to"]),
        case("forgetting", "forget hall.wav --yes").says(&["deleted", "of hall.wav"]),
        case("its results afterwards", "results hall.wav").refused(&["no results"]),
        case("those of others", "results room.wav").says(&["room.wav AISFX"]),
    ]);
    let trained = machine.run("train --positive chirp");
    let remarks = String::from_utf8_lossy(&trained.stderr);
    assert!(
        trained.status.success() && !remarks.contains("left out"),
        "{remarks}"
    );
}

#[test]
fn clips_of_a_folder_are_added_and_other_files_skipped() {
    let machine = Machine::new();
    machine.write("chirps/one.wav", &chirp());
    machine.write("chirps/more/two.wav", &chirp());
    std::fs::write(machine.path("chirps/cover.jpg"), "a picture").unwrap();
    machine.check(&[
        case("a folder of examples", "clip add --class chirp chirps")
            .remarks(&["2 audio files found in chirps, 1 other file skipped"])
            .says(&["of one.wav as chirp", "of two.wav as chirp"]),
    ]);
}

#[test]
fn one_of_anything_is_written_without_an_s() {
    let machine = Machine::new();
    save_one_region(&machine.path("earmark.db"), &machine.path("room.wav"));
    machine.must("negative add room.wav --start 5");
    machine.check(&[
        case("one region", "versions room.wav").says(&["  1 region,"]),
        case("one of everything", "profiles").says(&["1 version, 1 region, 1 hard negative"]),
    ]);
}
