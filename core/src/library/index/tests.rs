//! The index on real files.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;

use super::*;
use crate::library::row::RowsMade;

const DIMS: usize = 8;
const SPACE: &str = "model signs 8 1";

/// Rows of `windows` windows that no other recording has.
fn rows(seed: u64, windows: usize) -> RowsMade {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut rows = RowsMade::default();
    for _ in 0..windows {
        let point: Vec<f32> = (0..DIMS).map(|_| random.f32() - 0.5).collect();
        rows.push(&point);
    }
    rows
}

/// More than two segments of recordings of several lengths.
fn recordings() -> Vec<(String, RowsMade)> {
    let windows = [20_000, 1, SEGMENT_ROWS, 7, 40_000, 30_000, 300];
    let numbered = windows.into_iter().enumerate();
    numbered
        .map(|(number, windows)| (format!("recording {number}"), rows(number as u64, windows)))
        .collect()
}

fn open(folder: &Path) -> IndexWriter {
    IndexWriter::open(folder, SPACE, DIMS, &|_| true).unwrap()
}

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap());
    entries
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, std::fs::read(entry.path()).unwrap())
        })
        .collect()
}

/// Adds what is missing of the first `parts` parts of `recordings`.
fn add_parts(writer: &mut IndexWriter, recordings: &[(String, RowsMade)], parts: usize) {
    let mut left = parts;
    for (identity, rows) in recordings {
        let total = rows.rows().windows(DIMS);
        let mut rest = rows.rows();
        let mut at = 0;
        while rest.windows(DIMS) > 0 && left > 0 {
            let (part, after) = rest.split_at(PART_ROWS, DIMS);
            if writer.windows_of(identity) == at {
                writer.add(identity, total, part).unwrap();
            }
            at += part.windows(DIMS);
            rest = after;
            left -= 1;
        }
    }
}

fn add_all(folder: &Path, recordings: &[(String, RowsMade)]) {
    let mut writer = open(folder);
    add_parts(&mut writer, recordings, usize::MAX);
    writer.flush().unwrap();
}

#[test]
fn what_was_added_is_found_with_its_rows() {
    let folder = tempfile::tempdir().unwrap();
    add_all(folder.path(), &recordings());
    let index = Index::open(folder.path(), SPACE, DIMS);
    assert!(index.segments().count() > 2);
    let mut found: Vec<(String, RowsMade)> = Vec::new();
    for (part, rows) in index.parts() {
        if part.windows.start == 0 {
            found.push((part.identity.clone(), RowsMade::default()));
        }
        found.last_mut().unwrap().1.extend(rows);
    }
    assert_eq!(index.identities().len(), found.len());
    assert!(found == recordings());
    assert_eq!(
        Index::open(folder.path(), "another space", DIMS)
            .identities()
            .len(),
        0
    );
}

#[test]
fn an_index_that_was_interrupted_anywhere_becomes_what_an_undisturbed_one_is() {
    let all = recordings();
    let undisturbed = tempfile::tempdir().unwrap();
    add_all(undisturbed.path(), &all);
    for flushes in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        for parts in 0..30 {
            // A process that is killed writes nothing of what it has in hand.
            let mut writer = open(folder.path());
            add_parts(&mut writer, &all, parts);
            if flushes {
                writer.flush().unwrap();
            }
            std::fs::write(folder.path().join("00000001.x.windows-unfinished"), "half").unwrap();
        }
        add_all(folder.path(), &all);
        assert!(
            files(folder.path()) == files(undisturbed.path()),
            "{flushes}"
        );
    }
}

#[test]
fn a_damaged_segment_is_made_again_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let all = recordings();
    add_all(folder.path(), &all);
    let before = files(folder.path());
    let (name, bytes) = before.first_key_value().unwrap();
    let path = folder.path().join(name);
    for at in [0, 30, bytes.len() / 2, bytes.len() - 1] {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1;
        std::fs::write(&path, damaged).unwrap();
        let writer = open(folder.path());
        assert!(
            !writer.has("recording 0") && writer.has("recording 4"),
            "{at}"
        );
        assert!(!path.exists());
    }
    add_all(folder.path(), &all);
    let index = Index::open(folder.path(), SPACE, DIMS);
    assert_eq!(index.identities().len(), all.len());
}

#[test]
fn recordings_that_are_gone_leave_the_index_when_they_are_many() {
    let folder = tempfile::tempdir().unwrap();
    let all = recordings();
    add_all(folder.path(), &all);
    let stays = |identity: &str| ["recording 1", "recording 3", "recording 4"].contains(&identity);
    let mut writer = IndexWriter::open(folder.path(), SPACE, DIMS, &stays).unwrap();
    writer.flush().unwrap();
    assert!(writer.has("recording 4") && !writer.has("recording 2"));
    let index = Index::open(folder.path(), SPACE, DIMS);
    let identities = index.identities();
    assert!(identities.contains("recording 3") && !identities.contains("recording 2"));
    let mut writer = IndexWriter::open(folder.path(), SPACE, DIMS, &|_| false).unwrap();
    writer.flush().unwrap();
    assert_eq!(files(folder.path()).len(), 0);
}

#[test]
fn a_recording_that_was_removed_and_added_again_is_found_once() {
    let folder = tempfile::tempdir().unwrap();
    let all = recordings();
    add_all(folder.path(), &all);
    let stays = |identity: &str| identity != "recording 1";
    let mut writer = IndexWriter::open(folder.path(), SPACE, DIMS, &stays).unwrap();
    assert!(!writer.has("recording 1"));
    writer.add("recording 1", 1, all[1].1.rows()).unwrap();
    writer.flush().unwrap();
    let index = Index::open(folder.path(), SPACE, DIMS);
    let parts = index.parts();
    let windows: usize = parts.iter().map(|(part, _)| part.windows.len()).sum();
    let expected: usize = all.iter().map(|(_, rows)| rows.rows().windows(DIMS)).sum();
    assert_eq!(windows, expected);
    assert_eq!(index.identities().len(), all.len());
}

#[test]
fn one_writer_at_a_time_and_the_next_one_when_it_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let first = IndexLock::acquire(folder.path(), &mut || ControlFlow::Break(())).unwrap();
    assert!(first.is_some());
    let second = IndexLock::acquire(folder.path(), &mut || ControlFlow::Break(()));
    assert!(second.unwrap().is_none());
    let mut first = first;
    let third = IndexLock::acquire(folder.path(), &mut || {
        first = None;
        ControlFlow::Continue(())
    });
    assert!(third.unwrap().is_some());
}
