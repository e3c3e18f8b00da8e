//! The coordinator's ear: what the recorder reports becomes take rows and work for the live scan.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Coordinator;
use super::session::{KeptTake, Session};
use crate::capture::CaptureReader;
use crate::platform;
use crate::protocol::{InstanceId, Severity};
use crate::recorder::{Destination, KnownTake, LineId, RecorderEvent, TakeId, gaps};
use crate::recording::Recording;
use crate::store::{StoreError, TakeRow};
use crate::worker::thread::CoordinatorToWorker;
use crate::worker::{LiveChange, PeakChange, ScanRequest};

/// A growing take's length is entered in the database this often; the file itself is flushed by the recorder.
const TAKE_SAVED_EVERY: Duration = Duration::from_secs(5);

impl Coordinator {
    pub(super) fn connect(&mut self, instance: InstanceId, reader: CaptureReader) {
        if let Some(session) = self.sessions.get_mut(&instance) {
            session.connected = true;
            session.meter = Some(Arc::clone(reader.meter()));
        }
        if let Some(recorder) = &self.recorder {
            recorder.add_line(LineId(instance.0), reader);
        }
    }

    pub(super) fn disconnect(&mut self, instance: InstanceId) {
        if let Some(recorder) = &self.recorder {
            recorder.remove_line(LineId(instance.0));
        }
    }

    pub(super) fn hear(&mut self, event: RecorderEvent) {
        match event {
            RecorderEvent::LineActive { line } => self.answer_line(InstanceId(line.0)),
            RecorderEvent::TakeStarted { line, take } => self.begin_take(InstanceId(line.0), &take),
            RecorderEvent::TakeWritten {
                line,
                take,
                frames,
                total_frames,
            } => {
                self.grow_take(InstanceId(line.0), take, frames, total_frames);
            }
            RecorderEvent::Gap {
                line,
                take,
                at_frame,
                frames,
            } => {
                if let Some(session) = self.sessions.get_mut(&InstanceId(line.0)) {
                    if frames > 0
                        && let Some(kept) = session.takes.get_mut(&take)
                    {
                        gaps::add(&mut kept.row.gaps, at_frame..at_frame + frames);
                        kept.unsaved = true;
                    }
                    let what = match frames {
                        0 => String::from(
                            "some audio was lost while the playhead moved: play that part again",
                        ),
                        _ => format!(
                            "{frames} samples were lost because the disk was too slow; the gap is drawn in the timeline"
                        ),
                    };
                    session.say(Severity::Warning, what);
                }
            }
            RecorderEvent::Stopped { line } => self.rest(InstanceId(line.0)),
            RecorderEvent::LineClosed { line } => {
                self.rest(InstanceId(line.0));
                self.remove(InstanceId(line.0));
            }
            RecorderEvent::Failed { line, error } => {
                if let Some(session) = self.sessions.get_mut(&InstanceId(line.0)) {
                    session.say(Severity::Error, error.to_string());
                }
            }
        }
    }

    /// The first audio of a line: tell the recorder where its takes go and which there are already.
    fn answer_line(&mut self, instance: InstanceId) {
        self.read_takes(instance);
        let folder = self.config.takes_folder.clone();
        let (Some(session), Some(recorder)) = (self.sessions.get(&instance), &self.recorder) else {
            return;
        };
        // Before the recorder may write, which changes what the cache knows a file by.
        for recording in session.recordings() {
            if let Ok(fingerprint) = recording.fingerprint() {
                self.order(CoordinatorToWorker::Remember {
                    recording,
                    fingerprint,
                });
            }
        }
        recorder.set_destination(
            LineId(instance.0),
            Destination {
                folder,
                source_name: session.identity.name.clone(),
                takes: session
                    .takes
                    .iter()
                    .filter(|(_, take)| take.row.path.is_file())
                    .map(|(&id, take)| KnownTake {
                        id,
                        path: take.row.path.clone(),
                        start: take.row.start,
                        frames: take.row.frames,
                        rate: take.row.rate,
                        channels: take.row.channels,
                    })
                    .collect(),
            },
        );
    }

