//! What the worker does about disk space: looking, and emptying its cache. Worker thread.

use std::sync::Arc;

use super::WorkerToCoordinator;
use crate::protocol::{InUse, InstanceId};
use crate::worker::Worker;

pub(super) fn survey(
    worker: &mut Worker,
    instance: InstanceId,
    in_use: &InUse,
) -> WorkerToCoordinator {
    WorkerToCoordinator::Surveyed {
        instance,
        survey: Arc::new(worker.survey(in_use)),
    }
}

pub(super) fn empty_cache(worker: &mut Worker, instance: InstanceId) -> WorkerToCoordinator {
    match worker.empty_cache() {
        Ok(bytes) => WorkerToCoordinator::CacheEmptied { instance, bytes },
        Err(error) => WorkerToCoordinator::Failed {
            instance,
            error: error.into(),
        },
    }
}
