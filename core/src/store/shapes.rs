//! How scores become regions besides the threshold, by profile and model.

use rusqlite::OptionalExtension as _;

use super::{Store, StoreError};
use crate::scan::RegionShape;

const GET: &str =
    "SELECT fuse_gap_s, min_length_s FROM region_shapes WHERE profile = ?1 AND model = ?2";
const SET: &str =
    "INSERT INTO region_shapes (profile, model, fuse_gap_s, min_length_s) VALUES (?1, ?2, ?3, ?4)
     ON CONFLICT (profile, model) DO UPDATE
     SET fuse_gap_s = excluded.fuse_gap_s, min_length_s = excluded.min_length_s";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[GET, SET];

impl Store {
    /// The shape that regions of `model` in `profile` are given; the default until the user chooses one.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn region_shape(&self, profile: &str, model: &str) -> Result<RegionShape, StoreError> {
        let found = self.read(|db| {
            db.prepare_cached(GET)?
                .query_row((profile, model), |row| {
                    Ok(RegionShape::new(row.get(0)?, row.get(1)?))
                })
                .optional()
        })?;
        Ok(found.unwrap_or_default())
    }

    /// Gives regions that shape from now on; versions that are saved stay as they are.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn set_region_shape(
        &mut self,
        profile: &str,
        model: &str,
        shape: RegionShape,
    ) -> Result<(), StoreError> {
        let (fuse_gap_s, min_length_s) = (shape.fuse_gap_s(), shape.min_length_s());
        self.write(|tx| {
            tx.prepare_cached(SET)?
                .execute((profile, model, fuse_gap_s, min_length_s))?;
            Ok(())
        })
    }
}
