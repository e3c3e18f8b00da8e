//! Editing the regions of a version: merging and resizing, so that it can be taken back.
//!
//! Nothing is deleted: what a merge swallows is disabled, because a deleted region would come back as new when the
//! threshold moves and the version is cut anew from its scores.

use super::{Deed, Reviewer, Step, counted};
use crate::protocol::EngineError;
use crate::scan::shortest_region_s;
use crate::store::{RegionEdit, RegionRow};
use crate::time::Span;

/// What times lose on their way through text and subtraction, in seconds.
const ROUNDING_S: f64 = 1e-6;

impl Reviewer {
    /// Makes one region of `regions`: the best one takes the span from the first start to the last end, the others are
    /// disabled. Fewer than two regions are left as they are.
    ///
    /// # Errors
    /// When the database refuses; then nothing has changed.
    pub fn merge(&self, regions: &[RegionRow]) -> Result<Deed, EngineError> {
        let (before, after) = merging(regions)?;
        self.edit(
            format!("merging {}", counted(regions.len(), "region")),
            before,
            after,
        )
    }

    /// Gives `region` the part of `span` that lies within the recording's first `length_s` seconds.
    ///
    /// # Errors
    /// [`EngineError::OutsideRecording`] when nothing of the span lies there, [`EngineError::RegionTooShort`] when what
    /// lies there is shorter than [`shortest_region_s`], or when the database refuses.
    pub fn resize(
        &self,
        region: &RegionRow,
        span: Span,
        length_s: f64,
    ) -> Result<Deed, EngineError> {
        let outside = |_| EngineError::OutsideRecording;
        let span =
            Span::new(span.start_s().max(0.0), span.end_s().min(length_s)).map_err(outside)?;
        let hop_s = self.store.with(|store| store.hop_s_of(region.id))?;
        let shortest_s = shortest_region_s(hop_s);
        if span.duration_s() < shortest_s - ROUNDING_S {
            return Err(EngineError::RegionTooShort {
                length_s: span.duration_s(),
                shortest_s,
            });
        }
        let to = |span| RegionEdit::Resize {
            id: region.id,
            span,
        };
        self.edit(
            String::from("resizing a region"),
            vec![to(region.span)],
            vec![to(span)],
        )
    }

    fn edit(
        &self,
        what: String,
        before: Vec<RegionEdit>,
        after: Vec<RegionEdit>,
    ) -> Result<Deed, EngineError> {
        if !after.is_empty() {
            let found = self.store.with(|store| store.edit_regions(&after))?;
            if found == 0 {
                return Err(EngineError::Vanished { what: "the region" });
            }
        }
        Ok(Deed {
            what,
            steps: vec![Step::Edited { before, after }],
        })
    }
}

/// What is done to merge `regions`, and what takes it back.
fn merging(regions: &[RegionRow]) -> Result<(Vec<RegionEdit>, Vec<RegionEdit>), EngineError> {
    let best = regions.iter().max_by(|a, b| a.score.total_cmp(&b.score));
    let (Some(best), 2..) = (best, regions.len()) else {
        return Ok((Vec::new(), Vec::new()));
    };
    let start_s = regions.iter().map(|region| region.span.start_s());
    let end_s = regions.iter().map(|region| region.span.end_s());
    let union = Span::new(
        start_s.fold(f64::INFINITY, f64::min),
        end_s.fold(f64::NEG_INFINITY, f64::max),
    )?;
    let resize = |span| RegionEdit::Resize { id: best.id, span };
    let (mut before, mut after) = (vec![resize(best.span)], vec![resize(union)]);
    // Disabled only if all were: what somebody wants to keep must not vanish in something better that was left out.
    let all_disabled = regions.iter().all(|region| region.disabled);
    for region in regions {
        let disabled = region.id != best.id || all_disabled;
        if region.disabled != disabled {
            let set = |disabled| RegionEdit::Disable {
                id: region.id,
                disabled,
            };
            before.push(set(region.disabled));
            after.push(set(disabled));
        }
    }
    Ok((before, after))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::RegionId;

    fn region(id: i64, start_s: f64, score: f32, disabled: bool) -> RegionRow {
        RegionRow {
            id: RegionId(id),
            span: Span::new(start_s, start_s + 1.0).unwrap(),
            score,
            disabled,
            original: None,
        }
    }

    #[test]
    fn the_best_region_takes_the_span_of_all_and_the_others_are_disabled() {
        let regions = [
            region(1, 2.0, 0.6, false),
            region(2, 4.0, 0.9, true),
            region(3, 7.0, 0.7, false),
        ];
        let (before, after) = merging(&regions).unwrap();
        let resize = |start_s, end_s| RegionEdit::Resize {
            id: RegionId(2),
            span: Span::new(start_s, end_s).unwrap(),
        };
        let disable = |id, disabled| RegionEdit::Disable {
            id: RegionId(id),
            disabled,
        };
        assert_eq!(
            after,
            [
                resize(2.0, 8.0),
                disable(1, true),
                disable(2, false),
                disable(3, true)
            ]
        );
        assert_eq!(
            before,
            [
                resize(4.0, 5.0),
                disable(1, false),
                disable(2, true),
                disable(3, false)
            ]
        );
    }

    #[test]
    fn one_region_alone_is_left_as_it_is() {
        assert_eq!(
            merging(&[region(1, 2.0, 0.6, false)]).unwrap(),
            (Vec::new(), Vec::new())
        );
    }
}
