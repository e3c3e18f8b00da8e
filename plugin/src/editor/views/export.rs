//! The Export panel: the format, the regions, the folder, and the question about files that already exist.

use earmark_core::protocol::{
    Chosen, Command, ExportQuestion, IfThere, JobKind, RegionState, ShownId, Times, View, Work,
};
use egui::{
    Button, DragValue, Frame, Margin, Panel as Dock, ProgressBar, RichText, ScrollArea, Ui,
};

use super::export_form::{ExportForm, What, Which};
use super::folder_browser::{self, file_name, text_field};
use crate::editor::action::{Action, Panel};
use crate::editor::region_index::STATES;
use crate::editor::review_order::Listed;
use crate::editor::theme;
use crate::editor::widgets::{counted, named_drop_down, panel_heading, weak};

/// Longest clip or shortest length that can be asked for, in seconds.
const LONGEST_S: f64 = 600.0;
/// Shortest clip, and smallest step between clips, in seconds.
const SHORTEST_S: f64 = 0.05;

/// The panel of one frame.
pub struct Export<'a> {
    pub view: &'a View,
    /// What the list shows.
    pub listed: Listed<'a>,
    /// In order of time.
    pub selected: &'a [ShownId],
    /// The class that P marks regions as; empty until the first time.
    pub last_class: &'a str,
    pub form: &'a mut ExportForm,
}

