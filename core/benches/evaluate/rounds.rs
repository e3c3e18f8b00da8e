//! Learning, searching, correcting: what a user does, with the real engine on a database of its own.

use std::path::{Path, PathBuf};

use earmark_core::config::Config;
use earmark_core::embed::{Manifest, find_models};
use earmark_core::protocol::{JobControl, JobKind, TrainRequest};
use earmark_core::recording::Recording;
use earmark_core::scan::evaluate::{Verdict, judge};
use earmark_core::scan::{ScoredSpan, WindowScores, peaks};
use earmark_core::store::{NewClip, NewNegative, StoreHandle};
use earmark_core::time::Span;
use earmark_core::worker::{TrainPlan, Worker};
use earmark_core::{audio, platform};
use serde::Serialize;

use super::Failure;
use super::figures::Figures;
use super::heads::{Answer, Heads, Kind, Searched};
use super::material::{Material, Target};

/// Rounds of correcting after the first search.
const ROUNDS: usize = 3;
/// False hits marked in a round, and true hits confirmed in it at most.
const MARKS: usize = 10;

/// Peaks of the white noise in which nothing must be found, re full scale.
const NOISE_PEAKS: [f32; 4] = [0.0003, 0.003, 0.03, 0.3];
/// How long each of them is heard.
const NOISE_S: u32 = 5;
const NOISE_RATE_HZ: u32 = 48_000;

/// One search with what was learned by then.
#[derive(Serialize)]
pub struct Outcome {
    target: String,
    head: Kind,
    /// Targets with odd numbers took no part in choosing the shipped head.
    held_out: bool,
    round: usize,
    examples: usize,
    train_seconds: f64,
    suggested_threshold: Option<f32>,
    in_silence: Option<f32>,
    in_noise: Option<f32>,
    file_a: Figures,
    file_b: Figures,
}

/// The engine, the two files and what is in them.
pub struct Session<'a> {
    worker: Worker,
    store: StoreHandle,
    folder: PathBuf,
    manifest: Manifest,
    material: &'a Material,
    file_a: Recording,
    windows_a: Vec<f32>,
    windows_b: Vec<f32>,
    silence: Vec<f32>,
    noise: Vec<f32>,
}

impl<'a> Session<'a> {
    /// Embeds both files, or finds their embeddings in `cache` from an earlier run; the database is in `folder`.
    pub fn open(cache: &Path, folder: &Path, material: &'a Material) -> Result<Self, Failure> {
        let manifest = find_models(&platform::model_folders())
            .into_iter()
            .find_map(Result::ok)
            .ok_or("no model: run this through `cargo xtask eval`")?;
        let mut config = Config::from_environment()?;
        config.inference_threads = Some(std::thread::available_parallelism()?);
        config.cache_folder = cache.join("embeddings");
        let store = StoreHandle::new(Some(folder.join("evaluate.db")))?;
        let mut worker = Worker::new(config, store.clone());
        let file_a = Recording::open(&store, &material.file_a.path)?;
        let file_b = Recording::open(&store, &material.file_b.path)?;
        let job = JobControl::new(JobKind::Scanning);
        let windows_a = worker.window_vectors(&file_a, manifest.key(), &job)?;
        let windows_b = worker.window_vectors(&file_b, manifest.key(), &job)?;
        let silence = write_noise(&folder.join("silence.wav"), &[0.0])?;
        let noise = write_noise(&folder.join("noise.wav"), &NOISE_PEAKS)?;
        let silence = worker.window_vectors(&silence, manifest.key(), &job)?;
        let noise = worker.window_vectors(&noise, manifest.key(), &job)?;
        Ok(Self {
            worker,
            store,
            folder: folder.to_owned(),
            manifest,
            material,
            file_a,
            windows_a,
            windows_b,
            silence,
            noise,
        })
    }

