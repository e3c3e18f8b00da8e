//! The lost stretches of one take: sorted, never touching, and deleted as soon as they are recorded again.
//!
//! Pure; any thread.

use std::ops::Range;

/// Adds a lost stretch, unless it has no frames.
pub fn add(gaps: &mut Vec<Range<u64>>, lost: Range<u64>) {
    if lost.is_empty() {
        return;
    }
    let touches = |gap: &Range<u64>| gap.start <= lost.end && lost.start <= gap.end;
    let merged = gaps
        .iter()
        .filter(|gap| touches(gap))
        .fold(lost.clone(), |merged, gap| {
            merged.start.min(gap.start)..merged.end.max(gap.end)
        });
    gaps.retain(|gap| !touches(gap));
    let place = gaps.partition_point(|gap| gap.start < merged.start);
    gaps.insert(place, merged);
}

/// Takes away what was `recorded` again; what is left of a gap on either side stays.
pub fn fill(gaps: &mut Vec<Range<u64>>, recorded: &Range<u64>) {
    if recorded.is_empty() {
        return;
    }
    let left = gaps.iter().flat_map(|gap| {
        [
            gap.start..gap.end.min(recorded.start),
            gap.start.max(recorded.end)..gap.end,
        ]
    });
    *gaps = left.filter(|gap| !gap.is_empty()).collect();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_that_touch_are_one_gap_and_all_are_in_order() {
        let mut gaps = Vec::new();
        for lost in [500..600, 100..200, 200..250, 90..110, 300..300, 590..700] {
            add(&mut gaps, lost);
        }
        assert_eq!(gaps, [90..250, 500..700]);
    }

    #[test]
    fn a_gap_shrinks_splits_and_goes_as_it_is_recorded_again() {
        let mut gaps = vec![100..200, 300..400];
        fill(&mut gaps, &(0..100));
        fill(&mut gaps, &(200..300));
        assert_eq!(gaps, [100..200, 300..400]);
        fill(&mut gaps, &(190..310));
        assert_eq!(gaps, [100..190, 310..400]);
        fill(&mut gaps, &(150..160));
        assert_eq!(gaps, [100..150, 160..190, 310..400]);
        fill(&mut gaps, &(0..1000));
        assert_eq!(gaps, []);
    }

    proptest::proptest! {
        #[test]
        fn a_frame_is_lost_exactly_when_its_last_writing_was(
            writings in proptest::collection::vec((0_u64..200, 0_u64..60, proptest::bool::ANY), 0..30)
        ) {
            let mut gaps = Vec::new();
            let mut lost = [false; 300];
            for (start, frames, is_lost) in writings {
                let range = start..start + frames;
                lost[range.start as usize..range.end as usize].fill(is_lost);
                if is_lost {
                    add(&mut gaps, range);
                } else {
                    fill(&mut gaps, &range);
                }
            }
            for (frame, lost) in lost.into_iter().enumerate() {
                assert_eq!(gaps.iter().any(|gap| gap.contains(&(frame as u64))), lost, "{frame}");
            }
            assert!(gaps.windows(2).all(|pair| pair[0].end < pair[1].start), "{gaps:?}");
        }
    }
}
