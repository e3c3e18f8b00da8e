//! Paints the timeline strip. Pure drawing: no input, no state.
//!
//! Cost grows with the width of the strip and with what is visible, not with the length of the take: columns are one
//! point wide and regions are found by bisection.

use earmark_core::engine::view::{Change, RegionState, RegionView, Waveform};
use earmark_core::scan::WindowScores;
use earmark_core::time::{Span, timecode};
use egui::{
    Align2, Color32, FontFamily, FontId, Mesh, Painter, Rect, Shape, Stroke, StrokeKind, pos2,
};

use super::timeline::{Lanes, Scale};
use crate::editor::selection::Selection;
use crate::editor::theme;

/// Steps between the ruler's marks, in seconds.
const RULER_STEPS_S: [f64; 18] = [
    0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0,
    1800.0, 3600.0,
];
/// Room a mark's time needs, in points.
const RULER_LABEL_WIDTH: f64 = 96.0;
/// Height of the coloured cap above a region.
const CAP_HEIGHT: f32 = 5.0;

/// The strip before anything was captured.
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
        "Press play in the host: what this track plays appears here",
        FontId::new(13.0, FontFamily::Proportional),
        theme::colours().weak,
    );
}

/// The lanes' background.
pub fn ground(painter: &Painter, lanes: Lanes) {
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
    if waveform.peaks.is_empty() || waveform.seconds_per_peak <= 0.0 {
        return;
    }
    let middle = lane.center().y;
    let half_height = 0.5 * lane.height() - CAP_HEIGHT;
    let mut mesh = Mesh::default();
    for column in columns(lane) {
        let first = scale.time_at(column) / waveform.seconds_per_peak;
        let last = scale.time_at(column + 1.0) / waveform.seconds_per_peak;
        let first = first.floor().max(0.0) as usize;
        let last = (last.ceil().max(0.0) as usize)
            .max(first + 1)
            .min(waveform.peaks.len());
        let Some(peaks) = waveform
            .peaks
            .get(first..last)
            .filter(|peaks| !peaks.is_empty())
        else {
            continue;
        };
        let (low, high) = peaks
            .iter()
            .fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), peak| {
                (low.min(peak.0), high.max(peak.1))
            });
        let top = middle - half_height * high.clamp(-1.0, 1.0);
        let bottom = middle - half_height * low.clamp(-1.0, 1.0);
        // Silence is a line, not nothing.
        let rect = Rect::from_x_y_ranges(column..=column + 1.0, top.min(bottom - 1.0)..=bottom);
        mesh.add_colored_rect(rect, theme::colours().wave);
    }
    painter.add(mesh);
}

/// The score of each column's highest window, as a line that breaks where nothing is scored.
pub fn scores(
    painter: &Painter,
    lanes: Lanes,
    scale: Scale,
    scores: &WindowScores,
    threshold: f32,
) {
    if scores.hop_s <= 0.0 || scores.scores.is_empty() {
        return;
    }
    let centre_s = 0.5 * scores.window_s;
    let index_at = |time_s: f64| ((time_s - centre_s) / scores.hop_s).max(0.0);
    let points_per_hop = scores.hop_s * scale.density();
    let first = index_at(scale.from_s).floor() as usize;
    let last = ((index_at(scale.to_s).ceil() as usize) + 2).min(scores.scores.len());
    let per_point = ((1.0 / points_per_hop).floor() as usize).max(1);

    let mut line: Vec<egui::Pos2> = Vec::new();
    let mut above = Mesh::default();
    let base = lanes.score_y(threshold);
    let Some(visible) = scores.scores.get(first..last) else {
        return;
    };
    for (chunk_index, chunk) in visible.chunks(per_point).enumerate() {
        let index = first + chunk_index * per_point;
        let x = scale.x_of(index as f64 * scores.hop_s + centre_s);
        let highest = chunk
            .iter()
            .copied()
            .filter(|score| score.is_finite())
            .reduce(f32::max);
        match highest {
            Some(score) => {
                let y = lanes.score_y(score);
                if score >= threshold {
                    let width = (points_per_hop as f32 * chunk.len() as f32).max(1.0);
                    let rect = Rect::from_x_y_ranges(x - 0.5 * width..=x + 0.5 * width, y..=base);
                    above.add_colored_rect(rect, theme::colours().score.gamma_multiply(0.28));
                }
                line.push(pos2(x, y));
            }
            None => flush_line(painter, &mut line),
        }
    }
    painter.add(above);
    flush_line(painter, &mut line);
}

