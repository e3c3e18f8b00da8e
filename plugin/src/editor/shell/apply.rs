//! What the window does: every [`Action`] of keys and views, in one place.
//!
//! Runs on the window's thread; changes what the window itself remembers and makes the engine's commands.

use earmark_core::protocol::{Command, Compared, RegionState, ShownId, Subject, View};
use earmark_core::time::Span;

use super::{Picture, Shell, playhead_in_take, shown_take, times};
use crate::editor::action::{Action, Outgoing, Panel};
use crate::editor::listening::heard;
use crate::editor::review_order::Listed;
use crate::editor::views::class_prompt::PromptState;
use crate::editor::views::timeline::{Edge, visible_span};
use crate::editor::views::train_form::classes_of;

/// Shortest stretch of bare time that counts as a selection, in seconds; less is a slip of the hand.
const MIN_TIME_SELECTION_S: f64 = 0.02;

impl Shell {
    /// Does one action: the only place where the window changes and where commands are made of selections.
    pub fn apply(&mut self, action: Action, picture: &Picture<'_>, outgoing: &mut Vec<Outgoing>) {
        let view = picture.view;
        let listed = Listed {
            regions: &view.regions,
            arrangement: &self.arrangement,
            index: &self.index,
        };
        match action {
            Action::Send(command) => outgoing.push(Outgoing::Command(command)),
            Action::Change(target) => outgoing.push(Outgoing::Command(view.change(target))),
            Action::RemoveNegatives(negatives) => {
                outgoing.push(Outgoing::Command(view.remove_negatives(&negatives)));
            }
            Action::ChangeVersion { timestamp, target } => {
                outgoing.push(Outgoing::Command(view.change_version(&timestamp, target)));
            }
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
            Action::SetFilter(filter) => outgoing.push(Outgoing::StateFilter(filter)),
            Action::SetTimeFormat(format) => outgoing.push(Outgoing::TimeFormat(format)),
            Action::SetOrder(order) => outgoing.push(Outgoing::ReviewOrder(order)),
            Action::SelectAll if self.is_touched(Panel::Negatives) => {
                self.negatives.follow(&view.negatives);
                self.negatives.select_all();
            }
            Action::SelectAll => {
                self.selection.select_all(listed);
                self.listening.choose();
                self.touched = Panel::None;
                self.time_selection = None;
            }
            Action::SelectTime(span) => self.select_time(span),
            Action::SetBound(bound) => {
                if let Some(at_s) = playhead_in_take(picture) {
                    let known = self.time_selection.take();
                    self.selection.clear();
                    if let Some(span) = self.marking_out.set(bound, at_s, known) {
                        self.select_time(span);
                    }
                }
            }
            Action::Touch(panel) => self.touched = panel,
            Action::GoTo(span) => {
                self.select_time(span);
                self.bring_into_sight(span, picture);
            }
            Action::Dismiss => self.dismiss(view, outgoing),
            Action::MarkNegative => {
                let meant = self.meant(picture);
                self.mark(meant.map(Subject::negative), outgoing);
                self.advance(picture, RegionState::Negative, outgoing);
            }
            Action::MarkUnsure => {
                let meant = self.meant(picture);
                self.mark(meant.map(Subject::unsure), outgoing);
                self.advance(picture, RegionState::Unsure, outgoing);
            }
            Action::MarkPositive { ask } => {
                let meant = self.meant(picture);
                if meant.is_some() && (ask || picture.last_class.is_empty()) {
                    // By the time it is answered the playhead is elsewhere.
                    self.prompt_about = meant;
                    self.prompt = Some(PromptState::default());
                } else {
                    let class = picture.last_class;
                    self.mark(meant.map(|meant| meant.positive(class)), outgoing);
                    self.advance(picture, RegionState::Positive, outgoing);
                }
            }
            Action::ConfirmAs(class) => {
                self.prompt = None;
                outgoing.push(Outgoing::LastClass(class.clone()));
                let meant = self.prompt_about.take();
                self.mark(meant.map(|meant| meant.positive(&class)), outgoing);
                self.advance(picture, RegionState::Positive, outgoing);
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
            Action::SetReview(settings) => outgoing.push(Outgoing::Review(settings)),
            Action::Disable if self.is_touched(Panel::Negatives) => {
                if let Some(negatives) = self.negatives.take_selected() {
                    outgoing.push(Outgoing::Command(view.remove_negatives(&negatives)));
                }
            }
            Action::Disable => {
                let regions = self.selection.in_order(&view.regions);
                if !regions.is_empty() {
                    let disabled = view.select(&regions).disabled();
                    outgoing.push(Outgoing::Command(disabled));
                    self.advance(picture, RegionState::Disabled, outgoing);
                }
            }
            Action::Merge => {
                let selected = self.selection.in_order(&view.regions);
                let regions: Vec<_> = selected.into_iter().filter_map(ShownId::region).collect();
                if regions.len() > 1 {
                    outgoing.push(Outgoing::Command(view.merge(&regions)));
                }
            }
            Action::Train => {
                self.panel = Panel::Train;
                if view.job.is_none() {
                    let request = self.train.request(classes_of(view));
                    outgoing.push(Outgoing::Command(Command::Train(request)));
                }
            }
            Action::CompareWithBefore => {
                let with = match view.comparison {
                    Some(_) => None,
                    None => before_shown(view).map(Compared::Version),
                };
                if with.is_some() || view.comparison.is_some() {
                    outgoing.push(Outgoing::Command(Command::CompareWith { with }));
                }
            }
            Action::Toggle(panel) => {
                self.show(if self.panel == panel {
                    Panel::None
                } else {
                    panel
                });
            }
            Action::Resize { region, to } => {
                outgoing.extend(view.resize(region, to).map(Outgoing::Command));
            }
            Action::EditTimes => {
                let cursor = self.selection.cursor_index(&self.index);
                if let Some(region) = cursor.and_then(|index| view.regions.get(index)) {
                    let start_s = shown_take(view).map_or(0.0, |take| take.start_s);
                    self.results
                        .edit(region, Edge::Start, times(picture), start_s);
                    self.reveal = true;
                }
            }
            Action::Zoom(zoom) => {
                if let Some(take) = shown_take(view) {
                    let about = self.selected_spans(view);
                    let visible = self.timeline.visible;
                    self.timeline.visible = zoom.of(visible, about, take.duration_s);
                }
            }
            Action::ToggleSpectrogram => {
                outgoing.push(Outgoing::Spectrogram(!picture.spectrogram));
            }
            Action::ShowTime(span) => self.timeline.visible = span,
        }
    }

    /// From the first to the last of what is selected.
    fn selected_spans(&self, view: &View) -> Option<Span> {
        if self.time_selection.is_some() {
            return self.time_selection;
        }
        let picked = self.selection.in_order(&view.regions);
        let indices = picked.iter().filter_map(|&id| self.index.index_of(id));
        let spans = indices.filter_map(|index| Some(view.regions.get(index)?.span));
        spans.reduce(|all, span| {
            let start_s = all.start_s().min(span.start_s());
            Span::new(start_s, all.end_s().max(span.end_s())).unwrap_or(all)
        })
    }

    fn select_time(&mut self, span: Span) {
        self.time_selection = (span.duration_s() >= MIN_TIME_SELECTION_S).then_some(span);
        self.marking_out.clear();
        self.selection.clear();
        self.listening.choose();
        self.touched = Panel::None;
    }

    /// Whether Ctrl+A and Delete mean the rows of this panel: what was touched last counts.
    fn is_touched(&self, panel: Panel) -> bool {
        self.panel == panel && self.touched == panel
    }

    fn nothing_selected(&self) -> bool {
        self.selection.is_empty() && self.time_selection.is_none()
    }

    /// What N, P and U are about, if anything.
    fn meant(&self, picture: &Picture<'_>) -> Option<Subject> {
        let view = picture.view;
        let filename = view.shown_take.clone()?;
        if let Some(index) = self.playhead_means(picture) {
            let region = view.regions.get(index)?;
            let span = region.span;
            return Some(match region.id {
                Some(id) => view.select(&[id]),
                None => view.stretch(&filename, span),
            });
        }
        if let Some(span) = self.time_selection {
            return Some(view.stretch(&filename, span));
        }
        let regions = self.selection.in_order(&view.regions);
        (!regions.is_empty()).then(|| view.select(&regions))
    }

    /// The region under the playhead, if that is what N, P and U are about.
    pub(super) fn playhead_means(&self, picture: &Picture<'_>) -> Option<usize> {
        heard(picture, &self.index).filter(|_| self.listening.follows() || self.nothing_selected())
    }

    fn mark(&mut self, command: Option<Command>, outgoing: &mut Vec<Outgoing>) {
        if let Some(command) = command {
            self.time_selection = None;
            outgoing.push(Outgoing::Command(command));
        }
    }

    /// From the one region that has just been marked to the next that nobody has judged. A mark that was taken back goes
    /// nowhere, and neither does one on several regions or on what plays.
    fn advance(
        &mut self,
        picture: &Picture<'_>,
        became: RegionState,
        outgoing: &mut Vec<Outgoing>,
    ) {
        let regions = &picture.view.regions;
        let marked = self.selection.cursor_index(&self.index);
        let marked = marked.and_then(|index| regions.get(index));
        let is_new = marked.is_some_and(|region| region.state != became);
        let goes_on = picture.review.advances && self.selection.len() == 1 && is_new;
        if goes_on && self.playhead_means(picture).is_none() {
            let listed = Listed {
                regions,
                arrangement: &self.arrangement,
                index: &self.index,
            };
            self.selection.next_to_review(listed);
            self.after_selecting(picture, outgoing);
        }
    }

    /// What Space plays: the stretch of time or the region that the keys stand on.
    pub(super) fn selected_stretch(&self, view: &View) -> Option<(String, Span)> {
        let filename = view.shown_take.clone()?;
        if let Some(span) = self.time_selection {
            return Some((filename, span));
        }
        let index = self.selection.cursor_index(&self.index)?;
        let region = view.regions.get(index)?;
        (!self.selection.is_empty()).then_some((filename, region.span))
    }

    /// Escape: the topmost thing that can be closed.
    fn dismiss(&mut self, view: &View, outgoing: &mut Vec<Outgoing>) {
        if self.timeline.cancel_drag() || self.prompt.take().is_some() {
            return;
        }
        if view.audition.is_some() {
            outgoing.push(Outgoing::Command(Command::StopAudition));
            return;
        }
        if self.time_selection.take().is_some() || self.marking_out.clear() {
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
        self.marking_out.clear();
        self.touched = Panel::None;
        self.reveal = true;
        self.listening.choose();
        if let Some((filename, span)) = self.selected_stretch(view) {
            if picture.review.follows_selection {
                outgoing.extend(audition(picture, (filename.clone(), span)));
            }
            outgoing.push(Outgoing::PointAt { filename, span });
        }
        let cursor = self.selection.cursor_index(&self.index);
        if let Some(region) = cursor.and_then(|index| view.regions.get(index)) {
            self.bring_into_sight(region.span, picture);
        }
    }

    /// Scrolls the timeline to `span`, unless all of it is there.
    fn bring_into_sight(&mut self, span: Span, picture: &Picture<'_>) {
        let (Some(visible), Some(take)) = (self.timeline.visible, shown_take(picture.view)) else {
            return;
        };
        if span.start_s() < visible.start_s() || span.end_s() > visible.end_s() {
            let from_s = span.centre_s() - 0.5 * visible.duration_s();
            self.timeline.visible = visible_span(from_s, visible.duration_s(), take.duration_s);
        }
    }
}

/// Timestamp of the version before the shown one.
pub(super) fn before_shown(view: &View) -> Option<String> {
    let mut newest_first = view.versions.iter();
    newest_first.find(|version| Some(&version.timestamp) == view.shown_version.as_ref())?;
    newest_first.next().map(|version| version.timestamp.clone())
}

/// The command that plays `stretch`, unless auditions are switched off.
fn audition(picture: &Picture<'_>, (filename, span): (String, Span)) -> Option<Outgoing> {
    let mode = picture.review.mode?;
    Some(Outgoing::Command(Command::Audition {
        filename,
        span,
        mode,
    }))
}
