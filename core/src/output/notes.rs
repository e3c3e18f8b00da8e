//! Which notes begin and end in a block. Runs on the audio thread.

use super::cursor::Cursor;
use super::found::{Found, FoundSound};

/// What a host is told of a note.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum NoteMessage {
    /// A sound begins `at` so many samples into the block.
    On {
        at: u32,
        /// 0 to 127.
        note: u8,
        /// 1/127 to 1.
        velocity: f32,
    },
    /// The note that sounds ends.
    Off { at: u32, note: u8 },
}

/// The note that sounds, and where the list was read last.
#[derive(Debug, Default)]
pub(super) struct Notes {
    sounding: Option<Sounding>,
    cursor: Cursor,
}

#[derive(Debug, Clone, Copy)]
struct Sounding {
    start: i64,
    note: u8,
}

impl Notes {
    pub fn is_sounding(&self) -> bool {
        self.sounding.is_some()
    }

    /// Ends what sounds, `at` so many samples into the block.
    pub fn silence(&mut self, at: u32, emit: &mut impl FnMut(NoteMessage)) {
        if let Some(Sounding { note, .. }) = self.sounding.take() {
            emit(NoteMessage::Off { at, note });
        }
    }

    /// Plays the samples from `position` on. A sound in whose middle they begin begins there.
    pub fn play(
        &mut self,
        found: &Found,
        first_note: u8,
        position: i64,
        frames: u32,
        emit: &mut impl FnMut(NoteMessage),
    ) {
        let end = position.saturating_add(i64::from(frames));
        let offset = |at: i64| u32::try_from(at - position).unwrap_or(0);
        let note = first_note.saturating_add(found.place).min(127);
        let mut at = position;
        while at < end {
            let next = self.next(&found.notes, at);
            if let Some(sounding) = self.sounding {
                let same = next.filter(|sound| {
                    sound.start.0 == sounding.start && note == sounding.note && sound.start.0 <= at
                });
                let Some(sound) = same else {
                    // The list changed under it.
                    self.silence(offset(at), emit);
                    continue;
                };
                if sound.end.0 >= end {
                    // At the block's very end it would be too late for this block: the next one begins with it.
                    return;
                }
                at = sound.end.0;
                self.silence(offset(at), emit);
            } else {
                let Some(sound) = next.filter(|sound| sound.start.0 < end) else {
                    return;
                };
                at = at.max(sound.start.0);
                self.sounding = Some(Sounding {
                    start: sound.start.0,
                    note,
                });
                emit(NoteMessage::On {
                    at: offset(at),
                    note,
                    velocity: sound.velocity(),
                });
            }
        }
    }

    /// The first sound that is not over at the sample `at`.
    fn next(&mut self, notes: &[FoundSound], at: i64) -> Option<FoundSound> {
        let is_over = |sound: &FoundSound| sound.end.0 <= at;
        let place = self.cursor.seek(notes, is_over);
        notes.get(place).copied()
    }
}
