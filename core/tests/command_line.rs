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
mod packs;
mod readers;
mod review_commands;
mod sharding;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use earmark_core::store::{NewScan, Store};

const RATE_HZ: u32 = 44_100;
/// Where the sound to find is in a room, in seconds; it lasts 0.8 s.
const CHIRPS_AT_S: [f64; 3] = [1.0, 4.0, 7.0];
const ROOM_S: f64 = 10.0;

/// A user's machine: a database, folders, and recordings.
struct Machine(tempfile::TempDir);

/// One command with what must come of it.
struct Case {
    /// What the case is about, for the report.
    what: &'static str,
    arguments: Vec<String>,
    code: i32,
    /// Words on standard output and on standard error.
    says: &'static [&'static str],
    complains: &'static [&'static str],
}

fn case(what: &'static str, arguments: &str) -> Case {
    Case {
        what,
        arguments: arguments.split(' ').map(str::to_owned).collect(),
        code: 0,
        says: &[],
        complains: &[],
    }
}

impl Case {
    /// It is refused with these words, and prints nothing on standard output.
    fn refused(self, complains: &'static [&'static str]) -> Self {
        Self {
            code: 1,
            complains,
            ..self
        }
    }

    /// The grammar refuses it with these words.
    fn misunderstood(self, complains: &'static [&'static str]) -> Self {
        Self {
            code: 2,
            complains,
            ..self
        }
    }

    fn says(self, says: &'static [&'static str]) -> Self {
        Self { says, ..self }
    }

    /// It works, with a remark.
    fn remarks(self, complains: &'static [&'static str]) -> Self {
        Self { complains, ..self }
    }

    /// With an argument that has blanks, or is long.
    fn with(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }
}

impl Machine {
    fn new() -> Self {
        let machine = Self(tempfile::tempdir().unwrap());
        machine.write("room.wav", &room());
        machine.write("hall.wav", &room());
        machine.write("chirp.wav", &chirp());
        machine
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, samples: &[f32]) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: RATE_HZ,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut writer = hound::WavWriter::create(path, spec).unwrap();
        for sample in samples {
            writer.write_sample((sample * 32_000.0) as i16).unwrap();
        }
        writer.finalize().unwrap();
    }

    /// The command line in this machine's folder, with its own database.
    fn earmark(&self, arguments: &[String]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_earmark"));
        command
            .args(arguments)
            .current_dir(self.0.path())
            .env("EARMARK_DB", self.path("earmark.db"))
            .env("EARMARK_CLIPS", self.path("clips"))
            .env("EARMARK_TAKES", self.path("takes"))
            .env("EARMARK_EMBEDDINGS", self.path("cache"))
            .env("EARMARK_MODELS", self.path("models"))
            .env_remove("RUST_LOG")
            .stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &str) -> Output {
        let arguments: Vec<String> = arguments.split(' ').map(str::to_owned).collect();
        self.earmark(&arguments).output().unwrap()
    }

    /// Runs what must succeed, and returns what it prints.
    fn must(&self, arguments: &str) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Two examples of a chirp and a classifier of them.
    fn trained() -> Self {
        let machine = Self::new();
        machine.must("clip add --class chirp chirp.wav");
        machine.must("clip add --class chirp room.wav --start 1 --end 1.8");
        machine.must("train --positive chirp --background room.wav hall.wav");
        machine
    }

    /// Everything that the profile holds, for comparing.
    fn contents(&self) -> String {
        [
            "profiles",
            "clip list",
            "negative list",
            "unsure list",
            "note list",
        ]
        .map(|list| self.must(list))
        .concat()
    }

    fn check(&self, cases: &[Case]) {
        let faults: Vec<String> = cases.iter().filter_map(|case| self.fault(case)).collect();
        assert!(faults.is_empty(), "\n{}", faults.join("\n\n"));
    }

    fn fault(&self, case: &Case) -> Option<String> {
        let output = self.earmark(&case.arguments).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        let complained = String::from_utf8_lossy(&output.stderr);
        let missing = |text: &str, words: &[&str]| words.iter().any(|word| !text.contains(word));
        let is_silent = case.code == 0 || !case.says.is_empty() || said.is_empty();
        let is_right = output.status.code() == Some(case.code)
            && is_silent
            && !missing(&said, case.says)
            && !missing(&complained, case.complains)
            && !complained.contains("panicked");
        let arguments: String = case.arguments.join(" ").chars().take(120).collect();
        (!is_right).then(|| {
            format!(
                "{}\nearmark {arguments}\nwanted {}, {:?}, {:?}\ngot {:?}\n{said}{complained}",
                case.what, case.code, case.says, case.complains, output.status
            )
        })
    }
}

fn chirp() -> Vec<f32> {
    let tau = std::f64::consts::TAU;
    let rate = f64::from(RATE_HZ);
    let sample = |index: usize| {
        let time_s = index as f64 / rate;
        let fade = (time_s / 0.01).min((0.8 - time_s) / 0.01).clamp(0.0, 1.0);
        (0.3 * fade * (tau * 900.0 * time_s + 30.0 * (tau * 12.0 * time_s).sin()).sin()) as f32
    };
    (0..(0.8 * rate) as usize).map(sample).collect()
}

fn room() -> Vec<f32> {
    let mut random = fastrand::Rng::with_seed(7);
    let rate = f64::from(RATE_HZ);
    let mut sound: Vec<f32> = (0..(ROOM_S * rate) as usize)
        .map(|_| 0.01 * (random.f32() - 0.5))
        .collect();
    for at_s in CHIRPS_AT_S {
        let place = sound.iter_mut().skip((at_s * rate) as usize);
        for (sample, heard) in place.zip(chirp()) {
            *sample += heard;
        }
    }
    sound
}

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

fn save_one_region(database: &Path, recording: &Path) {
    let region = earmark_core::scan::ScoredSpan {
        span: earmark_core::time::Span::new(1.0, 1.8).unwrap(),
        score: 0.9,
    };
    let scores = earmark_core::scan::WindowScores {
        hop_s: 0.2,
        window_s: 1.0,
        scores: vec![0.9],
        ..Default::default()
    };
    let scan = NewScan {
        filename: "room.wav",
        source_path: recording,
        profile: "default",
        model: "AISFX",
        regions: &[region],
        scores: &scores,
        threshold: 0.5,
        classifier: None,
    };
    Store::open(database).unwrap().save_scan(&scan, 5).unwrap();
}

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
