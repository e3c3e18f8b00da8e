//! What the threads of a recorder share: the lines, what was asked of them, and whose turn it is.
//!
//! One thread has its turn and polls every line. When the disk of one line keeps it, the turn goes to another thread, which polls
//! the other lines; the first one gives its line back when the disk answers, and ends. The lock is held for a few moves, never
//! while anything is written.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;
use parking_lot::Mutex;

use super::line::Line;
use super::{Command, LineId, RecorderEvent};

#[derive(Debug, Default)]
pub(super) struct Desk {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    slots: BTreeMap<LineId, Slot>,
    /// The number of the thread that has its turn.
    turn: u64,
    /// Since when that thread works on one line.
    busy_since: Option<Instant>,
    is_finishing: bool,
}

/// The place of one line.
#[derive(Debug)]
struct Slot {
    /// `None` while a thread works on it.
    line: Option<Box<Line>>,
    /// What was asked of it and is not done yet.
    commands: VecDeque<Command>,
}

impl Desk {
    /// Whether the thread `number` polls the lines.
    pub fn has_turn(&self, number: u64) -> bool {
        self.state.lock().turn == number
    }

    /// For how long the thread that has its turn works on one line; nothing while it waits, or is just at the desk. Never waits.
    pub fn busy_for(&self) -> Duration {
        let since = self.state.try_lock().and_then(|state| state.busy_since);
        since.map_or(Duration::ZERO, |since| since.elapsed())
    }

    /// Gives the turn to another thread, whose number it returns.
    pub fn pass_turn(&self) -> u64 {
        let mut state = self.state.lock();
        state.busy_since = None;
        state.turn += 1;
        state.turn
    }

    /// There is no other thread: the one before goes on.
    pub fn take_turn_back(&self) {
        self.state.lock().turn -= 1;
    }

    pub fn is_finishing(&self) -> bool {
        self.state.lock().is_finishing
    }

    /// Nothing more will be asked.
    pub fn begin_to_finish(&self) {
        self.state.lock().is_finishing = true;
    }

    /// Puts `commands` where the thread finds them that works on their lines next.
    pub fn enter(&self, commands: Vec<Command>, events: &Sender<RecorderEvent>) {
        let mut state = self.state.lock();
        for command in commands {
            let Some(id) = command.line() else {
                state.is_finishing = true;
                continue;
            };
            if let Command::AddLine(..) = command {
                state.slots.entry(id).or_insert_with(|| Slot {
                    line: Some(Box::new(Line::new(id, events.clone()))),
                    commands: VecDeque::new(),
                });
            }
            if let Some(slot) = state.slots.get_mut(&id) {
                slot.commands.push_back(command);
            }
        }
    }

    pub fn lines(&self) -> Vec<LineId> {
        self.state.lock().slots.keys().copied().collect()
    }

    /// Takes a line that no thread works on, for the thread `number`.
    pub fn take(&self, id: LineId, number: u64) -> Option<Box<Line>> {
        let mut state = self.state.lock();
        let line = state.slots.get_mut(&id)?.line.take()?;
        if state.turn == number {
            state.busy_since = Some(Instant::now());
        }
        Some(line)
    }

    /// What was asked of the line first.
    pub fn next_command(&self, id: LineId) -> Option<Command> {
        let mut state = self.state.lock();
        state.slots.get_mut(&id)?.commands.pop_front()
    }

    /// Gives a line back; `None` when it is closed.
    pub fn put_back(&self, id: LineId, line: Option<Box<Line>>, number: u64) {
        let mut state = self.state.lock();
        if state.turn == number {
            state.busy_since = None;
        }
        match (line, state.slots.get_mut(&id)) {
            (Some(line), Some(slot)) => slot.line = Some(line),
            _ => drop(state.slots.remove(&id)),
        }
    }

    /// Forgets every line, and returns those that somebody waits for to close.
    pub fn clear(&self) -> Vec<LineId> {
        let slots = std::mem::take(&mut self.state.lock().slots);
        let is_awaited = |slot: &Slot| {
            let mut commands = slot.commands.iter();
            commands.any(|command| matches!(command, Command::RemoveLine(_)))
        };
        let awaited = slots.into_iter().filter(|(_, slot)| is_awaited(slot));
        awaited.map(|(id, _)| id).collect()
    }
}
