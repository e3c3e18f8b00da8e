use std::fs::File;
use std::io::Cursor;
use std::path::PathBuf;

use super::*;
use crate::time::{SampleIndex, SampleRate};

fn rate(hz: u32) -> SampleRate {
    SampleRate::new(hz).expect("not zero")
}

fn ramp(frames: usize, channels: usize, from: f32) -> Vec<f32> {
    (0..frames * channels)
        .map(|i| from + i as f32 * 1e-4)
        .collect()
}

fn folder_and_path() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("take.wav");
    (folder, path)
}

fn all(path: &Path) -> Vec<f32> {
    let mut reader = BwfReader::open(path).expect("opens");
    let mut samples = Vec::new();
    let frames = reader.frames() as usize;
    assert_eq!(
        reader.read_frames(0, frames, &mut samples).expect("reads"),
        frames
    );
    samples
}

#[test]
fn other_programs_read_what_was_written() {
    for channels in [1_u16, 2, 6] {
        let (_folder, path) = folder_and_path();
        let audio = ramp(1000, usize::from(channels), -0.5);
        let mut writer =
            BwfWriter::create(&path, rate(48_000), channels, SampleIndex(0), "x").expect("makes");
        writer.write_at(0, &audio).expect("writes");
        drop(writer);
        let mut wav = hound::WavReader::open(&path).expect("hound opens");
        let spec = wav.spec();
        assert_eq!(
            (spec.channels, spec.sample_rate, spec.bits_per_sample),
            (channels, 48_000, 32)
        );
        assert_eq!(spec.sample_format, hound::SampleFormat::Float);
        assert_eq!(wav.duration(), 1000);
        let read: Vec<f32> = wav
            .samples()
            .collect::<Result<_, _>>()
            .expect("hound reads");
        assert_eq!(read, audio);
    }
}

#[test]
fn time_reference_survives_and_never_goes_below_zero() {
    for (given, kept) in [(5_000_000_000, 5_000_000_000), (-48_000, 0)] {
        let (_folder, path) = folder_and_path();
        BwfWriter::create(&path, rate(96_000), 1, SampleIndex(given), "Dialogue ö").expect("makes");
        let reader = BwfReader::open(&path).expect("opens");
        assert_eq!(reader.time_reference(), SampleIndex(kept));
        assert_eq!(
            (reader.rate(), reader.channels(), reader.frames()),
            (rate(96_000), 1, 0)
        );
    }
}

#[test]
fn writes_land_inside_at_the_end_and_past_it() {
    let (_folder, path) = folder_and_path();
    let mut writer = BwfWriter::create(&path, rate(44_100), 2, SampleIndex(0), "").expect("makes");
    writer.write_at(0, &[1.0; 20]).expect("writes");
    writer.write_at(4, &[2.0; 4]).expect("overwrites");
    writer.write_at(12, &[3.0; 2]).expect("writes past a gap");
    assert_eq!(writer.frames(), 13);
    let mut expected = vec![1.0; 20];
    expected[8..12].fill(2.0);
    expected.extend([0.0; 4]);
    expected.extend([3.0; 2]);
    assert_eq!(all(&path), expected);
    assert!(matches!(
        writer.write_at(0, &[0.0; 3]),
        Err(BwfError::Ragged { .. })
    ));
}

#[test]
fn a_reader_follows_a_growing_file() {
    let (_folder, path) = folder_and_path();
    let mut writer = BwfWriter::create(&path, rate(44_100), 1, SampleIndex(0), "").expect("makes");
    let mut reader = BwfReader::open(&path).expect("opens");
    assert_eq!(reader.frames(), 0);
    writer.write_at(0, &ramp(100, 1, 0.0)).expect("writes");
    let mut samples = Vec::new();
    assert_eq!(reader.read_frames(90, 20, &mut samples).expect("reads"), 10);
    assert_eq!(samples, ramp(100, 1, 0.0)[90..]);
    assert_eq!(reader.frames(), 100);
    assert_eq!(
        reader
            .read_frames(500, 20, &mut samples)
            .expect("reads nothing"),
        0
    );
    assert!(samples.is_empty());
}

#[test]
fn a_crash_leaves_a_readable_file_that_can_be_continued() {
    let (_folder, path) = folder_and_path();
    let mut writer = BwfWriter::create(&path, rate(44_100), 1, SampleIndex(7), "").expect("makes");
    writer.write_at(0, &[0.25; 50]).expect("writes");
    writer.flush().expect("flushes");
    writer.write_at(50, &[0.5; 50]).expect("writes");
    // A crash: neither the header nor a whole last frame got out.
    let _crashed = std::mem::ManuallyDrop::new(writer);
    let file = File::options().write(true).open(&path).expect("opens");
    file.set_len(file.metadata().expect("has a length").len() - 2)
        .expect("tears");
    drop(file);
    assert_eq!(
        hound::WavReader::open(&path)
            .expect("hound opens")
            .duration(),
        50
    );
    assert_eq!(BwfReader::open(&path).expect("opens").frames(), 99);

    let mut writer = BwfWriter::reopen(&path).expect("reopens");
    assert_eq!(writer.frames(), 99);
    writer.write_at(99, &[0.75; 3]).expect("continues");
    drop(writer);
    assert_eq!(
        hound::WavReader::open(&path)
            .expect("hound opens")
            .duration(),
        102
    );
    assert_eq!(all(&path)[98..], [0.5, 0.75, 0.75, 0.75]);
    assert_eq!(
        BwfReader::open(&path).expect("opens").time_reference(),
        SampleIndex(7)
    );
}

