//! Numbers, spans and bands as label files write them. Pure.

use super::LineError;
use crate::frequency::Band;
use crate::time::Span;

/// No recording is longer than a year, in seconds.
const YEAR_S: f64 = 366.0 * 86_400.0;
/// What stands for a number that is not there: R, pandas and spreadsheets write these.
const MISSING: [&str; 6] = ["", "na", "nan", "null", "none", "-"];

/// The finite number that `text` writes out, with a decimal point or a decimal comma.
pub(super) fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    let is_plain = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | ',' | 'e' | 'E');
    if !text.chars().all(is_plain) {
        return None;
    }
    let number: f64 = match text.contains('.') {
        true => text.parse(),
        false => text.replacen(',', ".", 1).parse(),
    }
    .ok()?;
    number.is_finite().then_some(number)
}

/// The number in a cell of the column called `column`; `None` when there is none.
pub(super) fn cell(text: &str, column: &'static str) -> Result<Option<f64>, LineError> {
    let said = text.trim();
    if MISSING.contains(&said.to_ascii_lowercase().as_str()) {
        return Ok(None);
    }
    match number(said) {
        Some(number) => Ok(Some(number)),
        None => Err(LineError::NoNumber {
            column,
            text: shortened(said),
        }),
    }
}

/// The time in a cell that must have one.
pub(super) fn time_s(text: &str, column: &'static str) -> Result<f64, LineError> {
    cell(text, column)?.ok_or(LineError::NoTime { column })
}

/// The span between two times that a file gives.
pub(super) fn span(start_s: f64, end_s: f64) -> Result<Span, LineError> {
    for at_s in [start_s, end_s] {
        if !at_s.is_finite() || at_s.abs() > YEAR_S {
            return Err(LineError::FarAway { at_s });
        }
    }
    Span::new(start_s, end_s).map_err(|_| LineError::Backwards { start_s, end_s })
}

/// The band between two frequencies. One end alone is none, and so are the ends below zero that Audacity writes for an edge that is
/// open.
pub(super) fn band(low_hz: Option<f64>, high_hz: Option<f64>) -> Result<Option<Band>, LineError> {
    match low_hz.zip(high_hz) {
        Some((low_hz, high_hz)) if low_hz >= 0.0 && high_hz >= 0.0 && high_hz > low_hz => {
            let band = Band::new(low_hz, high_hz);
            band.map(Some)
                .map_err(|_| LineError::NoBand { low_hz, high_hz })
        }
        Some((low_hz, high_hz)) if low_hz > high_hz && high_hz >= 0.0 => {
            Err(LineError::NoBand { low_hz, high_hz })
        }
        _ => Ok(None),
    }
}

/// A score, if `number` is one.
pub(super) fn score(number: Option<f64>) -> Option<f32> {
    number
        .filter(|score| (0.0..=1.0).contains(score))
        .map(|score| score as f32)
}

/// The beginning of a text that an error shows.
pub(super) fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}
