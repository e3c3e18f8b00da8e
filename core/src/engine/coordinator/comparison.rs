//! The version that the shown one is compared with, and what versions say of what is marked. Coordinator's thread only.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::session::{ComparedVersion, Session};
use crate::marks::Marks;
use crate::protocol::Compared;
use crate::scan::MarkCheck;
use crate::store::{ScanVersion, Store, StoreError};

/// Reads the version that `session` compares with the shown one: beside the `versions` of `file` by the shown model, and what
/// is marked there with what those say of it, by timestamp.
pub(super) fn read_compared(
    session: &Session,
    store: &Store,
    (file, versions): (&str, &[ScanVersion]),
    (marks, checks): (&Marks, &BTreeMap<String, Arc<MarkCheck>>),
) -> Result<Option<ComparedVersion>, StoreError> {
    let profile = session.shown.profile();
    let Some(with) = session.shown.compare_with().cloned() else {
        return Ok(None);
    };
    let (model, version) = match &with {
        Compared::Version(timestamp) => {
            let mut all = versions.iter();
            let version = all.find(|version| version.timestamp == *timestamp);
            (session.shown.model(), version.cloned())
        }
        Compared::Model { model } => {
            let versions = store.versions(file, profile, model)?;
            (model.as_str(), versions.into_iter().next())
        }
    };
    let Some(version) = version else {
        return Ok(None);
    };
    let timestamp = version.timestamp.as_str();
    let check = match &with {
        Compared::Version(_) => checks.get(timestamp).cloned(),
        Compared::Model { model } => {
            let classifiers = store.classifiers(profile, model)?;
            let mut checks = marks.checks(store, (file, profile, model), &classifiers)?;
            checks.remove(timestamp)
        }
    };
    let regions = store.regions(file, profile, model, timestamp)?;
    Ok(Some(ComparedVersion {
        with,
        version,
        regions,
        check,
    }))
}
