//! Sounds like this one: the windows that are most like those of some examples, in the recordings that the user names.

use std::collections::VecDeque;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use super::indexing::length_of;
use super::laid_out::Layout;
use super::similar_places::{Found, Places};
use super::similar_request::{SimilarHit, SimilarRequest, SimilarScope};
use crate::job::JobControl;
use crate::library::audio_files::find_audio;
use crate::library::row::RowsMade;
use crate::library::search::{Centre, Search};
use crate::protocol::{EngineError, Example};
use crate::recording::{Recording, known_recordings};
use crate::store::LibraryFile;
use crate::time::Span;
use crate::worker::Worker;
use crate::worker::embeddings::Wanted;
use crate::worker::scoring::windows_in;

/// What was rejected counts so much of what was asked for.
const REJECTED_SHARE: f32 = 0.5;

/// Recordings with their rows.
#[derive(Default)]
struct Heard {
    /// Recordings that were laid out, and those that could not be.
    tried: usize,
    found: Vec<Found>,
    rows: Vec<Arc<RowsMade>>,
}

/// A search that can be interrupted and goes on where it was.
pub struct SimilarWork {
    request: SimilarRequest,
    /// The point that is searched for, once the examples were listened to.
    query: Option<Vec<f32>>,
    /// The recordings outside the index that are not laid out yet, once it is known which there are.
    left: Option<VecDeque<Recording>>,
    heard: Heard,
}

impl SimilarWork {
    /// A search that has not begun.
    pub fn new(request: SimilarRequest) -> Self {
        Self {
            request,
            query: None,
            left: None,
            heard: Heard::default(),
        }
    }
}

impl Worker {
    /// The events that are most like the examples, the most like first, without the examples themselves.
    ///
    /// # Errors
    /// When an example, the model, the database or what is to be searched cannot be read, and [`EngineError::Cancelled`].
    pub fn similar(
        &mut self,
        request: &SimilarRequest,
        job: &JobControl,
    ) -> Result<Vec<SimilarHit>, EngineError> {
        self.similar_further(&mut SimilarWork::new(request.clone()), job)
    }

    /// Goes on with a search, to its end or until `job` breaks it off: then it can be called again with the same work.
    ///
    /// # Errors
    /// As [`similar`](Self::similar).
    pub fn similar_further(
        &mut self,
        work: &mut SimilarWork,
        job: &JobControl,
    ) -> Result<Vec<SimilarHit>, EngineError> {
        self.notice_new_description(&work.request.model)?;
        let layout = self.layout(&work.request.model)?;
        let query = match &work.query {
            Some(query) => query.clone(),
            None => work
                .query
                .insert(self.query(&work.request, &layout, job)?)
                .clone(),
        };
        job.go_on()?;
        let index;
        let places = match self.index_files(&work.request.scope)? {
            Some(files) => {
                index = self.open_index(&layout);
                Places::in_index(&index, &files)
            }
            None => {
                self.hear(work, &layout, job)?;
                Places::of(&work.heard.rows, work.heard.found.clone())
            }
        };
        if places.searched.is_empty() {
            return Err(EngineError::NothingIndexed);
        }
        job.stage("searching", 0.0);
        let except = places.except(&work.request, &layout);
        let centre = Centre::of(&places.searched, layout.dims());
        let search = Search {
            queries: &[query],
            centre: &centre,
            except: &except,
            apart: layout.manifest().steps_apart(),
            top: work.request.top,
            threads: self.inference_threads(),
        };
        let found = search.run(&places.searched, &|| !job.is_cancelled());
        if job.is_cancelled() {
            return Err(EngineError::Cancelled);
        }
        let hits = found.into_iter().flatten();
        Ok(hits
            .filter_map(|event| places.hit(&event, &layout))
            .collect())
    }

    /// The point that is searched for: the mean of the examples, less what was rejected.
    fn query(
        &mut self,
        request: &SimilarRequest,
        layout: &Layout,
        job: &JobControl,
    ) -> Result<Vec<f32>, EngineError> {
        let mut query = vec![0.0; layout.dims()];
        let mut add = |worker: &mut Self, examples: &[Example], weight: f32| {
            for example in examples {
                let point = worker.point_of(example, layout, job)?;
                let weight = weight / examples.len() as f32;
                for (sum, value) in query.iter_mut().zip(point) {
                    *sum += weight * value;
                }
            }
            Ok::<_, EngineError>(())
        };
        add(self, &request.examples, 1.0)?;
        add(self, &request.rejected, -REJECTED_SHARE)?;
        Ok(query)
    }

    /// The mean of the points of the windows in `example`, of unit length each.
    fn point_of(
        &mut self,
        example: &Example,
        layout: &Layout,
        job: &JobControl,
    ) -> Result<Vec<f32>, EngineError> {
        let manifest = layout.manifest().clone();
        let overlap = manifest.window_steps() as u64 - 1;
        let wanted = |steps: u64| {
            let windows = windows_of(example.span, windows_in(steps, &manifest), layout);
            std::iter::once(windows.start..windows.end + overlap).collect()
        };
        job.stage(format!("listening to {}", example.recording.filename), 0.0);
        let map = self.embeddings(
            &example.recording,
            manifest.key(),
            &Wanted::Steps(&wanted),
            job,
        )?;
        let windows = windows_of(example.span, windows_in(map.len(), &manifest), layout);
        let points = layout.points(map, windows.start, windows.end);
        let mut mean = vec![0.0; layout.dims()];
        for point in points.chunks_exact(layout.dims()) {
            let length = point.iter().map(|value| value * value).sum::<f32>().sqrt();
            if length.is_normal() {
                for (sum, value) in mean.iter_mut().zip(point) {
                    *sum += value / length;
                }
            }
        }
        let length = mean.iter().map(|value| value * value).sum::<f32>().sqrt();
        if length > 0.0 {
            mean.iter_mut().for_each(|value| *value /= length);
        }
        Ok(mean)
    }

