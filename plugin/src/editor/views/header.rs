//! The top row: profile, source name, capture, running job, menu and settings.

use earmark_core::protocol::{AuditionMode, Command, JobKind, JobView, ProfileTarget, Show, Work};
use earmark_core::time::timecode;
use egui::{
    Align, Color32, Key, Layout, ProgressBar, RichText, Role, TextEdit, TextStyle, Ui, WidgetInfo,
    vec2,
};

use super::output;
use super::watch_list::WatchList;
use crate::editor::action::{Action, Panel};
use crate::editor::theme;
use crate::editor::widgets::{elided_label, figures, glyph_button, named_check_list, weak};
use crate::params::OutputValues;
use crate::state::ReviewSettings;

/// The figures of the capture line at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct CaptureView {
    /// The time captured since the host activated the plugin, in seconds.
    pub captured_s: f64,
    pub dropped_frames: u64,
    pub rolling: bool,
    /// An offline render waits for the recorder.
    pub waiting: bool,
    /// On the project's timeline, in seconds.
    pub playhead_s: Option<f64>,
}

/// The width of the bar of a job, in points.
const BAR_WIDTH: f32 = 90.0;
/// The width of the menu and the settings button, and of those with a job, in points.
const MENU_WIDTH: f32 = 120.0;
const JOB_WIDTH: f32 = 420.0;
/// The least and the most room for the names of the sounds, in points.
const NARROWEST_SOUND: f32 = 90.0;
const WIDEST_SOUND: f32 = 240.0;
/// A live scan that is less behind than this keeps up.
const BEHIND_S: f64 = 2.0;

/// The text that the user types into the header.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HeaderState {
    name: Option<String>,
    new_profile: String,
}

/// The header of one frame.
pub struct Header<'a> {
    pub profile: &'a str,
    pub profiles: &'a [String],
    /// The profiles that have a classifier.
    pub learned: &'a [String],
    /// The watch list.
    pub watched: &'a [String],
    pub source_name: &'a str,
    /// The sounds that the classifier of the shown version finds.
    pub sounds: &'a [String],
    /// `None` before the host activated the plugin.
    pub capture: Option<CaptureView>,
    pub listening: bool,
    pub output: OutputValues,
    /// The shown take has results.
    pub is_scanned: bool,
    /// Captured seconds that Earmark has not scanned yet.
    pub behind_s: f64,
    pub job: Option<&'a JobView>,
    pub review: ReviewSettings,
    pub panel: Panel,
    pub state: &'a mut HeaderState,
}

