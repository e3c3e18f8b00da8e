//! What a window shows of the database, read in one go. Coordinator's thread only.

use std::sync::Arc;

use super::comparison::read_compared;
use super::dates::readable_timestamp;
use super::marks_since::marks_since;
use super::missing;
use super::session::{Loaded, Session};
use super::similar::read_found;
use super::sounds::read_others;
use super::training::ConsideredTraining;
use super::upkeep::Upkeep;
use crate::embed::Manifest;
use crate::engine::packs::{AUTHOR, LICENCE};
use crate::marks::Marks;
use crate::protocol::{ClassifierView, PackCredits, ScannedFileView, TabView, VersionView};
use crate::settings::{SettingsView, versions_kept};
use crate::store::{ClassifierRow, ScanVersion, Store, StoreError, StoreHandle};
use crate::worker::figures::{counts_of, metrics_of};
use crate::worker::proof_request::ProofQuestion;

/// Scanned files that a window lists.
const MOST_SCANNED: usize = 500;

/// Reads everything that the window of `session` shows of the database, beside what the newest look found.
pub(super) fn read_loaded(
    session: &Session,
    store: &StoreHandle,
    upkeep: &Upkeep,
) -> Result<Loaded, StoreError> {
    let surroundings = upkeep.surroundings().map(Arc::as_ref);
    let models = surroundings.map_or(&[][..], |seen| &seen.models);
    let keys: Vec<&str> = models.iter().map(Manifest::key).collect();
    let model = surroundings.and_then(|seen| seen.model(session.shown.model()));
    let window_s = model.map(Manifest::window_s);
    let obstacles = missing::obstacles(session, upkeep, store.path());
    let places = store.places();
    let (mut loaded, considered) = store.with(|store| {
        let mut loaded = read_from(session, store, &keys)?;
        loaded.similar = read_found(session, store)?;
        let settings = SettingsView::read(store, &places)?;
        loaded.view.storage.settings = Some(Arc::new(settings));
        Ok((loaded, ConsideredTraining::read(session, store, window_s)?))
    })?;
    loaded.view.health.obstacles = obstacles;
    if let (Some(considered), Some(seen)) = (considered, surroundings) {
        loaded.contested_files = considered.contested_files();
        loaded.view.learning.training = Some(considered.into_view(seen));
    }
    Ok(loaded)
}

fn read_from(session: &Session, store: &mut Store, keys: &[&str]) -> Result<Loaded, StoreError> {
    let (profile, model) = (session.shown.profile(), session.shown.model());
    let classifiers = store.classifiers(profile, model)?;
    let mut loaded = read_results(session, store, &classifiers, keys)?;
    let view = &mut loaded.view;
    view.shown.shape = store.region_shape(profile, model)?;
    view.storage.profiles = profiles(store, profile)?;
    view.storage.learned = store.profiles_with_classifier(model)?;
    view.marks.classes = store.classes(profile, false)?;
    let negatives = store.negatives(profile, None)?;
    let mut trained = classifiers.iter().filter(|row| row.copy_of.is_none());
    view.marks.since_training = marks_since(trained.next(), &negatives, store, profile)?;
    view.marks.negatives = Arc::new(negatives);
    let choices = store.training_choices(profile, model)?;
    view.learning.last_training = choices.and_then(|choices| serde_json::from_value(choices).ok());
    let setting = |key| Ok::<_, StoreError>(store.setting(key)?.unwrap_or_default());
    view.learning.pack_credits = PackCredits {
        author: setting(AUTHOR)?,
        licence: setting(LICENCE)?,
    };
    loaded.newest_classifier = classifiers.first().map(|row| row.id);
    view.learning.classifiers = classifiers.into_iter().map(classifier_view).collect();
    if session.asked.looks_at_library() {
        view.library.scanned = Arc::new(scanned_files(store, profile, model)?);
    }
    // Reads all that is marked, so only for a window that looks.
    if session.jobs.considered().is_some() {
        loaded.proof = Some(Arc::new(ProofQuestion::read(store, profile, model)?));
    }
    Ok(loaded)
}

/// The files that were scanned beside the takes.
fn scanned_files(
    store: &Store,
    profile: &str,
    model: &str,
) -> Result<Vec<ScannedFileView>, StoreError> {
    let files = store.scanned_beside_takes(profile, model, MOST_SCANNED)?;
    let with_paths = files.into_iter().filter_map(|file| {
        Some(ScannedFileView {
            path: file.path?,
            version: file.number,
            regions: file.regions,
            date: readable_timestamp(&file.timestamp),
            filename: file.filename,
        })
    });
    Ok(with_paths.collect())
}

