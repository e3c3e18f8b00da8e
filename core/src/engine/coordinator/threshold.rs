//! The threshold of a window: once it rests, it is written into the version that the window showed while it moved, whatever
//! the window shows by then. While the window is closed the host's parameter counts for what is found from then on, and no saved
//! version changes. Coordinator thread; short transactions.

use super::RETRY;
use super::session::{Part, Session, Sessions};
use crate::scan::regions;
use crate::store::{StoreError, StoreHandle};

/// Takes over the host's parameter in every closed window. An open one sends its own value, with every frame.
pub(super) fn follow_the_host(sessions: &mut Sessions, store: &StoreHandle) {
    for session in sessions.values_mut() {
        if !session.is_window_open()
            && let Some(threshold) = session.line.threshold()
            && threshold.to_bits() != session.shown.threshold().to_bits()
        {
            // What a hand chose just before the window closed is still meant for the version it looked at.
            settle_now(session, store);
            session.shown.follow_threshold(threshold);
        }
    }
}

/// Writes thresholds that have come to rest into the versions they were moved for: their regions are cut anew from the
/// stored scores.
pub(super) fn settle_all(sessions: &mut Sessions, store: &StoreHandle) {
    if store.damage().is_some() {
        // It settles in what takes the damaged file's place.
        return;
    }
    for session in sessions.values_mut() {
        if session.shown.threshold_settled() {
            save(session, store);
        }
    }
}

/// The window is about to show another take: a threshold that still moves was meant for the one before.
pub(super) fn settle_now(session: &mut Session, store: &StoreHandle) {
    if store.damage().is_none() && session.shown.stop_threshold() {
        save(session, store);
    }
}

fn save(session: &mut Session, store: &StoreHandle) {
    if session.shown.loaded().is_none() {
        return;
    }
    if let Some(saved) = cut(session, store) {
        if saved.as_ref().is_err_and(StoreError::is_mendable) {
            session.shown.settle_again_after(RETRY);
        }
        session.health.note_written(&saved);
    }
    session.invalidate(Part::Database);
}

