//! Brings the library up to date: looks through its folders, embeds what is new and lays it out in the index.
//!
//! Whatever interrupts it, what was embedded is in the cache and what was laid out is in the index, so the next update goes on from
//! there. Files are indexed by path, so an interrupted index becomes, byte for byte, what an undisturbed one is.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::Serialize;

use super::laid_out::Layout;
use crate::embed::EmbedError;
use crate::job::JobControl;
use crate::library::index::{IndexError, IndexLock, IndexWriter, PART_ROWS};
use crate::platform::{content_of, fingerprint_of};
use crate::protocol::{EngineError, serialize_failed};
use crate::recording::Recording;
use crate::store::{LibraryFile, LibraryFolder, LibraryFolderId};
use crate::worker::Worker;
use crate::worker::embeddings::{Wanted, open_audio};

/// What is known of files is written to the database in so long, or after so many, because other programs write there too.
const NOTED_EVERY: Duration = Duration::from_secs(2);
const NOTED_FILES: usize = 200;

/// What an update of the library did.
#[derive(Debug, Default, Serialize)]
pub struct LibraryReport {
    /// Files in the folders that were looked through.
    pub files: usize,
    pub new: usize,
    pub changed: usize,
    pub moved: usize,
    pub gone: usize,
    /// Files that were added to the index.
    pub indexed: usize,
    /// What could not be indexed, and why.
    #[serde(serialize_with = "serialize_failed")]
    pub failed: Vec<(PathBuf, String)>,
}

/// What is known of files and not in the database yet.
struct Notes {
    gone: Vec<PathBuf>,
    files: Vec<LibraryFile>,
    since: Instant,
}

/// What became of a file.
enum Outcome {
    /// It is in the index under that identity; whether it was before.
    Indexed {
        identity: String,
        was_there: bool,
    },
    /// It is not there any more.
    Gone,
    Failed(String),
}

impl Worker {
    /// Brings the folders of the library up to date for the model `model`: all of them, or those of which `chosen` says so.
    /// A second program that does the same waits until the first is done.
    ///
    /// # Errors
    /// When the model, the database or the index cannot be used, and [`EngineError::Cancelled`]; what was indexed before stays.
    pub fn update_library(
        &mut self,
        model: &str,
        chosen: &dyn Fn(&LibraryFolder) -> bool,
        job: &JobControl,
    ) -> Result<LibraryReport, EngineError> {
        self.notice_new_description(model)?;
        let all = self.store.with(|store| store.library_folders())?;
        let layout = self.layout(model)?;
        let index_folder = self.index_folder(&layout);
        if all.is_empty() && !index_folder.exists() {
            return Ok(LibraryReport::default());
        }
        let lock = IndexLock::acquire(&index_folder, &mut || {
            job.stage(
                "waiting for another Earmark, which is indexing the library",
                0.0,
            );
            job.proceed()
        });
        let lock = lock.map_err(|source| IndexError {
            path: index_folder.clone(),
            source,
        })?;
        let _lock = lock.ok_or(EngineError::Cancelled)?;
        let mut report = LibraryReport::default();
        let all = self.store.with(|store| store.library_folders())?;
        let folders: Vec<LibraryFolder> = all.iter().filter(|one| chosen(one)).cloned().collect();
        let files = self.look_through(&folders, layout.manifest(), &mut report, job)?;
        report.files = files.len();
        let known = self.known_identities(&all, job)?;
        job.stage("reading the index", 0.0);
        let mut writer = IndexWriter::open(
            &index_folder,
            &layout.space_name(),
            layout.dims(),
            &|identity| known.contains(identity),
        )?;
        let is_pending = |file: &LibraryFile| !writer.has(&file.identity);
        let pending: Vec<LibraryFile> = files.into_iter().filter(is_pending).collect();
        if !pending.is_empty() {
            // Before anything runs at a low priority, because it asks the database.
            self.open_model(model)?;
        }
        let ended = self.index(pending, &layout, &mut writer, &mut report, job);
        writer.flush()?;
        ended?;
        Ok(report)
    }

    /// The identities of all files of the library.
    fn known_identities(
        &self,
        folders: &[LibraryFolder],
        job: &JobControl,
    ) -> Result<HashSet<String>, EngineError> {
        let mut known = HashSet::new();
        for folder in folders {
            let files = self.known_files(folder.id, job)?;
            known.extend(files.into_iter().map(|file| file.identity));
        }
        Ok(known)
    }

