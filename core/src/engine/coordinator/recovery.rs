//! What the program itself can do while the database cannot be used: export what is in memory, put the backup in place, begin a
//! new database.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::Coordinator;
use super::reading::readable_timestamp;
use super::session::Sessions;
use super::upkeep::notice_the_file;
use super::view::view_of;
use super::waiting::{self, Waiting};
use crate::export::{ListedNegative, ListedRegion, Memory, RegionList, write_memory};
use crate::marks::counted;
use crate::platform;
use crate::protocol::{EngineError, InstanceId, Severity, View};
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

/// Writes what is in memory to a file. Returns it and what is in it.
pub(super) fn export_all(
    sessions: &Sessions,
    waiting: &Waiting,
    store: &StoreHandle,
    takes_folder: &Path,
) -> Result<(PathBuf, String), EngineError> {
    let views: Vec<View> = sessions.values().map(view_of).collect();
    let listed: Vec<Vec<ListedRegion<'_>>> = views.iter().map(listed_regions).collect();
    let memory = Memory {
        database: store.path(),
        shown: views
            .iter()
            .zip(&listed)
            .map(|(view, regions)| (view.profile.as_str(), region_list(view, regions)))
            .collect(),
        hard_negatives: hard_negatives(&views),
        waiting: waiting.listed(),
    };
    let folders = [
        Some(takes_folder.to_owned()),
        platform::documents_folder(),
        Some(std::env::temp_dir()),
    ];
    let folders: Vec<PathBuf> = folders.into_iter().flatten().collect();
    let stamp = jiff::Zoned::now().strftime("%Y%m%d_%H%M%S").to_string();
    let path = write_memory(&memory, &folders, &stamp)?;
    let regions: usize = listed.iter().map(Vec::len).sum();
    let words = format!(
        "{}, {} and {} that the database has not taken",
        counted(regions, "region"),
        counted(memory.hard_negatives.len(), "hard negative"),
        counted(memory.waiting.len(), "change"),
    );
    Ok((path, words))
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
    tell(&mut coordinator.sessions, instance, words);
    go_on(coordinator);
    Ok(())
}

/// Begins a new database; what waits is saved into it at once.
pub(super) fn start_new_database(
    coordinator: &mut Coordinator,
    instance: InstanceId,
) -> Result<(), EngineError> {
    only_while_unusable(&coordinator.store)?;
    let aside = coordinator.store.start_new()?;
    let words = format!("A new database was begun.{}", kept(aside.as_deref()));
    tell(&mut coordinator.sessions, instance, words);
    go_on(coordinator);
    Ok(())
}

/// A click on what was offered may come when somebody else has mended it: then nothing must be replaced any more.
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

/// Shows `words` in the status line of one window.
pub(super) fn tell(sessions: &mut Sessions, instance: InstanceId, words: String) {
    if let Some(session) = sessions.get_mut(&instance) {
        session.health.say(Severity::Info, words);
    }
}

/// Another file is in place: every window reads it, and what waits is saved into it.
fn go_on(coordinator: &mut Coordinator) {
    let Coordinator {
        sessions,
        store,
        upkeep,
        ..
    } = coordinator;
    upkeep.ask_database_now();
    notice_the_file(sessions, store, upkeep);
    waiting::try_now(coordinator);
}

fn listed_regions(view: &View) -> Vec<ListedRegion<'_>> {
    let regions = view.regions.iter();
    regions
        .map(|region| ListedRegion {
            span: region.span,
            score: region.score,
            state: region.state.word(),
            class: region.class.as_deref().unwrap_or_default(),
        })
        .collect()
}

fn kept(aside: Option<&Path>) -> String {
    aside.map_or_else(String::new, |aside| {
        format!(" The damaged file is kept as {}", aside.display())
    })
}

fn region_list<'a>(view: &'a View, regions: &'a [ListedRegion<'a>]) -> RegionList<'a> {
    let filename = view.shown_take.as_deref().unwrap_or_default();
    let take = view.takes.iter().find(|take| take.filename == filename);
    RegionList {
        filename,
        timeline_start_s: take.map_or(0.0, |take| take.start_s),
        rate: None,
        model: &view.shown_model,
        version: view.shown_version.as_deref().unwrap_or_default(),
        regions,
    }
}

/// Each once, however many windows list it.
fn hard_negatives(views: &[View]) -> Vec<ListedNegative<'_>> {
    let mut listed = HashSet::new();
    views
        .iter()
        .flat_map(|view| view.negatives.iter().map(move |row| (view, row)))
        .filter(|(_, row)| listed.insert(row.id))
        .map(|(view, row)| ListedNegative {
            profile: &view.profile,
            filename: &row.filename,
            start_s: row.start_s,
            end_s: row.end_s,
            model: &row.source_model,
            created_at: &row.created_at,
        })
        .collect()
}
