//! The recorder's thread: takes commands, polls lines.
//!
//! A panic rebuilds the line that was at work and no other: it asks for its destination again and goes on with the block that it
//! had in hand, so audio that was captured is not lost.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};

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

/// The lines, and what was told about them and not done yet.
pub(super) struct RecorderThread {
    lines: BTreeMap<LineId, Line>,
    inbox: Receiver<Command>,
    events: Sender<RecorderEvent>,
    faults: FaultReporter,
    /// Commands that came and were not carried out yet.
    commands: VecDeque<Command>,
    /// The line that is at work: after a panic it may be half changed.
    at_work: Option<LineId>,
    is_finishing: bool,
}

impl RecorderThread {
    pub fn new(
        inbox: Receiver<Command>,
        events: Sender<RecorderEvent>,
        faults: FaultReporter,
    ) -> Self {
        Self {
            lines: BTreeMap::new(),
            inbox,
            events,
            faults,
            commands: VecDeque::new(),
            at_work: None,
            is_finishing: false,
        }
    }
}

impl Supervised for RecorderThread {
    fn run(&mut self) {
        let mut patience = Some(Duration::ZERO);
        let mut idle = POLL_IDLE;
        while !self.is_finishing {
            match next_commands(&self.inbox, patience) {
                Some(commands) => self.commands.extend(commands),
                None => self.is_finishing = true,
            }
            if !self.commands.is_empty() {
                idle = POLL_IDLE;
            }
            while let Some(command) = self.commands.pop_front() {
                self.apply(command);
            }
            if self.is_finishing {
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
        self.lines.values_mut().for_each(Line::close_now);
        while let Some(standing) = self.poll() {
            if standing != Standing::Busy {
                // A line waits for the look for its takes.
                let _ = crossbeam_channel::never::<()>().recv_timeout(POLL_ROLLING);
            }
        }
    }

    fn recover(&mut self) {
        let broken = self.at_work.take();
        if let Some(line) = broken.and_then(|id| self.lines.get_mut(&id)) {
            line.rebuild();
        }
        self.faults.report(FaultOutcome::Restarted);
    }

    /// The lines fill up, and their writers count what is lost. Whoever waits for a line to close is not kept waiting.
    fn stay_down(&mut self) {
        self.faults.report(FaultOutcome::Stopped);
        self.lines.clear();
        let waiting = std::mem::take(&mut self.commands);
        let inbox = self.inbox.clone();
        for command in waiting.into_iter().chain(inbox.iter()) {
            match command {
                Command::RemoveLine(line) => {
                    drop(self.events.send(RecorderEvent::LineClosed { line }));
                }
                Command::Finish => return,
                _ => {}
            }
        }
    }
}

impl RecorderThread {
    fn apply(&mut self, command: Command) {
        match command {
            Command::AddLine(id, reader) => {
                let events = &self.events;
                let line = self.lines.entry(id);
                line.or_insert_with(|| Line::new(id, events.clone()))
                    .add_reader(reader);
            }
            Command::Hold(id, lock) => {
                if let Some(line) = self.lines.get_mut(&id) {
                    line.hold(lock);
                }
            }
            Command::SetDestination(id, destination) => {
                self.at_work = Some(id);
                if let Some(line) = self.lines.get_mut(&id) {
                    line.set_destination(destination);
                }
            }
            Command::RemoveLine(id) => {
                if let Some(line) = self.lines.get_mut(&id) {
                    line.close();
                }
            }
            Command::Finish => self.is_finishing = true,
            #[cfg(test)]
            Command::Panic(id, times) => {
                if let Some(line) = self.lines.get_mut(&id) {
                    line.panic_at_blocks(times);
                }
            }
        }
        self.at_work = None;
    }

    /// Polls every line once, and returns how the most urgent one stands: `None` when no lines are left.
    fn poll(&mut self) -> Option<Standing> {
        let now = Instant::now();
        let mut most_urgent = Standing::Closed;
        let ids: Vec<LineId> = self.lines.keys().copied().collect();
        for id in ids {
            self.at_work = Some(id);
            let standing = self.lines.get_mut(&id).map(|line| line.poll(now));
            if let Some(standing) = standing.filter(|it| *it != Standing::Closed) {
                most_urgent = most_urgent.max(standing);
            } else {
                self.lines.remove(&id);
            }
        }
        self.at_work = None;
        (most_urgent != Standing::Closed).then_some(most_urgent)
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
