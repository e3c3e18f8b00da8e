mod interleavings;

use super::*;

const HZ: u32 = 1000;

fn format(channels: u16, max_block_frames: usize) -> CaptureFormat {
    let rate = SampleRate::new(HZ).expect("not zero");
    CaptureFormat {
        rate,
        channels,
        max_block_frames,
    }
}

fn rolling(position: i64) -> Transport {
    Transport::Rolling {
        position: Some(SampleIndex(position)),
    }
}

const FREE: Transport = Transport::Rolling { position: None };

/// Everything on the line: headers and all samples.
fn drain(reader: &mut CaptureReader) -> (Vec<Block>, Vec<f32>) {
    let (mut blocks, mut samples, mut block_samples) = (Vec::new(), Vec::new(), Vec::new());
    while let Some(block) = reader.next_block(&mut block_samples) {
        blocks.push(block);
        samples.extend_from_slice(&block_samples);
    }
    (blocks, samples)
}

/// Reads on another thread until the writer is gone, as the recorder does.
fn reading(mut reader: CaptureReader) -> std::thread::JoinHandle<(Vec<Block>, Vec<f32>)> {
    std::thread::spawn(move || {
        let (mut blocks, mut samples) = (Vec::new(), Vec::new());
        loop {
            let last = reader.is_abandoned();
            let (more_blocks, more_samples) = drain(&mut reader);
            blocks.extend(more_blocks);
            samples.extend(more_samples);
            if last {
                return (blocks, samples);
            }
            std::thread::park_timeout(std::time::Duration::from_millis(1));
        }
    })
}

/// Pushes `total` frames in blocks of changing lengths; left counts up, right counts down.
fn push_counting(writer: &mut CaptureWriter, total: usize, offline: bool) {
    let mut done = 0;
    for length in (1..=200).cycle() {
        let end = total.min(done + length);
        let left: Vec<f32> = (done..end).map(|i| i as f32).collect();
        let right: Vec<f32> = left.iter().map(|sample| -sample).collect();
        writer.push(rolling(done as i64), offline, &[left, right]);
        done = end;
        if done == total {
            return;
        }
    }
}

fn counted(total: usize) -> Vec<f32> {
    (0..total).flat_map(|i| [i as f32, -(i as f32)]).collect()
}

#[test]
fn audio_crosses_threads_unchanged_and_in_order() {
    let (mut writer, reader) = channel(format(2, 128), 0.0);
    let reading = reading(reader);
    push_counting(&mut writer, 9000, false);
    writer.push(Transport::Stopped, false, &[[0.0_f32; 4]; 2]);
    assert_eq!(writer.meter().captured_frames(), 9000);
    drop(writer);
    let (blocks, samples) = reading.join().expect("reads");
    assert_eq!(samples, counted(9000));
    let mut next = 0;
    for block in &blocks {
        assert_eq!(
            (block.position, block.dropped_before),
            (SampleIndex(next), 0)
        );
        assert!(block.frames <= 128);
        next += block.frames as i64;
    }
    assert_eq!(
        blocks.last().map(|block| block.kind),
        Some(BlockKind::Stopped)
    );
}

#[test]
fn a_render_waits_for_room_and_loses_nothing() {
    for offline in [true, false] {
        let (mut writer, reader) = channel(format(2, 512), 10.0);
        let reading = reading(reader);
        push_counting(&mut writer, 200_000, offline);
        assert_eq!(writer.meter().dropped_frames(), 0);
        assert!(!writer.meter().is_waiting());
        drop(writer);
        let (_, samples) = reading.join().expect("reads");
        assert_eq!(samples.len(), 400_000);
        assert!(samples == counted(200_000), "offline: {offline}");
    }
}

#[test]
fn a_render_does_not_hang_when_nobody_reads() {
    let (mut writer, reader) = line(format(1, 100), 200);
    drop(reader);
    for _ in 0..1000 {
        writer.push(FREE, true, &[[0.0_f32; 100]]);
    }
    assert_eq!(writer.meter().captured_frames(), 200);
    assert_eq!(writer.meter().dropped_frames(), 99_800);
}

#[test]
fn a_full_line_drops_whole_blocks_and_tells_how_much_is_missing() {
    let (mut writer, mut reader) = line(format(2, 100), 250);
    for index in 0..5 {
        writer.push(rolling(index * 100), false, &[[index as f32; 100]; 2]);
    }
    assert_eq!(writer.meter().dropped_frames(), 300);
    let (blocks, samples) = drain(&mut reader);
    assert_eq!(blocks.len(), 2);
    assert!(samples[..200].iter().all(|s| *s == 0.0) && samples[200..].iter().all(|s| *s == 1.0));
    writer.push(rolling(500), false, &[[5.0; 100]; 2]);
    writer.push(rolling(600), false, &[[6.0; 100]; 2]);
    let (blocks, _) = drain(&mut reader);
    assert_eq!(
        (blocks[0].position, blocks[0].dropped_before),
        (SampleIndex(500), 300)
    );
    assert_eq!(
        (blocks[1].position, blocks[1].dropped_before),
        (SampleIndex(600), 0)
    );
}

#[test]
fn a_free_running_host_continues_after_the_last_block_and_over_gaps() {
    let (mut writer, mut reader) = line(format(1, 100), 200);
    writer.continue_from(SampleIndex(40));
    for _ in 0..3 {
        writer.push(FREE, false, &[[0.5_f32; 100]]);
    }
    assert_eq!(writer.meter().playhead(), Some(SampleIndex(340)));
    writer.push(Transport::Stopped, false, &[[0.0_f32; 100]]);
    drain(&mut reader);
    writer.push(FREE, false, &[[0.5_f32; 10]]);
    let (blocks, _) = drain(&mut reader);
    assert_eq!(blocks[0].position, SampleIndex(340));
}

