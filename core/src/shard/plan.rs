//! The plan of a shared scan: which files, in which order and part, for which sounds. Blocks on the disk.
//!
//! Whichever task comes first writes it, and it never changes: so all tasks mean the same list, whatever is put into the folders while
//! they run. A task of the planned number of parts reads only its own lines.
//!
//! Little-endian: magic, `u32` length of the header, the header as JSON; a line of JSON for each file, in the order in which one computer
//! would scan them; a `u64` for each file, grouped by part: where its line begins, counted from the first.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::ShardFolder;
use super::part::{Part, Weighed, split};
use crate::library::audio_files::FoundAudio;
use crate::platform::whole_file::{Existing, write_whole};
use crate::platform::{path_of, path_text};

const MAGIC: [u8; 8] = *b"EARMARKL";
const FORMAT: u32 = 1;
const MOST_HEADER_BYTES: u32 = 64 << 20;
const MOST_LINE_BYTES: u64 = 1 << 20;

/// Why there is no plan to work by.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    #[error("{} holds no plan: run `earmark scan --prepare N --out {} --sound PACK FOLDER` first", folder.display(), folder.display())]
    Missing { folder: PathBuf },
    #[error("the plan {} cannot be read ({source}): check the disk", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{} is not a plan of this Earmark's ({what}): name another folder after --out, or update Earmark", path.display())]
    Damaged { path: PathBuf, what: &'static str },
    #[error("the plan {} cannot be written ({source}): check that the folder may be written and has space", path.display())]
    Unwritable { path: PathBuf, source: io::Error },
}

/// A sound with everything that decides which regions are found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlannedSound {
    pub sound: String,
    /// The model's key.
    pub model: String,
    pub model_sha256: String,
    /// SHA-256 of the classifier.
    pub classifier: String,
    /// Regions are cut at this score, 0 to 1.
    pub threshold: f32,
    pub fuse_gap_s: f64,
    pub min_length_s: f64,
}

/// What a plan says before its list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    format: u32,
    /// What was named on the command line.
    pub folders: Vec<String>,
    pub sounds: Vec<PlannedSound>,
    /// Bytes of all files.
    pub size_bytes: u64,
    list_bytes: u64,
    /// How many files are in each part.
    part_files: Vec<u32>,
}

/// A file of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedFile {
    pub path: PathBuf,
    /// As it was when the plan was made.
    pub size_bytes: u64,
}

#[derive(Serialize, Deserialize)]
struct Line {
    path: String,
    size_bytes: u64,
}

impl Plan {
    /// How many files are to be scanned.
    pub fn files(&self) -> u64 {
        self.part_files.iter().copied().map(u64::from).sum()
    }

    /// How many parts were planned. Tasks of another number read the whole list.
    pub fn parts(&self) -> usize {
        self.part_files.len()
    }
}

/// An open plan.
pub struct Plans {
    pub plan: Plan,
    path: PathBuf,
    file: BufReader<File>,
    list_at: u64,
}

