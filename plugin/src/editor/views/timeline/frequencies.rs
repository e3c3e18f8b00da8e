//! The frequency axis beside the spectrogram: its labels, the mouse on it, and its menu with scale, range, brightness and contrast.
//! Runs on the window's thread and never waits.
//!
//! A drag along the axis shows the dragged range, the wheel zooms, and a double click shows all frequencies.

use earmark_core::protocol::{
    Band, FrequencyAxis, FrequencyScale, SPECTROGRAM_BRIGHTNESS, SPECTROGRAM_CONTRAST,
    SPECTROGRAM_SCALE, SpectrogramLook, Target,
};
use egui::{
    Align2, CursorIcon, DragValue, Painter, Rect, Role, Sense, Slider, Stroke, Ui, WidgetInfo,
    lerp, pos2,
};

use crate::editor::action::Action;
use crate::editor::theme;
use crate::editor::widgets::{open_drop_down, weak};

/// The width of the axis, in points.
pub const AXIS_WIDTH: f32 = 46.0;
/// The width of the menu's button, in points.
pub const MENU_WIDTH: f32 = 96.0;
/// The smallest distance between two labels, in points.
const LABEL_DISTANCE: f32 = 15.0;
/// A shorter drag along the axis is a slip of the mouse, in points.
const SHORTEST_DRAG: f32 = 6.0;
/// Zoom factor of one point of the wheel, as along the time axis.
const ZOOM_PER_POINT: f64 = 1.004;
/// Frequencies with a label where there is room, the most important first.
const LABELLED_HZ: [f64; 22] = [
    1_000.0, 10_000.0, 100.0, 5_000.0, 20_000.0, 500.0, 2_000.0, 200.0, 50.0, 15_000.0, 3_000.0,
    300.0, 7_000.0, 700.0, 70.0, 12_000.0, 30_000.0, 40_000.0, 80_000.0, 1_500.0, 150.0, 20.0,
];

/// The axis of one frame.
#[derive(Debug, Clone, Copy)]
pub struct AxisLane {
    /// The place of the axis.
    pub rect: Rect,
    pub axis: FrequencyAxis,
    /// The highest frequency of the recording, in hertz.
    pub highest_hz: f64,
    /// As the user has it at this moment.
    pub look: SpectrogramLook,
}

impl AxisLane {
    /// The height of `hz`.
    pub fn y_of(&self, hz: f64) -> f32 {
        let up = self.axis.fraction_of(hz).clamp(-10.0, 10.0) as f32;
        lerp(self.rect.bottom()..=self.rect.top(), up)
    }

    /// How far up `y` is, from 0 at the bottom to 1 at the top.
    pub fn fraction_at(&self, y: f32) -> f64 {
        f64::from((self.rect.bottom() - y) / self.rect.height().max(1.0)).clamp(0.0, 1.0)
    }

    /// The band between two heights.
    pub fn between(&self, a: f32, b: f32) -> Option<Band> {
        self.axis.between(self.fraction_at(a), self.fraction_at(b))
    }

    /// The part of `block` with the frequencies of `band`, as far as they are shown.
    pub fn box_of(&self, block: Rect, band: Band) -> Rect {
        let clamp = |y: f32| y.clamp(self.rect.top(), self.rect.bottom());
        let (top, bottom) = (
            clamp(self.y_of(band.high_hz())),
            clamp(self.y_of(band.low_hz())),
        );
        Rect::from_x_y_ranges(block.x_range(), top..=bottom)
    }

    /// Takes the mouse on the axis. `drag_from` is the height where a drag began.
    pub fn point(self, ui: &Ui, drag_from: &mut Option<f32>) -> Option<Action> {
        let id = ui.scope_id().with("frequency axis");
        let response = ui
            .interact(self.rect, id, Sense::click_and_drag())
            .on_hover_and_drag_cursor(CursorIcon::ResizeVertical);
        let told = format!("Frequency axis, {}", band_text(self.axis.band()));
        response.widget_info(|| WidgetInfo::labeled(Role::ScrollBar, true, &told));
        let shown = if response.double_clicked() {
            *drag_from = None;
            Some(None)
        } else {
            self.dragged(&response, drag_from)
                .or_else(|| self.zoomed(ui, &response))
        };
        if drag_from.is_none() {
            let hint = "Drag to show a range, double-click for all frequencies";
            response.on_hover_text(hint);
        }
        shown.map(Action::ShowFrequencies)
    }

