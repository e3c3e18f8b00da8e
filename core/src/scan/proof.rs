//! What a version says of spans that somebody has judged: which hard negatives it still takes for the sound, and which
//! examples it misses.
//!
//! Pure; any thread.

use serde::Serialize;

use super::WindowScores;
use crate::time::Span;

/// Which of the judged spans a version gets wrong.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct MarkCheck {
    /// Hard negatives that it scored.
    pub hard_negatives: usize,
    /// Those of them that reach the threshold all the same.
    pub hits: Vec<Spot>,
    /// Examples that it scored.
    pub positives: usize,
    /// Those of them that do not reach the threshold.
    pub misses: Vec<Spot>,
}

/// A judged span and where it is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Spot {
    pub filename: String,
    /// In seconds from the recording's start.
    pub span: Span,
    /// The highest score within it, 0 to 1.
    pub score: f32,
}

impl MarkCheck {
    /// Adds what `scores`, the version of `filename` cut at `threshold`, says of the spans judged there. Spans that it did
    /// not score say nothing.
    pub fn add(
        &mut self,
        filename: &str,
        scores: &WindowScores,
        threshold: f32,
        hard_negatives: impl IntoIterator<Item = Span>,
        positives: impl IntoIterator<Item = Span>,
    ) {
        let spot = |span: Span| {
            Some(Spot {
                filename: filename.to_owned(),
                span,
                score: highest_within(scores, span)?,
            })
        };
        let negatives: Vec<Spot> = hard_negatives.into_iter().filter_map(spot).collect();
        self.hard_negatives += negatives.len();
        let hits = negatives.into_iter();
        self.hits
            .extend(hits.filter(|spot| spot.score >= threshold));
        let positives: Vec<Spot> = positives.into_iter().filter_map(spot).collect();
        self.positives += positives.len();
        let misses = positives.into_iter();
        self.misses
            .extend(misses.filter(|spot| spot.score < threshold));
    }

    /// Whether nothing was judged that it scored.
    pub fn is_empty(&self) -> bool {
        self.hard_negatives + self.positives == 0
    }

    /// `hits 2 of 14 hard negatives, misses 1 of 9 positives`.
    pub fn words(&self) -> String {
        let of = |wrong: usize, all: usize, noun: &str| {
            format!("{wrong} of {all} {noun}{}", if all == 1 { "" } else { "s" })
        };
        format!(
            "hits {}, misses {}",
            of(self.hits.len(), self.hard_negatives, "hard negative"),
            of(self.misses.len(), self.positives, "positive")
        )
    }
}

/// The highest score of the windows whose middle lies in `span`, as a region there would have it; for a span between two
/// middles that of the window nearest to its own. `None` where nothing was scored.
pub fn highest_within(scores: &WindowScores, span: Span) -> Option<f32> {
    if !scores.has_grid() {
        return None;
    }
    let index = |time_s: f64| (time_s - 0.5 * scores.window_s) / scores.hop_s;
    let last = scores.scores.len().checked_sub(1)?;
    let within = |index: f64| (index.max(0.0) as usize).min(last);
    let (first, end) = (index(span.start_s()).ceil(), index(span.end_s()).floor());
    let (first, end) = if first <= end {
        (within(first), within(end))
    } else {
        let nearest = within(index(span.centre_s()).round());
        (nearest, nearest)
    };
    // A recording that was cut short since has no windows there.
    let reach_s = scores.centre_s(end) + 0.5 * scores.window_s;
    if span.start_s() >= reach_s {
        return None;
    }
    let windows = scores.scores.get(first..=end)?.iter().copied();
    windows.filter(|score| score.is_finite()).reduce(f32::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start_s: f64, end_s: f64) -> Span {
        Span::new(start_s, end_s).unwrap()
    }

    /// Middles at 0.5, 1.0, 1.5, …
    fn grid(scores: Vec<f32>) -> WindowScores {
        WindowScores {
            hop_s: 0.5,
            window_s: 1.0,
            scores,
        }
    }

    #[test]
    fn a_span_has_the_highest_score_of_the_windows_in_the_middle_of_which_it_lies() {
        let scores = grid(vec![0.9, 0.2, 0.6, 0.3, f32::NAN, f32::NAN]);
        assert_eq!(highest_within(&scores, span(0.9, 1.6)), Some(0.6));
        assert_eq!(highest_within(&scores, span(1.1, 1.2)), Some(0.2));
        assert_eq!(highest_within(&scores, span(0.0, 0.1)), Some(0.9));
        assert_eq!(highest_within(&scores, span(2.4, 3.0)), None, "not scored");
        assert_eq!(highest_within(&scores, span(9.0, 9.5)), None, "not there");
        assert_eq!(highest_within(&grid(Vec::new()), span(0.0, 1.0)), None);
    }

    #[test]
    fn a_check_counts_what_was_scored_and_names_what_is_wrong() {
        let scores = grid(vec![0.1, 0.8, 0.1, 0.1, 0.7, 0.1, f32::NAN]);
        let mut check = MarkCheck::default();
        let negatives = [span(0.9, 1.1), span(1.9, 2.1), span(3.4, 3.6)];
        let positives = [span(2.4, 2.6), span(2.9, 3.1)];
        check.add("a.wav", &scores, 0.5, negatives, positives);
        assert_eq!(
            check.words(),
            "hits 1 of 2 hard negatives, misses 1 of 2 positives"
        );
        assert_eq!(check.hits[0].span, negatives[0]);
        assert_eq!(
            (check.misses[0].span, check.misses[0].score),
            (positives[1], 0.1)
        );
    }
}
