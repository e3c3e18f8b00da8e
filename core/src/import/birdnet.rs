//! Detections of BirdNET-Analyzer in its three tables of CSV: its own, R's and Kaleidoscope's. Its selection tables and Audacity labels
//! are read as Raven's and Audacity's. Pure.
//!
//! Source: the headers in BirdNET-Analyzer's `analyze/utils.py`.

use super::numbers::{cell, score, span, time_s};
use super::table::{Column, Row, Table};
use super::{Label, LabelFile, LabelFormat, LineError};

struct Columns {
    start: Column,
    end: Column,
    length: Column,
    /// Kaleidoscope's: the folder of all, and the folder in it.
    root: Column,
    folder: Column,
    file: Column,
    common_name: Column,
    scientific_name: Column,
    confidence: Column,
}

pub(super) fn is_one(table: &Table) -> bool {
    table.has(&["scientificname", "commonname"]) && table.has(&["starts", "start", "offset"])
}

pub(super) fn read(table: &Table) -> LabelFile {
    let columns = Columns {
        start: table.column(&["starts", "start", "offset"]),
        end: table.column(&["ends", "end"]),
        length: table.column(&["duration"]),
        root: table.column(&["indir"]),
        folder: table.column(&["folder"]),
        file: table.column(&["file", "filepath", "infile"]),
        common_name: table.column(&["commonname"]),
        scientific_name: table.column(&["scientificname"]),
        confidence: table.column(&["confidence"]),
    };
    let mut file = LabelFile::new(LabelFormat::BirdNet, Some(crate::export::Times::Take));
    for row in &table.rows {
        let read = label(&columns, row);
        file.take(row.line, read.map(Some));
    }
    file
}

fn label(columns: &Columns, row: &Row) -> Result<Label, LineError> {
    let start_s = time_s(row.text(columns.start), "Start (s)")?;
    let end_s = cell(row.text(columns.end), "End (s)")?;
    let length_s = cell(row.text(columns.length), "DURATION")?;
    let end_s = end_s.or(length_s.map(|length_s| start_s + length_s));
    let end_s = end_s.ok_or(LineError::NoTime { column: "End (s)" })?;
    let name = match row.text(columns.common_name) {
        "" => row.text(columns.scientific_name),
        name => name,
    };
    Ok(Label {
        line: row.line,
        recording: recording(columns, row),
        span: span(start_s, end_s)?,
        band: None,
        class: name.to_owned(),
        state: None,
        note: String::new(),
        score: score(cell(row.text(columns.confidence), "Confidence")?),
    })
}

fn recording(columns: &Columns, row: &Row) -> Option<String> {
    let name = row.recording(columns.file)?;
    let folders = [row.text(columns.root), row.text(columns.folder)];
    let parts = folders.into_iter().filter(|folder| !folder.is_empty());
    let parts: Vec<&str> = parts.chain([name.as_str()]).collect();
    Some(parts.join("/"))
}
