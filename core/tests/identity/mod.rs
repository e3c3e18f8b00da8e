//! Two files of one name in two folders, at every door of the command line: results, marks, clips, exports and trainings
//! never meet. With the real model.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use earmark_core::store::{DEFAULT_PROFILE, Store};
use serde_json::Value;

use crate::session::{WARBLE_AT_S, soundscape};

/// Two sites that each have a recording `x.wav`: one with the sound, one with noise of the same length.
struct Sites {
    folder: tempfile::TempDir,
    paths: [PathBuf; 2],
}

fn write(path: &Path, samples: &[f32]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 44_100,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    for sample in samples {
        writer.write_sample(*sample).unwrap();
    }
    writer.finalize().unwrap();
}

fn noise(length: usize) -> Vec<f32> {
    let mut random = fastrand::Rng::with_seed(11);
    let sample = |_| 0.02 * (2.0 * random.f32() - 1.0);
    (0..length).map(sample).collect()
}

impl Sites {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let paths = ["siteA", "siteB"].map(|site| folder.path().join(site).join("x.wav"));
        let sound = soundscape();
        write(&paths[0], &sound);
        write(&paths[1], &noise(sound.len()));
        Self { folder, paths }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let folder = self.folder.path();
        let mut command = Command::new(env!("CARGO_BIN_EXE_earmark"));
        command
            .args(arguments)
            .arg("--json")
            .arg("--db")
            .arg(folder.join("earmark.db"))
            .env("EARMARK_EMBEDDINGS", folder.join("cache"))
            .env("EARMARK_CLIPS", folder.join("clips"));
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let output = self.run(arguments);
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {told}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn path(&self, site: usize) -> &str {
        self.paths[site].to_str().unwrap()
    }

    fn store(&self) -> Store {
        Store::open(&self.folder.path().join("earmark.db")).unwrap()
    }

    /// Three examples in the first recording, and one in the second that must not touch them.
    fn confirm(&self) {
        let clip = |site, at_s: f64| {
            let (start, end) = (at_s.to_string(), (at_s + 1.0).to_string());
            let path = self.path(site);
            self.json(&[
                "clip", "add", path, "--class", "warble", "--start", &start, "--end", &end,
            ])
        };
        for at_s in &WARBLE_AT_S[..3] {
            assert_eq!(clip(0, *at_s)[0]["filename"], "x.wav");
        }
        assert_eq!(clip(1, WARBLE_AT_S[0])[0]["filename"], "siteB/x.wav");
    }
}

#[test]
fn marks_on_one_of_two_files_of_one_name_leave_the_other_alone() {
    let sites = Sites::new();
    sites.confirm();
    let start = WARBLE_AT_S[0].to_string();
    let end = (WARBLE_AT_S[0] + 1.0).to_string();
    // The last word about the span in the second file; the example in the same place of the first stays.
    let (a, b) = (sites.path(0), sites.path(1));
    let marked = sites.json(&["negative", "add", b, "--start", &start, "--end", &end]);
    assert_eq!(marked["filename"], "siteB/x.wav");
    let store = sites.store();
    let clips = |name| store.clips_in(DEFAULT_PROFILE, name).unwrap().len();
    assert_eq!((clips("x.wav"), clips("siteB/x.wav")), (3, 0));

    let marked = sites.json(&["unsure", "add", a, "--start", "28", "--end", "29"]);
    assert_eq!(marked[0]["filename"], "x.wav");
    let unsure = |name| store.unsure_marks(DEFAULT_PROFILE, Some(name)).unwrap();
    assert_eq!((unsure("x.wav").len(), unsure("siteB/x.wav").len()), (1, 0));
    let negatives = |name| store.negatives_in(DEFAULT_PROFILE, name).unwrap();
    assert!(negatives("x.wav").is_empty());
    let said = negatives("siteB/x.wav").remove(0).source_path;
    assert_eq!(said.as_deref(), Some(sites.paths[1].as_path()));
}

