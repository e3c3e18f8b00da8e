//! What the worker is asked for and what it reports. Plain values.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use crate::job::JobControl;
use crate::protocol::{EngineError, InUse, InstanceId, Survey, Waveform};
use crate::scan::{MarkCheck, WindowScores};
use crate::store::{RegionId, ResolvedSources, StoreError};
use crate::worker::proof_request::ProofRequest;
use crate::worker::retention::{DeleteTakes, DeletedTakes};
use crate::worker::{NoveltyRequest, ScanOutcome, ScanRequest, TrainOutcome, TrainPlan};

/// Work for the worker. Each names the instance that is shown the outcome.
pub(crate) enum CoordinatorToWorker {
    /// Take in the live changes that have arrived ([`Arriving`](super::changes::Arriving)).
    TakeChanges,
    Scan {
        instance: InstanceId,
        requests: Vec<ScanRequest>,
        job: JobControl,
    },
    Train {
        instance: InstanceId,
        plan: TrainPlan,
        then_scan: Vec<ScanRequest>,
        job: JobControl,
    },
    Novelty {
        instance: InstanceId,
        request: NoveltyRequest,
    },
    /// Ask classifiers about what is marked.
    Prove {
        instance: InstanceId,
        request: Arc<ProofRequest>,
        job: JobControl,
    },
    FindRecordings {
        instance: InstanceId,
        profile: String,
        folder: PathBuf,
        job: JobControl,
    },
    Forget(PathBuf),
    /// Look at what is kept; takes in use are not listed as unmarked.
    Survey {
        instance: InstanceId,
        in_use: InUse,
    },
    /// Delete takes that nobody uses and nothing is marked in.
    DeleteTakes(DeleteTakes),
    /// Let embeddings go that are more than are kept; those of takes in use stay.
    TrimCache {
        in_use: InUse,
    },
    EmptyCache {
        instance: InstanceId,
    },
    /// Make today's backup copy of the database, unless there is one.
    BackUp,
    /// Work until somebody sends something or hangs up: a job that takes long, for tests.
    #[cfg(test)]
    Hold(crossbeam_channel::Receiver<()>),
    /// Panic while a job of `instance` is at work: how tests look at what comes of it.
    #[cfg(test)]
    Panic {
        instance: InstanceId,
    },
}

/// What came of a task.
pub(crate) enum WorkerToCoordinator {
    Scores {
        instance: InstanceId,
        /// What was scored, for which profile and by which model.
        request: ScanRequest,
        scores: Arc<WindowScores>,
    },
    /// How far the live scan is behind what was recorded of a take.
    Behind {
        instance: InstanceId,
        filename: String,
        seconds: f64,
    },
    /// A take came to its end, and the newest version says all there is to say.
    NothingNew {
        instance: InstanceId,
        filename: String,
    },
    Scanned {
        instance: InstanceId,
        /// The versions that were saved, with their recordings' names.
        outcomes: Vec<(String, ScanOutcome)>,
        /// Asked for by the user, rather than by the transport stopping.
        asked_for: bool,
    },
    Trained {
        instance: InstanceId,
        outcome: Box<TrainOutcome>,
    },
    Waveform {
        instance: InstanceId,
        filename: String,
        waveform: Arc<Waveform>,
    },
    /// Answers [`CoordinatorToWorker::Novelty`].
    Novelty {
        instance: InstanceId,
        by_region: HashMap<RegionId, f32>,
    },
    /// Answers [`CoordinatorToWorker::Prove`].
    Proved {
        instance: InstanceId,
        request: Arc<ProofRequest>,
        /// By the classifiers' versions; `None` when it was cancelled, or the database could not be read.
        by_version: Option<BTreeMap<u32, MarkCheck>>,
    },
    RecordingsFound {
        instance: InstanceId,
        found: ResolvedSources,
    },
    Surveyed {
        instance: InstanceId,
        survey: Arc<Survey>,
    },
    /// Answers [`CoordinatorToWorker::DeleteTakes`].
    TakesDeleted {
        task: DeleteTakes,
        outcome: Result<DeletedTakes, StoreError>,
    },
    CacheEmptied {
        instance: InstanceId,
        bytes: u64,
    },
    Failed {
        instance: InstanceId,
        error: EngineError,
    },
    NotBackedUp {
        error: StoreError,
    },
    /// Something about a model that was opened, for every window.
    Notice {
        text: String,
    },
    /// The job of `Scan`, `Train` or `FindRecordings` is over, whatever came of it.
    JobEnded {
        instance: InstanceId,
    },
}
