//! The window as a whole, without a host around it: lays the views out, and does what they ask in one place.
//!
//! Lives on the window's thread. Takes a [`Picture`] of everything shown, keeps only what belongs to the window
//! itself (selection, zoom, open panel, forms), and gives back what must leave the window. It can be driven by a
//! test exactly as by a person.

use earmark_core::engine::command::Command;
use earmark_core::engine::view::{View, Waveform};
use earmark_core::time::Span;
use egui::{CentralPanel, Frame, Margin, Panel as Dock, Ui};

use super::action::{Action, Outgoing, Panel};
use super::listening::{Listening, Meant, heard};
use super::review_order::{Arrangement, Listed, ReviewOrder};
use super::selection::Selection;
use super::views::class_prompt::{self, PromptState};
use super::views::first_run;
use super::views::header::{CaptureView, Header, HeaderState};
use super::views::negatives::{Negatives, NegativesForm};
use super::views::profiles::{Profiles, ProfilesForm};
use super::views::region_shape::ShapeForm;
use super::views::results::Results;
use super::views::score_histogram::ScoreHistogram;
use super::views::status::{AuditionButton, StatusBar};
use super::views::tabs::Tabs;
use super::views::timeline::{MIN_VISIBLE_S, Timeline, TimelineState, visible_span};
use super::views::train::Train;
use super::views::train_form::{TrainForm, classes_of};
use super::views::versions::{Versions, VersionsForm};
use super::views::{help, obstacles};
use super::{keys, theme};
use crate::state::AuditionSettings;

/// Shortest stretch of bare time that counts as a selection, in seconds; less is a slip of the hand.
const MIN_TIME_SELECTION_S: f64 = 0.02;

/// Everything the window shows at one moment.
#[derive(Debug, Clone, Copy)]
pub struct Picture<'a> {
    pub view: &'a View,
    /// `None` before the host activated the plugin.
    pub capture: Option<CaptureView>,
    /// The parameter's value, which leads `view.threshold` by as long as the engine takes.
    pub threshold: f32,
    pub listening: bool,
    /// The class P confirms as; empty until the first time.
    pub last_class: &'a str,
    pub audition: AuditionSettings,
    /// What the results are sorted by, and where S goes next.
    pub order: ReviewOrder,
    /// Seconds of the auditioned region that have been heard; `None` while none sounds.
    pub heard_s: Option<f64>,
}

/// What the window itself remembers.
#[derive(Debug, Default)]
pub struct Shell {
    selection: Selection,
    arrangement: Arrangement,
    histogram: ScoreHistogram,
    shape: ShapeForm,
    time_selection: Option<Span>,
    timeline: TimelineState,
    panel: Panel,
    prompt: Option<PromptState>,
    /// What the prompt asks about.
    prompt_about: Option<Meant>,
    listening: Listening,
    /// There is something that Space would play or stop.
    takes_space: bool,
    header: HeaderState,
    train: TrainForm,
    negatives: NegativesForm,
    versions: VersionsForm,
    profiles: ProfilesForm,
    /// The cursor moved by key: bring it into sight.
    reveal: bool,
    was_typing: bool,
    /// The take the zoom and the time selection belong to.
    take: Option<String>,
    /// The zoom that the project was saved with, until there is a take to apply it to.
    recalled: Option<Option<Span>>,
}

impl Shell {
    /// Draws one frame and returns what it asks of the engine and the host, in order.
    pub fn ui(&mut self, ui: &mut Ui, picture: &Picture<'_>) -> Vec<Outgoing> {
        self.follow(picture.view);
        self.arrangement
            .follow(&picture.view.regions, picture.order, picture.threshold);
        self.histogram
            .follow(picture.view.scores.as_ref(), &picture.view.regions);
        self.listening.look(picture);
        let mut outgoing = Vec::new();
        // Keys first, so that this frame already shows what they did.
        for action in keys::take(ui.ctx(), self.was_typing) {
            self.apply(action, picture, &mut outgoing);
        }
        for action in self.draw(ui, picture) {
            self.apply(action, picture, &mut outgoing);
        }
        // Last, so that what was chosen in this frame is counted at once.
        let consider = self
            .train
            .consider(self.panel == Panel::Train, picture.view);
        outgoing.extend(consider.map(Outgoing::Command));
        self.was_typing = ui.ctx().text_edit_focused();
        let playable = self.selected_stretch(picture.view).is_some();
        self.takes_space =
            picture.view.audition.is_some() || (picture.audition.mode.is_some() && playable);
        outgoing
    }

