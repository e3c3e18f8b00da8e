//! The table of the regions of the shown version. It draws only the visible rows, so that a hundred thousand cost no more than a
//! dozen. `toolbar` has the row above the table, `row` the row of a region, `sound` the column and the filter of the sounds, `edit`
//! the text fields for times, `gone` the rows of the compared version.

mod edit;
mod gone;
mod row;
mod sound;
mod toolbar;

pub use edit::ResultsState;

use self::row::RegionRow;
use std::path::Path;

use earmark_core::protocol::SoundView;
use earmark_core::time::Span;
use egui::{EventFilter, Id, Role, Sense, Ui, WidgetInfo};
use egui_extras::{Column, TableBuilder};

use crate::editor::action::Action;
use crate::editor::review_order::Listed;
use crate::editor::selection::Selection;
use crate::editor::theme;
use crate::review::{ReviewOrder, SortBy, StateFilter};
use crate::timecode::TimeDisplay;

/// A table of less width, in points, hides the columns that the timeline shows as well.
const WIDE: f32 = 500.0;

/// The table of one frame.
pub struct Results<'a> {
    pub listed: Listed<'a>,
    pub order: ReviewOrder,
    pub filter: StateFilter,
    /// What the list looks for in notes, as the user types it.
    pub sought: &'a str,
    /// The sounds that are looked for, when there are several: the table has a column for them.
    pub sounds: &'a [SoundView],
    /// The profile whose sound alone is listed.
    pub listed_sound: Option<&'a str>,
    pub times: TimeDisplay,
    /// Where the take starts on the project's timeline, in seconds.
    pub take_start_s: f64,
    pub take_path: Option<&'a Path>,
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
            .column(Column::exact(52.0));
        if self.has_sounds() {
            table = table.column(Column::initial(96.0).at_least(60.0).clip(true));
        }
        table = table.column(Column::initial(110.0).at_least(100.0));
        if is_wide {
            table = table
                .column(Column::initial(110.0).at_least(100.0))
                .column(Column::initial(72.0).at_least(60.0));
        }
        table = table.column(Column::initial(60.0).at_least(52.0));
        if self.gone.is_some() {
            table = table.column(Column::initial(86.0).at_least(70.0));
        }
        let has_notes = self.listed.index.has_notes();
        table = match has_notes {
            true => table
                .column(Column::initial(150.0).at_least(90.0).clip(true))
                .column(Column::remainder().at_least(80.0).clip(true)),
            false => table.column(Column::remainder().at_least(110.0).clip(true)),
        };
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
                    if column.1 == "#" && self.has_sounds() {
                        header.col(|ui| {
                            ui.weak("sound");
                        });
                    }
                }
                if has_notes {
                    header.col(|ui| {
                        ui.weak("note");
                    });
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
                        let region = RegionRow {
                            index,
                            region,
                            is_wide,
                        };
                        actions.extend(self.row(&mut row, region));
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
