//! Audio files of any kind symphonia reads, decoded whole, and resampled by rubato.

use std::fs::File;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use rubato::audioadapter_buffers::direct::SequentialSliceOfVecs;
use rubato::{Async, FixedAsync, Resampler, SincInterpolationParameters};
use symphonia::core::codecs::audio::AudioDecoderOptions;
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, TrackType};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::MetadataOptions;

use crate::host::Wave;

/// Frames resampled at a time.
const CHUNK_FRAMES: usize = 1024;

/// Decode the default audio track of a file. Packets that do not decode are left out, as players do.
pub fn decode(path: &Path) -> Result<Wave> {
    let told = || format!("{} does not decode as audio", path.display());
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
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
        .with_context(told)?;
    let track = format.default_track(TrackType::Audio).with_context(told)?;
    let track_id = track.id;
    let parameters = track
        .codec_params
        .as_ref()
        .and_then(|parameters| parameters.audio())
        .with_context(told)?;
    let mut decoder = symphonia::default::get_codecs()
        .make_audio_decoder(parameters, &AudioDecoderOptions::default())
        .with_context(told)?;

    let mut wave = Wave {
        rate_hz: 0,
        channels: Vec::new(),
    };
    let mut samples: Vec<f32> = Vec::new();
    loop {
        let packet = match format.next_packet() {
            Ok(Some(packet)) => packet,
            Ok(None) => break,
            // A file that was cut short is as long as what can be read of it.
            Err(Error::IoError(error)) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                break;
            }
            Err(error) => return Err(error).with_context(told),
        };
        if packet.track_id != track_id {
            continue;
        }
        let decoded = match decoder.decode(&packet) {
            Ok(decoded) => decoded,
            Err(Error::DecodeError(_)) => continue,
            Err(error) => return Err(error).with_context(told),
        };
        let count = decoded.spec().channels().count();
        wave.rate_hz = decoded.spec().rate();
        wave.channels
            .resize_with(count.max(wave.channels.len()), Vec::new);
        samples.resize(decoded.samples_interleaved(), 0.0);
        decoded.copy_to_slice_interleaved(&mut samples);
        for (index, channel) in wave.channels.iter_mut().enumerate().take(count) {
            channel.extend(samples.iter().skip(index).step_by(count));
        }
    }
    ensure!(
        wave.rate_hz > 0 && wave.frames() > 0,
        "{} holds no audio",
        path.display()
    );
    Ok(wave)
}

/// Resample to `rate_hz`, played `speed` times as fast (which moves the pitch along, as tape does).
pub(super) fn resample(wave: &Wave, rate_hz: u32, speed: f64) -> Result<Wave> {
    let ratio = f64::from(rate_hz) / f64::from(wave.rate_hz) / speed;
    if (ratio - 1.0).abs() < 1e-9 {
        return Ok(Wave {
            rate_hz,
            channels: wave.channels.clone(),
        });
    }
    let count = wave.channels.len();
    let input = SequentialSliceOfVecs::new(&wave.channels, count, wave.frames())?;
    let parameters = SincInterpolationParameters::default();
    let mut resampler = Async::<f32>::new_sinc(
        ratio,
        1.0,
        &parameters,
        CHUNK_FRAMES,
        count,
        FixedAsync::Input,
    )?;
    let interleaved = resampler
        .process_all(&input, wave.frames(), None)?
        .take_data();
    if interleaved.len() < count {
        bail!("resampling left no audio");
    }
    let channels = (0..count).map(|index| {
        interleaved
            .iter()
            .skip(index)
            .step_by(count)
            .copied()
            .collect()
    });
    Ok(Wave {
        rate_hz,
        channels: channels.collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resampling_keeps_a_tone_and_moves_its_pitch_with_the_speed() {
        let tone = |rate_hz: u32, hertz: f64| {
            let frames = rate_hz / 2;
            let sample = |frame: u32| {
                (f64::from(frame) * hertz * std::f64::consts::TAU / f64::from(rate_hz)).sin()
            };
            (0..frames)
                .map(|frame| sample(frame) as f32)
                .collect::<Vec<_>>()
        };
        let wave = Wave {
            rate_hz: 44_100,
            channels: vec![tone(44_100, 440.0)],
        };
        let faster = resample(&wave, 48_000, 1.1).unwrap();
        let wanted = tone(48_000, 484.0);
        assert!((faster.duration_s() - 0.5 / 1.1).abs() < 0.001);
        let middle = 5_000..15_000;
        let largest = middle
            .map(|frame| (faster.channels[0][frame] - wanted[frame]).abs())
            .fold(0.0, f32::max);
        // The resampler is right to within half a frame, which is 0.03 of a period here.
        assert!(largest < 0.04, "{largest}");
    }

    #[test]
    fn a_file_that_is_not_audio_is_refused_by_name() {
        let file = tempfile::Builder::new().suffix(".ogg").tempfile().unwrap();
        std::fs::write(file.path(), "not audio").unwrap();
        let error = decode(file.path()).unwrap_err();
        assert!(
            format!("{error:#}").contains("does not decode as audio"),
            "{error:#}"
        );
    }
}
