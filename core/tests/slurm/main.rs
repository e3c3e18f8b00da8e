//! A scan on a real Slurm: 500 files, two nodes, a task that is killed, and a node that is drained in the middle. What is merged must be what one
//! machine finds, region for region.
//!
//! Runs where `cargo xtask test` could provide Slurm, and says so where it could not.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods
)] // In tests a panic is the report.

mod cluster;

use std::path::{Path, PathBuf};
use std::process::Command;

use cluster::{Cluster, wait_for};
use serde_json::Value;

const RATE_HZ: u32 = 44_100;
const FILES: usize = 500;
const PARTS: usize = 6;

/// A folder that both nodes see.
struct Place(tempfile::TempDir);

impl Place {
    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A file of noise of that length, with a chirp at each of the times.
    fn write(&self, name: &str, length_s: f64, chirps_at_s: &[f64]) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let rate = f64::from(RATE_HZ);
        let mut random = fastrand::Rng::with_seed(length_s.to_bits());
        let mut sound: Vec<f64> = (0..(length_s * rate) as usize)
            .map(|_| 0.01 * (random.f64() - 0.5))
            .collect();
        for at_s in chirps_at_s {
            let place = sound.iter_mut().skip((at_s * rate) as usize);
            for (sample, index) in place.zip(0..(0.8 * rate) as usize) {
                let time_s = f64::from(index as u32) / rate;
                let phase = std::f64::consts::TAU * 900.0 * time_s + 30.0 * (75.0 * time_s).sin();
                *sample +=
                    0.3 * (time_s / 0.01).min((0.8 - time_s) / 0.01).clamp(0.0, 1.0) * phase.sin();
            }
        }
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: RATE_HZ,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut writer = hound::WavWriter::create(path, spec).unwrap();
        for sample in sound {
            writer.write_sample((sample * 32_000.0) as i16).unwrap();
        }
        writer.finalize().unwrap();
    }

    fn must(&self, arguments: &str) -> String {
        let output = Command::new(env!("CARGO_BIN_EXE_earmark"))
            .args(arguments.split(' '))
            .current_dir(self.0.path())
            .env("EARMARK_DB", self.path("one.db"))
            .env("EARMARK_CLIPS", self.path("clips"))
            .env("EARMARK_EMBEDDINGS", self.path("cache"))
            .env_remove("RUST_LOG")
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// An archive in which some files have the same name, and a pack that finds its sound.
    fn archive() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        place.write("chirp.wav", 0.8, &[0.0]);
        place.write("room.wav", 8.0, &[1.0, 4.0, 6.5]);
        place.must("clip add --class chirp chirp.wav");
        place.must("clip add --class chirp room.wav --start 1 --end 1.8");
        place.must("train --positive chirp --background room.wav");
        place.must("pack export --sound chirp chirp.earmark");
        for index in 0..FILES {
            let length_s = 1.0 + (index * 37 % 100) as f64 / 40.0;
            let chirps: &[f64] = [&[0.1][..], &[], &[0.05, 0.9]][index % 3];
            place.write(
                &format!("archive/{}/{:03}.wav", index % 10, index / 10),
                length_s,
                chirps,
            );
        }
        place
    }

    fn results(&self) -> usize {
        let folders = std::fs::read_dir(self.path("out/results")).unwrap();
        let files = folders.flat_map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap());
        files
            .filter(|file| {
                file.as_ref()
                    .is_ok_and(|file| file.path().extension().is_some_and(|end| end == "result"))
            })
            .count()
    }

    /// Every region of a database: file, sound's classifier, start, end and score.
    fn regions(&self, db: &str) -> Vec<String> {
        let db = rusqlite::Connection::open(self.path(db)).unwrap();
        let mut rows = db
            .prepare("SELECT filename, model, start_time, end_time, score FROM scan_results ORDER BY filename, start_time")
            .unwrap();
        let line = |row: &rusqlite::Row<'_>| {
            let (file, model): (String, String) = (row.get(0)?, row.get(1)?);
            let (start, end, score): (f64, f64, f64) = (row.get(2)?, row.get(3)?, row.get(4)?);
            Ok(format!("{file} {model} {start} {end} {score}"))
        };
        let rows = rows.query_map((), line).unwrap();
        rows.map(Result::unwrap).collect()
    }
}

