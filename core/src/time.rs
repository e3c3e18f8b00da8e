//! Positions and spans of time, and the only place that converts between samples and seconds.
//!
//! Pure values; any thread.

use serde::{Deserialize, Serialize};

/// A position on a project's timeline, in samples of a known rate. Negative before the project's zero.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct SampleIndex(pub i64);

impl SampleIndex {
    /// The position in seconds at `rate` samples per second.
    pub fn seconds(self, rate: SampleRate) -> f64 {
        self.0 as f64 / f64::from(rate.hz())
    }

    /// The sample nearest to `seconds` at `rate`.
    pub fn from_seconds(seconds: f64, rate: SampleRate) -> Self {
        Self((seconds * f64::from(rate.hz())).round() as i64)
    }
}

/// A sample rate in hertz, never zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SampleRate(std::num::NonZeroU32);

impl SampleRate {
    /// `None` for a rate of zero.
    pub fn new(hz: u32) -> Option<Self> {
        std::num::NonZeroU32::new(hz).map(Self)
    }

    /// Samples per second.
    pub fn hz(self) -> u32 {
        self.0.get()
    }
}

/// A stretch of time in seconds from the start of a recording: finite, and never ending before it starts.
#[derive(Debug, Clone, Copy, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct Span {
    start_s: f64,
    end_s: f64,
}

/// Why two numbers do not make a [`Span`].
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error(
    "a span from {start_s} s to {end_s} s is not possible: give a start before the end, both finite"
)]
pub struct SpanError {
    start_s: f64,
    end_s: f64,
}

impl Span {
    /// The span from `start_s` to `end_s`, both in seconds.
    ///
    /// # Errors
    /// When either is not finite or the end lies before the start.
    pub fn new(start_s: f64, end_s: f64) -> Result<Self, SpanError> {
        if start_s.is_finite() && end_s.is_finite() && start_s <= end_s {
            Ok(Self { start_s, end_s })
        } else {
            Err(SpanError { start_s, end_s })
        }
    }

    /// Where it starts, in seconds.
    pub fn start_s(self) -> f64 {
        self.start_s
    }

    /// Where it ends, in seconds.
    pub fn end_s(self) -> f64 {
        self.end_s
    }

    /// How long it is, in seconds.
    pub fn duration_s(self) -> f64 {
        self.end_s - self.start_s
    }

    /// The middle, in seconds.
    pub fn centre_s(self) -> f64 {
        0.5 * (self.start_s + self.end_s)
    }

    /// Seconds shared with `other`; 0 when they only touch.
    pub fn overlap_s(self, other: Self) -> f64 {
        (self.end_s.min(other.end_s) - self.start_s.max(other.start_s)).max(0.0)
    }

    /// Intersection over union, 0 to 1.
    pub fn iou(self, other: Self) -> f64 {
        let shared = self.overlap_s(other);
        let union = self.duration_s() + other.duration_s() - shared;
        if union > 0.0 { shared / union } else { 0.0 }
    }

    /// Whether the two share at least half of the shorter one. Holds for what was marked in one version and found again,
    /// a little resized, in the next.
    pub fn covers_most_of(self, other: Self) -> bool {
        let shared_s = self.overlap_s(other);
        shared_s > 0.0 && shared_s >= 0.5 * self.duration_s().min(other.duration_s())
    }

    /// Whether `time_s` lies inside (the end excluded).
    pub fn contains_s(self, time_s: f64) -> bool {
        (self.start_s..self.end_s).contains(&time_s)
    }
}

/// `seconds` as `h:mm:ss.mmm`, the form of the results table; a leading `-` before the project's zero.
pub fn timecode(seconds: f64) -> String {
    let millis_total = (seconds.abs() * 1000.0).round() as u64;
    let sign = if seconds < 0.0 && millis_total > 0 {
        "-"
    } else {
        ""
    };
    let (s, millis) = (millis_total / 1000, millis_total % 1000);
    format!(
        "{sign}{:02}:{:02}:{:02}.{millis:03}",
        s / 3600,
        s / 60 % 60,
        s % 60
    )
}
