//! The end of the line in the audio thread.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::OutputMode;
use super::found::Found;
use super::gate::{Gate, Level, Shape};
use super::notes::{NoteMessage, Notes};
use crate::time::{SampleIndex, SampleRate};

/// How long an offline render waits for the first list. The engine reads a database for it.
const FIRST_LIST_LIMIT: Duration = Duration::from_secs(10);
const NAP: Duration = Duration::from_millis(1);

/// What the user chose.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OutputSettings {
    pub mode: OutputMode,
    /// Length of every fade, in seconds.
    pub fade_s: f64,
    /// So much before and after every sound counts as found too, in seconds.
    pub margin_s: f64,
    /// The note of the first sound, 0 to 127, if a note is sent for every region.
    pub first_note: Option<u8>,
}

impl OutputSettings {
    /// Whether it takes a list to follow them.
    fn is_needed(self) -> bool {
        self.first_note.is_some() || self.mode != OutputMode::Everything
    }
}

/// A block of the track.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// Where its first frame lies on the project's timeline; `None` while the transport stands.
    pub position: Option<SampleIndex>,
    /// Nobody listens in real time, so the first list may be waited for.
    pub is_offline: bool,
}

/// Silences what is not wanted, and plays notes. Made by [`channel`](super::channel).
#[derive(Debug)]
pub struct OutputPlayer {
    incoming: rtrb::Consumer<Box<Found>>,
    used: rtrb::Producer<Box<Found>>,
    /// Tells the feed that a list is needed.
    wanted: Arc<AtomicBool>,
    found: Option<Box<Found>>,
    gate: Gate,
    notes: Notes,
    /// What was set in the block before; `None` after a bypass.
    before: Option<Setting>,
    /// An offline render has waited for the first list.
    has_waited: bool,
    /// Where the next block begins if the transport goes on.
    next: Option<i64>,
    /// The gain of the latest frame.
    gain: f32,
    /// What the gain still differs from what it should be, after a change: it goes to nothing within a fade.
    offset: f32,
    /// Frames until it is nothing.
    offset_left: i64,
}

/// What was set in a block, in samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Setting {
    mode: OutputMode,
    shape: Shape,
}

impl Setting {
    fn of(settings: OutputSettings, rate: SampleRate) -> Self {
        let samples = |seconds: f64| (seconds * f64::from(rate.hz())).round() as i64;
        Self {
            mode: settings.mode,
            shape: Shape {
                margin: samples(settings.margin_s).max(0),
                fade: samples(settings.fade_s).max(1),
            },
        }
    }
}

/// How a block relates to the one before.
#[derive(Debug, Clone, Copy)]
enum Change {
    None,
    /// Something was changed while the transport goes on or stands.
    Fade,
    /// The transport is elsewhere.
    Jump,
}

impl OutputPlayer {
    pub(super) fn new(
        incoming: rtrb::Consumer<Box<Found>>,
        used: rtrb::Producer<Box<Found>>,
        wanted: Arc<AtomicBool>,
    ) -> Self {
        Self {
            incoming,
            used,
            wanted,
            found: None,
            gate: Gate::default(),
            notes: Notes::default(),
            before: None,
            has_waited: false,
            next: None,
            gain: 1.0,
            offset: 0.0,
            offset_left: 0,
        }
    }

    /// Whether a note sounds, so that the host should go on calling.
    pub fn is_engaged(&self) -> bool {
        self.notes.is_sounding()
    }

    /// Plays one block in place: one slice per channel, of equal lengths (the shortest counts). Calls `emit` for each note that
    /// begins or ends, in order. Without `settings` the plugin is bypassed: the block does not change, and no note sounds.
    pub fn process<S: AsMut<[f32]>>(
        &mut self,
        stretch: Stretch,
        settings: Option<OutputSettings>,
        rate: SampleRate,
        channels: &mut [S],
        mut emit: impl FnMut(NoteMessage),
    ) {
        let lengths = channels.iter_mut().map(|channel| channel.as_mut().len());
        let Some(frames) = lengths.min().filter(|frames| *frames > 0) else {
            return;
        };
        let is_needed = settings.is_some_and(OutputSettings::is_needed);
        self.wanted.store(is_needed, Ordering::Relaxed);
        if is_needed && stretch.is_offline && stretch.position.is_some() {
            self.wait_for_first_list();
        }
        let has_new_list = self.take_newest_list();
        let position = stretch.position.map(|position| position.0);
        let goes_on = position.is_some() && position == self.next;
        let stood = self.next.is_none();
        self.next = position.map(|position| position.saturating_add_unsigned(frames as u64));
        if !goes_on || settings.is_none_or(|it| it.first_note.is_none()) {
            self.notes.silence(0, &mut emit);
        }
        let Some(settings) = settings else {
            self.before = None;
            self.gain = 1.0;
            self.offset_left = 0;
            return;
        };
        if let (Some(note), Some(position), Some(found)) =
            (settings.first_note, position, &self.found)
        {
            let frames = u32::try_from(frames).unwrap_or(u32::MAX);
            self.notes.play(found, note, position, frames, &mut emit);
        }
        let setting = Setting::of(settings, rate);
        let has_changed = match self.before.replace(setting) {
            None => false,
            Some(before) => before != setting || has_new_list || (position.is_none() && !stood),
        };
        // A jump of the transport is one in the sound as well; only what changes while the transport goes on is faded.
        let change = match (position.is_some() && !goes_on, has_changed) {
            (true, _) => Change::Jump,
            (false, true) => Change::Fade,
            (false, false) => Change::None,
        };
        self.play(channels, frames, position, setting, change);
    }

