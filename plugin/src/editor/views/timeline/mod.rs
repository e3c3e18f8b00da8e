//! The timeline of the shown take: waveform or spectrogram, scores with the threshold, regions, gaps and the playhead. This file
//! owns what the timeline shows in a frame; `pointer` takes the mouse, `buttons` has the buttons, the painters draw. Runs on
//! the window's thread and never waits.
//!
//! Wheel and pinch zoom at the pointer. Shift with the wheel, a sideways wheel, the middle button, a drag on the ruler and the
//! scroll bar scroll. A double click on the ruler shows the whole take. A click selects a region, a drag of its edge resizes
//! it, and a drag over the waveform selects time, over the spectrogram a box of time and frequencies.

mod blocks;
mod buttons;
mod edges;
mod frequencies;
mod paint;
mod patterns;
mod pointer;
mod scale;
mod spectrogram;
mod trace;

pub use edges::Edge;
pub use patterns::hatch;
pub use scale::{MIN_VISIBLE_S, Scale, Zoom, visible_span};

use std::sync::Arc;

use earmark_core::protocol::{
    Band, FrequencyAxis, RegionId, RegionView, SpectrogramLook, SpectrogramView, TakeView,
    Waveform, WindowScores, shortest_region_s,
};
use earmark_core::time::Span;
use egui::{Rect, Response, Role, Sense, Ui, WidgetInfo};

use self::blocks::Blocks;
use self::edges::Drag;
use self::frequencies::{AXIS_WIDTH, Adjusting, AxisLane, band_text, hz_text};
use self::scale::Lanes;
use self::spectrogram::SpectrogramLane;
use crate::editor::action::Action;
use crate::editor::in_out::InOutPoint;
use crate::editor::region_index::RegionIndex;
use crate::editor::selection::Selection;
use crate::editor::theme;
use crate::editor::time_selection::TimeSelection;
use crate::editor::views::file_menu::Files;
use crate::editor::widgets::figures;
use crate::timecode::TimeDisplay;

/// The width of the text at the pointer, in points.
const HOVER_WIDTH: f32 = 120.0;
/// The letters of a note that the text at the pointer shows.
const LONGEST_NOTE_SHOWN: usize = 60;

/// The state of the timeline between frames.
#[derive(Debug, Clone, Default)]
pub struct TimelineState {
    /// The visible span, in seconds from the take's start; `None` shows all.
    pub visible: Option<Span>,
    /// What the user drags.
    drag: Option<Drag>,
    /// A new span of a region and the list of regions without it: shown until the engine has answered.
    asked: Option<(Drag, u64)>,
    spectrogram_lane: SpectrogramLane,
    adjusting: Adjusting,
    /// The height where a drag along the frequency axis began.
    axis_drag: Option<f32>,
}

impl TimelineState {
    /// Shows another take: all of it, as a waveform or spectrogram like the one before.
    pub fn renew(&mut self) {
        *self = Self {
            spectrogram_lane: std::mem::take(&mut self.spectrogram_lane),
            ..Self::default()
        };
    }

    /// Another window is open, which has no texture yet.
    pub fn reset_textures(&mut self) {
        self.spectrogram_lane.reset_textures();
    }

    /// Cancels the drag. Returns whether there was one.
    pub fn cancel_drag(&mut self) -> bool {
        self.drag.take().is_some()
    }
}

/// The timeline of one frame.
pub struct Timeline<'a> {
    pub take: Option<&'a TakeView>,
    pub waveform: &'a Waveform,
    /// The user wants a spectrogram instead of the waveform.
    pub wants_spectrogram: bool,
    /// The latest spectrogram from the engine.
    pub spectrogram: Option<&'a Arc<SpectrogramView>>,
    pub look: SpectrogramLook,
    /// The frequencies to show; `None` for all.
    pub frequencies: Option<Band>,
    pub scores: Option<&'a Arc<WindowScores>>,
    pub regions: &'a [RegionView],
    /// Several sounds are looked for: each region shows which it is of.
    pub has_sounds: bool,
    pub index: &'a RegionIndex,
    /// The regions that only the compared version has, by start.
    pub gone: &'a [Span],
    pub threshold: f32,
    /// In seconds from the take's start.
    pub playhead_s: Option<f64>,
    /// The playhead of the audition, in seconds from the take's start.
    pub audition_s: Option<f64>,
    /// The region at the playhead.
    pub at_playhead: Option<usize>,
    pub selection: &'a Selection,
    pub time_selection: Option<TimeSelection>,
    /// An in or out point without the other, in seconds from the take's start.
    pub open_point: Option<(InOutPoint, f64)>,
    pub times: TimeDisplay,
    pub state: &'a mut TimelineState,
}

