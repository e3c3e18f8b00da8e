//! Scans that take long: interrupted, without a cache, and watched on a terminal.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use earmark_core::cache::{CacheKey, EmbeddingCache, RowLayout};
use earmark_core::config::Config;
use earmark_core::job::JobControl;
use earmark_core::protocol::{EngineError, JobKind};
use earmark_core::recording::Recording;
use earmark_core::scan::WindowScores;
use earmark_core::store::{ScanVersion, Store, StoreHandle};
use earmark_core::worker::{ScanRequest, Worker, rows_of};

use super::{Machine, case, room};

/// Long enough for the model to be interrupted while it works.
const ROOMS: usize = 48;
/// Logs how much runs through the model.
const LOG: &str = "earmark_core::worker::embeddings=debug";

/// A trained machine with a long recording.
fn with_long_recording() -> Machine {
    let machine = Machine::trained();
    machine.write("long.wav", &room().repeat(ROOMS));
    machine
}

fn key(machine: &Machine) -> (CacheKey, RowLayout) {
    let manifest = crate::common::aisfx();
    let recording = Recording::named("long.wav", &machine.path("long.wav")).unwrap();
    let key = recording.cache_key(manifest.sha256()).unwrap();
    (key, rows_of(&manifest))
}

/// Steps of the long recording in the cache `folder`, and all that it has; `None` before anything was saved.
fn kept(machine: &Machine, folder: &Path) -> Option<(u64, u64)> {
    let (key, rows) = key(machine);
    let map = EmbeddingCache::new(folder).load(&key, &rows)?;
    let missing = map.missing(0..map.len());
    let missing: u64 = missing.iter().map(|range| range.end - range.start).sum();
    Some((map.len() - missing, map.len()))
}

fn arguments(line: &str) -> Vec<String> {
    line.split(' ').map(str::to_owned).collect()
}

/// Steps that ran through the model, by what was logged.
fn embedded(log: &[u8]) -> Vec<u64> {
    let log = String::from_utf8_lossy(log);
    let lines = log.lines().filter(|line| line.contains("embedding"));
    lines
        .filter_map(|line| {
            line.rsplit("steps=")
                .next()?
                .split(' ')
                .next()?
                .parse()
                .ok()
        })
        .collect()
}

fn versions(machine: &Machine) -> Vec<ScanVersion> {
    let store = Store::open(&machine.path("earmark.db")).unwrap();
    store.versions("long.wav", "default", "AISFX").unwrap()
}

fn newest_scores(machine: &Machine) -> WindowScores {
    let store = Store::open(&machine.path("earmark.db")).unwrap();
    let newest = &versions(machine)[0].timestamp;
    let scores = store.scores("long.wav", "default", "AISFX", newest);
    scores.unwrap().unwrap()
}

