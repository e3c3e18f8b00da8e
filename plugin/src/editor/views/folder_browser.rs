//! The folder browser of the window: a path field, places, the folders below, and a new folder.
//!
//! It never opens a dialog of the system, which could block the host. The engine reads the folders, so that the window never
//! waits for a disk.

use std::path::{Path, PathBuf};

use earmark_core::protocol::{Command, FolderView, Show, Work};
use egui::{Key, Role, ScrollArea, TextEdit, Ui, WidgetInfo};

use crate::editor::action::Action;
use crate::editor::theme;
use crate::editor::widgets::{drop_down, glyph_button, weak};

/// Height of the list, in points.
const LIST_HEIGHT: f32 = 132.0;

/// The folder that the user is choosing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FolderForm {
    /// The path as typed, or as the engine last found it.
    pub folder: String,
    /// The name of the folder to create.
    new_folder: Option<String>,
    /// The number of the last answer of the engine; earlier answers belong to other forms.
    seen: u64,
    /// The engine has answered since the form opened.
    is_answered: bool,
    /// The first folder does not exist: the form looks for its nearest parent that does.
    climbs: bool,
}

impl FolderForm {
    /// A form for a folder that the engine has not read yet.
    pub fn at(folder: String) -> Self {
        Self {
            folder,
            ..Self::default()
        }
    }

    /// Starts at the folder of the form, or at the engine's suggestion; `found` is the engine's previous answer.
    pub fn open(&mut self, found: Option<&FolderView>) -> Command {
        self.seen = found.map_or(0, |found| found.number);
        self.is_answered = false;
        self.climbs = true;
        self.new_folder = None;
        let folder = (!self.folder.is_empty()).then(|| PathBuf::from(&self.folder));
        Command::Show(Show::Folder(folder))
    }

    /// Whether the engine has answered.
    pub fn is_answered(&self) -> bool {
        self.is_answered
    }

    /// Takes over the engine's answer, and returns the command for the next folder, if any.
    pub fn follow(&mut self, found: Option<&FolderView>) -> Option<Command> {
        let found = found.filter(|found| found.number != self.seen)?;
        self.seen = found.number;
        if found.problem.is_none() {
            self.folder = found.path.display().to_string();
            self.new_folder = None;
        } else if self.climbs && found.parent.is_some() {
            let folder = found.parent.clone();
            return Some(Command::Show(Show::Folder(folder)));
        }
        self.climbs = false;
        self.is_answered = true;
        None
    }
}

/// The result of one frame.
#[derive(Debug, Default)]
pub struct Browsed {
    pub actions: Vec<Action>,
    /// The name of the clicked file, without its ending.
    pub file: Option<String>,
}

/// Draws the browser with the files that end in `ending`. The form has the chosen folder once the engine has read it.
pub fn show(
    ui: &mut Ui,
    form: &mut FolderForm,
    found: Option<&FolderView>,
    ending: Option<&str>,
) -> Browsed {
    let mut browsed = Browsed::default();
    let actions = &mut browsed.actions;
    actions.extend(form.follow(found).map(Action::from));
    let found = found.filter(|_| form.is_answered);
    ui.horizontal(|ui| {
        let parent = found.and_then(|found| found.parent.clone());
        if glyph_button(ui, "▲", "Parent folder", parent.is_some()).clicked() {
            actions.extend(parent.map(look));
        }
        if let Some(path) = places(ui, found) {
            actions.push(look(path));
        }
        if ui.button("New folder…").clicked() {
            form.new_folder = match form.new_folder {
                Some(_) => None,
                None => Some(String::new()),
            };
        }
    });
    let (entered, _) = text_field(ui, &mut form.folder, "Folder", ui.available_width() - 8.0);
    if entered {
        actions.push(look(PathBuf::from(form.folder.trim())));
    }
    if form.new_folder.is_some() {
        actions.extend(new_folder(ui, form));
    }
    if let Some(problem) = found.and_then(|found| found.problem.as_ref()) {
        let (colour, glyph) = theme::severity_mark(earmark_core::protocol::Severity::Error);
        ui.horizontal_wrapped(|ui| {
            ui.colored_label(colour, glyph);
            ui.label(problem);
        });
    }
    match found {
        None => {
            ui.label(weak("Reading the folder…"));
        }
        Some(found) => list(ui, found, ending, &mut browsed),
    }
    browsed
}

