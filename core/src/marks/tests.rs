//! Changes on a real database and real files: tried again, refused, and taken back.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::*;
use crate::frequency::Band;
use crate::protocol::{
    ImportedMark, ImportedRecording, MarkKind, Place, PlacedRecording, SeenRegion,
};
use crate::recording::Recording;
use crate::scan::WindowScores;
use crate::store::{HardNegative, NewScan};
use crate::time::Span;

const PROFILE: &str = "default";
const MODEL: &str = "AISFX";
const FILE: &str = "a.wav";

struct Project {
    folder: tempfile::TempDir,
    store: StoreHandle,
    history: History,
}

impl Project {
    /// A database, and a recording of ten seconds.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: 8_000,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut wav = hound::WavWriter::create(folder.path().join(FILE), spec).unwrap();
        for index in 0..80_000_i32 {
            wav.write_sample((index % 100) as i16 * 100).unwrap();
        }
        wav.finalize().unwrap();
        let store = StoreHandle::new(Some(folder.path().join("earmark.db"))).unwrap();
        store.with(|store| store.profiles()).unwrap();
        Self {
            folder,
            store,
            history: History::default(),
        }
    }

    fn clips_folder(&self) -> PathBuf {
        self.folder.path().join("clips")
    }

    fn change(&self, version: Option<String>, target: Target) -> Change {
        Change {
            place: Place {
                profile: String::from(PROFILE),
                model: String::from(MODEL),
                recording: Some(PlacedRecording {
                    recording: Recording {
                        filename: String::from(FILE),
                        path: self.folder.path().join(FILE),
                    },
                    start_s: 0.0,
                    length_s: 10.0,
                }),
                version,
                generation: self.store.generation(),
            },
            target,
        }
    }

    fn mark(&self, kind: MarkKind, start_s: f64, end_s: f64) -> Change {
        let spans = vec![Span::new(start_s, end_s).unwrap()];
        let target = Target::Marked {
            kind,
            spans,
            marked: true,
            band: None,
        };
        self.change(None, target)
    }

    fn commit(&mut self, change: Change) -> Result<(), EngineError> {
        let applied = commit(&self.store, &self.clips_folder(), &change)?;
        self.history
            .push(change, applied.outcome.label, applied.inverse);
        Ok(())
    }

    fn negatives(&self) -> Vec<HardNegative> {
        let rows = self.store.with(|store| store.negatives_in(PROFILE, FILE));
        rows.unwrap()
    }

    /// Every file below the folder of the clips.
    fn clip_files(&self) -> usize {
        fn count(folder: &Path) -> usize {
            let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
            let count_in = |path: PathBuf| if path.is_dir() { count(&path) } else { 1 };
            entries.map(|entry| count_in(entry.path())).sum()
        }
        count(&self.clips_folder())
    }
}

#[test]
fn a_mark_that_is_tried_again_stays_set_and_adds_nothing() {
    let mut project = Project::new();
    let mark = project.mark(MarkKind::Negative, 1.0, 2.0);
    project.commit(mark.clone()).unwrap();
    let first = project.negatives();
    project.commit(mark).unwrap();
    assert_eq!(project.negatives(), first);
    project.history.undo(&project.store).unwrap();
    assert!(project.negatives().is_empty());
    assert_eq!(
        project.history.next_undo(),
        None,
        "the second changed nothing"
    );
}

#[test]
fn a_longer_span_over_a_hard_negative_is_a_mark_of_its_own_and_undo_leaves_the_first_as_it_was() {
    let mut project = Project::new();
    let short = project.mark(MarkKind::Negative, 1.0, 2.0);
    project.commit(short).unwrap();
    let before = project.negatives();
    let long = project.mark(MarkKind::Negative, 1.0, 9.0);
    project.commit(long).unwrap();
    assert_eq!(project.negatives().len(), 2);
    project.history.undo(&project.store).unwrap();
    assert_eq!(project.negatives(), before);
}

