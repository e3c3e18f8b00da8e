use proptest::prelude::*;

use super::*;

/// `count` judgements at scores spread evenly from `from` to `to`; those that `is_true` says are true.
fn judged(
    count: usize,
    (from, to): (f32, f32),
    is_true: impl Fn(usize, f32) -> bool,
) -> Vec<JudgedScore> {
    let step = (to - from) / (count.max(2) - 1) as f32;
    let scores = (0..count).map(|index| (index, from + step * index as f32));
    scores
        .map(|(index, score)| JudgedScore {
            score,
            is_true: is_true(index, score),
        })
        .collect()
}

/// Judgements whose share of true ones is their score, as far as a fixed pattern of dice gives it.
fn calibrated(count: usize) -> Vec<JudgedScore> {
    let mut dice = fastrand::Rng::with_seed(7);
    let judged = judged(count, (0.02, 0.98), |_, _| false).into_iter();
    judged
        .map(|one| JudgedScore {
            is_true: dice.f32() < one.score,
            ..one
        })
        .collect()
}

#[test]
fn the_curve_finds_the_shares_that_the_judgements_were_drawn_from() {
    let curve = TruthCurve::fit(&calibrated(4000)).unwrap();
    for score in [0.1_f32, 0.3, 0.5, 0.7, 0.9] {
        let share = curve.share_at(score);
        assert!(
            (share.estimate - f64::from(score)).abs() < 0.03,
            "{score}: {share:?}"
        );
        assert!(share.low < share.estimate && share.estimate < share.high);
    }
    assert_eq!(curve.bands().len(), SCORE_BANDS);
    assert_eq!(curve.judged(), 4000);
}

/// Maximised with scipy's Nelder-Mead method instead of Newton's.
#[test]
fn the_fit_is_the_one_that_another_method_finds() {
    let judged = judged(50, (0.1, 0.9), |index, _| index % 3 == 0 || index > 30);
    let curve = TruthCurve::fit(&judged).unwrap();
    for (score, expected) in [
        (0.3, [0.39917, 0.2323, 0.59328]),
        (0.5, [0.62927, 0.46514, 0.76814]),
        (0.8, [0.88734, 0.68473, 0.96617]),
    ] {
        let share = curve.share_at(score);
        for (found, expected) in [share.estimate, share.low, share.high].iter().zip(expected) {
            assert!((found - expected).abs() < 1e-4, "{score}: {share:?}");
        }
    }
}

#[test]
fn judgements_that_do_not_depend_on_the_score_give_a_flat_curve() {
    let curve = TruthCurve::fit(&judged(60, (0.2, 0.8), |index, _| index % 2 == 0)).unwrap();
    let (low, high) = (curve.share_at(0.25), curve.share_at(0.75));
    assert!(
        (low.estimate - high.estimate).abs() < 0.05,
        "{low:?} {high:?}"
    );
    assert!((low.estimate - 0.5).abs() < 0.05, "{low:?}");
}

#[test]
fn the_true_share_lies_in_the_interval_about_as_often_as_it_says() {
    let (mut inside, mut all) = (0, 0);
    let mut dice = fastrand::Rng::with_seed(3);
    for _ in 0..200 {
        let sample: Vec<JudgedScore> = (0..60)
            .map(|_| {
                let score = 0.05 + 0.9 * dice.f32();
                JudgedScore {
                    score,
                    is_true: dice.f32() < score,
                }
            })
            .collect();
        let curve = TruthCurve::fit(&sample).unwrap();
        for score in [0.2_f32, 0.5, 0.8] {
            let share = curve.share_at(score);
            all += 1;
            inside += usize::from((share.low..=share.high).contains(&f64::from(score)));
        }
    }
    let share = f64::from(inside as u32) / f64::from(all);
    assert!((0.92..=0.99).contains(&share), "{share}");
}

