//! What a window is told of a job over several takes: the real model on takes that are not embedded yet.

use std::time::{Duration, Instant};

use earmark_core::protocol::{Command, Work};

use super::session::{LENGTH_S, Session, soundscape};
use super::{confirm_three, trained};

#[test]
fn a_scan_of_two_takes_is_one_fraction_in_which_each_weighs_what_it_is_long() {
    let mut session = Session::begin();
    let sound = soundscape();
    session.play(&sound.repeat(3));
    session.stop();
    session.jump_to_s(1000.0);
    session.play(&sound);
    session.stop();
    let view = session.wait_for("two takes, the long one first", |view| {
        let takes = view.source.takes.iter();
        takes.filter(|take| !take.recording).count() == 2
    });
    assert!((view.source.takes[0].duration_s - 3.0 * LENGTH_S).abs() < 0.1);
    let names = [0, 1].map(|at: usize| view.source.takes[at].filename.clone());
    confirm_three(&session, &names[0]);

    trained(&session, true);

    // The project opened again, with nothing embedded any more.
    let source = session.instance.source();
    let folder = session.end();
    std::fs::remove_dir_all(folder.path().join("cache")).unwrap();
    let session = Session::begin_in(folder, source);
    session.wait_for("the takes of before", |view| view.source.takes.len() == 2);
    session.instance.send(Command::Work(Work::Scan));
    session.wait_for("the job", |view| view.activity.job.is_some());
    let begun = Instant::now();
    let mut seen: Vec<(String, f32)> = Vec::new();
    loop {
        let view = session.instance.view();
        let Some(job) = &view.activity.job else {
            break;
        };
        if job.stage.starts_with("scanning ") {
            seen.push((job.stage.clone(), job.fraction));
            seen.dedup();
        }
        assert!(begun.elapsed() < Duration::from_secs(120), "{seen:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(!seen.is_empty(), "nobody said that anything is scanned");
    assert!(seen.is_sorted_by(|a, b| a.1 <= b.1), "{seen:?}");
    for (stage, fraction) in &seen {
        let of_long = stage.ends_with(&names[0]);
        let within = if of_long { 0.0..=0.751 } else { 0.749..=1.0 };
        assert!(within.contains(fraction), "{stage} at {fraction}");
    }
}
