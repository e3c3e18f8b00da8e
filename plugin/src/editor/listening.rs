//! What is heard while the host's transport rolls, and what N, P and U therefore mean.
//!
//! What the user touched last counts: a transport that starts makes the keys mean the region under its playhead, a region
//! chosen by hand makes them mean that one. With nothing chosen they always mean the region under the playhead.

use super::frame::{Picture, shown_take};
use super::region_index::RegionIndex;

/// Whether the keys follow the playhead.
#[derive(Debug, Default)]
pub struct Listening {
    was_rolling: bool,
    follows: bool,
    /// The region that was brought into sight last.
    revealed: Option<usize>,
}

impl Listening {
    /// Once a frame.
    pub fn look(&mut self, picture: &Picture<'_>) {
        let rolling = picture.capture.is_some_and(|capture| capture.rolling);
        if rolling != self.was_rolling {
            self.was_rolling = rolling;
            self.follows = rolling;
        }
    }

    /// The user chose something by hand.
    pub fn choose(&mut self) {
        self.follows = false;
    }

    /// The region to bring into sight, when another one is heard and the keys follow.
    pub fn reveal(&mut self, heard: Option<usize>) -> Option<usize> {
        let is_new = self.revealed != heard;
        self.revealed = heard;
        heard.filter(|_| is_new && self.follows)
    }

    /// Whether what is heard comes before what is selected.
    pub fn follows(&self) -> bool {
        self.follows
    }
}

/// The region under the playhead, or just behind it, while the transport rolls: its index in the view.
pub fn heard(picture: &Picture<'_>, index: &RegionIndex) -> Option<usize> {
    let capture = picture.capture.filter(|capture| capture.rolling)?;
    let take = shown_take(picture.view)?;
    index.heard(capture.playhead_s? - take.start_s)
}
