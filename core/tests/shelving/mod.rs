//! The library as a window keeps it: folders are added and removed, indexed beside everything else, paused and gone on with.

use std::path::Path;
use std::time::Duration;

use earmark_core::protocol::{
    Command, Library, LibraryFolderView, MarkKind, RegionState, Severity, Show, Storage, Target,
    View, Work,
};

use super::session::{NOTHING_AT_S, Session, WARBLE_AT_S, soundscape};
use super::{confirm_three, span, training};

/// Writes `count` short recordings into `folder`, each with a part of the soundscape of its own.
pub fn fill(folder: &Path, count: usize) {
    let sound = soundscape();
    for number in 0..count {
        let at = number * 9_000 % (sound.len() - 30_000);
        super::dropping::write(
            &folder.join(format!("{number:04}.wav")),
            &sound[at..at + 30_000],
        );
    }
}

/// A session whose window looks at the library.
fn looking() -> Session {
    let session = Session::begin();
    session
        .instance
        .send(Command::Show(Show::Library { wanted: true }));
    session
}

fn ask(session: &Session, asked: Library) {
    session.instance.send(Command::Library(asked));
}

fn folders(view: &View) -> &[LibraryFolderView] {
    view.library.folders.as_deref().map_or(&[], Vec::as_slice)
}

fn is_indexed(view: &View, files: usize) -> bool {
    let indexed: usize = folders(view).iter().map(|folder| folder.indexed).sum();
    indexed == files && view.library.update.is_none()
}

fn says(view: &View, words: &str) -> bool {
    let status = view.health.status.as_ref();
    status.is_some_and(|status| status.text.contains(words))
}

#[test]
fn a_folder_that_is_added_is_indexed_with_its_progress_and_its_failures_and_removed_again() {
    let session = looking();
    let view = session.wait_for("an empty library", |view| view.library.folders.is_some());
    assert!(folders(&view).is_empty());
    let sounds = session.folder().join("sounds");
    fill(&sounds, 6);
    std::fs::write(sounds.join("broken.wav"), "not audio at all").unwrap();
    ask(&session, Library::Add(vec![sounds.clone()]));
    let view = session.wait_for("the index", |view| {
        is_indexed(view, 6) && says(view, "Indexed 6 files of the library; 1 file")
    });
    let [folder] = folders(&view) else {
        panic!("{:?}", view.library);
    };
    assert_eq!((folder.files, folder.failed.len()), (7, 1));
    assert!(folder.failed[0].0.ends_with("broken.wav") && !folder.failed[0].1.is_empty());
    assert!(folder.hours > 0.0 && view.library.problem.is_empty());

    // A file is no folder, and a part of a folder is in it already.
    ask(&session, Library::Add(vec![sounds.join("0000.wav")]));
    let view = session.wait_for("the refusal", |view| says(view, "is a file"));
    assert_eq!(
        view.health.status.as_ref().unwrap().severity,
        Severity::Error
    );

    fill(&sounds.join("more"), 2);
    ask(&session, Library::Update);
    session.wait_for("the new files", |view| is_indexed(view, 8));
    ask(&session, Library::Remove(sounds.clone()));
    session.wait_for("the words", |view| {
        says(view, "Its 9 audio files stay on the disk") && folders(view).is_empty()
    });
    assert!(sounds.join("0000.wav").is_file());
}

#[test]
fn paused_indexing_stays_paused_after_a_restart_until_it_is_resumed() {
    let session = looking();
    ask(&session, Library::Pause);
    session.wait_for("the pause", |view| view.library.is_paused);
    let sounds = session.folder().join("sounds");
    fill(&sounds, 3);
    ask(&session, Library::Add(vec![sounds]));
    session.wait_for("the folder", |view| !folders(view).is_empty());
    let source = session.instance.source();
    let folder = session.end();
    let session = Session::begin_as(folder, source, |config| {
        config.retention_after = Duration::ZERO;
    });
    session
        .instance
        .send(Command::Show(Show::Library { wanted: true }));
    let view = session.wait_for("the library", |view| view.library.folders.is_some());
    assert!(view.library.is_paused && view.library.update.is_none());
    assert!(is_indexed(&view, 0), "{:?}", view.library);
    ask(&session, Library::Resume);
    session.wait_for("the index", |view| {
        is_indexed(view, 3) && !view.library.is_paused
    });
}

