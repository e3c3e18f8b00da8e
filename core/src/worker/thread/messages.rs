//! What the worker is asked for and what it reports. Plain values.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use crate::job::JobControl;
use crate::protocol::{EngineError, InUse, InstanceId, Survey, Waveform};
use crate::scan::MarkCheck;
use crate::store::{RegionId, ResolvedSources, StoreError};
use crate::worker::proof_request::ProofQuestion;
use crate::worker::retention::{DeleteTakes, DeletedTakes};
use crate::worker::{
    NamedHit, NoveltyRequest, ScanOutcome, SimilarWork, SoundScores, SoundsRequest, TrainOutcome,
    TrainPlan,
};

/// Work for the worker, and the instance that is shown the outcome.
pub(crate) struct CoordinatorToWorker {
    pub instance: Option<InstanceId>,
    pub task: WorkerTask,
}

pub(crate) enum WorkerTask {
    /// Take in the live changes that have arrived ([`Arriving`](super::changes::Arriving)).
    TakeChanges,
    Scan(Vec<SoundsRequest>, JobControl),
    Train {
        plan: TrainPlan,
        then_scan: Vec<SoundsRequest>,
        job: JobControl,
    },
    Novelty(NoveltyRequest),
    /// Ask classifiers about what is marked.
    Prove(Arc<ProofQuestion>, JobControl),
    FindRecordings {
        profile: String,
        folder: PathBuf,
        job: JobControl,
    },
    /// Search for similar stretches, instead of any search before for the same instance. Everything else comes before it.
    FindSimilar(Box<SimilarTask>),
    Forget(PathBuf),
    /// Look at what is kept; takes in use are not listed as unmarked.
    Survey(InUse),
    /// Delete takes that nobody uses and nothing is marked in.
    DeleteTakes(DeleteTakes),
    /// Let embeddings go that are more than are kept; those of takes in use stay.
    TrimCache(InUse),
    EmptyCache,
    /// Make today's backup copy of the database, unless there is one.
    BackUp,
    /// Work until somebody sends something or hangs up: a job that takes long, for tests.
    #[cfg(test)]
    Hold(crossbeam_channel::Receiver<()>),
    /// Panic while a job is at work: how tests look at what comes of it.
    #[cfg(test)]
    Panic,
}

/// A search, which the worker goes on with whenever nothing else waits.
pub(crate) struct SimilarTask {
    /// Comes back with the answer.
    pub number: u64,
    pub work: SimilarWork,
    pub job: JobControl,
}

impl WorkerTask {
    /// Whether somebody waits for it: [`WorkerNews::JobEnded`] ends it.
    pub fn is_job(&self) -> bool {
        match self {
            Self::Scan(..) | Self::Train { .. } | Self::FindRecordings { .. } => true,
            #[cfg(test)]
            Self::Panic => true,
            _ => false,
        }
    }
}

/// What came of a task, and the instance that asked; `None` when it concerns everybody.
pub(crate) struct WorkerToCoordinator {
    pub instance: Option<InstanceId>,
    pub news: WorkerNews,
}

pub(crate) enum WorkerNews {
    /// What the live scan says of a take, for each sound, and by which model.
    Scores(SoundsRequest, Vec<SoundScores>),
    /// How far the live scan is behind what was recorded of a take.
    Behind {
        filename: String,
        seconds: f64,
    },
    /// A take came to its end, and the newest version says all there is to say.
    NothingNew {
        filename: String,
    },
    /// With the versions that were saved, by their recordings' names. `asked_for` by the user, rather than by the transport
    /// stopping.
    Scanned {
        outcomes: Vec<(String, ScanOutcome)>,
        asked_for: bool,
    },
    Trained(Box<TrainOutcome>),
    /// Of a recording, by its name.
    Waveform(String, Arc<Waveform>),
    /// Answers [`WorkerTask::Novelty`].
    Novelty(HashMap<RegionId, f32>),
    /// Answers [`WorkerTask::Prove`], by the classifiers' versions; `None` when it was cancelled, or the database could not be
    /// read.
    Proved(Arc<ProofQuestion>, Option<BTreeMap<u32, MarkCheck>>),
    RecordingsFound(ResolvedSources),
    /// Answers [`WorkerTask::FindSimilar`].
    SimilarFound {
        number: u64,
        outcome: Result<Vec<NamedHit>, EngineError>,
    },
    Surveyed(Arc<Survey>),
    /// Answers [`WorkerTask::DeleteTakes`].
    TakesDeleted {
        task: DeleteTakes,
        outcome: Result<DeletedTakes, StoreError>,
    },
    CacheEmptied {
        bytes: u64,
    },
    Failed(EngineError),
    NotBackedUp(StoreError),
    /// Something about a model that was opened, for every window.
    Notice {
        text: String,
    },
    /// The job of `Scan`, `Train` or `FindRecordings` is over, whatever came of it.
    JobEnded,
}
