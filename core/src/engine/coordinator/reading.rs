//! What a window shows of the database, read in one go. Coordinator's thread only.

use std::sync::Arc;

use super::comparison::{Beside, Results, checks, read_compared};
use super::dates::readable_timestamp;
use super::missing;
use super::session::{ComparedVersion, Loaded, Session};
use super::training::ConsideredTraining;
use super::upkeep::Upkeep;
use crate::embed::Manifest;
use crate::marks::Marks;
use crate::platform::Places;
use crate::protocol::{
    ClassView, ClassifierView, NegativeView, Obstacle, RegionView, TabView, TrainRequest,
    VersionView,
};
use crate::scan::WindowScores;
use crate::settings::{SettingsView, versions_kept};
use crate::store::{ClassifierRow, HardNegative, ScanVersion, Store, StoreError, StoreHandle};
use crate::worker::figures::{counts_of, metrics_of};
use crate::worker::proof_request::ProofRequest;

/// Reads everything that the window of `session` shows of the database, beside what the newest look found.
pub(super) fn read_loaded(
    session: &Session,
    store: &StoreHandle,
    upkeep: &Upkeep,
) -> Result<Loaded, StoreError> {
    let surroundings = upkeep.surroundings().map(Arc::as_ref);
    let models = surroundings.map_or(&[][..], |seen| &seen.models);
    let model = surroundings.and_then(|seen| seen.model(session.shown.model()));
    let window_s = model.map(Manifest::window_s);
    let outside = Outside {
        model_keys: models.iter().map(|it| it.key().to_owned()).collect(),
        obstacles: missing::obstacles(session, upkeep, store.path()),
        places: Places::load(),
    };
    let (mut loaded, counted) = store.with(|store| {
        let loaded = read_from(session, store, outside)?;
        Ok((loaded, ConsideredTraining::read(session, store, window_s)?))
    })?;
    loaded.training = counted.map(|counted| counted.into_view(surroundings));
    Ok(loaded)
}

/// What is read beside the database, before it is asked.
struct Outside {
    model_keys: Vec<String>,
    obstacles: Vec<Obstacle>,
    places: Places,
}

fn read_from(session: &Session, store: &mut Store, outside: Outside) -> Result<Loaded, StoreError> {
    let (profile, model) = (session.shown.profile(), session.shown.model());
    let shown_take = shown_take(session);
    let results = Results {
        file: shown_take.as_deref().unwrap_or_default(),
        profile,
        model,
    };
    let classifiers = store.classifiers(profile, model)?;
    let versions = Versions::read(session, store, results, &classifiers)?;
    let negatives = store.negatives(profile, None)?;
    let training = Training::read(session, store, &classifiers, &negatives)?;
    let tabs = tabs(session, store, results.file, &outside.model_keys, &versions)?;
    Ok(Loaded {
        profiles: profiles(store, profile)?,
        obstacles: outside.obstacles,
        tabs,
        versions: versions.views,
        regions: versions.regions,
        shown_version: versions.shown,
        compared: versions.compared,
        scores: versions.scores.map(Arc::new),
        shape: store.region_shape(profile, model)?,
        classes: classes(store, profile)?,
        negatives: Arc::new(negatives.into_iter().map(negative_view).collect()),
        newest_classifier: classifiers.first().map(|row| row.id),
        classifiers: classifiers.into_iter().map(classifier_view).collect(),
        proof: training.proof,
        marks_since_training: training.marks_since,
        training: None,
        last_training: training.last,
        shown_take,
        settings: Arc::new(SettingsView::read(store, &outside.places)?),
    })
}

/// The chosen take if the source has it, else the last one.
fn shown_take(session: &Session) -> Option<String> {
    let takes = session.takes.in_order();
    let chosen = session.shown.take();
    let chosen = chosen.filter(|chosen| session.takes.named(chosen).is_some());
    let last = takes.last().map(|take| take.row().filename.as_str());
    chosen.or(last).map(str::to_owned)
}

fn profiles(store: &Store, shown: &str) -> Result<Vec<String>, StoreError> {
    let mut profiles = store.profiles()?;
    if !profiles.iter().any(|name| name == shown) {
        profiles.push(shown.to_owned());
    }
    Ok(profiles)
}

fn classes(store: &Store, profile: &str) -> Result<Vec<ClassView>, StoreError> {
    let classes = store.classes(profile, false)?;
    Ok(classes.into_iter().map(ClassView::from).collect())
}

/// The versions of the shown recording and model, and what is in the shown one.
struct Versions {
    views: Vec<VersionView>,
    shown: Option<ScanVersion>,
    /// Of the shown one as they are stored, without marks that lie on none of them.
    region_count: usize,
    regions: Arc<Vec<RegionView>>,
    scores: Option<WindowScores>,
    compared: Option<ComparedVersion>,
}

impl Versions {
    fn read(
        session: &Session,
        store: &mut Store,
        results: Results<'_>,
        classifiers: &[ClassifierRow],
    ) -> Result<Self, StoreError> {
        let Results {
            file,
            profile,
            model,
        } = results;
        let marks = Marks::read(store, profile, file)?;
        let versions = store.versions(file, profile, model)?;
        let chosen = session.shown.version().and_then(|timestamp| {
            let mut versions = versions.iter();
            versions.find(|version| version.timestamp == timestamp)
        });
        let shown = chosen.or(versions.first()).cloned();
        let (regions, scores) = match &shown {
            Some(version) => (
                store.regions(file, profile, model, &version.timestamp)?,
                store.scores(file, profile, model, &version.timestamp)?,
            ),
            None => (Vec::new(), None),
        };
        let kept = versions_kept(store)?;
        let kept_for_edits = store.kept_for_edits(file, profile, model, &versions, kept)?;
        let mut checks = checks(store, results, &marks.judged, classifiers)?;
        let beside = Beside {
            file,
            versions: &versions,
            judged: &marks.judged,
            checks: &checks,
        };
        let compared = read_compared(session, store, &beside)?;
        let views = versions.iter().map(|version| VersionView {
            check: checks.remove(&version.timestamp),
            kept_for_edits: kept_for_edits.contains(&version.timestamp),
            ..version_view(version)
        });
        Ok(Self {
            views: views.collect(),
            region_count: regions.len(),
            regions: Arc::new(marks.shown(&regions, scores.as_ref())),
            shown,
            scores,
            compared,
        })
    }
}

