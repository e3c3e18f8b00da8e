//! Keeps the sound out of the background.
//!
//! Background windows are unlabelled: some hold the very sound that is looked for. In a long recording a random sample of
//! them is nearly clean. In a short one the sample holds almost every window, and with it every occurrence that nobody has
//! marked yet; learned as "not the sound", they would be lost. So windows as similar to an example as examples are to each
//! other are left out (the "reliable negatives" of learning from positive and unlabelled data; Liu, Dai, Li, Lee and Yu,
//! *Building Text Classifiers Using Positive and Unlabeled Examples*, ICDM 2003).

/// Similarity above which a window is left out when there is one example only, so that nothing says how similar
/// examples are.
const LONE_EXAMPLE_SIMILARITY: f32 = 0.6;
/// An occurrence that nobody marked is rarely centred in its window, and so a little less similar than an example.
const SLACK: f32 = 0.7;
/// Never leaves out more than this share: what is left must still describe the recording.
const LARGEST_SHARE: f64 = 0.3;

/// Which of `background` may be learned from as not the sound. All are points of the training's space, of equal length.
/// `go_on` is asked between points, of which each takes as long as there are examples, and what it says against it is returned.
pub(super) fn unlike<E>(
    mut positives: Vec<Vec<f32>>,
    mut background: Vec<Vec<f32>>,
    go_on: &mut dyn FnMut() -> Result<(), E>,
) -> Result<Vec<bool>, E> {
    positives
        .iter_mut()
        .chain(&mut background)
        .for_each(|point| to_unit_length(point));
    let limit =
        usual_similarity(&positives, go_on)?.map_or(LONE_EXAMPLE_SIMILARITY, |usual| SLACK * usual);
    let mut similarities = Vec::with_capacity(background.len());
    for point in &background {
        go_on()?;
        similarities.push(nearest(point, positives.iter()));
    }
    let mut sorted = similarities.clone();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let most = (sorted.len() as f64 * LARGEST_SHARE) as usize;
    let floor = sorted.get(most).copied().unwrap_or(f32::INFINITY);
    Ok(similarities
        .iter()
        .map(|&similarity| similarity <= limit.max(floor))
        .collect())
}

/// How similar to its nearest fellow even the oddest example is.
fn usual_similarity<E>(
    positives: &[Vec<f32>],
    go_on: &mut dyn FnMut() -> Result<(), E>,
) -> Result<Option<f32>, E> {
    let mut usual: Option<f32> = None;
    for (index, vector) in positives.iter().enumerate() {
        go_on()?;
        let others = positives.iter().enumerate();
        let others = others.filter(|(other, _)| *other != index);
        let similarity = nearest(vector, others.map(|(_, other)| other));
        if similarity.is_finite() {
            usual = Some(usual.map_or(similarity, |usual| usual.min(similarity)));
        }
    }
    Ok(usual)
}

fn nearest<'a>(vector: &[f32], others: impl Iterator<Item = &'a Vec<f32>>) -> f32 {
    others
        .map(|other| vector.iter().zip(other).map(|(a, b)| a * b).sum())
        .fold(f32::NEG_INFINITY, f32::max)
}

/// So that a product of two points is their cosine.
fn to_unit_length(point: &mut [f32]) {
    let square: f32 = point.iter().map(|value| value * value).sum();
    let length = square.sqrt().max(1e-9);
    point.iter_mut().for_each(|value| *value /= length);
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    fn always() -> Result<(), Infallible> {
        Ok(())
    }

    /// Around a corner of the cube that `corner` names, a little off it.
    fn vector(corner: usize, random: &mut fastrand::Rng) -> Vec<f32> {
        (0..16)
            .map(|dim| if dim % 4 == corner { 0.75 } else { -0.25 } + 0.2 * random.f32() - 0.1)
            .collect()
    }

    #[test]
    fn unmarked_occurrences_of_the_sound_are_left_out_and_the_rest_stays() {
        let mut random = fastrand::Rng::with_seed(1);
        let positives: Vec<Vec<f32>> = (0..4).map(|_| vector(0, &mut random)).collect();
        let mut background: Vec<Vec<f32>> =
            (0..40).map(|i| vector(1 + i % 3, &mut random)).collect();
        background.extend((0..4).map(|_| vector(0, &mut random)));
        let kept = unlike(positives, background, &mut always).unwrap();
        assert!(
            kept[..40].iter().all(|kept| *kept),
            "a different sound was left out"
        );
        assert!(
            kept[40..].iter().filter(|kept| **kept).count() <= 1,
            "the sound was kept"
        );
    }

    #[test]
    fn however_alike_everything_is_most_of_the_background_stays() {
        let mut random = fastrand::Rng::with_seed(2);
        let positives = vec![vector(0, &mut random)];
        let background: Vec<Vec<f32>> = (0..50).map(|_| vector(0, &mut random)).collect();
        let kept = unlike(positives, background, &mut always).unwrap();
        assert!(kept.iter().filter(|kept| **kept).count() >= 35);
    }
}
