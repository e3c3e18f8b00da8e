//! The shapes that the painters of the timeline share: blocks of time, and patterns that tell states apart without colour. Pure.

use earmark_core::time::Span;
use egui::{Color32, Painter, Rect, Shape, Stroke, pos2};

use super::scale::{Lanes, Scale};

/// The rectangle of `span` over both lanes, at least wide enough to see.
pub fn block(lanes: Lanes, scale: Scale, span: Span) -> Rect {
    let left = scale.x_of(span.start_s());
    let right = scale.x_of(span.end_s()).max(left + 2.0);
    Rect::from_x_y_ranges(left..=right, lanes.body().y_range())
}

/// Slanted lines.
pub fn hatch(painter: &Painter, rect: Rect, colour: Color32) {
    const SPACING: f32 = 7.0;
    let visible = rect.intersect(painter.clip_rect());
    let height = rect.height();
    let mut x = rect.left() - height
        + ((visible.left() - rect.left()) / SPACING).floor().max(0.0) * SPACING;
    while x < visible.right() {
        painter.line_segment(
            [pos2(x, rect.bottom()), pos2(x + height, rect.top())],
            Stroke::new(1.0, colour),
        );
        x += SPACING;
    }
}

/// Upright lines.
pub fn bars(painter: &Painter, rect: Rect, colour: Color32) {
    const SPACING: f32 = 5.0;
    let visible = rect.intersect(painter.clip_rect());
    let passed = ((visible.left() - rect.left()) / SPACING).floor().max(0.0);
    let mut x = rect.left() + passed * SPACING + 2.0;
    while x < visible.right() {
        painter.vline(x, rect.y_range(), Stroke::new(1.0, colour));
        x += SPACING;
    }
}

/// A dashed outline.
pub fn outline_dashed(painter: &Painter, rect: Rect, colour: Color32) {
    let corners = [
        rect.left_top(),
        rect.right_top(),
        rect.right_bottom(),
        rect.left_bottom(),
        rect.left_top(),
    ];
    painter.extend(Shape::dashed_line(
        &corners,
        Stroke::new(1.0, colour),
        4.0,
        3.0,
    ));
}

/// The left edges of the columns of one point across `lane`.
pub fn columns(lane: Rect) -> impl Iterator<Item = f32> {
    let first = lane.left().floor() as i32;
    let last = lane.right().ceil() as i32;
    (first..last).map(|column| column as f32)
}

/// The `spans`, in order of time, without those that share their point with the one before.
pub fn distinct(spans: impl IntoIterator<Item = Span>, scale: Scale) -> impl Iterator<Item = Span> {
    let mut drawn_to = f32::NEG_INFINITY;
    spans.into_iter().filter(move |span| {
        let right = scale.x_of(span.end_s());
        let is_new = scale.x_of(span.start_s()) <= scale.x.max
            && right >= scale.x.min
            && right >= drawn_to + 1.0;
        if is_new {
            drawn_to = right.max(scale.x_of(span.start_s()) + 2.0);
        }
        is_new
    })
}
