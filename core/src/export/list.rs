//! Writes lists of regions: CSV for tables, label tracks for Audacity, JSON for programs.
//!
//! Pure but for the writer it is given; runs on an engine worker.

use std::io::{self, Write};

use serde::Serialize;

use crate::time::{Span, timecode};

/// One version of a result, as other tools should see it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RegionList<'a> {
    /// The recording's file name.
    pub filename: &'a str,
    /// Where the recording starts on the project's timeline, in seconds; 0 for a recording without one.
    pub timeline_start_s: f64,
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
}

/// Why a list was not written.
#[derive(Debug, thiserror::Error)]
#[error(
    "the list of regions could not be written ({0}). Check that the disk has room and the folder may be written to"
)]
pub struct ListError(#[from] io::Error);

/// Comma-separated values (RFC 4180, UTF-8, one header line). Times in seconds from the recording's start, and as
/// `h:mm:ss.mmm` on the project's timeline.
///
/// # Errors
/// When `out` fails.
pub fn write_csv(list: &RegionList<'_>, out: &mut impl Write) -> Result<(), ListError> {
    write!(
        out,
        "number,start_s,end_s,duration_s,timeline_start,timeline_end,score,state,class\r\n"
    )?;
    for (index, region) in list.regions.iter().enumerate() {
        let (start_s, end_s) = (region.span.start_s(), region.span.end_s());
        write!(
            out,
            "{},{start_s:.6},{end_s:.6},{:.6},{},{},{},{},{}\r\n",
            index + 1,
            region.span.duration_s(),
            timecode(list.timeline_start_s + start_s),
            timecode(list.timeline_start_s + end_s),
            finite(region.score)
                .map(|s| format!("{s:.4}"))
                .unwrap_or_default(),
            csv_field(region.state),
            csv_field(region.class),
        )?;
    }
    Ok(())
}

/// An Audacity label track: start, end (seconds from the recording's start) and label, parted by tabs. Import it beside
/// the recording with File > Import > Labels.
///
/// # Errors
/// When `out` fails.
pub fn write_audacity_labels(list: &RegionList<'_>, out: &mut impl Write) -> Result<(), ListError> {
    for region in list.regions {
        let what = if region.class.is_empty() {
            region.state
        } else {
            region.class
        };
        // A tab or a line end inside a label would begin another field.
        let mut label: String = what
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        if let Some(score) = finite(region.score) {
            label.push_str(&format!(" {score:.2}"));
        }
        writeln!(
            out,
            "{:.6}\t{:.6}\t{}",
            region.span.start_s(),
            region.span.end_s(),
            label.trim()
        )?;
    }
    Ok(())
}

#[derive(Serialize)]
pub(super) struct JsonList<'a> {
    filename: &'a str,
    timeline_start_s: f64,
    model: &'a str,
    version: &'a str,
    regions: Vec<JsonRegion<'a>>,
}

#[derive(Serialize)]
pub(super) struct JsonRegion<'a> {
    start_s: f64,
    end_s: f64,
    score: Option<f32>,
    state: &'a str,
    class: Option<&'a str>,
}

impl<'a> From<&RegionList<'a>> for JsonList<'a> {
    fn from(list: &RegionList<'a>) -> Self {
        Self {
            filename: list.filename,
            timeline_start_s: list.timeline_start_s,
            model: list.model,
            version: list.version,
            regions: list.regions.iter().map(JsonRegion::from).collect(),
        }
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
        }
    }
}

/// One JSON object with the version's provenance and its regions; a missing score or class is `null`.
///
/// # Errors
/// When `out` fails.
pub fn write_json(list: &RegionList<'_>, out: &mut impl Write) -> Result<(), ListError> {
    serde_json::to_writer_pretty(&mut *out, &JsonList::from(list)).map_err(io::Error::from)?;
    writeln!(out)?;
    Ok(())
}

fn finite(score: f32) -> Option<f32> {
    Some(score).filter(|score| score.is_finite())
}

/// Quoted where RFC 4180 asks for it.
fn csv_field(text: &str) -> String {
    if text.contains(['"', ',', '\r', '\n']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn regions() -> [ListedRegion<'static>; 2] {
        [
            ListedRegion {
                span: Span::new(1.5, 2.25).unwrap(),
                score: 0.98768,
                state: "found",
                class: "",
            },
            ListedRegion {
                span: Span::new(60.0, 61.0).unwrap(),
                score: f32::NAN,
                state: "positive",
                class: "door, \"big\"\tone",
            },
        ]
    }

    fn written(write: impl Fn(&RegionList<'_>, &mut Vec<u8>) -> Result<(), ListError>) -> String {
        let regions = regions();
        let list = RegionList {
            filename: "Dialogue 1.wav",
            timeline_start_s: 3600.0,
            model: "AISFX",
            version: "20250101_120000_000000",
            regions: &regions,
        };
        let mut bytes = Vec::new();
        write(&list, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn csv_quotes_what_needs_it_and_gives_both_times() {
        let expected = "number,start_s,end_s,duration_s,timeline_start,timeline_end,score,state,class\r\n\
            1,1.500000,2.250000,0.750000,01:00:01.500,01:00:02.250,0.9877,found,\r\n\
            2,60.000000,61.000000,1.000000,01:01:00.000,01:01:01.000,,positive,\"door, \"\"big\"\"\tone\"\r\n";
        assert_eq!(written(write_csv), expected);
    }

    #[test]
    fn audacity_labels_have_three_fields_whatever_the_class_is_called() {
        let expected = "1.500000\t2.250000\tfound 0.99\n60.000000\t61.000000\tdoor, \"big\" one\n";
        assert_eq!(written(write_audacity_labels), expected);
    }

    #[test]
    fn json_reads_back_with_nothing_where_there_is_nothing() {
        let json: serde_json::Value = serde_json::from_str(&written(write_json)).unwrap();
        assert_eq!(json["filename"], "Dialogue 1.wav");
        assert_eq!(json["regions"][0]["start_s"], 1.5);
        assert!(json["regions"][0]["class"].is_null());
        assert!(json["regions"][1]["score"].is_null());
        assert_eq!(json["regions"][1]["class"], "door, \"big\"\tone");
    }

    #[test]
    fn a_full_disk_is_reported() {
        let list = RegionList {
            filename: "",
            timeline_start_s: 0.0,
            model: "",
            version: "",
            regions: &regions(),
        };
        let mut full: &mut [u8] = &mut [0; 10];
        assert!(write_csv(&list, &mut full).is_err());
        let mut full: &mut [u8] = &mut [0; 10];
        assert!(write_json(&list, &mut full).is_err());
    }
}
