//! What the tasks of a shared scan found, brought together: into the database, or into a table for other programs.
//!
//! Reads one result at a time, so that the memory it takes does not grow with the archive. Blocks on the disk; any thread that may wait for
//! one. It must never look into an audio file: what it has to know of one is in the result.

mod database;
#[cfg(feature = "parquet")]
mod parquet;
mod table;

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;

use serde::Serialize;

pub use database::into_database;
#[cfg(feature = "parquet")]
pub use parquet::into_parquet;
pub use table::into_csv;

use crate::job::JobControl;
use crate::platform::path_text;
use crate::protocol::EngineError;
use crate::shard::{
    FileResult, FileState, PlanError, PlannedFile, PlannedSound, Plans, ShardFolder, failures,
};
use crate::store::StoreError;

/// Files that a report names of each kind; the rest are counted.
const MOST_NAMED: usize = 1000;

/// Why a merge stopped. What was merged before it stays, and merging again goes on from there.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error("the journals in {} cannot be read ({source}): check the disk", path.display())]
    Journals { path: PathBuf, source: io::Error },
    #[error("there is a file {} already: choose another name, or add --replace", path.display())]
    Exists { path: PathBuf },
    #[error("the table {} cannot be written ({source}): check that its folder exists and has space", path.display())]
    Table { path: PathBuf, source: io::Error },
}

/// What a merge did, and what it had to leave out.
#[derive(Debug, Default, Serialize)]
pub struct MergeReport {
    /// Files of the plan.
    pub files: u64,
    /// Versions that were saved; in a table, results that were written.
    pub merged: u64,
    pub regions: u64,
    /// Versions that were merged by an earlier call.
    pub merged_before: u64,
    /// Files that no task has finished, and that none failed at.
    pub missing: Named,
    /// Files that could not be scanned.
    pub failed: Named,
    /// Files that changed after they were scanned.
    pub changed: Named,
    /// Files whose results cannot be used.
    pub damaged: Named,
}

/// Files of one kind: how many, and the first of them.
#[derive(Debug, Default, Serialize)]
pub struct Named {
    pub count: u64,
    pub first: Vec<LeftOut>,
}

/// A file that was left out.
#[derive(Debug, Serialize)]
pub struct LeftOut {
    pub path: PathBuf,
    pub why: String,
}

impl Named {
    fn add(&mut self, path: PathBuf, why: String) {
        self.count += 1;
        if self.first.len() < MOST_NAMED {
            self.first.push(LeftOut { path, why });
        }
    }
}

impl MergeReport {
    /// Files that were left out.
    pub fn left_out(&self) -> u64 {
        self.kinds().iter().map(|(_, named)| named.count).sum()
    }

    /// The kinds of files that were left out, with what to call them.
    pub fn kinds(&self) -> [(&'static str, &Named); 4] {
        [
            ("not scanned yet", &self.missing),
            ("failed", &self.failed),
            ("changed since the scan", &self.changed),
            ("with a damaged result", &self.damaged),
        ]
    }
}

/// Gives every usable result of the plan to `take`, in the order of the list, and notes in `report` what is missing.
fn each_result(
    folder: &ShardFolder,
    plans: &mut Plans,
    job: &JobControl,
    report: &mut MergeReport,
    take: &mut dyn FnMut(FileResult, &mut MergeReport) -> Result<(), MergeError>,
) -> Result<(), MergeError> {
    let failed = failures(folder).map_err(|source| MergeError::Journals {
        path: folder.journals(),
        source,
    })?;
    let sounds = plans.plan.sounds.clone();
    let files = plans.plan.files();
    report.files = files;
    let mut done = 0;
    plans.each(&mut |file| {
        job.go_on()?;
        if let Some(result) = usable(folder, file, &sounds, &failed, report) {
            take(result, report)?;
        }
        done += 1;
        job.stage("merging", done as f32 / files.max(1) as f32);
        Ok(())
    })
}

/// The result of `file`, if it can be used.
fn usable(
    folder: &ShardFolder,
    file: PlannedFile,
    sounds: &[PlannedSound],
    failed: &HashMap<String, String>,
    report: &mut MergeReport,
) -> Option<FileResult> {
    let path = file.path;
    match FileResult::load(&folder.result(&path)) {
        Err(error) => report.damaged.add(path, error.to_string()),
        Ok(None) => match failed.get(&path_text(&path)) {
            Some(why) => report.failed.add(path, why.clone()),
            None => report.missing.add(
                path,
                String::from("no task has finished it: run its shard again"),
            ),
        },
        Ok(Some(result))
            if result.file.path != path_text(&path) || result.file.sounds != sounds =>
        {
            let why = String::from("its result is of another file or scan: run its shard again");
            report.damaged.add(path, why);
        }
        Ok(Some(result)) => match FileState::of(&path) {
            // It may be that only the cluster sees the archive.
            Ok(state) if state != result.file.state => {
                let why = String::from("it was changed after its scan: run its shard again");
                report.changed.add(path, why);
            }
            _ => return Some(result),
        },
    }
    None
}