impl Export<'_> {
    /// Draws the panel.
    pub fn show(mut self, ui: &mut Ui) -> Vec<Action> {
        let look = self.form.take_in(self.view);
        let mut actions: Vec<Action> = look.map(Action::from).into_iter().collect();
        if panel_heading(ui, "Export") {
            actions.push(Action::Toggle(Panel::Export));
        }
        // Below what scrolls, so that it is in sight however low the window is.
        Dock::bottom("export start")
            .frame(Frame::new().inner_margin(Margin::symmetric(0, 6)))
            .show(ui, |ui| match self.form.question(self.view).cloned() {
                Some(question) => actions.extend(self.ask(ui, &question)),
                None => self.start(ui, &mut actions),
            });
        ScrollArea::vertical().show(ui, |ui| {
            self.what(ui);
            self.which(ui);
            ui.separator();
            self.place(ui, &mut actions);
        });
        actions
    }

    fn what(&mut self, ui: &mut Ui) {
        ui.horizontal(|ui| {
            named_drop_down(ui, "Format", self.form.what.words(), 200.0, |ui| {
                for what in What::ALL {
                    ui.selectable_value(&mut self.form.what, what, what.words());
                }
            });
        });
        match self.form.what {
            What::Clips => self.clips(ui),
            what if what.knows_project_time() => {
                ui.horizontal(|ui| {
                    ui.label(weak("Times start at"));
                    let times = &mut self.form.times;
                    ui.radio_value(times, Times::Project, "project start");
                    ui.radio_value(times, Times::Take, "take start");
                });
            }
            _ => {
                ui.label(weak("All times start at the beginning of the take."));
            }
        }
    }

    fn clips(&mut self, ui: &mut Ui) {
        if self.form.class.is_empty() && !self.last_class.is_empty() {
            self.last_class.clone_into(&mut self.form.class);
        }
        ui.horizontal(|ui| {
            ui.label(weak("Class if unconfirmed"));
            let width = ui.available_width() - 8.0;
            text_field(
                ui,
                &mut self.form.class,
                "Class of unconfirmed regions",
                width,
            );
        });
        seconds(ui, "Skip shorter than", &mut self.form.min_length_s, 0.0);
        ui.checkbox(&mut self.form.in_pieces, "Cut equal pieces")
            .on_hover_text("Cut each region into as many pieces as fit, and skip shorter regions");
        if self.form.in_pieces {
            seconds(ui, "Piece length", &mut self.form.piece_s, SHORTEST_S);
            seconds(ui, "Piece interval", &mut self.form.spread_s, SHORTEST_S);
        }
        ui.label(weak(
            "Earmark makes one folder per class, as 8-cut does. A training uses these clips only with “Include scan exports”.",
        ));
    }

    fn which(&mut self, ui: &mut Ui) {
        let all = self.count_own(|_| true);
        let nothing_left_out = self.listed.arrangement.lists_all();
        match self.form.which {
            Which::Selected if self.selected.is_empty() => self.form.which = Which::All,
            Which::Listed if nothing_left_out => self.form.which = Which::All,
            _ => {}
        }
        let listed = self.count_listed(|_| true);
        let selected = self.count_selected(|_| true);
        if self.has_sounds() {
            let profile = &self.view.shown.profile;
            ui.label(weak(format!(
                "Exports the sound of {profile}: choose another profile to export another sound."
            )));
        }
        ui.horizontal_wrapped(|ui| {
            let which = &mut self.form.which;
            ui.radio_value(which, Which::All, format!("All regions ({all})"));
            if !nothing_left_out {
                ui.radio_value(which, Which::Listed, format!("Listed ({listed})"))
                    .on_hover_text("Export only what the list shows, without provisional regions");
            }
            ui.add_enabled_ui(!self.selected.is_empty(), |ui| {
                let words = format!("Selected ({selected})");
                ui.radio_value(which, Which::Selected, words);
            });
        });
        ui.checkbox(&mut self.form.rejected, "Include rejected regions")
            .on_hover_text("Also export disabled regions and hard negatives");
    }

    fn place(&mut self, ui: &mut Ui, actions: &mut Vec<Action>) {
        if let Some(extension) = self.form.what.extension() {
            ui.horizontal(|ui| {
                ui.label(weak("File"));
                let mut name = self.form.name(self.view);
                let width = ui.available_width() - 48.0;
                let (_, changed) = text_field(ui, &mut name, "File name", width);
                if changed {
                    // An empty field goes back to the suggested name.
                    self.form.name = Some(name).filter(|name| !name.is_empty());
                }
                ui.label(weak(format!(".{extension}")));
            });
        }
        let found = self.view.activity.folder.as_deref();
        let ending = self.form.what.extension();
        let browsed = folder_browser::show(ui, &mut self.form.place, found, ending);
        actions.extend(browsed.actions);
        if let Some(file) = browsed.file {
            self.form.name = Some(file);
        }
    }

    /// How many regions in a state that `is_wanted` are listed. Provisional ones have no row to be named by.
    fn count_listed(&self, is_wanted: impl Fn(RegionState) -> bool) -> usize {
        let is_saved = |state: RegionState| state != RegionState::Provisional;
        if self.has_sounds() {
            let rows = (0..self.listed.rows()).filter_map(|row| self.listed.at_row(row));
            let own = rows.filter(|region| self.view.results.is_own(region));
            let states = own.map(|region| region.state);
            return states.filter(|&it| is_saved(it) && is_wanted(it)).count();
        }
        let states = STATES.into_iter().filter(|&state| is_wanted(state));
        let saved = states.filter(|&state| is_saved(state));
        saved.map(|state| self.listed.count(state)).sum()
    }

    /// How many regions of the shown profile are in a state that `is_wanted`.
    fn count_own(&self, is_wanted: impl Fn(RegionState) -> bool) -> usize {
        if self.has_sounds() {
            let own = self.view.results.own_regions();
            return own.filter(|region| is_wanted(region.state)).count();
        }
        let states = STATES.into_iter().filter(|&state| is_wanted(state));
        states.map(|state| self.listed.index.count(state)).sum()
    }

    /// How many selected regions of the shown profile are in a state that `is_wanted`.
    fn count_selected(&self, is_wanted: impl Fn(RegionState) -> bool) -> usize {
        let results = &self.view.results;
        let indices = self.selected.iter();
        let indices = indices.filter_map(|&id| self.listed.index.index_of(id));
        let regions = indices.filter_map(|index| results.regions.get(index));
        let own = regions.filter(|region| results.is_own(region));
        own.filter(|region| is_wanted(region.state)).count()
    }

    /// Several sounds are looked for.
    fn has_sounds(&self) -> bool {
        self.view.results.sounds.len() > 1
    }

    /// How many regions there would be. Looks at none but the selected ones.
    fn count(&self) -> usize {
        let is_wanted = |state: RegionState| self.form.rejected || !state.is_rejected();
        match self.form.which {
            Which::All => self.count_own(is_wanted),
            Which::Listed => self.count_listed(is_wanted),
            Which::Selected => self.count_selected(is_wanted),
        }
    }

    fn chosen(&self) -> Chosen {
        match self.form.which {
            Which::All => Chosen::All,
            Which::Selected => Chosen::Only(self.selected.to_vec()),
            Which::Listed => {
                let listed = (0..self.listed.rows()).filter_map(|row| self.listed.at_row(row)?.id);
                Chosen::Only(listed.collect())
            }
        }
    }

    fn start(&self, ui: &mut Ui, actions: &mut Vec<Action>) {
        let exporting = self.view.activity.job.as_ref();
        if let Some(job) = exporting.filter(|job| job.kind == JobKind::Exporting) {
            ui.label(&job.stage);
            ui.horizontal(|ui| {
                ui.add(
                    ProgressBar::new(job.fraction.clamp(0.0, 1.0))
                        .desired_width(180.0)
                        .show_percentage(),
                );
                if ui.button("Cancel export").clicked() {
                    actions.push(Command::Work(Work::Cancel).into());
                }
            });
            return;
        }
        let is_busy = self.view.activity.job.is_some() && !matches!(self.form.what, What::List(_));
        let refused = if is_busy {
            Some("Another job is running: wait for it or cancel it above.")
        } else if self.view.shown.take.is_none() {
            Some("There is no take yet: play the track.")
        } else {
            self.form.refusal(self.view)
        };
        let words = format!("Export {}", counted(self.count(), "region", "regions"));
        ui.horizontal_wrapped(|ui| {
            let button =
                Button::new(RichText::new(words).strong()).min_size(egui::vec2(120.0, 26.0));
            let clicked = ui.add_enabled(refused.is_none(), button).clicked();
            if let Some(reason) = refused {
                ui.label(weak(reason));
            } else if clicked {
                let request = self.form.request(self.view, self.chosen());
                actions.extend(
                    request
                        .ok()
                        .map(|request| Command::Work(Work::Export(request)).into()),
                );
            }
        });
    }

    /// Asks about the files that already exist.
    fn ask(&mut self, ui: &mut Ui, question: &ExportQuestion) -> Option<Action> {
        let first = question.there.first().map(|path| file_name(path));
        let first = first.unwrap_or_default();
        let words = match question.there.len() {
            0 | 1 => format!("{first} already exists."),
            count => format!("{count} files already exist, for example {first}."),
        };
        let is_clips = question.request.choices.kind.is_clips();
        let answer = Frame::new()
            .fill(theme::colours().warning.gamma_multiply(0.14))
            .corner_radius(4)
            .inner_margin(Margin::same(8))
            .show(ui, |ui| {
                ui.set_width(ui.available_width());
                ui.label(RichText::new(words).strong());
                ui.horizontal_wrapped(|ui| {
                    if is_clips && ui.button("Save new files only").clicked() {
                        return Some(Some(IfThere::Keep));
                    }
                    let replace = match question.there.len() {
                        0 | 1 => "Replace the file",
                        _ => "Replace all files",
                    };
                    if ui.button(replace).clicked() {
                        return Some(Some(IfThere::Replace));
                    }
                    ui.button("Cancel").clicked().then_some(None)
                })
                .inner
            })
            .inner?;
        self.form.answered(question);
        answer.map(|if_there| {
            let mut request = question.request.clone();
            request.if_there = if_there;
            Command::Work(Work::Export(request)).into()
        })
    }
}

fn seconds(ui: &mut Ui, name: &str, value: &mut f64, least_s: f64) {
    ui.horizontal(|ui| {
        let label = ui.label(weak(name)).id;
        let field = DragValue::new(value)
            .range(least_s..=LONGEST_S)
            .speed(0.01)
            .fixed_decimals(2)
            .suffix(" s")
            .update_while_editing(false);
        ui.add(field).labelled_by(label);
    });
}
