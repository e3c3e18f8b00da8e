//! Looking at what is kept, and emptying the cache.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use super::Worker;
use crate::cache::CacheError;
use crate::embed::{self, Runtime};
use crate::library::index;
use crate::platform;
use crate::protocol::{
    InUse, ModelCredit, RetentionSurvey, Stored, Survey, TakesSurvey, UnmarkedTake,
};
use crate::settings::versions_kept;
use crate::store::{StoreError, TakeRow};
use crate::worker::retention;
use crate::worker::retention::{EMBEDDINGS_WENT, TAKES_WENT, bytes_of, may_be_deleted};

impl Worker {
    /// Looks at everything that is kept. What cannot be read counts as empty: the window shows its state elsewhere. Takes `in_use`
    /// are not listed as unmarked.
    pub fn survey(&mut self, in_use: &InUse) -> Survey {
        let (takes, retention) = self.survey_takes(in_use).unwrap_or_else(|error| {
            tracing::debug!("takes are not counted: {error}");
            Default::default()
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
            retention,
            cache: Stored {
                path: self.config.cache_folder.clone(),
                bytes: self.cache.size_bytes() + index::size_bytes(&self.indexes_folder()),
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

    fn survey_takes(&self, in_use: &InUse) -> Result<(TakesSurvey, RetentionSurvey), StoreError> {
        let (takes, mut unmarked, sources) = self
            .store
            .with(|store| Ok((store.takes()?, store.unmarked_takes()?, store.sources()?)))?;
        let (embeddings_kept, takes_went, embeddings_went) = self.store.with(|store| {
            Ok((
                retention::embeddings_kept(store)?,
                retention::last_deletion(store, TAKES_WENT)?,
                retention::last_deletion(store, EMBEDDINGS_WENT)?,
            ))
        })?;
        let places = self.store.places();
        let kept_for = retention::takes_kept_for(&places);
        // Out of the database's lock: files are slow.
        unmarked.retain(|take| {
            !in_use.has(take) && may_be_deleted(take, &self.config, &places).is_ok()
        });
        let due = unmarked.iter().filter(|take| {
            kept_for.is_some_and(|kept_for| retention::is_due(&take.path, kept_for))
        });
        let stays = self.recordings_in_use(&takes, in_use);
        let surplus = self
            .cache
            .surplus(embeddings_kept, &|path| stays.contains(path));
        let retention = RetentionSurvey {
            due_takes: due.map(|take| take.filename.clone()).collect(),
            takes_went,
            due_embeddings: surplus.iter().map(|(_, bytes)| bytes).sum(),
            embeddings_went,
        };
        let names: HashMap<_, _> = sources
            .into_iter()
            .map(|source| (source.id, source.name))
            .collect();
        let unmarked = unmarked.into_iter().map(|take| UnmarkedTake {
            source_name: names.get(&take.source).cloned().unwrap_or_default(),
            bytes: bytes_of(&take.path),
            created_at: take.created_at,
            filename: take.filename,
        });
        let survey = TakesSurvey {
            count: takes.len(),
            bytes: takes.iter().map(|take| bytes_of(&take.path)).sum(),
            unmarked: unmarked.collect(),
            ..TakesSurvey::default()
        };
        Ok((survey, retention))
    }

    /// Deletes cached embeddings that are more than the settings allow, those used longest ago first; never those of takes
    /// `in_use`.
    ///
    /// # Errors
    /// When the database cannot be read; then nothing goes.
    pub fn trim_cache(&mut self, in_use: &InUse) -> Result<(), StoreError> {
        let (kept, takes) = self
            .store
            .with(|store| Ok((retention::embeddings_kept(store)?, store.takes()?)))?;
        let stays = self.recordings_in_use(&takes, in_use);
        let (count, bytes) = self.cache.trim(kept, &|path| stays.contains(path));
        if count > 0 {
            self.store
                .with(|store| retention::note_deletion(store, EMBEDDINGS_WENT, count, bytes))?;
        }
        Ok(())
    }

    /// What the cache calls the recordings that somebody works with.
    fn recordings_in_use(&self, takes: &[TakeRow], in_use: &InUse) -> HashSet<String> {
        let of_takes = takes.iter().filter(|take| in_use.has(take));
        let held = self.held.slots().map(|(path, _)| path.as_path());
        of_takes
            .map(|take| take.path.as_path())
            .chain(held)
            .map(platform::path_text)
            .collect()
    }

    /// Deletes the cached embeddings and the indexes of libraries; returns how many bytes that freed.
    ///
    /// # Errors
    /// When a file cannot be deleted; the others are deleted all the same.
    pub fn empty_cache(&mut self) -> Result<u64, CacheError> {
        let indexes = self.indexes_folder();
        let bytes = self.cache.size_bytes() + index::size_bytes(&indexes);
        let deleted = index::delete_all(&indexes).map_err(|source| CacheError::Purge {
            path: indexes,
            source,
        });
        self.cache.purge()?;
        deleted?;
        Ok(bytes)
    }
}
