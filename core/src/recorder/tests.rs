#[cfg(unix)] // Elsewhere a pipe has no place among the files.
mod disks;
mod lifecycle;
mod panics;
mod takes;

use std::path::Path;
use std::time::Duration;

use crossbeam_channel::Receiver;

use super::*;
use crate::audio::bwf::BwfReader;
use crate::capture::{self, CaptureFormat, CaptureWriter, Transport};
use crate::threads::FaultOutcome;
use crate::time::{SampleIndex, SampleRate};

const LINE: LineId = LineId(7);
const STOP: (Transport, &[f32]) = (Transport::Stopped, &[]);

/// A recorder whose faults nobody hears of.
fn start(sender: Sender<RecorderEvent>) -> Recorder {
    let (faults, _) = crossbeam_channel::unbounded();
    Recorder::spawn(sender, faults).expect("starts")
}

fn rate(hz: u32) -> SampleRate {
    SampleRate::new(hz).expect("not zero")
}

fn line_at(hz: u32, ring_frames: usize) -> (CaptureWriter, CaptureReader) {
    let format = CaptureFormat {
        rate: rate(hz),
        channels: 2,
        max_block_frames: 64,
    };
    capture::line(format, ring_frames)
}

fn destination(folder: &Path, takes: &[KnownTake]) -> Destination {
    let source_name = "Dialogue 1".to_owned();
    Destination {
        folder: folder.to_path_buf(),
        source_name,
        takes: takes.to_vec(),
    }
}

/// Stereo audio that differs everywhere: the right channel is the left one negated.
fn push(writer: &mut CaptureWriter, position: i64, left: &[f32]) {
    for (index, left) in left.chunks(50).enumerate() {
        let position = Some(SampleIndex(position + 50 * index as i64));
        let right: Vec<f32> = left.iter().map(|sample| -sample).collect();
        writer.push(Transport::Rolling { position }, false, &[left, &right]);
    }
}

fn stop(writer: &mut CaptureWriter) {
    writer.push(STOP.0, false, &[STOP.1]);
}

fn numbers(from: usize, to: usize) -> Vec<f32> {
    (from..to).map(|i| 1.0 + i as f32).collect()
}

/// The left channel of a take; checks the right one.
fn left_of(path: &Path) -> Vec<f32> {
    let mut reader = BwfReader::open(path).expect("opens");
    let mut samples = Vec::new();
    let frames = reader.frames() as usize;
    reader.read_frames(0, frames, &mut samples).expect("reads");
    let (stereo, _) = samples.as_chunks::<2>();
    assert!(stereo.iter().all(|[left, right]| *left == -right));
    stereo.iter().map(|[left, _]| *left).collect()
}

fn next(events: &Receiver<RecorderEvent>) -> RecorderEvent {
    events
        .recv_timeout(Duration::from_secs(30))
        .expect("an event")
}

fn next_where(
    events: &Receiver<RecorderEvent>,
    wanted: impl Fn(&RecorderEvent) -> bool,
) -> RecorderEvent {
    loop {
        let event = next(events);
        if wanted(&event) {
            return event;
        }
    }
}

fn takes_of(events: &[RecorderEvent]) -> Vec<KnownTake> {
    let mut takes: Vec<KnownTake> = Vec::new();
    for event in events {
        match event {
            RecorderEvent::TakeStarted { take, .. } => takes.push(take.clone()),
            RecorderEvent::TakeWritten {
                take, total_frames, ..
            } => {
                for known in takes.iter_mut().filter(|known| known.id == *take) {
                    known.frames = *total_frames;
                }
            }
            _ => {}
        }
    }
    takes
}

/// Records what `play` pushes, from the first event to the last.
fn record(
    folder: &Path,
    takes: &[KnownTake],
    play: impl FnOnce(&mut CaptureWriter),
) -> Vec<RecorderEvent> {
    let (sender, events) = crossbeam_channel::unbounded();
    let recorder = start(sender);
    let (mut writer, reader) = line_at(1000, 10_000);
    recorder.add_line(LINE, reader);
    play(&mut writer);
    drop(writer);
    // Only now, so that all of it is recorded in one poll and the events do not depend on when polls happen.
    recorder.set_destination(LINE, destination(folder, takes));
    recorder.remove_line(LINE);
    drop(recorder);
    let events: Vec<_> = events.iter().collect();
    assert!(matches!(
        events.last(),
        Some(RecorderEvent::LineClosed { line: LINE })
    ));
    events
}
