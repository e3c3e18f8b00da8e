//! How soon a job ends that was cancelled: trainings and scans, stopped at moments spread over all of their work, with nothing
//! cached, with everything cached, and while a file that cannot be read by seeking is decoded.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use crossbeam_channel::never;
use earmark_core::config::Config;
use earmark_core::protocol::{EngineError, JobControl, JobKind, TrainRequest};
use earmark_core::recording::Recording;
use earmark_core::store::{NewClip, StoreHandle};
use earmark_core::time::Span;
use earmark_core::worker::{ScanRequest, TrainPlan, Worker};

use super::effort::{Effort, say};
use super::material::{self, Failure, RATE_HZ};
use super::train::{CLIPS, CLIPS_MINUTES, add_clips, recording};
use super::{Figure, median};

/// Within which a job must have ended.
const LIMIT_MS: f64 = 500.0;
/// Of the recording whose background is listened to, or that is scanned, with nothing cached.
const FRESH_MINUTES: usize = 6;
/// Clips that are mixed with background when nothing is cached: two copies each.
const MIXED_CLIPS: usize = 60;
/// Of the recording that lends its background when everything is cached; in one this short, windows that sound like
/// examples are looked for.
const CROWDED_MINUTES: usize = 3;
/// Of the recording that has to be decoded.
const DECODED_MINUTES: usize = 30;
/// Of the recording that is scanned from the cache.
const CACHED_HOURS: f64 = 10.0;

/// A cancelled job: how long it took to end, and what it was at.
struct Cancelled {
    /// Of which work.
    what: &'static str,
    after: Duration,
    stage: String,
}

/// What the jobs of one work have in common: how many were cancelled in time, and the slowest.
struct Found {
    all: Vec<Cancelled>,
    /// How many moments each work is cancelled at.
    moments: u32,
}

impl Found {
    fn new(effort: Effort) -> Self {
        Self {
            all: Vec::new(),
            moments: effort.choose(6, 16),
        }
    }

    /// Cancels `work` at moments spread over what it takes from beginning to end. `prepare` comes before each.
    fn add<T: Send>(
        &mut self,
        what: &'static str,
        kind: JobKind,
        prepare: impl Fn() -> Result<T, Failure>,
        work: impl Fn(&mut T, &JobControl) -> Result<(), EngineError> + Sync,
    ) -> Result<(), Failure> {
        say(format!("{what}: once to the end"));
        let mut prepared = prepare()?;
        let begun = Instant::now();
        work(&mut prepared, &JobControl::new(kind))?;
        self.add_of(begun.elapsed(), what, kind, prepare, work)
    }

    /// The same at moments spread over the first part of it, which takes the time `over`.
    fn add_of<T: Send>(
        &mut self,
        over: Duration,
        what: &'static str,
        kind: JobKind,
        prepare: impl Fn() -> Result<T, Failure>,
        work: impl Fn(&mut T, &JobControl) -> Result<(), EngineError> + Sync,
    ) -> Result<(), Failure> {
        let moments = self.moments;
        for moment in 0..moments {
            let wait = over * (2 * moment + 1) / (2 * moments);
            say(format!(
                "{what}: cancelled after {:.1} s",
                wait.as_secs_f64()
            ));
            let mut prepared = prepare()?;
            let job = JobControl::new(kind);
            let outcome = std::thread::scope(|scope| {
                let working = scope.spawn(|| work(&mut prepared, &job));
                // Waits; nothing ever comes.
                let _ = never::<()>().recv_timeout(wait);
                let stage = job.progress().stage;
                let at_work = !working.is_finished();
                let asked = Instant::now();
                job.cancel();
                let ended = working.join();
                (at_work, asked.elapsed(), stage, ended)
            });
            match outcome {
                // Ended well or not: too late to be stopped, it must not last either.
                (true, after, stage, Ok(Ok(()) | Err(EngineError::Cancelled))) => {
                    self.all.push(Cancelled { what, after, stage });
                }
                // It was quicker this time.
                (false, _, _, Ok(Ok(()))) => {}
                (_, _, _, Ok(outcome)) => outcome?,
                (_, _, _, Err(_)) => return Err("the cancelled job panicked".into()),
            }
        }
        Ok(())
    }

    fn figure(mut self, name: &'static str) -> Result<Figure, Failure> {
        self.all.sort_by_key(|one| one.after);
        let slowest = self.all.last().ok_or("no job was cancelled in time")?;
        let middle = median(self.all.iter().map(|one| one.after).collect());
        let milliseconds = |time: Duration| 1e3 * time.as_secs_f64();
        let longest_ms = milliseconds(slowest.after);
        // In ascending order, so that the last of a work is its longest.
        let longest: BTreeMap<&str, &Cancelled> =
            self.all.iter().map(|one| (one.what, one)).collect();
        let of_each: Vec<String> = longest
            .into_iter()
            .map(|(what, one)| format!("{what} {:.0} ms ({})", milliseconds(one.after), one.stage))
            .collect();
        Ok(Figure {
            name,
            value: longest_ms,
            unit: "ms",
            against: format!(
                "half a second; the longest of {}: {}; half of all within {:.0} ms",
                self.all.len(),
                of_each.join(", "),
                milliseconds(middle)
            ),
            ratio: longest_ms / LIMIT_MS,
        })
    }
}

