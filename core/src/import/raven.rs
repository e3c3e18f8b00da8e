//! Raven selection tables: one row for each selection and view, columns in any order, bounds in seconds and hertz. Pure.
//!
//! Source: the Raven Pro manual's chapters on selection tables and on measurements. *Begin Time* counts from the start of the sound
//! that the window shows, which may be several files one after the other; *File Offset* counts from the start of *Begin File*.
//! BirdNET-Analyzer writes such tables as well, with the range of its model as bounds.

use std::collections::HashMap;

use super::numbers::{band, cell, score, span, time_s};
use super::table::{Column, Row, Table};
use super::{Label, LabelFile, LabelFormat, LabelState, LineError};
use crate::export::Times;

/// Columns that name the sound, the one that says most first.
const CLASSES: &[&str] = &[
    "class",
    "annotation",
    "annotations",
    "species",
    "commonname",
    "label",
    "calltype",
    "soundtype",
    "speciesebirdcode",
    "speciescode",
    "type",
    "tags",
];

struct Columns {
    selection: Column,
    view: Column,
    start: Column,
    end: Column,
    length: Column,
    offset: Column,
    path: Column,
    file: Column,
    low: Column,
    high: Column,
    class: Column,
    state: Column,
    note: Column,
    score: Column,
    /// Bounds are those of a model.
    is_birdnet: bool,
}

pub(super) fn is_one(table: &Table) -> bool {
    table.has(&["begintimes"]) && table.has(&["endtimes", "deltatimes"])
}

pub(super) fn read(table: &Table) -> LabelFile {
    let columns = Columns {
        selection: table.column(&["selection"]),
        view: table.column(&["view"]),
        start: table.column(&["begintimes"]),
        end: table.column(&["endtimes"]),
        length: table.column(&["deltatimes"]),
        offset: table.column(&["fileoffsets"]),
        path: table.column(&["beginpath"]),
        file: table.column(&["beginfile", "filename"]),
        low: table.column(&["lowfreqhz"]),
        high: table.column(&["highfreqhz"]),
        class: table.column(CLASSES),
        state: table.column(&["state"]),
        note: table.column(&["note", "notes", "comment", "comments"]),
        score: table.column(&["score", "confidence", "probability"]),
        is_birdnet: table.has(&["speciescode"]) && table.has(&["confidence"]),
    };
    let mut file = LabelFile::new(LabelFormat::Raven, Some(Times::Take));
    let mut seen: HashMap<Key, usize> = HashMap::new();
    for row in &table.rows {
        let read = label(&columns, row);
        if let Ok(label) = &read
            && !row.text(columns.selection).is_empty()
        {
            let key = Key::of(&columns, row, label);
            if let Some(same) = seen.get(&key).and_then(|&at| file.labels.get_mut(at)) {
                // The same selection in another view: the waveform's has no frequencies.
                same.band = same.band.or(label.band);
                continue;
            }
            seen.insert(key, file.labels.len());
        }
        file.take(row.line, read.map(Some));
    }
    file
}

/// What the rows of one selection share, whatever the view. Tables that were put together may use a number twice.
#[derive(PartialEq, Eq, Hash)]
struct Key {
    selection: String,
    recording: Option<String>,
    start: u64,
    end: u64,
    class: String,
    has_view: bool,
}

impl Key {
    fn of(columns: &Columns, row: &Row, label: &Label) -> Self {
        Self {
            selection: row.text(columns.selection).to_owned(),
            recording: label.recording.clone(),
            start: label.span.start_s().to_bits(),
            end: label.span.end_s().to_bits(),
            class: label.class.clone(),
            has_view: !row.text(columns.view).is_empty(),
        }
    }
}

fn label(columns: &Columns, row: &Row) -> Result<Label, LineError> {
    const START: &str = "Begin Time (s)";
    let mut start_s = time_s(row.text(columns.start), START)?;
    let end_s = cell(row.text(columns.end), "End Time (s)")?;
    let length_s = cell(row.text(columns.length), "Delta Time (s)")?;
    let mut end_s = end_s
        .or(length_s.map(|length_s| start_s + length_s))
        .ok_or(LineError::NoTime {
            column: "End Time (s)",
        })?;
    if let Some(offset_s) = cell(row.text(columns.offset), "File Offset (s)")? {
        (start_s, end_s) = (offset_s, offset_s + (end_s - start_s));
    }
    let low_hz = cell(row.text(columns.low), "Low Freq (Hz)")?;
    let high_hz = cell(row.text(columns.high), "High Freq (Hz)")?;
    let path = row.recording(columns.path);
    Ok(Label {
        line: row.line,
        recording: path.or_else(|| row.recording(columns.file)),
        span: span(start_s, end_s)?,
        band: match columns.is_birdnet {
            true => None,
            false => band(low_hz, high_hz)?,
        },
        class: row.text(columns.class).to_owned(),
        state: LabelState::named(row.text(columns.state)),
        note: row.text(columns.note).to_owned(),
        score: score(cell(row.text(columns.score), "Score").unwrap_or_default()),
    })
}
