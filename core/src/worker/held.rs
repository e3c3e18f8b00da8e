//! The embeddings that the worker holds in memory, and how many of them. Worker thread; touches no disk.
//!
//! What a live scan follows stays until its instance goes. Everything else is in the cache on disk too, so it goes when too much is
//! held, the embeddings that were used longest ago first.

use std::collections::HashMap;
use std::path::PathBuf;

use crate::cache::{CacheKey, StepMap};
use crate::scan::WindowScores;
use crate::store::ClassifierId;

/// Bytes of vectors that are held at most, beside those of live scans: some 14 hours by the default model.
const MOST_BYTES: u64 = 512 << 20;

/// A recording's file and the key of the model.
pub(super) type Slot = (PathBuf, String);

/// A recording's embeddings, and how it is known that they still fit the file.
pub(super) struct HeldMap {
    pub map: StepMap,
    pub kept_true_by: Freshness,
    /// The live scan's scores and the classifiers they are by.
    pub scored: Vec<(ClassifierId, WindowScores)>,
    /// The live scan has scored the steps before this one, some of them early.
    pub scored_to: u64,
    /// Steps that had all of their context when the live scan last looked.
    pub settled: u64,
    /// When it was last used: the higher, the later.
    used: u64,
}

/// Who notices when the file changes.
pub(super) enum Freshness {
    /// The recorder reports every change of this take (see `live`).
    Events,
    /// The file must still have the length and date it had.
    File(CacheKey),
}

impl HeldMap {
    /// Embeddings of a file that nobody reports changes of.
    pub fn of_file(map: StepMap, key: CacheKey) -> Self {
        Self {
            kept_true_by: Freshness::File(key),
            ..Self::of_take(map)
        }
    }

    /// Embeddings of a take that the recorder writes.
    pub fn of_take(map: StepMap) -> Self {
        Self {
            map,
            kept_true_by: Freshness::Events,
            scored: Vec::new(),
            scored_to: 0,
            settled: 0,
            used: 0,
        }
    }

    fn may_go(&self) -> bool {
        matches!(self.kept_true_by, Freshness::File(_)) && self.map.is_saved()
    }
}

/// The embeddings in memory, by file and model key.
#[derive(Default)]
pub(super) struct Held {
    maps: HashMap<Slot, HeldMap>,
    uses: u64,
}

impl Held {
    pub fn contains(&self, slot: &Slot) -> bool {
        self.maps.contains_key(slot)
    }

    pub fn get(&self, slot: &Slot) -> Option<&HeldMap> {
        self.maps.get(slot)
    }

    /// Counts as a use.
    pub fn get_mut(&mut self, slot: &Slot) -> Option<&mut HeldMap> {
        self.uses += 1;
        let held = self.maps.get_mut(slot)?;
        held.used = self.uses;
        Some(held)
    }

    /// Holds `map`, and lets others go if they are too many.
    pub fn insert(&mut self, slot: Slot, map: HeldMap) {
        self.uses += 1;
        let used = self.uses;
        self.maps.insert(slot, HeldMap { used, ..map });
        self.shrink_to(MOST_BYTES);
    }

    pub fn remove(&mut self, slot: &Slot) {
        self.maps.remove(slot);
    }

    /// Keeps only those that `is_kept` says.
    pub fn retain(&mut self, mut is_kept: impl FnMut(&Slot) -> bool) {
        self.maps.retain(|slot, _| is_kept(slot));
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&Slot, &mut HeldMap)> {
        self.maps.iter_mut()
    }

    pub fn slots(&self) -> impl Iterator<Item = &Slot> {
        self.maps.keys()
    }

    /// Bytes of vectors.
    fn bytes(&self) -> u64 {
        self.maps.values().map(|held| held.map.bytes()).sum()
    }

    fn shrink_to(&mut self, most_bytes: u64) {
        let mut bytes = self.bytes();
        while bytes > most_bytes {
            let others = self.maps.iter().filter(|(_, held)| held.used < self.uses);
            let oldest = others
                .filter(|(_, held)| held.may_go())
                .min_by_key(|(_, held)| held.used);
            let Some((slot, held)) = oldest else {
                return;
            };
            bytes -= held.map.bytes();
            let slot = slot.clone();
            self.maps.remove(&slot);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::{EmbeddingCache, RowLayout};

    /// Bytes of one map of these tests.
    const EACH: u64 = (8 + 8) * 100;

    fn map() -> StepMap {
        let mut map = StepMap::new(RowLayout::new([8]));
        map.insert(0, &[0.5; 8 * 100]);
        map
    }

    fn key() -> CacheKey {
        CacheKey {
            recording: String::new(),
            fingerprint: String::new(),
            model_sha256: String::new(),
        }
    }

    /// Embeddings of a file, saved in a cache of their own.
    fn saved() -> HeldMap {
        let folder = tempfile::tempdir().unwrap();
        let mut map = map();
        let cache = EmbeddingCache::new(folder.path().to_owned());
        cache.save(&key(), &mut map).unwrap();
        HeldMap::of_file(map, key())
    }

    fn slot(name: &str) -> Slot {
        (PathBuf::from(name), String::from("AISFX"))
    }

    fn held(names: &[&str]) -> Held {
        let mut held = Held::default();
        for name in names {
            held.insert(slot(name), saved());
        }
        held
    }

    fn left(held: &Held) -> Vec<&str> {
        let mut left: Vec<&str> = held.slots().filter_map(|(path, _)| path.to_str()).collect();
        left.sort_unstable();
        left
    }

    #[test]
    fn what_was_used_longest_ago_goes_until_no_more_is_held_than_allowed() {
        let mut held = held(&["a", "b", "c", "d"]);
        assert_eq!(held.bytes(), 4 * EACH);
        held.get_mut(&slot("a")).unwrap();
        held.shrink_to(2 * EACH);
        assert_eq!(held.bytes(), 2 * EACH);
        assert_eq!(left(&held), ["a", "d"]);
    }

    #[test]
    fn what_is_followed_live_or_not_in_the_cache_yet_stays() {
        let mut held = held(&["a", "b", "c"]);
        held.insert(slot("live"), HeldMap::of_take(map()));
        held.get_mut(&slot("b")).unwrap().map.insert(7, &[0.25; 8]);
        held.get_mut(&slot("c")).unwrap();
        held.shrink_to(0);
        assert_eq!(left(&held), ["b", "c", "live"], "the last one is in use");
    }
}
