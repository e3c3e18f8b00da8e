//! The thread behind auditions: reads regions from the disk and keeps the rings of the audio threads filled.
//!
//! A thread of its own, because the coordinator may wait a second for the database and the worker scans for minutes. It sleeps
//! until a task comes; while anything plays it fills the rings every few milliseconds, also while it opens a file of many hours,
//! which a new task of the same instance breaks off. A panic ends what is played.

use std::collections::{BTreeMap, VecDeque};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TryRecvError};

use crate::audio::AudioError;
use crate::audition::{AuditionFeed, AuditionMode, PlayState, RegionReader};
use crate::protocol::{EngineError, InstanceId};
use crate::recording::first_there;
use crate::threads::{FaultOutcome, FaultReporter, Supervised, ThreadFault, spawn_supervised};
use crate::time::Span;

/// Far shorter than what the rings hold.
const FILL_EVERY: Duration = Duration::from_millis(15);
/// A host that has taken nothing for so long does not process the plugin. Sound must not come out of the blue later.
const UNHEARD_FOR: Duration = Duration::from_secs(2);

/// What to do on the line of one instance.
pub(super) struct CoordinatorToAudition {
    pub instance: InstanceId,
    pub task: AuditionTask,
}

pub(super) enum AuditionTask {
    /// The instance has a new line; one before it is forgotten.
    Connect(AuditionFeed),
    Play(AuditionRequest),
    Stop,
    Disconnect,
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
        waiting: VecDeque::new(),
        tasks,
        reports,
        faults: FaultReporter::new(NAME, faults),
    };
    spawn_supervised(NAME, thread)
}

struct AuditionThread {
    lines: BTreeMap<InstanceId, Line>,
    /// Tasks that came while a file was opened.
    waiting: VecDeque<CoordinatorToAudition>,
    tasks: Receiver<CoordinatorToAudition>,
    reports: Sender<AuditionToCoordinator>,
    faults: FaultReporter,
}

