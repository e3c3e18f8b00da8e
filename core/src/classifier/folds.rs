//! Splits examples into folds such that no group is on both sides.
//!
//! Pure; any thread; the same for the same input and seed on every platform.

use std::collections::BTreeMap;

/// One fold: the examples to fit on and those to judge. Indices into the examples, ascending, disjoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fold {
    pub fit: Vec<usize>,
    pub held_out: Vec<usize>,
}

#[derive(Default, Clone, Copy)]
struct Tally {
    positives: usize,
    negatives: usize,
}

/// Stratified grouped folds, at most `folds` and no more than there are groups with positives or groups with negatives.
/// A fold whose fitting side would lack a class is left out. Empty when nothing can be held out at all.
///
/// Groups are dealt out largest first, each to the fold that so far has the smallest share of what the group
/// contains; `seed` decides the order of equally large groups.
pub(super) fn grouped_folds(labels: &[bool], groups: &[u32], folds: usize, seed: u64) -> Vec<Fold> {
    let mut tallies: BTreeMap<u32, Tally> = BTreeMap::new();
    for (&positive, &group) in labels.iter().zip(groups) {
        let tally = tallies.entry(group).or_default();
        if positive {
            tally.positives += 1;
        } else {
            tally.negatives += 1;
        }
    }
    let with_positives = tallies.values().filter(|t| t.positives > 0).count();
    let with_negatives = tallies.values().filter(|t| t.negatives > 0).count();
    let folds = folds.min(with_positives).min(with_negatives);
    if folds < 2 {
        return Vec::new();
    }
    let fold_of = deal(&tallies, folds, seed);
    let split = (0..folds).map(|fold| {
        let in_fold =
            |index: &usize| groups.get(*index).and_then(|g| fold_of.get(g)) == Some(&fold);
        let (held_out, fit): (Vec<usize>, Vec<usize>) = (0..labels.len()).partition(in_fold);
        Fold { fit, held_out }
    });
    let has = |fold: &Fold, class: bool| fold.fit.iter().any(|i| labels.get(*i) == Some(&class));
    split
        .filter(|fold| !fold.held_out.is_empty() && has(fold, true) && has(fold, false))
        .collect()
}

fn deal(tallies: &BTreeMap<u32, Tally>, folds: usize, seed: u64) -> BTreeMap<u32, usize> {
    let total = |part: fn(&Tally) -> usize| tallies.values().map(part).sum::<usize>().max(1) as f64;
    let (all_positives, all_negatives) = (total(|t| t.positives), total(|t| t.negatives));
    let shares = |tally: Tally| {
        (
            tally.positives as f64 / all_positives,
            tally.negatives as f64 / all_negatives,
        )
    };
    let mut order: Vec<(u32, (f64, f64))> = tallies.iter().map(|(g, t)| (*g, shares(*t))).collect();
    order.sort_by(|(group_a, a), (group_b, b)| {
        let by_size = (b.0 + b.1).total_cmp(&(a.0 + a.1));
        by_size.then_with(|| scramble(seed, *group_a).cmp(&scramble(seed, *group_b)))
    });

    let mut filled = vec![(0.0f64, 0.0f64); folds];
    let mut fold_of = BTreeMap::new();
    for (group, share) in order {
        let crowding = |f: &(f64, f64)| f.0 * share.0 + f.1 * share.1;
        let emptiest = filled.iter_mut().enumerate().min_by(|(_, a), (_, b)| {
            crowding(a)
                .total_cmp(&crowding(b))
                .then((a.0 + a.1).total_cmp(&(b.0 + b.1)))
        });
        if let Some((index, fold)) = emptiest {
            *fold = (fold.0 + share.0, fold.1 + share.1);
            fold_of.insert(group, index);
        }
    }
    fold_of
}

/// A repeatable order without a random generator: the output function of SplitMix64 (Steele, Lea and Flood, *Fast
/// Splittable Pseudorandom Number Generators*, 2014), which is a bijection, so that no two groups collide.
fn scramble(seed: u64, group: u32) -> u64 {
    let mut z = seed.wrapping_add((u64::from(group) + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn positives_and_negatives_are_spread_evenly() {
        let labels: Vec<bool> = (0..110).map(|i| i < 10).collect();
        let groups: Vec<u32> = (0..110).collect();
        let folds = grouped_folds(&labels, &groups, 5, 0);
        assert_eq!(folds.len(), 5);
        for fold in folds {
            let positives = fold.held_out.iter().filter(|i| labels[**i]).count();
            assert_eq!((positives, fold.held_out.len()), (2, 22));
        }
    }

    #[test]
    fn one_group_of_either_class_holds_nothing_out() {
        let labels = [true, true, false, false, false];
        assert!(grouped_folds(&labels, &[1, 1, 2, 3, 4], 5, 0).is_empty());
        assert!(grouped_folds(&labels, &[1, 2, 3, 3, 3], 5, 0).is_empty());
        assert!(grouped_folds(&labels, &[7; 5], 5, 0).is_empty());
        assert_eq!(grouped_folds(&labels, &[1, 2, 3, 4, 3], 5, 0).len(), 2);
    }

    proptest! {
        #[test]
        fn no_group_is_ever_on_both_sides_and_both_classes_remain_to_fit_on(
            examples in proptest::collection::vec((any::<bool>(), 0u32..12), 0..80),
            folds in 0usize..8, seed in any::<u64>(),
        ) {
            let labels: Vec<bool> = examples.iter().map(|e| e.0).collect();
            let groups: Vec<u32> = examples.iter().map(|e| e.1).collect();
            let split = grouped_folds(&labels, &groups, folds, seed);
            let mut judged = BTreeSet::new();
            for fold in &split {
                let side = |indices: &[usize]| -> BTreeSet<u32> { indices.iter().map(|i| groups[*i]).collect() };
                prop_assert!(side(&fold.fit).is_disjoint(&side(&fold.held_out)));
                prop_assert_eq!(fold.fit.len() + fold.held_out.len(), labels.len());
                prop_assert!(fold.fit.iter().any(|i| labels[*i]));
                prop_assert!(fold.fit.iter().any(|i| !labels[*i]));
                for index in &fold.held_out {
                    prop_assert!(judged.insert(*index), "judged twice");
                }
            }
            prop_assert_eq!(&split, &grouped_folds(&labels, &groups, folds, seed));
        }
    }
}
