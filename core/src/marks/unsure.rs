//! Leaving a span undecided: neither an example nor a hard negative, so that nothing is learned from it.

use super::matching::Placed;
use super::{Deed, Reviewer, Step, counted, each_once};
use crate::protocol::EngineError;
use crate::store::{NewUnsure, UnsureMark};
use crate::time::Span;

impl Reviewer {
    /// Marks as unsure those of `spans` that are not; if all of them are, unmarks them. What they were marked as before
    /// they are no longer: the last word counts.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn toggle_unsure(&self, spans: &[Span]) -> Result<Deed, EngineError> {
        let unsure = self.unsure()?;
        if !spans.is_empty() && spans.iter().all(|&span| unsure.is_on(span)) {
            let removed = self.no_longer_unsure(spans)?;
            return Ok(Deed {
                what: format!("unmarking {} as unsure", counted(removed.len(), "region")),
                steps: vec![Step::UnsureRemoved(removed)],
            });
        }
        let spans: Vec<Span> = spans
            .iter()
            .copied()
            .filter(|&span| !unsure.is_on(span))
            .collect();
        self.mark_unsure(&spans)
    }

    /// Marks those of `spans` as unsure that are not marked so already.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn mark_unsure(&self, spans: &[Span]) -> Result<Deed, EngineError> {
        let known = self.unsure()?;
        let mut steps = Vec::new();
        let clips = self.no_longer_clips(spans)?;
        if !clips.is_empty() {
            steps.push(Step::ClipsRemoved(clips));
        }
        let negatives = self.no_longer_negatives(spans)?;
        if !negatives.is_empty() {
            steps.push(Step::NegativesRemoved(negatives));
        }
        let marks: Vec<NewUnsure<'_>> = spans
            .iter()
            .filter(|span| !known.says(**span))
            .map(|&span| NewUnsure {
                profile: &self.profile,
                filename: &self.recording.filename,
                span,
                source_model: &self.model,
            })
            .collect();
        let added = self.store.with(|store| store.add_unsure(&marks))?;
        let what = format!("marking {} as unsure", counted(added.len(), "region"));
        steps.push(Step::UnsureAdded(added));
        Ok(Deed { what, steps })
    }

    /// Removes the unsure marks on `spans`: somebody has decided.
    pub(super) fn no_longer_unsure(&self, spans: &[Span]) -> Result<Vec<UnsureMark>, EngineError> {
        let unsure = self.unsure()?;
        let on_them = spans.iter().flat_map(|&span| unsure.on(span));
        let ids = each_once(on_them.map(|mark| mark.id));
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        Ok(self.store.with(|store| store.remove_unsure(&ids))?)
    }

    fn unsure(&self) -> Result<Placed<UnsureMark>, EngineError> {
        let (profile, filename) = (&self.profile, &self.recording.filename);
        let rows = self
            .store
            .with(|store| store.unsure_marks(profile, Some(filename)))?;
        Ok(Placed::new(rows))
    }
}
