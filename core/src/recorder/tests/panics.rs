//! What becomes of internal errors: no audio that was captured is lost, and the host goes on.

use super::*;

/// Lets the recorder panic at the next blocks, so many times. Returns when it knows: before, it may still be at a poll that takes in
/// what the test writes next.
fn panic_at_blocks(recorder: &Recorder, times: usize) {
    let (told, heard) = crossbeam_channel::bounded(1);
    recorder.send(Command::Panic(LINE, times, told));
    heard.recv().expect("heard");
}

#[test]
fn a_panic_loses_no_audio_that_was_captured_and_other_lines_do_not_notice() {
    let folder = tempfile::tempdir().expect("a folder");
    let (sender, events) = crossbeam_channel::unbounded();
    let (faults, heard) = crossbeam_channel::unbounded();
    let recorder = Recorder::spawn(sender, faults).expect("starts");
    let (mut writer, reader) = line_at(1000, 10_000);
    let (mut other, other_reader) = line_at(1000, 10_000);
    recorder.add_line(LINE, reader);
    recorder.add_line(LineId(8), other_reader);
    recorder.set_destination(LineId(8), destination(&folder.path().join("other"), &[]));
    push(&mut writer, 0, &numbers(0, 100));
    next_where(&events, |event| {
        matches!(event, RecorderEvent::LineActive { line: LINE })
    });
    recorder.set_destination(LINE, destination(folder.path(), &[]));
    let started = next_where(&events, |event| {
        matches!(event, RecorderEvent::TakeStarted { .. })
    });
    let takes = takes_of(&[started]);

    panic_at_blocks(&recorder, 1);
    push(&mut writer, 100, &numbers(100, 300));
    push(&mut other, 0, &numbers(0, 50));
    // It asks again, as at the first audio, and goes on in the take that it is told of.
    next_where(&events, |event| {
        matches!(event, RecorderEvent::LineActive { line: LINE })
    });
    assert_eq!(
        heard.recv().expect("heard").outcome,
        FaultOutcome::Restarted
    );
    push(&mut writer, 300, &numbers(300, 350));
    recorder.set_destination(LINE, destination(folder.path(), &takes));
    drop(recorder);
    assert_eq!(left_of(&takes[0].path), numbers(0, 350));
    let events: Vec<_> = events.iter().collect();
    let others = takes_of(&events);
    assert_eq!(others.len(), 1, "one take of each line: {events:?}");
    assert_eq!(left_of(&others[0].path), numbers(0, 50));
}

#[test]
fn a_block_that_panics_again_is_given_up_and_the_next_is_recorded() {
    let folder = tempfile::tempdir().expect("a folder");
    let (sender, events) = crossbeam_channel::unbounded();
    let recorder = start(sender);
    let (mut writer, reader) = line_at(1000, 10_000);
    recorder.add_line(LINE, reader);
    panic_at_blocks(&recorder, 2);
    push(&mut writer, 0, &numbers(0, 100));
    for _ in 0..3 {
        next_where(&events, |event| {
            matches!(event, RecorderEvent::LineActive { line: LINE })
        });
        recorder.set_destination(LINE, destination(folder.path(), &[]));
    }
    drop(recorder);
    let takes = takes_of(&events.iter().collect::<Vec<_>>());
    assert_eq!(takes.len(), 1);
    assert_eq!(left_of(&takes[0].path), numbers(50, 100));
}

#[test]
fn a_recorder_that_panics_without_end_stays_down_and_keeps_nobody_waiting() {
    let folder = tempfile::tempdir().expect("a folder");
    let (sender, events) = crossbeam_channel::unbounded();
    let (faults, heard) = crossbeam_channel::unbounded();
    let recorder = Recorder::spawn(sender, faults).expect("starts");
    let (mut writer, reader) = line_at(1000, 10_000);
    recorder.add_line(LINE, reader);
    panic_at_blocks(&recorder, usize::MAX);
    push(&mut writer, 0, &numbers(0, 1_000));
    recorder.set_destination(LINE, destination(folder.path(), &[]));
    for fault in &heard {
        if fault.outcome == FaultOutcome::Stopped {
            break;
        }
        recorder.set_destination(LINE, destination(folder.path(), &[]));
    }
    recorder.remove_line(LINE);
    next_where(&events, |event| {
        matches!(event, RecorderEvent::LineClosed { line: LINE })
    });
    drop(recorder);
}
