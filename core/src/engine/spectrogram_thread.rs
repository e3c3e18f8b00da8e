//! The thread that draws spectrograms: one at a time, and never one that nobody wants any more.
//!
//! A thread of its own, because the worker scans for minutes. It starts with the first spectrogram that a window asks for, and
//! sleeps between two of them. It reads files and computes; it knows neither models nor the database. A panic fails the one that
//! is drawn.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, TryRecvError, unbounded};

use crate::audio::{self, AudioError, Spectrogram};
use crate::protocol::{EngineError, InstanceId};
use crate::recording::first_there;
use crate::threads::{FaultOutcome, FaultReporter, Supervised, ThreadFault, spawn_supervised};
use crate::time::Span;

/// What an instance's window wants to see; `None` for nothing any more.
pub(super) type Wish = (InstanceId, Option<SpectrogramRequest>);

/// One spectrogram.
pub(super) struct SpectrogramRequest {
    pub filename: String,
    /// Where the recording may be: the first place with a file counts.
    pub places: Vec<PathBuf>,
    pub span: Span,
    pub columns: usize,
}

/// A spectrogram that is ready, or why there is none.
pub(super) struct SpectrogramToCoordinator {
    pub instance: InstanceId,
    pub filename: String,
    pub outcome: Result<Arc<Spectrogram>, EngineError>,
}

/// The thread's name.
pub(super) const NAME: &str = "earmark-spectrogram";

/// The coordinator's end of the thread.
pub(super) struct Spectrograms {
    wishes: Option<Sender<Wish>>,
    reports: Receiver<SpectrogramToCoordinator>,
    /// What the thread works with, until it starts.
    thread_to_start: Option<SpectrogramThread>,
    thread: Option<JoinHandle<()>>,
}

impl Spectrograms {
    /// No thread yet. `faults` hears of its panics.
    pub(super) fn new(faults: Sender<ThreadFault>) -> Self {
        let (wishes, wished) = unbounded();
        let (report, reports) = unbounded();
        Self {
            wishes: Some(wishes),
            reports,
            thread_to_start: Some(SpectrogramThread {
                queue: BTreeMap::new(),
                drawing: None,
                wished,
                reports: report,
                faults: FaultReporter::new(NAME, faults),
            }),
            thread: None,
        }
    }

    /// Where spectrograms arrive.
    pub(super) fn reports(&self) -> &Receiver<SpectrogramToCoordinator> {
        &self.reports
    }

    /// Replaces what the instance wanted before.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub(super) fn ask(&mut self, wish: Wish) -> Result<(), EngineError> {
        if wish.1.is_some()
            && let Some(thread) = self.thread_to_start.take()
        {
            let thread = spawn_supervised(NAME, thread).map_err(EngineError::Threads)?;
            self.thread = Some(thread);
        }
        if let Some(wishes) = &self.wishes
            && wishes.send(wish).is_err()
        {
            tracing::error!(
                "the spectrogram thread is gone; none is drawn until the plugin is reloaded"
            );
        }
        Ok(())
    }

    /// Tells the thread to end, if there is one.
    pub(super) fn end(&mut self) -> Option<JoinHandle<()>> {
        self.wishes = None;
        self.thread.take()
    }
}

struct SpectrogramThread {
    queue: BTreeMap<InstanceId, SpectrogramRequest>,
    /// For whom one is drawn, and of which recording.
    drawing: Option<(InstanceId, String)>,
    wished: Receiver<Wish>,
    reports: Sender<SpectrogramToCoordinator>,
    faults: FaultReporter,
}

impl Supervised for SpectrogramThread {
    fn run(&mut self) {
        loop {
            if self.queue.is_empty() {
                match self.wished.recv() {
                    Ok(wish) => enter(wish, &mut self.queue),
                    Err(_) => return,
                }
            }
            if !drain(&self.wished, &mut self.queue) {
                return;
            }
            if let Some((instance, request)) = self.queue.pop_first() {
                self.drawing = Some((instance, request.filename.clone()));
                let drawn = self.draw(instance, &request).transpose();
                self.drawing = None;
                if let Some(outcome) = drawn {
                    self.report(instance, request.filename, outcome);
                }
            }
        }
    }

    fn recover(&mut self) {
        if let Some((instance, filename)) = self.drawing.take() {
            self.report(instance, filename, Err(EngineError::Internal));
        }
        self.faults.report(FaultOutcome::Restarted);
    }

    fn stay_down(&mut self) {
        self.faults.report(FaultOutcome::Stopped);
        while let Ok((instance, request)) = self.wished.recv() {
            if let Some(request) = request {
                self.report(instance, request.filename, Err(EngineError::Stopped));
            }
        }
    }
}

impl SpectrogramThread {
    /// Draws `request` until its window wants something else; `None` when it does.
    fn draw(
        &mut self,
        instance: InstanceId,
        request: &SpectrogramRequest,
    ) -> Result<Option<Arc<Spectrogram>>, EngineError> {
        let (wished, queue) = (&self.wished, &mut self.queue);
        let drawn = draw(request, &mut || {
            // A newer wish of the same window, a wish for nothing, or the end.
            match wished.try_recv() {
                Ok(wish) => {
                    let is_same = wish.0 == instance;
                    enter(wish, queue);
                    is_same
                }
                Err(TryRecvError::Empty) => false,
                Err(TryRecvError::Disconnected) => true,
            }
        })?;
        Ok(drawn.map(Arc::new))
    }

    fn report(
        &self,
        instance: InstanceId,
        filename: String,
        outcome: Result<Arc<Spectrogram>, EngineError>,
    ) {
        // The coordinator outlives this thread but for its last moments, in which nobody looks any more.
        drop(self.reports.send(SpectrogramToCoordinator {
            instance,
            filename,
            outcome,
        }));
    }
}

fn enter((instance, request): Wish, queue: &mut BTreeMap<InstanceId, SpectrogramRequest>) {
    match request {
        Some(request) => queue.insert(instance, request),
        None => queue.remove(&instance),
    };
}

/// False when nobody can wish for anything any more.
fn drain(wished: &Receiver<Wish>, queue: &mut BTreeMap<InstanceId, SpectrogramRequest>) -> bool {
    loop {
        match wished.try_recv() {
            Ok(wish) => enter(wish, queue),
            Err(TryRecvError::Empty) => return true,
            Err(TryRecvError::Disconnected) => return false,
        }
    }
}

fn draw(
    request: &SpectrogramRequest,
    is_cancelled: &mut dyn FnMut() -> bool,
) -> Result<Option<Spectrogram>, EngineError> {
    let opened = audio::open_while(first_there(&request.places), &mut || match is_cancelled() {
        true => ControlFlow::Break(()),
        false => ControlFlow::Continue(()),
    });
    let mut source = match opened {
        Err(AudioError::Cancelled { .. }) => return Ok(None),
        opened => opened?,
    };
    let (span, columns) = (request.span, request.columns);
    Ok(Spectrogram::of(
        source.as_mut(),
        span,
        columns,
        is_cancelled,
    )?)
}
