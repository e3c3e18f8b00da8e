//! The review order: how the table sorts the regions, and which one S selects next.
//!
//! Pure. The view keeps the regions in order of time; the [`Arrangement`] says which region is in which row.

use std::sync::Arc;

use earmark_core::protocol::{NoteSearch, RegionState, RegionView};

use super::balanced_order;
use super::region_index::{RegionIndex, STATES, position};
use crate::review::{ReviewOrder, SortBy, StateFilter};

/// Which region is in which row.
#[derive(Debug, Default)]
pub struct Arrangement {
    /// Indices of the listed regions, row by row; `None` while the rows are all regions in order of time.
    order: Option<Vec<usize>>,
    /// The row of each region; for an unlisted one, the row after it.
    rows: Vec<usize>,
    /// All regions in this order, as a start for the next sort.
    sorted: Vec<usize>,
    /// The listed regions by state, in the order of [`STATES`], while not all are listed.
    counts: [usize; STATES.len()],
    /// The input of the arrangement.
    made_of: Option<MadeOf>,
}

#[derive(Debug)]
struct MadeOf {
    regions: Arc<Vec<RegionView>>,
    order: ReviewOrder,
    filter: StateFilter,
    search: NoteSearch,
    sound: Option<u16>,
    threshold: f32,
}

impl Arrangement {
    /// Arranges the `regions` that `filter` lists and `search` finds, of one `sound` or of all, unless that is done.
    pub fn follow(
        &mut self,
        regions: &Arc<Vec<RegionView>>,
        order: ReviewOrder,
        (filter, search, sound): (StateFilter, &NoteSearch, Option<u16>),
        threshold: f32,
    ) {
        let is_made = self.made_of.as_ref().is_some_and(|made| {
            Arc::ptr_eq(&made.regions, regions)
                && made.order == order
                && made.filter == filter
                && made.search == *search
                && made.sound == sound
                && (made.threshold.to_bits() == threshold.to_bits() || !order.goes_by_threshold())
        });
        if is_made {
            return;
        }
        let before = self.made_of.as_ref().filter(|made| made.order == order);
        if before.is_none() || self.sorted.len() != regions.len() {
            self.sorted = (0..regions.len()).collect();
        }
        let is_by_time = order == ReviewOrder::default();
        if !is_by_time {
            arrange(&mut self.sorted, regions, order, threshold);
        }
        self.rows.clear();
        self.order = None;
        self.counts = [0; STATES.len()];
        if !is_by_time || !filter.is_all() || !search.is_empty() || sound.is_some() {
            self.rows.resize(regions.len(), 0);
            let mut listed = Vec::new();
            for &index in &self.sorted {
                if let Some(row) = self.rows.get_mut(index) {
                    *row = listed.len();
                }
                let region = regions.get(index).filter(|region| {
                    filter.lists(region.state)
                        && search.finds(region.note.as_deref())
                        && sound.is_none_or(|sound| region.sound == sound)
                });
                if let Some(region) = region {
                    listed.push(index);
                    if let Some(count) = self.counts.get_mut(position(region.state)) {
                        *count += 1;
                    }
                }
            }
            self.order = Some(listed);
        }
        self.made_of = Some(MadeOf {
            regions: Arc::clone(regions),
            order,
            filter,
            search: search.clone(),
            sound,
            threshold,
        });
    }

    /// The region in `row`.
    pub fn index(&self, row: usize) -> usize {
        match &self.order {
            // A row without a region.
            Some(order) => order.get(row).copied().unwrap_or(usize::MAX),
            None => row,
        }
    }

    /// The row of the region `index`, or the row after it if it is not listed.
    pub fn row(&self, index: usize) -> usize {
        match &self.order {
            Some(order) => self.rows.get(index).copied().unwrap_or(order.len()),
            None => index,
        }
    }

    /// Whether every region has a row.
    pub fn lists_all(&self) -> bool {
        let made_of = self.made_of.as_ref();
        made_of.is_none_or(|made| {
            made.filter.is_all() && made.search.is_empty() && made.sound.is_none()
        })
    }

    /// Whether the rows are in order of time.
    pub fn is_by_time(&self) -> bool {
        let made_of = self.made_of.as_ref();
        made_of.is_none_or(|made| made.order == ReviewOrder::default())
    }
}

/// The regions of a view with their rows.
#[derive(Debug, Clone, Copy)]
pub struct Listed<'a> {
    pub regions: &'a [RegionView],
    pub arrangement: &'a Arrangement,
    pub index: &'a RegionIndex,
}

