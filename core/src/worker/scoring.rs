//! From embedded windows to scores, on several threads. Worker thread and threads of its own that end before it goes on; touches
//! no disk.

use std::num::NonZeroUsize;
use std::ops::Range;

use parking_lot::Mutex;

use crate::cache::StepMap;
use crate::classifier::Joint;
use crate::embed::Manifest;
use crate::scan::WindowScores;

/// `windows` windows that nothing has scored.
pub(super) fn empty_scores(windows: u64, manifest: &Manifest) -> WindowScores {
    WindowScores {
        hop_s: manifest.step_s(),
        window_s: manifest.window_s(),
        scores: vec![f32::NAN; windows as usize],
        ..WindowScores::default()
    }
}

/// How many windows lie in `steps` steps; a recording shorter than a window counts as one.
pub(super) fn windows_in(steps: u64, manifest: &Manifest) -> u64 {
    match steps {
        0 => 0,
        _ => steps.saturating_sub(manifest.window_steps() as u64) + 1,
    }
}

/// Windows scored in one go: with what becomes of them, they stay in the processor's cache.
pub(super) const WINDOWS_AT_ONCE: usize = 256;

/// What windows are scored from, on up to `threads` threads.
pub(super) struct Scoring<'a> {
    pub map: &'a StepMap,
    pub manifest: &'a Manifest,
    pub threads: NonZeroUsize,
}

impl Scoring<'_> {
    /// Scores the windows `range` again by each of the classifiers, whose scores are in their order, where their steps are embedded,
    /// as long as it `goes_on`.
    pub(super) fn score(
        &self,
        joint: &Joint,
        scores: &mut [WindowScores],
        range: Range<u64>,
        goes_on: &(dyn Fn() -> bool + Sync),
    ) {
        let end = range.end.min(windows_in(self.map.len(), self.manifest));
        let slots = scores.iter_mut();
        let slots = slots.map(|scores| scores.scores.get_mut(range.start as usize..end as usize));
        let Some(slots) = slots.collect::<Option<Vec<_>>>() else {
            return;
        };
        score_pieces(slots, self.threads, goes_on, |piece| {
            let vectors = self.vectors(range.start + piece.start..range.start + piece.end);
            joint.predict(&vectors)
        });
    }

    /// The raw vectors of the windows `range`, which begin within the map. A step that is not embedded is NaN and stays so through
    /// pooling and prediction.
    pub(super) fn vectors(&self, range: Range<u64>) -> Vec<f32> {
        let overlap = self.manifest.window_steps() as u64 - 1;
        let steps = range.start..(range.end + overlap).min(self.map.len());
        self.manifest.pool_windows(&self.map.steps_f32(steps))
    }
}

/// Fills `slots`, those of each classifier, with the scores that `score` gives by each for a range of windows, some hundreds at a time
/// on up to `threads` threads, as long as it `goes_on`.
pub(super) fn score_pieces(
    slots: Vec<&mut [f32]>,
    threads: NonZeroUsize,
    goes_on: &(dyn Fn() -> bool + Sync),
    score: impl Fn(Range<u64>) -> Vec<Vec<f32>> + Sync,
) {
    let windows = slots.first().map_or(0, |slots| slots.len());
    let pieces = windows.div_ceil(WINDOWS_AT_ONCE);
    let mut cut: Vec<Vec<&mut [f32]>> = (0..pieces).map(|_| Vec::new()).collect();
    for slots in slots {
        for (piece, slots) in cut.iter_mut().zip(slots.chunks_mut(WINDOWS_AT_ONCE)) {
            piece.push(slots);
        }
    }
    let starts = (0..).step_by(WINDOWS_AT_ONCE);
    let waiting = Mutex::new(starts.zip(cut));
    on_threads(threads, pieces, || {
        loop {
            let Some((start, piece)) = waiting.lock().next().filter(|_| goes_on()) else {
                return;
            };
            let length = piece.first().map_or(0, |slots| slots.len() as u64);
            let scores = score(start..start + length);
            for (slots, scores) in piece.into_iter().zip(scores) {
                for (slot, score) in slots.iter_mut().zip(scores) {
                    *slot = score;
                }
            }
        }
    });
}

/// Does `work` on as many as `threads` threads, but no more than there are `pieces` of it.
pub(super) fn on_threads(threads: NonZeroUsize, pieces: usize, work: impl Fn() + Sync) {
    std::thread::scope(|scope| {
        for _ in 1..threads.get().min(pieces) {
            let helper = std::thread::Builder::new().name(String::from("earmark-score"));
            // Without help it takes longer.
            if let Err(error) = helper.spawn_scoped(scope, &work) {
                tracing::debug!(%error, "scoring on fewer threads");
            }
        }
        work();
    });
}
