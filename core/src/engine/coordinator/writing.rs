//! The one way into the database for windows: a change is made at once, or waits until the database can take it and is tried
//! again. A change that saves examples first waits for the clips thread, which writes their files. Coordinator's thread only.

use std::time::{Duration, Instant};

use super::changes::carry_out;
use super::channels::ClipsWritten;
use super::memory_export::export_all;
use super::obstacles::{Cause, Trouble};
use super::profiles::show_profile;
use super::storage::{ask_for_survey, choose_outside_database};
use super::training::ONE_JOB_AT_A_TIME;
use super::waiting::{Clips, Request, Waiter, show_waiting};
use super::{Coordinator, RETRY};
use crate::marks::{self, ClipFiles};
use crate::protocol::{Change, EngineError, InstanceId, ProfileTarget, Severity, Target};
use crate::settings::{EMBEDDINGS_GB, Setting};
use crate::store::StoreHandle;

/// Makes a change, or keeps it until the database can take it.
pub(super) fn change(
    coordinator: &mut Coordinator,
    instance: InstanceId,
    change: Change,
) -> Result<(), EngineError> {
    match &change.target {
        Target::ClassifierInUse { .. } => {
            let session = coordinator.sessions.get_mut(&instance);
            if let Some(session) = session.filter(|session| session.jobs.is_at_work()) {
                session.health.say(Severity::Info, ONE_JOB_AT_A_TIME);
                return Ok(());
            }
        }
        // Where the database is, is chosen above all when something is wrong with it.
        Target::Setting { key, value } if !Setting::find(key)?.is_in_database() => {
            let (setting, value) = (Setting::find(key)?, value.clone());
            let (store, channels) = (&coordinator.store, &mut coordinator.channels);
            return choose_outside_database(instance, setting, value, store, channels);
        }
        _ => {}
    }
    let target = change.target.clone();
    write(coordinator, instance, Request::Change(Box::new(change)))?;
    match target {
        Target::Profile(ProfileTarget::Exists { name }) => {
            // Also of one that waits for the database, or that is there already.
            show_profile(&mut coordinator.sessions, instance, name.trim());
        }
        Target::Setting { key, .. } if key == EMBEDDINGS_GB => {
            // Shows what would be deleted; nothing is deleted yet.
            ask_for_survey(instance, &coordinator.sessions, &coordinator.channels);
        }
        _ => {}
    }
    Ok(())
}

/// Carries out what changes the database, or keeps it until the database can take it and its clips are written. What must
/// come after something that waits, waits behind it: marks are meant in the order in which they were made.
pub(super) fn write(
    coordinator: &mut Coordinator,
    instance: InstanceId,
    request: Request,
) -> Result<(), EngineError> {
    if !coordinator.sessions.contains_key(&instance) {
        return Ok(());
    }
    let waiter = Waiter {
        instance,
        request,
        clips: Clips::NotYet,
    };
    // A damaged file may still take it, but what a backup replaces tomorrow is no place for it.
    let damage = coordinator.store.damage();
    let refusal = damage.and_then(|error| Cause::of_store(&error));
    let needs_clips = waiter.request.change().is_some_and(marks::needs_clips);
    if refusal.is_some() || needs_clips || coordinator.waiting.must_wait(&waiter) {
        keep(coordinator, waiter, refusal);
        if !coordinator.waiting.is_refused() {
            try_now(coordinator);
        }
        return Ok(());
    }
    match carry_out(
        coordinator,
        instance,
        &waiter.request,
        &ClipFiles::default(),
    ) {
        Err(error) => match Cause::of(&error) {
            Some(cause) => {
                keep(coordinator, waiter, Some(cause));
                Ok(())
            }
            None => Err(error),
        },
        Ok(()) => Ok(()),
    }
}

/// Makes a change whose clips are written, or keeps it with them until the database can take it.
pub(super) fn change_with_clips(
    coordinator: &mut Coordinator,
    instance: InstanceId,
    (change, clips): (Change, ClipFiles),
) {
    let waiter = Waiter {
        instance,
        request: Request::Change(Box::new(change)),
        clips: Clips::Written(clips),
    };
    let damage = coordinator.store.damage();
    let refusal = damage.and_then(|error| Cause::of_store(&error));
    keep(coordinator, waiter, refusal);
    if !coordinator.waiting.is_refused() {
        try_now(coordinator);
    }
}

