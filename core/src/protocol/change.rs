//! What a user changes, as one value: a place and the state that is wanted there.
//!
//! A [`Target`] names a state ("these spans are hard negatives"), never a toggle: the window resolves a toggle, because the
//! window has the picture that the user saw ([`Subject::negative`](super::Subject::negative)). A change that is tried
//! again after the database refused it can therefore never undo itself.

use super::RegionState;
use crate::frequency::Band;
use crate::recording::Recording;
use crate::scan::RegionShape;
use crate::store::{ClipId, HardNegative, NegativeId, RegionId, RegionNoteId, UnsureId};
use crate::time::Span;

/// One deed of a user.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    pub place: Place,
    pub target: Target,
}

impl Change {
    /// What it consists of: itself, or the changes that are made together.
    pub fn parts(&self) -> &[Self] {
        match &self.target {
            Target::Together { changes } => changes,
            _ => std::slice::from_ref(self),
        }
    }

    /// As [`parts`](Self::parts).
    pub fn parts_mut(&mut self) -> &mut [Self] {
        if !matches!(self.target, Target::Together { .. }) {
            return std::slice::from_mut(self);
        }
        match &mut self.target {
            Target::Together { changes } => changes,
            _ => &mut [],
        }
    }
}

/// Where a change is made: what the window showed when the user asked for it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Place {
    pub profile: String,
    /// Key of the model.
    pub model: String,
    /// `None` for changes that concern no recording.
    pub recording: Option<PlacedRecording>,
    /// Timestamp of the version; `None` where there was none yet.
    pub version: Option<String>,
    /// Which database file the identities in the target are from
    /// ([`StoreHandle::generation`](crate::store::StoreHandle::generation)).
    pub generation: u64,
}

/// A recording and where it lies in the project.
#[derive(Debug, Clone, PartialEq)]
pub struct PlacedRecording {
    pub recording: Recording,
    /// Seconds from the project's start.
    pub start_s: f64,
    pub length_s: f64,
}

/// The state that is wanted. Spans are in seconds from the recording's start.
#[derive(Debug, Clone, PartialEq)]
pub enum Target {
    /// The spans carry this mark, or (with `marked: false`) no mark of this kind lies on them. A mark takes the place of
    /// the other kinds: the last word about a span counts.
    Marked {
        kind: MarkKind,
        spans: Vec<Span>,
        marked: bool,
        /// The frequencies of the marks, when they were drawn as a box; `None` leaves those that are known.
        band: Option<Band>,
    },
    /// Each of the recordings is an example of the class, from its first sample to its last.
    ExamplesAdded {
        class: String,
        recordings: Vec<PlacedRecording>,
        /// What is to be said besides, in whole sentences.
        remark: String,
    },
    /// The recordings carry these marks and notes, besides those that they have. A mark takes the place of the other kinds on
    /// its span; notes stay beside others.
    Imported {
        recordings: Vec<ImportedRecording>,
        /// What is to be said besides, in whole sentences.
        remark: String,
    },
    /// All of these are so, or none: a deed on rows of several sounds or several recordings, of which each has a place of its own. They
    /// are marks, notes or regions, and none consists of others.
    Together {
        changes: Vec<Change>,
    },
    /// The note on the span says this; an empty text stands for no note.
    Noted {
        span: Span,
        text: String,
    },
    /// The regions of the version are disabled, or enabled, and the marks and notes in `removed` are gone.
    Disabled {
        regions: Vec<SeenRegion>,
        disabled: bool,
        removed: Vec<MarkId>,
    },
    /// The regions of the version are one: the best of them reaches from the first start to the last end.
    Merged {
        regions: Vec<SeenRegion>,
    },
    /// The region has this span, as far as it lies within the recording.
    Resized {
        region: SeenRegion,
        span: Span,
    },
    /// These hard negatives, as the window listed them, are gone.
    NegativesRemoved {
        negatives: Vec<HardNegative>,
    },
    /// The profile has no hard negatives, or none that were marked in this model's results.
    NegativesCleared {
        source_model: Option<String>,
    },
    /// Pruning passes the version by, or may delete it.
    Pinned(bool),
    /// A copy of the version, edits included, is the newest.
    VersionRestored,
    /// The version is deleted with its regions. Marks and clips stay.
    VersionDeleted,
    /// This classifier of the model, or a copy of it, is the newest.
    ClassifierInUse {
        version: u32,
    },
    /// Regions of the profile and model are cut like this.
    RegionShape(RegionShape),
    Profile(ProfileTarget),
    /// The setting has this value; `None` is its default.
    Setting {
        key: &'static str,
        value: Option<String>,
    },
}

/// What label files say about one recording.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportedRecording {
    pub placed: PlacedRecording,
    pub marks: Vec<ImportedMark>,
}

/// What one label says.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportedMark {
    pub span: Span,
    /// `None` where there is only a note.
    pub kind: Option<MarkKind>,
    /// The frequencies of the mark.
    pub band: Option<Band>,
    /// Empty where there is none.
    pub note: String,
}

/// The state of a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProfileTarget {
    Exists { name: String },
    CopyOf { from: String, to: String },
    Renamed { from: String, to: String },
    Deleted { name: String },
}

/// What a user says about a span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MarkKind {
    /// It is not the sound.
    Negative,
    /// It is the sound: an example of this class, whose audio is exported as a clip.
    Positive { class: String },
    /// The user cannot tell: nothing is learned from it.
    Unsure,
}

/// A region as the window showed it: its row, and where it lay.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SeenRegion {
    pub id: RegionId,
    pub span: Span,
    pub score: f32,
}

/// The row of a mark or a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarkId {
    Negative(NegativeId),
    Clip(ClipId),
    Unsure(UnsureId),
    Note(RegionNoteId),
}

impl MarkKind {
    /// What a region is that is marked like this.
    pub fn state(&self) -> RegionState {
        match self {
            Self::Negative => RegionState::Negative,
            Self::Positive { .. } => RegionState::Positive,
            Self::Unsure => RegionState::Unsure,
        }
    }
}

impl Target {
    /// The regions of a version that it changes.
    pub fn regions(&self) -> &[SeenRegion] {
        match self {
            Self::Disabled { regions, .. } | Self::Merged { regions } => regions,
            Self::Resized { region, .. } => std::slice::from_ref(region),
            _ => &[],
        }
    }

    /// The frequencies that it says something about.
    pub fn band(&self) -> Option<Band> {
        match self {
            Self::Marked { band, .. } => *band,
            _ => None,
        }
    }

    /// The spans that it says something about.
    pub fn spans(&self) -> Vec<Span> {
        match self {
            Self::Marked { spans, .. } => spans.clone(),
            Self::Noted { span, .. } => vec![*span],
            _ => self.regions().iter().map(|region| region.span).collect(),
        }
    }
}
