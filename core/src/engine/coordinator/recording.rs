//! What the recorder reports becomes take rows and work for the live scan. Coordinator's thread only.

use std::ops::Range;
use std::sync::Arc;

use super::channels::Channels;
use super::session::{HostLine, Session, Sessions};
use super::take_rows::{read_takes, save_takes};
use super::threshold;
use super::upkeep::Upkeep;
use crate::capture::CaptureReader;
use crate::protocol::{InstanceId, Severity};
use crate::recorder::{KnownTake, LineId, RecorderEvent, TakeId};
use crate::recording::Recording;
use crate::store::{StoreHandle, TakeRow, local_now};
use crate::worker::{LiveChange, PeakChange};

/// Records from `reader` from now on; the line before it is drained to its end first.
pub(super) fn connect(
    instance: InstanceId,
    line: &mut HostLine,
    reader: CaptureReader,
    channels: &Channels,
) {
    line.connect(Arc::clone(reader.meter()));
    if let Some(recorder) = channels.recorder() {
        recorder.add_line(LineId(instance.0), reader);
    }
}

/// The recorder keeps the lock of the source as long as it may write: it may outlive the session.
pub(super) fn hold(instance: InstanceId, session: &Session, channels: &Channels) {
    if let Some(recorder) = channels.recorder() {
        recorder.hold(LineId(instance.0), Arc::clone(&session.lock));
    }
}

/// Lets the recorder write what the line still holds and close it.
pub(super) fn disconnect(instance: InstanceId, channels: &Channels) {
    if let Some(recorder) = channels.recorder() {
        recorder.remove_line(LineId(instance.0));
    }
}

/// Takes in what the recorder reports of one line. Returns the instance whose line closed: nothing more comes of it.
pub(super) fn take_event(
    event: RecorderEvent,
    sessions: &mut Sessions,
    store: &StoreHandle,
    channels: &Channels,
    upkeep: &mut Upkeep,
) -> Option<InstanceId> {
    let instance = instance_of(&event);
    let session = sessions.get_mut(&instance)?;
    match event {
        RecorderEvent::LineActive { .. } => {
            read_takes(session, store, upkeep);
            answer_line(instance, session, channels);
        }
        RecorderEvent::TakeStarted { take, .. } => begin_take(session, &take, store),
        RecorderEvent::TakeContinued {
            take, fingerprint, ..
        } => {
            if let Some(recording) = session.takes.recording(take)
                && let Some(worker) = channels.worker()
            {
                worker.remember(recording, fingerprint);
            }
        }
        RecorderEvent::TakeWritten {
            take,
            frames,
            total_frames,
            ..
        } => {
            if grow_take(instance, session, (take, frames, total_frames), channels) {
                save_takes(session, store, false);
            }
        }
        RecorderEvent::Gap {
            take,
            at_frame,
            frames,
            ..
        } => note_gap(session, take, at_frame, frames),
        RecorderEvent::Stopped { .. } => rest(instance, session, store, channels),
        RecorderEvent::LineClosed { .. } => {
            rest(instance, session, store, channels);
            return Some(instance);
        }
        RecorderEvent::Failed { error, .. } => {
            session.health.say(Severity::Error, error.to_string());
        }
    }
    None
}

/// Whose line `event` is of.
pub(super) fn instance_of(event: &RecorderEvent) -> InstanceId {
    let line = match event {
        RecorderEvent::LineActive { line }
        | RecorderEvent::TakeStarted { line, .. }
        | RecorderEvent::TakeContinued { line, .. }
        | RecorderEvent::TakeWritten { line, .. }
        | RecorderEvent::Gap { line, .. }
        | RecorderEvent::Stopped { line }
        | RecorderEvent::LineClosed { line }
        | RecorderEvent::Failed { line, .. } => line,
    };
    InstanceId(line.0)
}

/// The first audio of a line: tells the recorder where its takes go and which there are already.
fn answer_line(instance: InstanceId, session: &Session, channels: &Channels) {
    let name = session.identity.name.clone();
    channels.set_destination(LineId(instance.0), name, session.takes.known());
}

/// Asks the worker to draw all of the shown take.
pub(super) fn ask_for_waveform(instance: InstanceId, session: &Session, channels: &Channels) {
    if let Some(recording) = session.shown_recording() {
        let change = PeakChange {
            recording,
            seconds: 0.0..f64::INFINITY,
        };
        if let Some(worker) = channels.worker() {
            worker.draw(instance, change);
        }
    }
}

fn begin_take(session: &mut Session, take: &KnownTake, store: &StoreHandle) {
    let filename = take
        .path
        .file_name()
        .map_or_else(String::new, crate::platform::name_text);
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
        created_at: local_now(),
        gaps: Vec::new(),
    };
    threshold::settle_now(session, store);
    session.takes.begin(take.id, row);
    session.shown.follow_new_take(filename);
    save_takes(session, store, true);
}