fn flush_line(painter: &Painter, line: &mut Vec<egui::Pos2>) {
    match line.as_slice() {
        [] => {}
        [only] => {
            painter.circle_filled(*only, 1.5, theme::colours().score);
            line.clear();
        }
        _ => {
            painter.add(Shape::line(
                std::mem::take(line),
                Stroke::new(1.2, theme::colours().score),
            ));
        }
    }
}

/// The draggable threshold.
pub fn threshold(painter: &Painter, lanes: Lanes, threshold: f32) {
    let y = lanes.score_y(threshold);
    painter.extend(Shape::dashed_line(
        &[pos2(lanes.score.left(), y), pos2(lanes.score.right(), y)],
        Stroke::new(1.0, theme::colours().text.gamma_multiply(0.7)),
        6.0,
        3.0,
    ));
    let above = y - lanes.score.top() > 14.0;
    painter.text(
        pos2(lanes.score.right() - 4.0, y),
        if above {
            Align2::RIGHT_BOTTOM
        } else {
            Align2::RIGHT_TOP
        },
        format!("{threshold:.2}"),
        theme::digits(),
        theme::colours().text,
    );
}

/// The visible regions: a tinted block with a coloured cap and the pattern of its state.
pub fn regions(
    painter: &Painter,
    lanes: Lanes,
    scale: Scale,
    regions: &[RegionView],
    selection: &Selection,
) {
    // Regions are sorted by start; none is likely to be longer than the longest seen so far, so bisect on starts and
    // step back over those that may still reach in.
    let longest_s = regions
        .iter()
        .map(|region| region.span.duration_s())
        .fold(0.0, f64::max);
    let first = regions.partition_point(|region| region.span.start_s() < scale.from_s - longest_s);
    let last = regions.partition_point(|region| region.span.start_s() <= scale.to_s);
    for region in regions.get(first..last).unwrap_or_default() {
        let rect = block(lanes, scale, region.span);
        let selected = region.id.is_some_and(|id| selection.contains(id));
        let cursor = region.id.is_some() && region.id == selection.cursor();
        paint_region(painter, rect, region, selected, cursor);
    }
}

fn paint_region(painter: &Painter, rect: Rect, region: &RegionView, selected: bool, cursor: bool) {
    let colour = theme::state_colour(region.state);
    let painter = painter.with_clip_rect(rect.expand(1.0));
    let cap = Rect::from_x_y_ranges(rect.x_range(), rect.top()..=rect.top() + CAP_HEIGHT);
    let fill = if selected { 0.34 } else { 0.16 };
    match region.state {
        RegionState::Found | RegionState::Positive => {
            painter.rect_filled(rect, 0, colour.gamma_multiply(fill));
            painter.rect_filled(cap, 0, colour);
        }
        RegionState::Negative => {
            painter.rect_filled(rect, 0, colour.gamma_multiply(0.6 * fill));
            hatch(&painter, rect, colour.gamma_multiply(0.55));
            painter.rect_filled(cap, 0, colour);
        }
        RegionState::Unsure => {
            // Upright bars, as opposed to the slanted ones of a negative.
            painter.rect_filled(rect, 0, colour.gamma_multiply(0.6 * fill));
            bars(&painter, rect, colour.gamma_multiply(0.45));
            painter.rect_filled(cap, 0, colour);
        }
        RegionState::Disabled => {
            painter.rect_filled(rect, 0, colour.gamma_multiply(0.5 * fill));
            painter.rect_stroke(cap, 0, Stroke::new(1.0, colour), StrokeKind::Inside);
        }
        RegionState::Provisional => outline_dashed(&painter, rect, colour),
    }
    if region.state == RegionState::Positive {
        // A solid foot besides the cap: a positive is told from a find without its colour.
        let foot =
            Rect::from_x_y_ranges(rect.x_range(), rect.bottom() - CAP_HEIGHT..=rect.bottom());
        painter.rect_filled(foot, 0, colour);
    }
    if region.change == Some(Change::New) && rect.width() > 8.0 {
        painter.text(
            pos2(rect.left() + 2.0, cap.bottom() + 1.0),
            Align2::LEFT_TOP,
            "+",
            theme::digits(),
            theme::colours().strong,
        );
    }
    if selected {
        let stroke = Stroke::new(if cursor { 2.0 } else { 1.0 }, theme::colours().strong);
        painter.rect_stroke(rect, 0, stroke, StrokeKind::Inside);
    }
}