impl Header<'_> {
    /// Draws the row.
    pub fn show(mut self, ui: &mut Ui) -> Vec<Action> {
        let mut actions = Vec::new();
        ui.horizontal(|ui| {
            self.profile(ui, &mut actions);
            ui.separator();
            self.source_name(ui, &mut actions);
            ui.separator();
            self.capture(ui);
            self.backlog(ui);
            output::notice(ui, self.output.choice, self.is_scanned);
            self.sound(ui);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                self.gear(ui, &mut actions);
                self.menu(ui, &mut actions);
                self.job(ui, &mut actions);
            });
        });
        actions
    }

    fn profile(&mut self, ui: &mut Ui, actions: &mut Vec<Action>) {
        let shown = if self.profile.is_empty() {
            "default"
        } else {
            self.profile
        };
        // It stays open for several ticks.
        named_check_list(ui, "Profile", shown, 96.0, |ui| {
            for profile in self.profiles {
                if ui
                    .selectable_label(profile == self.profile, profile)
                    .clicked()
                {
                    actions.push(
                        Command::Show(Show::Profile {
                            profile: profile.clone(),
                        })
                        .into(),
                    );
                    ui.close();
                }
            }
            let watch_list = WatchList {
                profile: shown,
                profiles: self.profiles,
                learned: self.learned,
                watched: self.watched,
            };
            actions.extend(watch_list.show(ui));
            ui.separator();
            if ui.selectable_label(false, "Manage profiles…").clicked() {
                actions.push(Action::Toggle(Panel::Profiles));
                ui.close();
            }
            let field = TextEdit::singleline(&mut self.state.new_profile)
                .hint_text("new profile")
                .desired_width(120.0);
            let response = ui.add(field);
            let name = self.state.new_profile.trim().to_owned();
            if response.lost_focus()
                && ui.input(|input| input.key_pressed(Key::Enter))
                && !name.is_empty()
            {
                self.state.new_profile.clear();
                actions.push(ProfileTarget::Exists { name }.into());
                ui.close();
            }
        });
    }

    fn source_name(&mut self, ui: &mut Ui, actions: &mut Vec<Action>) {
        let mut text = self
            .state
            .name
            .clone()
            .unwrap_or_else(|| self.source_name.to_owned());
        let response = ui.add(
            TextEdit::singleline(&mut text)
                .desired_width(150.0)
                .hint_text("source name")
                .char_limit(200),
        );
        response.widget_info(|| {
            let mut info = WidgetInfo::labeled(Role::TextInput, true, "Source name");
            info.current_text_value = Some(text.clone());
            info
        });
        if response.changed() {
            self.state.name = Some(text);
        }
        if response.lost_focus() {
            let typed = self.state.name.take();
            let abandoned = ui.input(|input| input.key_pressed(Key::Escape));
            if let Some(name) = typed.filter(|name| !abandoned && name.trim() != self.source_name) {
                actions.push(Action::RenameSource(name.trim().to_owned()));
            }
        }
        response.on_hover_text("Name of this source; clear it to use the host's track name");
    }

    fn capture(&self, ui: &mut Ui) {
        let Some(capture) = self.capture else {
            ui.label(weak("○ waiting for the host"));
            return;
        };
        let (glyph, word, colour) = match (self.listening, capture.waiting, capture.rolling) {
            (false, _, _) => ("▮▮", "not listening", theme::colours().warning),
            (true, true, _) => ("◐", "catching up", theme::colours().warning),
            (true, false, true) => ("●", "capturing", theme::colours().positive),
            (true, false, false) => ("○", "stopped", theme::colours().weak),
        };
        ui.label(RichText::new(format!("{glyph} {word}")).color(colour));
        let whole_s = capture.captured_s.floor();
        ui.label(figures(timecode(whole_s).trim_end_matches(".000")))
            .on_hover_text("Time captured since the host activated the plugin");
        let dropped = format!("· {} dropped", capture.dropped_frames);
        if capture.dropped_frames == 0 {
            ui.label(figures(dropped).color(theme::colours().weak));
        } else {
            ui.label(figures(format!("▲ {dropped}")).color(theme::colours().warning))
                .on_hover_text(
                    "The disk was too slow and Earmark lost these sample frames, which show as gaps",
                );
        }
    }

    /// The names of the sounds, where there is room for them.
    fn sound(&self, ui: &mut Ui) {
        let beside = if self.job.is_some() {
            JOB_WIDTH
        } else {
            MENU_WIDTH
        };
        let room = (ui.available_width() - beside).min(WIDEST_SOUND);
        if self.sounds.is_empty() || room < NARROWEST_SOUND {
            return;
        }
        ui.separator();
        let others = self.watched.iter().filter(|name| *name != self.profile);
        let all: Vec<&str> = self
            .sounds
            .iter()
            .chain(others)
            .map(String::as_str)
            .collect();
        let text = format!("Finds {}", all.join(", "));
        let font = TextStyle::Body.resolve(ui.style());
        // In a room of its own, or a long name would push the menu aside.
        ui.allocate_ui(vec2(room - 12.0, ui.spacing().interact_size.y), |ui| {
            ui.set_max_width(room - 12.0);
            elided_label(ui, &text, font);
        });
    }

    fn backlog(&self, ui: &mut Ui) {
        if self.behind_s < BEHIND_S {
            return;
        }
        let behind = timecode(self.behind_s.floor());
        ui.label(figures(format!(
            "◔ {} to scan",
            behind.trim_end_matches(".000")
        )))
        .on_hover_text(
            "The model is slower than playback; Earmark scans the rest while the host pauses",
        );
    }

    fn job(&self, ui: &mut Ui, actions: &mut Vec<Action>) {
        let Some(job) = self.job else {
            return;
        };
        if glyph_button(ui, "×", "Cancel job", true).clicked() {
            actions.push(Command::Work(Work::Cancel).into());
        }
        let kind = match job.kind {
            JobKind::Scanning | JobKind::ScanningFiles => "scanning",
            JobKind::Training => "training",
            JobKind::Adding => "adding files",
            JobKind::Exporting => "exporting",
            JobKind::Indexing => "indexing",
            JobKind::Searching => "searching",
            JobKind::Finding => {
                ui.label("finding recordings").on_hover_text(&job.stage);
                return;
            }
        };
        let percent = (job.fraction.clamp(0.0, 1.0) * 100.0).round();
        let remaining = job.remaining();
        let remaining = remaining.map_or_else(String::new, |words| format!(" · {words}"));
        let whole = format!("{kind} {percent:3.0} %{remaining}");
        let short = format!("{kind} {percent:3.0} %");
        // What has no room is in the text at the pointer.
        let room = ui.available_width() - BAR_WIDTH - 2.0 * ui.spacing().item_spacing.x;
        let font = theme::digits();
        let width = |text: &str| {
            let text = text.to_owned();
            let galley = ui
                .painter()
                .layout_no_wrap(text, font.clone(), Color32::WHITE);
            galley.size().x
        };
        let shown = [&whole, &short]
            .into_iter()
            .find(|text| width(text) <= room);
        let bar = ProgressBar::new(job.fraction.clamp(0.0, 1.0))
            .desired_width(BAR_WIDTH)
            .desired_height(10.0)
            .fill(theme::colours().accent.gamma_multiply(0.8));
        let told = format!("{whole}\n{}", job.stage);
        ui.add(bar).on_hover_text(&told);
        if let Some(text) = shown {
            ui.label(figures(text)).on_hover_text(&told);
        }
    }

    fn review(&self, ui: &mut Ui, actions: &mut Vec<Action>) {
        let mut settings = self.review;
        ui.label(weak("Audition"));
        for (mode, words) in [
            (Some(AuditionMode::Replace), "Replace the track"),
            (Some(AuditionMode::Mix), "Mix with the track"),
            (None, "Off"),
        ] {
            ui.radio_value(&mut settings.mode, mode, words);
        }
        ui.add_enabled(
            settings.mode.is_some(),
            egui::Checkbox::new(&mut settings.follows_selection, "Play selected regions"),
        );
        ui.checkbox(&mut settings.advances, "Advance after marking")
            .on_hover_text("Select the next unjudged region after each mark");
        if settings != self.review {
            actions.push(Action::SetReview(settings));
        }
    }

    fn gear(&self, ui: &mut Ui, actions: &mut Vec<Action>) {
        let shown = self.panel == Panel::Settings;
        // As a word: the window's fonts have no gear.
        let gear = ui.add(egui::Button::new("Settings").selected(shown));
        if gear.clicked() {
            actions.push(Action::Toggle(Panel::Settings));
        }
    }

    fn menu(&self, ui: &mut Ui, actions: &mut Vec<Action>) {
        let (response, _) = egui::containers::menu::MenuButton::new("≡").ui(ui, |ui| {
            let mut listening = self.listening;
            if ui
                .checkbox(&mut listening, "Listen during playback")
                .on_hover_text("Capture and scan during playback; the host can automate this")
                .changed()
            {
                actions.push(Action::SetListening(listening));
            }
            ui.separator();
            output::menu(ui, self.output, actions);
            ui.separator();
            self.review(ui, actions);
            ui.separator();
            if ui.button("Similar sounds").clicked() {
                actions.push(Action::Toggle(Panel::Similar));
                ui.close();
            }
            let import = ui.button("Import labels…");
            if import
                .on_hover_text("Mark what label files of other tools say (Shift+E)")
                .clicked()
            {
                actions.push(Action::Toggle(Panel::Import));
                ui.close();
            }
            if ui.button("Keys and help").clicked() {
                actions.push(Action::Toggle(Panel::Help));
                ui.close();
            }
            if ui.button("About Earmark").clicked() {
                actions.push(Action::Toggle(Panel::About));
                ui.close();
            }
        });
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Menu"));
    }
}
