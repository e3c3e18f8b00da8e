//! Recordings as people have them: every form of WAV read to the sample or refused in words, what is missing told, and no header
//! believed over its file. The files are built here from samples that are known.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use std::path::{Path, PathBuf};

use earmark_core::audio::{self, Hint, LossReason, band_hint};
use earmark_core::time::{SampleIndex, SampleRate, Span};

const RATE: u32 = 44_100;
const FRAMES: usize = 5_000;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

/// A known sample of 16 bits.
fn sample(frame: usize) -> i16 {
    ((frame * 7_919 + 13) % 60_000) as i16
}

fn expected() -> Vec<f32> {
    (0..FRAMES)
        .map(|i| f32::from(sample(i)) / 32_768.0)
        .collect()
}

fn chunk(id: &[u8; 4], content: &[u8]) -> Vec<u8> {
    sized(id, content, content.len() as u32)
}

fn sized(id: &[u8; 4], content: &[u8], size: u32) -> Vec<u8> {
    let mut bytes = [id.as_slice(), &size.to_le_bytes(), content].concat();
    bytes.resize(bytes.len().next_multiple_of(2), 0);
    bytes
}

fn fmt(tag: u16, channels: u16, bits: u16, block: u16) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend(tag.to_le_bytes());
    bytes.extend(channels.to_le_bytes());
    bytes.extend(RATE.to_le_bytes());
    bytes.extend((RATE * u32::from(block)).to_le_bytes());
    bytes.extend(block.to_le_bytes());
    bytes.extend(bits.to_le_bytes());
    bytes
}

fn extensible(tag: u16, channels: u16, bits: u16, valid: u16, block: u16) -> Vec<u8> {
    let mut bytes = fmt(0xFFFE, channels, bits, block);
    bytes.extend(22_u16.to_le_bytes());
    bytes.extend(valid.to_le_bytes());
    bytes.extend(0_u32.to_le_bytes());
    bytes.extend(tag.to_le_bytes());
    bytes.extend([0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71]);
    bytes
}

fn riff(body: &[Vec<u8>]) -> Vec<u8> {
    let body = body.concat();
    riff_sized(&body, body.len() as u32 + 4)
}

fn riff_sized(body: &[u8], size: u32) -> Vec<u8> {
    [b"RIFF".as_slice(), &size.to_le_bytes(), b"WAVE", body].concat()
}

fn wide(form: &[u8; 4], format: &[u8], data: &[u8]) -> Vec<u8> {
    let mut sizes = Vec::new();
    sizes.extend((data.len() as u64 + 100).to_le_bytes());
    sizes.extend((data.len() as u64).to_le_bytes());
    sizes.extend([0; 12]);
    let body = [
        chunk(b"ds64", &sizes),
        chunk(b"fmt ", format),
        sized(b"data", data, u32::MAX),
    ]
    .concat();
    [form.as_slice(), &u32::MAX.to_le_bytes(), b"WAVE", &body].concat()
}

/// The samples in one of the forms that WAV has.
fn coded(form: &str) -> Vec<u8> {
    (0..FRAMES)
        .flat_map(|i| {
            let s = sample(i);
            match form {
                "i16" => s.to_le_bytes().to_vec(),
                "i24" => [[0].as_slice(), &s.to_le_bytes()].concat(),
                "i32" => [[0, 0].as_slice(), &s.to_le_bytes()].concat(),
                "f32" => (f32::from(s) / 32_768.0).to_le_bytes().to_vec(),
                _ => (f64::from(s) / 32_768.0).to_le_bytes().to_vec(),
            }
        })
        .collect()
}

fn read(path: &Path) -> Vec<f32> {
    let mut source = audio::open(path).unwrap_or_else(|error| panic!("{error}"));
    let mut samples = vec![9.0; source.frames() as usize];
    for (index, part) in samples.chunks_mut(777).enumerate() {
        source.read_mono(index as i64 * 777, part).unwrap();
    }
    samples
}

fn reasons(path: &Path) -> Vec<LossReason> {
    let losses = audio::open(path).unwrap().losses();
    losses.iter().map(|loss| loss.reason).collect()
}