    /// Whether Space means something here; else it is the host's.
    pub fn takes_space(&self) -> bool {
        self.takes_space
    }

    /// The zoomed stretch of the timeline, in seconds from the take's start; `None` while it shows everything.
    pub fn visible(&self) -> Option<Span> {
        self.timeline.visible
    }

    /// Zooms as the project was saved, as soon as there is a take.
    pub fn recall_zoom(&mut self, visible: Option<Span>) {
        self.recalled = Some(visible);
    }

    /// The zoom that the project should remember; `None` while there is nothing to zoom.
    pub fn zoom(&self) -> Option<Option<Span>> {
        let is_settled = self.take.is_some() && self.recalled.is_none();
        is_settled.then_some(self.timeline.visible)
    }

    /// Lets go of what the new picture no longer has.
    fn follow(&mut self, view: &View) {
        self.selection.retain(&view.regions);
        if self.take != view.shown_take {
            self.take.clone_from(&view.shown_take);
            self.timeline = TimelineState::default();
            self.time_selection = None;
            self.selection.clear();
        }
        if let Some(take) = shown_take(view)
            && let Some(recalled) = self.recalled.take()
        {
            self.timeline.visible = recalled.and_then(|span| {
                let length_s = span.duration_s().max(MIN_VISIBLE_S);
                visible_span(span.start_s(), length_s, take.duration_s)
            });
        }
        self.train.suggest(view);
    }

