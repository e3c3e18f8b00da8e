//! In which order the regions are gone through: what the table is sorted by, and where S goes next.
//!
//! Pure. Regions keep their place in the view, which is that of the timeline; the [`Arrangement`] says which of them stands
//! in which row.

use std::sync::Arc;

use earmark_core::engine::view::{RegionState, RegionView};
use serde::{Deserialize, Serialize};

/// What the table is sorted by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SortBy {
    /// As on the timeline.
    #[default]
    Time,
    End,
    Duration,
    Score,
    State,
    /// Nearest to the threshold first: where a word teaches most about the boundary.
    Uncertainty,
    /// Least like anything that was marked first: where a word teaches most about what else there is.
    Novelty,
}

impl SortBy {
    /// Completes "by …".
    pub fn word(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::End => "end",
            Self::Duration => "duration",
            Self::Score => "score",
            Self::State => "state",
            Self::Uncertainty => "uncertainty",
            Self::Novelty => "novelty",
        }
    }
}

/// The order of one plugin instance.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReviewOrder {
    pub by: SortBy,
    /// The other way round than [`SortBy`] begins with: times from the start, everything else from what is most of it.
    pub reversed: bool,
}

impl ReviewOrder {
    /// Sorts by `by`, and by it backwards when it is sorted by that already.
    pub fn toggled(self, by: SortBy) -> Self {
        Self {
            by,
            reversed: self.by == by && !self.reversed,
        }
    }
}

/// Which region stands in which row.
#[derive(Debug, Default)]
pub struct Arrangement {
    /// Indices of regions, row by row; `None` while they stand as they are.
    order: Option<Vec<usize>>,
    /// Rows of the regions.
    rows: Vec<usize>,
    /// What it was made of.
    made_of: Option<(Arc<Vec<RegionView>>, ReviewOrder, f32)>,
}

impl Arrangement {
    /// Every region where it stands on the timeline.
    pub const fn by_time() -> Self {
        Self {
            order: None,
            rows: Vec::new(),
            made_of: None,
        }
    }

    /// Arranges `regions`, unless they are arranged so already.
    pub fn follow(&mut self, regions: &Arc<Vec<RegionView>>, order: ReviewOrder, threshold: f32) {
        let is_made = self.made_of.as_ref().is_some_and(|(made, by, at)| {
            Arc::ptr_eq(made, regions) && *by == order && at.to_bits() == threshold.to_bits()
        });
        if is_made {
            return;
        }
        self.order = arranged(regions, order, threshold);
        self.rows.clear();
        if let Some(order) = &self.order {
            self.rows.resize(order.len(), 0);
            for (row, &index) in order.iter().enumerate() {
                if let Some(place) = self.rows.get_mut(index) {
                    *place = row;
                }
            }
        }
        self.made_of = Some((Arc::clone(regions), order, threshold));
    }

    /// The region in `row`.
    pub fn index(&self, row: usize) -> usize {
        match &self.order {
            Some(order) => order.get(row).copied().unwrap_or(row),
            None => row,
        }
    }

    /// The row of the region `index`.
    pub fn row(&self, index: usize) -> usize {
        match &self.order {
            Some(_) => self.rows.get(index).copied().unwrap_or(index),
            None => index,
        }
    }

    /// Whether rows are in the order of time.
    pub fn is_by_time(&self) -> bool {
        self.order.is_none()
    }
}

/// The regions of a view with the rows they stand in.
#[derive(Debug, Clone, Copy)]
pub struct Listed<'a> {
    pub regions: &'a [RegionView],
    pub arrangement: &'a Arrangement,
}

impl<'a> Listed<'a> {
    pub fn at_row(self, row: usize) -> Option<&'a RegionView> {
        self.regions.get(self.arrangement.index(row))
    }
}

