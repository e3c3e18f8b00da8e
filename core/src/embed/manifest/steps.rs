//! Where steps and windows lie in a recording, computed from the manifest. Pure arithmetic.
//!
//! A step is what the cache keeps a vector of. For independent windows a step is a window; for pooled ones it is a few
//! frames, and windows are runs of steps.

use std::ops::Range;

use super::{Fill, FrontEnd, Layout, Manifest, Pooling, Windows};
use crate::embed::pooling::pool_windows;

/// A change of one sample changes resampled samples this far away, at most: the filter of a recording at the lowest rate.
const FILTER_S: f64 = 0.15;
/// About this much sound goes through a model in one run as windows.
const RUN_S: f64 = 30.0;
/// And this much as one stretch, whose context on both sides costs more of a shorter one. Memory grows with it.
const STRETCH_S: f64 = 60.0;
/// Windows that go through a model in one run, at most.
const MOST_WINDOWS: usize = 32;

impl Manifest {
    /// Samples from one step to the next, at the model's rate.
    pub fn step_samples(&self) -> u64 {
        match (self.file.windows, self.file.layout) {
            (Windows::Independent { hop_samples, .. }, _) => hop_samples as u64,
            (
                Windows::Pooled {
                    frames_per_step, ..
                },
                Layout::Frames { hop_samples, .. },
            ) => (frames_per_step * hop_samples) as u64,
            // Refused when the manifest was checked.
            (Windows::Pooled { .. }, Layout::Vector) => 1,
        }
    }

    /// Samples that a step is made from; more than [`step_samples`](Self::step_samples) where windows or frames overlap.
    pub fn step_cover_samples(&self) -> u64 {
        match (self.file.windows, self.file.layout) {
            (Windows::Independent { window_samples, .. }, _) => window_samples as u64,
            (
                Windows::Pooled {
                    frames_per_step, ..
                },
                Layout::Frames {
                    hop_samples,
                    cover_samples,
                    ..
                },
            ) => ((frames_per_step - 1) * hop_samples + cover_samples) as u64,
            (Windows::Pooled { .. }, Layout::Vector) => 1,
        }
    }

    /// Steps on either side that influence a step and are heard with it.
    pub fn context_steps(&self) -> usize {
        match self.file.windows {
            Windows::Independent { .. } => 0,
            Windows::Pooled { context_steps, .. } => context_steps,
        }
    }

    /// Steps in one scored window.
    pub fn window_steps(&self) -> usize {
        match self.file.windows {
            Windows::Independent { .. } => 1,
            Windows::Pooled { window_steps, .. } => window_steps,
        }
    }

    /// Length of one scored window in samples at the model's rate.
    pub fn window_samples(&self) -> u64 {
        match self.file.windows {
            Windows::Independent { window_samples, .. } => window_samples as u64,
            Windows::Pooled { window_steps, .. } => self.step_samples() * window_steps as u64,
        }
    }

    /// The steps whose vectors make that of the window that begins at step `start`.
    pub fn pooled_steps(&self, start: u64) -> Range<u64> {
        let window = self.window_steps();
        let pooled = match self.file.windows {
            Windows::Pooled {
                pooled_steps: Some(pooled),
                ..
            } => pooled,
            _ => window,
        };
        let margin = window.saturating_sub(pooled) / 2;
        let first = start + margin as u64;
        first..first + (window - 2 * margin) as u64
    }

    /// Vectors of the windows in `steps`: `windows x dims`, row by row, window `i` beginning at step `i`. What is shorter
    /// than a window gives one window; a step that is `NaN`, because it was not embedded, makes its windows `NaN`.
    pub fn pool_windows(&self, steps: &[f32]) -> Vec<f32> {
        let (pooled, pooling) = match self.file.windows {
            Windows::Independent { .. } => (1, Pooling::Max),
            Windows::Pooled {
                window_steps,
                pooled_steps,
                pooling,
                ..
            } => (pooled_steps.unwrap_or(window_steps), pooling),
        };
        let dims = self.dims();
        let count = steps.len() / dims.max(1);
        let window = self.window_steps().min(count);
        // The ends of each window are left out: those of all together.
        let margin = window.saturating_sub(pooled) / 2 * dims;
        let inner = steps.get(margin..steps.len().saturating_sub(margin));
        let pooled = window.saturating_sub(2 * (margin / dims.max(1)));
        pool_windows(inner.unwrap_or_default(), dims, pooled, pooling)
    }

    /// Seconds from one step to the next, and so from one window to the next.
    pub fn step_s(&self) -> f64 {
        self.step_samples() as f64 / f64::from(self.rate.hz())
    }

    /// Length of one scored window in seconds.
    pub fn window_s(&self) -> f64 {
        self.window_samples() as f64 / f64::from(self.rate.hz())
    }