/// Cuts the regions of the version that was read for the window; `None` when there is none with scores. The take is the one
/// that was read with it: the window may have turned to another one since.
fn cut(session: &Session, store: &StoreHandle) -> Option<Result<(), StoreError>> {
    let shown = &session.shown;
    let view = &shown.loaded()?.view;
    let (file, version) = (view.shown.take.as_ref()?, view.shown.version.as_ref()?);
    // A version without scores keeps the regions that it has.
    let scores = view.results.scores.as_ref();
    let scores = scores.filter(|scores| !scores.scores.is_empty())?;
    let found = regions(scores, &view.shown.shape.at(shown.threshold()));
    Some(store.with(|store| {
        store.replace_regions_of_version(
            file,
            shown.profile(),
            shown.model(),
            version,
            (&found, shown.threshold()),
        )
    }))
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};
    use std::sync::Arc;

    use super::super::fixture::with_one_session;
    use super::super::{Coordinator, InstanceMessage, commands};
    use crate::protocol::{Command, InstanceId, Note, Show};
    use crate::recorder::{KnownTake, LineId, RecorderEvent, TakeId};
    use crate::recording::Recording;
    use crate::scan::WindowScores;
    use crate::store::NewScan;
    use crate::time::{SampleIndex, SampleRate};
    use crate::trigger::{self, HostControls};

    const INSTANCE: InstanceId = InstanceId(1);

    fn save_version(coordinator: &Coordinator, folder: &Path, name: &str) {
        let scores = WindowScores {
            hop_s: 0.1,
            window_s: 0.2,
            scores: vec![0.7; 9],
            ..WindowScores::default()
        };
        let scan = NewScan {
            filename: name,
            source_path: &folder.join(name),
            profile: "default",
            model: "AISFX",
            regions: &[],
            scores: &scores,
            threshold: 0.5,
            classifier: None,
        };
        let saved = coordinator.store.with(|store| store.save_scan(&scan, 5));
        saved.unwrap();
    }

    fn threshold_of(coordinator: &Coordinator, name: &str) -> Option<f32> {
        let versions = coordinator
            .store
            .with(|store| store.versions(name, "default", "AISFX"));
        versions.unwrap()[0].threshold
    }

    fn take(path: PathBuf) -> KnownTake {
        KnownTake {
            id: TakeId::random(),
            path,
            start: SampleIndex(0),
            frames: 48_000,
            rate: SampleRate::new(48_000).unwrap(),
            channels: 1,
        }
    }

    /// A take with one version at 0.5, shown in a window that is open.
    fn shown_take(folder: &Path) -> Coordinator {
        let mut coordinator = with_one_session(folder, INSTANCE);
        save_version(&coordinator, folder, "shown.wav");
        let take = take(folder.join("shown.wav"));
        let line = LineId(INSTANCE.0);
        coordinator.take_recorder_event(RecorderEvent::TakeStarted { line, take });
        commands::carry_out(
            &mut coordinator,
            INSTANCE,
            Command::Note(Note::EditorOpened),
        );
        coordinator.look_around();
        coordinator
    }

    #[test]
    fn the_host_moves_the_threshold_of_a_closed_window_and_opening_it_writes_no_version() {
        let folder = tempfile::tempdir().unwrap();
        let mut coordinator = shown_take(folder.path());
        let controls = Arc::new(HostControls::default());
        let (_writer, reader) = trigger::channel(Arc::clone(&controls));
        let rate = SampleRate::new(48_000).unwrap();
        let message = InstanceMessage::ConnectTriggers(reader, rate);
        coordinator.take_instance_message(INSTANCE, message);
        commands::carry_out(
            &mut coordinator,
            INSTANCE,
            Command::Note(Note::EditorClosed),
        );
        controls.set_threshold(0.8);
        coordinator.look_around();
        let session = &coordinator.sessions[&INSTANCE];
        let live = session.scan_request(Recording::said("shown.wav", folder.path()));
        assert_eq!(live.threshold, 0.8, "what is found from now on");

        // The host moves it once more in the moment in which the window opens, which says what it sees.
        controls.set_threshold(0.9);
        let threshold = 0.9;
        commands::carry_out(
            &mut coordinator,
            INSTANCE,
            Command::Show(Show::Threshold { threshold }),
        );
        commands::carry_out(
            &mut coordinator,
            INSTANCE,
            Command::Note(Note::EditorOpened),
        );
        coordinator.look_around();
        let session = &coordinator.sessions[&INSTANCE];
        assert_eq!(session.shown.threshold(), 0.9);
        assert!(!session.shown.is_threshold_moving(), "nothing is written");
        assert_eq!(threshold_of(&coordinator, "shown.wav"), Some(0.5));
    }

    #[test]
    fn a_threshold_that_moves_while_a_new_take_begins_is_written_into_the_take_it_was_meant_for() {
        let folder = tempfile::tempdir().unwrap();
        let mut coordinator = with_one_session(folder.path(), INSTANCE);
        let line = LineId(INSTANCE.0);
        for name in ["meant.wav", "other.wav"] {
            save_version(&coordinator, folder.path(), name);
        }
        let first = take(folder.path().join("meant.wav"));
        coordinator.take_recorder_event(RecorderEvent::TakeStarted { line, take: first });
        commands::carry_out(
            &mut coordinator,
            INSTANCE,
            Command::Note(Note::EditorOpened),
        );
        coordinator.look_around();

        commands::carry_out(
            &mut coordinator,
            INSTANCE,
            Command::Show(Show::Threshold { threshold: 0.6 }),
        );
        let second = take(folder.path().join("other.wav"));
        coordinator.take_recorder_event(RecorderEvent::TakeStarted { line, take: second });
        coordinator.look_around();

        assert_eq!(threshold_of(&coordinator, "meant.wav"), Some(0.6));
        assert_eq!(threshold_of(&coordinator, "other.wav"), Some(0.5));
    }
}
