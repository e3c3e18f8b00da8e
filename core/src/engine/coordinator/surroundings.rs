//! What there is beside the database: models, the runtime, and the files of recordings. A plain value.
//!
//! [`Surroundings::look`] runs on the looks thread, because it asks disks that may never answer. The coordinator keeps what the
//! newest look found and asks no disk itself.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::embed::{self, Manifest};
use crate::platform;

/// What a look found.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Surroundings {
    /// The models whose manifests can be used.
    pub models: Vec<Manifest>,
    /// Why the first of the others cannot be used.
    pub broken_model: Option<String>,
    pub has_runtime: bool,
    /// The files that were looked for and are not there, those of models among them.
    pub missing: Arc<HashSet<PathBuf>>,
}

impl Surroundings {
    /// Looks for models, the runtime and `files`.
    pub fn look(files: BTreeSet<PathBuf>) -> Self {
        let mut models = Vec::new();
        let mut broken_model = None;
        for model in embed::find_models(&platform::model_folders()) {
            match model {
                Ok(model) => models.push(model),
                Err(error) if broken_model.is_none() => broken_model = Some(error.to_string()),
                Err(_) => {}
            }
        }
        let of_models = models.iter().map(Manifest::model_path);
        let missing = files.into_iter().chain(of_models);
        let missing = missing.filter(|path| !path.is_file()).collect();
        let candidates = platform::runtime_candidates();
        Self {
            broken_model,
            has_runtime: candidates.iter().any(|path| path.is_file()),
            missing: Arc::new(missing),
            models,
        }
    }

    /// Whether the file at `path` was there when it was last looked for. One that nobody looked for yet counts as there.
    pub fn is_there(&self, path: &Path) -> bool {
        !self.missing.contains(path)
    }

    /// The model called `key`.
    pub fn model(&self, key: &str) -> Option<&Manifest> {
        self.models.iter().find(|model| model.key() == key)
    }
}