fn look(path: PathBuf) -> Action {
    Command::Show(Show::Folder(Some(path))).into()
}

fn places(ui: &mut Ui, found: Option<&FolderView>) -> Option<PathBuf> {
    let mut chosen = None;
    drop_down(ui, "Places", "Places", 90.0, |ui| {
        for place in found.map_or(&[][..], |found| &found.places) {
            let response = ui.selectable_label(false, place.name);
            if response
                .on_hover_text(place.path.display().to_string())
                .clicked()
            {
                chosen = Some(place.path.clone());
            }
        }
    });
    chosen
}

fn new_folder(ui: &mut Ui, form: &mut FolderForm) -> Option<Action> {
    let mut name = form.new_folder.take().unwrap_or_default();
    let made = ui
        .horizontal(|ui| {
            let (entered, _) = text_field(ui, &mut name, "New folder name", 160.0);
            let can_make = !name.trim().is_empty();
            let make = ui.add_enabled(can_make, egui::Button::new("Create folder"));
            can_make && (entered || make.clicked())
        })
        .inner;
    let command = made.then(|| {
        Command::Work(Work::MakeFolder {
            parent: PathBuf::from(form.folder.trim()),
            name: name.clone(),
        })
    });
    // The field stays until the engine has made the folder, so that the user can correct a refused name.
    form.new_folder = Some(name);
    command.map(Action::from)
}

fn list(ui: &mut Ui, found: &FolderView, ending: Option<&str>, browsed: &mut Browsed) {
    let ending = ending.map(|ending| format!(".{ending}"));
    let files: Vec<&str> = found
        .files
        .iter()
        .filter_map(|file| file.strip_suffix(ending.as_deref()?))
        .collect();
    let rows = found.folders.len() + files.len();
    if rows == 0 && found.problem.is_none() {
        ui.label(weak(match ending {
            Some(ending) => format!("This folder has no folders and no {ending} files."),
            None => String::from("This folder has no folders."),
        }));
        return;
    }
    ScrollArea::vertical()
        .id_salt("folders")
        .max_height(LIST_HEIGHT)
        .auto_shrink([false, true])
        .show_rows(ui, theme::ROW_HEIGHT, rows, |ui, shown| {
            for index in shown {
                if let Some(folder) = found.folders.get(index) {
                    let response = ui.selectable_label(false, format!("▸ {folder}"));
                    response.widget_info(|| {
                        WidgetInfo::labeled(Role::Button, true, format!("Folder {folder}"))
                    });
                    if response.clicked() {
                        browsed.actions.push(look(found.path.join(folder)));
                    }
                } else if let Some(file) = files.get(index - found.folders.len()) {
                    let words = format!("   {file}{}", ending.as_deref().unwrap_or_default());
                    let response = ui.selectable_label(false, weak(words));
                    response.widget_info(|| {
                        WidgetInfo::labeled(Role::Button, true, format!("File {file}"))
                    });
                    if response.on_hover_text("Use this file name").clicked() {
                        browsed.file = Some((*file).to_owned());
                    }
                }
            }
        });
}

/// A text field with the accessible name `called`. Returns whether the user pressed Enter, and whether the text changed.
pub fn text_field(ui: &mut Ui, text: &mut String, called: &str, width: f32) -> (bool, bool) {
    let response = ui.add(
        TextEdit::singleline(text)
            .desired_width(width)
            .hint_text(called),
    );
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::TextInput, true, called);
        info.current_text_value = Some(text.clone());
        info
    });
    let entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    (entered, response.changed())
}

/// The name of a file without the folders before it.
pub fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}
