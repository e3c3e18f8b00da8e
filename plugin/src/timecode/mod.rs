//! The time formats of the common hosts: writes and reads times on the project's timeline.
//!
//! Pure. Everything is in seconds on the project's timeline; only shown and typed times have a format.

mod grid;
mod read;

pub use grid::Grid;
pub use read::NotATime;

use earmark_core::time::{SampleIndex, SampleRate, timecode};
use serde::{Deserialize, Serialize};

/// The frame rate of NTSC, in hertz.
const NTSC_HZ: f64 = 30_000.0 / 1001.0;
/// A time this near to the next frame or sample counts as that one, because seconds are never exact.
const NEARLY: f64 = 1e-4;

/// A time format.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeFormat {
    /// `hh:mm:ss.mmm`
    #[default]
    Clock,
    Seconds,
    Samples,
    /// `hh:mm:ss:ff`
    Frames24,
    Frames25,
    #[serde(rename = "frames_29_97")]
    Frames2997,
    /// `hh:mm:ss;ff`: leaves out frame numbers to keep up with the clock (SMPTE ST 12-1).
    #[serde(rename = "frames_29_97_drop")]
    Frames2997Drop,
    Frames30,
    /// `bar.beat.thousandths`, as the host counts them.
    Bars,
}

impl TimeFormat {
    /// All formats, in the order of the menu.
    pub const ALL: [Self; 9] = [
        Self::Clock,
        Self::Seconds,
        Self::Samples,
        Self::Frames24,
        Self::Frames25,
        Self::Frames2997,
        Self::Frames2997Drop,
        Self::Frames30,
        Self::Bars,
    ];

    /// The name in the menu.
    pub fn word(self) -> &'static str {
        match self {
            Self::Clock => "h:m:s",
            Self::Seconds => "seconds",
            Self::Samples => "samples",
            Self::Frames24 => "h:m:s:f 24",
            Self::Frames25 => "h:m:s:f 25",
            Self::Frames2997 => "h:m:s:f 29.97",
            Self::Frames2997Drop => "h:m:s;f 29.97 drop",
            Self::Frames30 => "h:m:s:f 30",
            Self::Bars => "bars",
        }
    }

    fn frames(self) -> Option<Frames> {
        let (hz, counted, drop) = match self {
            Self::Frames24 => (24.0, 24, false),
            Self::Frames25 => (25.0, 25, false),
            Self::Frames2997 => (NTSC_HZ, 30, false),
            Self::Frames2997Drop => (NTSC_HZ, 30, true),
            Self::Frames30 => (30.0, 30, false),
            Self::Clock | Self::Seconds | Self::Samples | Self::Bars => return None,
        };
        Some(Frames { hz, counted, drop })
    }
}

/// How a format counts frames.
#[derive(Debug, Clone, Copy)]
struct Frames {
    hz: f64,
    /// Frames that make up a second as it is written.
    counted: u64,
    drop: bool,
}

/// Frame numbers that drop-frame timecode leaves out in ten minutes, and the frames that are left in them and in a minute.
const DROPPED_IN_TEN: u64 = 18;
const FRAMES_IN_TEN: u64 = 17_982;
const FRAMES_IN_MINUTE: u64 = 1798;

impl Frames {
    /// The written number of the frame `index`.
    fn written(self, index: u64) -> u64 {
        if !self.drop {
            return index;
        }
        let (tens, rest) = (index / FRAMES_IN_TEN, index % FRAMES_IN_TEN);
        index + DROPPED_IN_TEN * tens + 2 * (rest.saturating_sub(2) / FRAMES_IN_MINUTE)
    }
}

/// The host's tempo and metre around the playhead.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tempo {
    /// Quarter notes per minute.
    pub bpm: f64,
    pub numerator: u8,
    pub denominator: u8,
    /// Quarter notes at the project's zero, as if the tempo never changed.
    pub origin_quarters: f64,
}

impl Tempo {
    fn beat_s(self) -> f64 {
        60.0 / self.bpm * 4.0 / f64::from(self.denominator.max(1))
    }

    /// The time of the first beat of the first bar, in seconds.
    fn origin_s(self) -> f64 {
        -self.origin_quarters * 60.0 / self.bpm
    }
}

/// A format with the rate and tempo that it needs.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct TimeDisplay {
    format: TimeFormat,
    rate: Option<SampleRate>,
    tempo: Option<Tempo>,
}

impl TimeDisplay {
    /// Times in `format`, or in hours, minutes and seconds while its rate or tempo is unknown.
    pub fn new(format: TimeFormat, rate: Option<SampleRate>, tempo: Option<Tempo>) -> Self {
        let is_possible = match format {
            TimeFormat::Samples => rate.is_some(),
            TimeFormat::Bars => tempo.is_some(),
            _ => true,
        };
        Self {
            format: if is_possible {
                format
            } else {
                TimeFormat::Clock
            },
            rate,
            tempo,
        }
    }

    /// The format in use.
    pub fn format(self) -> TimeFormat {
        self.format
    }

    /// Whether the tempo is known.
    pub fn knows_bars(self) -> bool {
        self.tempo.is_some()
    }

    /// The text of `project_s`.
    pub fn text(self, project_s: f64) -> String {
        if let Some(frames) = self.format.frames() {
            return frames_text(frames, project_s);
        }
        match (self.format, self.rate, self.tempo) {
            (TimeFormat::Seconds, ..) => format!("{project_s:.3}"),
            (TimeFormat::Samples, Some(rate), _) => {
                SampleIndex::from_seconds(project_s, rate).0.to_string()
            }
            (TimeFormat::Bars, _, Some(tempo)) => bars_text(tempo, project_s),
            _ => timecode(project_s),
        }
    }

    /// The text of a length, which is never in bars or frames.
    pub fn length_text(self, length_s: f64) -> String {
        match (self.format, self.rate) {
            (TimeFormat::Samples, Some(rate)) => {
                SampleIndex::from_seconds(length_s, rate).0.to_string()
            }
            _ => format!("{length_s:.3} s"),
        }
    }
}

fn frames_text(frames: Frames, project_s: f64) -> String {
    let index = (project_s.abs() * frames.hz + NEARLY).floor() as u64;
    let sign = if project_s < 0.0 && index > 0 {
        "-"
    } else {
        ""
    };
    let number = frames.written(index);
    let (seconds, frame) = (number / frames.counted, number % frames.counted);
    let separator = if frames.drop { ';' } else { ':' };
    format!(
        "{sign}{:02}:{:02}:{:02}{separator}{frame:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

fn bars_text(tempo: Tempo, project_s: f64) -> String {
    let beats = (project_s - tempo.origin_s()) / tempo.beat_s();
    let thousandths = (beats * 1000.0).round() as i64;
    let per_bar = 1000 * i64::from(tempo.numerator.max(1));
    let (bar, rest) = (
        thousandths.div_euclid(per_bar),
        thousandths.rem_euclid(per_bar),
    );
    format!("{}.{}.{:03}", bar + 1, rest / 1000 + 1, rest % 1000)
}

#[cfg(test)]
mod tests;
