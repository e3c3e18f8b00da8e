//! Commands of a window, carried out one by one.

use std::time::Instant;

use super::session::Session;
use super::waiting::Request;
use super::{Coordinator, RETRY};
use crate::job::JobControl;
use crate::protocol::{Command, EngineError, InstanceId, JobKind, Severity, TrainRequest};
use crate::recording::{Recording, known_recordings};
use crate::scan::regions;
use crate::settings::SettingsView;
use crate::store::StoreError;
use crate::worker::thread::CoordinatorToWorker;
use crate::worker::{PeakChange, ScanRequest, TrainPlan};

pub(super) const ONE_JOB_AT_A_TIME: &str =
    "One job at a time: wait for the running one, or cancel it";

impl Coordinator {
    pub(super) fn carry_out(&mut self, instance: InstanceId, command: Command) {
        if matches!(command, Command::EditorOpened) {
            self.open_editor(instance);
            return;
        }
        let outcome = self.obey(instance, command);
        if let Some(session) = self.sessions.get_mut(&instance) {
            session.changed = true;
            if let Err(error) = outcome {
                session.fail(&error);
            }
        }
    }

    fn open_editor(&mut self, instance: InstanceId) {
        let database = self.store.path();
        if let Some(session) = self.sessions.get_mut(&instance) {
            session.editor_open = true;
            session
                .settings
                .get_or_insert_with(|| SettingsView::without_database(database).into());
            session.stale = true;
            session.changed = true;
        }
        self.read_takes(instance);
    }

    fn obey(&mut self, instance: InstanceId, command: Command) -> Result<(), EngineError> {
        let Some(session) = self.sessions.get_mut(&instance) else {
            return Ok(());
        };
        match command {
            Command::EditorOpened => {}
            Command::EditorClosed => {
                session.editor_open = false;
                self.stop_audition(instance);
                self.show_spectrogram(instance, None)?;
            }
            Command::Audition {
                filename,
                span,
                mode,
            } => self.audition(instance, filename, span, mode)?,
            Command::StopAudition => self.stop_audition(instance),
            Command::ShowSpectrogram(wish) => self.show_spectrogram(instance, wish)?,
            Command::ExpectTakes => session.expects_takes = true,
            Command::PointAt { filename, span } => session.pointed = Some((filename, span)),
            Command::SetMarkClass { class } => session.mark_class = class,
            Command::CancelJob => {
                if let Some(job) = &session.job {
                    job.cancel();
                }
            }
            Command::Scan => self.scan(instance)?,
            Command::Train(request) => self.train(instance, request)?,
            Command::ConsiderTraining(request) => session.consider(request),
            Command::RankByNovelty { wanted } => {
                session.stale |= wanted && !session.novelty.wanted;
                session.novelty.wanted = wanted;
            }
            Command::FindRecordings { folder } => self.find_recordings(instance, folder),
            Command::ShowTake { filename } => {
                session.shown_take = Some(filename);
                session.forget_versions();
                self.order_waveform(instance);
            }
            Command::ShowModel { model } => {
                session.model = model;
                session.forget_versions();
                session.live_scores.clear();
            }
            Command::ShowVersion { timestamp } => {
                session.shown_version = timestamp;
                // What is shown now was not what the hand on the slider meant.
                session.threshold_moved = None;
                session.stale = true;
            }
            Command::CompareWith { with } => {
                session.compare_with = with;
                session.stale = true;
            }
            Command::SetProfile { profile } => {
                session.change_profile(&profile);
            }
            Command::SetThreshold { threshold } => session.move_threshold(threshold),
            Command::RenameSource { name } => self.rename(instance, name)?,
            Command::Change(change) => self.change(instance, *change)?,
            Command::Undo => {
                let generation = self.store.generation();
                self.write(instance, Request::Undo { generation })?;
            }
            Command::Redo => {
                let generation = self.store.generation();
                self.write(instance, Request::Redo { generation })?;
            }
            Command::CountProfile { profile } => self.count_profile(instance, profile)?,
            Command::Export(request) => self.export(instance, request)?,
            Command::LookInto { folder } => self.look_into(instance, folder),
            Command::MakeFolder { parent, name } => self.make_folder(instance, parent, name),
            Command::ExportMemory => self.export_memory(instance)?,
            Command::RestoreBackup => self.restore_backup(instance)?,
            Command::StartNewDatabase => self.start_new_database(instance)?,
            Command::DismissStatus => session.status = None,
            Command::Survey => {
                self.apply_retention();
                self.survey(instance);
            }
            Command::EmptyCache => self.order(CoordinatorToWorker::EmptyCache { instance }),
            Command::DeleteTakes { filenames } => self.delete_takes(instance, &filenames),
        }
        Ok(())
    }

