//! The spectrogram of a stretch of a recording: the level at each pitch over time. Worker threads only.
//!
//! Columns of short-time power spectra (Hann window), in rows of a frequency axis, as levels below full scale. It reads
//! only as much of a long stretch as the window can show.

use std::f64::consts::TAU;

use realfft::RealFftPlanner;
use realfft::num_complex::Complex;

use super::{AudioError, SampleSource};
use crate::frequency::FrequencyAxis;
use crate::time::Span;

/// Rows of a spectrogram.
pub const ROWS: usize = 160;
/// What is quieter than this below a full-scale sine is black, in decibels.
const FLOOR_DB: f32 = -96.0;
/// Spectra of which the loudest is taken where a column is longer than one.
const MOST_PER_COLUMN: usize = 4;
/// How many times longer windows get where only low frequencies are shown.
const MOST_CLOSER: f64 = 8.0;

/// Levels of a stretch, 0 for silence to 255 for full scale.
#[derive(Debug, Clone, PartialEq)]
pub struct Spectrogram {
    pub span: Span,
    pub columns: usize,
    /// Column by column, each [`ROWS`] from the lower end of the axis to the upper one.
    pub levels: Vec<u8>,
    /// The frequencies of the rows.
    pub axis: FrequencyAxis,
}

impl Spectrogram {
    /// The spectrogram of `span` in so many columns, with the frequencies of `axis`; `None` when `is_cancelled` said so between two of them.
    ///
    /// # Errors
    /// When the recording has become unreadable.
    pub fn of(
        source: &mut dyn SampleSource,
        span: Span,
        columns: usize,
        axis: FrequencyAxis,
        mut is_cancelled: impl FnMut() -> bool,
    ) -> Result<Option<Self>, AudioError> {
        let rate_hz = f64::from(source.rate().hz());
        let column_s = span.duration_s() / columns.max(1) as f64;
        let length = window_length(column_s * rate_hz, 0.5 * rate_hz / axis.band().high_hz());
        let rows = rows(length, rate_hz, axis);
        let fft = RealFftPlanner::<f32>::new().plan_fft_forward(length);
        let hann: Vec<f32> = (0..length)
            .map(|index| (0.5 - 0.5 * (TAU * index as f64 / length as f64).cos()) as f32)
            .collect();
        let full_scale = 0.5 * hann.iter().sum::<f32>();
        let (mut samples, mut spectrum) = (fft.make_input_vec(), fft.make_output_vec());
        let mut scratch = fft.make_scratch_vec();
        let per_column = (column_s * rate_hz / length as f64).ceil().max(1.0) as usize;
        let per_column = per_column.min(MOST_PER_COLUMN);

        let mut levels = Vec::with_capacity(columns * ROWS);
        let mut loudest = [0.0_f32; ROWS];
        for column in 0..columns {
            if is_cancelled() {
                return Ok(None);
            }
            loudest.fill(0.0);
            for part in 0..per_column {
                let within = (part as f64 + 0.5) / per_column as f64;
                let middle_s = span.start_s() + (column as f64 + within) * column_s;
                let start = (middle_s * rate_hz).round() as i64 - (length / 2) as i64;
                source.read_mono(start, &mut samples)?;
                for (sample, weight) in samples.iter_mut().zip(&hann) {
                    *sample *= weight;
                }
                if fft
                    .process_with_scratch(&mut samples, &mut spectrum, &mut scratch)
                    .is_err()
                {
                    continue;
                }
                for (level, bins) in loudest.iter_mut().zip(&rows) {
                    let bins = spectrum.get(bins.clone()).unwrap_or_default();
                    let power = bins.iter().map(Complex::norm_sqr);
                    *level = power.fold(*level, f32::max);
                }
            }
            levels.extend(loudest.map(|power| level(power.sqrt() / full_scale)));
        }
        Ok(Some(Self {
            span,
            columns,
            levels,
            axis,
        }))
    }

    /// The level at `time_s` and `hz` in decibels below a full-scale sine; `None` outside of the picture, and minus infinity for
    /// what is too quiet for it.
    pub fn level_db(&self, time_s: f64, hz: f64) -> Option<f32> {
        let across = (time_s - self.span.start_s()) / self.span.duration_s();
        let up = self.axis.fraction_of(hz);
        if !(0.0..1.0).contains(&across) || !(0.0..1.0).contains(&up) {
            return None;
        }
        let column = (across * self.columns as f64) as usize;
        let row = (up * ROWS as f64) as usize;
        let level = *self.levels.get(column * ROWS + row)?;
        Some(match level {
            0 => f32::NEG_INFINITY,
            level => FLOOR_DB * (1.0 - f32::from(level) / 255.0),
        })
    }
}

