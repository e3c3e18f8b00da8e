//! Paints the background, the waveform, the gaps, the time selection, the playheads and the ruler. Only draws: no input, no
//! state.
//!
//! The cost grows with the width of the timeline, not with the length of the take, because a column is one point wide.

use earmark_core::protocol::Waveform;
use earmark_core::time::Span;
use egui::{Align2, FontFamily, FontId, Mesh, Painter, Rect, Shape, Stroke, StrokeKind, pos2};

use super::frequencies::{AxisLane, band_text};
use super::patterns::{block, columns, hatch, outline_dashed};
use super::scale::{Lanes, Scale};
use crate::editor::in_out::InOutPoint;
use crate::editor::theme;
use crate::editor::time_selection::TimeSelection;
use crate::timecode::TimeDisplay;

/// The width of a label on the ruler, in points.
const RULER_LABEL_WIDTH: f64 = 96.0;
/// Room above and below the waveform, in points.
const MARGIN: f32 = 5.0;

/// The timeline before the first take.
pub fn empty(painter: &Painter, whole: Rect) {
    painter.rect_filled(whole, 0, theme::colours().sunken);
    painter.hline(
        whole.x_range(),
        whole.center().y,
        Stroke::new(1.0, theme::colours().line),
    );
    painter.text(
        whole.center() - egui::vec2(0.0, 8.0),
        Align2::CENTER_BOTTOM,
        "Press play in the host to record this track",
        FontId::new(13.0, FontFamily::Proportional),
        theme::colours().weak,
    );
}

/// The background of the lanes.
pub fn background(painter: &Painter, lanes: Lanes) {
    painter.rect_filled(lanes.body(), 0, theme::colours().sunken);
    painter.rect_filled(lanes.ruler, 0, theme::colours().background);
    painter.hline(
        lanes.wave.x_range(),
        lanes.wave.center().y,
        Stroke::new(1.0, theme::colours().line),
    );
    painter.hline(
        lanes.score.x_range(),
        lanes.score.top(),
        Stroke::new(1.0, theme::colours().line),
    );
}

/// Lowest to highest sample of each column.
pub fn waveform(painter: &Painter, lane: Rect, scale: Scale, waveform: &Waveform) {
    let middle = lane.center().y;
    let half_height = 0.5 * lane.height() - MARGIN;
    let mut mesh = Mesh::default();
    for column in columns(lane) {
        let (from_s, to_s) = (scale.time_at(column), scale.time_at(column + 1.0));
        let Some((low, high)) = waveform.between(from_s, to_s) else {
            continue;
        };
        let top = middle - half_height * high.clamp(-1.0, 1.0);
        let bottom = middle - half_height * low.clamp(-1.0, 1.0);
        // Silence is a line, not nothing.
        let rect = Rect::from_x_y_ranges(column..=column + 1.0, top.min(bottom - 1.0)..=bottom);
        mesh.add_colored_rect(rect, theme::colours().wave);
    }
    painter.add(mesh);
}

/// Lost audio: hatched over the whole height.
pub fn gap(painter: &Painter, lanes: Lanes, scale: Scale, span: Span) {
    let rect = block(lanes, scale, span);
    painter.rect_filled(rect, 0, theme::colours().warning.gamma_multiply(0.12));
    hatch(
        &painter.with_clip_rect(rect),
        rect,
        theme::colours().warning.gamma_multiply(0.5),
    );
    if rect.width() > 28.0 {
        painter.text(
            rect.center(),
            Align2::CENTER_CENTER,
            "gap",
            theme::digits(),
            theme::colours().warning,
        );
    }
}

/// An in or out point without the other: a bracket that opens towards it.
pub fn open_point(painter: &Painter, lanes: Lanes, scale: Scale, bound: InOutPoint, at_s: f64) {
    let x = scale.x_of(at_s);
    if !scale.x.contains(x) {
        return;
    }
    let stroke = Stroke::new(2.0, theme::colours().strong);
    let body = lanes.body();
    painter.vline(x, body.y_range(), stroke);
    let (towards, anchor, word) = match bound {
        InOutPoint::In => (6.0, Align2::LEFT_TOP, "in"),
        InOutPoint::Out => (-6.0, Align2::RIGHT_TOP, "out"),
    };
    for y in [body.top() + 1.0, body.bottom() - 1.0] {
        painter.line_segment([pos2(x, y), pos2(x + towards, y)], stroke);
    }
    painter.text(
        pos2(x + towards, body.top() + 8.0),
        anchor,
        word,
        theme::digits(),
        theme::colours().strong,
    );
}

