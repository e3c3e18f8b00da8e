//! Audacity label tracks: start, end and name, parted by tabs; a second line with a backslash holds frequencies. Pure.
//!
//! Source: the Audacity manual's *Importing and Exporting Labels* and *Label Tracks*. Older versions write a decimal comma where the
//! system does, and leave out the name of a label that has none. BirdNET-Analyzer adds a column with its confidence.

use super::label_text::LabelText;
use super::numbers::{band, number, score, shortened, span};
use super::{Label, LabelFile, LabelFormat, LineError};

/// The labels of a track; `None` when not one line is a label.
pub(super) fn read(text: &str) -> Option<LabelFile> {
    let mut file = LabelFile::new(LabelFormat::Audacity, None);
    for (line, text) in (1..).zip(text.lines()) {
        if text.trim().is_empty() {
            continue;
        }
        if let Some(ends) = text.strip_prefix('\\') {
            match with_band(ends, file.labels.last_mut()) {
                Ok(()) => {}
                Err(error) => file.take(line, Err(error)),
            }
            continue;
        }
        let read = label(line, text);
        file.take(line, read.map(Some));
    }
    (!file.labels.is_empty()).then_some(file)
}

fn label(line: u64, text: &str) -> Result<Label, LineError> {
    let mut fields = text.split('\t');
    let mut time_s = || {
        let text = fields.next().ok_or(LineError::NoLabel)?;
        number(text).ok_or_else(|| LineError::OddTime {
            text: shortened(text),
        })
    };
    let (start_s, end_s) = (time_s()?, time_s()?);
    let said = LabelText::of(fields.next().unwrap_or_default());
    let confidence = fields.next().and_then(number);
    Ok(Label {
        line,
        recording: None,
        span: span(start_s, end_s)?,
        band: None,
        class: said.class,
        state: said.state,
        note: said.note,
        score: said.score.or(score(confidence)),
    })
}

/// Gives the label above its frequencies. Audacity writes -1 for an edge that is open.
fn with_band(ends: &str, label: Option<&mut Label>) -> Result<(), LineError> {
    let mut ends = ends.split('\t').skip(1).map(number);
    let (low_hz, high_hz) = (ends.next().flatten(), ends.next().flatten());
    let label = label.ok_or(LineError::NoLabel)?;
    label.band = band(low_hz, high_hz)?;
    Ok(())
}