#[test]
fn an_interrupted_index_is_completed_without_being_asked_and_what_is_new_is_noticed() {
    let session = looking();
    let sounds = session.folder().join("sounds");
    fill(&sounds, 12);
    ask(&session, Library::Add(vec![sounds.clone()]));
    session.wait_for("an update", |view| view.library.update.is_some());
    // The host goes in the middle of it.
    let source = session.instance.source();
    let folder = session.end();
    fill(&sounds.join("new"), 1);
    let session = Session::begin_as(folder, source, |config| {
        config.retention_after = Duration::ZERO;
    });
    session
        .instance
        .send(Command::Show(Show::Library { wanted: true }));
    session.wait_for("the index", |view| is_indexed(view, 13));
}

#[test]
fn a_cancelled_update_keeps_what_it_indexed_and_marks_are_made_while_it_works() {
    let (session, view) = Session::recorded();
    session
        .instance
        .send(Command::Show(Show::Library { wanted: true }));
    let sounds = session.folder().join("sounds");
    fill(&sounds, 60);
    ask(&session, Library::Add(vec![sounds]));
    session.wait_for("some of the index", |view| {
        folders(view).iter().any(|folder| folder.indexed > 0)
    });
    let take = view.source.takes[0].filename.clone();
    let place = session.instance.view().place_in(Some(&take));
    let target = Target::Marked {
        kind: MarkKind::Negative,
        spans: vec![span(NOTHING_AT_S, NOTHING_AT_S + 0.9)],
        marked: true,
        band: None,
    };
    session.instance.send(Command::change(place, target));
    session.wait_for("the mark", |view| view.marks.negatives.len() == 1);
    ask(&session, Library::Cancel);
    let view = session.wait_for("its end", |view| view.library.update.is_none());
    let kept: usize = folders(&view).iter().map(|folder| folder.indexed).sum();
    assert!(kept > 0, "{:?}", view.library);
    ask(&session, Library::Update);
    session.wait_for("the rest", |view| is_indexed(view, 60));
}

#[test]
fn emptying_the_cache_counts_and_deletes_the_index_and_the_next_update_makes_it_again() {
    let session = looking();
    let sounds = session.folder().join("sounds");
    fill(&sounds, 4);
    ask(&session, Library::Add(vec![sounds]));
    session.wait_for("the index", |view| is_indexed(view, 4));
    let size = |folder: &Path| -> u64 {
        let files = walkdir::WalkDir::new(folder).into_iter();
        let files = files.filter_map(|entry| entry.unwrap().metadata().ok());
        files
            .filter(std::fs::Metadata::is_file)
            .map(|found| found.len())
            .sum()
    };
    let cache = session.folder().join("cache");
    let kept = size(&cache);
    assert!(size(&cache.join("library")) > 0);
    session.instance.send(Command::Show(Show::Survey));
    session.wait_for("its size", |view| {
        let survey = view.storage.survey.as_deref();
        survey.is_some_and(|survey| survey.cache.bytes == kept)
    });
    session.instance.send(Command::Storage(Storage::EmptyCache));
    session.wait_for("the words", |view| says(view, "Emptied the cache"));
    assert_eq!(size(&cache), 0);
    ask(&session, Library::Update);
    session.wait_for("the index again", |view| is_indexed(view, 4));
}

#[test]
fn a_folder_that_vanishes_is_named_and_what_is_known_of_it_stays() {
    let session = looking();
    let sounds = session.folder().join("sounds");
    fill(&sounds, 3);
    ask(&session, Library::Add(vec![sounds.clone()]));
    session.wait_for("the index", |view| is_indexed(view, 3));
    let unplugged = session.folder().join("unplugged");
    std::fs::rename(&sounds, &unplugged).unwrap();
    ask(&session, Library::Update);
    let view = session.wait_for("the fault", |view| {
        folders(view)
            .iter()
            .any(|folder| folder.fault.contains("connect its disk"))
    });
    assert!(is_indexed(&view, 3) || view.library.update.is_some());
    std::fs::rename(&unplugged, &sounds).unwrap();
    ask(&session, Library::Update);
    session.wait_for("the disk", |view| {
        is_indexed(view, 3) && folders(view).iter().all(|folder| folder.fault.is_empty())
    });
}

