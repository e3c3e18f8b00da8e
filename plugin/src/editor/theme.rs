//! Colours, sizes and type of the window: one dark, restrained look, safe for colour-blind eyes.
//!
//! The state colours are those of Okabe and Ito's palette, and no view tells a state by colour alone: each also has
//! a glyph, a word and, on the timeline, a pattern. Constants and one function run on the window's thread.

use earmark_core::engine::view::{Change, RegionState, Severity};
use egui::{
    Color32, CornerRadius, FontDefinitions, FontFamily, FontId, Stroke, TextStyle, Visuals,
};

pub const BACKGROUND: Color32 = Color32::from_rgb(0x17, 0x19, 0x1d);
pub const SUNKEN: Color32 = Color32::from_rgb(0x0f, 0x11, 0x14);
pub const RAISED: Color32 = Color32::from_rgb(0x25, 0x29, 0x30);
pub const HOVERED: Color32 = Color32::from_rgb(0x31, 0x37, 0x40);
pub const LINE: Color32 = Color32::from_rgb(0x30, 0x35, 0x3d);
pub const TEXT: Color32 = Color32::from_rgb(0xd9, 0xdd, 0xe3);
pub const WEAK: Color32 = Color32::from_rgb(0x95, 0x9d, 0xa8);
pub const ACCENT: Color32 = Color32::from_rgb(0x56, 0xb4, 0xe9);
pub const SELECTION: Color32 = Color32::from_rgb(0x24, 0x4a, 0x63);

pub const FOUND: Color32 = ACCENT;
pub const POSITIVE: Color32 = Color32::from_rgb(0x2d, 0xc2, 0x96);
pub const NEGATIVE: Color32 = Color32::from_rgb(0xe8, 0x74, 0x3b);
pub const UNSURE: Color32 = Color32::from_rgb(0xf0, 0xe4, 0x42);
pub const DISABLED: Color32 = Color32::from_rgb(0x84, 0x8c, 0x97);
pub const PROVISIONAL: Color32 = Color32::from_rgb(0xcc, 0x79, 0xa7);
pub const SCORE: Color32 = Color32::from_rgb(0xe6, 0x9f, 0x00);
pub const WAVE: Color32 = Color32::from_rgb(0x5f, 0x6b, 0x7a);
pub const PLAYHEAD: Color32 = Color32::from_rgb(0xf0, 0xf2, 0xf5);
pub const WARNING: Color32 = Color32::from_rgb(0xf0, 0xc2, 0x42);
pub const ERROR: Color32 = Color32::from_rgb(0xff, 0x85, 0x6a);

/// Height of a table row, in points.
pub const ROW_HEIGHT: f32 = 20.0;

/// The type for times, counts and scores: digits of one width, so that columns stand still.
pub fn digits() -> FontId {
    FontId::new(12.0, FontFamily::Monospace)
}

/// Colour of a region's state.
pub fn state_colour(state: RegionState) -> Color32 {
    match state {
        RegionState::Found => FOUND,
        RegionState::Positive => POSITIVE,
        RegionState::Negative => NEGATIVE,
        RegionState::Unsure => UNSURE,
        RegionState::Disabled => DISABLED,
        RegionState::Provisional => PROVISIONAL,
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
    }
}

/// Glyph and word for what a comparison says about a region.
pub fn change_words(change: Change) -> &'static str {
    match change {
        Change::Kept => "= kept",
        Change::Moved => "↔ moved",
        Change::New => "+ new",
    }
}

/// Colour and glyph of a message's severity.
pub fn severity_mark(severity: Severity) -> (Color32, &'static str) {
    match severity {
        Severity::Info => (ACCENT, "◆"),
        Severity::Warning => (WARNING, "▲"),
        Severity::Error => (ERROR, "⊗"),
    }
}

/// egui's own fonts, with the monospaced one behind the proportional: it has the glyphs of the states and arrows.
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

/// Gives `ctx` the look. Call once, before or at the very start of the first frame.
pub fn apply(ctx: &egui::Context) {
    ctx.set_fonts(fonts());
    ctx.set_theme(egui::Theme::Dark);
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
        // A measuring instrument does not animate; it also keeps an idle window from repainting.
        style.animation_time = 0.0;
    });
}

fn visuals() -> Visuals {
    let mut visuals = Visuals::dark();
    let corner = CornerRadius::same(3);
    visuals.panel_fill = BACKGROUND;
    visuals.window_fill = Color32::from_rgb(0x1d, 0x20, 0x25);
    visuals.window_stroke = Stroke::new(1.0, LINE);
    visuals.window_corner_radius = CornerRadius::same(4);
    visuals.menu_corner_radius = CornerRadius::same(4);
    visuals.extreme_bg_color = SUNKEN;
    visuals.faint_bg_color = Color32::from_rgb(0x1b, 0x1e, 0x22);
    visuals.weak_text_color = Some(WEAK);
    visuals.warn_fg_color = WARNING;
    visuals.error_fg_color = ERROR;
    visuals.hyperlink_color = ACCENT;
    visuals.selection.bg_fill = SELECTION;
    visuals.selection.stroke = Stroke::new(1.0, Color32::WHITE);
    visuals.slider_trailing_fill = true;

    let widgets = &mut visuals.widgets;
    widgets.noninteractive.bg_stroke = Stroke::new(1.0, LINE);
    widgets.noninteractive.fg_stroke = Stroke::new(1.0, TEXT);
    widgets.noninteractive.corner_radius = corner;
    for (state, fill) in [
        (&mut widgets.inactive, RAISED),
        (&mut widgets.hovered, HOVERED),
        (&mut widgets.active, SELECTION),
        (&mut widgets.open, HOVERED),
    ] {
        state.bg_fill = fill;
        state.weak_bg_fill = fill;
        state.bg_stroke = Stroke::NONE;
        state.fg_stroke = Stroke::new(1.0, TEXT);
        state.corner_radius = corner;
        state.expansion = 0.0;
    }
    widgets.hovered.bg_stroke = Stroke::new(1.0, Color32::from_rgb(0x4a, 0x52, 0x5e));
    widgets.hovered.fg_stroke = Stroke::new(1.0, Color32::WHITE);
    widgets.active.fg_stroke = Stroke::new(1.0, Color32::WHITE);
    visuals
}
