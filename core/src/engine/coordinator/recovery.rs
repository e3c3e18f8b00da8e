//! What the program itself can do while the database cannot be used: export what is in memory, put the backup in place, begin a
//! new database.

use std::path::Path;

use super::Coordinator;
use super::database_watch::notice_the_file;
use super::dates::readable_timestamp;
use super::memory_export::export_all;
use super::session::tell;
use super::writing::try_now;
use crate::protocol::{EngineError, InstanceId};
use crate::store::{StoreError, StoreHandle};

/// Writes everything that windows show and that waits to a file, and says where it is.
pub(super) fn export_memory(
    coordinator: &mut Coordinator,
    instance: InstanceId,
) -> Result<(), EngineError> {
    let (path, words) = export_all(
        &coordinator.sessions,
        &coordinator.waiting,
        &coordinator.store,
        &coordinator.config.takes_folder,
    )?;
    let words = format!("Exported {words} to {}", path.display());
    tell(&mut coordinator.sessions, instance, words);
    Ok(())
}

/// Puts the newest sound backup in place; what waits is saved into it at once.
pub(super) fn restore_backup(
    coordinator: &mut Coordinator,
    instance: InstanceId,
) -> Result<(), EngineError> {
    only_while_unusable(&coordinator.store)?;
    let restored = coordinator.store.restore_backup()?;
    let made_at = readable_timestamp(&restored.backup.stamp);
    let words = format!(
        "The backup of {made_at} is in place.{}",
        kept(restored.aside.as_deref())
    );
    go_on(coordinator, instance, words);
    Ok(())
}

/// Begins a new database; what waits is saved into it at once.
pub(super) fn start_new_database(
    coordinator: &mut Coordinator,
    instance: InstanceId,
) -> Result<(), EngineError> {
    only_while_unusable(&coordinator.store)?;
    let aside = coordinator.store.start_new()?;
    let words = format!("Earmark began a new database.{}", kept(aside.as_deref()));
    go_on(coordinator, instance, words);
    Ok(())
}

/// The user may click Restore after another program repaired the database: then Earmark must not replace it.
fn only_while_unusable(store: &StoreHandle) -> Result<(), EngineError> {
    if store.damage().is_some() {
        // Also notices that another file is there by now.
        let _ = store.with(|store| store.data_version());
    }
    let refusal = store.with(|store| store.data_version()).err();
    let is_gone = matches!(refusal, Some(StoreError::Gone { .. }));
    if is_gone || store.damage().is_some() {
        return Ok(());
    }
    Err(EngineError::NothingToReplace)
}

/// Another file is in place, as `words` say: every window reads it, and what waits is saved into it.
fn go_on(coordinator: &mut Coordinator, instance: InstanceId, words: String) {
    tell(&mut coordinator.sessions, instance, words);
    let Coordinator {
        sessions,
        store,
        upkeep,
        ..
    } = coordinator;
    upkeep.ask_database_now();
    notice_the_file(sessions, store, upkeep);
    try_now(coordinator);
}

fn kept(aside: Option<&Path>) -> String {
    aside.map_or_else(String::new, |aside| {
        format!(" The damaged file is kept as {}", aside.display())
    })
}