    fn index(
        &mut self,
        pending: Vec<LibraryFile>,
        layout: &Layout,
        writer: &mut IndexWriter,
        report: &mut LibraryReport,
        job: &JobControl,
    ) -> Result<(), EngineError> {
        let total: u64 = pending.iter().map(|file| file.size_bytes).sum();
        let mut done = 0;
        let mut notes = Notes::new();
        let mut vanished: Option<LibraryFolderId> = None;
        for mut file in pending {
            if vanished == Some(file.folder) {
                continue;
            }
            let share = |bytes: u64| bytes as f64 / total.max(1) as f64;
            job.part(share(done), share(file.size_bytes));
            done += file.size_bytes;
            job.stage(format!("indexing {}", file.path.display()), 0.0);
            let outcome = self
                .at_own_priority(|worker| worker.index_file(&mut file, layout, writer, job))
                .flatten();
            self.forget(&file.path);
            match outcome {
                Ok(Outcome::Indexed {
                    identity,
                    was_there,
                }) => {
                    report.indexed += usize::from(!was_there);
                    file.identity = identity;
                    file.fault.clear();
                    notes.files.push(file);
                }
                Ok(Outcome::Failed(fault)) => {
                    report.failed.push((file.path.clone(), fault.clone()));
                    file.fault = fault;
                    notes.files.push(file);
                }
                Ok(Outcome::Gone) => match self.lost_folder(&file)? {
                    Some(fault) => {
                        report.failed.push(fault);
                        vanished = Some(file.folder);
                    }
                    None => notes.gone.push(file.path),
                },
                Err(error) => {
                    notes.settle(self)?;
                    return Err(error);
                }
            }
            if notes.are_due() {
                notes.settle(self)?;
            }
        }
        notes.settle(self)
    }

    /// Puts a file into the index, unless one of the same content is there already.
    fn index_file(
        &mut self,
        file: &mut LibraryFile,
        layout: &Layout,
        writer: &mut IndexWriter,
        job: &JobControl,
    ) -> Result<Outcome, EngineError> {
        let before = match (content_of(&file.path), fingerprint_of(&file.path)) {
            (Ok(content), Ok(fingerprint)) => {
                file.content = content;
                fingerprint
            }
            (Err(error), _) | (_, Err(error)) => return Ok(unread(&error)),
        };
        if writer.has(&before) {
            return Ok(Outcome::Indexed {
                identity: before,
                was_there: true,
            });
        }
        let recording = Recording::said(&file.path.display().to_string(), &file.path);
        let key = layout.manifest().key();
        match self.embeddings(&recording, key, &Wanted::Everything, job) {
            Ok(_) => {}
            Err(error) if error.is_about_missing_file() => return Ok(Outcome::Gone),
            Err(error) if is_about_one_file(&error) => {
                return Ok(Outcome::Failed(error.to_string()));
            }
            Err(error) => return Err(error),
        }
        // What was heard may be of two states of the file.
        if fingerprint_of(&file.path).is_ok_and(|after| after != before) {
            let fault = "the file changed while it was read: update the library again";
            return Ok(Outcome::Failed(String::from(fault)));
        }
        file.length_s = length_of(&file.path, job).or(file.length_s);
        let map = self.embeddings(&recording, key, &Wanted::NOTHING, job)?;
        let total = layout.windows(map);
        loop {
            job.go_on()?;
            let start = writer.windows_of(&before);
            let rows = layout.rows(map, start..(start + PART_ROWS).min(total));
            writer.add(&before, total, rows.rows())?;
            if writer.has(&before) {
                break;
            }
        }
        Ok(Outcome::Indexed {
            identity: before,
            was_there: false,
        })
    }

    /// The folder of `file` and why it cannot be read, if not the file alone is gone.
    fn lost_folder(&self, file: &LibraryFile) -> Result<Option<(PathBuf, String)>, EngineError> {
        let folders = self.store.with(|store| store.library_folders())?;
        let Some(folder) = folders.into_iter().find(|folder| folder.id == file.folder) else {
            return Ok(None);
        };
        if folder.path.is_dir() {
            return Ok(None);
        }
        let fault = String::from(
            "the folder is not there any more: connect its disk and update the library, or remove the folder from it",
        );
        self.store
            .with(|store| store.set_library_folder_fault(folder.id, &fault))?;
        Ok(Some((folder.path, fault)))
    }
}

/// The length of the recording at `path` in seconds, if it can be read.
pub(super) fn length_of(path: &Path, job: &JobControl) -> Option<f64> {
    let source = open_audio(path, job).ok()?;
    Some(source.frames() as f64 / f64::from(source.rate().hz()))
}

fn unread(error: &std::io::Error) -> Outcome {
    match error.kind() {
        std::io::ErrorKind::NotFound => Outcome::Gone,
        _ => Outcome::Failed(format!(
            "it cannot be read ({error}): check that you may read it"
        )),
    }
}

fn is_about_one_file(error: &EngineError) -> bool {
    // A model that fails on one file has done well on others.
    error.is_about_one_recording()
        || matches!(error, EngineError::Embed(EmbedError::NotFinite { .. }))
}

impl Notes {
    fn new() -> Self {
        Self {
            gone: Vec::new(),
            files: Vec::new(),
            since: Instant::now(),
        }
    }

    fn are_due(&self) -> bool {
        let count = self.gone.len() + self.files.len();
        count >= NOTED_FILES || (count > 0 && self.since.elapsed() > NOTED_EVERY)
    }

    fn settle(&mut self, worker: &Worker) -> Result<(), EngineError> {
        let (gone, files) = (
            std::mem::take(&mut self.gone),
            std::mem::take(&mut self.files),
        );
        self.since = Instant::now();
        if gone.is_empty() && files.is_empty() {
            return Ok(());
        }
        Ok(worker
            .store
            .with(|store| store.settle_library_files(&gone, &files))?)
    }
}
