//! What was found on a track, as sound and as notes: the line into the audio thread that carries it, and what the audio thread
//! does with it.
//!
//! [`channel`] makes the two ends at once. The [`OutputPlayer`] belongs to the host's audio thread: it silences what is not
//! wanted and says which notes begin and end. It never allocates, frees, locks, logs or makes a system call there; only in an
//! offline render, where nobody listens, may it wait for the first list. The [`OutputFeed`] belongs to the engine, which makes a
//! new list of [`Found`] sounds whenever one changes. A list that the player no longer needs goes back to the feed, which frees it.
//!
//! While everything is to be heard the player changes no sample.

mod cursor;
mod feed;
mod found;
mod gate;
mod notes;
mod player;

#[cfg(test)]
mod tests;

pub use feed::OutputFeed;
pub use found::{Found, FoundSound};
pub use notes::NoteMessage;
pub use player::{OutputPlayer, OutputSettings, Stretch};

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// The note of the first sound until the user chooses another: C3 where middle C is C3.
pub const FIRST_NOTE: u8 = 60;

/// Which part of the track is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OutputMode {
    /// All of it, bit for bit.
    #[default]
    Everything,
    /// Only what was found.
    Only,
    /// All but what was found.
    Without,
}

/// Lists on their way to the player.
const NEW_LISTS: usize = 2;
/// Lists on their way back. As many as there can be: those on their way, the one in use, and one the feed is about to send.
const USED_LISTS: usize = NEW_LISTS + 2;

/// Makes a line. Its memory is freed by whichever end is dropped last: do not drop the player inside `process()`.
pub fn channel() -> (OutputPlayer, OutputFeed) {
    let (new, incoming) = rtrb::RingBuffer::new(NEW_LISTS);
    let (used, returned) = rtrb::RingBuffer::new(USED_LISTS);
    let wanted = Arc::new(AtomicBool::new(false));
    (
        OutputPlayer::new(incoming, used, Arc::clone(&wanted)),
        OutputFeed::new(new, returned, wanted),
    )
}
