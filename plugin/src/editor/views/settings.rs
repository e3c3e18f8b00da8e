//! The Settings panel: the settings in the engine's words, but for those of the spectrogram, and the disk usage.

use std::collections::HashMap;

use earmark_core::protocol::{
    Accepts, Command, EMBEDDINGS_GB, FolderView, SCALE_PERCENT, SPECTROGRAM_BRIGHTNESS,
    SPECTROGRAM_CONTRAST, SPECTROGRAM_SCALE, STATE_COLOURS, SettingView, SettingsView, Show,
    Survey, THEME, Target, UNMARKED_TAKES_DAYS,
};
use egui::{DragValue, RichText, Role, ScrollArea, Ui, WidgetInfo};

use super::place_setting::{Browsing, Ended, Typed, path};
use super::storage::{StorageForm, storage};
use crate::editor::action::{Action, Panel};
use crate::editor::theme;
use crate::editor::widgets::{drop_down, glyph_button, panel_heading, weak};

/// The sizes in the menu, in percent; the command line accepts any between.
const SIZES: [&str; 6] = ["100", "110", "125", "150", "175", "200"];

/// The text that the user types, and the open browser and questions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SettingsForm {
    /// Typed text by key, until the user enters it.
    typed: HashMap<&'static str, String>,
    /// The open folder browser.
    browsing: Option<Browsing>,
    storage: StorageForm,
    /// The panel in the previous frame, if it shows the survey.
    looked: Option<Panel>,
}

impl SettingsForm {
    /// The command for a new survey, once for every opening of a panel that shows it.
    pub fn survey(&mut self, panel: Panel) -> Option<Command> {
        let looks = matches!(panel, Panel::Settings | Panel::About).then_some(panel);
        let is_new = looks.is_some() && self.looked.is_none();
        if looks.is_none() {
            self.typed.clear();
            self.browsing = None;
            self.storage = StorageForm::default();
        }
        self.looked = looks;
        is_new.then_some(Command::Show(Show::Survey))
    }
}

/// The panel of one frame.
pub struct Settings<'a> {
    /// `None` until the engine has answered once.
    pub settings: Option<&'a SettingsView>,
    pub survey: Option<&'a Survey>,
    /// The last folder that the engine has read.
    pub folder: Option<&'a FolderView>,
    pub form: &'a mut SettingsForm,
}

