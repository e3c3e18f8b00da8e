//! What a host's project remembers of what one instance shows. Plain values.

use super::Compared;

/// What is shown, for the project to show again. It follows the view, whoever changed that: this window, another one, or undo.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Remembered {
    pub profile: String,
    /// The watch list.
    pub watched: Vec<String>,
    /// Key of the model.
    pub model: String,
    /// `None` while no take of the source can be read.
    pub take: Option<RememberedTake>,
}

/// What is shown of a take.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RememberedTake {
    pub filename: String,
    /// Timestamp of the chosen version; `None` follows the newest.
    pub version: Option<String>,
    /// What it is compared with.
    pub compare_with: Option<Compared>,
}
