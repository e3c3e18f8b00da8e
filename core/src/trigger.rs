//! What comes through the host's parameters while no window is open: marks (a pad, a pedal or an automation lane, while both
//! hands are on the mixer) and the threshold.
//!
//! A [`HostControls`] is set and pressed by whichever thread sets the parameter. The audio thread's [`TriggerWriter`] claims each press in
//! the block it belongs to and notes where the transport was; it never allocates, frees, locks, logs or makes a system call.
//! A press that no block claims, because the host is not processing, is claimed by the [`TriggerReader`] after a while. Either
//! way it counts once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::capture::prepared_ring;
use crate::time::SampleIndex;

/// What a press says about the region that is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// It is not the sound.
    Negative,
    /// It is the sound.
    Positive,
}

/// One press of a button.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Press {
    pub mark: Mark,
    /// Where the transport was on the project's timeline; `None` when it stood.
    pub position: Option<SampleIndex>,
}

/// More presses than a person makes between two reads.
const PENDING: usize = 64;
/// Longer than the longest block takes to play: a press that is unclaimed after it belongs to no block.
const UNCLAIMED_FOR: Duration = Duration::from_millis(600);

#[derive(Debug, Default)]
struct Button {
    /// Counts presses.
    pressed: AtomicU32,
    claimed: AtomicU32,
}

impl Button {
    fn is_waiting(&self) -> bool {
        self.pressed.load(Ordering::Acquire) != self.claimed.load(Ordering::Acquire)
    }

    /// Claims the waiting press and says whether there was one. Several at once count as one: they have one position.
    fn claim(&self) -> bool {
        let pressed = self.pressed.load(Ordering::Acquire);
        // The higher number stays, whoever comes last.
        self.claimed.fetch_max(pressed, Ordering::AcqRel) < pressed
    }
}

/// What the host controls of one plugin instance; it lives as long as the parameters. Atomics only; any thread.
#[derive(Debug)]
pub struct HostControls {
    negative: Button,
    positive: Button,
    /// The bits of a number; not a number until the parameter was first set.
    threshold: AtomicU32,
    /// A project is being restored.
    restoring: AtomicBool,
}

impl Default for HostControls {
    fn default() -> Self {
        Self {
            negative: Button::default(),
            positive: Button::default(),
            threshold: AtomicU32::new(f32::NAN.to_bits()),
            restoring: AtomicBool::new(false),
        }
    }
}

impl HostControls {
    /// The threshold parameter has this value now.
    pub fn set_threshold(&self, threshold: f32) {
        self.threshold.store(threshold.to_bits(), Ordering::Release);
    }

    /// A parameter went from off to on.
    pub fn press(&self, mark: Mark) {
        if self.restoring.load(Ordering::Acquire) {
            return;
        }
        self.button(mark).pressed.fetch_add(1, Ordering::AcqRel);
    }

    /// Runs `restore`, which sets parameters as a project saved them: that presses nothing.
    pub fn without_presses(&self, restore: impl FnOnce()) {
        self.restoring.store(true, Ordering::Release);
        restore();
        self.restoring.store(false, Ordering::Release);
    }

    fn button(&self, mark: Mark) -> &Button {
        match mark {
            Mark::Negative => &self.negative,
            Mark::Positive => &self.positive,
        }
    }

    fn claim(&self) -> impl Iterator<Item = Mark> {
        [Mark::Negative, Mark::Positive]
            .into_iter()
            .filter(|&mark| self.button(mark).claim())
    }
}

/// Makes the two ends for one activation. Presses from before it are forgotten.
pub fn channel(buttons: Arc<HostControls>) -> (TriggerWriter, TriggerReader) {
    buttons.claim().for_each(drop);
    let nothing = Press {
        mark: Mark::Negative,
        position: None,
    };
    let (producer, consumer) = prepared_ring(PENDING, nothing);
    (
        TriggerWriter {
            buttons: Arc::clone(&buttons),
            presses: producer,
        },
        TriggerReader {
            buttons,
            presses: consumer,
            waiting_since: None,
        },
    )
}

/// The end in the audio thread. Made by [`channel`].
#[derive(Debug)]
pub struct TriggerWriter {
    buttons: Arc<HostControls>,
    presses: rtrb::Producer<Press>,
}

