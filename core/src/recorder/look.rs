//! Looks for the takes of earlier sessions. The look has a thread of its own, because a disk that does not answer must cost
//! no line its sound: a line waits for the look as long as its audio can wait, and records without the takes that are missing
//! then. The recorder thread owns the look and never waits for it.

use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, TryRecvError};

use super::known::{Destination, KnownTake};
use super::take_file::look_up;
use crate::threads::join_until;

/// How long the audio of a line waits for a look. Lines hold ten seconds and more.
const PATIENCE: Duration = Duration::from_secs(4);
/// How long a look that is of no use any more has to end.
const GRACE: Duration = Duration::from_millis(100);

/// The thread's name.
const NAME: &str = "earmark-takes";

/// A look for the takes of one destination.
#[derive(Debug)]
pub(super) struct Look {
    begun: Instant,
    answers: Receiver<KnownTake>,
    found: Vec<KnownTake>,
    thread: Option<JoinHandle<()>>,
    is_over: bool,
}

impl Look {
    /// Begins to look for the takes of `destination`, and leaves it without any. Those in its own folder come first: their disk
    /// has to answer in any case.
    pub fn begin(destination: &mut Destination) -> Self {
        let mut takes = std::mem::take(&mut destination.takes);
        takes.sort_by_key(|take| take.path.parent() != Some(destination.folder.as_path()));
        let (sender, answers) = crossbeam_channel::unbounded();
        let mut look = Self {
            begun: Instant::now(),
            answers,
            found: Vec::new(),
            thread: None,
            is_over: takes.is_empty(),
        };
        if !look.is_over {
            let thread = std::thread::Builder::new().name(NAME.to_owned());
            match thread.spawn(move || look_for(takes, &sender)) {
                Ok(thread) => look.thread = Some(thread),
                Err(error) => tracing::warn!(
                    "Earmark continues no earlier take, because it could not start the thread that looks for them: {error}"
                ),
            }
        }
        look
    }

    /// Whether the audio need not wait any longer: Earmark looked for every take, or the disk took too long.
    pub fn is_due(&mut self, now: Instant) -> bool {
        self.gather();
        self.is_over || now.saturating_duration_since(self.begun) >= PATIENCE
    }

    /// What was found since the last call.
    pub fn take_found(&mut self) -> Vec<KnownTake> {
        self.gather();
        std::mem::take(&mut self.found)
    }

    /// Whether nothing more will be found.
    pub fn is_over(&self) -> bool {
        self.is_over
    }

    fn gather(&mut self) {
        while !self.is_over {
            match self.answers.try_recv() {
                Ok(take) => self.found.push(take),
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Disconnected) => self.is_over = true,
            }
        }
    }
}

/// A thread that still waits for its disk stays, and the library stays in memory for it.
impl Drop for Look {
    fn drop(&mut self) {
        if let Some(thread) = self.thread.take() {
            join_until(thread, Instant::now() + GRACE);
        }
    }
}

fn look_for(takes: Vec<KnownTake>, found: &Sender<KnownTake>) {
    for mut take in takes {
        if look_up(&mut take) && found.send(take).is_err() {
            return;
        }
    }
}