pub fn training(effort: Effort) -> Result<Vec<Figure>, Failure> {
    let folder = tempfile::tempdir()?;
    let folder = folder.path();
    let mut found = Found::new(effort);
    let mut config = Config::from_environment()?;

    config.cache_folder = folder.join("fresh cache");
    let store = StoreHandle::new(Some(folder.join("fresh.db")))?;
    let clips = recording(folder, "clips.wav", CLIPS_MINUTES)?;
    let background = recording(folder, "background.wav", FRESH_MINUTES)?;
    add_clips(&store, &clips, MIXED_CLIPS)?;
    let fresh = plan(&background)?;
    let nothing_cached = || {
        let _ = std::fs::remove_dir_all(&config.cache_folder);
        Ok(Worker::new(config.clone(), store.clone()))
    };
    let train =
        |plan: &TrainPlan, worker: &mut Worker, job: &JobControl| worker.train(plan, job).map(drop);
    found.add(
        "nothing cached",
        JobKind::Training,
        nothing_cached,
        |worker, job| train(&fresh, worker, job),
    )?;

    let (example, store) = decoded(folder)?;
    let decoding = plan(&example)?;
    let begun = Instant::now();
    drop(earmark_core::audio::open(&example.path)?);
    found.add_of(
        begun.elapsed(),
        "decoding",
        JobKind::Training,
        || {
            let _ = std::fs::remove_dir_all(&config.cache_folder);
            let mut worker = Worker::new(config.clone(), store.clone());
            worker.open_model(&decoding.model)?;
            Ok(worker)
        },
        |worker, job| train(&decoding, worker, job),
    )?;

    config.cache_folder = folder.join("full cache");
    let store = StoreHandle::new(Some(folder.join("full.db")))?;
    let background = recording(folder, "crowded.wav", CROWDED_MINUTES)?;
    add_clips(&store, &clips, CLIPS)?;
    let full = plan(&background)?;
    say("filling the cache");
    Worker::new(config.clone(), store.clone()).train(&full, &job())?;
    found.add(
        "everything cached",
        JobKind::Training,
        || Ok(Worker::new(config.clone(), store.clone())),
        |worker, job| train(&full, worker, job),
    )?;
    Ok(vec![found.figure("cancel_training_ms")?])
}

pub fn scan(effort: Effort) -> Result<Vec<Figure>, Failure> {
    let folder = tempfile::tempdir()?;
    let folder = folder.path();
    let mut found = Found::new(effort);
    let manifest = material::manifest()?;
    let config = material::config(folder, material::all_cores())?;
    let store = StoreHandle::new(config.database.clone())?;
    material::save_some_classifier(&store, &manifest)?;
    let nothing_cached = || {
        let _ = std::fs::remove_dir_all(&config.cache_folder);
        Ok(Worker::new(config.clone(), store.clone()))
    };
    let scan = |request: &ScanRequest, worker: &mut Worker, job: &JobControl| {
        worker.scan(request, job).map(drop)
    };

    let fresh = recording(folder, "fresh.wav", FRESH_MINUTES)?;
    let fresh = material::request(&fresh, &manifest);
    found.add(
        "nothing cached",
        JobKind::Scanning,
        nothing_cached,
        |worker, job| scan(&fresh, worker, job),
    )?;

    let long = recording(folder, "long.wav", 1)?;
    material::save_embeddings(&config, &long, &manifest, CACHED_HOURS)?;
    let long = material::request(&long, &manifest);
    found.add(
        "everything cached",
        JobKind::Scanning,
        || Ok(Worker::new(config.clone(), store.clone())),
        |worker, job| scan(&long, worker, job),
    )?;
    Ok(vec![found.figure("cancel_scan_ms")?])
}

fn job() -> JobControl {
    JobControl::new(JobKind::Training)
}

fn plan(background: &Recording) -> Result<TrainPlan, Failure> {
    Ok(TrainPlan {
        profile: String::from("default"),
        model: material::manifest()?.key().to_owned(),
        request: TrainRequest {
            positive_classes: vec![String::from("measure")],
            ..TrainRequest::default()
        },
        background: vec![background.clone()],
    })
}

/// A long recording of whole numbers, which is decoded before anything of it is heard, with an example in it.
fn decoded(folder: &Path) -> Result<(Recording, StoreHandle), Failure> {
    let path = folder.join("decoded.wav");
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: RATE_HZ,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(&path, spec)?;
    let mut random = fastrand::Rng::with_seed(1);
    for index in 0..60 * DECODED_MINUTES {
        for sample in material::second(index, &mut random) {
            writer.write_sample((sample * f32::from(i16::MAX)) as i16)?;
        }
    }
    writer.finalize()?;
    let recording = Recording::named("decoded.wav", &path)?;
    let store = StoreHandle::new(Some(folder.join("decoded.db")))?;
    let output = folder.join("measure/clip 1/clip.wav");
    store.with(|store| {
        store.add_clip(&NewClip {
            filename: &recording.filename,
            span: Span::new(20.0, 21.0).unwrap_or_default(),
            output_path: &output,
            source_path: &recording.path,
            profile: "default",
            spread_s: 0.0,
            scan_export: false,
            label: "",
        })
    })?;
    Ok((recording, store))
}
