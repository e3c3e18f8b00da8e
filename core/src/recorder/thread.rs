//! The recorder's thread: takes commands, polls lines.
//!
//! A panic rebuilds the line that was at work and no other: it asks for its destination again and goes on with the block that it
//! had in hand, so audio that was captured is not lost. A disk that keeps the thread from the other lines costs it its turn
//! ([`Desk`]).

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};

use super::desk::Desk;
use super::line::{Line, Standing};
use super::{Command, LineId, RecorderEvent};
use crate::threads::{FaultOutcome, FaultReporter, Supervised};

/// While the transport rolls. Lines hold ten seconds and more, so this only bounds how far results lag behind.
const POLL_ROLLING: Duration = Duration::from_millis(20);
/// While nothing comes in, at first and at most: the audio thread cannot wake anybody, and lines hold ten seconds.
/// Commands are answered at once all the same.
const POLL_IDLE: Duration = Duration::from_millis(100);
const POLL_ASLEEP: Duration = Duration::from_millis(500);

/// The thread's name.
pub(crate) const NAME: &str = "earmark-recorder";

/// One thread of a recorder.
pub(super) struct RecorderThread {
    /// The threads are counted.
    number: u64,
    desk: Arc<Desk>,
    inbox: Receiver<Command>,
    events: Sender<RecorderEvent>,
    faults: FaultReporter,
    /// The line that is at work: after a panic it may be half changed.
    at_work: Option<(LineId, Box<Line>)>,
}

impl RecorderThread {
    /// The thread `number` of those that share `desk`.
    pub fn new(
        number: u64,
        desk: Arc<Desk>,
        inbox: Receiver<Command>,
        events: Sender<RecorderEvent>,
        faults: FaultReporter,
    ) -> Self {
        Self {
            number,
            desk,
            inbox,
            events,
            faults,
            at_work: None,
        }
    }
}

impl Supervised for RecorderThread {
    fn run(&mut self) {
        let mut patience = Some(Duration::ZERO);
        let mut idle = POLL_IDLE;
        while self.desk.has_turn(self.number) && !self.desk.is_finishing() {
            match next_commands(&self.inbox, patience) {
                Some(commands) => {
                    if !commands.is_empty() {
                        idle = POLL_IDLE;
                    }
                    self.desk.enter(commands, &self.events);
                }
                None => self.desk.begin_to_finish(),
            }
            if self.desk.is_finishing() {
                break;
            }
            patience = self.poll().map(|standing| match standing {
                Standing::Busy => Duration::ZERO,
                Standing::Rolling => POLL_ROLLING,
                Standing::Closed | Standing::Idle => idle,
            });
            idle = match patience {
                Some(patience) if patience >= idle => POLL_ASLEEP.min(idle * 2),
                _ => POLL_IDLE,
            };
        }
        if self.desk.is_finishing() {
            self.finish();
        }
    }

    fn recover(&mut self) {
        if let Some((id, mut line)) = self.at_work.take() {
            line.rebuild();
            self.desk.put_back(id, Some(line), self.number);
        }
        self.faults.report(FaultOutcome::Restarted);
    }

    /// The lines fill up, and their writers count what is lost. Whoever waits for a line to close is not kept waiting.
    fn stay_down(&mut self) {
        self.faults.report(FaultOutcome::Stopped);
        self.at_work = None;
        let closed = |line| drop(self.events.send(RecorderEvent::LineClosed { line }));
        self.desk.clear().into_iter().for_each(closed);
        for command in &self.inbox {
            match command {
                Command::RemoveLine(line) => closed(line),
                Command::Finish => return,
                _ => {}
            }
        }
    }
}

impl RecorderThread {
    /// Polls every line once that no other thread works on, and returns how the most urgent one stands: `None` when no lines are
    /// left.
    fn poll(&mut self) -> Option<Standing> {
        let now = Instant::now();
        let mut most_urgent = Standing::Closed;
        for id in self.desk.lines() {
            if !self.desk.is_finishing() && !self.desk.has_turn(self.number) {
                break;
            }
            if let Some(standing) = self.work_on(id, now) {
                most_urgent = most_urgent.max(standing);
            }
        }
        (most_urgent != Standing::Closed).then_some(most_urgent)
    }

    /// Does what was asked of a line and records what came in; `None` while another thread works on it.
    fn work_on(&mut self, id: LineId, now: Instant) -> Option<Standing> {
        let line = self.desk.take(id, self.number)?;
        let (_, line) = self.at_work.insert((id, line));
        while let Some(command) = self.desk.next_command(id) {
            apply(command, line);
        }
        if self.desk.is_finishing() {
            line.close_now();
        }
        let standing = line.poll(now);
        let line = self.at_work.take().map(|(_, line)| line);
        let line = line.filter(|_| standing != Standing::Closed);
        self.desk.put_back(id, line, self.number);
        Some(standing)
    }

    /// Records what the lines still hold and closes them. One that another thread works on is closed by that.
    fn finish(&mut self) {
        while let Some(standing) = self.poll() {
            if standing != Standing::Busy {
                // A line waits for the look for its takes.
                let _ = crossbeam_channel::never::<()>().recv_timeout(POLL_ROLLING);
            }
        }
    }
}

fn apply(command: Command, line: &mut Line) {
    match command {
        Command::AddLine(_, reader) => line.add_reader(reader),
        Command::Hold(_, lock) => line.hold(lock),
        Command::SetDestination(_, destination) => line.set_destination(destination),
        Command::RemoveLine(_) => line.close(),
        Command::Finish => {}
        #[cfg(test)]
        Command::Panic(_, times, told) => {
            line.panic_at_blocks(times);
            let _ = told.send(());
        }
        #[cfg(test)]
        Command::Hang(_, until) => until.recv().unwrap_or_default(),
    }
}

/// Waits for commands for so long (`None`: however long it takes), and returns all there are. `None` when nobody can
/// send any more.
fn next_commands(inbox: &Receiver<Command>, patience: Option<Duration>) -> Option<Vec<Command>> {
    let first = match patience {
        Some(patience) => inbox.recv_timeout(patience),
        None => inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
    };
    match first {
        Ok(first) => Some(std::iter::once(first).chain(inbox.try_iter()).collect()),
        Err(RecvTimeoutError::Timeout) => Some(Vec::new()),
        Err(RecvTimeoutError::Disconnected) => None,
    }
}
