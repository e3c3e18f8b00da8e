//! Bytes of classifiers: what is accepted gives scores from 0 to 1 or none, and is the same after it was written again.
#![no_main]

use earmark_core::classifier::Classifier;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(classifier) = Classifier::from_bytes(bytes) else {
        return;
    };
    let dims = classifier.dims();
    let rows = [0.0, -1.0, 0.5, 1e30, f32::MIN_POSITIVE, f32::NAN];
    let vectors: Vec<f32> = rows
        .iter()
        .flat_map(|value| std::iter::repeat_n(*value, dims))
        .collect();
    let scores = classifier.predict(&vectors);
    assert_eq!(scores.len(), rows.len());
    for score in &scores {
        assert!(score.is_nan() || (0.0..=1.0).contains(score), "{score}");
    }
    let again = Classifier::from_bytes(&classifier.to_bytes()).expect("what was written is read");
    let bits = |scores: &[f32]| {
        scores
            .iter()
            .map(|score| score.to_bits())
            .collect::<Vec<_>>()
    };
    assert_eq!(bits(&again.predict(&vectors)), bits(&scores));
    assert_eq!(again.to_bytes(), classifier.to_bytes());
    assert_eq!(again.counts(), classifier.counts());
});
