//! Full, failing and read-only disks. Each needs a process of its own: a small disk is mounted for it alone, its files
//! may not grow, or it has no more rights than the owner of a file. Every one of them is real; nothing is simulated.

use std::fs::Permissions;
use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command as Process;

use earmark_core::protocol::{Command, Severity, Storage, View};
use earmark_core::store::Store;

use super::{database, exports, mark, marks_in, obstacle};
use crate::session::Session;

/// Set for the child of a test: the folder it works in.
const FOLDER: &str = "EARMARK_TEST_DISK";

/// Runs nothing but `test` of this very program below `wrapper`, which ends in it.
fn run_in_child(wrapper: &[&str], test: &str, folder: &Path) {
    let child = Process::new(wrapper[0])
        .args(&wrapper[1..])
        .arg(std::env::current_exe().unwrap())
        .args([
            "--exact",
            &format!("durability::disks::{test}"),
            "--nocapture",
        ])
        .env(FOLDER, folder)
        .output()
        .unwrap();
    assert!(
        child.status.success(),
        "{}{}",
        String::from_utf8_lossy(&child.stdout),
        String::from_utf8_lossy(&child.stderr)
    );
}

fn child_folder() -> Option<PathBuf> {
    std::env::var_os(FOLDER).map(PathBuf::from)
}

fn is_permitted(wrapper: &[&str]) -> bool {
    Process::new(wrapper[0])
        .args(&wrapper[1..])
        .arg("true")
        .output()
        .is_ok_and(|tried| tried.status.success())
}

fn is_no_error(view: &View) -> bool {
    let status = view.health.status.as_ref();
    status.is_none_or(|status| status.severity != Severity::Error)
}

/// Marks until the database refuses one; returns how many were given.
fn mark_until_it_waits(session: &Session, filename: &str) -> usize {
    for count in 1..=200 {
        mark(session, filename, 0.1 * count as f64);
        let view = session.wait_for("the mark, saved or waiting", |view| {
            view.marks.negatives.len() + view.health.waiting == count
        });
        if view.health.waiting > 0 {
            return count;
        }
    }
    panic!("the disk has taken everything");
}

/// A take in a session whose database lies in `disk`.
fn recorded_on(disk: &Path) -> (Session, String) {
    let mut session = Session::begin_with(|folder| {
        let real = disk.join("earmark.db");
        Store::open(&real).unwrap();
        symlink(&real, folder.join("earmark.db")).unwrap();
    });
    session.play(&crate::session::soundscape());
    session.stop();
    let view = session.wait_for("the take", |view| {
        view.source.takes.iter().any(|take| !take.recording) && !view.storage.profiles.is_empty()
    });
    let filename = view.source.takes[0].filename.clone();
    (session, filename)
}

#[test]
fn marks_wait_while_the_disk_is_full_and_are_saved_when_there_is_room() {
    const MOUNT: &str = "mount -t tmpfs -o size=2m none \"$EARMARK_TEST_DISK\" && exec \"$@\"";
    let folder = tempfile::tempdir().unwrap();
    let as_root = ["unshare", "--mount"];
    let as_anybody = ["unshare", "--user", "--map-root-user", "--mount"];
    let Some(unshare) = [&as_root[..], &as_anybody[..]]
        .into_iter()
        .find(|wrapper| is_permitted(wrapper))
    else {
        // The next test fails writes on any system.
        eprintln!("not tried: this system lets nobody mount a disk for one process");
        return;
    };
    let wrapper = [unshare, &["sh", "-c", MOUNT, "sh"]].concat();
    run_in_child(&wrapper, "child_on_a_small_disk", folder.path());
}

/// Not a test of its own: the process of the one above, which sees a disk of 2 MB.
#[test]
fn child_on_a_small_disk() {
    let Some(disk) = child_folder() else {
        return;
    };
    let (session, filename) = recorded_on(&disk);
    let mut ballast = std::fs::File::create(disk.join("ballast")).unwrap();
    while ballast.write(&[0; 512]).is_ok() {}
    let given = mark_until_it_waits(&session, &filename);
    let view = session.wait_for("the obstacle", |view| obstacle(view).is_some());
    let shown = obstacle(&view).unwrap();
    assert!(
        shown.what.contains("is full") && shown.remedy.contains("ree some space"),
        "{shown:?}"
    );
    assert!(is_no_error(&view), "{:?}", view.health.status);
    session
        .instance
        .send(Command::Storage(Storage::ExportMemory));
    session.wait_for("the export", |view| {
        view.health
            .status
            .as_ref()
            .is_some_and(|status| status.text.contains("earmark-export-"))
    });
    assert_eq!(
        exports(session.folder())[0]["waiting"]
            .as_array()
            .unwrap()
            .len(),
        1
    );

    drop(ballast);
    std::fs::remove_file(disk.join("ballast")).unwrap();
    session.wait_for("every mark", |view| {
        view.health.waiting == 0 && view.marks.negatives.len() == given && obstacle(view).is_none()
    });
    assert_eq!(marks_in(&database(&session)), given);
}

