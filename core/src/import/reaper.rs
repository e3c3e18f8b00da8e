//! Lists of REAPER's Region/Marker Manager: `#,Name,Start,End,Length`, regions numbered `R1`, markers `M1`. Pure.

use super::label_text::LabelText;
use super::numbers::{shortened, span};
use super::reaper_time::{ProjectClock, TimeForm};
use super::table::{Column, Row, Table};
use super::{ImportError, Label, LabelFile, LabelFormat, LineError};

struct Columns {
    name: Column,
    start: Column,
    end: Column,
}

pub(super) fn is_one(table: &Table) -> bool {
    table.has(&["#"]) && table.has(&["name"]) && table.has(&["start"])
}

/// # Errors
/// When `clock` does not say what the form of the times needs.
pub(super) fn read(table: &Table, clock: &ProjectClock) -> Result<LabelFile, ImportError> {
    let columns = Columns {
        name: table.column(&["name"]),
        start: table.column(&["start"]),
        end: table.column(&["end"]),
    };
    let times = table
        .rows
        .iter()
        .flat_map(|row| [row.text(columns.start), row.text(columns.end)]);
    let form = TimeForm::of(times, clock)?;
    let mut file = LabelFile::new(LabelFormat::Reaper, None);
    for row in &table.rows {
        let read = label(&columns, row, form);
        file.take(row.line, read.map(Some));
    }
    Ok(file)
}

/// A marker has no end.
fn label(columns: &Columns, row: &Row, form: TimeForm) -> Result<Label, LineError> {
    let time_s = |text: &str| {
        form.seconds(text).ok_or_else(|| LineError::OddTime {
            text: shortened(text),
        })
    };
    let start_s = time_s(row.text(columns.start))?;
    let end_s = match row.text(columns.end) {
        "" => start_s,
        end => time_s(end)?,
    };
    let said = LabelText::of(row.text(columns.name));
    Ok(Label {
        line: row.line,
        recording: None,
        span: span(start_s, end_s)?,
        band: None,
        class: said.class,
        state: said.state,
        note: said.note,
        score: said.score,
    })
}
