//! A bar that shows the class balance of a training: the share of positive and negative marks.
//!
//! Patterns tell the parts apart as well as colours: positives are plain, negative clips hatched, hard negatives dotted.

use earmark_core::protocol::FileStatistics;
use egui::{Color32, Painter, Rect, Sense, Stroke, StrokeKind, Ui, Vec2, pos2, vec2};

use super::timeline::hatch;
use crate::editor::theme;

const HEIGHT: f32 = 10.0;
const DOT_SPACING: f32 = 4.0;
/// Narrower than this a share cannot be seen, however small it is.
const MIN_SHARE: f32 = 3.0;

/// What is drawn, with its name for the legend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pattern {
    Plain,
    Hatched,
    Dotted,
}

/// The parts of a bar, in the order in which they are drawn.
const PARTS: [(Pattern, &str); 3] = [
    (Pattern::Plain, "clips"),
    (Pattern::Hatched, "negative clips"),
    (Pattern::Dotted, "hard negatives"),
];

/// A bar of `width` points; its parts are as wide as their shares of `marks`.
pub fn bar(ui: &mut Ui, marks: &FileStatistics, width: f32) {
    let size = vec2(width.max(MIN_SHARE), HEIGHT);
    // Figures say the same beside it: a screen reader need not stop here.
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    if !ui.is_rect_visible(rect) {
        return;
    }
    let painter = ui.painter();
    painter.rect_filled(rect, 0.0, theme::colours().sunken);
    let numbers = [marks.positives, marks.negatives, marks.hard_negatives];
    let widths = shares(numbers, rect.width());
    let mut left = rect.left();
    for ((pattern, _), width) in PARTS.into_iter().zip(widths) {
        let part = Rect::from_min_size(pos2(left, rect.top()), vec2(width, rect.height()));
        fill(painter, part, pattern);
        left += width;
    }
}

/// What each pattern means.
pub fn legend(ui: &mut Ui) {
    ui.horizontal_wrapped(|ui| {
        for (pattern, name) in PARTS {
            let (rect, _) = ui.allocate_exact_size(Vec2::splat(HEIGHT), Sense::hover());
            fill(ui.painter(), rect, pattern);
            ui.label(
                egui::RichText::new(name)
                    .small()
                    .color(theme::colours().weak),
            );
        }
    });
}

fn fill(painter: &Painter, rect: Rect, pattern: Pattern) {
    if rect.width() <= 0.0 {
        return;
    }
    let painter = painter.with_clip_rect(rect.intersect(painter.clip_rect()));
    let colour = match pattern {
        Pattern::Plain => theme::colours().positive,
        Pattern::Hatched | Pattern::Dotted => theme::colours().negative,
    };
    match pattern {
        Pattern::Plain => {
            painter.rect_filled(rect, 0.0, colour);
        }
        Pattern::Hatched => {
            painter.rect_filled(rect, 0.0, colour.gamma_multiply(0.35));
            hatch(&painter, rect, colour);
        }
        Pattern::Dotted => {
            painter.rect_filled(rect, 0.0, colour.gamma_multiply(0.15));
            dots(&painter, rect, colour);
        }
    }
    painter.rect_stroke(rect, 0.0, Stroke::new(1.0, colour), StrokeKind::Inside);
}

fn dots(painter: &Painter, rect: Rect, colour: Color32) {
    let mut x = rect.left() + 0.5 * DOT_SPACING;
    while x < rect.right() {
        for y in [rect.top() + 3.0, rect.bottom() - 3.0] {
            painter.circle_filled(pos2(x, y), 1.0, colour);
        }
        x += DOT_SPACING;
    }
}

/// Widths of the parts in points: `width` in all, and none that is there too narrow to be seen.
fn shares(numbers: [usize; 3], width: f32) -> [f32; 3] {
    let total: usize = numbers.iter().sum();
    if total == 0 {
        return [0.0; 3];
    }
    let widest = numbers.iter().max().copied().unwrap_or_default();
    let mut widths = numbers.map(|number| match number {
        0 => 0.0,
        _ => (width * number as f32 / total as f32).max(MIN_SHARE),
    });
    let excess = widths.iter().sum::<f32>() - width;
    if let Some(index) = numbers.iter().position(|&number| number == widest)
        && let Some(share) = widths.get_mut(index)
    {
        *share -= excess;
    }
    widths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_fill_the_bar_and_the_smallest_can_be_seen() {
        assert_eq!(shares([0, 0, 0], 60.0), [0.0; 3]);
        assert_eq!(shares([1, 1, 2], 60.0), [15.0, 15.0, 30.0]);
        let widths = shares([1, 0, 10_000], 60.0);
        assert_eq!(widths, [MIN_SHARE, 0.0, 60.0 - MIN_SHARE]);
    }
}
