//! The table of the regions of the shown version. It draws only the visible rows, so that a hundred thousand cost no more than a
//! dozen. `toolbar` has the row above the table, `edit` the text fields for times, `gone` the rows of the compared version.

mod edit;
mod gone;
mod toolbar;

pub use edit::ResultsState;

use earmark_core::engine::view::RegionView;
use earmark_core::time::Span;
use egui::{EventFilter, Id, Role, Sense, Ui, WidgetInfo};
use egui_extras::{Column, TableBuilder, TableRow};

use crate::editor::action::Action;
use crate::editor::review_order::{Listed, ReviewOrder, SortBy};
use crate::editor::selection::{Pick, Selection};
use crate::editor::state_filter::StateFilter;
use crate::editor::theme;
use crate::editor::timecode::TimeDisplay;
use crate::editor::views::timeline::Edge;
use crate::editor::widgets::figures;

/// A table of less width, in points, hides the columns that the timeline shows as well.
const WIDE: f32 = 500.0;
/// Seconds on either side of a region after a double click.
const MARGIN_S: f64 = 2.0;

/// The table of one frame.
pub struct Results<'a> {
    pub listed: Listed<'a>,
    pub order: ReviewOrder,
    pub filter: StateFilter,
    pub times: TimeDisplay,
    /// Where the take starts on the project's timeline, in seconds.
    pub take_start_s: f64,
    /// The regions that only the compared version has; `None` without a comparison.
    pub gone: Option<&'a [Span]>,
    pub selection: &'a Selection,
    /// The region at the host's playhead.
    pub at_playhead: Option<usize>,
    /// The region to scroll to.
    pub reveal: Option<usize>,
    pub state: &'a mut ResultsState,
}

/// Column titles with their names for screen readers.
const COLUMNS: [(SortBy, &str, &str); 6] = [
    (SortBy::Time, "#", "time"),
    (SortBy::Time, "start", "start"),
    (SortBy::End, "end", "end"),
    (SortBy::Duration, "duration", "duration"),
    (SortBy::Score, "score", "score"),
    (SortBy::State, "state", "state"),
];

/// The id of the table's keyboard focus.
pub fn focus_id() -> Id {
    Id::unique("results table")
}

