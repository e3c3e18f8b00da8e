//! The cache on real files.

use super::*;

fn key() -> CacheKey {
    CacheKey {
        recording: "take.wav".into(),
        fingerprint: "48000:12".into(),
        model_sha256: "ab".repeat(32),
    }
}

fn rows_of(dims: usize) -> RowLayout {
    RowLayout::new([dims])
}

fn map() -> StepMap {
    let mut map = StepMap::new(rows_of(3));
    map.insert(0, &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
    map.insert(4, &[6.0, 7.0, 8.0]);
    map
}

fn entry(cache: &EmbeddingCache) -> PathBuf {
    cache.files().next().unwrap()
}

#[test]
fn loading_that_is_broken_off_gives_nothing_and_harms_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let cache = EmbeddingCache::new(folder.path());
    cache.save(&key(), &mut map()).unwrap();
    let broken_off = cache.load_while(&key(), &rows_of(3), &mut || ControlFlow::Break(()));
    assert_eq!(broken_off, None);
    assert_eq!(cache.load(&key(), &rows_of(3)), Some(map()));
}

#[test]
fn what_was_saved_is_loaded_with_its_gaps() {
    let folder = tempfile::tempdir().unwrap();
    let cache = EmbeddingCache::new(folder.path().join("new/folder"));
    assert_eq!(cache.load(&key(), &rows_of(3)), None);
    cache.save(&key(), &mut map()).unwrap();
    assert_eq!(cache.load(&key(), &rows_of(3)), Some(map()));
    assert_eq!(
        cache
            .load(&key(), &rows_of(3))
            .unwrap()
            .missing(0..5)
            .as_slice(),
        std::slice::from_ref(&(2..4))
    );
}

#[test]
fn a_changed_recording_another_model_or_other_dims_find_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let cache = EmbeddingCache::new(folder.path());
    cache.save(&key(), &mut map()).unwrap();
    assert_eq!(
        cache.load(
            &CacheKey {
                fingerprint: "48000:13".into(),
                ..key()
            },
            &rows_of(3)
        ),
        None
    );
    assert_eq!(
        cache.load(
            &CacheKey {
                model_sha256: "cd".repeat(32),
                ..key()
            },
            &rows_of(3)
        ),
        None
    );
    assert_eq!(
        cache.load(
            &CacheKey {
                recording: "other.wav".into(),
                ..key()
            },
            &rows_of(3)
        ),
        None
    );
    assert_eq!(cache.load(&key(), &rows_of(4)), None);
}

#[test]
fn a_changed_recording_replaces_its_entry() {
    let folder = tempfile::tempdir().unwrap();
    let cache = EmbeddingCache::new(folder.path());
    cache.save(&key(), &mut map()).unwrap();
    cache
        .save(
            &CacheKey {
                fingerprint: "48000:13".into(),
                ..key()
            },
            &mut map(),
        )
        .unwrap();
    assert_eq!(cache.files().count(), 1);
    assert_eq!(cache.load(&key(), &rows_of(3)), None);
}

#[test]
fn any_damaged_byte_and_any_lost_byte_means_no_entry() {
    let folder = tempfile::tempdir().unwrap();
    let cache = EmbeddingCache::new(folder.path());
    cache.save(&key(), &mut map()).unwrap();
    let path = entry(&cache);
    let good = std::fs::read(&path).unwrap();
    for i in 0..good.len() {
        let mut bad = good.clone();
        bad[i] ^= 0x10;
        std::fs::write(&path, &bad).unwrap();
        assert_eq!(cache.load(&key(), &rows_of(3)), None, "byte {i} changed");
        std::fs::write(&path, &good[..i]).unwrap();
        assert_eq!(cache.load(&key(), &rows_of(3)), None, "cut at {i}");
    }
    std::fs::write(&path, &good).unwrap();
    assert_eq!(cache.load(&key(), &rows_of(3)), Some(map()));
}

#[test]
fn what_was_loaded_stays_as_it_was_when_its_file_is_replaced_or_purged() {
    let folder = tempfile::tempdir().unwrap();
    let cache = EmbeddingCache::new(folder.path());
    cache.save(&key(), &mut map()).unwrap();
    let loaded = cache.load(&key(), &rows_of(3)).unwrap();
    let mut newer = loaded.clone();
    newer.insert(0, &[9.0; 30]);
    cache.save(&key(), &mut newer).unwrap();
    assert_eq!(
        (&loaded, cache.load(&key(), &rows_of(3))),
        (&map(), Some(newer))
    );
    cache.purge().unwrap();
    assert_eq!(loaded, map());
    assert_eq!(cache.load(&key(), &rows_of(3)), None);
}

#[test]
fn purging_removes_the_entries_and_leaves_other_files_alone() {
    let folder = tempfile::tempdir().unwrap();
    let cache = EmbeddingCache::new(folder.path());
    assert_eq!(cache.size_bytes(), 0);
    cache.purge().unwrap();
    cache.save(&key(), &mut map()).unwrap();
    let other = folder.path().join("notes.txt");
    std::fs::write(&other, b"mine").unwrap();
    std::fs::write(folder.path().join("x.1.steps-unfinished"), b"half").unwrap();
    assert!(cache.size_bytes() > 50);
    assert_eq!(cache.entries(), 1);
    cache.purge().unwrap();
    assert_eq!(cache.size_bytes(), 0);
    assert!(other.exists());
}

