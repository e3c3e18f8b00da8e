//! The folder of an index: its segments, opened to be searched, and the writer that adds to them and tidies up.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::segment::{self, IndexedRecording, Segment};
use crate::cache::Mapping;
use crate::library::row::{Rows, RowsMade};
use crate::platform::whole_file::{Draft, Existing};

const EXTENSION: &str = "windows";
/// What a write that did not finish leaves behind.
const UNFINISHED_EXTENSION: &str = "windows-unfinished";
/// A segment is full when it has so many windows: some three hours of sound and 67 MB by the default model.
pub const SEGMENT_ROWS: usize = 1 << 16;
/// A longer recording lies in parts of so many windows, so that no more of it has to be in memory.
pub const PART_ROWS: usize = 1 << 13;
/// A segment is written again without the recordings that are gone when they are more than one part in so many.
const TIDIED_AT: usize = 4;

/// Why an index could not be written. What was indexed before is still there.
#[derive(Debug, thiserror::Error)]
#[error("the index of the library could not be saved in {} ({source}): free some disk space, or allow writing there", path.display())]
pub struct IndexError {
    pub path: PathBuf,
    pub source: io::Error,
}

/// All segments of an index.
#[derive(Default)]
pub struct Index {
    /// By their numbers.
    segments: Vec<(u32, Segment)>,
}

impl Index {
    /// The index in `folder` of points of `dims` values in the space of that name. What is damaged, or of another space, is left out.
    pub fn open(folder: &Path, space: &str, dims: usize) -> Self {
        let mut segments: Vec<(u32, Segment)> = numbered(folder)
            .into_iter()
            .filter_map(|(number, path)| Some((number, open(&path, space, dims)?)))
            .collect();
        segments.sort_by_key(|(number, _)| *number);
        Self { segments }
    }

    /// Its segments, in order.
    pub fn segments(&self) -> impl Iterator<Item = &Segment> {
        self.segments.iter().map(|(_, segment)| segment)
    }

    /// The parts of all recordings, each part once: a recording that was removed and added again may lie in two segments.
    pub fn parts(&self) -> Vec<(&IndexedRecording, Rows<'_>)> {
        let mut next: HashMap<&str, usize> = HashMap::new();
        let mut parts = Vec::new();
        for segment in self.segments() {
            for (recording, rows) in segment.recordings_with_rows() {
                let next = next.entry(&recording.identity).or_default();
                if recording.windows.start == *next {
                    *next = recording.windows.end;
                    parts.push((recording, rows));
                }
            }
        }
        parts
    }

    /// The identities of the recordings all of which is in it.
    pub fn identities(&self) -> HashSet<&str> {
        let parts = self.parts().into_iter();
        let last = parts.filter(|(part, _)| part.windows.end == part.total);
        last.map(|(part, _)| part.identity.as_str()).collect()
    }
}

/// Adds recordings to an index. The process that makes one holds the [`IndexLock`](super::IndexLock).
pub struct IndexWriter {
    folder: PathBuf,
    space: String,
    dims: usize,
    /// The number of the segment that is being filled.
    number: u32,
    recordings: Vec<IndexedRecording>,
    rows: RowsMade,
    /// Something in it is not in its file yet.
    is_changed: bool,
    /// What the index has of each recording, by identity: the windows before this one, of so many in all.
    found: HashMap<String, Extent>,
}

#[derive(Clone, Copy)]
struct Extent {
    windows: usize,
    total: usize,
}

impl IndexWriter {
    /// Goes on with the index in `folder`: deletes what is damaged or of another space, and what an interrupted write left behind;
    /// takes out of it the recordings that `stays` says no of, where they are many; and fills the last segment up.
    ///
    /// # Errors
    /// When the folder cannot be written to.
    pub fn open(
        folder: &Path,
        space: &str,
        dims: usize,
        stays: &dyn Fn(&str) -> bool,
    ) -> Result<Self, IndexError> {
        let mut writer = Self {
            folder: folder.to_owned(),
            space: space.to_owned(),
            dims,
            number: 0,
            recordings: Vec::new(),
            rows: RowsMade::default(),
            is_changed: false,
            found: HashMap::new(),
        };
        writer.tidy(stays).map_err(|source| IndexError {
            path: folder.to_owned(),
            source,
        })?;
        Ok(writer)
    }

    /// Whether all of the recording of that identity is in the index.
    pub fn has(&self, identity: &str) -> bool {
        let found = self.found.get(identity);
        found.is_some_and(|found| found.windows == found.total)
    }

    /// The windows of the recording of that identity that the index has: all before this one.
    pub fn windows_of(&self, identity: &str) -> usize {
        self.found.get(identity).map_or(0, |found| found.windows)
    }

