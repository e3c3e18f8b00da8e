//! The row above the results: a tab per model, then take, version, comparison and threshold.

use std::cmp::Ordering;

use earmark_core::protocol::{
    Command, Compared, ComparisonView, MarkCheck, RegionShape, Show, TabView, TakeView, VersionView,
};
use earmark_core::time::timecode;
use egui::{Button, RichText, Role, Slider, Ui, WidgetInfo};

use super::region_shape::{self, ShapeForm};
use super::score_histogram::ScoreHistogram;
use crate::editor::action::{Action, Panel};
use crate::editor::theme;
use crate::editor::widgets::{
    counted, figures, glyph_button, keep_together, named_drop_down, weak,
};

/// The width of the value beside the slider, in points.
const VALUE_WIDTH: f32 = 40.0;

/// The row of one frame.
pub struct Tabs<'a> {
    pub tabs: &'a [TabView],
    pub shown_model: &'a str,
    /// The sounds that the classifier of the shown version finds.
    pub classes: &'a [String],
    pub takes: &'a [TakeView],
    pub shown_take: Option<&'a str>,
    pub versions: &'a [VersionView],
    pub shown_version: Option<&'a str>,
    pub comparison: Option<&'a ComparisonView>,
    pub threshold: f32,
    /// The suggestion of the newest classifier, if Earmark could measure it.
    pub suggested_threshold: Option<f32>,
    pub panel: Panel,
    pub histogram: &'a ScoreHistogram,
    pub shape: RegionShape,
    pub shape_form: &'a mut ShapeForm,
}

