//! Packs of a window: written, read and entered on the files thread. Undo of an import goes back to the classifier before; the imported
//! one stays, as every classifier does. Coordinator's thread.

use std::path::PathBuf;
use std::sync::Arc;

use super::Coordinator;
use super::channels::{Channels, FilesNews, FilesToCoordinator};
use super::session::{Part, Session, invalidate_all};
use super::training::begin_job;
use crate::engine::packs::{self, ImportedPack, PackNews, PackPlace};
use crate::marks::Inverse;
use crate::pack::Pack;
use crate::protocol::{
    Change, EngineError, InstanceId, JobKind, PackExport, Packs, Place, Severity, Target,
};
use crate::store::{ImportedClassifier, StoreHandle};

/// Carries out what a window asks about packs.
pub(super) fn carry_out(
    instance: InstanceId,
    session: &mut Session,
    asked: Packs,
    channels: &mut Channels,
) -> Result<(), EngineError> {
    match asked {
        Packs::Export(wanted) => export(instance, session, wanted, channels),
        Packs::Read(path) => read(instance, session, path, channels),
        Packs::Import { number } => import(instance, session, number, channels),
        Packs::Forget => {
            session.pack.forget();
            Ok(())
        }
    }
}

fn export(
    instance: InstanceId,
    session: &mut Session,
    wanted: PackExport,
    channels: &mut Channels,
) -> Result<(), EngineError> {
    let Some((_, job)) = begin_job(session, JobKind::Exporting) else {
        return Ok(());
    };
    let place = PackPlace {
        profile: session.shown.profile().to_owned(),
        model: session.shown.model().to_owned(),
        threshold: session.shown.threshold(),
    };
    let store = channels.store().clone();
    let asked = channels.files.send(
        move || {
            let outcome = packs::export(&store, &place, &wanted, &job);
            news(instance, PackNews::Exported(outcome))
        },
        move |why| news(instance, PackNews::Exported(Err(why))),
    );
    if asked.is_err() {
        session.jobs.end();
    }
    asked
}

fn read(
    instance: InstanceId,
    session: &mut Session,
    path: PathBuf,
    channels: &mut Channels,
) -> Result<(), EngineError> {
    let number = session.pack.begin(path.clone());
    channels.files.send(
        move || news(instance, PackNews::Read(number, packs::read(&path))),
        move |why| news(instance, PackNews::Read(number, Err(why))),
    )
}

fn import(
    instance: InstanceId,
    session: &mut Session,
    number: u64,
    channels: &mut Channels,
) -> Result<(), EngineError> {
    let Some(pack) = session.pack.begin_import(number) else {
        return Ok(());
    };
    let store = channels.store().clone();
    let generation = store.generation();
    let profile = session.shown.profile().to_owned();
    let imported = {
        let (pack, profile) = (Arc::clone(&pack), profile.clone());
        move |outcome| {
            let imported = PackNews::Imported {
                number,
                pack,
                profile,
                outcome,
                generation,
            };
            news(instance, imported)
        }
    };
    let failed = imported.clone();
    channels.files.send(
        move || imported(packs::import(&store, &profile, &pack)),
        move |why| failed(Err(why)),
    )
}

fn news(instance: InstanceId, news: PackNews) -> FilesToCoordinator {
    FilesToCoordinator {
        instance,
        news: FilesNews::Pack(news),
    }
}

/// Takes in what came of an errand with packs.
pub(super) fn take_report(coordinator: &mut Coordinator, instance: InstanceId, news: PackNews) {
    if let PackNews::Imported {
        outcome: Ok(imported),
        ..
    } = &news
        && matches!(imported.entered, ImportedClassifier::New(_))
    {
        invalidate_all(&coordinator.sessions, Part::Database);
        coordinator.upkeep.think_of_backup(&coordinator.channels);
    }
    let Some(session) = coordinator.sessions.get_mut(&instance) else {
        return;
    };
    match news {
        PackNews::Exported(outcome) => {
            session.jobs.end();
            match outcome {
                Ok(words) => session.health.say(Severity::Info, words),
                Err(error) => session.health.fail(&error),
            }
            // The window is shown whom the pack named.
            session.invalidate(Part::Database);
        }
        PackNews::Read(number, outcome) => {
            let outcome = outcome.map_err(|error| error.to_string());
            session.pack.take_read(number, outcome);
        }
        PackNews::Imported {
            number,
            pack,
            profile,
            outcome,
            generation,
        } => {
            let words = match outcome {
                Ok(imported) => {
                    let is_same_database = generation == coordinator.store.generation();
                    let place = place_of(&pack, &profile, generation);
                    if is_same_database {
                        remember(session, place, &pack, &imported, &coordinator.store);
                    }
                    Ok(words_of(session, &pack, &profile, &imported))
                }
                Err(error) => Err(error.to_string()),
            };
            session.pack.take_imported(number, words);
        }
    }
}

fn place_of(pack: &Pack, profile: &str, generation: u64) -> Place {
    Place {
        profile: profile.to_owned(),
        model: pack.about.model.key.clone(),
        generation,
        ..Place::default()
    }
}

/// Undo goes back to the classifier before, where there was one.
fn remember(
    session: &mut Session,
    place: Place,
    pack: &Pack,
    imported: &ImportedPack,
    store: &StoreHandle,
) {
    let (ImportedClassifier::New(row), Some(before)) = (&imported.entered, imported.before) else {
        return;
    };
    let in_use = |version| Target::ClassifierInUse { version };
    let change = Change {
        place,
        target: in_use(row.version),
    };
    let label = format!(
        "the import of {} (its classifier stays in the list)",
        pack.about.sound
    );
    session.history.keep_to(store.generation());
    let inverse = Inverse::Target(in_use(before));
    session.history.push(change, label, inverse);
}

fn words_of(session: &Session, pack: &Pack, profile: &str, imported: &ImportedPack) -> String {
    let (sound, model) = (&pack.about.sound, &pack.about.model.key);
    match &imported.entered {
        ImportedClassifier::There { version, .. } => {
            format!("{sound} is in the profile {profile} already, as v{version} of {model}.")
        }
        ImportedClassifier::New(row) => {
            let next = match session.shown.is_at(profile, model) {
                true => String::from("Scan to see what it finds."),
                false => format!("Choose {model} to see what it finds."),
            };
            format!("Imported {sound} as v{} of {model}. {next}", row.version)
        }
    }
}
