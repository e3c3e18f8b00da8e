//! The mouse on the timeline: zoom, scroll, select, and drag edges, time selections and the threshold. Runs on the window's
//! thread.

use earmark_core::time::Span;
use egui::{CursorIcon, PointerButton, Pos2, Rect, Response, Role, Sense, Stroke, Ui, WidgetInfo};

use super::Timeline;
use super::edges::{Drag, Edge, Handle, handle_at};
use super::frequencies::AxisLane;
use super::scale::{Lanes, MIN_VISIBLE_S, Scale, visible_span};
use crate::editor::action::Action;
use crate::editor::selection::Pick;
use crate::editor::theme;
use crate::editor::time_selection::TimeSelection;

/// Zoom factor of one notch of a mouse wheel (50 points).
const ZOOM_PER_POINT: f64 = 1.004;
/// How near the threshold line the mouse must be to drag it, in points.
const GRAB: f32 = 5.0;
/// A drag over the spectrogram that is less high selects all frequencies, in points.
const LOWEST_BOX: f32 = 10.0;
/// The smallest width of the scroll bar's grip, in points.
const SHORTEST_GRIP: f32 = 18.0;

impl Timeline<'_> {
    /// Wheel, pinch and scroll.
    pub(super) fn move_with(
        &mut self,
        ui: &Ui,
        response: &Response,
        lanes: Lanes,
        duration_s: f64,
    ) {
        let scale = self.scale(lanes.ruler, duration_s);
        let mut from_s = scale.from_s;
        let mut length_s = scale.length_s();

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
        // Beside the lanes is the frequency axis.
        let hovered = response.hover_pos();
        if let Some(pointer) = hovered.filter(|pointer| pointer.x >= lanes.ruler.left()) {
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
        if from_s == scale.from_s && length_s == scale.length_s() {
            return;
        }
        self.state.visible = visible_span(from_s, length_s, duration_s);
    }

    /// The scroll bar below the timeline, while only a part of the take is visible.
    pub(super) fn scroll_bar(&mut self, ui: &Ui, lanes: Lanes, duration_s: f64) {
        let lane = lanes.scroll;
        ui.painter()
            .rect_filled(lane, 0, theme::colours().background);
        let Some(visible) = self.state.visible else {
            return;
        };
        let bar = ui.interact(lane, ui.scope_id().with("scroll"), Sense::click_and_drag());
        bar.widget_info(|| {
            let mut info = WidgetInfo::labeled(Role::ScrollBar, true, "Timeline scroll");
            info.value = Some(visible.start_s());
            info
        });
        let points_per_s = f64::from(lane.width()) / duration_s;
        if let Some(pointer) = bar.interact_pointer_pos() {
            let at_s = f64::from(pointer.x - lane.left()) / points_per_s;
            let length_s = visible.duration_s();
            let from_s = if bar.dragged() {
                visible.start_s() + f64::from(bar.drag_delta().x) / points_per_s
            } else if bar.clicked() && !visible.contains_s(at_s) {
                at_s - 0.5 * length_s
            } else {
                visible.start_s()
            };
            self.state.visible = visible_span(from_s, length_s, duration_s);
        }
        let from = lane.left() + (visible.start_s() * points_per_s) as f32;
        let width = ((visible.duration_s() * points_per_s) as f32).max(SHORTEST_GRIP);
        let from = from.min(lane.right() - width);
        let grip = Rect::from_x_y_ranges(from..=from + width, lane.y_range()).shrink(1.5);
        let colour = if bar.hovered() || bar.dragged() {
            theme::colours().outlined
        } else {
            theme::colours().line
        };
        ui.painter().rect_filled(grip, 3.0, colour);
    }

    /// Clicks and drags on the lanes.
    pub(super) fn point(
        &mut self,
        response: &Response,
        lanes: Lanes,
        scale: Scale,
        (duration_s, axis): (f64, Option<AxisLane>),
    ) -> Vec<Action> {
        let mut actions = Vec::new();
        self.show_handle(response, lanes, scale);
        let Some(pointer) = response.interact_pointer_pos() else {
            self.state.drag = None;
            return actions;
        };
        let time_s = scale.time_at(pointer.x).clamp(0.0, duration_s);
        let origin = press_origin(response, pointer);
        if response.drag_started_by(PointerButton::Primary) && lanes.body().contains(origin) {
            self.state.drag = Some(match self.handle_at(scale, origin.x) {
                Some(handle) => Drag::Edge {
                    handle,
                    from_s: scale.time_at(origin.x),
                    to: handle.span,
                },
                None => Drag::Time {
                    from_s: scale.time_at(origin.x).clamp(0.0, duration_s),
                    from_y: axis
                        .and(Some(origin.y))
                        .filter(|_| lanes.wave.contains(origin)),
                },
            });
        }
        let shortest_s = self.shortest_s();
        match &mut self.state.drag {
            Some(Drag::Time { from_s, from_y }) if response.dragged_by(PointerButton::Primary) => {
                let span = Span::new(from_s.min(time_s), from_s.max(time_s));
                let tall = from_y.filter(|from| (from - pointer.y).abs() >= LOWEST_BOX);
                let band = tall
                    .zip(axis)
                    .and_then(|(from, axis)| axis.between(from, pointer.y));
                let selected = span.ok().map(|span| TimeSelection { span, band });
                actions.extend(selected.map(Action::SelectTime));
            }
            Some(Drag::Edge { handle, from_s, to }) => {
                // The edge keeps its distance from the pointer.
                let moved_s = scale.time_at(pointer.x) - *from_s;
                let Handle { edge, span, .. } = *handle;
                *to = edge.moved(span, edge.of(span) + moved_s, shortest_s, duration_s);
            }
            _ => {}
        }
        if response.drag_stopped() {
            let drag = self.state.drag.take();
            if let Some(drag @ Drag::Edge { handle, to, .. }) = drag
                && to != handle.span
            {
                actions.push(self.resize(handle.region, drag, to));
            }
        }
        if response.clicked() && lanes.body().contains(pointer) {
            match self.index.at(time_s, 2.0 / scale.density()) {
                Some(index) => {
                    let how = response
                        .ctx
                        .input(|input| Pick::from_modifiers(input.modifiers));
                    actions.push(Action::Pick(index, how));
                }
                None => actions.push(Action::Dismiss),
            }
        }
        actions
    }

    fn handle_at(&self, scale: Scale, x: f32) -> Option<Handle> {
        handle_at(self.index, self.regions, self.selection, scale, x)
    }

    /// Changes the pointer over an edge that the user can drag.
    fn show_handle(&self, response: &Response, lanes: Lanes, scale: Scale) {
        let hovered = response
            .hover_pos()
            .filter(|pointer| lanes.body().contains(*pointer))
            .and_then(|pointer| self.handle_at(scale, pointer.x));
        let edge = match self.state.drag {
            Some(Drag::Edge { handle, .. }) => Some(handle.edge),
            Some(Drag::Time { .. }) => None,
            None => hovered.map(|handle| handle.edge),
        };
        let icon = match edge {
            Some(Edge::Start) => CursorIcon::ResizeWest,
            Some(Edge::End) => CursorIcon::ResizeEast,
            None => return,
        };
        response.ctx.set_cursor_icon(icon);
    }

    pub(super) fn drag_threshold(&self, ui: &Ui, lanes: Lanes, actions: &mut Vec<Action>) {
        let y = lanes.score_y(self.threshold);
        let grab = Rect::from_x_y_ranges(lanes.score.x_range(), y - GRAB..=y + GRAB);
        let line = ui
            .interact(grab, ui.scope_id().with("threshold line"), Sense::drag())
            .on_hover_and_drag_cursor(CursorIcon::ResizeVertical);
        line.widget_info(|| WidgetInfo::slider(true, f64::from(self.threshold), "Threshold line"));
        if line.hovered() || line.dragged() {
            let stroke = Stroke::new(1.0, theme::colours().strong);
            ui.painter().hline(lanes.score.x_range(), y, stroke);
        }
        if line.dragged()
            && let Some(pointer) = line.interact_pointer_pos()
        {
            let threshold = (lanes.score_at(pointer.y) * 100.0).round() / 100.0;
            if threshold != self.threshold {
                actions.push(Action::SetThreshold(threshold));
            }
        }
    }
}

/// Where the user pressed the button: until egui recognises a drag, the pointer has moved on.
fn press_origin(response: &Response, pointer: Pos2) -> Pos2 {
    response
        .ctx
        .input(|input| input.pointer.press_origin())
        .unwrap_or(pointer)
}
