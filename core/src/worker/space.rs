//! The space that a training compares windows in: learned from a random sample of the searched recordings' windows, whatever
//! they are marked as, so that it can be used again until one of the recordings changes.

use std::collections::BTreeSet;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::Worker;
use super::embeddings::{Wanted, window_vector};
use super::views::views_of;
use crate::classifier::{Example, Space};
use crate::embed::Manifest;
use crate::job::JobControl;
use crate::protocol::EngineError;
use crate::recording::Recording;

/// Windows that are looked at, of a library of any size: twice as many gain nothing (`docs/learning.md`).
const POOL_WINDOWS: u64 = 4_000;
/// Fewer windows than this say too little of how sounds vary: the examples are looked at too.
const FEWEST_WINDOWS: usize = 60;
/// Spaces that are kept for the next training: some megabytes each.
const MOST_SPACES: usize = 4;
/// Fixed, so that the same recordings always make the same space.
const SEED: u64 = 0x5EA0;

/// The spaces of earlier trainings, by the checksum of everything that they were learned from; the newest last.
pub(super) type KeptSpaces = Vec<([u8; 32], Arc<Space>)>;

/// A recording whose windows may be looked at, and how many it has.
pub(super) struct Heard {
    pub recording: Recording,
    pub windows: u64,
}

impl Worker {
    /// The space of the windows in `heard`, which are embedded, and of `examples` where there are few.
    pub(super) fn space_of(
        &mut self,
        manifest: &Manifest,
        heard: &[Heard],
        examples: &[Example],
        job: &JobControl,
    ) -> Result<Arc<Space>, EngineError> {
        let mut name = Sha256::new();
        for Heard { recording, windows } in heard {
            name.update(recording.content_name(manifest.sha256())?);
            name.update(windows.to_le_bytes());
        }
        let name: [u8; 32] = name.finalize().into();
        if let Some((_, known)) = self.spaces.iter().find(|(known, _)| *known == name) {
            return Ok(Arc::clone(known));
        }
        let mut pool = Vec::new();
        for (index, starts) in sample(heard) {
            job.go_on()?;
            let Some(Heard { recording, .. }) = heard.get(index) else {
                continue;
            };
            let map = self.embeddings(recording, manifest.key(), &Wanted::NOTHING, job)?;
            for start in starts {
                pool.extend(window_vector(map, manifest, start).unwrap_or_default());
            }
        }
        let is_small = pool.len() < FEWEST_WINDOWS * manifest.dims();
        if is_small {
            pool.extend(examples.iter().flat_map(|example| &example.vector));
        }
        let space = Space::learn_while(&pool, &views_of(manifest), &mut || job.proceed());
        let space = Arc::new(space.ok_or(EngineError::Cancelled)?);
        if !is_small {
            self.spaces.push((name, Arc::clone(&space)));
            let surplus = self.spaces.len().saturating_sub(MOST_SPACES);
            self.spaces.drain(..surplus);
        }
        Ok(space)
    }
}

/// At most [`POOL_WINDOWS`] of all windows, by the recording's index.
fn sample(heard: &[Heard]) -> Vec<(usize, Vec<u64>)> {
    let total: u64 = heard.iter().map(|one| one.windows).sum();
    let chosen: BTreeSet<u64> = if total <= POOL_WINDOWS {
        (0..total).collect()
    } else {
        let mut random = fastrand::Rng::with_seed(SEED);
        let mut chosen = BTreeSet::new();
        while (chosen.len() as u64) < POOL_WINDOWS {
            chosen.insert(random.u64(0..total));
        }
        chosen
    };
    let mut first = 0;
    let by_recording = heard.iter().enumerate().map(|(index, one)| {
        let end = first + one.windows;
        let starts = chosen.range(first..end).map(|window| window - first);
        let starts: Vec<u64> = starts.collect();
        first = end;
        (index, starts)
    });
    by_recording
        .filter(|(_, starts)| !starts.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(windows: &[u64]) -> Vec<Heard> {
        let recording = |&windows: &u64| Heard {
            recording: Recording {
                filename: String::new(),
                path: String::new().into(),
            },
            windows,
        };
        windows.iter().map(recording).collect()
    }

    #[test]
    fn a_library_is_sampled_by_length_and_a_short_recording_whole() {
        let all = sample(&heard(&[3, 0, 2]));
        assert_eq!(all, [(0, vec![0, 1, 2]), (2, vec![0, 1])]);
        let some = sample(&heard(&[1_000_000, 10, 3_000_000]));
        let counts: Vec<usize> = some.iter().map(|(_, starts)| starts.len()).collect();
        assert_eq!(counts.iter().sum::<usize>() as u64, POOL_WINDOWS);
        assert!((900..1_100).contains(&counts[0]), "{counts:?}");
        assert!(some.iter().all(|(_, starts)| starts.is_sorted()));
    }
}
