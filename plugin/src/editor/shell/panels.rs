//! The side panel: gives the open panel what it shows, and collects the actions that it returns.
//!
//! Runs on the window's thread and must never wait.

use earmark_core::protocol::View;
use egui::{Frame, Margin, Panel as Dock, Ui};

use super::{FrameState, Shell, newest_sounds, shown_take};
use crate::editor::action::{Action, Panel};
use crate::editor::review_order::Listed;
use crate::editor::theme;
use crate::editor::views::export::Export;
use crate::editor::views::import::Import;
use crate::editor::views::library::LibraryPanel;
use crate::editor::views::negatives::Negatives;
use crate::editor::views::profiles::Profiles;
use crate::editor::views::settings::Settings;
use crate::editor::views::similar::Similar;
use crate::editor::views::train::Train;
use crate::editor::views::train_form::classes_of;
use crate::editor::views::versions::Versions;
use crate::editor::views::{about, help};

impl Shell {
    /// Draws the open panel, if there is one, and adds its actions.
    pub(super) fn panel(&mut self, ui: &mut Ui, frame: &FrameState<'_>, actions: &mut Vec<Action>) {
        if self.panel == Panel::None {
            return;
        }
        Dock::right("side panel")
            .resizable(true)
            .default_size(390.0)
            .size_range(300.0..=560.0)
            .frame(
                Frame::new()
                    .fill(theme::colours().raised.gamma_multiply(0.45))
                    .inner_margin(Margin::same(10)),
            )
            .show(ui, |ui| {
                actions.extend(match self.panel {
                    Panel::None => Vec::new(),
                    Panel::Help => help::show(ui),
                    Panel::About => about::show(ui, frame.view.storage.survey.as_deref()),
                    Panel::Settings => self.settings_panel(ui, frame),
                    Panel::Train => self.train_panel(ui, frame),
                    Panel::Negatives => self.negatives_panel(ui, frame),
                    Panel::Export => self.export_panel(ui, frame),
                    Panel::Similar => self.similar_panel(ui, frame),
                    Panel::Library => self.library_panel(ui, frame),
                    Panel::Import => self.import_panel(ui, frame),
                    Panel::Versions => self.versions_panel(ui, frame),
                    Panel::Profiles => self.profiles_panel(ui, frame),
                });
            });
    }

    fn settings_panel(&mut self, ui: &mut Ui, frame: &FrameState<'_>) -> Vec<Action> {
        let view = frame.view;
        let settings = Settings {
            settings: view.storage.settings.as_deref(),
            survey: view.storage.survey.as_deref(),
            folder: view.activity.folder.as_deref(),
            form: &mut self.settings,
        };
        settings.show(ui)
    }

    fn train_panel(&mut self, ui: &mut Ui, frame: &FrameState<'_>) -> Vec<Action> {
        let view = frame.view;
        let train = Train {
            model: &view.shown.model,
            models: &view.results.tabs,
            classes: classes_of(view),
            negatives: view.marks.negatives.len(),
            marks_since_training: view.marks.since_training,
            job: view.activity.job.as_ref(),
            training: view.learning.training.as_ref(),
            classifiers: &view.learning.classifiers,
            comparable: super::previous_version(view).is_some(),
            compared: view.results.comparison.is_some(),
            shown_classifier: shown_classifier(view),
            pack: view.pack.as_ref(),
            pack_credits: &view.learning.pack_credits,
            folder: view.activity.folder.as_deref(),
            form: &mut self.train,
        };
        train.show(ui)
    }

    fn negatives_panel(&mut self, ui: &mut Ui, frame: &FrameState<'_>) -> Vec<Action> {
        let negatives = Negatives {
            profile: &frame.view.shown.profile,
            negatives: &frame.view.marks.negatives,
            form: &mut self.negatives,
        };
        negatives.show(ui)
    }

    fn export_panel(&mut self, ui: &mut Ui, frame: &FrameState<'_>) -> Vec<Action> {
        let export = Export {
            view: frame.view,
            listed: Listed {
                regions: &frame.view.results.regions,
                arrangement: &self.arrangement,
                index: &self.index,
            },
            selected: &self.selection.in_order(&frame.view.results.regions),
            last_class: frame.last_class,
            form: &mut self.export,
        };
        export.show(ui)
    }

    fn similar_panel(&mut self, ui: &mut Ui, frame: &FrameState<'_>) -> Vec<Action> {
        let view = frame.view;
        let similar = Similar {
            similar: view.similar.as_ref(),
            folder: view.activity.folder.as_deref(),
            is_busy: view.activity.job.is_some(),
            form: &mut self.similar,
        };
        similar.show(ui)
    }

    fn library_panel(&mut self, ui: &mut Ui, frame: &FrameState<'_>) -> Vec<Action> {
        let library = LibraryPanel {
            library: &frame.view.library,
            folder: frame.view.activity.folder.as_deref(),
            sounds: newest_sounds(frame.view),
            is_busy: frame.view.activity.job.is_some(),
            audition: frame.view.activity.audition.as_ref(),
            form: &mut self.library,
        };
        library.show(ui)
    }

    fn import_panel(&mut self, ui: &mut Ui, frame: &FrameState<'_>) -> Vec<Action> {
        let view = frame.view;
        let import = Import {
            labels: self.import.answer(view),
            folder: view.activity.folder.as_deref(),
            profile: &view.shown.profile,
            undo: view.marks.undo.as_deref(),
            form: &mut self.import,
        };
        import.show(ui)
    }

    fn versions_panel(&mut self, ui: &mut Ui, frame: &FrameState<'_>) -> Vec<Action> {
        let view = frame.view;
        let versions = Versions {
            model: &view.shown.model,
            filename: view.shown.take.as_deref().unwrap_or_default(),
            take_start_s: shown_take(view).map_or(0.0, |take| take.start_s),
            versions: &view.results.versions,
            shown: view.shown.version.as_deref(),
            form: &mut self.versions,
        };
        versions.show(ui)
    }

    fn profiles_panel(&mut self, ui: &mut Ui, frame: &FrameState<'_>) -> Vec<Action> {
        let view = frame.view;
        let profiles = Profiles {
            shown: &view.shown.profile,
            profiles: &view.storage.profiles,
            counted: view.storage.counted.as_ref(),
            form: &mut self.profiles,
        };
        profiles.show(ui)
    }
}

/// The classifier that made the shown version.
fn shown_classifier(view: &View) -> Option<u32> {
    let mut versions = view.results.versions.iter();
    let shown = versions.find(|one| Some(&one.row.timestamp) == view.shown.version.as_ref());
    shown?.row.classifier
}
