//! Lists of regions as lines of text: CSV, Audacity, REAPER, Raven. Pure but for the writer it is given.
//!
//! Sources: RFC 4180; the Audacity manual's *Importing and Exporting Labels* (start, end and label, parted by tabs);
//! REAPER's own exports of the Region/Marker Manager (`#,Name,Start,End,Length`, regions numbered `R1`); the Raven Pro
//! manual's selection tables (one header line, tabs, bounds in seconds and hertz).

use std::io::{self, Write};

use super::{RegionList, SampleRate, finite, one_line, timecode};

/// The rate of a recording that does not say: most have this one.
const UNKNOWN_RATE_HZ: u32 = 48_000;

pub(super) fn write_csv(
    list: &RegionList<'_>,
    offset_s: f64,
    out: &mut impl Write,
) -> io::Result<()> {
    write!(
        out,
        "number,start,end,start_s,end_s,duration_s,score,state,class,file,model,version\r\n"
    )?;
    for (index, region) in list.regions.iter().enumerate() {
        let (start_s, end_s) = (
            offset_s + region.span.start_s(),
            offset_s + region.span.end_s(),
        );
        write!(
            out,
            "{},{},{},{start_s:.6},{end_s:.6},{:.6},{},{},{},{},{},{}\r\n",
            index + 1,
            timecode(start_s),
            timecode(end_s),
            region.span.duration_s(),
            finite(region.score)
                .map(|score| format!("{score:.4}"))
                .unwrap_or_default(),
            csv_field(region.state),
            csv_field(region.class),
            csv_field(list.filename),
            csv_field(list.model),
            csv_field(list.version),
        )?;
    }
    Ok(())
}

pub(super) fn write_audacity(
    list: &RegionList<'_>,
    offset_s: f64,
    out: &mut impl Write,
) -> io::Result<()> {
    for region in list.regions {
        writeln!(
            out,
            "{:.6}\t{:.6}\t{}",
            offset_s + region.span.start_s(),
            offset_s + region.span.end_s(),
            region.label()
        )?;
    }
    Ok(())
}

pub(super) fn write_reaper(
    list: &RegionList<'_>,
    offset_s: f64,
    out: &mut impl Write,
) -> io::Result<()> {
    writeln!(out, "#,Name,Start,End,Length")?;
    for (index, region) in list.regions.iter().enumerate() {
        // Rounded before they are subtracted, so that the three agree.
        let millis = |seconds: f64| (seconds * 1000.0).round() / 1000.0;
        let start_s = millis(offset_s + region.span.start_s());
        let end_s = millis(offset_s + region.span.end_s());
        writeln!(
            out,
            "R{},{},{},{},{}",
            index + 1,
            csv_field(&region.label()),
            timecode(start_s),
            timecode(end_s),
            timecode(end_s - start_s),
        )?;
    }
    Ok(())
}

/// Raven draws a selection as a box, so that one without bounds of its own reaches over all frequencies there are.
pub(super) fn write_raven(list: &RegionList<'_>, out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "Selection\tView\tChannel\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\tHigh Freq (Hz)\tBegin File\tScore\tState\tClass"
    )?;
    let rate_hz = list.rate.map_or(UNKNOWN_RATE_HZ, SampleRate::hz);
    let highest_hz = f64::from(rate_hz) / 2.0;
    for (index, region) in list.regions.iter().enumerate() {
        writeln!(
            out,
            "{}\tSpectrogram 1\t1\t{:.6}\t{:.6}\t0.0\t{highest_hz:.1}\t{}\t{}\t{}\t{}",
            index + 1,
            region.span.start_s(),
            region.span.end_s(),
            one_line(list.filename),
            finite(region.score)
                .map(|score| format!("{score:.4}"))
                .unwrap_or_default(),
            one_line(region.state),
            one_line(region.class),
        )?;
    }
    Ok(())
}

/// Quoted where RFC 4180 asks for it.
fn csv_field(text: &str) -> String {
    if text.contains(['"', ',', '\r', '\n']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
