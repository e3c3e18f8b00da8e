//! A user's machine for the tests of the command line: a database, folders and recordings of its own, and tables of commands with
//! what must come of each.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use earmark_core::store::{NewScan, Store};

pub const RATE_HZ: u32 = 44_100;
/// Where the sound to find is in a room, in seconds; it lasts 0.8 s.
pub const CHIRPS_AT_S: [f64; 3] = [1.0, 4.0, 7.0];
pub const ROOM_S: f64 = 10.0;

/// A user's machine: a database, folders, and recordings.
pub struct Machine(pub tempfile::TempDir);

/// One command with what must come of it.
pub struct Case {
    /// What the case is about, for the report.
    pub what: &'static str,
    pub arguments: Vec<String>,
    pub code: i32,
    /// Words on standard output and on standard error.
    pub says: &'static [&'static str],
    pub complains: &'static [&'static str],
}

pub fn case(what: &'static str, arguments: &str) -> Case {
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
    pub fn refused(self, complains: &'static [&'static str]) -> Self {
        Self {
            code: 1,
            complains,
            ..self
        }
    }

    /// The grammar refuses it with these words.
    pub fn misunderstood(self, complains: &'static [&'static str]) -> Self {
        Self {
            code: 2,
            complains,
            ..self
        }
    }

    pub fn says(self, says: &'static [&'static str]) -> Self {
        Self { says, ..self }
    }

    /// It works, with a remark.
    pub fn remarks(self, complains: &'static [&'static str]) -> Self {
        Self { complains, ..self }
    }

    /// With an argument that has blanks, or is long.
    pub fn with(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }
}

impl Machine {
    pub fn new() -> Self {
        let machine = Self(tempfile::tempdir().unwrap());
        machine.write("room.wav", &room());
        machine.write("hall.wav", &room());
        machine.write("chirp.wav", &chirp());
        machine
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, samples: &[f32]) {
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
    pub fn earmark(&self, arguments: &[String]) -> Command {
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

    pub fn run(&self, arguments: &str) -> Output {
        let arguments: Vec<String> = arguments.split(' ').map(str::to_owned).collect();
        self.earmark(&arguments).output().unwrap()
    }

    /// Runs what must succeed, and returns what it prints.
    pub fn must(&self, arguments: &str) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Two examples of a chirp and a classifier of them.
    pub fn trained() -> Self {
        let machine = Self::new();
        machine.must("clip add --class chirp chirp.wav");
        machine.must("clip add --class chirp room.wav --start 1 --end 1.8");
        machine.must("train --positive chirp --background room.wav hall.wav");
        machine
    }

    /// Everything that the profile holds, for comparing.
    pub fn contents(&self) -> String {
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

    pub fn check(&self, cases: &[Case]) {
        let faults: Vec<String> = cases.iter().filter_map(|case| self.fault(case)).collect();
        assert!(faults.is_empty(), "\n{}", faults.join("\n\n"));
    }

    pub fn fault(&self, case: &Case) -> Option<String> {
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

pub fn chirp() -> Vec<f32> {
    let tau = std::f64::consts::TAU;
    let rate = f64::from(RATE_HZ);
    let sample = |index: usize| {
        let time_s = index as f64 / rate;
        let fade = (time_s / 0.01).min((0.8 - time_s) / 0.01).clamp(0.0, 1.0);
        (0.3 * fade * (tau * 900.0 * time_s + 30.0 * (tau * 12.0 * time_s).sin()).sin()) as f32
    };
    (0..(0.8 * rate) as usize).map(sample).collect()
}

pub fn room() -> Vec<f32> {
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

pub fn save_one_region(database: &Path, recording: &Path) {
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
