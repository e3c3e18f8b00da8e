//! Trains a classifier from examples.
//!
//! Runs on an engine worker for tens of milliseconds to about a second; asks a callback between its steps whether to
//! go on. Deterministic: the same examples and settings give the same classifier.

use std::ops::ControlFlow;

use ndarray::{Array2, Axis};

use super::choice::choose;
use super::cholesky::SolverError;
use super::cross_validation::{Stopped, calibrate, held_out_decisions, measure};
use super::folds::grouped_folds;
use super::machine::{Label, Machine, kernel_among};
use super::{Classifier, Counts, Example, FitSettings, Origin, Space};

/// Why no classifier could be trained.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FitError {
    #[error(
        "there is no example of the sound: confirm a region (P), or choose a class that has clips"
    )]
    NoPositives,
    #[error(
        "there is no example of what is not the sound: play more of the track, or mark a false hit as negative (N)"
    )]
    NoNegatives,
    #[error(
        "example {index} has {found} values where {expected} were expected: embed all examples with the same model"
    )]
    Dimensions {
        index: usize,
        expected: usize,
        found: usize,
    },
    #[error(
        "example {index} holds a value that is not a finite number: scan its recording again, which makes its embeddings again"
    )]
    NotFinite { index: usize },
    #[error(
        "{name} = {value} cannot be used for training: give a positive number, or keep the default"
    )]
    Setting { name: &'static str, value: f64 },
    #[error(
        "the training found no solution ({detail}): delete examples that are marked both as the sound and as not the sound, then train again"
    )]
    Solver { detail: String },
    #[error(
        "the training was cancelled, and the previous classifier stays in use: press Train to start again"
    )]
    Cancelled,
}

impl From<SolverError> for FitError {
    fn from(error: SolverError) -> Self {
        Self::Solver {
            detail: error.0.to_owned(),
        }
    }
}

/// Trains on all `examples`, as points of `space`. From one positive and one negative upward.
///
/// The scores are calibrated, and the metrics measured, on grouped folds (see [`Example::group`]). With fewer than two
/// groups of positives or of negatives nothing can be held out: then the scores come from a fixed sigmoid
/// ([`super::Calibration::Default`]) and there are no metrics. Nothing is ever measured on what was trained on.
///
/// `progress` gets 0 to 1 before every step; `Break` cancels.
///
/// # Errors
/// See [`FitError`]. Nothing is half done.
pub fn fit(
    examples: &[Example],
    space: &Space,
    settings: &FitSettings,
    progress: &mut dyn FnMut(f32) -> ControlFlow<()>,
) -> Result<Classifier, FitError> {
    check_settings(settings)?;
    let vectors = matrix(examples, space.dims())?;
    let chosen = choose(examples);
    let points = space.transform(vectors.select(Axis(0), &chosen).view());
    let examples_chosen = chosen.iter().filter_map(|index| examples.get(*index));
    let (origins, groups): (Vec<Origin>, Vec<u32>) =
        examples_chosen.map(|e| (e.origin, e.group)).unzip();
    let positive: Vec<bool> = origins.iter().map(|o| o.is_positive()).collect();
    let labels: Vec<Label> = origins
        .iter()
        .map(|origin| Label {
            positive: origin.is_positive(),
            weight: settings.weight_of(*origin),
        })
        .collect();

    let folds = grouped_folds(&positive, &groups, settings.folds, settings.seed);
    let steps = folds.len() + 1;
    let kernel = kernel_among(points.view(), settings);
    let mut ask = |done: usize| progress(done as f32 / steps as f32);
    let decisions = held_out_decisions(kernel.view(), &labels, &folds, settings, &mut ask)
        .map_err(|stopped| match stopped {
            Stopped::Cancelled => FitError::Cancelled,
            Stopped::Solver(error) => error.into(),
        })?;
    if ask(folds.len()).is_break() {
        return Err(FitError::Cancelled);
    }
    let machine = Machine::fit(points.view(), kernel.view(), &labels, settings)?;
    let sigmoid = calibrate(&decisions, &positive);
    let metrics = measure(&decisions, &origins, &sigmoid, folds.len());
    if ask(steps).is_break() {
        return Err(FitError::Cancelled);
    }
    Ok(Classifier {
        space: space.clone(),
        machine,
        sigmoid,
        counts: Counts::of(examples),
        metrics,
    })
}

