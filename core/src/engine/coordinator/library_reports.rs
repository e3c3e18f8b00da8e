//! What the threads of the library report to the coordinator. Plain values.

use std::path::PathBuf;
use std::time::Duration;

use crate::protocol::{EngineError, InstanceId, LibraryFolderView, LibraryFound};
use crate::store::TakeRow;
use crate::worker::{AddedFolders, LibraryReport};

/// What the library's threads report.
pub(super) enum LibraryToCoordinator {
    Read {
        outcome: Result<ReadLibrary, EngineError>,
        took: Duration,
    },
    /// The list of folders, or whether indexing is paused, was changed in the window of `instance`, or not.
    Changed {
        instance: InstanceId,
        outcome: Result<Changed, EngineError>,
    },
    Updated {
        /// Whose window asked for the update; `None` when nobody did.
        instance: Option<InstanceId>,
        outcome: Result<LibraryReport, EngineError>,
        notices: Vec<String>,
    },
    Searched {
        instance: InstanceId,
        outcome: Result<LibraryFound, EngineError>,
        notices: Vec<String>,
    },
    /// A file was opened to be shown in the window of `instance`.
    Opened {
        instance: InstanceId,
        outcome: Result<Box<TakeRow>, EngineError>,
    },
}

/// What the database says of the library.
pub(super) struct ReadLibrary {
    pub folders: Vec<LibraryFolderView>,
    pub is_paused: bool,
}

/// What a user changed.
pub(super) enum Changed {
    Added(AddedFolders),
    /// With the number of its files; `None` when it was no folder of the library.
    Removed(PathBuf, Option<u64>),
    Paused(bool),
}
