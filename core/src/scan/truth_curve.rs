//! How often a score is right: the share of true regions at each score, estimated from the regions that the user judged, and the
//! threshold from which the regions reach a wanted precision. Pure; any thread.
//!
//! The estimator is a logistic regression of the judgement on the log-odds of the score, as Wood and Kahl recommend for scores of
//! detectors (*Guidelines for appropriate use of BirdNET scores and other detector outputs*, Journal of Ornithology 165, 2024). It is
//! fitted with Firth's penalty (*Bias reduction of maximum likelihood estimates*, Biometrika 80, 1993; for logistic regression Heinze and
//! Schemper, *A solution to the problem of separation in logistic regression*, Statistics in Medicine 21, 2002), so that fifty
//! judgements that a threshold parts cleanly still give a curve with an uncertainty. The interval is Wald's, on the log-odds, at 95 %. The
//! shares of bands are Wilson's intervals (*Probable inference, the law of succession, and statistical inference*, 1927) and assume
//! no shape: where they leave the curve, do not believe the curve.
//!
//! All of it holds only as far as the judged regions of a score are like the others of that score, which is what a review in
//! balanced order sees to.

use std::fmt;

use serde::Serialize;

/// Fewer judgements give no curve.
pub const LEAST_JUDGEMENTS: usize = 50;
/// Parts of the scores from 0 to 1 of which a balanced review takes equal numbers.
pub const SCORE_BANDS: usize = 10;

/// Scores are moved this far from 0 and 1, where their log-odds are endless.
const MARGIN: f64 = 1e-3;
/// The normal quantile of a 95 % interval.
const Z: f64 = 1.959_964;
/// Steps of Newton's method at most. It needs fewer than 20.
const MAX_STEPS: usize = 100;
/// The fit is done when a step is shorter than this.
const SHORT_STEP: f64 = 1e-9;
/// A step is halved at most so often until it goes uphill.
const MAX_HALVINGS: usize = 30;
/// Log-odds that differ by less have no slope.
const LEAST_SPREAD: f64 = 1e-6;

/// A region that the user judged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct JudgedScore {
    /// 0 to 1.
    pub score: f32,
    pub is_true: bool,
}

/// A share, 0 to 1, with the ends of its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Share {
    pub estimate: f64,
    pub low: f64,
    pub high: f64,
}

/// The judged regions of one band of scores.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct BandShare {
    /// The mean of their scores.
    pub score: f64,
    pub judged: usize,
    pub share: Share,
}

/// From which threshold on the regions reach a precision.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// Not even the best ones do.
    Nowhere,
    /// Those at or above this threshold do.
    From(f32),
    /// All of them together do.
    Everywhere,
}

/// The threshold for a precision: the estimate, and the ends of its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PrecisionThreshold {
    pub estimate: Reach,
    /// If more of the regions are true than estimated.
    pub low: Reach,
    /// If fewer of the regions are true than estimated.
    pub high: Reach,
}

/// The threshold, or a word for it: `0.84`, `any`, `none`.
impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nowhere => f.write_str("none"),
            Self::From(threshold) => write!(f, "{threshold:.2}"),
            Self::Everywhere => f.write_str("any"),
        }
    }
}

/// The estimated share of true regions by score.
#[derive(Debug, Clone, PartialEq)]
pub struct TruthCurve {
    line: Line,
    /// What the log-odds of a score are counted from.
    centre: f64,
    information: Information,
    judged: usize,
    /// From low to high; only bands with a judgement.
    bands: Vec<BandShare>,
}

/// The band of a score; `None` for one that is not a number.
pub fn score_band(score: f32) -> Option<usize> {
    let band = || (score.clamp(0.0, 1.0) * SCORE_BANDS as f32) as usize;
    (!score.is_nan()).then(|| band().min(SCORE_BANDS - 1))
}

