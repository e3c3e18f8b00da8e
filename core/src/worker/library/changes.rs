//! What has changed in the folders of the library since they were looked through last: new, changed, moved and deleted files.
//!
//! A folder that is not there, or has no audio file left, is a disk that was unplugged until the user says otherwise: what is known of
//! its files stays.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use crate::cache::CacheKey;
use crate::embed::Manifest;
use crate::job::JobControl;
use crate::library::audio_files::{FolderContents, FoundAudio, find_audio};
use crate::platform::{content_of, fingerprint_of};
use crate::protocol::EngineError;
use crate::recording::Recording;
use crate::store::{LibraryFile, LibraryFolder, LibraryFolderId};
use crate::words::counted;
use crate::worker::Worker;
use crate::worker::views::rows_of;

use super::indexing::LibraryReport;

/// Rows that are written in one transaction, and those that are read at once: others wait for it.
const ROWS_AT_ONCE: usize = 1_000;
const ROWS_READ_AT_ONCE: usize = 5_000;

/// What a look through the folders found.
#[derive(Default)]
pub(super) struct Changes {
    /// All files that are there, as the database knows them from now on.
    pub files: Vec<LibraryFile>,
    /// Of those, the ones that it does not know yet.
    unsettled: Vec<LibraryFile>,
    gone: Vec<LibraryFile>,
}

impl Worker {
    /// Looks through `folders`, and brings the database up to date.
    pub(super) fn look_through(
        &mut self,
        folders: &[LibraryFolder],
        manifest: &Manifest,
        report: &mut LibraryReport,
        job: &JobControl,
    ) -> Result<Vec<LibraryFile>, EngineError> {
        let mut changes = Changes::default();
        for folder in folders {
            self.look_into(folder, &mut changes, report, job)?;
        }
        self.notice_moves(&mut changes, manifest, report, job)?;
        report.gone = changes.gone.len() - report.moved;
        // In this order, so that whatever interrupts it, a moved file is known in one place at least.
        for piece in changes.unsettled.chunks(ROWS_AT_ONCE) {
            job.go_on()?;
            self.store
                .with(|store| store.settle_library_files(&[], piece))?;
        }
        let gone: Vec<PathBuf> = changes.gone.iter().map(|file| file.path.clone()).collect();
        for piece in gone.chunks(ROWS_AT_ONCE) {
            job.go_on()?;
            self.store
                .with(|store| store.settle_library_files(piece, &[]))?;
        }
        changes.files.append(&mut changes.unsettled);
        changes.files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(changes.files)
    }

    /// The files that the database knows in a folder, by path.
    pub(super) fn known_files(
        &self,
        folder: LibraryFolderId,
        job: &JobControl,
    ) -> Result<Vec<LibraryFile>, EngineError> {
        let mut files: Vec<LibraryFile> = Vec::new();
        loop {
            job.go_on()?;
            let after = files.last().map(|file| file.path.as_path());
            let more = self
                .store
                .with(|store| store.some_library_files(folder, after, ROWS_READ_AT_ONCE))?;
            let is_all = more.len() < ROWS_READ_AT_ONCE;
            files.extend(more);
            if is_all {
                return Ok(files);
            }
        }
    }

    fn look_into(
        &mut self,
        folder: &LibraryFolder,
        changes: &mut Changes,
        report: &mut LibraryReport,
        job: &JobControl,
    ) -> Result<(), EngineError> {
        let name = folder.path.display();
        job.stage(format!("looking through {name}"), 0.0);
        let known = self.known_files(folder.id, job)?;
        let found = self.at_own_priority(|_| {
            folder.path.is_dir().then(|| {
                find_audio(&folder.path, &mut |files| {
                    if files.is_multiple_of(1_000) && files > 0 {
                        let files = counted(files, "audio file");
                        job.stage(format!("looking through {name}: {files}"), 0.0);
                    }
                    job.proceed()
                })
            })
        })?;
        let contents = match found {
            Some(contents) => contents.ok_or(EngineError::Cancelled)?,
            None => FolderContents::default(),
        };
        let fault = fault_of(folder, &contents, known.len());
        self.store
            .with(|store| store.set_library_folder_fault(folder.id, &fault))?;
        if !fault.is_empty() {
            report.failed.push((folder.path.clone(), fault));
            return Ok(());
        }
        for (path, error) in &contents.faults {
            let text = format!("it cannot be read ({error}): check that you may read it");
            report.failed.push((path.clone(), text));
        }
        changes.compare(folder, known, contents, report);
        Ok(())
    }

