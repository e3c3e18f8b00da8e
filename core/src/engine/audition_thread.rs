//! The thread behind auditions: reads regions from the disk and keeps the rings of the audio threads filled.
//!
//! A thread of its own, because the coordinator may wait a second for the database and the worker scans for minutes. It sleeps
//! until it is told something; while anything plays it looks after the rings every few milliseconds.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};

use crate::audition::{AuditionFeed, AuditionMode, PlayState, RegionReader};
use crate::protocol::{EngineError, InstanceId};
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
}

/// What to play.
pub(super) struct AuditionRequest {
    /// Comes back with the report.
    pub number: u64,
    pub path: PathBuf,
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

/// Works until nobody can tell it anything any more.
pub(super) fn run(
    tasks: &Receiver<CoordinatorToAudition>,
    reports: &Sender<AuditionToCoordinator>,
) {
    let mut lines: BTreeMap<InstanceId, Line> = BTreeMap::new();
    loop {
        let plays = lines.values().any(|line| line.play.is_some());
        let task = if plays {
            tasks.recv_timeout(FILL_EVERY)
        } else {
            tasks.recv().map_err(|_| RecvTimeoutError::Disconnected)
        };
        match task {
            Ok(task) => obey(task, &mut lines, reports),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        for (&instance, line) in &mut lines {
            line.fill(instance, reports);
        }
    }
}

fn obey(
    task: CoordinatorToAudition,
    lines: &mut BTreeMap<InstanceId, Line>,
    reports: &Sender<AuditionToCoordinator>,
) {
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
        match RegionReader::open(&request.path, request.span, self.feed.format()) {
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
