//! Which regions of a list count for the curve of score against truth. Pure values for windows and the command line.

use super::{RegionState, RegionView};
use crate::scan::JudgedScore;

/// The regions of a version that the user confirmed or rejected. A region that was confirmed as another class than the `classes` that
/// the version looks for is not true; without `classes` nobody knows what it looked for. Marks that lie beside its regions say
/// nothing about what the version found.
pub fn judged_scores(regions: &[RegionView], classes: &[String]) -> Vec<JudgedScore> {
    let is_sought = |region: &RegionView| {
        classes.is_empty() || region.class.as_ref().is_some_and(|it| classes.contains(it))
    };
    let judged = of_version(regions).filter_map(|region| {
        let is_true = match region.state {
            RegionState::Positive => is_sought(region),
            RegionState::Negative => false,
            _ => return None,
        };
        Some(JudgedScore {
            score: region.score,
            is_true,
        })
    });
    judged.collect()
}

/// The scores of the regions of a version, without those that the user disabled.
pub fn found_scores(regions: &[RegionView]) -> Vec<f32> {
    let found = of_version(regions).filter(|region| region.state != RegionState::Disabled);
    found.map(|region| region.score).collect()
}

fn of_version(regions: &[RegionView]) -> impl Iterator<Item = &RegionView> {
    regions.iter().filter(|region| {
        let is_saved = region.id.is_some() && !region.is_bare_mark();
        is_saved && !region.score.is_nan()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::ShownId;
    use crate::store::{NegativeId, RegionId};
    use crate::time::Span;

    #[test]
    fn only_regions_of_the_version_count_and_only_those_that_were_decided() {
        use RegionState::{Disabled, Found, Negative, Positive, Provisional, Unsure};

        let region = |id: Option<ShownId>, state, score| RegionView {
            id,
            state,
            class: (state == Positive).then(|| String::from("door")),
            ..RegionView::found(Span::new(0.0, 1.0).unwrap(), score)
        };
        let saved = Some(ShownId::Region(RegionId(1)));
        let mark = Some(ShownId::Negative(NegativeId(1)));
        let regions = [
            region(saved, Positive, 0.9),
            region(saved, Negative, 0.8),
            region(saved, Found, 0.7),
            region(saved, Unsure, 0.6),
            region(saved, Disabled, 0.5),
            region(None, Provisional, 0.4),
            region(mark, Negative, 0.3),
            region(saved, Positive, f32::NAN),
        ];
        let judged = |classes: &[&str]| -> Vec<(f32, bool)> {
            let classes: Vec<String> = classes.iter().map(|it| String::from(*it)).collect();
            let judged = judged_scores(&regions, &classes);
            judged.iter().map(|it| (it.score, it.is_true)).collect()
        };
        assert_eq!(judged(&[]), [(0.9, true), (0.8, false)]);
        assert_eq!(judged(&["step", "door"]), [(0.9, true), (0.8, false)]);
        assert_eq!(judged(&["step"]), [(0.9, false), (0.8, false)]);
        assert_eq!(found_scores(&regions), [0.9, 0.8, 0.7, 0.6]);
    }
}