/// The time selection, or a box on the spectrogram.
pub fn time_selection(
    painter: &Painter,
    lanes: Lanes,
    (scale, axis): (Scale, Option<AxisLane>),
    selected: TimeSelection,
) {
    let span = selected.span;
    let mut rect = block(lanes, scale, span);
    let mut text = format!("{:.2} s", span.duration_s());
    if let Some(band) = selected.band {
        text.push_str(&format!(", {}", band_text(band)));
        if let Some(axis) = axis {
            painter.rect_filled(rect, 0, theme::colours().strong.gamma_multiply(0.06));
            rect = axis.box_of(rect, band);
        }
    }
    painter.rect_filled(rect, 0, theme::colours().strong.gamma_multiply(0.14));
    painter.rect_stroke(
        rect,
        0,
        Stroke::new(1.0, theme::colours().strong),
        StrokeKind::Inside,
    );
    painter.text(
        pos2(rect.center().x, lanes.wave.top() + 8.0),
        Align2::CENTER_TOP,
        text,
        theme::digits(),
        theme::colours().strong,
    );
}

/// The host's playhead.
pub fn playhead(painter: &Painter, lanes: Lanes, scale: Scale, time_s: f64) {
    let x = scale.x_of(time_s);
    if !scale.x.contains(x) {
        return;
    }
    painter.vline(
        x,
        lanes.body().y_range(),
        Stroke::new(1.0, theme::colours().playhead),
    );
    let tip = pos2(x, lanes.ruler.bottom());
    painter.add(Shape::convex_polygon(
        vec![tip, pos2(x - 5.0, tip.y - 6.0), pos2(x + 5.0, tip.y - 6.0)],
        theme::colours().playhead,
        Stroke::NONE,
    ));
}

/// The playhead of the audition: dashed, with its tip at the bottom, to tell it from the host's playhead.
pub fn audition(painter: &Painter, lanes: Lanes, scale: Scale, time_s: f64) {
    let x = scale.x_of(time_s);
    if !scale.x.contains(x) {
        return;
    }
    let body = lanes.body();
    painter.extend(Shape::dashed_line(
        &[pos2(x, body.top()), pos2(x, body.bottom())],
        Stroke::new(1.5, theme::colours().warning),
        5.0,
        3.0,
    ));
    let tip = pos2(x, body.bottom() - 7.0);
    painter.add(Shape::convex_polygon(
        vec![tip, pos2(x - 5.0, tip.y + 7.0), pos2(x + 5.0, tip.y + 7.0)],
        theme::colours().warning,
        Stroke::NONE,
    ));
}

/// The region at the playhead: a bar along its top and its bottom.
pub fn at_playhead(painter: &Painter, lanes: Lanes, scale: Scale, span: Span) {
    let rect = block(lanes, scale, span);
    painter.rect_filled(rect, 0, theme::colours().playhead.gamma_multiply(0.1));
    for y in [rect.top() + 1.0, rect.bottom() - 1.0] {
        painter.hline(
            rect.x_range(),
            y,
            Stroke::new(2.0, theme::colours().playhead),
        );
    }
}

/// Project times along `lane`.
pub fn ruler(painter: &Painter, lane: Rect, scale: Scale, take_start_s: f64, times: TimeDisplay) {
    let labels_end = lane.right();
    let grid = times.grid(RULER_LABEL_WIDTH / scale.density());
    for project_s in grid.marks(take_start_s + scale.from_s, take_start_s + scale.to_s) {
        let x = scale.x_of(project_s - take_start_s);
        painter.vline(
            x,
            lane.bottom() - 5.0..=lane.bottom(),
            Stroke::new(1.0, theme::colours().weak),
        );
        let font = FontId::new(10.5, FontFamily::Monospace);
        let text = times.mark_text(grid, project_s);
        let label = painter.layout_no_wrap(text, font, theme::colours().weak);
        let corner = pos2(x + 3.0, lane.center().y - 0.5 * label.size().y);
        if corner.x + label.size().x <= labels_end {
            painter.galley(corner, label, theme::colours().weak);
        }
    }
}

/// A region that only the compared version has.
pub fn gone(painter: &Painter, lanes: Lanes, scale: Scale, span: Span) {
    let rect = block(lanes, scale, span);
    let foot = Rect::from_x_y_ranges(
        rect.x_range(),
        lanes.wave.bottom() - 14.0..=lanes.wave.bottom(),
    );
    outline_dashed(painter, foot, theme::colours().disabled);
    painter.text(
        foot.center(),
        Align2::CENTER_CENTER,
        "−",
        theme::digits(),
        theme::colours().text,
    );
}
