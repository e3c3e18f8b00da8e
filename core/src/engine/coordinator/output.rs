//! Tells the audio thread of every track what was found on it, as soon as it needs that and whenever it changes. Coordinator's
//! thread only.

use super::reading::version_on_show;
use super::session::{Session, Sessions};
use super::take_rows::read_takes;
use super::upkeep::Upkeep;
use crate::marks::Marks;
use crate::output::{Found, FoundSound};
use crate::store::{DEFAULT_PROFILE, Store, StoreError, StoreHandle};
use crate::time::SampleRate;

/// Sends the lists that are needed and out of date.
pub(super) fn send_found(sessions: &mut Sessions, store: &StoreHandle, upkeep: &mut Upkeep) {
    for session in sessions.values_mut() {
        let Some(rate) = session.line.wanted_output() else {
            continue;
        };
        if !session.must_send_found() || !upkeep.may_read() {
            continue;
        }
        read_takes(session, store, upkeep);
        match store.with(|store| found_on(session, store, rate)) {
            Ok(found) => session.send_found(found),
            Err(error) => {
                session.health.refuse(&error);
                upkeep.rest_database();
            }
        }
    }
}

/// What is shown of every take of a track, without what the user rejected.
fn found_on(session: &Session, store: &Store, rate: SampleRate) -> Result<Found, StoreError> {
    let (profile, model) = (session.shown.profile(), session.shown.model());
    let mut sounds = Vec::new();
    for take in session.takes.in_order() {
        let file = &take.row().filename;
        let versions = store.versions(file, profile, model)?;
        let Some(version) = version_on_show(session, file, &versions) else {
            continue;
        };
        let shown = Marks::read_version(store, profile, file, model, &version.timestamp)?;
        let kept = shown.into_iter().filter(|it| !it.state.is_rejected());
        sounds.extend(kept.map(|region| FoundSound {
            start: take.row().on_timeline(region.span.start_s(), rate),
            end: take.row().on_timeline(region.span.end_s(), rate),
            score: region.score,
        }));
    }
    Ok(Found::new(sounds, place_of(profile, &store.profiles()?)))
}

/// The place of a profile's note: the default one has the first, the others follow in the order of their names.
fn place_of(profile: &str, profiles: &[String]) -> u8 {
    let others = profiles.iter().filter(|name| *name != DEFAULT_PROFILE);
    let place = match profile {
        DEFAULT_PROFILE => 0,
        _ => 1 + others.take_while(|name| *name != profile).count(),
    };
    u8::try_from(place).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sound_has_a_note_of_its_own_above_the_first() {
        let profiles = ["bark", DEFAULT_PROFILE, "door"].map(String::from);
        assert_eq!(place_of(DEFAULT_PROFILE, &profiles), 0);
        assert_eq!(place_of("bark", &profiles), 1);
        assert_eq!(place_of("door", &profiles), 2);
        assert_eq!(place_of("new", &profiles), 3);
    }
}
