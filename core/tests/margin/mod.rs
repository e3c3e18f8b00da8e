//! How far background keeps from the examples: with the real model, through the engine and through the command line.

use std::path::PathBuf;
use std::process::{Command, Output};

use earmark_core::classifier::Origin;
use earmark_core::config::Config;
use earmark_core::embed::Manifest;
use earmark_core::job::JobControl;
use earmark_core::protocol::{BackgroundMargin, EngineError, JobKind, TrainRequest};
use earmark_core::recording::Recording;
use earmark_core::store::{NewClip, NewNegative, StoreHandle};
use earmark_core::worker::{TrainPlan, Worker};
use tempfile::TempDir;

use super::common::aisfx;
use super::span;

const RATE_HZ: u32 = 44_100;
const LENGTH_S: f64 = 60.0;
const EXAMPLES_S: [(f64, f64); 2] = [(25.0, 26.0), (31.0, 32.0)];

/// A recording of noise, no two windows of which are alike, with two examples in its middle.
struct Sandbox {
    folder: TempDir,
    store: StoreHandle,
    take: PathBuf,
}

impl Sandbox {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let take = folder.path().join("take.wav");
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: RATE_HZ,
            bits_per_sample: 32,
            sample_format: hound::SampleFormat::Float,
        };
        let mut writer = hound::WavWriter::create(&take, spec).unwrap();
        let mut random = fastrand::Rng::with_seed(7);
        for frame in 0..(LENGTH_S * f64::from(RATE_HZ)) as u32 {
            let loudness = 0.05 + 0.04 * (frame as f32 / 30_000.0).sin();
            let sample = loudness * (random.f32() - 0.5);
            writer.write_sample(sample).unwrap();
        }
        writer.finalize().unwrap();
        let store = StoreHandle::new(Some(folder.path().join("earmark.db"))).unwrap();
        for (start_s, end_s) in EXAMPLES_S {
            let output_path = folder.path().join(format!("hiss/{start_s}/clip.wav"));
            let clip = NewClip {
                filename: "take.wav",
                span: span(start_s, end_s),
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
        config.cache_folder = self.folder.path().join("cache");
        Worker::new(config, self.store.clone())
    }

    fn plan(&self, margin_s: f64) -> TrainPlan {
        TrainPlan {
            profile: String::from("default"),
            model: String::from("AISFX"),
            request: TrainRequest {
                name: String::from("hiss of the middle"),
                positive_classes: vec![String::from("hiss")],
                background_margin: BackgroundMargin::new(margin_s),
                ..TrainRequest::default()
            },
            background: vec![Recording::open(&self.store, &self.take).unwrap()],
        }
    }

    fn mark_negative(&self) {
        let negative = NewNegative {
            profile: "default",
            filename: "take.wav",
            span: span(50.0, 51.0),
            source_path: &self.take,
            source_model: "AISFX",
        };
        self.store
            .with(|store| store.add_negative(&negative))
            .unwrap();
    }

    fn earmark(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_earmark"))
            .args(arguments)
            .arg("--db")
            .arg(self.folder.path().join("earmark.db"))
            .env("EARMARK_EMBEDDINGS", self.folder.path().join("cache"))
            .output()
            .unwrap()
    }
}

fn job() -> JobControl {
    JobControl::new(JobKind::Training)
}

/// The distance from each window of background to the nearest example, in seconds, as far as windows can be told by
/// their vectors.
fn distances_s(worker: &mut Worker, plan: &TrainPlan, manifest: &Manifest) -> Vec<f64> {
    let windows = worker
        .window_vectors(&plan.background[0], &plan.model, &job())
        .unwrap();
    let windows: Vec<&[f32]> = windows.chunks(manifest.dims()).collect();
    let examples = worker.training_examples(plan, &job()).unwrap().examples;
    let background = examples.iter().filter(|e| e.origin == Origin::Background);
    background
        .map(|example| {
            let same = windows.iter().position(|window| *window == example.vector);
            let start_s = same.expect("a window of the take") as f64 * manifest.step_s();
            let end_s = start_s + manifest.window_s();
            let distance_s = |(from_s, to_s): &(f64, f64)| (from_s - end_s).max(start_s - to_s);
            EXAMPLES_S
                .iter()
                .map(distance_s)
                .fold(f64::INFINITY, f64::min)
        })
        .collect()
}

#[test]
fn no_background_lies_nearer_to_an_example_than_the_margin() {
    let sandbox = Sandbox::new();
    let (mut worker, manifest) = (sandbox.worker(), aisfx());
    let nearest = |distances_s: &[f64]| distances_s.iter().copied().fold(f64::INFINITY, f64::min);
    let at_once = distances_s(&mut worker, &sandbox.plan(0.0), &manifest);
    assert!(
        (0.0..manifest.window_s()).contains(&nearest(&at_once)),
        "without a margin it goes right up to the examples"
    );
    let far = distances_s(&mut worker, &sandbox.plan(12.0), &manifest);
    assert!(!far.is_empty() && far.len() < at_once.len());
    assert!(nearest(&far) >= 12.0, "{} s", nearest(&far));

    let outcome = worker.train(&sandbox.plan(12.0), &job()).unwrap();
    let row = outcome.classifier;
    assert_eq!(row.background_margin_s, Some(12.0));
    assert_eq!(row.name, "hiss of the middle");

    // Nothing is left beyond this one.
    let refused = worker.train(&sandbox.plan(40.0), &job()).unwrap_err();
    assert!(
        matches!(refused, EngineError::NoBackgroundBeyondMargin { margin_s } if margin_s == 40.0),
        "{refused}"
    );
    sandbox.mark_negative();
    let outcome = worker.train(&sandbox.plan(40.0), &job()).unwrap();
    assert!(
        outcome.warnings.iter().any(|said| said.contains("40 s")),
        "{:?}",
        outcome.warnings
    );
}

#[test]
fn the_command_line_takes_a_margin_and_a_name_and_says_them_again() {
    let sandbox = Sandbox::new();
    let train = ["train", "--positive", "hiss", "--background"];
    let with = |more: &[&str]| {
        let take = sandbox.take.display().to_string();
        let arguments = [&train[..], &[take.as_str()], more].concat();
        sandbox.earmark(&arguments)
    };
    let refused = with(&["--background-margin", "601"]);
    assert_eq!(refused.status.code(), Some(2));
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(said.contains("from 0 to 600 seconds"), "{said}");

    let trained = with(&["--background-margin", "12", "--name", "far off"]);
    let said = String::from_utf8_lossy(&trained.stdout);
    assert!(trained.status.success(), "{trained:?}");
    assert!(said.contains("classifier 1 \"far off\" of hiss"), "{said}");
    assert!(said.contains("background at least 12 s away"), "{said}");

    let listed = sandbox.earmark(&["classifiers", "--json"]);
    let listed: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!(listed[0]["name"], "far off");
    assert_eq!(listed[0]["background_margin_s"], 12.0);
}
