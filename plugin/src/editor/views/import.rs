//! The Import panel: label files of other tools, what they would mark, and the button that marks it.

use std::path::PathBuf;

use earmark_core::protocol::{
    ClockNeed, Command, FolderView, JobView, Labels, LabelsFile, LabelsLeftOut, LabelsPlan,
    LabelsState, LabelsView, MarkAs, Severity, Times, is_label_file,
};
use egui::{
    Button, Frame, Margin, Panel as Dock, ProgressBar, RichText, Role, ScrollArea, Ui, WidgetInfo,
};

use super::folder_browser::{self, FolderForm, file_name, text_field};
use super::import_form::ImportForm;
use crate::editor::action::{Action, Panel};
use crate::editor::theme;
use crate::editor::widgets::{
    counted, glyph_button, message, named_drop_down, panel_heading, weak,
};

/// Height of the list of label files in a folder, in points.
const LIST_HEIGHT: f32 = 110.0;
/// Recordings that one line names.
const NAMED: usize = 2;

/// The panel of one frame.
pub struct Import<'a> {
    /// What the engine says of the present choices; `None` while it says nothing.
    pub labels: Option<&'a LabelsView>,
    /// The last folder that the engine has read.
    pub folder: Option<&'a FolderView>,
    pub profile: &'a str,
    /// What undo would take back.
    pub undo: Option<&'a str>,
    pub form: &'a mut ImportForm,
}

