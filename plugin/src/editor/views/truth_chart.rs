//! The chart of score against truth: how often a region of a score is the sound, with its uncertainty, made of the judged regions of the
//! shown version. A line marks the threshold from which the regions reach the wanted precision, and a button sets it.
//!
//! The estimate is the engine's (`scan/truth_curve`); here it is only drawn. Runs on the window's thread, which makes
//! the curve once for every new list of regions.

use std::sync::Arc;

use earmark_core::protocol::{
    LEAST_JUDGEMENTS, PrecisionThreshold, Reach, RegionView, TruthCurve, View, found_scores,
    judged_scores,
};
use egui::{Color32, Mesh, Pos2, Rect, Role, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2};

use crate::editor::action::Action;
use crate::editor::theme;
use crate::editor::widgets::{counted, weak};

/// The precision whose threshold is marked.
const PRECISION: f64 = 0.9;
const WIDTH: f32 = 190.0;
const HEIGHT: f32 = 78.0;
/// The height where the list has little room.
const LOW_HEIGHT: f32 = 44.0;
/// Less room than this, in points, is little.
const LITTLE_ROOM: f32 = 280.0;
const MARGIN: f32 = 6.0;
/// Points of the curve.
const POINTS: usize = 48;
/// The scores in the accessible name.
const SPOKEN: [f32; 4] = [0.3, 0.5, 0.7, 0.9];

/// The curve of the shown version.
#[derive(Debug, Default)]
pub struct TruthChart {
    regions: Option<Arc<Vec<RegionView>>>,
    judged: usize,
    drawn: Option<Drawn>,
}

/// A curve with what it was made of.
#[derive(Debug)]
struct Drawn {
    curve: TruthCurve,
    at: PrecisionThreshold,
    /// The lowest and the highest score that was judged.
    scores: (f32, f32),
    take: Option<String>,
    version: Option<String>,
    /// The threshold of the regions.
    threshold: f32,
}

impl TruthChart {
    /// Makes the curve again when the regions are new. A higher threshold takes judged regions out of the list; the curve of the
    /// version stays then, because it is still true.
    pub fn follow(&mut self, view: &View, threshold: f32) {
        let regions = &view.results.regions;
        let is_known = |known: &Arc<Vec<RegionView>>| Arc::ptr_eq(known, regions);
        if self.regions.as_ref().is_some_and(is_known) {
            return;
        }
        self.regions = Some(Arc::clone(regions));
        let own: Vec<RegionView> = view.results.own_regions().cloned().collect();
        let judged = judged_scores(&own, classes_of(view));
        self.judged = judged.len();
        if let Some(curve) = TruthCurve::fit(&judged) {
            let found = found_scores(&own);
            let scores = judged.iter().map(|one| one.score);
            self.drawn = Some(Drawn {
                at: curve.threshold_for(PRECISION, &found),
                scores: scores.fold((1.0, 0.0), |(low, high), score| {
                    (f32::min(low, score), f32::max(high, score))
                }),
                curve,
                take: view.shown.take.clone(),
                version: view.shown.version.clone(),
                threshold,
            });
        } else if self.drawn.as_ref().is_some_and(|drawn| {
            let is_same = drawn.take == view.shown.take && drawn.version == view.shown.version;
            !is_same || threshold <= drawn.threshold
        }) {
            self.drawn = None;
        }
    }

    /// Draws the chart, or says what is missing for it.
    pub fn show(&self, ui: &mut Ui, threshold: f32) -> Option<Action> {
        let Some(drawn) = &self.drawn else {
            ui.label(weak(self.missing())).on_hover_text(
                "Confirm (P) or reject (N) regions of this version: marks beside its regions do not count.",
            );
            return None;
        };
        let is_low = ui.available_height() < LITTLE_ROOM;
        let height = if is_low { LOW_HEIGHT } else { HEIGHT };
        ui.horizontal(|ui| {
            drawn.chart(ui, height, threshold);
            ui.vertical(|ui| {
                if !is_low {
                    ui.label(weak(drawn.axes()));
                }
                ui.label(drawn.reach_words());
                drawn.button(ui, threshold)
            })
            .inner
        })
        .inner
    }

    fn missing(&self) -> String {
        match LEAST_JUDGEMENTS.checked_sub(self.judged) {
            Some(missing) if missing > 0 => format!(
                "{} of {LEAST_JUDGEMENTS} judged: {missing} more for the curve of score against truth",
                self.judged
            ),
            _ => String::from("All judged regions have one score, so there is no curve"),
        }
    }
}

/// What the classifier of the shown version looks for; nothing while that is unknown.
fn classes_of(view: &View) -> &[String] {
    let mut versions = view.results.versions.iter();
    let shown = versions.find(|it| Some(&it.row.timestamp) == view.shown.version.as_ref());
    let by = shown.and_then(|version| version.row.classifier);
    let mut classifiers = view.learning.classifiers.iter();
    let by = classifiers.find(|it| Some(it.version) == by);
    by.map_or(&[], |classifier| &classifier.classes)
}

impl Drawn {
    fn chart(&self, ui: &mut Ui, height: f32, threshold: f32) {
        let (rect, response) = ui.allocate_exact_size(vec2(WIDTH, height), Sense::hover());
        let name = self.words();
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
        response.on_hover_text(name);
        if ui.is_rect_visible(rect) {
            self.paint(ui, rect, threshold);
        }
    }

