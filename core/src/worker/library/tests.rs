//! That a search which is interrupted again and again finds what an undisturbed one finds.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{SimilarRequest, SimilarScope, SimilarWork};
use crate::config::Config;
use crate::job::JobControl;
use crate::protocol::{EngineError, Example, JobKind};
use crate::recording::Recording;
use crate::store::StoreHandle;
use crate::time::Span;
use crate::worker::Worker;

const RATE_HZ: u32 = 44_100;

/// A chirp in a little noise, at this second of five.
fn write(folder: &Path, name: &str, at_s: f64) -> PathBuf {
    let mut dice = fastrand::Rng::with_seed(name.len() as u64);
    let path = folder.join(name);
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: RATE_HZ,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut writer = hound::WavWriter::create(&path, spec).unwrap();
    for index in 0..5 * RATE_HZ {
        let time_s = f64::from(index) / f64::from(RATE_HZ) - at_s;
        let chirp = match (0.0..0.8).contains(&time_s) {
            true => (2_000.0 * time_s * (3.0 + 4.0 * time_s)).sin() as f32,
            false => 0.0,
        };
        let sample = 0.3 * chirp + 0.01 * (dice.f32() - 0.5);
        writer.write_sample(sample).unwrap();
    }
    writer.finalize().unwrap();
    path
}

fn worker(folder: &Path) -> Worker {
    let mut config = Config::from_environment().unwrap();
    config.cache_folder = folder.join("cache");
    let store = StoreHandle::new(Some(folder.join("earmark.db"))).unwrap();
    Worker::new(config, store)
}

#[test]
fn a_search_that_gives_way_again_and_again_finds_what_an_undisturbed_one_finds() {
    let folder = tempfile::tempdir().unwrap();
    let searched = folder.path().join("searched");
    std::fs::create_dir(&searched).unwrap();
    for (name, at_s) in [("one.wav", 1.0), ("two.wav", 2.5), ("three.wav", 3.5)] {
        write(&searched, name, at_s);
    }
    let example = write(folder.path(), "example.wav", 2.0);
    let request = SimilarRequest {
        examples: vec![Example {
            recording: Recording::said("example.wav", &example),
            span: Span::new(2.0, 2.8).unwrap(),
        }],
        rejected: Vec::new(),
        scope: SimilarScope::Folder(searched),
        model: String::from("AISFX"),
        top: 3,
    };
    let job = JobControl::new(JobKind::Searching);
    let mut disturbed = worker(folder.path());
    let mut work = SimilarWork::new(request.clone());
    let mut interruptions = 0;
    let hits = loop {
        // Something else waits the next time but some that anybody looks.
        let looks = Arc::new(AtomicUsize::new(0));
        let patience = 3 + interruptions;
        let giving_way = job.giving_way(move || looks.fetch_add(1, Ordering::Relaxed) >= patience);
        match disturbed.similar_further(&mut work, &giving_way) {
            Err(EngineError::Cancelled) => interruptions += 1,
            outcome => break outcome.unwrap(),
        }
        assert!(interruptions < 200, "it never comes to its end");
    };
    assert!(interruptions > 3, "{interruptions} interruptions");
    assert!(!job.is_cancelled());
    let undisturbed = worker(folder.path()).similar(&request, &job).unwrap();
    assert_eq!(hits, undisturbed);
    assert_eq!(hits.len(), 3);

    job.cancel();
    let outcome = disturbed.similar(&request, &job);
    assert!(matches!(outcome, Err(EngineError::Cancelled)));
}
