//! `restore-backup`: a sound copy in the place of a damaged database.

use std::path::PathBuf;

use earmark_core::store::Store;
use serde::Serialize;

use super::Context;
use super::failure::Failure;

#[derive(Serialize)]
struct Restored {
    restored: Option<PathBuf>,
    /// Where the former file is now.
    aside: Option<PathBuf>,
}

pub fn restore_backup(context: &Context, yes: bool) -> Result<(), Failure> {
    // A vanished file must not be made anew by the look.
    let is_there = context.store.path().exists();
    let checked = if is_there && !yes {
        context.store.with(|store| store.check_integrity())
    } else {
        Ok(())
    };
    match checked {
        // Only damage is mended by a backup; whatever else keeps the file from being read is said.
        Err(error) if error.damage().is_none() => return Err(error.into()),
        _ => {}
    }
    if is_there && !yes && context.store.damage().is_none() {
        context.output.confirm(
            "replace a database that is intact, and what was saved since the backup would be missing",
        )?;
    }
    let restored = context.store.restore_backup()?;
    let shown = Restored {
        restored: Some(restored.backup.path),
        aside: restored.aside,
    };
    context.output.show(&shown, |shown| {
        let path = |path: &Option<PathBuf>| {
            path.as_ref()
                .map_or_else(|| String::from("-"), |path| path.display().to_string())
        };
        format!(
            "restored {}\nthe former database is kept as {}",
            path(&shown.restored),
            path(&shown.aside)
        )
    })
}

/// For `doctor`: the newest backup beside the database.
pub fn newest(context: &Context) -> Option<String> {
    let newest = Store::backups(context.store.path()).into_iter().next()?;
    Some(newest.path.display().to_string())
}