impl Results<'_> {
    /// Draws the table and the row above it.
    pub fn show(mut self, ui: &mut Ui) -> Vec<Action> {
        let mut actions = Vec::new();
        self.toolbar(ui, &mut actions);
        self.hold_focus(ui);
        // The end is typed in its own column.
        let is_wide = ui.available_width() >= WIDE || self.state.is_typing();
        let mut table = TableBuilder::new(ui)
            .id_salt("results")
            .striped(true)
            .sense(Sense::click())
            .cell_layout(egui::Layout::left_to_right(egui::Align::Center))
            .auto_shrink(false)
            .column(Column::exact(52.0))
            .column(Column::initial(110.0).at_least(100.0));
        if is_wide {
            table = table
                .column(Column::initial(110.0).at_least(100.0))
                .column(Column::initial(72.0).at_least(60.0));
        }
        table = table.column(Column::initial(60.0).at_least(52.0));
        if self.gone.is_some() {
            table = table.column(Column::initial(86.0).at_least(70.0));
        }
        table = table.column(Column::remainder().at_least(110.0).clip(true));
        if let Some(index) = self.reveal {
            table = table.scroll_to_row(self.listed.arrangement.row(index), None);
        }
        table
            .header(theme::ROW_HEIGHT, |mut header| {
                let is_shown = |by| is_wide || !matches!(by, SortBy::End | SortBy::Duration);
                for column in COLUMNS.into_iter().filter(|(by, ..)| is_shown(*by)) {
                    if self.gone.is_some() && column.0 == SortBy::State {
                        header.col(|ui| {
                            ui.weak("change");
                        });
                    }
                    header.col(|ui| actions.extend(self.title(ui, column)));
                }
            })
            .body(|body| {
                let listed = self.listed.rows();
                let gone = self.gone.unwrap_or_default();
                body.rows(theme::ROW_HEIGHT, listed + gone.len(), |mut row| {
                    if let Some(nth) = row.index().checked_sub(listed) {
                        let span = gone.get(nth);
                        actions
                            .extend(span.and_then(|span| self.gone_row(&mut row, *span, is_wide)));
                        return;
                    }
                    let index = self.listed.arrangement.index(row.index());
                    if let Some(region) = self.listed.regions.get(index) {
                        self.row(&mut row, index, region, is_wide, &mut actions);
                    }
                });
            });
        actions
    }

    /// The title of a column. A press sorts by it, a second press reverses the order.
    fn title(&self, ui: &mut Ui, (by, title, name): (SortBy, &str, &str)) -> Option<Action> {
        let arrow = match (self.order.by == by && title != "#", self.order.reversed) {
            (false, _) => "",
            (true, false) => " ▾",
            (true, true) => " ▴",
        };
        let text = egui::RichText::new(format!("{title}{arrow}")).color(theme::colours().weak);
        let response = ui.add(egui::Button::new(text).frame(false));
        response.widget_info(|| {
            WidgetInfo::labeled(Role::Button, true, format!("Sort regions by {name}"))
        });
        let sorted = self.order.toggled(by);
        response.clicked().then_some(Action::SetOrder(sorted))
    }

    fn row(
        &mut self,
        row: &mut TableRow<'_, '_>,
        index: usize,
        region: &RegionView,
        is_wide: bool,
        actions: &mut Vec<Action>,
    ) {
        let selected = region.id.is_some_and(|id| self.selection.contains(id));
        row.set_selected(selected);
        let heard = self.at_playhead == Some(index);
        row.set_hovered(heard);
        let start = self.times.text(self.take_start_s + region.span.start_s());
        let cursor = if region.id.is_some() && region.id == self.selection.cursor() {
            "▸"
        } else {
            " "
        };
        let ear = if heard { " ◀" } else { "" };
        row.col(|ui| {
            ui.label(figures(format!("{cursor}{}{ear}", index + 1)));
        });
        let starts = self.time(row, region, Edge::Start, actions);
        let ends = is_wide.then(|| self.time(row, region, Edge::End, actions));
        let mut cell = |text: String| {
            let (_, cell) = row.col(|ui| {
                ui.label(figures(text));
            });
            cell.rect.left()
        };
        let duration = is_wide.then(|| cell(self.times.length_text(region.span.duration_s())));
        let score_words = if region.score.is_nan() {
            String::from("–")
        } else {
            format!("{:.2}", region.score)
        };
        let score = cell(score_words.clone());
        let ends = ends.unwrap_or(score);
        let after = duration.unwrap_or(score);
        if self.gone.is_some() {
            cell(
                region
                    .change
                    .map(theme::change_words)
                    .unwrap_or_default()
                    .to_owned(),
            );
        }
        row.col(|ui| {
            ui.label(
                egui::RichText::new(state_words(region)).color(theme::state_colour(region.state)),
            );
        });

        let response = row.response();
        response.widget_info(|| {
            let name = format!(
                "{} {}, {start}, score {score_words}, {}{}",
                if region.is_bare_mark() {
                    "Mark"
                } else {
                    "Region"
                },
                index + 1,
                region.state.word(),
                if heard { ", under the playhead" } else { "" }
            );
            WidgetInfo::selected(Role::Row, true, selected, name)
        });
        // Cells answer for more than their column; each begins where it should.
        let pointer_x = response.interact_pointer_pos().map(|pointer| pointer.x);
        let edited = match pointer_x {
            Some(x) if (starts..ends).contains(&x) => Some(Edge::Start),
            Some(x) if (ends..after).contains(&x) => Some(Edge::End),
            _ => None,
        };
        if response.double_clicked()
            && let Some(edge) = edited
        {
            self.state.edit(region, edge, self.times, self.take_start_s);
        } else if response.double_clicked() {
            actions.push(Action::ShowTime(around(region.span)));
        } else if response.clicked() {
            let modifiers = response.ctx.input(|input| input.modifiers);
            response
                .ctx
                .memory_mut(|memory| memory.request_focus(focus_id()));
            actions.push(Action::Pick(index, Pick::from_modifiers(modifiers)));
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

    /// An invisible widget that takes the focus when the user clicks a row. While it has the focus, the review keys belong to the
    /// plugin and the arrows do not move to other controls.
    fn hold_focus(&self, ui: &mut Ui) {
        let focus = ui.interact(ui.max_rect(), focus_id(), Sense::focusable_noninteractive());
        focus.widget_info(|| WidgetInfo::labeled(Role::Table, true, "Results"));
        ui.memory_mut(|memory| {
            memory.set_focus_lock_filter(
                focus_id(),
                EventFilter {
                    horizontal_arrows: true,
                    vertical_arrows: true,
                    ..EventFilter::default()
                },
            );
        });
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
    let bare = if region.is_bare_mark() {
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
