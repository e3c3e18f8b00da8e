//! Fits where a sound begins or ends near a flank of the scores, by the fine spectrum: the boundary model.
//!
//! Pure; worker thread. It must never look at a threshold: what it finds counts at all of them.
//!
//! The sound is known from the middle of the highest window near the flank, the background from the median of three seconds to both sides.
//! Each frame about the flank is somewhere between the two: 1 where it is like the sound, 0 where it is like the background. An edge is where the
//! frames outside are most like the background and those inside most like the sound. How much each of that counts, beside the distance from the
//! flank, a sudden change of the spectrum, and the shape of the scores, a small network has learned from labelled files
//! (`docs/learning.md`). Its answer for every place is weighed, and the median taken.

mod sound;
mod weights;

use std::array::from_fn;
use std::ops::Range;

use super::WindowScores;
use super::edges::{Edge, PARTS};
use super::runs::EDGE_SHARE;
pub use sound::{BANDS, FRAMES};
use sound::{Bands, Stretch};
use weights::{OUTPUT_BIAS, UNITS};

/// Lower windows have no edges of their own: a region cut so low keeps the edges that the scores give it.
const LOWEST_SCORE: f32 = 0.1;
/// A flank belongs to the highest of so many windows behind it.
const CLIMB: usize = 5;
/// Places that are tried on either side of the middle of a flank, in frames: 0.65 s.
const REACH: usize = 14;
const PLACES: usize = 2 * REACH + 1;
/// Frames on either side that a place is judged by.
const LOOK: usize = 8;
/// Frames that are looked at on either side of the middle of a flank.
const SIDE: usize = REACH + LOOK;
/// Steps on either side of a flank that the background is heard in.
const BACKGROUND_STEPS: i64 = 16;
/// A sound that differs less from its background has no edges: a level of one band.
const LEAST_DIFFERENCE: f32 = 1.0;
/// Beyond the background and beyond the sound there is little more to know.
const BEYOND: f32 = 0.1;

/// What is known of each place, and of the flank.
const LOCAL: usize = 9;
const SHARED: usize = 8;

/// Windows from a flank, on either side, that its edges depend on: fit these again where scores or sound have changed.
pub const DEPENDS_ON: u64 = BACKGROUND_STEPS as u64 + CLIMB as u64;

/// How windows lie among steps, and what is heard of a step.
pub struct Sound<'a> {
    /// The fine spectrum of a step, frame by frame; `None` where it is not known.
    pub spectrum: &'a dyn Fn(u64) -> Option<&'a [u8]>,
    /// Steps in a window.
    pub window_steps: usize,
    /// Those of them that a window's score is about.
    pub pooled: Range<u64>,
    /// How much later than its frame a sound begins, in steps.
    pub lag_steps: f64,
}

/// What is known of an edge: of each place, from outside the region to inside of it, and of all.
pub struct Places {
    local: [[f32; LOCAL]; PLACES],
    shared: [f32; SHARED],
}

impl Places {
    /// The values of each place, and how many sixteenths of a hop it lies after the middle of the flank; to fit the network's weights by.
    pub fn rows(&self, edge: Edge, lag_steps: f64) -> impl Iterator<Item = (i8, Vec<f32>)> + '_ {
        self.local.iter().enumerate().map(move |(place, local)| {
            let values = local.iter().chain(&self.shared).copied();
            (offset_of(place, edge, lag_steps), values.collect())
        })
    }

    /// Where the edge is.
    fn best(&self) -> usize {
        let hidden: [f32; UNITS.len()] = from_fn(|unit| {
            let (_, shared, bias, _) = &UNITS[unit];
            bias + dot(shared, &self.shared)
        });
        let weights: [f32; PLACES] = from_fn(|place| {
            let units = UNITS.iter().zip(&hidden);
            let answer = units.map(|((local, _, _, output), before)| {
                output * (before + dot(local, &self.local[place])).max(0.0)
            });
            let likely = 1.0 / (1.0 + (-OUTPUT_BIAS - answer.sum::<f32>()).exp());
            likely * likely
        });
        let half = 0.5 * weights.iter().sum::<f32>();
        let mut reached = 0.0;
        let median = weights.iter().position(|weight| {
            reached += weight;
            reached >= half
        });
        median.unwrap_or(REACH)
    }
}

