//! How fast a training is, from a thousand clips whose embeddings are in the cache (read marks and cache, choose background,
//! fit, calibrate, measure, save), beside scikit-learn's heads on the very same vectors.
//!
//! scikit-learn runs in the Python that `EARMARK_BENCH_PYTHON` names, which `cargo xtask bench` sees to.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use earmark_core::config::Config;
use earmark_core::job::JobControl;
use earmark_core::protocol::{JobKind, TrainRequest};
use earmark_core::recording::Recording;
use earmark_core::store::{NewClip, StoreHandle};
use earmark_core::time::Span;
use earmark_core::worker::{TrainPlan, Worker};

use super::effort::{Effort, say};
use super::material::{Failure, manifest, write_recording};
use super::{Figure, side_by_side};

pub const CLIPS: usize = 1_000;
/// Seconds from one clip to the next, and the length of each: a window.
const CLIP_EVERY_S: f64 = 1.0;
const CLIP_S: f64 = 0.9;
/// Of the recording with the clips, and of the one that lends its background.
pub const CLIPS_MINUTES: usize = 17;
const BACKGROUND_MINUTES: usize = 4;
const ROUNDS: usize = 5;
const PYTHON: &str = "EARMARK_BENCH_PYTHON";
const SCRIPT: &str = include_str!("train.py");

/// Beside the head that scikit-learn fits quickest.
pub fn measure(_: Effort) -> Result<Vec<Figure>, Failure> {
    let mut trainings = Trainings::prepare()?;
    let Trainings { ours, theirs, .. } = &mut trainings;
    let (time, svc) = side_by_side(
        ROUNDS,
        || ours.train(),
        || theirs.fit("support_vector_machine"),
    )?;
    let head = "SVC calibrated with a sigmoid on 5 folds";
    Ok(vec![trainings.figure("train_1000_ms", time, svc, head)])
}

/// Beside 8-cut's head, which takes a minute and a half: once is enough to tell.
pub fn measure_beside_boosting(_: Effort) -> Result<Vec<Figure>, Failure> {
    let mut trainings = Trainings::prepare()?;
    let Trainings { ours, theirs, .. } = &mut trainings;
    let (time, _) = side_by_side(ROUNDS, || ours.train(), || Ok(()))?;
    say("fitting scikit-learn's boosting, once");
    let begun = Instant::now();
    theirs.fit("hist_gradient_boosting")?;
    let boosting = begun.elapsed();
    let head = "HistGradientBoosting calibrated isotonically on 3 folds, which is 8-cut's,";
    let name = "train_1000_beside_boosting_ms";
    Ok(vec![trainings.figure(name, time, boosting, head)])
}

/// Both sides, ready to learn from the same examples.
struct Trainings {
    ours: Ours,
    theirs: Heads,
    examples: usize,
    /// Holds everything; goes with it.
    _folder: tempfile::TempDir,
}

/// A training of this program with every embedding in the cache.
struct Ours {
    worker: Worker,
    plan: TrainPlan,
    clips: Recording,
    background: Recording,
}

impl Ours {
    fn train(&mut self) -> Result<(), Failure> {
        self.worker.forget(&self.clips.path);
        self.worker.forget(&self.background.path);
        self.worker.train(&self.plan, &job())?;
        Ok(())
    }
}

