//! Marks: what N, P, U and Delete do to the selection or to the region at the playhead.
//!
//! Runs on the window's thread and must never wait; the engine saves the marks.

use earmark_core::protocol::{Command, MarkKind, RegionState, SimilarStretch, Subjects, Work};

use super::{FrameState, PromptTarget, Shell};
use crate::editor::action::{Outgoing, Panel};
use crate::editor::mark_target::region_at_playhead;
use crate::editor::time_selection::TimeSelection;
use crate::editor::views::class_prompt::PromptState;

impl Shell {
    pub(super) fn mark_negative(&mut self, frame: &FrameState<'_>, outgoing: &mut Vec<Outgoing>) {
        if self.mark_similar(&MarkKind::Negative, frame, outgoing) {
            return;
        }
        let target = self.mark_target(frame);
        self.mark(target.map(Subjects::negative), outgoing);
        self.advance(frame, RegionState::Negative, outgoing);
    }

    pub(super) fn mark_unsure(&mut self, frame: &FrameState<'_>, outgoing: &mut Vec<Outgoing>) {
        if self.mark_similar(&MarkKind::Unsure, frame, outgoing) {
            return;
        }
        let target = self.mark_target(frame);
        self.mark(target.map(Subjects::unsure), outgoing);
        self.advance(frame, RegionState::Unsure, outgoing);
    }

    /// Marks as the last class, or asks for a class first.
    pub(super) fn mark_positive(
        &mut self,
        ask: bool,
        frame: &FrameState<'_>,
        outgoing: &mut Vec<Outgoing>,
    ) {
        if self.confirm_similar(ask, frame, outgoing) {
            return;
        }
        let target = self.mark_target(frame);
        let is_unnamed = frame.last_class.is_empty();
        let asks = |target: &Subjects| ask || (is_unnamed && target.needs_class());
        if target.as_ref().is_some_and(asks) {
            // The playhead moves on before the user answers.
            self.prompt_target = target.map(PromptTarget::Marks);
            self.prompt = Some(PromptState::default());
            return;
        }
        let class = frame.last_class;
        self.mark(
            target.map(|target| target.positive_by_sound(class)),
            outgoing,
        );
        self.advance(frame, RegionState::Positive, outgoing);
    }

    /// The answer to the question for a class.
    pub(super) fn confirm_as(
        &mut self,
        class: String,
        frame: &FrameState<'_>,
        outgoing: &mut Vec<Outgoing>,
    ) {
        self.prompt = None;
        let target = match self.prompt_target.take() {
            Some(PromptTarget::Files(paths)) => {
                outgoing.push(Outgoing::LastClass(class.clone()));
                let add = Work::AddExamples { class, paths };
                outgoing.push(Outgoing::Command(Command::Work(add)));
                return;
            }
            Some(PromptTarget::Similar(stretches)) => {
                let stretches: Vec<&SimilarStretch> = stretches.iter().collect();
                let kind = MarkKind::Positive {
                    class: class.clone(),
                };
                outgoing.push(Outgoing::LastClass(class));
                let marks = frame.view.mark_similar(&stretches, &kind);
                outgoing.extend(marks.map(Outgoing::Command));
                return;
            }
            Some(PromptTarget::TrainFromSimilar) => {
                self.train_from_similar(&class, frame.view, outgoing);
                outgoing.push(Outgoing::LastClass(class));
                return;
            }
            Some(PromptTarget::Marks(target)) => Some(target),
            None => None,
        };
        let marked = target.map(|target| target.positive(&class));
        outgoing.push(Outgoing::LastClass(class));
        self.mark(marked, outgoing);
        self.advance(frame, RegionState::Positive, outgoing);
    }

    /// Disables the selected regions, or deletes the selected hard negatives when their panel was clicked last.
    pub(super) fn disable(&mut self, frame: &FrameState<'_>, outgoing: &mut Vec<Outgoing>) {
        if self.is_touched(Panel::Negatives) {
            if let Some(negatives) = self.negatives.take_selected() {
                outgoing.push(Outgoing::Command(frame.view.remove_negatives(&negatives)));
            }
            return;
        }
        let regions = self.selection.in_order(&frame.view.results.regions);
        if !regions.is_empty() {
            let disabled = frame.view.select_all(&regions).disabled();
            outgoing.extend(disabled.map(Outgoing::Command));
            self.advance(frame, RegionState::Disabled, outgoing);
        }
    }

    /// What N, P and U mark, if anything.
    fn mark_target(&self, frame: &FrameState<'_>) -> Option<Subjects> {
        let view = frame.view;
        let filename = view.shown.take.clone()?;
        if let Some(index) = self.target_at_playhead(frame) {
            let region = view.results.regions.get(index)?;
            return Some(match region.id {
                Some(id) => view.select_all(&[id]),
                None => view.provisional(region).into(),
            });
        }
        if let Some(TimeSelection { span, band }) = self.time_selection {
            return Some(view.boxed(&filename, span, band).into());
        }
        let regions = self.selection.in_order(&view.results.regions);
        (!regions.is_empty()).then(|| view.select_all(&regions))
    }

    /// The region at the playhead, if N, P and U mark that one.
    pub(super) fn target_at_playhead(&self, frame: &FrameState<'_>) -> Option<usize> {
        let nothing_selected = self.selection.is_empty() && self.time_selection.is_none();
        region_at_playhead(frame, &self.index)
            .filter(|_| self.playhead_follow.follows() || nothing_selected)
    }

    /// Sends a mark, if the keys meant anything; `None` inside where all of it is so already.
    fn mark(&mut self, command: Option<Option<Command>>, outgoing: &mut Vec<Outgoing>) {
        if let Some(command) = command {
            self.time_selection = None;
            outgoing.extend(command.map(Outgoing::Command));
        }
    }

    /// Selects the next unjudged region after a mark on a single region. A removed mark, a mark on several regions and a mark
    /// at the playhead select nothing.
    fn advance(
        &mut self,
        frame: &FrameState<'_>,
        became: RegionState,
        outgoing: &mut Vec<Outgoing>,
    ) {
        let marked = self.selection.cursor_index(&self.index);
        let marked = marked.and_then(|index| frame.view.results.regions.get(index));
        let is_new = marked.is_some_and(|region| region.state != became);
        let goes_on = frame.review.advances && self.selection.len() == 1 && is_new;
        if goes_on && self.target_at_playhead(frame).is_none() {
            self.next_to_review(frame, outgoing);
        }
    }
}
