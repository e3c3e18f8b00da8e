//! Packs: one file that carries a trained classifier to another person, or to the tasks of a cluster.
//!
//! Owns the format of a pack and the check of what comes from outside. Any thread that may wait for a disk. It knows no database and
//! no model: whoever imports a pack compares its model with the installed ones.
//!
//! A pack is a file of sections ([`sections`](crate::sections)): `ABOU` is [`About`] as JSON, `CLAS` the classifier as the database has it.
//! Each `CLIP` is an example, where they were asked for. Sections of other tags are passed over.

mod about;
mod clips;
pub mod exchange;
mod missing_model;

pub use about::{About, Ancestor, MOST_ANCESTORS, ModelOfPack};
pub use clips::{MOST_CLIPS, PackClip};
pub use missing_model::MissingModel;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::classifier::{Classifier, DecodeError};
use crate::limits::LimitError;
use crate::platform::whole_file::{Existing, write_whole};
use crate::sections::{Format, SectionError, read_at_most, section};

/// How a pack's file name ends.
pub const PACK_EXTENSION: &str = "earmark";

const FORMAT: Format = Format {
    magic: *b"EARMARKP",
    version: 1,
};
const ABOUT: [u8; 4] = *b"ABOU";
const CLASSIFIER: [u8; 4] = *b"CLAS";
const CLIP: [u8; 4] = *b"CLIP";
/// A pack has at most so many bytes; a classifier of the default model has some two million.
const MOST_BYTES: u64 = 256 << 20;
/// What a pack says about itself has at most so many bytes.
const MOST_ABOUT_BYTES: usize = 1 << 20;

/// Why a pack cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    #[error("there is no pack {}: check the path, or make one with `earmark pack export --sound NAME FILE`", path.display())]
    Missing { path: PathBuf },
    #[error("the pack {} cannot be read ({source}): check that you may read it", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{} is larger than any pack: check that it is the right file", path.display())]
    Huge { path: PathBuf },
    #[error("{} is not a pack of this Earmark's ({source}): get the file again, or update Earmark", path.display())]
    Sections { path: PathBuf, source: SectionError },
    #[error("the pack {} is damaged ({what}): get the file again", path.display())]
    Damaged { path: PathBuf, what: String },
    #[error("the pack {} says something impossible ({source}): get the file again", path.display())]
    Limit { path: PathBuf, source: LimitError },
    #[error("the pack {} holds no classifier that can be used ({source}): get the file again", path.display())]
    Classifier { path: PathBuf, source: DecodeError },
    #[error("the pack cannot say this: {0}")]
    Words(LimitError),
    #[error("the examples are too many for a pack: it holds {MOST_CLIPS} clips and {} MB at most. Leave out the clips", MOST_BYTES >> 20)]
    TooManyClips,
    #[error("there is a file {} already: choose another name, or add --replace", path.display())]
    Exists { path: PathBuf },
    #[error("the pack {} cannot be written ({source}): check that its folder exists and may be written", path.display())]
    Unwritable { path: PathBuf, source: io::Error },
}

impl PackError {
    /// What a user wants a pack to say makes no sense.
    pub(crate) fn of_words(source: LimitError) -> Self {
        Self::Words(source)
    }
}

/// A pack whose parts were all checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Pack {
    pub about: About,
    bytes: Vec<u8>,
    classifier: Arc<Classifier>,
    clips: Vec<PackClip>,
}

impl Pack {
    /// A pack of the classifier that `bytes` hold.
    ///
    /// # Errors
    /// When what it says of itself or the bytes cannot be used.
    pub fn new(about: About, bytes: Vec<u8>, path: &Path) -> Result<Self, PackError> {
        about.check().map_err(|source| PackError::Limit {
            path: path.to_owned(),
            source,
        })?;
        let classifier =
            Classifier::from_bytes(&bytes).map_err(|source| PackError::Classifier {
                path: path.to_owned(),
                source,
            })?;
        Ok(Self {
            about,
            bytes,
            classifier: Arc::new(classifier),
            clips: Vec::new(),
        })
    }