    /// Steps of a recording of `frames` samples at the model's rate: at least one for anything that is not empty,
    /// the last one filled up with silence.
    pub fn total_steps(&self, frames: u64) -> u64 {
        let overlap = self.step_cover_samples() - self.step_samples();
        match frames {
            0 => 0,
            _ => frames
                .saturating_sub(overlap)
                .div_ceil(self.step_samples())
                .max(1),
        }
    }

    /// The leading steps of a growing recording, `frames` samples long by now, that stay as they are whatever is
    /// appended. The margin covers the model's context and the resampler's filter.
    pub fn settled_steps(&self, frames: u64) -> u64 {
        let certain = frames.saturating_sub(self.filter_samples());
        let settled = self
            .complete_steps(certain)
            .saturating_sub(self.context_steps() as u64);
        match self.grid_steps() {
            Some(grid) => settled / grid * grid,
            None => settled,
        }
    }

    /// The leading steps of a growing recording, `frames` samples long by now, that are worth embedding before they are
    /// [settled](Self::settled_steps): all that was heard whole, where the context that is still to come changes little and a
    /// run costs little. Never less than is settled.
    pub fn early_steps(&self, frames: u64) -> u64 {
        match (self.context_steps(), self.grid_steps()) {
            (1.., None) => self.complete_steps(frames),
            _ => self.settled_steps(frames),
        }
    }

    /// Steps made of nothing beyond the first `frames` samples.
    fn complete_steps(&self, frames: u64) -> u64 {
        match frames.checked_sub(self.step_cover_samples()) {
            Some(rest) => rest / self.step_samples() + 1,
            None => 0,
        }
    }

    /// The steps that change when `samples`, counted at the model's rate, are replaced. May reach past the end
    /// of the recording.
    pub fn steps_affected(&self, samples: Range<u64>) -> Range<u64> {
        if samples.is_empty() {
            return 0..0;
        }
        let margin = self.context_steps() as u64 + self.filter_steps();
        let first = samples
            .start
            .saturating_sub(self.step_cover_samples() - 1)
            .div_ceil(self.step_samples());
        let last = (samples.end - 1) / self.step_samples();
        let affected = first.saturating_sub(margin)..last.saturating_add(margin + 1);
        match self.grid_steps() {
            Some(grid) => affected.start / grid * grid..affected.end.div_ceil(grid) * grid,
            None => affected,
        }
    }

    /// Steps that go through the model in one run. What is embedded in pieces of this length, counted from the first
    /// step, is embedded with no work done twice.
    pub fn run_steps(&self) -> u64 {
        let fitting = (STRETCH_S / self.step_s()) as u64;
        match self.file.windows {
            Windows::Independent { .. } => {
                ((RUN_S / self.window_s()) as u64).clamp(1, MOST_WINDOWS as u64)
            }
            Windows::Pooled { .. } => self.grid_steps().unwrap_or((fitting / 10 * 10).max(1)),
        }
    }

    /// Steps of one cell of the grid that stretches must lie on, where they must.
    pub(in crate::embed) fn grid_steps(&self) -> Option<u64> {
        match self.file.windows {
            Windows::Pooled { stretch_steps, .. } => stretch_steps.map(|steps| steps.max(1) as u64),
            Windows::Independent { .. } => None,
        }
    }

    /// What fills up a window that reaches beyond the end of the recording.
    pub(in crate::embed) fn fill(&self) -> Fill {
        match self.file.windows {
            Windows::Independent { fill, .. } => fill,
            Windows::Pooled { .. } => Fill::Silence,
        }
    }

    /// Steps from the start of a window to the first one that shares no sound with it.
    pub fn steps_apart(&self) -> usize {
        self.window_samples().div_ceil(self.step_samples()) as usize
    }

    /// Whether every step is a model run of its own.
    pub(crate) fn has_independent_windows(&self) -> bool {
        matches!(self.file.windows, Windows::Independent { .. })
    }

    /// Samples of a run of `steps` steps in one stretch.
    pub(in crate::embed) fn stretch_samples(&self, steps: u64) -> u64 {
        steps.saturating_sub(1) * self.step_samples() + self.step_cover_samples()
    }

    /// Shape of one item of the model's input that is made of `samples` samples, without the batch.
    pub(in crate::embed) fn item_shape(&self, samples: usize) -> Vec<usize> {
        match self.file.front_end {
            FrontEnd::Waveform(settings) if settings.channel_axis => vec![1, samples],
            FrontEnd::Waveform(_) => vec![samples],
            FrontEnd::LogMel(settings) => {
                let frames = samples
                    .checked_sub(settings.fft)
                    .map_or(0, |rest| rest / settings.hop + 1);
                vec![frames, settings.bands]
            }
        }
    }

    fn filter_samples(&self) -> u64 {
        (FILTER_S * f64::from(self.rate.hz())) as u64
    }

    fn filter_steps(&self) -> u64 {
        self.filter_samples().div_ceil(self.step_samples()).max(1)
    }
}
