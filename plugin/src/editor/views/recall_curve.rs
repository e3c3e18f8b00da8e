//! The curve of precision against recall of a classifier on held-out examples, with a ring at the suggested threshold.

use earmark_core::protocol::{ClassifierView, CurvePoint, Metrics};
use egui::{Rect, Role, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2};

use crate::editor::theme;
use crate::editor::widgets::weak;

const WIDTH: f32 = 132.0;
const HEIGHT: f32 = 66.0;
const MARGIN: f32 = 5.0;
/// The recalls in the accessible name.
const SPOKEN: [f32; 4] = [0.25, 0.5, 0.75, 1.0];

/// Draws the curve of `classifier`; nothing when Earmark could not measure it.
pub fn show(ui: &mut Ui, classifier: &ClassifierView) {
    let Some(metrics) = classifier
        .metrics
        .as_ref()
        .filter(|it| !it.curve.is_empty())
    else {
        return;
    };
    let chosen = at_suggestion(metrics);
    let size = vec2(ui.available_width().min(WIDTH), HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let name = words(classifier.version, metrics, chosen);
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
    response.on_hover_text(name);
    if ui.is_rect_visible(rect) {
        draw(ui, rect, &metrics.curve, chosen);
    }
    ui.label(weak("precision ↑ recall → ○ suggested"));
}

fn draw(ui: &Ui, rect: Rect, curve: &[CurvePoint], chosen: Option<CurvePoint>) {
    let colours = theme::colours();
    let painter = ui.painter().with_clip_rect(rect);
    painter.rect_filled(rect, 3.0, colours.sunken);
    let inner = rect.shrink(MARGIN);
    let at = |point: &CurvePoint| {
        pos2(
            inner.left() + point.recall.clamp(0.0, 1.0) * inner.width(),
            inner.bottom() - point.precision.clamp(0.0, 1.0) * inner.height(),
        )
    };
    let stroke = Stroke::new(1.2, colours.accent);
    painter.add(Shape::line(curve.iter().map(at).collect(), stroke));
    if let Some(point) = chosen {
        painter.circle_stroke(at(&point), 3.5, stroke);
    }
}

/// The lowest point at or above the suggested threshold.
fn at_suggestion(metrics: &Metrics) -> Option<CurvePoint> {
    let mut above = metrics.curve.iter().rev().copied();
    above.find(|point| point.threshold >= metrics.best_f1_threshold)
}

fn words(version: u32, metrics: &Metrics, chosen: Option<CurvePoint>) -> String {
    let at = SPOKEN.map(|recall| {
        let reaching = metrics.curve.iter();
        let precision = reaching
            .filter(|point| point.recall >= recall)
            .map(|point| point.precision)
            .max_by(f32::total_cmp);
        match precision {
            Some(precision) => format!("{precision:.2} at recall {recall:.2}"),
            None => format!("unknown at recall {recall:.2}"),
        }
    });
    let mut words = format!(
        "Precision of classifier {version} on held-out examples: {}",
        at.join(", ")
    );
    if let Some(point) = chosen {
        words.push_str(&format!(
            ". The suggested threshold {:.2} finds {:.0} %",
            metrics.best_f1_threshold,
            100.0 * point.recall
        ));
    }
    words
}
