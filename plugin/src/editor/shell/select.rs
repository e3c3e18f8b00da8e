//! The selection: regions, or a span of time, and what follows from selecting them.
//!
//! Runs on the window's thread and must never wait.

use earmark_core::protocol::View;
use earmark_core::time::Span;

use super::apply::audition;
use super::{FrameState, Shell, playhead_in_take, shown_take};
use crate::editor::action::{Outgoing, Panel};
use crate::editor::in_out::InOutPoint;
use crate::editor::review_order::Listed;
use crate::editor::selection::Pick;
use crate::editor::time_selection::TimeSelection;
use crate::editor::views::timeline::visible_span;

/// The shortest time selection, in seconds; a shorter drag is a slip of the mouse.
const MIN_TIME_SELECTION_S: f64 = 0.02;

impl Shell {
    /// A click on the region at `index`.
    pub(super) fn pick(
        &mut self,
        index: usize,
        how: Pick,
        frame: &FrameState<'_>,
        outgoing: &mut Vec<Outgoing>,
    ) {
        let listed = Listed {
            regions: &frame.view.results.regions,
            arrangement: &self.arrangement,
            index: &self.index,
        };
        self.selection.pick(listed, index, how);
        self.after_selecting(frame, outgoing);
    }

    /// An arrow key.
    pub(super) fn step(
        &mut self,
        by: isize,
        extend: bool,
        frame: &FrameState<'_>,
        outgoing: &mut Vec<Outgoing>,
    ) {
        let listed = Listed {
            regions: &frame.view.results.regions,
            arrangement: &self.arrangement,
            index: &self.index,
        };
        self.selection.step(listed, by, extend);
        self.after_selecting(frame, outgoing);
    }

    /// Selects the next unjudged region in the review order.
    pub(super) fn next_to_review(&mut self, frame: &FrameState<'_>, outgoing: &mut Vec<Outgoing>) {
        let listed = Listed {
            regions: &frame.view.results.regions,
            arrangement: &self.arrangement,
            index: &self.index,
        };
        self.selection.next_to_review(listed);
        self.after_selecting(frame, outgoing);
    }

    /// Selects all regions, or all hard negatives when their panel was clicked last.
    pub(super) fn select_all(&mut self, view: &View) {
        if self.is_touched(Panel::Negatives) {
            self.negatives.follow(&view.marks.negatives);
            self.negatives.select_all();
            return;
        }
        if self.select_all_similar(view) {
            return;
        }
        let listed = Listed {
            regions: &view.results.regions,
            arrangement: &self.arrangement,
            index: &self.index,
        };
        self.selection.select_all(listed);
        self.playhead_follow.release();
        self.touched = Panel::None;
        self.time_selection = None;
    }

    pub(super) fn select_time(&mut self, selected: TimeSelection) {
        let is_meant = selected.span.duration_s() >= MIN_TIME_SELECTION_S;
        self.time_selection = is_meant.then_some(selected);
        self.in_out.clear();
        self.selection.clear();
        self.playhead_follow.release();
        self.touched = Panel::None;
    }

    /// I or O: sets the in or out point at the playhead.
    pub(super) fn set_in_out_point(&mut self, point: InOutPoint, frame: &FrameState<'_>) {
        if let Some(at_s) = playhead_in_take(frame) {
            let known = self.time_selection.take();
            self.selection.clear();
            let span = known.map(|known| known.span);
            if let Some(span) = self.in_out.set(point, at_s, span) {
                let band = known.and_then(|known| known.band);
                self.select_time(TimeSelection { span, band });
            }
        }
    }

    pub(super) fn go_to(&mut self, span: Span, view: &View) {
        self.select_time(span.into());
        self.scroll_to(span, view);
    }

    /// The range from the first to the last selected region, or the time selection.
    pub(super) fn selected_range(&self, view: &View) -> Option<Span> {
        if let Some(selected) = self.time_selection {
            return Some(selected.span);
        }
        let picked = self.selection.in_order(&view.results.regions);
        let indices = picked.iter().filter_map(|&id| self.index.index_of(id));
        let spans = indices.filter_map(|index| Some(view.results.regions.get(index)?.span));
        spans.reduce(|all, span| {
            let start_s = all.start_s().min(span.start_s());
            Span::new(start_s, all.end_s().max(span.end_s())).unwrap_or(all)
        })
    }

    /// What Space plays: the row of the Similar panel, the time selection, or the region at the cursor.
    pub(super) fn selected_span(&self, view: &View) -> Option<(String, Span)> {
        if let Some(similar) = self.playable_similar(view) {
            return Some(similar);
        }
        let filename = view.shown.take.clone()?;
        if let Some(selected) = self.time_selection {
            return Some((filename, selected.span));
        }
        let index = self.selection.cursor_index(&self.index)?;
        let region = view.results.regions.get(index)?;
        (!self.selection.is_empty()).then_some((filename, region.span))
    }

    /// Whether Ctrl+A and Delete mean the rows of this panel: the last click counts.
    pub(super) fn is_touched(&self, panel: Panel) -> bool {
        self.panel == panel && self.touched == panel
    }

    /// A selected region replaces the time selection, scrolls into view and plays if the user wants that.
    fn after_selecting(&mut self, frame: &FrameState<'_>, outgoing: &mut Vec<Outgoing>) {
        let view = frame.view;
        self.time_selection = None;
        self.in_out.clear();
        self.touched = Panel::None;
        self.reveal = true;
        self.playhead_follow.release();
        if let Some((filename, span)) = self.selected_span(view) {
            if frame.review.follows_selection {
                outgoing.extend(audition(frame, (filename.clone(), span)));
            }
            outgoing.push(Outgoing::PointAt { filename, span });
        }
        let cursor = self.selection.cursor_index(&self.index);
        if let Some(region) = cursor.and_then(|index| view.results.regions.get(index)) {
            self.scroll_to(region.span, view);
        }
    }

    /// Scrolls the timeline to `span`, unless all of it is visible.
    fn scroll_to(&mut self, span: Span, view: &View) {
        let (Some(visible), Some(take)) = (self.timeline.visible, shown_take(view)) else {
            return;
        };
        if span.start_s() < visible.start_s() || span.end_s() > visible.end_s() {
            let from_s = span.centre_s() - 0.5 * visible.duration_s();
            self.timeline.visible = visible_span(from_s, visible.duration_s(), take.duration_s);
        }
    }
}
