//! Files that the store must not touch, and what it says about them.

use std::time::Duration;

use super::*;
use crate::platform::odd_name;

#[test]
fn folder_and_file_are_made_where_missing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder
        .path()
        .join(odd_name("some/where?else=/100%/earmark.db"));
    let store = Store::open(&path).unwrap();
    assert!(path.is_file());
    assert_eq!(store.profiles().unwrap(), [DEFAULT_PROFILE]);
    store.check_integrity().unwrap();
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "in the way").unwrap();
    let refused = Store::open(&folder.path().join("file/earmark.db")).unwrap_err();
    assert!(matches!(refused, StoreError::Missing { .. }), "{refused:?}");
    assert!(refused.to_string().contains("earmark.db"), "{refused}");
    let refused = Store::open(folder.path()).unwrap_err();
    assert!(matches!(refused, StoreError::Missing { .. }), "{refused:?}");
}

#[test]
fn a_file_that_is_no_database_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    for content in ["short".to_owned(), "no database at all. ".repeat(1000)] {
        std::fs::write(&path, &content).unwrap();
        let refused = Store::open(&path).unwrap_err();
        assert!(
            matches!(refused, StoreError::NotADatabase { .. }),
            "{refused:?}"
        );
        assert!(refused.to_string().contains("choose another"), "{refused}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), content);
    }
}

#[test]
fn a_database_of_another_program_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("places.db");
    for schema in [
        "CREATE TABLE bookmarks (url TEXT)",
        "CREATE TABLE processed (invoice TEXT)",
    ] {
        let _ = std::fs::remove_file(&path);
        stranger(&path).execute_batch(schema).unwrap();
        let before = std::fs::read(&path).unwrap();
        let refused = Store::open(&path).unwrap_err();
        assert!(
            matches!(refused, StoreError::ForeignDatabase { .. }),
            "{refused:?}"
        );
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }
}

#[test]
fn a_newer_schema_is_refused_and_left_alone() {
    let (_folder, store) = new_store();
    let path = store.path().to_owned();
    drop(store);
    let future = "INSERT INTO earmark_schema (version, name, applied_at) VALUES (99, 'future', '')";
    stranger(&path).execute_batch(future).unwrap();
    let before = std::fs::read(&path).unwrap();
    let refused = Store::open(&path).unwrap_err();
    assert!(
        matches!(refused, StoreError::NewerSchema { found: 99, .. }),
        "{refused:?}"
    );
    assert!(refused.to_string().contains("update Earmark"), "{refused}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn a_damaged_page_is_found() {
    let (_folder, mut store) = new_store();
    let marks: Vec<NewNegative<'_>> = (0..2000)
        .map(|start| NewNegative {
            profile: DEFAULT_PROFILE,
            filename: FILE,
            span: span(f64::from(start), f64::from(start) + 0.5),
            source_path: Path::new("/takes/Dialogue 1.wav"),
            source_model: MODEL,
        })
        .collect();
    store.add_negatives(&marks).unwrap();
    let path = store.path().to_owned();
    drop(store);
    let mut bytes = std::fs::read(&path).unwrap();
    // Everything behind the schema's pages.
    let middle = bytes.len() / 2;
    bytes[middle..].fill(0x5a);
    std::fs::write(&path, bytes).unwrap();
    let store = Store::open(&path).unwrap();
    let found = store.check_integrity().unwrap_err();
    assert!(matches!(found, StoreError::Corrupt { .. }), "{found:?}");
    assert!(found.to_string().contains("backup"), "{found}");
}

#[test]
fn a_lock_held_longer_than_the_patience_is_told_and_loses_nothing() {
    let (_folder, store) = new_store();
    let path = store.path().to_owned();
    drop(store);
    let mut store = Store::open_waiting(&path, Duration::from_millis(50)).unwrap();
    let other = stranger(&path);
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = store.create_profile("mine").unwrap_err();
    assert!(matches!(refused, StoreError::Locked { .. }), "{refused:?}");
    // Reading goes on beside a writer.
    assert_eq!(store.profiles().unwrap(), [DEFAULT_PROFILE]);
    other.execute_batch("COMMIT").unwrap();
    store.create_profile("mine").unwrap();
    assert_eq!(store.profiles().unwrap(), [DEFAULT_PROFILE, "mine"]);
}

#[test]
fn a_store_can_be_handed_to_the_worker() {
    fn is_send<T: Send>() {}
    is_send::<Store>();
    is_send::<StoreError>();
}
