//! Writers of one database come in the order in which they asked, and nothing that happens to one stops the others.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Child;
#[cfg(unix)]
use std::process::Command;
use std::thread;

use crossbeam_channel::unbounded;

#[cfg(target_os = "linux")]
use super::processes::child_below;
use super::processes::{child, child_work, halves, pause, regions_of};
use super::*;
use crate::platform::file_marks::{LAST_BYTE, is_any_marked};
use crate::store::queue::Queue;

/// No machine is so slow that an order must be given up for its age.
const EVER: Duration = Duration::from_secs(24 * 3600);
const WRITERS: u32 = 8;
const TURNS: u32 = 40;

fn queue_file(database: &Path) -> PathBuf {
    PathBuf::from(format!("{}-queue", database.display()))
}

/// Whether another handle stands in line behind `place`.
fn has_followers(database: &Path, place: u64) -> bool {
    let file = File::open(queue_file(database)).unwrap();
    is_any_marked(&file, &(place + 1..LAST_BYTE)).unwrap()
}

fn wait_for_followers(database: &Path, place: u64) {
    while !has_followers(database, place) {
        pause(Duration::from_millis(1));
    }
}

/// Whether anybody stands in line.
fn has_line(database: &Path) -> bool {
    has_followers(database, 0)
}

/// Reads what a child says until it says that it stands in line.
fn wait_until_it_stands(child: &mut Child) {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut stands = lines
        .map_while(Result::ok)
        .filter(|line| line.ends_with("stands"));
    assert!(stands.next().is_some(), "the child ended");
}

fn say(line: &str) {
    // Not through `println`, which the test harness holds back.
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").unwrap();
    out.flush().unwrap();
}

#[test]
fn who_has_just_written_comes_after_all_who_waited_meanwhile() {
    let (_folder, store) = new_store();
    let path = store.path();
    let (served, order) = unbounded();
    let first = Queue::beside(path);
    let turn = first.stand_in_line().unwrap();
    turn.wait_for_earlier(EVER);
    thread::scope(|scope| {
        let mut last = turn.place;
        for name in ["second", "third", "fourth"] {
            let served = served.clone();
            let (stood, stands) = unbounded();
            scope.spawn(move || {
                let queue = Queue::beside(path);
                let turn = queue.stand_in_line().unwrap();
                stood.send(turn.place).unwrap();
                turn.wait_for_earlier(EVER);
                served.send(name).unwrap();
            });
            let place = stands.recv().unwrap();
            assert!(place > last);
            last = place;
        }
        drop(turn);
        let again = first.stand_in_line().unwrap();
        again.wait_for_earlier(EVER);
        served.send("first again").unwrap();
    });
    drop(served);
    let order: Vec<&str> = order.iter().collect();
    assert_eq!(order, ["second", "third", "fourth", "first again"]);
    assert!(!has_line(path));
}

/// Writes a line at the end of the diary. Wine may write the ends of two processes over each other, so there only one writes at
/// a time.
fn note(diary: &mut File, turnstile: Option<&Path>, line: &str) {
    // A folder can be made once. Wine's locks of files are no help here.
    while turnstile.is_some_and(|turnstile| std::fs::create_dir(turnstile).is_err()) {
        thread::yield_now();
    }
    diary.write_all(line.as_bytes()).unwrap();
    turnstile.map(std::fs::remove_dir).transpose().unwrap();
}

/// Not a test of its own: one of the writers of the next one.
#[test]
fn child_that_asks_again_at_once() {
    let Some((path, number)) = child_work() else {
        return;
    };
    let queue = Queue::beside(&path);
    // One write for a line, at the end of the file, so that the lines of all children are in the order of what happened.
    let mut diary = File::options()
        .append(true)
        .open(path.with_extension("diary"))
        .unwrap();
    let turnstile = cfg!(windows).then(|| path.with_extension("turnstile"));
    for _ in 0..TURNS {
        let turn = queue.stand_in_line().unwrap();
        note(
            &mut diary,
            turnstile.as_deref(),
            &format!("asks {number}\n"),
        );
        turn.wait_for_earlier(EVER);
        note(&mut diary, turnstile.as_deref(), &format!("has {number}\n"));
        pause(Duration::from_micros(200));
        drop(turn);
    }
}

