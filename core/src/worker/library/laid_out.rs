//! From embeddings to rows of the index, and where the index of a model lies. Pure but for reading which folder that is.

use std::ops::Range;
use std::path::PathBuf;

use sha2::{Digest, Sha256};

use crate::cache::StepMap;
use crate::classifier::Space;
use crate::embed::Manifest;
use crate::library::index::Index;
use crate::library::row::RowsMade;
use crate::library::space::IndexSpace;
use crate::platform::path_text;
use crate::worker::scoring::windows_in;
use crate::worker::views::views_of;
use crate::worker::{OpenModel, Worker};

/// Windows that are projected in one go.
const WINDOWS_AT_ONCE: usize = 256;

/// What rows of one model's windows are made with.
pub(super) struct Layout {
    manifest: Manifest,
    /// Brings the views to unit length; it has learned nothing.
    views: Space,
    space: IndexSpace,
}

impl Layout {
    pub fn of(manifest: &Manifest) -> Self {
        let views = Space::learn(&[], &views_of(manifest));
        Self {
            manifest: manifest.clone(),
            space: IndexSpace::new(views.point_dims()),
            views,
        }
    }

    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Values in a row.
    pub fn dims(&self) -> usize {
        self.space.dims()
    }

    pub fn space_name(&self) -> String {
        self.space.name(self.manifest.sha256())
    }

    /// The points of the windows `first..end` of `map`, row by row; `NaN`s where a step is missing.
    pub fn points(&self, map: &StepMap, first: u64, end: u64) -> Vec<f32> {
        let overlap = self.manifest.window_steps() as u64 - 1;
        let steps = map.steps_f32(first..(end + overlap).min(map.len()));
        let windows = self.manifest.pool_windows(&steps);
        self.space.project(self.views.points(&windows))
    }

    /// How many windows `map` has.
    pub fn windows(&self, map: &StepMap) -> usize {
        windows_in(map.len(), &self.manifest) as usize
    }

    /// The rows of these windows of `map`.
    pub fn rows(&self, map: &StepMap, windows: Range<usize>) -> RowsMade {
        let mut rows = RowsMade::default();
        for first in windows.clone().step_by(WINDOWS_AT_ONCE) {
            let end = (first + WINDOWS_AT_ONCE).min(windows.end);
            let points = self.points(map, first as u64, end as u64);
            for point in points.chunks_exact(self.dims()) {
                rows.push(point);
            }
        }
        rows
    }
}

impl Worker {
    /// What the rows of the model `key` are made with. Opens no session.
    pub(super) fn layout(&self, key: &str) -> Result<Layout, crate::protocol::EngineError> {
        let manifest = match self.models.get(key) {
            Some(OpenModel { manifest, .. }) => manifest.clone(),
            None => crate::worker::find_manifest(key)?,
        };
        Ok(Layout::of(&manifest))
    }

    /// The folder of the index of one model's rows. Each database has its own, because another one has another library.
    pub(super) fn index_folder(&self, layout: &Layout) -> PathBuf {
        let mut name = Sha256::new();
        name.update(path_text(self.store.path()));
        name.update([0]);
        name.update(layout.space_name());
        let name: Vec<String> = name
            .finalize()
            .iter()
            .take(8)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        self.indexes_folder().join(name.concat())
    }

    /// The folder of the folders of all indexes.
    pub(in crate::worker) fn indexes_folder(&self) -> PathBuf {
        self.config.cache_folder.join("library")
    }

    /// The index of one model's rows, to be searched.
    pub(super) fn open_index(&self, layout: &Layout) -> Index {
        let folder = self.index_folder(layout);
        Index::open(&folder, &layout.space_name(), layout.dims())
    }
}