    /// Reads the takes of earlier sessions, once. Without the database recording goes on all the same; the rows are
    /// entered when it opens.
    pub(super) fn read_takes(&mut self, instance: InstanceId) {
        let Some(session) = self
            .sessions
            .get_mut(&instance)
            .filter(|session| !session.takes_read)
        else {
            return;
        };
        let source = session.identity.clone();
        let rows = self.store.with(|store| {
            store.upsert_source(&source.id, &source.name)?;
            store.takes_of(&source.id)
        });
        match rows {
            Ok(rows) => {
                session.takes_read = true;
                for row in rows {
                    if let Ok(id) = row.id.parse::<TakeId>() {
                        session.takes.entry(id).or_insert(KeptTake {
                            row,
                            recording: false,
                            unsaved: false,
                            unscanned: false,
                            saved_at: Instant::now(),
                        });
                    }
                }
                session.stale = true;
                self.think_of_retention();
            }
            Err(error) => session.refuse(&error),
        }
    }

    /// Reads the takes of windows that were opened while the database could not be read.
    pub(super) fn read_missed_takes(&mut self) {
        let missed: Vec<InstanceId> = self
            .sessions
            .iter()
            .filter(|(_, session)| session.editor_open && !session.takes_read)
            .map(|(&instance, _)| instance)
            .collect();
        for instance in missed {
            self.read_takes(instance);
        }
    }

    fn begin_take(&mut self, instance: InstanceId, take: &KnownTake) {
        let Some(session) = self.sessions.get_mut(&instance) else {
            return;
        };
        let filename = take
            .path
            .file_name()
            .map_or_else(String::new, platform::name_text);
        let row = TakeRow {
            id: take.id.to_string(),
            source: session.identity.id,
            filename: filename.clone(),
            path: take.path.clone(),
            rate: take.rate,
            channels: take.channels,
            start: take.start,
            frames: take.frames,
            revision: 0,
            created_at: String::new(),
            gaps: Vec::new(),
        };
        session.takes.insert(
            take.id,
            KeptTake {
                row,
                recording: true,
                unsaved: true,
                unscanned: false,
                saved_at: Instant::now(),
            },
        );
        session.shown_take = Some(filename);
        session.shown_version = None;
        session.stale = true;
        self.save_takes(instance, true);
    }

    fn grow_take(
        &mut self,
        instance: InstanceId,
        take: TakeId,
        frames: std::ops::Range<u64>,
        total_frames: u64,
    ) {
        let Some(session) = self.sessions.get_mut(&instance) else {
            return;
        };
        let Some(kept) = session.takes.get_mut(&take) else {
            return;
        };
        kept.row.frames = total_frames;
        gaps::fill(&mut kept.row.gaps, &frames);
        kept.recording = true;
        kept.unsaved = true;
        kept.unscanned = true;
        let due = kept.saved_at.elapsed() >= TAKE_SAVED_EVERY;
        let (row, rate) = (kept.row.clone(), kept.row.rate);
        session.changed = true;
        if let Ok(recording) = Recording::of_take(&row) {
            let seconds = |frame: u64| frame as f64 / f64::from(rate.hz());
            session.add_behind(&row.filename, seconds(frames.end - frames.start));
            let watched = session.editor_open.then(|| PeakChange {
                recording: recording.clone(),
                seconds: seconds(frames.start)..seconds(frames.end),
            });
            let request = session.scan_request(recording.clone());
            let change = LiveChange {
                recording,
                frames,
                rate,
                finished: false,
            };
            self.order(CoordinatorToWorker::Follow {
                instance,
                change,
                request,
            });
            match watched {
                Some(change) => self.order(CoordinatorToWorker::Waveform { instance, change }),
                // Drawn whole again when somebody looks.
                None => self.forget_waveform(instance, &row.filename),
            }
        }
        if due {
            self.save_takes(instance, false);
        }
    }

    fn forget_waveform(&mut self, instance: InstanceId, filename: &str) {
        if let Some(session) = self.sessions.get_mut(&instance) {
            session.waveforms.remove(filename);
        }
    }

    /// The transport stopped: what was played since the last stop becomes a version.
    fn rest(&mut self, instance: InstanceId) {
        self.save_takes(instance, true);
        let Some(session) = self.sessions.get_mut(&instance) else {
            return;
        };
        let mut finished = Vec::new();
        for take in session.takes.values_mut() {
            take.recording = false;
            if std::mem::take(&mut take.unscanned) {
                finished.push(take.row.clone());
            }
        }
        session.changed = true;
        let tasks: Vec<CoordinatorToWorker> = finished
            .into_iter()
            .filter_map(|take| {
                let recording = Recording::of_take(&take).ok()?;
                let request = session.scan_request(recording.clone());
                // The changes themselves were sent as they happened; this only ends them.
                let change = LiveChange {
                    recording,
                    frames: 0..0,
                    rate: take.rate,
                    finished: true,
                };
                Some(CoordinatorToWorker::Follow {
                    instance,
                    change,
                    request,
                })
            })
            .collect();
        for task in tasks {
            self.order(task);
        }
    }

