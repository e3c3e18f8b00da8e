//! Packs in the Train panel: a classifier as a file for another person, and a look at a pack before it is imported.

use std::path::PathBuf;

use earmark_core::protocol::{
    ClassifierView, Command, FolderView, PackCredits, PackFacts, PackState, PackView, Packs,
    Severity, bytes_in_words,
};
use egui::{Button, Frame, Margin, RichText, TextEdit, Ui};

use super::folder_browser::{self, file_name, text_field};
use super::pack_form::{PackDesk, PackForm};
use crate::editor::action::Action;
use crate::editor::theme;
use crate::editor::widgets::{counted, figures, message, named_drop_down, weak};

/// How a pack's name ends, without the dot.
const ENDING: &str = "earmark";
/// The longest author and licence, in characters.
const LONGEST: usize = 200;

/// The section of one frame.
pub struct PackSection<'a> {
    /// Newest first.
    pub classifiers: &'a [ClassifierView],
    /// The classifier that made the shown version.
    pub shown_classifier: Option<u32>,
    /// The pack that is about to be imported.
    pub pack: Option<&'a PackView>,
    /// Whom the last exported pack named.
    pub credits: &'a PackCredits,
    /// The last folder that the engine has read.
    pub folder: Option<&'a FolderView>,
    /// A job of this window is at work.
    pub is_busy: bool,
    pub form: &'a mut PackForm,
}

impl PackSection<'_> {
    /// Draws the section.
    pub fn show(mut self, ui: &mut Ui, actions: &mut Vec<Action>) {
        ui.horizontal(|ui| {
            let has_classifier = !self.classifiers.is_empty();
            let export = Button::new("Export pack…").selected(self.form.desk == PackDesk::Export);
            let export = ui
                .add_enabled(has_classifier, export)
                .on_hover_text("Save a classifier as one file for another person")
                .on_disabled_hover_text("Train a classifier first");
            if export.clicked() {
                self.toggle(PackDesk::Export, actions);
            }
            let import = Button::new("Import pack…").selected(self.form.desk == PackDesk::Import);
            let import = ui
                .add(import)
                .on_hover_text("Add a classifier from a file that ends in .earmark");
            if import.clicked() {
                self.toggle(PackDesk::Import, actions);
            }
        });
        if self.form.desk == PackDesk::Closed {
            return;
        }
        let frame = Frame::new()
            .fill(theme::colours().background)
            .corner_radius(4)
            .inner_margin(Margin::same(8));
        let shown = frame.show(ui, |ui| {
            ui.set_width(ui.available_width());
            match (self.form.desk, self.pack) {
                (PackDesk::Closed, _) => {}
                (PackDesk::Export, _) => self.export(ui, actions),
                (PackDesk::Import, None) => self.choose(ui, actions),
                (PackDesk::Import, Some(pack)) => self.import(ui, pack, actions),
            }
        });
        if self.form.must_reveal(self.pack) {
            shown.response.scroll_to_me(Some(egui::Align::BOTTOM));
        }
    }

    /// Opens a desk, or closes it.
    fn toggle(&mut self, desk: PackDesk, actions: &mut Vec<Action>) {
        if self.pack.is_some() {
            actions.push(Command::Packs(Packs::Forget).into());
        }
        self.form.desk = match self.form.desk == desk {
            true => PackDesk::Closed,
            false => desk,
        };
        if self.form.desk != PackDesk::Closed {
            actions.push(self.form.place.open(self.folder).into());
        }
    }

    fn export(&mut self, ui: &mut Ui, actions: &mut Vec<Action>) {
        let newest = self.classifiers.first().map(|one| one.version);
        let is_there = |version: &u32| self.classifiers.iter().any(|one| one.version == *version);
        let chosen = self.form.version.filter(is_there);
        let chosen = chosen.or(self.shown_classifier.filter(is_there)).or(newest);
        ui.horizontal_wrapped(|ui| {
            let words = chosen.map(|version| self.named(version));
            named_drop_down(ui, "Classifier", words.unwrap_or_default(), 150.0, |ui| {
                for one in self.classifiers {
                    let is_chosen = chosen == Some(one.version);
                    let words = self.named(one.version);
                    if ui.selectable_label(is_chosen, words).clicked() {
                        self.form.version = Some(one.version);
                    }
                }
            });
        });
        let mut credits = self.form.credits.clone();
        let typed = credits.get_or_insert_with(|| self.credits.clone());
        let is_typed = credit(ui, "Author", &mut typed.author, "who trained it")
            | credit(ui, "Licence", &mut typed.licence, "for example CC BY 4.0");
        if is_typed {
            self.form.credits = credits;
        }
        ui.checkbox(&mut self.form.with_clips, "Include example clips")
            .on_hover_text(
                "Put the audio of the examples into the pack, so that others can train with it",
            );
        let browsed = folder_browser::show(ui, &mut self.form.place, self.folder, Some(ENDING));
        actions.extend(browsed.actions);
        let export = self.form.export(chosen, self.credits);
        let refused = match &export {
            _ if self.is_busy => Some("Another job is running: wait for it or cancel it above."),
            Err(why) => Some(*why),
            Ok(_) => None,
        };
        ui.horizontal_wrapped(|ui| {
            let button = Button::new(RichText::new("Export").strong());
            let clicked = ui.add_enabled(refused.is_none(), button).clicked();
            if let (true, Ok(export)) = (clicked, export) {
                actions.push(Command::Packs(Packs::Export(export)).into());
            }
            let beside = "The sound names the file; no file is replaced.";
            ui.label(weak(refused.unwrap_or(beside)));
        });
    }

    /// `v3 door`.
    fn named(&self, version: u32) -> String {
        let mut all = self.classifiers.iter();
        let one = all.find(|one| one.version == version);
        let name = one.map_or_else(String::new, |one| match one.name.as_str() {
            "" => one.classes.join(", "),
            name => name.to_owned(),
        });
        format!("v{version} {name}")
    }

    /// The field for the path of a pack, and the packs in a folder.
    fn choose(&mut self, ui: &mut Ui, actions: &mut Vec<Action>) {
        ui.label(weak(
            "Drop a pack on the window, type its path, or choose it.",
        ));
        let (entered, _) = text_field(
            ui,
            &mut self.form.path,
            "Path of the pack",
            ui.available_width() - 8.0,
        );
        let path = self.form.path.trim();
        let read = ui.add_enabled(!path.is_empty(), Button::new("Open pack"));
        if (entered || read.clicked()) && !path.is_empty() {
            actions.push(Command::Packs(Packs::Read(PathBuf::from(path))).into());
        }
        let browsed = folder_browser::show(ui, &mut self.form.place, self.folder, Some(ENDING));
        actions.extend(browsed.actions);
        if let (Some(name), Some(found)) = (browsed.file, self.folder) {
            let path = found.path.join(format!("{name}.{ENDING}"));
            actions.push(Command::Packs(Packs::Read(path)).into());
        }
    }

    fn import(&mut self, ui: &mut Ui, pack: &PackView, actions: &mut Vec<Action>) {
        ui.label(RichText::new(file_name(&pack.path)).strong())
            .on_hover_text(pack.path.display().to_string());
        match &pack.state {
            PackState::Reading => {
                ui.label(weak("Reading the pack…"));
            }
            PackState::Read(told) | PackState::Importing(told) => facts(ui, told),
            PackState::Imported(words) => message(ui, Severity::Info, words),
            PackState::Refused(why) => message(ui, Severity::Error, why),
        }
        ui.horizontal_wrapped(|ui| {
            if let PackState::Read(told) | PackState::Importing(told) = &pack.state {
                let can_import =
                    matches!(pack.state, PackState::Read(_)) && told.obstacle.is_none();
                let button = Button::new(RichText::new("Import").strong());
                let button = ui
                    .add_enabled(can_import, button)
                    .on_hover_text("Add it as the newest classifier; Earmark keeps the others");
                if button.clicked() {
                    let number = pack.number;
                    actions.push(Command::Packs(Packs::Import { number }).into());
                }
            }
            if ui.button("Another pack…").clicked() {
                actions.push(Command::Packs(Packs::Forget).into());
                actions.push(self.form.place.open(self.folder).into());
            }
            if ui.button("Close pack").clicked() {
                actions.push(Command::Packs(Packs::Forget).into());
                self.form.desk = PackDesk::Closed;
            }
        });
    }
}

