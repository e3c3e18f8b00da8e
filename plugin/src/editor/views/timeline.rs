//! The timeline strip: waveform, score trace with the draggable threshold, regions, gaps and the playhead of the
//! take on show. This file lays it out and takes the mouse; [`super::timeline_paint`] draws.
//!
//! Wheel zooms at the pointer; Shift or a sideways wheel, the middle button or a drag on the ruler scroll, a double
//! click on the ruler shows everything; a click selects a region; a drag over the waveform selects a stretch of time.

use earmark_core::engine::view::{RegionView, TakeView, Waveform};
use earmark_core::scan::WindowScores;
use earmark_core::time::{Span, timecode};
use egui::{
    CursorIcon, PointerButton, Pos2, Rangef, Rect, Response, Role, Sense, Ui, WidgetInfo, vec2,
};

use super::timeline_paint as paint;
use crate::editor::action::Action;
use crate::editor::selection::{Pick, Selection};
use crate::editor::theme;

/// The closest the timeline zooms in, in seconds across its width.
pub const MIN_VISIBLE_S: f64 = 0.05;
/// Zoom factor of one notch of a mouse wheel (50 points).
const ZOOM_PER_POINT: f64 = 1.004;
const RULER_HEIGHT: f32 = 18.0;
/// How near the threshold line the mouse must be to drag it, in points.
const GRAB: f32 = 5.0;

/// What the timeline remembers between frames.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TimelineState {
    /// The stretch on show, in seconds from the take's start; `None` shows all.
    pub visible: Option<Span>,
    /// Where a drag for a time selection began, in seconds.
    drag_from_s: Option<f64>,
}

/// The timeline of one frame.
pub struct Timeline<'a> {
    pub take: Option<&'a TakeView>,
    pub waveform: &'a Waveform,
    pub scores: Option<&'a WindowScores>,
    pub regions: &'a [RegionView],
    /// What the version compared with had and the shown one has not.
    pub gone: &'a [Span],
    pub threshold: f32,
    /// In seconds from the take's start.
    pub playhead_s: Option<f64>,
    /// Where the auditioned region is at, in seconds from the take's start.
    pub audition_s: Option<f64>,
    /// The region under the playhead.
    pub heard: Option<usize>,
    pub selection: &'a Selection,
    pub time_selection: Option<Span>,
    pub state: &'a mut TimelineState,
}

/// Maps seconds from the take's start to points across the strip.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    pub x: Rangef,
    pub from_s: f64,
    pub to_s: f64,
}

impl Scale {
    /// Points per second.
    pub fn density(&self) -> f64 {
        f64::from(self.x.span()) / (self.to_s - self.from_s)
    }

    pub fn x_of(&self, time_s: f64) -> f32 {
        self.x.min + ((time_s - self.from_s) * self.density()) as f32
    }

    pub fn time_at(&self, x: f32) -> f64 {
        self.from_s + f64::from(x - self.x.min) / self.density()
    }
}

/// Where things are: the ruler above, the waveform, the score trace below.
#[derive(Debug, Clone, Copy)]
pub struct Lanes {
    pub ruler: Rect,
    pub wave: Rect,
    pub score: Rect,
}

impl Lanes {
    fn of(whole: Rect) -> Self {
        let (ruler, body) = whole.split_top_bottom_at_y(whole.top() + RULER_HEIGHT);
        let (wave, score) = body.split_top_bottom_at_fraction(0.62);
        Self { ruler, wave, score }
    }

    /// Both lanes below the ruler.
    pub fn body(&self) -> Rect {
        self.wave.union(self.score)
    }

    /// Height of `score` (0 to 1) in the score lane.
    pub fn score_y(&self, score: f32) -> f32 {
        let inner = self.score.shrink2(vec2(0.0, 3.0));
        egui::remap_clamp(score, 0.0..=1.0, inner.bottom()..=inner.top())
    }

    fn score_at(&self, y: f32) -> f32 {
        let inner = self.score.shrink2(vec2(0.0, 3.0));
        egui::remap_clamp(y, inner.top()..=inner.bottom(), 1.0..=0.0)
    }
}

