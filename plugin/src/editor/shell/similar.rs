//! Similar sounds: what F searches for, and what the keys and buttons do to what was found.
//!
//! Runs on the window's thread and must never wait; the engine searches and saves the marks.

use earmark_core::protocol::{
    Command, MarkKind, RegionState, RegionView, SimilarStretch, SimilarView, View, Work,
};
use earmark_core::time::Span;

use super::apply::audition;
use super::{FrameState, PromptTarget, Shell};
use crate::editor::action::{Outgoing, Panel, SimilarAction};
use crate::editor::views::class_prompt::PromptState;
use crate::editor::views::similar_form::StretchExport;
use crate::editor::views::train_form::classes_of;

impl Shell {
    /// Carries out an action of the panel, or of the key that opens it.
    pub(super) fn apply_similar(
        &mut self,
        action: SimilarAction,
        frame: &FrameState<'_>,
        outgoing: &mut Vec<Outgoing>,
    ) {
        let view = frame.view;
        match action {
            SimilarAction::Find => self.find_similar(frame, outgoing),
            SimilarAction::Again => self.search(view, outgoing),
            SimilarAction::In(place) => {
                // The frame brings it from now on.
                self.similar.place = place;
                outgoing.push(Outgoing::SimilarPlace(place));
                self.search(view, outgoing);
            }
            SimilarAction::Cancel => outgoing.push(work(Work::CancelSimilar)),
            SimilarAction::Pick(row, how) => {
                self.similar.pick(row, how);
                self.after_picking_similar(frame, outgoing);
            }
            SimilarAction::More | SimilarAction::Less => {
                let rejected = action == SimilarAction::Less;
                self.similar.refine(found(view), rejected);
                self.search(view, outgoing);
            }
            SimilarAction::ForgetExample(index) => {
                if self.similar.examples.len() > 1 && index < self.similar.examples.len() {
                    self.similar.examples.remove(index);
                }
            }
            SimilarAction::ForgetRejected(index) => {
                if index < self.similar.rejected.len() {
                    self.similar.rejected.remove(index);
                }
            }
            SimilarAction::Train => {
                self.prompt_target = Some(PromptTarget::TrainFromSimilar);
                self.prompt = Some(PromptState::default());
            }
            SimilarAction::ToggleExport => self.toggle_export(frame, outgoing),
            SimilarAction::Export => self.export_similar(view, outgoing),
        }
    }

    /// F: searches for the stretch on the timeline, the selected regions or the one at the playhead, or the stretch at the cursor
    /// of the panel. Without any the panel says what to select.
    fn find_similar(&mut self, frame: &FrameState<'_>, outgoing: &mut Vec<Outgoing>) {
        let examples = match self.selected_similar(frame.view).is_empty() {
            false => {
                let selected = self.selected_similar(frame.view).into_iter();
                selected.cloned().collect()
            }
            true => self.examples_on_timeline(frame),
        };
        if !examples.is_empty() {
            self.similar.begin(examples);
            outgoing.push(work(Work::FindSimilar(self.similar.query(&[]))));
        }
        self.show(Panel::Similar);
    }

    fn examples_on_timeline(&self, frame: &FrameState<'_>) -> Vec<SimilarStretch> {
        let view = frame.view;
        let Some(placed) = view.place().recording else {
            return Vec::new();
        };
        let of_span = |span| RegionView::found(span, f32::NAN);
        let regions: Vec<RegionView> = if let Some(index) = self.target_at_playhead(frame) {
            let region = view.results.regions.get(index);
            region.cloned().into_iter().collect()
        } else if let Some(selected) = self.time_selection {
            vec![of_span(selected.span)]
        } else {
            let ids = self.selection.in_order(&view.results.regions);
            let rows = ids.iter().filter_map(|&id| self.index.index_of(id));
            let regions = rows.filter_map(|row| view.results.regions.get(row));
            regions.cloned().collect()
        };
        regions
            .into_iter()
            .map(|region| SimilarStretch {
                placed: placed.clone(),
                region,
            })
            .collect()
    }

    /// Searches with the examples, and what was marked among what is found now.
    fn search(&mut self, view: &View, outgoing: &mut Vec<Outgoing>) {
        let shown = view.similar.as_ref();
        let query = self.similar.query(&[]);
        // What was marked in an answer to other examples says nothing about these.
        let continues = shown.is_some_and(|shown| {
            let first = query.examples.first();
            first.is_some() && shown.query.examples.first() == first
        });
        if continues {
            self.similar.take_marked(found(view));
        }
        let query = self.similar.query(&[]);
        if !query.examples.is_empty() {
            outgoing.push(work(Work::FindSimilar(query)));
        }
    }