/// A region that the version compared with had and the shown one has not.
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

/// Audio that was lost: hatched over the whole height.
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

/// A stretch of bare time, chosen with the mouse.
pub fn time_selection(painter: &Painter, lanes: Lanes, scale: Scale, span: Span) {
    let rect = block(lanes, scale, span);
    painter.rect_filled(rect, 0, theme::colours().strong.gamma_multiply(0.14));
    painter.rect_stroke(
        rect,
        0,
        Stroke::new(1.0, theme::colours().strong),
        StrokeKind::Inside,
    );
    painter.text(
        pos2(rect.center().x, rect.top() + 8.0),
        Align2::CENTER_TOP,
        format!("{:.2} s", span.duration_s()),
        theme::digits(),
        theme::colours().strong,
    );
}

/// Where the host plays.
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

/// Where an audition is: dashed, with its tip at the bottom, so that it is told from the host's playhead.
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

/// The region under the playhead: a bar along its foot and its head.
pub fn heard(painter: &Painter, lanes: Lanes, scale: Scale, span: Span) {
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

/// Project times along the top.
pub fn ruler(painter: &Painter, lane: Rect, scale: Scale, take_start_s: f64) {
    let step_s = RULER_STEPS_S
        .into_iter()
        .find(|step_s| step_s * scale.density() >= RULER_LABEL_WIDTH)
        .unwrap_or(7200.0);
    let from_s = take_start_s + scale.from_s;
    let to_s = take_start_s + scale.to_s;
    let first = (from_s / step_s).ceil() as i64;
    let last = (to_s / step_s).floor() as i64;
    for mark in first..=last {
        let project_s = mark as f64 * step_s;
        let x = scale.x_of(project_s - take_start_s);
        painter.vline(
            x,
            lane.bottom() - 5.0..=lane.bottom(),
            Stroke::new(1.0, theme::colours().weak),
        );
        let time = timecode(project_s);
        let shown = if step_s < 1.0 {
            time.as_str()
        } else {
            time.trim_end_matches(".000")
        };
        painter.text(
            pos2(x + 3.0, lane.center().y),
            Align2::LEFT_CENTER,
            shown,
            FontId::new(10.5, FontFamily::Monospace),
            theme::colours().weak,
        );
    }
}

/// The rectangle of `span` over both lanes, at least wide enough to see.
fn block(lanes: Lanes, scale: Scale, span: Span) -> Rect {
    let left = scale.x_of(span.start_s());
    let right = scale.x_of(span.end_s()).max(left + 2.0);
    Rect::from_x_y_ranges(left..=right, lanes.body().y_range())
}

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

fn bars(painter: &Painter, rect: Rect, colour: Color32) {
    const SPACING: f32 = 5.0;
    let visible = rect.intersect(painter.clip_rect());
    let passed = ((visible.left() - rect.left()) / SPACING).floor().max(0.0);
    let mut x = rect.left() + passed * SPACING + 2.0;
    while x < visible.right() {
        painter.vline(x, rect.y_range(), Stroke::new(1.0, colour));
        x += SPACING;
    }
}

fn outline_dashed(painter: &Painter, rect: Rect, colour: Color32) {
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

fn columns(lane: Rect) -> impl Iterator<Item = f32> {
    let first = lane.left().floor() as i32;
    let last = lane.right().ceil() as i32;
    (first..last).map(|column| column as f32)
}