impl Settings<'_> {
    /// Draws the panel.
    pub fn show(mut self, ui: &mut Ui) -> Vec<Action> {
        let mut actions = Vec::new();
        if panel_heading(ui, "Settings") {
            actions.push(Action::Toggle(Panel::Settings));
        }
        let Some(settings) = self.settings else {
            ui.label(weak("The engine is starting…"));
            return actions;
        };
        ScrollArea::vertical().show(ui, |ui| {
            self.group(ui, settings, "Window", is_of_window, &mut actions);
            let of_work = |view: &SettingView| {
                let is_elsewhere =
                    is_of_window(view) || is_of_retention(view) || is_of_spectrogram(view);
                view.setting.is_in_database() && !is_elsewhere
            };
            self.group(ui, settings, "Models and results", of_work, &mut actions);
            if settings.appearance.is_none() {
                ui.label(weak(
                    "The database has the other settings, and Earmark cannot read it now.",
                ));
                ui.add_space(6.0);
            }
            let is_place =
                |view: &SettingView| !view.setting.is_in_database() && !is_of_retention(view);
            self.group(ui, settings, "Places", is_place, &mut actions);
            self.group(
                ui,
                settings,
                "Automatic deletion",
                is_of_retention,
                &mut actions,
            );
            storage(ui, self.survey, &mut self.form.storage, &mut actions);
            ui.add_space(8.0);
            if ui.button("About Earmark…").clicked() {
                actions.push(Action::Toggle(Panel::About));
            }
        });
        actions
    }

    fn group(
        &mut self,
        ui: &mut Ui,
        settings: &SettingsView,
        title: &str,
        belongs: impl Fn(&SettingView) -> bool,
        actions: &mut Vec<Action>,
    ) {
        let mut views = settings.settings.iter().filter(|view| belongs(view));
        let Some(first) = views.next() else {
            return;
        };
        ui.label(RichText::new(title).strong());
        for view in std::iter::once(first).chain(views) {
            self.row(ui, settings, view, actions);
        }
        ui.add_space(6.0);
    }

    fn row(
        &mut self,
        ui: &mut Ui,
        settings: &SettingsView,
        view: &SettingView,
        actions: &mut Vec<Action>,
    ) {
        let name = view.setting.name;
        let mut chosen = None;
        ui.horizontal_wrapped(|ui| {
            ui.label(name).on_hover_text(in_full(view));
            match &view.setting.accepts {
                Accepts::OneOf(names) => {
                    for value in *names {
                        let button = ui.selectable_label(view.value() == *value, label(value));
                        let told = format!("{name}: {value}");
                        button.widget_info(|| {
                            let selected = view.value() == *value;
                            WidgetInfo::selected(Role::RadioButton, true, selected, &told)
                        });
                        if button.clicked() {
                            chosen = Some(Some((*value).to_owned()));
                        }
                    }
                }
                Accepts::Count(_) if view.setting.key == SCALE_PERCENT => {
                    let shown = format!("{} %", view.value());
                    drop_down(ui, name, shown, 70.0, |ui| {
                        for size in SIZES {
                            let is_shown = view.value() == size;
                            if ui.selectable_label(is_shown, format!("{size} %")).clicked() {
                                chosen = Some(Some(size.to_owned()));
                            }
                        }
                    });
                }
                Accepts::Count(range) => {
                    let range = *range.start()..=*range.end();
                    chosen = self.count(ui, view, range);
                }
                Accepts::Folder | Accepts::Database => {}
            }
            if view.chosen.is_some() {
                let back = format!("Reset {name} to {}", view.default);
                if glyph_button(ui, "↺", &back, true).clicked() {
                    self.form.typed.remove(view.setting.key);
                    chosen = Some(None);
                }
            }
        });
        if matches!(view.setting.accepts, Accepts::Folder | Accepts::Database)
            && let Some(path) = self.place(ui, view, actions)
        {
            chosen = Some(Some(path));
        }
        self.remarks(ui, settings, view);
        if let Some(value) = chosen {
            let key = view.setting.key;
            actions.push(Target::Setting { key, value }.into());
        }
    }

    /// A number field, which changes the setting when the user leaves it or ends a drag.
    fn count(
        &mut self,
        ui: &mut Ui,
        view: &SettingView,
        range: std::ops::RangeInclusive<usize>,
    ) -> Option<Option<String>> {
        let key = view.setting.key;
        let kept: usize = view.value().parse().unwrap_or(*range.start());
        let typed = self.form.typed.get(key).and_then(|text| text.parse().ok());
        let mut count: usize = typed.unwrap_or(kept);
        let response = ui.add(
            DragValue::new(&mut count)
                .range(range)
                .speed(0.1)
                .update_while_editing(false),
        );
        response.widget_info(|| {
            let mut info = WidgetInfo::labeled(Role::SpinButton, true, view.setting.name);
            info.value = Some(count as f64);
            info
        });
        if response.changed() {
            self.form.typed.insert(key, count.to_string());
        }
        let at_rest = !response.dragged() && !response.has_focus();
        let entered = at_rest.then(|| self.form.typed.remove(key)).flatten();
        entered.filter(|text| text != view.value()).map(Some)
    }

    /// The row of a path. Returns the path that the user entered, if any.
    fn place(
        &mut self,
        ui: &mut Ui,
        view: &SettingView,
        actions: &mut Vec<Action>,
    ) -> Option<String> {
        let key = view.setting.key;
        if let Some(browsing) = self.form.browsing.as_mut().filter(|it| it.key == key) {
            let ended = browsing.show(ui, view, self.folder, actions)?;
            self.form.browsing = None;
            return match ended {
                Ended::With(path) => Some(path).filter(|path| path != view.value()),
                Ended::AsItWas => None,
            };
        }
        let typed = self.form.typed.get(key);
        let mut text = typed.cloned().unwrap_or_else(|| view.value().to_owned());
        match path(ui, view, &mut text) {
            Typed::Nothing => {}
            Typed::Changed => {
                self.form.typed.insert(key, text);
            }
            Typed::Browse => {
                self.form.typed.remove(key);
                let (browsing, look) = Browsing::begin(view, self.folder);
                self.form.browsing = Some(browsing);
                actions.push(look);
            }
            Typed::Entered => {
                // The next view has the new value; the status line shows the reason for a refused one.
                self.form.typed.remove(key);
                return Some(text.trim().to_owned());
            }
        }
        None
    }

    /// The notes below a setting: its meaning, when it takes effect, and what overrides it.
    fn remarks(&self, ui: &mut Ui, settings: &SettingsView, view: &SettingView) {
        if let Some(variable) = view.overruled_by {
            ui.label(
                RichText::new(format!(
                    "▲ The environment variable {variable} overrides this."
                ))
                .color(theme::colours().warning),
            );
        }
        if is_of_window(view) {
            return;
        }
        let is_database = view.setting.accepts == Accepts::Database;
        let waits = is_database
            && view.overruled_by.is_none()
            && settings.database.as_os_str() != view.value();
        if waits {
            ui.label(
                RichText::new(format!(
                    "◆ Earmark uses {} until you restart the host, and copies nothing.",
                    settings.database.display()
                ))
                .color(theme::colours().accent),
            );
        } else {
            ui.label(weak(in_full(view)));
        }
    }
}

fn is_of_window(view: &SettingView) -> bool {
    [THEME, STATE_COLOURS, SCALE_PERCENT].contains(&view.setting.key)
}

/// The user changes these beside the spectrogram.
fn is_of_spectrogram(view: &SettingView) -> bool {
    [
        SPECTROGRAM_SCALE,
        SPECTROGRAM_BRIGHTNESS,
        SPECTROGRAM_CONTRAST,
    ]
    .contains(&view.setting.key)
}

fn is_of_retention(view: &SettingView) -> bool {
    [UNMARKED_TAKES_DAYS, EMBEDDINGS_GB].contains(&view.setting.key)
}

fn in_full(view: &SettingView) -> String {
    format!(
        "{}. Takes effect {}.",
        capital(view.setting.meaning),
        view.setting.holds
    )
}

/// The label of a choice.
fn label(value: &str) -> String {
    match value {
        "cpu" => String::from("CPU"),
        "cuda" => String::from("CUDA"),
        "coreml" => String::from("Core ML"),
        "directml" => String::from("DirectML"),
        plain => capital(plain),
    }
}

fn capital(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(letters).collect()
}