impl Timeline<'_> {
    /// Draws the strip into all the space there is.
    pub fn show(mut self, ui: &mut Ui) -> Vec<Action> {
        let (whole, response) =
            ui.allocate_exact_size(ui.available_size(), Sense::click_and_drag());
        response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, self.spoken()));
        let Some(take) = self.take else {
            paint::empty(&ui.painter_at(whole), whole);
            return Vec::new();
        };
        let lanes = Lanes::of(whole);
        let duration_s = take.duration_s.max(self.waveform_s()).max(MIN_VISIBLE_S);
        self.move_with(ui, &response, lanes, duration_s);
        let scale = self.scale(whole, duration_s);

        let mut actions = Vec::new();
        self.point(&response, lanes, scale, duration_s, &mut actions);
        self.drag_threshold(ui, lanes, &mut actions);
        self.paint(&ui.painter_at(whole), lanes, scale, take.start_s);
        self.hover(response, lanes, scale, take.start_s);
        actions
    }

    fn spoken(&self) -> String {
        match self.take {
            None => String::from("Timeline, nothing captured yet"),
            Some(take) => format!(
                "Timeline, {} from {}, {} regions{}",
                timecode(take.duration_s),
                timecode(take.start_s),
                self.regions.len(),
                self.audition_s
                    .map_or_else(String::new, |audition_s| format!(
                        ", auditioning {}",
                        timecode(take.start_s + audition_s)
                    ))
            ),
        }
    }

    fn waveform_s(&self) -> f64 {
        self.waveform.seconds_per_peak * self.waveform.peaks.len() as f64
    }

    fn scale(&self, whole: Rect, duration_s: f64) -> Scale {
        let (from_s, to_s) = match self.state.visible {
            Some(span) => (span.start_s(), span.end_s()),
            None => (0.0, duration_s),
        };
        Scale {
            x: whole.x_range(),
            from_s,
            to_s: to_s.max(from_s + MIN_VISIBLE_S),
        }
    }

    /// Wheel, pinch and scroll.
    fn move_with(&mut self, ui: &Ui, response: &Response, lanes: Lanes, duration_s: f64) {
        let scale = self.scale(lanes.ruler, duration_s);
        let mut from_s = scale.from_s;
        let mut length_s = scale.to_s - scale.from_s;

        let on_ruler = response
            .interact_pointer_pos()
            .is_some_and(|pointer| lanes.ruler.contains(press_origin(response, pointer)));
        if response.double_clicked() && on_ruler {
            self.state.visible = None;
            return;
        }
        if response.dragged_by(PointerButton::Middle)
            || (on_ruler && response.dragged_by(PointerButton::Primary))
        {
            from_s -= f64::from(response.drag_delta().x) / scale.density();
        }
        if let Some(pointer) = response.hover_pos() {
            let (scroll, pinch) =
                ui.input(|input| (input.smooth_scroll_delta(), input.zoom_delta()));
            from_s -= f64::from(scroll.x) / scale.density();
            let zoom = ZOOM_PER_POINT.powf(f64::from(scroll.y)) * f64::from(pinch);
            if (zoom - 1.0).abs() > 1e-6 {
                let at_s = scale.time_at(pointer.x);
                let zoomed_s = (length_s / zoom).clamp(MIN_VISIBLE_S, duration_s);
                from_s = at_s - (at_s - from_s) * (zoomed_s / length_s);
                length_s = zoomed_s;
            }
        }
        if from_s == scale.from_s && length_s == scale.to_s - scale.from_s {
            return;
        }
        self.state.visible = visible_span(from_s, length_s, duration_s);
    }

    /// Clicks and drags on the lanes.
    fn point(
        &mut self,
        response: &Response,
        lanes: Lanes,
        scale: Scale,
        duration_s: f64,
        actions: &mut Vec<Action>,
    ) {
        let Some(pointer) = response.interact_pointer_pos() else {
            self.state.drag_from_s = None;
            return;
        };
        let time_s = scale.time_at(pointer.x).clamp(0.0, duration_s);
        let origin = press_origin(response, pointer);
        if response.drag_started_by(PointerButton::Primary) && lanes.body().contains(origin) {
            self.state.drag_from_s = Some(scale.time_at(origin.x).clamp(0.0, duration_s));
        }
        if let Some(from_s) = self.state.drag_from_s
            && response.dragged_by(PointerButton::Primary)
            && let Ok(span) = Span::new(from_s.min(time_s), from_s.max(time_s))
        {
            actions.push(Action::SelectTime(span));
        }
        if response.drag_stopped() {
            self.state.drag_from_s = None;
        }
        if response.clicked() && lanes.body().contains(pointer) {
            match self.region_at(time_s, 2.0 / scale.density()) {
                Some(index) => {
                    let how = response
                        .ctx
                        .input(|input| Pick::from_modifiers(input.modifiers));
                    actions.push(Action::Pick(index, how));
                }
                None => actions.push(Action::Dismiss),
            }
        }
    }

    /// The shortest region within `slack_s` of `time_s`, so that a region inside a longer one can be reached.
    fn region_at(&self, time_s: f64, slack_s: f64) -> Option<usize> {
        self.regions
            .iter()
            .enumerate()
            .filter(|(_, region)| {
                (region.span.start_s() - slack_s..region.span.end_s() + slack_s).contains(&time_s)
            })
            .min_by(|(_, a), (_, b)| a.span.duration_s().total_cmp(&b.span.duration_s()))
            .map(|(index, _)| index)
    }

    fn drag_threshold(&self, ui: &Ui, lanes: Lanes, actions: &mut Vec<Action>) {
        let y = lanes.score_y(self.threshold);
        let grab = Rect::from_x_y_ranges(lanes.score.x_range(), y - GRAB..=y + GRAB);
        let line = ui
            .interact(grab, ui.scope_id().with("threshold line"), Sense::drag())
            .on_hover_and_drag_cursor(CursorIcon::ResizeVertical);
        line.widget_info(|| WidgetInfo::slider(true, f64::from(self.threshold), "Threshold line"));
        if line.dragged()
            && let Some(pointer) = line.interact_pointer_pos()
        {
            let threshold = (lanes.score_at(pointer.y) * 100.0).round() / 100.0;
            if threshold != self.threshold {
                actions.push(Action::SetThreshold(threshold));
            }
        }
    }

    fn paint(&self, painter: &egui::Painter, lanes: Lanes, scale: Scale, take_start_s: f64) {
        paint::ground(painter, lanes);
        paint::waveform(painter, lanes.wave, scale, self.waveform);
        if let Some(take) = self.take {
            for gap in &take.gaps {
                paint::gap(painter, lanes, scale, *gap);
            }
        }
        paint::regions(painter, lanes, scale, self.regions, self.selection);
        if let Some(region) = self.heard.and_then(|index| self.regions.get(index)) {
            paint::heard(painter, lanes, scale, region.span);
        }
        for gone in self.gone {
            paint::gone(painter, lanes, scale, *gone);
        }
        if let Some(scores) = self.scores {
            paint::scores(painter, lanes, scale, scores, self.threshold);
        }
        paint::threshold(painter, lanes, self.threshold);
        if let Some(span) = self.time_selection {
            paint::time_selection(painter, lanes, scale, span);
        }
        paint::ruler(painter, lanes.ruler, scale, take_start_s);
        if let Some(playhead_s) = self.playhead_s {
            paint::playhead(painter, lanes, scale, playhead_s);
        }
        if let Some(audition_s) = self.audition_s {
            paint::audition(painter, lanes, scale, audition_s);
        }
    }

    fn hover(&self, response: Response, lanes: Lanes, scale: Scale, take_start_s: f64) {
        let Some(pointer) = response
            .hover_pos()
            .filter(|pointer| lanes.body().contains(*pointer))
        else {
            return;
        };
        let time_s = scale.time_at(pointer.x);
        let score = self.scores.and_then(|scores| score_at(scores, time_s));
        let region = self
            .region_at(time_s, 0.0)
            .and_then(|index| self.regions.get(index));
        let mut text = timecode(take_start_s + time_s);
        if let Some(score) = score {
            text.push_str(&format!("\nscore {score:.2}"));
        }
        if let Some(region) = region {
            text.push_str(&format!(
                "\n{} {}",
                theme::state_glyph(region.state),
                region.state.word()
            ));
        }
        if !response.dragged() {
            response.on_hover_text_at_pointer(super::super::widgets::figures(text));
        }
    }
}

