//! Recordings that were moved to another folder.

use std::ops::ControlFlow;

use super::*;

fn touch(path: &Path) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, "audio").unwrap();
}

fn clip_of(store: &mut Store, filename: &str, source: &Path) {
    store
        .add_clip(&NewClip {
            filename,
            span: span(1.0, 2.0),
            output_path: Path::new("/x/Clap/vid_001/clip.wav"),
            source_path: source,
            profile: DEFAULT_PROFILE,
            scan_export: false,
            spread_s: 0.0,
            label: "",
        })
        .unwrap();
}

fn sources(store: &Store, filename: &str) -> Vec<Option<PathBuf>> {
    store
        .clips_in(DEFAULT_PROFILE, filename)
        .unwrap()
        .into_iter()
        .map(|clip| clip.source_path)
        .collect()
}

fn resolve(store: &mut Store, folder: &Path) -> Result<ResolvedSources, StoreError> {
    let found = store
        .said_sources(DEFAULT_PROFILE)?
        .look_in(folder, &mut |_| ControlFlow::Continue(()))?;
    store.correct_sources(&found.unwrap())
}

#[test]
fn rows_of_a_moved_recording_find_it_again_and_no_others_change() {
    let (folder, mut store) = new_store();
    let new_home = folder.path().join("new home");
    let moved = new_home.join("deeper").join(FILE);
    touch(&moved);
    let stays = folder.path().join("old/stays.wav");
    touch(&stays);
    // Another of its name where the search goes; the row is right as it is.
    touch(&new_home.join("stays.wav"));

    save(&mut store, &[found(1.0, 2.0, 0.5)]);
    add_negative(&mut store, 4.0, MODEL);
    for _ in 0..2 {
        clip_of(&mut store, FILE, Path::new("/gone/Dialogue 1.wav"));
    }
    clip_of(&mut store, FILE, Path::new(""));
    clip_of(&mut store, "stays.wav", &stays);
    clip_of(&mut store, "nowhere.wav", Path::new("/gone/nowhere.wav"));
    store.duplicate_profile(DEFAULT_PROFILE, "other").unwrap();

    let resolved = resolve(&mut store, &new_home).unwrap();
    let expected = ResolvedSources {
        clips: 3,
        hard_negatives: 1,
        scans: 1,
        takes: 0,
        recordings: 0,
        missing: vec!["nowhere.wav".to_owned()],
        ambiguous: Vec::new(),
    };
    assert_eq!(resolved, expected);
    assert_eq!(resolved.count(), 5);
    assert_eq!(
        sources(&store, FILE),
        [
            Some(moved.clone()),
            Some(moved.clone()),
            Some(moved.clone())
        ]
    );
    assert_eq!(sources(&store, "stays.wav"), [Some(stays)]);
    let mark = &store.negatives(DEFAULT_PROFILE, None).unwrap()[0];
    assert_eq!(mark.source_path, Some(moved.clone()));
    assert_eq!(versions(&store)[0].source_path, Some(moved));
    let of_other = &store.negatives("other", None).unwrap()[0];
    assert_eq!(
        of_other.source_path.as_deref(),
        Some(Path::new("/takes/Dialogue 1.wav"))
    );

    let again = resolve(&mut store, &new_home).unwrap();
    assert_eq!(again.count(), 0);
}

#[test]
fn the_folder_itself_goes_before_those_below_and_twins_are_left_alone() {
    let (folder, mut store) = new_store();
    let home = folder.path().join("home");
    for path in ["here.wav", "a/here.wav", "a/twin.wav", "b/twin.wav"] {
        touch(&home.join(path));
    }
    for name in ["here.wav", "twin.wav"] {
        clip_of(&mut store, name, Path::new("/gone"));
    }
    let resolved = resolve(&mut store, &home).unwrap();
    assert_eq!(resolved.clips, 1);
    assert_eq!(resolved.ambiguous, ["twin.wav"]);
    assert_eq!(sources(&store, "here.wav"), [Some(home.join("here.wav"))]);
    assert_eq!(sources(&store, "twin.wav"), [Some("/gone".into())]);

    let refused = resolve(&mut store, &folder.path().join("no such folder")).unwrap_err();
    assert!(
        matches!(refused, StoreError::NoSuchFolder { .. }),
        "{refused:?}"
    );
}

