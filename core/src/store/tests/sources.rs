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
