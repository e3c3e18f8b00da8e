//! The menu for the shape of regions: the largest gap that joins two, and the shortest length.

use earmark_core::protocol::{LONGEST_S, RegionShape, Target};
use egui::containers::menu::{MenuButton, MenuConfig};
use egui::{DragValue, PopupCloseBehavior, Response, Role, Ui, WidgetInfo};

use crate::editor::action::Action;
use crate::editor::widgets::weak;

/// The lengths while the user drags them.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ShapeForm {
    dragged: Option<(f64, f64)>,
}

/// Draws the button and its menu, which asks for a shape once the user stops dragging.
pub fn show(ui: &mut Ui, shape: RegionShape, form: &mut ShapeForm) -> Option<Action> {
    let mut chosen = None;
    let config = MenuConfig::new().close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    let (response, _) = MenuButton::new("⇔").config(config).ui(ui, |ui| {
        chosen = lengths(ui, shape, form);
    });
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Shape of regions"));
    response.on_hover_text("Set the largest gap to join and the shortest region");
    chosen
}

fn lengths(ui: &mut Ui, shape: RegionShape, form: &mut ShapeForm) -> Option<Action> {
    let known = (shape.fuse_gap_s(), shape.min_length_s());
    let (mut gap_s, mut length_s) = form.dragged.unwrap_or(known);
    let responses = [
        seconds(ui, "Join gaps up to", &mut gap_s),
        seconds(ui, "Shortest region", &mut length_s),
    ];
    ui.label(weak("Earmark saves this per profile and model."));
    let asked = RegionShape::new(gap_s, length_s);
    let is_dragged = responses.iter().any(Response::dragged);
    if is_dragged {
        form.dragged = Some((gap_s, length_s));
        return None;
    }
    form.dragged = None;
    (asked != shape).then(|| Target::RegionShape(asked).into())
}

fn seconds(ui: &mut Ui, name: &str, value: &mut f64) -> Response {
    ui.horizontal(|ui| {
        let label = ui.label(name).id;
        let field = DragValue::new(value)
            .range(0.0..=LONGEST_S)
            .speed(0.01)
            .fixed_decimals(2)
            .suffix(" s")
            .update_while_editing(false);
        ui.add(field).labelled_by(label)
    })
    .inner
}
