//! What is at work for one instance, and what came of it: the job that somebody waits for, the training that is considered,
//! the checks of classifiers and the novelty of regions.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::freshness::{Freshness, Part};
use crate::job::{JobControl, RightOfWay};
use crate::protocol::{JobKind, JobView, RegionView, ShownId, TrainRequest};
use crate::scan::MarkCheck;
use crate::store::{ClassifierId, RegionId};
use crate::worker::proof_request::ProofQuestion;
use crate::worker::{NoveltyRequest, TrainOutcome};

#[derive(Default)]
pub(in crate::engine::coordinator) struct Jobs {
    at_work: Option<JobControl>,
    /// The training that the window considers.
    considered: Option<TrainRequest>,
    /// What this session's last training made.
    trained: Option<TrainOutcome>,
    novelty: Novelty,
    proof: Proof,
    freshness: Freshness,
}

impl Jobs {
    pub fn new(freshness: Freshness) -> Self {
        Self {
            freshness,
            ..Self::default()
        }
    }

    /// What the window wants to know, asked again. The job at work is cancelled: nobody knows whether it was ever begun.
    pub fn rebuilt(&mut self, freshness: Freshness) -> Self {
        self.give_up();
        Self {
            considered: self.considered.clone(),
            novelty: Novelty {
                is_wanted: self.novelty.is_wanted,
                ..Novelty::default()
            },
            ..Self::new(freshness)
        }
    }

    pub fn is_at_work(&self) -> bool {
        self.at_work.is_some()
    }

    pub fn progress(&self) -> Option<JobView> {
        self.at_work.as_ref().map(JobControl::progress)
    }

    /// Begins a job of `kind`.
    pub fn begin(&mut self, kind: JobKind) -> JobControl {
        let job = JobControl::new(kind);
        self.at_work = Some(job.clone());
        self.freshness.invalidate(Part::View);
        job
    }

    /// Begins a job of `kind` that rests while somebody is at work who goes first.
    pub fn begin_behind(&mut self, kind: JobKind, way: &RightOfWay) -> JobControl {
        let job = JobControl::behind(kind, way.clone());
        self.at_work = Some(job.clone());
        self.freshness.invalidate(Part::View);
        job
    }

    pub fn cancel(&self) {
        if let Some(job) = &self.at_work {
            job.cancel();
        }
    }

    /// The job at work ended, whatever came of it.
    pub fn end(&mut self) {
        self.at_work = None;
        self.freshness.invalidate(Part::View);
    }

    /// Nobody waits for anything any more: the window or everything goes.
    pub fn give_up(&mut self) {
        self.cancel();
        self.give_up_proof();
    }

    pub fn considered(&self) -> Option<&TrainRequest> {
        self.considered.as_ref()
    }

    /// The window considers another training, or none any more.
    pub fn consider(&mut self, request: Option<TrainRequest>) {
        if self.considered != request {
            self.freshness
                .invalidate_if(Part::Database, request.is_some());
            if request.is_none() {
                self.give_up_proof();
            }
            self.considered = request;
        }
    }

    pub fn trained(&self) -> Option<&TrainOutcome> {
        self.trained.as_ref()
    }

    pub fn note_trained(&mut self, trained: TrainOutcome) {
        self.trained = Some(trained);
        self.freshness.invalidate(Part::View);
    }

    /// The window goes by novelty, or no longer does.
    pub fn rank_by_novelty(&mut self, is_wanted: bool) {
        let is_new = is_wanted && !self.novelty.is_wanted;
        self.freshness.invalidate_if(Part::Database, is_new);
        self.novelty.is_wanted = is_wanted;
    }

    pub fn wants_novelty(&self) -> bool {
        self.novelty.is_wanted
    }

    /// Nothing is known of novelty that anybody wants to know.
    pub fn is_novelty_unknown(&self) -> bool {
        !self.novelty.is_wanted || self.novelty.by_region.is_empty()
    }

