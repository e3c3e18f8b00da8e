//! Reads a recording at the rate a model wants, such that a sample's value depends on its position alone.
//!
//! Scans read in long chunks, live scans in short ones and training reads single windows; all of them must see
//! exactly the same samples, or cached embeddings would differ from those computed again. So the recording
//! is divided into blocks counted from its first sample, each block is resampled as a unit by FFT, and a block's
//! output depends on that block and the one before it only. Worker threads only.

use std::ops::Range;

use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Resampler, WindowFunction};

use super::{AudioError, SampleSource, usable_rate};
use crate::time::SampleRate;

/// A [`SampleSource`] as seen at another rate.
pub struct ModelRateReader<'a> {
    source: &'a mut dyn SampleSource,
    rate: SampleRate,
    converter: Option<Converter>,
}

impl<'a> ModelRateReader<'a> {
    /// Reads `source` at `rate`; without any conversion when the rates agree.
    ///
    /// # Errors
    /// When either rate is none that a recording can have.
    pub fn new(source: &'a mut dyn SampleSource, rate: SampleRate) -> Result<Self, AudioError> {
        usable_rate(rate.hz())?;
        let from = usable_rate(source.rate().hz())?;
        let converter = (from != rate)
            .then(|| Converter::new(from, rate))
            .transpose()?;
        Ok(Self {
            source,
            rate,
            converter,
        })
    }

    /// Samples per second of what [`read`](Self::read) gives.
    pub fn rate(&self) -> SampleRate {
        self.rate
    }

    /// Length in samples at [`rate`](Self::rate), the last one possibly in part.
    pub fn frames(&self) -> u64 {
        let frames = u128::from(self.source.frames()) * u128::from(self.rate.hz());
        u64::try_from(frames.div_ceil(u128::from(self.source.rate().hz()))).unwrap_or(u64::MAX)
    }

    /// Fills `out` with the samples from `start` on, both counted at [`rate`](Self::rate). Outside the recording
    /// is silence, but for the ringing of the filter across its edges.
    ///
    /// # Errors
    /// When the recording cannot be read.
    pub fn read(&mut self, start: i64, out: &mut [f32]) -> Result<(), AudioError> {
        match &mut self.converter {
            None => self.source.read_mono(start, out),
            Some(converter) => converter.read(self.source, start, out),
        }
    }
}

/// Length of an input block, about: the filter is as long as the block, so this sets its steepness.
const BLOCK_FRAMES: usize = 1024;
/// Blocks read in one go.
const BLOCKS_AT_ONCE: usize = 8;

/// Does the converting, for whoever holds the source.
pub(crate) struct Converter {
    fft: Fft<f32>,
    from: SampleRate,
    to: SampleRate,
    block_in: usize,
    block_out: usize,
    /// The block that continues what `fft` has seen; `None` when it must be started afresh.
    next_block: Option<i64>,
    /// The output of the block before `next_block`: chunks rarely end where blocks do.
    last_output: Vec<f32>,
    input: Vec<f32>,
}

impl Converter {
    pub(crate) fn new(from: SampleRate, to: SampleRate) -> Result<Self, AudioError> {
        let (from_hz, to_hz) = (from.hz() as usize, to.hz() as usize);
        let divisor = greatest_common_divisor(from_hz, to_hz);
        let smallest_block_in = from_hz / divisor;
        // An even count makes both halves of the filter whole samples on both sides, hence the delay too.
        let block_in =
            smallest_block_in * BLOCK_FRAMES.div_ceil(smallest_block_in).next_multiple_of(2);
        let fft = Fft::new_custom(
            from_hz,
            to_hz,
            block_in,
            1,
            1,
            WindowFunction::BlackmanHarris2,
            FixedSync::Both,
        )
        .map_err(|error| resample_error(from, to, error))?;
        let (block_in, block_out) = (fft.fft_size_in(), fft.fft_size_out());
        Ok(Self {
            fft,
            from,
            to,
            block_in,
            block_out,
            next_block: None,
            last_output: vec![0.0; block_out],
            input: Vec::new(),
        })
    }

