//! The end of the line in the audio thread.

use std::sync::Arc;

use super::meter::NONE;
use super::{AuditionMeter, AuditionMode, Chunk, Sizes};
use crate::capture::CaptureFormat;

/// Plays what lies in the ring. Made by [`channel`](super::channel).
///
/// Two ramps, counted in frames so that they have exactly the length of a fade and end exactly at nothing: the region's
/// `level`, and how far the track is `ducked` (only in [`AuditionMode::Replace`]). While both are 0 no sample is touched.
#[derive(Debug)]
pub struct AuditionPlayer {
    channels: usize,
    sizes: Sizes,
    samples: rtrb::Consumer<f32>,
    chunks: rtrb::Consumer<Chunk>,
    /// Frames of the ring's first chunk that were played already.
    used: usize,
    meter: Arc<AuditionMeter>,
    voice: Option<Voice>,
    /// 0 to `sizes.fade`.
    level: usize,
    /// 0 to `sizes.fade`.
    duck: usize,
    /// Ended or refused: this ticket is not played although it is still the wanted one.
    dismissed: u32,
}

/// The play that sounds, or waits for its samples.
#[derive(Debug, Clone, Copy)]
struct Voice {
    ticket: u32,
    total: u64,
    left: u64,
    mode: AuditionMode,
}

impl AuditionPlayer {
    pub(super) fn new(
        format: CaptureFormat,
        sizes: Sizes,
        samples: rtrb::Consumer<f32>,
        chunks: rtrb::Consumer<Chunk>,
        meter: Arc<AuditionMeter>,
    ) -> Self {
        Self {
            channels: usize::from(format.channels),
            sizes,
            samples,
            chunks,
            used: 0,
            meter,
            voice: None,
            level: 0,
            duck: 0,
            dismissed: NONE,
        }
    }

    /// The line's meter.
    pub fn meter(&self) -> &Arc<AuditionMeter> {
        &self.meter
    }

    /// Whether anything sounds, or is about to: the host should go on calling.
    pub fn is_engaged(&self) -> bool {
        self.voice.is_some() || self.duck > 0 || self.wanted() != NONE
    }

    /// Plays into one block, which holds the track's sound: one slice per channel, of equal lengths (the shortest counts).
    ///
    /// While `inhibited` nothing is started, what sounds is faded out, and what was asked for will not be played later:
    /// the host renders, or has bypassed the plugin.
    pub fn process<S: AsMut<[f32]>>(&mut self, channels: &mut [S], inhibited: bool) {
        if inhibited && self.wanted() != NONE {
            self.dismissed = self.meter.wanted();
            self.meter.refuse(self.dismissed);
        }
        self.pass_over();
        let buffered = self.buffered();
        if self.voice.is_none() && !inhibited {
            self.voice = self.next_voice(buffered);
        }
        if self.voice.is_none() && self.duck == 0 {
            return;
        }
        // Asked after looking into the ring: what is found there has been wanted before it was put there.
        let wanted = if inhibited { NONE } else { self.wanted() };
        let lengths = channels.iter_mut().map(|channel| channel.as_mut().len());
        let frames = lengths.min().unwrap_or(0);
        let played = self.play(channels, frames, wanted, buffered);
        self.consume(played);
        match self.voice {
            Some(voice) => self
                .meter
                .set_sounding(voice.ticket, voice.total - voice.left),
            None => self.meter.set_sounding(NONE, 0),
        }
    }

    /// Silences what sounds, from the next frame on and without a fade, and for good. For a moment when what follows may be a
    /// render that nobody has announced.
    pub fn cut(&mut self) {
        if self.wanted() != NONE {
            self.dismissed = self.meter.wanted();
            self.meter.end(self.dismissed);
        }
        self.voice = None;
        self.level = 0;
        self.duck = 0;
        self.meter.set_sounding(NONE, 0);
    }

    /// The ticket that is to sound.
    fn wanted(&self) -> u32 {
        let wanted = self.meter.wanted();
        if wanted == self.dismissed {
            NONE
        } else {
            wanted
        }
    }

    /// The play that the ring begins with, once enough of it is there.
    fn next_voice(&self, buffered: usize) -> Option<Voice> {
        let first = self.chunks.peek().ok()?;
        let is_wanted = first.ticket == self.wanted();
        (is_wanted && self.is_enough(buffered, first.total)).then_some(Voice {
            ticket: first.ticket,
            total: first.total,
            left: first.total,
            mode: first.mode,
        })
    }

    fn is_enough(&self, buffered: usize, left: u64) -> bool {
        buffered as u64 >= left.min(self.sizes.pre_roll as u64)
    }

    /// Whether the region that ran dry waits until there is enough of it again.
    fn waits(&self, stopping: bool, buffered: usize) -> bool {
        let lacks = |voice: Voice| !stopping && !self.is_enough(buffered, voice.left);
        self.level == 0 && self.voice.is_some_and(lacks)
    }

