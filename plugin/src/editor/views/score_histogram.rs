//! The histogram of all window scores, with the threshold as a line. Ticks show the marks: examples above, hard negatives below.
//! A threshold in the valley between the two leaves few windows in doubt.

use std::sync::Arc;

use earmark_core::protocol::{RegionState, RegionView, ResultsView, WindowScores};
use egui::{CursorIcon, Mesh, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use crate::editor::action::Action;
use crate::editor::theme;
use crate::editor::widgets::counted;

const BINS: usize = 50;
const WIDTH: f32 = 100.0;
const HEIGHT: f32 = 20.0;
/// Height of the ticks, in points.
const TICK: f32 = 5.0;

/// The counts, made once for every new list of scores or regions.
#[derive(Debug, Default)]
pub struct ScoreHistogram {
    scores: Option<Arc<WindowScores>>,
    regions: Option<Arc<Vec<RegionView>>>,
    bins: Vec<u32>,
    positives: Ticks,
    negatives: Ticks,
}

/// Scores of the regions in one state.
#[derive(Debug, Default)]
struct Ticks {
    count: usize,
    /// One score per point of width.
    scores: Vec<f32>,
}

impl Ticks {
    fn of<'a>(regions: impl Iterator<Item = &'a RegionView>, state: RegionState) -> Self {
        let marked = regions.filter(|region| region.state == state);
        let mut at = [false; WIDTH as usize + 1];
        let mut count = 0;
        // A mark where nothing was scored has no place here.
        for region in marked.filter(|region| !region.score.is_nan()) {
            count += 1;
            let point = (region.score.clamp(0.0, 1.0) * WIDTH) as usize;
            if let Some(slot) = at.get_mut(point) {
                *slot = true;
            }
        }
        let apart = at.iter().enumerate().filter(|(_, is_there)| **is_there);
        Self {
            count,
            scores: apart.map(|(point, _)| point as f32 / WIDTH).collect(),
        }
    }
}

impl ScoreHistogram {
    /// Counts again when the scores or regions are new.
    pub fn follow(&mut self, results: &ResultsView) {
        let (scores, regions) = (results.scores.as_ref(), &results.regions);
        let is_same = match (&self.scores, scores) {
            (Some(known), Some(scores)) => Arc::ptr_eq(known, scores),
            (None, None) => true,
            _ => false,
        };
        if !is_same {
            self.scores = scores.cloned();
            self.bins = scores
                .map(|scores| binned(&scores.scores))
                .unwrap_or_default();
        }
        let is_known = |known: &Arc<Vec<RegionView>>| Arc::ptr_eq(known, regions);
        if !self.regions.as_ref().is_some_and(is_known) {
            self.regions = Some(Arc::clone(regions));
            self.positives = Ticks::of(results.own_regions(), RegionState::Positive);
            self.negatives = Ticks::of(results.own_regions(), RegionState::Negative);
        }
    }

    /// Draws the histogram, where a click or a drag sets the threshold; nothing before the first scan.
    pub fn show(&self, ui: &mut Ui, threshold: f32) -> Option<Action> {
        let scores = self.scores.as_ref()?;
        let tallest = self
            .bins
            .iter()
            .max()
            .copied()
            .filter(|&tallest| tallest > 0)?;
        let (rect, response) = ui.allocate_exact_size(vec2(WIDTH, HEIGHT), Sense::click_and_drag());
        let name = || {
            let above = scores.scores.iter().filter(|&&score| score >= threshold);
            format!(
                "Score histogram: {} at or above the threshold, {} and {} marked",
                counted(above.count(), "window", "windows"),
                counted(self.positives.count, "example", "examples"),
                counted(self.negatives.count, "hard negative", "hard negatives")
            )
        };
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, name()));
        if ui.is_rect_visible(rect) {
            self.paint(ui, rect, threshold, tallest);
        }
        let pointer = response.interact_pointer_pos();
        let chosen = pointer.map(|at| ((at.x - rect.left()) / rect.width()).clamp(0.0, 1.0));
        let response = response.on_hover_cursor(CursorIcon::ResizeHorizontal);
        if response.hovered() {
            response.on_hover_text(name());
        }
        // In hundredths, as the slider beside it.
        let chosen = chosen.map(|score| (score * 100.0).round() / 100.0);
        chosen.map(Action::SetThreshold)
    }

    fn paint(&self, ui: &Ui, rect: Rect, threshold: f32, tallest: u32) {
        let painter = ui.painter().with_clip_rect(rect);
        painter.rect_filled(rect, 2.0, theme::colours().sunken);
        let x_of = |score: f32| rect.left() + rect.width() * score.clamp(0.0, 1.0);
        // Most windows score low: only a logarithmic scale shows the few high ones.
        let height = |count: u32| (1.0 + count as f32).ln() / (1.0 + tallest as f32).ln();
        let mut bars = Mesh::default();
        for (bin, &count) in self.bins.iter().enumerate() {
            let (from, to) = (bin as f32 / BINS as f32, (bin + 1) as f32 / BINS as f32);
            let top = rect.bottom() - height(count) * rect.height();
            let bar = Rect::from_x_y_ranges(x_of(from)..=x_of(to), top..=rect.bottom());
            let colour = if from >= threshold {
                theme::colours().score
            } else {
                theme::colours().wave
            };
            bars.add_colored_rect(bar, colour.gamma_multiply(0.8));
        }
        painter.add(bars);
        let above = rect.top()..=rect.top() + TICK;
        for &score in &self.positives.scores {
            painter.vline(
                x_of(score),
                above.clone(),
                Stroke::new(1.5, theme::colours().positive),
            );
        }
        for &score in &self.negatives.scores {
            let foot = pos2(x_of(score), rect.bottom());
            for side in [-2.0, 2.0] {
                let tip = pos2(foot.x + side, foot.y - TICK);
                painter.line_segment([foot, tip], Stroke::new(1.2, theme::colours().negative));
            }
        }
        painter.vline(
            x_of(threshold),
            rect.y_range(),
            Stroke::new(1.0, theme::colours().text),
        );
    }
}

/// How many of `scores` lie in each of [`BINS`] equal parts of 0 to 1; windows without a score count nowhere.
fn binned(scores: &[f32]) -> Vec<u32> {
    let mut bins = vec![0_u32; BINS];
    for score in scores.iter().filter(|score| score.is_finite()) {
        let bin = (score.clamp(0.0, 1.0) * BINS as f32) as usize;
        if let Some(count) = bins.get_mut(bin.min(BINS - 1)) {
            *count += 1;
        }
    }
    bins
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scored_window_is_counted_once() {
        let bins = binned(&[0.0, 0.019, 0.021, 1.0, f32::NAN, 7.0]);
        assert_eq!((bins[0], bins[1], bins[BINS - 1]), (2, 1, 2));
        assert_eq!(bins.iter().sum::<u32>(), 5);
    }
}
