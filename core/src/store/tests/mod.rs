//! The store on real files, beside real neighbours.

mod adoption;
mod backups;
mod classifiers;
mod damaged_cells;
mod forget;
mod hand_edits;
mod history;
mod history_model;
mod library;
mod marks;
mod neighbours;
mod plans;
mod presence;
mod processes;
mod profiles;
mod queue;
mod recordings;
mod refusals;
mod sources;
mod statistics;
mod training;
mod unmarked_takes;

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use tempfile::TempDir;

use super::*;
use crate::scan::{ScoredSpan, WindowScores};
use crate::time::Span;

const FILE: &str = "Dialogue 1.wav";
const MODEL: &str = "AISFX";

/// A store on a new file, with the folder that holds it.
fn new_store() -> (TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("earmark.db")).unwrap();
    (folder, store)
}

fn span(start_s: f64, end_s: f64) -> Span {
    Span::new(start_s, end_s).unwrap()
}

fn found(start_s: f64, end_s: f64, score: f32) -> ScoredSpan {
    ScoredSpan {
        span: span(start_s, end_s),
        score,
    }
}

fn scores() -> WindowScores {
    WindowScores {
        hop_s: 0.25,
        window_s: 1.0,
        scores: vec![0.25, f32::NAN, 1.0],
        edges: crate::scan::FittedEdges::from_bytes(&[3, 250, 128, 128]),
    }
}

fn new_scan<'a>(regions: &'a [ScoredSpan], scores: &'a WindowScores) -> NewScan<'a> {
    NewScan {
        filename: FILE,
        source_path: Path::new("/takes/Dialogue 1.wav"),
        profile: DEFAULT_PROFILE,
        model: MODEL,
        regions,
        scores,
        threshold: 0.5,
        classifier: None,
    }
}

fn save(store: &mut Store, regions: &[ScoredSpan]) -> SavedScan {
    store.save_scan(&new_scan(regions, &scores()), 5).unwrap()
}

fn versions(store: &Store) -> Vec<ScanVersion> {
    store.versions(FILE, DEFAULT_PROFILE, MODEL).unwrap()
}

fn regions(store: &Store, timestamp: &str) -> Vec<RegionRow> {
    store
        .regions(FILE, DEFAULT_PROFILE, MODEL, timestamp)
        .unwrap()
}

fn add_clip(store: &mut Store, filename: &str, start_s: f64, path: &str) -> ClipId {
    store
        .add_clip(&NewClip {
            filename,
            span: span(start_s, start_s + 1.0),
            output_path: Path::new(path),
            source_path: Path::new("/takes/somewhere.wav"),
            profile: DEFAULT_PROFILE,
            scan_export: false,
            spread_s: 0.0,
            label: "",
        })
        .unwrap()
}

fn add_negative(store: &mut Store, start_s: f64, model: &str) -> NegativeId {
    store
        .add_negative(&NewNegative {
            profile: DEFAULT_PROFILE,
            filename: FILE,
            span: span(start_s, start_s + 1.0),
            source_path: Path::new("/takes/Dialogue 1.wav"),
            source_model: model,
        })
        .unwrap()
}

fn add_unsure(store: &mut Store, start_s: f64, end_s: f64) -> UnsureMark {
    let mark = NewUnsure {
        profile: DEFAULT_PROFILE,
        filename: FILE,
        span: span(start_s, end_s),
        source_model: MODEL,
    };
    store.add_unsure(&[mark]).unwrap().remove(0)
}

fn add_note(store: &mut Store, span: Span, text: &str) -> RegionNote {
    let note = NewRegionNote {
        profile: DEFAULT_PROFILE,
        filename: FILE,
        span,
        text,
    };
    store.add_region_note(&note).unwrap()
}

/// A plain connection, as another program has one.
fn stranger(path: &Path) -> Connection {
    Connection::open(path).unwrap()
}

/// Backup copies beside the database.
fn backups(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            // Not the log that SQLite keeps beside a copy while a test looks into it.
            let is_log = path
                .extension()
                .is_some_and(|end| end == "db-wal" || end == "db-shm");
            path.to_string_lossy().contains("before-earmark") && !is_log
        })
        .collect()
}

/// Deletes a version and says what takes that back.
fn delete_version(store: &mut Store, timestamp: &str) -> RowJournal {
    let (is_deleted, journal) = store
        .record(Recorded::Work, |tx| {
            tx.delete_version(FILE, DEFAULT_PROFILE, MODEL, timestamp)
        })
        .unwrap();
    assert!(is_deleted);
    journal
}

fn take_back(store: &mut Store, journal: &RowJournal) {
    store
        .record(Recorded::Nothing, |tx| tx.reverse(journal))
        .unwrap();
}