/// A field for a name; whether it changed.
fn credit(ui: &mut Ui, name: &str, text: &mut String, hint: &str) -> bool {
    ui.horizontal(|ui| {
        let label = ui.label(weak(name)).id;
        let field = TextEdit::singleline(text)
            .hint_text(hint)
            .char_limit(LONGEST)
            .desired_width(180.0);
        ui.add(field).labelled_by(label).changed()
    })
    .inner
}

/// What a pack says about itself.
fn facts(ui: &mut Ui, told: &PackFacts) {
    ui.label(format!("Sound: {}", told.sound));
    let made = format!("{} v{}  {}", told.model, told.version, told.created_at);
    ui.label(figures(made));
    ui.label(weak(format!(
        "{} positive, {} negative, {} hard, {} background",
        told.counts.clips,
        told.counts.negative_clips,
        told.counts.hard_negatives,
        told.counts.background
    )));
    let quality = match &told.metrics {
        Some(metrics) => format!(
            "average precision {:.2}, best F1 {:.2} at {:.2}",
            metrics.average_precision, metrics.best_f1, metrics.best_f1_threshold
        ),
        None => String::from("no figures: too few recordings to hold any out"),
    };
    ui.label(figures(quality).color(theme::colours().weak));
    let named = |what: &str, said: &str| match said {
        "" => format!("{what}: not named"),
        said => format!("{what}: {said}"),
    };
    ui.label(named("Author", &told.credits.author));
    ui.label(named("Licence", &told.credits.licence));
    let mut size = bytes_in_words(told.size_bytes);
    if told.clips > 0 {
        size.push_str(&format!(", with {}", counted(told.clips, "clip", "clips")));
    }
    ui.label(weak(size));
    if let Some(obstacle) = &told.obstacle {
        message(ui, Severity::Error, obstacle);
    }
}
