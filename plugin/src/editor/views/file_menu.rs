//! The entries of a context menu that lead to a file: its path for the clipboard, and the file in the system's file manager.

use std::path::Path;

use egui::{Response, Ui};

use crate::editor::action::Action;

/// The file of a clip, of a take and of any other recording, as far as there are any.
#[derive(Debug, Clone, Copy, Default)]
pub struct Files<'a> {
    pub clip: Option<&'a Path>,
    pub take: Option<&'a Path>,
    pub file: Option<&'a Path>,
}

impl Files<'_> {
    /// Opens the menu at a secondary click on `response`, and returns what the user chooses.
    pub fn menu_of(self, response: &Response) -> Option<Action> {
        if self.clip.is_none() && self.take.is_none() && self.file.is_none() {
            return None;
        }
        let mut chosen = None;
        response.context_menu(|ui| chosen = self.entries(ui));
        chosen
    }

    fn entries(self, ui: &mut Ui) -> Option<Action> {
        let mut chosen = None;
        for (what, path) in [
            ("clip", self.clip),
            ("take", self.take),
            ("file", self.file),
        ] {
            let Some(path) = path else {
                continue;
            };
            let copy = ui.button(format!("Copy {what} path"));
            if copy.on_hover_text(path.display().to_string()).clicked() {
                chosen = Some(Action::CopyPath(path.to_owned()));
            }
            if ui.button(format!("Show {what} in folder")).clicked() {
                chosen = Some(Action::ShowInFolder(path.to_owned()));
            }
        }
        if chosen.is_some() {
            ui.close();
        }
        chosen
    }
}
