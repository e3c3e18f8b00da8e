//! Which takes hold nothing that anybody made.

use super::*;
use crate::time::{SampleIndex, SampleRate};

fn with_take() -> (TempDir, Store) {
    let (folder, mut store) = new_store();
    store
        .upsert_take(&TakeRow {
            id: String::from("1"),
            source: SourceId::random(),
            filename: FILE.to_owned(),
            path: PathBuf::from("/takes/Dialogue 1.wav"),
            rate: SampleRate::new(48_000).unwrap(),
            channels: 1,
            start: SampleIndex(0),
            frames: 48_000,
            revision: 0,
            created_at: String::new(),
            gaps: Vec::new(),
        })
        .unwrap();
    (folder, store)
}

fn is_unmarked(store: &Store) -> bool {
    !store.unmarked_takes().unwrap().is_empty()
}

#[test]
fn a_take_that_was_only_scanned_is_unmarked() {
    let (_folder, mut store) = with_take();
    assert!(is_unmarked(&store));
    save(&mut store, &[found(1.0, 2.0, 0.5)]);
    assert!(is_unmarked(&store));
}

#[test]
fn whatever_somebody_made_of_a_take_keeps_it() {
    type Work = fn(&mut Store);
    let works: [(&str, Work); 8] = [
        ("a hard negative", |store| {
            add_negative(store, 4.0, MODEL);
        }),
        ("an unsure mark", |store| {
            add_unsure(store, 4.0, 5.0);
        }),
        ("a note", |store| {
            add_note(store, span(4.0, 5.0), "a breath");
        }),
        ("a clip", |store| clip(store, FILE, "")),
        ("a clip that names its path only", |store| {
            clip(store, "another name.wav", "/takes/Dialogue 1.wav");
        }),
        ("a pinned version", |store| {
            let saved = save(store, &[found(1.0, 2.0, 0.5)]);
            let pinned = store.set_pinned(FILE, DEFAULT_PROFILE, MODEL, &saved.timestamp, true);
            assert!(pinned.unwrap());
        }),
        ("a resized region", |store| {
            let saved = save(store, &[found(1.0, 2.0, 0.5)]);
            let region = regions(store, &saved.timestamp).remove(0);
            assert!(store.resize_region(region.id, span(1.0, 1.5)).unwrap());
        }),
        ("a region left out", |store| {
            let saved = save(store, &[found(1.0, 2.0, 0.5)]);
            let region = regions(store, &saved.timestamp).remove(0);
            store.set_disabled(&[region.id], true).unwrap();
        }),
    ];
    for (what, work) in works {
        let (_folder, mut store) = with_take();
        work(&mut store);
        assert!(!is_unmarked(&store), "{what}");
    }
}

fn clip(store: &mut Store, filename: &str, source: &str) {
    store
        .add_clip(&NewClip {
            filename,
            span: span(1.0, 2.0),
            output_path: Path::new("/x/Clap/vid_001/clip.wav"),
            source_path: Path::new(source),
            profile: "another",
            spread_s: 0.0,
            scan_export: false,
            label: "",
        })
        .unwrap();
}
