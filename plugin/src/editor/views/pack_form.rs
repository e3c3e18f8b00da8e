//! The choices for packs in the Train panel. Runs on the window's thread and asks no disk.

use std::path::PathBuf;

use earmark_core::protocol::{PackCredits, PackExport, PackState, PackView};

use super::folder_browser::FolderForm;

/// What is open below the buttons.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PackDesk {
    #[default]
    Closed,
    Export,
    Import,
}

/// The choices of an export, and of what is imported.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PackForm {
    pub desk: PackDesk,
    /// The classifier to export; `None` for that of the shown version.
    pub version: Option<u32>,
    /// Author and licence as typed; `None` before anything is typed.
    pub credits: Option<PackCredits>,
    pub with_clips: bool,
    /// The folder of the export, and the one in which a pack is looked for.
    pub place: FolderForm,
    /// The path of a pack, as typed.
    pub path: String,
    /// What is in sight: the pack of this number, read or not.
    in_sight: Option<(u64, bool)>,
}

impl PackForm {
    /// A pack is about to be imported.
    pub fn open_import(&mut self) {
        self.desk = PackDesk::Import;
    }

    /// Whether a pack has just come, or changed its size, so that the panel must scroll to it.
    pub fn must_reveal(&mut self, pack: Option<&PackView>) -> bool {
        let now = pack.map(|pack| (pack.number, pack.state != PackState::Reading));
        let before = std::mem::replace(&mut self.in_sight, now);
        now.is_some() && now != before
    }

    /// The export of the classifier `version`, or why there can be none yet. `last` is whom the last one named.
    pub fn export(
        &self,
        version: Option<u32>,
        last: &PackCredits,
    ) -> Result<PackExport, &'static str> {
        let version = version.ok_or("There is no classifier yet.")?;
        let folder = self.place.folder.trim();
        if folder.is_empty() {
            return Err("Choose a folder.");
        }
        let credits = self.credits.as_ref().unwrap_or(last);
        Ok(PackExport {
            version,
            words: PackCredits {
                author: credits.author.trim().to_owned(),
                licence: credits.licence.trim().to_owned(),
            },
            with_clips: self.with_clips,
            folder: PathBuf::from(folder),
        })
    }
}