    fn tidy(&mut self, stays: &dyn Fn(&str) -> bool) -> io::Result<()> {
        std::fs::create_dir_all(&self.folder)?;
        for path in files(&self.folder, UNFINISHED_EXTENSION) {
            std::fs::remove_file(path)?;
        }
        let mut paths = numbered(&self.folder);
        paths.sort();
        let last = paths.last().map(|(number, _)| *number);
        for (number, path) in paths {
            let segment = open(&path, &self.space, self.dims).filter(Segment::is_sound);
            let Some(segment) = segment else {
                tracing::info!("{} is damaged or out of date", path.display());
                std::fs::remove_file(path)?;
                continue;
            };
            // Of a recording in several parts those before may be gone, and then this one is made again.
            let mut kept = Vec::new();
            for one in segment.recordings() {
                let follows = self.windows_of(&one.identity) == one.windows.start;
                let is_kept = follows && !self.has(&one.identity) && stays(&one.identity);
                if is_kept {
                    self.note(one);
                }
                kept.push(is_kept);
            }
            let chosen = segment.recordings().iter().zip(&kept);
            let chosen = chosen.filter(|(_, kept)| **kept);
            let rows: usize = chosen.map(|(one, _)| one.windows.len()).sum();
            let is_filled_up = last == Some(number) && rows < SEGMENT_ROWS;
            let is_tidy = rows > 0 && (segment.windows() - rows) * TIDIED_AT <= segment.windows();
            if is_filled_up || !is_tidy {
                self.number = number;
                self.take(&segment, &kept);
                self.is_changed = kept.contains(&false);
            }
            if !is_filled_up && !is_tidy {
                drop(segment);
                self.write()?;
                self.begin_next();
            }
        }
        if self.recordings.is_empty() && !self.is_changed {
            self.number = last.map_or(0, |last| last + 1);
        }
        Ok(())
    }

    fn note(&mut self, recording: &IndexedRecording) {
        let extent = Extent {
            windows: recording.windows.end,
            total: recording.total,
        };
        self.found.insert(recording.identity.clone(), extent);
    }

    /// Takes the recordings of `segment` that are `kept`.
    fn take(&mut self, segment: &Segment, kept: &[bool]) {
        for ((recording, rows), kept) in segment.recordings_with_rows().zip(kept) {
            if *kept {
                self.rows.extend(rows);
                self.recordings.push(recording.clone());
            }
        }
    }

    /// Adds the windows `rows` of the recording of that identity, which has `total` and whose windows before are in the index already. A full
    /// segment is written.
    ///
    /// # Errors
    /// When the disk refuses; then they are not in the index.
    pub fn add(&mut self, identity: &str, total: usize, rows: Rows<'_>) -> Result<(), IndexError> {
        let start = self.windows_of(identity);
        let part = IndexedRecording {
            identity: identity.to_owned(),
            windows: start..start + rows.windows(self.dims),
            total,
        };
        self.rows.extend(rows);
        self.note(&part);
        self.recordings.push(part);
        self.is_changed = true;
        if self.is_full() {
            self.flush()?;
            self.begin_next();
        }
        Ok(())
    }

    /// Writes what is in no file yet.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn flush(&mut self) -> Result<(), IndexError> {
        self.write().map_err(|source| IndexError {
            path: self.folder.clone(),
            source,
        })
    }

    fn is_full(&self) -> bool {
        self.rows.rows().windows(self.dims) >= SEGMENT_ROWS
    }

    fn write(&mut self) -> io::Result<()> {
        let path = self.folder.join(format!("{:08}.{EXTENSION}", self.number));
        if self.is_changed && self.recordings.is_empty() {
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        } else if self.is_changed {
            let (draft, file) = Draft::with_ending(&path, UNFINISHED_EXTENSION)?;
            let mut file = io::BufWriter::new(file);
            segment::write(
                &self.space,
                self.dims,
                &self.recordings,
                self.rows.rows(),
                &mut file,
            )?;
            file.into_inner().map_err(io::IntoInnerError::into_error)?;
            draft.publish(&path, Existing::Replace)?;
        }
        self.is_changed = false;
        Ok(())
    }

    /// Leaves the segment in hand as it is written.
    fn begin_next(&mut self) {
        self.number += 1;
        self.recordings.clear();
        self.rows.clear();
    }
}

/// What all indexes in the folders in `parent` take on disk.
pub fn size_bytes(parent: &Path) -> u64 {
    let sizes = files_of_indexes(parent).filter_map(|path| Some(path.metadata().ok()?.len()));
    sizes.sum()
}

/// Deletes all indexes in the folders in `parent`; their locks stay. An update that is at work in one of them completes it the next time.
///
/// # Errors
/// When a file cannot be deleted; the others are.
pub fn delete_all(parent: &Path) -> io::Result<()> {
    let mut outcome = Ok(());
    for path in files_of_indexes(parent) {
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => outcome = Err(error),
            _ => {}
        }
    }
    outcome
}

fn files_of_indexes(parent: &Path) -> impl Iterator<Item = PathBuf> {
    let folders = std::fs::read_dir(parent).into_iter().flatten();
    let folders = folders.filter_map(|folder| Some(folder.ok()?.path()));
    folders.flat_map(|folder| {
        let [segments, unfinished] = [EXTENSION, UNFINISHED_EXTENSION]
            .map(|extension| files(&folder, extension).collect::<Vec<_>>());
        segments.into_iter().chain(unfinished)
    })
}

fn open(path: &Path, space: &str, dims: usize) -> Option<Segment> {
    let mapping = Mapping::of(&File::open(path).ok()?).ok()?;
    Segment::of(mapping, space, dims)
}

/// The segments in `folder` with their numbers.
fn numbered(folder: &Path) -> Vec<(u32, PathBuf)> {
    let number = |path: &PathBuf| path.file_stem()?.to_str()?.parse().ok();
    files(folder, EXTENSION)
        .filter_map(|path| Some((number(&path)?, path)))
        .collect()
}

fn files(folder: &Path, extension: &'static str) -> impl Iterator<Item = PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(move |path| path.extension().is_some_and(|found| found == extension))
}
