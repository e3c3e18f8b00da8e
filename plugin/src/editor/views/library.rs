//! The Library panel: the folders of recordings that Earmark indexes and searches as a whole, how far the index is, and what could
//! not be read.

use std::collections::BTreeSet;
use std::path::PathBuf;

use earmark_core::protocol::{
    AuditionView, Command, FolderView, Library, LibraryFolderView, LibraryUpdateView, LibraryView,
    Severity, Show,
};
use egui::{Button, Frame, Margin, ProgressBar, RichText, Role, ScrollArea, Ui, WidgetInfo};

use super::folder_browser::{self, FolderForm};
use super::library_search::{LibrarySearch, scanned};
use crate::editor::action::{Action, Panel};
use crate::editor::theme;
use crate::editor::widgets::{counted, elided_label, figures, glyph_button, panel_heading, weak};

/// Height of the list of files that could not be indexed, in points.
const FAILED_HEIGHT: f32 = 150.0;
/// The height of a row in it: the name of the file, and why.
const FAILED_ROW: f32 = 2.0 * theme::ROW_HEIGHT;

/// What the user has opened in the panel.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LibraryForm {
    /// The folder that is about to be added.
    browser: Option<FolderForm>,
    /// Folders whose failed files are listed.
    failed: BTreeSet<PathBuf>,
    /// A search saves versions.
    saves: bool,
    /// The engine was told that the panel is open.
    is_open: bool,
}

impl LibraryForm {
    /// The command that tells the engine whether the panel is open, when that changed.
    pub fn follow(&mut self, panel: Panel) -> Option<Command> {
        let is_open = panel == Panel::Library;
        if !is_open {
            self.browser = None;
        }
        let is_new = std::mem::replace(&mut self.is_open, is_open) != is_open;
        is_new.then_some(Command::Show(Show::Library { wanted: is_open }))
    }
}

/// The panel of one frame.
pub struct LibraryPanel<'a> {
    pub library: &'a LibraryView,
    /// The last folder that the engine has read.
    pub folder: Option<&'a FolderView>,
    /// The sounds that the newest classifier finds.
    pub sounds: &'a [String],
    /// A job of this window is at work.
    pub is_busy: bool,
    /// What is played now.
    pub audition: Option<&'a AuditionView>,
    pub form: &'a mut LibraryForm,
}

