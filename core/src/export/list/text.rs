//! Lists of regions as tables of text: CSV, Audacity, REAPER, Raven. Pure but for the writer it is given.
//!
//! Sources: RFC 4180; the Audacity manual's *Importing and Exporting Labels* (start, end and label, parted by tabs);
//! REAPER's own exports of the Region/Marker Manager (`#,Name,Start,End,Length`, regions numbered `R1`); the Raven Pro
//! manual's selection tables (one header line, tabs, bounds in seconds and hertz); of Audacity's manual also *Label Tracks*, on labels with frequencies.

use std::borrow::Cow;
use std::io::{self, Write};

use csv::{QuoteStyle, Terminator, Writer, WriterBuilder};

use super::{Band, Formulas, RegionList, SampleRate, finite, one_line, timecode};

/// The rate of a recording that does not say: most have this one.
const UNKNOWN_RATE_HZ: u32 = 48_000;
/// What a cell begins with that a spreadsheet computes instead of showing.
pub(crate) const FORMULA_STARTS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

pub(super) fn write_csv(
    list: &RegionList<'_>,
    offset_s: f64,
    formulas: Formulas,
    out: &mut impl Write,
) -> io::Result<()> {
    let mut table = with_commas(Terminator::CRLF, out);
    table.write_record([
        "number",
        "start",
        "end",
        "start_s",
        "end_s",
        "duration_s",
        "score",
        "state",
        "class",
        "file",
        "model",
        "version",
        "note",
        "low_hz",
        "high_hz",
    ])?;
    for (index, region) in list.regions.iter().enumerate() {
        let start_s = offset_s + region.span.start_s();
        let end_s = offset_s + region.span.end_s();
        let numbers = [
            (index + 1).to_string(),
            timecode(start_s),
            timecode(end_s),
            format!("{start_s:.6}"),
            format!("{end_s:.6}"),
            format!("{:.6}", region.span.duration_s()),
            score(region.score),
        ];
        let texts = [
            region.state,
            region.class,
            list.filename,
            list.model,
            list.version,
            region.note,
        ];
        for number in &numbers {
            table.write_field(number)?;
        }
        for text in texts {
            table.write_field(cell(text, formulas).as_ref())?;
        }
        for end_hz in [
            region.band.map(Band::low_hz),
            region.band.map(Band::high_hz),
        ] {
            table.write_field(end_hz.map(hertz).unwrap_or_default())?;
        }
        table.write_record(None::<&[u8]>)?;
    }
    table.flush()
}

pub(super) fn write_audacity(
    list: &RegionList<'_>,
    offset_s: f64,
    out: &mut impl Write,
) -> io::Result<()> {
    let mut table = with_tabs(out);
    for region in list.regions {
        table.write_record([
            format!("{:.6}", offset_s + region.span.start_s()),
            format!("{:.6}", offset_s + region.span.end_s()),
            region.label_with_note(),
        ])?;
        if let Some(band) = region.band {
            // Audacity's own second line of a label with frequencies begins with a backslash.
            table.write_record(["\\", &hertz(band.low_hz()), &hertz(band.high_hz())])?;
        }
    }
    table.flush()
}

pub(super) fn write_reaper(
    list: &RegionList<'_>,
    offset_s: f64,
    out: &mut impl Write,
) -> io::Result<()> {
    let mut table = with_commas(Terminator::Any(b'\n'), out);
    table.write_record(["#", "Name", "Start", "End", "Length"])?;
    for (index, region) in list.regions.iter().enumerate() {
        // Rounded before they are subtracted, so that the three agree.
        let millis = |seconds: f64| (seconds * 1000.0).round() / 1000.0;
        let start_s = millis(offset_s + region.span.start_s());
        let end_s = millis(offset_s + region.span.end_s());
        table.write_record([
            format!("R{}", index + 1),
            region.label_with_note(),
            timecode(start_s),
            timecode(end_s),
            timecode(end_s - start_s),
        ])?;
    }
    table.flush()
}

/// Raven draws a selection as a box, so that one without bounds of its own reaches over all frequencies there are.
pub(super) fn write_raven(list: &RegionList<'_>, out: &mut impl Write) -> io::Result<()> {
    let mut table = with_tabs(out);
    table.write_record([
        "Selection",
        "View",
        "Channel",
        "Begin Time (s)",
        "End Time (s)",
        "Low Freq (Hz)",
        "High Freq (Hz)",
        "Begin File",
        "Score",
        "State",
        "Class",
        "Note",
    ])?;
    let rate_hz = list.rate.map_or(UNKNOWN_RATE_HZ, SampleRate::hz);
    let highest_hz = f64::from(rate_hz) / 2.0;
    for (index, region) in list.regions.iter().enumerate() {
        let (low_hz, high_hz) = region
            .band
            .map_or((0.0, highest_hz), |band| (band.low_hz(), band.high_hz()));
        table.write_record([
            (index + 1).to_string(),
            String::from("Spectrogram 1"),
            String::from("1"),
            format!("{:.6}", region.span.start_s()),
            format!("{:.6}", region.span.end_s()),
            hertz(low_hz),
            hertz(high_hz),
            one_line(list.filename),
            score(region.score),
            one_line(region.state),
            one_line(region.class),
            one_line(region.note),
        ])?;
    }
    table.flush()
}

/// A table of comma-separated values, quoted where RFC 4180 asks for it.
fn with_commas<W: Write>(terminator: Terminator, out: W) -> Writer<W> {
    WriterBuilder::new().terminator(terminator).from_writer(out)
}

/// A table whose columns are parted by tabs. Its readers know no quotes, so no cell may hold a tab or a line break.
fn with_tabs<W: Write>(out: W) -> Writer<W> {
    WriterBuilder::new()
        .delimiter(b'\t')
        .quote_style(QuoteStyle::Never)
        .from_writer(out)
}

fn hertz(hz: f64) -> String {
    format!("{hz:.1}")
}

fn score(score: f32) -> String {
    finite(score)
        .map(|score| format!("{score:.4}"))
        .unwrap_or_default()
}

/// A text for a spreadsheet. An apostrophe in front keeps a spreadsheet from computing it. A text that has one already gets
/// another, so that a reader who takes one away has the text as it was.
fn cell(text: &str, formulas: Formulas) -> Cow<'_, str> {
    let is_formula = text.trim_start_matches('\'').starts_with(FORMULA_STARTS);
    if formulas == Formulas::Disarmed && is_formula {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}
