//! A list of what was found on a track, in the form that the audio thread needs. Pure values.

use crate::time::SampleIndex;

/// One sound on the project's timeline, in samples of the line's rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FoundSound {
    /// Its first sample.
    pub start: SampleIndex,
    /// The sample after its last.
    pub end: SampleIndex,
    /// 0 to 1; what is no number counts as 0.
    pub score: f32,
}

/// Everything that was found on a track.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Found {
    /// Sounds that share no sample, in order.
    pub(super) notes: Vec<FoundSound>,
    /// Where there is any sound: stretches that neither share a sample nor touch, in order.
    pub(super) stretches: Vec<(i64, i64)>,
    /// How far the note of these sounds lies above the first one.
    pub(super) place: u8,
}

impl Found {
    /// From sounds in any order. Where two share samples, the note of the earlier one ends where the later one begins. `place`
    /// says how far their note lies above the first one.
    pub fn new(mut sounds: Vec<FoundSound>, place: u8) -> Self {
        sounds.retain(|sound| sound.start < sound.end);
        sounds.sort_by_key(|sound| (sound.start, sound.end));
        let mut notes: Vec<FoundSound> = Vec::with_capacity(sounds.len());
        let mut stretches: Vec<(i64, i64)> = Vec::new();
        for sound in sounds {
            match stretches.last_mut() {
                Some((_, end)) if *end >= sound.start.0 => *end = (*end).max(sound.end.0),
                _ => stretches.push((sound.start.0, sound.end.0)),
            }
            if let Some(before) = notes.last_mut() {
                if before.start == sound.start {
                    // The longer one comes last.
                    *before = sound;
                    continue;
                }
                before.end = before.end.min(sound.start);
            }
            notes.push(sound);
        }
        Self {
            notes,
            stretches,
            place,
        }
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.notes.is_empty()
    }

    /// How many sounds there are, those left out that begin where a longer one does.
    pub fn len(&self) -> usize {
        self.notes.len()
    }
}

impl FoundSound {
    /// 0 to 1, and never 0, which would be a note-off in MIDI.
    pub(super) fn velocity(self) -> f32 {
        let lowest = 1.0 / 127.0;
        if self.score.is_nan() {
            return lowest;
        }
        self.score.clamp(lowest, 1.0)
    }
}