#[test]
fn a_mark_that_the_database_refuses_changes_nothing_and_leaves_no_clip() {
    let mut project = Project::new();
    let negative = project.mark(MarkKind::Negative, 1.0, 2.0);
    project.commit(negative).unwrap();
    let before = project.negatives();
    let positive = project.mark(
        MarkKind::Positive {
            class: String::from("door"),
        },
        1.0,
        2.0,
    );

    let other = rusqlite::Connection::open(project.folder.path().join("earmark.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let impatient = project.store.with_patience(Duration::from_millis(50));
    let refused = commit(&impatient, &project.clips_folder(), &positive).unwrap_err();
    assert!(refused.is_mendable(), "{refused}");
    assert_eq!((project.negatives(), project.clip_files()), (before, 0));

    other.execute_batch("COMMIT").unwrap();
    project.commit(positive).unwrap();
    assert!(project.negatives().is_empty(), "the last word counts");
    assert_eq!(project.clip_files(), 1);
}

#[test]
fn an_edit_of_a_version_that_is_gone_is_refused_in_words() {
    let mut project = Project::new();
    let span = Span::new(1.0, 2.0).unwrap();
    let scan = NewScan {
        filename: FILE,
        source_path: Path::new(FILE),
        profile: PROFILE,
        model: MODEL,
        regions: &[crate::scan::ScoredSpan { span, score: 0.9 }],
        scores: &WindowScores::default(),
        threshold: 0.5,
        classifier: None,
    };
    let saved = project
        .store
        .with(|store| store.save_scan(&scan, 5))
        .unwrap();
    let rows = project
        .store
        .with(|store| store.regions(FILE, PROFILE, MODEL, &saved.timestamp));
    let id = rows.unwrap()[0].id;
    let version = Some(saved.timestamp.clone());
    let deleted = project.change(version.clone(), Target::VersionDeleted);
    project.commit(deleted).unwrap();

    let disabled = Target::Disabled {
        regions: vec![SeenRegion {
            id,
            span,
            score: 0.9,
        }],
        disabled: true,
        removed: Vec::new(),
    };
    let refused = project.commit(project.change(version, disabled));
    let words = refused.unwrap_err().to_string();
    assert!(words.contains(FILE) && words.contains("version"), "{words}");
}

#[test]
fn a_box_keeps_its_frequencies_with_the_mark_whatever_kind_it_becomes_and_undo_takes_them_back() {
    let mut project = Project::new();
    let band = Band::new(400.0, 1_600.0).unwrap();
    let boxed = |project: &Project, kind, band| {
        let mut change = project.mark(kind, 1.0, 2.0);
        if let Target::Marked { band: drawn, .. } = &mut change.target {
            *drawn = band;
        }
        change
    };
    let shown = |project: &Project| {
        let span = Span::new(1.1, 2.1).unwrap();
        let marks = |store: &mut Store| Marks::read(store, PROFILE, FILE);
        project.store.with(marks).unwrap().band(span)
    };
    let negative = boxed(&project, MarkKind::Negative, Some(band));
    project.commit(negative).unwrap();
    assert_eq!(
        shown(&project),
        Some(band),
        "also after a rescan cut another region"
    );
    project.history.undo(&project.store).unwrap();
    assert_eq!(shown(&project), None);
    project.history.redo(&project.store).unwrap();
    assert_eq!(shown(&project), Some(band));

    // Another word about the same place keeps the box; another box replaces it.
    let unsure = boxed(&project, MarkKind::Unsure, None);
    project.commit(unsure).unwrap();
    assert_eq!(shown(&project), Some(band));
    let wider = Band::new(100.0, 5_000.0).unwrap();
    let drawn_anew = boxed(&project, MarkKind::Unsure, Some(wider));
    project.commit(drawn_anew).unwrap();
    assert_eq!(shown(&project), Some(wider));

    // Without a mark there is nothing left of it, and the next mark has none.
    let mut gone = boxed(&project, MarkKind::Unsure, None);
    if let Target::Marked { marked, .. } = &mut gone.target {
        *marked = false;
    }
    project.commit(gone).unwrap();
    let again = boxed(&project, MarkKind::Negative, None);
    project.commit(again).unwrap();
    assert_eq!(shown(&project), None);
    for _ in 0..2 {
        project.history.undo(&project.store).unwrap();
    }
    assert_eq!(shown(&project), Some(wider));
}

#[test]
fn a_band_whose_mark_another_program_removed_is_not_the_next_marks() {
    let mut project = Project::new();
    let mut change = project.mark(MarkKind::Negative, 1.0, 2.0);
    if let Target::Marked { band, .. } = &mut change.target {
        *band = Band::new(400.0, 1_600.0).ok();
    }
    project.commit(change).unwrap();
    let id = project.negatives()[0].id;
    project
        .store
        .with(|store| store.remove_negatives(&[id]))
        .unwrap();
    let again = project.mark(MarkKind::Negative, 1.0, 2.0);
    project.commit(again).unwrap();
    let marks = project
        .store
        .with(|store| Marks::read(store, PROFILE, FILE));
    assert_eq!(marks.unwrap().band(Span::new(1.0, 2.0).unwrap()), None);
}

#[test]
fn one_undo_takes_back_an_import_into_several_recordings_and_importing_twice_adds_nothing() {
    let mut project = Project::new();
    let other = project.folder.path().join("b.wav");
    std::fs::copy(project.folder.path().join(FILE), &other).unwrap();
    let negative = project.mark(MarkKind::Negative, 5.0, 6.0);
    project.commit(negative).unwrap();
    let door = || MarkKind::Positive {
        class: String::from("door"),
    };
    let mark = |start_s: f64, kind: Option<MarkKind>| ImportedMark {
        span: Span::new(start_s, start_s + 1.0).unwrap(),
        band: kind.as_ref().and(Band::new(100.0, 900.0).ok()),
        kind,
        note: String::from("from elsewhere"),
    };
    let recording = |name: &str, marks: Vec<ImportedMark>| ImportedRecording {
        placed: PlacedRecording {
            recording: Recording {
                filename: String::from(name),
                path: project.folder.path().join(name),
            },
            start_s: 0.0,
            length_s: 10.0,
        },
        marks,
    };
    let recordings = vec![
        recording(
            FILE,
            vec![
                mark(1.0, Some(door())),
                mark(5.0, Some(door())),
                mark(8.0, None),
            ],
        ),
        recording(
            "b.wav",
            vec![
                mark(1.0, Some(MarkKind::Unsure)),
                mark(3.0, Some(MarkKind::Negative)),
            ],
        ),
    ];
    let import = Change {
        place: Place {
            recording: None,
            ..project.change(None, Target::VersionDeleted).place
        },
        target: Target::Imported {
            recordings,
            remark: String::new(),
        },
    };
    let contents = |project: &Project| {
        let read = project.store.with(|store| {
            let marks = [FILE, "b.wav"].map(|file| Marks::read(store, PROFILE, file));
            let marks: Result<Vec<Marks>, _> = marks.into_iter().collect();
            let count = |marks: Marks| {
                [
                    marks.negatives.rows.len(),
                    marks.clips.rows.len(),
                    marks.unsure.rows.len(),
                    marks.notes.rows.len(),
                    marks.bands.rows.len(),
                ]
            };
            Ok(marks?.into_iter().map(count).collect::<Vec<_>>())
        });
        read.unwrap()
    };
    let before = contents(&project);
    assert_eq!(before, [[1, 0, 0, 0, 0], [0; 5]]);
    project.commit(import.clone()).unwrap();
    let imported = [[0, 2, 0, 3, 2], [1, 0, 1, 2, 2]];
    assert_eq!(contents(&project), imported);
    project.commit(import).unwrap();
    assert_eq!(contents(&project), imported, "importing twice adds nothing");
    assert_eq!(project.clip_files(), 2);
    let label = project.history.next_undo().map(str::to_owned);
    assert_eq!(label.as_deref(), Some("importing 4 marks"));
    project.history.undo(&project.store).unwrap();
    assert_eq!(contents(&project), before);
    project.history.redo(&project.store).unwrap();
    assert_eq!(contents(&project), imported);
}
