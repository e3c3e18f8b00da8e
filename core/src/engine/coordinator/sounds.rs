//! The other sounds of the watch list: read from the database and from the live scan, and chosen. Coordinator's thread only. It must
//! never change what is shown of the shown profile itself.

use std::sync::Arc;

use super::live_regions::{found_live, without_known};
use super::session::{OtherSounds, Session, Sessions};
use crate::marks::Marks;
use crate::protocol::{RegionView, Severity, SoundView};
use crate::store::{Store, StoreError};
use crate::words::counted;

/// Sounds that a list can tell apart; more are not looked for.
const MOST_SOUNDS: usize = 64;

/// Reads what was found of the other sounds in the take `file`, of which `own` are the regions of the shown profile and `version` the
/// shown version; `None` while no other sound is looked for.
pub(super) fn read_others(
    session: &Session,
    store: &mut Store,
    file: &str,
    (own, version): (&[RegionView], Option<&str>),
) -> Result<Option<OtherSounds>, StoreError> {
    let (shown, model) = (session.shown.profile(), session.shown.model());
    let mut names = session.shown.sounds();
    if names.len() < 2 {
        return Ok(None);
    }
    names.sort();
    let mut read = OtherSounds {
        sounds: Arc::default(),
        shapes: Vec::new(),
        regions: Vec::new(),
        all: Arc::default(),
    };
    let mut sounds = Vec::new();
    for (sound, profile) in (0..).zip(names) {
        read.shapes.push(store.region_shape(&profile, model)?);
        let is_shown = profile == shown;
        let version = match is_shown {
            true => version.map(str::to_owned),
            false => {
                let marks = Marks::read(store, &profile, file)?;
                let newest = store.versions(file, &profile, model)?.into_iter().next();
                let timestamp = newest.map(|newest| newest.timestamp);
                let (rows, scores) = match &timestamp {
                    Some(timestamp) => (
                        store.regions(file, &profile, model, timestamp)?,
                        store.scores(file, &profile, model, timestamp)?,
                    ),
                    None => (Vec::new(), None),
                };
                let found = marks.shown(&rows, scores.as_ref()).into_iter();
                read.regions
                    .extend(found.map(|region| RegionView { sound, ..region }));
                timestamp
            }
        };
        let classifier = store.latest_classifier(&profile, model)?;
        sounds.push(SoundView {
            profile,
            version,
            classes: classifier.map_or_else(Vec::new, |newest| newest.classes),
            is_shown,
        });
    }
    read.sounds = Arc::new(sounds);
    read.all = Arc::new(read.with(own.to_vec()));
    Ok(Some(read))
}

/// What the live scan has found of the other sounds in the shown take where nothing is saved.
pub(super) fn live_others(session: &Session, others: &OtherSounds) -> Vec<RegionView> {
    let take = session.shown.take().unwrap_or_default();
    let mut live = Vec::new();
    for ((number, sound), shape) in (0..).zip(others.sounds.iter()).zip(&others.shapes) {
        let scores = session.takes.live_scores(take, &sound.profile);
        let Some(scores) = scores.filter(|_| !sound.is_shown) else {
            continue;
        };
        let saved = others
            .regions
            .iter()
            .filter(|region| region.sound == number);
        let saved: Vec<RegionView> = saved.cloned().collect();
        let found = found_live(scores, &shape.at(session.shown.threshold()));
        let found = without_known(&saved, found).into_iter();
        live.extend(found.map(|region| RegionView {
            sound: number,
            ..region
        }));
    }
    live
}

/// Looks for the sounds of `profiles` from now on, beside that of the shown profile.
pub(super) fn watch(session: &mut Session, mut profiles: Vec<String>) {
    profiles.truncate(MOST_SOUNDS);
    let before = session.shown.sounds();
    session.shown.watch(profiles);
    let now = session.shown.sounds();
    for profile in before.iter().filter(|profile| !now.contains(profile)) {
        session.takes.forget_live_scores_by(profile);
    }
    let has_new = now.iter().any(|profile| !before.contains(profile));
    if has_new && session.shown.take().is_some() {
        let words = format!(
            "Looks for {} from now on: press Scan to find them in the takes that are there",
            counted(now.len(), "sound")
        );
        session.health.say(Severity::Info, words);
    }
}

/// The profile `from` is called `to` now, or with `None` is gone: every window that looks for its sound follows.
pub(super) fn follow_profile(sessions: &mut Sessions, from: &str, to: Option<&str>) {
    for session in sessions.values_mut() {
        let watched = session.shown.watched();
        if !watched.iter().any(|profile| profile == from) {
            continue;
        }
        let watched = watched.iter().filter_map(|profile| match profile == from {
            true => to.map(str::to_owned),
            false => Some(profile.clone()),
        });
        let watched = watched.collect();
        session.shown.watch(watched);
        session.takes.forget_live_scores_by(from);
    }
}
