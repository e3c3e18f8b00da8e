//! The row of one region: its cells, its note, its accessible name, and what a click on it does. Runs on the window's thread.

use earmark_core::protocol::{RegionState, RegionView};
use earmark_core::time::Span;
use egui::Label;
use egui_extras::TableRow;

use super::{Results, focus_id};
use crate::editor::action::Action;
use crate::editor::selection::Pick;
use crate::editor::theme;
use crate::editor::views::file_menu::Files;
use crate::editor::views::timeline::Edge;
use crate::editor::widgets::{describe_row, figures};

/// Seconds on either side of a region after a double click.
const MARGIN_S: f64 = 2.0;

/// The region of a row.
#[derive(Clone, Copy)]
pub(super) struct RegionRow<'a> {
    /// In the view.
    pub index: usize,
    pub region: &'a RegionView,
    /// The table has all columns.
    pub is_wide: bool,
}

/// The left edges of the columns that a double click edits, in points. The cells of egui reach beyond their columns.
struct TimeColumns {
    start: f32,
    end: f32,
    after: f32,
    /// `None` while no region has a note.
    note: Option<f32>,
}

impl TimeColumns {
    /// The end of the region whose column is at `x`.
    fn edge_at(&self, x: f32) -> Option<Edge> {
        if (self.start..self.end).contains(&x) {
            Some(Edge::Start)
        } else if (self.end..self.after).contains(&x) {
            Some(Edge::End)
        } else {
            None
        }
    }

    fn is_note_at(&self, x: f32) -> bool {
        self.note.is_some_and(|note| x >= note)
    }
}

impl Results<'_> {
    /// Draws the row and returns what the user does with it.
    pub(super) fn row(&mut self, row: &mut TableRow<'_, '_>, at: RegionRow<'_>) -> Vec<Action> {
        let mut actions = Vec::new();
        let RegionRow { index, region, .. } = at;
        let selected = region.id.is_some_and(|id| self.selection.contains(id));
        row.set_selected(selected);
        row.set_hovered(self.at_playhead == Some(index));
        let columns = self.cells(row, at, &mut actions);
        let response = row.response();
        describe_row(&response, selected, || self.spoken(index, region));
        if region.id.is_some() && region.id == self.selection.cursor() {
            // The list keeps the keyboard, so that the arrows move in it; a screen reader says the row at the cursor.
            let row = response.id.accesskit_id();
            response
                .ctx
                .accesskit_node_builder(focus_id(), |list| list.set_active_descendant(row));
        }
        let files = Files {
            clip: region.clip_path.as_deref(),
            take: self.take_path,
            ..Files::default()
        };
        actions.extend(files.menu_of(&response));
        let pointer = response.interact_pointer_pos();
        let edited = pointer.and_then(|pointer| columns.edge_at(pointer.x));
        if response.double_clicked() {
            let is_note = pointer.is_some_and(|pointer| columns.is_note_at(pointer.x));
            match edited {
                None if is_note => {
                    actions.push(Action::Pick(index, Pick::Only));
                    actions.push(Action::EditNote);
                }
                Some(edge) => self.state.edit(region, edge, self.times, self.take_start_s),
                None => actions.push(Action::ShowTime(around(region.span))),
            }
        } else if response.clicked() {
            let modifiers = response.ctx.input(|input| input.modifiers);
            response
                .ctx
                .memory_mut(|memory| memory.request_focus(focus_id()));
            actions.push(Action::Pick(index, Pick::from_modifiers(modifiers)));
        }
        actions
    }

    fn cells(
        &mut self,
        row: &mut TableRow<'_, '_>,
        at: RegionRow<'_>,
        actions: &mut Vec<Action>,
    ) -> TimeColumns {
        let RegionRow {
            index,
            region,
            is_wide,
        } = at;
        let is_cursor = region.id.is_some() && region.id == self.selection.cursor();
        let cursor = if is_cursor { "▸" } else { " " };
        let playhead = if self.at_playhead == Some(index) {
            " ◀"
        } else {
            ""
        };
        cell(row, format!("{cursor}{}{playhead}", index + 1));
        if self.has_sounds() {
            row.col(|ui| self.sound(ui, region));
        }
        let start = self.time(row, region, Edge::Start, actions);
        let end = is_wide.then(|| self.time(row, region, Edge::End, actions));
        let duration = is_wide.then(|| cell(row, self.times.length_text(region.span.duration_s())));
        let score = cell(row, score_words(region));
        if self.gone.is_some() {
            let change = region.change.map(theme::change_words);
            cell(row, change.unwrap_or_default().to_owned());
        }
        row.col(|ui| {
            ui.label(
                egui::RichText::new(state_words(region)).color(theme::state_colour(region.state)),
            );
        });
        let has_notes = self.listed.index.has_notes();
        let note = has_notes.then(|| note(row, region.note.as_deref().unwrap_or_default()));
        TimeColumns {
            note,
            start,
            end: end.unwrap_or(score),
            after: duration.unwrap_or(score),
        }
    }

    /// The cell of one end, or its text field. Returns the left edge.
    fn time(
        &mut self,
        row: &mut TableRow<'_, '_>,
        region: &RegionView,
        edge: Edge,
        actions: &mut Vec<Action>,
    ) -> f32 {
        let (_, cell) = row.col(|ui| {
            if self.state.is_typed(region, edge) {
                let (times, start_s) = (self.times, self.take_start_s);
                actions.extend(self.state.field(ui, region, times, start_s));
            } else {
                let time_s = self.take_start_s + edge.of(region.span);
                ui.label(figures(self.times.text(time_s)));
            }
        });
        cell.rect.left()
    }

    /// The accessible name of a row.
    fn spoken(&self, index: usize, region: &RegionView) -> String {
        let kind = if region.is_bare_mark() {
            "Mark"
        } else {
            "Region"
        };
        let place = if self.at_playhead == Some(index) {
            ", at the playhead"
        } else {
            ""
        };
        let note = region.note.as_ref();
        let note = note.map_or_else(String::new, |note| format!(", note: {note}"));
        format!(
            "{kind} {}{}, {}, score {}, {}{place}{note}",
            index + 1,
            self.spoken_sound(region),
            self.times.text(self.take_start_s + region.span.start_s()),
            score_words(region),
            region.state.word(),
        )
    }
}