#[test]
fn a_search_that_is_called_off_changes_nothing() {
    let (folder, mut store) = new_store();
    let home = folder.path().join("home");
    for path in ["a/here.wav", "b/there.wav"] {
        touch(&home.join(path));
    }
    clip_of(&mut store, "here.wav", Path::new("/gone"));
    let said = store.said_sources(DEFAULT_PROFILE).unwrap();
    let found = said
        .look_in(&home, &mut |folders| {
            if folders == 1 {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        })
        .unwrap();
    assert!(found.is_none());
}

#[test]
fn two_files_of_one_name_that_moved_are_each_found_again_and_never_taken_for_the_other() {
    let (folder, mut store) = new_store();
    let (old, new) = (folder.path().join("old"), folder.path().join("new"));
    for site in ["siteA", "siteB"] {
        let path = old.join(site).join("x.wav");
        touch(&path);
        std::fs::write(&path, site).unwrap();
        let file = FoundFile::at(&path).unwrap();
        let name = store.enter_recording(&file).unwrap().name;
        clip_of(&mut store, &name, &path);
    }
    // Only the second is there, under another folder's name; then a stranger of that name as well.
    std::fs::rename(&old, folder.path().join("away")).unwrap();
    touch(&new.join("plots/x.wav"));
    std::fs::write(new.join("plots/x.wav"), "siteB").unwrap();
    touch(&new.join("siteA/x.wav"));
    std::fs::write(new.join("siteA/x.wav"), "another length").unwrap();
    let resolved = resolve(&mut store, &new).unwrap();
    assert_eq!((resolved.clips, resolved.recordings), (1, 1));
    assert_eq!(resolved.missing, ["x.wav"]);
    assert_eq!(
        sources(&store, "siteB/x.wav"),
        [Some(new.join("plots/x.wav"))]
    );
    assert_eq!(sources(&store, "x.wav"), [Some(old.join("siteA/x.wav"))]);
}

#[test]
fn rows_of_8cut_are_told_apart_by_the_folders_they_were_in() {
    let (folder, mut store) = new_store();
    let new = folder.path().join("new");
    for site in ["siteA", "siteB"] {
        touch(&new.join(site).join("x.wav"));
        let gone = Path::new("/gone").join(site).join("x.wav");
        clip_of(&mut store, "x.wav", &gone);
    }
    let resolved = resolve(&mut store, &new).unwrap();
    assert_eq!(resolved.clips, 2);
    let mut found = sources(&store, "x.wav");
    found.sort();
    assert_eq!(
        found,
        ["siteA", "siteB"].map(|site| Some(new.join(site).join("x.wav")))
    );
}

#[test]
fn moved_takes_are_found_again_and_a_shorter_file_of_the_name_is_none() {
    let (folder, mut store) = new_store();
    let row = |frames: u64| TakeRow {
        id: format!("{frames}"),
        source: SourceId::random(),
        filename: format!("take {frames}.wav"),
        path: format!("/gone/take {frames}.wav").into(),
        rate: crate::time::SampleRate::new(48_000).unwrap(),
        channels: 2,
        start: crate::time::SampleIndex(0),
        frames,
        revision: 0,
        created_at: String::new(),
        gaps: Vec::new(),
    };
    for frames in [1, 1000] {
        store.upsert_take(&row(frames)).unwrap();
        let path = folder.path().join(format!("new/take {frames}.wav"));
        touch(&path);
        std::fs::write(&path, [0; 100]).unwrap();
    }
    let new = folder.path().join("new");
    let resolved = resolve(&mut store, &new).unwrap();
    assert_eq!((resolved.takes, resolved.count()), (1, 1));
    assert_eq!(resolved.missing, ["take 1000.wav"]);
    let take = store.take_by_filename("take 1.wav").unwrap().unwrap();
    assert_eq!(take.path, new.join("take 1.wav"));
}