/// The chosen take if the source has it, else the last one.
fn shown_take(session: &Session) -> Option<String> {
    let takes = session.takes.in_order();
    let chosen = session.shown.take();
    let chosen = chosen.filter(|chosen| session.takes.named(chosen).is_some());
    let last = takes.last().map(|take| take.row().filename.as_str());
    chosen.or(last).map(str::to_owned)
}

/// Of the versions of a take: the chosen one if it is the shown take and still has it, else the newest.
pub(super) fn version_on_show<'a>(
    session: &Session,
    file: &str,
    versions: &'a [ScanVersion],
) -> Option<&'a ScanVersion> {
    let chosen = session.shown.version();
    let chosen = chosen.filter(|_| shown_take(session).as_deref() == Some(file));
    let chosen = chosen.and_then(|chosen| versions.iter().find(|it| it.timestamp == chosen));
    chosen.or(versions.first())
}

fn profiles(store: &Store, shown: &str) -> Result<Vec<String>, StoreError> {
    let mut profiles = store.profiles()?;
    if !profiles.iter().any(|name| name == shown) {
        profiles.push(shown.to_owned());
    }
    Ok(profiles)
}

/// The versions of the shown recording and model, and what is in the shown one.
fn read_results(
    session: &Session,
    store: &mut Store,
    classifiers: &[ClassifierRow],
    keys: &[&str],
) -> Result<Loaded, StoreError> {
    let (profile, model) = (session.shown.profile(), session.shown.model());
    let take = shown_take(session);
    let file = take.as_deref().unwrap_or_default();
    let marks = Marks::read(store, profile, file)?;
    let versions = store.versions(file, profile, model)?;
    let shown = version_on_show(session, file, &versions).cloned();
    let (regions, scores) = match &shown {
        Some(version) => (
            store.regions(file, profile, model, &version.timestamp)?,
            store.scores(file, profile, model, &version.timestamp)?,
        ),
        None => (Vec::new(), None),
    };
    let kept = versions_kept(store)?;
    let kept_for_edits = store.kept_for_edits(file, profile, model, &versions, kept)?;
    let mut checks = marks.checks(store, (file, profile, model), classifiers)?;
    let mut loaded = Loaded {
        compared: read_compared(session, store, (file, &versions), (&marks, &checks))?,
        ..Loaded::default()
    };
    let results = &mut loaded.view.results;
    let number = shown.as_ref().map(|version| version.number);
    results.tabs = tabs(session, store, (file, keys), (regions.len(), number))?;
    results.regions = Arc::new(marks.shown(&regions, scores.as_ref()));
    results.scores = scores.map(Arc::new);
    let views = versions.into_iter().map(|row| VersionView {
        check: checks.remove(&row.timestamp),
        kept_for_edits: kept_for_edits.contains(&row.timestamp),
        date: readable_timestamp(&row.timestamp),
        row,
    });
    results.versions = views.collect();
    loaded.view.shown.version = shown.as_ref().map(|version| version.timestamp.clone());
    let own = (
        loaded.view.results.regions.as_slice(),
        loaded.view.shown.version.as_deref(),
    );
    loaded.others = read_others(session, store, file, own)?;
    loaded.view.shown.take = take;
    Ok(loaded)
}

/// A tab for each model that has results, is installed or is shown. `regions` and `version` are of the shown model: of its
/// regions as they are stored, without marks that lie on none of them.
fn tabs(
    session: &Session,
    store: &mut Store,
    (file, installed): (&str, &[&str]),
    (regions, version): (usize, Option<u32>),
) -> Result<Vec<TabView>, StoreError> {
    let (profile, model) = (session.shown.profile(), session.shown.model());
    let mut keys = store.models_with_results(file, profile)?;
    keys.push(model.to_owned());
    keys.extend(installed.iter().map(|key| (*key).to_owned()));
    keys.sort();
    keys.dedup();
    let mut tabs = Vec::new();
    for key in keys {
        let (regions, version) = if key == model {
            (regions, version)
        } else {
            let newest = store.versions(file, profile, &key)?.into_iter().next();
            newest.map_or((0, None), |newest| (newest.regions, Some(newest.number)))
        };
        tabs.push(TabView {
            model: key,
            regions,
            version,
        });
    }
    Ok(tabs)
}

fn classifier_view(row: ClassifierRow) -> ClassifierView {
    ClassifierView {
        counts: counts_of(&row),
        metrics: metrics_of(&row),
        version: row.version,
        name: row.name,
        created_at: row.created_at,
        classes: row.classes,
        negative_class: row.negative_class,
        used_hard_negatives: row.used_hard_negatives,
        background_margin_s: row.background_margin_s,
        seconds: row.seconds,
        copy_of: row.copy_of,
        check: None,
        notes: Vec::new(),
    }
}
