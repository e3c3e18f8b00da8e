//! The results area while the list is empty: the four steps to the first results, with a dot at each finished step.

use egui::{Frame, Margin, RichText, ScrollArea, Ui};

use crate::editor::theme;
use crate::editor::widgets::weak;

/// The steps that the user has finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    pub has_audio: bool,
    pub has_examples: bool,
    pub has_classifier: bool,
    pub has_version: bool,
}

impl Progress {
    /// Which of the steps are done.
    fn done(self) -> [bool; 4] {
        [
            self.has_audio,
            self.has_examples,
            self.has_classifier,
            self.has_version,
        ]
    }
}

const STEPS: [(&str, &str); 4] = [
    (
        "Play",
        "Start playback in the host. Earmark records this track as a take.",
    ),
    (
        "Give examples",
        "Drag over the sound in the waveform and press P. Or press I where it starts and O where it ends, then P. A few examples are enough; N marks other sounds.",
    ),
    (
        "Train",
        "Open Train…, check the class and press Train. Training takes a few seconds, and Earmark then scans the take.",
    ),
    (
        "Review",
        "Go through the list: P confirms a region, N rejects it, U marks it unsure, S selects the next one. Then train again and compare the versions.",
    ),
];

const NOTHING_FOUND: &str = "No regions at this threshold";
const MORE_EXAMPLES: &str = "Lower the threshold, or confirm a few more examples and train again.";

/// Draws the steps.
pub fn show(ui: &mut Ui, progress: Progress) {
    let done = progress.done();
    // The smallest window has no room for all of them.
    ScrollArea::vertical()
        .auto_shrink([false, true])
        .show(ui, |ui| steps(ui, done));
}

/// The next step in one line, above a list that has only marks or regions of a previous version.
pub fn next(ui: &mut Ui, progress: Progress) {
    let next = progress.done().iter().position(|done| !done);
    let (title, text) = match next.and_then(|index| Some((index, STEPS.get(index)?))) {
        Some((index, (title, text))) => (format!("Step {} of 4: {title}", index + 1), *text),
        None => (NOTHING_FOUND.to_owned(), MORE_EXAMPLES),
    };
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new(title).strong());
        ui.label(weak(text));
    });
}

fn steps(ui: &mut Ui, done: [bool; 4]) {
    let next = done.iter().position(|done| !done);
    ui.add_space(10.0);
    ui.vertical_centered(|ui| {
        ui.set_max_width(560.0);
        if next.is_none() {
            ui.heading(NOTHING_FOUND);
            ui.label(weak(MORE_EXAMPLES));
            return;
        }
        ui.heading("Find a sound in four steps");
        ui.add_space(6.0);
        for (index, (title, text)) in STEPS.into_iter().enumerate() {
            let step = Step {
                number: index + 1,
                title,
                text,
                is_done: done.get(index).copied().unwrap_or_default(),
                is_next: next == Some(index),
            };
            step.show(ui);
        }
    });
}

/// One step of the list.
struct Step {
    number: usize,
    title: &'static str,
    text: &'static str,
    is_done: bool,
    is_next: bool,
}

impl Step {
    fn show(&self, ui: &mut Ui) {
        let colours = theme::colours();
        let fill = if self.is_next {
            colours.selection.gamma_multiply(0.6)
        } else {
            colours.raised.gamma_multiply(0.5)
        };
        let (mark, colour) = match (self.is_done, self.is_next) {
            (true, _) => (String::from("●"), colours.positive),
            (false, true) => (self.number.to_string(), colours.text),
            (false, false) => (self.number.to_string(), colours.weak),
        };
        Frame::new()
            .fill(fill)
            .corner_radius(4)
            .inner_margin(Margin::symmetric(10, 6))
            .show(ui, |ui| {
                ui.set_width(ui.available_width());
                ui.horizontal(|ui| {
                    ui.label(RichText::new(mark).font(theme::digits()).color(colour));
                    ui.vertical(|ui| {
                        ui.label(RichText::new(self.title).strong());
                        ui.label(weak(self.text));
                    });
                });
            });
    }
}
