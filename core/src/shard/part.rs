//! Which task scans which files: parts of a list that take about the same time. Pure; any thread.
//!
//! Every task makes the same parts of the same list: the longest file first, each goes to the part that has the least so far (Graham's
//! rule: no part takes more than 4/3 of the best possible time). Files of one length are taken in the order of a hash of their paths, so
//! that a slow disk or an odd folder is spread over all tasks.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fmt;
use std::num::NonZeroU32;
use std::path::Path;
use std::str::FromStr;

use sha2::{Digest, Sha256};

use crate::platform::path_text;

/// Parts at most.
pub const MOST_PARTS: u32 = 1_000_000;

/// The I-th of N parts, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    index: u32,
    of: NonZeroU32,
}

/// Why a text names no part.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is not a part: give I/N, where I is 1 to N and N at most {MOST_PARTS}, for example 3/10"
)]
pub struct PartError {
    text: String,
}

impl Part {
    /// Counted from 0.
    pub fn index(self) -> u32 {
        self.index
    }

    /// How many parts there are.
    pub fn of(self) -> NonZeroU32 {
        self.of
    }
}

/// A part as somebody names it: `3/10`, or `3` for the third of those that are planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WantedPart {
    /// Counted from 0.
    index: u32,
    of: Option<NonZeroU32>,
}

impl WantedPart {
    /// How many parts there are, if that is said.
    pub fn of(self) -> Option<NonZeroU32> {
        self.of
    }

    /// The part, where so many are planned.
    ///
    /// # Errors
    /// When there are fewer.
    pub fn of_planned(self, planned: usize) -> Result<Part, PartError> {
        let planned = u32::try_from(planned).ok().and_then(NonZeroU32::new);
        let of = self.of.or(planned).filter(|of| self.index < of.get());
        let of = of.ok_or_else(|| PartError {
            text: (u64::from(self.index) + 1).to_string(),
        })?;
        Ok(Part {
            index: self.index,
            of,
        })
    }
}

impl FromStr for WantedPart {
    type Err = PartError;

    fn from_str(text: &str) -> Result<Self, PartError> {
        let parse = || {
            let (index, of) = match text.split_once('/') {
                Some((index, of)) => (index, Some(of.trim().parse::<NonZeroU32>().ok()?)),
                None => (text, None),
            };
            let most = of.map_or(MOST_PARTS, NonZeroU32::get);
            let index: u32 = index.trim().parse().ok()?;
            let index = index.checked_sub(1).filter(|index| *index < most)?;
            (most <= MOST_PARTS).then_some(Self { index, of })
        };
        parse().ok_or_else(|| PartError {
            text: text.chars().take(40).collect(),
        })
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index + 1, self.of)
    }
}

/// How long a scan of a file of this name and size takes, as far as both tell: milliseconds of sound, guessed by the usual rate of the
/// format, and something for opening it.
pub(super) fn effort(path: &Path, size_bytes: u64) -> u64 {
    const OPENING: u64 = 500;
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    let bytes_per_ms = match extension.to_lowercase().as_str() {
        "mp3" | "ogg" | "oga" | "aac" | "m4a" | "mp4" | "mka" | "mkv" | "webm" => 20,
        "flac" | "alac" => 90,
        _ => 176,
    };
    size_bytes / bytes_per_ms + OPENING
}

/// A file as far as it matters here.
pub(super) struct Weighed {
    effort: u64,
    hash: u64,
}

impl Weighed {
    pub fn new(path: &Path, size_bytes: u64) -> Self {
        let digest = Sha256::digest(path_text(path));
        let hash = digest
            .first_chunk()
            .map_or(0, |bytes| u64::from_le_bytes(*bytes));
        Self {
            effort: effort(path, size_bytes),
            hash,
        }
    }
}

/// The part, counted from 0, of each of `files`.
pub(super) fn split(files: &[Weighed], parts: NonZeroU32) -> Vec<u32> {
    let mut order: Vec<usize> = (0..files.len()).collect();
    order.sort_by_key(|index| {
        files
            .get(*index)
            .map(|file| (Reverse(file.effort), file.hash, *index))
    });
    let mut least: BinaryHeap<Reverse<(u64, u32)>> =
        (0..parts.get()).map(|part| Reverse((0, part))).collect();
    let mut part_of = vec![0; files.len()];
    for index in order {
        let (Some(file), Some(mut top)) = (files.get(index), least.peek_mut()) else {
            break;
        };
        let Reverse((effort, part)) = &mut *top;
        *effort += file.effort;
        if let Some(slot) = part_of.get_mut(index) {
            *slot = *part;
        }
    }
    part_of
}
