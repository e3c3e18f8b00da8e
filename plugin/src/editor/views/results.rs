//! The results table: every region of the shown version, virtualised, so that a hundred thousand rows cost no more
//! than the dozen on the screen.

use earmark_core::engine::view::RegionView;
use earmark_core::time::{Span, timecode};
use egui::{EventFilter, Id, Role, Sense, Ui, WidgetInfo};
use egui_extras::{Column, TableBuilder, TableRow};

use crate::editor::action::Action;
use crate::editor::selection::{Pick, Selection};
use crate::editor::theme;
use crate::editor::widgets::figures;

/// Seconds shown on either side of a region that was double-clicked.
const MARGIN_S: f64 = 2.0;

/// The table of one frame.
pub struct Results<'a> {
    pub regions: &'a [RegionView],
    /// Where the take starts on the project's timeline, in seconds.
    pub take_start_s: f64,
    pub comparing: bool,
    pub selection: &'a Selection,
    /// The region under the host's playhead.
    pub heard: Option<usize>,
    /// A row to bring into sight, after the keys moved there.
    pub reveal: Option<usize>,
}

/// The id under which the table holds the keyboard focus.
pub fn focus_id() -> Id {
    Id::unique("results table")
}

impl Results<'_> {
    pub fn show(self, ui: &mut Ui) -> Vec<Action> {
        let mut actions = Vec::new();
        self.hold_focus(ui);
        let mut table = TableBuilder::new(ui)
            .id_salt("results")
            .striped(true)
            .sense(Sense::click())
            .cell_layout(egui::Layout::left_to_right(egui::Align::Center))
            .auto_shrink(false)
            .column(Column::exact(52.0))
            .column(Column::initial(110.0).at_least(100.0))
            .column(Column::initial(110.0).at_least(100.0))
            .column(Column::initial(72.0).at_least(60.0))
            .column(Column::initial(60.0).at_least(52.0));
        if self.comparing {
            table = table.column(Column::initial(86.0).at_least(70.0));
        }
        table = table.column(Column::remainder().at_least(110.0).clip(true));
        if let Some(row) = self.reveal {
            table = table.scroll_to_row(row, None);
        }
        table
            .header(theme::ROW_HEIGHT, |mut header| {
                let mut titles = vec!["#", "start", "end", "duration", "score"];
                titles.extend(self.comparing.then_some("change"));
                titles.push("state");
                for title in titles {
                    header.col(|ui| {
                        ui.weak(title);
                    });
                }
            })
            .body(|body| {
                body.rows(theme::ROW_HEIGHT, self.regions.len(), |mut row| {
                    let index = row.index();
                    if let Some(region) = self.regions.get(index) {
                        self.row(&mut row, index, region, &mut actions);
                    }
                });
            });
        actions
    }

    fn row(
        &self,
        row: &mut TableRow<'_, '_>,
        index: usize,
        region: &RegionView,
        actions: &mut Vec<Action>,
    ) {
        let selected = region.id.is_some_and(|id| self.selection.contains(id));
        row.set_selected(selected);
        let heard = self.heard == Some(index);
        row.set_hovered(heard);
        let start = timecode(self.take_start_s + region.span.start_s());
        let end = timecode(self.take_start_s + region.span.end_s());
        let mut cell = |text: String| {
            row.col(|ui| {
                ui.label(figures(text));
            });
        };
        let cursor = if region.id.is_some() && region.id == self.selection.cursor() {
            "▸"
        } else {
            " "
        };
        let ear = if heard { " ◀" } else { "" };
        cell(format!("{cursor}{}{ear}", index + 1));
        cell(start.clone());
        cell(end);
        cell(format!("{:.3} s", region.span.duration_s()));
        cell(format!("{:.2}", region.score));
        if self.comparing {
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
                "Region {}, {start}, score {:.2}, {}{}",
                index + 1,
                region.score,
                region.state.word(),
                if heard { ", under the playhead" } else { "" }
            );
            WidgetInfo::selected(Role::Row, true, selected, name)
        });
        if response.double_clicked() {
            actions.push(Action::ShowTime(around(region.span)));
        } else if response.clicked() {
            let modifiers = response.ctx.input(|input| input.modifiers);
            response
                .ctx
                .memory_mut(|memory| memory.request_focus(focus_id()));
            actions.push(Action::Pick(index, Pick::from_modifiers(modifiers)));
        }
    }

    /// An invisible widget that takes the focus when a row is clicked: while it has it, the review keys are the
    /// plugin's, and the arrows do not wander off to other controls.
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

/// Glyph, word and, for a positive, its class; and whether a newer word is not saved yet.
fn state_words(region: &RegionView) -> String {
    let glyph = theme::state_glyph(region.state);
    let word = region.state.word();
    let class = region
        .class
        .as_ref()
        .map_or_else(String::new, |class| format!(" · {class}"));
    let waits = if region.waiting {
        " · waits for the database"
    } else {
        ""
    };
    format!("{glyph} {word}{class}{waits}")
}

fn around(span: Span) -> Option<Span> {
    Span::new(
        (span.start_s() - MARGIN_S).max(0.0),
        span.end_s() + MARGIN_S,
    )
    .ok()
}