    fn dragged(
        &self,
        response: &egui::Response,
        drag_from: &mut Option<f32>,
    ) -> Option<Option<Band>> {
        if response.drag_started() {
            let origin = response.ctx.input(|input| input.pointer.press_origin());
            *drag_from = origin.map(|origin| origin.y);
        }
        if response.drag_stopped() {
            let from = drag_from.take()?;
            let to = response.interact_pointer_pos()?.y;
            let is_meant = (to - from).abs() >= SHORTEST_DRAG;
            return is_meant.then(|| self.between(from, to)).flatten().map(Some);
        }
        if !response.dragged() {
            *drag_from = None;
        }
        None
    }

    /// The band after a turn of the wheel; `Some(None)` for all frequencies.
    fn zoomed(&self, ui: &Ui, response: &egui::Response) -> Option<Option<Band>> {
        let pointer = response.hover_pos()?;
        let scroll = ui.input(|input| input.smooth_scroll_delta().y);
        if scroll == 0.0 {
            return None;
        }
        let zoom = ZOOM_PER_POINT.powf(f64::from(scroll));
        let at = self.fraction_at(pointer.y);
        Some(self.axis.zoomed(at, zoom, self.highest_hz))
    }

    /// Paints the axis, and the range that is dragged.
    pub fn paint(&self, painter: &Painter, drag: Option<(f32, f32)>) {
        let colours = theme::colours();
        painter.rect_filled(self.rect, 0, colours.background);
        if let Some((from, to)) = drag {
            let rect = Rect::from_x_y_ranges(self.rect.x_range(), from.min(to)..=from.max(to));
            painter.rect_filled(rect.intersect(self.rect), 0, colours.selection);
        }
        let mut taken: Vec<f32> = Vec::new();
        let half = 0.5 * LABEL_DISTANCE;
        for hz in self.labels() {
            let y = self.y_of(hz);
            let fits = self.rect.top() + half <= y && y <= self.rect.bottom() - half;
            if !fits || taken.iter().any(|near| (near - y).abs() < LABEL_DISTANCE) {
                continue;
            }
            taken.push(y);
            let right = self.rect.right();
            painter.hline(right - 4.0..=right, y, Stroke::new(1.0, colours.weak));
            painter.text(
                pos2(right - 6.0, y),
                Align2::RIGHT_CENTER,
                short_hz(hz),
                egui::FontId::new(10.5, egui::FontFamily::Monospace),
                colours.weak,
            );
        }
    }

    /// The frequencies with labels, the most important first: round ones, and where none is in the range, its ends.
    fn labels(&self) -> impl Iterator<Item = f64> + use<> {
        let band = self.axis.band();
        let inside = (band.low_hz(), band.high_hz());
        let step = 10.0_f64.powf((inside.1 - inside.0).log10().floor());
        let steps = (0..=40)
            .flat_map(move |index| [step, 0.5 * step].map(|step| step * f64::from(index)))
            .map(move |above| (inside.0 / step).floor() * step + above);
        LABELLED_HZ
            .into_iter()
            .chain(steps)
            .filter(move |hz| (inside.0..=inside.1).contains(hz))
    }
}

/// A frequency in few letters: `440`, `1.5k`.
fn short_hz(hz: f64) -> String {
    if hz >= 1_000.0 {
        let kilo = hz / 1_000.0;
        let text = format!("{kilo:.2}");
        let text = text.trim_end_matches('0').trim_end_matches('.');
        return format!("{text}k");
    }
    format!("{hz:.0}")
}

/// A frequency with its unit: `440 Hz`, `1.50 kHz`.
pub fn hz_text(hz: f64) -> String {
    if hz >= 1_000.0 {
        format!("{:.2} kHz", hz / 1_000.0)
    } else {
        format!("{hz:.0} Hz")
    }
}

/// A band in words.
pub fn band_text(band: Band) -> String {
    format!("{} to {}", hz_text(band.low_hz()), hz_text(band.high_hz()))
}

/// How the spectrogram looks while the user drags a slider, and until the engine has kept it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Adjusting {
    /// What the user wants, and what was kept when they began.
    wanted: Option<(SpectrogramLook, SpectrogramLook)>,
}

impl Adjusting {
    /// The look to show while `kept` is the one in the settings.
    pub fn follow(&mut self, ui: &Ui, kept: SpectrogramLook) -> SpectrogramLook {
        let rests = ui.input(|input| !input.pointer.any_down());
        self.wanted
            .take_if(|(wanted, before)| *wanted == kept || (rests && *before != kept));
        self.wanted.map_or(kept, |(wanted, _)| wanted)
    }

