//! A user who has taught Earmark the chirp: trained once through the command line, then copied for every test that
//! needs it.

use std::path::PathBuf;
use std::sync::OnceLock;

use serde_json::Value;

use super::sandbox::TakeRow;
use super::signals::{RATE_HZ, chirp, room};
use super::{Build, Sandbox, wait};

/// The model everything is scanned with.
pub const MODEL: &str = "AISFX";

/// The sound's class.
pub const CLASS: &str = "chirp";

/// Database and clips as training left them. In Cargo's folder for tests, which outlives the threads that use it.
fn trained() -> &'static PathBuf {
    static TRAINED: OnceLock<PathBuf> = OnceLock::new();
    TRAINED.get_or_init(|| {
        let sandbox = Sandbox::new();
        teach(&sandbox, &Build::release());
        let kept = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("earmark-trained.db");
        std::fs::copy(sandbox.database(), &kept).unwrap();
        kept
    })
}

/// Adds ten chirps as clips, lends a chirpless room as background, and trains.
fn teach(sandbox: &Sandbox, build: &Build) {
    let mut add = vec![String::from("clip"), String::from("add")];
    add.extend([String::from("--class"), String::from(CLASS)]);
    for index in 0..10 {
        let sound = chirp(
            600.0 + 30.0 * f64::from(index),
            0.2 + 0.03 * f64::from(index),
        );
        let file = sandbox.write_wave(&format!("chirp{index}.wav"), RATE_HZ, vec![sound]);
        add.push(file.display().to_string());
    }
    let add: Vec<&str> = add.iter().map(String::as_str).collect();
    sandbox.cli(build, &add);
    let background = sandbox.write_wave("room.wav", RATE_HZ, vec![room(40.0, 99)]);
    let background = background.display().to_string();
    let learned = sandbox.cli(
        build,
        &["train", "--positive", CLASS, "--background", &background],
    );
    assert_eq!(learned["classifier"]["version"], 1, "{learned:#}");
}

impl Sandbox {
    /// A sandbox whose database holds the classifier.
    pub fn learned() -> Self {
        let sandbox = Self::new();
        std::fs::copy(trained(), sandbox.database()).unwrap();
        sandbox
    }
    /// The versions of a recording, newest first.
    pub fn versions(&self, build: &Build, filename: &str) -> Vec<Value> {
        let found = self.cli(build, &["versions", filename, "--model", MODEL]);
        found.as_array().unwrap().clone()
    }

    /// Waits until the newest take has been scanned.
    pub fn scanned_take(&self, build: &Build) -> TakeRow {
        wait::until("a version of the newest take", || {
            let take = self.database().exists().then(|| self.takes().pop())??;
            let versions = self.versions(build, &take.filename());
            (!versions.is_empty()).then_some(take)
        })
    }
}
