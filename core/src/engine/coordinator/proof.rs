//! What the classifiers say of what is marked, asked of the worker while a window considers a training.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Coordinator;
use super::session::Session;
use crate::job::JobControl;
use crate::protocol::{ClassifierView, InstanceId, JobKind};
use crate::scan::MarkCheck;
use crate::worker::proof_request::ProofRequest;
use crate::worker::thread::CoordinatorToWorker;

/// By the classifiers' versions.
type Checks = BTreeMap<u32, Arc<MarkCheck>>;

/// What a session knows of its classifiers' proof.
#[derive(Default)]
pub(super) struct Proof {
    /// What was asked last.
    asked: Option<Arc<ProofRequest>>,
    /// On its way to be answered.
    job: Option<JobControl>,
    /// What was answered last.
    answered: Option<(Arc<ProofRequest>, Checks)>,
}

impl Proof {
    /// Takes the answer to `request`, unless something else was asked meanwhile; says whether it did. Without one it is asked
    /// again when the database is read next.
    pub(super) fn answer(
        &mut self,
        request: &Arc<ProofRequest>,
        by_version: Option<BTreeMap<u32, MarkCheck>>,
    ) -> bool {
        let asked = self.asked.as_ref();
        if !asked.is_some_and(|asked| Arc::ptr_eq(asked, request)) {
            return false;
        }
        self.job = None;
        match by_version {
            Some(by_version) => {
                let shared = by_version.into_iter();
                let shared = shared.map(|(version, check)| (version, Arc::new(check)));
                self.answered = Some((Arc::clone(request), shared.collect()));
            }
            None => self.asked = None,
        }
        true
    }

    /// More is embedded by now: what could not be asked before may be asked again.
    pub(super) fn note_embedded(&mut self) {
        let answered = self.answered.iter();
        let mut checks = answered.flat_map(|(_, checks)| checks.values());
        if self.job.is_none() && checks.any(|check| check.not_embedded > 0) {
            self.asked = None;
        }
    }

    /// Nobody waits for an answer any more.
    pub(super) fn give_up(&mut self) {
        if let Some(job) = self.job.take() {
            job.cancel();
            self.asked = None;
        }
    }

    /// What is to be asked now that `wanted` is what there is to ask, if anything.
    fn ask(&mut self, wanted: &Arc<ProofRequest>) -> Option<JobControl> {
        if self.asked.as_ref() == Some(wanted) {
            return None;
        }
        self.give_up();
        let job = JobControl::new(JobKind::Training);
        self.asked = Some(Arc::clone(wanted));
        self.job = Some(job.clone());
        Some(job)
    }
}

impl Session {
    /// Puts what is known of the classifiers beside them, for a window that looks. What was known before the last mark stays
    /// until the new is.
    pub(super) fn add_proof(&self, classifiers: &mut [ClassifierView]) {
        let loaded = self.loaded.as_ref();
        let wanted = loaded.and_then(|loaded| loaded.proof.as_ref());
        let (Some(wanted), Some((request, checks)), Some(_)) =
            (wanted, &self.proof.answered, &self.considered)
        else {
            return;
        };
        if (&request.profile, &request.model) == (&wanted.profile, &wanted.model) {
            for classifier in classifiers {
                classifier.check = checks.get(&classifier.version).cloned();
            }
        }
    }
}

impl Coordinator {
    /// Asks the worker what the classifiers say of what `instance` has just loaded, if its window wants to know.
    pub(super) fn order_proof(&mut self, instance: InstanceId) {
        let Some(session) = self.sessions.get_mut(&instance) else {
            return;
        };
        let loaded = session.loaded.as_ref();
        let Some(request) = loaded.and_then(|loaded| loaded.proof.clone()) else {
            session.proof.give_up();
            return;
        };
        if let Some(job) = session.proof.ask(&request) {
            self.order(CoordinatorToWorker::Prove {
                instance,
                request,
                job,
            });
        }
    }
}
