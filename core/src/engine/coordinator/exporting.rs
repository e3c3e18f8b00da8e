//! Exports of what a window shows, and the folders it chooses from.

use std::path::PathBuf;
use std::sync::Arc;

use super::Coordinator;
use super::session::Session;
use crate::export::jobs::thread::{CoordinatorToFiles, FilesToCoordinator};
use crate::export::jobs::{ExportJob, Exported, choose};
use crate::job::JobControl;
use crate::marks::Inverse;
use crate::protocol::{
    Change, EngineError, ExportKind, ExportQuestion, ExportRequest, InstanceId, JobKind, MarkId,
    Place, Severity, Target,
};
use crate::recording::Recording;
use crate::store::Clip;
use crate::words::counted;

impl Coordinator {
    pub(super) fn look_into(&self, instance: InstanceId, folder: Option<PathBuf>) {
        self.files
            .order(CoordinatorToFiles::Look { instance, folder });
    }

    pub(super) fn make_folder(&self, instance: InstanceId, parent: PathBuf, name: String) {
        self.files.order(CoordinatorToFiles::MakeFolder {
            instance,
            parent,
            name,
        });
    }

    /// Exports what the window shows now. A list is written whatever else is at work; what takes longer is a job.
    pub(super) fn export(
        &mut self,
        instance: InstanceId,
        request: ExportRequest,
    ) -> Result<(), EngineError> {
        let Some(session) = self.sessions.get_mut(&instance) else {
            return Ok(());
        };
        session.export_question = None;
        let Some(export) = session.export_job(&request)? else {
            session.say(Severity::Info, "Nothing to export yet: play the track once");
            return Ok(());
        };
        let job = match request.choices.kind {
            ExportKind::List { .. } => JobControl::new(JobKind::Exporting),
            _ => match self.begin_job(instance, JobKind::Exporting) {
                Some((_, job)) => job,
                None => return Ok(()),
            },
        };
        self.files.order(CoordinatorToFiles::Export {
            instance,
            export: Box::new(export),
            request,
            job,
        });
        Ok(())
    }

    pub(super) fn hear_files(&mut self, report: FilesToCoordinator) {
        match report {
            FilesToCoordinator::Looked { instance, found } => {
                if let Some(session) = self.sessions.get_mut(&instance) {
                    session.folder = Some(Arc::new(found));
                    session.changed = true;
                }
            }
            FilesToCoordinator::Exported {
                instance,
                request,
                outcome,
                generation,
            } => {
                for session in self.sessions.values_mut() {
                    session.stale |= matches!(outcome, Ok(Exported::Clips(_)));
                }
                let current = self.store.generation();
                if let Some(session) = self.sessions.get_mut(&instance) {
                    session.history.keep_to(current);
                    session.take_export(request, outcome, generation == current);
                    // The files in the folder on show may be others by now.
                    let shown = session.folder.as_ref().map(|folder| folder.path.clone());
                    if shown.is_some() {
                        self.look_into(instance, shown);
                    }
                }
            }
        }
    }
}

impl Session {
    /// The export of what is on show; `None` while nothing is.
    fn export_job(&self, request: &ExportRequest) -> Result<Option<ExportJob>, EngineError> {
        let shown = self.shown_take.as_deref();
        let mut takes = self.takes.values();
        let Some(take) = takes.find(|take| Some(take.row.filename.as_str()) == shown) else {
            return Ok(None);
        };
        let is_copy = request.choices.kind == ExportKind::Markers;
        if is_copy && take.recording {
            return Err(EngineError::StillRecording {
                filename: take.row.filename.clone(),
            });
        }
        let view = self.picture();
        Ok(Some(ExportJob {
            choices: request.choices.clone(),
            to: request.to.clone(),
            if_there: request.if_there,
            profile: view.profile,
            model: view.shown_model,
            version: view.shown_version.unwrap_or_default(),
            recording: Recording {
                filename: take.row.filename.clone(),
                path: take.row.path.clone(),
            },
            timeline_start_s: take.row.start.seconds(take.row.rate),
            rate: Some(take.row.rate),
            regions: choose(&view.regions, &request.regions, request.choices.rejected),
        }))
    }

    /// Undo removes the rows of the clips; their files stay.
    fn remember_export(&mut self, added: &[Clip]) {
        let label = format!(
            "the export of {} (their files stay)",
            counted(added.len(), "clip")
        );
        let target = Target::Disabled {
            regions: Vec::new(),
            disabled: true,
            removed: added.iter().map(|clip| MarkId::Clip(clip.id)).collect(),
        };
        let change = Change {
            place: Place {
                profile: self.profile.clone(),
                model: self.model.clone(),
                ..Place::default()
            },
            target: target.clone(),
        };
        if !added.is_empty() {
            let inverse = Inverse::Target(target);
            self.history.remember(change, label, inverse);
        }
    }

    fn take_export(
        &mut self,
        request: ExportRequest,
        outcome: Result<Exported, EngineError>,
        is_same_database: bool,
    ) {
        let is_job = !matches!(request.choices.kind, ExportKind::List { .. });
        if is_job {
            self.job = None;
        }
        self.changed = true;
        match outcome {
            Err(error) => self.fail(&error),
            Ok(Exported::Asked { there }) => {
                self.exports += 1;
                // What was said before is not about this.
                self.status = None;
                self.export_question = Some(Arc::new(ExportQuestion {
                    number: self.exports,
                    request,
                    there,
                }));
            }
            Ok(exported) => {
                let words = exported.words();
                match exported {
                    Exported::Clips(clips) => {
                        match clips.ended_by {
                            Some(error) => {
                                self.say(Severity::Warning, format!("{words}; then {error}"));
                            }
                            None => self.say(Severity::Info, words),
                        }
                        if is_same_database {
                            self.remember_export(&clips.added);
                        }
                    }
                    _ => self.say(Severity::Info, words),
                }
            }
        }
    }
}