fn check_settings(settings: &FitSettings) -> Result<(), FitError> {
    let given = [
        ("c", settings.c),
        ("gamma", settings.gamma),
        ("mark_weight", settings.mark_weight),
        ("mix_weight", settings.mix_weight),
    ];
    for (name, value) in given {
        if !(value.is_finite() && value > 0.0) {
            return Err(FitError::Setting { name, value });
        }
    }
    Ok(())
}

/// The examples' vectors as rows, once they are known to be all there, of the `expected` length, finite, and of both classes.
fn matrix(examples: &[Example], expected: usize) -> Result<Array2<f32>, FitError> {
    let positives = examples.iter().filter(|e| e.origin.is_positive()).count();
    if positives == 0 {
        return Err(FitError::NoPositives);
    }
    if positives == examples.len() {
        return Err(FitError::NoNegatives);
    }
    let mut values = Vec::with_capacity(examples.len() * expected);
    for (index, example) in examples.iter().enumerate() {
        let found = example.vector.len();
        if found != expected {
            return Err(FitError::Dimensions {
                index,
                expected,
                found,
            });
        }
        if example.vector.iter().any(|v| !v.is_finite()) {
            return Err(FitError::NotFinite { index });
        }
        values.extend_from_slice(&example.vector);
    }
    Array2::from_shape_vec((examples.len(), expected), values).map_err(|error| FitError::Solver {
        detail: error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classifier::Calibration;
    use crate::classifier::testing::{World, mean, space_of};

    const DIMS: usize = 32;

    fn train(examples: &[Example]) -> Classifier {
        fit(
            examples,
            &space_of(examples),
            &FitSettings::default(),
            &mut |_| ControlFlow::Continue(()),
        )
        .unwrap()
    }

    fn scores(classifier: &Classifier, mut draw: impl FnMut() -> Vec<f32>) -> Vec<f32> {
        let vectors: Vec<f32> = (0..100).flat_map(|_| draw()).collect();
        classifier.predict(&vectors)
    }

    #[test]
    fn ten_clips_tell_the_sound_from_the_background() {
        let mut world = World::new(1, DIMS);
        let classifier = train(&world.examples(10, 200));
        let (sound, rest) = (
            scores(&classifier, || world.a_sound()),
            scores(&classifier, || world.a_background()),
        );
        assert!(mean(&sound) > 0.7, "{}", mean(&sound));
        assert!(mean(&rest) < 0.1, "{}", mean(&rest));
        assert_eq!(classifier.calibration(), Calibration::HeldOut);
        let metrics = classifier.metrics().unwrap();
        assert_eq!(metrics.folds, 5);
        assert!(metrics.average_precision > 0.8, "{metrics:?}");
        assert!(metrics.best_f1_threshold > 0.0 && metrics.best_f1_threshold < 1.0);
    }

    #[test]
    fn figures_of_pure_noise_are_poor_because_nothing_leaks() {
        // Twenty "clips" that have nothing in common, each with nine near-identical copies in its group: folds that
        // split groups would score almost perfectly.
        let mut world = World::new(2, DIMS);
        let mut examples = world.examples(0, 200);
        for group in 0..20 {
            let clip = world.a_background();
            for _ in 0..10 {
                let vector = world.noise.near(&clip, 0.01);
                examples.push(Example {
                    vector,
                    origin: Origin::Clip,
                    group,
                });
            }
        }
        let classifier = train(&examples);
        let metrics = classifier.metrics().unwrap();
        assert!(metrics.average_precision < 0.7, "{metrics:?}");
    }

    #[test]
    fn marking_look_alikes_lowers_them_and_hardly_touches_the_sound() {
        let mut world = World::new(3, DIMS);
        let mut examples = world.examples(10, 200);
        let before = train(&examples);
        for group in 5000..5010 {
            let vector = world.a_look_alike();
            examples.push(Example {
                vector,
                origin: Origin::HardNegative,
                group,
            });
        }
        let after = train(&examples);
        let look_alikes: Vec<f32> = (0..100).flat_map(|_| world.a_look_alike()).collect();
        let sounds: Vec<f32> = (0..100).flat_map(|_| world.a_sound()).collect();
        let (alike_before, alike_after) = (
            mean(&before.predict(&look_alikes)),
            mean(&after.predict(&look_alikes)),
        );
        let (sound_before, sound_after) = (
            mean(&before.predict(&sounds)),
            mean(&after.predict(&sounds)),
        );
        assert!(
            alike_after < 0.5 * alike_before,
            "{alike_before} -> {alike_after}"
        );
        assert!(
            sound_after > 0.7 * sound_before,
            "{sound_before} -> {sound_after}"
        );
        assert_eq!(after.counts().hard_negatives, 10);
    }

    #[test]
    fn one_positive_is_enough_to_rank_and_uses_the_default_calibration() {
        let mut world = World::new(4, DIMS);
        let classifier = train(&world.examples(1, 100));
        assert_eq!(classifier.calibration(), Calibration::Default);
        assert!(classifier.metrics().is_none());
        let sound = mean(&scores(&classifier, || world.a_sound()));
        let rest = mean(&scores(&classifier, || world.a_background()));
        assert!(sound > rest + 0.3, "{sound} {rest}");
    }

    #[test]
    fn one_positive_and_one_negative_are_the_least_that_works() {
        let mut world = World::new(5, DIMS);
        let examples = [
            Example {
                vector: world.a_sound(),
                origin: Origin::Clip,
                group: 0,
            },
            Example {
                vector: world.a_background(),
                origin: Origin::Background,
                group: 1,
            },
        ];
        let scores = train(&examples)
            .predict(&[examples[0].vector.clone(), examples[1].vector.clone()].concat());
        assert!(scores[0] > scores[1]);
    }

    #[test]
    fn the_same_examples_give_the_same_bytes() {
        let examples = World::new(6, DIMS).examples(6, 80);
        assert_eq!(train(&examples).to_bytes(), train(&examples).to_bytes());
    }

    #[test]
    fn mixed_copies_are_trained_on_but_not_measured_on() {
        let mut world = World::new(7, DIMS);
        let mut examples = world.examples(6, 80);
        examples.retain(|e| e.origin != Origin::Clip);
        let classifier = train(&examples);
        assert_eq!(classifier.calibration(), Calibration::HeldOut);
        assert!(classifier.metrics().is_none());
    }

    #[test]
    fn what_cannot_be_learnt_from_is_refused_with_the_remedy() {
        let mut world = World::new(8, 4);
        let good = world.examples(2, 4);
        let refused = |examples: &[Example]| {
            fit(
                examples,
                &space_of(examples),
                &FitSettings::default(),
                &mut |_| ControlFlow::Continue(()),
            )
            .unwrap_err()
        };
        assert_eq!(refused(&[]), FitError::NoPositives);
        assert_eq!(refused(&good[4..]), FitError::NoPositives);
        assert_eq!(refused(&good[..4]), FitError::NoNegatives);

        let mut short = good.clone();
        short[3].vector.pop();
        assert_eq!(
            refused(&short),
            FitError::Dimensions {
                index: 3,
                expected: 4,
                found: 3
            }
        );
        let mut broken = good.clone();
        broken[5].vector[0] = f32::NAN;
        assert_eq!(refused(&broken), FitError::NotFinite { index: 5 });

        let settings = FitSettings {
            c: -1.0,
            ..FitSettings::default()
        };
        let error = fit(&good, &space_of(&good), &settings, &mut |_| {
            ControlFlow::Continue(())
        })
        .unwrap_err();
        assert_eq!(
            error,
            FitError::Setting {
                name: "c",
                value: -1.0
            }
        );
    }

    #[test]
    fn cancelling_stops_before_the_next_fold() {
        let examples = World::new(9, DIMS).examples(6, 60);
        let mut asked = Vec::new();
        let result = fit(
            &examples,
            &space_of(&examples),
            &FitSettings::default(),
            &mut |fraction| {
                asked.push(fraction);
                if asked.len() == 3 {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            },
        );
        assert_eq!(result, Err(FitError::Cancelled));
        assert_eq!(asked.len(), 3);
        assert!(asked.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
