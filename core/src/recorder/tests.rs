use std::path::Path;
use std::time::Duration;

use crossbeam_channel::Receiver;

use super::*;
use crate::audio::bwf::BwfReader;
use crate::capture::{self, CaptureFormat, CaptureWriter, Transport};
use crate::time::{SampleIndex, SampleRate};

const LINE: LineId = LineId(7);
const STOP: (Transport, &[f32]) = (Transport::Stopped, &[]);

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
    let recorder = Recorder::spawn(sender).expect("starts");
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

#[test]
fn a_take_is_what_was_played_bit_for_bit() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut audio = numbers(0, 3000);
    audio[5] = f32::MIN_POSITIVE / 8.0;
    audio[6] = -0.0;
    let events = record(&folder.path().join("made on demand"), &[], |writer| {
        push(writer, 123_456, &audio);
    });
    assert!(matches!(
        events.first(),
        Some(RecorderEvent::LineActive { line: LINE })
    ));
    assert!(matches!(
        events[events.len() - 2],
        RecorderEvent::Stopped { line: LINE }
    ));
    let takes = takes_of(&events);
    assert_eq!(takes.len(), 1);
    assert_eq!(
        (takes[0].start, takes[0].frames),
        (SampleIndex(123_456), 3000)
    );
    assert_eq!(
        BwfReader::open(&takes[0].path)
            .expect("opens")
            .time_reference(),
        takes[0].start
    );
    let bits = |samples: &[f32]| samples.iter().map(|s| s.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&left_of(&takes[0].path)), bits(&audio));

    let mut wav = hound::WavReader::open(&takes[0].path).expect("hound opens");
    assert_eq!(wav.spec().sample_format, hound::SampleFormat::Float);
    let left: Vec<f32> = wav
        .samples()
        .step_by(2)
        .collect::<Result<_, _>>()
        .expect("hound reads");
    assert_eq!(bits(&left), bits(&audio));
}

#[test]
fn ten_passes_of_a_loop_are_one_take_and_the_last_one_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    let events = record(folder.path(), &[], |writer| {
        for pass in 0..10 {
            push(writer, 1000, &numbers(pass * 400, pass * 400 + 400));
        }
    });
    let takes = takes_of(&events);
    assert_eq!(takes.len(), 1);
    assert_eq!(takes[0].frames, 400);
    assert_eq!(left_of(&takes[0].path), numbers(3600, 4000));
}

#[test]
fn what_is_replayed_is_told_as_the_span_that_changed() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = record(folder.path(), &[], |writer| {
        push(writer, 0, &numbers(0, 1000))
    });
    let takes = takes_of(&first);
    let second = record(folder.path(), &takes, |writer| {
        push(writer, 300, &numbers(5000, 5100));
        stop(writer);
        push(writer, 700, &numbers(6000, 6050));
    });
    assert!(takes_of(&second).is_empty());
    let spans: Vec<_> = second
        .iter()
        .filter_map(|event| match event {
            RecorderEvent::TakeWritten {
                frames,
                total_frames,
                ..
            } => Some((frames.clone(), *total_frames)),
            _ => None,
        })
        .collect();
    assert_eq!(spans, [(300..400, 1000), (700..750, 1000)]);
    let mut expected = numbers(0, 1000);
    expected[300..400].copy_from_slice(&numbers(5000, 5100));
    expected[700..750].copy_from_slice(&numbers(6000, 6050));
    assert_eq!(left_of(&takes[0].path), expected);
}

#[test]
fn a_jump_starts_a_new_take_and_one_before_zero_is_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let events = record(folder.path(), &[], |writer| {
        push(writer, 0, &numbers(0, 100));
        push(writer, 5000, &numbers(100, 200));
        push(writer, -3000, &numbers(200, 300));
    });
    let takes = takes_of(&events);
    let starts: Vec<_> = takes
        .iter()
        .map(|take| (take.start.0, take.frames))
        .collect();
    assert_eq!(starts, [(0, 100), (5000, 100), (-3000, 100)]);
    for (index, take) in takes.iter().enumerate() {
        assert_eq!(left_of(&take.path), numbers(100 * index, 100 * index + 100));
    }
    let before_zero = BwfReader::open(&takes[2].path).expect("opens");
    assert_eq!(before_zero.time_reference(), SampleIndex(0));
}

