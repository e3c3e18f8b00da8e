//! Where something is kept: a path that is typed, or looked for in the window's own folder browser.
//!
//! A choice is entered with its button or the Enter key, never on the way there.

use std::path::{Path, PathBuf};

use earmark_core::protocol::{Accepts, FolderView, SettingView};
use egui::{Frame, Margin, Ui};

use super::folder_browser::{self, FolderForm, text_field};
use crate::editor::action::Action;
use crate::editor::theme;
use crate::editor::widgets::{glyph_button, weak};

/// What a database's name ends in.
const DATABASE_ENDING: &str = "db";

/// A place that is being looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Browsing {
    /// Of the setting.
    pub key: &'static str,
    place: FolderForm,
    /// Name of the database in the folder.
    file: String,
    /// The browser has been brought into sight with what there is to choose from.
    is_in_sight: bool,
}

impl Browsing {
    /// Begins where the setting stands, with what the engine should look at; `found` is what was looked for before.
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

    /// What would be entered; `None` while a name is missing.
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

    /// Draws the browser. What it came to, if it came to an end.
    pub fn show(
        &mut self,
        ui: &mut Ui,
        view: &SettingView,
        found: Option<&FolderView>,
        actions: &mut Vec<Action>,
    ) -> Option<Ended> {
        let accepts = &view.setting.accepts;
        let is_database = *accepts == Accepts::Database;
        let ground = Frame::new()
            .fill(theme::colours().background)
            .corner_radius(4)
            .inner_margin(Margin::same(8));
        let shown = ground.show(ui, |ui| {
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
                let leave = ui.button("Leave it");
                match chosen {
                    Some(path) if use_it.clicked() => Some(Ended::With(path)),
                    _ => leave.clicked().then_some(Ended::AsItWas),
                }
            })
            .inner
        });
        // Once: what is on its way would be sent on further.
        if self.place.is_answered() && !std::mem::replace(&mut self.is_in_sight, true) {
            shown.response.scroll_to_me(None);
        }
        shown.inner
    }
}

/// How a search for a place ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    With(String),
    AsItWas,
}

/// What was done with the path of a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Typed {
    Nothing,
    Changed,
    Entered,
    Browse,
}

/// The path as text, with what is done with it.
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
