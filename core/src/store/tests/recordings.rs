//! Which file is which recording, and what the tables call it.

use super::*;

/// A file of one name in its own folder below `root`.
fn file(root: &Path, path: &str, content: &str) -> PathBuf {
    let path = root.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, content).unwrap();
    path
}

fn enter(store: &mut Store, path: &Path) -> String {
    let found = FoundFile::at(path).unwrap();
    let entered = store.enter_recording(&found).unwrap();
    let read = store.recording_of(&found).unwrap();
    assert_eq!(read, entered, "who only reads is told the same");
    entered.name
}

fn negative_in(store: &mut Store, filename: &str, source_path: &Path) {
    store
        .add_negative(&NewNegative {
            profile: DEFAULT_PROFILE,
            filename,
            span: span(1.0, 2.0),
            source_path,
            source_model: MODEL,
        })
        .unwrap();
}

fn rows_in_recordings(store: &Store) -> i64 {
    stranger(store.path())
        .query_row("SELECT COUNT(*) FROM recordings", [], |row| row.get(0))
        .unwrap()
}

#[test]
fn the_first_file_of_a_name_keeps_it_and_later_ones_have_as_much_of_their_folders_as_it_takes() {
    let (folder, mut store) = new_store();
    let root = folder.path();
    let paths = ["a/day/x.wav", "b/day/x.wav", "c/x.wav", "d/day/x.wav"];
    let paths = paths.map(|path| file(root, path, path));
    let names = ["x.wav", "day/x.wav", "c/x.wav", "d/day/x.wav"];
    for _ in 0..2 {
        for (path, name) in paths.iter().zip(names) {
            assert_eq!(enter(&mut store, path), name);
        }
    }
    assert_eq!(rows_in_recordings(&store), 4);
}

#[cfg(windows)] // Elsewhere the disk may know both.
#[test]
fn a_name_in_another_case_is_the_same_recording() {
    let (folder, mut store) = new_store();
    let path = file(folder.path(), "Takes/Door.wav", "one");
    assert_eq!(enter(&mut store, &path), "Door.wav");
    let shouted = folder.path().join("TAKES").join("DOOR.WAV");
    assert_eq!(enter(&mut store, &shouted), "Door.wav");
    assert_eq!(rows_in_recordings(&store), 1);
    let known = store.recording_path("Door.wav").unwrap().unwrap();
    assert!(known.ends_with("Takes\\Door.wav"), "{}", known.display());
    assert!(
        !known.to_string_lossy().contains("\\\\?\\"),
        "{}",
        known.display()
    );
}

#[cfg(windows)]
#[test]
fn a_device_and_a_stream_are_no_recordings() {
    let (folder, _store) = new_store();
    let path = file(folder.path(), "a.wav", "one");
    let stream = PathBuf::from(format!("{}:hidden", path.display()));
    for (path, said) in [(folder.path().join("CON"), "a device"), (stream, "stream")] {
        let refused = FoundFile::at(&path).unwrap_err();
        assert!(refused.to_string().contains(said), "{refused}");
    }
}

#[test]
fn who_only_reads_enters_nothing() {
    let (folder, store) = new_store();
    let path = file(folder.path(), "x.wav", "one");
    let found = FoundFile::at(&path).unwrap();
    assert_eq!(store.recording_of(&found).unwrap().name, "x.wav");
    assert_eq!(
        store.recording_said(Path::new("x.wav")).unwrap().name,
        "x.wav"
    );
    assert_eq!(rows_in_recordings(&store), 0);
}

#[cfg(unix)]
#[test]
fn every_way_to_one_file_is_one_recording() {
    let (folder, mut store) = new_store();
    let root = folder.path();
    let path = file(root, "a/x.wav", "one");
    std::os::unix::fs::symlink(root.join("a"), root.join("link")).unwrap();
    std::os::unix::fs::symlink(&path, root.join("y.wav")).unwrap();
    std::fs::create_dir(root.join("hard")).unwrap();
    std::fs::hard_link(&path, root.join("hard/x.wav")).unwrap();
    assert_eq!(enter(&mut store, &path), "x.wav");
    for way in ["link/x.wav", "a/../a/x.wav", "y.wav", "hard/x.wav"] {
        assert_eq!(enter(&mut store, &root.join(way)), "x.wav", "{way}");
    }
    assert_eq!(rows_in_recordings(&store), 1);
}

#[test]
fn a_moved_file_is_found_under_its_name_and_another_in_its_stead_is_not() {
    let (folder, mut store) = new_store();
    let root = folder.path();
    let (a, b) = (file(root, "a/x.wav", "one"), file(root, "b/x.wav", "two"));
    enter(&mut store, &a);
    enter(&mut store, &b);
    let moved = root.join("elsewhere/x.wav");
    std::fs::create_dir(moved.parent().unwrap()).unwrap();
    std::fs::rename(&b, &moved).unwrap();
    assert_eq!(enter(&mut store, &moved), "b/x.wav");
    assert_eq!(store.recording_path("b/x.wav").unwrap(), Some(moved));

    // As when the disk with the first is not connected.
    std::fs::remove_file(&a).unwrap();
    let stranger = file(root, "c/x.wav", "another");
    assert_eq!(enter(&mut store, &stranger), "c/x.wav");
    let back = file(root, "d/x.wav", "one");
    assert_eq!(enter(&mut store, &back), "x.wav");
}

