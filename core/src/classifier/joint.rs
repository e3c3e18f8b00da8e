//! Several classifiers of one space that score the same windows at once. Pure; any thread. It must never score otherwise than each
//! classifier does by itself, but for rounding.
//!
//! Classifiers that were trained beside the same recordings have learned from much of the same background. The kernel, which takes most
//! of the time, is computed once for each example, however many of them know it.

use std::collections::HashMap;
use std::sync::Arc;

use ndarray::{Array1, Array2, ArrayView2};

use super::Classifier;
use super::machine::{kernel, squares};
use super::space::Space;

/// Classifiers whose [spaces](Classifier::space) have one identity.
pub struct Joint {
    classifiers: Vec<Arc<Classifier>>,
    /// What several of them share; empty for a single one, which scores as it does by itself.
    kernels: Vec<SharedKernel>,
}

/// The machines with one width of the kernel.
struct SharedKernel {
    /// Which of the classifiers they belong to.
    heads: Vec<usize>,
    /// Every example that any of them knows, once; one row each.
    support: Array2<f32>,
    support_squares: Array1<f32>,
    width: f64,
    /// One column for each machine: the weights of the examples, 0 where it does not know one.
    alphas: Array2<f32>,
    rhos: Vec<f32>,
}

impl Joint {
    /// `classifiers` of one space, of which there is at least one.
    pub fn new(classifiers: Vec<Arc<Classifier>>) -> Self {
        let mut by_width: Vec<(f64, Vec<usize>)> = Vec::new();
        if classifiers.len() > 1 {
            for (head, classifier) in classifiers.iter().enumerate() {
                let width = classifier.machine.width();
                match by_width.iter_mut().find(|(known, _)| *known == width) {
                    Some((_, heads)) => heads.push(head),
                    None => by_width.push((width, vec![head])),
                }
            }
        }
        let kernels = by_width.into_iter();
        let kernels = kernels.map(|(width, heads)| SharedKernel::new(width, heads, &classifiers));
        Self {
            kernels: kernels.collect(),
            classifiers,
        }
    }

    /// Where they compare windows.
    pub fn space(&self) -> Option<&Space> {
        self.classifiers.first().map(|first| first.space())
    }

    /// The scores by each classifier, as [`Classifier::predict`] gives them.
    pub fn predict(&self, vectors: &[f32]) -> Vec<Vec<f32>> {
        match (self.classifiers.as_slice(), self.space()) {
            ([only], _) => vec![only.predict(vectors)],
            (_, Some(space)) => self.predict_points(&space.points(vectors)),
            (_, None) => Vec::new(),
        }
    }

    /// The scores by each classifier, as [`Classifier::predict_points`] gives them.
    pub fn predict_points(&self, points: &[f32]) -> Vec<Vec<f32>> {
        if let [only] = self.classifiers.as_slice() {
            return vec![only.predict_points(points)];
        }
        let dims = self.space().map_or(1, Space::point_dims);
        let rows = points.len() / dims;
        let whole = points.get(..rows * dims).unwrap_or_default();
        let mut scores = vec![Vec::new(); self.classifiers.len()];
        let Ok(points) = ArrayView2::from_shape((rows, dims), whole) else {
            return scores;
        };
        for shared in &self.kernels {
            let decisions = shared.decisions(points);
            let columns = decisions.columns().into_iter().zip(&shared.heads);
            for (column, &head) in columns {
                if let (Some(scores), Some(classifier)) =
                    (scores.get_mut(head), self.classifiers.get(head))
                {
                    *scores = classifier.scores(column.to_vec());
                }
            }
        }
        scores
    }
}

impl SharedKernel {
    fn new(width: f64, heads: Vec<usize>, classifiers: &[Arc<Classifier>]) -> Self {
        let mut rows: HashMap<Vec<u32>, usize> = HashMap::new();
        let mut values: Vec<f32> = Vec::new();
        // Row, column and weight.
        let mut weights: Vec<(usize, usize, f32)> = Vec::new();
        let mut rhos = Vec::new();
        let mut dims = 0;
        for (column, classifier) in heads
            .iter()
            .filter_map(|&at| classifiers.get(at))
            .enumerate()
        {
            let machine = &classifier.machine;
            dims = machine.support().ncols();
            rhos.push(machine.rho() as f32);
            for (example, alpha) in machine.support().rows().into_iter().zip(machine.alphas()) {
                let bits = example.iter().map(|value| value.to_bits()).collect();
                let next = rows.len();
                let row = *rows.entry(bits).or_insert_with(|| {
                    values.extend(example);
                    next
                });
                weights.push((row, column, *alpha));
            }
        }
        let mut alphas = Array2::zeros((rows.len(), rhos.len()));
        for (row, column, weight) in weights {
            // A machine may know an example twice.
            if let Some(alpha) = alphas.get_mut((row, column)) {
                *alpha += weight;
            }
        }
        let support = Array2::from_shape_vec((rows.len(), dims), values);
        let support = support.unwrap_or_else(|_| Array2::zeros((0, dims)));
        Self {
            support_squares: squares(support.view()),
            heads,
            support,
            width,
            alphas,
            rhos,
        }
    }

