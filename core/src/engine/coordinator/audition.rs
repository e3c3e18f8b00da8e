//! Auditions as the coordinator sees them: which file a region is in, what the window shows of it, and how it ended.

use std::path::PathBuf;

use super::channels::Channels;
use super::session::{Asked, Health, Session, Sessions};
use super::similar::path_of_found;
use crate::audition::AuditionMode;
use crate::engine::audition_thread::{
    AuditionEnd, AuditionRequest, AuditionTask, AuditionToCoordinator,
};
use crate::protocol::{AuditionView, EngineError, InstanceId, Severity};
use crate::store::StoreHandle;
use crate::time::Span;

/// Plays `span` of the recording `filename`.
pub(super) fn audition(
    instance: InstanceId,
    session: &mut Session,
    store: &StoreHandle,
    channels: &Channels,
    (filename, span, mode): (String, Span, AuditionMode),
) -> Result<(), EngineError> {
    let places = places_of(session, store, &filename)?;
    session.line.point_at(filename.clone(), span);
    let view = AuditionView { filename, span };
    let number = session.asked.begin_audition(view);
    let request = AuditionRequest {
        number,
        places,
        span,
        mode,
    };
    channels.ask_audition(instance, AuditionTask::Play(request));
    Ok(())
}

/// Stops what is played to the user, if anything is.
pub(super) fn stop_audition(instance: InstanceId, asked: &mut Asked, channels: &Channels) {
    if asked.stop_audition() {
        channels.ask_audition(instance, AuditionTask::Stop);
    }
}

/// Takes in how an audition ended.
pub(super) fn take_report(report: AuditionToCoordinator, sessions: &mut Sessions) {
    if let Some(session) = sessions.get_mut(&report.instance)
        && session.asked.end_audition(report.number)
    {
        say_end(report.end, &mut session.health);
    }
}

fn say_end(end: AuditionEnd, health: &mut Health) {
    match end {
        AuditionEnd::Over => {}
        AuditionEnd::Refused => health.say(
            Severity::Warning,
            "Nothing is auditioned while the host renders or Earmark is bypassed: try again afterwards",
        ),
        AuditionEnd::Unheard => health.say(
            Severity::Warning,
            "The host does not run Earmark at the moment, so nothing can be heard: start its playback or audio engine, then try again",
        ),
        AuditionEnd::Failed(error) => health.fail(&error),
    }
}

/// Where `filename` may be, the likeliest first: a take of this source, a file that the last search found, or one that
/// something was marked in. Whoever reads
/// it looks which of them is there.
pub(super) fn places_of(
    session: &Session,
    store: &StoreHandle,
    filename: &str,
) -> Result<Vec<PathBuf>, EngineError> {
    if let Some(take) = session.takes.named(filename) {
        return Ok(vec![take.row().path.clone()]);
    }
    if let Some(path) = path_of_found(session, filename) {
        return Ok(vec![path]);
    }
    if let Some(path) = session.asked.found_at(filename) {
        return Ok(vec![path]);
    }
    let said = store.with(|store| {
        let seen = store.recording_path(filename)?;
        let marked = store.negatives_in(session.shown.profile(), filename)?;
        let said = marked.into_iter().filter_map(|row| row.source_path);
        Ok(seen.into_iter().chain(said).collect::<Vec<PathBuf>>())
    })?;
    if said.is_empty() {
        return Err(EngineError::UnknownRecording {
            filename: filename.to_owned(),
        });
    }
    Ok(said)
}
