//! What a training would be made of, counted for the window that asks, and the recordings it misses found again.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Coordinator;
use super::session::Session;
use crate::protocol::{
    ClassView, ClassifierView, Compared, InstanceId, JobKind, Severity, TrainRequest,
    TrainingCounts, TrainingFileView, TrainingView,
};
use crate::store::{ResolvedSources, Store, StoreError, TrainingStatistics};
use crate::words::counted;
use crate::worker::thread::CoordinatorToWorker;
use crate::worker::{ScanOutcome, TrainOutcome};

/// Files named in one line of the status bar at most.
const NAMED_FILES: usize = 3;

/// A classifier that this session's last training made, and what the user should know about it.
pub(super) struct Trained {
    profile: String,
    model: String,
    version: u32,
    notes: Vec<String>,
}

impl Trained {
    pub(super) fn of(outcome: &TrainOutcome) -> Self {
        let row = &outcome.classifier;
        let advice = outcome.advice.iter().map(ToString::to_string);
        Self {
            profile: row.profile.clone(),
            model: row.model.clone(),
            version: row.version,
            notes: outcome.warnings.iter().cloned().chain(advice).collect(),
        }
    }
}

/// What the database says about a training that is being considered.
pub(super) struct Counted {
    request: TrainRequest,
    statistics: TrainingStatistics,
    classes: Vec<ClassView>,
}

impl Counted {
    /// Counts what `session`'s window asks about. `None` when it does not ask, or the model is not there to say how long
    /// its window is.
    pub(super) fn read(
        session: &Session,
        store: &Store,
        window_s: Option<f64>,
    ) -> Result<Option<Self>, StoreError> {
        let (Some(request), Some(window_s)) = (&session.considered, window_s) else {
            return Ok(None);
        };
        let statistics =
            store.training_statistics(&request.in_store(&session.profile, window_s))?;
        let classes = store.classes(&session.profile, request.include_scan_exports)?;
        Ok(Some(Self {
            request: request.clone(),
            statistics,
            classes: classes.into_iter().map(ClassView::from).collect(),
        }))
    }

    /// For the window. Looks for every recording on the disk, so not while the database is held.
    pub(super) fn into_view(self) -> TrainingView {
        let total = self.statistics.total();
        let files = self.statistics.files.into_iter().map(|marks| {
            let recording_found =
                !marks.teaches() || marks.source_path.as_deref().is_some_and(Path::is_file);
            TrainingFileView {
                marks,
                recording_found,
            }
        });
        TrainingView {
            request: self.request,
            counts: Some(Arc::new(TrainingCounts {
                classes: self.classes,
                total,
                files: files.collect(),
                warnings: self.statistics.warnings,
            })),
        }
    }
}

impl Coordinator {
    /// Searches a folder for the recordings that a training, or a scan, would miss.
    pub(super) fn find_recordings(&mut self, instance: InstanceId, folder: PathBuf) {
        let Some((_, job)) = self.begin_job(instance, JobKind::Finding) else {
            return;
        };
        if let Some(session) = self.sessions.get(&instance) {
            let profile = session.profile.clone();
            self.order(CoordinatorToWorker::FindRecordings {
                instance,
                profile,
                folder,
                job,
            });
        }
    }
}

impl Session {
    /// The window considers another training, or none any more.
    pub(super) fn consider(&mut self, request: Option<TrainRequest>) {
        if self.considered != request {
            self.stale |= request.is_some();
            if request.is_none() {
                self.proof.give_up();
            }
            self.considered = request;
        }
    }

    /// The answer to what the window asks now; without figures while there are none.
    pub(super) fn training_view(&self) -> Option<TrainingView> {
        let request = self.considered.as_ref()?;
        let loaded = self.loaded.as_ref();
        let counted = loaded
            .and_then(|loaded| loaded.training.as_ref())
            .filter(|view| view.request == *request);
        Some(counted.cloned().unwrap_or_else(|| TrainingView {
            request: request.clone(),
            counts: None,
        }))
    }

    /// The newest version on show is what the scan that follows a training is compared with.
    pub(super) fn note_version_before(&mut self, outcome: &TrainOutcome) {
        let row = &outcome.classifier;
        let is_shown = row.profile == self.profile && row.model == self.model;
        let loaded = self.loaded.as_ref().filter(|_| is_shown);
        let newest = loaded.and_then(|loaded| loaded.versions.first());
        self.before_training = newest.map(|version| version.timestamp.clone());
    }

    /// A training is done, and its scan saved `outcomes`: compares with the version before it, unless the user compares with
    /// something already.
    pub(super) fn compare_with_before(&mut self, outcomes: &[(String, ScanOutcome)]) {
        let Some(before) = self.before_training.take() else {
            return;
        };
        let mut files = outcomes.iter().map(|(filename, _)| Some(filename));
        let is_free = self.compare_with.is_none() || self.compare_with == self.compared_unasked;
        if is_free && files.any(|filename| filename == self.shown_take.as_ref()) {
            self.compared_unasked = Some(Compared::Version(before));
            self.compare_with.clone_from(&self.compared_unasked);
        }
    }

    /// Puts what is known about the newest classifier beside it.
    pub(super) fn add_notes(&self, classifiers: &mut [ClassifierView]) {
        let Some(trained) = &self.trained else {
            return;
        };
        if trained.profile != self.profile || trained.model != self.model {
            return;
        }
        for classifier in classifiers {
            if classifier.version == trained.version {
                classifier.notes.clone_from(&trained.notes);
            }
        }
    }

    pub(super) fn report_found(&mut self, found: &ResolvedSources) {
        let lost = found.missing.len() + found.ambiguous.len();
        let severity = if lost == 0 {
            Severity::Info
        } else {
            Severity::Warning
        };
        self.say(severity, found_words(found));
    }
}

fn found_words(found: &ResolvedSources) -> String {
    let mut words = match (found.count(), found.missing.len() + found.ambiguous.len()) {
        (0, 0) => String::from("Every recording is where it is said to be."),
        (0, _) => String::from("No missing recording was found there."),
        _ => format!(
            "Found the recordings of {}, {} and {}.",
            counted(found.clips, "clip"),
            counted(found.hard_negatives, "hard negative"),
            counted(found.scans, "version")
        ),
    };
    if !found.missing.is_empty() {
        words.push_str(&format!(
            " Still missing, so search another folder: {}.",
            some_of(&found.missing)
        ));
    }
    if !found.ambiguous.is_empty() {
        words.push_str(&format!(
            " There more than once, so name the very folder it is in: {}.",
            some_of(&found.ambiguous)
        ));
    }
    words
}

fn some_of(names: &[String]) -> String {
    let mut words = names
        .iter()
        .take(NAMED_FILES)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ");
    if names.len() > NAMED_FILES {
        words.push_str(&format!(" and {} more", names.len() - NAMED_FILES));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_and_what_was_not_is_said_with_what_to_do() {
        assert_eq!(
            found_words(&ResolvedSources::default()),
            "Every recording is where it is said to be."
        );
        let found = ResolvedSources {
            clips: 2,
            hard_negatives: 1,
            scans: 0,
            missing: ["a", "b", "c", "d"].map(str::to_owned).to_vec(),
            ambiguous: vec![String::from("e")],
        };
        assert_eq!(
            found_words(&found),
            "Found the recordings of 2 clips, 1 hard negative and 0 versions. Still missing, so search another folder: \
             a, b, c and 1 more. There more than once, so name the very folder it is in: e."
        );
    }
}
