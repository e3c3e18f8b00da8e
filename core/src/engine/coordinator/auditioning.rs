//! The coordinator's part in auditions: which file a region is in, what the window shows of it, and how it ended.

use std::path::PathBuf;

use super::Coordinator;
use crate::audition::{AuditionFeed, AuditionMode};
use crate::engine::audition_thread::{
    AuditionEnd, AuditionRequest, AuditionToCoordinator, CoordinatorToAudition,
};
use crate::protocol::{AuditionView, EngineError, InstanceId, Severity};
use crate::time::Span;

/// What is being played to the user.
pub(super) struct Audition {
    number: u64,
    pub view: AuditionView,
}

impl Coordinator {
    pub(super) fn connect_audition(&self, instance: InstanceId, feed: AuditionFeed) {
        self.ask_audition(CoordinatorToAudition::Connect { instance, feed });
    }

    pub(super) fn audition(
        &mut self,
        instance: InstanceId,
        filename: String,
        span: Span,
        mode: AuditionMode,
    ) -> Result<(), EngineError> {
        let path = self.path_of(instance, &filename)?;
        let Some(session) = self.sessions.get_mut(&instance) else {
            return Ok(());
        };
        session.auditions += 1;
        let number = session.auditions;
        session.pointed = Some((filename.clone(), span));
        session.audition = Some(Audition {
            number,
            view: AuditionView { filename, span },
        });
        self.ask_audition(CoordinatorToAudition::Play {
            instance,
            request: AuditionRequest {
                number,
                path,
                span,
                mode,
            },
        });
        Ok(())
    }

    pub(super) fn stop_audition(&mut self, instance: InstanceId) {
        if let Some(session) = self.sessions.get_mut(&instance)
            && session.audition.take().is_some()
        {
            session.changed = true;
            self.ask_audition(CoordinatorToAudition::Stop { instance });
        }
    }

    pub(super) fn hear_audition(&mut self, report: AuditionToCoordinator) {
        let Some(session) = self.sessions.get_mut(&report.instance) else {
            return;
        };
        let is_shown = |audition: &mut Audition| audition.number == report.number;
        // Another one, or a stop, may have come meanwhile; then this is nobody's concern.
        if session.audition.take_if(is_shown).is_none() {
            return;
        }
        session.changed = true;
        match report.end {
            AuditionEnd::Over => {}
            AuditionEnd::Refused => session.say(
                Severity::Warning,
                "Nothing is auditioned while the host renders or Earmark is bypassed: try again afterwards",
            ),
            AuditionEnd::Unheard => session.say(
                Severity::Warning,
                "The host does not run Earmark at the moment, so nothing can be heard: start its playback or audio engine, then try again",
            ),
            AuditionEnd::Failed(error) => session.fail(&error),
        }
    }

    pub(super) fn ask_audition(&self, task: CoordinatorToAudition) {
        if let Some(auditions) = &self.auditions
            && auditions.send(task).is_err()
        {
            tracing::error!("the audition thread is gone; nothing can be auditioned");
        }
    }

    /// A take of this source, or a file that something was marked in.
    pub(super) fn path_of(
        &self,
        instance: InstanceId,
        filename: &str,
    ) -> Result<PathBuf, EngineError> {
        let session = self.sessions.get(&instance);
        let take = session.and_then(|session| {
            let mut takes = session.takes.values();
            takes.find(|take| take.row.filename == filename)
        });
        if let Some(take) = take {
            return Ok(take.row.path.clone());
        }
        let profile = session.map_or("", |session| session.profile.as_str());
        let said = self.store.with(|store| {
            let seen = store.recording_path(filename)?;
            let marked = store.negatives_in(profile, filename)?.into_iter();
            let said = marked.filter_map(|row| row.source_path);
            Ok(seen.into_iter().chain(said).collect::<Vec<PathBuf>>())
        })?;
        // The first that is there; where none is, the first is missed.
        let there = said.iter().find(|path| path.is_file());
        there
            .or(said.first())
            .cloned()
            .ok_or(EngineError::UnknownRecording {
                filename: filename.to_owned(),
            })
    }
}
