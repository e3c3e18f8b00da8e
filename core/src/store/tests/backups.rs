//! Copies of the database: made once a day, kept, found again, put back.

use super::*;
use crate::store::backup::with_suffix;

fn never() -> bool {
    false
}

fn back_up(store: &Store) -> PathBuf {
    Store::back_up(store.path(), never).unwrap().unwrap()
}

/// Overwrites everything behind the first pages, as a failing disk does.
fn spoil(path: &Path) {
    let mut bytes = std::fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..].fill(0x5a);
    std::fs::write(path, bytes).unwrap();
}

fn fill(store: &mut Store) {
    for start in 0..20 {
        save(store, &vec![found(f64::from(start), 100.0, 0.5); 100]);
    }
}

#[test]
fn a_copy_of_an_open_database_holds_what_was_saved_and_is_found_again() {
    let (_folder, mut store) = new_store();
    assert_eq!(Store::backups(store.path()), []);
    add_negative(&mut store, 1.0, MODEL);
    let copy = back_up(&store);
    add_negative(&mut store, 5.0, MODEL);
    let listed = Store::backups(store.path());
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].path, copy);
    let copied = Store::open(&copy).unwrap();
    assert_eq!(copied.negatives(DEFAULT_PROFILE, None).unwrap().len(), 1);
}

#[test]
fn one_copy_a_day_is_made_whoever_asks_and_none_of_an_empty_database() {
    let (_folder, mut store) = new_store();
    assert!(!store.take_todays_backup().unwrap());
    add_negative(&mut store, 1.0, MODEL);
    let mut other = Store::open(store.path()).unwrap();
    assert!(store.take_todays_backup().unwrap());
    assert!(!other.take_todays_backup().unwrap());
    store.leave_backup_to_others().unwrap();
    assert!(other.take_todays_backup().unwrap());
    assert!(!store.take_todays_backup().unwrap());
}

#[test]
fn a_note_and_an_unsure_mark_are_worth_a_copy() {
    let works: [fn(&mut Store); 2] = [
        |store| {
            add_note(store, span(1.0, 2.0), "a breath");
        },
        |store| {
            add_unsure(store, 1.0, 2.0);
        },
    ];
    for work in works {
        let (_folder, mut store) = new_store();
        work(&mut store);
        assert!(store.take_todays_backup().unwrap());
    }
}

#[test]
fn the_newest_three_daily_copies_are_kept_and_every_other_file_is_left_alone() {
    let (folder, mut store) = new_store();
    add_negative(&mut store, 1.0, MODEL);
    let others = [
        "earmark.before-earmark-20200101_000000.db",
        "earmark.notes.db",
        "other.backup-20200101_000000.db",
    ];
    for name in others {
        std::fs::write(folder.path().join(name), "").unwrap();
    }
    let abandoned = folder.path().join("earmark.backup-20200101_000000.partial");
    std::fs::write(&abandoned, "").unwrap();
    let day = |day| {
        folder
            .path()
            .join(format!("earmark.backup-2020010{day}_000000.db"))
    };
    for earlier in 1..=4 {
        std::fs::rename(back_up(&store), day(earlier)).unwrap();
    }
    let today = back_up(&store);
    let kept: Vec<PathBuf> = Store::backups(store.path())
        .into_iter()
        .map(|backup| backup.path)
        .filter(|path| path.to_string_lossy().contains("backup"))
        .collect();
    assert_eq!(kept, [today, day(4), day(3)]);
    assert!(others.iter().all(|name| folder.path().join(name).exists()));
    assert!(!abandoned.exists());
}

#[cfg(unix)]
#[test]
fn a_copy_of_a_private_database_is_private_and_so_is_what_is_restored_from_it() {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt as _;

    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let (_folder, mut store) = new_store();
    fill(&mut store);
    let path = store.path().to_owned();
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    let copy = back_up(&store);
    assert_eq!(mode(&copy), 0o600);
    drop(store);
    spoil(&path);
    Store::restore_backup(&path, Store::newest_sound_backup(&path).unwrap()).unwrap();
    assert_eq!(mode(&path), 0o600);
}

