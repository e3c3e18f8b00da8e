//! What was found of the other sounds of the watch list in the shown take. Plain values.

use std::sync::Arc;

use crate::protocol::{RegionView, SoundView};
use crate::scan::RegionShape;

/// The sounds beside that of the shown profile, and their regions in the shown take.
pub(in crate::engine::coordinator) struct OtherSounds {
    /// All sounds by name, with that of the shown profile.
    pub sounds: Arc<Vec<SoundView>>,
    /// In their order.
    pub shapes: Vec<RegionShape>,
    /// Regions and marks of the other sounds.
    pub regions: Vec<RegionView>,
    /// The same with those of the shown profile as they were read, by start.
    pub all: Arc<Vec<RegionView>>,
}

impl OtherSounds {
    /// The regions of the shown profile, `own`, among those of the others, by start.
    pub fn with(&self, own: Vec<RegionView>) -> Vec<RegionView> {
        let mut all = self.regions.clone();
        all.extend(self.as_own(own));
        all.sort_by(|a, b| a.span.start_s().total_cmp(&b.span.start_s()));
        all
    }

    /// `regions` as those of the shown profile.
    pub fn as_own(&self, regions: Vec<RegionView>) -> impl Iterator<Item = RegionView> {
        let mut numbered = (0..).zip(self.sounds.iter());
        let own = numbered.find(|(_, sound)| sound.is_shown);
        let sound = own.map_or(0, |(number, _)| number);
        regions
            .into_iter()
            .map(move |region| RegionView { sound, ..region })
    }
}
