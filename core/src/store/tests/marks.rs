//! Hard negatives and clips: marks that a user made by hand, and that nothing may lose.

use super::*;

#[test]
fn marking_the_same_spot_twice_is_one_mark() {
    let (_folder, mut store) = new_store();
    let first = add_negative(&mut store, 10.0, MODEL);
    assert_eq!(
        add_negative(&mut store, 10.0 + 0.5 * SAME_SPOT_S, "OTHER"),
        first
    );
    let other = add_negative(&mut store, 10.0 + 2.0 * SAME_SPOT_S, MODEL);
    assert_ne!(other, first);
    let newest_first: Vec<NegativeId> = store
        .negatives(DEFAULT_PROFILE, None)
        .unwrap()
        .iter()
        .map(|mark| mark.id)
        .collect();
    assert_eq!(newest_first, [other, first]);
    assert_eq!(store.negatives_in(DEFAULT_PROFILE, FILE).unwrap().len(), 2);
    assert!(store.negatives_in("mine", FILE).unwrap().is_empty());
}

#[test]
fn a_mark_is_dated_whoever_made_it() {
    let (_folder, mut store) = new_store();
    add_negative(&mut store, 1.0, MODEL);
    stranger(store.path())
        .execute(
            "INSERT INTO hard_negatives (filename, profile, start_time, source_path, source_model)
             VALUES ('a.mp4', 'default', 2.0, '', '')",
            [],
        )
        .unwrap();
    for mark in store.negatives(DEFAULT_PROFILE, None).unwrap() {
        assert_eq!(
            mark.created_at.len(),
            "2026-04-19 15:36:31".len(),
            "{mark:?}"
        );
        assert!(mark.created_at.starts_with("2"), "{mark:?}");
    }
}

#[test]
fn a_mark_is_found_again_after_its_region_was_resized() {
    let (_folder, mut store) = new_store();
    let id = add_negative(&mut store, 10.0, MODEL);
    let at = |start_s, end_s| {
        let found = store
            .negatives_at(DEFAULT_PROFILE, FILE, span(start_s, end_s))
            .unwrap();
        found.iter().map(|mark| mark.id).collect::<Vec<_>>()
    };
    assert_eq!(at(10.0, 14.0), [id]);
    assert_eq!(at(9.5, 11.5), [id]);
    assert_eq!(at(10.2, 10.6), [id]);
    assert!(at(10.9, 12.0).is_empty());
    assert!(at(8.0, 10.0 - SAME_SPOT_S).is_empty());
}

#[test]
fn removed_marks_come_back_whole_under_their_ids() {
    let (_folder, mut store) = new_store();
    let ids = [
        add_negative(&mut store, 1.0, MODEL),
        add_negative(&mut store, 5.0, "OTHER"),
    ];
    let undated = "INSERT INTO hard_negatives (filename, start_time) VALUES ('a.mp4', 2.0);
         UPDATE hard_negatives SET created_at = ''";
    stranger(store.path()).execute_batch(undated).unwrap();
    let before = store.negatives(DEFAULT_PROFILE, None).unwrap();

    let counts = store.negative_counts(DEFAULT_PROFILE).unwrap();
    let one = |model: &str| (model.to_owned(), 1);
    assert_eq!(counts, [one(""), one(MODEL), one("OTHER")]);

    let (removed, journal) = store
        .record(Recorded::Work, |tx| {
            tx.remove_negatives(&[ids[0], NegativeId(999)])
        })
        .unwrap();
    assert_eq!(removed.len(), 1);
    take_back(&mut store, &journal);
    let (cleared, journal) = store
        .record(Recorded::Work, |tx| {
            tx.clear_negatives(DEFAULT_PROFILE, Some("OTHER"))
        })
        .unwrap();
    assert_eq!(
        cleared.iter().map(|mark| mark.id).collect::<Vec<_>>(),
        [ids[1]]
    );
    take_back(&mut store, &journal);
    let (cleared, journal) = store
        .record(Recorded::Work, |tx| {
            tx.clear_negatives(DEFAULT_PROFILE, None)
        })
        .unwrap();
    assert_eq!(cleared.len(), 3);
    assert!(store.negatives(DEFAULT_PROFILE, None).unwrap().is_empty());
    // The second time they are there already.
    take_back(&mut store, &journal);
    take_back(&mut store, &journal);
    assert_eq!(store.negatives(DEFAULT_PROFILE, None).unwrap(), before);
}