    fn play<S: AsMut<[f32]>>(
        &mut self,
        channels: &mut [S],
        frames: usize,
        position: Option<i64>,
        Setting { mode, shape }: Setting,
        change: Change,
    ) {
        let stretches = self.found.as_ref().map_or(&[][..], |it| &it.stretches);
        let mut level = |at: i64| match (mode, position) {
            (OutputMode::Everything, _) | (_, None) => (Level::Closed, i64::MAX),
            (_, Some(_)) => self.gate.level(stretches, shape, at),
        };
        let begin = position.unwrap_or(0);
        match change {
            Change::None => {}
            Change::Jump => self.offset_left = 0,
            Change::Fade => {
                self.offset = self.gain - wanted(mode, level(begin).0.at(begin));
                self.offset_left = if self.offset == 0.0 { 0 } else { shape.fade };
            }
        }
        let mut done = 0;
        while done < frames {
            let at = begin.saturating_add_unsigned(done as u64);
            let (level, until) = level(at);
            let mut count = frames - done;
            for most in [until.saturating_sub(at), self.offset_left] {
                if most > 0 {
                    count = count.min(usize::try_from(most).unwrap_or(usize::MAX));
                }
            }
            let span = done..done + count;
            match level.constant() {
                Some(gate) if self.offset_left == 0 => {
                    self.gain = wanted(mode, gate);
                    scale(channels, span, |_| self.gain);
                }
                _ => {
                    let (offset, left) = (self.offset, self.offset_left);
                    let gain = |index: usize| {
                        let index = index as i64;
                        let rest = offset * (left - index).max(0) as f32 / shape.fade as f32;
                        (wanted(mode, level.at(at + index)) + rest).clamp(0.0, 1.0)
                    };
                    let last = gain(count - 1);
                    scale(channels, span, gain);
                    self.gain = last;
                }
            }
            self.offset_left = (self.offset_left - count as i64).max(0);
            done += count;
        }
    }

    /// Takes the newest list into use and sends back those before it. Returns whether there was one.
    fn take_newest_list(&mut self) -> bool {
        let mut has_new = false;
        while !self.used.is_full()
            && let Ok(found) = self.incoming.pop()
        {
            has_new = true;
            if let Some(before) = self.found.replace(found) {
                // There is room, as the condition says.
                let _ = self.used.push(before);
            }
        }
        has_new
    }

    /// Waits until the engine has read what was found, once: a render that begins as soon as the project is open would be
    /// silent, or whole, in its first moments.
    #[expect(
        clippy::disallowed_methods,
        reason = "a render is not in real time, and the engine cannot wake the host's thread"
    )]
    fn wait_for_first_list(&mut self) {
        if self.found.is_some() || self.has_waited {
            return;
        }
        self.has_waited = true;
        let begun = Instant::now();
        while self.incoming.is_empty()
            && !self.incoming.is_abandoned()
            && begun.elapsed() < FIRST_LIST_LIMIT
        {
            thread::sleep(NAP);
        }
    }
}

/// Multiplies a span of every channel by a gain, which depends on the place in the span. A gain of 1 changes no bit.
fn scale<S: AsMut<[f32]>>(channels: &mut [S], span: Range<usize>, gain: impl Fn(usize) -> f32) {
    for channel in channels {
        let samples = channel.as_mut().get_mut(span.clone()).unwrap_or_default();
        for (index, sample) in samples.iter_mut().enumerate() {
            let gain = gain(index);
            if gain <= 0.0 {
                // Also where the sample is no number.
                *sample = 0.0;
            } else if gain < 1.0 {
                *sample *= gain;
            }
        }
    }
}

/// The gain of the track where the gate has the gain `gate`.
fn wanted(mode: OutputMode, gate: f32) -> f32 {
    match mode {
        OutputMode::Everything => 1.0,
        OutputMode::Only => gate,
        OutputMode::Without => 1.0 - gate,
    }
}
