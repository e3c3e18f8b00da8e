//! The recorder's thread: takes commands, polls lines.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};

use super::line::{Line, Standing};
use super::{Command, LineId, RecorderEvent};

/// While the transport rolls. Lines hold ten seconds and more, so this only bounds how far results lag behind.
const POLL_ROLLING: Duration = Duration::from_millis(20);
/// While nothing comes in, at first and at most: the audio thread cannot wake anybody, and lines hold ten seconds.
/// Commands are answered at once all the same.
const POLL_IDLE: Duration = Duration::from_millis(100);
const POLL_ASLEEP: Duration = Duration::from_millis(500);

/// Works until told to finish or until nobody can tell any more; then records what the lines still hold.
pub(super) fn run(inbox: &Receiver<Command>, events: &Sender<RecorderEvent>) {
    let mut lines = BTreeMap::new();
    let mut patience = None;
    let mut idle = POLL_IDLE;
    while let Some(commands) = next_commands(inbox, patience) {
        let mut is_finishing = false;
        if !commands.is_empty() {
            idle = POLL_IDLE;
        }
        for command in commands {
            is_finishing |= matches!(command, Command::Finish);
            apply(command, &mut lines, events);
        }
        if is_finishing {
            break;
        }
        patience = poll(&mut lines).map(|standing| match standing {
            Standing::Busy => Duration::ZERO,
            Standing::Rolling => POLL_ROLLING,
            Standing::Closed | Standing::Idle => idle,
        });
        idle = match patience {
            Some(patience) if patience >= idle => POLL_ASLEEP.min(idle * 2),
            _ => POLL_IDLE,
        };
    }
    lines.values_mut().for_each(Line::close_now);
    while poll(&mut lines).is_some() {}
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

fn apply(command: Command, lines: &mut BTreeMap<LineId, Line>, events: &Sender<RecorderEvent>) {
    match command {
        Command::AddLine(id, reader) => {
            lines
                .entry(id)
                .or_insert_with(|| Line::new(id, events.clone()))
                .add_reader(reader);
        }
        Command::SetDestination(id, destination) => {
            if let Some(line) = lines.get_mut(&id) {
                line.set_destination(destination);
            }
        }
        Command::RemoveLine(id) => {
            if let Some(line) = lines.get_mut(&id) {
                line.close();
            }
        }
        Command::Finish => {}
    }
}

/// Polls every line once, and returns how the most urgent one stands: `None` when no lines are left.
fn poll(lines: &mut BTreeMap<LineId, Line>) -> Option<Standing> {
    let now = Instant::now();
    let mut most_urgent = Standing::Closed;
    lines.retain(|_, line| {
        let standing = line.poll(now);
        most_urgent = most_urgent.max(standing);
        standing != Standing::Closed
    });
    (most_urgent != Standing::Closed).then_some(most_urgent)
}
