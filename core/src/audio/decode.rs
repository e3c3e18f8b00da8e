//! Decodes foreign sound files (WAV, FLAC, MP3, Ogg Vorbis, M4A/MP4, AAC, AIFF, Matroska) to mono in memory.
//!
//! For clips and reference recordings, which are short; Earmark's own takes are read by seeking instead. Worker
//! threads only. A damaged file gives an error or what could be decoded of it, never a panic.

use std::fs::File;
use std::io::ErrorKind;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::MetadataOptions;

use super::source::downmix;
use super::{AudioError, MemorySource, usable_rate};
use crate::time::SampleRate;

/// Six hours at 48 kHz, 4 GiB of samples.
const LONGEST_FRAMES: u64 = 1 << 30;

/// Reads the whole file at `path` as mono, at its own rate.
///
/// # Errors
/// When it is missing, is no sound file, uses a codec that is not supported, or nothing of it can be decoded.
pub fn decode(path: &Path) -> Result<MemorySource, AudioError> {
    decode_while(path, &mut || ControlFlow::Continue(()))
}

/// As [`decode`]; `go_on` is asked before every packet and may break off.
///
/// # Errors
/// As [`decode`], and [`AudioError::Cancelled`] when it was broken off.
pub fn decode_while(
    path: &Path,
    go_on: &mut dyn FnMut() -> ControlFlow<()>,
) -> Result<MemorySource, AudioError> {
    let file = open_file(path)?;
    // Decoders of foreign formats meet damaged files; a slip in one of them must not take the host down.
    catch_unwind(AssertUnwindSafe(|| decode_file(path, file, go_on))).unwrap_or_else(|_| {
        Err(AudioError::Damaged {
            path: path.into(),
            reason: "its decoder gave up".into(),
        })
    })
}

fn open_file(path: &Path) -> Result<File, AudioError> {
    let unreadable = |source: std::io::Error| match source.kind() {
        ErrorKind::NotFound => AudioError::NoSuchFile { path: path.into() },
        _ => AudioError::Io {
            path: path.into(),
            source,
        },
    };
    let file = File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(AudioError::NotAudio { path: path.into() });
    }
    if metadata.len() == 0 {
        return Err(AudioError::Empty { path: path.into() });
    }
    Ok(file)
}

fn decode_file(
    path: &Path,
    file: File,
    go_on: &mut dyn FnMut() -> ControlFlow<()>,
) -> Result<MemorySource, AudioError> {
    let mut hint = Hint::new();
    if let Some(extension) = path.extension().and_then(|extension| extension.to_str()) {
        hint.with_extension(extension);
    }
    let stream = MediaSourceStream::new(Box::new(file), Default::default());
    let mut format = symphonia::default::get_probe()
        .probe(
            &hint,
            stream,
            FormatOptions::default(),
            MetadataOptions::default(),
        )
        .map_err(|error| not_audio(path, error))?;

    let (track_id, parameters) = format
        .default_track(TrackType::Audio)
        .and_then(|track| Some((track.id, track.codec_params.as_ref()?.audio()?.clone())))
        .ok_or_else(|| AudioError::NotAudio { path: path.into() })?;
    let mut decoder = symphonia::default::get_codecs()
        .make_audio_decoder(&parameters, &AudioDecoderOptions::default())
        .map_err(|error| AudioError::Unsupported {
            path: path.into(),
            what: error.to_string(),
        })?;

    let decoded = decode_track(path, format.as_mut(), decoder.as_mut(), track_id, go_on)?;
    match (decoded.rate, decoded.damage) {
        (Some(rate), damage) if !decoded.mono.is_empty() => {
            if let Some(reason) = damage {
                tracing::warn!(path = %path.display(), reason, "a part of the file could not be decoded");
            }
            Ok(MemorySource::new(rate, decoded.mono))
        }
        (_, Some(reason)) => Err(AudioError::Damaged {
            path: path.into(),
            reason,
        }),
        (_, None) => Err(AudioError::Empty { path: path.into() }),
    }
}

#[derive(Default)]
struct Decoded {
    rate: Option<SampleRate>,
    mono: Vec<f32>,
    damage: Option<String>,
}

fn decode_track(
    path: &Path,
    format: &mut dyn FormatReader,
    decoder: &mut dyn AudioDecoder,
    track_id: u32,
    go_on: &mut dyn FnMut() -> ControlFlow<()>,
) -> Result<Decoded, AudioError> {
    let mut decoded = Decoded::default();
    let mut interleaved: Vec<f32> = Vec::new();
    loop {
        if go_on().is_break() {
            return Err(AudioError::Cancelled { path: path.into() });
        }
        let packet = match format.next_packet() {
            Ok(Some(packet)) if packet.track_id == track_id => packet,
            Ok(Some(_)) => continue,
            Ok(None) => break,
            // Some readers report the end of a file whose header promised more this way.
            Err(error) => {
                decoded.damage = Some(error.to_string());
                break;
            }
        };
        let buffer = match decoder.decode(&packet) {
            Ok(buffer) => buffer,
            Err(error @ (SymphoniaError::DecodeError(_) | SymphoniaError::IoError(_))) => {
                decoded.damage = Some(error.to_string());
                continue;
            }
            Err(error) => {
                decoded.damage = Some(error.to_string());
                break;
            }
        };
        let rate = usable_rate(buffer.spec().rate())?;
        if *decoded.rate.get_or_insert(rate) != rate {
            decoded.damage = Some("the sample rate changes within the file".into());
            break;
        }
        let channels = buffer.spec().channels().count();
        buffer.copy_to_vec_interleaved(&mut interleaved);
        downmix(&interleaved, channels, &mut decoded.mono);
        if decoded.mono.len() as u64 > LONGEST_FRAMES {
            return Err(AudioError::TooLong {
                path: path.into(),
                limit_frames: LONGEST_FRAMES,
            });
        }
    }
    Ok(decoded)
}

