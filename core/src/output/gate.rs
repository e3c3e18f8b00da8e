//! How loud a track is at a sample when only what was found is heard. Pure; runs on the audio thread.

use super::cursor::Cursor;

/// How the gate opens and closes, in samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    /// So much before and after every sound is heard too.
    pub margin: i64,
    /// Length of a fade, which lies inside the margin; at least 1.
    pub fade: i64,
}

/// The gain over a stretch of samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    Closed,
    Open,
    /// From 0 at `start` on, in steps of 1 / `length`.
    Opening {
        start: i64,
        length: i64,
    },
    /// To 0 at `end`, in steps of 1 / `length`.
    Closing {
        end: i64,
        length: i64,
    },
}

impl Level {
    /// 0 to 1, at the sample `at`.
    pub fn at(self, at: i64) -> f32 {
        match self {
            Self::Closed => 0.0,
            Self::Open => 1.0,
            Self::Opening { start, length } => (at - start) as f32 / length as f32,
            Self::Closing { end, length } => (end - at) as f32 / length as f32,
        }
    }

    /// The gain if it is the same over the whole stretch.
    pub fn constant(self) -> Option<f32> {
        match self {
            Self::Closed => Some(0.0),
            Self::Open => Some(1.0),
            Self::Opening { .. } | Self::Closing { .. } => None,
        }
    }
}

/// Walks along a list of stretches.
#[derive(Debug, Default)]
pub(super) struct Gate {
    cursor: Cursor,
}

impl Gate {
    /// The level at the sample `at`, and the first sample at which it may be another. `stretches` neither share a sample nor
    /// touch, and are in order. Where the margins of two meet the gate stays open.
    pub fn level(&mut self, stretches: &[(i64, i64)], shape: Shape, at: i64) -> (Level, i64) {
        let Shape { margin, fade } = shape;
        let is_past = |&(_, end): &(i64, i64)| end.saturating_add(margin) <= at;
        let place = self.cursor.seek(stretches, is_past);
        let Some(&(start, end)) = stretches.get(place) else {
            return (Level::Closed, i64::MAX);
        };
        let (opens, closes) = (start.saturating_sub(margin), end.saturating_add(margin));
        if at < opens {
            return (Level::Closed, opens);
        }
        let before = place.checked_sub(1).and_then(|it| stretches.get(it));
        let meets_before = before.is_some_and(|&(_, end)| end.saturating_add(margin) >= opens);
        let after = stretches.get(place + 1);
        let meets_after = after.is_some_and(|&(start, _)| start.saturating_sub(margin) <= closes);
        let length = fade.min((closes - opens) / 2);
        if !meets_before && at < opens + length {
            let start = opens;
            (Level::Opening { start, length }, opens + length)
        } else if meets_after {
            (Level::Open, closes)
        } else if at < closes - length {
            (Level::Open, closes - length)
        } else {
            let end = closes;
            (Level::Closing { end, length }, closes)
        }
    }
}
