//! A small chart of the classifiers over time: average precision on held-out examples, and the share of correct marks. Symbols
//! and dashes tell the lines apart as well as colours.

use earmark_core::protocol::{ClassifierView, PROOF_THRESHOLD};
use egui::{Color32, Painter, Pos2, Rect, Role, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2};

use crate::editor::theme;
use crate::editor::widgets::weak;

const HEIGHT: f32 = 46.0;
const MARGIN: f32 = 5.0;
/// The largest distance between two classifiers, in points, so that three do not fill the width.
const STEP: f32 = 48.0;

/// Draws the trend of `classifiers`, newest first; nothing for fewer than two.
pub fn show(ui: &mut Ui, classifiers: &[ClassifierView]) {
    let precision: Vec<Option<f32>> = oldest_first(classifiers, |one| {
        Some(one.metrics.as_ref()?.average_precision)
    });
    let right: Vec<Option<f32>> = oldest_first(classifiers, share_right);
    let known = |values: &[Option<f32>]| values.iter().flatten().count();
    if known(&precision).max(known(&right)) < 2 {
        return;
    }
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT), Sense::hover());
    let name = format!(
        "{} classifiers from old to new: average precision: {}; correct marks at threshold {PROOF_THRESHOLD:.2}: {}",
        classifiers.len(),
        listed(&precision),
        listed(&right)
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
    response.on_hover_text(name);
    if ui.is_rect_visible(rect) {
        let painter = ui.painter().with_clip_rect(rect);
        painter.rect_filled(rect, 3.0, theme::colours().sunken);
        line(&painter, rect, &precision, theme::colours().accent, true);
        line(&painter, rect, &right, theme::colours().positive, false);
    }
    ui.horizontal_wrapped(|ui| {
        ui.label(weak("● average precision").color(theme::colours().accent));
        ui.label(weak("□ correct marks").color(theme::colours().positive));
    });
}

fn oldest_first(
    classifiers: &[ClassifierView],
    value: impl Fn(&ClassifierView) -> Option<f32>,
) -> Vec<Option<f32>> {
    classifiers.iter().rev().map(value).collect()
}

/// The mean of the share of hard negatives that it rejects and the share of positives that it finds.
fn share_right(classifier: &ClassifierView) -> Option<f32> {
    let check = classifier.check.as_ref()?;
    let share = |wrong: usize, all: usize| (all > 0).then(|| 1.0 - wrong as f32 / all as f32);
    let shares = [
        share(check.hits.len(), check.hard_negatives),
        share(check.misses.len(), check.positives),
    ];
    let known: Vec<f32> = shares.into_iter().flatten().collect();
    (!known.is_empty()).then(|| known.iter().sum::<f32>() / known.len() as f32)
}

fn listed(values: &[Option<f32>]) -> String {
    let words = values.iter().map(|value| match value {
        Some(value) => format!("{value:.2}"),
        None => String::from("unknown"),
    });
    words.collect::<Vec<_>>().join(", ")
}

fn line(painter: &Painter, rect: Rect, values: &[Option<f32>], colour: Color32, whole: bool) {
    let inner = rect.shrink(MARGIN);
    let step = (inner.width() / (values.len().max(2) - 1) as f32).min(STEP);
    let points: Vec<Pos2> = values
        .iter()
        .enumerate()
        .filter_map(|(index, value)| {
            let y = inner.bottom() - value.as_ref()?.clamp(0.0, 1.0) * inner.height();
            Some(pos2(inner.left() + step * index as f32, y))
        })
        .collect();
    let stroke = Stroke::new(1.2, colour);
    for &point in &points {
        if whole {
            painter.circle_filled(point, 2.5, colour);
        } else {
            let mark = Rect::from_center_size(point, vec2(5.0, 5.0));
            painter.rect_stroke(mark, 0.0, stroke, egui::StrokeKind::Middle);
        }
    }
    if whole {
        painter.add(Shape::line(points, stroke));
    } else {
        painter.extend(Shape::dashed_line(&points, stroke, 4.0, 3.0));
    }
}