/// A session that has learned the warble and has a library: a soundscape with six of them, and files without any.
fn learned() -> Session {
    let (session, view) = Session::recorded();
    session
        .instance
        .send(Command::Show(Show::Library { wanted: true }));
    confirm_three(&session, &view.source.takes[0].filename);
    session.instance.send(training(true));
    session.wait_for("a training", |view| {
        !view.learning.classifiers.is_empty() && view.activity.job.is_none()
    });
    let sounds = session.folder().join("sounds");
    super::dropping::write(&sounds.join("warbles.wav"), &soundscape());
    let quiet = &soundscape()[(NOTHING_AT_S * 44_100.0) as usize..][..80_000];
    for name in ["quiet.wav", "more/quiet.wav"] {
        super::dropping::write(&sounds.join(name), quiet);
    }
    ask(&session, Library::Add(vec![sounds]));
    session.wait_for("the index", |view| is_indexed(view, 3));
    session
}

#[test]
fn a_trained_sound_is_found_in_the_library_played_saved_and_reviewed_like_a_take() {
    let session = learned();
    ask(&session, Library::Search { saves: false });
    let view = session.wait_for("hits", |view| view.library.found.is_some());
    let found = view.library.found.clone().unwrap();
    assert!(found.hits.len() >= 5 && found.saved == 0, "{found:?}");
    assert_eq!(found.files, 3);
    assert!(found.hits.is_sorted_by(|a, b| a.score >= b.score));
    for hit in &found.hits {
        assert!(hit.path.ends_with("warbles.wav"), "{hit:?}");
        let is_near = |at_s: &f64| (hit.span.start_s() - at_s).abs() < 1.0;
        assert!(WARBLE_AT_S.iter().any(is_near), "{hit:?}");
    }
    assert!(view.library.scanned.is_empty() && view.activity.job.is_none());

    // Saved: one version of the file with hits, and none the second time.
    ask(&session, Library::Search { saves: true });
    session.wait_for("a version", |view| {
        says(view, "Saved a version of 1 file.") && view.library.scanned.len() == 1
    });
    ask(&session, Library::Search { saves: true });
    let view = session.wait_for("the same", |view| {
        view.library.found.is_some() && !says(view, "Saved")
    });
    let file = view.library.scanned[0].clone();
    assert_eq!((file.filename.as_str(), file.version), ("warbles.wav", 1));
    assert!(file.regions >= 5, "{file:?}");

    // Opened beside the takes, with its regions and its waveform, and marked as a take is.
    let takes = view.source.takes.len();
    ask(&session, Library::Open(file.path.clone()));
    let view = session.wait_for("the file", |view| {
        view.shown.take.as_deref() == Some("warbles.wav")
            && view.results.regions.len() == file.regions
            && view.results.waveform.duration_s() > 29.0
    });
    assert_eq!(view.source.takes.len(), takes + 1);
    assert!(view.source.takes.iter().any(|take| take.is_file));
    let hit = view.results.regions[0].span;
    session.change(Target::Marked {
        kind: MarkKind::Negative,
        spans: vec![hit],
        marked: true,
        band: None,
    });
    session.wait_for("the mark", |view| {
        let mut regions = view.results.regions.iter();
        regions.any(|region| region.span == hit && region.state == RegionState::Negative)
    });
    session.instance.send(Command::Undo);
    session.wait_for("undone", |view| {
        let mut regions = view.results.regions.iter();
        regions.all(|region| region.state != RegionState::Negative)
    });

    // The next scan scans it too, and a take of the track is shown again.
    session.instance.send(Command::Work(Work::Scan));
    session.wait_for("another version", |view| view.results.versions.len() == 2);
    let filename = view.source.takes[0].filename.clone();
    session.instance.send(Command::Show(Show::Take {
        filename: filename.clone(),
    }));
    session.wait_for("the take", |view| {
        view.shown.take.as_deref() == Some(filename.as_str()) && !view.results.regions.is_empty()
    });
}

#[test]
fn files_dropped_to_be_searched_are_listed_and_can_be_shown() {
    let session = learned();
    let path = session.folder().join("dropped.wav");
    super::dropping::write(&path, &soundscape());
    let scan = Work::ScanFiles(vec![path.clone()]);
    session.instance.send(Command::Work(scan));
    let view = session.wait_for("the file", |view| !view.library.scanned.is_empty());
    let [file] = view.library.scanned.as_slice() else {
        panic!("{:?}", view.library.scanned);
    };
    assert_eq!((file.filename.as_str(), &file.path), ("dropped.wav", &path));
    ask(&session, Library::Open(file.path.clone()));
    session.wait_for("its regions", |view| {
        view.shown.take.as_deref() == Some("dropped.wav")
            && view.results.regions.len() == file.regions
    });
    ask(&session, Library::Open(session.folder().join("gone.wav")));
    session.wait_for("the error", |view| says(view, "gone.wav"));
}