    /// The button that sets the threshold.
    fn button(&self, ui: &mut Ui, threshold: f32) -> Option<Action> {
        let Reach::From(wanted) = self.at.estimate else {
            return None;
        };
        let is_set = (threshold - wanted).abs() < 0.005;
        let button = egui::Button::new(format!("Use 90 % precision {wanted:.2}"));
        let button = ui
            .add_enabled(!is_set, button)
            .on_hover_text("Sets the threshold at which nine of ten regions should be the sound.")
            .on_disabled_hover_text("The threshold is there already.");
        button.clicked().then_some(Action::SetThreshold(wanted))
    }

    /// The lowest score of the chart: a tenth at or below all that was judged.
    fn lowest(&self) -> f32 {
        (self.scores.0 * 10.0).floor() / 10.0
    }

    fn axes(&self) -> String {
        let judged = counted(self.curve.judged(), "judgement", "judgements");
        let lowest = self.lowest();
        format!("share of true regions ↑ score {lowest:.1} to 1 → from {judged}")
    }

    fn reach_words(&self) -> String {
        match self.at.estimate {
            Reach::From(_) => format!(
                "90 % precision from {} (95 % interval: {} to {})",
                self.at.estimate, self.at.low, self.at.high
            ),
            Reach::Everywhere => String::from("All regions together reach 90 % precision"),
            Reach::Nowhere => String::from("No threshold reaches 90 % precision"),
        }
    }

    fn words(&self) -> String {
        let (low, high) = self.scores;
        let spoken = SPOKEN.iter().filter(|score| (low..=high).contains(*score));
        let shares = spoken.map(|&score| {
            let share = self.curve.share_at(score);
            format!(
                "{:.2} ({:.2} to {:.2}) at score {score:.1}",
                share.estimate, share.low, share.high
            )
        });
        let shares: Vec<String> = shares.collect();
        format!(
            "Share of true regions by score, from {}: {}. {}",
            counted(self.curve.judged(), "judgement", "judgements"),
            shares.join(", "),
            self.reach_words()
        )
    }

    fn paint(&self, ui: &Ui, rect: Rect, threshold: f32) {
        let colours = theme::colours();
        let painter = ui.painter().with_clip_rect(rect);
        painter.rect_filled(rect, 3.0, colours.sunken);
        let inner = rect.shrink(MARGIN);
        let lowest = self.lowest().min(0.9);
        let x_of = |score: f32| {
            let part = (score - lowest) / (1.0 - lowest);
            inner.left() + inner.width() * part.clamp(0.0, 1.0)
        };
        let at = |score: f32, share: f64| {
            let share = share.clamp(0.0, 1.0) as f32;
            pos2(x_of(score), inner.bottom() - inner.height() * share)
        };
        let nine_tenths = [at(0.0, PRECISION), at(1.0, PRECISION)];
        let faint = Stroke::new(1.0, colours.line);
        painter.extend(Shape::dashed_line(&nine_tenths, faint, 3.0, 3.0));
        let (low, high) = self.scores;
        let scores = (0..POINTS).map(|nth| low + (high - low) * nth as f32 / (POINTS - 1) as f32);
        let shares = scores.map(|score| (score, self.curve.share_at(score)));
        let shares: Vec<_> = shares.collect();
        let edges = shares.iter().map(|&(score, share)| {
            let ends = (share.low, share.high);
            (at(score, ends.0), at(score, ends.1))
        });
        painter.add(ribbon(edges, colours.accent.gamma_multiply(0.25)));
        let line = shares
            .iter()
            .map(|&(score, share)| at(score, share.estimate));
        painter.add(Shape::line(
            line.collect(),
            Stroke::new(1.5, colours.accent),
        ));
        for band in self.curve.bands() {
            let score = band.score as f32;
            let whisker = [at(score, band.share.low), at(score, band.share.high)];
            painter.line_segment(whisker, Stroke::new(1.0, colours.weak));
            painter.circle_filled(at(score, band.share.estimate), 2.0, colours.text);
        }
        let present = Stroke::new(1.0, colours.text);
        let upright = [
            pos2(x_of(threshold), rect.top()),
            pos2(x_of(threshold), rect.bottom()),
        ];
        painter.extend(Shape::dashed_line(&upright, present, 3.0, 3.0));
        if let Reach::From(wanted) = self.at.estimate {
            painter.vline(
                x_of(wanted),
                rect.y_range(),
                Stroke::new(1.5, colours.positive),
            );
        }
    }
}

/// A filled stripe between lower and upper points.
fn ribbon(edges: impl Iterator<Item = (Pos2, Pos2)>, colour: Color32) -> Mesh {
    let mut mesh = Mesh::default();
    for (nth, (low, high)) in (0_u32..).zip(edges) {
        mesh.colored_vertex(low, colour);
        mesh.colored_vertex(high, colour);
        if nth > 0 {
            let first = 2 * (nth - 1);
            mesh.add_triangle(first, first + 1, first + 2);
            mesh.add_triangle(first + 1, first + 2, first + 3);
        }
    }
    mesh
}
