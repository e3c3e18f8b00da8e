//! The thread that draws spectrograms: one picture at a time, and never one that nobody wants any more.
//!
//! A thread of its own, because the worker scans for minutes. It starts with the first picture that is asked for, and sleeps
//! between two of them. It reads files and computes; it knows neither models nor the database.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, TryRecvError, unbounded};

use crate::audio::{self, Spectrogram};
use crate::protocol::{EngineError, InstanceId};
use crate::time::Span;

/// What an instance's window wants to see; `None` for nothing any more.
pub(super) type Wish = (InstanceId, Option<SpectrogramRequest>);

/// One picture.
pub(super) struct SpectrogramRequest {
    pub filename: String,
    pub path: PathBuf,
    pub span: Span,
    pub columns: usize,
}

/// A picture that is ready, or why there is none.
pub(super) struct SpectrogramToCoordinator {
    pub instance: InstanceId,
    pub filename: String,
    pub outcome: Result<Arc<Spectrogram>, EngineError>,
}

/// The coordinator's end of the thread.
pub(super) struct Spectrograms {
    wishes: Option<Sender<Wish>>,
    reports: Receiver<SpectrogramToCoordinator>,
    /// What the thread is given when it starts.
    far_ends: Option<(Receiver<Wish>, Sender<SpectrogramToCoordinator>)>,
    thread: Option<JoinHandle<()>>,
}

impl Spectrograms {
    pub(super) fn new() -> Self {
        let (wishes, wished) = unbounded();
        let (report, reports) = unbounded();
        Self {
            wishes: Some(wishes),
            reports,
            far_ends: Some((wished, report)),
            thread: None,
        }
    }

    /// Where pictures arrive.
    pub(super) fn reports(&self) -> &Receiver<SpectrogramToCoordinator> {
        &self.reports
    }

    /// Replaces what the instance wanted before.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub(super) fn ask(&mut self, wish: Wish) -> Result<(), EngineError> {
        if wish.1.is_some()
            && let Some((wished, report)) = self.far_ends.take()
        {
            let thread = std::thread::Builder::new()
                .name(String::from("earmark-spectrogram"))
                .spawn(move || run(&wished, &report))
                .map_err(EngineError::Threads)?;
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

/// Works until nobody can wish for anything any more.
fn run(wished: &Receiver<Wish>, reports: &Sender<SpectrogramToCoordinator>) {
    let mut queue: BTreeMap<InstanceId, SpectrogramRequest> = BTreeMap::new();
    loop {
        if queue.is_empty() {
            match wished.recv() {
                Ok(wish) => enter(wish, &mut queue),
                Err(_) => return,
            }
        }
        if !drain(wished, &mut queue) {
            return;
        }
        let Some((instance, request)) = queue.pop_first() else {
            continue;
        };
        let mut is_over = false;
        let drawn = draw(&request, || {
            // A newer wish of the same window, a wish for nothing, or the end.
            is_over = match wished.try_recv() {
                Ok(wish) => {
                    let is_same = wish.0 == instance;
                    enter(wish, &mut queue);
                    is_same
                }
                Err(TryRecvError::Empty) => false,
                Err(TryRecvError::Disconnected) => true,
            };
            is_over
        });
        let outcome = match drawn {
            Ok(Some(picture)) => Ok(Arc::new(picture)),
            Ok(None) => continue,
            Err(error) => Err(error),
        };
        // The coordinator outlives this thread but for its last moments, in which nobody looks any more.
        drop(reports.send(SpectrogramToCoordinator {
            instance,
            filename: request.filename,
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
    is_cancelled: impl FnMut() -> bool,
) -> Result<Option<Spectrogram>, EngineError> {
    let mut source = audio::open(&request.path)?;
    let (span, columns) = (request.span, request.columns);
    Ok(Spectrogram::of(
        source.as_mut(),
        span,
        columns,
        is_cancelled,
    )?)
}