fn keep(coordinator: &mut Coordinator, waiter: Waiter, refusal: Option<Cause>) {
    let waiting = &mut coordinator.waiting;
    waiting.push(waiter);
    if let Some(cause) = refusal {
        waiting.refuse(cause);
    }
    show_waiting(&mut coordinator.sessions, waiting);
}

/// Tries what waits, if it is time to.
pub(super) fn retry(coordinator: &mut Coordinator) {
    if coordinator.waiting.is_due() {
        try_now(coordinator);
    } else if coordinator.waiting.is_other_disk_slow() {
        show_waiting(&mut coordinator.sessions, &coordinator.waiting);
    }
}

/// Tries what waits, in order, until the database refuses again. Clips that are not there are asked for.
pub(super) fn try_now(coordinator: &mut Coordinator) {
    let mut refusal = None;
    while let Some((at, waiter)) = coordinator.waiting.take_next() {
        if let Err(cause) = try_one(coordinator, at, waiter) {
            refusal = Some(cause);
            break;
        }
    }
    let waiting = &mut coordinator.waiting;
    match refusal {
        Some(cause) => waiting.refuse(cause),
        None => waiting.forget_refusal(),
    }
    show_waiting(&mut coordinator.sessions, waiting);
}

/// Carries out what stood at `at` in the queue, or puts it back there: because its clips are asked for, or with the cause
/// why the database refuses.
fn try_one(coordinator: &mut Coordinator, at: usize, mut waiter: Waiter) -> Result<(), Cause> {
    let needs_clips = waiter.request.change().is_some_and(marks::needs_clips);
    let clips = match std::mem::replace(&mut waiter.clips, Clips::NotYet) {
        Clips::Written(clips) => clips,
        _ if needs_clips => {
            ask_for_clips(coordinator, at, waiter);
            return Ok(());
        }
        _ => ClipFiles::default(),
    };
    let instance = waiter.instance;
    let outcome = usable(&coordinator.store)
        .and_then(|()| carry_out(coordinator, instance, &waiter.request, &clips));
    let Err(error) = outcome else {
        clips.keep();
        return Ok(());
    };
    if let Some(cause) = Cause::of(&error) {
        if needs_clips {
            waiter.clips = Clips::Written(clips);
        }
        coordinator.waiting.put_back(at, waiter);
        return Err(cause);
    }
    coordinator.channels.delete_clips(clips);
    fail(coordinator, instance, &error);
    Ok(())
}

fn fail(coordinator: &mut Coordinator, instance: InstanceId, error: &EngineError) {
    if let Some(session) = coordinator.sessions.get_mut(&instance) {
        session.health.fail(error);
        session.labels.note_failed();
    } else {
        tracing::error!("a mark could not be saved: {error}");
    }
}

/// Has the clips of a change written; it keeps its place in the queue.
fn ask_for_clips(coordinator: &mut Coordinator, at: usize, mut waiter: Waiter) {
    let number = coordinator.waiting.next_number();
    let folder = &coordinator.config.clips_folder;
    let asked = match waiter.request.change() {
        Some(change) => coordinator.channels.ask_for_clips(number, folder, change),
        None => Ok(()),
    };
    if let Err(error) = asked {
        return fail(coordinator, waiter.instance, &error);
    }
    waiter.clips = Clips::Asked {
        number,
        since: Instant::now(),
    };
    coordinator.waiting.put_back(at, waiter);
}

/// Takes in the clips of a change, which is committed now if nothing is in its way.
pub(super) fn take_clips(coordinator: &mut Coordinator, written: ClipsWritten) {
    let ClipsWritten { number, outcome } = written;
    let Some((at, mut waiter)) = coordinator.waiting.take_asked(number) else {
        // The change is gone; dropped here, its files would be deleted on this thread.
        if let Ok(clips) = outcome {
            coordinator.channels.delete_clips(clips);
        }
        return;
    };
    match outcome {
        Ok(clips) => waiter.clips = Clips::Written(clips),
        Err(error) => match Cause::of(&error) {
            Some(cause) => {
                let trouble = Trouble::continued(None, cause);
                waiter.clips = Clips::Refused(trouble, Instant::now() + RETRY);
            }
            None => return give_up(coordinator, waiter.instance, &error),
        },
    }
    coordinator.waiting.put_back(at, waiter);
    go_on(coordinator);
}

/// The clips of a change can never be written. What waited behind it goes on.
fn give_up(coordinator: &mut Coordinator, instance: InstanceId, error: &EngineError) {
    fail(coordinator, instance, error);
    go_on(coordinator);
}