impl Supervised for AuditionThread {
    fn run(&mut self) {
        loop {
            match self.next_task() {
                Ok(asked) => self.carry_out(asked),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            self.lines.values_mut().for_each(Line::fill);
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
        while let Ok(asked) = self.tasks.recv() {
            if let AuditionTask::Play(request) = asked.task {
                let reporter = self.reporter_of(asked.instance);
                reporter.report(request.number, AuditionEnd::Failed(EngineError::Stopped));
            }
        }
    }
}

impl AuditionThread {
    /// A timeout means that no task came, but something plays.
    fn next_task(&mut self) -> Result<CoordinatorToAudition, RecvTimeoutError> {
        if let Some(asked) = self.waiting.pop_front() {
            return Ok(asked);
        }
        if self.lines.values().any(|line| line.play.is_some()) {
            return self.tasks.recv_timeout(FILL_EVERY);
        }
        let asked = self.tasks.recv();
        asked.map_err(|_| RecvTimeoutError::Disconnected)
    }

    fn carry_out(&mut self, CoordinatorToAudition { instance, task }: CoordinatorToAudition) {
        match task {
            AuditionTask::Connect(feed) => {
                let line = Line {
                    feed,
                    play: None,
                    reporter: self.reporter_of(instance),
                };
                if let Some(mut before) = self.lines.insert(instance, line) {
                    before.end(AuditionEnd::Over);
                }
            }
            AuditionTask::Disconnect => drop(self.lines.remove(&instance)),
            AuditionTask::Stop => {
                if let Some(line) = self.lines.get_mut(&instance) {
                    line.feed.stop();
                }
            }
            AuditionTask::Play(request) => self.play(instance, &request),
            #[cfg(test)]
            AuditionTask::Panic => std::panic::panic_any("injected by a test"),
        }
    }

    /// Opens what is to be played. Meanwhile the other lines play on, and whatever the instance asks for next breaks it off.
    fn play(&mut self, instance: InstanceId, request: &AuditionRequest) {
        let (tasks, waiting) = (&self.tasks, &mut self.waiting);
        let lines = self.lines.values_mut();
        let (mut own, mut others): (Vec<_>, Vec<_>) =
            lines.partition(|line| line.reporter.instance == instance);
        let Some(line) = own.first_mut() else {
            let reporter = self.reporter_of(instance);
            return reporter.report(request.number, AuditionEnd::Unheard);
        };
        line.begin(request, &mut || {
            others.iter_mut().for_each(|line| line.fill());
            loop {
                match tasks.try_recv() {
                    Ok(asked) => waiting.push_back(asked),
                    Err(TryRecvError::Empty) => break,
                    Err(TryRecvError::Disconnected) => return ControlFlow::Break(()),
                }
            }
            match waiting.iter().any(|asked| asked.instance == instance) {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        });
    }

    /// Stops whatever is played. The lines stay: hosts hand them over only once.
    fn stop_all(&mut self, why: impl Fn() -> EngineError) {
        for line in self.lines.values_mut() {
            line.feed.stop();
            line.end(AuditionEnd::Failed(why()));
        }
    }

    fn reporter_of(&self, instance: InstanceId) -> Reporter {
        Reporter {
            instance,
            reports: self.reports.clone(),
        }
    }
}

/// Says how the plays of one instance end.
struct Reporter {
    instance: InstanceId,
    reports: Sender<AuditionToCoordinator>,
}

impl Reporter {
    fn report(&self, number: u64, end: AuditionEnd) {
        // The coordinator outlives this thread but for its last moments, in which nobody asks any more.
        drop(self.reports.send(AuditionToCoordinator {
            instance: self.instance,
            number,
            end,
        }));
    }
}

/// One instance's line, and what is played on it.
struct Line {
    feed: AuditionFeed,
    play: Option<Play>,
    reporter: Reporter,
}

struct Play {
    number: u64,
    reader: RegionReader,
    samples: Vec<f32>,
    progress: (u32, u64),
    progress_at: Instant,
}

impl Line {
    fn begin(&mut self, request: &AuditionRequest, go_on: &mut dyn FnMut() -> ControlFlow<()>) {
        self.end(AuditionEnd::Over);
        let path = first_there(&request.places);
        match RegionReader::open(path, request.span, self.feed.format(), go_on) {
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
                let end = match error {
                    AudioError::Cancelled { .. } => AuditionEnd::Over,
                    error => AuditionEnd::Failed(EngineError::Audio(error)),
                };
                self.reporter.report(request.number, end);
            }
        }
    }

    /// Reads ahead, and notices how the play stands.
    fn fill(&mut self) {
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
        self.end(end);
    }

    fn end(&mut self, end: AuditionEnd) {
        if let Some(play) = self.play.take() {
            self.reporter.report(play.number, end);
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

#[cfg(test)]
mod tests {
    use crossbeam_channel::unbounded;

    use super::*;
    use crate::audition;
    use crate::capture::CaptureFormat;
    use crate::time::SampleRate;

    fn feed() -> (audition::AuditionPlayer, AuditionFeed) {
        audition::channel(CaptureFormat {
            rate: SampleRate::new(44_100).unwrap(),
            channels: 2,
            max_block_frames: 512,
        })
    }

    fn play(instance: InstanceId, number: u64, file: &str) -> CoordinatorToAudition {
        let sounds = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sounds");
        let request = AuditionRequest {
            number,
            places: vec![sounds.join(file)],
            span: Span::new(0.5, 1.5).unwrap(),
            mode: AuditionMode::Replace,
        };
        let task = AuditionTask::Play(request);
        CoordinatorToAudition { instance, task }
    }

    #[test]
    fn opening_a_long_file_is_broken_off_by_the_next_task_of_its_instance_and_by_no_other() {
        let ids = [InstanceId(1), InstanceId(2)];
        for breaks_off in [true, false] {
            let (send, tasks) = unbounded();
            let (report, reports) = unbounded();
            let (fault, _faults) = unbounded();
            let mut thread = AuditionThread {
                lines: BTreeMap::new(),
                waiting: VecDeque::new(),
                tasks,
                reports: report,
                faults: FaultReporter::new(NAME, fault),
            };
            let mut players = Vec::new();
            for instance in ids {
                let (player, feed) = feed();
                players.push(player);
                let task = AuditionTask::Connect(feed);
                thread.carry_out(CoordinatorToAudition { instance, task });
            }
            thread.carry_out(play(ids[1], 7, "sweep.flac"));
            // Comes while the first one opens its file.
            let instance = if breaks_off { ids[0] } else { ids[1] };
            let task = AuditionTask::Stop;
            send.send(CoordinatorToAudition { instance, task }).unwrap();
            thread.carry_out(play(ids[0], 8, "sweep.mp3"));

            assert_eq!(thread.lines[&ids[0]].play.is_some(), !breaks_off);
            assert!(thread.lines[&ids[1]].play.is_some(), "plays on");
            let ended: Vec<u64> = reports.try_iter().map(|end| end.number).collect();
            assert_eq!(ended, if breaks_off { vec![8] } else { vec![] });
            assert!(matches!(
                thread.next_task(),
                Ok(CoordinatorToAudition { instance: of, task: AuditionTask::Stop }) if of == instance
            ));
        }
    }
}
