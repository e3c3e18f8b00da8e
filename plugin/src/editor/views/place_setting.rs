//! The setting of a path: the user types it or uses the window's own folder browser.
//!
//! Only the button or the Enter key changes the setting.

use std::path::{Path, PathBuf};

use earmark_core::protocol::{Accepts, FolderView, SettingView};
use egui::{Frame, Margin, Ui};

use super::folder_browser::{self, FolderForm, text_field};
use crate::editor::action::Action;
use crate::editor::theme;
use crate::editor::widgets::{glyph_button, weak};

/// The ending of a database file.
const DATABASE_ENDING: &str = "db";

/// The open folder browser of a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Browsing {
    /// The key of the setting.
    pub key: &'static str,
    place: FolderForm,
    /// The name of the database in the folder.
    file: String,
    /// The panel has scrolled to the browser.
    is_in_sight: bool,
}

impl Browsing {
    /// Starts at the present path, and returns the command for its folder; `found` is the engine's previous answer.
    pub fn begin(view: &SettingView, found: Option<&FolderView>) -> (Self, Action) {
        let value = Path::new(view.value());
        let (folder, file) = match view.setting.accepts {
            Accepts::Database => (value.parent(), value.file_name()),
            _ => (Some(value), None),
        };
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let mut browsing = Self {
            key: view.setting.key,
            place: FolderForm::at(folder.map(text).unwrap_or_default()),
            file: file.map(|name| text(Path::new(name))).unwrap_or_default(),
            is_in_sight: false,
        };
        let look = browsing.place.open(found);
        (browsing, look.into())
    }

    /// The chosen path; `None` while a name is missing.
    fn chosen(&self, accepts: &Accepts) -> Option<String> {
        let folder = self.place.folder.trim();
        let file = self.file.trim();
        match accepts {
            Accepts::Database => {
                let path = PathBuf::from(folder).join(file);
                (!file.is_empty()).then(|| path.to_string_lossy().into_owned())
            }
            _ => (!folder.is_empty()).then(|| folder.to_owned()),
        }
    }

    /// Draws the browser. Returns how it closed, if it did.
    pub fn show(
        &mut self,
        ui: &mut Ui,
        view: &SettingView,
        found: Option<&FolderView>,
        actions: &mut Vec<Action>,
    ) -> Option<Ended> {
        let accepts = &view.setting.accepts;
        let is_database = *accepts == Accepts::Database;
        let frame = Frame::new()
            .fill(theme::colours().background)
            .corner_radius(4)
            .inner_margin(Margin::same(8));
        let shown = frame.show(ui, |ui| {
            ui.set_width(ui.available_width());
            let ending = is_database.then_some(DATABASE_ENDING);
            let browsed = folder_browser::show(ui, &mut self.place, found, ending);
            actions.extend(browsed.actions);
            if let Some(file) = browsed.file {
                self.file = format!("{file}.{DATABASE_ENDING}");
            }
            if is_database {
                ui.horizontal(|ui| {
                    ui.label(weak("File"));
                    let width = ui.available_width() - 8.0;
                    text_field(ui, &mut self.file, "Database file", width);
                });
            }
            ui.horizontal(|ui| {
                let words = if is_database {
                    "Use this file"
                } else {
                    "Use this folder"
                };
                let chosen = self.chosen(accepts);
                let name = format!("Use this {}", view.setting.name);
                let use_it = glyph_button(ui, words, &name, chosen.is_some());
                let leave = ui.button("Cancel");
                match chosen {
                    Some(path) if use_it.clicked() => Some(Ended::With(path)),
                    _ => leave.clicked().then_some(Ended::AsItWas),
                }
            })
            .inner
        });
        // Once: a second request would scroll further.
        if self.place.is_answered() && !std::mem::replace(&mut self.is_in_sight, true) {
            shown.response.scroll_to_me(None);
        }
        shown.inner
    }
}

/// How the browser closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    With(String),
    AsItWas,
}

/// The user's last action on the path of a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Typed {
    Nothing,
    Changed,
    Entered,
    Browse,
}

/// The path as a text field with its buttons.
pub fn path(ui: &mut Ui, view: &SettingView, text: &mut String) -> Typed {
    let name = view.setting.name;
    ui.horizontal(|ui| {
        let width = (ui.available_width() - 126.0).max(80.0);
        let (entered, changed) = text_field(ui, text, name, width);
        let is_new = text.trim() != view.value() && !text.trim().is_empty();
        let use_it = glyph_button(ui, "Use", &format!("Use this {name}"), is_new);
        let browse = glyph_button(ui, "Browse…", &format!("Browse for {name}…"), true);
        if browse.clicked() {
            Typed::Browse
        } else if is_new && (entered || use_it.clicked()) {
            Typed::Entered
        } else if changed {
            Typed::Changed
        } else {
            Typed::Nothing
        }
    })
    .inner
}
