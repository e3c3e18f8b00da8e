//! What N, P and U mark while the host plays.
//!
//! The last action of the user counts. When playback starts, the keys mark the region at the playhead; when the user selects
//! a region, they mark that one. While nothing is selected they always mark the region at the playhead. Runs on the window's
//! thread and must never wait.

use earmark_core::engine::command::Command;
use earmark_core::engine::view::ShownId;
use earmark_core::time::Span;

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
    index.at_playhead(capture.playhead_s? - take.start_s)
}

/// What a mark is about.
#[derive(Debug, Clone, PartialEq)]
pub enum MarkTarget {
    /// Regions with a row in the database.
    Regions(Vec<ShownId>),
    /// A time selection, or a region without a row.
    Time {
        /// The name of the recording.
        filename: String,
        /// In seconds from the start of the recording.
        span: Span,
    },
}

impl MarkTarget {
    /// The command that marks it as not the sound.
    pub fn negative(self) -> Command {
        match self {
            Self::Regions(regions) => Command::ToggleNegative { regions },
            Self::Time { filename, span } => Command::AddNegative { filename, span },
        }
    }

    /// The command that marks it as unsure.
    pub fn unsure(self) -> Command {
        match self {
            Self::Regions(regions) => Command::ToggleUnsure { regions },
            Self::Time { filename, span } => Command::AddUnsure { filename, span },
        }
    }

    /// The command that marks it as the sound, with its class.
    pub fn positive(self, class: String) -> Command {
        match self {
            Self::Regions(regions) => Command::ConfirmPositive { regions, class },
            Self::Time { filename, span } => Command::AddPositive {
                filename,
                span,
                class,
            },
        }
    }
}