#[test]
fn a_damaged_database_is_found_out_and_pushes_no_good_copy_out() {
    let (folder, mut store) = new_store();
    fill(&mut store);
    let path = store.path().to_owned();
    let good = back_up(&store);
    drop(store);
    spoil(&path);
    for _ in 0..4 {
        let refused = Store::back_up(&path, never).unwrap_err();
        assert!(matches!(refused, StoreError::Corrupt { .. }), "{refused:?}");
    }
    assert_eq!(Store::newest_sound_backup(&path).unwrap().path, good);
    let left = std::fs::read_dir(folder.path()).unwrap();
    let mut left: Vec<PathBuf> = left.map(|entry| entry.unwrap().path()).collect();
    left.sort();
    let queue = with_suffix(&path, "-queue");
    assert_eq!(left, [good, path, queue], "no draft");
}

#[test]
fn a_copy_that_is_told_to_stop_leaves_nothing() {
    let (folder, mut store) = new_store();
    fill(&mut store);
    assert_eq!(Store::back_up(store.path(), || true).unwrap(), None);
    assert_eq!(Store::backups(store.path()), []);
    let names: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .filter(|name| name.to_string_lossy().contains("backup"))
        .collect();
    assert!(names.is_empty(), "{names:?}");
}

#[test]
fn the_newest_sound_copy_takes_the_place_of_a_damaged_database_which_is_kept() {
    let (_folder, mut store) = new_store();
    fill(&mut store);
    add_negative(&mut store, 1.0, MODEL);
    let path = store.path().to_owned();
    let good = back_up(&store);
    let damaged = back_up(&store);
    drop(store);
    spoil(&path);
    spoil(&damaged);
    let broken = std::fs::read(&path).unwrap();

    let backup = Store::newest_sound_backup(&path).unwrap();
    assert_eq!(backup.path, good);
    let restored = Store::restore_backup(&path, backup).unwrap();
    assert_eq!(std::fs::read(restored.aside.unwrap()).unwrap(), broken);
    assert!(good.exists(), "the backup itself stays");
    let store = Store::open(&path).unwrap();
    store.check_integrity().unwrap();
    assert_eq!(store.negatives(DEFAULT_PROFILE, None).unwrap().len(), 1);
}

#[test]
fn without_a_sound_copy_nothing_is_touched_until_a_new_database_is_asked_for() {
    let (_folder, store) = new_store();
    let path = store.path().to_owned();
    drop(store);
    std::fs::write(&path, "not a database any more").unwrap();
    let refused = Store::newest_sound_backup(&path).unwrap_err();
    assert!(
        matches!(refused, StoreError::NoBackup { .. }),
        "{refused:?}"
    );
    let aside = Store::move_aside(&path).unwrap().unwrap();
    assert!(!path.exists());
    assert_eq!(
        std::fs::read_to_string(&aside).unwrap(),
        "not a database any more"
    );
    assert_eq!(Store::move_aside(&path).unwrap(), None);
    Store::open(&path).unwrap().check_integrity().unwrap();
}

#[cfg(unix)] // Elsewhere a file that another program has open cannot be moved, and that is said.
#[test]
fn a_log_that_others_keep_goes_with_the_file_it_belongs_to() {
    let (_folder, mut store) = new_store();
    let path = store.path().to_owned();
    add_negative(&mut store, 1.0, MODEL);
    back_up(&store);
    let mut other = Store::open(&path).unwrap();
    add_negative(&mut other, 5.0, MODEL);
    drop(store);
    let backup = Store::newest_sound_backup(&path).unwrap();
    let aside = Store::restore_backup(&path, backup).unwrap().aside.unwrap();

    let refused = other.profiles().unwrap_err();
    assert!(
        matches!(refused, StoreError::Replaced { .. }),
        "{refused:?}"
    );
    other.let_go();
    let marks = |path: &Path| {
        let store = Store::open(path).unwrap();
        store.check_integrity().unwrap();
        store.negatives(DEFAULT_PROFILE, None).unwrap().len()
    };
    assert_eq!((marks(&path), marks(&aside)), (1, 2));
}
