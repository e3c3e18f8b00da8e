//! The search for similar stretches that a window asked for last, and what it found.

use std::sync::Arc;

use super::freshness::{Freshness, Part};
use crate::job::JobControl;
use crate::protocol::{EngineError, JobKind, SimilarQuery, SimilarStretch};
use crate::store::NamedFile;
use crate::worker::NamedHit;

#[derive(Default)]
pub(in crate::engine::coordinator) struct Similar {
    /// How many searches were asked for: the number of the last one.
    asked: u64,
    last: Option<(SimilarQuery, Answer)>,
    freshness: Freshness,
}

/// What came of a search.
pub(in crate::engine::coordinator) enum Answer {
    /// Nothing yet.
    Awaited(JobControl),
    Found(Vec<NamedHit>),
    NoLibrary,
    NothingIndexed,
    Cancelled,
    Failed,
}

/// What the database says of the stretches that a search found.
#[derive(Default)]
pub(in crate::engine::coordinator) struct FoundStretches {
    /// Of the search.
    pub number: u64,
    pub stretches: Arc<Vec<SimilarStretch>>,
}

impl Similar {
    pub fn new(freshness: Freshness) -> Self {
        Self {
            freshness,
            ..Self::default()
        }
    }

    /// Nothing is searched or shown, but no number is given again.
    pub fn rebuilt(&self, freshness: Freshness) -> Self {
        self.cancel_job();
        Self {
            asked: self.asked,
            ..Self::new(freshness)
        }
    }

    pub fn is_at_work(&self) -> bool {
        matches!(self.last, Some((_, Answer::Awaited(_))))
    }

    /// The last search and its number.
    pub fn last(&self) -> Option<(u64, &SimilarQuery, &Answer)> {
        let (query, answer) = self.last.as_ref()?;
        Some((self.asked, query, answer))
    }

    /// What the last search found, and its number.
    pub fn found(&self) -> Option<(u64, &[NamedHit])> {
        match self.last()? {
            (number, _, Answer::Found(hits)) => Some((number, hits)),
            _ => None,
        }
    }

    /// Begins a search instead of any before.
    pub fn begin(&mut self, query: SimilarQuery) -> (u64, JobControl) {
        self.cancel_job();
        let job = JobControl::new(JobKind::Searching);
        self.asked += 1;
        self.last = Some((query, Answer::Awaited(job.clone())));
        self.freshness.invalidate(Part::View);
        (self.asked, job)
    }

    /// The user no longer waits for the search.
    pub fn cancel(&mut self) {
        self.cancel_job();
        if self.is_at_work() {
            self.end(Answer::Cancelled);
        }
    }

    /// Takes the answer of the search `number`; an error that the user should be told comes back.
    pub fn take(
        &mut self,
        number: u64,
        outcome: Result<Vec<NamedHit>, EngineError>,
    ) -> Option<EngineError> {
        if number != self.asked || !self.is_at_work() {
            return None;
        }
        let (answer, error) = match outcome {
            Ok(hits) => (Answer::Found(hits), None),
            Err(EngineError::EmptyLibrary) => (Answer::NoLibrary, None),
            Err(EngineError::NothingIndexed) => (Answer::NothingIndexed, None),
            Err(EngineError::Cancelled) => (Answer::Cancelled, None),
            Err(error) => (Answer::Failed, Some(error)),
        };
        self.end(answer);
        error
    }

    /// The worker has forgotten what it was asked.
    pub fn fail(&mut self) {
        if self.is_at_work() {
            self.end(Answer::Failed);
        }
    }

    /// Another database has other names.
    pub fn forget(&mut self) {
        self.cancel_job();
        self.last = None;
        self.freshness.invalidate(Part::View);
    }

    /// A stretch that was found in a recording, by the name that it was shown under.
    pub fn hit_in(&self, filename: &str) -> Option<&NamedHit> {
        let (_, hits) = self.found()?;
        hits.iter()
            .find(|hit| hit.placed.recording.filename == filename)
    }

    /// The tables call the recording `shown` like this from now on.
    pub fn rename(&mut self, shown: &str, named: &NamedFile) {
        if let Some((_, Answer::Found(hits))) = &mut self.last {
            let hits = hits.iter_mut();
            for hit in hits.filter(|hit| hit.placed.recording.filename == shown) {
                hit.placed.recording = named.clone().into();
            }
        }
    }

    fn end(&mut self, answer: Answer) {
        if let Some((_, last)) = &mut self.last {
            *last = answer;
        }
        self.freshness.invalidate(Part::Database);
        self.freshness.invalidate(Part::View);
    }

    fn cancel_job(&self) {
        if let Some((_, Answer::Awaited(job))) = &self.last {
            job.cancel();
        }
    }
}
