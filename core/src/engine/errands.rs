//! A thread that does for the coordinator what may wait for a disk, one errand after the other, and reports each outcome.
//!
//! The coordinator starts one for each kind of errand: a disk that does not answer holds up the errands behind it and nobody
//! else. The thread starts with the first errand and sleeps between two of them. An errand runs no model and knows no window. A
//! panic fails the errand at work.

use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, unbounded};

use crate::protocol::EngineError;
use crate::threads::{FaultOutcome, FaultReporter, Supervised, ThreadFault, spawn_supervised};

/// The thread that looks at files.
pub(super) const LOOKS: &str = "earmark-looks";
/// The thread that writes the clips of marks.
pub(super) const CLIPS: &str = "earmark-clips";
/// The thread of exports and of the choice of folders.
pub(super) const FILES: &str = "earmark-files";
/// The thread that reads and changes the list of the library's folders.
pub(super) const LIBRARY: &str = "earmark-library";
/// The thread that indexes the library.
pub(super) const INDEX: &str = "earmark-index";
/// The thread that searches the library with a classifier.
pub(super) const SEARCH: &str = "earmark-search";
/// The thread that reads label files, and writes the clips of an import.
pub(super) const LABELS: &str = "earmark-labels";
/// The thread that draws spectrograms.
pub(super) const SPECTROGRAMS: &str = "earmark-spectrogram";

/// What is to be done.
struct Errand<R> {
    work: Box<dyn FnOnce() -> R + Send>,
    /// The report when the work panics, or when the thread stays down.
    failed: Failed<R>,
}

type Failed<R> = Box<dyn FnOnce(EngineError) -> R + Send>;

/// The coordinator's end of the thread.
pub(super) struct Errands<R> {
    name: &'static str,
    to_do: Option<Sender<Errand<R>>>,
    reports: Receiver<R>,
    /// What the thread works with, until it starts.
    thread_to_start: Option<ErrandsThread<R>>,
    thread: Option<JoinHandle<()>>,
}

impl<R: Send + 'static> Errands<R> {
    /// No thread yet. It will be called `name`; `faults` hears of its panics.
    pub(super) fn new(name: &'static str, faults: Sender<ThreadFault>) -> Self {
        let (to_do, asked) = unbounded();
        let (report, reports) = unbounded();
        Self {
            name,
            to_do: Some(to_do),
            reports,
            thread_to_start: Some(ErrandsThread {
                at_work: None,
                to_do: asked,
                reports: report,
                faults: FaultReporter::new(name, faults),
            }),
            thread: None,
        }
    }

    /// Where outcomes arrive, in the order of the errands.
    pub(super) fn reports(&self) -> &Receiver<R> {
        &self.reports
    }

    /// Has `work` done behind all errands before it. `failed` makes the report where the work panics.
    ///
    /// # Errors
    /// When the system refuses the thread; the next call tries again.
    pub(super) fn send(
        &mut self,
        work: impl FnOnce() -> R + Send + 'static,
        failed: impl FnOnce(EngineError) -> R + Send + 'static,
    ) -> Result<(), EngineError> {
        if let Some(thread) = self.thread_to_start.take() {
            let again = thread.again();
            match spawn_supervised(self.name, thread) {
                Ok(thread) => self.thread = Some(thread),
                Err(error) => {
                    self.thread_to_start = Some(again);
                    return Err(EngineError::Threads(error));
                }
            }
        }
        let errand = Errand {
            work: Box::new(work),
            failed: Box::new(failed),
        };
        if let Some(to_do) = &self.to_do
            && to_do.send(errand).is_err()
        {
            tracing::error!("the thread {} is gone", self.name);
        }
        Ok(())
    }

    /// Tells the thread to end after what waits, if there is one.
    pub(super) fn end(&mut self) -> Option<JoinHandle<()>> {
        self.to_do = None;
        self.thread.take()
    }
}

struct ErrandsThread<R> {
    /// What is reported if the errand at work fails.
    at_work: Option<Failed<R>>,
    to_do: Receiver<Errand<R>>,
    reports: Sender<R>,
    faults: FaultReporter,
}

impl<R> ErrandsThread<R> {
    /// The same work for another thread.
    fn again(&self) -> Self {
        Self {
            at_work: None,
            to_do: self.to_do.clone(),
            reports: self.reports.clone(),
            faults: self.faults.clone(),
        }
    }

    fn fail(&mut self, why: EngineError) {
        if let Some(failed) = self.at_work.take() {
            // Nobody listens any more when everything shuts down.
            drop(self.reports.send(failed(why)));
        }
    }
}

impl<R: Send + 'static> Supervised for ErrandsThread<R> {
    fn run(&mut self) {
        while let Ok(errand) = self.to_do.recv() {
            self.at_work = Some(errand.failed);
            let report = (errand.work)();
            self.at_work = None;
            if self.reports.send(report).is_err() {
                return;
            }
        }
    }

    fn recover(&mut self) {
        self.fail(EngineError::Internal);
        self.faults.report(FaultOutcome::Restarted);
    }

    fn stay_down(&mut self) {
        self.fail(EngineError::Stopped);
        self.faults.report(FaultOutcome::Stopped);
        while let Ok(errand) = self.to_do.recv() {
            self.at_work = Some(errand.failed);
            self.fail(EngineError::Stopped);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(errands: &Errands<Result<u8, EngineError>>) -> Result<u8, EngineError> {
        errands.reports().recv().unwrap()
    }

    #[test]
    fn an_errand_that_panics_fails_alone() {
        let (faults, heard) = unbounded();
        let mut errands = Errands::new("errands", faults);
        errands
            .send(|| std::panic::panic_any("injected by a test"), Err)
            .unwrap();
        errands.send(|| Ok(7), Err).unwrap();
        assert!(matches!(outcome(&errands), Err(EngineError::Internal)));
        assert_eq!(outcome(&errands).unwrap(), 7);
        assert_eq!(heard.recv().unwrap().outcome, FaultOutcome::Restarted);
        errands.end().unwrap().join().unwrap();
    }

    #[test]
    fn no_errand_stays_unanswered_when_the_thread_stays_down() {
        let (faults, _heard) = unbounded();
        let mut errands: Errands<Result<u8, EngineError>> = Errands::new("errands", faults);
        for _ in 0..10 {
            errands
                .send(|| std::panic::panic_any("injected by a test"), Err)
                .unwrap();
        }
        let outcomes: Vec<_> = (0..10).map(|_| outcome(&errands)).collect();
        assert!(outcomes.iter().all(Result::is_err));
        assert!(matches!(outcomes.last(), Some(Err(EngineError::Stopped))));
        errands.end().unwrap().join().unwrap();
    }
}
