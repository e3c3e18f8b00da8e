//! What the measurements are made with: a recording, the default model, a classifier.

use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::Path;

use earmark_core::audio::bwf::BwfWriter;
use earmark_core::cache::{EmbeddingCache, StepMap};
use earmark_core::classifier::{Example, FitSettings, Origin, Space, fit};
use earmark_core::config::Config;
use earmark_core::embed::{Manifest, find_models};
use earmark_core::job::JobControl;
use earmark_core::platform;
use earmark_core::protocol::{JobKind, TrainRequest};
use earmark_core::recording::Recording;
use earmark_core::store::{NewClassifier, NewClip, StoreHandle};
use earmark_core::time::{SampleIndex, SampleRate, Span};
use earmark_core::worker::{ScanRequest, TrainPlan, Worker, rows_of, views_of};

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

/// How many sounds the made-up recordings hold.
pub const SOUNDS: usize = 10;

/// What the classifiers of several sounds have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kinship {
    /// They were trained beside the same recordings: of one space, and with the same background.
    Together,
    /// They were trained by this program beside the same recording, each with marks of its own, as a user does.
    OwnMarks,
    /// Each has a space and a background of its own.
    Apart,
}

/// The profile of sound `number`.
pub fn profile_of(number: usize) -> String {
    format!("sound {number}")
}

/// A classifier of the usual size; what it has learned does not matter for its speed.
pub fn save_some_classifier(store: &StoreHandle, manifest: &Manifest) -> Result<(), Failure> {
    let mut random = fastrand::Rng::with_seed(2);
    let space = some_space(&mut random, manifest);
    let background = vectors(&mut random, manifest, 300, |_| 0.0);
    let positives = vectors(&mut random, manifest, 30, |_| SOUND_OFFSET);
    save_classifier(
        store,
        manifest,
        "default",
        &space,
        (&positives, &background),
    )
}

/// Marks of each sound in its profile.
const MARKS: u64 = 30;

/// Marks each of [`SOUNDS`] where [`save_embeddings`] put it, and trains it with what the cache holds of `recording`.
pub fn train_sounds(
    config: &Config,
    store: &StoreHandle,
    manifest: &Manifest,
    recording: &Recording,
) -> Result<(), Failure> {
    let mut worker = Worker::new(config.clone(), store.clone());
    for sound in 0..SOUNDS {
        let profile = profile_of(sound);
        for mark in 0..MARKS {
            let stretch = STRETCHES_TO_A_SOUND * (sound as u64 + SOUNDS as u64 * mark);
            let start_s = (stretch * STRETCH_STEPS) as f64 * manifest.step_s();
            let output = recording.path.with_file_name("measure");
            let output = output.join(format!("{profile} {mark}")).join("clip.wav");
            let clip = NewClip {
                filename: &recording.filename,
                span: Span::new(start_s, start_s + manifest.window_s())?,
                output_path: &output,
                source_path: &recording.path,
                profile: &profile,
                spread_s: 0.0,
                scan_export: false,
                label: "",
            };
            store.with(|store| store.add_clip(&clip))?;
        }
        let plan = TrainPlan {
            profile,
            model: manifest.key().to_owned(),
            request: TrainRequest {
                positive_classes: vec![String::from("measure")],
                ..TrainRequest::default()
            },
            background: vec![recording.clone()],
        };
        worker.train(&plan, &JobControl::new(JobKind::Training))?;
    }
    Ok(())
}

/// A classifier of the usual size for each of [`SOUNDS`], in a profile of its own.
pub fn save_sounds(
    store: &StoreHandle,
    manifest: &Manifest,
    kinship: Kinship,
) -> Result<(), Failure> {
    let mut random = fastrand::Rng::with_seed(4);
    let mut space = some_space(&mut random, manifest);
    let mut background = vectors(&mut random, manifest, 300, |_| 0.0);
    for sound in 0..SOUNDS {
        if kinship == Kinship::Apart && sound > 0 {
            space = some_space(&mut random, manifest);
            background = vectors(&mut random, manifest, 300, |_| 0.0);
        }
        let positives = vectors(&mut random, manifest, 30, |dim| offset_of_sound(sound, dim));
        let profile = profile_of(sound);
        save_classifier(store, manifest, &profile, &space, (&positives, &background))?;
    }
    Ok(())
}

fn vectors(
    random: &mut fastrand::Rng,
    manifest: &Manifest,
    count: usize,
    offset: impl Fn(usize) -> f32,
) -> Vec<Vec<f32>> {
    let mut vector = |_| {
        (0..manifest.dims())
            .map(|dim| random.f32() + offset(dim))
            .collect()
    };
    (0..count).map(&mut vector).collect()
}

fn some_space(random: &mut fastrand::Rng, manifest: &Manifest) -> Space {
    let pool = vectors(random, manifest, POOL_WINDOWS, |_| 0.0).concat();
    Space::learn(&pool, &views_of(manifest))
}

fn save_classifier(
    store: &StoreHandle,
    manifest: &Manifest,
    profile: &str,
    space: &Space,
    (positives, background): (&[Vec<f32>], &[Vec<f32>]),
) -> Result<(), Failure> {
    let positives = positives.iter().map(|vector| (vector, Origin::Clip));
    let background = background.iter().map(|vector| (vector, Origin::Background));
    let examples = positives.chain(background).zip(0..);
    let examples: Vec<Example> = examples
        .map(|((vector, origin), group)| Example {
            vector: vector.clone(),
            origin,
            group,
        })
        .collect();
    let classifier = fit(&examples, space, &FitSettings::default(), &mut |_| {
        ControlFlow::Continue(())
    })?;
    store.with(|store| {
        store.save_classifier(&NewClassifier {
            profile,
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

/// One stretch of steps in so many is like the positive examples of a sound: regions are found and their edges fitted.
const STRETCHES_TO_A_SOUND: u64 = 10;
const STRETCH_STEPS: u64 = 5;

/// How much higher than background the values of a sound are: all of them a little, as [`save_some_classifier`] has learned, and every
/// tenth much.
fn offset_of_sound(sound: usize, dim: usize) -> f32 {
    match dim % SOUNDS == sound {
        true => SOUND_OFFSET + 1.0,
        false => SOUND_OFFSET,
    }
}

/// The sounds take turns.
fn offset_of(step: u64, dim: usize) -> f32 {
    let stretch = step / STRETCH_STEPS;
    match stretch.is_multiple_of(STRETCHES_TO_A_SOUND) {
        true => offset_of_sound((stretch / STRETCHES_TO_A_SOUND) as usize % SOUNDS, dim),
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
            .map(|value| {
                let (step, dim) = (value / manifest.dims(), value % manifest.dims());
                random.f32() + offset_of(first + step as u64, dim)
            })
            .collect();
        let spectra: Vec<u8> = (0..count * spectrum_bytes).map(|_| random.u8(..)).collect();
        map.insert_heard(first, &vectors, &spectra);
    }
    let cache = EmbeddingCache::new(config.cache_folder.clone());
    cache.save(&recording.cache_key(manifest.sha256())?, &mut map)?;
    Ok(())
}