    pub(super) fn scan(&mut self, instance: InstanceId) -> Result<(), EngineError> {
        let Some((requests, job)) = self.begin_job(instance, JobKind::Scanning) else {
            return Ok(());
        };
        self.order(CoordinatorToWorker::Scan {
            instance,
            requests,
            job,
        });
        Ok(())
    }

    fn train(&mut self, instance: InstanceId, request: TrainRequest) -> Result<(), EngineError> {
        let Some(session) = self.sessions.get(&instance) else {
            return Ok(());
        };
        let (profile, model) = (session.profile.clone(), session.model.clone());
        let own: Vec<Recording> = session.recordings();
        // A new track has nothing to lend yet; then everything else the profile knows does.
        let background = if own.is_empty() {
            self.store.with(|store| known_recordings(store, &profile))?
        } else {
            own
        };
        if let Some((then_scan, job)) = self.begin_job(instance, JobKind::Training) {
            let plan = TrainPlan {
                profile,
                model,
                request,
                background,
            };
            self.order(CoordinatorToWorker::Train {
                instance,
                plan,
                then_scan,
                job,
            });
        }
        Ok(())
    }

    /// A job and the scans it ends with; `None` while another is at work.
    pub(super) fn begin_job(
        &mut self,
        instance: InstanceId,
        kind: JobKind,
    ) -> Option<(Vec<ScanRequest>, JobControl)> {
        let session = self.sessions.get_mut(&instance)?;
        if session.job.is_some() {
            session.say(Severity::Info, ONE_JOB_AT_A_TIME);
            return None;
        }
        let requests: Vec<ScanRequest> = session
            .recordings()
            .into_iter()
            .map(|recording| session.scan_request(recording))
            .collect();
        if requests.is_empty() && kind == JobKind::Scanning {
            session.say(Severity::Info, "Nothing to scan yet: play the track once");
            return None;
        }
        let job = JobControl::new(kind);
        session.job = Some(job.clone());
        session.status = None;
        Some((requests, job))
    }

    fn rename(&mut self, instance: InstanceId, name: String) -> Result<(), EngineError> {
        let Some(session) = self.sessions.get_mut(&instance) else {
            return Ok(());
        };
        session.identity.name = name;
        // A source that has recorded nothing has no row yet; its first take brings the name along.
        if session.takes_read {
            let source = session.identity.clone();
            let renamed = self
                .store
                .with(|store| store.upsert_source(&source.id, &source.name));
            if renamed.as_ref().is_err_and(StoreError::is_mendable) {
                // Its takes are tried again, and bring the name along.
                for take in session.takes.values_mut() {
                    take.unsaved = true;
                }
            }
            session.note_written(&renamed);
        }
        Ok(())
    }

    pub(super) fn order_waveform(&self, instance: InstanceId) {
        if let Some(recording) = self
            .sessions
            .get(&instance)
            .and_then(Session::shown_recording)
        {
            let change = PeakChange {
                recording,
                seconds: 0.0..f64::INFINITY,
            };
            self.order(CoordinatorToWorker::Waveform { instance, change });
        }
    }

    /// Writes thresholds that have come to rest into the versions on show: their regions are cut anew from the stored scores.
    pub(super) fn settle_thresholds(&mut self) {
        if self.store.damage().is_some() {
            // It settles in what takes the damaged file's place.
            return;
        }
        for session in self.sessions.values_mut() {
            if !session.threshold_settled() {
                continue;
            }
            let Some(loaded) = &session.loaded else {
                continue;
            };
            if let (Some(version), Some(scores), Some(file)) =
                (&loaded.shown_version, &loaded.scores, &session.shown_take)
            {
                let found = regions(scores, &loaded.shape.at(session.threshold));
                let saved = self.store.with(|store| {
                    store.replace_regions_of_version(
                        file,
                        &session.profile,
                        &session.model,
                        &version.timestamp,
                        &found,
                        session.threshold,
                    )
                });
                let saved = saved.map(drop);
                if saved.as_ref().is_err_and(StoreError::is_mendable) {
                    session.threshold_moved = Some(Instant::now() + RETRY);
                }
                session.note_written(&saved);
            }
            session.stale = true;
        }
    }
}

impl Session {
    pub(super) fn change_profile(&mut self, profile: &str) {
        profile.clone_into(&mut self.profile);
        self.forget_versions();
        self.live_scores.clear();
    }

    fn forget_versions(&mut self) {
        self.shown_version = None;
        self.compare_with = None;
        self.before_training = None;
        self.threshold_moved = None;
        self.stale = true;
    }

    fn move_threshold(&mut self, threshold: f32) {
        let threshold = threshold.clamp(0.0, 1.0);
        if threshold.is_nan() {
            return;
        }
        if self.threshold.to_bits() != threshold.to_bits() {
            self.threshold = threshold;
            // Before anything is on show this is the project's saved value, not a hand on the slider.
            self.threshold_moved = self.loaded.is_some().then(Instant::now);
        }
    }
}
