//! The errors of a version or a classifier on the marks: their number, and behind a click each error with buttons to play it
//! and to go to it.

use earmark_core::protocol::{MarkCheck, Spot};
use earmark_core::time::timecode;
use egui::{CollapsingHeader, Ui};

use crate::editor::action::Action;
use crate::editor::theme;
use crate::editor::widgets::{counted, figures, glyph_button, weak};

/// The most errors of each kind in the list; the heading has their number.
const LISTED: usize = 20;

/// The shown take, in which the window can go to a mark.
#[derive(Debug, Clone, Copy)]
pub struct ShownTake<'a> {
    pub filename: &'a str,
    /// Where it starts on the project's timeline, in seconds.
    pub start_s: f64,
}

/// Draws the errors. `whose` tells the lists of one panel apart.
pub fn show(
    ui: &mut Ui,
    whose: (&str, u32),
    check: &MarkCheck,
    take: Option<ShownTake<'_>>,
    actions: &mut Vec<Action>,
) {
    let words = check.words();
    if check.hits.is_empty() && check.misses.is_empty() {
        let colour = match check.is_empty() {
            true => theme::colours().weak,
            false => theme::colours().positive,
        };
        ui.label(figures(words).color(colour));
        return;
    }
    CollapsingHeader::new(figures(words))
        .id_salt(("proof", whose))
        .show(ui, |ui| {
            spots(ui, "false positive", &check.hits, take, actions);
            spots(ui, "missed example", &check.misses, take, actions);
        });
}

/// One line per error, with buttons to play it and to go to it.
fn spots(
    ui: &mut Ui,
    what: &str,
    spots: &[Spot],
    take: Option<ShownTake<'_>>,
    actions: &mut Vec<Action>,
) {
    for spot in spots.iter().take(LISTED) {
        let shown = take.filter(|take| take.filename == spot.filename);
        let time = timecode(shown.map_or(0.0, |take| take.start_s) + spot.span.start_s());
        let text = format!("▶ {time} {:.2}", spot.score);
        let name = format!("Play {time}, {what}, in {}", spot.filename);
        ui.horizontal(|ui| {
            if glyph_button(ui, &text, &name, true).clicked() {
                actions.push(Action::AuditionStretch {
                    filename: spot.filename.clone(),
                    span: spot.span,
                });
            }
            if shown.is_some() && glyph_button(ui, "→", &format!("Go to {time}"), true).clicked()
            {
                actions.push(Action::GoTo(spot.span));
            }
            ui.label(weak(what)).on_hover_text(&spot.filename);
        });
    }
    if spots.len() > LISTED {
        let more = counted(spots.len() - LISTED, what, &format!("{what}s"));
        ui.label(weak(format!("and {more} more")));
    }
}
