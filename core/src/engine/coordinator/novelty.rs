//! How novel the regions on show are, asked of the worker when a window goes by it.

use std::collections::HashMap;

use super::Coordinator;
use super::session::Session;
use crate::protocol::{InstanceId, RegionView, ShownId};
use crate::recording::Recording;
use crate::store::{ClassifierId, RegionId};
use crate::worker::NoveltyRequest;
use crate::worker::thread::CoordinatorToWorker;

/// What a session knows of its regions' novelty.
#[derive(Default)]
pub(super) struct Novelty {
    /// A window goes by it.
    pub wanted: bool,
    /// What was asked last, and the classifier that had been trained by then: with the next one all is novel anew.
    asked: Option<(NoveltyRequest, Option<ClassifierId>)>,
    by_region: HashMap<RegionId, f32>,
}

impl Novelty {
    pub(super) fn answer(&mut self, by_region: HashMap<RegionId, f32>) {
        self.by_region = by_region;
    }

    /// Nothing is known that anybody wants to know.
    pub(super) fn is_empty(&self) -> bool {
        !self.wanted || self.by_region.is_empty()
    }

    /// Writes what is known into `regions`.
    pub(super) fn add_to(&self, regions: &mut [RegionView]) {
        if self.is_empty() {
            return;
        }
        for region in regions {
            let id = region.id.and_then(ShownId::region);
            region.novelty = id.and_then(|id| self.by_region.get(&id)).copied();
        }
    }
}

impl Session {
    /// What to ask now, if a window goes by novelty and other regions are on show, or another classifier was trained, than
    /// when it was last asked. Marks alone do not ask again: the list would be turned over under the user's hands.
    fn novelty_request(&mut self) -> Option<NoveltyRequest> {
        let recording: Recording = self.shown_recording().filter(|_| self.novelty.wanted)?;
        let loaded = self.loaded.as_ref()?;
        let regions = loaded.regions.iter();
        let regions: Vec<_> = regions
            .filter_map(|region| Some((region.id?.region()?, region.span, region.score)))
            .collect();
        let request = NoveltyRequest {
            recording,
            profile: self.profile.clone(),
            model: self.model.clone(),
            regions,
        };
        let asked = Some((request.clone(), loaded.newest_classifier));
        if request.regions.is_empty() || self.novelty.asked == asked {
            return None;
        }
        self.novelty.asked = asked;
        Some(request)
    }
}

impl Coordinator {
    /// Asks the worker what is novel in what `instance` has just loaded, if its window wants to know.
    pub(super) fn order_novelty(&mut self, instance: InstanceId) {
        let session = self.sessions.get_mut(&instance);
        if let Some(request) = session.and_then(Session::novelty_request) {
            self.order(CoordinatorToWorker::Novelty { instance, request });
        }
    }
}