    /// One column for each machine.
    fn decisions(&self, points: ArrayView2<'_, f32>) -> Array2<f32> {
        let support = self.support.view();
        let kernel = kernel(points, support, &self.support_squares, self.width);
        let mut decisions = kernel.dot(&self.alphas);
        for (mut column, rho) in decisions.columns_mut().into_iter().zip(&self.rhos) {
            column.mapv_inplace(|decision| decision - rho);
        }
        decisions
    }
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use super::*;
    use crate::classifier::testing::Noise;
    use crate::classifier::{Compression, Example, FitSettings, Origin, View, fit};

    const DIMS: usize = 12;

    fn fitted(space: &Space, positives: &[Vec<f32>], background: &[Vec<f32>]) -> Arc<Classifier> {
        let example = |(group, (vector, origin)): (usize, (&Vec<f32>, Origin))| Example {
            vector: vector.clone(),
            origin,
            group: group as u32,
        };
        let positives = positives.iter().map(|vector| (vector, Origin::Clip));
        let background = background.iter().map(|vector| (vector, Origin::Background));
        let examples: Vec<Example> = positives
            .chain(background)
            .enumerate()
            .map(example)
            .collect();
        let go_on = &mut |_| ControlFlow::Continue(());
        Arc::new(fit(&examples, space, &FitSettings::default(), go_on).unwrap())
    }

    #[test]
    fn several_classifiers_at_once_score_as_each_does_by_itself_and_compare_with_what_they_share_once()
     {
        let mut noise = Noise::new(5);
        let mut vectors = |count: usize, offset: f32| -> Vec<Vec<f32>> {
            let vector = |_| (0..DIMS).map(|_| noise.normal() + offset).collect();
            (0..count).map(vector).collect()
        };
        let background = vectors(60, 0.0);
        let sounds: Vec<Vec<Vec<f32>>> = (1..4).map(|nth| vectors(8, nth as f32)).collect();
        let windows: Vec<f32> = vectors(50, 1.0).concat();
        let view = View {
            dims: DIMS,
            compression: Compression::None,
        };
        let space = Space::learn(&background.concat(), &[view]);
        let alone: Vec<Arc<Classifier>> = sounds
            .iter()
            .map(|sound| fitted(&space, sound, &background))
            .collect();
        let joint = Joint::new(alone.clone());
        let together = joint.predict(&windows);
        assert_eq!(together.len(), alone.len());
        for (scores, classifier) in together.iter().zip(&alone) {
            let expected = classifier.predict(&windows);
            assert_eq!(scores.len(), expected.len());
            for (score, expected) in scores.iter().zip(expected) {
                assert!((score - expected).abs() < 1e-5, "{score} {expected}");
            }
        }
        let [shared] = joint.kernels.as_slice() else {
            panic!("one width")
        };
        assert_eq!(shared.support.nrows(), background.len() + 3 * 8);
        // A single classifier scores to the bit as it always has.
        let first = alone.first().unwrap();
        let single = Joint::new(vec![Arc::clone(first)]).predict(&windows);
        assert_eq!(single, [first.predict(&windows)]);
    }

    #[test]
    fn a_window_that_is_not_whole_has_no_score_by_any_of_them() {
        let view = View {
            dims: 1,
            compression: Compression::None,
        };
        let space = Space::learn(&[0.1, 0.2, 0.3], &[view]);
        let sound = [vec![1.0], vec![-1.0]];
        let one = fitted(&space, &sound, &[vec![0.0], vec![0.1]]);
        let two = fitted(&space, &sound, &[vec![0.0], vec![0.2]]);
        let joint = Joint::new(vec![one, two]);
        for scores in joint.predict(&[f32::NAN, 1.0]) {
            assert_eq!(scores.len(), 2);
            assert!(scores[0].is_nan() && scores[1].is_finite(), "{scores:?}");
        }
    }
}
