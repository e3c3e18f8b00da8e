//! What a shard found in one file, as a file. Blocks on the disk.
//!
//! Sections ([`sections`](crate::sections)): `HEAD` is [`ScannedFile`] as JSON; then for each of its sounds, in order, `GRID` (hop and window
//! in seconds, `f64`), `SCOR` (`f32`s), `EDGE` (two bytes for each window) and `REGN` (start and end in seconds, `f64`, and `f32` score of each
//! region). It is written beside its name and renamed, so it is there whole or not at all.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use super::plan::PlannedSound;
use crate::platform::whole_file::{Existing, write_whole};
use crate::scan::{FittedEdges, ScoredSpan, WindowScores};
use crate::sections::{Format, SectionError, Tag, read_at_most, section};
use crate::time::Span;

const FORMAT: Format = Format {
    magic: *b"EARMARKR",
    version: 1,
};
const HEAD: Tag = *b"HEAD";
const OF_SOUND: [Tag; 4] = [*b"GRID", *b"SCOR", *b"EDGE", *b"REGN"];
/// A result has at most so many bytes: a week of sound, for a hundred sounds.
const MOST_BYTES: u64 = 4 << 30;
const REGION_BYTES: usize = 8 + 8 + 4;

/// Why a result cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ResultError {
    #[error("the result {} cannot be read ({source}): check the disk", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("the result {} is not one of this Earmark's ({source}): run its shard again", path.display())]
    Sections { path: PathBuf, source: SectionError },
    #[error("the result {} is damaged ({what}): run its shard again", path.display())]
    Damaged { path: PathBuf, what: String },
    #[error("the result {} cannot be written ({source}): check that the folder may be written and has space, then run the shard again", path.display())]
    Unwritable { path: PathBuf, source: io::Error },
}

/// What tells one state of a file from another, as far as the file system says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileState {
    pub size_bytes: u64,
    /// When it was last changed, since 1970.
    pub modified_ns: i64,
}

impl FileState {
    /// Of the file at `path`.
    ///
    /// # Errors
    /// When it is not there.
    pub fn of(path: &Path) -> io::Result<Self> {
        let metadata = std::fs::metadata(path)?;
        let since = metadata.modified().ok();
        let since = since.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let nanoseconds = since.map_or(0, |since| since.as_nanos());
        Ok(Self {
            size_bytes: metadata.len(),
            modified_ns: i64::try_from(nanoseconds).unwrap_or(i64::MAX),
        })
    }
}

/// The file that was scanned, and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScannedFile {
    /// As the plan names it.
    pub path: String,
    /// With links followed.
    pub real_path: String,
    pub state: FileState,
    /// Its length and a checksum of samples.
    pub content: String,
    pub sounds: Vec<PlannedSound>,
    /// What of it is missing, or not as its header says.
    #[serde(default)]
    pub losses: Vec<String>,
}

/// What was found of one sound.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    pub scores: WindowScores,
    pub regions: Vec<ScoredSpan>,
}

/// What was found in a file.
#[derive(Debug, Clone, PartialEq)]
pub struct FileResult {
    pub file: ScannedFile,
    /// One for each of the file's sounds.
    pub found: Vec<Found>,
}

