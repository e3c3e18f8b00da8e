//! 8-cut at work on the file while the engine writes it: its statements as facts, in our own words.

mod neighbour;

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use earmark_core::protocol::Command;
use earmark_core::store::Store;

use super::session::{Session, soundscape};
use super::{confirm_three, span, trained};
use neighbour::{EightCut, VIDEO};

const PROFILE: &str = "default";
/// From here on there is no warble for as long as all marks take.
const NOTHING_FROM_S: f64 = 3.0;
/// Marks made beside each round of training.
const MARKS: usize = 8;
/// From one mark to the next: closer ones would be the same.
const MARK_EVERY_S: f64 = 0.2;
/// A person works there.
const BETWEEN_ROUNDS: Duration = Duration::from_millis(5);

/// Lets the neighbour go home, also when the test fails.
struct Finally<'a>(&'a AtomicBool);

impl Drop for Finally<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn eight_cut_and_the_engine_write_one_file_at_once_and_neither_loses_a_row() {
    let mut session = Session::begin_with(|folder| EightCut::create(&folder.join("earmark.db")));
    let path = session.folder().join("earmark.db");
    let done = AtomicBool::new(false);
    let neighbour = thread::scope(|scope| {
        let neighbour = scope.spawn(|| {
            let mut neighbour = EightCut::open(&path);
            while !done.load(Ordering::Relaxed) {
                neighbour.work_a_round();
                thread::sleep(BETWEEN_ROUNDS);
            }
            neighbour
        });
        let finished = Finally(&done);

        session.play(&soundscape());
        session.stop();
        let take = session
            .wait_for("the take", |view| {
                view.source.takes.iter().any(|take| !take.recording)
            })
            .source
            .takes[0]
            .filename
            .clone();
        confirm_three(&session, &take);
        for round in 1..=2 {
            trained(&session, true);
            for mark in 0..MARKS {
                let start_s = NOTHING_FROM_S + MARK_EVERY_S * ((round - 1) * MARKS + mark) as f64;
                session.instance.send(
                    session
                        .instance
                        .view()
                        .stretch(&take, span(start_s, start_s + 0.5 * MARK_EVERY_S))
                        .negative(),
                );
            }
            session.instance.send(Command::Undo);
            session.wait_for("the marks of this round", |view| {
                let own = view
                    .marks
                    .negatives
                    .iter()
                    .filter(|row| row.filename == take);
                view.health.waiting == 0 && own.count() == round * (MARKS - 1)
            });
        }
        drop(finished);
        neighbour.join().unwrap()
    });

    assert!(neighbour.rounds > 0, "8-cut must have had its turn");
    // A view may have been read between two of its statements.
    let view = session.wait_for("what 8-cut marked and exported", |view| {
        let negatives = view.marks.negatives.iter();
        let own = negatives.filter(|row| row.filename == VIDEO).count();
        let clips = view.marks.classes.iter().find(|class| class.name == "Clap");
        own == neighbour.marks.len() && clips.is_some_and(|class| class.clips == neighbour.rounds)
    });
    assert_eq!(view.results.versions.len(), 2);
    drop(view);

    let _folder = session.end();
    let store = Store::open(&path).unwrap();
    store.check_integrity().unwrap();
    let versions = store.versions(VIDEO, PROFILE, "BEATS").unwrap();
    let kept: Vec<&String> = versions.iter().map(|version| &version.timestamp).collect();
    let saved: Vec<&String> = neighbour.saved.iter().rev().take(5).collect();
    assert_eq!(kept, saved, "8-cut's own five newest, and no other");
    neighbour.assert_reads_what_it_wrote();
}