impl TruthCurve {
    /// The curve of `judged`, without those that have no score. `None` for fewer than [`LEAST_JUDGEMENTS`], and when all of them have
    /// the same score.
    pub fn fit(judged: &[JudgedScore]) -> Option<Self> {
        let judged = judged.iter().filter(|one| !one.score.is_nan());
        let judged: Vec<JudgedScore> = judged.copied().collect();
        if judged.len() < LEAST_JUDGEMENTS {
            return None;
        }
        let log_odds = |one: &JudgedScore| log_odds(one.score);
        let centre = judged.iter().map(log_odds).sum::<f64>() / judged.len() as f64;
        let points: Vec<Point> = judged
            .iter()
            .map(|one| Point {
                x: log_odds(one) - centre,
                truth: f64::from(u8::from(one.is_true)),
            })
            .collect();
        if points.iter().all(|point| point.x.abs() < LEAST_SPREAD) {
            return None;
        }
        let line = climb(&points)?;
        Some(Self {
            line,
            centre,
            information: Information::of(&points, line),
            judged: judged.len(),
            bands: bands(&judged),
        })
    }

    /// How many judgements it is made of.
    pub fn judged(&self) -> usize {
        self.judged
    }

    /// The judged regions by band of scores, from low to high; only bands with a judgement.
    pub fn bands(&self) -> &[BandShare] {
        &self.bands
    }

    /// The share of true regions among those of this score.
    pub fn share_at(&self, score: f32) -> Share {
        let x = log_odds(score) - self.centre;
        let odds = self.line.at(x);
        let width = Z * self.information.variance_at(x).max(0.0).sqrt();
        Share {
            estimate: sigmoid(odds),
            low: sigmoid(odds - width),
            high: sigmoid(odds + width),
        }
    }

    /// From which threshold on the regions with these scores reach `precision`, 0 to 1.
    pub fn threshold_for(&self, precision: f64, found: &[f32]) -> PrecisionThreshold {
        let found = found.iter().copied().filter(|score| !score.is_nan());
        let mut found: Vec<f32> = found.collect();
        found.sort_by(|a, b| b.total_cmp(a));
        let precisions = self.precisions(&found);
        let reach = |of: fn(&Share) -> f64| {
            // Equal scores cannot be parted, so only the last of them counts.
            let mut reaching = precisions.iter().enumerate().filter(|&(at, reached)| {
                of(reached) >= precision && found.get(at) != found.get(at + 1)
            });
            match reaching.next_back().map(|(at, _)| at) {
                None => Reach::Nowhere,
                Some(at) => match (found.get(at), found.get(at + 1)) {
                    (Some(last), Some(next)) => Reach::From(0.5 * (last + next)),
                    _ => Reach::Everywhere,
                },
            }
        };
        PrecisionThreshold {
            estimate: reach(|share| share.estimate),
            low: reach(|share| share.high),
            high: reach(|share| share.low),
        }
    }

    /// The share of true regions among the first one, two, three and so on of `found`: the mean of the curve over them. Its interval is
    /// that of the curve's line by the delta method, on the log-odds of the mean.
    fn precisions(&self, found: &[f32]) -> Vec<Share> {
        let mut sum = 0.0;
        let mut gradient = Line::default();
        let precisions = found.iter().zip(1..).map(|(&score, count)| {
            let x = log_odds(score) - self.centre;
            let share = sigmoid(self.line.at(x));
            sum += share;
            gradient.offset += share * (1.0 - share);
            gradient.slope += share * (1.0 - share) * x;
            let count = f64::from(count);
            let mean = sum / count;
            let by = self.information.solve(gradient.offset, gradient.slope);
            let variance = by.offset * gradient.offset + by.slope * gradient.slope;
            let width = Z * variance.max(0.0).sqrt() / (count * mean * (1.0 - mean));
            let odds = (mean / (1.0 - mean)).ln();
            Share {
                estimate: mean,
                low: sigmoid(odds - width),
                high: sigmoid(odds + width),
            }
        });
        precisions.collect()
    }
}

/// One judgement: centred log-odds of the score, and 1 for true.
struct Point {
    x: f64,
    truth: f64,
}

/// The log-odds of truth: `offset + slope * x`.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Line {
    offset: f64,
    slope: f64,
}

impl Line {
    fn at(self, x: f64) -> f64 {
        self.offset + self.slope * x
    }
}

/// The Fisher information of a line: a symmetric matrix of two by two.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Information {
    offset: f64,
    both: f64,
    slope: f64,
}

