//! The live scan of a long backlog: whoever waits for the worker waits for a piece of it at most.

use std::path::Path;

use earmark_core::config::Config;
use earmark_core::job::JobControl;
use earmark_core::protocol::{JobKind, View};
use earmark_core::recording::Recording;
use earmark_core::store::StoreHandle;
use earmark_core::time::SampleRate;
use earmark_core::worker::{Finished, LiveChange, ScanOutcome, ScanRequest, Worker};

use crate::session::{Session, soundscape};
use crate::{confirm_three, trained};

/// Five minutes of a take.
fn long_take(folder: &Path) -> Recording {
    let path = folder.join("long.wav");
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 44_100,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut writer = hound::WavWriter::create(&path, spec).unwrap();
    for _ in 0..10 {
        for sample in soundscape() {
            writer.write_sample(sample).unwrap();
        }
    }
    writer.finalize().unwrap();
    Recording::named("take.wav", &path).unwrap()
}

fn bench_in(folder: &Path) -> Worker {
    let mut config = Config::from_environment().unwrap();
    config.cache_folder = folder.join("cache");
    let store = StoreHandle::new(Some(folder.join("earmark.db"))).unwrap();
    Worker::new(config, store)
}

#[test]
fn a_long_take_is_followed_in_pieces_that_say_together_what_one_scan_says() {
    let (session, view) = Session::recorded();
    confirm_three(&session, &view.source.takes[0].filename);
    trained(&session, true);
    let folder = session.end();
    let recording = long_take(folder.path());
    let request = ScanRequest {
        recording: recording.clone(),
        profile: String::from("default"),
        model: String::from("AISFX"),
        threshold: 0.5,
    };
    let sounds = request.clone().into();
    let mut change = LiveChange {
        recording,
        frames: 0..44_100 * 300,
        rate: SampleRate::new(44_100).unwrap(),
        finished: true,
    };
    let leash = JobControl::new(JobKind::Scanning);
    let mut worker = bench_in(folder.path());
    let mut heard = Vec::new();
    let followed = loop {
        worker.note(&change);
        match worker.finish(&change, &sounds, &leash).unwrap() {
            Finished::NotYet(scores) => {
                let scores = &scores.first().unwrap().scores.scores;
                heard.push(scores.iter().filter(|score| !score.is_nan()).count());
            }
            Finished::Saved(saved) => break saved.into_iter().next().expect("the take is new"),
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
    // Where scores are a rounding apart, an edge may lie in the next frame.
    let edges = |outcome: &ScanOutcome| outcome.scores.edges.to_bytes();
    let (live, later) = (edges(&followed), edges(&scanned));
    assert!(!scanned.scores.edges.is_empty());
    let differing = live.iter().zip(&later).filter(|(a, b)| a != b).count();
    let fitted = later.iter().filter(|one| **one != 128).count();
    assert!(live.len() == later.len() && differing * 20 <= fitted);
    let again = bench_in(folder.path()).scan(&request, &leash).unwrap();
    assert_eq!(edges(&again), later, "a scan from the cache");
    assert_eq!(again.regions, scanned.regions);
}

#[test]
fn a_window_is_scored_before_all_that_follows_it_was_heard_and_made_good_afterwards() {
    let (mut session, view) = Session::recorded();
    confirm_three(&session, &view.source.takes[0].filename);
    trained(&session, true);

    session.jump_to_s(3600.0);
    session.play(&soundscape()[..10 * 44_100]);
    let manifest = crate::common::aisfx();
    let (heard, settled) = (
        manifest.early_steps(10 * 44_100),
        manifest.settled_steps(10 * 44_100),
    );
    assert!(heard > settled, "{settled} {heard}");
    let scored = |view: &View| {
        let scores = view
            .results
            .scores
            .as_ref()
            .filter(|_| view.source.takes.len() == 2)?;
        scores.scores.iter().rposition(|score| !score.is_nan())
    };
    // The host neither plays on nor stops.
    let last = (heard - manifest.window_steps() as u64) as usize;
    // One step by itself waits for company, so the last may be missing.
    let view = session.wait_for("nearly the last whole window", |view| {
        scored(view).is_some_and(|scored| scored + 1 >= last)
    });
    let early = view.results.scores.clone().unwrap();
    assert!(view.results.versions.is_empty() && view.source.behind_s < 2.0);

    session.stop();
    let view = session.wait_for("the version", |view| {
        view.source.takes.len() == 2 && view.results.versions.len() == 1
    });
    let late = view.results.scores.clone().unwrap();
    let settled = settled as usize - manifest.window_steps();
    for (early, late) in early.scores.iter().zip(&late.scores).take(settled) {
        assert!((early - late).abs() < 1e-3, "{early} {late}");
    }
    assert!(late.scores.iter().all(|score| !score.is_nan()));
}

#[test]
fn what_the_model_is_too_slow_for_is_shown_as_a_backlog_and_worked_off_while_nothing_plays() {
    let (mut session, view) = Session::recorded();
    confirm_three(&session, &view.source.takes[0].filename);
    trained(&session, true);

    session.jump_to_s(3600.0);
    // Faster than any model.
    for _ in 0..8 {
        session.play(&soundscape());
    }
    session.wait_for("the backlog", |view| view.source.behind_s > 30.0);
    let view = session.wait_for("its end", |view| {
        view.source.takes.len() == 2
            && view.source.takes[1].duration_s > 239.9
            && view.source.behind_s < 2.0
    });
    let scores = &view.results.scores.as_ref().unwrap().scores;
    let scored = scores.iter().filter(|score| !score.is_nan()).count();
    assert!(scored + 10 > scores.len(), "{scored} of {}", scores.len());
}

#[test]
fn what_was_followed_before_all_came_down_is_not_computed_again() {
    let folder = tempfile::tempdir().unwrap();
    let recording = long_take(folder.path());
    let change = LiveChange {
        recording: recording.clone(),
        frames: 0..44_100 * 300,
        rate: SampleRate::new(44_100).unwrap(),
        finished: true,
    };
    let leash = JobControl::new(JobKind::Scanning);
    let mut worker = bench_in(folder.path());
    let profiles = [String::from("default")];
    worker.note(&change);
    let followed = worker.follow(&change, &profiles, "AISFX", &leash).unwrap();
    assert!(followed.has_more);
    leash.cancel();
    worker
        .follow(&change, &profiles, "AISFX", &leash)
        .unwrap_err();
    let ended = LiveChange {
        frames: 0..0,
        ..change
    };
    worker.keep(&ended, "AISFX").unwrap();
    assert_eq!(
        std::fs::read_dir(folder.path().join("cache"))
            .unwrap()
            .count(),
        1
    );
}

#[test]
fn a_live_scan_without_a_cache_is_saved_like_any_other_and_says_once_why_there_is_none() {
    let (session, view) = Session::recorded();
    confirm_three(&session, &view.source.takes[0].filename);
    trained(&session, true);
    let folder = session.end();
    let recording = long_take(folder.path());
    std::fs::remove_dir_all(folder.path().join("cache")).unwrap();
    std::fs::write(folder.path().join("cache"), "in the way").unwrap();
    let request = ScanRequest {
        recording: recording.clone(),
        profile: String::from("default"),
        model: String::from("AISFX"),
        threshold: 0.5,
    };
    let sounds = request.clone().into();
    let mut change = LiveChange {
        recording,
        frames: 0..44_100 * 300,
        rate: SampleRate::new(44_100).unwrap(),
        finished: true,
    };
    let job = JobControl::new(JobKind::Scanning);
    let mut worker = bench_in(folder.path());
    let live = loop {
        worker.note(&change);
        match worker.finish(&change, &sounds, &job).unwrap() {
            Finished::NotYet(_) => change.frames = 0..0,
            Finished::Saved(saved) => break saved.into_iter().next().expect("the take is new"),
        }
    };
    assert!(live.regions > 0);
    let notices = worker.take_notices();
    assert!(
        matches!(&notices[..], [only] if only.contains("could not be saved")),
        "{notices:?}"
    );
    worker.forget(&request.recording.path);
    let scanned = worker.scan(&request, &job).unwrap();
    assert_eq!(scanned.regions, live.regions);
    assert_eq!(worker.take_notices(), Vec::<String>::new(), "said once");
}
