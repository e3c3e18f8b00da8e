//! Where there is nothing, nothing is found: digital silence and bare noise, by classifiers of few examples that never
//! heard either. With the real model.

use std::f32::consts::TAU;
use std::path::{Path, PathBuf};

use earmark_core::config::Config;
use earmark_core::protocol::{JobControl, JobKind, TrainRequest};
use earmark_core::recording::Recording;
use earmark_core::store::{NewClip, StoreHandle};
use earmark_core::worker::{ScanRequest, TrainPlan, Worker};

use super::span;

const RATE_HZ: u32 = 44_100;
const MODEL: &str = "AISFX";
const THRESHOLD: f32 = 0.5;

fn write(path: &Path, samples: impl Iterator<Item = f32>) -> PathBuf {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: RATE_HZ,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    samples.for_each(|sample| writer.write_sample(sample).unwrap());
    writer.finalize().unwrap();
    path.to_owned()
}

fn seconds(length_s: f32) -> impl Iterator<Item = f32> {
    (0..(length_s * RATE_HZ as f32) as u32).map(|frame| frame as f32 / RATE_HZ as f32)
}

/// A chirp, each of another pitch.
fn chirp(number: usize) -> impl Iterator<Item = f32> {
    let base_hz = 600.0 + 150.0 * number as f32;
    seconds(0.9).map(move |t| 0.3 * (TAU * (base_hz + 300.0 * (TAU * 6.0 * t).sin()) * t).sin())
}

/// Chords that change every second: neither silent nor noisy anywhere.
fn chords() -> impl Iterator<Item = f32> {
    seconds(40.0).map(|t| {
        let root_hz = 110.0 * 1.06_f32.powi((t as i32 * 5) % 12);
        let partials = [1.0, 1.26, 1.5, 2.0, 3.0];
        let sum: f32 = partials.iter().map(|p| (TAU * root_hz * p * t).sin()).sum();
        0.05 * sum
    })
}

/// White noise, every three seconds louder, from -80 dB re full scale.
fn noise() -> impl Iterator<Item = f32> {
    let mut random = fastrand::Rng::with_seed(5);
    seconds(24.0).map(move |t| {
        let level_db = -80.0 + 10.0 * (t / 3.0).floor();
        10.0_f32.powf(level_db / 20.0) * 3.0_f32.sqrt() * (2.0 * random.f32() - 1.0)
    })
}

#[test]
fn silence_and_noise_stay_below_the_threshold_however_few_the_examples_are() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let background = write(&folder.join("chords.wav"), chords());
    let silence = write(&folder.join("silence.wav"), seconds(10.0).map(|_| 0.0));
    let noise = write(&folder.join("noise.wav"), noise());
    let mut config = Config::from_environment().unwrap();
    config.cache_folder = folder.join("cache");
    let store = StoreHandle::new(Some(folder.join("earmark.db"))).unwrap();
    let mut worker = Worker::new(config, store.clone());

    for (profile, examples) in [("one", 1), ("three", 3), ("ten", 10)] {
        for number in 0..examples {
            let clip = write(&folder.join(format!("chirp-{number}.wav")), chirp(number));
            store
                .with(|store| {
                    store.add_clip(&NewClip {
                        filename: &format!("chirp-{number}.wav"),
                        span: span(0.0, 0.9),
                        output_path: &folder.join(format!("chirp/{number}/clip.wav")),
                        source_path: &clip,
                        profile,
                        spread_s: 0.0,
                        scan_export: false,
                        label: "",
                    })
                })
                .unwrap();
        }
        let plan = TrainPlan {
            profile: profile.to_owned(),
            model: MODEL.to_owned(),
            request: TrainRequest {
                positive_classes: vec![String::from("chirp")],
                ..TrainRequest::default()
            },
            background: vec![Recording::open(&store, &background).unwrap()],
        };
        worker
            .train(&plan, &JobControl::new(JobKind::Training))
            .unwrap();
        let mut scan = |path: &Path| {
            let request = ScanRequest {
                recording: Recording::open(&store, path).unwrap(),
                profile: profile.to_owned(),
                model: MODEL.to_owned(),
                threshold: THRESHOLD,
            };
            let job = JobControl::new(JobKind::Scanning);
            worker.scan(&request, &job).unwrap()
        };
        for nothing in [&silence, &noise] {
            let found = scan(nothing);
            let highest = found.scores.scores.iter().copied().fold(0.0, f32::max);
            assert!(
                highest < THRESHOLD,
                "{profile} {}: {highest}",
                nothing.display()
            );
            assert_eq!(found.regions, 0);
        }
        let found = scan(&folder.join("chirp-0.wav"));
        assert_eq!(found.regions, 1, "{profile}: the example itself is found");
    }
}
