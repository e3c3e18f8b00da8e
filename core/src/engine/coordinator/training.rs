//! Scans and trainings as the coordinator sees them: begun for a window, one at a time, counted while the window considers one,
//! and reported when they end.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::channels::Channels;
use super::session::{Jobs, Session, Shown};
use super::surroundings::Surroundings;
use crate::job::JobControl;
use crate::protocol::{
    ClassifierView, InstanceId, JobKind, Severity, TrainRequest, TrainingCounts, TrainingFileView,
    TrainingView,
};
use crate::recording::Recording;
use crate::store::{
    ClassStats, Files as _, ResolvedSources, Store, StoreError, TrainingMarks, TrainingStatistics,
};
use crate::words::counted;
use crate::worker::figures::{counts_of, metrics_of};
use crate::worker::thread::WorkerTask;
use crate::worker::{NoveltyRequest, ScanOutcome, SoundsRequest, TrainOutcome, TrainPlan};

pub(super) const ONE_JOB_AT_A_TIME: &str =
    "One job at a time: wait for the running one, or cancel it";
/// Files named in one line of the status bar at most.
const NAMED_FILES: usize = 3;

/// What the database says about a training that is being considered.
pub(super) struct ConsideredTraining {
    request: TrainRequest,
    marks: TrainingMarks,
    classes: Vec<ClassStats>,
}

impl ConsideredTraining {
    /// Counts what the window asks about. `None` when it does not ask, or the model is not there to say how long its window is.
    pub(super) fn read(
        session: &Session,
        store: &Store,
        window_s: Option<f64>,
    ) -> Result<Option<Self>, StoreError> {
        let (Some(request), Some(window_s)) = (session.jobs.considered(), window_s) else {
            return Ok(None);
        };
        let profile = session.shown.profile();
        let marks = store.training_marks(&request.in_store(profile, window_s))?;
        let classes = store.classes(profile, request.include_scan_exports)?;
        Ok(Some(Self {
            request: request.clone(),
            marks,
            classes,
        }))
    }

    /// The files that decide where marks of one name disagree about their recording.
    pub(super) fn contested_files(&self) -> Vec<PathBuf> {
        self.marks.contested_files().cloned().collect()
    }

    /// For the window, with what the newest look found of the recordings' files.
    pub(super) fn into_view(self, surroundings: &Surroundings) -> TrainingView {
        let statistics = TrainingStatistics::of(&self.marks.gather(surroundings));
        let is_there = |path: &Path| surroundings.is_there(path);
        let total = statistics.total();
        let files = statistics.files.into_iter().map(|marks| {
            let recording_found =
                !marks.teaches() || marks.source_path.as_deref().is_some_and(is_there);
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
                warnings: statistics.warnings,
            })),
        }
    }
}

/// A job and the scans it ends with; `None` while another is at work.
pub(super) fn begin_job(
    session: &mut Session,
    kind: JobKind,
) -> Option<(Vec<SoundsRequest>, JobControl)> {
    if session.jobs.is_at_work() {
        session.health.say(Severity::Info, ONE_JOB_AT_A_TIME);
        return None;
    }
    let recordings = session.takes.recordings().into_iter();
    let requests: Vec<SoundsRequest> = recordings
        .map(|recording| session.scan_request(recording))
        .collect();
    if requests.is_empty() && kind == JobKind::Scanning {
        let words = "Nothing to scan yet: play the track once";
        session.health.say(Severity::Info, words);
        return None;
    }
    drop(session.health.take_status());
    Some((requests, session.jobs.begin(kind)))
}

/// Scans all takes of the source. Whether it began.
pub(super) fn scan(instance: InstanceId, session: &mut Session, channels: &Channels) -> bool {
    let Some((requests, job)) = begin_job(session, JobKind::Scanning) else {
        return false;
    };
    channels.ask_worker(instance, WorkerTask::Scan(requests, job));
    true
}

/// Trains a classifier on what is marked and scans with it.
pub(super) fn train(
    instance: InstanceId,
    session: &mut Session,
    request: TrainRequest,
    channels: &Channels,
) {
    // A new track has nothing to lend yet; then the worker takes everything else that the profile knows.
    let background = session.takes.recordings();
    if let Some((mut then_scan, job)) = begin_job(session, JobKind::Training) {
        // The other sounds are found as before.
        for request in &mut then_scan {
            request.profiles = vec![session.shown.profile().to_owned()];
        }
        let plan = TrainPlan {
            profile: session.shown.profile().to_owned(),
            model: session.shown.model().to_owned(),
            request,
            background,
        };
        let task = WorkerTask::Train {
            plan,
            then_scan,
            job,
        };
        channels.ask_worker(instance, task);
    }
}

