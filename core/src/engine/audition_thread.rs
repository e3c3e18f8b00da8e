//! The thread behind auditions: reads regions from the disk and keeps the rings of the audio threads filled.
//!
//! A thread of its own, because the coordinator may wait a second for the database and the worker scans for minutes. It sleeps
//! until a task comes; while anything plays it fills the rings every few milliseconds. A panic ends what is played.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};

use crate::audition::{AuditionFeed, AuditionMode, PlayState, RegionReader};
use crate::protocol::{EngineError, InstanceId};
use crate::recording::first_there;
use crate::threads::{FaultOutcome, FaultReporter, Supervised, ThreadFault, spawn_supervised};
use crate::time::Span;

/// Far shorter than what the rings hold.
const FILL_EVERY: Duration = Duration::from_millis(15);
/// A host that has taken nothing for so long does not process the plugin. Sound must not come out of the blue later.
const UNHEARD_FOR: Duration = Duration::from_secs(2);

pub(super) enum CoordinatorToAudition {
    /// The instance has a new line; one before it is forgotten.
    Connect {
        instance: InstanceId,
        feed: AuditionFeed,
    },
    Play {
        instance: InstanceId,
        request: AuditionRequest,
    },
    Stop {
        instance: InstanceId,
    },
    Disconnect {
        instance: InstanceId,
    },
    /// Panic: how tests look at what comes of it.
    #[cfg(test)]
    Panic,
}

/// What to play.
pub(super) struct AuditionRequest {
    /// Comes back with the report.
    pub number: u64,
    /// Where the recording may be: the first place with a file counts.
    pub places: Vec<PathBuf>,
    pub span: Span,
    pub mode: AuditionMode,
}

/// How a play ended.
pub(super) struct AuditionToCoordinator {
    pub instance: InstanceId,
    pub number: u64,
    pub end: AuditionEnd,
}

pub(super) enum AuditionEnd {
    /// Heard to the end, or stopped.
    Over,
    /// The host renders, or has bypassed the plugin.
    Refused,
    /// The host does not process the plugin.
    Unheard,
    Failed(EngineError),
}

/// The thread's name.
pub(super) const NAME: &str = "earmark-audition";

/// Starts the thread. It works until every sender of tasks is gone.
///
/// # Errors
/// When the system refuses a thread.
pub(super) fn spawn(
    tasks: Receiver<CoordinatorToAudition>,
    reports: Sender<AuditionToCoordinator>,
    faults: Sender<ThreadFault>,
) -> std::io::Result<JoinHandle<()>> {
    let thread = AuditionThread {
        lines: BTreeMap::new(),
        tasks,
        reports,
        faults: FaultReporter::new(NAME, faults),
    };
    spawn_supervised(NAME, thread)
}

struct AuditionThread {
    lines: BTreeMap<InstanceId, Line>,
    tasks: Receiver<CoordinatorToAudition>,
    reports: Sender<AuditionToCoordinator>,
    faults: FaultReporter,
}

impl Supervised for AuditionThread {
    fn run(&mut self) {
        loop {
            let plays = self.lines.values().any(|line| line.play.is_some());
            let task = if plays {
                self.tasks.recv_timeout(FILL_EVERY)
            } else {
                self.tasks
                    .recv()
                    .map_err(|_| RecvTimeoutError::Disconnected)
            };
            match task {
                Ok(task) => self.carry_out(task),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            for (&instance, line) in &mut self.lines {
                line.fill(instance, &self.reports);
            }
        }
    }

    fn recover(&mut self) {
        self.stop_all(|| EngineError::Internal);
        self.faults.report(FaultOutcome::Restarted);
    }

    fn stay_down(&mut self) {
        self.stop_all(|| EngineError::Stopped);
        self.lines.clear();
        self.faults.report(FaultOutcome::Stopped);
        while let Ok(task) = self.tasks.recv() {
            if let CoordinatorToAudition::Play { instance, request } = task {
                let end = AuditionEnd::Failed(EngineError::Stopped);
                tell(&self.reports, instance, request.number, end);
            }
        }
    }
}

impl AuditionThread {
    fn carry_out(&mut self, task: CoordinatorToAudition) {
        let (lines, reports) = (&mut self.lines, &self.reports);
        match task {
            CoordinatorToAudition::Connect { instance, feed } => {
                let line = Line { feed, play: None };
                if let Some(mut before) = lines.insert(instance, line) {
                    before.end(instance, AuditionEnd::Over, reports);
                }
            }
            CoordinatorToAudition::Disconnect { instance } => {
                lines.remove(&instance);
            }
            CoordinatorToAudition::Stop { instance } => {
                if let Some(line) = lines.get_mut(&instance) {
                    line.feed.stop();
                }
            }
            CoordinatorToAudition::Play { instance, request } => match lines.get_mut(&instance) {
                Some(line) => line.begin(instance, &request, reports),
                None => tell(reports, instance, request.number, AuditionEnd::Unheard),
            },
            #[cfg(test)]
            CoordinatorToAudition::Panic => std::panic::panic_any("injected by a test"),
        }
    }