impl LibraryPanel<'_> {
    /// Draws the panel.
    pub fn show(mut self, ui: &mut Ui) -> Vec<Action> {
        let mut actions = Vec::new();
        if panel_heading(ui, "Library") {
            actions.push(Action::Toggle(Panel::Library));
        }
        let folders = self.library.folders.as_deref();
        match folders {
            None if self.library.problem.is_empty() => {
                ui.label(weak("Reading the library…"));
                return actions;
            }
            Some(folders) if folders.is_empty() => empty(ui),
            _ => self.indexing(ui, &mut actions),
        }
        if !self.library.problem.is_empty() {
            problem(ui, &self.library.problem);
        }
        self.add(ui, &mut actions);
        ui.separator();
        ScrollArea::vertical()
            .id_salt("library")
            .auto_shrink([false, true])
            .show(ui, |ui| {
                if folders.is_some_and(|folders| !folders.is_empty()) {
                    let search = LibrarySearch {
                        sounds: self.sounds,
                        is_busy: self.is_busy,
                        found: self.library.found.as_deref(),
                        audition: self.audition,
                        saves: &mut self.form.saves,
                    };
                    actions.extend(search.show(ui));
                    ui.label(RichText::new("Folders").strong());
                }
                for folder in folders.map_or(&[][..], Vec::as_slice) {
                    self.folder(ui, folder, &mut actions);
                }
                scanned(ui, &self.library.scanned, &mut actions);
            });
        actions
    }

    /// How far the index is, and what the user can do about it.
    fn indexing(&self, ui: &mut Ui, actions: &mut Vec<Action>) {
        let library = self.library;
        match &library.update {
            Some(update) => progress(ui, update),
            None if library.is_paused => {
                let words = "▮▮ Indexing is paused";
                ui.label(RichText::new(words).color(theme::colours().warning));
            }
            None => drop(ui.label(weak(state(library)))),
        }
        ui.horizontal(|ui| {
            let mut offer = |ui: &mut Ui, words: &str, meaning: &str, asked: Library| {
                if ui.button(words).on_hover_text(meaning).clicked() {
                    actions.push(Command::Library(asked).into());
                }
            };
            if library.is_paused {
                let meaning = "Index what is new or changed, now and from now on";
                offer(ui, "Resume indexing", meaning, Library::Resume);
                return;
            }
            if library.update.is_some() {
                let meaning = "End this update; what is indexed stays";
                offer(ui, "Stop update", meaning, Library::Cancel);
            } else {
                let meaning = "Look for new, changed, moved and deleted files now";
                offer(ui, "Update", meaning, Library::Update);
            }
            let meaning = "Index nothing until you resume it, also after the next start";
            offer(ui, "Pause indexing", meaning, Library::Pause);
        });
    }

    fn add(&mut self, ui: &mut Ui, actions: &mut Vec<Action>) {
        let is_open = self.form.browser.is_some();
        let button = Button::new("Add folder…").selected(is_open);
        if ui
            .add(button)
            .on_hover_text("Index a folder and the folders in it; you can also drop it here")
            .clicked()
        {
            self.form.browser = (!is_open).then(FolderForm::default);
            if let Some(browser) = &mut self.form.browser {
                actions.push(browser.open(self.folder).into());
            }
        }
        let Some(mut browser) = self.form.browser.take() else {
            return;
        };
        let frame = Frame::new()
            .fill(theme::colours().background)
            .corner_radius(4)
            .inner_margin(Margin::same(8));
        let is_done = frame
            .show(ui, |ui| {
                ui.set_width(ui.available_width());
                let browsed = folder_browser::show(ui, &mut browser, self.folder, None);
                actions.extend(browsed.actions);
                ui.horizontal(|ui| {
                    let chosen = browser.folder.trim();
                    let add = ui.add_enabled(!chosen.is_empty(), Button::new("Add this folder"));
                    if add.clicked() {
                        let folders = vec![PathBuf::from(chosen)];
                        actions.push(Command::Library(Library::Add(folders)).into());
                    }
                    add.clicked() || ui.button("Cancel").clicked()
                })
                .inner
            })
            .inner;
        self.form.browser = (!is_done).then_some(browser);
    }

    fn folder(&mut self, ui: &mut Ui, folder: &LibraryFolderView, actions: &mut Vec<Action>) {
        let path = folder.path.display().to_string();
        ui.horizontal(|ui| {
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let remove = glyph_button(ui, "Remove", &format!("Remove {path}"), true);
                if remove
                    .on_hover_text("The audio files stay, and adding the folder again is quick")
                    .clicked()
                {
                    let path = folder.path.clone();
                    actions.push(Command::Library(Library::Remove(path)).into());
                }
                ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                    let font = egui::TextStyle::Body.resolve(ui.style());
                    elided_label(ui, &path, font);
                });
            });
        });
        ui.label(figures(figures_of(folder)).color(theme::colours().weak));
        if !folder.fault.is_empty() {
            problem(ui, &folder.fault);
        }
        if !folder.failed.is_empty() {
            self.failed(ui, folder, &path);
        }
        ui.add_space(6.0);
    }

    /// The files of a folder that could not be indexed, behind a button.
    fn failed(&mut self, ui: &mut Ui, folder: &LibraryFolderView, path: &str) {
        let is_open = self.form.failed.contains(&folder.path);
        let files = counted(folder.failed.len(), "file", "files");
        let arrow = if is_open { "▾" } else { "▸" };
        let words = format!("{arrow} {files} not indexed");
        let words = RichText::new(words).color(theme::colours().warning);
        let response = ui.add(Button::new(words).frame(false));
        response.widget_info(|| {
            let name = format!("{files} of {path} not indexed");
            WidgetInfo::selected(Role::Button, true, is_open, name)
        });
        if response.clicked() {
            match is_open {
                true => self.form.failed.remove(&folder.path),
                false => self.form.failed.insert(folder.path.clone()),
            };
        }
        if !is_open {
            return;
        }
        let list = ScrollArea::vertical()
            .id_salt(path)
            .max_height(FAILED_HEIGHT);
        let rows = folder.failed.len();
        list.auto_shrink([false, true])
            .show_rows(ui, FAILED_ROW, rows, |ui, shown| {
                for (file, why) in folder.failed.iter().take(shown.end).skip(shown.start) {
                    let file = file.strip_prefix(&folder.path).unwrap_or(file);
                    let font = egui::TextStyle::Body.resolve(ui.style());
                    elided_label(ui, &file.display().to_string(), font.clone());
                    ui.visuals_mut().override_text_color = Some(theme::colours().weak);
                    elided_label(ui, why, font);
                    ui.visuals_mut().override_text_color = None;
                }
            });
    }
}

/// What the panel says before there is a folder.
fn empty(ui: &mut Ui) {
    ui.label("The library has no folder yet.");
    ui.label(weak(
        "Add folders of recordings, and Earmark indexes them in the background. You can then search all of them for a sound.",
    ));
    ui.add_space(4.0);
}

/// The bar of an update, and what it does right now.
fn progress(ui: &mut Ui, update: &LibraryUpdateView) {
    let fraction = update.job.fraction.clamp(0.0, 1.0);
    let mut words = format!("Indexing {:.0} %", (fraction * 100.0).floor());
    if let Some(remaining) = update.job.remaining() {
        words.push_str(&format!(" · {remaining}"));
    }
    let bar = ProgressBar::new(fraction)
        .desired_height(10.0)
        .fill(theme::colours().accent.gamma_multiply(0.8));
    ui.add(bar);
    ui.label(figures(words));
    let stage = match update.gives_way {
        true => "waits until Earmark has scanned or trained",
        false => update.job.stage.as_str(),
    };
    let font = egui::TextStyle::Body.resolve(ui.style());
    ui.visuals_mut().override_text_color = Some(theme::colours().weak);
    elided_label(ui, stage, font);
    ui.visuals_mut().override_text_color = None;
}

/// How much of the library is indexed while nothing is at work.
fn state(library: &LibraryView) -> String {
    let folders = library.folders.iter().flat_map(|folders| folders.iter());
    let all = folders.fold(LibraryFolderView::default(), |sum, folder| {
        LibraryFolderView {
            files: sum.files + folder.files,
            hours: sum.hours + folder.hours,
            indexed: sum.indexed + folder.indexed,
            ..sum
        }
    });
    format!(
        "{} of {} indexed, {:.1} hours",
        all.indexed,
        counted(all.files, "file", "files"),
        all.hours
    )
}

fn figures_of(folder: &LibraryFolderView) -> String {
    let files = counted(folder.files, "file", "files");
    format!(
        "{files} · {:.1} hours · {} indexed",
        folder.hours, folder.indexed
    )
}

fn problem(ui: &mut Ui, words: &str) {
    let (colour, glyph) = theme::severity_mark(Severity::Warning);
    ui.horizontal_wrapped(|ui| {
        ui.colored_label(colour, glyph);
        ui.label(words);
    });
}
