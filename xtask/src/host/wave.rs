//! Audio in and out of the host: 32-bit float WAV files, bit for bit. Channels are kept apart, as hosts pass them.

use std::path::Path;

use anyhow::{Context, Result, ensure};

/// Channels of equal length at a sample rate.
#[derive(Debug, Clone, PartialEq)]
pub struct Wave {
    pub rate_hz: u32,
    /// One vector of samples per channel.
    pub channels: Vec<Vec<f32>>,
}

impl Wave {
    pub fn frames(&self) -> usize {
        self.channels.first().map_or(0, Vec::len)
    }

    pub fn duration_s(&self) -> f64 {
        self.frames() as f64 / f64::from(self.rate_hz)
    }

    /// Read a WAV file; integer samples become floats of full scale 1.
    pub fn read(path: &Path) -> Result<Self> {
        let told = || format!("cannot read {} as a WAV file", path.display());
        let mut reader = hound::WavReader::open(path).with_context(told)?;
        let spec = reader.spec();
        let samples: Vec<f32> = match spec.sample_format {
            hound::SampleFormat::Float => reader.samples::<f32>().collect::<Result<_, _>>(),
            hound::SampleFormat::Int => {
                let full_scale = (1_i64 << (spec.bits_per_sample - 1)) as f32;
                reader
                    .samples::<i32>()
                    .map(|sample| Ok(sample? as f32 / full_scale))
                    .collect()
            }
        }
        .with_context(told)?;
        let count = usize::from(spec.channels).max(1);
        let channels = (0..count)
            .map(|channel| {
                samples
                    .iter()
                    .skip(channel)
                    .step_by(count)
                    .copied()
                    .collect()
            })
            .collect();
        Ok(Self {
            rate_hz: spec.sample_rate,
            channels,
        })
    }

    /// Write a 32-bit float WAV file.
    pub fn write(&self, path: &Path) -> Result<()> {
        let told = || format!("cannot write {}", path.display());
        let frames = self.frames();
        ensure!(
            self.channels.iter().all(|channel| channel.len() == frames),
            "channels differ in length"
        );
        let spec = hound::WavSpec {
            channels: self.channels.len() as u16,
            sample_rate: self.rate_hz,
            bits_per_sample: 32,
            sample_format: hound::SampleFormat::Float,
        };
        let mut writer = hound::WavWriter::create(path, spec).with_context(told)?;
        for frame in 0..frames {
            for channel in &self.channels {
                writer.write_sample(channel[frame]).with_context(told)?;
            }
        }
        writer.finalize().with_context(told)
    }
}