/// Longer windows tell pitches apart, shorter ones moments: as long as a column lasts, within what is of use. Longer where only
/// low frequencies are shown, `closer` times lower than the recording's highest.
fn window_length(column_samples: f64, closer: f64) -> usize {
    let closer = closer.clamp(1.0, MOST_CLOSER);
    let longest = (2048.0 * closer) as usize;
    let samples = column_samples.clamp(512.0 * closer, 2048.0 * closer) as usize;
    // A power of two, which is fast.
    samples.next_power_of_two().min(longest.next_power_of_two())
}

/// The bins of each row, at least one. A row above what the recording has holds nothing.
fn rows(length: usize, rate_hz: f64, axis: FrequencyAxis) -> Vec<std::ops::Range<usize>> {
    let edge = |row: usize| axis.hz_at(row as f64 / ROWS as f64) * length as f64 / rate_hz;
    (0..ROWS)
        .map(|row| {
            let first = edge(row).round() as usize;
            first..(edge(row + 1).round() as usize).max(first + 1)
        })
        .collect()
}

fn level(amplitude: f32) -> u8 {
    let db = 20.0 * amplitude.max(1e-9).log10();
    (255.0 * (1.0 - db / FLOOR_DB)).clamp(0.0, 255.0) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::MemorySource;
    use crate::frequency::{Band, FrequencyScale};
    use crate::time::SampleRate;

    fn sine(hz: f64) -> MemorySource {
        let samples =
            (0..96_000).map(|index| (TAU * hz * f64::from(index) / 48_000.0).sin() as f32);
        MemorySource::new(SampleRate::new(48_000).unwrap(), samples.collect())
    }

    fn picture(hz: f64, axis: FrequencyAxis) -> Spectrogram {
        let span = Span::new(0.1, 1.9).unwrap();
        let picture = Spectrogram::of(&mut sine(hz), span, 50, axis, || false);
        picture.unwrap().unwrap()
    }

    #[test]
    fn a_sine_lights_up_the_row_of_its_frequency_in_every_column_on_every_scale() {
        for scale in FrequencyScale::ALL {
            let axis = FrequencyAxis::new(scale, None, 24_000.0);
            let picture = picture(1000.0, axis);
            for column in picture.levels.chunks(ROWS) {
                let (row, level) = column
                    .iter()
                    .enumerate()
                    .max_by_key(|(_, level)| **level)
                    .unwrap();
                let row_hz = |row: usize| axis.hz_at(row as f64 / ROWS as f64);
                let near = 24.0 + row_hz(row + 1) - row_hz(row);
                let hz = axis.hz_at((row as f64 + 0.5) / ROWS as f64);
                assert!((hz - 1000.0).abs() < near, "{scale:?}: {hz}");
                assert!(*level > 245, "{level}");
                assert!(column.iter().filter(|level| **level > 128).count() < 20);
            }
        }
    }

    #[test]
    fn two_low_tones_are_told_apart_once_only_low_frequencies_are_shown() {
        let wanted = Band::new(50.0, 400.0).ok();
        let axis = FrequencyAxis::new(FrequencyScale::Linear, wanted, 24_000.0);
        let picture = picture(200.0, axis);
        let beside = picture.level_db(1.0, 230.0).unwrap();
        let on_it = picture.level_db(1.0, 200.0).unwrap();
        assert!(on_it > -1.0, "{on_it}");
        assert!(beside < -40.0, "{beside}");
    }

    #[test]
    fn the_level_at_a_point_is_that_of_the_sine_and_outside_there_is_none() {
        let axis = FrequencyAxis::new(FrequencyScale::Mel, None, 24_000.0);
        let picture = picture(1000.0, axis);
        let on_it = picture.level_db(1.0, 1000.0).unwrap();
        assert!((-3.0..=0.0).contains(&on_it), "{on_it}");
        assert_eq!(picture.level_db(1.0, 15_000.0), Some(f32::NEG_INFINITY));
        assert_eq!(picture.level_db(5.0, 1000.0), None);
        assert_eq!(picture.level_db(1.0, 30_000.0), None);
    }

    #[test]
    fn silence_and_what_lies_outside_are_black_and_a_cancelled_picture_is_none() {
        let axis = FrequencyAxis::new(FrequencyScale::Logarithmic, None, 24_000.0);
        let beyond = Span::new(10.0, 900.0).unwrap();
        let picture = Spectrogram::of(&mut sine(440.0), beyond, 20, axis, || false)
            .unwrap()
            .unwrap();
        assert_eq!(picture.levels, vec![0; 20 * ROWS]);
        assert_eq!(
            Spectrogram::of(&mut sine(440.0), beyond, 20, axis, || true).unwrap(),
            None
        );
    }
}
