//! One line: its readers in the order in which the host made them, and the tape they are recorded on. Recorder thread.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;

use super::known::Destination;
use super::look::Look;
use super::tape::Tape;
use super::{LineId, RecorderEvent, SourceLock};
use crate::capture::{Block, BlockKind, CaptureReader};

/// So much is taken off one line before the others have their turn and changes are told.
const FRAMES_PER_POLL: usize = 1 << 18;

/// Some hosts process nothing while the transport stands (qtractor is one), and so never tell that it stopped. One that
/// was rolling and has sent nothing for so long has.
const STOPPED_AFTER: Duration = Duration::from_secs(2);

/// How a line stands after a poll, the most urgent last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    /// Closed and told so: forget it.
    Closed,
    /// Nothing comes in.
    Idle,
    /// The transport rolls.
    Rolling,
    /// More is waiting.
    Busy,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Closing {
    No,
    /// As soon as the audio that waits for a destination is recorded.
    WhenRecorded,
    Now,
}

#[derive(Debug)]
pub(super) struct Line {
    id: LineId,
    events: Sender<RecorderEvent>,
    readers: VecDeque<CaptureReader>,
    /// Where takes will go, without takes: Earmark still looks for those, or there is no reader yet.
    destination: Option<Destination>,
    /// The look for the takes of the destination, as long as there may be more to find.
    look: Option<Look>,
    tape: Option<Tape>,
    /// The block that is being written, whose samples are `samples`; after a panic it is written again.
    in_hand: Option<Block>,
    samples: Vec<f32>,
    /// The block in hand was in hand at a panic before.
    is_second_try: bool,
    activity_told: bool,
    rolling: bool,
    /// When the latest block came.
    heard: Instant,
    closing: Closing,
    /// Nobody else records this line's source meanwhile.
    lock: Option<Arc<SourceLock>>,
    /// How many of the next tries to write a block panic.
    #[cfg(test)]
    panics: usize,
}

#[cfg(test)]
fn panic_if_told(panics: &mut usize) {
    if let Some(left) = panics.checked_sub(1) {
        *panics = left;
        std::panic::panic_any("injected by a test");
    }
}

impl Line {
    pub fn new(id: LineId, events: Sender<RecorderEvent>) -> Self {
        Self {
            id,
            events,
            readers: VecDeque::new(),
            destination: None,
            look: None,
            tape: None,
            in_hand: None,
            samples: Vec::new(),
            is_second_try: false,
            activity_told: false,
            rolling: false,
            heard: Instant::now(),
            closing: Closing::No,
            lock: None,
            #[cfg(test)]
            panics: 0,
        }
    }

    pub fn hold(&mut self, lock: Arc<SourceLock>) {
        self.lock = Some(lock);
    }

    pub fn add_reader(&mut self, reader: CaptureReader) {
        self.readers.push_back(reader);
    }

    pub fn set_destination(&mut self, mut destination: Destination) {
        self.look = Some(Look::begin(&mut destination));
        self.destination = Some(destination);
    }

    /// Closes after the next poll that finds nothing left. Without a destination audio may be waiting for one; a
    /// second call gives it up.
    pub fn close(&mut self) {
        self.closing = match self.closing {
            Closing::No => Closing::WhenRecorded,
            Closing::WhenRecorded | Closing::Now => Closing::Now,
        };
    }

    /// Closes even if audio is waiting for a destination.
    pub fn close_now(&mut self) {
        self.closing = Closing::Now;
    }

    /// Puts itself in order after a panic, which may have left the tape half changed: it asks for its destination again. The block
    /// in hand is tried once more; one that panics again is given up.
    pub fn rebuild(&mut self) {
        self.tape = None;
        self.destination = None;
        self.look = None;
        self.activity_told = false;
        let is_tried = self.in_hand.is_some() && self.is_second_try;
        self.in_hand.take_if(|_| is_tried);
        self.is_second_try = self.in_hand.is_some();
    }

    #[cfg(test)]
    pub fn panic_at_blocks(&mut self, times: usize) {
        self.panics = times;
    }