impl Timeline<'_> {
    /// Draws the timeline into all the space.
    pub fn show(mut self, ui: &mut Ui) -> Vec<Action> {
        let (whole, response) =
            ui.allocate_exact_size(ui.available_size(), Sense::click_and_drag());
        let let_go = self.state.spectrogram_lane.follow(self.wants_spectrogram);
        let mut actions: Vec<Action> = let_go.map(Action::Send).into_iter().collect();
        response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, self.spoken()));
        let Some(take) = self.take else {
            paint::empty(&ui.painter_at(whole), whole);
            return actions;
        };
        let axis_width = if self.wants_spectrogram {
            AXIS_WIDTH
        } else {
            0.0
        };
        let (beside, body) = whole.split_left_right_at_x(whole.left() + axis_width);
        let lanes = Lanes::of(body);
        let axis = self.axis(ui, take, beside, lanes);
        let duration_s = self.duration_s(take);
        self.move_with(ui, &response, lanes, duration_s);
        self.scroll_bar(ui, lanes, duration_s);
        let scale = self.scale(body, duration_s);

        actions.extend(self.point(&response, lanes, scale, (duration_s, axis)));
        if let Some(axis) = axis {
            actions.extend(axis.point(ui, &mut self.state.axis_drag));
            let lane = &mut self.state.spectrogram_lane;
            let wish = lane.ask(ui, &take.filename, scale, axis.axis);
            actions.extend(wish.map(Action::Send));
        }
        self.drag_threshold(ui, lanes, &mut actions);
        self.forget_answered();
        self.paint(&ui.painter_at(body), lanes, (scale, axis), take.start_s);
        if let Some(axis) = axis {
            let to = ui.input(|input| input.pointer.latest_pos());
            let drag = self.state.axis_drag.zip(to).map(|(from, to)| (from, to.y));
            ui.painter()
                .rect_filled(beside, 0, theme::colours().background);
            axis.paint(&ui.painter_at(whole), drag);
        }
        self.buttons(ui, lanes, (scale, axis), &mut actions);
        let files = Files {
            clip: None,
            take: Some(&take.path),
            ..Files::default()
        };
        actions.extend(files.menu_of(&response));
        self.hover(response, lanes, (scale, axis), take.start_s);
        actions
    }

    /// The frequency axis, while the spectrogram is on show.
    fn axis(&mut self, ui: &Ui, take: &TakeView, beside: Rect, lanes: Lanes) -> Option<AxisLane> {
        let look = self.state.adjusting.follow(ui, self.look);
        let highest_hz = 0.5 * f64::from(take.rate.hz());
        self.wants_spectrogram.then(|| AxisLane {
            rect: Rect::from_x_y_ranges(beside.x_range(), lanes.wave.y_range()),
            axis: FrequencyAxis::new(look.scale, self.frequencies, highest_hz),
            highest_hz,
            look,
        })
    }

    fn spoken(&self) -> String {
        match self.take {
            None => String::from("Timeline, no audio yet"),
            Some(take) => format!(
                "Timeline, {} from {}, {} regions{}{}",
                earmark_core::time::timecode(take.duration_s),
                self.times.text(take.start_s),
                self.regions.len(),
                self.chosen(take.start_s),
                self.audition_s
                    .map_or_else(String::new, |audition_s| format!(
                        ", auditioning {}",
                        self.times.text(take.start_s + audition_s)
                    ))
            ),
        }
    }

    /// The time selection in words, or the in or out point.
    fn chosen(&self, take_start_s: f64) -> String {
        let time = |at_s: f64| self.times.text(take_start_s + at_s);
        match (self.time_selection, self.open_point) {
            (Some(TimeSelection { span, band }), _) => {
                let (start, end) = (time(span.start_s()), time(span.end_s()));
                let band = band.map_or_else(String::new, |band| format!(", {}", band_text(band)));
                format!(", {start} to {end}{band} selected")
            }
            (None, Some((InOutPoint::In, at_s))) => format!(", in at {}", time(at_s)),
            (None, Some((InOutPoint::Out, at_s))) => format!(", out at {}", time(at_s)),
            (None, None) => String::new(),
        }
    }

    fn duration_s(&self, take: &TakeView) -> f64 {
        take.duration_s
            .max(self.waveform.duration_s())
            .max(MIN_VISIBLE_S)
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

    /// The shortest region that the user may make, in seconds: the resolution of the model.
    fn shortest_s(&self) -> f64 {
        shortest_region_s(self.scores.map(|scores| scores.hop_s))
    }

    fn forget_answered(&mut self) {
        let generation = self.index.generation();
        self.state.asked.take_if(|(_, asked)| *asked != generation);
    }

    /// The drag to show: the present one, or the last until the engine has answered.
    fn drag(&self) -> Option<Drag> {
        let asked = self.state.asked.map(|(drag, _)| drag);
        self.state.drag.or(asked)
    }

    /// The action for the end of a drag on an edge.
    fn resize(&mut self, region: RegionId, drag: Drag, to: Span) -> Action {
        self.state.asked = Some((drag, self.index.generation()));
        Action::Resize { region, to }
    }

    fn paint(
        &mut self,
        painter: &egui::Painter,
        lanes: Lanes,
        (scale, axis): (Scale, Option<AxisLane>),
        take_start_s: f64,
    ) {
        paint::background(painter, lanes);
        if !self.state.spectrogram_lane.is_wanted() {
            paint::waveform(painter, lanes.wave, scale, self.waveform);
        }
        if let Some(take) = self.take {
            let latest = self.spectrogram;
            let latest = latest.filter(|latest| latest.filename == take.filename);
            if let Some(axis) = axis {
                let lane = &mut self.state.spectrogram_lane;
                lane.paint(painter, axis, scale, latest);
            }
            for gap in patterns::distinct(take.gaps.iter().copied(), scale) {
                paint::gap(painter, lanes, scale, gap);
            }
        }
        let blocks = Blocks {
            regions: self.regions,
            has_sounds: self.has_sounds,
            index: self.index,
            selection: self.selection,
            picked: self.index.picked(),
            drag: self.drag(),
            axis,
        };
        blocks.paint(painter, lanes, scale);
        if let Some(region) = self.at_playhead.and_then(|index| self.regions.get(index)) {
            paint::at_playhead(painter, lanes, scale, region.span);
        }
        for gone in patterns::distinct(self.gone.iter().copied(), scale) {
            paint::gone(painter, lanes, scale, gone);
        }
        if let Some(scores) = self.scores {
            trace::scores(painter, lanes, scale, scores, self.threshold);
        }
        trace::threshold(painter, lanes, self.threshold);
        if let Some(selected) = self.time_selection {
            paint::time_selection(painter, lanes, (scale, axis), selected);
        }
        if let Some((bound, at_s)) = self.open_point {
            paint::open_point(painter, lanes, scale, bound, at_s);
        }
        let mut ruler = lanes.ruler;
        ruler.max.x -= buttons::ruler_buttons(axis.is_some());
        paint::ruler(painter, ruler, scale, take_start_s, self.times);
        if let Some(playhead_s) = self.playhead_s {
            paint::playhead(painter, lanes, scale, playhead_s);
        }
        if let Some(audition_s) = self.audition_s {
            paint::audition(painter, lanes, scale, audition_s);
        }
    }

    /// Whether the text at the pointer would cover the buttons on the time selection.
    fn would_hide_buttons(&self, lanes: Lanes, scale: Scale, pointer: egui::Pos2) -> bool {
        let stretch = self.time_selection;
        let buttons = stretch.and_then(|it| buttons::room_beside(lanes, scale, it.span));
        buttons.is_some_and(|room| {
            let beside = room.left() - HOVER_WIDTH..=room.right();
            beside.contains(&pointer.x) && pointer.y <= room.bottom()
        })
    }

    /// The frequency and the level under `pointer`, where the spectrogram knows them.
    fn level_at(&self, axis: AxisLane, lanes: Lanes, time_s: f64, y: f32) -> Option<String> {
        if !lanes.wave.y_range().contains(y) {
            return None;
        }
        let hz = axis.axis.hz_at(axis.fraction_at(y));
        let shown = self.spectrogram.filter(|shown| {
            self.take
                .is_some_and(|take| take.filename == shown.filename)
        });
        let level = shown.and_then(|shown| shown.picture.level_db(time_s, hz));
        let level = level.map_or_else(String::new, |db| match db.is_finite() {
            true => format!(", {} dB", format!("{db:.0}").replace('-', "−")),
            false => String::from(", silent"),
        });
        Some(format!("\n{}{level}", hz_text(hz)))
    }

    fn hover(
        &self,
        response: Response,
        lanes: Lanes,
        (scale, axis): (Scale, Option<AxisLane>),
        take_start_s: f64,
    ) {
        let Some(pointer) = response
            .hover_pos()
            .filter(|pointer| lanes.body().contains(*pointer))
        else {
            return;
        };
        if response.dragged() || self.would_hide_buttons(lanes, scale, pointer) {
            return;
        }
        let time_s = scale.time_at(pointer.x);
        let mut text = self.times.text(take_start_s + time_s);
        if let Some(axis) = axis {
            let level = self.level_at(axis, lanes, time_s, pointer.y);
            text.push_str(&level.unwrap_or_default());
        }
        if let Some(score) = self
            .scores
            .and_then(|scores| trace::score_at(scores, time_s))
        {
            text.push_str(&format!("\nscore {score:.2}"));
        }
        let region = self.index.at(time_s, 0.0);
        if let Some(region) = region.and_then(|index| self.regions.get(index)) {
            text.push_str(&format!(
                "\n{} {}",
                theme::state_glyph(region.state),
                region.state.word()
            ));
            if let Some(band) = region.band {
                text.push_str(&format!(", {}", band_text(band)));
            }
            if region.exported {
                text.push_str(", exported");
            }
            if let Some(note) = &region.note {
                text.push_str(&format!("\n¶ {}", beginning(note)));
            }
            if let Some(original) = region.original {
                text.push_str(&format!(
                    "\nfound {} to {}",
                    self.times.text(take_start_s + original.start_s()),
                    self.times.text(take_start_s + original.end_s())
                ));
            }
        }
        response.on_hover_text_at_pointer(figures(text));
    }
}

/// The beginning of a note, as far as it fits beside the pointer.
fn beginning(note: &str) -> String {
    let mut letters = note.chars();
    let mut shown: String = letters.by_ref().take(LONGEST_NOTE_SHOWN).collect();
    if letters.next().is_some() {
        shown.push('…');
    }
    shown
}
