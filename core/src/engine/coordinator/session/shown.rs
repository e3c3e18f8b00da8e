//! What the window of one instance shows: profile, model, take, version, threshold and comparison, and what the database says of
//! them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::freshness::{Freshness, Part};
use super::loaded::Loaded;
use crate::protocol::Compared;
use crate::settings::SettingsView;
use crate::store::DEFAULT_PROFILE;

/// The model that ships with Earmark.
const DEFAULT_MODEL: &str = "AISFX";
/// A threshold that has rested this long is written into the shown version.
const THRESHOLD_RESTS: Duration = Duration::from_millis(300);

#[derive(Default)]
pub(in crate::engine::coordinator) struct Shown {
    profile: String,
    /// The profiles whose sounds are looked for beside that of the shown one.
    watched: Vec<String>,
    model: String,
    threshold: f32,
    /// When the threshold last moved; `None` once it has come to rest.
    threshold_moved: Option<Instant>,
    take: Option<String>,
    /// `None` follows the newest.
    version: Option<String>,
    compare_with: Option<Compared>,
    /// The comparison that a training began, unasked.
    compared_unasked: Option<Compared>,
    /// The version that was the newest before a training whose scan is at work.
    before_training: Option<String>,
    /// Until the database was read, only those settings that it does not keep.
    settings: Option<Arc<SettingsView>>,
    /// What the database says; `None` until it was read.
    loaded: Option<Loaded>,
    freshness: Freshness,
}

impl Shown {
    pub fn new(freshness: Freshness) -> Self {
        Self {
            profile: String::from(DEFAULT_PROFILE),
            model: String::from(DEFAULT_MODEL),
            threshold: 0.5,
            freshness,
            ..Self::default()
        }
    }

    /// The same choices, with nothing that was read or is in motion.
    pub fn rebuilt(&self, freshness: Freshness) -> Self {
        Self {
            profile: self.profile.clone(),
            watched: self.watched.clone(),
            model: self.model.clone(),
            threshold: self.threshold,
            take: self.take.clone(),
            version: self.version.clone(),
            compare_with: self.compare_with.clone(),
            settings: self.settings.clone(),
            ..Self::new(freshness)
        }
    }

    pub fn profile(&self) -> &str {
        &self.profile
    }

    /// The profiles on the watch list.
    pub fn watched(&self) -> &[String] {
        &self.watched
    }

    /// The profiles whose sounds are looked for: the shown one, and the others on the watch list.
    pub fn sounds(&self) -> Vec<String> {
        let others = self.watched.iter().filter(|name| **name != self.profile);
        std::iter::once(&self.profile)
            .chain(others)
            .cloned()
            .collect()
    }

    /// Looks for the sounds of `profiles` from now on, beside that of the shown one.
    pub fn watch(&mut self, mut profiles: Vec<String>) {
        profiles.sort();
        profiles.dedup();
        self.watched = profiles;
        self.freshness.invalidate(Part::Database);
    }

    pub fn model(&self) -> &str {
        &self.model
    }

    pub fn is_at(&self, profile: &str, model: &str) -> bool {
        self.profile == profile && self.model == model
    }

    pub fn threshold(&self) -> f32 {
        self.threshold
    }

    pub fn take(&self) -> Option<&str> {
        self.take.as_deref()
    }

    /// The chosen version; `None` follows the newest.
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    pub fn compare_with(&self) -> Option<&Compared> {
        self.compare_with.as_ref()
    }

    pub fn settings(&self) -> Option<&Arc<SettingsView>> {
        self.settings.as_ref()
    }

    pub fn loaded(&self) -> Option<&Loaded> {
        self.loaded.as_ref()
    }

    pub fn change_profile(&mut self, profile: &str) {
        profile.clone_into(&mut self.profile);
        self.forget_versions();
    }

    pub fn change_model(&mut self, model: String) {
        self.model = model;
        self.forget_versions();
    }

    pub fn show_take(&mut self, filename: String) {
        self.take = Some(filename);
        self.forget_versions();
    }

    /// A take that was begun just now is shown at once.
    pub fn follow_new_take(&mut self, filename: String) {
        self.take = Some(filename);
        self.version = None;
        self.freshness.invalidate(Part::Database);
    }

    pub fn show_version(&mut self, timestamp: Option<String>) {
        self.version = timestamp;
        // The hand on the slider did not mean the version that is shown now.
        self.threshold_moved = None;
        self.freshness.invalidate(Part::Database);
    }

    pub fn show_newest_version(&mut self) {
        self.version = None;
        self.freshness.invalidate(Part::Database);
    }