#[test]
fn marks_wait_while_the_disk_fails_and_are_saved_when_it_works_again() {
    let folder = tempfile::tempdir().unwrap();
    // A write beyond the limit then fails instead of ending the process.
    let wrapper = ["sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh"];
    run_in_child(&wrapper, "child_whose_files_may_not_grow", folder.path());
}

fn limit_files_to(limit: &str) {
    let limited = Process::new("prlimit")
        .args([
            "--pid",
            &std::process::id().to_string(),
            &format!("--fsize={limit}:"),
        ])
        .status()
        .unwrap();
    assert!(limited.success());
}

/// Not a test of its own: the process of the one above.
#[test]
fn child_whose_files_may_not_grow() {
    let Some(disk) = child_folder() else {
        return;
    };
    let (session, filename) = recorded_on(&disk);
    let log = std::fs::metadata(disk.join("earmark.db-wal")).unwrap();
    limit_files_to(&log.len().to_string());
    let given = mark_until_it_waits(&session, &filename);
    let view = session.wait_for("the obstacle", |view| obstacle(view).is_some());
    let shown = obstacle(&view).unwrap();
    assert!(shown.what.contains("disk"), "{shown:?}");
    assert!(is_no_error(&view), "{:?}", view.health.status);

    limit_files_to("unlimited");
    session.wait_for("every mark", |view| {
        view.health.waiting == 0 && view.marks.negatives.len() == given && obstacle(view).is_none()
    });
    assert_eq!(marks_in(&database(&session)), given);
}

#[test]
fn marks_wait_for_a_read_only_file_or_folder_and_are_saved_when_it_may_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let is_obeyed = {
        let file = folder.path().join("probe");
        std::fs::write(&file, "").unwrap();
        std::fs::set_permissions(&file, Permissions::from_mode(0o444)).unwrap();
        std::fs::File::options().write(true).open(&file).is_err()
    };
    // Who may do everything gives that right away first.
    let without_rights = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"];
    let wrapper = if is_obeyed {
        &["env"][..]
    } else {
        &without_rights[..]
    };
    run_in_child(wrapper, "child_that_obeys_permissions", folder.path());
}

/// Not a test of its own: the process of the one above.
#[test]
fn child_that_obeys_permissions() {
    if child_folder().is_none() {
        return;
    }
    for (what, closed, open) in [("earmark.db", 0o444, 0o644), ("", 0o555, 0o755)] {
        let mut session = Session::begin_with(|folder| {
            Store::open(&folder.join("earmark.db")).unwrap();
            for made_already in ["takes", "clips", "cache"] {
                std::fs::create_dir(folder.join(made_already)).unwrap();
            }
            std::fs::set_permissions(folder.join(what), Permissions::from_mode(closed)).unwrap();
        });
        session.play(&crate::session::soundscape());
        session.stop();
        let view = session.wait_for("the take", |view| {
            view.source.takes.iter().any(|take| !take.recording)
        });
        mark(&session, &view.source.takes[0].filename, 1.0);
        let view = session.wait_for("the mark that waits", |view| {
            view.health.waiting == 1 && obstacle(view).is_some()
        });
        let shown = obstacle(&view).unwrap();
        assert!(
            shown.what.contains("1 mark waits") && shown.remedy.contains("ritable")
                || shown.remedy.contains("may be written"),
            "{shown:?}"
        );
        assert!(is_no_error(&view), "{:?}", view.health.status);
        let mended = session.folder().join(what);
        std::fs::set_permissions(mended, Permissions::from_mode(open)).unwrap();
        session.wait_for("the mark", |view| {
            view.health.waiting == 0 && view.marks.negatives.len() == 1 && obstacle(view).is_none()
        });
        let saved = Store::open(&database(&session)).unwrap();
        let takes = saved.takes_of(&session.instance.source()).unwrap();
        assert_eq!(takes.len(), 1, "the take was entered later, too");
    }
}
