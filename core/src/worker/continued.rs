//! Takes of earlier sessions that are recorded into again: what was embedded of them stays true where nothing changed.
//!
//! The cache goes by a file's length and date, which the first new block changes. So each take's state is remembered before
//! the recorder may write, and with it what was written since.

use std::ops::Range;

use super::Worker;
use super::live::{LiveChange, at_model_rate};
use super::views::rows_of;
use crate::cache::StepMap;
use crate::embed::Manifest;
use crate::recording::Recording;
use crate::time::SampleRate;

/// A take as it was before this session.
pub(super) struct Continued {
    /// The state that its cached embeddings were made from.
    fingerprint: String,
    /// What was written into it since, in frames of the take and their rate; the span of all of it.
    changed: Option<(Range<u64>, SampleRate)>,
}

impl Worker {
    /// Remembers a take that the recorder may write into from now on, in the state it was in before.
    pub fn remember(&mut self, recording: &Recording, fingerprint: String) {
        let take = Continued {
            fingerprint,
            changed: None,
        };
        self.continued.insert(recording.path.clone(), take);
    }

    /// Notes that a remembered take was written into.
    pub(super) fn note_continued(&mut self, change: &LiveChange) {
        let Some(take) = self.continued.get_mut(&change.recording.path) else {
            return;
        };
        if change.frames.is_empty() {
            return;
        }
        let changed = take.changed.take().map_or_else(
            || change.frames.clone(),
            |(earlier, _)| {
                earlier.start.min(change.frames.start)..earlier.end.max(change.frames.end)
            },
        );
        take.changed = Some((changed, change.rate));
    }

    /// What an earlier session embedded of `recording` and this one has not changed; nothing for any other recording.
    pub(super) fn embedded_before(&self, recording: &Recording, manifest: &Manifest) -> StepMap {
        let nothing = || StepMap::new(rows_of(manifest));
        let Some(take) = self.continued.get(&recording.path) else {
            return nothing();
        };
        let key = recording.cache_key_in(take.fingerprint.clone(), manifest.sha256());
        let mut map = self
            .cache
            .load(&key, &rows_of(manifest))
            .unwrap_or_else(nothing);
        if let Some((frames, rate)) = &take.changed {
            let stale = manifest.steps_affected(at_model_rate(frames, *rate, manifest));
            map.invalidate(stale.start..stale.end.min(map.len()));
        }
        map
    }
}