/// What the window shows of the last training and the next.
struct Training {
    proof: Option<Arc<ProofRequest>>,
    marks_since: usize,
    last: Option<TrainRequest>,
}

impl Training {
    fn read(
        session: &Session,
        store: &mut Store,
        classifiers: &[ClassifierRow],
        negatives: &[HardNegative],
    ) -> Result<Self, StoreError> {
        let (profile, model) = (session.shown.profile(), session.shown.model());
        // Reads all that is marked, so only for a window that looks.
        let proof = match session.jobs.considered() {
            Some(_) => Some(Arc::new(ProofRequest::read(store, profile, model)?)),
            None => None,
        };
        let mut trained = classifiers.iter().filter(|row| row.copy_of.is_none());
        let trained_at = trained.next().map(|row| row.created_at.as_str());
        let choices = store.training_choices(profile, model)?;
        Ok(Self {
            proof,
            marks_since: count_marks_since(trained_at, negatives, store, profile)?,
            last: choices.and_then(|choices| serde_json::from_value(choices).ok()),
        })
    }
}

fn tabs(
    session: &Session,
    store: &mut Store,
    file: &str,
    models: &[String],
    versions: &Versions,
) -> Result<Vec<TabView>, StoreError> {
    let (profile, model) = (session.shown.profile(), session.shown.model());
    let mut keys = store.models_with_results(file, profile)?;
    keys.push(model.to_owned());
    keys.extend(models.iter().cloned());
    keys.sort();
    keys.dedup();
    let mut tabs = Vec::new();
    for key in keys {
        let tab = if key == model {
            TabView {
                model: key,
                regions: versions.region_count,
                version: versions.shown.as_ref().map(|version| version.number),
            }
        } else {
            let newest = store.versions(file, profile, &key)?.into_iter().next();
            TabView {
                model: key,
                regions: newest.as_ref().map_or(0, |version| version.regions),
                version: newest.map(|version| version.number),
            }
        };
        tabs.push(tab);
    }
    Ok(tabs)
}

fn version_view(version: &ScanVersion) -> VersionView {
    VersionView {
        timestamp: version.timestamp.clone(),
        number: version.number,
        regions: version.regions,
        best_score: version.best_score,
        classifier: version.classifier,
        date: readable_timestamp(&version.timestamp),
        pinned: version.pinned,
        kept_for_edits: false,
        check: None,
    }
}

fn negative_view(row: HardNegative) -> NegativeView {
    NegativeView {
        id: row.id,
        filename: row.filename,
        start_s: row.start_s,
        end_s: row.end_s,
        source_model: row.source_model,
        created_at: row.created_at,
    }
}

fn classifier_view(row: ClassifierRow) -> ClassifierView {
    let (counts, metrics) = (counts_of(&row), metrics_of(&row));
    ClassifierView {
        version: row.version,
        name: row.name,
        created_at: row.created_at,
        classes: row.classes,
        negative_class: row.negative_class,
        used_hard_negatives: row.used_hard_negatives,
        background_margin_s: row.background_margin_s,
        positives: counts.clips as usize,
        negatives: counts.negative_clips as usize,
        hard_negatives: counts.hard_negatives as usize,
        background: counts.background as usize,
        average_precision: metrics.as_ref().map(|metrics| metrics.average_precision),
        best_f1: metrics.as_ref().map(|metrics| metrics.best_f1),
        best_f1_threshold: metrics.as_ref().map(|metrics| metrics.best_f1_threshold),
        curve: metrics.map_or_else(Vec::new, |metrics| metrics.curve),
        seconds: row.seconds,
        copy_of: row.copy_of,
        check: None,
        notes: Vec::new(),
    }
}

/// Marks made after the newest classifier: what makes another training worth it.
fn count_marks_since(
    trained_at: Option<&str>,
    negatives: &[HardNegative],
    store: &mut Store,
    profile: &str,
) -> Result<usize, StoreError> {
    let since = trained_at.unwrap_or_default();
    let fresh = |date: &str| date > since;
    let clips = store.clips(profile, None)?;
    let unsure = store.unsure_marks(profile, None)?;
    let unsure = unsure.iter().filter(|mark| fresh(&mark.created_at)).count();
    Ok(unsure
        + negatives
            .iter()
            .filter(|row| fresh(&row.created_at))
            .count()
        + clips
            .iter()
            .filter(|clip| !clip.scan_export)
            .filter(|clip| local_time(&clip.processed_at).is_some_and(|date| fresh(&date)))
            .count())
}

/// A clip's date (ISO 8601 with an offset, as 8-cut writes it) in the form and zone of all other dates.
fn local_time(date: &str) -> Option<String> {
    let moment: jiff::Timestamp = date.parse().ok()?;
    let local = moment.to_zoned(jiff::tz::TimeZone::system());
    Some(local.strftime("%Y-%m-%d %H:%M:%S").to_string())
}