impl<'a> Listed<'a> {
    /// The number of rows.
    pub fn rows(self) -> usize {
        let order = self.arrangement.order.as_ref();
        order.map_or(self.regions.len(), Vec::len)
    }

    /// How many regions in `state` have a row.
    pub fn count(self, state: RegionState) -> usize {
        match &self.arrangement.order {
            Some(_) => {
                let counts = &self.arrangement.counts;
                counts.get(position(state)).copied().unwrap_or(0)
            }
            None => self.index.count(state),
        }
    }

    /// The region in `row`.
    pub fn at_row(self, row: usize) -> Option<&'a RegionView> {
        self.regions.get(self.arrangement.index(row))
    }
}

/// Sorts `sorted`, which has indices of `regions`; fast if they are nearly in order.
fn arrange(sorted: &mut [usize], regions: &[RegionView], order: ReviewOrder, threshold: f32) {
    // The smallest key comes first.
    let key = |region: &RegionView| -> f64 {
        // A mark without a score comes last.
        let score = Some(f64::from(region.score)).filter(|score| !score.is_nan());
        let distance = score.map(|score| (score - f64::from(threshold)).abs());
        let uncertainty = distance.unwrap_or(f64::INFINITY);
        match order.by {
            SortBy::Time => region.span.start_s(),
            SortBy::End => region.span.end_s(),
            SortBy::Duration => -region.span.duration_s(),
            SortBy::Score => score.map_or(f64::INFINITY, |score| -score),
            SortBy::State => rank(region.state),
            SortBy::Uncertainty => uncertainty,
            // Regions without a novelty come last, by uncertainty.
            SortBy::Novelty => match region.novelty {
                Some(novelty) => -f64::from(novelty) - 10.0,
                None => uncertainty,
            },
            // All of them together decide.
            SortBy::Balanced => f64::INFINITY,
        }
    };
    let keys: Vec<f64> = match order.by {
        SortBy::Balanced => balanced_order::keys(regions),
        _ => regions.iter().map(key).collect(),
    };
    let key_of = |index: usize| keys.get(index).copied().unwrap_or(f64::INFINITY);
    let mut keyed: Vec<(f64, usize)> = sorted.iter().map(|&index| (key_of(index), index)).collect();
    keyed.sort_by(|a, b| {
        let by_key = a.0.total_cmp(&b.0);
        let by_key = if order.reversed {
            by_key.reverse()
        } else {
            by_key
        };
        // Equal ones stay in order of time.
        by_key.then(a.1.cmp(&b.1))
    });
    debug_assert!(keyed.windows(2).all(|pair| pair[0] != pair[1]), "each once");
    for (place, (_, index)) in sorted.iter_mut().zip(keyed) {
        *place = index;
    }
}

/// The rank of a state: unjudged ones first.
fn rank(state: RegionState) -> f64 {
    match state {
        RegionState::Found => 0.0,
        RegionState::Unsure => 1.0,
        RegionState::Positive => 2.0,
        RegionState::Negative => 3.0,
        RegionState::Disabled => 4.0,
        RegionState::Provisional => 5.0,
        RegionState::Noted => 6.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use earmark_core::protocol::RegionId;
    use earmark_core::time::Span;

    fn region(index: i64, length_s: f64, score: f32, novelty: Option<f32>) -> RegionView {
        let start_s = 10.0 * index as f64;
        RegionView {
            id: Some(RegionId(index).into()),
            novelty,
            ..RegionView::found(Span::new(start_s, start_s + length_s).unwrap(), score)
        }
    }

    fn rows(regions: &Arc<Vec<RegionView>>, by: SortBy, reversed: bool) -> Vec<usize> {
        let mut arrangement = Arrangement::default();
        let order = ReviewOrder { by, reversed };
        arrangement.follow(
            regions,
            order,
            (StateFilter::ALL, &NoteSearch::default(), None),
            0.5,
        );
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

    #[test]
    fn states_that_are_not_listed_have_no_row_but_a_place() {
        let mut regions = vec![
            region(0, 1.0, 0.9, None),
            region(1, 1.0, 0.8, None),
            region(2, 1.0, 0.7, None),
        ];
        regions[1].state = RegionState::Negative;
        let filter = StateFilter::ALL.toggled(RegionState::Negative);
        let mut arrangement = Arrangement::default();
        let search = NoteSearch::default();
        arrangement.follow(
            &Arc::new(regions),
            ReviewOrder::default(),
            (filter, &search, None),
            0.5,
        );
        assert!(arrangement.is_by_time());
        assert_eq!((arrangement.index(0), arrangement.index(1)), (0, 2));
        assert_eq!([0, 1, 2].map(|index| arrangement.row(index)), [0, 1, 1]);
    }
}
