//! The Train panel: the training data, the button that trains, and the classifiers.

use earmark_core::protocol::{
    BackgroundMargin, ClassStats, ClassifierView, Command, FolderView, JobKind, JobView,
    PackCredits, PackView, Show, TabView, TrainingView, WIDEST_MARGIN_S, Work,
};
use egui::{
    Button, DragValue, Frame, Margin, Panel as Dock, ProgressBar, RichText, ScrollArea, TextEdit,
    Ui,
};

use super::classifiers::Classifiers;
use super::packs::PackSection;
use super::train_form::TrainForm;
use super::training_data::TrainingData;
use crate::editor::action::{Action, Panel};
use crate::editor::theme;
use crate::editor::widgets::{counted, figures, named_drop_down, panel_heading, weak};

/// The text of the drop-down while no negative class is chosen.
const NO_CLASS: &str = "none";
/// The longest name of a classifier, in characters.
const LONGEST_NAME: usize = 60;

/// The panel of one frame.
pub struct Train<'a> {
    pub model: &'a str,
    /// The models to choose from.
    pub models: &'a [TabView],
    pub classes: &'a [ClassStats],
    pub negatives: usize,
    pub marks_since_training: usize,
    pub job: Option<&'a JobView>,
    pub training: Option<&'a TrainingView>,
    pub classifiers: &'a [ClassifierView],
    /// Whether there is a previous version to compare with, and whether the window compares now.
    pub comparable: bool,
    pub compared: bool,
    /// The classifier that made the shown version.
    pub shown_classifier: Option<u32>,
    /// The pack that is about to be imported, and whom the last exported one named.
    pub pack: Option<&'a PackView>,
    pub pack_credits: &'a PackCredits,
    /// The last folder that the engine has read.
    pub folder: Option<&'a FolderView>,
    pub form: &'a mut TrainForm,
}

