//! The training data in the Train panel: the counts, the warnings, the missing recordings and every file.

use std::cmp::Ordering;
use std::path::{Path, PathBuf};

use earmark_core::protocol::{
    Command, FileStatistics, Severity, TrainingCounts, TrainingFileView, TrainingView,
    TrainingWarning, Work,
};
use egui::{
    Button, CollapsingHeader, Frame, Label, Margin, RichText, Role, TextEdit, Ui, WidgetInfo,
};
use egui_extras::{Column, TableBuilder};

use super::balance;
use crate::editor::action::Action;
use crate::editor::theme;
use crate::editor::widgets::{counted, figures, glyph_button, weak};

/// Height of the table of files, in points.
const TABLE_HEIGHT: f32 = 180.0;
const BAR_WIDTH: f32 = 64.0;
/// The most names of missing recordings in the text; the table has all.
const NAMED_FILES: usize = 2;

/// The order of the table of files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum SortBy {
    #[default]
    Name,
    Positives,
    Negatives,
    HardNegatives,
    Recording,
}

/// Column titles with their names for screen readers.
const COLUMNS: [(SortBy, &str, &str); 5] = [
    (SortBy::Name, "file", "file"),
    (SortBy::Positives, "clips", "clips"),
    (SortBy::Negatives, "neg.", "negative clips"),
    (SortBy::HardNegatives, "hard", "hard negatives"),
    (SortBy::Recording, "audio", "missing recordings"),
];

/// The typed folder, and the order and selection of the table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrainingDataForm {
    /// The folder to search for moved recordings.
    folder: String,
    sort_by: SortBy,
    reversed: bool,
    /// The file of the selected row.
    file: Option<String>,
}

/// This part of the Train panel, of one frame.
pub struct TrainingData<'a> {
    pub model: &'a str,
    pub training: Option<&'a TrainingView>,
    /// A job is running, so no search can start.
    pub is_busy: bool,
    pub form: &'a mut TrainingDataForm,
}

