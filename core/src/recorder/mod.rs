//! Writes the audio of the capture lines to disk as takes.
//!
//! One thread per [`Recorder`] owns every [`CaptureReader`] and every open take file. It may block on the disk of a take that it
//! writes, and then leaves the other lines to another thread (`desk`); it never runs inference, touches the database or waits for
//! anything else. Takes of earlier sessions are looked for on threads of their own (`look`). The recorder reports through
//! [`RecorderEvent`]s.
//!
//! A take is one contiguous stretch of a source's timeline at one sample rate and channel count. Audio that continues
//! a take or falls inside it is written there, audio elsewhere starts a new take, and a take that grows up to the
//! start of another goes on in that other one. Takes of a line therefore never overlap.

mod desk;
pub mod gaps;
mod known;
mod ledger;
mod line;
mod look;
mod source_lock;
mod take_file;
mod tape;
mod thread;
mod timeline;

pub use known::{Destination, KnownTake, TakeId};
pub use source_lock::SourceLock;
pub(crate) use thread::NAME;

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender};

use crate::audio::bwf::BwfError;
use crate::capture::CaptureReader;
use crate::threads::{FaultReporter, ThreadFault, spawn_supervised};
use desk::Desk;
use thread::RecorderThread;

/// One plugin instance's line into the recorder. Whoever adds lines makes the numbers, each only once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineId(pub u64);

/// What the recorder reports. Events of one line arrive in the order in which things happened.
#[derive(Debug)]
pub enum RecorderEvent {
    /// The first audio arrived. Reported once per line; nothing is recorded before
    /// [`set_destination`](Recorder::set_destination).
    LineActive {
        /// The line.
        line: LineId,
    },
    /// A new take was made; its file exists and holds `take.frames` frames already.
    TakeStarted {
        /// The line.
        line: LineId,
        /// The new take.
        take: KnownTake,
    },
    /// A take of an earlier session is about to be written into for the first time. Whoever keeps what was learned from it
    /// needs to know the state that it was in.
    TakeContinued {
        /// The line.
        line: LineId,
        /// The take.
        take: TakeId,
        /// Of the file as it was ([`platform::fingerprint_of`](crate::platform::fingerprint_of)).
        fingerprint: String,
    },
    /// A span of a take changed. Neighbouring and overlapping spans are reported as one, at most once per poll. A
    /// gap in the span is closed; where audio was lost again, a `Gap` follows.
    TakeWritten {
        /// The line.
        line: LineId,
        /// The take.
        take: TakeId,
        /// What changed, in frames from the take's start.
        frames: Range<u64>,
        /// Length of the take now.
        total_frames: u64,
    },
    /// Audio was lost. The stretch is silent in the take, and its `TakeWritten` came before this.
    Gap {
        /// The line.
        line: LineId,
        /// The take.
        take: TakeId,
        /// Where it begins, in frames from the take's start.
        at_frame: u64,
        /// How long it is. Zero when the transport moved meanwhile: audio was then lost somewhere before `at_frame`
        /// was played, and nothing in the take was replaced by silence.
        frames: u64,
    },
    /// The transport stopped, the host let go of the line, or it has sent nothing for a while; headers are up to date.
    Stopped {
        /// The line.
        line: LineId,
    },
    /// A removed line is drained and its files are closed. The last event of a line.
    LineClosed {
        /// The line.
        line: LineId,
    },
    /// Audio cannot be written. The recorder keeps draining the line, so that the host goes on, and tries to write again
    /// every few seconds. Reported once; a later success shows as `TakeWritten`, with a `Gap` after it.
    Failed {
        /// The line.
        line: LineId,
        /// What happened and what to do.
        error: RecorderError,
    },
}

/// Why takes cannot be recorded.
#[derive(Debug, thiserror::Error)]
pub enum RecorderError {
    /// The operating system gave no thread.
    #[error(
        "the recorder could not start ({0}): close other programs, then insert the plugin again"
    )]
    Thread(std::io::Error),
    /// The folder for takes cannot be made.
    #[error("the folder for takes, {}, cannot be created ({source}): choose another one in the settings", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A take cannot be written.
    #[error(transparent)]
    Take(#[from] BwfError),
}

#[derive(Debug)]
enum Command {
    AddLine(LineId, CaptureReader),
    Hold(LineId, Arc<SourceLock>),
    SetDestination(LineId, Destination),
    RemoveLine(LineId),
    Finish,
    /// Panic when the line is about to write its next blocks, so many times, and say that this is known: how tests look at what
    /// comes of it.
    #[cfg(test)]
    Panic(LineId, usize, Sender<()>),
    /// Wait, as for a disk that does not answer, until somebody hangs up.
    #[cfg(test)]
    Hang(LineId, crossbeam_channel::Receiver<()>),
}

