//! Reading sound back: takes, clips and any audio file, as mono samples at the rate a model wants.
//!
//! Everything here blocks on the disk and belongs on worker threads; the audio thread never calls it.
//! [`bwf`] is the one format Earmark also writes, [`source`] is what every reader looks like, [`decode`] opens
//! foreign formats, and [`resample`] changes the rate in a way that does not depend on how a file is cut into
//! reads.

pub mod bwf;
pub mod decode;
pub mod resample;
pub mod source;
mod spectrogram;
mod stretch;
mod take;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

pub use resample::ModelRateReader;
pub use source::{MemorySource, SampleSource};
pub use spectrogram::{LOWEST_HZ, ROWS, Spectrogram};
pub use stretch::{Stretch, read_stretch};

use crate::time::SampleRate;
use take::{Pick, TakeSource};

/// Why a recording cannot be read. Every message ends with what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum AudioError {
    #[error("there is no file at {}: it was moved or deleted; put it back, or delete its entry", path.display())]
    NoSuchFile { path: PathBuf },
    #[error("{} holds no sound: record or export it again", path.display())]
    Empty { path: PathBuf },
    #[error("{} is not a sound file that Earmark knows: convert it to WAV or FLAC", path.display())]
    NotAudio { path: PathBuf },
    #[error("{} uses {what}, which Earmark cannot decode: convert it to WAV or FLAC", path.display())]
    Unsupported { path: PathBuf, what: String },
    #[error("{} is damaged ({reason}): restore it from a copy or export it again", path.display())]
    Damaged { path: PathBuf, reason: String },
    #[error("{} is longer than can be decoded at once ({limit_frames} frames): split it into shorter files", path.display())]
    TooLong { path: PathBuf, limit_frames: u64 },
    #[error(transparent)]
    Bwf(#[from] bwf::BwfError),
    #[error("{} cannot be read ({source}): check that the disk is there and that you may read the file", path.display())]
    Io {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error(
        "a sample rate of {hz} Hz is outside {} to {} Hz: convert the recording to 48,000 Hz",
        USABLE_RATES_HZ.start(),
        USABLE_RATES_HZ.end()
    )]
    UnusableRate { hz: u32 },
    #[error(
        "{from_hz} Hz cannot be converted to {to_hz} Hz ({reason}): convert the recording to {to_hz} Hz"
    )]
    Resample {
        from_hz: u32,
        to_hz: u32,
        reason: String,
    },
    #[error("reading {} was cancelled: start it again", path.display())]
    Cancelled { path: PathBuf },
}

/// Rates that real recordings have. A damaged header outside them would ask for absurd filters.
const USABLE_RATES_HZ: std::ops::RangeInclusive<u32> = 1_000..=1_000_000;

fn usable_rate(hz: u32) -> Result<SampleRate, AudioError> {
    SampleRate::new(hz)
        .filter(|_| USABLE_RATES_HZ.contains(&hz))
        .ok_or(AudioError::UnusableRate { hz })
}

/// Opens the recording at `path`, whatever its format.
///
/// Earmark's own takes, and any other WAV of 32-bit float samples, are read by seeking, however long they are;
/// everything else is decoded into memory.
///
/// # Errors
/// When there is no such file, or it holds nothing that can be decoded.
pub fn open(path: &Path) -> Result<Box<dyn SampleSource>, AudioError> {
    open_while(path, &mut || ControlFlow::Continue(()))
}

/// As [`open`]; where the file has to be decoded, which can take seconds, `go_on` is asked all the while and may break off.
///
/// # Errors
/// As [`open`], and [`AudioError::Cancelled`] when it was broken off.
pub fn open_while(
    path: &Path,
    go_on: &mut dyn FnMut() -> ControlFlow<()>,
) -> Result<Box<dyn SampleSource>, AudioError> {
    match bwf::BwfReader::open(path) {
        Ok(reader) => Ok(Box::new(TakeSource::new(path, reader, Pick::Downmix)?)),
        // The decoder knows better what is wrong with a file that is no take.
        Err(_) => Ok(Box::new(decode::decode_while(path, go_on)?)),
    }
}

/// Opens the recording at `path` channel by channel. Takes have all of theirs; whatever has to be decoded comes as the one
/// downmix that is analysed.
///
/// # Errors
/// When there is no such file, or it holds nothing that can be decoded.
pub fn open_channels(path: &Path) -> Result<Vec<Box<dyn SampleSource>>, AudioError> {
    let channels = match bwf::BwfReader::open(path) {
        Ok(reader) => usize::from(reader.channels()),
        Err(_) => return Ok(vec![Box::new(decode::decode(path)?)]),
    };
    (0..channels)
        .map(|channel| {
            let reader = bwf::BwfReader::open(path)?;
            let source = TakeSource::new(path, reader, Pick::Channel(channel))?;
            Ok(Box::new(source) as Box<dyn SampleSource>)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_float_wav_is_read_by_seeking_and_an_integer_wav_by_decoding_alike() {
        let folder = tempfile::tempdir().unwrap();
        let read = |bits, format| {
            let path = folder.path().join(format!("{bits}.wav"));
            let spec = hound::WavSpec {
                channels: 2,
                sample_rate: 32_000,
                bits_per_sample: bits,
                sample_format: format,
            };
            let mut writer = hound::WavWriter::create(&path, spec).unwrap();
            for sample in [16_384_i16, 0, 8_192, 8_192, -16_384, 16_384] {
                match format {
                    hound::SampleFormat::Float => {
                        writer.write_sample(f32::from(sample) / 32_768.0).unwrap();
                    }
                    hound::SampleFormat::Int => writer.write_sample(sample).unwrap(),
                }
            }
            writer.finalize().unwrap();
            let mut source = open(&path).unwrap();
            let mut out = [9.0; 5];
            source.read_mono(-1, &mut out).unwrap();
            (source.rate().hz(), source.frames(), out)
        };
        let expected = (32_000, 3, [0.0, 0.25, 0.25, 0.0, 0.0]);
        assert_eq!(read(32, hound::SampleFormat::Float), expected);
        assert_eq!(read(16, hound::SampleFormat::Int), expected);
    }

    #[test]
    fn a_missing_file_is_told_as_missing() {
        let error = open(Path::new("gone/take.wav")).err().unwrap();
        assert!(matches!(error, AudioError::NoSuchFile { .. }), "{error}");
    }
}
