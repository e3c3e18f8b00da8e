//! A scan of an hour whose embeddings are cached, as after every training: map the file, score all windows, cut regions, save.

use std::num::NonZeroUsize;

use earmark_core::protocol::{JobControl, JobKind};
use earmark_core::store::StoreHandle;
use earmark_core::worker::Worker;

use super::effort::{Effort, say};
use super::material::{self, Failure};
use super::{Figure, side_by_side};

const HOURS: f64 = 1.0;
const ROUNDS: usize = 9;

pub fn measure(_: Effort) -> Result<Vec<Figure>, Failure> {
    let folder = tempfile::tempdir()?;
    // Never read: a rescan reads only the cache.
    let recording = material::write_recording(folder.path(), 1, 1)?;
    let manifest = material::manifest()?;
    let threads = material::all_cores();
    let config = material::config(folder.path(), threads)?;
    let store = StoreHandle::new(config.database.clone())?;
    material::save_some_classifier(&store, &manifest)?;
    let request = material::request(&recording, &manifest);
    say("filling the cache with an hour");
    material::save_embeddings(&config, &recording, &manifest, HOURS)?;
    let mut one_thread = config.clone();
    one_thread.inference_threads = Some(NonZeroUsize::MIN);
    let mut ours = Worker::new(config, store.clone());
    let mut theirs = Worker::new(one_thread, store);
    let scan = |worker: &mut Worker| -> Result<(), Failure> {
        // The cache is all that is left of the round before.
        worker.forget(&recording.path);
        worker.scan(&request, &JobControl::new(JobKind::Scanning))?;
        Ok(())
    };
    let (time, on_one) = side_by_side(ROUNDS, || scan(&mut ours), || scan(&mut theirs))?;
    let milliseconds = |time: std::time::Duration| time.as_secs_f64() * 1e3;
    Ok(vec![Figure {
        name: "rescan_1h_ms",
        value: milliseconds(time),
        unit: "ms",
        against: format!(
            "on one thread instead of {threads}: {:.0} ms",
            milliseconds(on_one)
        ),
        ratio: milliseconds(time) / milliseconds(on_one),
    }])
}