impl Tabs<'_> {
    /// Draws the row.
    pub fn show(self, ui: &mut Ui) -> Vec<Action> {
        let mut actions = Vec::new();
        ui.horizontal_wrapped(|ui| {
            self.models(ui, &mut actions);
            ui.separator();
            self.take(ui, &mut actions);
            self.version(ui, &mut actions);
            self.compare(ui, &mut actions);
            actions.extend(self.histogram.show(ui, self.threshold));
            self.threshold(ui, &mut actions);
            actions.extend(region_shape::show(ui, self.shape, self.shape_form));
        });
        if let Some(comparison) = self.comparison {
            totals(ui, comparison, &mut actions);
            self.errors(ui, comparison, &mut actions);
        }
        actions
    }

    fn models(&self, ui: &mut Ui, actions: &mut Vec<Action>) {
        if self.tabs.is_empty() {
            ui.label(weak("No model"));
        }
        for tab in self.tabs {
            let shown = tab.model == self.shown_model;
            let text = RichText::new(tab.label()).strong();
            let text = if shown {
                text
            } else {
                text.color(theme::colours().weak)
            };
            let response = ui
                .selectable_label(shown, text)
                .on_hover_text(self.tab_meaning(tab));
            if shown {
                let edge = response.rect;
                ui.painter().hline(
                    edge.x_range(),
                    edge.bottom(),
                    egui::Stroke::new(2.0, theme::colours().accent),
                );
            }
            if response.clicked() && !shown {
                actions.push(
                    Command::Show(Show::Model {
                        model: tab.model.clone(),
                    })
                    .into(),
                );
            }
        }
    }

    /// What the results of a tab are: the names of the sounds, where the window knows them.
    fn tab_meaning(&self, tab: &TabView) -> String {
        if tab.model != self.shown_model {
            format!("Show the results of {}", tab.model)
        } else if self.classes.is_empty() {
            format!("{} has no classifier yet", tab.model)
        } else {
            format!("{} finds {}", tab.model, self.classes.join(", "))
        }
    }

    fn take(&self, ui: &mut Ui, actions: &mut Vec<Action>) {
        if self.takes.len() < 2 {
            return;
        }
        let shown = self
            .takes
            .iter()
            .find(|take| Some(take.filename.as_str()) == self.shown_take);
        named_drop_down(
            ui,
            "Take",
            shown.map(take_words).unwrap_or_default(),
            128.0,
            |ui| {
                for take in self.takes {
                    let is_shown = Some(take.filename.as_str()) == self.shown_take;
                    let response = ui.selectable_label(is_shown, figures(take_words(take)));
                    if response.on_hover_text(&take.filename).clicked() && !is_shown {
                        actions.push(
                            Command::Show(Show::Take {
                                filename: take.filename.clone(),
                            })
                            .into(),
                        );
                    }
                }
            },
        );
    }

    fn version(&self, ui: &mut Ui, actions: &mut Vec<Action>) {
        let shown = self.find(self.shown_version);
        let selected = shown.map_or_else(
            || String::from("none"),
            |version| format!("v{}", version.row.number),
        );
        named_drop_down(ui, "Version", selected, 64.0, |ui| {
            for version in self.versions {
                let is_shown = Some(version.row.timestamp.as_str()) == self.shown_version;
                if ui
                    .selectable_label(is_shown, figures(version_words(version)))
                    .clicked()
                    && !is_shown
                {
                    let timestamp = Some(version.row.timestamp.clone());
                    actions.push(Command::Show(Show::Version(timestamp)).into());
                }
            }
            if self.versions.len() > 1 {
                ui.separator();
                if ui.selectable_label(false, "Newest version").clicked() {
                    actions.push(Command::Show(Show::Version(None)).into());
                }
            }
        });
        let manage = Button::new("Versions…").selected(self.panel == Panel::Versions);
        let response = ui.add_enabled(!self.versions.is_empty(), manage);
        if response
            .on_hover_text("Show, pin, restore and delete versions")
            .clicked()
        {
            actions.push(Action::Toggle(Panel::Versions));
        }
    }

    fn compare(&self, ui: &mut Ui, actions: &mut Vec<Action>) {
        let selected = self
            .comparison
            .map_or_else(|| String::from("none"), ComparisonView::name);
        let with = self.comparison.map(|comparison| &comparison.with);
        let mut entry = |ui: &mut Ui, words: RichText, choice: Option<Compared>| {
            let is_chosen = with == choice.as_ref();
            if ui.selectable_label(is_chosen, words).clicked() && !is_chosen {
                actions.push(Command::Show(Show::Comparison(choice)).into());
            }
        };
        named_drop_down(ui, "Compare with", selected, 72.0, |ui| {
            entry(ui, RichText::new("none"), None);
            for version in self.versions {
                if Some(version.row.timestamp.as_str()) == self.shown_version {
                    continue;
                }
                let choice = Compared::Version(version.row.timestamp.clone());
                entry(ui, figures(version_words(version)), Some(choice));
            }
            let scanned = self.tabs.iter().filter(|tab| tab.version.is_some());
            for tab in scanned.filter(|tab| tab.model != self.shown_model) {
                let model = tab.model.clone();
                entry(ui, figures(tab.label()), Some(Compared::Model { model }));
            }
        });
    }

    fn threshold(&self, ui: &mut Ui, actions: &mut Vec<Action>) {
        let slider_width = ui.spacing().slider_width + ui.spacing().item_spacing.x;
        keep_together(ui, "Threshold", slider_width + VALUE_WIDTH);
        let label = ui.label(weak("Threshold")).id;
        let mut threshold = self.threshold;
        let slider = Slider::new(&mut threshold, 0.0..=1.0)
            .step_by(0.01)
            .fixed_decimals(2);
        let response = ui.add(slider).labelled_by(label);
        response.widget_info(|| {
            let mut info = WidgetInfo::labeled(Role::Slider, true, "Threshold");
            info.value = Some(f64::from(self.threshold));
            info
        });
        if response.changed() {
            actions.push(Action::SetThreshold(threshold));
        }
        // The slider has steps of a hundredth.
        let suggested = self
            .suggested_threshold
            .map(|suggested| (suggested * 100.0).round() / 100.0);
        if let Some(suggested) = suggested
            && (suggested - self.threshold).abs() > 0.005
        {
            let button = ui.small_button(figures(format!("Use suggested {suggested:.2}")));
            let reason = "Use the threshold that worked best on held-out examples";
            if button.on_hover_text(reason).clicked() {
                actions.push(Action::SetThreshold(suggested));
            }
        }
    }

    /// The errors of both versions on the marks, which tell whether the training helped.
    fn errors(&self, ui: &mut Ui, comparison: &ComparisonView, actions: &mut Vec<Action>) {
        let check = |timestamp: Option<&str>| self.find(timestamp)?.check.as_deref();
        let before = comparison.check.as_deref();
        let (Some(now), Some(before)) = (check(self.shown_version), before) else {
            return;
        };
        let number = self
            .find(self.shown_version)
            .map_or(0, |one| one.row.number);
        let wrong = |check: &MarkCheck| check.hits.len() + check.misses.len();
        let verdict = match wrong(now).cmp(&wrong(before)) {
            Ordering::Less => RichText::new("▲ better").color(theme::colours().positive),
            Ordering::Equal => weak("= equal"),
            Ordering::Greater => RichText::new("▼ worse").color(theme::colours().negative),
        };
        ui.horizontal_wrapped(|ui| {
            ui.label(verdict);
            ui.label(figures(format!("v{number} {}", now.words())));
            ui.label(weak(format!("({} {})", comparison.name(), before.words())));
            let errors = Button::new("Show errors…").selected(self.panel == Panel::Versions);
            let errors = ui
                .add(errors)
                .on_hover_text("List every error of each version");
            if errors.clicked() {
                actions.push(Action::Toggle(Panel::Versions));
            }
        })
        .response
        .on_hover_text("Earmark checks both versions against all marks in this take");
    }

    fn find(&self, timestamp: Option<&str>) -> Option<&VersionView> {
        self.versions
            .iter()
            .find(|version| Some(version.row.timestamp.as_str()) == timestamp)
    }
}

fn totals(ui: &mut Ui, comparison: &ComparisonView, actions: &mut Vec<Action>) {
    ui.horizontal_wrapped(|ui| {
        let stop = glyph_button(ui, "×", "Stop comparing", true);
        if stop.on_hover_text("Stop comparing (C)").clicked() {
            actions.push(Command::Show(Show::Comparison(None)).into());
        }
        ui.label(weak(format!("Compared with {}:", comparison.name())));
        ui.label(figures(format!("= {} kept", comparison.kept)));
        ui.label(figures(format!("↔ {} moved", comparison.moved)));
        ui.label(figures(format!("+ {} new", comparison.new)));
        ui.label(figures(format!("− {} gone", comparison.gone.len())));
    });
}

fn take_words(take: &TakeView) -> String {
    if take.is_file {
        return take.filename.clone();
    }
    let recording = if take.recording { " ●" } else { "" };
    format!(
        "{} + {:.0} s{recording}",
        timecode(take.start_s),
        take.duration_s
    )
}

fn version_words(version: &VersionView) -> String {
    let mut words = format!(
        "v{}  {}  {}",
        version.row.number,
        version.date,
        counted(version.row.regions, "region", "regions")
    );
    if let Some(best) = version.row.best_score {
        words.push_str(&format!("  best {best:.2}"));
    }
    if let Some(classifier) = version.row.classifier {
        words.push_str(&format!("  classifier {classifier}"));
    }
    if version.row.pinned {
        words.push_str("  ◆ pinned");
    }
    words
}
