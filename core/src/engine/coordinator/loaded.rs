//! What a window shows of the database, read in one go.

use std::sync::Arc;

use super::missing;
use super::rival::{Rival, checks};
use super::session::Session;
use super::training::Counted;
use crate::embed::{self, Manifest};
use crate::marks::Marks;
use crate::platform::{self, Places};
use crate::protocol::{
    ClassView, ClassifierView, NegativeView, Obstacle, RegionView, TabView, TrainRequest,
    TrainingView, VersionView,
};
use crate::scan::{RegionShape, WindowScores};
use crate::settings::{SettingsView, versions_kept};
use crate::store::{
    BEFORE_HISTORY, ClassifierId, HardNegative, ScanVersion, Store, StoreError, StoreHandle,
};
use crate::worker::figures::{counts_of, metrics_of};
use crate::worker::proof_request::ProofRequest;

/// A consistent reading of the database for one session.
pub(super) struct Loaded {
    pub profiles: Vec<String>,
    pub obstacles: Vec<Obstacle>,
    pub shown_take: Option<String>,
    pub tabs: Vec<TabView>,
    pub versions: Vec<VersionView>,
    pub shown_version: Option<ScanVersion>,
    pub regions: Arc<Vec<RegionView>>,
    pub compared: Option<Rival>,
    pub scores: Option<Arc<WindowScores>>,
    pub shape: RegionShape,
    pub classes: Vec<ClassView>,
    pub negatives: Arc<Vec<NegativeView>>,
    pub classifiers: Vec<ClassifierView>,
    /// What the classifiers are asked about, for a window that looks.
    pub proof: Option<Arc<ProofRequest>>,
    pub newest_classifier: Option<ClassifierId>,
    pub marks_since_training: usize,
    pub training: Option<TrainingView>,
    pub last_training: Option<TrainRequest>,
    pub settings: Arc<SettingsView>,
}

impl Loaded {
    pub(super) fn read(session: &Session, store: &StoreHandle) -> Result<Self, StoreError> {
        // Before the database is asked: folders are slow, and others wait for the connection.
        let models = embed::find_models(&platform::model_folders());
        let keys: Vec<String> = models
            .iter()
            .flatten()
            .map(|manifest| manifest.key().to_owned())
            .collect();
        let window_s = models
            .iter()
            .flatten()
            .find(|manifest| manifest.key() == session.model)
            .map(Manifest::window_s);
        let obstacles = missing::obstacles(session, &models, store.path());
        let places = Places::load();
        let (mut loaded, counted) = store.with(|store| {
            let loaded = Self::read_from(session, store, &keys, obstacles, &places)?;
            Ok((loaded, Counted::read(session, store, window_s)?))
        })?;
        loaded.training = counted.map(Counted::into_view);
        Ok(loaded)
    }

