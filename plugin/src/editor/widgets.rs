//! The widgets that several views share. Each gives its control an accessible name. Runs on the window's thread.

use earmark_core::protocol::Severity;
use egui::{
    Color32, FontId, PopupCloseBehavior, Response, RichText, Role, TextStyle, Ui, WidgetInfo,
};

use super::theme;

/// The largest height of a list, in points; a longer one scrolls.
const LONGEST_LIST: f32 = 320.0;

/// A button that shows `glyph` and has the accessible name and tooltip `name`.
pub fn glyph_button(ui: &mut Ui, glyph: &str, name: &str, enabled: bool) -> Response {
    let response = ui.add_enabled(enabled, egui::Button::new(glyph));
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, name));
    response.on_hover_text(name).on_disabled_hover_text(name)
}

/// Says what a row of a list is called and whether it is selected.
pub fn describe_row(response: &Response, selected: bool, name: impl Fn() -> String) {
    response.widget_info(|| WidgetInfo::selected(Role::Row, true, selected, name()));
    // egui takes whatever can be selected for a toggle.
    response.ctx.accesskit_node_builder(response.id, |row| {
        row.clear_toggled();
        row.set_selected(selected);
    });
}

/// A drop-down with its name before it. Otherwise as [`drop_down`].
pub fn named_drop_down<R>(
    ui: &mut Ui,
    name: &str,
    selected: impl Into<String>,
    width: f32,
    contents: impl FnOnce(&mut Ui) -> R,
) -> Option<R> {
    let drop_down = DropDown::new(name, selected, width);
    drop_down.show_named(ui, contents)
}

/// As [`named_drop_down`], but it stays open while the user chooses several entries.
pub fn named_check_list<R>(
    ui: &mut Ui,
    name: &str,
    selected: impl Into<String>,
    width: f32,
    contents: impl FnOnce(&mut Ui) -> R,
) -> Option<R> {
    let mut drop_down = DropDown::new(name, selected, width);
    drop_down.close = PopupCloseBehavior::CloseOnClickOutside;
    drop_down.show_named(ui, contents)
}

/// As [`drop_down`], but it stays open while the user changes what is in it.
pub fn open_drop_down<R>(
    ui: &mut Ui,
    name: &str,
    selected: impl Into<String>,
    width: f32,
    contents: impl FnOnce(&mut Ui) -> R,
) -> Option<R> {
    let mut drop_down = DropDown::new(name, selected, width);
    drop_down.close = PopupCloseBehavior::CloseOnClickOutside;
    drop_down.show(ui, contents).1
}

/// Starts the next line of a wrapping row when `name` and its control of `width` points do not both fit.
pub fn keep_together(ui: &mut Ui, name: &str, width: f32) {
    if !ui.layout().main_wrap() {
        return;
    }
    let font = TextStyle::Body.resolve(ui.style());
    let galley = ui
        .painter()
        .layout_no_wrap(name.to_owned(), font, Color32::WHITE);
    let needed = galley.size().x + ui.spacing().item_spacing.x + width;
    if ui.available_size_before_wrap().x < needed {
        ui.end_row();
        // As high as the control, so that the name is centred.
        let padding = ui.spacing().button_padding.y;
        ui.set_row_height(ui.text_style_height(&TextStyle::Button) + 2.0 * padding);
    }
}

/// A drop-down called `name` that shows `selected`. Fill it with [`Ui::selectable_label`]s.
pub fn drop_down<R>(
    ui: &mut Ui,
    name: &str,
    selected: impl Into<String>,
    width: f32,
    contents: impl FnOnce(&mut Ui) -> R,
) -> Option<R> {
    DropDown::new(name, selected, width).show(ui, contents).1
}

/// A drop-down before it is drawn.
struct DropDown<'a> {
    name: &'a str,
    selected: String,
    /// In points.
    width: f32,
    close: PopupCloseBehavior,
}