#[test]
fn every_form_of_wav_is_read_to_the_sample() {
    let folder = Folder::new();
    let forms = [
        ("i16", 1, 16, 2),
        ("i24", 1, 24, 3),
        ("i32", 1, 32, 4),
        ("f32", 3, 32, 4),
        ("f64", 3, 64, 8),
    ];
    for (form, tag, bits, block) in forms {
        let data = coded(form);
        let plain = fmt(tag, 1, bits, block);
        let long = extensible(tag, 1, bits, 0, block);
        let d = chunk(b"data", &data);
        let cases = [
            ("plain", riff(&[chunk(b"fmt ", &plain), d.clone()])),
            ("extensible", riff(&[chunk(b"fmt ", &long), d.clone()])),
            (
                "fmt20",
                riff(&[
                    chunk(b"fmt ", &[plain.as_slice(), &[0; 4]].concat()),
                    d.clone(),
                ]),
            ),
            (
                "junk",
                riff(&[chunk(b"JUNK", &[0; 29]), chunk(b"fmt ", &plain), d.clone()]),
            ),
            (
                "unpadded",
                riff(&[
                    b"note\x03\0\0\0abc".to_vec(),
                    chunk(b"fmt ", &plain),
                    d.clone(),
                ]),
            ),
            (
                "trailing",
                [
                    riff(&[chunk(b"fmt ", &plain), d.clone()]),
                    b"garbage".repeat(9),
                ]
                .concat(),
            ),
            ("rf64", wide(b"RF64", &plain, &data)),
            ("bw64", wide(b"BW64", &plain, &data)),
            ("rf64 extensible", wide(b"RF64", &long, &data)),
        ];
        for (name, bytes) in cases {
            let path = folder.file(&format!("{form} {name}.wav"), &bytes);
            assert_eq!(read(&path), expected(), "{form} {name}");
            assert_eq!(reasons(&path), [], "{form} {name}");
        }
    }
    let twenty = [
        ("plain", fmt(1, 1, 20, 3)),
        ("extensible", extensible(1, 1, 24, 20, 3)),
    ];
    for (name, format) in twenty {
        let bytes = riff(&[chunk(b"fmt ", &format), chunk(b"data", &coded("i24"))]);
        assert_eq!(
            read(&folder.file(&format!("20 bits {name}.wav"), &bytes)),
            expected()
        );
    }
}

#[test]
fn sizes_that_are_wrong_or_unfinished_cost_no_sample_and_are_told() {
    let folder = Folder::new();
    for (form, tag, bits, block) in [("i16", 1, 16, 2), ("f32", 3, 32, 4)] {
        let data = coded(form);
        let format = chunk(b"fmt ", &fmt(tag, 1, bits, block));
        let whole = (data.len() + format.len() + 12) as u32;
        let cases = [
            ("short by 8", whole - 8, data.len() as u32),
            ("zero", 0, data.len() as u32),
            ("both zero", 0, 0),
            ("only data zero", 36, 0),
            ("streamed", u32::MAX, u32::MAX),
            ("streamed signed", 0x7FFF_FFFF, 0x7FFF_FFFF),
            ("streamed by sox", 0x7FFF_FFFF, 0x7FFF_FFFF - 36),
        ];
        for (name, riff_bytes, data_bytes) in cases {
            let body = [format.clone(), sized(b"data", &data, data_bytes)].concat();
            let path = folder.file(
                &format!("{form} {name}.wav"),
                &riff_sized(&body, riff_bytes),
            );
            assert_eq!(read(&path), expected(), "{form} {name}");
            assert_eq!(reasons(&path), [LossReason::WrongHeader], "{form} {name}");
        }
    }
}

#[test]
fn a_cut_file_gives_what_is_there_and_says_what_is_missing() {
    let folder = Folder::new();
    let whole = riff(&[
        chunk(b"fmt ", &fmt(1, 1, 16, 2)),
        chunk(b"data", &coded("i16")),
    ]);
    let path = folder.file("cut.wav", &whole[..44 + 2 * 2_000 + 1]);
    assert_eq!(read(&path), expected()[..2_000]);
    let [loss] = audio::open(&path).unwrap().losses()[..] else {
        panic!("one loss");
    };
    assert_eq!(loss.reason, LossReason::Truncated);
    assert!(loss.is_missing());
    assert!((loss.start_s - 2_000.0 / 44_100.0).abs() < 1e-9, "{loss:?}");
    assert!((loss.end_s - 5_000.0 / 44_100.0).abs() < 1e-9, "{loss:?}");
    for length in [20, 30, 44] {
        assert!(audio::open(&folder.file("header.wav", &whole[..length])).is_err());
    }
}

