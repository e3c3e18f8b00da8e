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
        let Some(&(start, _)) = stretches.get(place) else {
            return (Level::Closed, i64::MAX);
        };
        let opens = start.saturating_sub(margin);
        if at < opens {
            return (Level::Closed, opens);
        }
        let Chain {
            opens,
            closes,
            begins,
            ends,
        } = Chain::around(stretches, shape, at, place);
        let length = fade.min((closes - opens) / 2);
        if begins && at < opens + length {
            let start = opens;
            (Level::Opening { start, length }, opens + length)
        } else if !ends {
            (Level::Open, closes - fade)
        } else if at < closes - length {
            (Level::Open, closes - length)
        } else {
            let end = closes;
            (Level::Closing { end, length }, closes)
        }
    }
}

/// Stretches whose margins meet, as far as they matter to the sample that was asked for: the gate stays open between them.
struct Chain {
    opens: i64,
    closes: i64,
    /// Nothing meets it before `opens`; otherwise that is at least two fades away.
    begins: bool,
    /// Nothing meets it after `closes`; otherwise that is at least two fades away.
    ends: bool,
}

impl Chain {
    /// The chain that holds the sample `at`, from the stretch at `place` on. Takes at most as many steps as four fades have
    /// samples, because every stretch is at least a sample further on.
    fn around(stretches: &[(i64, i64)], shape: Shape, at: i64, place: usize) -> Self {
        let Shape { margin, fade } = shape;
        let stretch = |place: usize| stretches.get(place).copied();
        let opening = |(start, _): (i64, i64)| start.saturating_sub(margin);
        let closing = |(_, end): (i64, i64)| end.saturating_add(margin);
        let (mut first, mut last) = (place, place);
        let mut opens = stretch(place).map_or(at, opening);
        let mut closes = stretch(place).map_or(at, closing);
        let mut begins = true;
        while let Some(before) = first.checked_sub(1).and_then(stretch)
            && closing(before) >= opens
        {
            if at - opens >= 2 * fade {
                begins = false;
                break;
            }
            first -= 1;
            opens = opening(before);
        }
        let mut ends = true;
        while let Some(after) = stretch(last + 1)
            && opening(after) <= closes
        {
            if closes - at >= 2 * fade {
                ends = false;
                break;
            }
            last += 1;
            closes = closing(after);
        }
        Self {
            opens,
            closes,
            begins,
            ends,
        }
    }
}
