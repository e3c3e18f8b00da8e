//! The CSV tables that Earmark exports, and tables of others with the same columns. Pure.

use super::numbers::{band, cell, score, span, time_s};
use super::table::{Column, Row, Table};
use super::{Label, LabelFile, LabelFormat, LabelState, LineError};
use crate::export::FORMULA_STARTS;

struct Columns {
    start: Column,
    end: Column,
    score: Column,
    state: Column,
    class: Column,
    file: Column,
    note: Column,
    low: Column,
    high: Column,
}

pub(super) fn is_one(table: &Table) -> bool {
    // Of the other tables with these two only Hoplite's calls its recordings like that.
    table.has(&["starts"]) && table.has(&["ends"])
}

pub(super) fn read(table: &Table) -> LabelFile {
    let columns = Columns {
        start: table.column(&["starts"]),
        end: table.column(&["ends"]),
        score: table.column(&["score", "confidence"]),
        state: table.column(&["state"]),
        class: table.column(&["class", "label", "name"]),
        file: table.column(&["file", "filename", "recording"]),
        note: table.column(&["note"]),
        low: table.column(&["lowhz"]),
        high: table.column(&["highhz"]),
    };
    let mut file = LabelFile::new(LabelFormat::Earmark, None);
    for row in &table.rows {
        let read = label(&columns, row);
        file.take(row.line, read.map(Some));
    }
    file
}

fn label(columns: &Columns, row: &Row) -> Result<Label, LineError> {
    let start_s = time_s(row.text(columns.start), "start_s")?;
    let end_s = time_s(row.text(columns.end), "end_s")?;
    let low_hz = cell(row.text(columns.low), "low_hz")?;
    let high_hz = cell(row.text(columns.high), "high_hz")?;
    let recording = row.recording(columns.file);
    Ok(Label {
        line: row.line,
        recording: recording.map(|name| armed(&name).to_owned()),
        span: span(start_s, end_s)?,
        band: band(low_hz, high_hz)?,
        class: armed(row.text(columns.class)).to_owned(),
        state: LabelState::named(row.text(columns.state)),
        note: armed(row.text(columns.note)).to_owned(),
        score: score(cell(row.text(columns.score), "score")?),
    })
}

/// A text without the apostrophe that keeps a spreadsheet from computing it.
fn armed(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(formula) if formula.trim_start_matches('\'').starts_with(FORMULA_STARTS) => formula,
        _ => text,
    }
}
