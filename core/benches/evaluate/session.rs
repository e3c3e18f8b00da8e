//! The real engine on a database of its own: the two files as each model sees them, clips, marks and trainings.
//!
//! Everything that the evaluation asks of the core but the fit itself is here.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use earmark_core::config::Config;
use earmark_core::embed::{Manifest, find_models};
use earmark_core::job::JobControl;
use earmark_core::protocol::{JobKind, TrainRequest};
use earmark_core::recording::Recording;
use earmark_core::scan::{Edge, WindowScores};
use earmark_core::store::{NewClip, NewNegative, StoreHandle};
use earmark_core::time::Span;
use earmark_core::worker::{EdgePlaces, Material, TrainPlan, Worker};
use earmark_core::{audio, platform};
use serde::Serialize;

use super::Failure;
use super::material::Files;

/// Peaks of the white noise in which nothing must be found, re full scale.
const NOISE_PEAKS: [f32; 4] = [0.0003, 0.003, 0.03, 0.3];
/// How long each of them is heard.
const NOISE_S: u32 = 5;
const NOISE_RATE_HZ: u32 = 48_000;

/// One of the two files that are searched.
#[derive(Clone, Copy, Serialize)]
pub enum Side {
    A,
    B,
}

/// The window vectors of all that is searched, by one model, row by row.
pub struct Searched {
    /// The model's key.
    pub model: String,
    pub dims: usize,
    pub file_a: Vec<f32>,
    pub file_b: Vec<f32>,
    pub silence: Vec<f32>,
    pub noise: Vec<f32>,
    hop_s: f64,
    window_s: f64,
}

impl Searched {
    /// `scores` on the grid of the model's windows.
    pub fn on_grid(&self, scores: Vec<f32>) -> WindowScores {
        WindowScores {
            hop_s: self.hop_s,
            window_s: self.window_s,
            scores,
            ..WindowScores::default()
        }
    }

    /// Where the window of this number lies.
    pub fn window(&self, index: usize) -> Result<Span, Failure> {
        let start_s = index as f64 * self.hop_s;
        Ok(Span::new(start_s, start_s + self.window_s)?)
    }
}

/// What is learned: the clips and marks of a profile, by a class and a model.
#[derive(Clone, Copy)]
pub struct Lesson<'a> {
    pub profile: &'a str,
    pub class: &'a str,
    pub model: &'a str,
}

/// The engine, the two files and what is in them.
pub struct Session<'a> {
    worker: Worker,
    store: StoreHandle,
    folder: PathBuf,
    searched: BTreeMap<String, Searched>,
    pub material: &'a Files,
    file_a: Recording,
    file_b: Recording,
}

impl<'a> Session<'a> {
    /// Embeds both files with the models of these `keys`, or finds their embeddings in `cache` from an earlier run; the
    /// database is in `folder`.
    pub fn open(
        cache: &Path,
        folder: &Path,
        material: &'a Files,
        keys: &[String],
    ) -> Result<Self, Failure> {
        let mut config = Config::from_environment()?;
        config.inference_threads = Some(std::thread::available_parallelism()?);
        config.cache_folder = cache.join("embeddings");
        let store = StoreHandle::new(Some(folder.join("evaluate.db")))?;
        let mut worker = Worker::new(config, store.clone());
        let file_a = Recording::open(&store, &material.file_a.path)?;
        let file_b = Recording::open(&store, &material.file_b.path)?;
        let silence = write_noise(&folder.join("silence.wav"), &[0.0])?;
        let noise = write_noise(&folder.join("noise.wav"), &NOISE_PEAKS)?;
        let job = JobControl::new(JobKind::Scanning);
        let mut searched = BTreeMap::new();
        for key in keys {
            let manifest = manifest_of(key)?;
            let mut windows_of = |recording| worker.window_vectors(recording, key, &job);
            searched.insert(
                key.clone(),
                Searched {
                    model: key.clone(),
                    dims: manifest.dims(),
                    file_a: windows_of(&file_a)?,
                    file_b: windows_of(&file_b)?,
                    silence: windows_of(&silence)?,
                    noise: windows_of(&noise)?,
                    hop_s: manifest.step_s(),
                    window_s: manifest.window_s(),
                },
            );
        }
        Ok(Self {
            worker,
            store,
            folder: folder.to_owned(),
            searched,
            material,
            file_a,
            file_b,
        })
    }

