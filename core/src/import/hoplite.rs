//! Tables of Hoplite (Perch): detections of a classifier, and annotations that it takes in. Pure.
//!
//! Source: perch-hoplite's `agile/classifier.py` (`idx,project,filename,window_start,window_end,label,logits`; earlier versions
//! have `source_id,offset` and windows of five seconds) and `agile/ingest_annotations.py` (`filename, start_time_s, end_time_s,
//! label`, and the annotations of the Cornell data sets).

use super::numbers::{band, cell, score, span, time_s};
use super::table::{Column, Row, Table};
use super::{Label, LabelFile, LabelFormat, LabelState, LineError};

/// The windows of Perch, for tables that give their starts only, in seconds.
const WINDOW_S: f64 = 5.0;
const STARTS: &[&str] = &[
    "windowstart",
    "starttimes",
    "starttime",
    "offset",
    "offsets",
];
const ENDS: &[&str] = &["windowend", "endtimes", "endtime"];
const FILES: &[&str] = &["filename", "sourceid"];
const LABELS: &[&str] = &["label", "speciesebirdcode"];

struct Columns {
    file: Column,
    start: Column,
    end: Column,
    class: Column,
    kind: Column,
    logit: Column,
    score: Column,
    low: Column,
    high: Column,
}

pub(super) fn is_one(table: &Table) -> bool {
    table.has(FILES) && table.has(STARTS) && table.has(LABELS)
}

pub(super) fn read(table: &Table) -> LabelFile {
    let columns = Columns {
        file: table.column(FILES),
        start: table.column(STARTS),
        end: table.column(ENDS),
        class: table.column(LABELS),
        kind: table.column(&["labeltype"]),
        logit: table.column(&["logits", "logit"]),
        score: table.column(&["score"]),
        low: table.column(&["lowfreqhz"]),
        high: table.column(&["highfreqhz"]),
    };
    let mut file = LabelFile::new(LabelFormat::Hoplite, Some(crate::export::Times::Take));
    for row in &table.rows {
        let read = label(&columns, row);
        file.take(row.line, read.map(Some));
    }
    file
}

fn label(columns: &Columns, row: &Row) -> Result<Label, LineError> {
    let start_s = time_s(row.text(columns.start), "start")?;
    let end_s = cell(row.text(columns.end), "end")?.unwrap_or(start_s + WINDOW_S);
    let low_hz = cell(row.text(columns.low), "Low Freq (Hz)")?;
    let high_hz = cell(row.text(columns.high), "High Freq (Hz)")?;
    let logit = cell(row.text(columns.logit), "logits")?;
    let said = cell(row.text(columns.score), "score")?;
    Ok(Label {
        line: row.line,
        recording: row.recording(columns.file),
        span: span(start_s, end_s)?,
        band: band(low_hz, high_hz)?,
        class: row.text(columns.class).to_owned(),
        state: state(row.text(columns.kind)),
        note: String::new(),
        score: score(logit.map(|logit| 1.0 / (1.0 + (-logit).exp())).or(said)),
    })
}

/// What Hoplite calls the kind of a label, by its name or its number.
fn state(kind: &str) -> Option<LabelState> {
    let kind = kind.to_ascii_lowercase();
    let kind = kind.rsplit('.').next().unwrap_or_default();
    match kind {
        "negative" | "0" => Some(LabelState::Negative),
        "positive" | "1" => Some(LabelState::Positive),
        "possible" | "uncertain" | "unsure" | "2" => Some(LabelState::Unsure),
        _ => None,
    }
}
