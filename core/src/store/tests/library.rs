//! The library's folders and files.

use super::*;

fn file(path: &str, folder: LibraryFolderId) -> LibraryFile {
    LibraryFile {
        path: path.into(),
        folder,
        size_bytes: 1_000,
        modified_ns: 17,
        content: String::from("1000:abc"),
        identity: String::from("1000:abc:17"),
        length_s: Some(1.5),
        fault: String::new(),
    }
}

#[test]
fn a_folder_is_in_the_library_once_and_goes_with_what_is_known_of_its_files() {
    let (_folder, mut store) = new_store();
    let added = store.add_library_folder(Path::new("/sounds")).unwrap();
    let again = store.add_library_folder(Path::new("/sounds")).unwrap();
    assert_eq!(added, again);
    let files = [
        file("/sounds/a.wav", added.id),
        file("/sounds/b.wav", added.id),
    ];
    store.settle_library_files(&[], &files).unwrap();
    assert_eq!(store.library_files(added.id).unwrap(), files);
    let gone = [PathBuf::from("/sounds/a.wav")];
    let failed = LibraryFile {
        fault: String::from("no audio"),
        ..files[1].clone()
    };
    store
        .settle_library_files(&gone, std::slice::from_ref(&failed))
        .unwrap();
    assert_eq!(store.library_files(added.id).unwrap(), [failed]);
    assert_eq!(
        store.remove_library_folder(Path::new("/sounds")).unwrap(),
        Some(1)
    );
    assert_eq!(
        store.remove_library_folder(Path::new("/sounds")).unwrap(),
        None
    );
    assert_eq!(store.library_folders().unwrap(), []);
    assert_eq!(store.library_files(added.id).unwrap(), []);
    // Another program may remove a folder while this one looks through it.
    store.settle_library_files(&[], &files).unwrap();
    assert_eq!(store.library_files(added.id).unwrap(), []);
}

#[test]
fn a_folder_around_others_takes_their_files_over() {
    let (_folder, mut store) = new_store();
    let inner = store
        .add_library_folder(Path::new("/sounds/doors"))
        .unwrap();
    let beside = store.add_library_folder(Path::new("/sounds2")).unwrap();
    let inside = file("/sounds/doors/a.wav", inner.id);
    store.settle_library_files(&[], &[inside]).unwrap();
    let outer = store.add_library_folder(Path::new("/sounds")).unwrap();
    let paths: Vec<_> = store.library_folders().unwrap();
    assert_eq!(paths, [outer.clone(), beside]);
    assert_eq!(store.library_files(outer.id).unwrap()[0].folder, outer.id);
    store
        .set_library_folder_fault(outer.id, "not there")
        .unwrap();
    assert_eq!(store.library_folders().unwrap()[0].fault, "not there");
}
