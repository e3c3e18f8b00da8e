//! The version that the shown one is compared with, and what versions say of what is marked. Runs on the coordinator.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::session::Session;
use crate::marks;
use crate::marks::Judged;
use crate::protocol::Compared;
use crate::scan::MarkCheck;
use crate::store::{ClassifierRow, RegionRow, ScanVersion, Store, StoreError};

/// A version beside the one on show, by the same model or by another.
pub(super) struct Rival {
    pub with: Compared,
    pub version: ScanVersion,
    pub regions: Vec<RegionRow>,
    pub check: Option<Arc<MarkCheck>>,
}

impl Rival {
    /// `versions` and `checks` are those of the shown model.
    pub(super) fn read(
        session: &Session,
        store: &Store,
        file: &str,
        versions: &[ScanVersion],
        judged: &Judged,
        of_versions: &BTreeMap<String, Arc<MarkCheck>>,
    ) -> Result<Option<Self>, StoreError> {
        let profile = session.profile.as_str();
        let Some(with) = session.compare_with.clone() else {
            return Ok(None);
        };
        let (model, version) = match &with {
            Compared::Version(timestamp) => {
                let mut all = versions.iter();
                let version = all.find(|version| version.timestamp == *timestamp);
                (session.model.as_str(), version.cloned())
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
                checks(store, file, profile, model, judged, &classifiers)?.remove(timestamp)
            }
        };
        let regions = store.regions(file, profile, model, timestamp)?;
        Ok(Some(Self {
            with,
            version,
            regions,
            check,
        }))
    }
}

/// What each version of the recording says of what is judged there, by timestamp.
pub(super) fn checks(
    store: &Store,
    file: &str,
    profile: &str,
    model: &str,
    judged: &Judged,
    classifiers: &[ClassifierRow],
) -> Result<BTreeMap<String, Arc<MarkCheck>>, StoreError> {
    let checks = marks::of_versions(store, file, profile, model, judged, classifiers)?;
    let shared = checks.into_iter();
    Ok(shared
        .map(|(timestamp, check)| (timestamp, Arc::new(check)))
        .collect())
}
