//! Coded files in any order: containers that round their time stamps or have no index, and blocks that need nothing before them.

use std::path::Path;

use earmark_core::audio::{self, LossReason};
use earmark_core::time::Span;

use super::{file, read, sound};

/// The frames of an MP3 without its tags.
fn mp3_frames(bytes: &[u8]) -> Vec<&[u8]> {
    let mut frames = Vec::new();
    let mut at = bytes
        .windows(2)
        .position(|two| two[0] == 0xFF && two[1] & 0xE0 == 0xE0);
    while let Some(start) = at.filter(|&start| start + 4 <= bytes.len() && bytes[start] == 0xFF) {
        // MPEG 1, layer 3, at 44.1 kHz.
        let kbps = [
            0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0,
        ];
        let (rate, padding) = (
            kbps[usize::from(bytes[start + 2] >> 4)],
            bytes[start + 2] >> 1 & 1,
        );
        let length = 144_000 * rate / 44_100 + usize::from(padding);
        frames.extend(bytes.get(start..start + length));
        at = Some(start + length);
    }
    frames
}

/// An element of Matroska.
fn ebml(id: &[u8], content: &[u8]) -> Vec<u8> {
    let mut size = (content.len() as u64).to_be_bytes();
    size[0] |= 1;
    [id, &size, content].concat()
}

fn number(id: &[u8], value: u64) -> Vec<u8> {
    ebml(id, &value.to_be_bytes())
}

/// A Matroska file of MP3 frames with time stamps in milliseconds, as they are written; with an index or without.
fn matroska(frames: &[&[u8]], has_index: bool) -> Vec<u8> {
    let head = ebml(&[0x1A, 0x45, 0xDF, 0xA3], &ebml(&[0x42, 0x82], b"matroska"));
    let writer = [ebml(&[0x4D, 0x80], b"test"), ebml(&[0x57, 0x41], b"test")].concat();
    let scale = number(&[0x2A, 0xD7, 0xB1], 1_000_000);
    let info = ebml(&[0x15, 0x49, 0xA9, 0x66], &[scale, writer].concat());
    let audio = [ebml(&[0xB5], &44_100_f64.to_be_bytes()), number(&[0x9F], 1)].concat();
    let entry = [
        number(&[0xD7], 1),
        number(&[0x73, 0xC5], 1),
        number(&[0x83], 2),
        ebml(&[0x86], b"A_MPEG/L3"),
        ebml(&[0xE1], &audio),
    ];
    let tracks = ebml(&[0x16, 0x54, 0xAE, 0x6B], &ebml(&[0xAE], &entry.concat()));
    let at_ms = |frame: usize| (frame as f64 * 1_152.0 / 44.1).round() as u64;
    let per_cluster = 10;
    let mut clusters: Vec<Vec<u8>> = Vec::new();
    for (number_of, some) in frames.chunks(per_cluster).enumerate() {
        let first = number_of * per_cluster;
        let mut content = number(&[0xE7], at_ms(first));
        for (index, frame) in some.iter().enumerate() {
            let after = (at_ms(first + index) - at_ms(first)) as u16;
            let block = [&[0x81], &after.to_be_bytes()[..], &[0x80], frame].concat();
            content.extend(ebml(&[0xA3], &block));
        }
        clusters.push(ebml(&[0x1F, 0x43, 0xB6, 0x75], &content));
    }
    let cues = |first_at: usize| {
        let mut at = first_at;
        let point = |(index, cluster): (usize, &Vec<u8>)| {
            let place = [number(&[0xF7], 1), number(&[0xF1], at as u64)].concat();
            at += cluster.len();
            let time = number(&[0xB3], at_ms(index * per_cluster));
            ebml(&[0xBB], &[time, ebml(&[0xB7], &place)].concat())
        };
        let points: Vec<u8> = clusters.iter().enumerate().flat_map(point).collect();
        ebml(&[0x1C, 0x53, 0xBB, 0x6B], &points)
    };
    let before = [info, tracks].concat();
    let index = if has_index {
        cues(before.len() + cues(0).len())
    } else {
        Vec::new()
    };
    let content = [before, index, clusters.concat()].concat();
    [head, ebml(&[0x18, 0x53, 0x80, 0x67], &content)].concat()
}

/// Whether stretches of `path`, read one by one in any order, are what reading from the beginning gives.
fn assert_seekable(path: &Path, most: f32) {
    let mut whole = audio::read_stretch(path, Span::new(0.0, 1e6).unwrap()).unwrap();
    let channels = usize::from(whole.channels);
    let frames = whole.interleaved.len() / channels;
    let rate = f64::from(whole.rate.hz());
    for start in [0.8, 0.1, 0.45, 0.95, 0.0, 0.7, 0.3] {
        let start = (start * frames as f64) as usize;
        let count = 1_500.min(frames - start);
        let span = Span::new(start as f64 / rate, (start + count) as f64 / rate);
        let stretch = audio::read_stretch(path, span.unwrap()).unwrap();
        assert_eq!(stretch.interleaved.len(), count * channels);
        let expected = &mut whole.interleaved[start * channels..];
        let pairs = stretch.interleaved.iter().zip(expected);
        let off = pairs.map(|(a, b)| (a - *b).abs()).fold(0.0, f32::max);
        assert!(
            off <= most,
            "{} from {start} is off by {off}",
            path.display()
        );
    }
}

