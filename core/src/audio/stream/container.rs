//! Files whose packets Symphonia finds: opened, and their packets put on the recording's timeline.

use std::path::Path;

use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::well_known::{CODEC_ID_FLAC, CODEC_ID_MP3, CODEC_ID_VORBIS};
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::{Error as SymphoniaError, SeekErrorKind};
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, SeekMode, SeekTo, TrackType};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::MetadataOptions;
use symphonia::core::units::{TimeBase, Timestamp};

use super::mp4::{Edit, read_edit};
use super::{Coded, Packets, Parts};
use crate::audio::AudioError;
use crate::audio::window::Window;

/// Frames that lossy decoders hear before they are right: more than two of the longest blocks.
const WARM_UP_FRAMES: i64 = 3 * 8_192;
/// Where a seek fails, it is tried so many seconds earlier.
const EARLIER_S: [i64; 2] = [10, 120];

/// Opens the sound in `window`; `extension` is what files of its kind are called, `is_mp4` that it may have an edit list.
pub(in crate::audio) fn open_container(
    path: &Path,
    window: &Window,
    extension: &'static str,
) -> Result<Parts, AudioError> {
    let window = window.clone();
    let open = move || open_format(window.clone(), extension);
    let format = open().map_err(|error| not_readable(path, error))?;
    let track = format
        .default_track(TrackType::Audio)
        .ok_or_else(|| AudioError::NotAudio { path: path.into() })?;
    let parameters = match &track.codec_params {
        Some(CodecParameters::Audio(parameters)) => parameters.clone(),
        _ => return Err(AudioError::NotAudio { path: path.into() }),
    };
    let decoder = open_decoder(path, &parameters, true)?;
    let rate_hz = parameters.sample_rate.unwrap_or(48_000).max(1);
    let time_base = track.time_base;
    let per_tick = time_base.map_or(1.0, |base| {
        f64::from(rate_hz) * f64::from(base.numer.get()) / f64::from(base.denom.get())
    });
    let start = to_frames(track.start_ts.get(), time_base, rate_hz);
    let (mut origin, mut promised) = (0, track.num_frames.filter(|&frames| frames > 0));
    if extension == "aac" {
        // Only guessed, from the size of the file.
        promised = None;
    }
    if extension == "mp4" {
        let edit = read_edit(path, track.id).unwrap_or_default();
        (origin, promised) = apply(edit, rate_hz, promised);
    }
    let is_lossy = parameters.codec != CODEC_ID_FLAC && parameters.bits_per_sample.is_none()
        || matches!(extension, "mp4" | "ogg" | "aac");
    let packets = FormatPackets {
        track_id: track.id,
        rate_hz,
        time_base,
        origin,
        first: start.min(0),
        warm_up: if is_lossy { WARM_UP_FRAMES } else { 0 },
        open: Box::new(open),
        format,
    };
    Ok(Parts {
        has_equal_packets: parameters.codec != CODEC_ID_VORBIS,
        next_start: None,
        packets: Box::new(packets),
        decoder,
        promised,
        is_exact: false,
        tolerance: if (per_tick - 1.0).abs() < 1e-9 {
            0
        } else {
            per_tick.ceil() as u64
        },
    })
}

fn open_format(window: Window, extension: &str) -> Result<Box<dyn FormatReader>, SymphoniaError> {
    let mut hint = Hint::new();
    hint.with_extension(extension);
    let stream = MediaSourceStream::new(Box::new(window), Default::default());
    symphonia::default::get_probe().probe(
        &hint,
        stream,
        FormatOptions::default(),
        MetadataOptions::default(),
    )
}

/// A decoder; with `gapless` it leaves out what the container says the encoder added.
pub(in crate::audio) fn open_decoder(
    path: &Path,
    parameters: &AudioCodecParameters,
    gapless: bool,
) -> Result<Box<dyn AudioDecoder>, AudioError> {
    let gapless = gapless && parameters.codec != CODEC_ID_MP3;
    let options = AudioDecoderOptions::default().gapless(gapless);
    symphonia::default::get_codecs()
        .make_audio_decoder(parameters, &options)
        .map_err(|error| AudioError::Unsupported {
            path: path.into(),
            what: format!("a codec ({error})"),
        })
}

