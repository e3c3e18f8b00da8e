//! The space that a training compares windows in: learned from a random sample of the searched recordings' windows, whatever
//! they are marked as, so that all sounds that are learned beside these recordings have the same one, bit for bit, in whatever order
//! and however often they are trained. Worker thread; it must never look at a mark.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::Worker;
use super::draw::{Draw, Place};
use super::embeddings::{Wanted, window_vector};
use super::views::views_of;
use crate::classifier::{Example, Space};
use crate::embed::Manifest;
use crate::job::JobControl;
use crate::protocol::EngineError;
use crate::recording::Recording;

/// Windows that are looked at, of a library of any size: twice as many gain nothing (`docs/learning.md`).
const POOL_WINDOWS: usize = 4_000;
/// Fewer windows than this say too little of how sounds vary: the examples are looked at too.
const FEWEST_WINDOWS: usize = 60;
/// Spaces that are kept for the next training: some megabytes each.
const MOST_SPACES: usize = 4;
/// Fixed, so that the same recordings always make the same space.
const SALT: u64 = 0x5EA0;

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
        let name = name_of(manifest, heard)?;
        if let Some((_, known)) = self.spaces.iter().find(|(known, _)| *known == name) {
            return Ok(Arc::clone(known));
        }
        let mut pool = self.pool_of(manifest, heard, job)?;
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

    /// The vectors of the windows that the space of `heard` is learned from, row by row. Each recording is opened once.
    fn pool_of(
        &mut self,
        manifest: &Manifest,
        heard: &[Heard],
        job: &JobControl,
    ) -> Result<Vec<f32>, EngineError> {
        let dims = manifest.dims();
        let places = sample(heard);
        let mut by_recording: Vec<(usize, Place)> = places.iter().copied().enumerate().collect();
        by_recording.sort_unstable_by_key(|&(_, place)| place);
        let mut pool = vec![f32::NAN; places.len() * dims];
        for of_one in by_recording.chunk_by(|(_, a), (_, b)| a.recording == b.recording) {
            job.go_on()?;
            let first = of_one
                .first()
                .and_then(|(_, place)| heard.get(place.recording));
            let Some(Heard { recording, .. }) = first else {
                continue;
            };
            let map = self.embeddings(recording, manifest.key(), &Wanted::NOTHING, job)?;
            for (row, place) in of_one {
                let vector = window_vector(map, manifest, place.start);
                let slot = pool.get_mut(row * dims..(row + 1) * dims);
                if let (Some(vector), Some(slot)) = (vector.filter(|it| it.len() == dims), slot) {
                    slot.copy_from_slice(&vector);
                }
            }
        }
        Ok(pool)
    }
}

/// The same for the same state of the same recordings, in whatever order.
fn name_of(manifest: &Manifest, heard: &[Heard]) -> Result<[u8; 32], EngineError> {
    let mut of_each: Vec<(String, u64)> = Vec::with_capacity(heard.len());
    for Heard { recording, windows } in heard {
        of_each.push((recording.content_name(manifest.sha256())?, *windows));
    }
    of_each.sort_unstable();
    let mut name = Sha256::new();
    for (content, windows) in of_each {
        name.update(content);
        name.update(windows.to_le_bytes());
    }
    Ok(name.finalize().into())
}

/// At most [`POOL_WINDOWS`] of all windows. Their order depends on them alone, because sums are rounded in the order of their terms.
fn sample(heard: &[Heard]) -> Vec<Place> {
    let mut draw = Draw::of_at_most(POOL_WINDOWS, SALT);
    for (index, Heard { recording, windows }) in heard.iter().enumerate() {
        draw.offer(index, &recording.filename, 0..*windows);
    }
    draw.chosen()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(windows: &[u64]) -> Vec<Heard> {
        let recording = |(number, &windows): (usize, &u64)| Heard {
            recording: Recording {
                filename: format!("{number}.wav"),
                path: String::new().into(),
            },
            windows,
        };
        windows.iter().enumerate().map(recording).collect()
    }

    #[test]
    fn a_library_is_sampled_by_length_and_a_short_recording_whole() {
        let mut all = sample(&heard(&[3, 0, 2]));
        all.sort_unstable();
        let starts: Vec<(usize, u64)> = all.iter().map(|it| (it.recording, it.start)).collect();
        assert_eq!(starts, [(0, 0), (0, 1), (0, 2), (2, 0), (2, 1)]);
        let some = sample(&heard(&[1_000_000, 10, 3_000_000]));
        assert_eq!(some.len(), POOL_WINDOWS);
        let of_first = some.iter().filter(|place| place.recording == 0).count();
        assert!((900..1_100).contains(&of_first), "{of_first}");
    }
}
