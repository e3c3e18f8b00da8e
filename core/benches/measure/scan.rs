//! How fast a whole scan is (decode, resample, log-mel, model, classifier, save), beside nothing but the model's session fed
//! with finished log-mel frames at its best batch.

use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::Path;

use earmark_core::audio::bwf::BwfWriter;
use earmark_core::classifier::{Example, FitSettings, Origin, fit};
use earmark_core::embed::{FrontEnd, Manifest, Runtime, find_models};
use earmark_core::engine::bench::{Bench, ScanRequest};
use earmark_core::engine::{Config, JobControl, Recording, StoreHandle, view::JobKind};
use earmark_core::platform;
use earmark_core::store::NewClassifier;
use earmark_core::time::{SampleIndex, SampleRate};
use ort::session::Session;
use ort::value::TensorRef;

use super::{Figure, side_by_side};

const MINUTES: usize = 4;
/// What most projects run at, so that resampling is part of the work.
const RATE_HZ: u32 = 48_000;
const ROUNDS: usize = 5;
/// Log-mel frames per run (about 30 s) and how many such stretches go into one: the best pair is what is compared with.
const BATCHES: [(usize, usize); 4] = [(1_344, 1), (1_344, 2), (672, 1), (1_344, 4)];

type Failure = Box<dyn std::error::Error>;

pub fn measure() -> Result<Vec<Figure>, Failure> {
    let folder = tempfile::tempdir()?;
    let recording = write_recording(folder.path(), "measure.wav", MINUTES)?;
    let manifest = manifest()?;
    let mut config = Config::from_environment()?;
    let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    config.inference_threads = Some(threads);
    config.cache_folder = folder.path().join("cache");
    let store = StoreHandle::new(Some(folder.path().join("measure.db")))?;
    save_some_classifier(&store, &manifest)?;

    let request = ScanRequest {
        recording: recording.clone(),
        profile: String::from("default"),
        model: manifest.key().to_owned(),
        threshold: 0.5,
    };
    let mut bench = Bench::new(config.clone(), store);
    let mut session = bare_session(&manifest, threads)?;
    let (frames, batch) = best_batch(&mut session, &manifest)?;
    let (ours, theirs) = side_by_side(
        ROUNDS,
        || -> Result<(), Failure> {
            // Nothing may be left of the round before.
            bench.forget(&recording.path);
            std::fs::remove_dir_all(&config.cache_folder).or_else(|error| match error.kind() {
                std::io::ErrorKind::NotFound => Ok(()),
                _ => Err(error),
            })?;
            bench.scan(&request, &JobControl::new(JobKind::Scanning))?;
            Ok(())
        },
        || run_bare(&mut session, &manifest, frames, batch),
    )?;
    let seconds = (MINUTES * 60) as f64;
    let (value, bare) = (seconds / ours.as_secs_f64(), seconds / theirs.as_secs_f64());
    Ok(vec![Figure {
        name: "scan_x_realtime",
        value,
        unit: "x real time",
        against: format!(
            "bare ONNX Runtime session on finished log-mel frames, {batch} x {frames} frames: {bare:.1} x real time"
        ),
        ratio: value / bare,
    }])
}

pub fn manifest() -> Result<Manifest, Failure> {
    find_models(&platform::model_folders())
        .into_iter()
        .find_map(Result::ok)
        .ok_or_else(|| {
            "no model: run `cargo xtask setup`, or measure through `cargo xtask bench`".into()
        })
}

/// Noise with a moving tone: nothing in the path may profit from silence.
pub fn write_recording(folder: &Path, name: &str, minutes: usize) -> Result<Recording, Failure> {
    let path = folder.join(name);
    let rate = SampleRate::new(RATE_HZ).ok_or("a rate of zero")?;
    let mut writer = BwfWriter::create(&path, rate, 2, SampleIndex(0), "measurement")?;
    let mut random = fastrand::Rng::with_seed(1);
    let mut second = Vec::with_capacity(2 * RATE_HZ as usize);
    for index in 0..minutes * 60 {
        second.clear();
        for frame in 0..RATE_HZ {
            let time_s = f64::from(frame) / f64::from(RATE_HZ);
            let tone =
                (time_s * (300.0 + 20.0 * index as f64) * std::f64::consts::TAU).sin() as f32;
            let sample = 0.2 * tone + 0.1 * (random.f32() - 0.5);
            second.extend([sample, sample]);
        }
        writer.write_at(index as u64 * u64::from(RATE_HZ), &second)?;
    }
    writer.flush()?;
    Ok(Recording::at(&path)?)
}

/// A classifier of the usual size; what it has learned does not matter for its speed.
fn save_some_classifier(store: &StoreHandle, manifest: &Manifest) -> Result<(), Failure> {
    let mut random = fastrand::Rng::with_seed(2);
    let mut example = |origin, group, offset: f32| Example {
        vector: (0..manifest.dims())
            .map(|_| random.f32() + offset)
            .collect(),
        origin,
        group,
    };
    let mut examples: Vec<Example> = (0..30)
        .map(|group| example(Origin::Clip, group, 0.2))
        .collect();
    examples.extend((30..330).map(|group| example(Origin::Background, group, 0.0)));
    let classifier = fit(&examples, &FitSettings::default(), &mut |_| {
        ControlFlow::Continue(())
    })?;
    store.with(|store| {
        store.save_classifier(&NewClassifier {
            profile: "default",
            model: manifest.key(),
            classes: &[String::from("measure")],
            negative_class: None,
            counts: &serde_json::json!({}),
            metrics: None,
            seconds: 0.0,
            bytes: &classifier.to_bytes(),
            model_sha256: manifest.sha256(),
            used_hard_negatives: true,
        })
    })?;
    Ok(())
}

fn bare_session(manifest: &Manifest, threads: NonZeroUsize) -> Result<Session, Failure> {
    let runtime = Runtime::load(&platform::runtime_candidates())?;
    Ok(Session::builder(runtime.environment())?
        .with_intra_threads(threads.get())?
        .commit_from_file(manifest.model_path())?)
}

fn run_bare(
    session: &mut Session,
    manifest: &Manifest,
    frames: usize,
    batch: usize,
) -> Result<(), Failure> {
    const BANDS: usize = 96;
    let input = vec![0.3_f32; batch * frames * BANDS];
    let FrontEnd::LogMel(settings) = manifest.file().front_end else {
        return Err("the bare session is measured with log-mel frames only".into());
    };
    let frames_per_step = manifest.step_samples() as usize / settings.hop;
    let steps = (MINUTES as f64 * 60.0 / manifest.step_s()) as usize;
    let runs = (steps * frames_per_step).div_ceil(frames * batch);
    for _ in 0..runs {
        let tensor = TensorRef::from_array_view(([batch, frames, BANDS], input.as_slice()))?;
        session.run(ort::inputs![manifest.file().input.as_str() => tensor])?;
    }
    Ok(())
}

fn best_batch(session: &mut Session, manifest: &Manifest) -> Result<(usize, usize), Failure> {
    let mut best = None;
    for (frames, batch) in BATCHES {
        run_bare(session, manifest, frames, batch)?;
        let begun = std::time::Instant::now();
        run_bare(session, manifest, frames, batch)?;
        let time = begun.elapsed();
        if best.is_none_or(|(fastest, _)| time < fastest) {
            best = Some((time, (frames, batch)));
        }
    }
    best.map(|(_, pair)| pair)
        .ok_or_else(|| "nothing was tried".into())
}
