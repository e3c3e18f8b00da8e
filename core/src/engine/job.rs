//! A job's leash: what it reports and how it is told to stop.
//!
//! Shared between the bench, which works, and the desk, which shows and cancels.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::EngineError;
use super::view::{JobKind, JobView};
use crate::embed::Canceller;

/// One job's progress and its cancel switch. Clones share both.
#[derive(Clone)]
pub struct JobControl {
    shared: Arc<Shared>,
}

impl std::fmt::Debug for JobControl {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let progress = self.progress();
        formatter
            .debug_struct("JobControl")
            .field("cancelled", &self.is_cancelled())
            .field("progress", &progress)
            .finish()
    }
}

struct Shared {
    cancelled: AtomicBool,
    progress: Mutex<JobView>,
    /// When the first stage began.
    begun: Mutex<Option<Instant>>,
    /// What ends the model's run that the job is waiting for.
    run: Mutex<Option<Canceller>>,
}

impl JobControl {
    /// A job that has not begun.
    pub fn new(kind: JobKind) -> Self {
        Self {
            shared: Arc::new(Shared {
                cancelled: AtomicBool::new(false),
                progress: Mutex::new(JobView {
                    kind,
                    stage: String::from("waiting"),
                    fraction: 0.0,
                    remaining_s: None,
                }),
                begun: Mutex::new(None),
                run: Mutex::new(None),
            }),
        }
    }

    /// Asks the job to stop at its next chance, and ends a model's run within a layer of the network.
    pub fn cancel(&self) {
        self.shared.cancelled.store(true, Ordering::Relaxed);
        if let Some(run) = &*self.shared.run.lock() {
            run.cancel();
        }
    }

    /// Does `work`, in which `run` is what takes long: cancelling ends it.
    pub(super) fn running<T>(&self, run: &Canceller, work: impl FnOnce() -> T) -> T {
        *self.shared.run.lock() = Some(run.clone());
        if self.is_cancelled() {
            // Cancelled before there was anything to end.
            run.cancel();
        }
        let outcome = work();
        *self.shared.run.lock() = None;
        run.reset();
        outcome
    }

    /// Whether somebody asked it to stop.
    pub fn is_cancelled(&self) -> bool {
        self.shared.cancelled.load(Ordering::Relaxed)
    }

    /// Begins a stage with a name the user understands.
    pub fn stage(&self, stage: impl Into<String>, fraction: f32) {
        self.shared.begun.lock().get_or_insert_with(Instant::now);
        let mut progress = self.shared.progress.lock();
        progress.stage = stage.into();
        progress.fraction = fraction;
    }

    /// Reports `fraction` (0 to 1) and asks whether to go on.
    pub fn report(&self, fraction: f32) -> ControlFlow<()> {
        self.shared.progress.lock().fraction = fraction.clamp(0.0, 1.0);
        self.proceed()
    }

    /// Asks whether to go on.
    pub fn proceed(&self) -> ControlFlow<()> {
        if self.is_cancelled() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    /// As [`proceed`](Self::proceed), for work that fails with an error of the engine's.
    pub(super) fn go_on(&self) -> Result<(), EngineError> {
        match self.is_cancelled() {
            true => Err(EngineError::Cancelled),
            false => Ok(()),
        }
    }

    /// Where it stands.
    pub fn progress(&self) -> JobView {
        let mut progress = self.shared.progress.lock().clone();
        let worked = self.shared.begun.lock().map(|begun| begun.elapsed());
        progress.remaining_s =
            worked.and_then(|worked| remaining_s(worked, f64::from(progress.fraction)));
        progress
    }
}

/// Before this much time and this share of the work, a guess would jump about.
const LEAST_WORKED: Duration = Duration::from_secs(2);
const LEAST_FRACTION: f64 = 0.03;

/// Seconds that work takes yet of which a `fraction` took `worked`.
fn remaining_s(worked: Duration, fraction: f64) -> Option<f32> {
    let can_tell = worked >= LEAST_WORKED && (LEAST_FRACTION..1.0).contains(&fraction);
    can_tell.then(|| (worked.as_secs_f64() * (1.0 - fraction) / fraction) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_remains_is_told_once_it_can_be() {
        assert_eq!(remaining_s(Duration::from_secs(1), 0.5), None);
        assert_eq!(remaining_s(Duration::from_secs(60), 0.001), None);
        assert_eq!(remaining_s(Duration::from_secs(30), 0.25), Some(90.0));
        assert_eq!(remaining_s(Duration::from_secs(30), 1.0), None);
    }
}
