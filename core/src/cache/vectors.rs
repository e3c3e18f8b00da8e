//! The bytes of vectors, in memory or in a file of the cache. Pure but for the file that is mapped; worker threads.

use std::ops::Range;
use std::sync::Arc;

use super::mapping::Mapping;

/// Bytes: in memory, or where the cache keeps them until one is changed.
#[derive(Clone, Default)]
pub(super) struct Vectors {
    /// A file of the cache and the part of it that holds the bytes; if there is one, `owned` is empty.
    mapped: Option<(Arc<Mapping>, Range<usize>)>,
    owned: Vec<u8>,
}

impl Vectors {
    /// The bytes `range` of `mapping`; `None` when it has no such bytes.
    pub fn mapped(mapping: Arc<Mapping>, range: Range<usize>) -> Option<Self> {
        mapping.bytes().get(range.clone())?;
        Some(Self {
            mapped: Some((mapping, range)),
            owned: Vec::new(),
        })
    }

    pub fn bytes(&self) -> &[u8] {
        match &self.mapped {
            None => &self.owned,
            // It was seen to hold when it was made.
            Some((mapping, range)) => mapping.bytes().get(range.clone()).unwrap_or_default(),
        }
    }

    /// The bytes to be changed, in memory from now on.
    pub fn owned(&mut self) -> &mut Vec<u8> {
        if self.mapped.is_some() {
            self.owned = self.bytes().to_vec();
            self.mapped = None;
        }
        &mut self.owned
    }
}

impl std::fmt::Debug for Vectors {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.bytes().fmt(formatter)
    }
}