#[test]
fn a_process_that_waits_is_passed_over_by_each_other_one_at_most_once() {
    let (_folder, store) = new_store();
    let path = store.path();
    let diary = path.with_extension("diary");
    File::create(&diary).unwrap();
    let writers: Vec<Child> = (0..WRITERS)
        .map(|number| child("queue::child_that_asks_again_at_once", path, number))
        .collect();
    for mut writer in writers {
        assert!(writer.wait().unwrap().success());
    }
    let diary = std::fs::read_to_string(diary).unwrap();
    // By writer: how often each was served since the writer asked.
    let mut since: Vec<Option<Vec<u32>>> = vec![None; WRITERS as usize];
    let mut served = 0;
    for line in diary.lines() {
        let (what, number) = line.split_once(' ').unwrap();
        let number: usize = number.parse().unwrap();
        if what == "asks" {
            since[number] = Some(vec![0; WRITERS as usize]);
            continue;
        }
        since[number] = None;
        served += 1;
        for waiting in since.iter_mut().flatten() {
            waiting[number] += 1;
            assert!(waiting[number] <= 1, "{number} was served twice:\n{diary}");
        }
    }
    assert_eq!(served, WRITERS * TURNS);
}

#[test]
fn every_transaction_stands_in_line_as_long_as_it_lasts() {
    let (_folder, mut store) = new_store();
    let path = store.path().to_owned();
    add_negative(&mut store, 1.0, MODEL);
    assert!(!has_line(&path), "it has left");
    let written = store.write(|_| Ok(has_line(&path)));
    assert!(written.unwrap());
    assert!(!has_line(&path));
    let recorded = store.record(Recorded::Work, |tx| {
        add_negative(tx, 2.0, MODEL);
        assert!(has_line(&path));
        Ok::<(), StoreError>(())
    });
    recorded.unwrap();
    assert!(!has_line(&path));
    let refused = store.record(Recorded::Work, |_| {
        Err::<(), _>(StoreError::ProfileProtected)
    });
    refused.unwrap_err();
    assert!(!has_line(&path), "one that fails leaves, too");
    assert_eq!(std::fs::metadata(queue_file(&path)).unwrap().len(), 0);
}

#[test]
fn who_only_reads_makes_no_file_and_waits_for_nobody() {
    let (_folder, store) = new_store();
    assert!(versions(&store).is_empty());
    assert!(!queue_file(store.path()).exists());
    let queue = Queue::beside(store.path());
    let _turn = queue.stand_in_line().unwrap();
    assert!(versions(&store).is_empty());
}

/// Not a test of its own: a process that stands in line and never leaves by itself.
#[test]
fn child_that_stands_in_line() {
    let Some((path, _)) = child_work() else {
        return;
    };
    let queue = Queue::beside(&path);
    let _turn = queue.stand_in_line().unwrap();
    say("stands");
    loop {
        pause(Duration::from_secs(1));
    }
}

#[test]
fn a_process_killed_in_its_turn_leaves_the_line() {
    let (_folder, mut store) = new_store();
    let mut holder = child("queue::child_that_stands_in_line", store.path(), 0);
    wait_until_it_stands(&mut holder);
    let queue = Queue::beside(store.path());
    let next = queue.stand_in_line().unwrap();
    assert!(has_line(store.path()));
    holder.kill().unwrap();
    holder.wait().unwrap();
    next.wait_for_earlier(EVER);
    drop(next);
    assert!(!has_line(store.path()));
    save(&mut store, &regions_of(3));
}

#[cfg(unix)] // Elsewhere no process stops another one.
#[test]
fn a_process_stopped_in_its_turn_does_not_stop_the_others() {
    let (_folder, mut store) = new_store();
    let mut holder = child("queue::child_that_stands_in_line", store.path(), 0);
    wait_until_it_stands(&mut holder);
    let stopped = Command::new("kill")
        .args(["-STOP", &holder.id().to_string()])
        .status();
    assert!(stopped.unwrap().success());
    save(&mut store, &regions_of(3));
    // Who has less patience than a mark counts must still come to write.
    store.set_busy_wait(Duration::from_millis(200));
    save(&mut store, &regions_of(3));
    assert_eq!(versions(&store).len(), 2);
    assert!(has_line(store.path()), "it still stands there");
    holder.kill().unwrap();
    holder.wait().unwrap();
}

