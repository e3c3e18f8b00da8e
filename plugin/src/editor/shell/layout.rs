//! The layout of the window: gives each view what it shows, and collects the actions that the views return.
//!
//! Runs on the window's thread and must never wait. It changes nothing itself; [`Shell::apply`] carries out the actions.

use earmark_core::protocol::{RegionView, View, Waveform};
use egui::{CentralPanel, Frame, Margin, Panel as Dock, Ui};

use super::{FrameState, Shell, shown_sounds, shown_take, times};
use crate::editor::action::{Action, Panel};
use crate::editor::mark_target::region_at_playhead;
use crate::editor::review_order::Listed;
use crate::editor::theme;
use crate::editor::views::header::Header;
use crate::editor::views::results::Results;
use crate::editor::views::status::{AuditionButton, StatusBar};
use crate::editor::views::tabs::Tabs;
use crate::editor::views::timeline::Timeline;
use crate::editor::views::{class_prompt, first_run, obstacles};
use crate::review::SortBy;

/// Windows of less height, in points, have no room for a panel below timeline and tabs.
const LOW_WINDOW: f32 = 600.0;
/// Room for the corner that resizes the window, in points.
const CORNER: i8 = 18;

impl Shell {
    /// Draws all views and returns their actions in order.
    pub(super) fn draw(&mut self, ui: &mut Ui, frame: &FrameState<'_>) -> Vec<Action> {
        let mut actions = Vec::new();
        let is_low = ui.available_height() < LOW_WINDOW && self.panel != Panel::None;
        self.header(ui, frame, &mut actions);
        if !frame.view.health.obstacles.is_empty() {
            Dock::top("obstacles").frame(Frame::new()).show(ui, |ui| {
                actions.extend(obstacles::show(ui, &frame.view.health.obstacles));
            });
        }
        self.status(ui, frame, &mut actions);
        self.class_prompt(ui, frame, &mut actions);
        self.note_prompt(ui, &mut actions);
        // In a low window the panel gets the whole height, and the other views the rest.
        if is_low {
            self.panel(ui, frame, &mut actions);
        }
        self.timeline_dock(ui, frame, is_low, &mut actions);
        self.tabs(ui, frame, &mut actions);
        if !is_low {
            self.panel(ui, frame, &mut actions);
        }
        CentralPanel::default()
            .frame(
                Frame::new()
                    .fill(theme::colours().background)
                    .inner_margin(Margin::symmetric(8, 2)),
            )
            .show(ui, |ui| actions.extend(self.results(ui, frame)));
        actions
    }

    fn header(&mut self, ui: &mut Ui, frame: &FrameState<'_>, actions: &mut Vec<Action>) {
        let view = frame.view;
        Dock::top("header").frame(bar()).show(ui, |ui| {
            let header = Header {
                profile: &view.shown.profile,
                profiles: &view.storage.profiles,
                learned: &view.storage.learned,
                watched: &view.shown.watched,
                source_name: &view.source.name,
                sounds: shown_sounds(view),
                capture: frame.capture,
                listening: frame.listening,
                output: frame.output,
                is_scanned: view.shown.version.is_some(),
                behind_s: view.source.behind_s,
                job: view.activity.job.as_ref(),
                review: frame.review,
                panel: self.panel,
                state: &mut self.header,
            };
            actions.extend(header.show(ui));
        });
    }

    fn status(&self, ui: &mut Ui, frame: &FrameState<'_>, actions: &mut Vec<Action>) {
        let view = frame.view;
        let mut beside_corner = bar();
        beside_corner.inner_margin.right = CORNER;
        Dock::bottom("status").frame(beside_corner).show(ui, |ui| {
            let status = StatusBar {
                can_scan: view.activity.job.is_none() && !view.source.takes.is_empty(),
                negatives: view.marks.negatives.len(),
                marks_since_training: view.marks.since_training,
                reason_to_train: view.reason_to_train(),
                panel: self.panel,
                selected: self.selection.len(),
                is_time_selected: self.time_selection.is_some(),
                audition: AuditionButton {
                    plays: view.activity.audition.is_some(),
                    can_play: frame.review.mode.is_some() && self.selected_span(view).is_some(),
                },
                target_at_playhead: self.target_at_playhead(frame),
                last_class: frame.last_class,
                status: view.health.status.as_ref(),
                undo: view.marks.undo.as_deref(),
                redo: view.marks.redo.as_deref(),
            };
            actions.extend(status.show(ui));
        });
    }

    fn class_prompt(&mut self, ui: &mut Ui, frame: &FrameState<'_>, actions: &mut Vec<Action>) {
        let Some(prompt) = &mut self.prompt else {
            return;
        };
        Dock::bottom("class prompt")
            .frame(Frame::new())
            .show(ui, |ui| {
                actions.extend(class_prompt::show(ui, prompt, &frame.view.marks.classes));
            });
    }

    fn note_prompt(&mut self, ui: &mut Ui, actions: &mut Vec<Action>) {
        if let Some(note) = &mut self.note {
            let dock = Dock::bottom("note prompt").frame(Frame::new());
            dock.show(ui, |ui| actions.extend(note.prompt.show(ui)));
        }
    }