#[test]
fn marking_many_at_once_is_all_or_nothing() {
    let (_folder, mut store) = new_store();
    let mark = |start_s| NewNegative {
        profile: DEFAULT_PROFILE,
        filename: FILE,
        span: span(start_s, start_s + 0.5),
        source_path: Path::new(""),
        source_model: MODEL,
    };
    let ids = store
        .add_negatives(&[mark(1.0), mark(2.0), mark(1.0)])
        .unwrap();
    assert!(ids[0] == ids[2] && ids[0] != ids[1]);
    assert_eq!(
        store.negatives(DEFAULT_PROFILE, Some(MODEL)).unwrap().len(),
        2
    );
    assert_eq!(
        store.negatives(DEFAULT_PROFILE, None).unwrap()[0].source_path,
        None
    );
}

#[test]
fn a_clip_is_recorded_as_one_wav_of_its_length_and_comes_back_whole() {
    let (_folder, mut store) = new_store();
    let id = add_clip(&mut store, FILE, 3.5, "/x/Clap/vid_001/clip_001_0.wav");
    let clip = store.clips_in(DEFAULT_PROFILE, FILE).unwrap().remove(0);
    assert_eq!((clip.span, clip.class()), (span(3.5, 4.5), Some("Clap")));
    assert_eq!((clip.format.as_str(), clip.video.clip_count), ("WAV", 1));
    assert_eq!(
        (clip.video.clip_duration_s, clip.video.spread_s),
        (1.0, 0.0)
    );
    assert!(clip.processed_at.ends_with("+00:00") && clip.processed_at.contains('T'));

    let (removed, journal) = store
        .record(Recorded::Work, |tx| tx.remove_clips(&[id, ClipId(999)]))
        .unwrap();
    assert_eq!(removed, [clip]);
    assert!(store.clips(DEFAULT_PROFILE, None).unwrap().is_empty());
    take_back(&mut store, &journal);
    assert_eq!(store.clips(DEFAULT_PROFILE, Some("Clap")).unwrap(), removed);
    assert!(
        store
            .clips(DEFAULT_PROFILE, Some("Snap"))
            .unwrap()
            .is_empty()
    );
}

#[test]
fn a_folder_without_counted_clips_is_no_class() {
    let (_folder, mut store) = new_store();
    add_clip(&mut store, "a.wav", 1.0, "/x/Clap/vid_001/clip_001_0.wav");
    add_clip(&mut store, "a.wav", 2.0, "/x/Clap/vid_001/clip_002_0.wav");
    add_clip(
        &mut store,
        "b.wav",
        1.0,
        r"D:\x\Clap\vid_002\clip_001_0.wav",
    );
    add_clip(
        &mut store,
        "b.wav",
        2.0,
        "/x/Snap_disabled/vid_002/clip_001_0.wav",
    );
    let ghost = NewClip {
        filename: "a.wav",
        span: span(9.0, 10.0),
        output_path: Path::new("/x/Ghost/vid_001/clip_001_0.wav"),
        source_path: Path::new(""),
        profile: DEFAULT_PROFILE,
        scan_export: true,
        spread_s: 0.0,
        label: "",
    };
    store.add_clip(&ghost).unwrap();
    let clap = ClassStats {
        name: "Clap".to_owned(),
        files: 2,
        clips: 3,
    };
    assert_eq!(
        store.classes(DEFAULT_PROFILE, false).unwrap(),
        std::slice::from_ref(&clap)
    );
    let ghost = ClassStats {
        name: "Ghost".to_owned(),
        files: 1,
        clips: 1,
    };
    assert_eq!(store.classes(DEFAULT_PROFILE, true).unwrap(), [clap, ghost]);
    assert!(store.classes("mine", true).unwrap().is_empty());
}

