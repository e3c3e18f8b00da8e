//! Half-precision values, in memory or in a file of the cache. Pure but for the file that is mapped; worker threads.

use std::ops::Range;
use std::sync::Arc;

use half::f16;

use super::mapping::Mapping;

/// Half-precision values: in memory, or where the cache keeps them until one is changed.
#[derive(Clone, Default)]
pub(super) struct Vectors {
    /// A file of the cache and the bytes of it that hold the values; if there is one, `owned` is empty.
    mapped: Option<(Arc<Mapping>, Range<usize>)>,
    owned: Vec<f16>,
}

impl Vectors {
    /// The values in the bytes `range` of `mapping`; `None` when there are none to be.
    pub fn mapped(mapping: Arc<Mapping>, range: Range<usize>) -> Option<Self> {
        let bytes = mapping.bytes().get(range.clone())?;
        let (values, odd) = bytes.as_chunks();
        if !odd.is_empty() {
            return None;
        }
        // What was read instead of mapped may begin anywhere in memory.
        Some(match bytemuck::try_cast_slice::<u8, f16>(bytes) {
            Ok(_) => Self {
                mapped: Some((mapping, range)),
                owned: Vec::new(),
            },
            Err(_) => Self {
                mapped: None,
                owned: values
                    .iter()
                    .map(|&value| f16::from_ne_bytes(value))
                    .collect(),
            },
        })
    }

    pub fn values(&self) -> &[f16] {
        match &self.mapped {
            None => &self.owned,
            // Both were seen to hold when it was made.
            Some((mapping, range)) => mapping
                .bytes()
                .get(range.clone())
                .and_then(|bytes| bytemuck::try_cast_slice(bytes).ok())
                .unwrap_or_default(),
        }
    }

    /// The values to be changed, in memory from now on.
    pub fn owned(&mut self) -> &mut Vec<f16> {
        if self.mapped.is_some() {
            self.owned = self.values().to_vec();
            self.mapped = None;
        }
        &mut self.owned
    }
}

impl PartialEq for Vectors {
    fn eq(&self, other: &Self) -> bool {
        self.values() == other.values()
    }
}

impl std::fmt::Debug for Vectors {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.values().fmt(formatter)
    }
}
