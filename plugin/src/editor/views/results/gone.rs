//! The rows below the regions for those that only the compared version has. A click selects their time, which the user can play
//! and mark.

use earmark_core::time::Span;
use egui::{Role, WidgetInfo};
use egui_extras::TableRow;

use super::Results;
use crate::editor::action::Action;
use crate::editor::theme;
use crate::editor::widgets::figures;

impl Results<'_> {
    pub(super) fn gone_row(
        &self,
        row: &mut TableRow<'_, '_>,
        span: Span,
        is_wide: bool,
    ) -> Option<Action> {
        let time = |time_s: f64| self.times.text(self.take_start_s + time_s);
        let start = time(span.start_s());
        let mut cells = vec![String::from(" −")];
        if self.has_sounds() {
            // Only versions of the shown profile are compared.
            let mut sounds = self.sounds.iter();
            let own = sounds.find(|sound| sound.is_shown);
            cells.push(own.map_or_else(String::new, |sound| sound.profile.clone()));
        }
        cells.push(start.clone());
        if is_wide {
            let duration = self.times.length_text(span.duration_s());
            cells.extend([time(span.end_s()), duration]);
        }
        cells.extend([String::new(), String::from("− gone"), String::new()]);
        for text in cells {
            row.col(|ui| {
                ui.label(figures(text).color(theme::colours().weak));
            });
        }
        let response = row.response();
        response
            .widget_info(|| WidgetInfo::labeled(Role::Row, true, format!("Gone region, {start}")));
        response
            .clicked()
            .then_some(Action::SelectTime(span.into()))
    }
}
