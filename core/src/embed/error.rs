//! Why a model cannot be used, in words for the person who has to repair it.

use std::path::PathBuf;

use super::manifest::FORMAT_VERSION;

/// Why a model cannot be used. Every message ends with what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    #[error("the model description {} cannot be read ({source}): run `cargo xtask setup` to install the model, or add it again with `earmark models add`", path.display())]
    Unreadable {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("the model description {} is not valid ({reason}): correct it as docs/models.md says, or run `cargo xtask setup` to install the model again", path.display())]
    Invalid { path: PathBuf, reason: String },
    #[error("the model description {} has layout {found}, newer than {FORMAT_VERSION}: update Earmark", path.display())]
    TooNew { path: PathBuf, found: u64 },
    #[error("the model file {} is missing: bring it back, add the model again with `earmark models add`, or run `cargo xtask setup` if it is the default model", path.display())]
    FileMissing { path: PathBuf },
    #[error("the model file {} cannot be read ({source}): check the disk and the file's permissions", path.display())]
    FileUnreadable {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error(
        "the model file {} is not the one its description names (SHA-256 {found} instead of {expected}): add the model again with `earmark models add`, or run `cargo xtask setup` if it is the default model",
        path.display()
    )]
    WrongChecksum {
        path: PathBuf,
        expected: String,
        found: String,
    },
    #[error(
        "the model file {} has {bytes} bytes, more than the 2 GiB that an ONNX file can hold: export it with its weights in a data file beside it, or in half precision",
        path.display()
    )]
    TooLarge { path: PathBuf, bytes: u64 },
    #[error("ONNX Runtime cannot load the model file {} ({reason}): it is damaged or no ONNX model; export or download it again, or run `cargo xtask setup` if it is the default model", path.display())]
    Rejected { path: PathBuf, reason: String },
    #[error(
        "the model file {} wants to read {location}, which is not a file in its own folder that its description names: export it with its data file beside it and name that under `data`",
        path.display()
    )]
    ForeignData { path: PathBuf, location: String },
    #[error(
        "the model {key} has {} inputs ({}) where sound is the only one that can be given: export it again with the others as constants",
        inputs.len(),
        inputs.join(", ")
    )]
    InputCount { key: String, inputs: Vec<String> },
    #[error(
        "the model {key} takes {found} {axis} at a time and nothing else, where {wanted} are to be given: export it again with dynamic axes, or correct its description"
    )]
    FixedAxis {
        key: String,
        axis: &'static str,
        found: i64,
        wanted: String,
    },
    #[error(
        "the model {key} gives values that are not numbers for {sound}: export it again, in full precision if this one is in half"
    )]
    NotFinite { key: String, sound: &'static str },
    #[error(
        "the model {key} gives other vectors for the same sound {how} (they differ by {difference:.4} of their length): export it again in evaluation mode, with dynamic axes and without padding to the batch"
    )]
    NotDeterministic {
        key: String,
        how: &'static str,
        difference: f32,
    },
    #[error(
        "the model {key} does not fit its description ({reason}): correct the description or use another model"
    )]
    Mismatch { key: String, reason: String },
}