#[test]
fn stopping_is_told_once_and_survives_a_full_line() {
    let (mut writer, mut reader) = line(format(1, 100), 200);
    // Fills the header ring: one frame per block.
    for _ in 0..100 {
        writer.push(FREE, false, &[[1.0_f32]]);
    }
    assert!(writer.meter().is_rolling());
    writer.push(Transport::Stopped, false, &[[0.0_f32]]);
    writer.push(Transport::Stopped, false, &[[0.0_f32]]);
    assert!(!writer.meter().is_rolling());
    let (blocks, _) = drain(&mut reader);
    assert!(blocks.iter().all(|block| block.kind == BlockKind::Audio));
    let lost = 100 - blocks.len() as u64;
    assert!(lost > 0);
    writer.push(rolling(7), false, &[[2.0_f32; 3]]);
    writer.push(Transport::Stopped, false, &[[0.0_f32]]);
    writer.push(Transport::Stopped, false, &[[0.0_f32]]);
    let (blocks, samples) = drain(&mut reader);
    let kinds: Vec<_> = blocks.iter().map(|block| block.kind).collect();
    assert_eq!(
        kinds,
        [BlockKind::Stopped, BlockKind::Audio, BlockKind::Stopped]
    );
    assert_eq!(blocks[0].dropped_before, lost);
    assert_eq!(blocks[1].dropped_before, 0);
    assert_eq!(blocks[2].position, SampleIndex(10));
    assert_eq!(samples, [2.0; 3]);
}

#[test]
fn positions_may_jump_anywhere() {
    let (mut writer, mut reader) = channel(format(1, 64), 10.0);
    let positions = [500, -64, i64::MAX - 1, i64::MIN + 1, 0];
    for position in positions {
        writer.push(rolling(position), false, &[[0.0_f32; 8]]);
    }
    let (blocks, _) = drain(&mut reader);
    assert_eq!(
        blocks
            .iter()
            .map(|block| block.position.0)
            .collect::<Vec<_>>(),
        positions
    );
}

#[test]
fn odd_blocks_are_tolerated() {
    let (mut writer, mut reader) = channel(format(10, 64), 10.0);
    assert_eq!(reader.format().channels, MAX_CHANNELS);
    let none: [[f32; 4]; 0] = [];
    writer.push(FREE, false, &none);
    writer.push(FREE, false, &[[0.0_f32; 0]; 2]);
    assert!(!reader.has_block());

    let ten: Vec<Vec<f32>> = (0..10).map(|c| vec![c as f32; 2]).collect();
    writer.push(FREE, false, &ten);
    writer.push(FREE, false, &[[9.0_f32; 1]]);
    let (blocks, samples) = drain(&mut reader);
    assert_eq!(
        blocks.iter().map(|block| block.frames).collect::<Vec<_>>(),
        [2, 1]
    );
    let eight = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0];
    assert_eq!(samples[..8], eight);
    assert_eq!(samples[8..16], eight);
    assert_eq!(samples[16..], [9.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
}

#[test]
fn a_block_longer_than_announced_arrives_in_pieces() {
    let (mut writer, mut reader) = channel(format(1, 64), 10.0);
    let long: Vec<f32> = (0..1000).map(|i| i as f32).collect();
    writer.push(rolling(-10), false, &[&long]);
    let (blocks, samples) = drain(&mut reader);
    assert_eq!(samples, long);
    assert!(blocks.iter().all(|block| block.frames <= 64));
    assert_eq!(blocks[1].position, SampleIndex(54));
}

#[test]
fn a_render_in_blocks_of_one_frame_loses_nothing_before_it_is_recognised() {
    let (mut writer, reader) = channel(format(1, 64), 0.0);
    let frames = 5 * HZ as usize;
    // The recorder is slow to take notice, as while a database is opened: for as long as nobody could tell a render.
    for index in 0..=HZ as usize {
        writer.push(FREE, false, &[[index as f32]]);
    }
    let reading = reading(reader);
    for index in HZ as usize + 1..frames {
        writer.push(FREE, false, &[[index as f32]]);
    }
    assert_eq!(writer.meter().dropped_frames(), 0);
    drop(writer);
    let (_, samples) = reading.join().expect("reads");
    assert!(samples == (0..frames).map(|i| i as f32).collect::<Vec<_>>());
}

#[test]
fn what_nobody_listens_to_is_not_captured_but_the_playhead_follows() {
    let (mut writer, mut reader) = channel(format(1, 64), 10.0);
    let ignored = |position| Transport::Ignored {
        position: Some(SampleIndex(position)),
    };
    writer.push(rolling(0), false, &[[0.5_f32; 64]]);
    writer.push(ignored(64), false, &[[0.5_f32; 64]]);
    assert!(writer.meter().is_rolling());
    assert_eq!(writer.meter().playhead(), Some(SampleIndex(128)));
    writer.push(rolling(128), false, &[[0.5_f32; 64]]);
    let (blocks, samples) = drain(&mut reader);
    let kinds: Vec<_> = blocks.iter().map(|block| block.kind).collect();
    assert_eq!(
        kinds,
        [BlockKind::Audio, BlockKind::Stopped, BlockKind::Audio]
    );
    assert_eq!(samples.len(), 128);
}
