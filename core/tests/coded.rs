//! Coded recordings (FLAC, MP3, Vorbis, AAC, ADPCM): in their place to the sample, read by seeking as from the beginning, and with what
//! is damaged or missing told. `sounds` holds two seconds of one sweep in each format; the faults are made here.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod sought;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use earmark_core::audio::{self, AudioError, Loss, LossReason};
use earmark_core::time::Span;

const FRAMES: usize = 88_200;

fn sound(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sounds");
    std::fs::read(folder.join(name)).unwrap()
}

fn file(folder: &tempfile::TempDir, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

/// The sweep at 44.1 kHz.
fn sweep(frame: usize) -> f32 {
    let t = frame as f64 / 44_100.0;
    (0.3 * (std::f64::consts::TAU * (200.0 * t + 300.0 * t * t)).sin()) as f32
}

fn read(path: &Path) -> (Vec<f32>, Vec<Loss>) {
    let mut source = audio::open(path).unwrap_or_else(|error| panic!("{error}"));
    let mut samples = vec![9.0; source.frames() as usize];
    for (index, part) in samples.chunks_mut(4_321).enumerate() {
        source.read_mono(index as i64 * 4_321, part).unwrap();
    }
    let losses = source.losses();
    (samples, losses)
}

/// The largest difference from the sweep within `seconds`, the recording being `late` frames behind it.
fn off(samples: &[f32], seconds: std::ops::Range<f64>, late: usize) -> f32 {
    let frames = (seconds.start * 44_100.0) as usize..(seconds.end * 44_100.0) as usize;
    frames
        .map(|i| (samples[i] - sweep(i - late)).abs())
        .fold(0.0, f32::max)
}

#[test]
fn every_coded_format_is_in_its_place_to_the_sample() {
    let folder = tempfile::tempdir().unwrap();
    for (name, most) in [
        ("sweep.flac", 5e-5),
        ("sweep.mp3", 0.02),
        ("sweep.ogg", 0.04),
        ("sweep.m4a", 0.04),
    ] {
        let (samples, losses) = read(&file(&folder, name, &sound(name)));
        assert_eq!((samples.len(), losses), (FRAMES, vec![]), "{name}");
        let off = off(&samples, 0.1..1.9, 0);
        assert!(off < most, "{name} is off by {off}");
    }
}

#[test]
fn a_stretch_read_by_seeking_equals_the_same_stretch_of_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["sweep.flac", "sweep.mp3", "sweep.ogg", "sweep.m4a"] {
        let path = file(&folder, name, &sound(name));
        let (whole, _) = read(&path);
        for start in [70_000, 3_000, 40_001, 87_000, 0, 60_000] {
            let span = Span::new(start as f64 / 44_100.0, (start + 1_000) as f64 / 44_100.0);
            let stretch = audio::read_stretch(&path, span.unwrap()).unwrap();
            let pairs = stretch.interleaved.iter().zip(&whole[start..]);
            let off = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert_eq!((stretch.channels, stretch.interleaved.len()), (1, 1_000));
            assert!(off < 1e-3, "{name} from {start} is off by {off}");
        }
    }
}

#[test]
fn sound_behind_a_damaged_stretch_stays_in_its_place() {
    let folder = tempfile::tempdir().unwrap();
    for (name, damaged, most) in [("sweep.flac", 2_000, 5e-5), ("sweep.mp3", 1_500, 0.02)] {
        let mut bytes = sound(name);
        let at = bytes.len() / 2;
        bytes[at..at + damaged].fill(0x55);
        let (samples, losses) = read(&file(&folder, name, &bytes));
        assert_eq!(samples.len(), FRAMES, "{name}");
        assert!(!losses.is_empty(), "{name}");
        assert!(losses.iter().all(|loss| loss.reason == LossReason::Damaged));
        let end_s = losses.last().unwrap().end_s;
        assert!(losses[0].start_s > 0.3 && end_s < 1.7, "{name}: {losses:?}");
        let before = off(&samples, 0.1..losses[0].start_s - 0.1, 0);
        let behind = off(&samples, end_s + 0.2..1.9, 0);
        assert!(
            before < most && behind < most,
            "{name}: {before} {behind} {losses:?}"
        );
    }
}

