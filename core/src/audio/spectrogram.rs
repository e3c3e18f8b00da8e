//! The spectrogram of a stretch of a recording: the level at each pitch over time. Worker threads only.
//!
//! Columns of short-time power spectra (Hann window), in rows of equal musical width, as levels below full scale. It reads
//! only as much of a long stretch as the window can show.

use std::f64::consts::TAU;

use realfft::RealFftPlanner;
use realfft::num_complex::Complex;

use super::{AudioError, SampleSource};
use crate::time::Span;

/// Rows of a spectrogram.
pub const ROWS: usize = 160;
/// The pitch of the lowest row, in hertz.
pub const LOWEST_HZ: f64 = 40.0;
/// What is quieter than this below a full-scale sine is black, in decibels.
const FLOOR_DB: f32 = -96.0;
/// Spectra of which the loudest is taken where a column is longer than one.
const MOST_PER_COLUMN: usize = 4;

/// Levels of a stretch, 0 for silence to 255 for full scale.
#[derive(Debug, Clone, PartialEq)]
pub struct Spectrogram {
    pub span: Span,
    pub columns: usize,
    /// Column by column, each [`ROWS`] from the lowest pitch to the highest.
    pub levels: Vec<u8>,
    /// The pitch of the highest row, in hertz.
    pub highest_hz: f64,
}

impl Spectrogram {
    /// The spectrogram of `span` in so many columns; `None` when `is_cancelled` said so between two of them.
    ///
    /// # Errors
    /// When the recording has become unreadable.
    pub fn of(
        source: &mut dyn SampleSource,
        span: Span,
        columns: usize,
        mut is_cancelled: impl FnMut() -> bool,
    ) -> Result<Option<Self>, AudioError> {
        let rate_hz = f64::from(source.rate().hz());
        let column_s = span.duration_s() / columns.max(1) as f64;
        let length = window_length(column_s * rate_hz);
        let highest_hz = 0.5 * rate_hz;
        let rows = rows(length, rate_hz, highest_hz);
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
            highest_hz,
        }))
    }
}

/// Longer windows tell pitches apart, shorter ones moments: as long as a column lasts, within what is of use.
fn window_length(column_samples: f64) -> usize {
    (column_samples.clamp(512.0, 2048.0) as usize)
        .next_power_of_two()
        .min(2048)
}

/// The bins of each row, at least one.
fn rows(length: usize, rate_hz: f64, highest_hz: f64) -> Vec<std::ops::Range<usize>> {
    let lowest_hz = LOWEST_HZ.min(0.5 * highest_hz);
    let edge = |row: usize| {
        let hz = lowest_hz * (highest_hz / lowest_hz).powf(row as f64 / ROWS as f64);
        hz * length as f64 / rate_hz
    };
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
    use crate::time::SampleRate;

    fn sine(hz: f64) -> MemorySource {
        let samples =
            (0..96_000).map(|index| (TAU * hz * f64::from(index) / 48_000.0).sin() as f32);
        MemorySource::new(SampleRate::new(48_000).unwrap(), samples.collect())
    }

    #[test]
    fn a_sine_lights_up_the_row_of_its_pitch_in_every_column() {
        let span = Span::new(0.1, 1.9).unwrap();
        let picture = Spectrogram::of(&mut sine(1000.0), span, 50, || false);
        let picture = picture.unwrap().unwrap();
        for column in picture.levels.chunks(ROWS) {
            let (row, level) = column
                .iter()
                .enumerate()
                .max_by_key(|(_, level)| **level)
                .unwrap();
            let hz = LOWEST_HZ * (24_000.0 / LOWEST_HZ).powf((row as f64 + 0.5) / ROWS as f64);
            assert!((hz / 1000.0).ln().abs() < 0.08, "{hz}");
            assert!(*level > 245, "{level}");
            assert!(column.iter().filter(|level| **level > 128).count() < 20);
        }
    }

    #[test]
    fn silence_and_what_lies_outside_are_black_and_a_cancelled_picture_is_none() {
        let beyond = Span::new(10.0, 900.0).unwrap();
        let picture = Spectrogram::of(&mut sine(440.0), beyond, 20, || false)
            .unwrap()
            .unwrap();
        assert_eq!(picture.levels, vec![0; 20 * ROWS]);
        assert_eq!(
            Spectrogram::of(&mut sine(440.0), beyond, 20, || true).unwrap(),
            None
        );
    }
}
