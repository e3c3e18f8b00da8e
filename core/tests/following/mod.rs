//! The live scan of a long backlog: whoever waits for the bench waits for a piece of it at most.

use std::path::Path;

use earmark_core::engine::bench::{Bench, Finished, LiveChange, ScanRequest};
use earmark_core::engine::view::JobKind;
use earmark_core::engine::{Config, JobControl, Recording, StoreHandle};
use earmark_core::time::SampleRate;

use crate::session::{Session, soundscape};
use crate::{confirm_three, trained};

/// Two minutes and a half of a take.
fn long_take(folder: &Path) -> Recording {
    let path = folder.join("long.wav");
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 44_100,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut writer = hound::WavWriter::create(&path, spec).unwrap();
    for _ in 0..5 {
        for sample in soundscape() {
            writer.write_sample(sample).unwrap();
        }
    }
    writer.finalize().unwrap();
    Recording::at(&path).unwrap()
}

fn bench_in(folder: &Path) -> Bench {
    let mut config = Config::from_environment().unwrap();
    config.cache_folder = folder.join("cache");
    let store = StoreHandle::new(Some(folder.join("earmark.db"))).unwrap();
    Bench::new(config, store)
}

#[test]
fn a_long_take_is_followed_in_pieces_that_say_together_what_one_scan_says() {
    let (session, view) = Session::recorded();
    confirm_three(&session, &view.takes[0].filename);
    trained(&session, true);
    let folder = session.end();
    let recording = long_take(folder.path());
    let request = ScanRequest {
        recording: recording.clone(),
        profile: String::from("default"),
        model: String::from("AISFX"),
        threshold: 0.5,
    };
    let mut change = LiveChange {
        recording,
        frames: 0..44_100 * 150,
        rate: SampleRate::new(44_100).unwrap(),
        finished: true,
    };
    let leash = JobControl::new(JobKind::Scanning);
    let mut bench = bench_in(folder.path());
    let mut heard = Vec::new();
    let followed = loop {
        bench.note(&change);
        match bench.finish(&change, &request, &leash).unwrap() {
            Finished::NotYet(scores) => {
                let scores = scores.unwrap().scores.clone();
                heard.push(scores.iter().filter(|score| !score.is_nan()).count());
            }
            Finished::Saved(outcome) => break outcome,
            Finished::NothingNew => panic!("the take is new"),
        }
        change.frames = 0..0;
    };
    assert!(heard.len() >= 4, "{heard:?}");
    assert!(heard.is_sorted_by(|a, b| a < b), "{heard:?}");

    let scanned = bench_in(folder.path()).scan(&request, &leash).unwrap();
    assert_eq!(followed.scores.scores.len(), scanned.scores.scores.len());
    for (live, later) in followed.scores.scores.iter().zip(&scanned.scores.scores) {
        assert!((live - later).abs() < 1e-3, "{live} {later}");
    }
}

#[test]
fn what_was_followed_before_all_came_down_is_not_computed_again() {
    let folder = tempfile::tempdir().unwrap();
    let recording = long_take(folder.path());
    let change = LiveChange {
        recording: recording.clone(),
        frames: 0..44_100 * 150,
        rate: SampleRate::new(44_100).unwrap(),
        finished: true,
    };
    let leash = JobControl::new(JobKind::Scanning);
    let mut bench = bench_in(folder.path());
    bench.note(&change);
    let followed = bench.follow(&change, "default", "AISFX", &leash).unwrap();
    assert!(followed.has_more);
    leash.cancel();
    bench
        .follow(&change, "default", "AISFX", &leash)
        .unwrap_err();
    let ended = LiveChange {
        frames: 0..0,
        ..change
    };
    bench.keep(&ended, "AISFX").unwrap();
    assert_eq!(
        std::fs::read_dir(folder.path().join("cache"))
            .unwrap()
            .count(),
        1
    );
}