    pub fn searched(&self) -> Searched<'_> {
        Searched {
            dims: self.manifest.dims(),
            file_a: &self.windows_a,
            file_b: &self.windows_b,
            silence: &self.silence,
            noise: &self.noise,
        }
    }

    /// Learns `target` with one head, [`ROUNDS`] times after the first, each in a profile of its own.
    pub fn learn(
        &mut self,
        index: usize,
        target: &Target,
        head: Kind,
        heads: &mut Heads,
    ) -> Result<Vec<Outcome>, Failure> {
        let profile = format!("{head:?} {}", target.name);
        for example in &target.examples {
            let recording = Recording::open(&self.store, example)?;
            let source = audio::open(example)?;
            let duration_s = source.frames() as f64 / f64::from(source.rate().hz());
            self.add_clip(&profile, target, &recording, Span::new(0.0, duration_s)?)?;
        }
        let truth_a = self.material.file_a.truth(&target.name)?;
        let truth_b = self.material.file_b.truth(&target.name)?;
        let mut outcomes = Vec::new();
        let mut reviewed: Vec<Span> = Vec::new();
        for round in 0..=ROUNDS {
            let plan = TrainPlan {
                profile: profile.clone(),
                model: self.manifest.key().to_owned(),
                request: TrainRequest {
                    positive_classes: vec![target.name.clone()],
                    ..TrainRequest::default()
                },
                background: vec![self.file_a.clone()],
            };
            let job = JobControl::new(JobKind::Training);
            let examples = self.worker.training_examples(&plan, &job)?;
            let Answer {
                file_a,
                file_b,
                suggested,
                in_silence,
                in_noise,
                seconds,
            } = heads.ask(head, &examples, self.searched())?;
            let (scores_a, scores_b) = (self.scores(file_a), self.scores(file_b));
            outcomes.push(Outcome {
                target: target.name.clone(),
                head,
                held_out: index % 2 == 1,
                round,
                examples: examples.len(),
                train_seconds: seconds,
                suggested_threshold: suggested,
                in_silence,
                in_noise,
                file_a: Figures::of(&scores_a, &truth_a, suggested),
                file_b: Figures::of(&scores_b, &truth_b, suggested),
            });
            if round < ROUNDS {
                self.review(&profile, target, &peaks(&scores_a), &truth_a, &mut reviewed)?;
            }
        }
        Ok(outcomes)
    }

    /// Goes down the list of file A: marks the [`MARKS`] worst false hits not marked yet, and confirms the true ones on the
    /// way, as many at most.
    fn review(
        &self,
        profile: &str,
        target: &Target,
        found: &[ScoredSpan],
        truth: &[Span],
        reviewed: &mut Vec<Span>,
    ) -> Result<(), Failure> {
        let (mut marked, mut confirmed) = (0, 0);
        for (hit, verdict) in found.iter().zip(judge(found, truth)) {
            if marked == MARKS {
                break;
            }
            if reviewed.iter().any(|span| span.overlap_s(hit.span) > 0.0) {
                continue;
            }
            match verdict {
                Verdict::False => {
                    self.store.with(|store| {
                        store.add_negative(&NewNegative {
                            profile,
                            filename: &self.file_a.filename,
                            span: hit.span,
                            source_path: &self.file_a.path,
                            source_model: self.manifest.key(),
                        })
                    })?;
                    marked += 1;
                }
                Verdict::True(_) | Verdict::Duplicate(_) if confirmed < MARKS => {
                    self.add_clip(profile, target, &self.file_a, hit.span)?;
                    confirmed += 1;
                }
                Verdict::True(_) | Verdict::Duplicate(_) => continue,
            }
            reviewed.push(hit.span);
        }
        Ok(())
    }

    fn add_clip(
        &self,
        profile: &str,
        target: &Target,
        recording: &Recording,
        span: Span,
    ) -> Result<(), Failure> {
        // No file is written: the audio is read from the recording. The folder two levels up names the class.
        let place = self.folder.join(&target.name).join("clip");
        let name = format!("{} {:.3}.wav", recording.filename, span.start_s());
        self.store.with(|store| {
            store.add_clip(&NewClip {
                filename: &recording.filename,
                span,
                output_path: &place.join(name),
                source_path: &recording.path,
                profile,
                spread_s: 0.0,
                scan_export: false,
                label: "",
            })
        })?;
        Ok(())
    }

    fn scores(&self, scores: Vec<f32>) -> WindowScores {
        WindowScores {
            hop_s: self.manifest.step_s(),
            window_s: self.manifest.window_s(),
            scores,
        }
    }
}

/// White noise of each of `peaks` in turn.
fn write_noise(path: &Path, peaks: &[f32]) -> Result<Recording, Failure> {
    let mut random = fastrand::Rng::with_seed(1);
    let mut writer = hound::WavWriter::create(
        path,
        hound::WavSpec {
            channels: 1,
            sample_rate: NOISE_RATE_HZ,
            bits_per_sample: 32,
            sample_format: hound::SampleFormat::Float,
        },
    )?;
    for peak in peaks {
        for _ in 0..NOISE_S * NOISE_RATE_HZ {
            writer.write_sample(peak * (2.0 * random.f32() - 1.0))?;
        }
    }
    writer.finalize()?;
    Ok(Recording::of_clip(path)?)
}