    /// The files of the index that `scope` is about; `None` when it is about other recordings.
    fn index_files(&self, scope: &SimilarScope) -> Result<Option<Vec<LibraryFile>>, EngineError> {
        let below = match scope {
            SimilarScope::Recording | SimilarScope::Profile(_) => return Ok(None),
            SimilarScope::Library => None,
            SimilarScope::Folder(path) => Some(path.as_path()),
        };
        let folders = self.store.with(|store| store.library_folders())?;
        if folders.is_empty() && below.is_none() {
            return Err(EngineError::EmptyLibrary);
        }
        let is_part = |below: &Path| folders.iter().any(|folder| below.starts_with(&folder.path));
        if below.is_some_and(|below| !is_part(below)) {
            return Ok(None);
        }
        let mut files = Vec::new();
        for folder in folders {
            let own = self.store.with(|store| store.library_files(folder.id))?;
            let is_wanted =
                |file: &LibraryFile| below.is_none_or(|below| file.path.starts_with(below));
            files.extend(own.into_iter().filter(is_wanted));
        }
        Ok(Some(files))
    }

    /// Embeds the recordings that are not searched through the index, as far as the cache does not have them, and lays them out. One
    /// that cannot be read is named among the notices.
    fn hear(
        &mut self,
        work: &mut SimilarWork,
        layout: &Layout,
        job: &JobControl,
    ) -> Result<(), EngineError> {
        let left = match work.left.take() {
            Some(left) => left,
            None => self.outside_index(&work.request, job)?.into(),
        };
        let left = work.left.insert(left);
        let heard = &mut work.heard;
        let count = (heard.tried + left.len()).max(1) as f64;
        while let Some(recording) = left.front().cloned() {
            job.part(heard.tried as f64 / count, 1.0 / count);
            job.stage(format!("listening to {}", recording.filename), 0.0);
            match self.lay_out(&recording, layout, job) {
                Ok((rows, found)) => {
                    heard.rows.push(rows);
                    heard.found.push(found);
                }
                Err(error) if error.is_about_one_recording() => {
                    let notice = format!("left out {}: {error}", recording.path.display());
                    self.notices.push(notice);
                }
                Err(error) => return Err(error),
            }
            left.pop_front();
            heard.tried += 1;
        }
        job.part(0.0, 1.0);
        Ok(())
    }

    /// The recordings that are searched, of a scope that is not searched through the index.
    fn outside_index(
        &self,
        request: &SimilarRequest,
        job: &JobControl,
    ) -> Result<Vec<Recording>, EngineError> {
        Ok(match &request.scope {
            SimilarScope::Profile(profile) => known_recordings(&self.store, profile)?,
            SimilarScope::Folder(folder) => {
                let found = find_audio(folder, &mut |_| job.proceed());
                let found = found.ok_or(EngineError::Cancelled)?;
                let found = found.files.iter();
                found
                    .map(|file| Recording::said(&file.path.display().to_string(), &file.path))
                    .collect()
            }
            SimilarScope::Recording | SimilarScope::Library => {
                let first = request.examples.first();
                first.iter().map(|first| first.recording.clone()).collect()
            }
        })
    }

    /// The rows of a recording. What the worker held before of it, such as what a live scan follows, it holds after.
    fn lay_out(
        &mut self,
        recording: &Recording,
        layout: &Layout,
        job: &JobControl,
    ) -> Result<(Arc<RowsMade>, Found), EngineError> {
        let state = recording.cache_key(layout.manifest().sha256())?;
        let rows = match self.kept_rows.get(&state) {
            Some(rows) => rows,
            None => {
                let key = layout.manifest().key();
                let slot = (recording.path.clone(), key.to_owned());
                let was_held = self.held.contains(&slot);
                let map = self.embeddings(recording, key, &Wanted::Everything, job)?;
                let rows = Arc::new(layout.rows(map, 0..layout.windows(map)));
                if !was_held {
                    self.held.remove(&slot);
                }
                self.kept_rows.keep(state, &rows);
                rows
            }
        };
        let found = Found {
            length_s: length_of(&recording.path, job),
            paths: vec![recording.path.clone()],
            first: 0,
        };
        Ok((rows, found))
    }
}

/// The windows of a recording of `windows` windows whose middle lies in `span`: at least one, the nearest to the middle of the span.
fn windows_of(span: Span, windows: u64, layout: &Layout) -> Range<u64> {
    let (step_s, window_s) = (layout.manifest().step_s(), layout.manifest().window_s());
    let at = |time_s: f64| (time_s - window_s / 2.0) / step_s;
    let last = windows.saturating_sub(1);
    let first = at(span.start_s()).ceil().max(0.0) as u64;
    let end = (at(span.end_s()).floor() + 1.0).max(0.0) as u64;
    if first < end.min(windows) {
        return first..end.min(windows);
    }
    let middle = at((span.start_s() + span.end_s()) / 2.0).round().max(0.0) as u64;
    middle.min(last)..middle.min(last) + 1
}
