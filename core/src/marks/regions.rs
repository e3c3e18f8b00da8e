//! Regions of a version disabled, merged and resized.
//!
//! No region is deleted: what a merge swallows is disabled, because a deleted region would come back as new when the
//! threshold moves and the version is cut anew from its scores.

use super::{Outcome, recording_of, versions};
use crate::protocol::{Change, EngineError, SeenRegion};
use crate::scan::shortest_region_s;
use crate::store::{RegionEdit, RegionId, RegionRow, StoreTransaction};
use crate::time::Span;
use crate::words::counted;

/// What times lose on their way through text and subtraction, in seconds.
const ROUNDING_S: f64 = 1e-6;

/// The regions that a change names, as the window showed them.
pub(super) struct Seen<'a> {
    pub change: &'a Change,
    pub regions: &'a [SeenRegion],
    /// Whether their numbers are from the database that is open.
    pub is_same_file: bool,
}

impl Seen<'_> {
    /// The rows as they are now; without those that are gone.
    ///
    /// # Errors
    /// When none is left: the version was deleted or pruned, or its regions were found anew.
    fn rows(&self, tx: &StoreTransaction<'_>) -> Result<Vec<RegionRow>, EngineError> {
        let (place, filename) = (
            &self.change.place,
            &recording_of(self.change)?.recording.filename,
        );
        let mut rows = Vec::new();
        for seen in self.regions {
            let Some(record) = tx.region(seen.id)? else {
                continue;
            };
            let is_there = record.filename == *filename
                && record.profile == place.profile
                && record.model == place.model;
            // In another database the number may be some other region's.
            if is_there && (self.is_same_file || record.row.span == seen.span) {
                rows.push(record.row);
            }
        }
        if !rows.is_empty() || self.regions.is_empty() {
            return Ok(rows);
        }
        let versions = tx.versions(filename, &place.profile, &place.model)?;
        let version = place.version.as_ref();
        if versions.iter().any(|one| Some(&one.timestamp) == version) {
            Err(EngineError::Vanished { what: "the region" })
        } else {
            Err(versions::gone(self.change))
        }
    }
}

/// Disables or enables the regions.
pub(super) fn disable(
    tx: &mut StoreTransaction<'_>,
    seen: &Seen<'_>,
    disabled: bool,
) -> Result<Outcome, EngineError> {
    let rows = seen.rows(tx)?;
    let ids: Vec<RegionId> = rows.iter().map(|row| row.id).collect();
    tx.set_disabled(&ids, disabled)?;
    let verb = if disabled { "disabling" } else { "enabling" };
    Ok(Outcome::labelled(format!(
        "{verb} {}",
        counted(ids.len(), "region")
    )))
}

/// Makes one region of several: the best one takes the span from the first start to the last end, the others are
/// disabled. One region alone is left as it is.
pub(super) fn merge(
    tx: &mut StoreTransaction<'_>,
    seen: &Seen<'_>,
) -> Result<Outcome, EngineError> {
    let rows = seen.rows(tx)?;
    tx.edit_regions(&merging(&rows)?)?;
    Ok(Outcome::labelled(format!(
        "merging {}",
        counted(rows.len(), "region")
    )))
}

/// Gives the region the part of `span` that lies within the recording.
///
/// # Errors
/// [`EngineError::OutsideRecording`] when nothing of the span lies there, [`EngineError::RegionTooShort`] when what lies
/// there is shorter than [`shortest_region_s`].
pub(super) fn resize(
    tx: &mut StoreTransaction<'_>,
    seen: &Seen<'_>,
    span: Span,
) -> Result<Outcome, EngineError> {
    let length_s = recording_of(seen.change)?.length_s;
    let span = Span::new(span.start_s().max(0.0), span.end_s().min(length_s))
        .map_err(|_| EngineError::OutsideRecording)?;
    for row in seen.rows(tx)? {
        let shortest_s = shortest_region_s(tx.hop_s_of(row.id)?);
        if span.duration_s() < shortest_s - ROUNDING_S {
            return Err(EngineError::RegionTooShort {
                length_s: span.duration_s(),
                shortest_s,
            });
        }
        tx.edit_regions(&[RegionEdit::Resize { id: row.id, span }])?;
    }
    Ok(Outcome::labelled("resizing a region"))
}

/// What is done to merge `regions`.
fn merging(regions: &[RegionRow]) -> Result<Vec<RegionEdit>, EngineError> {
    let best = regions.iter().max_by(|a, b| a.score.total_cmp(&b.score));
    let (Some(best), 2..) = (best, regions.len()) else {
        return Ok(Vec::new());
    };
    let start_s = regions.iter().map(|region| region.span.start_s());
    let end_s = regions.iter().map(|region| region.span.end_s());
    let span = Span::new(
        start_s.fold(f64::INFINITY, f64::min),
        end_s.fold(f64::NEG_INFINITY, f64::max),
    )?;
    // Disabled only if all were: what somebody wants to keep must not vanish in something better that was left out.
    let all_disabled = regions.iter().all(|region| region.disabled);
    let others = regions.iter().filter_map(|region| {
        let disabled = region.id != best.id || all_disabled;
        let id = region.id;
        (region.disabled != disabled).then_some(RegionEdit::Disable { id, disabled })
    });
    let widened = RegionEdit::Resize { id: best.id, span };
    Ok([widened].into_iter().chain(others).collect())
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
        let after = merging(&regions).unwrap();
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
    }

    #[test]
    fn one_region_alone_is_left_as_it_is() {
        let after = merging(&[region(1, 2.0, 0.6, false)]).unwrap();
        assert_eq!(after, []);
    }
}