    /// Stops whatever is played. The lines stay: hosts hand them over only once.
    fn stop_all(&mut self, why: impl Fn() -> EngineError) {
        for (&instance, line) in &mut self.lines {
            line.feed.stop();
            line.end(instance, AuditionEnd::Failed(why()), &self.reports);
        }
    }
}

/// One instance's line, and what is played on it.
struct Line {
    feed: AuditionFeed,
    play: Option<Play>,
}

struct Play {
    number: u64,
    reader: RegionReader,
    samples: Vec<f32>,
    progress: (u32, u64),
    progress_at: Instant,
}

impl Line {
    fn begin(
        &mut self,
        instance: InstanceId,
        request: &AuditionRequest,
        reports: &Sender<AuditionToCoordinator>,
    ) {
        self.end(instance, AuditionEnd::Over, reports);
        match RegionReader::open(
            first_there(&request.places),
            request.span,
            self.feed.format(),
        ) {
            Ok(reader) => {
                self.feed.begin(reader.frames(), request.mode);
                self.play = Some(Play {
                    number: request.number,
                    reader,
                    samples: Vec::new(),
                    progress: self.feed.progress(),
                    progress_at: Instant::now(),
                });
            }
            Err(error) => {
                self.feed.stop();
                let end = AuditionEnd::Failed(EngineError::Audio(error));
                tell(reports, instance, request.number, end);
            }
        }
    }

    /// Reads ahead, and notices how the play stands.
    fn fill(&mut self, instance: InstanceId, reports: &Sender<AuditionToCoordinator>) {
        let Some(play) = &mut self.play else {
            return;
        };
        let end = match self.feed.state() {
            PlayState::Ended => AuditionEnd::Over,
            PlayState::Refused => AuditionEnd::Refused,
            PlayState::Playing => match play.read_ahead(&mut self.feed) {
                Err(error) => AuditionEnd::Failed(error),
                Ok(()) if play.is_unheard(&self.feed) => AuditionEnd::Unheard,
                Ok(()) => return,
            },
        };
        self.feed.stop();
        self.end(instance, end, reports);
    }

    fn end(
        &mut self,
        instance: InstanceId,
        end: AuditionEnd,
        reports: &Sender<AuditionToCoordinator>,
    ) {
        if let Some(play) = self.play.take() {
            tell(reports, instance, play.number, end);
        }
    }
}

impl Play {
    fn read_ahead(&mut self, feed: &mut AuditionFeed) -> Result<(), EngineError> {
        loop {
            let frames = feed.wanted_frames();
            if frames == 0 {
                return Ok(());
            }
            self.reader.read(frames, &mut self.samples)?;
            feed.write(&self.samples);
        }
    }

    fn is_unheard(&mut self, feed: &AuditionFeed) -> bool {
        let progress = feed.progress();
        if progress != self.progress {
            self.progress = progress;
            self.progress_at = Instant::now();
        }
        feed.is_abandoned() || self.progress_at.elapsed() >= UNHEARD_FOR
    }
}

fn tell(
    reports: &Sender<AuditionToCoordinator>,
    instance: InstanceId,
    number: u64,
    end: AuditionEnd,
) {
    // The coordinator outlives this thread but for its last moments, in which nobody asks any more.
    drop(reports.send(AuditionToCoordinator {
        instance,
        number,
        end,
    }));
}