    /// The pack with these examples.
    ///
    /// # Errors
    /// When they are more than a pack holds.
    pub fn with_clips(mut self, clips: Vec<PackClip>) -> Result<Self, PackError> {
        let bytes: u64 = clips.iter().map(|clip| clip.bytes.len() as u64).sum();
        let most = MOST_BYTES - MOST_ABOUT_BYTES as u64 - self.bytes.len() as u64;
        if clips.len() > MOST_CLIPS || bytes + 1024 * clips.len() as u64 > most {
            return Err(PackError::TooManyClips);
        }
        self.clips = clips;
        Ok(self)
    }

    /// The examples, where they were added.
    pub fn clips(&self) -> &[PackClip] {
        &self.clips
    }

    /// The pack in the file at `path`.
    ///
    /// # Errors
    /// When there is none, or it is too large, damaged or from a newer Earmark.
    pub fn load(path: &Path) -> Result<Self, PackError> {
        let owned = || path.to_owned();
        let bytes = read_at_most(path, MOST_BYTES).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => PackError::Missing { path: owned() },
            _ => PackError::Unreadable {
                path: owned(),
                source,
            },
        })?;
        let bytes = bytes.ok_or_else(|| PackError::Huge { path: owned() })?;
        Self::from_bytes(&bytes, path)
    }

    /// The pack that `bytes` are; `path` is for errors.
    ///
    /// # Errors
    /// When they are damaged or from a newer Earmark.
    pub fn from_bytes(bytes: &[u8], path: &Path) -> Result<Self, PackError> {
        let damaged = |what: String| PackError::Damaged {
            path: path.to_owned(),
            what,
        };
        let sections = FORMAT.read(bytes).map_err(|source| PackError::Sections {
            path: path.to_owned(),
            source,
        })?;
        let about = section(&sections, ABOUT)
            .filter(|about| about.len() <= MOST_ABOUT_BYTES)
            .ok_or_else(|| damaged(String::from("it does not say what it is about")))?;
        let about: About =
            serde_json::from_slice(about).map_err(|error| damaged(error.to_string()))?;
        let bytes = section(&sections, CLASSIFIER)
            .ok_or_else(|| damaged(String::from("its classifier is missing")))?;
        let clips = sections.iter().filter(|(tag, _)| *tag == CLIP);
        let clips = clips.map(|(_, section)| PackClip::from_section(section).map_err(damaged));
        let clips = clips.collect::<Result<_, _>>()?;
        Self::new(about, bytes.to_owned(), path)?.with_clips(clips)
    }

    /// The file that holds the pack.
    pub fn to_bytes(&self) -> Vec<u8> {
        // Plain values under plain names cannot fail to become JSON.
        let about = serde_json::to_vec_pretty(&self.about).unwrap_or_default();
        let clips: Vec<Vec<u8>> = self.clips.iter().map(PackClip::to_section).collect();
        let mut sections = vec![
            (ABOUT, about.as_slice()),
            (CLASSIFIER, self.bytes.as_slice()),
        ];
        sections.extend(clips.iter().map(|clip| (CLIP, clip.as_slice())));
        FORMAT.write(&sections)
    }

    /// Writes the pack to `path`, whole or not at all.
    ///
    /// # Errors
    /// When there is a file that is to be kept, or the disk refuses.
    pub fn save(&self, path: &Path, existing: Existing) -> Result<(), PackError> {
        let bytes = self.to_bytes();
        let written = write_whole(path, existing, |file| io::Write::write_all(file, &bytes));
        written.map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => PackError::Exists {
                path: path.to_owned(),
            },
            _ => PackError::Unwritable {
                path: path.to_owned(),
                source,
            },
        })
    }

    /// The classifier.
    pub fn classifier(&self) -> &Arc<Classifier> {
        &self.classifier
    }

    /// The classifier as the database keeps it.
    pub fn classifier_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// SHA-256 of the classifier's bytes: which classifier it is, whoever has it.
    pub fn identity(&self) -> String {
        identity_of(&self.bytes)
    }
}

/// SHA-256 of a classifier's bytes, as hexadecimal digits.
pub fn identity_of(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
