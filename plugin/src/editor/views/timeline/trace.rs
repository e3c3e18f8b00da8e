//! Paints the scores and the threshold. Only draws: no input, no state.

use earmark_core::protocol::WindowScores;
use egui::{Align2, Mesh, Painter, Rect, Shape, Stroke, pos2};

use super::scale::{Lanes, Scale};
use crate::editor::theme;

/// The highest score of each column, as a line that breaks where there is no score.
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
    let per_point = ((1.0 / points_per_hop).floor() as usize).max(1);
    // In whole chunks from the start of the take, so that scrolling does not change the line.
    let first = index_at(scale.from_s).floor() as usize / per_point * per_point;
    let last = ((index_at(scale.to_s).ceil() as usize) + 2 + per_point).min(scores.scores.len());

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

/// Score of the window whose middle is nearest to `time_s`.
pub fn score_at(scores: &WindowScores, time_s: f64) -> Option<f32> {
    let index = ((time_s - 0.5 * scores.window_s) / scores.hop_s)
        .round()
        .max(0.0);
    scores
        .scores
        .get(index as usize)
        .copied()
        .filter(|score| score.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unscored_windows_have_no_score() {
        let scores = WindowScores {
            hop_s: 0.5,
            window_s: 1.0,
            scores: vec![0.25, f32::NAN],
            ..WindowScores::default()
        };
        assert_eq!(score_at(&scores, 0.5), Some(0.25));
        assert_eq!(score_at(&scores, 1.0), None);
        assert_eq!(score_at(&scores, 9.0), None);
    }
}