#[test]
fn the_next_clip_gets_a_folder_that_nothing_has_used() {
    let (folder, mut store) = new_store();
    let class = folder.path().join("Clap");
    let slot = |store: &mut Store, file: &str| {
        let on_disk = clip_folders_on_disk(&class);
        store
            .next_clip_folder(file, DEFAULT_PROFILE, &on_disk)
            .unwrap()
    };
    assert_eq!(slot(&mut store, "first.wav"), "vid_001");
    std::fs::create_dir_all(class.join("vid_004")).unwrap();
    // It is promised to the first, and to nobody else, before there is a clip in it.
    assert_eq!(slot(&mut store, "first.wav"), "vid_001");
    assert_eq!(slot(&mut store, "a.wav"), "vid_005");
    let path = class.join("vid_005").join("clip_007_0.wav");
    add_clip(&mut store, "a.wav", 1.0, path.to_str().unwrap());
    assert_eq!(slot(&mut store, "a.wav"), "vid_005");
    assert_eq!(slot(&mut store, "b.wav"), "vid_006");
}

#[test]
fn a_note_comes_back_as_it_was_and_8cut_sees_none_of_it() {
    let (_folder, mut store) = new_store();
    let first = add_note(&mut store, span(1.0, 2.0), " left door, #creak ");
    let second = add_note(&mut store, span(3.0, 4.0), "a breath");
    assert_eq!(first.text, "left door, #creak");
    let (changed, journal) = store
        .record(Recorded::Work, |tx| {
            tx.remove_region_notes(&[second.id, second.id])?;
            tx.rewrite_region_note(first.id, "right door")
        })
        .unwrap();
    assert_eq!(changed.unwrap().text, "right door");
    take_back(&mut store, &journal);
    take_back(&mut store, &journal);
    let notes = store.region_notes(DEFAULT_PROFILE, Some(FILE)).unwrap();
    assert_eq!(notes, [first, second]);
    assert!(store.region_notes("other", None).unwrap().is_empty());
    assert_eq!(shared_rows(&store), 0);
}

#[test]
fn a_note_that_cannot_be_one_changes_nothing() {
    let (_folder, mut store) = new_store();
    let note = add_note(&mut store, span(1.0, 2.0), "a breath");
    for text in ["", "  ", "two\nlines", &"x".repeat(1001)] {
        store.rewrite_region_note(note.id, text).unwrap_err();
    }
    let kept = store.region_notes(DEFAULT_PROFILE, None).unwrap();
    assert_eq!(kept, [note]);
}

/// Rows of the tables that 8-cut reads.
fn shared_rows(store: &Store) -> i64 {
    stranger(store.path())
        .query_row(
            "SELECT (SELECT COUNT(*) FROM processed) + (SELECT COUNT(*) FROM hard_negatives)
                 + (SELECT COUNT(*) FROM scan_results) + (SELECT COUNT(*) FROM hidden_files)",
            [],
            |row| row.get(0),
        )
        .unwrap()
}

#[test]
fn an_unsure_mark_comes_back_under_its_own_number_and_8cut_sees_none_of_it() {
    let (_folder, mut store) = new_store();
    let first = add_unsure(&mut store, 1.0, 2.0);
    let second = add_unsure(&mut store, 3.0, 4.0);
    let (removed, journal) = store
        .record(Recorded::Work, |tx| tx.remove_unsure(&[first.id, first.id]))
        .unwrap();
    assert_eq!(removed.as_slice(), std::slice::from_ref(&first));
    take_back(&mut store, &journal);
    take_back(&mut store, &journal);
    let marks = store.unsure_marks(DEFAULT_PROFILE, Some(FILE)).unwrap();
    assert_eq!(marks, [first, second]);
    assert!(store.unsure_marks("other", None).unwrap().is_empty());
    assert_eq!(shared_rows(&store), 0);
}
