//! The text field for the start or the end of a region in its cell.

use earmark_core::protocol::{RegionId, RegionView, ShownId};
use egui::{Key, Role, TextEdit, Ui, WidgetInfo};

use crate::editor::action::Action;
use crate::editor::theme;
use crate::editor::views::timeline::Edge;
use crate::timecode::TimeDisplay;

/// The state of the table between frames.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ResultsState {
    typing: Option<Typing>,
}

/// The cell with the text field.
#[derive(Debug, Clone, PartialEq)]
struct Typing {
    region: RegionId,
    edge: Edge,
    text: String,
    /// The text before the edit.
    before: String,
    /// Why the field refuses the text.
    refused: Option<String>,
    has_focus: bool,
}

impl ResultsState {
    /// Opens the field for one end of `region`, whose take starts at `take_start_s`. Only regions of a version have one.
    pub fn edit(&mut self, region: &RegionView, edge: Edge, times: TimeDisplay, take_start_s: f64) {
        let text = times.text(take_start_s + edge.of(region.span));
        let id = region.id.and_then(ShownId::region);
        self.typing = id.map(|region| Typing {
            region,
            edge,
            before: text.clone(),
            text,
            refused: None,
            has_focus: false,
        });
    }

    /// Whether the field is open.
    pub fn is_typing(&self) -> bool {
        self.typing.is_some()
    }

    /// Why the field refuses the text.
    pub fn refused(&self) -> Option<&str> {
        self.typing.as_ref()?.refused.as_deref()
    }

    /// Whether the field is open for this end of this region.
    pub fn is_typed(&self, region: &RegionView, edge: Edge) -> bool {
        let typing = self.typing.as_ref();
        typing.is_some_and(|typing| region.id == Some(typing.region.into()) && typing.edge == edge)
    }

    /// The field in the place of the cell's text. Enter changes the region, Tab also goes on to its end, Escape cancels.
    pub fn field(
        &mut self,
        ui: &mut Ui,
        region: &RegionView,
        times: TimeDisplay,
        take_start_s: f64,
    ) -> Option<Action> {
        let typing = self.typing.as_mut()?;
        let name = match typing.edge {
            Edge::Start => "Start of the region",
            Edge::End => "End of the region",
        };
        let colour = typing
            .refused
            .as_ref()
            .map_or(theme::colours().text, |_| theme::colours().error);
        let field = TextEdit::singleline(&mut typing.text)
            .font(theme::digits())
            .text_color(colour)
            .desired_width(f32::INFINITY)
            .margin(egui::Margin::symmetric(2, 0));
        let response = ui.add(field);
        response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, name));
        if !typing.has_focus {
            typing.has_focus = true;
            response.request_focus();
            return None;
        }
        if !response.lost_focus() {
            return None;
        }
        let (escape, tab, enter) = ui.input(|input| {
            let pressed = |key| input.key_pressed(key);
            (pressed(Key::Escape), pressed(Key::Tab), pressed(Key::Enter))
        });
        if escape {
            self.typing = None;
            return None;
        }
        let (edge, text) = (typing.edge, typing.text.clone());
        let wanted = if text == typing.before {
            // The text is rounded, so an unchanged text changes nothing.
            Ok(region.span)
        } else {
            moved(region, edge, &text, times, take_start_s)
        };
        match wanted {
            Err(refused) if enter || tab => {
                typing.refused = Some(refused);
                typing.has_focus = false;
                None
            }
            // The user clicked elsewhere and left a text that makes no sense.
            Err(_) => {
                self.typing = None;
                None
            }
            Ok(to) => {
                self.typing = None;
                if tab && edge == Edge::Start {
                    let after = RegionView {
                        span: to,
                        ..region.clone()
                    };
                    self.edit(&after, Edge::End, times, take_start_s);
                }
                let id = region.id.and_then(ShownId::region);
                let region = id.filter(|_| to != region.span)?;
                Some(Action::Resize { region, to })
            }
        }
    }
}

/// The span of `region` with the typed time.
fn moved(
    region: &RegionView,
    edge: Edge,
    text: &str,
    times: TimeDisplay,
    take_start_s: f64,
) -> Result<earmark_core::time::Span, String> {
    let time_s = times.read(text).map_err(|error| error.to_string())? - take_start_s;
    let (start_s, end_s) = match edge {
        Edge::Start => (time_s, region.span.end_s()),
        Edge::End => (region.span.start_s(), time_s),
    };
    if time_s < 0.0 {
        return Err(format!(
            "The take begins at {}: type a later time",
            times.text(take_start_s)
        ));
    }
    if end_s - start_s <= 0.0 {
        return Err(match edge {
            Edge::Start => format!(
                "The region ends at {}: type an earlier start",
                times.text(take_start_s + end_s)
            ),
            Edge::End => format!(
                "The region starts at {}: type a later end",
                times.text(take_start_s + start_s)
            ),
        });
    }
    earmark_core::time::Span::new(start_s, end_s).map_err(|error| error.to_string())
}