#[test]
fn what_is_more_than_is_kept_goes_by_last_use_and_what_is_in_use_stays() {
    let folder = tempfile::tempdir().unwrap();
    let cache = EmbeddingCache::new(folder.path());
    let of = |recording: &str| CacheKey {
        recording: recording.to_owned(),
        ..key()
    };
    let date = |recording: &str, days: u64| {
        let file = File::options()
            .write(true)
            .open(cache.path(&of(recording), 0));
        let then = SystemTime::now() - Duration::from_secs(days * 24 * 3600);
        file.unwrap().set_modified(then).unwrap();
    };
    for (recording, days) in [("in use", 9), ("oldest", 8), ("used", 7), ("newer", 6)] {
        cache.save(&of(recording), &mut map()).unwrap();
        date(recording, days);
    }
    std::fs::write(folder.path().join("x.1.steps-unfinished"), b"").unwrap();
    let each = cache.size_bytes() / 4;
    assert!(
        cache.load(&of("used"), &rows_of(3)).is_some(),
        "which is noted"
    );
    let stays = |name: &str| name == "in use";
    assert_eq!(cache.trim(5 * each, &stays), (0, 0));
    assert_eq!(cache.surplus(3 * each, &stays).len(), 1);
    assert_eq!(cache.trim(2 * each + 4, &stays).0, 2);
    let left = ["in use", "oldest", "used", "newer"]
        .map(|name| cache.load(&of(name), &rows_of(3)).is_some());
    assert_eq!(left, [true, false, true, false]);
    assert_eq!(cache.trim(0, &stays).0, 1);
    assert_eq!(cache.files().count(), 2, "what is being written stays too");
}

#[test]
fn a_folder_that_cannot_be_written_is_told_with_a_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let blocked = folder.path().join("file");
    std::fs::write(&blocked, b"").unwrap();
    let error = EmbeddingCache::new(blocked.join("cache"))
        .save(&key(), &mut map())
        .unwrap_err();
    assert!(
        error.to_string().contains("free some disk space"),
        "{error}"
    );
}

#[test]
fn the_segments_of_a_long_recording_are_saved_one_by_one_and_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let cache = EmbeddingCache::new(folder.path());
    let dims = (1 << 20) - 8; // four steps in a segment
    let rows = |steps: std::ops::Range<u64>| -> Vec<f32> {
        steps.flat_map(|step| vec![step as f32; dims]).collect()
    };
    let mut map = StepMap::new(rows_of(dims));
    map.extend(30);
    map.insert(9, &rows(9..13));
    cache.save(&key(), &mut map).unwrap();
    assert_eq!(
        (cache.files().count(), cache.entries()),
        (3, 1),
        "the first tells the length"
    );
    let found = cache.load(&key(), &rows_of(dims)).unwrap();
    assert_eq!(found, map);
    assert_eq!(found.missing(0..30), [0..9, 13..30]);
    assert!(found.is_saved());

    // Only what was changed is written again.
    let dates = |number| {
        cache
            .path(&key(), number)
            .metadata()
            .unwrap()
            .modified()
            .unwrap()
    };
    // Long ago, so that a file that is written again has another date.
    for number in [0, 2, 3] {
        let file = File::options()
            .append(true)
            .open(cache.path(&key(), number));
        file.unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
    }
    let before = [0, 2, 3].map(dates);
    map.insert(13, &rows(13..16));
    assert!(!map.is_saved());
    cache.save(&key(), &mut map).unwrap();
    let after = [0, 2, 3].map(dates);
    assert_eq!(
        [0, 1, 2].map(|at| before[at] == after[at]),
        [true, true, false]
    );
    assert_eq!(
        cache.load(&key(), &rows_of(dims)).unwrap().missing(0..30),
        [0..9, 16..30]
    );

    // A damaged segment is missing alone.
    std::fs::write(cache.path(&key(), 2), b"EMSTEPS5").unwrap();
    assert_eq!(
        cache.load(&key(), &rows_of(dims)).unwrap().missing(0..30),
        [0..12, 16..30]
    );

    // Another, shorter state of the recording: nothing of the old one stays.
    let newer = CacheKey {
        fingerprint: "other".into(),
        ..key()
    };
    let mut short = StepMap::new(rows_of(dims));
    short.insert(0, &rows(0..5));
    cache.save(&newer, &mut short).unwrap();
    assert_eq!((cache.files().count(), cache.entries()), (2, 1));
    assert_eq!(cache.load(&newer, &rows_of(dims)), Some(short));
    assert_eq!(cache.trim(0, &|_| false).0, 1);
    assert_eq!(cache.size_bytes(), 0);
}

#[test]
fn what_is_kept_of_a_recording_goes_where_it_was_moved() {
    let folder = tempfile::tempdir().unwrap();
    let cache = EmbeddingCache::new(folder.path());
    let dims = (4 << 20) / 4 - 8; // four steps in a segment
    let mut long = StepMap::new(rows_of(dims));
    long.insert(0, &vec![0.25; 9 * dims]);
    cache.save(&key(), &mut long).unwrap();
    let files = cache.files().count();
    let moved = CacheKey {
        recording: "elsewhere/take.wav".into(),
        ..key()
    };
    assert!(cache.move_entry(&key(), &moved, &rows_of(dims)).unwrap());
    assert_eq!(cache.load(&moved, &rows_of(dims)), Some(long));
    assert_eq!(cache.load(&key(), &rows_of(dims)), None);
    assert_eq!(cache.files().count(), files);
    assert!(!cache.move_entry(&key(), &moved, &rows_of(dims)).unwrap());
}
