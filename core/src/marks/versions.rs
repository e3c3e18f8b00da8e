//! Versions pinned, restored and deleted, and an earlier classifier used again.

use super::{Outcome, recording_of};
use crate::protocol::{Change, EngineError};
use crate::settings::versions_kept;
use crate::store::{ScanVersion, Store, StoreTransaction};
use crate::words::counted;

/// The versions of the results that `change` is about, newest first, and the timestamp of the one it means.
fn versions_of<'a>(
    store: &Store,
    change: &'a Change,
) -> Result<(Vec<ScanVersion>, &'a str), EngineError> {
    let (place, filename) = (&change.place, &recording_of(change)?.recording.filename);
    let versions = store.versions(filename, &place.profile, &place.model)?;
    Ok((versions, place.version.as_deref().unwrap_or_default()))
}

fn number_of(versions: &[ScanVersion], timestamp: &str) -> Option<u32> {
    let mut versions = versions.iter();
    let version = versions.find(|version| version.timestamp == timestamp)?;
    Some(version.number)
}

/// Gives versions of 8-cut's their numbers before a change is recorded: taking the change back takes no number back.
pub(super) fn number_all(store: &Store, change: &Change) -> Result<(), EngineError> {
    if change.place.recording.is_some() {
        versions_of(store, change)?;
    }
    Ok(())
}

/// The version was deleted or pruned, by this window or by anybody else, since the window last looked.
pub(super) fn gone(change: &Change) -> EngineError {
    let recording = change.place.recording.as_ref();
    EngineError::NoSuchVersion {
        wanted: format!(
            "version of {}",
            change.place.version.as_deref().unwrap_or_default()
        ),
        filename: recording.map_or_else(String::new, |it| it.recording.filename.clone()),
        model: change.place.model.clone(),
        profile: change.place.profile.clone(),
    }
}

pub(super) fn pin(
    tx: &mut StoreTransaction<'_>,
    change: &Change,
    pinned: bool,
) -> Result<Outcome, EngineError> {
    let (versions, timestamp) = versions_of(tx, change)?;
    let number = number_of(&versions, timestamp).ok_or_else(|| gone(change))?;
    let (place, filename) = (&change.place, &recording_of(change)?.recording.filename);
    if !tx.set_pinned(filename, &place.profile, &place.model, timestamp, pinned)? {
        return Err(gone(change));
    }
    let verb = if pinned { "pinning" } else { "unpinning" };
    Ok(Outcome::labelled(format!("{verb} version {number}")))
}

pub(super) fn restore(
    tx: &mut StoreTransaction<'_>,
    change: &Change,
) -> Result<Outcome, EngineError> {
    let (before, timestamp) = versions_of(tx, change)?;
    let number = number_of(&before, timestamp).ok_or_else(|| gone(change))?;
    let keep = versions_kept(tx)?;
    let (place, filename) = (&change.place, &recording_of(change)?.recording.filename);
    let restored = tx
        .restore_version(filename, &place.profile, &place.model, timestamp, keep)?
        .ok_or_else(|| gone(change))?;
    let mut message = format!(
        "Version {number} is active again, as version {}",
        restored.saved.number
    );
    let pruned = restored.pruned.iter();
    let pruned: Vec<String> = pruned
        .filter_map(|pruned| Some(number_of(&before, pruned)?.to_string()))
        .collect();
    if !pruned.is_empty() {
        message.push_str(&format!(
            ". Earmark keeps {}, so it deleted version {}",
            counted(keep, "version"),
            pruned.join(", ")
        ));
    }
    Ok(Outcome::labelled(format!("restoring version {number}")).saying(message))
}

pub(super) fn delete(
    tx: &mut StoreTransaction<'_>,
    change: &Change,
) -> Result<Outcome, EngineError> {
    let (versions, timestamp) = versions_of(tx, change)?;
    let number = number_of(&versions, timestamp).ok_or_else(|| gone(change))?;
    let (place, filename) = (&change.place, &recording_of(change)?.recording.filename);
    if !tx.delete_version(filename, &place.profile, &place.model, timestamp)? {
        return Err(gone(change));
    }
    let message = format!("Deleted version {number}");
    Ok(Outcome::labelled(format!("deleting version {number}")).saying(message))
}

/// Makes `version` the newest classifier again, as a copy. Nothing to do where it is the newest, or a copy of it is.
pub(super) fn use_classifier(
    tx: &mut StoreTransaction<'_>,
    change: &Change,
    version: u32,
) -> Result<Outcome, EngineError> {
    let vanished = EngineError::Vanished {
        what: "the classifier",
    };
    let (profile, model) = (&change.place.profile, &change.place.model);
    let Some(newest) = tx.latest_classifier(profile, model)? else {
        return Err(vanished);
    };
    if newest.version == version || newest.copy_of == Some(version) {
        return Ok(Outcome::default());
    }
    let restored = tx
        .restore_classifier(profile, model, version)?
        .ok_or(vanished)?;
    let message = format!(
        "Classifier {version} is in use again, as classifier {}.",
        restored.version
    );
    Ok(Outcome {
        classifier_before: Some(newest.version),
        ..Outcome::labelled(format!("going back to classifier {version}")).saying(message)
    })
}