    /// Fills `out` with what `source` holds from `start` on, counted at the new rate.
    ///
    /// # Errors
    /// When the source cannot be read.
    pub(crate) fn read(
        &mut self,
        source: &mut dyn SampleSource,
        start: i64,
        out: &mut [f32],
    ) -> Result<(), AudioError> {
        let Some(last) = out.len().checked_sub(1) else {
            return Ok(());
        };
        // Positions in the filter's output, which lags behind by half a block.
        let from = start.saturating_add(self.fft.output_delay() as i64);
        let to = from.saturating_add(last as i64);
        let block_out = self.block_out as i64;
        let (first_block, last_block) = (from.div_euclid(block_out), to.div_euclid(block_out));

        let begin = match self.next_block {
            Some(next) if first_block == next || first_block == next - 1 => next,
            _ => {
                self.fft.reset();
                // Its output is incomplete, but it leaves behind the overlap that the first block needs.
                first_block - 1
            }
        };
        // Stays so on every early return: after an error the filter's memory belongs to no position.
        let resumed = self.next_block.take().is_some_and(|next| next == begin);
        if resumed && first_block < begin {
            self.copy_out(first_block, from, out);
        }

        let mut input = std::mem::take(&mut self.input);
        let converted =
            self.convert_blocks(source, begin..last_block + 1, &mut input, |this, block| {
                this.copy_out(block, from, out);
            });
        self.input = input;
        converted?;
        self.next_block = Some(begin.max(last_block + 1));
        Ok(())
    }

    /// Resamples `blocks` one after another and says of each when it is in `last_output`. A few at a time, which stay in the
    /// processor's cache on their way.
    fn convert_blocks(
        &mut self,
        source: &mut dyn SampleSource,
        blocks: Range<i64>,
        input: &mut Vec<f32>,
        mut converted: impl FnMut(&Self, i64),
    ) -> Result<(), AudioError> {
        for first in blocks.clone().step_by(BLOCKS_AT_ONCE) {
            let at_once = (first..blocks.end).take(BLOCKS_AT_ONCE);
            input.resize(at_once.clone().count() * self.block_in, 0.0);
            source.read_mono(first * self.block_in as i64, input)?;
            for (block, samples) in at_once.zip(input.chunks_exact(self.block_in)) {
                self.convert(samples)?;
                converted(self, block);
            }
        }
        Ok(())
    }

    /// Resamples one block into `last_output`.
    fn convert(&mut self, samples: &[f32]) -> Result<(), AudioError> {
        let (from, to) = (self.from, self.to);
        let input = InterleavedSlice::new(samples, 1, self.block_in)
            .map_err(|error| resample_error(from, to, error))?;
        let mut output = InterleavedSlice::new_mut(&mut self.last_output, 1, self.block_out)
            .map_err(|error| resample_error(from, to, error))?;
        self.fft
            .process_into_buffer(&input, &mut output, None)
            .map_err(|error| resample_error(from, to, error))?;
        Ok(())
    }

    /// Copies what `last_output`, the output of `block`, shares with `out`, whose first sample is `from`.
    fn copy_out(&self, block: i64, from: i64, out: &mut [f32]) {
        let offset = block * self.block_out as i64 - from;
        let (skip_block, skip_out) = if offset < 0 {
            (-offset, 0)
        } else {
            (0, offset)
        };
        let (Some(target), Some(samples)) = (
            out.get_mut(skip_out as usize..),
            self.last_output.get(skip_block as usize..),
        ) else {
            return;
        };
        let length = target.len().min(samples.len());
        target[..length].copy_from_slice(&samples[..length]);
    }
}

fn resample_error(from: SampleRate, to: SampleRate, reason: impl std::fmt::Display) -> AudioError {
    AudioError::Resample {
        from_hz: from.hz(),
        to_hz: to.hz(),
        reason: reason.to_string(),
    }
}

fn greatest_common_divisor(a: usize, b: usize) -> usize {
    if b == 0 {
        a
    } else {
        greatest_common_divisor(b, a % b)
    }
}

#[cfg(test)]
mod tests;