    /// Records what came in.
    pub fn poll(&mut self, now: Instant) -> Standing {
        let has_block = self.readers.iter().any(CaptureReader::has_block);
        let waiting = has_block || self.in_hand.is_some();
        if waiting && !self.activity_told {
            self.activity_told = true;
            self.tell(RecorderEvent::LineActive { line: self.id });
        }
        if self.destination.is_some()
            && let Some(look) = &mut self.look
            && !look.is_due(now)
        {
            return Standing::Rolling;
        }
        self.turn_to_destination();
        let Some(mut tape) = self.tape.take() else {
            let held_up = waiting && self.closing != Closing::Now;
            if self.closing == Closing::No || held_up {
                return Standing::Idle;
            }
            return self.closed();
        };
        let is_drained = self.drain(&mut tape, now);
        if self.closing != Closing::No && is_drained {
            self.stop(&mut tape);
            return self.closed();
        }
        let is_quiet = now.saturating_duration_since(self.heard) >= STOPPED_AFTER;
        if is_quiet && is_drained {
            self.stop(&mut tape);
        }
        tape.end_poll(now);
        self.tape = Some(tape);
        let says_rolling = |reader: &CaptureReader| reader.meter().is_rolling();
        if !is_drained {
            Standing::Busy
        } else if !is_quiet && (self.rolling || self.readers.iter().any(says_rolling)) {
            Standing::Rolling
        } else {
            Standing::Idle
        }
    }

    /// Records to the newest destination from now on, and continues the takes of it that were found meanwhile.
    fn turn_to_destination(&mut self) {
        if let Some(tape) = &mut self.tape {
            if let Some(destination) = self.destination.take() {
                tape.redirect(destination);
            }
        } else if let Some(reader) = self.readers.front()
            && let Some(destination) = self.destination.take()
        {
            let events = self.events.clone();
            self.tape = Some(Tape::new(self.id, events, destination, reader.format()));
        }
        if let (Some(tape), Some(look)) = (&mut self.tape, &mut self.look) {
            let found = look.take_found();
            found.into_iter().for_each(|take| tape.enter(take));
            self.look.take_if(|look| look.is_over());
        }
    }

    /// Returns whether nothing was left waiting.
    fn drain(&mut self, tape: &mut Tape, now: Instant) -> bool {
        let mut budget = FRAMES_PER_POLL;
        while let Some(reader) = self.readers.front_mut() {
            tape.set_format(reader.format());
            // Asked first: what came in before the writer went is still recorded.
            let is_abandoned = reader.is_abandoned();
            while budget > 0 {
                let next = self.in_hand.take();
                let next = next.or_else(|| reader.next_block(&mut self.samples));
                let Some(block) = next else {
                    break;
                };
                budget = budget.saturating_sub(block.frames.max(1));
                self.heard = now;
                self.in_hand = Some(block);
                #[cfg(test)]
                panic_if_told(&mut self.panics);
                tape.write_block(&block, &self.samples, now);
                self.in_hand = None;
                self.is_second_try = false;
                self.rolling = block.kind == BlockKind::Audio;
                if !self.rolling {
                    tape.close();
                    let _ = self.events.send(RecorderEvent::Stopped { line: self.id });
                }
            }
            if budget == 0 {
                break;
            }
            let is_followed = self.readers.get(1).is_some_and(CaptureReader::has_block);
            if !is_abandoned && !is_followed {
                break;
            }
            if let Some(mut reader) = self.readers.pop_front()
                && let Some(loss) = reader.untold_loss()
            {
                tape.write_block(&loss, &[], now);
            }
            self.stop(tape);
        }
        budget > 0
    }

    fn stop(&mut self, tape: &mut Tape) {
        tape.close();
        if self.rolling {
            self.rolling = false;
            self.tell(RecorderEvent::Stopped { line: self.id });
        }
    }

    fn closed(&self) -> Standing {
        self.tell(RecorderEvent::LineClosed { line: self.id });
        Standing::Closed
    }

    fn tell(&self, event: RecorderEvent) {
        let _ = self.events.send(event);
    }
}
