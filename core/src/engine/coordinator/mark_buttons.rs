//! Marks that come through the host's parameters: which region was meant, and how it is marked.
//!
//! Works with the window closed, so it asks the database and not the view. Coordinator's thread only.

use std::time::Instant;

use super::Coordinator;
use super::session::{KeptTake, Session};
use super::similar::{enter_found, place_of_found};
use super::take_rows::read_takes;
use super::view::view_of;
use super::writing::change;
use crate::marks::Marks;
use crate::protocol::{Change, EngineError, InstanceId, MarkKind, RegionState, Severity, Target};
use crate::scan::{heard_at, regions};
use crate::store::{StoreError, StoreHandle};
use crate::time::{SampleRate, Span, timecode};
use crate::trigger::{Mark, Press};

/// Carries out what was pressed since the last look.
pub(super) fn look_at_buttons(coordinator: &mut Coordinator) {
    let now = Instant::now();
    let mut pressed = Vec::new();
    for (&instance, session) in &mut coordinator.sessions {
        if session.line.look_at_buttons(now) {
            pressed.push(instance);
        }
    }
    for instance in pressed {
        carry_out_presses(coordinator, instance);
    }
}

fn carry_out_presses(coordinator: &mut Coordinator, instance: InstanceId) {
    while let Some(session) = coordinator.sessions.get_mut(&instance)
        && let Some((press, rate)) = session.line.next_press()
    {
        let store = &coordinator.store;
        read_takes(session, store, &mut coordinator.upkeep);
        let outcome = match what_is_meant(session, store, press, rate) {
            Ok(Ok(mut meant)) => {
                enter_found(&mut meant, session, store);
                change(coordinator, instance, meant)
            }
            Ok(Err(why)) => {
                session.health.say(Severity::Warning, why);
                Ok(())
            }
            Err(error) => Err(error),
        };
        // Nobody knows yet which region was meant; it is asked again when the database can be read.
        if outcome.as_ref().is_err_and(EngineError::is_mendable) {
            return;
        }
        if let Some(session) = coordinator.sessions.get_mut(&instance) {
            session.line.forget_press();
            if let Err(error) = outcome {
                session.health.fail(&error);
            }
        }
    }
}

/// What somebody meant who pressed a button, or why nothing is marked.
fn what_is_meant(
    session: &Session,
    store: &StoreHandle,
    press: Press,
    rate: SampleRate,
) -> Result<Result<Change, String>, EngineError> {
    let region = match press.position {
        Some(position) => region_at(session, store, position.seconds(rate))?,
        None => session.line.pointed_at().cloned(),
    };
    let Some((filename, span)) = region else {
        return Ok(Err(match press.position {
            Some(position) => format!(
                "Not marked, because there is no region at {}: press the button while you hear one",
                timecode(position.seconds(rate))
            ),
            None => String::from(
                "Not marked, because the transport stands and no region is selected: select or play one first",
            ),
        }));
    };
    let kind = match press.mark {
        Mark::Negative => MarkKind::Negative,
        Mark::Positive => match class(session, store)? {
            Some(class) => MarkKind::Positive { class },
            None => {
                return Ok(Err(String::from(
                    "Not marked, because nobody has said what class it is: confirm one region with P in this window first",
                )));
            }
        },
    };
    let mut place = view_of(session).place_in(Some(&filename));
    if place.recording.is_none() {
        // It may be heard in what a search found.
        place.recording = place_of_found(session, &filename);
    }
    Ok(Ok(Change {
        place,
        target: Target::Marked {
            kind,
            spans: vec![span],
            marked: true,
            band: None,
        },
    }))
}

/// The region that is heard at `time_s` of the project, and the take it is in.
fn region_at(
    session: &Session,
    store: &StoreHandle,
    time_s: f64,
) -> Result<Option<(String, Span)>, EngineError> {
    let shown = session.shown.take();
    let mut takes: Vec<&KeptTake> = session.takes.in_order();
    // Takes may lie over one another: the shown one counts first, then the newest.
    takes.sort_by_key(|take| {
        let is_shown = Some(take.row().filename.as_str()) == shown;
        (is_shown, take.is_recording(), take.age())
    });
    for take in takes.into_iter().rev() {
        let filename = &take.row().filename;
        let spans = spans_of(session, store, filename)?;
        let at_s = time_s - take.start_s();
        if let Some(span) = heard_at(spans.into_iter().map(|span| (span, span)), at_s) {
            return Ok(Some((filename.clone(), span)));
        }
    }
    Ok(None)
}

/// What was found in the take `file`: the regions of its shown or newest version that are not disabled, marks (but no notes) where none of
/// them lies, and what the live scan has found since.
fn spans_of(session: &Session, store: &StoreHandle, file: &str) -> Result<Vec<Span>, StoreError> {
    let (profile, model) = (session.shown.profile(), session.shown.model());
    let (shown, shape) = store.with(|store| {
        let shape = store.region_shape(profile, model)?;
        let versions = store.versions(file, profile, model)?;
        let shown = versions
            .iter()
            .find(|version| Some(version.timestamp.as_str()) == session.shown.version());
        let rows = match shown.or(versions.first()) {
            Some(version) => store.regions(file, profile, model, &version.timestamp)?,
            None => Vec::new(),
        };
        let marks = Marks::read(store, profile, file)?;
        Ok((marks.shown(&rows, None), shape))
    })?;
    let mut spans: Vec<Span> = shown
        .iter()
        .filter(|region| !matches!(region.state, RegionState::Disabled | RegionState::Noted))
        .map(|region| region.span)
        .collect();
    if let Some(scores) = session.takes.live_scores(file, profile) {
        let found = regions(scores, &shape.at(session.shown.threshold()));
        spans.extend(found.into_iter().map(|found| found.span));
    }
    Ok(spans)
}

/// What P confirms as: the class it confirmed as last, else the only one there is.
fn class(session: &Session, store: &StoreHandle) -> Result<Option<String>, StoreError> {
    let last = session.line.mark_class();
    if !last.is_empty() {
        return Ok(Some(last.to_owned()));
    }
    let profile = session.shown.profile();
    let mut classes = store.with(|store| store.classes(profile, false))?;
    Ok(classes
        .pop()
        .filter(|_| classes.is_empty())
        .map(|only| only.name))
}