#[test]
fn a_container_with_rounded_time_stamps_is_sought_to_the_sample_with_an_index_and_without() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = sound("sweep.mp3");
    let frames = mp3_frames(&bytes);
    assert!(frames.len() > 70, "{}", frames.len());
    // Without the frame that only tells about the others; the sweep several times.
    let frames: Vec<&[u8]> = frames[1..].repeat(4);
    for has_index in [true, false] {
        let path = file(&folder, "sweep.mkv", &matroska(&frames, has_index));
        let (samples, losses) = read(&path);
        assert_eq!(losses, [], "index: {has_index}");
        let all = frames.len() * 1_152;
        assert!(
            samples.len().abs_diff(all) < 100,
            "{} of {all}",
            samples.len()
        );
        assert_seekable(&path, 1e-3);
    }
}

/// The samples of a block of IMA ADPCM (the IMA's recommended practices, 1992), channel by channel.
fn ima_block(block: &[u8], channels: usize) -> Vec<Vec<i32>> {
    const MORE: [i32; 8] = [-1, -1, -1, -1, 2, 4, 6, 8];
    let steps: Vec<i32> = ima_steps();
    let (heads, data) = block.split_at(4 * channels);
    let decode = |channel: usize| {
        let head = &heads[4 * channel..];
        let mut value = i32::from(i16::from_le_bytes([head[0], head[1]]));
        let mut index = i32::from(head[2]);
        let mut samples = vec![value];
        let words = data.chunks(4).skip(channel).step_by(channels);
        for nibble in words.flatten().flat_map(|byte| [byte & 15, byte >> 4]) {
            let step = steps[index as usize];
            let size = ((2 * i32::from(nibble & 7) + 1) * step) >> 3;
            value += if nibble & 8 == 0 { size } else { -size };
            value = value.clamp(-32_768, 32_767);
            index = (index + MORE[usize::from(nibble & 7)]).clamp(0, 88);
            samples.push(value);
        }
        samples
    };
    (0..channels).map(decode).collect()
}

/// The 89 sizes of a step: each a tenth more than the one before, as the standard rounds them.
fn ima_steps() -> Vec<i32> {
    "7 8 9 10 11 12 13 14 16 17 19 21 23 25 28 31 34 37 41 45 50 55 60 66 73 80 88 97 107 118 130 143 157 173 190 \
     209 230 253 279 307 337 371 408 449 494 544 598 658 724 796 876 963 1060 1166 1282 1411 1552 1707 1878 2066 \
     2272 2499 2749 3024 3327 3660 4026 4428 4871 5358 5894 6484 7132 7845 8630 9493 10442 11487 12635 13899 15289 \
     16818 18500 20350 22385 24623 27086 29794 32767"
        .split(' ')
        .map(|step| step.parse().unwrap())
        .collect()
}

#[test]
fn adpcm_is_read_to_the_sample_from_any_block_on_and_to_the_end_that_its_header_says() {
    let folder = tempfile::tempdir().unwrap();
    let mut random = fastrand::Rng::with_seed(5);
    for channels in [1_usize, 2] {
        let (block_bytes, blocks) = (256 * channels, 400);
        let mut data = Vec::new();
        let mut expected: Vec<f32> = Vec::new();
        for _ in 0..blocks {
            let mut block: Vec<u8> = (0..block_bytes).map(|_| random.u8(..)).collect();
            for head in block.chunks_mut(4).take(channels) {
                (head[2], head[3]) = (random.u8(..40), 0);
            }
            let samples = ima_block(&block, channels);
            for frame in 0..samples[0].len() {
                expected.extend(samples.iter().map(|one| one[frame] as f32 / 32_768.0));
            }
            data.extend(block);
        }
        let frames = expected.len() / channels;
        let says = frames - 100;
        let head: Vec<u8> = [
            &0x11_u16.to_le_bytes()[..],
            &(channels as u16).to_le_bytes(),
            &44_100_u32.to_le_bytes(),
            &22_000_u32.to_le_bytes(),
            &(block_bytes as u16).to_le_bytes(),
            &4_u16.to_le_bytes(),
            &2_u16.to_le_bytes(),
            &((frames / blocks) as u16).to_le_bytes(),
        ]
        .concat();
        let chunk = |id: &[u8], content: &[u8]| {
            [id, &(content.len() as u32).to_le_bytes(), content].concat()
        };
        let body = [
            chunk(b"fmt ", &head),
            chunk(b"fact", &(says as u32).to_le_bytes()),
            chunk(b"data", &data),
        ]
        .concat();
        let bytes = chunk(b"RIFF", &[b"WAVE", &body[..]].concat());
        let path = file(&folder, "ima.wav", &bytes);
        let whole = audio::read_stretch(&path, Span::new(0.0, 100.0).unwrap()).unwrap();
        assert_eq!(whole.interleaved, expected[..says * channels], "{channels}");
        assert_seekable(&path, 0.0);
        assert_eq!(audio::open(&path).unwrap().losses(), []);

        let cut = file(
            &folder,
            "cut.wav",
            &bytes[..bytes.len() - 10 * block_bytes - 7],
        );
        let (samples, losses) = read(&cut);
        assert_eq!(samples.len(), frames / blocks * (blocks - 11));
        assert!(
            matches!(&losses[..], [loss] if loss.reason == LossReason::Truncated),
            "{losses:?}"
        );
    }
}