/// Searches a folder for the recordings that a training, or a scan, would miss.
pub(super) fn find_recordings(
    instance: InstanceId,
    session: &mut Session,
    folder: PathBuf,
    channels: &Channels,
) {
    if let Some((_, job)) = begin_job(session, JobKind::Finding) {
        let task = WorkerTask::FindRecordings {
            profile: session.shown.profile().to_owned(),
            folder,
            job,
        };
        channels.ask_worker(instance, task);
    }
}

/// What to ask about novelty now, if the window goes by it and other regions are shown, or another classifier was trained, than
/// when it was last asked. Marks alone do not ask again: the list would be turned over under the user's hands.
pub(super) fn novelty_request(session: &mut Session) -> Option<NoveltyRequest> {
    let wants_novelty = session.jobs.wants_novelty();
    let recording: Recording = session.shown_recording().filter(|_| wants_novelty)?;
    let loaded = session.shown.loaded()?;
    let regions = loaded.view.results.regions.iter();
    let regions: Vec<_> = regions
        .filter_map(|region| Some((region.id?.region()?, region.span, region.score)))
        .collect();
    let request = NoveltyRequest {
        recording,
        profile: session.shown.profile().to_owned(),
        model: session.shown.model().to_owned(),
        regions,
    };
    let is_new = session.jobs.ask_novelty(&request, loaded.newest_classifier);
    is_new.then_some(request)
}

/// The answer to what the window asks about a training now; without figures while there are none.
pub(super) fn training_view(jobs: &Jobs, shown: &Shown) -> Option<TrainingView> {
    let request = jobs.considered()?;
    let counted = shown
        .loaded()
        .and_then(|loaded| loaded.view.learning.training.as_ref())
        .filter(|view| view.request == *request);
    Some(counted.cloned().unwrap_or_else(|| TrainingView {
        request: request.clone(),
        counts: None,
    }))
}

/// Puts beside the classifiers what is known of them: notes on the newest, and what each says of what is marked. What was known
/// before the last mark stays until the new is.
pub(super) fn annotate(classifiers: &mut [ClassifierView], jobs: &Jobs, shown: &Shown) {
    if let Some(trained) = jobs.trained()
        && let row = &trained.classifier
        && shown.is_at(&row.profile, &row.model)
        && let Some(newest) = classifiers
            .iter_mut()
            .find(|one| one.version == row.version)
    {
        newest.notes.clone_from(&trained.warnings);
        let advice = trained.advice.iter().map(ToString::to_string);
        newest.notes.extend(advice);
    }
    let wanted = shown.loaded().and_then(|loaded| loaded.proof.as_ref());
    if let (Some(wanted), Some((question, checks)), Some(_)) =
        (wanted, jobs.proved(), jobs.considered())
        && question.is_like(wanted)
    {
        for classifier in classifiers {
            classifier.check = checks.get(&classifier.version).cloned();
        }
    }
}

