//! Why a label file, or one line of it, cannot be read. Values.

/// Why a label file cannot be read at all.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ImportError {
    #[error("the file is empty: export the labels again")]
    Empty,
    #[error(
        "the file is none that Earmark can read: give Audacity labels, a Raven selection table, REAPER regions, a CSV or JSON list of Earmark's, or a table of Hoplite's or BirdNET's"
    )]
    UnknownFormat,
    #[error("the JSON breaks off at line {line}, column {column} ({reason}): export it again")]
    Json {
        line: usize,
        column: usize,
        reason: String,
    },
    #[error("the JSON holds no list of regions: export one from Earmark")]
    NoRegions,
    #[error(
        "the times are whole numbers, which are samples or frames: give the project's sample rate or its frame rate"
    )]
    WholeNumbers,
    #[error("the times are hours, minutes, seconds and frames: give the project's frame rate")]
    NoFrameRate,
    #[error("the times are measures and beats: give the project's tempo")]
    NoTempo,
}

/// Why one line says nothing that Earmark understands.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LineError {
    #[error("there is no time in the column {column}")]
    NoTime { column: &'static str },
    #[error("{text:?} in the column {column} is not a number")]
    NoNumber { column: &'static str, text: String },
    #[error("{text:?} is not a time of this file's form")]
    OddTime { text: String },
    #[error("the label ends at {end_s} s, before it starts at {start_s} s")]
    Backwards { start_s: f64, end_s: f64 },
    #[error("{at_s} s is further away than a year")]
    FarAway { at_s: f64 },
    #[error("a band from {low_hz} Hz to {high_hz} Hz is not possible")]
    NoBand { low_hz: f64, high_hz: f64 },
    #[error("the line is not a label")]
    NoLabel,
}

/// A line that makes no sense.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("line {line}: {error}")]
pub struct LineFault {
    /// Counted from 1.
    pub line: u64,
    pub error: LineError,
}