impl<'a> DropDown<'a> {
    fn new(name: &'a str, selected: impl Into<String>, width: f32) -> Self {
        Self {
            name,
            selected: selected.into(),
            width,
            close: PopupCloseBehavior::CloseOnClick,
        }
    }

    /// Draws it with its name before it.
    fn show_named<R>(self, ui: &mut Ui, contents: impl FnOnce(&mut Ui) -> R) -> Option<R> {
        keep_together(ui, self.name, self.width);
        let label = ui.label(weak(self.name)).id;
        let (response, inner) = self.show(ui, contents);
        response.labelled_by(label);
        inner
    }

    fn show<R>(self, ui: &mut Ui, contents: impl FnOnce(&mut Ui) -> R) -> (Response, Option<R>) {
        let shown = egui::ComboBox::from_id_salt(self.name)
            .selected_text(&self.selected)
            .width(self.width)
            .height(LONGEST_LIST)
            .close_behavior(self.close)
            .truncate()
            .show_ui(ui, contents);
        let enabled = shown.response.enabled();
        shown.response.widget_info(|| {
            let mut info = WidgetInfo::labeled(Role::ComboBox, enabled, self.name);
            info.current_text_value = Some(self.selected.clone());
            info
        });
        // AT-SPI says no text value of a drop-down.
        ui.ctx().accesskit_node_builder(shown.response.id, |node| {
            node.set_description(self.selected.as_str());
        });
        (shown.response.on_hover_text(self.name), shown.inner)
    }
}

/// `text` in one line, without its middle where there is no room, because the ends tell names apart. The tooltip and the
/// accessible name have all of it.
pub fn elided_label(ui: &mut Ui, text: &str, font: FontId) -> Response {
    let room = ui.available_width();
    let painter = ui.painter().clone();
    let width = |text: &str| {
        let galley = painter.layout_no_wrap(text.to_owned(), font.clone(), Color32::WHITE);
        galley.size().x
    };
    let mut shown = text.to_owned();
    let mut kept = text.chars().count();
    while width(&shown) > room && kept > 2 {
        kept -= 1;
        shown = without_middle(text, kept);
    }
    let response = ui.label(RichText::new(&shown).font(font));
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
    if shown == text {
        response
    } else {
        response.on_hover_text(text)
    }
}

/// The first and the last letters of `text`, `kept` of them together.
fn without_middle(text: &str, kept: usize) -> String {
    let letters: Vec<char> = text.chars().collect();
    let first = letters.iter().take(kept.div_ceil(2));
    let last = letters.iter().skip(letters.len().saturating_sub(kept / 2));
    first.chain(&['…']).chain(last).collect()
}

/// Text in the font for figures.
pub fn figures(text: impl Into<String>) -> RichText {
    RichText::new(text).font(theme::digits())
}

/// Secondary text.
pub fn weak(text: impl Into<String>) -> RichText {
    RichText::new(text).color(theme::colours().weak)
}

/// A message with the mark of its severity.
pub fn message(ui: &mut Ui, severity: Severity, words: &str) {
    let (colour, glyph) = theme::severity_mark(severity);
    ui.horizontal_top(|ui| {
        ui.label(RichText::new(glyph).color(colour));
        ui.add(egui::Label::new(words).wrap());
    });
}

/// The heading of a side panel with its close button. Returns whether the user closes the panel.
pub fn panel_heading(ui: &mut Ui, title: &str) -> bool {
    let mut close = false;
    ui.horizontal(|ui| {
        ui.heading(title);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            close = glyph_button(ui, "×", &format!("Close {title}"), true).clicked();
        });
    });
    ui.separator();
    close
}

/// What a question before deleting `count` things offers instead.
pub fn keep_label(count: usize) -> &'static str {
    if count == 1 { "Keep it" } else { "Keep them" }
}

/// `count` with the singular or the plural.
pub fn counted(count: usize, singular: &str, plural: &str) -> String {
    format!("{count} {}", if count == 1 { singular } else { plural })
}