impl TrainingData<'_> {
    /// Draws the training data.
    pub fn show(mut self, ui: &mut Ui, actions: &mut Vec<Action>) {
        let Some(training) = self.training else {
            return;
        };
        ui.label(RichText::new("Training data").strong());
        let Some(counts) = training.counts.as_deref() else {
            ui.label(weak(format!(
                "Earmark counts the data once it can read the database and finds the model {}.",
                self.model
            )));
            return;
        };
        ui.label(figures(total_words(&counts.total))).on_hover_text(
            "Earmark counts marks in one spot once, and does not train with clips of other classes or unsure marks",
        );
        balance::bar(ui, &counts.total, ui.available_width());
        balance::legend(ui);
        if !training.request.positive_classes.is_empty() {
            for warning in &counts.warnings {
                notice(ui, severity_of(warning), &warning.to_string());
            }
        }
        self.missing(ui, counts, actions);
        if !counts.files.is_empty() {
            CollapsingHeader::new(format!("Details per file ({})", counts.files.len()))
                .id_salt("details per file")
                .show(ui, |ui| self.details(ui, counts));
        }
    }

    fn missing(&mut self, ui: &mut Ui, counts: &TrainingCounts, actions: &mut Vec<Action>) {
        let missing: Vec<&FileStatistics> = counts
            .files
            .iter()
            .filter(|file| !file.recording_found)
            .map(|file| &file.marks)
            .collect();
        if missing.is_empty() {
            return;
        }
        Frame::new()
            .fill(theme::colours().warning.gamma_multiply(0.08))
            .corner_radius(4)
            .inner_margin(Margin::same(6))
            .show(ui, |ui| {
                ui.set_width(ui.available_width());
                notice(ui, Severity::Warning, &missing_words(&missing));
                ui.label(weak("If you moved them, type a folder to search:"));
                ui.horizontal(|ui| {
                    let field = TextEdit::singleline(&mut self.form.folder)
                        .hint_text("/path/to/recordings")
                        .desired_width((ui.available_width() - 130.0).max(80.0));
                    let response = ui.add(field);
                    response.widget_info(|| {
                        let mut info =
                            WidgetInfo::labeled(Role::TextInput, true, "Folder to search");
                        info.current_text_value = Some(self.form.folder.clone());
                        info
                    });
                    let folder = self.form.folder.trim();
                    let can_search = !folder.is_empty() && !self.is_busy;
                    let button = ui
                        .add_enabled(can_search, Button::new("Find recordings"))
                        .on_disabled_hover_text(
                            "Type a folder first, or wait until the running job ends",
                        );
                    if button.clicked() {
                        let folder = PathBuf::from(folder);
                        actions.push(Command::Work(Work::FindRecordings(folder)).into());
                    }
                });
            });
    }

    fn details(&mut self, ui: &mut Ui, counts: &TrainingCounts) {
        let mut order: Vec<&TrainingFileView> = counts.files.iter().collect();
        order.sort_by(|a, b| self.form.compare(a, b));
        let row_height = theme::ROW_HEIGHT + ui.spacing().item_spacing.y;
        let height = (order.len() as f32 * row_height).min(TABLE_HEIGHT);
        TableBuilder::new(ui)
            .id_salt("training files")
            .striped(true)
            .cell_layout(egui::Layout::left_to_right(egui::Align::Center))
            .auto_shrink([false, true])
            .min_scrolled_height(height)
            .max_scroll_height(height)
            .column(Column::remainder().at_least(60.0).clip(true))
            .column(Column::exact(BAR_WIDTH))
            .columns(Column::exact(44.0), 3)
            .column(Column::exact(66.0))
            .header(theme::ROW_HEIGHT, |mut header| {
                for (place, column) in COLUMNS.into_iter().enumerate() {
                    header.col(|ui| self.form.title(ui, column));
                    if place == 0 {
                        header.col(|_| {});
                    }
                }
            })
            .body(|body| {
                body.rows(theme::ROW_HEIGHT, order.len(), |mut row| {
                    let index = row.index();
                    let Some(file) = order.get(index) else {
                        return;
                    };
                    let marks = &file.marks;
                    row.col(|ui| self.form.name(ui, file));
                    row.col(|ui| balance::bar(ui, marks, BAR_WIDTH - 6.0));
                    for number in [marks.positives, marks.negatives, marks.hard_negatives] {
                        row.col(|ui| {
                            ui.label(figures(number.to_string()));
                        });
                    }
                    row.col(|ui| {
                        let words = if file.recording_found {
                            weak("found")
                        } else {
                            RichText::new("▲ missing").color(theme::colours().warning)
                        };
                        ui.label(words);
                    });
                });
            });
        let shown = self.form.file.as_ref();
        if let Some(file) = order
            .iter()
            .find(|file| Some(&file.marks.filename) == shown)
        {
            ui.add(Label::new(weak(place_words(file))).wrap());
        }
    }
}

impl TrainingDataForm {
    /// The title of a column. A press sorts by it, a second press reverses the order.
    fn title(&mut self, ui: &mut Ui, (by, title, name): (SortBy, &str, &str)) {
        let arrow = match (self.sort_by == by, self.reversed) {
            (false, _) => "",
            (true, false) => " ▾",
            (true, true) => " ▴",
        };
        let text = format!("{title}{arrow}");
        if glyph_button(ui, &text, &format!("Sort by {name}"), true).clicked() {
            self.reversed = self.sort_by == by && !self.reversed;
            self.sort_by = by;
        }
    }