impl Information {
    fn of(points: &[Point], line: Line) -> Self {
        let mut sum = Self::default();
        for point in points {
            let share = sigmoid(line.at(point.x));
            let weight = share * (1.0 - share);
            sum.offset += weight;
            sum.both += weight * point.x;
            sum.slope += weight * point.x * point.x;
        }
        sum
    }

    fn determinant(self) -> f64 {
        self.offset * self.slope - self.both * self.both
    }

    /// The inverse times the vector.
    fn solve(self, offset: f64, slope: f64) -> Line {
        let determinant = self.determinant();
        Line {
            offset: (self.slope * offset - self.both * slope) / determinant,
            slope: (self.offset * slope - self.both * offset) / determinant,
        }
    }

    /// The variance of the line at `x`.
    fn variance_at(self, x: f64) -> f64 {
        self.solve(1.0, x).at(x)
    }
}

/// The line that fits best under Firth's penalty; `None` when the search gets stuck.
fn climb(points: &[Point]) -> Option<Line> {
    let mut line = Line::default();
    let mut height = penalised_likelihood(points, line);
    for _ in 0..MAX_STEPS {
        let information = Information::of(points, line);
        let (mut offset, mut slope) = (0.0, 0.0);
        for point in points {
            let share = sigmoid(line.at(point.x));
            let leverage = share * (1.0 - share) * information.variance_at(point.x);
            let residual = point.truth - share + leverage * (0.5 - share);
            offset += residual;
            slope += residual * point.x;
        }
        let step = information.solve(offset, slope);
        let mut length = 1.0;
        for _ in 0..MAX_HALVINGS {
            let next = Line {
                offset: line.offset + length * step.offset,
                slope: line.slope + length * step.slope,
            };
            let reached = penalised_likelihood(points, next);
            if reached >= height {
                (line, height) = (next, reached);
                break;
            }
            length *= 0.5;
        }
        if !(step.offset.is_finite() && step.slope.is_finite()) {
            return None;
        }
        if step.offset.abs().max(step.slope.abs()) < SHORT_STEP {
            break;
        }
    }
    height.is_finite().then_some(line)
}

/// The log-likelihood with Firth's penalty, half the logarithm of the information's determinant.
fn penalised_likelihood(points: &[Point], line: Line) -> f64 {
    let likelihood = |point: &Point| {
        let odds = line.at(point.x);
        // ln(1 + e^odds), in a form that does not overflow.
        let softplus = odds.max(0.0) + (-odds.abs()).exp().ln_1p();
        point.truth * odds - softplus
    };
    let likelihood: f64 = points.iter().map(likelihood).sum();
    likelihood + 0.5 * Information::of(points, line).determinant().ln()
}

fn bands(judged: &[JudgedScore]) -> Vec<BandShare> {
    let of_band = |band: usize| {
        let inside = judged
            .iter()
            .filter(|one| score_band(one.score) == Some(band));
        let inside: Vec<&JudgedScore> = inside.collect();
        if inside.is_empty() {
            return None;
        }
        let sum: f64 = inside.iter().map(|one| f64::from(one.score)).sum();
        let hits = inside.iter().filter(|one| one.is_true).count();
        Some(BandShare {
            score: sum / inside.len() as f64,
            judged: inside.len(),
            share: wilson(hits, inside.len()),
        })
    };
    (0..SCORE_BANDS).filter_map(of_band).collect()
}

/// Wilson's interval for `hits` of `count`.
fn wilson(hits: usize, count: usize) -> Share {
    let (hits, count) = (hits as f64, count as f64);
    let share = hits / count;
    let squared = Z * Z;
    let middle = (share + squared / (2.0 * count)) / (1.0 + squared / count);
    let variance = share * (1.0 - share) / count + squared / (4.0 * count * count);
    let width = Z * variance.sqrt() / (1.0 + squared / count);
    Share {
        estimate: share,
        low: (middle - width).max(0.0),
        high: (middle + width).min(1.0),
    }
}

fn log_odds(score: f32) -> f64 {
    let score = f64::from(score).clamp(MARGIN, 1.0 - MARGIN);
    (score / (1.0 - score)).ln()
}

fn sigmoid(odds: f64) -> f64 {
    1.0 / (1.0 + (-odds).exp())
}

#[cfg(test)]
mod tests;