    /// Enters lengths and gaps of takes in the database; with `all`, also of those saved a moment ago.
    fn save_takes(&mut self, instance: InstanceId, all: bool) {
        let Some(session) = self.sessions.get_mut(&instance) else {
            return;
        };
        if self.store.damage().is_some() {
            // Entered in what takes the damaged file's place.
            return;
        }
        let source = session.identity.clone();
        let mut outcome = None;
        for take in session.takes.values_mut() {
            if take.unsaved && (all || take.saved_at.elapsed() >= TAKE_SAVED_EVERY) {
                let saved: Result<(), StoreError> = self.store.with(|store| {
                    store.upsert_source(&source.id, &source.name)?;
                    store.upsert_take(&take.row)
                });
                take.saved_at = Instant::now();
                take.unsaved = saved.as_ref().is_err_and(StoreError::is_mendable);
                if !matches!(outcome, Some(Err(_))) {
                    outcome = Some(saved);
                }
            }
        }
        if let Some(outcome) = outcome {
            session.note_written(&outcome);
        }
    }

    /// Tries takes again that the database has refused.
    pub(super) fn retry_takes(&mut self) {
        let instances: Vec<InstanceId> = self
            .sessions
            .iter()
            .filter(|(_, session)| session.has_unsaved_take())
            .map(|(&instance, _)| instance)
            .collect();
        for instance in instances {
            self.save_takes(instance, false);
        }
    }

    pub(super) fn save_all_takes(&mut self) {
        let instances: Vec<InstanceId> = self.sessions.keys().copied().collect();
        for instance in instances {
            self.save_takes(instance, true);
        }
    }
}

impl Session {
    pub(super) fn scan_request(&self, recording: Recording) -> ScanRequest {
        ScanRequest {
            recording,
            profile: self.profile.clone(),
            model: self.model.clone(),
            threshold: self.threshold,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::engine::outbox::Outbox;
    use crate::protocol::SourceIdentity;
    use crate::store::SourceId;
    use crate::time::{SampleIndex, SampleRate};

    const INSTANCE: InstanceId = InstanceId(1);
    const LINE: LineId = LineId(1);

    /// Starts and ends, one after the other.
    fn gaps_in_the_database(coordinator: &Coordinator, filename: &str) -> Vec<u64> {
        let take = coordinator
            .store
            .with(|store| store.take_by_filename(filename));
        let gaps = take.unwrap().unwrap().gaps.into_iter();
        gaps.flat_map(|gap| [gap.start, gap.end]).collect()
    }

    #[test]
    fn a_gap_is_entered_in_the_database_and_leaves_it_when_it_is_recorded_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::from_environment().unwrap();
        config.database = Some(folder.path().join("earmark.db"));
        config.takes_folder = folder.path().join("takes");
        config.cache_folder = folder.path().join("cache");
        let (_sender, inbox) = crossbeam_channel::unbounded();
        let mut coordinator = Coordinator::new(config, inbox).unwrap();
        let identity = SourceIdentity {
            id: SourceId::random(),
            name: String::from("Dialogue 1"),
        };
        let session = Session::new(identity, Arc::new(Outbox::default()));
        coordinator.sessions.insert(INSTANCE, session);
        let take = KnownTake {
            id: TakeId::random(),
            path: folder.path().join("take.wav"),
            start: SampleIndex(0),
            frames: 1000,
            rate: SampleRate::new(48_000).unwrap(),
            channels: 2,
        };
        let id = take.id;
        let wrote = |frames| RecorderEvent::TakeWritten {
            line: LINE,
            take: id,
            frames,
            total_frames: 1000,
        };
        coordinator.hear(RecorderEvent::TakeStarted { line: LINE, take });
        coordinator.hear(wrote(0..1000));
        coordinator.hear(RecorderEvent::Gap {
            line: LINE,
            take: id,
            at_frame: 200,
            frames: 100,
        });
        coordinator.hear(RecorderEvent::Stopped { line: LINE });
        assert_eq!(gaps_in_the_database(&coordinator, "take.wav"), [200, 300]);
        coordinator.hear(wrote(150..260));
        coordinator.hear(RecorderEvent::Stopped { line: LINE });
        assert_eq!(gaps_in_the_database(&coordinator, "take.wav"), [260, 300]);
        coordinator.hear(wrote(260..300));
        coordinator.hear(RecorderEvent::Stopped { line: LINE });
        assert!(gaps_in_the_database(&coordinator, "take.wav").is_empty());
    }
}
