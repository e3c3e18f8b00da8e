//! Sounds like this: what a window searches with, and what it is shown of it. Plain values.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{JobView, PlacedRecording, RegionView};
use crate::recording::Recording;
use crate::time::Span;

/// A stretch of a recording that a search goes by.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    pub recording: Recording,
    /// In seconds from the recording's start.
    pub span: Span,
}

/// Where a window searches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SearchedPlace {
    /// The recording of the first example.
    Take,
    /// All takes and scanned files of the profile.
    #[default]
    Project,
    /// All folders of the library.
    Library,
}

/// What a window searches for, and where.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SimilarQuery {
    /// The sound is like the mean of these. At least one, or nothing is searched.
    pub examples: Vec<Example>,
    /// The sound is not like these.
    pub rejected: Vec<Example>,
    pub place: SearchedPlace,
}

impl SimilarQuery {
    /// Whether the stretch is among the examples or the rejected ones.
    pub fn mentions(&self, example: &Example) -> bool {
        let mut all = self.examples.iter().chain(&self.rejected);
        all.any(|known| known == example)
    }
}

/// A search, and what came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct SimilarView {
    pub query: SimilarQuery,
    pub state: SimilarState,
}

/// How far a search is.
#[derive(Debug, Clone, PartialEq)]
pub enum SimilarState {
    /// It waits, or is at work.
    Searching(JobView),
    /// The most similar stretch first.
    Found(Arc<Vec<SimilarStretch>>),
    /// The library has no folder.
    NoLibrary,
    /// Nothing of what should be searched is indexed or there.
    NothingIndexed,
    Cancelled,
    /// The status line says why.
    Failed,
}

/// A stretch that sounds like the examples.
#[derive(Debug, Clone, PartialEq)]
pub struct SimilarStretch {
    pub placed: PlacedRecording,
    /// The stretch with the user's marks on it. Its score is the likeness, 0 to 1.
    pub region: RegionView,
}

impl SimilarStretch {
    /// The stretch, to search for more like it or less.
    pub fn example(&self) -> Example {
        Example {
            recording: self.placed.recording.clone(),
            span: self.region.span,
        }
    }
}

impl SimilarView {
    /// What was found; nothing while the search is at work.
    pub fn found(&self) -> &[SimilarStretch] {
        match &self.state {
            SimilarState::Found(found) => found,
            _ => &[],
        }
    }
}
