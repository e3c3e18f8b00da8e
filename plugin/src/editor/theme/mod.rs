//! Colours, sizes and fonts of the window, in a dark, a light and a grey theme.
//!
//! No view shows a state by colour alone: each state also has a glyph, a word and, on the timeline, a pattern. Runs on the window's
//! thread.

mod palette;
pub mod sounds;

pub use palette::{Palette, colours, palette, set_look};

use earmark_core::protocol::{RegionChange, RegionState, Severity};
use egui::{
    Color32, CornerRadius, FontDefinitions, FontFamily, FontId, Stroke, TextStyle, Visuals,
};

/// Height of a table row, in points.
pub const ROW_HEIGHT: f32 = 20.0;

/// The font for times, counts and scores, with digits of one width.
pub fn digits() -> FontId {
    FontId::new(12.0, FontFamily::Monospace)
}

/// Colour of a region's state.
pub fn state_colour(state: RegionState) -> Color32 {
    match state {
        RegionState::Found => colours().found,
        RegionState::Positive => colours().positive,
        RegionState::Negative => colours().negative,
        RegionState::Unsure => colours().unsure,
        RegionState::Disabled => colours().disabled,
        RegionState::Provisional => colours().provisional,
        RegionState::Noted => colours().weak,
    }
}

/// Glyph of a region's state.
pub fn state_glyph(state: RegionState) -> &'static str {
    match state {
        RegionState::Found => "○",
        RegionState::Positive => "●",
        RegionState::Negative => "⊗",
        RegionState::Unsure => "◐",
        RegionState::Disabled => "⊘",
        RegionState::Provisional => "◌",
        RegionState::Noted => "¶",
    }
}

/// Glyph and word for the change of a region.
pub fn change_words(change: RegionChange) -> &'static str {
    match change {
        RegionChange::Kept => "= kept",
        RegionChange::Moved { .. } => "↔ moved",
        RegionChange::New => "+ new",
    }
}

/// Colour and glyph of a message's severity.
pub fn severity_mark(severity: Severity) -> (Color32, &'static str) {
    match severity {
        Severity::Info => (colours().accent, "◆"),
        Severity::Warning => (colours().warning, "▲"),
        Severity::Error => (colours().error, "⊗"),
    }
}

/// egui's fonts, with the monospaced one as a fallback for the glyphs of the states and arrows.
fn fonts() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    let monospaced = fonts
        .families
        .get(&FontFamily::Monospace)
        .cloned()
        .unwrap_or_default();
    let proportional = fonts.families.entry(FontFamily::Proportional).or_default();
    for name in monospaced {
        if !proportional.contains(&name) {
            proportional.push(name);
        }
    }
    fonts
}

/// Gives `ctx` the look of this thread ([`set_look`]). Call it in the first frame, and in the first frame of another look.
pub fn apply(ctx: &egui::Context) {
    ctx.set_fonts(fonts());
    ctx.set_theme(if colours().is_light {
        egui::Theme::Light
    } else {
        egui::Theme::Dark
    });
    // The size is a setting; the host gets Ctrl with plus and minus.
    ctx.options_mut(|options| options.zoom_with_keyboard = false);
    ctx.all_styles_mut(|style| {
        style.visuals = visuals();
        style.text_styles = [
            (
                TextStyle::Small,
                FontId::new(10.5, FontFamily::Proportional),
            ),
            (TextStyle::Body, FontId::new(13.0, FontFamily::Proportional)),
            (
                TextStyle::Button,
                FontId::new(13.0, FontFamily::Proportional),
            ),
            (
                TextStyle::Heading,
                FontId::new(15.0, FontFamily::Proportional),
            ),
            (TextStyle::Monospace, digits()),
        ]
        .into();
        style.spacing.item_spacing = egui::vec2(6.0, 4.0);
        style.spacing.button_padding = egui::vec2(7.0, 2.0);
        style.spacing.interact_size = egui::vec2(32.0, 20.0);
        style.spacing.combo_width = 60.0;
        style.spacing.menu_margin = egui::Margin::same(6);
        style.interaction.selectable_labels = false;
        // Without animations an idle window does not repaint.
        style.animation_time = 0.0;
    });
}

fn visuals() -> Visuals {
    let mut visuals = if colours().is_light {
        Visuals::light()
    } else {
        Visuals::dark()
    };
    let corner = CornerRadius::same(3);
    visuals.panel_fill = colours().background;
    visuals.window_fill = colours().floating;
    visuals.window_stroke = Stroke::new(1.0, colours().line);
    visuals.window_corner_radius = CornerRadius::same(4);
    visuals.menu_corner_radius = CornerRadius::same(4);
    visuals.extreme_bg_color = colours().sunken;
    visuals.faint_bg_color = colours().striped;
    visuals.weak_text_color = Some(colours().weak);
    visuals.warn_fg_color = colours().warning;
    visuals.error_fg_color = colours().error;
    visuals.hyperlink_color = colours().accent;
    visuals.selection.bg_fill = colours().selection;
    visuals.selection.stroke = Stroke::new(1.0, colours().strong);
    visuals.slider_trailing_fill = true;

    let widgets = &mut visuals.widgets;
    widgets.noninteractive.bg_stroke = Stroke::new(1.0, colours().line);
    widgets.noninteractive.fg_stroke = Stroke::new(1.0, colours().text);
    widgets.noninteractive.corner_radius = corner;
    for (state, fill) in [
        (&mut widgets.inactive, colours().raised),
        (&mut widgets.hovered, colours().hovered),
        (&mut widgets.active, colours().selection),
        (&mut widgets.open, colours().hovered),
    ] {
        state.bg_fill = fill;
        state.weak_bg_fill = fill;
        state.bg_stroke = Stroke::NONE;
        state.fg_stroke = Stroke::new(1.0, colours().text);
        state.corner_radius = corner;
        state.expansion = 0.0;
    }
    widgets.hovered.bg_stroke = Stroke::new(1.0, colours().outlined);
    widgets.hovered.fg_stroke = Stroke::new(1.0, colours().strong);
    widgets.active.fg_stroke = Stroke::new(1.0, colours().strong);
    visuals
}
