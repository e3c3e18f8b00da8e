//! The windows of a recording as points of a classifier's space, cached: the projection takes most of the time of scoring, and
//! it is the same for every classifier that was trained from the same recordings.
//!
//! They lie in the cache like embeddings, a row for each window, and count as those of a model of their own, a different one for
//! each space: sounds that are looked for together need not have been trained on the same day. Those of a space that nobody uses any
//! more are deleted like everything in the cache that was not used for long.

use parking_lot::Mutex;

use super::Worker;
use super::scoring::{Scoring, WINDOWS_AT_ONCE, on_threads};
use crate::cache::{CacheKey, RowLayout, StepMap};
use crate::classifier::Space;
use crate::job::JobControl;

/// Windows whose points are made before they are kept: some megabytes of them.
const WINDOWS_IN_A_ROUND: u64 = 8_192;

/// What the points of a recording are found by, whose embeddings are found by `key`.
pub(super) fn key_of_points(key: &CacheKey, space: &Space) -> CacheKey {
    CacheKey {
        recording: key.recording.clone(),
        fingerprint: key.fingerprint.clone(),
        model_sha256: format!("{} points {}", key.model_sha256, space.identity()),
    }
}

impl Worker {
    /// The points under `key`, as far as the cache has them.
    pub(super) fn cached_points(&self, key: &CacheKey, space: &Space, job: &JobControl) -> StepMap {
        let rows = RowLayout::new([space.point_dims()]);
        let found = self.cache.load_while(key, &rows, &mut || job.proceed());
        found.unwrap_or_else(|| StepMap::new(rows))
    }

    /// Keeps `points` for the next scan. Where that cannot be, it makes them again.
    pub(super) fn save_points(&self, key: &CacheKey, points: &mut StepMap) {
        if let Err(error) = self.cache.save(key, points) {
            tracing::debug!("points are not kept: {error}");
        }
    }
}

impl Scoring<'_> {
    /// Makes the points of the first `windows` windows that are missing in `points`, as long as it `goes_on`. Returns whether
    /// there were any.
    pub(super) fn complete_points(
        &self,
        space: &Space,
        points: &mut StepMap,
        windows: u64,
        goes_on: &(dyn Fn() -> bool + Sync),
    ) -> bool {
        points.extend(windows);
        points.truncate(windows);
        let missing = points.missing(0..windows);
        let rounds = missing.iter().flat_map(|range| {
            let starts = range.clone().step_by(WINDOWS_IN_A_ROUND as usize);
            starts.map(|start| start..(start + WINDOWS_IN_A_ROUND).min(range.end))
        });
        for round in rounds {
            let starts = round.clone().step_by(WINDOWS_AT_ONCE);
            let pieces = starts.clone().count();
            let waiting = Mutex::new(starts);
            let made = Mutex::new(Vec::with_capacity(pieces));
            on_threads(self.threads, pieces, || {
                loop {
                    let Some(start) = waiting.lock().next().filter(|_| goes_on()) else {
                        return;
                    };
                    let end = (start + WINDOWS_AT_ONCE as u64).min(round.end);
                    let points = space.points(&self.vectors(start..end));
                    made.lock().push((start, points));
                }
            });
            for (start, values) in made.into_inner() {
                points.insert(start, &values);
            }
        }
        !missing.is_empty()
    }
}
