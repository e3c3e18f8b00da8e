//! The scale of the timeline: where times and scores are, and which span of the take is visible. Pure.

use earmark_core::time::Span;
use egui::{Rangef, Rect, vec2};

/// The closest the timeline zooms in, in seconds across its width.
pub const MIN_VISIBLE_S: f64 = 0.05;
const RULER_HEIGHT: f32 = 18.0;
const SCROLL_HEIGHT: f32 = 9.0;
/// The zoom factor of one press of a key.
const KEY_ZOOM: f64 = 1.5;
/// The part of the visible span that one press of a key scrolls by.
const KEY_SCROLL: f64 = 0.25;
/// Room on either side of the selection after a zoom to it, as a part of it.
const MARGIN: f64 = 0.1;

/// Maps seconds from the take's start to points across the timeline.
#[derive(Debug, Clone, Copy, PartialEq)]
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

    /// The point at `time_s`.
    pub fn x_of(&self, time_s: f64) -> f32 {
        self.x.min + ((time_s - self.from_s) * self.density()) as f32
    }

    /// The time at point `x`, in seconds.
    pub fn time_at(&self, x: f32) -> f64 {
        self.from_s + f64::from(x - self.x.min) / self.density()
    }

    /// The length of the visible span, in seconds.
    pub fn length_s(&self) -> f64 {
        self.to_s - self.from_s
    }
}

/// The lanes from the top: ruler, waveform, scores, scroll bar.
#[derive(Debug, Clone, Copy)]
pub struct Lanes {
    pub ruler: Rect,
    pub wave: Rect,
    pub score: Rect,
    pub scroll: Rect,
}

impl Lanes {
    /// The lanes in `whole`.
    pub fn of(whole: Rect) -> Self {
        let (ruler, below) = whole.split_top_bottom_at_y(whole.top() + RULER_HEIGHT);
        let (body, scroll) = below.split_top_bottom_at_y(below.bottom() - SCROLL_HEIGHT);
        let (wave, score) = body.split_top_bottom_at_fraction(0.62);
        Self {
            ruler,
            wave,
            score,
            scroll,
        }
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

    /// The score at height `y` in the score lane.
    pub fn score_at(&self, y: f32) -> f32 {
        let inner = self.score.shrink2(vec2(0.0, 3.0));
        egui::remap_clamp(y, inner.top()..=inner.bottom(), 1.0..=0.0)
    }
}

/// A change of the visible span by a key or a button.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zoom {
    In,
    Out,
    /// The whole take.
    Fit,
    /// The selection.
    Selection,
    Earlier,
    Later,
}

impl Zoom {
    /// The visible span after the change, in a take of `duration_s`. The selection `about` stays visible.
    pub fn of(self, visible: Option<Span>, about: Option<Span>, duration_s: f64) -> Option<Span> {
        let (from_s, length_s) = visible.map_or((0.0, duration_s), |span| {
            (span.start_s(), span.duration_s())
        });
        let closer = |factor: f64| {
            let middle_s = from_s + 0.5 * length_s;
            let zoomed_s = (length_s / factor).clamp(MIN_VISIBLE_S, duration_s.max(MIN_VISIBLE_S));
            let at_s = about.map_or(middle_s, Span::centre_s);
            // A hidden selection moves to the middle; a visible one stays at its place.
            let is_in_sight = (from_s..from_s + length_s).contains(&at_s);
            let start_s = if is_in_sight {
                at_s - (at_s - from_s) * (zoomed_s / length_s)
            } else {
                at_s - 0.5 * zoomed_s
            };
            visible_span(start_s, zoomed_s, duration_s)
        };
        let scrolled = |part: f64| visible_span(from_s + part * length_s, length_s, duration_s);
        match (self, about) {
            (Self::In, _) => closer(KEY_ZOOM),
            (Self::Out, _) => closer(1.0 / KEY_ZOOM),
            (Self::Fit, _) => None,
            (Self::Selection, None) => visible,
            (Self::Selection, Some(span)) => {
                let length_s = (span.duration_s() * (1.0 + 2.0 * MARGIN)).max(MIN_VISIBLE_S);
                visible_span(span.centre_s() - 0.5 * length_s, length_s, duration_s)
            }
            (Self::Earlier, _) => scrolled(-KEY_SCROLL),
            (Self::Later, _) => scrolled(KEY_SCROLL),
        }
    }
}

/// The span of `length_s` from `from_s`, moved into the take; `None` when that is the whole take.
pub fn visible_span(from_s: f64, length_s: f64, duration_s: f64) -> Option<Span> {
    if length_s >= duration_s {
        return None;
    }
    let from_s = from_s.clamp(0.0, duration_s - length_s);
    Span::new(from_s, from_s + length_s).ok()
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
    fn keys_zoom_about_what_is_selected_and_scroll_by_a_quarter() {
        let about = Span::new(30.0, 32.0).ok();
        let closer = Zoom::In.of(None, about, 60.0).unwrap();
        assert!(closer.contains_s(31.0) && closer.duration_s() == 40.0);
        assert_eq!(Zoom::Out.of(Some(closer), about, 60.0), None);
        let on_it = Zoom::Selection.of(None, about, 60.0).unwrap();
        assert!((on_it.start_s() - 29.8).abs() < 1e-9 && (on_it.end_s() - 32.2).abs() < 1e-9);
        assert_eq!(Zoom::Fit.of(Some(on_it), about, 60.0), None);
        let later = Zoom::Later
            .of(Span::new(10.0, 20.0).ok(), None, 60.0)
            .unwrap();
        assert_eq!((later.start_s(), later.end_s()), (12.5, 22.5));
        let mut visible = Span::new(0.0, 0.06).ok();
        for _ in 0..9 {
            visible = Zoom::In.of(visible, None, 60.0);
        }
        assert!((visible.unwrap().duration_s() - MIN_VISIBLE_S).abs() < 1e-9);
    }
}