impl Import<'_> {
    /// Draws the panel.
    pub fn show(mut self, ui: &mut Ui) -> Vec<Action> {
        let mut actions = Vec::new();
        if panel_heading(ui, "Import") {
            actions.push(Action::Toggle(Panel::Import));
        }
        // Below what scrolls, so that it is in sight however long the list of files is.
        Dock::bottom("import start")
            .frame(Frame::new().inner_margin(Margin::symmetric(0, 6)))
            .show(ui, |ui| self.start(ui, &mut actions));
        ScrollArea::vertical()
            .id_salt("import")
            .auto_shrink(false)
            .show(ui, |ui| {
                self.choose_files(ui, &mut actions);
                if self.form.request.files.is_empty() {
                    return;
                }
                ui.separator();
                self.choose_marks(ui);
                ui.separator();
                self.files(ui);
            });
        actions
    }

    /// The field for a path, and the browser.
    fn choose_files(&mut self, ui: &mut Ui, actions: &mut Vec<Action>) {
        if self.form.request.files.is_empty() {
            ui.label("Mark what label files say.");
            ui.label(weak(
                "Earmark reads labels of Audacity, Raven, REAPER, Hoplite and BirdNET, and its own lists. Drop them here, type a path, or browse.",
            ));
            ui.add_space(4.0);
        }
        let (entered, _) = text_field(
            ui,
            &mut self.form.path,
            "Label file or recording",
            ui.available_width() - 8.0,
        );
        ui.horizontal(|ui| {
            let is_typed = !self.form.path.trim().is_empty();
            let add = ui.add_enabled(is_typed, Button::new("Add file"));
            if (entered || add.clicked()) && is_typed {
                let path = PathBuf::from(self.form.path.trim());
                self.add(path);
                self.form.path.clear();
            }
            let is_open = self.form.browser.is_some();
            if ui.add(Button::new("Browse…").selected(is_open)).clicked() {
                self.form.browser = (!is_open).then(FolderForm::default);
                if let Some(browser) = &mut self.form.browser {
                    actions.push(browser.open(self.folder).into());
                }
            }
        });
        self.browse(ui, actions);
    }

    /// What is no label file by its name is a recording, or a folder of them.
    fn add(&mut self, path: PathBuf) {
        let is_first = self.form.request.files.is_empty();
        match is_label_file(&path) || is_first {
            true => self.form.add(vec![path], Vec::new()),
            false => self.form.add(Vec::new(), vec![path]),
        }
    }

    fn browse(&mut self, ui: &mut Ui, actions: &mut Vec<Action>) {
        let Some(mut browser) = self.form.browser.take() else {
            return;
        };
        let frame = Frame::new()
            .fill(theme::colours().background)
            .corner_radius(4)
            .inner_margin(Margin::same(8));
        let chosen = frame
            .show(ui, |ui| {
                ui.set_width(ui.available_width());
                let browsed = folder_browser::show(ui, &mut browser, self.folder, None);
                actions.extend(browsed.actions);
                let found = self.folder.filter(|_| browser.is_answered())?;
                label_files(ui, found)
            })
            .inner;
        if let Some(path) = chosen {
            self.add(path);
        }
        self.form.browser = Some(browser);
    }

    /// What the labels become.
    fn choose_marks(&mut self, ui: &mut Ui) {
        let mark_as = self.form.request.mark_as;
        ui.horizontal_wrapped(|ui| {
            named_drop_down(ui, "Mark as", mark_as_words(mark_as), 210.0, |ui| {
                for one in [
                    MarkAs::ByClass,
                    MarkAs::Positive,
                    MarkAs::Negative,
                    MarkAs::Unsure,
                ] {
                    let chosen = &mut self.form.request.mark_as;
                    ui.selectable_value(chosen, one, mark_as_words(one));
                }
            });
        });
        if matches!(mark_as, MarkAs::ByClass | MarkAs::Positive) {
            ui.horizontal(|ui| {
                let label = ui.label(weak("Class")).id;
                let field = egui::TextEdit::singleline(&mut self.form.class)
                    .hint_text("each label's name")
                    .desired_width(150.0);
                let response = ui.add(field).labelled_by(label);
                if response.lost_focus() {
                    self.form.request.class = self.form.class.trim().to_owned();
                }
                response.on_hover_text("One class for all examples; Enter applies it");
            });
        }
        ui.horizontal_wrapped(|ui| {
            let times = self.form.request.times;
            named_drop_down(ui, "Times count from", times_words(times), 150.0, |ui| {
                for one in [Times::Take, Times::Project] {
                    let chosen = &mut self.form.request.times;
                    ui.selectable_value(chosen, one, times_words(one));
                }
            });
        });
    }

    fn files(&mut self, ui: &mut Ui) {
        let known = match self.labels.map(|labels| &labels.state) {
            Some(LabelsState::Planned(plan) | LabelsState::Importing(_, plan)) => {
                Some(plan.files.as_slice())
            }
            _ => None,
        };
        for path in self.form.request.files.clone() {
            let known = known.and_then(|files| files.iter().find(|file| file.path == path));
            ui.horizontal(|ui| {
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    let name = file_name(&path);
                    if glyph_button(ui, "×", &format!("Remove {name}"), true).clicked() {
                        self.form.remove(&path);
                    }
                    ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                        ui.add(egui::Label::new(RichText::new(&name).strong()).truncate())
                            .on_hover_text(path.display().to_string());
                    });
                });
            });
            if let Some(file) = known {
                self.file(ui, file);
            }
            ui.add_space(6.0);
        }
        for path in &self.form.request.recordings {
            ui.label(weak(format!("recording: {}", path.display())));
        }
    }

    fn file(&mut self, ui: &mut Ui, file: &LabelsFile) {
        if let Some(problem) = &file.problem {
            message(ui, Severity::Error, problem);
            if let Some(need) = file.need {
                self.figures(ui, need);
            }
            return;
        }
        let form = file.format.unwrap_or_default();
        ui.label(weak(format!("{form}, for {}", recordings_words(file))));
        if file.new > 0 {
            ui.label(format!(
                "{} will be marked: {}",
                file.new,
                kinds_words(&file.kinds)
            ));
        }
        if file.there > 0 {
            let verb = if file.there == 1 { "is" } else { "are" };
            ui.label(weak(format!("{} {verb} there already", file.there)));
        }
        for reason in &file.left_out {
            let severity = match reason.is_fault {
                true => Severity::Warning,
                false => Severity::Info,
            };
            message(ui, severity, &left_out_words(reason));
        }
        if file.left_out_else > 0 {
            let words = format!(
                "{} left out for other reasons",
                counted(file.left_out_else, "label", "labels")
            );
            message(ui, Severity::Warning, &words);
        }
    }

    /// The figures of a REAPER project without which its times cannot be read.
    fn figures(&mut self, ui: &mut Ui, need: ClockNeed) {
        let fields: &[(usize, &str)] = match need {
            ClockNeed::Rate => &[(0, "Sample rate in Hz"), (1, "Frames per second")],
            ClockNeed::FrameRate => &[(1, "Frames per second")],
            ClockNeed::Tempo => &[(2, "Tempo in BPM")],
        };
        for &(at, name) in fields {
            if let Some(text) = self.form.figures.get_mut(at)
                && text_field(ui, text, name, 150.0).0
            {
                self.form.choose_figures();
            }
        }
    }

    /// The button, or what came of it.
    fn start(&mut self, ui: &mut Ui, actions: &mut Vec<Action>) {
        if self.form.request.files.is_empty() {
            return;
        }
        match self.labels.map(|labels| (labels.number, &labels.state)) {
            None => {
                ui.label(weak("Reading the label files…"));
            }
            Some((_, LabelsState::Reading(job))) => progress(ui, job, "Cancel reading", actions),
            Some((_, LabelsState::Importing(job, _))) => {
                progress(ui, job, "Cancel import", actions);
            }
            Some((number, LabelsState::Planned(plan))) => {
                self.offer(ui, number, plan, actions);
            }
            Some((_, LabelsState::Imported(words))) => {
                message(ui, Severity::Info, words);
                if self.undo.is_some_and(|undo| undo.starts_with("importing"))
                    && ui
                        .button("Undo import")
                        .on_hover_text("Take all of it back (Ctrl+Z)")
                        .clicked()
                {
                    actions.push(Command::Undo.into());
                }
            }
            Some((_, LabelsState::Cancelled)) => {
                self.try_again(ui, "Cancelled, and nothing was marked.");
            }
            Some((_, LabelsState::Failed)) => {
                self.try_again(ui, "Nothing was marked; the message below says why.");
            }
        }
    }

    fn try_again(&mut self, ui: &mut Ui, words: &str) {
        ui.horizontal_wrapped(|ui| {
            if ui.button("Read again").clicked() {
                self.form.read_again();
            }
            ui.label(weak(words));
        });
    }

    fn offer(&self, ui: &mut Ui, number: u64, plan: &LabelsPlan, actions: &mut Vec<Action>) {
        let words = format!("Import {}", counted(plan.new, "label", "labels"));
        ui.horizontal_wrapped(|ui| {
            let button =
                Button::new(RichText::new(words).strong()).min_size(egui::vec2(120.0, 26.0));
            if ui.add_enabled(plan.new > 0, button).clicked() {
                actions.push(Command::Labels(Labels::Import { number }).into());
            }
            let beside = match (plan.new, plan.there, plan.replaced) {
                (0, 0, _) => String::from("Nothing fits a recording."),
                (0, ..) => String::from("Everything is there already."),
                (_, _, 0) => format!("into the profile {}", self.profile),
                (_, _, replaced) => format!(
                    "into the profile {}; {} replaced",
                    self.profile,
                    counted(replaced, "other mark is", "other marks are")
                ),
            };
            ui.label(weak(beside));
        });
    }
}