#[test]
fn a_take_that_another_program_added_chunks_to_keeps_its_samples_apart_from_them() {
    let (_folder, path) = folder_and_path();
    let mut writer = BwfWriter::create(&path, rate(44_100), 1, SampleIndex(0), "").expect("makes");
    writer.write_at(0, &[0.25; 50]).expect("writes");
    drop(writer);
    let mut bytes = std::fs::read(&path).expect("reads");
    bytes.extend(b"LIST\x04\0\0\0INFO");
    let riff_bytes = u32::try_from(bytes.len() - 8).expect("small");
    bytes[4..8].copy_from_slice(&riff_bytes.to_le_bytes());
    std::fs::write(&path, bytes).expect("edits");
    assert_eq!(all(&path), [0.25; 50]);
    assert!(matches!(
        BwfWriter::reopen(&path),
        Err(BwfError::Foreign { .. })
    ));
}

#[test]
fn sizes_past_four_gigabytes_turn_the_header_into_rf64_and_back() {
    let mut bytes = header::build(rate(48_000), 2, SampleIndex(99), "long", "");
    let small = bytes.clone();
    let layout = header::parse(&mut Cursor::new(&bytes)).expect("parses");
    let frames = 600_000_000_u64;
    header::patch_sizes(&mut bytes, &layout, frames);
    assert_eq!(&bytes[..8], b"RF64\xff\xff\xff\xff");
    assert_eq!(&bytes[12..16], b"ds64");
    assert_eq!(bytes.len(), small.len());
    let riff = u64::from_le_bytes(bytes[20..28].try_into().expect("8 bytes"));
    let data = u64::from_le_bytes(bytes[28..36].try_into().expect("8 bytes"));
    let count = u64::from_le_bytes(bytes[36..44].try_into().expect("8 bytes"));
    assert_eq!(data, frames * 8);
    assert_eq!(riff, data + bytes.len() as u64 - 8);
    assert_eq!(count, frames);
    assert_eq!(bytes[bytes.len() - 4..], [0xff; 4]);

    let wide = header::parse(&mut Cursor::new(&bytes)).expect("parses RF64");
    assert_eq!(wide.time_reference, SampleIndex(99));
    assert_eq!(wide.frames(bytes.len() as u64 + data), frames);

    // The largest size that 32 bits can say without meaning "look in ds64", and the next.
    let largest = (u64::from(u32::MAX) + 7 - layout.data_start) / 8;
    header::patch_sizes(&mut bytes, &layout, largest);
    assert_eq!(&bytes[..4], b"RIFF");
    assert_eq!(&bytes[12..16], b"JUNK");
    header::patch_sizes(&mut bytes, &layout, largest + 1);
    assert_eq!(&bytes[..4], b"RF64");
    header::patch_sizes(&mut bytes, &layout, 0);
    let mut empty = small;
    header::patch_sizes(&mut empty, &layout, 0);
    assert_eq!(bytes, empty);
}

#[test]
fn a_foreign_file_ends_where_its_header_says_and_is_never_written() {
    let (_folder, path) = folder_and_path();
    let spec = hound::WavSpec {
        channels: 2,
        sample_rate: 44_100,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut wav = hound::WavWriter::create(&path, spec).expect("makes");
    for sample in 0..20 {
        wav.write_sample(sample as f32).expect("writes");
    }
    wav.finalize().expect("finishes");
    let mut file = File::options().append(true).open(&path).expect("opens");
    std::io::Write::write_all(&mut file, b"LIST\x04\0\0\0INFO").expect("appends a chunk");
    assert_eq!(all(&path), (0..20).map(|i| i as f32).collect::<Vec<_>>());
    assert!(matches!(
        BwfWriter::reopen(&path),
        Err(BwfError::Foreign { .. })
    ));
}

#[test]
fn what_is_no_float_wav_is_refused_with_a_reason() {
    let (_folder, path) = folder_and_path();
    for bytes in [
        &b""[..],
        b"RIFF",
        b"RIFF\0\0\0\0WAVE",
        b"RIFF\0\0\0\0WAVEdata\x04\0\0\0abcd",
        &[b'x'; 64],
    ] {
        std::fs::write(&path, bytes).expect("writes");
        assert!(matches!(
            BwfReader::open(&path),
            Err(BwfError::Unsupported { .. })
        ));
    }
    let missing = path.with_file_name("none.wav");
    assert!(matches!(
        BwfReader::open(&missing),
        Err(BwfError::Io { .. })
    ));
}

/// As the C libraries of audio programs open files: others may write meanwhile, but not delete.
#[cfg(windows)]
#[test]
fn a_take_that_grows_can_be_read_by_programs_that_let_others_write() {
    use std::os::windows::fs::OpenOptionsExt as _;

    const SHARE_READ_AND_WRITE: u32 = 3;
    let (_folder, path) = folder_and_path();
    let mut writer = BwfWriter::create(&path, rate(48_000), 1, SampleIndex(0), "x").expect("new");
    writer.write_at(0, &[0.5; 100]).expect("writes");
    writer.flush().expect("writes");
    let mut options = File::options();
    let reader = options.read(true).share_mode(SHARE_READ_AND_WRITE);
    let length = |file: &File| file.metadata().expect("is there").len();
    let other = reader.open(&path).expect("opens beside the recorder");
    let before = length(&other);
    writer
        .write_at(100, &[0.5; 100])
        .expect("writes beside the reader");
    writer.flush().expect("writes");
    assert_eq!(length(&other), before + 400);
}