#[test]
fn what_is_not_supported_is_refused_in_words_and_never_read_as_noise() {
    let folder = Folder::new();
    let noise: Vec<u8> = (0..600_000_u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    let contradiction = riff(&[
        chunk(b"fmt ", &fmt(1, 1, 16, 4)),
        chunk(b"data", &coded("i16")),
    ]);
    let cases = [
        ("raw.wav", noise.clone(), "not a sound file"),
        ("raw.mp3", coded("i24"), "not a sound file"),
        (
            "apple.wav",
            [b"caff\0\x01\0\0".as_slice(), &noise].concat(),
            "uses CAF",
        ),
        (
            "other order.wav",
            [b"RIFX\0\0\0\0WAVE".as_slice(), &noise].concat(),
            "RIFX",
        ),
        (
            "tagged.mp3",
            [b"ID3\x03\0\0\0\0\0\x04abcd".as_slice(), &noise].concat(),
            "ID3",
        ),
        ("contradiction.wav", contradiction, "contradicts itself"),
    ];
    for (name, bytes, words) in cases {
        let error = audio::open(&folder.file(name, &bytes))
            .err()
            .unwrap()
            .to_string();
        assert!(error.contains(words), "{name}: {error}");
        assert!(
            error.contains("convert it to WAV or FLAC"),
            "{name}: {error}"
        );
    }
}

#[test]
fn stretches_keep_every_channel_and_files_of_many_channels_are_read() {
    let folder = Folder::new();
    for channels in [2_u16, 6, 32, 64] {
        let data: Vec<u8> = (0..FRAMES)
            .flat_map(|i| (0..usize::from(channels)).flat_map(move |c| sample(i + c).to_le_bytes()))
            .collect();
        let bytes = riff(&[
            chunk(b"fmt ", &fmt(1, channels, 16, 2 * channels)),
            chunk(b"data", &data),
        ]);
        let path = folder.file(&format!("{channels}.wav"), &bytes);
        assert_eq!(read(&path).len(), FRAMES);
        let span = Span::new(100.0 / 44_100.0, 300.0 / 44_100.0).unwrap();
        let stretch = audio::read_stretch(&path, span).unwrap();
        let wanted: Vec<f32> = (100..300)
            .flat_map(|i| {
                (0..usize::from(channels)).map(move |c| f32::from(sample(i + c)) / 32_768.0)
            })
            .collect();
        assert_eq!((stretch.channels, stretch.interleaved), (channels, wanted));
    }
}

#[test]
fn the_time_reference_of_a_foreign_broadcast_wav_is_its_position() {
    let folder = Folder::new();
    let mut bext = vec![0; 602];
    bext[338..346].copy_from_slice(&(36_000 * u64::from(RATE)).to_le_bytes());
    for (form, tag, bits, block) in [("i16", 1, 16, 2), ("f32", 3, 32, 4)] {
        let format = chunk(b"fmt ", &fmt(tag, 1, bits, block));
        let bytes = riff(&[chunk(b"bext", &bext), format, chunk(b"data", &coded(form))]);
        let source = audio::open(&folder.file("bext.wav", &bytes)).unwrap();
        assert_eq!(source.time_reference(), Some(SampleIndex(36_000 * 44_100)));
    }
}

#[test]
fn what_the_mean_of_the_channels_would_lose_is_heard_the_louder_way() {
    let folder = Folder::new();
    let file = |name: &str, channels: u16, at: &dyn Fn(usize, u16) -> i16| {
        let data: Vec<u8> = (0..FRAMES)
            .flat_map(|i| (0..channels).flat_map(move |c| at(i, c).to_le_bytes()))
            .collect();
        let format = chunk(b"fmt ", &fmt(1, channels, 16, 2 * channels));
        folder.file(name, &riff(&[format, chunk(b"data", &data)]))
    };
    let small = |i: usize| sample(i) / 2;
    let antiphase = file("antiphase.wav", 2, &|i, c| {
        if c == 0 { small(i) } else { -small(i) }
    });
    let alone = file("alone.wav", 16, &|i, c| if c == 9 { small(i) } else { 0 });
    let together = file("together.wav", 2, &|i, _| small(i));
    let wanted: Vec<f32> = (0..FRAMES)
        .map(|i| f32::from(small(i)) / 32_768.0)
        .collect();
    let cases = [
        (antiphase, vec![Hint::ChannelsCancel]),
        (
            alone,
            vec![Hint::OneChannel {
                channel: 10,
                channels: 16,
            }],
        ),
        (together, Vec::new()),
    ];
    for (path, hints) in cases {
        assert_eq!(read(&path), wanted, "{}", path.display());
        assert_eq!(audio::open(&path).unwrap().hints().unwrap(), hints);
    }
}

#[test]
fn a_recording_that_ends_below_the_models_band_is_told() {
    let rate = |hz| SampleRate::new(hz).unwrap();
    for hz in [8_000, 16_000, 32_000] {
        let hint = band_hint(rate(hz), rate(44_100));
        let missing = Hint::BandMissing {
            recording_hz: hz / 2,
            model_hz: 22_050,
        };
        assert_eq!(hint, Some(missing));
    }
    assert_eq!(band_hint(rate(44_100), rate(44_100)), None);
    assert_eq!(band_hint(rate(96_000), rate(44_100)), None);
}