/// The ids of the tasks' processes: those of this program that work on `out`.
fn scanners(out: &Path) -> Vec<String> {
    let out = out.display().to_string();
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let is_one = |id: &String| {
        let line = std::fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        line.starts_with(env!("CARGO_BIN_EXE_earmark")) && line.contains(&out)
    };
    let names = processes.map(|process| process.file_name().to_string_lossy().into_owned());
    names
        .filter(|name| name.bytes().all(|byte| byte.is_ascii_digit()))
        .filter(is_one)
        .collect()
}

/// Kills a task once both nodes work, and takes a node away in the middle.
fn kill_a_task_and_drain_a_node(place: &Place, cluster: &Cluster) {
    wait_for("both nodes at work", || {
        place.results() > 10
            && ["n1", "n2"]
                .iter()
                .all(|node| !cluster.tasks_on(node).is_empty())
    });
    let killed = scanners(&place.path("out"))
        .into_iter()
        .next()
        .expect("a task is at work");
    assert!(
        Command::new("kill")
            .args(["-KILL", &killed])
            .status()
            .unwrap()
            .success()
    );
    let finished = place.results();
    wait_for("more results", || place.results() > finished + 20);
    cluster.says(
        "scontrol",
        &["update", "NodeName=n2", "State=DRAIN", "Reason=test"],
    );
    let tasks = cluster.tasks_on("n2");
    assert!(!tasks.is_empty(), "the node was at work");
    for task in tasks {
        cluster.says("scontrol", &["requeue", &task]);
    }
    let left = FILES - place.results();
    assert!(
        left > 50,
        "the node was drained in the middle: {left} files were left"
    );
}

#[test]
fn a_killed_task_and_a_drained_node_change_nothing_in_what_two_nodes_find() {
    if std::env::var_os("EARMARK_TEST_SLURM").is_none() {
        eprintln!("left out: `cargo xtask test` could not provide Slurm here");
        return;
    }
    let place = Place::archive();
    place.must("pack import chirp.earmark --db one.db");
    place.must("scan archive --db one.db");

    let cluster = Cluster::start(&place.path("slurm"));
    let out = place.path("out");
    place.must(&format!(
        "scan --prepare {PARTS} --out {} --sound chirp.earmark archive",
        out.display()
    ));
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cluster/earmark.slurm");
    let script = script.to_str().unwrap();
    let (program, cache) = (
        Path::new(env!("CARGO_BIN_EXE_earmark")),
        place.path("cache"),
    );
    let environment = [
        ("EARMARK", program),
        ("EARMARK_EMBEDDINGS", &cache),
        ("EARMARK_DB", Path::new("/dev/null/none.db")),
    ];
    let array = format!("--array=1-{PARTS}");
    let out_text = out.to_str().unwrap();
    let job = cluster.submit(place.0.path(), &environment, &[&array, script, out_text]);
    let after = format!("--dependency=afterany:{job}");
    let many = place.path("many.db");
    cluster.submit(
        place.0.path(),
        &environment,
        &[&after, script, out_text, many.to_str().unwrap()],
    );

    kill_a_task_and_drain_a_node(&place, &cluster);
    cluster.finish();

    assert_eq!(place.results(), FILES);
    let runs = runs(&out);
    assert!(
        runs >= PARTS + 2,
        "the killed task and one of the drained node ran again: {runs} runs"
    );
    let (one, many) = (place.regions("one.db"), place.regions("many.db"));
    assert!(one.len() > FILES / 2, "{}", one.len());
    assert_eq!(one, many);
    let report: Value = serde_json::from_str(&place.must("merge out --db many.db --json")).unwrap();
    assert_eq!(
        (&report["merged"], &report["merged_before"]),
        (&0.into(), &FILES.into())
    );
}

/// How often tasks were started: each run has a journal.
fn runs(out: &Path) -> usize {
    std::fs::read_dir(out.join("journal")).unwrap().count()
}
