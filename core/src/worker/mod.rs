//! The worker: where models run. It owns the inference sessions, the embeddings and the classifiers in use, and does
//! the two long jobs, scanning and training, and the live scan between them.
//!
//! Runs on the engine's worker thread, or on the caller's in the command line: the very same code. It may take seconds;
//! every loop asks its [`JobControl`] whether to go on. It never touches a window.

mod apart;
mod augment;
mod background;
mod background_purge;
mod continued;
mod draw;
mod edges;
mod embeddings;
mod examples;
pub mod figures;
mod gathered;
mod held;
mod library;
mod live;
mod loudness;
mod novelty;
mod points;
pub mod proof_request;
mod prove;
mod relink;
pub mod retention;
mod scan;
mod scoring;
mod sounds;
mod space;
mod survey;
pub(crate) mod thread;
mod train;
mod views;
mod waveform;

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

pub use apart::Together;
pub use edges::EdgePlaces;
pub use library::{
    AddedFolders, LibraryReport, LibrarySearch, NamedHit, SimilarHit, SimilarRequest, SimilarScope,
    SimilarWork, add_folders, whole_path,
};
pub use live::{Finished, Followed, LiveChange, SoundScores};
pub use novelty::NoveltyRequest;
pub use scan::{ScanOutcome, ScanRequest, SoundsRequest};
pub use train::{Material, TrainOutcome, TrainPlan};
pub use views::{rows_of, views_of};
pub use waveform::{PEAK_S, PeakChange};

use crate::cache::EmbeddingCache;
use crate::classifier::Classifier;
use crate::config::{Config, default_inference_threads};
use crate::embed::{self, Embedder, InferenceOptions, Manifest, Runtime};
use crate::job::JobControl;
use crate::platform;
use crate::protocol::EngineError;
use crate::settings::{INFERENCE_THREADS, execution_provider};
use crate::store::{ClassifierId, StoreError, StoreHandle};
use continued::Continued;
use held::Held;

/// Classifiers that are held at most: one for every profile and model in use, and some.
const MOST_CLASSIFIERS: usize = 64;

/// Everything that scanning and training need, opened when first used.
pub struct Worker {
    config: Config,
    store: StoreHandle,
    runtime: Option<Runtime>,
    models: HashMap<String, OpenModel>,
    /// What the user should know of models, recordings and the cache since it was last asked.
    notices: Vec<String>,
    cache: EmbeddingCache,
    /// Embeddings cannot be saved, and the user was told so.
    cache_fails: bool,
    held: Held,
    /// Takes of earlier sessions that may be recorded into.
    continued: HashMap<PathBuf, Continued>,
    mixes: augment::KeptMixes,
    spaces: space::KeptSpaces,
    /// Of recordings that were searched for similar sounds.
    kept_rows: library::KeptRows,
    /// With the generation of the database that their numbers are from.
    classifiers: HashMap<(u64, ClassifierId), Arc<Classifier>>,
    kept_joints: sounds::KeptJoints,
    /// What classifiers said of what is judged.
    proved: prove::Proved,
    waveforms: HashMap<PathBuf, Arc<crate::protocol::Waveform>>,
    /// What it does must disturb nothing else on this machine.
    is_idle: bool,
}

/// A model with its session.
pub(crate) struct OpenModel {
    pub manifest: Manifest,
    pub embedder: Embedder,
}

impl Worker {
    /// A worker with nothing on it. Touches no file.
    pub fn new(config: Config, store: StoreHandle) -> Self {
        Self {
            cache: EmbeddingCache::new(config.cache_folder.clone()),
            cache_fails: false,
            config,
            store,
            runtime: None,
            models: HashMap::new(),
            notices: Vec::new(),
            held: Held::default(),
            continued: HashMap::new(),
            mixes: augment::KeptMixes::new(),
            spaces: space::KeptSpaces::new(),
            kept_rows: library::KeptRows::default(),
            classifiers: HashMap::new(),
            kept_joints: sounds::KeptJoints::new(),
            proved: prove::Proved::default(),
            waveforms: HashMap::new(),
            is_idle: false,
        }
    }

    /// A worker whose long work disturbs nothing else on this machine: its models run on one thread of the lowest priority.
    pub(crate) fn idle(mut config: Config, store: StoreHandle) -> Self {
        // More threads would be the runtime's own, whose priority nobody but the runtime can change.
        config.inference_threads = Some(NonZeroUsize::MIN);
        Self {
            is_idle: config.indexes_idly,
            ..Self::new(config, store)
        }
    }

    /// Does `work` at this worker's priority. An idle one must not use the database in it: others wait for that.
    fn at_own_priority<T: Send>(
        &mut self,
        work: impl FnOnce(&mut Self) -> T + Send,
    ) -> Result<T, EngineError> {
        if self.is_idle {
            platform::in_background(|| work(self)).map_err(EngineError::Threads)
        } else {
            Ok(work(self))
        }
    }

