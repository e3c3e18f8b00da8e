//! How sounds are told apart where several are looked for: each has a colour and a pattern, so that nobody needs the colour. Pure; the
//! window's thread.

use egui::{Color32, Mesh, Rect, pos2};

use super::colours;

/// Height of the strip of a sound, in points.
pub const STRIP_HEIGHT: f32 = 6.0;

/// For dark and neutral backgrounds.
const ON_DARK: [Color32; COLOURS] = [
    Color32::from_rgb(0xb3, 0x9d, 0xff),
    Color32::from_rgb(0xff, 0xcc, 0x80),
    Color32::from_rgb(0x7f, 0xe0, 0xd0),
    Color32::from_rgb(0xff, 0x9e, 0xc6),
    Color32::from_rgb(0xc5, 0xe1, 0x7a),
    Color32::from_rgb(0x9f, 0xc8, 0xff),
    Color32::from_rgb(0xd7, 0xc0, 0xae),
    Color32::from_rgb(0xff, 0xf1, 0x8a),
];
/// For light ones.
const ON_LIGHT: [Color32; COLOURS] = [
    Color32::from_rgb(0x5e, 0x35, 0xb1),
    Color32::from_rgb(0xb3, 0x5c, 0x00),
    Color32::from_rgb(0x00, 0x79, 0x6b),
    Color32::from_rgb(0xad, 0x14, 0x57),
    Color32::from_rgb(0x55, 0x7a, 0x16),
    Color32::from_rgb(0x15, 0x65, 0xc0),
    Color32::from_rgb(0x6d, 0x4c, 0x41),
    Color32::from_rgb(0x82, 0x77, 0x17),
];
const COLOURS: usize = 8;

/// What a pattern consists of: from where to where across its period, and from where to where down, as shares of the height.
type Pieces = &'static [(f32, f32, f32, f32)];

/// The period of each pattern, in points, and what is painted of it.
const PATTERNS: [(f32, Pieces); COLOURS] = [
    // Solid.
    (8.0, &[(0.0, 8.0, 0.0, 1.0)]),
    // Dashes.
    (9.0, &[(0.0, 6.0, 0.0, 1.0)]),
    // Dots.
    (4.0, &[(0.0, 2.0, 0.25, 0.75)]),
    // Two lines.
    (8.0, &[(0.0, 8.0, 0.0, 0.3), (0.0, 8.0, 0.7, 1.0)]),
    // Upright bars.
    (4.0, &[(0.0, 1.5, 0.0, 1.0)]),
    // A chequer.
    (6.0, &[(0.0, 3.0, 0.0, 0.5), (3.0, 6.0, 0.5, 1.0)]),
    // A line below with teeth.
    (6.0, &[(0.0, 6.0, 0.7, 1.0), (0.0, 2.0, 0.0, 0.7)]),
    // Dash and dot.
    (12.0, &[(0.0, 6.0, 0.2, 0.8), (8.0, 10.0, 0.2, 0.8)]),
];

/// The colour of the sound `number`.
pub fn sound_colour(number: u16) -> Color32 {
    let palette = match colours().is_light {
        true => &ON_LIGHT,
        false => &ON_DARK,
    };
    let at = usize::from(number) % COLOURS;
    palette.get(at).copied().unwrap_or(Color32::GRAY)
}

/// The number of the pattern: after all colours were used, each gets another one.
fn pattern_of(number: u16) -> usize {
    let number = usize::from(number);
    (number + number / COLOURS) % COLOURS
}

/// Paints the strip of the sound `number` over the width of `rect`, as far as it is within `visible`.
pub fn paint_strip(mesh: &mut Mesh, rect: Rect, visible: Rect, number: u16) {
    let colour = sound_colour(number);
    let Some((period, pieces)) = PATTERNS.get(pattern_of(number)) else {
        return;
    };
    let passed = ((visible.left() - rect.left()) / period).floor().max(0.0);
    let mut left = rect.left() + passed * period;
    let end = rect.right().min(visible.right());
    while left < end {
        for (from, to, top, bottom) in *pieces {
            let piece = Rect::from_min_max(
                pos2(left + from, rect.top() + top * rect.height()),
                pos2(left + to, rect.top() + bottom * rect.height()),
            );
            let piece = piece.intersect(rect);
            if piece.is_positive() {
                mesh.add_colored_rect(piece, colour);
            }
        }
        left += period;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn sixty_four_sounds_differ_in_colour_or_pattern_and_neighbours_in_both() {
        let looks: HashSet<(Color32, usize)> = (0..64)
            .map(|number| (sound_colour(number), pattern_of(number)))
            .collect();
        assert_eq!(looks.len(), 64);
        for number in 0..63 {
            assert_ne!(sound_colour(number), sound_colour(number + 1));
            assert_ne!(pattern_of(number), pattern_of(number + 1));
        }
    }

    #[test]
    fn a_strip_stays_within_its_block_and_what_is_visible_of_it() {
        let rect = Rect::from_min_max(pos2(-1e6, 0.0), pos2(1e6, STRIP_HEIGHT));
        let visible = Rect::from_min_max(pos2(0.0, 0.0), pos2(100.0, 50.0));
        for number in 0..8 {
            let mut mesh = Mesh::default();
            paint_strip(&mut mesh, rect, visible, number);
            let count = mesh.vertices.len();
            assert!((4..1_000).contains(&count), "{count} corners");
        }
        let narrow = Rect::from_min_max(pos2(10.0, 0.0), pos2(11.0, STRIP_HEIGHT));
        let mut mesh = Mesh::default();
        paint_strip(&mut mesh, narrow, visible, 2);
        assert!(mesh.vertices.iter().all(|it| narrow.contains(it.pos)));
    }
}