impl Plans {
    /// Writes the plan of `folder`, unless there is one; then that one stands.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn write(
        folder: &ShardFolder,
        named: &[PathBuf],
        sounds: Vec<PlannedSound>,
        files: &[FoundAudio],
        parts: std::num::NonZeroU32,
    ) -> Result<(), PlanError> {
        let weighed: Vec<Weighed> = files
            .iter()
            .map(|file| Weighed::new(&file.path, file.size_bytes))
            .collect();
        let part_of = split(&weighed, parts);
        let mut grouped = vec![Vec::new(); parts.get() as usize];
        let mut list_bytes = 0;
        for (file, part) in files.iter().zip(&part_of) {
            if let Some(group) = grouped.get_mut(*part as usize) {
                group.push(list_bytes);
            }
            list_bytes += line_of(file).len() as u64;
        }
        let plan = Plan {
            format: FORMAT,
            folders: absolute_texts(named),
            sounds,
            size_bytes: files.iter().map(|file| file.size_bytes).sum(),
            list_bytes,
            part_files: grouped.iter().map(|group| group.len() as u32).collect(),
        };
        let path = folder.plan();
        let written = write_whole(&path, Existing::Keep, |out| {
            write_plan(out, &plan, files, &grouped)
        });
        match written {
            Err(source) if source.kind() != io::ErrorKind::AlreadyExists => {
                Err(PlanError::Unwritable { path, source })
            }
            _ => Ok(()),
        }
    }

    /// The plan of `folder`.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub fn open(folder: &ShardFolder) -> Result<Self, PlanError> {
        let path = folder.plan();
        let file = File::open(&path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => PlanError::Missing {
                folder: folder.path().to_owned(),
            },
            _ => unreadable(&path, source),
        })?;
        let mut file = BufReader::new(file);
        let damaged = |what| PlanError::Damaged {
            path: path.clone(),
            what,
        };
        let mut head = [0; 12];
        let read = file.read_exact(&mut head);
        read.map_err(|_| damaged("its beginning is missing"))?;
        let (magic, length) = head.split_at(8);
        if magic != MAGIC {
            return Err(damaged("it is a file of another kind"));
        }
        let length = u32::from_le_bytes(length.try_into().unwrap_or_default());
        if length > MOST_HEADER_BYTES {
            return Err(damaged("its header is too long"));
        }
        let mut header = Vec::new();
        let read = (&mut file).take(length.into()).read_to_end(&mut header);
        read.map_err(|source| unreadable(&path, source))?;
        let plan: Plan =
            serde_json::from_slice(&header).map_err(|_| damaged("its header makes no sense"))?;
        if plan.format != FORMAT {
            return Err(damaged("it has another format"));
        }
        let list_at = 12 + u64::from(length);
        let whole = list_at
            .checked_add(plan.list_bytes)
            .and_then(|bytes| bytes.checked_add(8 * plan.files()));
        let metadata = file.get_ref().metadata();
        let found = metadata.map_err(|source| unreadable(&path, source))?.len();
        if whole != Some(found) {
            return Err(damaged("its length is wrong"));
        }
        Ok(Self {
            plan,
            path,
            file,
            list_at,
        })
    }

    /// The files of one part, in the order of the list.
    ///
    /// # Errors
    /// When the plan cannot be read.
    pub fn part(&mut self, part: Part) -> Result<Vec<PlannedFile>, PlanError> {
        if part.of().get() as usize == self.plan.parts() {
            return self.planned_part(part.index() as usize);
        }
        let mut files = Vec::new();
        self.each(&mut |file| {
            files.push(file);
            Ok::<(), PlanError>(())
        })?;
        let weighed: Vec<Weighed> = files
            .iter()
            .map(|file| Weighed::new(&file.path, file.size_bytes))
            .collect();
        let part_of = split(&weighed, part.of());
        let files = files.into_iter().zip(part_of);
        let ours = files.filter(|(_, of)| *of == part.index());
        Ok(ours.map(|(file, _)| file).collect())
    }

    fn planned_part(&mut self, index: usize) -> Result<Vec<PlannedFile>, PlanError> {
        let sizes = &self.plan.part_files;
        let before: u64 = sizes.iter().take(index).copied().map(u64::from).sum();
        let count = sizes.get(index).copied().unwrap_or(0);
        self.seek(self.list_at + self.plan.list_bytes + 8 * before)?;
        let mut places = Vec::new();
        for _ in 0..count {
            let mut place = [0; 8];
            let read = self.file.read_exact(&mut place);
            read.map_err(|source| unreadable(&self.path, source))?;
            places.push(u64::from_le_bytes(place));
        }
        let mut files = Vec::new();
        for place in places {
            let at = self.list_at.checked_add(place);
            self.seek(at.ok_or_else(|| self.damaged("a file's place is impossible"))?)?;
            files.push(self.line()?);
        }
        Ok(files)
    }

    /// Gives every file of the list to `work`, in order, without keeping them.
    ///
    /// # Errors
    /// When the plan cannot be read, or what `work` says.
    pub fn each<E: From<PlanError>>(
        &mut self,
        work: &mut dyn FnMut(PlannedFile) -> Result<(), E>,
    ) -> Result<(), E> {
        self.seek(self.list_at)?;
        for _ in 0..self.plan.files() {
            let file = self.line()?;
            work(file)?;
        }
        Ok(())
    }

    fn line(&mut self) -> Result<PlannedFile, PlanError> {
        let mut line = Vec::new();
        let read = (&mut self.file)
            .take(MOST_LINE_BYTES)
            .read_until(b'\n', &mut line);
        read.map_err(|source| unreadable(&self.path, source))?;
        let line: Line = serde_json::from_slice(&line)
            .map_err(|_| self.damaged("a line of its list makes no sense"))?;
        Ok(PlannedFile {
            path: path_of(line.path),
            size_bytes: line.size_bytes,
        })
    }

    fn seek(&mut self, at: u64) -> Result<(), PlanError> {
        let sought = self.file.seek(SeekFrom::Start(at));
        sought.map_err(|source| unreadable(&self.path, source))?;
        Ok(())
    }

    fn damaged(&self, what: &'static str) -> PlanError {
        PlanError::Damaged {
            path: self.path.clone(),
            what,
        }
    }
}

/// Paths that mean the same from every folder.
pub fn absolute_texts(paths: &[PathBuf]) -> Vec<String> {
    let texts = paths.iter().map(|path| {
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.clone());
        path_text(&absolute)
    });
    texts.collect()
}

fn unreadable(path: &Path, source: io::Error) -> PlanError {
    PlanError::Unreadable {
        path: path.to_owned(),
        source,
    }
}

fn line_of(file: &FoundAudio) -> Vec<u8> {
    let line = Line {
        path: path_text(&file.path),
        size_bytes: file.size_bytes,
    };
    // Plain values under plain names cannot fail to become JSON.
    let mut line = serde_json::to_vec(&line).unwrap_or_default();
    line.push(b'\n');
    line
}

fn write_plan(
    out: &mut BufWriter<File>,
    plan: &Plan,
    files: &[FoundAudio],
    grouped: &[Vec<u64>],
) -> io::Result<()> {
    let header = serde_json::to_vec(plan)?;
    out.write_all(&MAGIC)?;
    out.write_all(&(header.len() as u32).to_le_bytes())?;
    out.write_all(&header)?;
    for file in files {
        out.write_all(&line_of(file))?;
    }
    for place in grouped.iter().flatten() {
        out.write_all(&place.to_le_bytes())?;
    }
    Ok(())
}
