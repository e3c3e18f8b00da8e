//! The buttons on the timeline: time format, zoom, spectrogram, and marks for the time selection.

use earmark_core::time::Span;
use egui::{Align, Layout, Rect, Role, Ui, UiBuilder, WidgetInfo, pos2, vec2};

use super::Timeline;
use super::frequencies::{AxisLane, MENU_WIDTH};
use super::scale::{Lanes, Scale, Zoom};
use crate::editor::action::Action;
use crate::editor::theme;
use crate::editor::widgets::{drop_down, glyph_button};
use crate::timecode::TimeFormat;

/// The size of the buttons on a time selection, in points.
const SELECTION_BUTTONS: egui::Vec2 = vec2(152.0, 22.0);
/// The width of the buttons at the end of the ruler, in points, without the menu of the spectrogram.
const VIEW_BUTTONS: f32 = 206.0;

/// The width of the buttons at the end of the ruler, in points.
pub(super) fn ruler_buttons(has_spectrogram: bool) -> f32 {
    VIEW_BUTTONS
        + if has_spectrogram {
            MENU_WIDTH + 2.0
        } else {
            0.0
        }
}

impl Timeline<'_> {
    pub(super) fn buttons(
        &mut self,
        ui: &mut Ui,
        lanes: Lanes,
        (scale, axis): (Scale, Option<AxisLane>),
        actions: &mut Vec<Action>,
    ) {
        self.view_buttons(ui, lanes, axis, actions);
        if let Some(selected) = self.time_selection {
            mark_buttons(ui, lanes, scale, selected.span, actions);
        }
    }

    /// At the end of the ruler.
    fn view_buttons(
        &mut self,
        ui: &mut Ui,
        lanes: Lanes,
        axis: Option<AxisLane>,
        actions: &mut Vec<Action>,
    ) {
        let from = (lanes.ruler.right() - ruler_buttons(axis.is_some())).max(lanes.ruler.left());
        let room = Rect::from_x_y_ranges(from..=lanes.ruler.right(), lanes.ruler.y_range());
        // Hides the marks of the ruler behind the buttons.
        ui.painter()
            .rect_filled(room, 0, theme::colours().background);
        let room = UiBuilder::new()
            .max_rect(room)
            .layout(Layout::right_to_left(Align::Center));
        ui.scope_builder(room, |ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            ui.spacing_mut().button_padding = vec2(5.0, 0.0);
            ui.spacing_mut().interact_size.y = lanes.ruler.height();
            self.time_format(ui, actions);
            for (glyph, name, zoom, enabled) in [
                ("+", "Zoom in (+)", Zoom::In, true),
                ("−", "Zoom out (-)", Zoom::Out, self.state.visible.is_some()),
                (
                    "↔",
                    "Show whole take (F)",
                    Zoom::Fit,
                    self.state.visible.is_some(),
                ),
            ] {
                if glyph_button(ui, glyph, name, enabled).clicked() {
                    actions.push(Action::Zoom(zoom));
                }
            }
            let wanted = self.state.spectrogram_lane.is_wanted();
            let name = "Spectrogram";
            let toggle = ui.selectable_label(wanted, "▒");
            toggle.widget_info(|| WidgetInfo::selected(Role::Button, true, wanted, name));
            if toggle
                .on_hover_text("Show a spectrogram instead of the waveform (G)")
                .clicked()
            {
                actions.push(Action::ToggleSpectrogram);
            }
            if let Some(axis) = axis {
                actions.extend(self.state.adjusting.menu(ui, axis, self.look));
            }
        });
    }

    fn time_format(&self, ui: &mut Ui, actions: &mut Vec<Action>) {
        let shown = self.times.format();
        drop_down(ui, "Time format", shown.word(), 110.0, |ui| {
            for format in TimeFormat::ALL {
                let possible = format != TimeFormat::Bars || self.times.knows_bars();
                let label = egui::Button::selectable(shown == format, format.word());
                let response = ui
                    .add_enabled(possible, label)
                    .on_disabled_hover_text("The host has not sent its tempo yet");
                if response.clicked() {
                    actions.push(Action::SetTimeFormat(format));
                }
            }
        });
    }
}

/// The place of the buttons on a time selection, if it is visible.
pub(super) fn room_beside(lanes: Lanes, scale: Scale, span: Span) -> Option<Rect> {
    let (from, to) = (scale.x_of(span.start_s()), scale.x_of(span.end_s()));
    if to < scale.x.min || from > scale.x.max {
        return None;
    }
    let most_left = (scale.x.max - SELECTION_BUTTONS.x).max(scale.x.min);
    let left = (0.5 * (from + to - SELECTION_BUTTONS.x)).clamp(scale.x.min, most_left);
    let top = lanes.wave.bottom() - SELECTION_BUTTONS.y - 2.0;
    Some(Rect::from_min_size(pos2(left, top), SELECTION_BUTTONS))
}

/// The buttons on the time selection.
fn mark_buttons(ui: &mut Ui, lanes: Lanes, scale: Scale, span: Span, actions: &mut Vec<Action>) {
    let Some(room) = room_beside(lanes, scale, span) else {
        return;
    };
    ui.scope_builder(UiBuilder::new().max_rect(room), |ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        ui.horizontal(|ui| {
            for (glyph, name, action) in [
                (
                    "● P",
                    "Mark positive (P)",
                    Action::MarkPositive { ask: false },
                ),
                ("⊗ N", "Mark negative (N)", Action::MarkNegative),
                ("◐ U", "Mark unsure (U)", Action::MarkUnsure),
                ("▶", "Play selection (Space)", Action::Audition),
            ] {
                if glyph_button(ui, glyph, name, true).clicked() {
                    actions.push(action);
                }
            }
        });
    });
}
