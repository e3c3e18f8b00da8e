//! What the bench does about disk space: looking, and emptying its cache. Bench thread.

use std::sync::Arc;

use super::BenchReport;
use crate::engine::bench::Bench;
use crate::engine::instance::InstanceId;
use crate::engine::retention::InUse;

pub(super) fn survey(bench: &mut Bench, instance: InstanceId, in_use: &InUse) -> BenchReport {
    BenchReport::Surveyed {
        instance,
        survey: Arc::new(bench.survey(in_use)),
    }
}

pub(super) fn empty_cache(bench: &mut Bench, instance: InstanceId) -> BenchReport {
    match bench.empty_cache() {
        Ok(bytes) => BenchReport::CacheEmptied { instance, bytes },
        Err(error) => BenchReport::Failed {
            instance,
            error: error.into(),
        },
    }
}
