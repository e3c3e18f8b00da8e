//! What a view can ask for. Views return these; [`super::shell::Shell::apply`] is the one place that does them.

use earmark_core::engine::command::Command;
use earmark_core::store::RegionId;
use earmark_core::time::Span;

use super::in_out::InOutPoint;
use super::review_order::ReviewOrder;
use super::selection::Pick;
use super::state_filter::StateFilter;
use super::timecode::TimeFormat;
use super::views::timeline::Zoom;
use crate::state::ReviewSettings;

/// The side panel on show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Panel {
    #[default]
    None,
    Train,
    Negatives,
    Export,
    Versions,
    Profiles,
    Help,
    Settings,
    About,
}

/// One wish of the user.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// For the engine, as it is.
    Send(Command),
    SetThreshold(f32),
    /// Capture and scan what plays, or pause both.
    SetListening(bool),
    /// Give the source a name; an empty one goes back to the host's track name.
    RenameSource(String),

    /// Click on the region at this index of the view.
    Pick(usize, Pick),
    Step {
        by: isize,
        extend: bool,
    },
    NextToReview,
    SetOrder(ReviewOrder),
    /// List regions in these states only.
    SetFilter(StateFilter),
    SelectAll,
    /// A time selection, in seconds from the take's start.
    SelectTime(Span),
    /// I or O: the in or out point at the playhead.
    SetInOutPoint(InOutPoint),
    /// A row of this panel was clicked: Ctrl+A and Delete mean its rows until something else is chosen.
    Touch(Panel),
    /// Bring a stretch of the shown take into sight and select it.
    GoTo(Span),
    /// Escape: close what is topmost, else let go of the selection.
    Dismiss,

    /// N: the selection is not the sound (or no longer "not the sound").
    MarkNegative,
    /// P: the selection is the sound. Asks for a class when none is known yet, or when `ask`.
    MarkPositive {
        ask: bool,
    },
    /// The class the prompt asked for.
    ConfirmAs(String),
    /// U: the user cannot tell (or can again); keep it out of training.
    MarkUnsure,
    Disable,
    /// Space: play what is selected, or stop what plays.
    Audition,
    /// Play a stretch of the recording `filename`, in seconds from its start.
    AuditionStretch {
        filename: String,
        span: Span,
    },
    SetReview(ReviewSettings),
    /// M: one region of all that are selected.
    Merge,

    /// Shift+T: train on what the Train panel says, and watch.
    Train,
    /// C: compare the shown version with the one before it, or stop comparing.
    CompareWithBefore,

    /// Show a panel, or close it when it is the one on show.
    Toggle(Panel),
    /// Give a region another span, in seconds from the take's start.
    Resize {
        region: RegionId,
        to: Span,
    },
    /// F2: type the start of the region that the keys stand on.
    EditTimes,
    SetTimeFormat(TimeFormat),
    Zoom(Zoom),
    /// G: a spectrogram instead of the waveform, or the waveform again.
    ToggleSpectrogram,
    /// Show the take from one time to another, in seconds from its start; `None` shows all of it.
    ShowTime(Option<Span>),
}

impl From<Command> for Action {
    fn from(command: Command) -> Self {
        Self::Send(command)
    }
}

/// What leaves the window: the engine's commands and the parameters the host owns.
#[derive(Debug, Clone, PartialEq)]
pub enum Outgoing {
    Command(Command),
    Threshold(f32),
    Listening(bool),
    /// The user's own name for the source; empty to follow the host's track name again.
    SourceName(String),
    /// The class P confirms as from now on.
    LastClass(String),
    /// A region of the recording `filename` is before the user now, in seconds from its start.
    PointAt {
        filename: String,
        span: Span,
    },
    Review(ReviewSettings),
    ReviewOrder(ReviewOrder),
    StateFilter(StateFilter),
    TimeFormat(TimeFormat),
    /// A spectrogram instead of the waveform from now on, or the waveform again.
    Spectrogram(bool),
}