impl TriggerWriter {
    /// Claims what was pressed before this block, which starts at `position` (`None` when the transport stands). In a
    /// render presses come from an automation lane, which is no verdict: they are forgotten.
    pub fn claim(&mut self, position: Option<SampleIndex>, rendering: bool) {
        for mark in self.buttons.claim() {
            if !rendering {
                // When nobody has looked for so long, nobody wants to know.
                let _ = self.presses.push(Press { mark, position });
            }
        }
    }
}

/// The end in the engine. Made by [`channel`].
#[derive(Debug)]
pub struct TriggerReader {
    buttons: Arc<HostControls>,
    presses: rtrb::Consumer<Press>,
    waiting_since: Option<Instant>,
}

impl TriggerReader {
    /// Whether a press was seen that no block has claimed yet.
    pub fn is_waiting(&self) -> bool {
        self.waiting_since.is_some()
    }

    /// The value of the threshold parameter; `None` until it was first set.
    pub fn threshold(&self) -> Option<f32> {
        let threshold = f32::from_bits(self.buttons.threshold.load(Ordering::Acquire));
        (!threshold.is_nan()).then_some(threshold)
    }

    /// Appends what was pressed since the last time to `presses`. Never blocks.
    pub fn take(&mut self, now: Instant, presses: &mut impl Extend<Press>) {
        while let Ok(press) = self.presses.pop() {
            presses.extend([press]);
        }
        let waits = [Mark::Negative, Mark::Positive]
            .into_iter()
            .any(|mark| self.buttons.button(mark).is_waiting());
        let since = *self.waiting_since.get_or_insert(now);
        if !waits {
            self.waiting_since = None;
        } else if now.saturating_duration_since(since) >= UNCLAIMED_FOR {
            presses.extend(self.buttons.claim().map(|mark| Press {
                mark,
                position: None,
            }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(reader: &mut TriggerReader, now: Instant) -> Vec<Press> {
        let mut presses = Vec::new();
        reader.take(now, &mut presses);
        presses
    }

    #[test]
    fn a_press_belongs_to_the_block_that_follows_it_and_counts_once() {
        let buttons = Arc::new(HostControls::default());
        buttons.press(Mark::Positive);
        let (mut writer, mut reader) = channel(Arc::clone(&buttons));
        let now = Instant::now();
        let mut at = |position: Option<i64>| writer.claim(position.map(SampleIndex), false);
        at(Some(0));
        buttons.press(Mark::Negative);
        at(Some(64));
        at(Some(128));
        buttons.press(Mark::Positive);
        buttons.press(Mark::Negative);
        at(None);
        let press = |mark, position: Option<i64>| Press {
            mark,
            position: position.map(SampleIndex),
        };
        assert_eq!(
            taken(&mut reader, now),
            [
                press(Mark::Negative, Some(64)),
                press(Mark::Negative, None),
                press(Mark::Positive, None)
            ]
        );
        assert!(taken(&mut reader, now + UNCLAIMED_FOR).is_empty());
    }

    #[test]
    fn a_press_while_the_host_does_not_process_is_taken_after_a_while_and_never_later() {
        let buttons = Arc::new(HostControls::default());
        let (mut writer, mut reader) = channel(Arc::clone(&buttons));
        let now = Instant::now();
        assert!(taken(&mut reader, now).is_empty());
        buttons.press(Mark::Negative);
        assert!(taken(&mut reader, now).is_empty());
        let found = taken(&mut reader, now + UNCLAIMED_FOR);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].position, None);
        writer.claim(Some(SampleIndex(9)), false);
        assert!(taken(&mut reader, now + 2 * UNCLAIMED_FOR).is_empty());
    }

    #[test]
    fn a_render_marks_nothing() {
        let buttons = Arc::new(HostControls::default());
        let (mut writer, mut reader) = channel(Arc::clone(&buttons));
        buttons.press(Mark::Negative);
        writer.claim(Some(SampleIndex(9)), true);
        writer.claim(Some(SampleIndex(9)), false);
        assert!(taken(&mut reader, Instant::now() + UNCLAIMED_FOR).is_empty());
    }
}
