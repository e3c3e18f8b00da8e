//! The frequency bands of marks: entered with the mark that was drawn as a box, and gone when no mark is left on their stretch.

use super::Marks;
use crate::frequency::Band;
use crate::protocol::EngineError;
use crate::store::{BandId, NewMarkBand, StoreTransaction};
use crate::time::Span;

/// Keeps `band` for each of `spans`, in the place of those that are there.
pub(super) fn keep(
    tx: &mut StoreTransaction<'_>,
    (profile, filename): (&str, &str),
    spans: &[Span],
    band: Band,
) -> Result<(), EngineError> {
    let known = Marks::read(tx, profile, filename)?.bands;
    let mut ids: Vec<BandId> = spans
        .iter()
        .flat_map(|&span| known.on(span))
        .map(|band| band.id)
        .collect();
    ids.sort_unstable();
    ids.dedup();
    tx.remove_bands(&ids)?;
    let new: Vec<NewMarkBand<'_>> = spans
        .iter()
        .map(|&span| NewMarkBand {
            profile,
            filename,
            span,
            band,
        })
        .collect();
    Ok(tx.add_bands(&new)?)
}

/// Removes the bands of `filename` that no mark carries any more, whoever took the marks away.
pub(super) fn settle(
    tx: &mut StoreTransaction<'_>,
    (profile, filename): (&str, &str),
) -> Result<(), EngineError> {
    let marks = Marks::read(tx, profile, filename)?;
    let bands = marks.bands.rows.iter();
    let stray = bands.filter(|band| !marks.is_any_on(band.span));
    let stray: Vec<BandId> = stray.map(|band| band.id).collect();
    if !stray.is_empty() {
        tx.remove_bands(&stray)?;
    }
    Ok(())
}

/// As [`settle`], for each of several files.
pub(super) fn settle_all<'a>(
    tx: &mut StoreTransaction<'_>,
    profile: &str,
    filenames: impl Iterator<Item = &'a str>,
) -> Result<(), EngineError> {
    let filenames: std::collections::BTreeSet<&str> = filenames.collect();
    for filename in filenames {
        settle(tx, (profile, filename))?;
    }
    Ok(())
}