/// The first frame to be heard and the length, in frames, by an edit list.
fn apply(edit: Edit, rate_hz: u32, all: Option<u64>) -> (i64, Option<u64>) {
    let rate = f64::from(rate_hz);
    let skipped = (edit.skipped_s * rate).round() as i64;
    let silent = (edit.silent_s * rate).round() as i64;
    let origin = skipped - silent;
    let left = all.map(|all| all.saturating_add_signed(-origin));
    let played = edit
        .played_s
        .map(|s| ((s + edit.silent_s) * rate).round() as u64);
    let promised = match (left, played) {
        // Lengths in edit lists are often rounded to milliseconds: the true end is the nearer one.
        (Some(left), Some(played)) if left.abs_diff(played) as f64 > edit.tick_s * rate => {
            Some(left.min(played))
        }
        (left, played) => left.or(played),
    };
    (origin, promised)
}

struct FormatPackets {
    format: Box<dyn FormatReader>,
    open: Box<dyn Fn() -> Result<Box<dyn FormatReader>, SymphoniaError> + Send>,
    track_id: u32,
    rate_hz: u32,
    time_base: Option<TimeBase>,
    /// The container's time of the recording's first frame.
    origin: i64,
    /// The first frame that there is, in the container's time.
    first: i64,
    warm_up: i64,
}

impl FormatPackets {
    fn try_seek(&mut self, frame: i64) -> Result<(), SymphoniaError> {
        let frame = frame
            .saturating_add(self.origin)
            .saturating_sub(self.warm_up);
        let ts = to_ticks(frame.max(self.first), self.time_base, self.rate_hz);
        let to = SeekTo::Timestamp {
            ts: Timestamp::from(ts.max(0)),
            track_id: self.track_id,
        };
        let sought = self.format.seek(SeekMode::Accurate, to)?;
        // Without an index some containers are only sought forwards, and end up wherever they are.
        if sought.actual_ts > sought.required_ts {
            return Err(SymphoniaError::SeekError(SeekErrorKind::ForwardOnly));
        }
        Ok(())
    }
}

impl Packets for FormatPackets {
    fn next(&mut self) -> Result<Option<Coded>, SymphoniaError> {
        loop {
            let Some(packet) = self.format.next_packet()? else {
                return Ok(None);
            };
            if packet.track_id != self.track_id {
                continue;
            }
            let start = to_frames(packet.pts.get(), self.time_base, self.rate_hz);
            let ticks = i64::try_from(packet.dur.get()).unwrap_or(0);
            return Ok(Some(Coded {
                start: start.saturating_sub(self.origin),
                frames: to_frames(ticks, self.time_base, self.rate_hz).unsigned_abs(),
                packet,
            }));
        }
    }

    fn seek(&mut self, frame: u64, is_patient: bool) -> Result<(), SymphoniaError> {
        let frame = i64::try_from(frame).unwrap_or(i64::MAX);
        if frame.saturating_add(self.origin) <= self.warm_up {
            self.format = (self.open)()?;
            return Ok(());
        }
        let sought = self.try_seek(frame);
        if sought.is_ok() || !is_patient {
            return sought;
        }
        for seconds in EARLIER_S {
            let earlier = frame - seconds * i64::from(self.rate_hz);
            if earlier > 0 && self.try_seek(earlier).is_ok() {
                return Ok(());
            }
        }
        self.format = (self.open)()?;
        Ok(())
    }
}

/// `ticks` of `base` in frames.
fn to_frames(ticks: i64, base: Option<TimeBase>, rate_hz: u32) -> i64 {
    let Some(base) = base else {
        return ticks;
    };
    let numerator = i128::from(ticks) * i128::from(base.numer.get()) * i128::from(rate_hz);
    let denominator = i128::from(base.denom.get());
    i64::try_from((2 * numerator + denominator).div_euclid(2 * denominator)).unwrap_or(i64::MAX)
}

fn to_ticks(frames: i64, base: Option<TimeBase>, rate_hz: u32) -> i64 {
    let Some(base) = base else {
        return frames;
    };
    let numerator = i128::from(frames) * i128::from(base.denom.get());
    let denominator = i128::from(base.numer.get()) * i128::from(rate_hz);
    i64::try_from(numerator.div_euclid(denominator.max(1))).unwrap_or(i64::MAX)
}

fn not_readable(path: &Path, error: SymphoniaError) -> AudioError {
    let damaged = |reason: String| AudioError::Damaged {
        path: path.into(),
        reason,
    };
    match error {
        SymphoniaError::IoError(source) if source.kind() != std::io::ErrorKind::UnexpectedEof => {
            AudioError::Io {
                path: path.into(),
                source,
            }
        }
        SymphoniaError::IoError(_) => damaged("it ends within its header".into()),
        SymphoniaError::Unsupported(what) => AudioError::Unsupported {
            path: path.into(),
            what: format!("a form of its container ({what})"),
        },
        error => damaged(error.to_string()),
    }
}
