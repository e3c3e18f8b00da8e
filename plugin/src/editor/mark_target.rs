//! What N, P and U mark while the host plays.
//!
//! The last action of the user counts. When playback starts, the keys mark the region at the playhead; when the user selects
//! a region, they mark that one. While nothing is selected they always mark the region at the playhead. Runs on the window's
//! thread and must never wait.

use super::region_index::RegionIndex;
use super::shell::{FrameState, shown_take};

/// Whether the keys follow the playhead.
#[derive(Debug, Default)]
pub struct PlayheadFollow {
    was_rolling: bool,
    follows: bool,
    /// The last region that the list scrolled to.
    revealed: Option<usize>,
}

impl PlayheadFollow {
    /// Follows the transport; call it once a frame.
    pub fn update(&mut self, frame: &FrameState<'_>) {
        let rolling = frame.capture.is_some_and(|capture| capture.rolling);
        if rolling != self.was_rolling {
            self.was_rolling = rolling;
            self.follows = rolling;
        }
    }

    /// The user selected something, so the keys no longer follow the playhead.
    pub fn release(&mut self) {
        self.follows = false;
    }

    /// The region to scroll to when the playhead reaches another one and the keys follow it.
    pub fn reveal(&mut self, at_playhead: Option<usize>) -> Option<usize> {
        let is_new = self.revealed != at_playhead;
        self.revealed = at_playhead;
        at_playhead.filter(|_| is_new && self.follows)
    }

    /// Whether the region at the playhead comes before the selection.
    pub fn follows(&self) -> bool {
        self.follows
    }
}

/// The region at the playhead, or just behind it, during playback: its index in the view.
pub fn region_at_playhead(frame: &FrameState<'_>, index: &RegionIndex) -> Option<usize> {
    let capture = frame.capture.filter(|capture| capture.rolling)?;
    let take = shown_take(frame.view)?;
    index.at_playhead(take.at_project_s(capture.playhead_s?)?)
}
