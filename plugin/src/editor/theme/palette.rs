//! The colours of the window: three themes, each with two sets of state colours.
//!
//! A thread-local choice selects the constants. Every window sets it before each frame ([`set_look`]), because a host may draw all
//! windows on one thread.

use std::cell::Cell;

use earmark_core::protocol::{Look, StateColours, Theme};
use egui::Color32;

/// All colours of the window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Palette {
    /// Dark text on a light background.
    pub is_light: bool,
    pub background: Color32,
    pub sunken: Color32,
    pub raised: Color32,
    pub hovered: Color32,
    pub outlined: Color32,
    pub floating: Color32,
    pub striped: Color32,
    pub line: Color32,
    pub text: Color32,
    /// Text on a hovered, pressed or selected control.
    pub strong: Color32,
    pub weak: Color32,
    pub accent: Color32,
    pub selection: Color32,
    pub found: Color32,
    pub positive: Color32,
    pub negative: Color32,
    pub unsure: Color32,
    pub disabled: Color32,
    pub provisional: Color32,
    pub score: Color32,
    pub wave: Color32,
    pub playhead: Color32,
    pub warning: Color32,
    pub error: Color32,
}

const fn rgb(hex: u32) -> Color32 {
    Color32::from_rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

static DARK: Palette = Palette {
    is_light: false,
    background: rgb(0x17191d),
    sunken: rgb(0x0f1114),
    raised: rgb(0x252930),
    hovered: rgb(0x313740),
    outlined: rgb(0x4a525e),
    floating: rgb(0x1d2025),
    striped: rgb(0x1b1e22),
    line: rgb(0x30353d),
    text: rgb(0xd9dde3),
    strong: rgb(0xffffff),
    weak: rgb(0x959da8),
    accent: rgb(0x56b4e9),
    selection: rgb(0x244a63),
    found: rgb(0x56b4e9),
    positive: rgb(0x2dc296),
    negative: rgb(0xe8743b),
    unsure: rgb(0xf0e442),
    disabled: rgb(0x848c97),
    provisional: rgb(0xcc79a7),
    score: rgb(0xe69f00),
    wave: rgb(0x5f6b7a),
    playhead: rgb(0xf0f2f5),
    warning: rgb(0xf0c242),
    error: rgb(0xff856a),
};

static DARK_TRAFFIC: Palette = Palette {
    positive: rgb(0x5ecb58),
    negative: rgb(0xef5350),
    ..DARK
};

static NEUTRAL: Palette = Palette {
    background: rgb(0x3a3c3f),
    sunken: rgb(0x2b2d2f),
    raised: rgb(0x4b4e52),
    hovered: rgb(0x5a5e63),
    outlined: rgb(0x7b8087),
    floating: rgb(0x424548),
    striped: rgb(0x3f4144),
    line: rgb(0x55585c),
    text: rgb(0xe8eaec),
    weak: rgb(0xb4b9bf),
    selection: rgb(0x2f5f7d),
    accent: rgb(0x7cc6f0),
    found: rgb(0x7cc6f0),
    positive: rgb(0x4fd6ad),
    negative: rgb(0xf59263),
    disabled: rgb(0xa3a9b0),
    provisional: rgb(0xe09cc2),
    score: rgb(0xf2b233),
    wave: rgb(0x8d97a3),
    error: rgb(0xffa28c),
    ..DARK
};

static NEUTRAL_TRAFFIC: Palette = Palette {
    positive: rgb(0x7fe07a),
    negative: rgb(0xff8a86),
    ..NEUTRAL
};

static LIGHT: Palette = Palette {
    is_light: true,
    background: rgb(0xf3f4f6),
    sunken: rgb(0xffffff),
    raised: rgb(0xe0e3e8),
    hovered: rgb(0xd2d7de),
    outlined: rgb(0x9aa3ae),
    floating: rgb(0xfafbfc),
    striped: rgb(0xeaecef),
    line: rgb(0xc6ccd3),
    text: rgb(0x1d2126),
    strong: rgb(0x000000),
    weak: rgb(0x56606b),
    accent: rgb(0x0068a5),
    selection: rgb(0xb5dcf5),
    found: rgb(0x0072b2),
    positive: rgb(0x00785a),
    negative: rgb(0xb94a00),
    unsure: rgb(0x7a6a00),
    disabled: rgb(0x6b737d),
    provisional: rgb(0xa0487b),
    score: rgb(0xa66f00),
    wave: rgb(0x93a0b0),
    playhead: rgb(0x14171a),
    warning: rgb(0x8a6100),
    error: rgb(0xb3261e),
};

static LIGHT_TRAFFIC: Palette = Palette {
    positive: rgb(0x1b7a1b),
    negative: rgb(0xc62828),
    ..LIGHT
};

/// The colours of a look. The safe state colours are Okabe and Ito's palette.
pub fn palette(look: Look) -> &'static Palette {
    match (look.theme, look.states) {
        (Theme::Dark, StateColours::Safe) => &DARK,
        (Theme::Dark, StateColours::Traffic) => &DARK_TRAFFIC,
        (Theme::Light, StateColours::Safe) => &LIGHT,
        (Theme::Light, StateColours::Traffic) => &LIGHT_TRAFFIC,
        (Theme::Neutral, StateColours::Safe) => &NEUTRAL,
        (Theme::Neutral, StateColours::Traffic) => &NEUTRAL_TRAFFIC,
    }
}

thread_local! {
    static WORN: Cell<&'static Palette> = const { Cell::new(&DARK) };
}

/// Sets the colours of everything that this thread draws from now on.
pub fn set_look(look: Look) {
    WORN.set(palette(look));
}

/// The colours of the present frame.
pub fn colours() -> &'static Palette {
    WORN.get()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Contrast ratio of two colours, 1 to 21 (WCAG 2.1, relative luminance).
    fn contrast(a: Color32, b: Color32) -> f64 {
        fn luminance(colour: Color32) -> f64 {
            let linear = |channel: u8| {
                let value = f64::from(channel) / 255.0;
                if value <= 0.04045 {
                    value / 12.92
                } else {
                    ((value + 0.055) / 1.055).powf(2.4)
                }
            };
            0.2126 * linear(colour.r()) + 0.7152 * linear(colour.g()) + 0.0722 * linear(colour.b())
        }
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn text_can_be_read_in_every_theme() {
        for theme in Theme::ALL {
            for states in StateColours::ALL {
                let palette = palette(Look { theme, states });
                for (name, colour, least) in [
                    ("text", palette.text, 7.0),
                    ("weak", palette.weak, 4.5),
                    ("found", palette.found, 4.5),
                    ("positive", palette.positive, 4.5),
                    ("negative", palette.negative, 4.5),
                    ("unsure", palette.unsure, 4.5),
                    ("disabled", palette.disabled, 4.0),
                    ("provisional", palette.provisional, 4.5),
                    ("warning", palette.warning, 4.5),
                    ("error", palette.error, 4.5),
                ] {
                    let ratio = contrast(colour, palette.background);
                    assert!(
                        ratio >= least,
                        "{theme:?} {states:?}: {name} has {ratio:.2}"
                    );
                }
                assert!(contrast(palette.text, palette.selection) >= 4.5);
                assert!(contrast(palette.wave, palette.sunken) >= 2.4);
            }
        }
    }
}