/// The cell of a note: one line, and the whole of it as a tooltip. Returns its left edge.
fn note(row: &mut TableRow<'_, '_>, text: &str) -> f32 {
    let (_, cell) = row.col(|ui| {
        if !text.is_empty() {
            let shown = ui.add(Label::new(text).truncate().show_tooltip_when_elided(false));
            shown.on_hover_text(text);
        }
    });
    cell.rect.left()
}

/// A cell with `text`. Returns its left edge.
fn cell(row: &mut TableRow<'_, '_>, text: String) -> f32 {
    let (_, cell) = row.col(|ui| {
        ui.label(figures(text));
    });
    cell.rect.left()
}

fn score_words(region: &RegionView) -> String {
    if region.score.is_nan() {
        String::from("–")
    } else {
        format!("{:.2}", region.score)
    }
}

/// Glyph, word and class of the state, and whether a mark waits for the database.
fn state_words(region: &RegionView) -> String {
    let glyph = theme::state_glyph(region.state);
    let word = region.state.word();
    let class = region
        .class
        .as_ref()
        .map_or_else(String::new, |class| format!(" · {class}"));
    let exported = if region.exported { " · exported" } else { "" };
    let bare = if region.is_bare_mark() && region.state != RegionState::Noted {
        " · mark only"
    } else {
        ""
    };
    let waits = if region.waiting {
        " · waits for the database"
    } else {
        ""
    };
    format!("{glyph} {word}{class}{bare}{exported}{waits}")
}

fn around(span: Span) -> Option<Span> {
    Span::new(
        (span.start_s() - MARGIN_S).max(0.0),
        span.end_s() + MARGIN_S,
    )
    .ok()
}