/// The stretch of `length_s` from `from_s`, kept inside the take; `None` when that is all of it.
pub fn visible_span(from_s: f64, length_s: f64, duration_s: f64) -> Option<Span> {
    if length_s >= duration_s {
        return None;
    }
    let from_s = from_s.clamp(0.0, duration_s - length_s);
    Span::new(from_s, from_s + length_s).ok()
}

/// Where the button went down: by the time egui is sure of a drag, the pointer has moved on.
fn press_origin(response: &Response, pointer: Pos2) -> Pos2 {
    response
        .ctx
        .input(|input| input.pointer.press_origin())
        .unwrap_or(pointer)
}

/// Score of the window whose middle is nearest to `time_s`.
fn score_at(scores: &WindowScores, time_s: f64) -> Option<f32> {
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
    fn seconds_and_points_convert_both_ways() {
        let scale = Scale {
            x: Rangef::new(100.0, 600.0),
            from_s: 10.0,
            to_s: 20.0,
        };
        assert!((scale.x_of(15.0) - 350.0).abs() < 1e-3);
        assert!((scale.time_at(350.0) - 15.0).abs() < 1e-9);
    }

    #[test]
    fn what_is_on_show_stays_inside_the_take() {
        let span = visible_span(95.0, 10.0, 100.0).unwrap();
        assert_eq!((span.start_s(), span.end_s()), (90.0, 100.0));
        let span = visible_span(-3.0, 10.0, 100.0).unwrap();
        assert_eq!((span.start_s(), span.end_s()), (0.0, 10.0));
        assert_eq!(visible_span(0.0, 100.0, 100.0), None);
    }

    #[test]
    fn unscored_windows_have_no_score() {
        let scores = WindowScores {
            hop_s: 0.5,
            window_s: 1.0,
            scores: vec![0.25, f32::NAN],
        };
        assert_eq!(score_at(&scores, 0.5), Some(0.25));
        assert_eq!(score_at(&scores, 1.0), None);
        assert_eq!(score_at(&scores, 9.0), None);
    }
}
