//! What windows and the engine say to each other, as plain values: commands in, views out, and their parts.
//!
//! Owns no state: nothing here needs a database, a disk or a thread, and nothing may. Windows know this room and
//! [`time`](crate::time), so it hands on what commands and views hold of lower rooms.
//! Used on the GUI thread and on the engine's threads.

mod background_margin;
mod change;
mod classifier_view;
mod command;
mod error;
mod export_request;
mod folder_view;
mod ids;
mod job_view;
mod judged_scores;
mod labels;
mod library;
mod note_search;
mod packs;
mod region_view;
mod remembered;
mod resolve;
mod retention;
mod similar;
mod survey;
mod view;
mod waveform;

pub use background_margin::{BackgroundMargin, WIDEST_MARGIN_S};
pub use change::{
    Change, ImportedMark, ImportedRecording, MarkId, MarkKind, Place, PlacedRecording,
    ProfileTarget, SeenRegion, Target,
};
pub use classifier_view::{ClassifierView, PROOF_THRESHOLD, ReasonToTrain};
pub use command::{
    Command, Compared, Note, Play, Show, SpectrogramWish, Storage, TrainRequest, Work,
};
pub use error::EngineError;
pub use export_request::{
    Chosen, ClipChoices, ExportChoices, ExportKind, ExportRequest, IfThere, Pieces,
};
pub use folder_view::{FolderPlace, FolderView};
pub use ids::{InstanceId, SourceIdentity};
pub use job_view::{JobKind, JobView};
pub use judged_scores::{found_scores, judged_scores};
pub use labels::{
    ClockNeed, Labels, LabelsClock, LabelsFile, LabelsLeftOut, LabelsPlan, LabelsRequest,
    LabelsState, LabelsView, MarkAs, is_label_file,
};
pub(crate) use library::serialize_failed;
pub use library::{
    Library, LibraryFolderView, LibraryFound, LibraryHit, LibraryUpdateView, LibraryView,
    ScannedFileView,
};
pub use note_search::{NoteSearch, tags};
pub use packs::{PackCredits, PackExport, PackFacts, PackState, PackView, Packs, is_pack};
pub use region_view::{RegionChange, RegionState, RegionView, ShownId};
pub use remembered::{Remembered, RememberedTake};
pub use resolve::{Subject, Subjects};
pub use retention::{Deletion, InUse, RetentionSurvey};
pub use similar::{
    Example, SearchedPlace, SimilarQuery, SimilarState, SimilarStretch, SimilarView,
};
pub use survey::{ModelCredit, Stored, Survey, TakesSurvey, UnmarkedTake};
pub use view::{
    ActivityView, AuditionView, ComparisonView, ExportQuestion, HealthView, LearningView,
    MarksView, Obstacle, Offer, ProfileView, ResultsView, Severity, ShownView, SoundView,
    SourceView, SpectrogramView, Status, StorageView, TabView, TakeView, TrainingCounts,
    TrainingFileView, TrainingView, VersionView, View,
};
pub use waveform::Waveform;

// The values of lower rooms that commands and views are made of, so that windows need know no other room.
pub use crate::audio::{ROWS, Spectrogram};
pub use crate::audition::{AuditionMeter, AuditionMode};
pub use crate::capture::CaptureMeter;
pub use crate::classifier::{Counts, CurvePoint, Metrics};
pub use crate::export::{Formulas, ListFormat, Times};
pub use crate::frequency::{Band, FrequencyAxis, FrequencyScale};
pub use crate::scan::{
    BandShare, JudgedScore, LEAST_JUDGEMENTS, LONGEST_S, MarkCheck, PrecisionThreshold, Reach,
    RegionShape, SCORE_BANDS, Share, Spot, TruthCurve, WindowScores, heard_at, score_band,
    shortest_region_s,
};
pub use crate::settings::{
    Accepts, Appearance, EMBEDDINGS_GB, Look, SCALE_PERCENT, SPECTROGRAM_BRIGHTNESS,
    SPECTROGRAM_CONTRAST, SPECTROGRAM_SCALE, STATE_COLOURS, SettingView, SettingsView,
    SpectrogramLook, StateColours, THEME, Theme, UNMARKED_TAKES_DAYS,
};
pub use crate::store::{
    ClassStats, ClipId, DEFAULT_PROFILE, FileStatistics, HardNegative, LONGEST_NOTE, NegativeId,
    ProfileRows, RegionId, RegionNoteId, ScanVersion, SourceId, TrainingWarning, UNSAID_LENGTH_S,
    UnsureId,
};
pub use crate::words::bytes_in_words;