    fn draw(&mut self, ui: &mut Ui, picture: &Picture<'_>) -> Vec<Action> {
        let mut actions = Vec::new();
        let view = picture.view;
        let bar = Frame::new()
            .fill(theme::BACKGROUND)
            .inner_margin(Margin::symmetric(8, 5));
        Dock::top("header").frame(bar).show(ui, |ui| {
            let header = Header {
                profile: &view.profile,
                profiles: &view.profiles,
                source_name: &view.source_name,
                capture: picture.capture,
                listening: picture.listening,
                job: view.job.as_ref(),
                audition: picture.audition,
                state: &mut self.header,
            };
            actions.extend(header.show(ui));
        });
        if !view.obstacles.is_empty() {
            Dock::top("obstacles").frame(Frame::new()).show(ui, |ui| {
                actions.extend(obstacles::show(ui, &view.obstacles));
            });
        }
        Dock::top("timeline")
            .resizable(true)
            .default_size(190.0)
            .size_range(110.0..=420.0)
            .frame(Frame::new())
            .show(ui, |ui| actions.extend(self.timeline(ui, picture)));
        Dock::bottom("status").frame(bar).show(ui, |ui| {
            let status = StatusBar {
                can_scan: view.job.is_none() && !view.takes.is_empty(),
                negatives: view.negatives.len(),
                marks_since_training: view.marks_since_training,
                panel: self.panel,
                selected: self.selection.len(),
                audition: AuditionButton {
                    plays: view.audition.is_some(),
                    can_play: picture.audition.mode.is_some()
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
                panel: self.panel,
                histogram: &self.histogram,
                shape: view.shape,
                shape_form: &mut self.shape,
            };
            actions.extend(tabs.show(ui));
        });
        self.panel(ui, view, &mut actions);
        CentralPanel::default()
            .frame(
                Frame::new()
                    .fill(theme::BACKGROUND)
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
            scores: view.scores.as_deref(),
            regions: &view.regions,
            gone: view
                .comparison
                .as_ref()
                .map_or(&[][..], |comparison| comparison.gone.as_slice()),
            threshold: picture.threshold,
            playhead_s,
            audition_s: auditioned_at(picture),
            heard: heard(picture),
            selection: &self.selection,
            time_selection: self.time_selection,
            state: &mut self.timeline,
        }
        .show(ui)
    }

    fn panel(&mut self, ui: &mut Ui, view: &View, actions: &mut Vec<Action>) {
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
                    .fill(theme::RAISED.gamma_multiply(0.45))
                    .inner_margin(Margin::same(10)),
            )
            .show(ui, |ui| match panel {
                Panel::None => {}
                Panel::Help => actions.extend(help::show(ui)),
                Panel::Train => {
                    let train = Train {
                        model: &view.shown_model,
                        classes: classes_of(view),
                        negatives: view.negatives.len(),
                        marks_since_training: view.marks_since_training,
                        job: view.job.as_ref(),
                        training: view.training.as_ref(),
                        classifiers: &view.classifiers,
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
                Panel::Versions => {
                    let versions = Versions {
                        model: &view.shown_model,
                        filename: view.shown_take.as_deref().unwrap_or_default(),
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
        if view.regions.is_empty() {
            let progress = first_run::Progress {
                has_audio: !view.takes.is_empty(),
                has_examples: view.classes.iter().any(|class| class.clips > 0)
                    || !view.classifiers.is_empty(),
                has_classifier: !view.classifiers.is_empty(),
                has_version: !view.versions.is_empty(),
            };
            first_run::show(ui, progress);
            return Vec::new();
        }
        let heard = heard(picture);
        let reveal = if std::mem::take(&mut self.reveal) {
            self.selection.cursor_index(&view.regions)
        } else {
            self.listening.reveal(heard)
        };
        Results {
            listed: Listed {
                regions: &view.regions,
                arrangement: &self.arrangement,
            },
            order: picture.order,
            take_start_s: shown_take(view).map_or(0.0, |take| take.start_s),
            comparing: view.comparison.is_some(),
            selection: &self.selection,
            heard,
            reveal,
        }
        .show(ui)
    }

    /// Does one action: the only place where the window changes and where commands are made of selections.
    pub fn apply(&mut self, action: Action, picture: &Picture<'_>, outgoing: &mut Vec<Outgoing>) {
        let view = picture.view;
        let listed = Listed {
            regions: &view.regions,
            arrangement: &self.arrangement,
        };
        match action {
            Action::Send(command) => outgoing.push(Outgoing::Command(command)),
            Action::SetThreshold(threshold) => {
                outgoing.push(Outgoing::Threshold(threshold.clamp(0.0, 1.0)));
            }
            Action::SetListening(listening) => outgoing.push(Outgoing::Listening(listening)),
            Action::RenameSource(name) => outgoing.push(Outgoing::SourceName(name)),
            Action::Pick(index, how) => {
                self.selection.pick(listed, index, how);
                self.after_selecting(picture, outgoing);
            }
            Action::Step { by, extend } => {
                self.selection.step(listed, by, extend);
                self.after_selecting(picture, outgoing);
            }
            Action::NextToReview => {
                self.selection.next_to_review(listed);
                self.after_selecting(picture, outgoing);
            }
            Action::SetOrder(order) => outgoing.push(Outgoing::ReviewOrder(order)),
            Action::SelectAll if self.panel == Panel::Negatives => {
                self.negatives.select_all(&view.negatives);
            }
            Action::SelectAll => {
                self.selection.select_all(&view.regions);
                self.listening.choose();
                self.time_selection = None;
            }
            Action::SelectTime(span) => {
                self.time_selection = (span.duration_s() >= MIN_TIME_SELECTION_S).then_some(span);
                self.selection.clear();
                self.listening.choose();
            }
            Action::Dismiss => self.dismiss(view, outgoing),
            Action::MarkNegative => {
                let meant = self.meant(picture);
                self.mark(meant.map(Meant::negative), outgoing);
            }
            Action::MarkUnsure => {
                let meant = self.meant(picture);
                self.mark(meant.map(Meant::unsure), outgoing);
            }
            Action::MarkPositive { ask } => {
                let meant = self.meant(picture);
                if meant.is_some() && (ask || picture.last_class.is_empty()) {
                    // By the time it is answered the playhead is elsewhere.
                    self.prompt_about = meant;
                    self.prompt = Some(PromptState::default());
                } else {
                    let class = picture.last_class.to_owned();
                    self.mark(meant.map(|meant| meant.positive(class)), outgoing);
                }
            }
            Action::ConfirmAs(class) => {
                self.prompt = None;
                outgoing.push(Outgoing::LastClass(class.clone()));
                let meant = self.prompt_about.take();
                self.mark(meant.map(|meant| meant.positive(class)), outgoing);
            }
            Action::Audition if view.audition.is_some() => {
                outgoing.push(Outgoing::Command(Command::StopAudition));
            }
            Action::Audition => {
                let selected = self.selected_stretch(view);
                outgoing.extend(selected.and_then(|stretch| audition(picture, stretch)));
            }
            Action::AuditionStretch { filename, span } => {
                outgoing.extend(audition(picture, (filename, span)));
            }
            Action::SetAudition(settings) => outgoing.push(Outgoing::Audition(settings)),
            Action::Disable if self.panel == Panel::Negatives && self.selection.is_empty() => {
                let command = self.negatives.remove_selected(&view.negatives);
                outgoing.extend(command.map(Outgoing::Command));
            }
            Action::Disable => {
                let regions = self.selection.in_order(&view.regions);
                if !regions.is_empty() {
                    outgoing.push(Outgoing::Command(Command::ToggleDisabled { regions }));
                }
            }
            Action::Merge => {
                let regions = self.selection.in_order(&view.regions);
                if regions.len() > 1 {
                    outgoing.push(Outgoing::Command(Command::MergeRegions { regions }));
                }
            }
            Action::Toggle(panel) => {
                self.panel = if self.panel == panel {
                    Panel::None
                } else {
                    panel
                };
            }
            Action::ShowTime(span) => self.timeline.visible = span,
        }
    }

    fn nothing_selected(&self) -> bool {
        self.selection.is_empty() && self.time_selection.is_none()
    }

    /// What N, P and U are about, if anything.
    fn meant(&self, picture: &Picture<'_>) -> Option<Meant> {
        let view = picture.view;
        let filename = view.shown_take.clone()?;
        if let Some(index) = self.playhead_means(picture) {
            let region = view.regions.get(index)?;
            let span = region.span;
            return Some(match region.id {
                Some(id) => Meant::Regions(vec![id]),
                None => Meant::Stretch { filename, span },
            });
        }
        if let Some(span) = self.time_selection {
            return Some(Meant::Stretch { filename, span });
        }
        let regions = self.selection.in_order(&view.regions);
        (!regions.is_empty()).then_some(Meant::Regions(regions))
    }

    /// The region under the playhead, if that is what N, P and U are about.
    fn playhead_means(&self, picture: &Picture<'_>) -> Option<usize> {
        heard(picture).filter(|_| self.listening.follows() || self.nothing_selected())
    }

    fn mark(&mut self, command: Option<Command>, outgoing: &mut Vec<Outgoing>) {
        if let Some(command) = command {
            self.time_selection = None;
            outgoing.push(Outgoing::Command(command));
        }
    }

    /// What Space plays: the stretch of time or the region that the keys stand on.
    fn selected_stretch(&self, view: &View) -> Option<(String, Span)> {
        let filename = view.shown_take.clone()?;
        if let Some(span) = self.time_selection {
            return Some((filename, span));
        }
        let index = self.selection.cursor_index(&view.regions)?;
        let region = view.regions.get(index)?;
        (!self.selection.is_empty()).then_some((filename, region.span))
    }

    /// Escape: the topmost thing that can be closed.
    fn dismiss(&mut self, view: &View, outgoing: &mut Vec<Outgoing>) {
        if self.prompt.take().is_some() {
            return;
        }
        if view.audition.is_some() {
            outgoing.push(Outgoing::Command(Command::StopAudition));
            return;
        }
        if self.time_selection.take().is_some() {
            return;
        }
        if self.selection.is_empty() {
            self.panel = Panel::None;
        } else {
            self.selection.clear();
        }
    }

    /// A selected region replaces a stretch of time, is brought into sight and, if wanted, to the ear.
    fn after_selecting(&mut self, picture: &Picture<'_>, outgoing: &mut Vec<Outgoing>) {
        let view = picture.view;
        self.time_selection = None;
        self.reveal = true;
        self.listening.choose();
        if let Some((filename, span)) = self.selected_stretch(view) {
            if picture.audition.follows_selection {
                outgoing.extend(audition(picture, (filename.clone(), span)));
            }
            outgoing.push(Outgoing::PointAt { filename, span });
        }
        let (Some(index), Some(visible), Some(take)) = (
            self.selection.cursor_index(&view.regions),
            self.timeline.visible,
            shown_take(view),
        ) else {
            return;
        };
        if let Some(region) = view.regions.get(index)
            && (region.span.start_s() < visible.start_s() || region.span.end_s() > visible.end_s())
        {
            let from_s = region.span.centre_s() - 0.5 * visible.duration_s();
            self.timeline.visible = visible_span(from_s, visible.duration_s(), take.duration_s);
        }
    }
}

/// The command that plays `stretch`, unless auditions are switched off.
fn audition(picture: &Picture<'_>, (filename, span): (String, Span)) -> Option<Outgoing> {
    let mode = picture.audition.mode?;
    Some(Outgoing::Command(Command::Audition {
        filename,
        span,
        mode,
    }))
}

/// Where in the shown take the audition is, in seconds from the take's start.
fn auditioned_at(picture: &Picture<'_>) -> Option<f64> {
    let audition = picture.view.audition.as_ref()?;
    let is_shown = picture.view.shown_take.as_ref() == Some(&audition.filename);
    is_shown.then_some(audition.span.start_s() + picture.heard_s?)
}

/// The take on show.
pub fn shown_take(view: &View) -> Option<&earmark_core::engine::view::TakeView> {
    view.takes
        .iter()
        .find(|take| Some(&take.filename) == view.shown_take.as_ref())
}
