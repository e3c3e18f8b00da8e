//! Reads typed times.

use std::fmt;

use super::{Frames, Tempo, TimeDisplay, TimeFormat};
use earmark_core::time::SampleIndex;

/// Why a typed text is not a time, with an example of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotATime {
    what: String,
    example: String,
}

impl fmt::Display for NotATime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: type it like {}", self.what, self.example)
    }
}

impl std::error::Error for NotATime {}

impl TimeDisplay {
    /// Reads `typed` as a time on the project's timeline, in seconds. The user may leave out leading parts.
    ///
    /// # Errors
    /// When it is not a time in this format.
    pub fn read(self, typed: &str) -> Result<f64, NotATime> {
        let refused = |what: &str| NotATime {
            what: format!("“{}” {what}", typed.trim()),
            example: self.text(3723.5),
        };
        let (negative, digits) = match typed.trim().strip_prefix(['-', '−']) {
            Some(rest) => (true, rest),
            None => (false, typed.trim()),
        };
        let found = if let Some(frames) = self.format.frames() {
            frames_s(frames, digits)
        } else {
            match (self.format, self.rate, self.tempo) {
                (TimeFormat::Samples, Some(rate), _) => {
                    whole(digits).map(|index| SampleIndex(index).seconds(rate))
                }
                (TimeFormat::Bars, _, Some(tempo)) => {
                    return bars_s(tempo, negative, digits)
                        .ok_or_else(|| refused("is not a bar and beat"));
                }
                _ => clock_s(digits),
            }
        };
        let found = found.filter(|seconds| seconds.is_finite());
        let seconds = found.ok_or_else(|| refused("is not a time"))?;
        Ok(if negative { -seconds } else { seconds })
    }
}

fn whole(digits: &str) -> Option<i64> {
    let grouped = |c: char| c == ' ' || c == '_' || c == '\u{202f}';
    let digits: String = digits.chars().filter(|&c| !grouped(c)).collect();
    let is_written = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_written.then(|| digits.parse().ok()).flatten()
}

/// `h:m:s.mmm`; all but the last part whole and, where another stands before it, below 60.
fn clock_s(digits: &str) -> Option<f64> {
    let digits = digits.replace(',', ".");
    let mut parts = digits.rsplit(':');
    let last = parts.next()?;
    let is_written = last
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    let seconds: f64 = last.parse().ok().filter(|_| is_written)?;
    let leading = sexagesimal(parts, 3600 * 1000)?;
    (leading.is_none() || seconds < 60.0).then_some(())?;
    Some(seconds + 60.0 * leading.unwrap_or(0) as f64)
}

/// Hours and minutes, from the last to the first, as minutes; `Some(None)` when there are none.
fn sexagesimal<'a>(parts: impl Iterator<Item = &'a str>, most: i64) -> Option<Option<i64>> {
    let parts: Vec<&str> = parts.collect();
    match parts.as_slice() {
        [] => Some(None),
        [minutes] => Some(Some(whole(minutes).filter(|&minutes| minutes <= most)?)),
        [minutes, hours] => {
            let minutes = whole(minutes).filter(|&minutes| minutes < 60)?;
            let hours = whole(hours).filter(|&hours| hours <= most)?;
            Some(Some(60 * hours + minutes))
        }
        _ => None,
    }
}

fn frames_s(frames: Frames, digits: &str) -> Option<f64> {
    let digits = digits.replace([';', '.'], ":");
    let mut parts = digits.rsplit(':');
    let counted = i64::try_from(frames.counted).ok()?;
    let frame = whole(parts.next()?)?;
    let Some(seconds) = parts.next() else {
        return Some(frame as f64 / frames.hz);
    };
    let seconds = whole(seconds).filter(|&seconds| seconds < 60)?;
    let minutes = sexagesimal(parts, 3600 * 1000)?.unwrap_or(0);
    if frame >= counted {
        return None;
    }
    let mut index = (60 * minutes + seconds) * counted + frame;
    if frames.drop {
        // Numbers that no frame has.
        if frame < 2 && seconds == 0 && minutes % 10 != 0 {
            return None;
        }
        index -= 2 * (minutes - minutes / 10);
    }
    Some(index as f64 / frames.hz)
}

fn bars_s(tempo: Tempo, negative: bool, digits: &str) -> Option<f64> {
    let mut parts = digits.split(['.', '|', ':']);
    let bar = whole(parts.next()?)?;
    let bar = if negative { -bar } else { bar };
    let beat = parts.next().map_or(Some(1), whole)?;
    let fraction = parts.next().unwrap_or("0");
    let is_over = parts.next().is_some() || whole(fraction).is_none();
    let in_bar = 1..=i64::from(tempo.numerator.max(1));
    if is_over || !in_bar.contains(&beat) || bar.abs() > 10_000_000 {
        return None;
    }
    let fraction: f64 = format!("0.{}", fraction.trim()).parse().ok()?;
    let beats = (bar - 1) as f64 * f64::from(tempo.numerator.max(1)) + (beat - 1) as f64 + fraction;
    Some(tempo.origin_s() + beats * tempo.beat_s())
}
