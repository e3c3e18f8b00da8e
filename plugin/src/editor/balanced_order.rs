//! The balanced review order: equal numbers from every band of scores, and within a band whatever the dice say.
//!
//! Pure. The dice are the region's own times, so that the order stays the same in every frame and every window.

use earmark_core::protocol::{RegionState, RegionView, SCORE_BANDS, score_band};

/// The keys by which `regions` are sorted; the smallest comes first. What is no region of a saved version comes last, because a
/// judgement of it says nothing about the version's scores.
pub fn keys(regions: &[RegionView]) -> Vec<f64> {
    let mut bands: [Vec<(u8, u64, usize)>; SCORE_BANDS] = Default::default();
    for (index, region) in regions.iter().enumerate() {
        let is_of_version = region.id.is_some() && !region.is_bare_mark();
        let band = score_band(region.score).filter(|_| is_of_version);
        if let Some(band) = band.and_then(|band| bands.get_mut(band)) {
            band.push((turn(region.state), dice(region), index));
        }
    }
    let mut keys = vec![f64::INFINITY; regions.len()];
    for (at, band) in bands.iter_mut().enumerate() {
        band.sort_unstable();
        for (nth, &(.., index)) in band.iter().enumerate() {
            if let Some(key) = keys.get_mut(index) {
                // One of each band, the highest first, then the next of each.
                *key = (nth * SCORE_BANDS + SCORE_BANDS - 1 - at) as f64;
            }
        }
    }
    keys
}

/// Judged regions count for their band, so they come before what is to be judged; what was neither confirmed nor rejected
/// does not count.
fn turn(state: RegionState) -> u8 {
    match state {
        RegionState::Positive | RegionState::Negative => 0,
        RegionState::Found => 1,
        RegionState::Unsure
        | RegionState::Disabled
        | RegionState::Provisional
        | RegionState::Noted => 2,
    }
}

/// A number that has nothing to do with the region's time or score, though it is made of its times: the mixing of SplitMix64
/// (Steele, Lea and Flood, 2014).
fn dice(region: &RegionView) -> u64 {
    let (start, end) = (
        region.span.start_s().to_bits(),
        region.span.end_s().to_bits(),
    );
    let mut mixed = start ^ end.rotate_left(32);
    for factor in [0xbf58_476d_1ce4_e5b9, 0x94d0_49bb_1331_11eb] {
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(factor);
    }
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use earmark_core::protocol::{NegativeId, RegionId, ShownId};
    use earmark_core::time::Span;

    use super::*;

    fn region(nth: i64, score: f32, state: RegionState) -> RegionView {
        let start_s = 3.0 * nth as f64;
        RegionView {
            id: Some(RegionId(nth).into()),
            state,
            ..RegionView::found(Span::new(start_s, start_s + 1.0).unwrap(), score)
        }
    }

    /// The scores of `regions` in review order.
    fn in_order(regions: &[RegionView]) -> Vec<&RegionView> {
        let keys = keys(regions);
        let mut order: Vec<usize> = (0..regions.len()).collect();
        order.sort_by(|&a, &b| keys[a].total_cmp(&keys[b]));
        order.into_iter().map(|index| &regions[index]).collect()
    }

    #[test]
    fn every_band_gives_one_until_it_has_none_left() {
        // Forty in the lowest band, ten in the middle, three in the highest.
        let scores = [(40, 0.55), (10, 0.75), (3, 0.95)];
        let scores = scores
            .into_iter()
            .flat_map(|(count, score)| vec![score; count]);
        let regions: Vec<RegionView> = (0..)
            .zip(scores)
            .map(|(nth, score)| region(nth, score, RegionState::Found))
            .collect();
        let order = in_order(&regions);
        let first: Vec<f32> = order.iter().take(9).map(|region| region.score).collect();
        assert_eq!(first, [0.95, 0.75, 0.55].repeat(3));
        let of_lowest = order.iter().take(23).filter(|region| region.score == 0.55);
        assert_eq!(of_lowest.count(), 10);
        let starts: Vec<f64> = order
            .iter()
            .filter(|region| region.score == 0.55)
            .map(|region| region.span.start_s())
            .collect();
        assert!(!starts.is_sorted(), "not by time: {starts:?}");
        assert_eq!(order, in_order(&regions), "always the same");
    }

    #[test]
    fn what_was_judged_counts_for_its_band_and_what_was_not_decided_does_not() {
        use RegionState::{Disabled, Found, Negative, Positive, Unsure};

        let high = [Positive, Negative, Positive, Found].map(|state| (0.95, state));
        let low = [Unsure, Disabled, Found, Found, Found, Found].map(|state| (0.55, state));
        let regions: Vec<RegionView> = (0..)
            .zip(high.into_iter().chain(low))
            .map(|(nth, (score, state))| region(nth, score, state))
            .collect();
        let next: Vec<f32> = in_order(&regions)
            .into_iter()
            .filter(|region| region.state == Found)
            .map(|region| region.score)
            .collect();
        assert_eq!(next, [0.55, 0.55, 0.55, 0.95, 0.55]);
    }

    #[test]
    fn marks_without_a_region_and_live_regions_come_last() {
        let mark = RegionView {
            id: Some(ShownId::Negative(NegativeId(1))),
            ..region(1, 0.97, RegionState::Negative)
        };
        let live = RegionView {
            id: None,
            ..region(2, 0.98, RegionState::Provisional)
        };
        let regions = [mark, live, region(3, 0.51, RegionState::Found)];
        assert_eq!(in_order(&regions)[0].score, 0.51);
        assert_eq!(keys(&regions)[..2], [f64::INFINITY; 2]);
    }
}
