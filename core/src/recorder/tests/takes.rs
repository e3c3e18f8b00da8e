//! Which take audio goes to, and that it arrives there.

use super::*;

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
        push(writer, 0, &numbers(0, 1000));
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
        push(writer, 200, &numbers(200, 300));
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
fn a_take_that_the_database_places_in_the_file_of_another_take_is_not_continued_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = takes_of(&record(folder.path(), &[], |writer| {
        push(writer, 0, &numbers(0, 400));
    }));
    let reader = BwfReader::open(&first[0].path).expect("opens");
    assert_eq!(reader.id(), first[0].id.in_header());
    let elsewhere = KnownTake {
        id: TakeId::random(),
        ..first[0].clone()
    };
    let second = takes_of(&record(folder.path(), &[elsewhere], |writer| {
        push(writer, 100, &numbers(1000, 1100));
    }));
    assert_eq!(second.len(), 1, "a take of its own");
    assert_eq!(left_of(&first[0].path), numbers(0, 400));
    assert_eq!(left_of(&second[0].path), numbers(1000, 1100));
}