    /// Whether `request` is to be asked: other regions are shown, or another classifier was trained, than when novelty was last
    /// asked for.
    pub fn ask_novelty(
        &mut self,
        request: &NoveltyRequest,
        newest_classifier: Option<ClassifierId>,
    ) -> bool {
        let asked = Some((request.clone(), newest_classifier));
        let is_new = !request.regions.is_empty() && self.novelty.asked != asked;
        if is_new {
            self.novelty.asked = asked;
        }
        is_new
    }

    pub fn answer_novelty(&mut self, by_region: HashMap<RegionId, f32>) {
        self.novelty.by_region = by_region;
        self.freshness.invalidate(Part::View);
    }

    /// Writes what is known of novelty into `regions`.
    pub fn add_novelty(&self, regions: &mut [RegionView]) {
        if self.is_novelty_unknown() {
            return;
        }
        for region in regions {
            let id = region.id.and_then(ShownId::region);
            region.novelty = id.and_then(|id| self.novelty.by_region.get(&id)).copied();
        }
    }

    /// The job that asks `wanted`, unless that is asked or answered already.
    pub fn ask_proof(&mut self, wanted: Option<&Arc<ProofQuestion>>) -> Option<JobControl> {
        if wanted.is_some() && self.proof.asked.as_ref() == wanted {
            return None;
        }
        self.give_up_proof();
        self.proof.asked = Some(Arc::clone(wanted?));
        let job = JobControl::new(JobKind::Training);
        self.proof.job = Some(job.clone());
        Some(job)
    }

    /// Takes the answer to `question`, unless something else was asked meanwhile. Without an answer it is asked again when the
    /// database is read next.
    pub fn answer_proof(
        &mut self,
        question: &Arc<ProofQuestion>,
        by_version: Option<BTreeMap<u32, MarkCheck>>,
    ) {
        let asked = self.proof.asked.as_ref();
        if !asked.is_some_and(|asked| Arc::ptr_eq(asked, question)) {
            return;
        }
        self.proof.job = None;
        match by_version {
            Some(by_version) => {
                let shared = by_version.into_iter();
                let shared = shared.map(|(version, check)| (version, Arc::new(check)));
                self.proof.answered = Some((Arc::clone(question), shared.collect()));
            }
            None => self.proof.asked = None,
        }
        self.freshness.invalidate(Part::View);
    }

    /// More is embedded by now: what could not be asked before may be asked again.
    pub fn note_embedded(&mut self) {
        let answered = self.proof.answered.iter();
        let mut checks = answered.flat_map(|(_, checks)| checks.values());
        if self.proof.job.is_none() && checks.any(|check| check.not_embedded > 0) {
            self.proof.asked = None;
        }
    }

    fn give_up_proof(&mut self) {
        if let Some(job) = self.proof.job.take() {
            job.cancel();
            self.proof.asked = None;
        }
    }

    /// The last answered question and what each classifier's version says.
    pub fn proved(&self) -> Option<(&ProofQuestion, &Checks)> {
        let answered = self.proof.answered.as_ref();
        answered.map(|(question, checks)| (question.as_ref(), checks))
    }

    /// Another database, or another worker: nothing that was asked is answered any more.
    pub fn forget_proof(&mut self) {
        self.give_up_proof();
        self.proof = Proof::default();
    }

    /// The worker that was asked is gone: ask again when the database is read next.
    pub fn ask_again(&mut self) {
        self.give_up_proof();
        self.novelty.asked = None;
        self.freshness.invalidate(Part::Database);
    }
}

/// What a session knows of its regions' novelty.
#[derive(Default)]
struct Novelty {
    is_wanted: bool,
    /// What was asked last, and the classifier that had been trained by then: with the next one all is novel anew.
    asked: Option<(NoveltyRequest, Option<ClassifierId>)>,
    by_region: HashMap<RegionId, f32>,
}

/// By the classifiers' versions.
pub(in crate::engine::coordinator) type Checks = BTreeMap<u32, Arc<MarkCheck>>;

/// What the classifiers say of what is marked.
#[derive(Default)]
struct Proof {
    /// What was asked last.
    asked: Option<Arc<ProofQuestion>>,
    /// On its way to be answered.
    job: Option<JobControl>,
    /// What was answered last.
    answered: Option<(Arc<ProofQuestion>, Checks)>,
}
