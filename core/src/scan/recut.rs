//! Makes a version's regions again from its scores, at another threshold or in another shape.
//!
//! Pure; any thread. A region that the user resized, merged or disabled stays as the user left it, and is never found a
//! second time.

use super::ScoredSpan;
use crate::time::Span;

/// A new region is the same region as before when they share at least this part of their union.
const SAME_REGION_IOU: f64 = 0.5;

/// A region of the version as it was before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SavedSpan {
    /// In seconds from the recording's start.
    pub span: Span,
    /// The span that the scan found, if the user has resized it since.
    pub original: Option<Span>,
    pub disabled: bool,
}

impl SavedSpan {
    /// Whether the user has changed it.
    pub fn is_edited(&self) -> bool {
        self.disabled || self.original.is_some()
    }

    fn found(&self) -> Span {
        self.original.unwrap_or(self.span)
    }

    /// Whether at least half of `new` lies where this one was found or put: a part of something that was left out is
    /// left out, and a part of something that was widened is in it already.
    fn stands_for(&self, new: Span) -> bool {
        let shared_s = new.overlap_s(self.span).max(new.overlap_s(self.found()));
        shared_s > 0.0 && shared_s >= 0.5 * new.duration_s()
    }
}

/// What becomes of a saved region.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fate {
    /// It takes span and score of the new region that continues it.
    Follows(ScoredSpan),
    /// The user changed it, so it stays as it is.
    Stays,
    /// The user did not change it, and no new region continues it.
    Goes,
}

/// The regions after the change.
#[derive(Debug, Clone, PartialEq)]
pub struct Recut {
    /// Of each saved region, in their order.
    pub fates: Vec<Fate>,
    /// New regions that continue no saved one, by start.
    pub added: Vec<ScoredSpan>,
}

/// Matches the regions that are `saved` with those that were `found`.
///
/// A found region that shares at least half of its union with what a saved one was found as continues it. A resized region stays as it
/// is; a disabled one follows its continuation, or stays if it has none. What lies mostly within a region that stays is
/// not found again.
pub fn recut(saved: &[SavedSpan], found: &[ScoredSpan]) -> Recut {
    let mut by_start: Vec<(usize, Span)> = saved.iter().map(SavedSpan::found).enumerate().collect();
    by_start.sort_by(|a, b| a.1.start_s().total_cmp(&b.1.start_s()));
    let mut fates: Vec<Fate> = saved
        .iter()
        .map(|region| match region.is_edited() {
            true => Fate::Stays,
            false => Fate::Goes,
        })
        .collect();
    let mut is_taken = vec![false; saved.len()];
    let mut fresh = Vec::new();
    for &new in found {
        let Some(index) = continued(new.span, &by_start, &is_taken) else {
            fresh.push(new);
            continue;
        };
        if let Some(taken) = is_taken.get_mut(index) {
            *taken = true;
        }
        let is_resized = saved.get(index).is_some_and(|old| old.original.is_some());
        if let Some(fate) = fates.get_mut(index).filter(|_| !is_resized) {
            *fate = Fate::Follows(new);
        }
    }
    let staying: Vec<&SavedSpan> = saved
        .iter()
        .zip(&fates)
        .filter(|(_, fate)| **fate == Fate::Stays)
        .map(|(region, _)| region)
        .collect();
    fresh.retain(|new| !staying.iter().any(|region| region.stands_for(new.span)));
    Recut {
        fates,
        added: fresh,
    }
}

