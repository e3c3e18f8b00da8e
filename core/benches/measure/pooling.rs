//! Windows pooled from one pass over long stretches, beside windows that run through the model one by one as 8-cut's do:
//! how fast both are with the default model, and how far their vectors differ.

use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::Path;

use earmark_core::audio::{MemorySource, ModelRateReader};
use earmark_core::embed::{Embedder, Manifest, Runtime, find_models};
use earmark_core::platform;
use earmark_core::time::SampleRate;

use super::effort::{Effort, say};
use super::{Figure, side_by_side};

const SECONDS: usize = 60;
const ROUNDS: usize = 3;

type Failure = Box<dyn std::error::Error>;

pub fn measure(_: Effort) -> Result<Vec<Figure>, Failure> {
    let folder = tempfile::tempdir()?;
    let pooled = find_models(&platform::model_folders())
        .into_iter()
        .flatten()
        .find(|manifest| manifest.key() == "AISFX")
        .ok_or("the model AISFX is not installed: run `cargo xtask setup`")?;
    let independent = with_independent_windows(&pooled, folder.path())?;
    say("opening the model twice");
    let runtime = Runtime::load(&platform::runtime_candidates())?;
    let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let mut one_pass = Embedder::open(&runtime, &pooled, threads)?;
    let mut one_by_one = Embedder::open(&runtime, &independent, threads)?;
    let sound = sound(pooled.sample_rate());
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let (time, time_one_by_one) = side_by_side(
        ROUNDS,
        || {
            ours = windows(&mut one_pass, &sound)?;
            Ok::<_, Failure>(())
        },
        || {
            theirs = windows(&mut one_by_one, &sound)?;
            Ok(())
        },
    )?;
    let dims = pooled.dims();
    let cosines: Vec<f64> = ours
        .chunks_exact(dims)
        .zip(theirs.chunks_exact(dims))
        .map(|(a, b)| cosine(a, b))
        .collect();
    let mean = cosines.iter().sum::<f64>() / cosines.len().max(1) as f64;
    let lowest = cosines.iter().copied().fold(1.0, f64::min);
    let speed = |time: std::time::Duration| SECONDS as f64 / time.as_secs_f64();
    Ok(vec![Figure {
        name: "pooled_windows_x_realtime",
        value: speed(time),
        unit: "x real time",
        against: format!(
            "independent windows of {:.2} s every {:.2} s: {:.1} x real time; cosine between the two {mean:.3} on average, {lowest:.3} at least",
            independent.window_s(),
            independent.step_s(),
            speed(time_one_by_one)
        ),
        ratio: speed(time) / speed(time_one_by_one),
    }])
}

/// The same model with the same windows, each by itself.
fn with_independent_windows(pooled: &Manifest, folder: &Path) -> Result<Manifest, Failure> {
    let mut file = serde_json::to_value(pooled.file())?;
    file["format_version"] = 3.into();
    file["windows"] = serde_json::json!({
        "kind": "independent",
        "window_samples": pooled.window_samples() + pooled.step_cover_samples() - pooled.step_samples(),
        "hop_samples": pooled.step_samples(),
    });
    std::fs::copy(pooled.model_path(), folder.join(&pooled.file().file))?;
    let path = folder.join("independent.json");
    std::fs::write(&path, file.to_string())?;
    Ok(Manifest::load(&path)?)
}

fn windows(embedder: &mut Embedder, sound: &MemorySource) -> Result<Vec<f32>, Failure> {
    let mut source = sound.clone();
    let rate = embedder.manifest().sample_rate();
    let mut reader = ModelRateReader::new(&mut source, rate)?;
    let steps = embedder.embed(&mut reader, 0..u64::MAX, &mut |_| ControlFlow::Continue(()))?;
    Ok(embedder.manifest().pool_windows(&steps))
}

/// Noise with bursts and tones of many heights, so that windows differ.
fn sound(rate: SampleRate) -> MemorySource {
    let rate_hz = rate.hz();
    let mut random = fastrand::Rng::with_seed(5);
    let samples = (0..SECONDS * rate_hz as usize)
        .map(|index| {
            let time_s = index as f64 / f64::from(rate_hz);
            let height_hz = 150.0 * (1.0 + (time_s / 0.7).floor() % 13.0);
            let tone = (std::f64::consts::TAU * height_hz * time_s).sin() as f32;
            let burst = if time_s * 1.3 % 1.0 < 0.2 { 0.5 } else { 0.02 };
            0.2 * tone + burst * (random.f32() - 0.5)
        })
        .collect();
    MemorySource::new(rate, samples)
}

fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| -> f64 {
        a.iter()
            .zip(b)
            .map(|(a, b)| f64::from(*a) * f64::from(*b))
            .sum()
    };
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}
