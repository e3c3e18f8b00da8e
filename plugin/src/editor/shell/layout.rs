//! Where everything is in the window: hands each view what it shows and gathers what it asks for.
//!
//! Runs on the window's thread. Nothing is done here; [`Shell::apply`] does what the views ask.

use earmark_core::protocol::{RegionView, Waveform};
use egui::{CentralPanel, Frame, Margin, Panel as Dock, Ui};

use super::apply::before_shown;
use super::{Picture, Shell, shown_take, times};
use crate::editor::action::{Action, Panel};
use crate::editor::listening::heard;
use crate::editor::review_order::Listed;
use crate::editor::theme;
use crate::editor::views::export::Export;
use crate::editor::views::header::Header;
use crate::editor::views::negatives::Negatives;
use crate::editor::views::profiles::Profiles;
use crate::editor::views::results::Results;
use crate::editor::views::settings::Settings;
use crate::editor::views::status::{AuditionButton, StatusBar};
use crate::editor::views::tabs::Tabs;
use crate::editor::views::timeline::Timeline;
use crate::editor::views::train::Train;
use crate::editor::views::train_form::classes_of;
use crate::editor::views::versions::Versions;
use crate::editor::views::{about, class_prompt, first_run, help, obstacles};

/// Windows of less height, in points, have no room for a panel below timeline and tabs.
const LOW_WINDOW: f32 = 600.0;

impl Shell {
    pub(super) fn draw(&mut self, ui: &mut Ui, picture: &Picture<'_>) -> Vec<Action> {
        let mut actions = Vec::new();
        let view = picture.view;
        let window_height = ui.available_height();
        let bar = Frame::new()
            .fill(theme::colours().background)
            .inner_margin(Margin::symmetric(8, 5));
        Dock::top("header").frame(bar).show(ui, |ui| {
            let header = Header {
                profile: &view.profile,
                profiles: &view.profiles,
                source_name: &view.source_name,
                capture: picture.capture,
                listening: picture.listening,
                behind_s: view.behind_s,
                job: view.job.as_ref(),
                review: picture.review,
                panel: self.panel,
                state: &mut self.header,
            };
            actions.extend(header.show(ui));
        });
        if !view.obstacles.is_empty() {
            Dock::top("obstacles").frame(Frame::new()).show(ui, |ui| {
                actions.extend(obstacles::show(ui, &view.obstacles));
            });
        }
        // The corner is for the hand that resizes the window.
        let above_corner = bar.inner_margin(Margin {
            right: 18,
            ..bar.inner_margin
        });
        Dock::bottom("status").frame(above_corner).show(ui, |ui| {
            let status = StatusBar {
                can_scan: view.job.is_none() && !view.takes.is_empty(),
                negatives: view.negatives.len(),
                marks_since_training: view.marks_since_training,
                reason_to_train: view.reason_to_train(),
                panel: self.panel,
                selected: self.selection.len(),
                audition: AuditionButton {
                    plays: view.audition.is_some(),
                    can_play: picture.review.mode.is_some()
                        && self.selected_stretch(view).is_some(),
                },
                means: self.playhead_means(picture),
                last_class: picture.last_class,
                status: view.status.as_ref(),
                undo: view.undo.as_deref(),
                redo: view.redo.as_deref(),
            };
            actions.extend(status.show(ui));
        });
        if let Some(prompt) = &mut self.prompt {
            Dock::bottom("class prompt")
                .frame(Frame::new())
                .show(ui, |ui| {
                    actions.extend(class_prompt::show(ui, prompt, &view.classes));
                });
        }
        // In a low window the panel has its whole height, and what is beside it makes do with the rest.
        let is_low = window_height < LOW_WINDOW && self.panel != Panel::None;
        if is_low {
            self.panel(ui, picture, &mut actions);
        }
        // Each remembers what the user makes of it.
        let (id, height, heights) = if is_low {
            ("low timeline", 92.0, 80.0..=200.0)
        } else {
            ("timeline", 190.0, 110.0..=420.0)
        };
        Dock::top(id)
            .resizable(true)
            .default_size(height)
            .size_range(heights)
            .frame(Frame::new())
            .show(ui, |ui| actions.extend(self.timeline(ui, picture)));
        Dock::top("tabs").frame(bar).show(ui, |ui| {
            let tabs = Tabs {
                tabs: &view.tabs,
                shown_model: &view.shown_model,
                takes: &view.takes,
                shown_take: view.shown_take.as_deref(),
                versions: &view.versions,
                shown_version: view.shown_version.as_deref(),
                comparison: view.comparison.as_ref(),
                threshold: picture.threshold,
                suggested_threshold: view.suggested_threshold(),
                panel: self.panel,
                histogram: &self.histogram,
                shape: view.shape,
                shape_form: &mut self.shape,
            };
            actions.extend(tabs.show(ui));
        });
        if !is_low {
            self.panel(ui, picture, &mut actions);
        }
        CentralPanel::default()
            .frame(
                Frame::new()
                    .fill(theme::colours().background)
                    .inner_margin(Margin::symmetric(8, 2)),
            )
            .show(ui, |ui| actions.extend(self.results(ui, picture)));
        actions
    }

