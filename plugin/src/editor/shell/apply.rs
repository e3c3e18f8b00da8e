//! What the window does: carries out every [`Action`] of the keys and the views, in one place.
//!
//! Runs on the window's thread and must never wait. It changes what the window itself remembers and makes the engine's
//! commands; `marks` has the actions that mark, `noting` those of notes, `select` those that select.

use std::path::PathBuf;

use earmark_core::protocol::{Command, Compared, Play, Show, ShownId, View, Work};
use earmark_core::time::Span;

use super::{FrameState, Shell, previous_version, shown_take, times};
use crate::editor::action::{Action, Outgoing, Panel};
use crate::editor::views::timeline::{Edge, Zoom};
use crate::editor::views::train_form::classes_of;

impl Shell {
    /// Carries out one action: only here does the window change.
    pub fn apply(&mut self, action: Action, frame: &FrameState<'_>, outgoing: &mut Vec<Outgoing>) {
        let view = frame.view;
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
            Action::SetOutput(values) => outgoing.push(Outgoing::Output(values)),
            Action::RenameSource(name) => outgoing.push(Outgoing::SourceName(name)),
            Action::SetFilter(filter) => outgoing.push(Outgoing::StateFilter(filter)),
            Action::ListSound(sound) => outgoing.push(Outgoing::ListedSound(sound)),
            Action::SetTimeFormat(format) => outgoing.push(Outgoing::TimeFormat(format)),
            Action::SetOrder(order) => outgoing.push(Outgoing::ReviewOrder(order)),
            Action::SetReview(settings) => outgoing.push(Outgoing::Review(settings)),
            Action::ToggleSpectrogram => {
                outgoing.push(Outgoing::Spectrogram(!frame.spectrogram));
            }

            Action::Pick(index, how) => self.pick(index, how, frame, outgoing),
            Action::Step { by, extend } => {
                if !self.step_similar((by, extend), frame, outgoing) {
                    self.step(by, extend, frame, outgoing);
                }
            }
            Action::NextToReview => self.next_to_review(frame, outgoing),
            Action::SelectAll => self.select_all(view),
            Action::SelectTime(selection) => self.select_time(selection),
            Action::SetInOutPoint(point) => self.set_in_out_point(point, frame),
            Action::GoTo(span) => self.go_to(span, view),
            Action::Dismiss => self.dismiss(view, outgoing),
            Action::Touch(panel) => self.touched = panel,

            Action::MarkNegative => self.mark_negative(frame, outgoing),
            Action::MarkUnsure => self.mark_unsure(frame, outgoing),
            Action::MarkPositive { ask } => self.mark_positive(ask, frame, outgoing),
            Action::ConfirmAs(class) => self.confirm_as(class, frame, outgoing),
            Action::Disable => self.disable(frame, outgoing),
            Action::EditNote => self.edit_note(frame),
            Action::SaveNote(text) => self.save_note(&text, outgoing),
            Action::CloseNote => self.note = None,
            Action::FindNotes(text) => self.find_notes(text),
            Action::Merge => self.merge(view, outgoing),
            Action::Resize { region, to } => {
                outgoing.extend(view.resize(region, to).map(Outgoing::Command));
            }

            Action::DropFiles { paths, scans } => self.drop_files(paths, scans, outgoing),
            Action::OpenFile { path, at } => self.open_file(path, at, outgoing),
            Action::CopyPath(path) => outgoing.push(Outgoing::CopyPath(path)),
            Action::ShowInFolder(path) => outgoing.push(in_folder(path)),
            Action::CopySelectedPath => {
                outgoing.extend(self.selected_file(view).map(Outgoing::CopyPath));
            }
            Action::ShowSelectedInFolder => {
                outgoing.extend(self.selected_file(view).map(in_folder));
            }

            Action::Audition => self.play_or_stop(frame, outgoing),
            Action::AuditionStretch { filename, span } => {
                outgoing.extend(audition(frame, (filename, span)));
            }
            Action::Similar(action) => self.apply_similar(action, frame, outgoing),
            Action::Train => self.start_training(view, outgoing),
            Action::CompareWithBefore => outgoing.extend(toggled_comparison(view)),
            Action::Toggle(panel) => self.toggle(panel),
            Action::EditTimes => self.edit_times(frame),
            Action::Zoom(zoom) => self.zoom_by(zoom, view),
            Action::ShowTime(span) => self.timeline.visible = span,
            Action::ShowFrequencies(band) => outgoing.push(Outgoing::Frequencies(band)),
        }
    }

    fn play_or_stop(&self, frame: &FrameState<'_>, outgoing: &mut Vec<Outgoing>) {
        if frame.view.activity.audition.is_some() {
            outgoing.push(Outgoing::Command(Command::Play(Play::Stop)));
            return;
        }
        let selected = self.selected_span(frame.view);
        outgoing.extend(selected.and_then(|selected| audition(frame, selected)));
    }

    fn start_training(&mut self, view: &View, outgoing: &mut Vec<Outgoing>) {
        self.panel = Panel::Train;
        if view.activity.job.is_none() {
            let request = self.train.request(classes_of(view));
            outgoing.push(Outgoing::Command(Command::Work(Work::Train(request))));
        }
    }

    fn merge(&self, view: &View, outgoing: &mut Vec<Outgoing>) {
        let selected = self.selection.in_order(&view.results.regions);
        let regions: Vec<_> = selected.into_iter().filter_map(ShownId::region).collect();
        if regions.len() > 1 {
            outgoing.push(Outgoing::Command(view.merge(&regions)));
        }
    }

    fn toggle(&mut self, panel: Panel) {
        self.show(if self.panel == panel {
            Panel::None
        } else {
            panel
        });
    }

    fn edit_times(&mut self, frame: &FrameState<'_>) {
        let cursor = self.selection.cursor_index(&self.index);
        if let Some(region) = cursor.and_then(|index| frame.view.results.regions.get(index)) {
            let start_s = shown_take(frame.view).map_or(0.0, |take| take.start_s);
            self.results
                .edit(region, Edge::Start, times(frame), start_s);
            self.reveal = true;
        }
    }

    fn zoom_by(&mut self, zoom: Zoom, view: &View) {
        if let Some(take) = shown_take(view) {
            let about = self.selected_range(view);
            let visible = self.timeline.visible;
            self.timeline.visible = zoom.of(visible, about, take.duration_s);
        }
    }

    /// Escape: closes the topmost thing that can be closed.
    fn dismiss(&mut self, view: &View, outgoing: &mut Vec<Outgoing>) {
        let is_closed = self.timeline.cancel_drag()
            || self.prompt.take().is_some()
            || self.note.take().is_some();
        if is_closed {
            return;
        }
        if view.activity.audition.is_some() {
            outgoing.push(Outgoing::Command(Command::Play(Play::Stop)));
            return;
        }
        if self.time_selection.take().is_some() || self.in_out.clear() {
            return;
        }
        if self.selection.is_empty() {
            self.panel = Panel::None;
        } else {
            self.selection.clear();
        }
    }
}

fn in_folder(path: PathBuf) -> Outgoing {
    Outgoing::Command(Command::Work(Work::ShowInFolder(path)))
}

/// The command that starts a comparison with the previous version, or stops the present one.
fn toggled_comparison(view: &View) -> Option<Outgoing> {
    let with = match view.results.comparison {
        Some(_) => None,
        None => Some(Compared::Version(previous_version(view)?)),
    };
    Some(Outgoing::Command(Command::Show(Show::Comparison(with))))
}

/// The command that plays a span of a recording, unless auditions are off.
pub(super) fn audition(
    frame: &FrameState<'_>,
    (filename, span): (String, Span),
) -> Option<Outgoing> {
    let mode = frame.review.mode?;
    Some(Outgoing::Command(Command::Play(Play::Stretch {
        filename,
        span,
        mode,
    })))
}
