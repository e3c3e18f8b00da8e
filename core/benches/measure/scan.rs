//! How fast a whole scan is (decode, resample, log-mel, model, classifier, save), beside nothing but the model's session fed
//! with finished log-mel frames at its best batch: in this program, and in Python. On as many threads as a plugin takes by
//! itself, which leaves a core to the host, and on all cores.

use std::num::NonZeroUsize;

use earmark_core::config::default_inference_threads;
use earmark_core::embed::{FrontEnd, Manifest, Runtime};
use earmark_core::platform;
use earmark_core::protocol::{JobControl, JobKind};
use earmark_core::store::StoreHandle;
use earmark_core::worker::Worker;
use ort::session::Session;
use ort::value::TensorRef;

use super::effort::{Effort, say};
use super::material::{self, Failure};
use super::python::Python;
use super::{Figure, take_turns};

/// Log-mel frames per run (about 30 s) and how many such stretches go into one: the best pair is what is compared with.
const BATCHES: [(usize, usize); 4] = [(1_344, 1), (1_344, 2), (672, 1), (1_344, 4)];
const BANDS: usize = 96;
/// Of the recording, for the batches that are tried.
const TRIED_MINUTES: usize = 1;

/// How much is scanned how often.
#[derive(Clone, Copy)]
struct Amount {
    minutes: usize,
    rounds: usize,
}

impl Amount {
    fn of(effort: Effort) -> Self {
        effort.choose(
            Self {
                minutes: 4,
                rounds: 3,
            },
            Self {
                minutes: 10,
                rounds: 5,
            },
        )
    }
}

/// On as many threads as a plugin takes by itself.
pub fn measure(effort: Effort) -> Result<Vec<Figure>, Failure> {
    let threads = default_inference_threads();
    measure_on("scan_x_realtime", threads, Amount::of(effort))
}

/// On all cores; nothing where a plugin takes all of them by itself.
pub fn measure_on_all_cores(effort: Effort) -> Result<Vec<Figure>, Failure> {
    let threads = material::all_cores();
    if default_inference_threads() == threads {
        return Ok(Vec::new());
    }
    measure_on("scan_on_all_cores_x_realtime", threads, Amount::of(effort))
}

fn measure_on(
    name: &'static str,
    threads: NonZeroUsize,
    amount: Amount,
) -> Result<Vec<Figure>, Failure> {
    let Amount { minutes, rounds } = amount;
    say(format!("writing {minutes} minutes of sound"));
    let folder = tempfile::tempdir()?;
    let recording = material::write_recording(folder.path(), minutes * 60, 2)?;
    let manifest = material::manifest()?;
    let config = material::config(folder.path(), threads)?;
    let store = StoreHandle::new(config.database.clone())?;
    material::save_some_classifier(&store, &manifest)?;
    let request = material::request(&recording, &manifest);
    let mut worker = Worker::new(config.clone(), store);
    let mut session = bare_session(&manifest, threads)?;
    say("looking for the best batch of the bare session");
    let (frames, batch) = best_batch(&mut session, &manifest)?;
    let runs = runs(&manifest, minutes, frames, batch)?;
    let mut python = Python::start(&manifest, [batch, frames, BANDS], runs, threads)?;

    let mut ours = || -> Result<(), Failure> {
        // Nothing may be left of the round before.
        worker.forget(&recording.path);
        std::fs::remove_dir_all(&config.cache_folder).or_else(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Ok(()),
            _ => Err(error),
        })?;
        worker.scan(&request, &JobControl::new(JobKind::Scanning))?;
        Ok(())
    };
    let mut bare = || run_bare(&mut session, &manifest, frames, batch, runs);
    let mut in_python = || match &mut python {
        Some(python) => python.run(),
        None => Ok(()),
    };
    let times = take_turns(rounds, &mut [&mut ours, &mut bare, &mut in_python])?;
    let speeds: Vec<f64> = times
        .iter()
        .map(|time| (minutes * 60) as f64 / time.as_secs_f64())
        .collect();
    let &[value, bare, python_value] = speeds.as_slice() else {
        return Err("three were measured".into());
    };
    let figure = |against: String, theirs: f64| Figure {
        name,
        value,
        unit: "x real time",
        against: format!("{against}: {theirs:.1} x real time"),
        ratio: value / theirs,
    };
    let beside_bare =
        format!("bare ONNX Runtime session on finished log-mel frames, {batch} x {frames} frames");
    let mut figures = vec![figure(beside_bare, bare)];
    if python.is_some() {
        let beside_python = String::from("onnxruntime in Python on the same finished frames");
        figures.push(figure(beside_python, python_value));
    }
    Ok(figures)
}

fn bare_session(manifest: &Manifest, threads: NonZeroUsize) -> Result<Session, Failure> {
    let runtime = Runtime::load(&platform::runtime_candidates())?;
    Ok(Session::builder(runtime.environment())?
        .with_intra_threads(threads.get())?
        .commit_from_file(manifest.model_path())?)
}

/// How often so many frames must be run to make all of so many minutes.
fn runs(
    manifest: &Manifest,
    minutes: usize,
    frames: usize,
    batch: usize,
) -> Result<usize, Failure> {
    let FrontEnd::LogMel(settings) = manifest.file().front_end else {
        return Err("the bare session is measured with log-mel frames only".into());
    };
    let frames_per_step = manifest.step_samples() as usize / settings.hop;
    let steps = (minutes as f64 * 60.0 / manifest.step_s()) as usize;
    Ok((steps * frames_per_step).div_ceil(frames * batch))
}

fn run_bare(
    session: &mut Session,
    manifest: &Manifest,
    frames: usize,
    batch: usize,
    runs: usize,
) -> Result<(), Failure> {
    let input = vec![0.3_f32; batch * frames * BANDS];
    for _ in 0..runs {
        let tensor = TensorRef::from_array_view(([batch, frames, BANDS], input.as_slice()))?;
        session.run(ort::inputs![manifest.file().input.as_str() => tensor])?;
    }
    Ok(())
}

fn best_batch(session: &mut Session, manifest: &Manifest) -> Result<(usize, usize), Failure> {
    let mut best = None;
    for (frames, batch) in BATCHES {
        let runs = runs(manifest, TRIED_MINUTES, frames, batch)?;
        run_bare(session, manifest, frames, batch, runs)?;
        let begun = std::time::Instant::now();
        run_bare(session, manifest, frames, batch, runs)?;
        // For so many frames, of which a larger batch runs a few more.
        let time = begun.elapsed() / (runs * frames * batch) as u32;
        if best.is_none_or(|(fastest, _)| time < fastest) {
            best = Some((time, (frames, batch)));
        }
    }
    best.map(|(_, pair)| pair)
        .ok_or_else(|| "nothing was tried".into())
}