/// The recording's sound about some flanks, laid out once for the scores of any number of classifiers.
pub struct Heard {
    windows: Range<usize>,
    stretch: Stretch,
    window_steps: usize,
    pooled: Range<u64>,
    lag_steps: f64,
}

impl Heard {
    /// About the flanks of `windows`.
    pub fn about(windows: Range<usize>, sound: &Sound<'_>) -> Self {
        let margin = (DEPENDS_ON as usize + sound.window_steps + SIDE / FRAMES + 1) as i64;
        let steps = windows.start as i64 - margin..windows.end as i64 + margin;
        Self {
            windows,
            stretch: Stretch::new(steps, sound.spectrum),
            window_steps: sound.window_steps,
            pooled: sound.pooled.clone(),
            lag_steps: sound.lag_steps,
        }
    }
}

/// The recording's scores and sound about some flanks.
pub struct Boundaries<'a> {
    scores: &'a [f32],
    heard: &'a Heard,
}

impl<'a> Boundaries<'a> {
    /// About the flanks of the windows that are `heard`.
    pub fn new(scores: &'a WindowScores, heard: &'a Heard) -> Self {
        Self {
            scores: &scores.scores,
            heard,
        }
    }

    /// What is known of an edge in the flank of `window`; `None` where no region has one, or its sound is not known.
    pub fn places(&self, window: usize, edge: Edge) -> Option<Places> {
        let highest = self.highest_behind(window, edge)?;
        let score = self.scores.get(highest).copied()?;
        // Frames are counted from here: inwards from the first inside, outwards from the last outside.
        let middle = (window * FRAMES + (self.heard.window_steps - 1) * FRAMES / 2) as i64;
        let step = middle.div_euclid(FRAMES as i64);
        let heard = self.heard;
        let background = heard
            .stretch
            .median(step - BACKGROUND_STEPS..step + BACKGROUND_STEPS)?;
        let (first, last) = (heard.pooled.start as i64, heard.pooled.end as i64);
        let sound = heard
            .stretch
            .mean(highest as i64 + first..highest as i64 + last)?;
        let frames = Frames::new(&heard.stretch, middle, edge);
        let local = frames.judge(&background, &sound)?;
        let shape = |outwards: i64| {
            let at = match edge {
                Edge::Start => window as i64 + outwards,
                Edge::End => window as i64 - 1 - outwards,
            };
            let at = usize::try_from(at).ok();
            let found = at.and_then(|at| self.scores.get(at)).copied();
            found.filter(|one| one.is_finite()).unwrap_or_default() / score
        };
        let side = match edge {
            Edge::Start => -1.0,
            Edge::End => 1.0,
        };
        let [a, b, c, d, e, f] = from_fn(|index| shape(index as i64 - 3));
        let shared = [a, b, c, d, e, f, score, side];
        Some(Places { local, shared })
    }

    /// How many sixteenths of a hop after the middle of the flank the edge lies.
    fn fit(&self, window: usize, edge: Edge) -> Option<i8> {
        let places = self.places(window, edge)?;
        Some(offset_of(places.best(), edge, self.heard.lag_steps))
    }

    /// The highest of the windows behind a flank, the nearest of equal ones; `None` where no region of a threshold that counts ends.
    fn highest_behind(&self, window: usize, edge: Edge) -> Option<usize> {
        let outer = match edge {
            Edge::Start => window.checked_sub(1)?,
            Edge::End => window,
        };
        let behind = |nth: usize| match edge {
            Edge::Start => Some(window + nth),
            Edge::End => window.checked_sub(1 + nth),
        };
        let score = |at: usize| self.scores.get(at).copied();
        let beyond = score(outer)?;
        let first = score(behind(0)?)?;
        let mut highest: Option<(usize, f32)> = None;
        for at in (0..CLIMB).filter_map(behind) {
            let Some(found) = score(at).filter(|found| !found.is_nan()) else {
                break;
            };
            if highest.is_none_or(|(_, before)| found > before) {
                highest = Some((at, found));
            }
        }
        let (at, top) = highest?;
        let is_edge = beyond < first && beyond < EDGE_SHARE * top;
        (is_edge && top >= LOWEST_SCORE && first >= EDGE_SHARE * LOWEST_SCORE).then_some(at)
    }
}