/// New versions replace what the live scan showed. They are shown, unless an older one is looked at on purpose.
///
/// While a job is at work the status line belongs to it: a version of the live scan that was on its way is shown without words.
pub(super) fn take_versions(
    session: &mut Session,
    outcomes: &[(String, ScanOutcome)],
    asked_for: bool,
) {
    for (filename, outcome) in outcomes {
        match asked_for {
            true => session
                .takes
                .forget_live_scores_for(filename, &outcome.profile),
            // The take came to its end.
            false => session.takes.forget_live_scores_of(filename),
        }
    }
    if asked_for {
        session.shown.show_newest_version();
        let filenames = outcomes.iter().map(|(filename, _)| filename.as_str());
        session.shown.compare_with_before_training(filenames);
    }
    if session.jobs.is_at_work() && !asked_for {
        return;
    }
    let regions: usize = outcomes.iter().map(|(_, outcome)| outcome.regions).sum();
    let shown = session.shown.take();
    let newest = outcomes
        .iter()
        .find(|(filename, outcome)| {
            Some(filename.as_str()) == shown && outcome.profile == session.shown.profile()
        })
        .or(outcomes.last());
    let sounds: HashSet<&str> = outcomes
        .iter()
        .map(|(_, outcome)| outcome.profile.as_str())
        .collect();
    let job = session.jobs.progress().map(|job| job.kind);
    if let Some((_, outcome)) = newest {
        let version = outcome.saved.number;
        let trained = session.jobs.trained().filter(|_| asked_for);
        if let Some(trained) = trained.filter(|_| job == Some(JobKind::Training)) {
            let words = trained_words(trained, Some((version, regions)));
            let severity = severity_of(trained);
            return session.health.say(severity, words);
        }
        let status = session.health.take_status();
        let before = status.filter(|_| asked_for).map(|status| status.text);
        let regions = counted(regions, "region");
        // None of the files that were dropped on the window is on show.
        let scanned = match job == Some(JobKind::ScanningFiles) && asked_for {
            true => format!(
                "Scanned {}: {regions}",
                counted(outcomes.len(), "recording")
            ),
            false if sounds.len() > 1 => {
                format!("Looked for {}: {regions}", counted(sounds.len(), "sound"))
            }
            false => format!("Version {version}: {regions}"),
        };
        let words = match before {
            Some(before) => format!("{before} {scanned}"),
            None => scanned,
        };
        session.health.say(Severity::Info, words);
    }
}

/// Says what a training made, and remembers it for the list of classifiers and for the comparison after its scan.
pub(super) fn take_trained(session: &mut Session, outcome: TrainOutcome) {
    let words = trained_words(&outcome, None);
    session.health.say(severity_of(&outcome), words);
    let row = &outcome.classifier;
    session
        .shown
        .note_version_before_training(&row.profile, &row.model);
    session.jobs.note_trained(outcome);
}

fn severity_of(outcome: &TrainOutcome) -> Severity {
    if outcome.warnings.is_empty() {
        Severity::Info
    } else {
        Severity::Warning
    }
}

/// `Trained door v3: 7 regions.`, and what it was trained on. `shown` is the version that the scan made, with its regions;
/// before the scan the sentence names the classifier.
fn trained_words(outcome: &TrainOutcome, shown: Option<(u32, usize)>) -> String {
    let row = &outcome.classifier;
    let counts = counts_of(row);
    let quality = metrics_of(row).map_or_else(String::new, |metrics| {
        format!(
            ", average precision {:.2} on held-out recordings",
            metrics.average_precision
        )
    });
    let what = match row.name.is_empty() {
        true => row.classes.join(", "),
        false => row.name.clone(),
    };
    let what = match shown {
        Some((version, regions)) => format!("{what} v{version}: {}.", counted(regions, "region")),
        None => format!("{what} (classifier {}).", row.version),
    };
    let mut words = vec![format!(
        "Trained {what} It learned from {} and {}{quality}.",
        counted(counts.clips as usize, "example"),
        counted(counts.hard_negatives as usize, "hard negative"),
    )];
    words.extend(outcome.warnings.iter().cloned());
    if !outcome.advice.is_empty() {
        words.push(String::from(
            "The Train panel says what would make the next one better.",
        ));
    }
    words.join(" ")
}

/// Says which recordings a search found.
pub(super) fn take_found(session: &mut Session, found: &ResolvedSources) {
    let lost = found.missing.len() + found.ambiguous.len();
    let severity = if lost == 0 {
        Severity::Info
    } else {
        Severity::Warning
    };
    session.health.say(severity, found_words(found));
}

fn found_words(found: &ResolvedSources) -> String {
    let mut words = match (found.count(), found.missing.len() + found.ambiguous.len()) {
        (0, 0) => String::from("Every recording is where the database says."),
        (0, _) => String::from("No missing recording was found there."),
        _ => format!(
            "Found {} and the recordings of {}, {} and {}.",
            counted(found.takes, "take"),
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
            " Found more than once, so choose the folder that it is in: {}.",
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
            "Every recording is where the database says."
        );
        let found = ResolvedSources {
            clips: 2,
            hard_negatives: 1,
            scans: 0,
            takes: 4,
            recordings: 1,
            missing: ["a", "b", "c", "d"].map(str::to_owned).to_vec(),
            ambiguous: vec![String::from("e")],
        };
        assert_eq!(
            found_words(&found),
            "Found 4 takes and the recordings of 2 clips, 1 hard negative and 0 versions. Still missing, so search another folder: \
             a, b, c and 1 more. Found more than once, so choose the folder that it is in: e."
        );
    }
}
