//! Disks that do not answer. A pipe stands for one: opening it takes as long as nobody writes into it.

use std::fs::File;
use std::process::Command as Program;

use super::*;

/// A take in a file that does not open before [`answer`].
fn take_that_hangs(path: &Path) -> KnownTake {
    let made = Program::new("mkfifo").arg(path).status();
    assert!(made.expect("runs").success());
    KnownTake {
        id: TakeId::random(),
        path: path.to_path_buf(),
        start: SampleIndex(0),
        frames: 100,
        rate: rate(1000),
        channels: 2,
    }
}

fn answer(hung: &KnownTake) {
    drop(File::options().write(true).open(&hung.path).expect("opens"));
}

/// The take that the line begins, once it is `frames` long.
fn begun_on(events: &Receiver<RecorderEvent>, wanted: LineId, frames: u64) -> KnownTake {
    let event = next_where(
        events,
        |event| matches!(event, RecorderEvent::TakeStarted { line, .. } if *line == wanted),
    );
    next_where(
        events,
        |event| matches!(event, RecorderEvent::TakeWritten { line, total_frames, .. } if (*line, *total_frames) == (wanted, frames)),
    );
    takes_of(&[event]).remove(0)
}

#[test]
fn a_take_on_a_disk_that_hangs_costs_no_track_its_sound_and_is_continued_once_the_disk_answers() {
    let folder = tempfile::tempdir().expect("a folder");
    let earlier = folder.path().join("earlier");
    let before = takes_of(&record(&earlier, &[], |writer| {
        push(writer, 0, &numbers(0, 9_000));
    }));
    let hung = take_that_hangs(&folder.path().join("hung.wav"));
    let (sender, events) = crossbeam_channel::unbounded();
    let recorder = start(sender);
    let (mut writer, reader) = line_at(1000, 10_000);
    let (mut other, other_reader) = line_at(1000, 10_000);
    recorder.add_line(LINE, reader);
    recorder.add_line(LineId(8), other_reader);
    push(&mut writer, 90_000, &numbers(0, 100));
    push(&mut other, 0, &numbers(0, 100));
    let takes = [hung.clone(), before[0].clone()];
    recorder.set_destination(LINE, destination(folder.path(), &takes));
    recorder.set_destination(LineId(8), destination(folder.path(), &[]));
    // The other track is not even held up.
    let others = begun_on(&events, LineId(8), 100);
    assert_eq!(left_of(&others.path), numbers(0, 100));
    let own = begun_on(&events, LINE, 100);
    assert_eq!(left_of(&own.path), numbers(0, 100));

    answer(&hung);
    // The look goes on to the take behind it. Until that is found, what is played goes to takes of its own.
    let continued = (0..9_000).step_by(60).any(|start| {
        push(&mut writer, start, &numbers(7_000, 7_050));
        let event = next_where(&events, |event| {
            matches!(
                event,
                RecorderEvent::TakeContinued { .. } | RecorderEvent::TakeStarted { .. }
            )
        });
        matches!(event, RecorderEvent::TakeContinued { take, .. } if take == before[0].id)
    });
    assert!(continued);
    drop(recorder);
    assert_eq!(left_of(&before[0].path).len(), 9_000);
}

#[test]
fn a_track_that_goes_while_a_disk_hangs_keeps_its_last_sound() {
    let folder = tempfile::tempdir().expect("a folder");
    let hung = take_that_hangs(&folder.path().join("hung.wav"));
    let events = record(folder.path(), std::slice::from_ref(&hung), |writer| {
        push(writer, 500, &numbers(0, 100));
    });
    let takes = takes_of(&events);
    assert_eq!(takes.len(), 1);
    assert_eq!(left_of(&takes[0].path), numbers(0, 100));
    answer(&hung);
}

#[test]
fn while_the_disk_of_one_track_hangs_the_others_are_recorded_and_its_own_sound_waits() {
    let folder = tempfile::tempdir().expect("a folder");
    let (sender, events) = crossbeam_channel::unbounded();
    let mut recorder = start(sender);
    let mut writers = [LINE, LineId(8), LineId(9)].map(|line| {
        let (writer, reader) = line_at(1000, 10_000);
        recorder.add_line(line, reader);
        let own = folder.path().join(line.0.to_string());
        recorder.set_destination(line, destination(&own, &[]));
        writer
    });
    // Two disks that do not answer, one after the other.
    let mut answers = Vec::new();
    for line in [LINE, LineId(8)] {
        let (answer, until) = crossbeam_channel::bounded(0);
        recorder.send(Command::Hang(line, until));
        answers.push(answer);
    }
    for writer in &mut writers {
        push(writer, 0, &numbers(0, 100));
    }
    let mut heard = Vec::new();
    while takes_of(&heard).is_empty() {
        recorder.relieve();
        heard.extend(events.recv_timeout(Duration::from_millis(20)));
    }
    assert!(heard.iter().all(|event| !matches!(
        event,
        RecorderEvent::TakeStarted { line, .. } if *line != LineId(9)
    )));
    drop(answers);
    drop((writers, recorder));
    heard.extend(events.iter());
    let takes = takes_of(&heard);
    assert_eq!(takes.len(), 3);
    for take in takes {
        assert_eq!(left_of(&take.path), numbers(0, 100));
    }
}

#[test]
fn a_track_whose_disk_hangs_while_everything_ends_is_closed_once_the_disk_answers() {
    let folder = tempfile::tempdir().expect("a folder");
    let (sender, events) = crossbeam_channel::unbounded();
    let mut recorder = start(sender);
    let (mut writer, reader) = line_at(1000, 10_000);
    recorder.add_line(LINE, reader);
    recorder.set_destination(LINE, destination(folder.path(), &[]));
    let (answer, until) = crossbeam_channel::bounded(0);
    recorder.send(Command::Hang(LINE, until));
    push(&mut writer, 0, &numbers(0, 100));
    while recorder.threads.len() < 2 {
        recorder.relieve();
        std::thread::yield_now();
    }
    let threads = recorder.end();
    drop(answer);
    for thread in threads {
        thread.join().expect("ends");
    }
    let heard: Vec<RecorderEvent> = events.iter().collect();
    assert!(matches!(
        heard.last(),
        Some(RecorderEvent::LineClosed { line: LINE })
    ));
    let takes = takes_of(&heard);
    assert_eq!(left_of(&takes[0].path), numbers(0, 100));
}
