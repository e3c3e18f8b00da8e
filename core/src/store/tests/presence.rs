//! A file that is deleted, moved or replaced while it is open.
#![cfg(unix)] // Elsewhere the system does not let it happen.

use super::*;

fn profiles_of(path: &Path) -> Vec<String> {
    Store::open(path).unwrap().profiles().unwrap()
}

#[test]
fn a_mark_is_never_reported_as_saved_in_a_file_that_is_gone() {
    let (_folder, mut store) = new_store();
    add_negative(&mut store, 1.0, MODEL);
    std::fs::remove_file(store.path()).unwrap();
    for refused in [
        store.create_profile("lost").unwrap_err(),
        store.profiles().unwrap_err(),
        store.check_integrity().unwrap_err(),
    ] {
        assert!(matches!(refused, StoreError::Gone { .. }), "{refused:?}");
        assert!(refused.to_string().contains("put it back"), "{refused}");
    }
    let path = store.path().to_owned();
    store.let_go();
    assert_eq!(profiles_of(&path), [DEFAULT_PROFILE]);
}

#[test]
fn removal_in_the_midst_of_a_write_is_noticed_before_it_counts() {
    let (folder, store) = new_store();
    let aside = folder.path().join("aside.db");
    let refused = store
        .write(|tx| {
            tx.execute("INSERT INTO profiles VALUES ('half', '')", [])?;
            std::fs::rename(store.path(), &aside).unwrap();
            Ok(())
        })
        .unwrap_err();
    assert!(matches!(refused, StoreError::Gone { .. }), "{refused:?}");
    store.let_go();
    assert_eq!(profiles_of(&aside), [DEFAULT_PROFILE]);
}

#[test]
fn what_was_saved_goes_with_a_file_that_is_moved() {
    let (folder, mut store) = new_store();
    for profile in ["one", "two"] {
        store.create_profile(profile).unwrap();
    }
    let (path, aside) = (store.path().to_owned(), folder.path().join("aside.db"));
    std::fs::rename(&path, &aside).unwrap();
    assert!(store.data_version().unwrap_err().is_of_another_file());
    store.let_go();
    assert_eq!(profiles_of(&aside), [DEFAULT_PROFILE, "one", "two"]);
    assert!(!path.exists());
}

#[test]
fn the_log_of_the_old_file_never_gets_into_the_new_one() {
    for others in [false, true] {
        let (folder, mut store) = new_store();
        let path = store.path().to_owned();
        // Another program that reads the old file keeps its log from being emptied.
        let reader = stranger(&path);
        if others {
            reader
                .execute_batch("BEGIN; SELECT COUNT(*) FROM profiles")
                .unwrap();
        }
        save(&mut store, &vec![found(1.0, 2.0, 0.5); 500]);
        let backup = folder.path().join("backup.db");
        Store::open(&backup)
            .unwrap()
            .create_profile("backup")
            .unwrap();
        std::fs::rename(&backup, &path).unwrap();

        let refused = store.profiles().unwrap_err();
        assert!(
            matches!(refused, StoreError::Replaced { .. }),
            "{refused:?}"
        );
        store.let_go();
        let mut store = Store::open(&path).unwrap();
        assert_eq!(store.profiles().unwrap(), ["backup", DEFAULT_PROFILE]);
        assert!(versions(&store).is_empty());
        add_negative(&mut store, 1.0, MODEL);
        drop(reader);
        store.check_integrity().unwrap();
        drop(store);
        let store = Store::open(&path).unwrap();
        assert_eq!(store.negatives(DEFAULT_PROFILE, None).unwrap().len(), 1);
        store.check_integrity().unwrap();
    }
}