impl<'a> Train<'a> {
    /// Draws the panel.
    pub fn show(mut self, ui: &mut Ui) -> Vec<Action> {
        let mut actions = Vec::new();
        if panel_heading(ui, "Train") {
            actions.push(Action::Toggle(Panel::Train));
        }
        // Always visible, below the part that scrolls.
        Dock::bottom("start of the training")
            .frame(Frame::new().inner_margin(Margin::symmetric(0, 6)))
            .show(ui, |ui| self.start(ui, &mut actions));
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            self.positives(ui);
            ui.add_space(6.0);
            self.negatives(ui, &mut actions);
            ui.add_space(6.0);
            self.classifier(ui, &mut actions);
            ui.add_space(6.0);
            self.data(ui, &mut actions);
            ui.separator();
            let history = Classifiers {
                classifiers: self.classifiers,
                is_busy: self.job.is_some(),
                comparable: self.comparable,
                compared: self.compared,
            };
            history.show(ui, &mut actions);
            self.packs(ui, &mut actions);
        });
        actions
    }

    /// The model and the name of the new classifier.
    fn classifier(&mut self, ui: &mut Ui, actions: &mut Vec<Action>) {
        ui.horizontal_wrapped(|ui| {
            named_drop_down(ui, "Model", self.model, 110.0, |ui| {
                for tab in self.models {
                    let chosen = tab.model == self.model;
                    if ui.selectable_label(chosen, &tab.model).clicked() && !chosen {
                        let model = tab.model.clone();
                        actions.push(Command::Show(Show::Model { model }).into());
                    }
                }
            });
            let label = ui.label(weak("Name")).id;
            let field = TextEdit::singleline(&mut self.form.name)
                .hint_text("optional")
                .char_limit(LONGEST_NAME)
                .desired_width(120.0);
            let response = ui.add(field).labelled_by(label);
            self.form.touched |= response.changed();
            response.on_hover_text("Name of the new classifier");
        });
    }

    fn positives(&mut self, ui: &mut Ui) {
        ui.label(RichText::new("Examples of the sound").strong());
        if self.offered().next().is_none() {
            ui.label(weak("No examples yet: drag over the sound in the waveform and press P, or select a region and press P."));
        }
        for class in self.offered() {
            let mut checked = self.form.positive_classes.contains(&class.name);
            if ui.checkbox(&mut checked, class_words(class)).changed() {
                self.form.touched = true;
                if checked {
                    self.form.positive_classes.insert(class.name.clone());
                } else {
                    self.form.positive_classes.remove(&class.name);
                }
            }
        }
        let include = ui
            .checkbox(&mut self.form.include_scan_exports, "Include scan exports")
            .on_hover_text("Also train with exported clips that you have not reviewed");
        self.form.touched |= include.changed();
    }

    fn negatives(&mut self, ui: &mut Ui, actions: &mut Vec<Action>) {
        ui.label(RichText::new("Negative examples").strong());
        ui.horizontal(|ui| {
            let selected = self
                .form
                .negative_class
                .clone()
                .unwrap_or_else(|| String::from(NO_CLASS));
            named_drop_down(ui, "Negative class", selected, 130.0, |ui| {
                if ui
                    .selectable_label(self.form.negative_class.is_none(), NO_CLASS)
                    .clicked()
                {
                    self.form.negative_class = None;
                    self.form.touched = true;
                }
                for class in self.offered() {
                    if self.form.positive_classes.contains(&class.name) {
                        continue;
                    }
                    let chosen = self.form.negative_class.as_ref() == Some(&class.name);
                    if ui.selectable_label(chosen, class_words(class)).clicked() {
                        self.form.negative_class = Some(class.name.clone());
                        self.form.touched = true;
                    }
                }
            });
        });
        ui.horizontal(|ui| {
            let use_them = ui
                .checkbox(&mut self.form.use_hard_negatives, "Use hard negatives")
                .on_hover_text("Train with the regions that you marked with N");
            self.form.touched |= use_them.changed();
            ui.label(figures(format!("({})", self.negatives)).color(theme::colours().weak));
            if ui.button("Manage…").clicked() {
                actions.push(Action::Toggle(Panel::Negatives));
            }
        });
        self.background(ui);
    }

    fn background(&mut self, ui: &mut Ui) {
        let mut margin_s = self.form.background_margin.seconds();
        let row = ui.horizontal(|ui| {
            let label = ui.label("Background margin").id;
            let field = DragValue::new(&mut margin_s)
                .range(0.0..=WIDEST_MARGIN_S)
                .speed(0.1)
                .max_decimals(1)
                .suffix(" s");
            ui.add(field).labelled_by(label)
        });
        if row.inner.changed() {
            self.form.background_margin = BackgroundMargin::new(margin_s);
            self.form.touched = true;
        }
        row.inner.on_hover_text(
            "Smallest distance between background and an example; widen it where the sound continues around your marks",
        );
        ui.label(weak(
            "Earmark always trains with background from this source's takes.",
        ));
    }

    fn data(&mut self, ui: &mut Ui, actions: &mut Vec<Action>) {
        let data = TrainingData {
            model: self.model,
            training: self.training,
            is_busy: self.job.is_some(),
            form: &mut self.form.data,
        };
        data.show(ui, actions);
    }

    fn packs(&mut self, ui: &mut Ui, actions: &mut Vec<Action>) {
        let packs = PackSection {
            classifiers: self.classifiers,
            shown_classifier: self.shown_classifier,
            pack: self.pack,
            credits: self.pack_credits,
            folder: self.folder,
            is_busy: self.job.is_some(),
            form: &mut self.form.pack,
        };
        packs.show(ui, actions);
    }

    fn start(&self, ui: &mut Ui, actions: &mut Vec<Action>) {
        if let Some(job) = self.job.filter(|job| job.kind == JobKind::Training) {
            match job.remaining() {
                Some(remaining) => ui.label(format!("{} · {remaining}", job.stage)),
                None => ui.label(&job.stage),
            };
            ui.horizontal(|ui| {
                ui.add(
                    ProgressBar::new(job.fraction.clamp(0.0, 1.0))
                        .desired_width(180.0)
                        .show_percentage(),
                );
                if ui.button("Cancel training").clicked() {
                    actions.push(Command::Work(Work::Cancel).into());
                }
            });
            return;
        }
        let reason = self.reason_not_to();
        ui.horizontal_wrapped(|ui| {
            let label = RichText::new("Train").strong();
            let button = ui.add_enabled(
                reason.is_none(),
                Button::new(label).min_size(egui::vec2(90.0, 26.0)),
            );
            if button.clicked() {
                actions.push(Command::Work(Work::Train(self.form.request(self.classes))).into());
            }
            match &reason {
                Some(reason) => ui.label(weak(reason)),
                None if self.marks_since_training > 0 => {
                    let marks = counted(self.marks_since_training, "mark", "marks");
                    ui.label(weak(format!("{marks} since the last training")))
                }
                None => ui.label(weak(format!("with {}", self.model))),
            };
        });
    }

    /// The reason why the user cannot train now, with the remedy.
    fn reason_not_to(&self) -> Option<String> {
        if self.job.is_some() {
            return Some(String::from(
                "Another job is running: wait for it or cancel it above.",
            ));
        }
        if self.offered().next().is_none() {
            return Some(String::from("There are no examples yet: mark some with P."));
        }
        let request = self.form.request(self.classes);
        if request.positive_classes.is_empty() {
            return Some(String::from("Check at least one class above."));
        }
        let to_count = request.clone().to_count();
        let counted = self
            .training
            .filter(|training| training.request == to_count)
            .and_then(|training| training.counts.as_deref());
        if counted.is_some_and(|counts| counts.total.positives == 0) {
            return Some(String::from(
                "The checked classes have no usable clips: mark some with P.",
            ));
        }
        None
    }

    /// The classes to choose from: those that have clips.
    fn offered(&self) -> impl Iterator<Item = &'a ClassStats> + use<'a> {
        self.classes.iter().filter(|class| class.clips > 0)
    }
}

/// `door (3 files, 12 clips)`.
fn class_words(class: &ClassStats) -> String {
    format!(
        "{} ({}, {})",
        class.name,
        counted(class.files, "file", "files"),
        counted(class.clips, "clip", "clips")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(name: &str, clips: usize) -> ClassStats {
        ClassStats {
            name: name.to_owned(),
            files: 1,
            clips,
        }
    }

    #[test]
    fn class_words_give_files_and_clips() {
        assert_eq!(class_words(&class("door", 12)), "door (1 file, 12 clips)");
    }
}
