//! The list of classifiers in the Train panel: the data, the figures and the errors of each, and a button to use it again.

use earmark_core::protocol::{ClassifierView, Severity, Target};
use egui::{Button, RichText, Ui};

use super::training_data::notice;
use super::{mark_errors, recall_curve, trend};
use crate::editor::action::Action;
use crate::editor::theme;
use crate::editor::widgets::{figures, glyph_button, weak};

/// The list of one frame.
pub struct Classifiers<'a> {
    /// Newest first; the first one is in use.
    pub classifiers: &'a [ClassifierView],
    /// A job is running, so no scan can start.
    pub is_busy: bool,
    /// Whether there is a previous version to compare with, and whether the window compares now.
    pub comparable: bool,
    pub compared: bool,
}

impl Classifiers<'_> {
    /// Draws the list.
    pub fn show(&self, ui: &mut Ui, actions: &mut Vec<Action>) {
        ui.label(RichText::new("Classifiers").strong());
        if self.classifiers.is_empty() {
            ui.label(weak("No classifiers yet."));
        }
        trend::show(ui, self.classifiers);
        if let Some(newest) = self.classifiers.first() {
            recall_curve::show(ui, newest);
        }
        if self.comparable || self.compared {
            let button = Button::new("Compare with previous version").selected(self.compared);
            let button = ui
                .add(button)
                .on_hover_text("Show what this training changed in the list and the timeline (C)");
            if button.clicked() {
                actions.push(Action::CompareWithBefore);
            }
        }
        for (index, classifier) in self.classifiers.iter().enumerate() {
            self.classifier(ui, classifier, index == 0, actions);
            ui.add_space(4.0);
        }
    }

    fn classifier(
        &self,
        ui: &mut Ui,
        classifier: &ClassifierView,
        is_newest: bool,
        actions: &mut Vec<Action>,
    ) {
        let version = classifier.version;
        ui.horizontal_wrapped(|ui| {
            ui.label(figures(format!("v{version}  {}", classifier.created_at)));
            if !classifier.name.is_empty() {
                ui.label(RichText::new(&classifier.name).strong());
            }
            if let Some(original) = classifier.copy_of {
                ui.label(weak(format!("copy of v{original}")));
            }
            if is_newest {
                ui.label(RichText::new("● in use").color(theme::colours().positive));
                return;
            }
            let name = format!("Use classifier {version} again");
            let button = glyph_button(ui, "Use again", &name, !self.is_busy).on_hover_text(
                "Make this classifier the newest and scan with it; Earmark keeps the others",
            );
            if button.clicked() {
                actions.push(Target::ClassifierInUse { version }.into());
            }
        });
        ui.label(weak(made_of(classifier)));
        ui.label(figures(figures_of(classifier)).color(theme::colours().weak))
            .on_hover_text("Earmark measured this on recordings that the training did not use");
        if let Some(check) = &classifier.check {
            mark_errors::show(ui, ("classifier", version), check, None, actions);
        }
        for note in &classifier.notes {
            notice(ui, Severity::Warning, note);
        }
    }
}

/// The data of the training, and the choices that differ from the defaults.
fn made_of(classifier: &ClassifierView) -> String {
    let counts = &classifier.counts;
    let mut words = format!(
        "{} · {} positive, {} negative, {} hard, {} background",
        classifier.classes.join(", "),
        counts.clips,
        counts.negative_clips,
        counts.hard_negatives,
        counts.background
    );
    if let Some(margin_s) = classifier.background_margin_s.filter(|s| *s > 0.0) {
        words.push_str(&format!(" at least {margin_s} s away"));
    }
    if let Some(class) = &classifier.negative_class {
        words.push_str(&format!(" · negative class {class}"));
    }
    if !classifier.used_hard_negatives {
        words.push_str(" · without hard negatives");
    }
    words
}

fn figures_of(classifier: &ClassifierView) -> String {
    let mut words = match &classifier.metrics {
        Some(metrics) => format!(
            "AP {:.2}  F1 {:.2}  threshold {:.2}",
            metrics.average_precision, metrics.best_f1, metrics.best_f1_threshold
        ),
        None => String::from("not measured: too few recordings"),
    };
    words.push_str(&format!("  {:.1} s", classifier.seconds));
    words
}