#[test]
fn scans_results_exports_and_trainings_of_two_files_of_one_name_never_meet() {
    let sites = Sites::new();
    sites.confirm();
    let (a, b) = (sites.path(0), sites.path(1));
    let trained = sites.json(&["train", "--positive", "warble", "--background", b]);
    assert_eq!(trained["classifier"]["counts"]["clips"], 4);
    let stats = sites.json(&["stats", "--positive", "warble"]);
    let counts: Vec<_> = stats["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| (file["filename"].clone(), file["positives"].clone()))
        .collect();
    assert_eq!(
        counts,
        [("siteB/x.wav".into(), 1.into()), ("x.wav".into(), 3.into())]
    );

    let scanned = sites.json(&["scan", b, a]);
    assert_eq!(scanned[0]["filename"], "siteB/x.wav");
    assert_eq!(scanned[1]["filename"], "x.wav");
    let regions = |path: &str| sites.json(&["results", path])["regions"].clone();
    let (in_a, in_b) = (regions(a), regions(b));
    assert_ne!(in_a, in_b);
    for (path, name) in [(a, "x.wav"), (b, "siteB/x.wav")] {
        assert_eq!(sites.json(&["versions", path]).as_array().unwrap().len(), 1);
        assert_eq!(sites.json(&["results", name])["regions"], regions(path));
        let list = sites.folder.path().join("list.json");
        let list = list.to_str().unwrap();
        sites.json(&[
            "export",
            path,
            "--format",
            "json",
            "--output",
            list,
            "--replace",
        ]);
        let listed: Value = serde_json::from_slice(&std::fs::read(list).unwrap()).unwrap();
        assert!(
            listed.to_string().contains(&format!("\"{name}\"")),
            "{listed}"
        );
        sites.json(&["compare", path, "--from", "1", "--to", "1"]);
    }

    // A third of the name has no results, and asking for them makes nothing known of it.
    let third = sites.folder.path().join("siteC/x.wav");
    write(&third, &noise(44_100));
    let refused = sites.run(&["results", third.to_str().unwrap()]);
    assert!(!refused.status.success());
    assert_eq!(sites.store().recording_path("siteC/x.wav").unwrap(), None);

    // Moved together, both are found under their names.
    let new = sites.folder.path().join("new");
    std::fs::create_dir(&new).unwrap();
    for site in ["siteA", "siteB"] {
        std::fs::rename(sites.folder.path().join(site), new.join(site)).unwrap();
    }
    let found = sites.json(&["relink", new.to_str().unwrap()]);
    assert_eq!(
        (&found["recordings"], &found["clips"]),
        (&2.into(), &4.into())
    );
    let moved = new.join("siteB/x.wav");
    assert_eq!(regions(moved.to_str().unwrap()), in_b);
    let restored = sites.json(&["restore-classifier", "1"]);
    let names: Vec<&Value> = restored["scanned"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["filename"])
        .collect();
    assert_eq!(names, ["siteB/x.wav", "x.wav"]);
}

#[cfg(target_os = "linux")] // Elsewhere no file can have such a name.
#[test]
fn files_whose_names_are_no_unicode_are_marked_each_for_itself() {
    use std::os::unix::ffi::OsStrExt as _;

    let sites = Sites::new();
    for (bytes, name) in [
        (b"caf\xe8.wav", "caf%E8.wav"),
        (b"caf\xe9.wav", "caf%E9.wav"),
    ] {
        let path = sites.folder.path().join(std::ffi::OsStr::from_bytes(bytes));
        write(&path, &noise(44_100));
        let output = sites
            .command(&["clip", "add", "--class", "warble"])
            .arg(&path)
            .output()
            .unwrap();
        let clips: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(clips[0]["filename"], name, "{clips}");
        let clips = sites.store().clips_in(DEFAULT_PROFILE, name).unwrap();
        assert_eq!(clips.len(), 1);
        assert_eq!(clips[0].source_path.as_deref(), Some(path.as_path()));
    }
    let stats = sites.json(&["stats", "--positive", "warble"]);
    assert_eq!(stats["files"].as_array().unwrap().len(), 2);
    assert_eq!(stats["total"]["positives"], 2);
}

#[test]
fn clips_added_by_many_processes_at_once_share_one_folder() {
    let sites = Sites::new();
    let children: Vec<_> = (0..10)
        .map(|index| {
            let (start, end) = (format!("{index}"), format!("{index}.5"));
            let arguments = [
                "clip",
                "add",
                sites.path(0),
                "--class",
                "warble",
                "--start",
                &start,
                "--end",
                &end,
            ];
            let mut command = sites.command(&arguments);
            command.stdout(std::process::Stdio::null()).spawn().unwrap()
        })
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let clips = sites.store().clips_in(DEFAULT_PROFILE, "x.wav").unwrap();
    let files: BTreeSet<&Path> = clips
        .iter()
        .map(|clip| clip.output_path.as_path())
        .collect();
    let folders: BTreeSet<Option<&Path>> = files.iter().map(|file| file.parent()).collect();
    assert_eq!(
        (clips.len(), files.len(), folders.len()),
        (10, 10, 1),
        "{files:?}"
    );
    assert!(files.iter().all(|file| file.is_file()));
}

#[test]
fn another_content_of_the_same_length_and_date_gets_results_of_its_own() {
    let sites = Sites::new();
    sites.confirm();
    let (a, b) = (sites.path(0), sites.path(1));
    sites.json(&["train", "--positive", "warble", "--background", b]);
    let date = std::fs::metadata(a).unwrap().modified().unwrap();
    sites.json(&["scan", a]);
    let before = sites.json(&["results", a, "--peaks"])["regions"].clone();
    write(&sites.paths[0], &noise(soundscape().len()));
    let file = std::fs::File::options().write(true).open(a).unwrap();
    file.set_modified(date).unwrap();
    sites.json(&["scan", a]);
    let after = sites.json(&["results", a, "--peaks"])["regions"].clone();
    assert_ne!(before, after);
}
