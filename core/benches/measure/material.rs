//! What the measurements are made with: a recording, the default model, a classifier.

use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::Path;

use earmark_core::audio::bwf::BwfWriter;
use earmark_core::cache::{EmbeddingCache, StepMap};
use earmark_core::classifier::{Example, FitSettings, Origin, Space, fit};
use earmark_core::config::Config;
use earmark_core::embed::{Manifest, find_models};
use earmark_core::platform;
use earmark_core::recording::Recording;
use earmark_core::store::{NewClassifier, StoreHandle};
use earmark_core::time::{SampleIndex, SampleRate};
use earmark_core::worker::{ScanRequest, rows_of, views_of};

pub type Failure = Box<dyn std::error::Error>;

/// What most projects run at, so that resampling is part of the work.
pub const RATE_HZ: u32 = 48_000;

/// Of made-up embeddings, some 20 MB.
const STEPS_AT_ONCE: usize = 10_000;

pub fn all_cores() -> NonZeroUsize {
    std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

/// Keeps everything in `folder`, and runs models on `threads`.
pub fn config(folder: &Path, threads: NonZeroUsize) -> Result<Config, Failure> {
    let mut config = Config::from_environment()?;
    config.inference_threads = Some(threads);
    config.database = Some(folder.join("measure.db"));
    config.takes_folder = folder.join("takes");
    config.cache_folder = folder.join("cache");
    Ok(config)
}

pub fn request(recording: &Recording, manifest: &Manifest) -> ScanRequest {
    ScanRequest {
        recording: recording.clone(),
        profile: String::from("default"),
        model: manifest.key().to_owned(),
        threshold: 0.5,
    }
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
pub fn write_recording(folder: &Path, seconds: usize, channels: u16) -> Result<Recording, Failure> {
    let path = folder.join("measure.wav");
    let rate = SampleRate::new(RATE_HZ).ok_or("a rate of zero")?;
    let mut writer = BwfWriter::create(&path, rate, channels, SampleIndex(0), "measurement")?;
    let mut random = fastrand::Rng::with_seed(1);
    for index in 0..seconds {
        let samples =
            second(index, &mut random).flat_map(|sample| (0..channels).map(move |_| sample));
        let samples: Vec<f32> = samples.collect();
        writer.write_at(index as u64 * u64::from(RATE_HZ), &samples)?;
    }
    writer.flush()?;
    Ok(Recording::named("measure.wav", &path)?)
}

/// The mono samples of second `index`.
pub fn second(index: usize, random: &mut fastrand::Rng) -> impl Iterator<Item = f32> {
    let height_hz = 300.0 + 20.0 * (index % 500) as f64;
    (0..RATE_HZ).map(move |frame| {
        let time_s = f64::from(frame) / f64::from(RATE_HZ);
        let tone = (time_s * height_hz * std::f64::consts::TAU).sin() as f32;
        0.2 * tone + 0.1 * (random.f32() - 0.5)
    })
}

/// Windows that a space is learned from: enough for it to have a projection.
const POOL_WINDOWS: usize = 4_000;

/// How much higher the values of a made-up sound are than those of background.
const SOUND_OFFSET: f32 = 0.2;

/// A classifier of the usual size; what it has learned does not matter for its speed.
pub fn save_some_classifier(store: &StoreHandle, manifest: &Manifest) -> Result<(), Failure> {
    let mut random = fastrand::Rng::with_seed(2);
    let mut example = |origin, group, offset: f32| Example {
        vector: (0..manifest.dims())
            .map(|_| random.f32() + offset)
            .collect(),
        origin,
        group,
    };
    let mut examples: Vec<Example> = (0..30)
        .map(|group| example(Origin::Clip, group, SOUND_OFFSET))
        .collect();
    examples.extend((30..330).map(|group| example(Origin::Background, group, 0.0)));
    let pool: Vec<f32> = (0..POOL_WINDOWS * manifest.dims())
        .map(|_| random.f32())
        .collect();
    let space = Space::learn(&pool, &views_of(manifest));
    let classifier = fit(&examples, &space, &FitSettings::default(), &mut |_| {
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
            name: "",
            background_margin_s: 0.0,
            marks_seen: Default::default(),
        })
    })?;
    Ok(())
}

/// One stretch of steps in so many is like the positive examples of [`save_some_classifier`]: regions are found and their edges fitted.
const STRETCHES_TO_A_SOUND: u64 = 10;
const STRETCH_STEPS: u64 = 5;

fn offset_of(step: u64) -> f32 {
    match (step / STRETCH_STEPS).is_multiple_of(STRETCHES_TO_A_SOUND) {
        true => SOUND_OFFSET,
        false => 0.0,
    }
}

/// Puts embeddings of so many hours into the cache, whatever `recording` holds: a rescan reads nothing else.
pub fn save_embeddings(
    config: &Config,
    recording: &Recording,
    manifest: &Manifest,
    hours: f64,
) -> Result<(), Failure> {
    let steps = (3_600.0 * hours / manifest.step_s()) as u64;
    let mut random = fastrand::Rng::with_seed(3);
    let rows = rows_of(manifest);
    let spectrum_bytes = rows.spectrum_bytes();
    let mut map = StepMap::new(rows);
    for first in (0..steps).step_by(STEPS_AT_ONCE) {
        let count = (steps - first).min(STEPS_AT_ONCE as u64) as usize;
        let values = 0..count * manifest.dims();
        let vectors: Vec<f32> = values
            .map(|value| random.f32() + offset_of(first + (value / manifest.dims()) as u64))
            .collect();
        let spectra: Vec<u8> = (0..count * spectrum_bytes).map(|_| random.u8(..)).collect();
        map.insert_heard(first, &vectors, &spectra);
    }
    let cache = EmbeddingCache::new(config.cache_folder.clone());
    cache.save(&recording.cache_key(manifest.sha256())?, &mut map)?;
    Ok(())
}
