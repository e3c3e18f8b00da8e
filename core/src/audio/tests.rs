//! What holds for every format that is opened.

use super::*;

/// All samples of the recording at `path`.
fn samples(path: &Path) -> Vec<f32> {
    let mut source = open(path).unwrap();
    let mut samples = vec![9.0; source.frames() as usize];
    source.read_mono(0, &mut samples).unwrap();
    samples
}

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
    assert_eq!(open(&path).unwrap().rate().hz(), 48_000);
    assert_eq!(samples(&path), [0.5, 0.375, 0.0]);
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
    assert_eq!(samples(&path), [0.5, -0.5, -1.0]);
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
    let samples = samples(&path);
    assert!(samples.iter().all(|sample| sample.is_finite()));
    assert_eq!(samples[2], 0.5);
}

#[test]
fn each_kind_of_wrong_file_has_its_own_error_with_a_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    };
    let missing = open(&folder.path().join("gone.wav")).err().unwrap();
    assert!(
        matches!(missing, AudioError::NoSuchFile { .. }),
        "{missing}"
    );
    let empty = open(&file("empty.wav", b"")).err().unwrap();
    assert!(matches!(empty, AudioError::Empty { .. }), "{empty}");
    let text = open(&file(
        "text.wav",
        b"This is not a sound. ".repeat(1000).as_slice(),
    ))
    .err()
    .unwrap();
    assert!(matches!(text, AudioError::NotAudio { .. }), "{text}");
    assert!(text.to_string().contains("convert it to WAV"), "{text}");
    let directory = open(folder.path()).err().unwrap();
    assert!(
        matches!(
            directory,
            AudioError::NotAudio { .. } | AudioError::Io { .. }
        ),
        "{directory}"
    );
    let header = folder.path().join("header.wav");
    write_wav(&header, 44_100, 1, &[]);
    let silent = open(&header).err().unwrap();
    assert!(
        matches!(
            silent,
            AudioError::Empty { .. } | AudioError::Damaged { .. }
        ),
        "{silent}"
    );
    write_wav(&header, 3, 1, &[0.5; 16]);
    let odd_rate = open(&header).err().unwrap();
    assert!(
        matches!(odd_rate, AudioError::UnusableRate { hz: 3 }),
        "{odd_rate}"
    );
}

#[test]
fn reading_ends_when_it_is_told_to() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long.wav");
    write_wav(&path, 44_100, 1, &vec![0.25; 441_000]);
    let broken_off = open_while(&path, &mut || ControlFlow::Break(()));
    assert!(matches!(broken_off, Err(AudioError::Cancelled { .. })));
    let mut asked = 0;
    let whole = crate::time::Span::new(0.0, 10.0).unwrap();
    let go_on = &mut || {
        asked += 1;
        match asked {
            1..=3 => ControlFlow::Continue(()),
            _ => ControlFlow::Break(()),
        }
    };
    let broken_off = StretchReader::open_while(&path, go_on)
        .and_then(|mut reader| reader.read_while(whole, go_on));
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
    let source = open(&path).unwrap();
    assert!(
        (21_000..=22_050).contains(&source.frames()),
        "{}",
        source.frames()
    );
    assert!(samples(&path).iter().all(|&sample| sample == 0.25));
}

#[test]
fn a_float_wav_is_read_and_an_integer_wav_are_read_alike() {
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