    fn read_from(
        session: &Session,
        store: &mut Store,
        models: &[String],
        obstacles: Vec<Obstacle>,
        places: &Places,
    ) -> Result<Self, StoreError> {
        let (profile, model) = (session.profile.as_str(), session.model.as_str());
        let takes = session.takes_in_order();
        let shown_take = session
            .shown_take
            .clone()
            .filter(|shown| takes.iter().any(|take| take.row.filename == *shown))
            .or_else(|| takes.last().map(|take| take.row.filename.clone()));
        let file = shown_take.as_deref().unwrap_or_default();

        let marks = Marks::read(store, profile, file)?;
        let versions = store.versions(file, profile, model)?;
        let shown_version = match &session.shown_version {
            Some(timestamp) => versions
                .iter()
                .find(|version| version.timestamp == *timestamp),
            None => None,
        }
        .or(versions.first())
        .cloned();
        let (regions, scores) = match &shown_version {
            Some(version) => (
                store.regions(file, profile, model, &version.timestamp)?,
                store.scores(file, profile, model, &version.timestamp)?,
            ),
            None => (Vec::new(), None),
        };
        let kept_for_edits =
            store.kept_for_edits(file, profile, model, &versions, versions_kept(store)?)?;
        let classifiers = store.classifiers(profile, model)?;
        let mut trained = classifiers.iter().filter(|row| row.copy_of.is_none());
        let trained_at = trained.next().map(|row| row.created_at.clone());
        let mut of_versions = checks(store, file, profile, model, &marks.judged, &classifiers)?;
        let compared = Rival::read(session, store, file, &versions, &marks.judged, &of_versions)?;
        // Reads all that is marked, so only for a window that looks.
        let proof = match session.considered {
            Some(_) => Some(Arc::new(ProofRequest::read(store, profile, model)?)),
            None => None,
        };
        let negatives = store.negatives(profile, None)?;
        let classes = store.classes(profile, false)?;
        let marks_since_training =
            count_marks_since(trained_at.as_deref(), &negatives, store, profile)?;

        let mut profiles = store.profiles()?;
        if !profiles.iter().any(|name| name == profile) {
            profiles.push(profile.to_owned());
        }
        Ok(Self {
            profiles,
            obstacles,
            tabs: tabs(
                session,
                store,
                file,
                models,
                shown_version.as_ref(),
                regions.len(),
            )?,
            versions: versions
                .iter()
                .map(|version| VersionView {
                    check: of_versions.remove(&version.timestamp),
                    kept_for_edits: kept_for_edits.contains(&version.timestamp),
                    ..version_view(version)
                })
                .collect(),
            regions: Arc::new(marks.shown(&regions, scores.as_ref())),
            shown_version,
            compared,
            scores: scores.map(Arc::new),
            shape: store.region_shape(profile, model)?,
            classes: classes.into_iter().map(ClassView::from).collect(),
            negatives: Arc::new(negatives.into_iter().map(negative_view).collect()),
            newest_classifier: classifiers.first().map(|row| row.id),
            classifiers: classifiers.into_iter().map(classifier_view).collect(),
            proof,
            marks_since_training,
            training: None,
            last_training: store
                .training_choices(profile, model)?
                .and_then(|choices| serde_json::from_value(choices).ok()),
            shown_take,
            settings: Arc::new(SettingsView::read(store, places)?),
        })
    }
}

fn tabs(
    session: &Session,
    store: &mut Store,
    file: &str,
    models: &[String],
    shown: Option<&ScanVersion>,
    regions: usize,
) -> Result<Vec<TabView>, StoreError> {
    let mut keys = store.models_with_results(file, &session.profile)?;
    keys.push(session.model.clone());
    keys.extend(models.iter().cloned());
    keys.sort();
    keys.dedup();
    let mut tabs = Vec::new();
    for key in keys {
        let tab = if key == session.model {
            TabView {
                model: key,
                regions,
                version: shown.map(|version| version.number),
            }
        } else {
            let newest = store
                .versions(file, &session.profile, &key)?
                .into_iter()
                .next();
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

/// `20260131_142233_000123` as `2026-01-31 14:22:33`; anything else as it is.
pub(super) fn readable_timestamp(timestamp: &str) -> String {
    if timestamp == BEFORE_HISTORY {
        return String::from("before history");
    }
    let mut parts = timestamp.split('_');
    match (parts.next(), parts.next()) {
        (Some(date), Some(time)) if is_digits(date, 8) && is_digits(time, 6) => {
            let (year, rest) = date.split_at(4);
            let (month, day) = rest.split_at(2);
            let (hour, rest) = time.split_at(2);
            let (minute, second) = rest.split_at(2);
            format!("{year}-{month}-{day} {hour}:{minute}:{second}")
        }
        _ => timestamp.to_owned(),
    }
}

fn is_digits(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit())
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

fn classifier_view(row: crate::store::ClassifierRow) -> ClassifierView {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_read_as_dates_and_foreign_ones_stay() {
        assert_eq!(
            readable_timestamp("20260131_142233_000123"),
            "2026-01-31 14:22:33"
        );
        assert_eq!(readable_timestamp(BEFORE_HISTORY), "before history");
        assert_eq!(readable_timestamp("yesterday"), "yesterday");
        assert_eq!(readable_timestamp("20２6131_142233"), "20２6131_142233");
    }
}
