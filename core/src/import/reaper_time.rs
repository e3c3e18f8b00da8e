//! The forms in which REAPER writes times: its list has those of the project's ruler. Pure.
//!
//! | ruler | written as |
//! |---|---|
//! | Minutes:Seconds | `1:02.500`, `1:01:02.500` |
//! | Seconds | `62.500` |
//! | Samples | `2756250` |
//! | Hours:Minutes:Seconds:Frames | `00:01:02:15` |
//! | Absolute frames | `1875` |
//! | Measures.Beats | `32.1.50`: the measure and the beat from 1, hundredths of a beat |
//!
//! A file has one form, so that all of its times decide together which one that is.

use super::ImportError;
use super::numbers::number;

/// How a project counts, for the forms that depend on it. What is not known stays `None`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ProjectClock {
    /// Samples per second.
    pub rate_hz: Option<f64>,
    /// Frames per second.
    pub frames_per_s: Option<f64>,
    /// Beats per minute.
    pub tempo_bpm: Option<f64>,
    /// Beats of a measure; 4 when nobody says.
    pub beats_per_measure: Option<u32>,
}

/// The form of the times in one file, with what it takes to read them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum TimeForm {
    /// Seconds, or minutes and hours before them.
    Clock,
    /// Whole numbers at so many in a second: samples or frames.
    Counted {
        per_s: f64,
    },
    /// Hours, minutes, seconds and frames.
    Frames {
        per_s: f64,
    },
    Beats {
        per_s: f64,
        per_measure: f64,
    },
}

impl TimeForm {
    /// The form that all of `times` have.
    ///
    /// # Errors
    /// When `clock` does not say what the form needs.
    pub(super) fn of<'a>(
        times: impl Iterator<Item = &'a str> + Clone,
        clock: &ProjectClock,
    ) -> Result<Self, ImportError> {
        let mut times = times.filter(|time| !time.is_empty());
        let count = |time: &str, mark: char| time.matches(mark).count();
        if times.clone().any(|time| time.contains(':')) {
            let has_frames = times.any(|time| count(time, ':') == 3 || time.contains(';'));
            return match (has_frames, clock.frames_per_s) {
                (false, _) => Ok(Self::Clock),
                (true, Some(per_s)) => Ok(Self::Frames { per_s }),
                (true, None) => Err(ImportError::NoFrameRate),
            };
        }
        if times.clone().any(|time| count(time, '.') == 2) {
            let tempo_bpm = clock.tempo_bpm.ok_or(ImportError::NoTempo)?;
            return Ok(Self::Beats {
                per_s: tempo_bpm / 60.0,
                per_measure: f64::from(clock.beats_per_measure.unwrap_or(4)),
            });
        }
        let is_whole = |time: &str| {
            time.trim_start_matches('-')
                .bytes()
                .all(|byte| byte.is_ascii_digit())
        };
        let mut any = false;
        if !times.all(|time| {
            any = true;
            is_whole(time)
        }) || !any
        {
            return Ok(Self::Clock);
        }
        match (clock.rate_hz, clock.frames_per_s) {
            (Some(per_s), _) | (None, Some(per_s)) => Ok(Self::Counted { per_s }),
            (None, None) => Err(ImportError::WholeNumbers),
        }
    }

    /// The seconds that `time` stands for; `None` when it is not of this form.
    pub(super) fn seconds(self, time: &str) -> Option<f64> {
        let time = time.trim();
        let (sign, time) = match time.strip_prefix('-') {
            Some(rest) => (-1.0, rest),
            None => (1.0, time),
        };
        let seconds = match self {
            Self::Clock => sexagesimal(time.split(':'))?,
            Self::Counted { per_s } => unsigned(time)? / per_s,
            Self::Frames { per_s } => {
                let (whole, frames) = time.rsplit_once([':', ';'])?;
                sexagesimal(whole.split(':'))? + unsigned(frames)? / per_s
            }
            Self::Beats { per_s, per_measure } => beats(time, per_measure)? / per_s,
        };
        Some(sign * seconds)
    }
}

/// Seconds, minutes and seconds, or hours, minutes and seconds.
fn sexagesimal<'a>(parts: impl Iterator<Item = &'a str>) -> Option<f64> {
    let (mut seconds, mut count) = (0.0, 0);
    for part in parts {
        seconds = 60.0 * seconds + unsigned(part)?;
        count += 1;
    }
    (1..=3).contains(&count).then_some(seconds)
}

/// Beats from the project's start. A position without a beat is at the first one.
fn beats(time: &str, per_measure: f64) -> Option<f64> {
    let mut parts = time.split('.');
    let measure = unsigned(parts.next()?)?;
    let beat = parts.next().map_or(Some(1.0), unsigned)?;
    let hundredths = match parts.next() {
        Some(text) => unsigned(&format!("0.{text}"))?,
        None => 0.0,
    };
    let is_over = parts.next().is_none();
    is_over.then_some((measure - 1.0) * per_measure + (beat - 1.0) + hundredths)
}

fn unsigned(text: &str) -> Option<f64> {
    let begins_well = text
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_digit());
    begins_well.then(|| number(text)).flatten()
}
