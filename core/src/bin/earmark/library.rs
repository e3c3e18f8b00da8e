//! `library …`: the folders that are searched as a whole.

use std::path::{Path, PathBuf};

use earmark_core::job::JobControl;
use earmark_core::protocol::{JobKind, LibraryFolderView};
use earmark_core::store::LibraryFolder;
use earmark_core::time::{Span, timecode};
use earmark_core::words::counted;
use earmark_core::worker::{LibraryReport, LibrarySearch, add_folders, whole_path};
use serde::Serialize;

use super::Context;
use super::arguments::{LibraryCommand, LibraryFolders, LibrarySearchArguments};
use super::failure::{Failed, Failure};
use super::models::expect_model;
use super::progress::while_shown;
use super::scan::note_all;

/// What could not be indexed is shown so far; `--json` gives all of it.
const MOST_SHOWN: usize = 20;

#[derive(Serialize)]
struct Removed {
    folder: PathBuf,
    files: u64,
}

pub fn run(context: &Context, command: LibraryCommand) -> Result<(), Failure> {
    match command {
        LibraryCommand::Add(arguments) => add(context, &arguments),
        LibraryCommand::Remove { folders } => remove(context, &folders),
        LibraryCommand::List { model } => list(context, &model),
        LibraryCommand::Update(arguments) => {
            update(context, &arguments.model, &whole_paths(&arguments.folders))
        }
        LibraryCommand::Search(arguments) => search(context, &arguments),
    }
}

fn add(context: &Context, arguments: &LibraryFolders) -> Result<(), Failure> {
    expect_model(context, &arguments.model)?;
    let added = add_folders(&context.store, &arguments.folders)?;
    for (part, whole) in &added.parts {
        let (part, whole) = (part.display(), whole.display());
        context.output.note(&format!(
            "{part} is in the library already, as a part of {whole}"
        ));
    }
    update(context, &arguments.model, &added.folders)
}

fn remove(context: &Context, folders: &[PathBuf]) -> Result<(), Failure> {
    let mut removed = Vec::new();
    for folder in whole_paths(folders) {
        let files = context
            .store
            .with(|store| store.remove_library_folder(&folder))?;
        let Some(files) = files else {
            return Err(Failure::NotInLibrary { path: folder });
        };
        removed.push(Removed { folder, files });
    }
    context.output.show(&removed, |removed| {
        let lines = removed.iter().map(|one| {
            let files = counted(usize::try_from(one.files).unwrap_or(usize::MAX), "file");
            format!(
                "removed {} with {files}; the audio files stay\n",
                one.folder.display()
            )
        });
        lines.collect()
    })
}

fn update(context: &Context, model: &str, folders: &[PathBuf]) -> Result<(), Failure> {
    expect_model(context, model)?;
    let known = context.store.with(|store| store.library_folders())?;
    if let Some(path) = folders
        .iter()
        .find(|path| known.iter().all(|one| one.path != **path))
    {
        return Err(Failure::NotInLibrary { path: path.clone() });
    }
    let job = JobControl::new(JobKind::Indexing);
    let mut worker = context.worker();
    let is_chosen = |folder: &LibraryFolder| folders.is_empty() || folders.contains(&folder.path);
    let report = while_shown(context.output.bar(), &job, || {
        worker.update_library(model, &is_chosen, &job)
    });
    note_all(context, &mut worker);
    let report = report?;
    context.output.show(&report, in_words)?;
    if report.failed.is_empty() {
        return Ok(());
    }
    let failed = report.failed.into_iter();
    Err(Failure::Partly {
        what: "files and folders could not be indexed",
        all: report.files.max(failed.len()),
        failed: failed.map(|(path, error)| Failed { path, error }).collect(),
    })
}

fn in_words(report: &LibraryReport) -> String {
    format!(
        "{} looked at: {} new, {} changed, {} moved, {} gone; {} indexed",
        counted(report.files, "file"),
        report.new,
        report.changed,
        report.moved,
        report.gone,
        report.indexed
    )
}

fn search(context: &Context, arguments: &LibrarySearchArguments) -> Result<(), Failure> {
    expect_model(context, &arguments.model)?;
    let profile = arguments.sound.as_ref().unwrap_or(&context.profile);
    let search = LibrarySearch {
        profile: profile.clone(),
        model: arguments.model.clone(),
        below: arguments.folder.as_deref().map(whole_path),
        threshold: arguments.threshold,
        top: arguments.top as usize,
        saves: arguments.save,
    };
    let job = JobControl::new(JobKind::Scanning);
    let mut worker = context.worker();
    let found = while_shown(context.output.bar(), &job, || {
        worker.search_library(&search, &job)
    });
    note_all(context, &mut worker);
    let found = found?;
    if search.saves {
        let files = counted(found.saved, "file");
        context.output.note(&format!("saved a version of {files}"));
    }
    context.output.show(&found.hits, |hits| {
        if hits.is_empty() {
            return format!("nothing in the library scores {} or more", search.threshold);
        }
        let rows = hits
            .iter()
            .map(|hit| (hit.score, hit.span, hit.path.as_path()));
        rows_in_words(rows)
    })
}

/// A line for each hit: its number, how good it is, where it begins and ends, and its file.
pub fn rows_in_words<'a>(rows: impl Iterator<Item = (f32, Span, &'a Path)>) -> String {
    let lines = rows.zip(1..).map(|((value, span, path), number)| {
        format!(
            "{number:>4}  {value:.2}  {}  {}  {}\n",
            timecode(span.start_s()),
            timecode(span.end_s()),
            path.display()
        )
    });
    lines.collect()
}

fn list(context: &Context, model: &str) -> Result<(), Failure> {
    expect_model(context, model)?;
    let job = JobControl::new(JobKind::Indexing);
    let folders = context.worker().library_summary(model, &job)?;
    context.output.show(&folders, |folders| {
        if folders.is_empty() {
            return String::from(
                "the library has no folder yet: `earmark library add FOLDER` adds one",
            );
        }
        folders.iter().map(describe).collect()
    })
}

fn describe(folder: &LibraryFolderView) -> String {
    let mut text = format!(
        "{}: {}, {:.1} hours, {} indexed, {} failed\n",
        folder.path.display(),
        counted(folder.files, "file"),
        folder.hours,
        folder.indexed,
        folder.failed.len()
    );
    if !folder.fault.is_empty() {
        text.push_str(&format!("  {}\n", folder.fault));
    }
    for (path, error) in folder.failed.iter().take(MOST_SHOWN) {
        text.push_str(&format!("  {}: {error}\n", path.display()));
    }
    if let Some(more @ 1..) = folder.failed.len().checked_sub(MOST_SHOWN) {
        text.push_str(&format!("  and {more} more: --json shows all\n"));
    }
    text
}

/// `paths` from their roots, as the library knows folders.
pub fn whole_paths(paths: &[PathBuf]) -> Vec<PathBuf> {
    let whole = |path: &PathBuf| whole_path(path);
    paths.iter().map(whole).collect()
}
