//! Words about regions and marks: on which recording they are carried out, and those that remove marks.

use super::Coordinator;
use super::order::Order;
use crate::marks::{Deed, Reviewer, Step, counted};
use crate::protocol::{EngineError, ShownId};
use crate::recording::Recording;
use crate::store::{NegativeId, RegionId};

impl Coordinator {
    /// Disables or enables regions, and removes marks that are no version's.
    pub(super) fn toggle_disabled(
        &self,
        order: &Order,
        ids: &[ShownId],
    ) -> Result<Deed, EngineError> {
        let regions = of_version(ids);
        if regions.len() < ids.len() && order.generation != self.store.generation() {
            return Err(EngineError::Vanished { what: "the mark" });
        }
        let rows = order.rows(&self.store, &regions)?;
        let reviewer = self.reviewer_of(order, &regions)?;
        if regions.is_empty() {
            return reviewer.remove_marks(ids);
        }
        let mut deed = reviewer.toggle_disabled(&rows)?;
        if regions.len() < ids.len() {
            let removal = reviewer.remove_marks(ids)?;
            deed.what = format!("{} and {}", deed.what, removal.what);
            deed.steps.extend(removal.steps);
        }
        Ok(deed)
    }

    /// The reviewer of the regions `ids`: of the take and results they belong to, which the window may have left
    /// between drawing them and hearing the key.
    pub(super) fn reviewer_of(
        &self,
        order: &Order,
        ids: &[RegionId],
    ) -> Result<Reviewer, EngineError> {
        let record = match ids.first() {
            Some(&id) => self.store.with(|store| store.region(id))?,
            None => None,
        };
        // In another database the number may be some other region's.
        let is_same = self.store.generation() == order.generation;
        let Some(record) = record.filter(|record| is_same || order.saw(record)) else {
            return self.reviewer(order);
        };
        let session = self.sessions.get(&order.instance);
        let take = session.and_then(|session| session.takes.named(&record.filename));
        let take = take.ok_or(EngineError::Vanished {
            what: "the recording",
        })?;
        Ok(Reviewer {
            store: self.store.clone(),
            profile: record.profile,
            model: record.model,
            recording: Recording {
                filename: record.filename,
                path: take.row().path.clone(),
            },
            clips_folder: self.config.clips_folder.clone(),
        })
    }

    pub(super) fn reviewer(&self, order: &Order) -> Result<Reviewer, EngineError> {
        Ok(Reviewer {
            store: self.store.clone(),
            profile: order.place.profile.clone(),
            model: order.place.model.clone(),
            recording: order.recording()?.clone(),
            clips_folder: self.config.clips_folder.clone(),
        })
    }

    pub(super) fn remove_negatives(&self, negatives: &[NegativeId]) -> Result<Deed, EngineError> {
        let removed = self.store.with(|store| store.remove_negatives(negatives))?;
        Ok(Deed {
            what: format!("removing {}", counted(removed.len(), "hard negative")),
            steps: vec![Step::NegativesRemoved(removed)],
        })
    }

    pub(super) fn clear_negatives(
        &self,
        profile: &str,
        model: Option<&str>,
    ) -> Result<Deed, EngineError> {
        let removed = self
            .store
            .with(|store| store.clear_negatives(profile, model))?;
        Ok(Deed {
            what: format!("clearing {}", counted(removed.len(), "hard negative")),
            steps: vec![Step::NegativesRemoved(removed)],
        })
    }
}

/// Those of `ids` that are regions of a version.
pub(super) fn of_version(ids: &[ShownId]) -> Vec<RegionId> {
    ids.iter().filter_map(|id| id.region()).collect()
}
