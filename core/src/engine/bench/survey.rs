//! Looking at what is kept, and emptying the cache.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use super::Bench;
use crate::cache::CacheError;
use crate::embed::{self, Runtime};
use crate::engine::settings::versions_kept;
use crate::engine::survey::{
    ModelCredit, SpareTake, Stored, Survey, TakesSurvey, bytes_of, has_rested,
};
use crate::platform;
use crate::store::StoreError;

impl Bench {
    /// Looks at everything that is kept. What cannot be read counts as empty: its state is told elsewhere. Takes `in_use`
    /// (file names) are not spare.
    pub fn survey(&mut self, in_use: &HashSet<String>) -> Survey {
        let takes = self.survey_takes(in_use).unwrap_or_else(|error| {
            tracing::debug!("takes are not counted: {error}");
            TakesSurvey::default()
        });
        let database = self.store.path();
        let with_suffix = |suffix: &str| {
            let mut path = database.as_os_str().to_owned();
            path.push(suffix);
            bytes_of(Path::new(&path))
        };
        let edited_versions = self
            .store
            .with(|store| store.versions_kept_for_edits(versions_kept(store)?))
            .inspect_err(|error| tracing::debug!("edited versions are not counted: {error}"));
        let models = embed::find_models(&platform::model_folders());
        let runtime = Runtime::load(&platform::runtime_candidates()).ok();
        Survey {
            database: Stored {
                path: database.to_owned(),
                bytes: bytes_of(database) + with_suffix("-wal"),
            },
            takes: TakesSurvey {
                folder: self.config.takes_folder.clone(),
                ..takes
            },
            edited_versions: edited_versions.unwrap_or_default(),
            cache: Stored {
                path: self.config.cache_folder.clone(),
                bytes: self.cache.size_bytes(),
            },
            models_folder: platform::user_folders()
                .map(|folders| folders.models)
                .unwrap_or_default(),
            models: models
                .into_iter()
                .flatten()
                .map(|manifest| {
                    let file = manifest.file();
                    ModelCredit {
                        key: manifest.key().to_owned(),
                        name: file.name.clone(),
                        licence: file.licence.clone(),
                        attribution: file.attribution.clone(),
                        folder: manifest.folder().to_owned(),
                    }
                })
                .collect(),
            runtime: runtime.map(|runtime| (runtime.build().to_owned(), runtime.path().to_owned())),
        }
    }

    fn survey_takes(&self, in_use: &HashSet<String>) -> Result<TakesSurvey, StoreError> {
        let (takes, spare, sources) = self
            .store
            .with(|store| Ok((store.takes()?, store.spare_takes()?, store.sources()?)))?;
        // Out of the database's lock: files are slow.
        let names: HashMap<_, _> = sources
            .into_iter()
            .map(|source| (source.id, source.name))
            .collect();
        let spare = spare
            .into_iter()
            .filter(|take| !in_use.contains(&take.filename) && has_rested(&take.path))
            .map(|take| SpareTake {
                source_name: names.get(&take.source).cloned().unwrap_or_default(),
                bytes: bytes_of(&take.path),
                created_at: take.created_at,
                filename: take.filename,
            });
        Ok(TakesSurvey {
            count: takes.len(),
            bytes: takes.iter().map(|take| bytes_of(&take.path)).sum(),
            spare: spare.collect(),
            ..TakesSurvey::default()
        })
    }

    /// Deletes the cached embeddings; returns how many bytes that freed.
    ///
    /// # Errors
    /// When a file cannot be deleted; the others are deleted all the same.
    pub fn empty_cache(&mut self) -> Result<u64, CacheError> {
        let bytes = self.cache.size_bytes();
        self.cache.purge()?;
        Ok(bytes)
    }
}