    /// The selected stretches, if the keys mean them: the panel was touched last.
    pub(super) fn selected_similar<'a>(&self, view: &'a View) -> Vec<&'a SimilarStretch> {
        match self.is_touched(Panel::Similar) {
            true => self.similar.selected(found(view)),
            false => Vec::new(),
        }
    }

    /// What Space plays in the panel.
    pub(super) fn playable_similar(&self, view: &View) -> Option<(String, Span)> {
        if !self.is_touched(Panel::Similar) {
            return None;
        }
        let stretch = self.similar.at_cursor(found(view))?;
        let filename = stretch.placed.recording.filename.clone();
        Some((filename, stretch.region.span))
    }

    /// An arrow key; `false` when it does not mean the panel.
    pub(super) fn step_similar(
        &mut self,
        (by, extend): (isize, bool),
        frame: &FrameState<'_>,
        outgoing: &mut Vec<Outgoing>,
    ) -> bool {
        let rows = found(frame.view).len();
        if !self.is_touched(Panel::Similar) || rows == 0 {
            return false;
        }
        self.similar.step(by, extend, rows);
        self.after_picking_similar(frame, outgoing);
        true
    }

    /// Ctrl+A; `false` when it does not mean the panel.
    pub(super) fn select_all_similar(&mut self, view: &View) -> bool {
        let rows = found(view).len();
        let is_meant = self.is_touched(Panel::Similar) && rows > 0;
        if is_meant {
            self.similar.select_all(rows);
        }
        is_meant
    }

    fn after_picking_similar(&mut self, frame: &FrameState<'_>, outgoing: &mut Vec<Outgoing>) {
        self.touched = Panel::Similar;
        self.playhead_follow.release();
        if frame.review.follows_selection
            && let Some(selected) = self.playable_similar(frame.view)
        {
            outgoing.extend(audition(frame, selected));
        }
    }

    /// N, U or P in the panel; `false` when the key does not mean it.
    pub(super) fn mark_similar(
        &mut self,
        kind: &MarkKind,
        frame: &FrameState<'_>,
        outgoing: &mut Vec<Outgoing>,
    ) -> bool {
        let selected = self.selected_similar(frame.view);
        if selected.is_empty() {
            return false;
        }
        let is_new = selected
            .iter()
            .any(|stretch| stretch.region.state != kind.state());
        let is_single = selected.len() == 1;
        let marks = frame.view.mark_similar(&selected, kind);
        outgoing.extend(marks.map(Outgoing::Command));
        if frame.review.advances && is_single && is_new {
            self.step_similar((1, false), frame, outgoing);
        }
        true
    }

    /// P in the panel, with a question for the class first where one is needed; `false` when the key does not mean the panel.
    pub(super) fn confirm_similar(
        &mut self,
        ask: bool,
        frame: &FrameState<'_>,
        outgoing: &mut Vec<Outgoing>,
    ) -> bool {
        let selected = self.selected_similar(frame.view);
        if !selected.is_empty() && (ask || frame.last_class.is_empty()) {
            let selected = selected.into_iter().cloned().collect();
            self.prompt_target = Some(PromptTarget::Similar(selected));
            self.prompt = Some(PromptState::default());
            return true;
        }
        let class = frame.last_class.to_owned();
        self.mark_similar(&MarkKind::Positive { class }, frame, outgoing)
    }

    /// Makes the examples, and what is positive among what was found, clips of `class`, and trains it.
    pub(super) fn train_from_similar(
        &mut self,
        class: &str,
        view: &View,
        outgoing: &mut Vec<Outgoing>,
    ) {
        let positive = |stretch: &&SimilarStretch| stretch.region.state == RegionState::Positive;
        let examples = self.similar.query(&[]).examples;
        let is_new = |stretch: &SimilarStretch| !examples.contains(&stretch.example());
        let chosen: Vec<&SimilarStretch> = self
            .similar
            .examples
            .iter()
            .chain(
                found(view)
                    .iter()
                    .filter(positive)
                    .filter(|stretch| is_new(stretch)),
            )
            .collect();
        let class = class.to_owned();
        let kind = MarkKind::Positive {
            class: class.clone(),
        };
        let marks = view.set_similar(&chosen, &kind, true);
        outgoing.extend(marks.map(Outgoing::Command));
        self.train.choose(class.clone());
        let mut request = self.train.request(classes_of(view));
        // A new class has no clip yet.
        request.positive_classes = vec![class];
        self.panel = Panel::Train;
        outgoing.push(work(Work::Train(request)));
    }

    fn toggle_export(&mut self, frame: &FrameState<'_>, outgoing: &mut Vec<Outgoing>) {
        if self.similar.export.take().is_some() {
            return;
        }
        let mut export = StretchExport {
            class: frame.last_class.to_owned(),
            ..StretchExport::default()
        };
        let look = export.place.open(frame.view.activity.folder.as_deref());
        outgoing.push(Outgoing::Command(look));
        self.similar.export = Some(export);
    }

    fn export_similar(&mut self, view: &View, outgoing: &mut Vec<Outgoing>) {
        let selected = self.similar.selected(found(view));
        let stretches: Vec<_> = selected.into_iter().map(SimilarStretch::example).collect();
        if let Some(export) = &self.similar.export
            && !stretches.is_empty()
        {
            outgoing.push(work(Work::ExportStretches {
                stretches,
                class: export.class.trim().to_owned(),
                to: export.place.folder.trim().into(),
            }));
            self.similar.export = None;
        }
    }
}

fn found(view: &View) -> &[SimilarStretch] {
    view.similar.as_ref().map_or(&[], SimilarView::found)
}

fn work(work: Work) -> Outgoing {
    Outgoing::Command(Command::Work(work))
}
