//! What there is beside the database: models, the runtime, and the files of recordings. A plain value.
//!
//! [`Surroundings::look`] runs on the looks thread, because it asks disks that may never answer. The coordinator keeps what the
//! newest look found and asks no disk itself.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::embed::{self, Manifest};
use crate::platform::{self, FileIdentity};
use crate::store::Files;

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
    /// The others of them.
    found: HashMap<PathBuf, FileIdentity>,
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
        let (mut missing, mut found) = (HashSet::new(), HashMap::new());
        for path in files.into_iter().chain(of_models) {
            if path.is_file()
                && let Ok(identity) = FileIdentity::of(&path)
            {
                found.insert(path, identity);
            } else {
                missing.insert(path);
            }
        }
        let candidates = platform::runtime_candidates();
        Self {
            broken_model,
            has_runtime: candidates.iter().any(|path| path.is_file()),
            missing: Arc::new(missing),
            found,
            models,
        }
    }

    /// The model called `key`.
    pub fn model(&self, key: &str) -> Option<&Manifest> {
        self.models.iter().find(|model| model.key() == key)
    }
}

/// Asks no disk. A file that nobody looked for yet counts as there.
impl Files for Surroundings {
    fn is_there(&self, path: &Path) -> bool {
        !self.missing.contains(path)
    }

    fn is_same(&self, a: &Path, b: &Path) -> bool {
        let (one, other) = (self.found.get(a), self.found.get(b));
        a == b || one.is_some() && one == other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_knows_two_names_of_one_file_and_misses_only_what_it_looked_for() {
        let folder = tempfile::tempdir().unwrap();
        let [one, link, other, gone] =
            ["one", "link", "other", "gone"].map(|name| folder.path().join(name));
        std::fs::write(&one, "").unwrap();
        std::fs::write(&other, "").unwrap();
        std::fs::hard_link(&one, &link).unwrap();
        let files = [&one, &link, &other, &gone].map(PathBuf::clone);
        let seen = Surroundings::look(BTreeSet::from(files));
        assert!(seen.is_there(&one) && !seen.is_there(&gone));
        assert!(seen.is_there(&folder.path().join("nobody looked")));
        assert!(seen.is_same(&one, &link) && !seen.is_same(&one, &other));
        assert!(!seen.is_same(&gone, &one));
    }
}