    /// Finds out which new files are ones that are gone elsewhere; what is cached of those is cached for the new place from now on.
    fn notice_moves(
        &self,
        changes: &mut Changes,
        manifest: &Manifest,
        report: &mut LibraryReport,
        job: &JobControl,
    ) -> Result<(), EngineError> {
        let mut gone: HashMap<u64, Vec<LibraryFile>> = HashMap::new();
        for file in changes.gone.iter().filter(|file| !file.content.is_empty()) {
            gone.entry(file.size_bytes).or_default().push(file.clone());
        }
        for file in &mut changes.unsettled {
            let Some(candidates) = gone.get_mut(&file.size_bytes) else {
                continue;
            };
            job.go_on()?;
            let Ok(content) = content_of(&file.path) else {
                continue;
            };
            // Stems of one song may have one length and silence wherever samples are taken, so the content alone does not do.
            let is_moved = |other: &LibraryFile| {
                let is_alike = other.modified_ns == file.modified_ns
                    || other.path.file_name() == file.path.file_name();
                is_alike && other.content == content
            };
            let Some(at) = candidates.iter().position(is_moved) else {
                continue;
            };
            let before = candidates.swap_remove(at);
            self.move_cached(&before, &file.path, manifest);
            file.content = content;
            file.identity = before.identity;
            file.length_s = before.length_s;
            report.moved += 1;
            report.new = report.new.saturating_sub(1);
        }
        Ok(())
    }

    /// Keeps the embeddings of the file `before` for `path`, where it is now. Where that cannot be, they are made again when they are
    /// wanted.
    fn move_cached(&self, before: &LibraryFile, path: &Path, manifest: &Manifest) {
        let fingerprint = format!("{}:{}", before.content, before.modified_ns);
        let key = |path: &Path, fingerprint| -> CacheKey {
            Recording::said("", path).cache_key_in(fingerprint, manifest.sha256())
        };
        let Ok(now) = fingerprint_of(path) else {
            return;
        };
        let (from, to) = (key(&before.path, fingerprint), key(path, now));
        if let Err(error) = self.cache.move_entry(&from, &to, &rows_of(manifest)) {
            tracing::debug!("embeddings are not moved: {error}");
        }
    }
}

/// Why nothing is to be concluded from what a folder holds; empty when it can be.
fn fault_of(folder: &LibraryFolder, contents: &FolderContents, known: usize) -> String {
    let remedy = "connect its disk, or remove it from the library";
    if !folder.path.is_dir() {
        format!("the folder is not there: {remedy}")
    } else if contents.files.is_empty() && known > 0 {
        let files = counted(known, "audio file");
        format!("the folder is empty, where it held {files}: {remedy}")
    } else {
        String::new()
    }
}

impl Changes {
    /// Sorts what a folder holds by what is `known` of it.
    fn compare(
        &mut self,
        folder: &LibraryFolder,
        known: Vec<LibraryFile>,
        contents: FolderContents,
        report: &mut LibraryReport,
    ) {
        let mut known: HashMap<PathBuf, LibraryFile> = known
            .into_iter()
            .map(|file| (file.path.clone(), file))
            .collect();
        for found in contents.files {
            match known.remove(&found.path) {
                Some(file) if is_unchanged(&file, &found) => self.files.push(file),
                Some(_) => {
                    report.changed += 1;
                    self.unsettled.push(unread(folder, found));
                }
                None => {
                    report.new += 1;
                    self.unsettled.push(unread(folder, found));
                }
            }
        }
        let unseen: HashSet<&Path> = contents
            .faults
            .iter()
            .map(|(path, _)| path.as_path())
            .collect();
        for file in known.into_values() {
            // What lies in a folder that cannot be read may be there.
            let is_unseen = file.path.ancestors().any(|path| unseen.contains(path));
            match is_unseen {
                true => self.files.push(file),
                false => self.gone.push(file),
            }
        }
    }
}

fn is_unchanged(file: &LibraryFile, found: &FoundAudio) -> bool {
    file.size_bytes == found.size_bytes && file.modified_ns == found.modified_ns
}

fn unread(folder: &LibraryFolder, found: FoundAudio) -> LibraryFile {
    LibraryFile {
        path: found.path,
        folder: folder.id,
        size_bytes: found.size_bytes,
        modified_ns: found.modified_ns,
        content: String::new(),
        identity: String::new(),
        length_s: None,
        fault: String::new(),
    }
}
