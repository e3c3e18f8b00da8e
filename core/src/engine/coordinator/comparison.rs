//! The version that the shown one is compared with, and what versions say of what is marked. Coordinator's thread only.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::session::{ComparedVersion, Session};
use crate::marks;
use crate::marks::Judged;
use crate::protocol::Compared;
use crate::scan::MarkCheck;
use crate::store::{ClassifierRow, ScanVersion, Store, StoreError};

/// Whose results: of one recording, in one profile, by one model.
#[derive(Clone, Copy)]
pub(super) struct Results<'a> {
    pub file: &'a str,
    pub profile: &'a str,
    pub model: &'a str,
}

/// What is known of the shown model's versions, beside which another is put.
#[derive(Clone, Copy)]
pub(super) struct Beside<'a> {
    pub file: &'a str,
    pub versions: &'a [ScanVersion],
    pub judged: &'a Judged,
    /// By timestamp.
    pub checks: &'a BTreeMap<String, Arc<MarkCheck>>,
}

/// Reads the version that `session` compares with the shown one.
pub(super) fn read_compared(
    session: &Session,
    store: &Store,
    beside: &Beside<'_>,
) -> Result<Option<ComparedVersion>, StoreError> {
    let Beside {
        file,
        versions,
        judged,
        checks: of_versions,
    } = *beside;
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
        Compared::Version(_) => of_versions.get(timestamp).cloned(),
        Compared::Model { model } => {
            let classifiers = store.classifiers(profile, model)?;
            let results = Results {
                file,
                profile,
                model,
            };
            checks(store, results, judged, &classifiers)?.remove(timestamp)
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

/// What each version of the recording says of what is judged there, by timestamp.
pub(super) fn checks(
    store: &Store,
    results: Results<'_>,
    judged: &Judged,
    classifiers: &[ClassifierRow],
) -> Result<BTreeMap<String, Arc<MarkCheck>>, StoreError> {
    let Results {
        file,
        profile,
        model,
    } = results;
    let checks = marks::of_versions(store, file, profile, model, judged, classifiers)?;
    let shared = checks.into_iter();
    Ok(shared
        .map(|(timestamp, check)| (timestamp, Arc::new(check)))
        .collect())
}