/// Fits the edges in the flanks of the windows that are `heard` again, or forgets them where there is nothing to fit.
pub fn fit_edges(scores: &mut WindowScores, heard: &Heard) {
    let count = scores.scores.len();
    let windows = heard.windows.start..heard.windows.end.min(count);
    let mut edges = std::mem::take(&mut scores.edges);
    edges.resize(count);
    let boundaries = Boundaries::new(scores, heard);
    for window in windows {
        for edge in Edge::BOTH {
            edges.put(window, edge, boundaries.fit(window, edge));
        }
    }
    scores.edges = edges;
}

/// Sixteenths of a hop from the middle of the flank to a place.
fn offset_of(place: usize, edge: Edge, lag_steps: f64) -> i8 {
    let inwards = (place as f64 - REACH as f64) / FRAMES as f64;
    let hops = match edge {
        Edge::Start => lag_steps + inwards,
        Edge::End => lag_steps - inwards,
    };
    // Saturates; a reach of 14 frames is 57 at most.
    (hops * PARTS).round() as i8
}

/// The frames about the middle of a flank, in order from outside to inside.
struct Frames<'a>([Option<&'a [u8; BANDS]>; 2 * SIDE]);

impl<'a> Frames<'a> {
    fn new(stretch: &'a Stretch, middle: i64, edge: Edge) -> Self {
        Self(from_fn(|index| {
            let inwards = index as i64 - SIDE as i64;
            stretch.frame(match edge {
                Edge::Start => middle + inwards,
                Edge::End => middle - 1 - inwards,
            })
        }))
    }

    /// What the frames say of each place; `None` when the sound is like the background.
    fn judge(&self, background: &Bands, sound: &Bands) -> Option<[[f32; LOCAL]; PLACES]> {
        let louder: Bands = from_fn(|band| (sound[band] - background[band]).max(0.0));
        let length = dot(&louder, &louder);
        if length < LEAST_DIFFERENCE {
            return None;
        }
        let difference: f32 = sound
            .iter()
            .zip(background)
            .map(|(a, b)| (a - b).abs())
            .sum();
        // Sums of what precedes each frame: how unlike the background, how unlike the sound.
        let (mut outside, mut inside) = ([0.0; 2 * SIDE + 1], [0.0; 2 * SIDE + 1]);
        let mut changes = [0.0; 2 * SIDE];
        for index in 0..2 * SIDE {
            let share = self.0[index].map_or(0.0, |frame| {
                let above: Bands = from_fn(|band| f32::from(frame[band]) - background[band]);
                (dot(&above, &louder) / length).clamp(-BEYOND, 1.0 + BEYOND)
            });
            outside[index + 1] = outside[index] + share * share;
            inside[index + 1] = inside[index] + (1.0 - share) * (1.0 - share);
            let before = index.checked_sub(1).and_then(|before| self.0[before]);
            if let (Some(before), Some(frame)) = (before, self.0[index]) {
                let change: u32 = before
                    .iter()
                    .zip(frame)
                    .map(|(a, b)| u32::from(a.abs_diff(*b)))
                    .sum();
                changes[index] = (change as f32 / difference).min(2.0);
            }
        }
        let mean =
            |sums: &[f32], from: usize, to: usize| (sums[to] - sums[from]) / (to - from) as f32;
        Some(from_fn(|place| {
            let at = place + LOOK;
            let inwards = place as f32 - REACH as f32;
            [
                mean(&outside, at - 2, at),
                mean(&outside, at - 4, at - 2),
                mean(&outside, at - 8, at - 4),
                mean(&inside, at, at + 2),
                mean(&inside, at + 2, at + 4),
                mean(&inside, at + 4, at + 8),
                changes[at],
                inwards.max(0.0) / REACH as f32,
                (-inwards).max(0.0) / REACH as f32,
            ]
        }))
    }
}

fn dot<const N: usize>(a: &[f32; N], b: &[f32; N]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests;