fn arranged(regions: &[RegionView], order: ReviewOrder, threshold: f32) -> Option<Vec<usize>> {
    if order == ReviewOrder::default() {
        return None;
    }
    // Ascending keys: what comes first is least.
    let key = |region: &RegionView| -> f64 {
        let uncertainty = f64::from((region.score - threshold).abs());
        match order.by {
            SortBy::Time => region.span.start_s(),
            SortBy::End => region.span.end_s(),
            SortBy::Duration => -region.span.duration_s(),
            SortBy::Score => -f64::from(region.score),
            SortBy::State => rank(region.state),
            SortBy::Uncertainty => uncertainty,
            // What nothing is known of comes behind what something is, by uncertainty.
            SortBy::Novelty => match region.novelty {
                Some(novelty) => -f64::from(novelty) - 10.0,
                None => uncertainty,
            },
        }
    };
    let mut keyed: Vec<(f64, usize)> = regions
        .iter()
        .enumerate()
        .map(|(index, region)| (key(region), index))
        .collect();
    keyed.sort_unstable_by(|a, b| {
        let by_key = a.0.total_cmp(&b.0);
        let by_key = if order.reversed {
            by_key.reverse()
        } else {
            by_key
        };
        // Equal ones as on the timeline, whichever way round.
        by_key.then(a.1.cmp(&b.1))
    });
    debug_assert!(keyed.windows(2).all(|pair| pair[0] != pair[1]), "each once");
    Some(keyed.into_iter().map(|(_, index)| index).collect())
}

/// What is still to be judged first.
fn rank(state: RegionState) -> f64 {
    match state {
        RegionState::Found => 0.0,
        RegionState::Unsure => 1.0,
        RegionState::Positive => 2.0,
        RegionState::Negative => 3.0,
        RegionState::Disabled => 4.0,
        RegionState::Provisional => 5.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use earmark_core::store::RegionId;
    use earmark_core::time::Span;

    fn region(index: i64, length_s: f64, score: f32, novelty: Option<f32>) -> RegionView {
        let start_s = 10.0 * index as f64;
        RegionView {
            id: Some(RegionId(index)),
            span: Span::new(start_s, start_s + length_s).unwrap(),
            score,
            state: RegionState::Found,
            novelty,
            change: None,
            class: None,
            clip: None,
            waiting: false,
        }
    }

    fn rows(regions: &Arc<Vec<RegionView>>, by: SortBy, reversed: bool) -> Vec<usize> {
        let mut arrangement = Arrangement::default();
        arrangement.follow(regions, ReviewOrder { by, reversed }, 0.5);
        for row in 0..regions.len() {
            assert_eq!(arrangement.row(arrangement.index(row)), row);
        }
        (0..regions.len())
            .map(|row| arrangement.index(row))
            .collect()
    }

    #[test]
    fn every_order_begins_with_what_is_most_of_it_and_goes_backwards_when_pressed_again() {
        let regions = Arc::new(vec![
            region(0, 1.0, 0.52, Some(0.1)),
            region(1, 3.0, 0.90, None),
            region(2, 2.0, 0.60, Some(0.7)),
        ]);
        assert_eq!(rows(&regions, SortBy::Time, false), [0, 1, 2]);
        assert_eq!(rows(&regions, SortBy::Time, true), [2, 1, 0]);
        assert_eq!(rows(&regions, SortBy::Duration, false), [1, 2, 0]);
        assert_eq!(rows(&regions, SortBy::Score, false), [1, 2, 0]);
        assert_eq!(rows(&regions, SortBy::Uncertainty, false), [0, 2, 1]);
        assert_eq!(
            rows(&regions, SortBy::Novelty, false),
            [2, 0, 1],
            "what nothing is known of comes last"
        );
        let order = ReviewOrder::default().toggled(SortBy::Score);
        assert!(!order.reversed && order.toggled(SortBy::Score).reversed);
    }

    #[test]
    fn novelty_that_nobody_knows_is_uncertainty() {
        let regions = Arc::new(vec![region(0, 1.0, 0.9, None), region(1, 1.0, 0.51, None)]);
        assert_eq!(rows(&regions, SortBy::Novelty, false), [1, 0]);
    }
}
