//! What windows and the engine say to each other, as plain values: commands in, views out, and their parts.
//!
//! Nothing here needs a database or a disk. Used on the GUI thread and on the engine's threads.

mod background_margin;
mod change;
mod classifier_view;
mod command;
mod error;
mod export_request;
mod folder_view;
mod ids;
mod job;
mod job_view;
mod region_view;
mod remembered;
mod resolve;
mod retention;
pub(crate) mod survey;
mod view;
mod waveform;

pub use background_margin::{BackgroundMargin, WIDEST_MARGIN_S};
pub use change::{
    Change, MarkId, MarkKind, Place, PlacedRecording, ProfileTarget, SeenNegative, SeenRegion,
    Target,
};
pub use classifier_view::{ClassifierView, ReasonToTrain};
pub use command::{Command, Compared, SpectrogramWish, TrainRequest};
pub use error::EngineError;
pub use export_request::{
    Chosen, ClipChoices, ExportChoices, ExportKind, ExportRequest, IfThere, Pieces,
};
pub use folder_view::{FolderPlace, FolderView};
pub use ids::{InstanceId, SourceIdentity};
pub use job::JobControl;
pub use job_view::{JobKind, JobView};
pub use region_view::{RegionChange, RegionState, RegionView, ShownId};
pub use remembered::{Remembered, RememberedTake};
pub use resolve::Subject;
pub use retention::{Deletion, InUse, RetentionSurvey};
pub use survey::{ModelCredit, Stored, Survey, TakesSurvey, UnmarkedTake, bytes_in_words};
pub use view::{
    AuditionView, ClassView, ComparisonView, ExportQuestion, NegativeView, Obstacle, Offer,
    ProfileView, Severity, SpectrogramView, Status, TabView, TakeView, TrainingCounts,
    TrainingFileView, TrainingView, VersionView, View,
};
pub use waveform::Waveform;