#[test]
fn bare_rows_of_8cut_go_on_meaning_the_file_they_meant() {
    let (folder, mut store) = new_store();
    let root = folder.path();
    let theirs = file(root, "b/x.wav", "theirs");
    let other = file(root, "a/x.wav", "other");
    negative_in(&mut store, "x.wav", &theirs);
    assert_eq!(enter(&mut store, &other), "a/x.wav");
    assert_eq!(enter(&mut store, &theirs), "x.wav");

    // A row without a path, and one whose file is gone: whoever comes has the bare name.
    negative_in(&mut store, "y.wav", Path::new(""));
    negative_in(&mut store, "z.wav", Path::new("/gone/z.wav"));
    for name in ["y.wav", "z.wav"] {
        let path = file(root, &format!("a/{name}"), name);
        assert_eq!(enter(&mut store, &path), name);
    }
}

#[test]
fn a_take_has_its_own_name_and_no_other_file_gets_it() {
    let (folder, mut store) = new_store();
    let take = file(folder.path(), "takes/take.wav", "take");
    let other = file(folder.path(), "other/take.wav", "other");
    store
        .upsert_take(&TakeRow {
            id: "one".to_owned(),
            source: SourceId::random(),
            filename: "take.wav".to_owned(),
            path: take.clone(),
            rate: crate::time::SampleRate::new(48_000).unwrap(),
            channels: 1,
            start: crate::time::SampleIndex(0),
            frames: 1,
            revision: 0,
            created_at: String::new(),
            gaps: Vec::new(),
        })
        .unwrap();
    assert_eq!(enter(&mut store, &other), "other/take.wav");
    assert_eq!(enter(&mut store, &take), "take.wav");
    assert_eq!(rows_in_recordings(&store), 1);
}

#[test]
fn a_file_that_is_gone_is_known_by_its_path_its_name_and_its_bare_name() {
    let (folder, mut store) = new_store();
    let root = folder.path();
    for path in ["a/x.wav", "b/x.wav"] {
        enter(&mut store, &file(root, path, path));
    }
    std::fs::remove_file(root.join("b/x.wav")).unwrap();
    let said = |path: &Path| store.recording_said(path).unwrap().name;
    assert_eq!(said(&root.join("b/x.wav")), "b/x.wav");
    assert_eq!(said(Path::new("b/x.wav")), "b/x.wav");
    assert_eq!(said(Path::new("x.wav")), "x.wav");
    // Never the first one's, which is there and is another file.
    assert_eq!(said(&root.join("c/x.wav")), "c/x.wav");
}

#[cfg(target_os = "linux")] // Elsewhere no file can have such a name.
#[test]
fn names_that_are_no_unicode_do_not_collide_and_their_paths_come_back() {
    use std::os::unix::ffi::OsStrExt as _;

    let (folder, mut store) = new_store();
    let mut names = std::collections::BTreeSet::new();
    for bytes in [b"caf\xe8.wav", b"caf\xe9.wav"] {
        let path = folder.path().join(std::ffi::OsStr::from_bytes(bytes));
        std::fs::write(&path, "same").unwrap();
        let name = enter(&mut store, &path);
        assert_eq!(store.recording_path(&name).unwrap(), Some(path.clone()));
        negative_in(&mut store, &name, &path);
        let marks = store.negatives_in(DEFAULT_PROFILE, &name).unwrap();
        assert_eq!(marks[0].source_path.as_ref(), Some(&path));
        names.insert(name);
    }
    assert_eq!(
        names.into_iter().collect::<Vec<_>>(),
        ["caf%E8.wav", "caf%E9.wav"]
    );
}

#[test]
fn many_connections_that_meet_two_files_of_one_name_at_once_agree() {
    let (folder, store) = new_store();
    let root = folder.path();
    let paths = [file(root, "a/x.wav", "one"), file(root, "b/x.wav", "two")];
    let database = store.path();
    let names: Vec<[String; 2]> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    let mut store = Store::open(database).unwrap();
                    paths.each_ref().map(|path| enter(&mut store, path))
                })
            })
            .collect();
        let ended = threads.into_iter().map(|thread| thread.join().unwrap());
        ended.collect()
    });
    assert!(names.iter().all(|one| *one == names[0]), "{names:?}");
    assert_ne!(names[0][0], names[0][1]);
}

#[test]
fn rows_of_one_name_and_several_files_teach_from_the_file_that_each_names() {
    let (folder, mut store) = new_store();
    let root = folder.path();
    let (a, b) = (file(root, "a/x.wav", "one"), file(root, "b/x.wav", "two"));
    for (number, path) in [(1, &a), (2, &b)] {
        store
            .add_clip(&NewClip {
                filename: "x.wav",
                span: span(1.0, 2.0),
                output_path: &root.join(format!("Clap/vid_001/clip_{number}.wav")),
                source_path: path,
                profile: DEFAULT_PROFILE,
                scan_export: false,
                spread_s: 0.0,
                label: "",
            })
            .unwrap();
    }
    let request = TrainingRequest {
        profile: DEFAULT_PROFILE.to_owned(),
        positive_classes: vec!["Clap".to_owned()],
        negative_class: None,
        use_hard_negatives: true,
        include_scan_exports: false,
        window_s: 1.0,
    };
    let data = store.training_data(&request).unwrap();
    let paths: Vec<_> = data.iter().map(|one| one.source_path.clone()).collect();
    assert_eq!(paths, [Some(a.clone()), Some(b)]);
    assert!(data.iter().all(|one| one.positives.len() == 1));
    assert!(data[0].is_of("x.wav", &a) && !data[1].is_of("x.wav", &a));

    // The second file is gone: its row can only mean the one that is left.
    std::fs::remove_file(root.join("b/x.wav")).unwrap();
    let data = store.training_data(&request).unwrap();
    assert_eq!(data.len(), 1);
    assert_eq!(data[0].source_path, Some(a));
}