fn not_audio(path: &Path, error: SymphoniaError) -> AudioError {
    match error {
        SymphoniaError::IoError(source) if source.kind() != ErrorKind::UnexpectedEof => {
            AudioError::Io {
                path: path.into(),
                source,
            }
        }
        SymphoniaError::DecodeError(reason) => AudioError::Damaged {
            path: path.into(),
            reason: reason.into(),
        },
        _ => AudioError::NotAudio { path: path.into() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::SampleSource;

    fn write_wav(path: &Path, rate: u32, channels: u16, samples: &[f32]) {
        let spec = hound::WavSpec {
            channels,
            sample_rate: rate,
            bits_per_sample: 32,
            sample_format: hound::SampleFormat::Float,
        };
        let mut writer = hound::WavWriter::create(path, spec).unwrap();
        for &sample in samples {
            writer.write_sample(sample).unwrap();
        }
        writer.finalize().unwrap();
    }

    #[test]
    fn a_stereo_file_is_read_as_the_mean_of_its_channels() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stereo.wav");
        write_wav(&path, 48_000, 2, &[1.0, 0.0, 0.5, 0.25, -1.0, 1.0]);
        let source = decode(&path).unwrap();
        assert_eq!(
            (source.rate().hz(), source.samples()),
            (48_000, [0.5, 0.375, 0.0].as_slice())
        );
    }

    #[test]
    fn an_integer_file_is_scaled_to_full_scale_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sixteen.wav");
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: 22_050,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut writer = hound::WavWriter::create(&path, spec).unwrap();
        for sample in [16_384_i16, -16_384, i16::MIN] {
            writer.write_sample(sample).unwrap();
        }
        writer.finalize().unwrap();
        assert_eq!(decode(&path).unwrap().samples(), [0.5, -0.5, -1.0]);
    }

    #[test]
    fn samples_that_are_not_numbers_never_come_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("poisoned.wav");
        write_wav(
            &path,
            44_100,
            1,
            &[f32::NAN, f32::INFINITY, 0.5, f32::NEG_INFINITY, 1e30],
        );
        let source = decode(&path).unwrap();
        assert!(source.samples().iter().all(|sample| sample.is_finite()));
        assert_eq!(source.samples()[2], 0.5);
    }

    #[test]
    fn each_kind_of_wrong_file_has_its_own_error_with_a_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, content: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, content).unwrap();
            path
        };
        let missing = decode(&folder.path().join("gone.wav")).unwrap_err();
        assert!(
            matches!(missing, AudioError::NoSuchFile { .. }),
            "{missing}"
        );
        let empty = decode(&file("empty.wav", b"")).unwrap_err();
        assert!(matches!(empty, AudioError::Empty { .. }), "{empty}");
        let text = decode(&file(
            "text.wav",
            b"This is not a sound. ".repeat(1000).as_slice(),
        ))
        .unwrap_err();
        assert!(matches!(text, AudioError::NotAudio { .. }), "{text}");
        assert!(text.to_string().contains("convert it to WAV"), "{text}");
        let directory = decode(folder.path()).unwrap_err();
        assert!(
            matches!(
                directory,
                AudioError::NotAudio { .. } | AudioError::Io { .. }
            ),
            "{directory}"
        );
        let header = folder.path().join("header.wav");
        write_wav(&header, 44_100, 1, &[]);
        let silent = decode(&header).unwrap_err();
        assert!(
            matches!(
                silent,
                AudioError::Empty { .. } | AudioError::Damaged { .. }
            ),
            "{silent}"
        );
        write_wav(&header, 3, 1, &[0.5; 16]);
        let odd_rate = decode(&header).unwrap_err();
        assert!(
            matches!(odd_rate, AudioError::UnusableRate { hz: 3 }),
            "{odd_rate}"
        );
    }

    #[test]
    fn decoding_ends_when_it_is_told_to() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("long.wav");
        write_wav(&path, 44_100, 1, &vec![0.25; 441_000]);
        let mut asked = 0;
        let broken_off = decode_while(&path, &mut || {
            asked += 1;
            match asked {
                1..=3 => ControlFlow::Continue(()),
                _ => ControlFlow::Break(()),
            }
        });
        assert!(matches!(broken_off, Err(AudioError::Cancelled { .. })));
        assert_eq!(asked, 4);
    }

    #[test]
    fn a_truncated_file_gives_what_is_left_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cut.wav");
        write_wav(&path, 44_100, 1, &vec![0.25; 44_100]);
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        let source = decode(&path).unwrap();
        assert!(
            (21_000..=22_050).contains(&source.frames()),
            "{}",
            source.frames()
        );
        assert!(source.samples().iter().all(|&sample| sample == 0.25));
    }
}
