//! The JSON that Earmark exports: one list of regions, several of them, or all that a window held in memory. Pure.

use serde::Deserialize;

use super::numbers::{band, score, span};
use super::{ImportError, Label, LabelFile, LabelFormat, LabelState, LineError};
use crate::export::Times;

/// Everything that a window held in memory, or one list.
#[derive(Deserialize)]
struct Whole {
    #[serde(flatten)]
    list: List,
    shown: Option<Vec<List>>,
    hard_negatives: Option<Vec<Negative>>,
}

#[derive(Deserialize)]
struct List {
    filename: Option<String>,
    timeline_start_s: Option<f64>,
    times: Option<Times>,
    regions: Option<Vec<Region>>,
}

#[derive(Deserialize)]
struct Region {
    start_s: f64,
    end_s: f64,
    score: Option<f64>,
    state: Option<String>,
    class: Option<String>,
    note: Option<String>,
    low_hz: Option<f64>,
    high_hz: Option<f64>,
}

#[derive(Deserialize)]
struct Negative {
    filename: String,
    start_s: f64,
    end_s: Option<f64>,
}

/// # Errors
/// When the text is no JSON, or has no list of regions.
pub(super) fn read(text: &str) -> Result<LabelFile, ImportError> {
    let is_array = text.trim_start().starts_with('[');
    let whole: Vec<Whole> = match is_array {
        true => serde_json::from_str(text),
        false => serde_json::from_str(text).map(|whole| vec![whole]),
    }
    .map_err(|error| ImportError::Json {
        line: error.line(),
        column: error.column(),
        reason: error.to_string(),
    })?;
    let mut file = LabelFile::new(LabelFormat::Json, Some(Times::Take));
    let mut number = 0;
    let mut lists = 0;
    for Whole {
        list,
        shown,
        hard_negatives,
    } in whole
    {
        for list in std::iter::once(list).chain(shown.into_iter().flatten()) {
            let Some(regions) = list.regions else {
                continue;
            };
            lists += 1;
            let offset_s = match list.times {
                Some(Times::Project) => list.timeline_start_s.unwrap_or_default(),
                _ => 0.0,
            };
            for region in regions {
                number += 1;
                let read = label(number, list.filename.as_deref(), offset_s, region);
                file.take(number, read.map(Some));
            }
        }
        for negative in hard_negatives.into_iter().flatten() {
            number += 1;
            let read = hard_negative(number, negative);
            file.take(number, read.map(Some));
        }
    }
    match lists {
        0 => Err(ImportError::NoRegions),
        _ => Ok(file),
    }
}

fn label(
    number: u64,
    filename: Option<&str>,
    offset_s: f64,
    region: Region,
) -> Result<Label, LineError> {
    let state = region.state.as_deref();
    Ok(Label {
        line: number,
        recording: filename.filter(|name| !name.is_empty()).map(str::to_owned),
        span: span(region.start_s - offset_s, region.end_s - offset_s)?,
        band: band(region.low_hz, region.high_hz)?,
        class: region.class.unwrap_or_default(),
        state: state.and_then(LabelState::named),
        note: region.note.unwrap_or_default(),
        score: score(region.score),
    })
}

/// A hard negative of 8-cut's has no end; it is a point here.
fn hard_negative(number: u64, negative: Negative) -> Result<Label, LineError> {
    Ok(Label {
        line: number,
        recording: Some(negative.filename),
        span: span(negative.start_s, negative.end_s.unwrap_or(negative.start_s))?,
        band: None,
        class: String::new(),
        state: Some(LabelState::Negative),
        note: String::new(),
        score: None,
    })
}
