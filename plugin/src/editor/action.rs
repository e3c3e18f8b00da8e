//! The actions that views return; only [`super::shell::Shell::apply`] carries them out. Values without behaviour.

use std::path::PathBuf;

use earmark_core::protocol::{
    Band, Command, NegativeId, ProfileTarget, RegionId, SearchedPlace, Target,
};
use earmark_core::time::Span;

use super::in_out::InOutPoint;
use super::selection::Pick;
use super::time_selection::TimeSelection;
use super::views::timeline::Zoom;
use crate::params::OutputValues;
use crate::review::{ReviewOrder, StateFilter};
use crate::state::ReviewSettings;
use crate::timecode::TimeFormat;

/// The open side panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Panel {
    #[default]
    None,
    Train,
    Negatives,
    Export,
    Similar,
    Library,
    Import,
    Versions,
    Profiles,
    Help,
    Settings,
    About,
}

/// An action in the Similar panel, or the key that opens it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SimilarAction {
    /// F: search for what sounds like the selected stretches, or the selected regions.
    Find,
    /// Search with the present examples again.
    Again,
    /// Search there.
    In(SearchedPlace),
    Cancel,
    /// Click the stretch in this row.
    Pick(usize, Pick),
    /// The selected stretches are examples, too.
    More,
    /// The sound is not like the selected stretches.
    Less,
    /// Search without this example, by its position.
    ForgetExample(usize),
    /// Search without this rejected stretch, by its position.
    ForgetRejected(usize),
    /// Make the examples clips of a class, and train it.
    Train,
    /// Open the form for an export of the selected stretches, or close it.
    ToggleExport,
    /// Export the selected stretches with the choices in the form.
    Export,
}

impl From<SimilarAction> for Action {
    fn from(action: SimilarAction) -> Self {
        Self::Similar(action)
    }
}

/// One action of the user.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Send a command to the engine.
    Send(Command),
    /// Bring about a state where the window stands.
    Change(Target),
    /// These hard negatives are gone.
    RemoveNegatives(Vec<NegativeId>),
    /// Bring about a state of the version of this timestamp.
    ChangeVersion {
        timestamp: String,
        target: Target,
    },
    SetThreshold(f32),
    /// Capture and scan the track, or pause both.
    SetListening(bool),
    SetOutput(OutputValues),
    /// Rename the source; an empty name goes back to the host's track name.
    RenameSource(String),

    /// Click the region at this index of the view.
    Pick(usize, Pick),
    Step {
        by: isize,
        extend: bool,
    },
    NextToReview,
    SetOrder(ReviewOrder),
    /// List only regions in these states.
    SetFilter(StateFilter),
    /// List only the sound of this profile; `None` lists all.
    ListSound(Option<String>),
    SelectAll,
    /// A time selection, or a box on the spectrogram.
    SelectTime(TimeSelection),
    /// I or O: the in or out point at the playhead.
    SetInOutPoint(InOutPoint),
    /// The user clicked a row of this panel: Ctrl+A and Delete mean its rows until something else is selected.
    Touch(Panel),
    /// Scroll to a span of the shown take and select it.
    GoTo(Span),
    /// Escape: close the topmost thing, or deselect.
    Dismiss,

    /// N: toggle the mark "not the sound".
    MarkNegative,
    /// P: toggle the mark "the sound". Asks for a class before the first mark, and with `ask`.
    MarkPositive {
        ask: bool,
    },
    /// The answer to the question for a class.
    ConfirmAs(String),
    /// U: toggle the mark "unsure", which keeps regions out of training.
    MarkUnsure,
    Disable,
    /// Enter: write the note on the region at the cursor.
    EditNote,
    /// The text of the note that is written.
    SaveNote(String),
    /// Leave the note as it was.
    CloseNote,
    /// List only regions whose note has these words.
    FindNotes(String),

    /// Files and folders were dropped on the window or pasted. With `scans` they are searched, else they become examples.
    DropFiles {
        paths: Vec<PathBuf>,
        scans: bool,
    },
    /// Show a recording beside the takes, and in it this span if there is one, in seconds from its start.
    OpenFile {
        path: PathBuf,
        at: Option<Span>,
    },
    /// Put a path on the clipboard.
    CopyPath(PathBuf),
    /// Show a file in the system's file manager.
    ShowInFolder(PathBuf),
    /// Ctrl+C: the path of the selected clip, else of the shown take.
    CopySelectedPath,
    /// Ctrl+Shift+C: the selected clip, else the shown take.
    ShowSelectedInFolder,

    /// Space: play the selection, or stop.
    Audition,
    /// Play a span of the recording `filename`, in seconds from its start.
    AuditionStretch {
        filename: String,
        span: Span,
    },
    SetReview(ReviewSettings),
    /// What concerns the search for similar sounds.
    Similar(SimilarAction),
    /// M: merge the selected regions.
    Merge,

    /// Shift+T: train with the choices in the Train panel, and open it.
    Train,
    /// C: compare the shown version with the previous one, or stop comparing.
    CompareWithBefore,

    /// Open a panel, or close it.
    Toggle(Panel),
    /// Change the span of a region, in seconds from the take's start.
    Resize {
        region: RegionId,
        to: Span,
    },
    /// F2: type the start of the region at the cursor.
    EditTimes,
    SetTimeFormat(TimeFormat),
    Zoom(Zoom),
    /// G: show a spectrogram or the waveform.
    ToggleSpectrogram,
    /// Show a span of the take, in seconds from its start; `None` shows all of it.
    ShowTime(Option<Span>),
    /// The frequencies of the spectrogram; `None` shows all.
    ShowFrequencies(Option<Band>),
}

impl From<Target> for Action {
    fn from(target: Target) -> Self {
        Self::Change(target)
    }
}

impl From<ProfileTarget> for Action {
    fn from(target: ProfileTarget) -> Self {
        Self::Change(Target::Profile(target))
    }
}

impl From<Command> for Action {
    fn from(command: Command) -> Self {
        Self::Send(command)
    }
}

/// A request that leaves the window: a command for the engine, a parameter of the host, or a choice to save.
#[derive(Debug, Clone, PartialEq)]
pub enum Outgoing {
    Command(Command),
    Threshold(f32),
    Listening(bool),
    Output(OutputValues),
    /// The user's name for the source; empty for the host's track name.
    SourceName(String),
    /// The class that P marks regions as from now on.
    LastClass(String),
    /// The user has selected this span of the recording `filename`, in seconds from its start.
    PointAt {
        filename: String,
        span: Span,
    },
    /// Put a path on the clipboard.
    CopyPath(PathBuf),
    Review(ReviewSettings),
    ReviewOrder(ReviewOrder),
    StateFilter(StateFilter),
    /// List only the sound of this profile; `None` lists all.
    ListedSound(Option<String>),
    /// Where the window searches for similar sounds from now on.
    SimilarPlace(SearchedPlace),
    TimeFormat(TimeFormat),
    /// Whether the timeline shows a spectrogram instead of the waveform.
    Spectrogram(bool),
    /// The frequencies that the spectrogram shows; `None` for all.
    Frequencies(Option<Band>),
}