#[test]
fn judgements_that_a_threshold_parts_cleanly_still_have_an_uncertainty() {
    let curve = TruthCurve::fit(&judged(50, (0.3, 0.9), |_, score| score > 0.6)).unwrap();
    let (low, high) = (curve.share_at(0.3), curve.share_at(0.9));
    assert!(
        low.estimate < 0.05 && high.estimate > 0.95,
        "{low:?} {high:?}"
    );
    let middle = curve.share_at(0.6);
    assert!(middle.high - middle.low > 0.2, "{middle:?}");
    for all in [true, false] {
        let curve = TruthCurve::fit(&judged(50, (0.3, 0.9), |_, _| all)).unwrap();
        let share = curve.share_at(0.6);
        assert!(share.low > 0.0 && share.high < 1.0, "{share:?}");
    }
}

#[test]
fn too_few_judgements_and_one_score_alone_give_no_curve() {
    assert_eq!(TruthCurve::fit(&judged(49, (0.1, 0.9), |_, _| true)), None);
    assert_eq!(
        TruthCurve::fit(&judged(60, (0.5, 0.5), |index, _| index > 30)),
        None
    );
    let mut unscored = judged(50, (0.1, 0.9), |index, _| index > 30);
    unscored[0].score = f32::NAN;
    assert_eq!(TruthCurve::fit(&unscored), None);
}

#[test]
fn the_threshold_is_where_the_regions_above_it_reach_the_precision() {
    let curve = TruthCurve::fit(&calibrated(4000)).unwrap();
    let found: Vec<f32> = (0..1000).map(|index| index as f32 / 1000.0).collect();
    let threshold = curve.threshold_for(0.9, &found);
    // Scores that are their own shares, spread evenly: those above t have a precision of (1 + t) / 2.
    let Reach::From(estimate) = threshold.estimate else {
        panic!("{threshold:?}");
    };
    assert!((estimate - 0.8).abs() < 0.03, "{threshold:?}");
    let (Reach::From(low), Reach::From(high)) = (threshold.low, threshold.high) else {
        panic!("{threshold:?}");
    };
    assert!(low < estimate && estimate < high, "{threshold:?}");
    assert_eq!(
        curve.threshold_for(0.9, &[0.97; 5]).estimate,
        Reach::Everywhere
    );
    assert_eq!(
        curve.threshold_for(0.9, &[0.3, 0.4]).estimate,
        Reach::Nowhere
    );
    assert_eq!(curve.threshold_for(0.9, &[]).estimate, Reach::Nowhere);
    // Equal scores stay together: the second of them would end it.
    let tied = [0.99, 0.5, 0.5];
    assert_eq!(curve.threshold_for(0.9, &tied).estimate, Reach::From(0.745));
}

#[test]
fn shares_of_bands_say_how_little_a_few_judgements_tell() {
    let share = wilson(9, 10);
    // Values of the formula, worked out by hand.
    assert!(
        (share.low - 0.5958).abs() < 1e-3 && (share.high - 0.9821).abs() < 1e-3,
        "{share:?}"
    );
    let none = wilson(0, 10);
    assert_eq!((none.estimate, none.low), (0.0, 0.0));
    assert!((none.high - 0.2775).abs() < 1e-3, "{none:?}");
    assert_eq!(score_band(0.95), Some(9));
    assert_eq!(
        (score_band(1.0), score_band(0.0), score_band(f32::NAN)),
        (Some(9), Some(0), None)
    );
}

proptest! {
    #[test]
    fn whatever_is_judged_shares_lie_between_0_and_1_in_order(
        scores in proptest::collection::vec((0.0..1.0_f32, any::<bool>()), 50..120),
        at in 0.0..1.0_f32,
    ) {
        let judged = scores.into_iter().map(|(score, is_true)| JudgedScore { score, is_true });
        if let Some(curve) = TruthCurve::fit(&judged.collect::<Vec<_>>()) {
            let share = curve.share_at(at);
            prop_assert!(0.0 <= share.low && share.low <= share.estimate);
            prop_assert!(share.estimate <= share.high && share.high <= 1.0);
        }
    }
}