    fn timeline_dock(
        &mut self,
        ui: &mut Ui,
        frame: &FrameState<'_>,
        is_low: bool,
        actions: &mut Vec<Action>,
    ) {
        // egui remembers the user's height under each name.
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
            .show(ui, |ui| actions.extend(self.timeline(ui, frame)));
    }

    fn timeline(&mut self, ui: &mut Ui, frame: &FrameState<'_>) -> Vec<Action> {
        let view = frame.view;
        let take = shown_take(view);
        let playhead_s = match (frame.capture.and_then(|capture| capture.playhead_s), take) {
            (Some(playhead_s), Some(take)) => take.at_project_s(playhead_s),
            _ => None,
        };
        let empty = Waveform::default();
        Timeline {
            take,
            waveform: if take.is_some() {
                &view.results.waveform
            } else {
                &empty
            },
            wants_spectrogram: frame.spectrogram,
            spectrogram: view.results.spectrogram.as_ref(),
            look: frame.spectrogram_look,
            frequencies: frame.frequencies,
            scores: view.results.scores.as_ref(),
            regions: &view.results.regions,
            has_sounds: view.results.sounds.len() > 1,
            index: &self.index,
            gone: view
                .results
                .comparison
                .as_ref()
                .map_or(&[][..], |comparison| comparison.gone.as_slice()),
            threshold: frame.threshold,
            playhead_s,
            audition_s: audition_playhead_s(frame),
            at_playhead: region_at_playhead(frame, &self.index),
            selection: &self.selection,
            time_selection: self.time_selection,
            open_point: self.in_out.waiting(),
            times: times(frame),
            state: &mut self.timeline,
        }
        .show(ui)
    }

    fn tabs(&mut self, ui: &mut Ui, frame: &FrameState<'_>, actions: &mut Vec<Action>) {
        let view = frame.view;
        Dock::top("tabs").frame(bar()).show(ui, |ui| {
            let tabs = Tabs {
                tabs: &view.results.tabs,
                shown_model: &view.shown.model,
                classes: shown_sounds(view),
                takes: &view.source.takes,
                shown_take: view.shown.take.as_deref(),
                versions: &view.results.versions,
                shown_version: view.shown.version.as_deref(),
                comparison: view.results.comparison.as_ref(),
                threshold: frame.threshold,
                suggested_threshold: view.suggested_threshold(),
                panel: self.panel,
                histogram: &self.histogram,
                shape: view.shown.shape,
                shape_form: &mut self.shape,
            };
            actions.extend(tabs.show(ui));
        });
    }

    fn results(&mut self, ui: &mut Ui, frame: &FrameState<'_>) -> Vec<Action> {
        let view = frame.view;
        let comparison = view.results.comparison.as_ref();
        let nothing_gone = comparison.is_none_or(|comparison| comparison.gone.is_empty());
        if view.results.regions.iter().all(RegionView::is_bare_mark) {
            let progress = progress(view);
            if view.results.regions.is_empty() && nothing_gone {
                first_run::show(ui, progress);
                return Vec::new();
            }
            first_run::next(ui, progress);
        }
        let mut actions = Vec::new();
        if frame.order.by == SortBy::Balanced {
            self.truth.follow(view, frame.threshold);
            actions.extend(self.truth.show(ui, frame.threshold));
        }
        let at_playhead = region_at_playhead(frame, &self.index);
        let reveal = if std::mem::take(&mut self.reveal) {
            self.selection.cursor_index(&self.index)
        } else {
            self.playhead_follow.reveal(at_playhead)
        };
        let results = Results {
            listed: Listed {
                regions: &view.results.regions,
                arrangement: &self.arrangement,
                index: &self.index,
            },
            order: frame.order,
            filter: frame.filter,
            sought: &self.sought.text,
            sounds: &view.results.sounds,
            listed_sound: frame.listed_sound,
            times: times(frame),
            take_start_s: shown_take(view).map_or(0.0, |take| take.start_s),
            take_path: shown_take(view).map(|take| take.path.as_path()),
            gone: comparison.map(|comparison| comparison.gone.as_slice()),
            selection: &self.selection,
            at_playhead,
            reveal,
            state: &mut self.results,
        };
        actions.extend(results.show(ui));
        actions
    }
}

/// The frame of a row across the window.
fn bar() -> Frame {
    Frame::new()
        .fill(theme::colours().background)
        .inner_margin(Margin::symmetric(8, 5))
}

fn progress(view: &View) -> first_run::Progress {
    let has_classifier = !view.learning.classifiers.is_empty();
    first_run::Progress {
        has_audio: !view.source.takes.is_empty(),
        has_examples: has_classifier || view.marks.classes.iter().any(|class| class.clips > 0),
        has_classifier,
        has_version: !view.results.versions.is_empty(),
    }
}

/// The playhead of the audition in the shown take, in seconds from the take's start.
fn audition_playhead_s(frame: &FrameState<'_>) -> Option<f64> {
    let audition = frame.view.activity.audition.as_ref()?;
    let is_shown = frame.view.shown.take.as_ref() == Some(&audition.filename);
    is_shown.then_some(audition.span.start_s() + frame.auditioned_s?)
}
