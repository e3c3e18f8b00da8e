//! A recording that is long enough for a projection: what the projection makes of its windows is kept, is the same for later
//! trainings, and changes no score.

use std::path::{Path, PathBuf};

use earmark_core::classifier::Classifier;
use earmark_core::config::Config;
use earmark_core::job::JobControl;
use earmark_core::protocol::{JobKind, TrainRequest};
use earmark_core::recording::Recording;
use earmark_core::scan::WindowScores;
use earmark_core::store::{NewClip, NewNegative, StoreHandle};
use earmark_core::worker::{ScanRequest, TrainPlan, Worker};
use tempfile::TempDir;

use super::span;

const RATE_HZ: u32 = 44_100;
/// A little more than the 4,000 windows that a projection needs.
const LENGTH_S: u32 = 760;
/// Seconds from one warble to the next.
const EVERY_S: u32 = 10;

/// Noise with a warble every ten seconds, three of which are clips.
struct Sandbox {
    folder: TempDir,
    store: StoreHandle,
    take: PathBuf,
}

impl Sandbox {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let take = folder.path().join("take.wav");
        write_warbles(&take);
        let store = StoreHandle::new(Some(folder.path().join("earmark.db"))).unwrap();
        for index in 1..4 {
            let start_s = f64::from(index * EVERY_S);
            let output_path = folder.path().join(format!("warble/{index}/clip.wav"));
            let clip = NewClip {
                filename: "take.wav",
                span: span(start_s, start_s + 0.9),
                output_path: &output_path,
                source_path: &take,
                profile: "default",
                spread_s: 0.0,
                scan_export: false,
                label: "",
            };
            store.with(|store| store.add_clip(&clip)).unwrap();
        }
        Self {
            folder,
            store,
            take,
        }
    }

    fn worker(&self) -> Worker {
        let mut config = Config::from_environment().unwrap();
        config.cache_folder = self.cache();
        Worker::new(config, self.store.clone())
    }

    fn cache(&self) -> PathBuf {
        self.folder.path().join("cache")
    }

    fn recording(&self) -> Recording {
        Recording::open(&self.store, &self.take).unwrap()
    }

    fn train(&self, worker: &mut Worker) -> Classifier {
        let plan = TrainPlan {
            profile: String::from("default"),
            model: String::from("AISFX"),
            request: TrainRequest {
                positive_classes: vec![String::from("warble")],
                ..TrainRequest::default()
            },
            background: vec![self.recording()],
        };
        let trained = worker.train(&plan, &job()).unwrap();
        let bytes = self
            .store
            .with(|store| store.classifier_bytes(trained.classifier.id))
            .unwrap();
        Classifier::from_bytes(&bytes.unwrap()).unwrap()
    }

    fn scan(&self, worker: &mut Worker) -> WindowScores {
        let request = ScanRequest {
            recording: self.recording(),
            profile: String::from("default"),
            model: String::from("AISFX"),
            threshold: 0.5,
        };
        let outcome = worker.scan(&request, &job()).unwrap();
        WindowScores::clone(&outcome.scores)
    }
}

fn write_warbles(path: &Path) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: RATE_HZ,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    let mut random = fastrand::Rng::with_seed(7);
    for frame in 0..LENGTH_S * RATE_HZ {
        let time_s = f64::from(frame) / f64::from(RATE_HZ);
        let loudness = 0.05 + 0.04 * (time_s as f32 * 0.7).sin();
        let within_s = time_s % f64::from(EVERY_S);
        let warble = if within_s < 0.9 {
            let height_hz = 1_000.0 + 400.0 * (time_s * 40.0).sin();
            0.3 * (within_s * height_hz * std::f64::consts::TAU).sin() as f32
        } else {
            0.0
        };
        writer
            .write_sample(warble + loudness * (random.f32() - 0.5))
            .unwrap();
    }
    writer.finalize().unwrap();
}

fn job() -> JobControl {
    JobControl::new(JobKind::Training)
}

#[test]
fn points_of_a_long_recording_are_kept_for_later_classifiers_and_change_no_score() {
    let sandbox = Sandbox::new();
    let mut worker = sandbox.worker();
    let classifier = sandbox.train(&mut worker);
    assert!(classifier.space().has_projection());
    let entries = || std::fs::read_dir(sandbox.cache()).unwrap().count();
    let embeddings = entries();
    let first = sandbox.scan(&mut worker);
    assert!(entries() > embeddings, "points lie beside the embeddings");

    // Another process finds them, and they say what the vectors say.
    let mut other = sandbox.worker();
    let second = sandbox.scan(&mut other);
    let vectors = other
        .window_vectors(&sandbox.recording(), "AISFX", &job())
        .unwrap();
    let direct = classifier.predict(&vectors);
    assert_eq!(first.scores.len(), direct.len());
    for ((first, second), direct) in first.scores.iter().zip(&second.scores).zip(direct) {
        assert_eq!(first, second);
        assert!((first - direct).abs() < 0.01, "{first} {direct}");
    }

    // A mark teaches the classifier something, and leaves the space as it is.
    let negative = NewNegative {
        profile: "default",
        filename: "take.wav",
        span: span(55.0, 56.0),
        source_path: &sandbox.take,
        source_model: "AISFX",
    };
    sandbox
        .store
        .with(|store| store.add_negative(&negative))
        .unwrap();
    let later = sandbox.train(&mut other);
    assert_ne!(later, classifier);
    assert_eq!(later.space().identity(), classifier.space().identity());

    // A recording that changed has a space and points of its own.
    write_warbles(&sandbox.take);
    let samples = std::fs::metadata(&sandbox.take).unwrap().len();
    let file = std::fs::File::options().write(true).open(&sandbox.take);
    file.unwrap().set_len(samples - 44_100 * 4 * 5).unwrap();
    let shorter = sandbox.train(&mut sandbox.worker());
    assert_ne!(shorter.space().identity(), classifier.space().identity());
    let scores = sandbox.scan(&mut sandbox.worker());
    assert!(scores.scores.len() < first.scores.len());
    assert!(scores.scores.iter().all(|score| score.is_finite()));
}