    /// The menu of the spectrogram.
    pub fn menu(&mut self, ui: &mut Ui, lane: AxisLane, kept: SpectrogramLook) -> Vec<Action> {
        let mut look = lane.look;
        let scale_word = word(look.scale);
        let mut actions = Vec::new();
        let name = "Spectrogram settings";
        open_drop_down(ui, name, scale_word, MENU_WIDTH, |ui| {
            ui.spacing_mut().interact_size.y = 18.0;
            for scale in FrequencyScale::ALL {
                if ui
                    .selectable_label(look.scale == scale, word(scale))
                    .clicked()
                {
                    look.scale = scale;
                    actions.push(setting(SPECTROGRAM_SCALE, scale.name()));
                }
            }
            for (value, key, name) in [
                (&mut look.brightness, SPECTROGRAM_BRIGHTNESS, "Brightness"),
                (&mut look.contrast, SPECTROGRAM_CONTRAST, "Contrast"),
            ] {
                let slider = ui.add(Slider::new(value, 0..=100).text(name));
                let ended = slider.drag_stopped() || (slider.changed() && !slider.dragged());
                if ended {
                    actions.push(setting(key, &value.to_string()));
                }
            }
            actions.extend(range(ui, lane));
        });
        if look != lane.look {
            self.wanted = Some((look, kept));
        }
        actions
    }
}

/// The fields of the range, for who drags nothing.
fn range(ui: &mut Ui, lane: AxisLane) -> Option<Action> {
    let band = lane.axis.band();
    let (mut low_hz, mut high_hz) = (band.low_hz(), band.high_hz());
    let field = |ui: &mut Ui, name: &str, value: &mut f64| {
        ui.horizontal(|ui| {
            ui.label(weak(name));
            let response = ui.add(
                DragValue::new(value)
                    .range(0.0..=lane.highest_hz)
                    .speed(10.0)
                    .max_decimals(0)
                    .update_while_editing(false)
                    .suffix(" Hz"),
            );
            response.widget_info(|| {
                let mut info = WidgetInfo::labeled(Role::SpinButton, true, name);
                info.value = Some(*value);
                info
            });
            response.changed()
        })
        .inner
    };
    let changed = field(ui, "Lowest frequency", &mut low_hz);
    let changed = field(ui, "Highest frequency", &mut high_hz) || changed;
    if ui.button("Show all frequencies").clicked() {
        return Some(Action::ShowFrequencies(None));
    }
    let band = Band::new(low_hz, high_hz).ok().filter(|_| changed)?;
    Some(Action::ShowFrequencies(Some(band)))
}

fn setting(key: &'static str, value: &str) -> Action {
    let value = Some(value.to_owned());
    Target::Setting { key, value }.into()
}

fn word(scale: FrequencyScale) -> &'static str {
    match scale {
        FrequencyScale::Linear => "Linear",
        FrequencyScale::Logarithmic => "Logarithmic",
        FrequencyScale::Mel => "Mel",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lane(band: Option<Band>, scale: FrequencyScale) -> AxisLane {
        AxisLane {
            rect: Rect::from_min_size(pos2(0.0, 0.0), egui::vec2(AXIS_WIDTH, 118.0)),
            axis: FrequencyAxis::new(scale, band, 24_000.0),
            highest_hz: 24_000.0,
            look: SpectrogramLook::default(),
        }
    }

    #[test]
    fn heights_and_frequencies_convert_both_ways() {
        for scale in FrequencyScale::ALL {
            let lane = lane(None, scale);
            let y = lane.y_of(1_000.0);
            let hz = lane.axis.hz_at(lane.fraction_at(y));
            assert!((hz - 1_000.0).abs() < 1.0, "{scale:?} {hz}");
        }
    }

    #[test]
    fn every_range_has_labels_however_narrow() {
        for (low, high) in [(0.0, 24_000.0), (3_010.0, 3_060.0), (20_500.0, 23_900.0)] {
            let lane = lane(Band::new(low, high).ok(), FrequencyScale::Linear);
            assert!(lane.labels().count() >= 2, "{low} to {high}");
        }
        assert_eq!(
            [440.0, 1_500.0, 20_000.0].map(short_hz),
            ["440", "1.5k", "20k"]
        );
    }
}