    /// The name of the file, which takes the keyboard focus.
    fn name(&mut self, ui: &mut Ui, file: &TrainingFileView) {
        let marks = &file.marks;
        let is_shown = self.file.as_ref() == Some(&marks.filename);
        let response = ui.add(Button::selectable(is_shown, &marks.filename).truncate());
        response.widget_info(|| {
            let recording = if file.recording_found {
                "recording found"
            } else {
                "recording missing"
            };
            let name = format!("{}: {}, {recording}", marks.filename, total_words(marks));
            WidgetInfo::selected(Role::Button, true, is_shown, name)
        });
        let reached = response.gained_focus();
        if reached {
            // The table draws only visible rows.
            response.scroll_to_me(None);
        }
        if reached || response.clicked() {
            self.file = Some(marks.filename.clone());
        }
    }

    /// Names from A, figures from the highest, missing recordings first; files that are equal in this by name.
    fn compare(&self, a: &TrainingFileView, b: &TrainingFileView) -> Ordering {
        let (x, y) = (&a.marks, &b.marks);
        let by_name = x.filename.cmp(&y.filename);
        let order = match self.sort_by {
            SortBy::Name => by_name,
            SortBy::Positives => y.positives.cmp(&x.positives),
            SortBy::Negatives => y.negatives.cmp(&x.negatives),
            SortBy::HardNegatives => y.hard_negatives.cmp(&x.hard_negatives),
            SortBy::Recording => a.recording_found.cmp(&b.recording_found),
        };
        let order = if self.reversed {
            order.reverse()
        } else {
            order
        };
        order.then(by_name)
    }
}

/// A notice with its severity as glyph and word, and a remedy.
pub fn notice(ui: &mut Ui, severity: Severity, text: &str) {
    let (colour, glyph) = theme::severity_mark(severity);
    let word = match severity {
        Severity::Info => "Note",
        Severity::Warning => "Warning",
        Severity::Error => "Cannot train",
    };
    ui.horizontal_top(|ui| {
        ui.label(RichText::new(glyph).color(colour));
        ui.add(Label::new(format!("{word}: {text}")).wrap());
    });
}

fn severity_of(warning: &TrainingWarning) -> Severity {
    match warning {
        TrainingWarning::NoPositives => Severity::Error,
        TrainingWarning::FewPositives { .. }
        | TrainingWarning::ManyNegatives { .. }
        | TrainingWarning::FewNegatives { .. } => Severity::Warning,
        TrainingWarning::OnlyNegatives { .. } => Severity::Info,
    }
}

/// `12 clips · 2 negative clips · 4 hard negatives · 1 other clip`.
fn total_words(marks: &FileStatistics) -> String {
    let mut words = [
        counted(marks.positives, "clip", "clips"),
        counted(marks.negatives, "negative clip", "negative clips"),
        counted(marks.hard_negatives, "hard negative", "hard negatives"),
        counted(marks.soft, "other clip", "other clips"),
    ]
    .join(" · ");
    if marks.unsure > 0 {
        words.push_str(&format!(" · {} unsure", marks.unsure));
    }
    words
}

fn missing_words(missing: &[&FileStatistics]) -> String {
    let mut names = missing
        .iter()
        .take(NAMED_FILES)
        .map(|marks| marks.filename.as_str())
        .collect::<Vec<_>>()
        .join(", ");
    if missing.len() > NAMED_FILES {
        names.push_str(", …");
    }
    let hard_negatives: usize = missing.iter().map(|marks| marks.hard_negatives).sum();
    let recordings = counted(missing.len(), "recording is", "recordings are");
    let mut words = format!("{recordings} missing ({names}). Earmark trains with their clips");
    if hard_negatives > 0 {
        let left_out = counted(hard_negatives, "hard negative", "hard negatives");
        words.push_str(&format!(", but without {left_out}"));
    }
    words + "."
}

fn place_words(file: &TrainingFileView) -> String {
    let path = file.marks.source_path.as_deref().map(Path::display);
    match (file.recording_found, path) {
        (true, Some(path)) => path.to_string(),
        (false, Some(path)) => format!("missing, last seen at {path}"),
        (_, None) => String::from("missing, path unknown"),
    }
}