/// Not a test of its own: the process of the next one, which may not write the folder.
#[cfg(target_os = "linux")]
#[test]
fn child_that_saves_without_a_queue() {
    let Some((path, _)) = child_work() else {
        return;
    };
    let refused = File::create(path.with_extension("probe")).unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::PermissionDenied);
    let mut store = Store::open(&path).unwrap();
    for _ in 0..3 {
        save(&mut store, &regions_of(3));
    }
    assert!(!queue_file(&path).exists());
}

#[cfg(target_os = "linux")] // `setpriv` takes from who may do everything the right to pass over permissions.
#[test]
fn in_a_folder_that_cannot_be_written_the_database_still_can() {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt as _;

    // It keeps the files beside the database open, which SQLite could not make there.
    let (folder, store) = new_store();
    std::fs::set_permissions(folder.path(), Permissions::from_mode(0o555)).unwrap();
    let wrapper = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"];
    let may_do_everything = File::create(folder.path().join("mine")).is_ok();
    let wrapper = if may_do_everything { &wrapper[..] } else { &[] };
    let mut writer = child_below(
        wrapper,
        "queue::child_that_saves_without_a_queue",
        store.path(),
        0,
    );
    assert!(writer.wait().unwrap().success());
    std::fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    assert_eq!(versions(&store).len(), 3);
}

#[test]
fn what_lies_where_the_queue_should_be_stops_no_writer() {
    let (_folder, mut store) = new_store();
    std::fs::create_dir(queue_file(store.path())).unwrap();
    save(&mut store, &regions_of(3));
    assert_eq!(versions(&store).len(), 1);
}

#[cfg(unix)]
#[test]
fn a_named_pipe_where_the_queue_should_be_stops_no_writer() {
    let (_folder, mut store) = new_store();
    let made = Command::new("mkfifo")
        .arg(queue_file(store.path()))
        .status();
    assert!(made.unwrap().success());
    save(&mut store, &regions_of(3));
    assert_eq!(versions(&store).len(), 1);
}

#[test]
fn another_program_writes_without_the_queue_and_its_transaction_is_waited_for() {
    let (_folder, store) = new_store();
    let path = store.path();
    let foreign = stranger(path);
    foreign.busy_timeout(Duration::ZERO).unwrap();
    const MARK: &str = "INSERT INTO hard_negatives (filename, start_time) VALUES ('theirs.mp4', 1)";
    {
        let queue = Queue::beside(path);
        let _turn = queue.stand_in_line().unwrap();
        foreign.execute(MARK, []).unwrap();
    }
    foreign.execute_batch("BEGIN IMMEDIATE").unwrap();
    foreign.execute(MARK, []).unwrap();
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut ours = Store::open(path).unwrap();
            save(&mut ours, &regions_of(3));
        });
        wait_for_followers(path, 0);
        assert_eq!(halves(path), 0);
        assert!(versions(&store).is_empty(), "it waits");
        foreign.execute_batch("COMMIT").unwrap();
        writer.join().unwrap();
    });
    let impatient = {
        let mut ours = Store::open(path).unwrap();
        ours.set_busy_wait(Duration::from_millis(20));
        foreign.execute_batch("BEGIN IMMEDIATE").unwrap();
        let refused = ours.save_scan(&new_scan(&regions_of(3), &scores()), 5);
        foreign.execute_batch("COMMIT").unwrap();
        refused.unwrap_err()
    };
    assert!(
        matches!(impatient, StoreError::Locked { .. }),
        "{impatient:?}"
    );
    assert!(!has_line(path));
    assert_eq!(versions(&store).len(), 1);
    assert_eq!(store.negatives(DEFAULT_PROFILE, None).unwrap().len(), 2);
}