#[test]
fn playing_on_after_a_stop_or_in_a_later_session_continues_the_take() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = record(folder.path(), &[], |writer| {
        push(writer, 0, &numbers(0, 100));
        stop(writer);
        push(writer, 100, &numbers(100, 200));
        stop(writer);
    });
    let stops = first
        .iter()
        .filter(|event| matches!(event, RecorderEvent::Stopped { .. }));
    assert_eq!(stops.count(), 2);
    let mut takes = takes_of(&first);
    assert_eq!(takes.len(), 1);
    // A database that a crash kept behind the file.
    takes[0].frames = 60;
    let second = record(folder.path(), &takes, |writer| {
        push(writer, 200, &numbers(200, 300))
    });
    assert!(takes_of(&second).is_empty());
    assert_eq!(left_of(&takes[0].path), numbers(0, 300));
}

#[test]
fn a_take_that_grows_up_to_another_goes_on_in_that_other_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let events = record(folder.path(), &[], |writer| {
        push(writer, 130, &numbers(0, 100));
        push(writer, 0, &numbers(1000, 1300));
    });
    let takes = takes_of(&events);
    assert_eq!(takes.len(), 2);
    assert_eq!(left_of(&takes[1].path), numbers(1000, 1130));
    assert_eq!(left_of(&takes[0].path), numbers(1130, 1300));
}

#[test]
fn positions_off_by_a_sample_make_no_new_takes() {
    let folder = tempfile::tempdir().expect("a folder");
    let events = record(folder.path(), &[], |writer| {
        for (index, jitter) in [0, 1, -1, 0, 1].into_iter().enumerate() {
            let start = 50 * index;
            push(writer, start as i64 + jitter, &numbers(start, start + 50));
        }
    });
    let takes = takes_of(&events);
    assert_eq!(takes.len(), 1);
    assert_eq!(left_of(&takes[0].path), numbers(0, 250));
}

#[test]
fn lost_audio_is_a_silent_stretch_of_the_take_and_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let (sender, events) = crossbeam_channel::unbounded();
    let recorder = Recorder::spawn(sender).expect("starts");
    let (mut writer, reader) = line_at(1000, 200);
    recorder.add_line(LINE, reader);
    push(&mut writer, 0, &numbers(0, 300));
    assert_eq!(writer.meter().dropped_frames(), 100);
    assert!(matches!(next(&events), RecorderEvent::LineActive { .. }));
    recorder.set_destination(LINE, destination(folder.path(), &[]));
    let wrote = |event: &RecorderEvent| {
        matches!(
            event,
            RecorderEvent::TakeWritten {
                total_frames: 200,
                ..
            }
        )
    };
    next_where(&events, wrote);
    push(&mut writer, 300, &numbers(300, 350));
    let is_gap = |event: &RecorderEvent| matches!(event, RecorderEvent::Gap { .. });
    assert!(matches!(
        next_where(&events, is_gap),
        RecorderEvent::Gap {
            at_frame: 200,
            frames: 100,
            ..
        }
    ));
    drop(recorder);
    let path = std::fs::read_dir(folder.path())
        .expect("lists")
        .next()
        .expect("one")
        .expect("a file");
    let mut expected = numbers(0, 350);
    expected[200..300].fill(0.0);
    assert_eq!(left_of(&path.path()), expected);
}