impl Command {
    /// The line that it is about; `None` for the end of all.
    fn line(&self) -> Option<LineId> {
        match self {
            Self::AddLine(id, _)
            | Self::Hold(id, _)
            | Self::SetDestination(id, _)
            | Self::RemoveLine(id) => Some(*id),
            Self::Finish => None,
            #[cfg(test)]
            Self::Panic(id, ..) | Self::Hang(id, _) => Some(*id),
        }
    }
}

/// How long the disk of one line may keep the recorder from the others, which hold ten seconds and more.
const HUNG_AFTER: Duration = Duration::from_secs(2);

/// The handle of the recorder's threads: one, and one more for every line whose disk does not answer. Its methods never wait;
/// dropping it records what the lines still hold, closes every take and joins the threads.
#[derive(Debug)]
pub struct Recorder {
    commands: Sender<Command>,
    inbox: Receiver<Command>,
    events: Sender<RecorderEvent>,
    faults: Sender<ThreadFault>,
    desk: Arc<Desk>,
    threads: Vec<JoinHandle<()>>,
}

impl Recorder {
    /// Starts the thread. `on_event` should be unbounded: the recorder waits for room in a full channel, and then so
    /// does dropping it. `faults` hears of the thread's panics.
    ///
    /// # Errors
    /// When the operating system gives no thread.
    pub(crate) fn spawn(
        on_event: Sender<RecorderEvent>,
        faults: Sender<ThreadFault>,
    ) -> Result<Self, RecorderError> {
        let (commands, inbox) = crossbeam_channel::unbounded();
        let mut recorder = Self {
            commands,
            inbox,
            events: on_event,
            faults,
            desk: Arc::default(),
            threads: Vec::new(),
        };
        recorder.start_thread(0).map_err(RecorderError::Thread)?;
        Ok(recorder)
    }

    fn start_thread(&mut self, number: u64) -> std::io::Result<()> {
        let work = RecorderThread::new(
            number,
            Arc::clone(&self.desk),
            self.inbox.clone(),
            self.events.clone(),
            FaultReporter::new(NAME, self.faults.clone()),
        );
        self.threads.push(spawn_supervised(NAME, work)?);
        Ok(())
    }

    /// Lets another thread record the other lines when the disk of one line does not answer. To be called every now and then
    /// while something plays.
    pub(crate) fn relieve(&mut self) {
        if self.desk.busy_for() < HUNG_AFTER {
            return;
        }
        tracing::warn!(
            "a disk does not answer the recorder; another thread records the other tracks"
        );
        self.threads.retain(|thread| !thread.is_finished());
        let number = self.desk.pass_turn();
        if let Err(error) = self.start_thread(number) {
            tracing::error!("the system gives no thread to record the other tracks: {error}");
            self.desk.take_turn_back();
        }
    }

    /// Adds a line; or, for a line that exists, the reader that follows the present one (the host started anew,
    /// perhaps at another rate). The present one is drained to its end first.
    pub fn add_line(&self, line: LineId, reader: CaptureReader) {
        self.send(Command::AddLine(line, reader));
    }

    /// Keeps `lock` until the line is closed: until then something may be written for its source. Ignored for a line that was
    /// not added or is closed.
    pub fn hold(&self, line: LineId, lock: Arc<SourceLock>) {
        self.send(Command::Hold(line, lock));
    }

    /// Says where a line's takes go and which there are. Replaces what was known, except the take being written if it
    /// stays in the same folder. Takes whose files are missing or were edited by another program are not continued, nor are
    /// those whose disk does not answer until it does.
    /// Ignored for a line that was not added or is closed.
    pub fn set_destination(&self, line: LineId, destination: Destination) {
        self.send(Command::SetDestination(line, destination));
    }

    /// Records what the line still holds, closes its files and forgets it. A line with audio but no destination yet
    /// waits for it; removing it a second time gives that audio up.
    pub fn remove_line(&self, line: LineId) {
        self.send(Command::RemoveLine(line));
    }

    /// Tells the recorder to record what the lines still hold and to end, and hands over its threads: for those who cannot
    /// wait as long as a disk may take.
    pub(crate) fn end(mut self) -> Vec<JoinHandle<()>> {
        self.send(Command::Finish);
        std::mem::take(&mut self.threads)
    }

    fn send(&self, command: Command) {
        if self.commands.send(command).is_err() {
            tracing::error!(
                "the recorder's thread is gone; nothing is recorded until the host is restarted"
            );
        }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.send(Command::Finish);
        for thread in std::mem::take(&mut self.threads) {
            if thread.join().is_err() {
                tracing::error!("the recorder's thread panicked");
            }
        }
    }
}

#[cfg(test)]
mod tests;
