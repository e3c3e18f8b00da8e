//! What a window needs to know of one region, as plain values.

use std::path::PathBuf;

use crate::frequency::Band;
use crate::store::{ClipId, NegativeId, RegionId, RegionNoteId, UnsureId};
use crate::time::Span;

/// What a region is, for the eye and for the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RegionState {
    /// Found, and nobody has said anything about it.
    Found,
    Positive,
    Negative,
    /// Listened to and not decided: kept out of training.
    Unsure,
    Disabled,
    /// From the live scan, not saved yet; cannot be marked before it is.
    Provisional,
    /// No region and no mark, but a note is written about it.
    Noted,
}

impl RegionState {
    /// Whether an export leaves out regions in this state unless somebody wants all.
    pub fn is_rejected(self) -> bool {
        matches!(self, Self::Disabled | Self::Negative)
    }

    /// The state in a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::Positive => "positive",
            Self::Negative => "negative",
            Self::Unsure => "unsure",
            Self::Disabled => "disabled",
            Self::Provisional => "provisional",
            Self::Noted => "note",
        }
    }
}

/// Which row of the database a region on show is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ShownId {
    /// A region of the version on show.
    Region(RegionId),
    /// A hard negative that lies on none of the version's regions.
    Negative(NegativeId),
    /// An example that lies on none of the version's regions.
    Clip(ClipId),
    /// An unsure mark that lies on none of the version's regions.
    Unsure(UnsureId),
    /// A note that lies on none of the version's regions and on no mark.
    Note(RegionNoteId),
}

impl ShownId {
    /// The region of a version that it is; `None` for a mark or a note on bare waveform.
    pub fn region(self) -> Option<RegionId> {
        match self {
            Self::Region(id) => Some(id),
            Self::Negative(_) | Self::Clip(_) | Self::Unsure(_) | Self::Note(_) => None,
        }
    }
}

impl From<RegionId> for ShownId {
    fn from(id: RegionId) -> Self {
        Self::Region(id)
    }
}

/// How a region of the shown version relates to the version it is compared with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RegionChange {
    Kept,
    /// It lay elsewhere in that version, though they share some time.
    Moved {
        from: Span,
    },
    New,
}

/// A region of the version on show, or a mark or a note that lies on none of them.
#[derive(Debug, Clone, PartialEq)]
pub struct RegionView {
    /// `None` for provisional regions.
    pub id: Option<ShownId>,
    /// In seconds from the take's start.
    pub span: Span,
    /// 0 to 1; `NaN` for a mark where the version on show scored nothing.
    pub score: f32,
    pub state: RegionState,
    /// How unlike everything that was marked it sounds, from 0 to 2, while a window goes by it; `None` until it is known, and
    /// where nothing was marked or nothing is embedded.
    pub novelty: Option<f32>,
    /// Present while a comparison is on show.
    pub change: Option<RegionChange>,
    /// The class it was confirmed as.
    pub class: Option<String>,
    /// The clip that confirming it made.
    pub clip: Option<ClipId>,
    /// Its file.
    pub clip_path: Option<PathBuf>,
    /// The span that the scan found, when a hand has resized it since.
    pub original: Option<Span>,
    /// The frequencies of the mark on it, when it was drawn as a box.
    pub band: Option<Band>,
    /// A clip of it was exported, whether or not anybody listened to it.
    pub exported: bool,
    /// What the user wrote about it, on one line.
    pub note: Option<String>,
    /// What was said about it last is not saved yet: the database cannot take it at present.
    pub waiting: bool,
    /// Which of [`ResultsView::sounds`](super::ResultsView::sounds) it is; 0 while only that of the shown profile is looked for.
    pub sound: u16,
}

impl RegionView {
    /// Whether it is a mark or a note that lies on no region of the version on show.
    pub fn is_bare_mark(&self) -> bool {
        self.id.is_some_and(|id| id.region().is_none())
    }

    /// A region that a scan found and nobody has said anything about; it has no row yet.
    pub fn found(span: Span, score: f32) -> Self {
        Self {
            id: None,
            span,
            score,
            state: RegionState::Found,
            novelty: None,
            change: None,
            class: None,
            clip: None,
            clip_path: None,
            original: None,
            band: None,
            exported: false,
            note: None,
            waiting: false,
            sound: 0,
        }
    }
}