#[test]
fn nothing_is_taken_before_the_destination_is_known_not_even_by_removing() {
    let folder = tempfile::tempdir().expect("a folder");
    let (sender, events) = crossbeam_channel::unbounded();
    let recorder = Recorder::spawn(sender).expect("starts");
    let (mut writer, reader) = line_at(1000, 10_000);
    recorder.add_line(LINE, reader);
    push(&mut writer, 0, &numbers(0, 100));
    assert!(matches!(
        next(&events),
        RecorderEvent::LineActive { line: LINE }
    ));
    drop(writer);
    recorder.remove_line(LINE);
    recorder.set_destination(LINE, destination(folder.path(), &[]));
    let RecorderEvent::TakeStarted { take, .. } = next(&events) else {
        panic!("a take first")
    };
    next_where(&events, |event| {
        matches!(event, RecorderEvent::LineClosed { line: LINE })
    });
    assert_eq!(left_of(&take.path), numbers(0, 100));

    // Nobody answers this one.
    let (mut writer, reader) = line_at(1000, 10_000);
    recorder.add_line(LineId(8), reader);
    push(&mut writer, 0, &numbers(0, 100));
    recorder.remove_line(LineId(8));
    recorder.remove_line(LineId(8));
    next_where(&events, |event| {
        matches!(event, RecorderEvent::LineClosed { line: LineId(8) })
    });
    assert!(writer.meter().captured_frames() == 100);
}

#[test]
fn a_host_that_starts_anew_at_another_rate_loses_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let (sender, events) = crossbeam_channel::unbounded();
    let recorder = Recorder::spawn(sender).expect("starts");
    let (mut slow, slow_reader) = line_at(1000, 10_000);
    let (mut fast, fast_reader) = line_at(2000, 10_000);
    push(&mut slow, 0, &numbers(0, 100));
    push(&mut fast, 100, &numbers(100, 200));
    recorder.add_line(LINE, slow_reader);
    recorder.add_line(LINE, fast_reader);
    recorder.set_destination(LINE, destination(folder.path(), &[]));
    drop((slow, fast));
    recorder.remove_line(LINE);
    drop(recorder);
    let takes = takes_of(&events.iter().collect::<Vec<_>>());
    let rates: Vec<_> = takes.iter().map(|take| take.rate.hz()).collect();
    assert_eq!(rates, [1000, 2000]);
    assert_eq!(left_of(&takes[0].path), numbers(0, 100));
    assert_eq!(left_of(&takes[1].path), numbers(100, 200));
}

#[test]
fn a_folder_that_cannot_be_written_is_told_once_and_never_holds_up_the_host() {
    let folder = tempfile::tempdir().expect("a folder");
    let in_the_way = folder.path().join("a file");
    std::fs::write(&in_the_way, b"x").expect("writes");
    let (sender, events) = crossbeam_channel::unbounded();
    let recorder = Recorder::spawn(sender).expect("starts");
    let (mut writer, reader) = line_at(1000, 200);
    recorder.add_line(LINE, reader);
    recorder.set_destination(LINE, destination(&in_the_way, &[]));
    for block in 0..100 {
        let position = Some(SampleIndex(50 * block));
        writer.push(
            Transport::Rolling { position },
            true,
            &[[0.5_f32; 50], [-0.5; 50]],
        );
    }
    assert_eq!(writer.meter().dropped_frames(), 0);
    let failed = next_where(&events, |event| {
        matches!(event, RecorderEvent::Failed { .. })
    });
    let RecorderEvent::Failed { error, .. } = failed else {
        unreachable!()
    };
    assert!(error.to_string().contains("choose another"), "{error}");

    let mended = folder.path().join("mended");
    recorder.set_destination(LINE, destination(&mended, &[]));
    push(&mut writer, 8000, &numbers(0, 50));
    let started = next_where(&events, |event| {
        assert!(!matches!(event, RecorderEvent::Failed { .. }));
        matches!(event, RecorderEvent::TakeStarted { .. })
    });
    drop(recorder);
    let RecorderEvent::TakeStarted { take, .. } = started else {
        unreachable!()
    };
    assert!(take.path.starts_with(mended));
}

