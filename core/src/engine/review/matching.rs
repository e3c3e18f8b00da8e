//! Which mark lies on which region. Pure.

use crate::store::{Clip, HardNegative, UnsureMark};
use crate::time::Span;

/// How long a hard negative is taken to be when the row does not say (8-cut's rows have a start only).
const UNSAID_LENGTH_S: f64 = 1.0;

/// The hard negatives on `region`: several when regions were fused, or when 8-cut marked a spot twice.
pub fn negatives_on(
    negatives: &[HardNegative],
    region: Span,
) -> impl Iterator<Item = &HardNegative> {
    negatives.iter().filter(move |negative| {
        negative
            .span(UNSAID_LENGTH_S)
            .is_some_and(|span| span.covers_most_of(region))
    })
}

/// The clips on `region`, of whatever class.
pub fn clips_on(clips: &[Clip], region: Span) -> impl Iterator<Item = &Clip> {
    clips
        .iter()
        .filter(move |clip| clip.span.covers_most_of(region))
}

/// The unsure marks on `region`.
pub fn unsure_on(unsure: &[UnsureMark], region: Span) -> impl Iterator<Item = &UnsureMark> {
    let unsure = unsure.iter();
    unsure.filter(move |mark| mark.span.covers_most_of(region))
}

/// The first hard negative on `region`, if any.
pub fn negative_on(negatives: &[HardNegative], region: Span) -> Option<&HardNegative> {
    negatives_on(negatives, region).next()
}

/// The first clip on `region`, if any.
pub fn clip_on(clips: &[Clip], region: Span) -> Option<&Clip> {
    clips_on(clips, region).next()
}

/// Whether a hard negative says just what one on `span` would: pressing twice is not marking twice.
pub fn is_marked(negatives: &[HardNegative], span: Span) -> bool {
    negatives
        .iter()
        .filter_map(|negative| negative.span(UNSAID_LENGTH_S))
        .any(|marked| marked.iou(span) >= 0.5)
}
