//! A job's leash: what it reports and how it is told to stop.
//!
//! Shared between the bench, which works, and the desk, which shows and cancels.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

use super::view::{JobKind, JobView};

/// One job's progress and its cancel switch. Clones share both.
#[derive(Debug, Clone)]
pub struct JobControl {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    cancelled: AtomicBool,
    progress: Mutex<JobView>,
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
                }),
            }),
        }
    }

    /// Asks the job to stop at its next chance.
    pub fn cancel(&self) {
        self.shared.cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether somebody asked it to stop.
    pub fn is_cancelled(&self) -> bool {
        self.shared.cancelled.load(Ordering::Relaxed)
    }

    /// Begins a stage with a name the user understands.
    pub fn stage(&self, stage: impl Into<String>, fraction: f32) {
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

    /// Where it stands.
    pub fn progress(&self) -> JobView {
        self.shared.progress.lock().clone()
    }
}