#[test]
fn a_cut_file_says_from_where_it_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["sweep.flac", "sweep.mp3", "sweep.ogg"] {
        let bytes = sound(name);
        let path = file(&folder, name, &bytes[..bytes.len() * 3 / 4]);
        let (samples, losses) = read(&path);
        assert!(
            samples.len() < FRAMES && samples.len() > FRAMES / 4,
            "{name}: {}",
            samples.len()
        );
        let cut = losses
            .iter()
            .find(|loss| loss.reason == LossReason::Truncated);
        let cut = cut.unwrap_or_else(|| panic!("{name}: {losses:?}"));
        assert!(
            (cut.start_s - samples.len() as f64 / 44_100.0).abs() < 1e-6,
            "{name}: {cut:?}"
        );
    }
}

#[test]
fn tags_of_any_size_may_stand_in_front() {
    let folder = tempfile::tempdir().unwrap();
    let size = 3_000_000_u32;
    let mut tag = b"ID3\x03\0\0".to_vec();
    tag.extend([21, 14, 7, 0].map(|shift| (size >> shift & 127) as u8));
    tag.extend((0..size).map(|i| (i.wrapping_mul(2_654_435_761) >> 11) as u8));
    for name in ["sweep.mp3", "sweep.flac"] {
        let path = file(&folder, name, &[tag.clone(), sound(name)].concat());
        let plain = read(&file(&folder, "plain", &sound(name)));
        assert_eq!(read(&path), plain, "{name}");
    }
}

#[test]
fn recordings_behind_each_other_are_read_on_and_another_rate_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let twice = file(&folder, "twice.ogg", &sound("sweep.ogg").repeat(2));
    let (samples, losses) = read(&twice);
    assert_eq!((samples.len(), losses), (2 * FRAMES, vec![]));
    assert!(off(&samples, 2.1..3.9, FRAMES) < 0.04);
    for kind in ["ogg", "mp3"] {
        let bytes = [
            sound(&format!("sweep.{kind}")),
            sound(&format!("slower.{kind}")),
        ]
        .concat();
        let (samples, losses) = read(&file(&folder, &format!("rates.{kind}"), &bytes));
        let told: Vec<_> = losses.iter().map(|loss| loss.reason).collect();
        assert_eq!(told, [LossReason::OtherRate { hz: 22_050 }], "{kind}");
        assert!((losses[0].start_s - 2.0).abs() < 0.06, "{kind}: {losses:?}");
        let power = |from: usize| {
            samples[from..from + 20_000]
                .iter()
                .map(|s| s * s)
                .sum::<f32>()
        };
        let ratio = power(3 * FRAMES / 2) / power(FRAMES / 2);
        assert!((0.9..1.1).contains(&ratio), "{kind}: {ratio}");
    }
}

#[test]
fn a_recording_with_a_damaged_header_is_refused_and_told_where_it_stands_among_others() {
    let folder = tempfile::tempdir().unwrap();
    let mut damaged = sound("sweep.ogg");
    damaged[30..50].fill(0x55);
    let refused = audio::open(&file(&folder, "damaged.ogg", &damaged)).map(drop);
    assert!(
        matches!(
            &refused,
            Err(AudioError::Damaged { .. }
                | AudioError::NotAudio { .. }
                | AudioError::Unsupported { .. })
        ),
        "{refused:?}"
    );
    for (parts, at_s) in [
        ([damaged.clone(), sound("sweep.ogg")], 0.0),
        ([sound("sweep.ogg"), damaged], 2.0),
    ] {
        let (samples, losses) = read(&file(&folder, "both.ogg", &parts.concat()));
        assert_eq!(samples.len(), FRAMES);
        let [loss] = &losses[..] else {
            panic!("{losses:?}");
        };
        assert_eq!((loss.start_s, loss.end_s), (at_s, at_s));
        assert!(loss.to_string().contains("is left out"), "{loss}");
    }
}

#[test]
fn opening_what_has_to_be_walked_through_can_be_broken_off() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["sweep.mp3", "sweep.ogg"] {
        let path = file(&folder, name, &sound(name));
        let mut asked = 0;
        let opened = audio::open_while(&path, &mut || {
            asked += 1;
            if asked > 1 {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        assert!(
            matches!(opened, Err(AudioError::Cancelled { .. })),
            "{name}"
        );
    }
}