    /// Returns how many frames of the ring were played.
    fn play<S: AsMut<[f32]>>(
        &mut self,
        channels: &mut [S],
        frames: usize,
        mut wanted: u32,
        buffered: usize,
    ) -> usize {
        let stopping = self.voice.is_some_and(|voice| voice.ticket != wanted);
        let mut available = if self.waits(stopping, buffered) {
            0
        } else {
            buffered
        };
        let mut played = 0;
        let fade = self.sizes.fade;
        let Ok(ring) = self
            .samples
            .read_chunk(buffered.saturating_mul(self.channels))
        else {
            return 0;
        };
        let (first, second) = ring.as_slices();
        let sample_at = |index: usize| {
            let sample = first
                .get(index)
                .or_else(|| second.get(index - first.len()))
                .copied()
                .unwrap_or(0.0);
            if sample.is_finite() { sample } else { 0.0 }
        };
        for frame in 0..frames {
            if self.voice.is_none() && self.duck == 0 {
                break;
            }
            let ahead = self.voice.map_or(0, |voice| {
                usize::try_from(voice.left)
                    .unwrap_or(usize::MAX)
                    .min(available)
            });
            let sounds = self.voice.is_some() && ahead > 0;
            let mix = Mix {
                gain: (sounds && self.level > 0).then(|| self.level as f32 / fade as f32),
                rest: match self.duck {
                    0 => None,
                    duck => Some((fade - duck) as f32 / fade as f32),
                },
            };
            let base = played * self.channels;
            for (index, channel) in channels.iter_mut().take(self.channels).enumerate() {
                let Some(place) = channel.as_mut().get_mut(frame) else {
                    continue;
                };
                mix.write(place, || sample_at(base + index));
            }
            self.duck = if ducks(self.voice, wanted, stopping, self.duck, fade) {
                fade.min(self.duck + 1)
            } else {
                self.duck.saturating_sub(1)
            };
            let Some(voice) = &mut self.voice else {
                continue;
            };
            if sounds {
                self.level = next_level(self.level, stopping, fade, ahead);
                played += 1;
                available -= 1;
                voice.left -= 1;
            }
            if voice.left == 0 {
                self.dismissed = voice.ticket;
                self.meter.end(voice.ticket);
                self.voice = None;
                wanted = NONE;
            } else if stopping && self.level == 0 {
                self.voice = None;
            }
        }
        played
    }

    /// Frames in the ring that belong to the play it begins with.
    fn buffered(&mut self) -> usize {
        let used = self.used;
        let Ok(chunks) = self.chunks.read_chunk(self.chunks.slots()) else {
            return 0;
        };
        let (first, second) = chunks.as_slices();
        let mut all = first.iter().chain(second).peekable();
        let Some(ticket) = all.peek().map(|chunk| chunk.ticket) else {
            return 0;
        };
        let frames: usize = all
            .take_while(|chunk| chunk.ticket == ticket)
            .map(|chunk| chunk.frames)
            .sum();
        frames - used
    }

    /// Passes over what belongs neither to the play that sounds nor to the one that is wanted.
    fn pass_over(&mut self) {
        while let Ok(chunk) = self.chunks.peek().copied() {
            let sounds = self.voice.is_some_and(|voice| voice.ticket == chunk.ticket);
            if sounds || chunk.ticket == self.wanted() {
                break;
            }
            self.consume(chunk.frames - self.used);
        }
    }

    fn consume(&mut self, frames: usize) {
        if let Ok(samples) = self.samples.read_chunk(frames * self.channels) {
            samples.commit_all();
        }
        self.used += frames;
        while let Ok(chunk) = self.chunks.peek().copied() {
            if self.used < chunk.frames {
                break;
            }
            self.used -= chunk.frames;
            // There is one, as `peek` has shown.
            let _ = self.chunks.pop();
        }
    }
}

/// The fades of one frame.
struct Mix {
    /// How loud the region is, while it sounds.
    gain: Option<f32>,
    /// How loud the track is, while it is ducked.
    rest: Option<f32>,
}

impl Mix {
    /// Writes the track at `place` and the region's sample as one. What is no number is left out.
    fn write(&self, place: &mut f32, sample: impl FnOnce() -> f32) {
        let track = match self.rest {
            None => *place,
            Some(rest) if rest <= 0.0 => 0.0,
            Some(rest) => *place * rest,
        };
        if let Some(gain) = self.gain {
            let region = gain * sample();
            let both = track + region;
            *place = if both.is_finite() { both } else { region };
        } else if self.rest.is_some() {
            *place = if track.is_finite() { track } else { 0.0 };
        }
    }
}

/// Whether the track is faded out further. It comes back as the region's last fade goes, and stays away between two regions
/// and while one has run dry.
fn ducks(voice: Option<Voice>, wanted: u32, stopping: bool, duck: usize, fade: usize) -> bool {
    match voice {
        Some(voice) => {
            voice.mode == AuditionMode::Replace
                && wanted != NONE
                && (stopping || voice.left > fade as u64 + 1)
        }
        None => wanted != NONE && duck > 0,
    }
}

/// The region's level in the next frame. It is never above the number of frames that are left after this one, so the last one is
/// silent whether the region ends or the ring runs dry.
fn next_level(level: usize, stopping: bool, fade: usize, ahead: usize) -> usize {
    if stopping {
        level.saturating_sub(1)
    } else {
        fade.min(level + 1).min(ahead.saturating_sub(2))
    }
}