/// The recorder wrote frames of a take, which is so many frames long now. Whether its length must be saved.
fn grow_take(
    instance: InstanceId,
    session: &mut Session,
    (take, frames, total_frames): (TakeId, Range<u64>, u64),
    channels: &Channels,
) -> bool {
    let Some(grown) = session.takes.grow(take, &frames, total_frames) else {
        return false;
    };
    let recording = Recording::said(&grown.filename, &grown.path);
    let seconds = |frame: u64| frame as f64 / f64::from(grown.rate.hz());
    session
        .takes
        .add_behind(&grown.filename, seconds(frames.end - frames.start));
    let request = session.scan_request(recording.clone());
    let peaks = PeakChange {
        recording: recording.clone(),
        seconds: seconds(frames.start)..seconds(frames.end),
    };
    let change = LiveChange {
        recording,
        frames,
        rate: grown.rate,
        finished: false,
    };
    if let Some(worker) = channels.worker() {
        worker.follow(instance, change, request);
        if session.is_window_open() {
            worker.draw(instance, peaks);
        }
    }
    if !session.is_window_open() {
        // Drawn whole again when somebody looks.
        session.takes.forget_waveform(&grown.filename);
    }
    grown.is_due
}

fn note_gap(session: &mut Session, take: TakeId, at_frame: u64, frames: u64) {
    let what = if frames == 0 {
        String::from("some audio was lost while the playhead moved: play that part again")
    } else {
        session.takes.add_gap(take, at_frame, frames);
        format!(
            "{frames} samples were lost because the disk was too slow; the gap is drawn in the timeline"
        )
    };
    session.health.say(Severity::Warning, what);
}

/// The transport stopped: what was played since the last stop becomes a version.
fn rest(instance: InstanceId, session: &mut Session, store: &StoreHandle, channels: &Channels) {
    save_takes(session, store, true);
    for (recording, rate) in session.takes.rest() {
        let request = session.scan_request(recording.clone());
        // The changes themselves were sent as they happened; this only ends them.
        let change = LiveChange {
            recording,
            frames: 0..0,
            rate,
            finished: true,
        };
        if let Some(worker) = channels.worker() {
            worker.follow(instance, change, request);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Coordinator;
    use super::super::fixture::with_one_session;
    use super::*;
    use crate::time::{SampleIndex, SampleRate};
    use crate::worker::thread::WorkerTask;

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
    fn while_the_worker_is_busy_one_change_per_take_waits_however_long_it_grows() {
        let folder = tempfile::tempdir().unwrap();
        let mut coordinator = with_one_session(folder.path(), INSTANCE);
        let session = coordinator.sessions.get_mut(&INSTANCE).unwrap();
        session.set_window_open(true);
        let (release, held) = crossbeam_channel::bounded(0);
        coordinator
            .channels
            .ask_worker(None, WorkerTask::Hold(held));
        let waiting = |coordinator: &Coordinator| coordinator.channels.worker().unwrap().waiting();
        for name in ["first.wav", "second.wav"] {
            let take = KnownTake {
                id: TakeId::random(),
                path: folder.path().join(name),
                start: SampleIndex(0),
                frames: 480,
                rate: SampleRate::new(48_000).unwrap(),
                channels: 2,
            };
            let id = take.id;
            coordinator.take_recorder_event(RecorderEvent::TakeStarted { line: LINE, take });
            for block in 0..1_000 {
                let frames = block * 480..(block + 1) * 480;
                coordinator.take_recorder_event(RecorderEvent::TakeWritten {
                    line: LINE,
                    take: id,
                    total_frames: frames.end,
                    frames,
                });
            }
        }
        // For each take one change to scan and one to draw; the worker is woken once, and may not have begun to be held.
        assert!(waiting(&coordinator) <= 2 * 2 + 2);
        drop(release);
    }

    #[test]
    fn a_gap_is_entered_in_the_database_and_leaves_it_when_it_is_recorded_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut coordinator = with_one_session(folder.path(), INSTANCE);
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
        coordinator.take_recorder_event(RecorderEvent::TakeStarted { line: LINE, take });
        coordinator.take_recorder_event(wrote(0..1000));
        coordinator.take_recorder_event(RecorderEvent::Gap {
            line: LINE,
            take: id,
            at_frame: 200,
            frames: 100,
        });
        coordinator.take_recorder_event(RecorderEvent::Stopped { line: LINE });
        assert_eq!(gaps_in_the_database(&coordinator, "take.wav"), [200, 300]);
        coordinator.take_recorder_event(wrote(150..260));
        coordinator.take_recorder_event(RecorderEvent::Stopped { line: LINE });
        assert_eq!(gaps_in_the_database(&coordinator, "take.wav"), [260, 300]);
        coordinator.take_recorder_event(wrote(260..300));
        coordinator.take_recorder_event(RecorderEvent::Stopped { line: LINE });
        assert!(gaps_in_the_database(&coordinator, "take.wav").is_empty());
    }

    #[test]
    fn of_two_takes_of_a_session_the_later_one_is_newer_whatever_the_clock_says() {
        let folder = tempfile::tempdir().unwrap();
        let mut coordinator = with_one_session(folder.path(), INSTANCE);
        let [first, second] = ["first.wav", "second.wav"].map(|name| KnownTake {
            id: TakeId::random(),
            path: folder.path().join(name),
            start: SampleIndex(0),
            frames: 1000,
            rate: SampleRate::new(48_000).unwrap(),
            channels: 2,
        });
        for take in [first, second] {
            coordinator.take_recorder_event(RecorderEvent::TakeStarted { line: LINE, take });
        }
        let takes = &coordinator.sessions[&INSTANCE].takes;
        let [first, second] = ["first.wav", "second.wav"].map(|name| takes.named(name).unwrap());
        assert!(first.age() < second.age());
        let stored = coordinator
            .store
            .with(|store| store.take_by_filename("first.wav"));
        let stored = stored.unwrap().unwrap().created_at;
        assert_eq!(first.row().created_at, stored, "shown as it is stored");
        assert!(!stored.is_empty());
    }
}