impl Trainings {
    fn prepare() -> Result<Self, Failure> {
        let python = std::env::var_os(PYTHON)
            .ok_or("this figure needs scikit-learn: measure it through `cargo xtask bench`")?;
        say(format!("writing {CLIPS_MINUTES} minutes of sound"));
        let folder = tempfile::tempdir()?;
        let clips = recording(folder.path(), "clips.wav", CLIPS_MINUTES)?;
        let background = recording(folder.path(), "background.wav", BACKGROUND_MINUTES)?;
        let mut config = Config::from_environment()?;
        config.cache_folder = folder.path().join("cache");
        let store = StoreHandle::new(Some(folder.path().join("measure.db")))?;
        add_clips(&store, &clips, CLIPS)?;
        let plan = TrainPlan {
            profile: String::from("default"),
            model: manifest()?.key().to_owned(),
            request: TrainRequest {
                positive_classes: vec![String::from("measure")],
                ..TrainRequest::default()
            },
            background: vec![background.clone()],
        };
        let mut worker = Worker::new(config, store);
        say("filling the cache");
        // What is learned from does not change any more.
        let examples = worker.training_examples(&plan, &job())?.examples;
        let dims = examples.first().map_or(0, |example| example.vector.len());
        let values = examples.iter().flat_map(|example| &example.vector);
        let bytes: Vec<u8> = values.flat_map(|value| value.to_le_bytes()).collect();
        fs::write(folder.path().join("examples.f32"), bytes)?;
        let labels = examples.iter().map(|e| u8::from(e.origin.is_positive()));
        fs::write(folder.path().join("labels.u8"), labels.collect::<Vec<u8>>())?;
        Ok(Self {
            theirs: Heads::start(python.as_ref(), folder.path(), dims)?,
            ours: Ours {
                worker,
                plan,
                clips,
                background,
            },
            examples: examples.len(),
            _folder: folder,
        })
    }

    fn figure(&self, name: &'static str, ours: Duration, theirs: Duration, head: &str) -> Figure {
        let milliseconds = |time: Duration| 1e3 * time.as_secs_f64();
        Figure {
            name,
            value: milliseconds(ours),
            unit: "ms",
            against: format!(
                "scikit-learn's {head} on the same {} examples, in memory: {:.0} ms",
                self.examples,
                milliseconds(theirs)
            ),
            ratio: ours.as_secs_f64() / theirs.as_secs_f64(),
        }
    }
}

fn job() -> JobControl {
    JobControl::new(JobKind::Training)
}

pub fn recording(folder: &Path, name: &str, minutes: usize) -> Result<Recording, Failure> {
    let path = folder.join(name);
    fs::rename(write_recording(folder, 60 * minutes, 2)?.path, &path)?;
    Ok(Recording::named(name, &path)?)
}

pub fn add_clips(store: &StoreHandle, recording: &Recording, count: usize) -> Result<(), Failure> {
    for index in 0..count {
        let start_s = index as f64 * CLIP_EVERY_S;
        let output = recording.path.with_file_name("measure");
        let output = output.join(format!("clip {index}")).join("clip.wav");
        store.with(|store| {
            store.add_clip(&NewClip {
                filename: &recording.filename,
                span: Span::new(start_s, start_s + CLIP_S).unwrap_or_default(),
                output_path: &output,
                source_path: &recording.path,
                profile: "default",
                spread_s: 0.0,
                scan_export: false,
                label: "",
            })
        })?;
    }
    Ok(())
}

/// A Python process that fits the head it is asked for and answers with a line. It ends with its standard input.
struct Heads {
    process: Child,
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Heads {
    fn start(python: &Path, folder: &Path, dims: usize) -> Result<Self, Failure> {
        let mut process = Command::new(python)
            .args(["-c", SCRIPT])
            .arg(folder)
            .arg(dims.to_string())
            // OpenMP's threads spin while they wait, which takes the time from the one that works.
            .env("OMP_WAIT_POLICY", "passive")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let questions = process.stdin.take();
        let answers = process.stdout.take().ok_or("Python has no output")?;
        Ok(Self {
            process,
            questions,
            answers: BufReader::new(answers),
        })
    }

    fn fit(&mut self, head: &str) -> Result<(), Failure> {
        let input = self.questions.as_mut().ok_or("Python was let go")?;
        writeln!(input, "{head}")?;
        let mut line = String::new();
        if self.answers.read_line(&mut line)? == 0 {
            return Err("the Python process ended; its message is above".into());
        }
        Ok(())
    }
}

impl Drop for Heads {
    fn drop(&mut self) {
        drop(self.questions.take());
        if let Err(error) = self.process.wait() {
            eprintln!("the Python process cannot be waited for: {error}");
        }
    }
}