    /// Somebody deleted the version `timestamp`: it is neither shown nor compared with any more.
    pub fn leave_version(&mut self, timestamp: &str) {
        self.version.take_if(|shown| shown == timestamp);
        let deleted = Compared::Version(timestamp.to_owned());
        self.compare_with.take_if(|with| *with == deleted);
        self.freshness.invalidate(Part::Database);
    }

    pub fn compare(&mut self, with: Option<Compared>) {
        self.compare_with = with;
        self.freshness.invalidate(Part::Database);
    }

    /// Another source is shown from now on.
    pub fn leave_source(&mut self) {
        self.take = None;
        self.version = None;
        self.compare_with = None;
        self.freshness.invalidate(Part::Database);
    }

    fn forget_versions(&mut self) {
        self.version = None;
        self.compare_with = None;
        self.before_training = None;
        self.threshold_moved = None;
        self.freshness.invalidate(Part::Database);
    }

    /// A hand moves the threshold in the open window: it is written into the shown version once it rests.
    pub fn move_threshold(&mut self, threshold: f32) {
        if self.follow_threshold(threshold) {
            // Before anything is shown this is the project's saved value, not a hand on the slider.
            self.threshold_moved = self.loaded.is_some().then(Instant::now);
        }
    }

    /// The threshold is another one for what is found from now on. No saved version follows: nobody looks at one. Whether it
    /// is another one.
    pub fn follow_threshold(&mut self, threshold: f32) -> bool {
        let threshold = threshold.clamp(0.0, 1.0);
        let is_other = !threshold.is_nan() && self.threshold.to_bits() != threshold.to_bits();
        if is_other {
            self.threshold = threshold;
            self.freshness.invalidate(Part::View);
        }
        is_other
    }

    /// As if the threshold had moved: cut for the eye at once, and written when it rests.
    pub fn cut_anew(&mut self) {
        self.threshold_moved = Some(Instant::now());
        self.freshness.invalidate(Part::View);
    }

    pub fn is_threshold_moving(&self) -> bool {
        self.threshold_moved.is_some()
    }

    /// Whether the threshold was moved and has come to rest; says it once.
    pub fn threshold_settled(&mut self) -> bool {
        let settled = self
            .threshold_moved
            .is_some_and(|moved| moved.elapsed() >= THRESHOLD_RESTS);
        if settled {
            self.threshold_moved = None;
        }
        settled
    }

    /// Whether the threshold still moved; it rests from now on.
    pub fn stop_threshold(&mut self) -> bool {
        self.threshold_moved.take().is_some()
    }

    /// The database refused the threshold: it settles again after `delay`.
    pub fn settle_again_after(&mut self, delay: Duration) {
        self.threshold_moved = Some(Instant::now() + delay);
    }

    /// The newest shown version is what the scan that follows a training by `profile` and `model` is compared with.
    pub fn note_version_before_training(&mut self, profile: &str, model: &str) {
        let is_shown = self.is_at(profile, model);
        let loaded = self.loaded.as_ref().filter(|_| is_shown);
        let newest = loaded.and_then(|loaded| loaded.view.results.versions.first());
        self.before_training = newest.map(|version| version.row.timestamp.clone());
    }

    /// A training is done, and its scan saved versions of `filenames`: compares with the version before it, unless the user
    /// compares with something already.
    pub fn compare_with_before_training<'a>(&mut self, filenames: impl Iterator<Item = &'a str>) {
        let Some(before) = self.before_training.take() else {
            return;
        };
        let is_free = self.compare_with.is_none() || self.compare_with == self.compared_unasked;
        let mut filenames = filenames.map(Some);
        if is_free && filenames.any(|filename| filename == self.take.as_deref()) {
            self.compared_unasked = Some(Compared::Version(before));
            let with = self.compared_unasked.clone();
            self.compare(with);
        }
    }

    /// The job that a training is part of ended.
    pub fn forget_version_before_training(&mut self) {
        self.before_training = None;
    }

    /// What the database says, just read.
    pub fn take_loaded(&mut self, loaded: Loaded) {
        self.take.clone_from(&loaded.view.shown.take);
        self.settings.clone_from(&loaded.view.storage.settings);
        self.loaded = Some(loaded);
        self.freshness.note_read();
    }

    /// Settings that the database does not keep. They count until it was read.
    pub fn show_settings_without_database(&mut self, settings: &Arc<SettingsView>) {
        if self.loaded.is_none() {
            self.settings = Some(Arc::clone(settings));
            self.freshness.invalidate(Part::View);
        }
    }
}