impl FileResult {
    /// The result in the file at `path`; `None` when there is none.
    ///
    /// # Errors
    /// When it cannot be read or is damaged.
    pub fn load(path: &Path) -> Result<Option<Self>, ResultError> {
        let bytes = match read_at_most(path, MOST_BYTES) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return Err(damaged(path, "it is too large")),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => {
                return Err(ResultError::Unreadable {
                    path: path.to_owned(),
                    source,
                });
            }
        };
        Self::from_bytes(&bytes, path).map(Some)
    }

    /// The result that `bytes` are; `path` is for errors.
    ///
    /// # Errors
    /// When they are damaged.
    pub fn from_bytes(bytes: &[u8], path: &Path) -> Result<Self, ResultError> {
        let sections = FORMAT.read(bytes).map_err(|source| ResultError::Sections {
            path: path.to_owned(),
            source,
        })?;
        let head = section(&sections, HEAD).ok_or_else(|| damaged(path, "its head is missing"))?;
        let file: ScannedFile =
            serde_json::from_slice(head).map_err(|error| damaged(path, &error.to_string()))?;
        let of_sounds: Vec<_> = sections.iter().filter(|(tag, _)| *tag != HEAD).collect();
        let (chunks, rest) = of_sounds.as_chunks::<4>();
        if chunks.len() != file.sounds.len() || !rest.is_empty() {
            return Err(damaged(path, "a sound of it is missing"));
        }
        let found = chunks.iter().map(|chunk| {
            if chunk.map(|(tag, _)| *tag) != OF_SOUND {
                return Err(damaged(path, "a sound of it is missing"));
            }
            found_from(chunk.map(|(_, bytes)| *bytes)).map_err(|what| damaged(path, what))
        });
        let found = found.collect::<Result<_, _>>()?;
        Ok(Self { file, found })
    }

    /// The file that holds the result.
    pub fn to_bytes(&self) -> Vec<u8> {
        // Plain values under plain names cannot fail to become JSON.
        let head = serde_json::to_vec(&self.file).unwrap_or_default();
        let parts: Vec<[Vec<u8>; 4]> = self.found.iter().map(parts_of).collect();
        let mut sections = vec![(HEAD, head.as_slice())];
        for parts in &parts {
            sections.extend(OF_SOUND.into_iter().zip(parts.iter().map(Vec::as_slice)));
        }
        FORMAT.write(&sections)
    }

    /// Puts the result into its place, whole or not at all; one that is there is replaced.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn save(&self, path: &Path) -> Result<(), ResultError> {
        let bytes = self.to_bytes();
        let written = path.parent().map_or(Ok(()), std::fs::create_dir_all);
        let written = written
            .and_then(|()| write_whole(path, Existing::Replace, |file| file.write_all(&bytes)));
        written.map_err(|source| ResultError::Unwritable {
            path: path.to_owned(),
            source,
        })
    }
}

fn damaged(path: &Path, what: &str) -> ResultError {
    ResultError::Damaged {
        path: path.to_owned(),
        what: what.to_owned(),
    }
}

fn parts_of(found: &Found) -> [Vec<u8>; 4] {
    let scores = &found.scores;
    let grid = [scores.hop_s, scores.window_s].map(f64::to_le_bytes);
    let regions = found.regions.iter().flat_map(|region| {
        let ends = [region.span.start_s(), region.span.end_s()].map(f64::to_le_bytes);
        let ends = ends.into_iter().flatten();
        ends.chain(region.score.to_le_bytes()).collect::<Vec<u8>>()
    });
    [
        grid.concat(),
        scores
            .scores
            .iter()
            .flat_map(|score| score.to_le_bytes())
            .collect(),
        scores.edges.to_bytes(),
        regions.collect(),
    ]
}

fn found_from([grid, scores, edges, regions]: [&[u8]; 4]) -> Result<Found, &'static str> {
    let (&[hop, window], []) = grid.as_chunks() else {
        return Err("its grid is impossible");
    };
    let (hop_s, window_s) = (f64::from_le_bytes(hop), f64::from_le_bytes(window));
    let usable = |seconds: f64| seconds.is_finite() && seconds > 0.0;
    if !usable(hop_s) || !usable(window_s) {
        return Err("its grid is impossible");
    }
    let (scores, []) = scores.as_chunks() else {
        return Err("its scores are impossible");
    };
    let scores: Vec<f32> = scores
        .iter()
        .map(|four| f32::from_le_bytes(*four))
        .collect();
    let possible = |score: f32| score.is_nan() || (0.0..=1.0).contains(&score);
    if !scores.iter().all(|score| possible(*score)) || edges.len() > 2 * scores.len() {
        return Err("its scores are impossible");
    }
    let (regions, []) = regions.as_chunks::<REGION_BYTES>() else {
        return Err("its regions are impossible");
    };
    let regions = regions.iter().map(region_from);
    Ok(Found {
        scores: WindowScores {
            hop_s,
            window_s,
            scores,
            edges: FittedEdges::from_bytes(edges),
        },
        regions: regions
            .collect::<Option<_>>()
            .ok_or("its regions are impossible")?,
    })
}

fn region_from(bytes: &[u8; REGION_BYTES]) -> Option<ScoredSpan> {
    let (start, rest) = bytes.split_first_chunk()?;
    let (end, rest) = rest.split_first_chunk()?;
    let score = f32::from_le_bytes(*rest.first_chunk()?);
    let span = Span::new(f64::from_le_bytes(*start), f64::from_le_bytes(*end)).ok()?;
    (0.0..=1.0)
        .contains(&score)
        .then_some(ScoredSpan { span, score })
}
