//! How a version or a classifier does on the spans that the user has marked: which hard negatives it still hits, and which
//! examples it misses.
//!
//! Pure; any thread.

use std::ops::RangeInclusive;

use serde::Serialize;

use super::WindowScores;
use crate::time::Span;
use crate::words::counted;

/// How the user marked a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    HardNegative,
    Positive,
}

/// Which of the marked spans a version or a classifier gets wrong.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct MarkCheck {
    /// Hard negatives that it scored.
    pub hard_negatives: usize,
    /// Those of them that reach the threshold: false hits.
    pub hits: Vec<Spot>,
    /// Examples that it scored.
    pub positives: usize,
    /// Those of them that do not reach the threshold: misses.
    pub misses: Vec<Spot>,
    /// Marked spans that are not counted, because they are not embedded yet.
    pub not_embedded: usize,
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
        let negatives = hard_negatives.into_iter();
        let positives = positives.into_iter();
        let judged = negatives
            .map(|span| (Verdict::HardNegative, span))
            .chain(positives.map(|span| (Verdict::Positive, span)));
        for (verdict, span) in judged {
            if let Some(score) = highest_within(scores, span) {
                let filename = filename.to_owned();
                let spot = Spot {
                    filename,
                    span,
                    score,
                };
                self.judge(verdict, spot, threshold);
            }
        }
    }

    /// Adds a span that the user marked with `verdict`.
    pub fn judge(&mut self, verdict: Verdict, spot: Spot, threshold: f32) {
        let is_hit = spot.score >= threshold;
        match verdict {
            Verdict::HardNegative => {
                self.hard_negatives += 1;
                self.hits.extend(is_hit.then_some(spot));
            }
            Verdict::Positive => {
                self.positives += 1;
                self.misses.extend((!is_hit).then_some(spot));
            }
        }
    }

    /// Whether nothing was judged that it scored.
    pub fn is_empty(&self) -> bool {
        self.hard_negatives + self.positives == 0
    }

    /// `hits 2 of 14 hard negatives, misses 1 of 9 positives`, and how many marks are not embedded if any.
    pub fn words(&self) -> String {
        let unheard = match self.not_embedded {
            0 => String::new(),
            1 => String::from("1 mark is not embedded: scan its recording, or train"),
            marks => format!("{marks} marks are not embedded: scan their recordings, or train"),
        };
        match (self.is_empty(), unheard.is_empty()) {
            (true, false) => unheard,
            (_, true) => self.wrong_in_words(),
            (false, false) => format!("{}; {unheard}", self.wrong_in_words()),
        }
    }

    fn wrong_in_words(&self) -> String {
        let of =
            |wrong: usize, all: usize, noun: &str| format!("{wrong} of {}", counted(all, noun));
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
    let within = windows_within(span, scores.hop_s, scores.window_s, scores.scores.len())?;
    let windows = scores.scores.get(within)?.iter().copied();
    windows.filter(|score| score.is_finite()).reduce(f32::max)
}

/// Which of `windows` windows [`highest_within`] looks at. Seconds are above zero.
pub(crate) fn windows_within(
    span: Span,
    hop_s: f64,
    window_s: f64,
    windows: usize,
) -> Option<RangeInclusive<usize>> {
    let index = |time_s: f64| (time_s - 0.5 * window_s) / hop_s;
    let last = windows.checked_sub(1)?;
    let within = |index: f64| (index.max(0.0) as usize).min(last);
    let (first, end) = (index(span.start_s()).ceil(), index(span.end_s()).floor());
    let (first, end) = if first <= end {
        (within(first), within(end))
    } else {
        let nearest = within(index(span.centre_s()).round());
        (nearest, nearest)
    };
    // A recording that was cut short since has no windows there.
    let reach_s = end as f64 * hop_s + window_s;
    (span.start_s() < reach_s).then_some(first..=end)
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
            ..WindowScores::default()
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
        check.not_embedded = 1;
        assert!(check.words().ends_with(
            "misses 1 of 2 positives; 1 mark is not embedded: scan its recording, or train"
        ));
    }
}