#[test]
fn a_take_whose_file_is_gone_is_recorded_anew() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = record(folder.path(), &[], |writer| {
        push(writer, 0, &numbers(0, 100));
        push(writer, 5000, &numbers(0, 100));
    });
    let takes = takes_of(&first);
    // One is missing when the session begins, the other vanishes while it is on.
    std::fs::remove_file(&takes[0].path).expect("removes");
    let (sender, events) = crossbeam_channel::unbounded();
    let recorder = Recorder::spawn(sender).expect("starts");
    let (mut writer, reader) = line_at(1000, 10_000);
    recorder.add_line(LINE, reader);
    recorder.set_destination(LINE, destination(folder.path(), &takes));
    push(&mut writer, 50, &numbers(50, 100));
    let started = |event: &RecorderEvent| matches!(event, RecorderEvent::TakeStarted { .. });
    next_where(&events, started);
    std::fs::remove_file(&takes[1].path).expect("removes");
    push(&mut writer, 5100, &numbers(100, 200));
    drop(writer);
    let again = next_where(&events, started);
    drop(recorder);
    let RecorderEvent::TakeStarted { take, .. } = again else {
        unreachable!()
    };
    assert_eq!(take.start, SampleIndex(5100));
    assert_eq!(left_of(&take.path), numbers(100, 200));
}

#[test]
fn a_take_can_be_read_while_it_grows() {
    let folder = tempfile::tempdir().expect("a folder");
    let (sender, events) = crossbeam_channel::unbounded();
    let recorder = Recorder::spawn(sender).expect("starts");
    let (mut writer, reader) = line_at(1000, 10_000);
    recorder.add_line(LINE, reader);
    recorder.set_destination(LINE, destination(folder.path(), &[]));
    push(&mut writer, 0, &numbers(0, 50));
    let started = next_where(&events, |event| {
        matches!(event, RecorderEvent::TakeStarted { .. })
    });
    let RecorderEvent::TakeStarted { take, .. } = started else {
        unreachable!()
    };
    let mut growing = BwfReader::open(&take.path).expect("opens");
    push(&mut writer, 50, &numbers(50, 100));
    next_where(&events, |event| {
        matches!(
            event,
            RecorderEvent::TakeWritten {
                total_frames: 100,
                ..
            }
        )
    });
    assert_eq!(growing.refresh().expect("looks"), 100);
    // Its header is whole from the start, for programs that go by it.
    assert!(
        hound::WavReader::open(&take.path)
            .expect("hound opens")
            .duration()
            >= 50
    );
    drop(recorder);
}

#[test]
fn a_renamed_source_keeps_its_take_and_names_the_next_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let (sender, events) = crossbeam_channel::unbounded();
    let recorder = Recorder::spawn(sender).expect("starts");
    let (mut writer, reader) = line_at(1000, 10_000);
    recorder.add_line(LINE, reader);
    recorder.set_destination(LINE, destination(folder.path(), &[]));
    push(&mut writer, 0, &numbers(0, 50));
    next_where(&events, |event| {
        matches!(event, RecorderEvent::TakeWritten { .. })
    });
    let source_name = "Foley".to_owned();
    let renamed = Destination {
        source_name,
        ..destination(folder.path(), &[])
    };
    recorder.set_destination(LINE, renamed);
    push(&mut writer, 50, &numbers(50, 100));
    next_where(&events, |event| {
        matches!(
            event,
            RecorderEvent::TakeWritten {
                total_frames: 100,
                ..
            }
        )
    });
    push(&mut writer, 1000, &numbers(0, 50));
    drop((writer, recorder));
    let takes = takes_of(&events.iter().collect::<Vec<_>>());
    assert_eq!(takes.len(), 1);
    let name = takes[0]
        .path
        .file_name()
        .and_then(|name| name.to_str())
        .expect("a name");
    assert!(name.starts_with("Foley "), "{name}");
}
