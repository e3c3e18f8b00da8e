//! Reading sound back: takes, clips and any audio file, as mono samples at the rate a model wants.
//!
//! Everything here blocks on the disk and belongs on worker threads; the audio thread never calls it.
//! [`bwf`] is the one format Earmark also writes, [`source`] is what every reader looks like, `open` finds the reader for a
//! file (`wav`, `adpcm`, `mpeg`, `stream`), and [`resample`] changes the rate in a way that does not depend on how a file is cut
//! into reads. Every file is read by seeking, in bounded memory; a reader lists what it could not read ([`Loss`]).

mod adpcm;
pub mod bwf;
mod chain;
mod loss;
mod mpeg;
mod open;
mod reader;
pub mod resample;
mod sniff;
pub mod source;
mod spectrogram;
mod stream;
mod stretch;
mod take;
mod wav;
mod window;

#[cfg(test)]
mod tests;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

pub use loss::{Hint, Loss, LossReason, band_hint};
pub use resample::ModelRateReader;
pub use source::{MemorySource, SampleSource};
pub use spectrogram::{ROWS, Spectrogram};
pub use stretch::{Stretch, StretchReader, read_stretch};

use crate::time::SampleRate;
use open::open_reader;
use reader::{FrameReader, MonoSource, SharedReader};
use take::{Pick, TakeSource};
pub(crate) use wav::{WavChunk, read_chunks};

/// How the names of audio files end, in alphabetical order. Only folders are searched by it: a file that is named is read
/// whatever it is called.
pub const AUDIO_EXTENSIONS: [&str; 21] = [
    "aac", "aif", "aifc", "aiff", "alac", "bw64", "bwf", "caf", "flac", "m4a", "mka", "mkv", "mp3",
    "mp4", "oga", "ogg", "rf64", "w64", "wav", "wave", "webm",
];

/// Whether a file is called as audio files are.
pub fn is_audio_name(path: &Path) -> bool {
    path.extension().is_some_and(|extension| {
        let extension = extension.to_string_lossy().to_lowercase();
        AUDIO_EXTENSIONS.contains(&extension.as_str())
    })
}

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

/// Opens the recording at `path`, whatever its format, to be read by seeking, however long it is.
///
/// # Errors
/// When there is no such file, or it holds nothing that can be decoded.
pub fn open(path: &Path) -> Result<Box<dyn SampleSource>, AudioError> {
    open_while(path, &mut || ControlFlow::Continue(()))
}

/// As [`open`]; where the file has to be walked through, which can take seconds, `go_on` is asked all the while and may break off.
///
/// # Errors
/// As [`open`], and [`AudioError::Cancelled`] when it was broken off.
pub fn open_while(
    path: &Path,
    go_on: &mut dyn FnMut() -> ControlFlow<()>,
) -> Result<Box<dyn SampleSource>, AudioError> {
    match take_at(path) {
        Some(reader) => Ok(Box::new(TakeSource::new(path, reader, Pick::Downmix)?)),
        None => Ok(Box::new(MonoSource::analysed(open_reader(path, go_on)?))),
    }
}

/// Opens the recording at `path` channel by channel; `go_on` may break off as in [`open_while`].
///
/// # Errors
/// When there is no such file, it holds nothing that can be decoded, or opening was broken off.
pub fn open_channels_while(
    path: &Path,
    go_on: &mut dyn FnMut() -> ControlFlow<()>,
) -> Result<Vec<Box<dyn SampleSource>>, AudioError> {
    let Some(take) = take_at(path) else {
        let shared = SharedReader::new(open_reader(path, go_on)?);
        let source = |channel| {
            let source = MonoSource::of_channel(Box::new(shared.clone()), channel);
            Box::new(source) as Box<dyn SampleSource>
        };
        return Ok((0..usize::from(shared.channels())).map(source).collect());
    };
    (0..usize::from(take.channels()))
        .map(|channel| {
            let reader = bwf::BwfReader::open(path)?;
            let source = TakeSource::new(path, reader, Pick::Channel(channel))?;
            Ok(Box::new(source) as Box<dyn SampleSource>)
        })
        .collect()
}

/// The take at `path`, if Earmark recorded it and nobody edited it since. Such a file may be growing.
fn take_at(path: &Path) -> Option<bwf::BwfReader> {
    // Opening anything but a file may wait for somebody to write into it.
    let is_file = std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file());
    let reader = is_file.then(|| bwf::BwfReader::open(path).ok()).flatten();
    reader.filter(bwf::BwfReader::is_own)
}