#[test]
fn a_scan_that_was_killed_goes_on_where_it_was_and_finds_what_an_undisturbed_one_finds() {
    let machine = with_long_recording();
    let cache = machine.path("cache");
    let mut killed = machine
        .earmark(&arguments("scan long.wav"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    while kept(&machine, &cache).is_none() {
        assert!(killed.try_wait().unwrap().is_none(), "it ended too soon");
        assert!(
            begun.elapsed() < Duration::from_secs(300),
            "nothing was kept"
        );
        std::thread::sleep(Duration::from_millis(10));
    }
    killed.kill().unwrap();
    killed.wait().unwrap();
    let (done, all) = kept(&machine, &cache).unwrap();
    assert!(0 < done && done < all, "{done} of {all}");
    assert!(versions(&machine).is_empty());

    let again = machine
        .earmark(&arguments("scan long.wav"))
        .env("RUST_LOG", LOG)
        .output()
        .unwrap();
    assert!(again.status.success(), "{again:?}");
    assert_eq!(embedded(&again.stderr), [all - done], "only the rest");
    assert!(
        !String::from_utf8_lossy(&again.stderr).contains(" %"),
        "a bar in a pipe"
    );
    let resumed = newest_scores(&machine);

    let undisturbed = machine
        .earmark(&arguments("scan long.wav"))
        .env("RUST_LOG", LOG)
        .env("EARMARK_EMBEDDINGS", machine.path("another cache"))
        .output()
        .unwrap();
    assert_eq!(embedded(&undisturbed.stderr), [all]);
    let undisturbed = newest_scores(&machine);
    assert_eq!(resumed.scores.len(), undisturbed.scores.len());
    for (resumed, undisturbed) in resumed.scores.iter().zip(&undisturbed.scores) {
        assert!((resumed - undisturbed).abs() < 1e-3);
    }
}

#[test]
fn a_scan_that_was_cancelled_keeps_what_it_embedded() {
    let machine = with_long_recording();
    let mut config = Config::from_environment().unwrap();
    config.cache_folder = machine.path("cache");
    let store = StoreHandle::new(Some(machine.path("earmark.db"))).unwrap();
    let request = ScanRequest {
        recording: Recording::open(&store, &machine.path("long.wav")).unwrap(),
        profile: String::from("default"),
        model: String::from("AISFX"),
        threshold: 0.5,
    };
    let job = JobControl::new(JobKind::Scanning);
    let mut worker = Worker::new(config, store);
    let outcome = std::thread::scope(|scope| {
        scope.spawn(|| {
            while job.progress().fraction < 0.2 {
                std::thread::sleep(Duration::from_millis(1));
            }
            job.cancel();
        });
        worker.scan(&request, &job)
    });
    assert!(
        matches!(outcome, Err(EngineError::Cancelled)),
        "{outcome:?}"
    );
    let (done, all) = kept(&machine, &machine.path("cache")).unwrap();
    assert!(done * 10 > all && done < all, "{done} of {all}");
}

#[test]
#[cfg(target_os = "linux")] // Where `script` gives a program a terminal.
fn progress_with_the_time_left_is_drawn_on_a_terminal_below_the_results() {
    let machine = with_long_recording();
    let line = format!("{} scan room.wav long.wav", env!("CARGO_BIN_EXE_earmark"));
    let earmark = machine.earmark(&[]);
    let mut script = std::process::Command::new("script");
    for (name, value) in earmark.get_envs() {
        match value {
            Some(value) => script.env(name, value),
            None => script.env_remove(name),
        };
    }
    let watched = script
        .args(["--quiet", "--return", "--command", &line, "/dev/null"])
        .current_dir(machine.path(""))
        .env("TERM", "xterm")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let seen = String::from_utf8_lossy(&watched.stdout);
    assert!(watched.status.success(), "{seen}");
    assert!(
        seen.contains(" %  scanning long.wav, ") && seen.contains(" left"),
        "{seen}"
    );
    assert!(
        seen.contains("room.wav: AISFX") && seen.contains("long.wav: AISFX"),
        "{seen}"
    );
}

#[test]
fn a_cache_that_cannot_be_written_is_told_once_and_keeps_nothing_from_being_scanned() {
    let machine = Machine::trained();
    let blocked = machine.path("room.wav/cache");
    for (line, says) in [
        (
            "scan room.wav hall.wav",
            ["room.wav: AISFX", "hall.wav: AISFX"],
        ),
        (
            "train --positive chirp",
            ["classifier 2", "hall.wav: AISFX"],
        ),
    ] {
        let output = machine
            .earmark(&arguments(line))
            .env("EARMARK_EMBEDDINGS", &blocked)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        let remarks = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{line}: {output:?}");
        assert!(says.iter().all(|words| said.contains(words)), "{said}");
        let told = remarks.matches("could not be saved").count();
        assert_eq!(told, 1, "{line}: {remarks}");
        assert!(remarks.contains("allow writing"), "{remarks}");
    }
    machine.check(&[case("with a cache again", "scan room.wav").says(&["room.wav: AISFX"])]);
}

#[test]
#[cfg(target_os = "linux")] // Where a small disk is mounted for one process alone.
fn a_full_cache_is_told_once_and_keeps_nothing_from_being_scanned() {
    const MOUNT: &str = "mount -t tmpfs -o size=64k none small && exec \"$@\"";
    let machine = Machine::trained();
    std::fs::create_dir(machine.path("small")).unwrap();
    let as_root = ["--mount"].as_slice();
    let as_anybody = ["--user", "--map-root-user", "--mount"].as_slice();
    let wrapped = |unshare: &[&str], command: &str, arguments: &[&str]| {
        let mut wrapped = std::process::Command::new("unshare");
        wrapped
            .args(unshare)
            .args(["sh", "-c", MOUNT, "sh", command])
            .args(arguments)
            .current_dir(machine.path(""));
        for (name, value) in machine.earmark(&[]).get_envs() {
            wrapped.env(name, value.unwrap_or_default());
        }
        wrapped
            .env("EARMARK_EMBEDDINGS", machine.path("small"))
            .output()
            .unwrap()
    };
    let permitted = [as_root, as_anybody].into_iter();
    let Some(unshare) = permitted
        .into_iter()
        .find(|unshare| wrapped(unshare, "true", &[]).status.success())
    else {
        eprintln!("not tried: this system lets nobody mount a disk for one process");
        return;
    };
    // One room fills it.
    let earmark = env!("CARGO_BIN_EXE_earmark");
    let output = wrapped(
        unshare,
        earmark,
        &["scan", "room.wav", "hall.wav", "chirp.wav"],
    );
    let said = String::from_utf8_lossy(&output.stdout);
    let remarks = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(said.matches(": AISFX").count(), 3, "{said}");
    assert_eq!(
        remarks.matches("could not be saved").count(),
        1,
        "{remarks}"
    );
    assert!(remarks.contains("free some disk space"), "{remarks}");
}