    /// What is searched, as the model of this key sees it.
    pub fn searched(&self, model: &str) -> Result<&Searched, Failure> {
        let searched = self.searched.get(model);
        searched.ok_or_else(|| format!("the files were not embedded with {model}").into())
    }

    /// Fits the edges of `scores`, as a scan does.
    pub fn fit_edges(
        &mut self,
        side: Side,
        model: &str,
        scores: &mut WindowScores,
    ) -> Result<(), Failure> {
        let job = JobControl::new(JobKind::Scanning);
        let recording = self.recording(side).clone();
        Ok(self.worker.fit_edges(&recording, model, scores, &job)?)
    }

    /// What the boundary model goes by at edges of regions by their scores.
    pub fn places_of_edges(
        &mut self,
        side: Side,
        model: &str,
        scores: &WindowScores,
        wanted: &[(Edge, f64)],
    ) -> Result<Vec<EdgePlaces>, Failure> {
        let job = JobControl::new(JobKind::Scanning);
        let recording = self.recording(side).clone();
        let worker = &mut self.worker;
        Ok(worker.places_of_edges(&recording, model, scores, wanted, &job)?)
    }

    fn recording(&self, side: Side) -> &Recording {
        match side {
            Side::A => &self.file_a,
            Side::B => &self.file_b,
        }
    }

    /// What the engine would learn from, with background from file A.
    pub fn examples(&mut self, lesson: Lesson<'_>) -> Result<Material, Failure> {
        let plan = TrainPlan {
            profile: lesson.profile.to_owned(),
            model: lesson.model.to_owned(),
            request: TrainRequest {
                positive_classes: vec![lesson.class.to_owned()],
                ..TrainRequest::default()
            },
            background: vec![self.file_a.clone()],
        };
        let job = JobControl::new(JobKind::Training);
        Ok(self.worker.training_examples(&plan, &job)?)
    }

    /// Gives the lesson all of the file at `path` as a clip.
    pub fn add_file(&self, lesson: Lesson<'_>, path: &Path) -> Result<(), Failure> {
        let recording = Recording::open(&self.store, path)?;
        let source = audio::open(path)?;
        let duration_s = source.frames() as f64 / f64::from(source.rate().hz());
        self.add_clip(lesson, &recording, Span::new(0.0, duration_s)?)
    }

    /// Confirms a hit in file A.
    pub fn confirm(&self, lesson: Lesson<'_>, span: Span) -> Result<(), Failure> {
        self.add_clip(lesson, &self.file_a, span)
    }

    /// Marks a span of file A as not the sound.
    pub fn mark(&self, lesson: Lesson<'_>, span: Span) -> Result<(), Failure> {
        self.store.with(|store| {
            store.add_negative(&NewNegative {
                profile: lesson.profile,
                filename: &self.file_a.filename,
                span,
                source_path: &self.file_a.path,
                source_model: lesson.model,
            })
        })?;
        Ok(())
    }

    fn add_clip(
        &self,
        lesson: Lesson<'_>,
        recording: &Recording,
        span: Span,
    ) -> Result<(), Failure> {
        // No file is written: the audio is read from the recording. The folder two levels up names the class.
        let place = self.folder.join(lesson.class).join("clip");
        let name = format!("{} {:.3}.wav", recording.filename, span.start_s());
        self.store.with(|store| {
            store.add_clip(&NewClip {
                filename: &recording.filename,
                span,
                output_path: &place.join(name),
                source_path: &recording.path,
                profile: lesson.profile,
                spread_s: 0.0,
                scan_export: false,
                label: "",
            })
        })?;
        Ok(())
    }
}

fn manifest_of(key: &str) -> Result<Manifest, Failure> {
    let mut unusable = String::new();
    for model in find_models(&platform::model_folders()) {
        match model {
            Ok(manifest) if manifest.key() == key => return Ok(manifest),
            Ok(_) => {}
            Err(error) => unusable = format!(" ({error})"),
        }
    }
    Err(format!("no model {key}{unusable}: run this through `cargo xtask eval`").into())
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