/// The saved region that `new` continues: of those that nothing else continues, the one that shares most.
fn continued(new: Span, by_start: &[(usize, Span)], is_taken: &[bool]) -> Option<usize> {
    // Nothing that shares half of the union starts further away than this.
    let from_s = new.start_s() - new.duration_s();
    let first = by_start.partition_point(|(_, span)| span.start_s() < from_s);
    by_start
        .iter()
        .skip(first)
        .take_while(|(_, span)| span.start_s() <= new.end_s())
        .filter(|(index, _)| is_taken.get(*index) == Some(&false))
        .map(|(index, span)| (*index, span.iou(new)))
        .filter(|&(_, iou)| iou >= SAME_REGION_IOU)
        .max_by(|(_, a), (_, b)| a.total_cmp(b))
        .map(|(index, _)| index)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn span(start_s: f64, end_s: f64) -> Span {
        Span::new(start_s, end_s).unwrap()
    }

    fn found(start_s: f64, end_s: f64) -> ScoredSpan {
        ScoredSpan {
            span: span(start_s, end_s),
            score: 0.9,
        }
    }

    fn saved(start_s: f64, end_s: f64) -> SavedSpan {
        SavedSpan {
            span: span(start_s, end_s),
            original: None,
            disabled: false,
        }
    }

    fn disabled(start_s: f64, end_s: f64) -> SavedSpan {
        SavedSpan {
            disabled: true,
            ..saved(start_s, end_s)
        }
    }

    #[test]
    fn what_no_hand_changed_follows_the_cut_or_goes() {
        let cut = recut(
            &[saved(1.0, 2.0), saved(5.0, 6.0)],
            &[found(0.9, 2.1), found(8.0, 9.0)],
        );
        assert_eq!(cut.fates, [Fate::Follows(found(0.9, 2.1)), Fate::Goes]);
        assert_eq!(cut.added, [found(8.0, 9.0)]);
    }

    #[test]
    fn a_disabled_region_stays_disabled_whether_the_cut_moves_it_splits_it_or_leaves_it_out() {
        let cut = |regions: &[ScoredSpan]| recut(&[disabled(1.0, 3.0)], regions);
        let follows = cut(&[found(1.2, 2.8)]);
        assert_eq!(follows.fates, [Fate::Follows(found(1.2, 2.8))]);
        for pieces in [
            &[][..],
            &[found(1.6, 2.0)],
            &[found(1.0, 1.4), found(2.5, 3.1)],
        ] {
            let stays = cut(pieces);
            assert_eq!(
                (stays.fates.as_slice(), stays.added.len()),
                (&[Fate::Stays][..], 0)
            );
        }
        let larger = cut(&[found(0.0, 10.0)]);
        assert_eq!(larger.fates, [Fate::Stays]);
        assert_eq!(
            larger.added,
            [found(0.0, 10.0)],
            "it is more than what was disabled"
        );
    }

    #[test]
    fn a_resized_region_stays_as_it_is_and_nothing_is_found_in_what_was_put_into_or_cut_off_it() {
        let resized = SavedSpan {
            original: Some(span(1.0, 3.0)),
            ..saved(2.0, 6.0)
        };
        let cut = recut(
            &[resized],
            &[found(1.1, 1.6), found(4.0, 4.5), found(7.0, 8.0)],
        );
        assert_eq!(
            (cut.fates.as_slice(), cut.added.as_slice()),
            (&[Fate::Stays][..], &[found(7.0, 8.0)][..])
        );
        let cut = recut(&[resized], &[found(1.0, 3.0)]);
        assert_eq!(
            (cut.fates.as_slice(), cut.added.len()),
            (&[Fate::Stays][..], 0)
        );
    }

    proptest! {
        #[test]
        fn no_edit_goes_and_every_found_region_is_followed_stood_for_or_added(
            saved in prop::collection::vec((0_u8..40, 1_u8..8, 0_u8..3), 0..12),
            found in prop::collection::vec((0_u8..40, 1_u8..8), 0..12),
        ) {
            let saved: Vec<SavedSpan> = saved
                .into_iter()
                .map(|(start, length, kind)| {
                    let span = Span::new(f64::from(start), f64::from(start + length)).unwrap();
                    let wider = Span::new(span.start_s(), span.end_s() + 1.0).unwrap();
                    SavedSpan { span, original: (kind == 1).then_some(wider), disabled: kind == 2 }
                })
                .collect();
            let found: Vec<ScoredSpan> = found
                .into_iter()
                .map(|(start, length)| ScoredSpan {
                    span: Span::new(f64::from(start), f64::from(start + length)).unwrap(),
                    score: 0.5,
                })
                .collect();
            let cut = recut(&saved, &found);
            prop_assert_eq!(cut.fates.len(), saved.len());
            for (region, fate) in saved.iter().zip(&cut.fates) {
                prop_assert!(!region.is_edited() || *fate != Fate::Goes);
                prop_assert!(region.original.is_none() || *fate == Fate::Stays);
            }
            for new in &found {
                let follows = cut.fates.contains(&Fate::Follows(*new));
                let known = saved.iter().any(|old| old.is_edited() && (old.stands_for(new.span) || old.found().iou(new.span) >= 0.5));
                prop_assert!(follows || known || cut.added.contains(new));
            }
        }
    }
}