    fn timeline(&mut self, ui: &mut Ui, picture: &Picture<'_>) -> Vec<Action> {
        let view = picture.view;
        let take = shown_take(view);
        let playhead_s = match (picture.capture.and_then(|capture| capture.playhead_s), take) {
            (Some(playhead_s), Some(take)) => Some(playhead_s - take.start_s),
            _ => None,
        };
        let empty = Waveform::default();
        Timeline {
            take,
            waveform: if take.is_some() {
                &view.waveform
            } else {
                &empty
            },
            wants_spectrogram: picture.spectrogram,
            spectrogram: view.spectrogram.as_ref(),
            scores: view.scores.as_ref(),
            regions: &view.regions,
            index: &self.index,
            gone: view
                .comparison
                .as_ref()
                .map_or(&[][..], |comparison| comparison.gone.as_slice()),
            threshold: picture.threshold,
            playhead_s,
            audition_s: auditioned_at(picture),
            heard: heard(picture, &self.index),
            selection: &self.selection,
            time_selection: self.time_selection,
            waiting_bound: self.marking_out.waiting(),
            times: times(picture),
            state: &mut self.timeline,
        }
        .show(ui)
    }

    fn panel(&mut self, ui: &mut Ui, picture: &Picture<'_>, actions: &mut Vec<Action>) {
        let view = picture.view;
        if self.panel == Panel::None {
            return;
        }
        let panel = self.panel;
        Dock::right("side panel")
            .resizable(true)
            .default_size(390.0)
            .size_range(300.0..=560.0)
            .frame(
                Frame::new()
                    .fill(theme::colours().raised.gamma_multiply(0.45))
                    .inner_margin(Margin::same(10)),
            )
            .show(ui, |ui| match panel {
                Panel::None => {}
                Panel::Help => actions.extend(help::show(ui)),
                Panel::About => actions.extend(about::show(ui, view.survey.as_deref())),
                Panel::Settings => {
                    let settings = Settings {
                        settings: view.settings.as_deref(),
                        survey: view.survey.as_deref(),
                        folder: view.folder.as_deref(),
                        form: &mut self.settings,
                    };
                    actions.extend(settings.show(ui));
                }
                Panel::Train => {
                    let train = Train {
                        model: &view.shown_model,
                        models: &view.tabs,
                        classes: classes_of(view),
                        negatives: view.negatives.len(),
                        marks_since_training: view.marks_since_training,
                        job: view.job.as_ref(),
                        training: view.training.as_ref(),
                        classifiers: &view.classifiers,
                        comparable: before_shown(view).is_some(),
                        compared: view.comparison.is_some(),
                        form: &mut self.train,
                    };
                    actions.extend(train.show(ui));
                }
                Panel::Negatives => {
                    let negatives = Negatives {
                        profile: &view.profile,
                        negatives: &view.negatives,
                        form: &mut self.negatives,
                    };
                    actions.extend(negatives.show(ui));
                }
                Panel::Export => {
                    let export = Export {
                        view,
                        index: &self.index,
                        filter: picture.filter,
                        selected: &self.selection.in_order(&view.regions),
                        last_class: picture.last_class,
                        form: &mut self.export,
                    };
                    actions.extend(export.show(ui));
                }
                Panel::Versions => {
                    let versions = Versions {
                        model: &view.shown_model,
                        filename: view.shown_take.as_deref().unwrap_or_default(),
                        take_start_s: shown_take(view).map_or(0.0, |take| take.start_s),
                        versions: &view.versions,
                        shown: view.shown_version.as_deref(),
                        form: &mut self.versions,
                    };
                    actions.extend(versions.show(ui));
                }
                Panel::Profiles => {
                    let profiles = Profiles {
                        shown: &view.profile,
                        profiles: &view.profiles,
                        counted: view.counted.as_ref(),
                        form: &mut self.profiles,
                    };
                    actions.extend(profiles.show(ui));
                }
            });
    }

    fn results(&mut self, ui: &mut Ui, picture: &Picture<'_>) -> Vec<Action> {
        let view = picture.view;
        let gone = view.comparison.as_ref();
        let nothing_gone = gone.is_none_or(|comparison| comparison.gone.is_empty());
        if view.regions.iter().all(RegionView::is_bare_mark) {
            let progress = first_run::Progress {
                has_audio: !view.takes.is_empty(),
                has_examples: view.classes.iter().any(|class| class.clips > 0)
                    || !view.classifiers.is_empty(),
                has_classifier: !view.classifiers.is_empty(),
                has_version: !view.versions.is_empty(),
            };
            if view.regions.is_empty() && nothing_gone {
                first_run::show(ui, progress);
                return Vec::new();
            }
            first_run::next(ui, progress);
        }
        let heard = heard(picture, &self.index);
        let reveal = if std::mem::take(&mut self.reveal) {
            self.selection.cursor_index(&self.index)
        } else {
            self.listening.reveal(heard)
        };
        Results {
            listed: Listed {
                regions: &view.regions,
                arrangement: &self.arrangement,
                index: &self.index,
            },
            order: picture.order,
            filter: picture.filter,
            times: times(picture),
            take_start_s: shown_take(view).map_or(0.0, |take| take.start_s),
            gone: view
                .comparison
                .as_ref()
                .map(|comparison| comparison.gone.as_slice()),
            selection: &self.selection,
            heard,
            reveal,
            state: &mut self.results,
        }
        .show(ui)
    }
}

/// Where in the shown take the audition is, in seconds from the take's start.
fn auditioned_at(picture: &Picture<'_>) -> Option<f64> {
    let audition = picture.view.audition.as_ref()?;
    let is_shown = picture.view.shown_take.as_ref() == Some(&audition.filename);
    is_shown.then_some(audition.span.start_s() + picture.heard_s?)
}