fn go_on(coordinator: &mut Coordinator) {
    if coordinator.waiting.is_refused() {
        show_waiting(&mut coordinator.sessions, &coordinator.waiting);
    } else {
        try_now(coordinator);
    }
}

/// Looks whether the file is still the one that was found to be damaged.
fn usable(store: &StoreHandle) -> Result<(), EngineError> {
    let Some(damage) = store.damage() else {
        return Ok(());
    };
    store.with(|store| store.data_version())?;
    // Still there when the look has not found another file.
    let damage = store.damage().and(damage.damage());
    damage.map_or(Ok(()), |damage| Err(damage.into()))
}

/// The last chance, when everything shuts down: what the database does not take even now, or whose clips are not written by
/// `deadline`, is left in a file.
pub(super) fn save_for_the_last_time(
    coordinator: &mut Coordinator,
    patience: Duration,
    deadline: Instant,
) {
    if coordinator.waiting.is_empty() {
        return;
    }
    coordinator.store = coordinator.store.with_patience(patience);
    coordinator.waiting.forget_clip_refusals();
    try_now(coordinator);
    while coordinator.waiting.awaits_clips()
        && let Ok(written) = coordinator.channels.clips().recv_deadline(deadline)
    {
        if let Some(written) = written {
            take_clips(coordinator, written);
        }
    }
    if coordinator.waiting.is_empty() {
        return;
    }
    match export_all(
        &coordinator.sessions,
        &coordinator.waiting,
        &coordinator.store,
        &coordinator.config.takes_folder,
    ) {
        Ok((path, words)) => tracing::error!(
            "{words}: the database refused to the end, so they are in {}",
            path.display()
        ),
        Err(error) => tracing::error!("{error}"),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::DiskOf;
    use super::super::fixture::with_one_session;
    use super::*;
    use crate::audio::bwf::BwfWriter;
    use crate::protocol::{MarkKind, Place, PlacedRecording};
    use crate::recording::Recording;
    use crate::time::{SampleIndex, SampleRate, Span};

    const INSTANCE: InstanceId = InstanceId(1);

    fn example_in(path: &Path) -> Request {
        let target = Target::Marked {
            kind: MarkKind::Positive {
                class: String::from("Clap"),
            },
            spans: vec![Span::new(0.1, 0.2).unwrap()],
            marked: true,
            band: None,
        };
        let place = Place {
            profile: String::from("default"),
            model: String::from("AISFX"),
            recording: Some(PlacedRecording {
                recording: Recording::said("take.wav", path),
                start_s: 0.0,
                length_s: 1.0,
            }),
            ..Place::default()
        };
        Request::Change(Box::new(Change { place, target }))
    }

    fn files_below(folder: &Path) -> Vec<std::path::PathBuf> {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let paths = entries.map(|entry| entry.path());
        paths
            .flat_map(|path| match path.is_dir() {
                true => files_below(&path),
                false => vec![path],
            })
            .collect()
    }

    #[test]
    fn an_example_whose_clip_comes_too_late_is_left_in_a_file_and_its_clip_is_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let mut coordinator = with_one_session(folder.path(), INSTANCE);
        let path = folder.path().join("take.wav");
        let rate = SampleRate::new(8_000).unwrap();
        let mut writer = BwfWriter::create(&path, rate, 1, SampleIndex(0), "take").unwrap();
        writer.write_at(0, &[0.5; 8_000]).unwrap();
        drop(writer);
        let (answer, until) = crossbeam_channel::bounded(0);
        coordinator.channels.hang_disk(DiskOf::Clips, until);
        write(&mut coordinator, INSTANCE, example_in(&path)).unwrap();
        save_for_the_last_time(&mut coordinator, Duration::from_secs(1), Instant::now());
        let left = files_below(&folder.path().join("takes"));
        assert_eq!(left.len(), 1, "{left:?}");
        let left = std::fs::read_to_string(&left[0]).unwrap();
        assert!(
            left.contains("mark as Clap") && left.contains("take.wav"),
            "{left}"
        );

        // The disk answers after all: the clip is written, and nobody has a row for it.
        drop(answer);
        let clips = coordinator.channels.clips().clone();
        coordinator.channels.hang_up();
        coordinator
            .channels
            .join(Instant::now() + Duration::from_secs(60));
        let written = clips.try_iter().flatten();
        assert!(written.map(|it| it.outcome.unwrap().is_empty()).eq([false]));
        assert_eq!(files_below(&folder.path().join("clips")), [] as [&Path; 0]);
    }
}
