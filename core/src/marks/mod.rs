//! Every change a user can make, how it is taken back, and the history of both.
//!
//! [`commit`] makes one [`Change`] as one database transaction: all of it is saved when the call returns, or nothing is.
//! Clip files are written before the transaction and deleted if it fails. Used by the coordinator and the command line;
//! blocks on the database and on disks, so never on the audio or a window's thread.

mod apply;
mod bands;
mod clip_files;
mod history;
mod importing;
mod inverse;
mod judging;
mod matching;
mod noting;
mod on_recording;
mod outcome;
mod profiles;
mod regions;
mod together;
mod versions;
mod words;

#[cfg(test)]
mod tests;

use std::path::Path;

pub use apply::apply;
pub use clip_files::ClipFiles;
pub use history::{History, Stepped};
pub use inverse::Inverse;
pub use matching::SpanIndex;
pub use on_recording::Marks;
pub use outcome::{Added, Imported, Outcome};
pub use profiles::{KEPT_LIMIT_BYTES, comes_back};

use crate::protocol::{Change, EngineError, MarkKind, Target};
use crate::settings::Setting;
use crate::store::{Store, StoreHandle};

/// What a change did.
#[derive(Debug)]
pub struct Applied {
    pub outcome: Outcome,
    /// What takes it back.
    pub inverse: Inverse,
}

/// Makes a change, as one transaction. Clips are exported below `clips_folder`.
///
/// # Errors
/// When the audio cannot be read, a clip cannot be written, what is to be changed is gone, or the database refuses; then
/// nothing has changed.
pub fn commit(
    store: &StoreHandle,
    clips_folder: &Path,
    change: &Change,
) -> Result<Applied, EngineError> {
    let clips = ClipFiles::write_for(store, clips_folder, change)?;
    let applied = commit_with(store, change, &clips)?;
    clips.keep();
    Ok(applied)
}

/// Whether `change` is about to be saved with files of clips, which [`ClipFiles::write_for`] writes before.
pub(crate) fn needs_clips(change: &Change) -> bool {
    let is_example = |kind: &MarkKind| matches!(kind, MarkKind::Positive { .. });
    match &change.target {
        Target::Marked {
            kind, marked: true, ..
        } => is_example(kind),
        Target::ExamplesAdded { .. } => true,
        Target::Together { changes } => changes.iter().any(needs_clips),
        Target::Imported { recordings, .. } => {
            let mut marks = recordings.iter().flat_map(|recording| &recording.marks);
            marks.any(|mark| mark.kind.as_ref().is_some_and(is_example))
        }
        _ => false,
    }
}

/// As [`commit`], with the clips that were written for `change`; the caller keeps or deletes them. Touches no disk but the
/// database's.
///
/// # Errors
/// When what is to be changed is gone, or the database refuses; then nothing has changed.
pub(crate) fn commit_with(
    store: &StoreHandle,
    change: &Change,
    clips: &ClipFiles,
) -> Result<Applied, EngineError> {
    if let Target::Setting { key, value } = &change.target {
        Setting::find(key)?.choose(store, value.as_deref())?;
        return Ok(Applied {
            outcome: Outcome::default(),
            inverse: Inverse::Nothing,
        });
    }
    let is_same_file = change.place.generation == store.generation();
    let (outcome, inverse) = in_store(store, |store| {
        let recorded = inverse::recorded(store, change)?;
        let (outcome, journal) =
            store.record(recorded, |tx| apply(tx, change, clips, is_same_file))?;
        let inverse = inverse::of(change, &outcome, journal);
        Ok((outcome, inverse))
    })?;
    Ok(Applied { outcome, inverse })
}

/// Runs `work` on the database. The handle sees its errors, and learns from them what is damaged.
fn in_store<T>(
    store: &StoreHandle,
    work: impl FnOnce(&mut Store) -> Result<T, EngineError>,
) -> Result<T, EngineError> {
    store.with(|store| match work(store) {
        Ok(made) => Ok(Ok(made)),
        Err(EngineError::Store(error)) => Err(error),
        Err(error) => Ok(Err(error)),
    })?
}

/// Remembers what a change needs to know of the recording it is made in.
fn recording_of(change: &Change) -> Result<&crate::protocol::PlacedRecording, EngineError> {
    let recording = change.place.recording.as_ref();
    recording.ok_or(EngineError::Vanished {
        what: "the recording",
    })
}