/// The label files in a folder; returns the one that is clicked.
fn label_files(ui: &mut Ui, found: &FolderView) -> Option<PathBuf> {
    let all = found.files.iter();
    let files: Vec<&String> = all
        .filter(|file| is_label_file(std::path::Path::new(file)))
        .collect();
    if files.is_empty() {
        ui.label(weak("This folder has no label files."));
        return None;
    }
    let mut chosen = None;
    ScrollArea::vertical()
        .id_salt("label files")
        .max_height(LIST_HEIGHT)
        .auto_shrink([false, true])
        .show_rows(ui, theme::ROW_HEIGHT, files.len(), |ui, shown| {
            for file in files.iter().take(shown.end).skip(shown.start) {
                let response = ui.selectable_label(false, file.as_str());
                response.widget_info(|| {
                    WidgetInfo::labeled(Role::Button, true, format!("Label file {file}"))
                });
                if response.on_hover_text("Add this file").clicked() {
                    chosen = Some(found.path.join(file));
                }
            }
        });
    chosen
}

fn progress(ui: &mut Ui, job: &JobView, cancel: &str, actions: &mut Vec<Action>) {
    ui.label(&job.stage);
    ui.horizontal(|ui| {
        ui.add(
            ProgressBar::new(job.fraction.clamp(0.0, 1.0))
                .desired_width(180.0)
                .show_percentage(),
        );
        if ui.button(cancel).clicked() {
            actions.push(Command::Labels(Labels::Cancel).into());
        }
    });
}

fn mark_as_words(mark_as: MarkAs) -> &'static str {
    match mark_as {
        MarkAs::ByClass => "what each label says",
        MarkAs::Positive => "positive",
        MarkAs::Negative => "negative",
        MarkAs::Unsure => "unsure",
    }
}

fn times_words(times: Times) -> &'static str {
    match times {
        Times::Take => "recording's start",
        Times::Project => "project's start",
    }
}

/// `a.wav`, `a.wav and b.wav`, or `a.wav, b.wav and 3 more`.
fn recordings_words(file: &LabelsFile) -> String {
    let named = &file.recordings[..file.recordings.len().min(NAMED)];
    match (named, file.recordings.len() - named.len()) {
        ([], _) => String::from("no recording"),
        ([one], _) => one.clone(),
        (several, 0) => several.join(" and "),
        (several, more) => format!("{} and {more} more", several.join(", ")),
    }
}

/// `12 door, 3 negative`.
fn kinds_words(kinds: &[(String, usize)]) -> String {
    let kinds = kinds.iter().map(|(kind, count)| format!("{count} {kind}"));
    kinds.collect::<Vec<_>>().join(", ")
}

/// `2 left out (lines 3, 7): …`
fn left_out_words(reason: &LabelsLeftOut) -> String {
    let lines: Vec<String> = reason.lines.iter().map(ToString::to_string).collect();
    let more = match reason.count > reason.lines.len() {
        true => ", …",
        false => "",
    };
    let line = if reason.count == 1 { "line" } else { "lines" };
    format!(
        "{} left out ({line} {}{more}): {}",
        reason.count,
        lines.join(", "),
        reason.why
    )
}
