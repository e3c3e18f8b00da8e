//! Writes lists of regions in the formats that other tools read.
//!
//! [`text`] has the formats that are lines of text; this file has JSON and what the formats share. Pure but for the writer it is
//! given; runs on an engine worker.

mod text;

#[cfg(test)]
mod tests;

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

pub(crate) use text::FORMULA_STARTS;

use crate::frequency::Band;
use crate::time::{SampleRate, Span, timecode};

/// One version of a result, as other tools should see it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RegionList<'a> {
    /// The recording's file name.
    pub filename: &'a str,
    /// Where the recording starts on the project's timeline, in seconds; 0 for a recording without one.
    pub timeline_start_s: f64,
    /// The recording's own, if it is known.
    pub rate: Option<SampleRate>,
    /// Key of the model.
    pub model: &'a str,
    /// The version's timestamp.
    pub version: &'a str,
    /// In the order in which to write them.
    pub regions: &'a [ListedRegion<'a>],
}

/// One region of a [`RegionList`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ListedRegion<'a> {
    /// In seconds from the recording's start.
    pub span: Span,
    /// 0 to 1; `NaN` is written as nothing.
    pub score: f32,
    /// What the user made of it, in a word: `found`, `positive`, `negative`, `disabled`.
    pub state: &'a str,
    /// The class it was confirmed as; empty when it was not.
    pub class: &'a str,
    /// What the user wrote about it; empty when there is no note.
    pub note: &'a str,
    /// Its frequencies, when it was marked as a box on the spectrogram.
    pub band: Option<Band>,
}

impl ListedRegion<'_> {
    /// What it is called: its class or state, and its score. On one line, without tabs.
    pub fn label(&self) -> String {
        let what = if self.class.is_empty() {
            self.state
        } else {
            self.class
        };
        let mut label = one_line(what);
        if let Some(score) = finite(self.score) {
            label.push_str(&format!(" {score:.2}"));
        }
        label.trim().to_owned()
    }

    /// The label with the note behind it, where there is one field for everything. On one line, without tabs.
    pub fn label_with_note(&self) -> String {
        let (label, note) = (self.label(), one_line(self.note));
        match (label.is_empty(), note.is_empty()) {
            (_, true) => label,
            (true, false) => note,
            (false, false) => format!("{label}: {note}"),
        }
    }
}

/// The form of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListFormat {
    /// Comma-separated values: RFC 4180, UTF-8, one header line.
    #[default]
    Csv,
    /// An Audacity label track, for File > Import > Labels.
    Audacity,
    /// What REAPER's Region/Marker Manager imports and exports.
    Reaper,
    /// A Raven selection table.
    Raven,
    Json,
}

impl ListFormat {
    pub const ALL: [Self; 5] = [
        Self::Csv,
        Self::Audacity,
        Self::Reaper,
        Self::Raven,
        Self::Json,
    ];

    /// What its files are called behind the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Csv | Self::Reaper => "csv",
            Self::Audacity | Self::Raven => "txt",
            Self::Json => "json",
        }
    }

    /// Whether its times can be the project's. Raven's count from the start of the file that it shows.
    pub fn knows_project_time(self) -> bool {
        self != Self::Raven
    }
}

/// Where times are counted from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Times {
    /// The zero of the project's timeline.
    #[default]
    Project,
    /// The recording's start.
    Take,
}

/// What becomes of a text in a table for spreadsheets that they would take for a formula, because it begins with `=`, `+`,
/// `-`, `@` or a tab: a file name or a class may come from anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Formulas {
    /// An apostrophe is put in front of it, so that a spreadsheet shows it.
    #[default]
    Disarmed,
    /// It is written as it is, for programs that read the table.
    Kept,
}

/// Writes `list` in `format`, with times counted from where `times` says if the form knows both. `formulas` is for
/// [`ListFormat::Csv`], which spreadsheets read.
///
/// # Errors
/// When `out` fails.
pub fn write_list(
    format: ListFormat,
    times: Times,
    formulas: Formulas,
    list: &RegionList<'_>,
    out: &mut impl Write,
) -> io::Result<()> {
    let offset_s = match times {
        Times::Project if format.knows_project_time() => list.timeline_start_s,
        _ => 0.0,
    };
    match format {
        ListFormat::Csv => text::write_csv(list, offset_s, formulas, out),
        ListFormat::Audacity => text::write_audacity(list, offset_s, out),
        ListFormat::Reaper => text::write_reaper(list, offset_s, out),
        ListFormat::Raven => text::write_raven(list, out),
        ListFormat::Json => write_json(list, times, offset_s, out),
    }
}

#[derive(Serialize)]
pub(super) struct JsonList<'a> {
    filename: &'a str,
    timeline_start_s: f64,
    model: &'a str,
    version: &'a str,
    /// What the regions' times count from.
    times: Times,
    regions: Vec<JsonRegion<'a>>,
}

#[derive(Serialize)]
pub(super) struct JsonRegion<'a> {
    start_s: f64,
    end_s: f64,
    score: Option<f32>,
    state: &'a str,
    class: Option<&'a str>,
    note: Option<&'a str>,
    low_hz: Option<f64>,
    high_hz: Option<f64>,
}

impl<'a> JsonList<'a> {
    fn new(list: &RegionList<'a>, times: Times, offset_s: f64) -> Self {
        Self {
            filename: list.filename,
            timeline_start_s: list.timeline_start_s,
            model: list.model,
            version: list.version,
            times,
            regions: list
                .regions
                .iter()
                .map(|region| JsonRegion {
                    start_s: offset_s + region.span.start_s(),
                    end_s: offset_s + region.span.end_s(),
                    ..JsonRegion::from(region)
                })
                .collect(),
        }
    }
}

impl<'a> From<&RegionList<'a>> for JsonList<'a> {
    fn from(list: &RegionList<'a>) -> Self {
        Self::new(list, Times::Take, 0.0)
    }
}

impl<'a> From<&ListedRegion<'a>> for JsonRegion<'a> {
    fn from(region: &ListedRegion<'a>) -> Self {
        Self {
            start_s: region.span.start_s(),
            end_s: region.span.end_s(),
            score: finite(region.score),
            state: region.state,
            class: Some(region.class).filter(|class| !class.is_empty()),
            note: Some(region.note).filter(|note| !note.is_empty()),
            low_hz: region.band.map(Band::low_hz),
            high_hz: region.band.map(Band::high_hz),
        }
    }
}

/// One JSON object with the version's provenance and its regions; a missing score, class or note is `null`.
fn write_json(
    list: &RegionList<'_>,
    times: Times,
    offset_s: f64,
    out: &mut impl Write,
) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &JsonList::new(list, times, offset_s))?;
    writeln!(out)
}

fn finite(score: f32) -> Option<f32> {
    Some(score).filter(|score| score.is_finite())
}

/// `text` without what would begin another line or field.
fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}
