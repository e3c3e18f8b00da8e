//! What a search for similar sounds is asked, and what it answers. Plain values.

use std::path::PathBuf;

use serde::Serialize;

use crate::platform::serialize_path;
use crate::protocol::Example;
use crate::time::Span;

/// What is searched.
#[derive(Debug, Clone)]
pub enum SimilarScope {
    /// The recording of the first example.
    Recording,
    /// Every take and recording that a profile knows.
    Profile(String),
    /// All folders of the library.
    Library,
    /// A folder: as it is indexed if it lies in the library, else its audio files, which are embedded for it.
    Folder(PathBuf),
}

/// What to search for, and where.
#[derive(Debug, Clone)]
pub struct SimilarRequest {
    /// At least one.
    pub examples: Vec<Example>,
    /// What the user says is not meant.
    pub rejected: Vec<Example>,
    pub scope: SimilarScope,
    pub model: String,
    /// Events that are wanted.
    pub top: usize,
}

/// A stretch of a recording that is like the examples.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SimilarHit {
    #[serde(serialize_with = "serialize_path")]
    pub path: PathBuf,
    /// In seconds from the recording's start.
    #[serde(flatten)]
    pub span: Span,
    /// Of the whole recording, if it is known.
    #[serde(skip)]
    pub length_s: Option<f64>,
    /// 0 to 1; 1 is the very same sound.
    pub likeness: f32,
}