    /// Another worker for the same work, with nothing on it.
    pub(crate) fn anew(&self) -> Self {
        Self::new(self.config.clone(), self.store.clone())
    }

    /// The manifest of the model `key`, whose session is open from now on.
    ///
    /// # Errors
    /// When the runtime or the model is missing or does not load; each says how to mend it.
    pub fn open_model(&mut self, key: &str) -> Result<Manifest, EngineError> {
        self.model(key).map(|model| model.manifest.clone())
    }

    /// Makes today's backup copy of the database, unless there is one.
    ///
    /// # Errors
    /// When the copy cannot be made, or shows that the database is damaged.
    pub fn back_up_if_due(&self, job: &JobControl) -> Result<Option<PathBuf>, StoreError> {
        let job = job.clone();
        self.store.back_up_if_due(move || job.is_cancelled())
    }

    /// Takes what the user should know since the last time, such as an accelerator that is not there.
    pub fn take_notices(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notices)
    }

    /// Closes the model `key` if it was described anew since it was opened; before a job begins.
    pub(crate) fn notice_new_description(&mut self, key: &str) -> Result<(), EngineError> {
        let Some(model) = self.models.get(key) else {
            return Ok(());
        };
        let found = find_manifest(key);
        if !found.as_ref().is_ok_and(|found| *found == model.manifest) {
            self.models.remove(key);
            self.held.retain(|(_, model)| model != key);
        }
        found.map(drop)
    }

    pub(crate) fn model(&mut self, key: &str) -> Result<&mut OpenModel, EngineError> {
        if !self.models.contains_key(key) {
            let manifest = find_manifest(key)?;
            let threads = self.inference_threads();
            let runtime = match &self.runtime {
                Some(runtime) => runtime,
                None => {
                    let candidates = platform::runtime_candidates();
                    self.runtime.insert(Runtime::load(&candidates)?)
                }
            };
            let options = InferenceOptions {
                threads,
                provider: execution_provider(&self.store)?,
            };
            let embedder = Embedder::open(runtime, &manifest, options)?;
            self.notices.extend(embedder.provider().message.clone());
            self.models
                .insert(key.to_owned(), OpenModel { manifest, embedder });
        }
        self.models
            .get_mut(key)
            .ok_or_else(|| EngineError::NoSuchModel {
                key: key.to_owned(),
                found: String::from("none"),
            })
    }

    /// How many threads a model runs on from when it is opened. Never waits for the database: whoever cannot read it gets the
    /// default.
    fn inference_threads(&self) -> NonZeroUsize {
        let chosen = self.config.inference_threads.or_else(|| {
            let setting = self.store.with(|store| store.setting(INFERENCE_THREADS));
            setting.ok().flatten()?.parse().ok()
        });
        let cores = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        chosen.map_or_else(default_inference_threads, |threads| threads.min(cores))
    }

    /// The newest classifier of `profile` for `model`, if any was ever trained.
    ///
    /// # Errors
    /// When the database or the stored classifier cannot be read.
    pub fn latest_classifier(
        &mut self,
        profile: &str,
        model: &str,
    ) -> Result<Option<(ClassifierId, Arc<Classifier>)>, EngineError> {
        let Some(row) = self
            .store
            .with(|store| store.latest_classifier(profile, model))?
        else {
            return Ok(None);
        };
        if self.open_model(model)?.sha256() != row.model_sha256 {
            return Err(EngineError::OutdatedClassifier {
                model: model.to_owned(),
            });
        }
        let key = (self.store.generation(), row.id);
        if let Some(classifier) = self.classifiers.get(&key) {
            return Ok(Some((row.id, Arc::clone(classifier))));
        }
        let Some(bytes) = self.store.with(|store| store.classifier_bytes(row.id))? else {
            return Ok(None);
        };
        let classifier = Arc::new(Classifier::from_bytes(&bytes)?);
        if self.classifiers.len() >= MOST_CLASSIFIERS {
            // They are read again when they are used again.
            self.classifiers.clear();
        }
        self.classifiers.insert(key, Arc::clone(&classifier));
        Ok(Some((row.id, classifier)))
    }
}

/// The manifest of `key` among the models in the configured folders.
fn find_manifest(key: &str) -> Result<Manifest, EngineError> {
    let mut others = Vec::new();
    let mut broken = None;
    for model in embed::find_models(&platform::model_folders()) {
        match model {
            Ok(manifest) if manifest.key() == key => return Ok(manifest),
            Ok(manifest) => others.push(manifest.key().to_owned()),
            Err(error) => broken = Some(error),
        }
    }
    // A manifest that does not load may well be the one that was asked for: its own message helps more.
    match broken {
        Some(error) if others.is_empty() => Err(error.into()),
        _ => Err(EngineError::NoSuchModel {
            key: key.to_owned(),
            found: if others.is_empty() {
                String::from("none")
            } else {
                others.join(", ")
            },
        }),
    }
}
