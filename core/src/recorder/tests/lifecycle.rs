//! Lines that come and go, fail, lose audio or change while they are recorded.

use super::*;

#[test]
fn lost_audio_is_a_silent_stretch_of_the_take_and_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let (sender, events) = crossbeam_channel::unbounded();
    let recorder = start(sender);
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
    let recorder = start(sender);
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
    let recorder = start(sender);
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
    let recorder = start(sender);
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
    let recorder = start(sender);
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
    let recorder = start(sender);
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
    let recorder = start(sender);
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

#[test]
fn a_gap_that_is_recorded_again_is_none_any_more() {
    let folder = tempfile::tempdir().expect("a folder");
    let (sender, events) = crossbeam_channel::unbounded();
    let recorder = start(sender);
    let (mut writer, reader) = line_at(1000, 200);
    push(&mut writer, 0, &numbers(0, 300));
    recorder.add_line(LINE, reader);
    assert!(matches!(next(&events), RecorderEvent::LineActive { .. }));
    recorder.set_destination(LINE, destination(folder.path(), &[]));
    let wrote_up_to = |frame: u64| move |event: &RecorderEvent| matches!(event, RecorderEvent::TakeWritten { total_frames, .. } if *total_frames == frame);
    next_where(&events, wrote_up_to(200));
    push(&mut writer, 300, &numbers(300, 350));
    // What was written comes first: it is no gap any more, until the loss says what of it is one.
    next_where(&events, wrote_up_to(350));
    assert!(matches!(
        next(&events),
        RecorderEvent::Gap {
            at_frame: 200,
            frames: 100,
            ..
        }
    ));
    push(&mut writer, 180, &numbers(180, 320));
    drop((writer, recorder));
    let mut told = Vec::new();
    for event in &events {
        match event {
            RecorderEvent::TakeWritten { frames, .. } => told.push(frames),
            RecorderEvent::Gap { .. } => panic!("a gap that is none: {event:?}"),
            _ => {}
        }
    }
    assert_eq!(told.first().map(|frames| frames.start), Some(180));
    assert_eq!(told.last().map(|frames| frames.end), Some(320));
}

#[test]
fn audio_lost_at_the_very_end_is_told_though_no_block_follows() {
    let folder = tempfile::tempdir().expect("a folder");
    let (sender, events) = crossbeam_channel::unbounded();
    let recorder = start(sender);
    let (mut writer, reader) = line_at(1000, 200);
    push(&mut writer, 0, &numbers(0, 300));
    drop(writer);
    recorder.add_line(LINE, reader);
    recorder.set_destination(LINE, destination(folder.path(), &[]));
    recorder.remove_line(LINE);
    drop(recorder);
    let events: Vec<_> = events.iter().collect();
    assert_eq!(takes_of(&events)[0].frames, 300);
    assert!(
        events.iter().any(|event| matches!(
            event,
            RecorderEvent::Gap {
                at_frame: 200,
                frames: 100,
                ..
            }
        )),
        "{events:?}"
    );
}

#[test]
fn a_host_that_falls_silent_without_a_stop_has_stopped_and_may_go_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let (sender, events) = crossbeam_channel::unbounded();
    let recorder = start(sender);
    let (mut writer, reader) = line_at(1000, 10_000);
    recorder.add_line(LINE, reader);
    recorder.set_destination(LINE, destination(folder.path(), &[]));
    push(&mut writer, 0, &numbers(0, 100));
    let stopped = |event: &RecorderEvent| matches!(event, RecorderEvent::Stopped { line: LINE });
    next_where(&events, stopped);
    assert!(writer.meter().is_rolling());
    push(&mut writer, 100, &numbers(100, 200));
    drop((writer, recorder));
    let events: Vec<_> = events.iter().collect();
    assert!(events.iter().any(stopped));
    assert!(takes_of(&events).is_empty(), "the take goes on: {events:?}");
    let files: Vec<_> = std::fs::read_dir(folder.path()).expect("lists").collect();
    assert_eq!(files.len(), 1);
    let file = files[0].as_ref().expect("a file");
    assert_eq!(left_of(&file.path()), numbers(0, 200));
}
