//! Label files of other tools: what is read has times that are numbers, and no label ends before it starts.
#![no_main]

use earmark_core::import::{ProjectClock, read_labels};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let clock = ProjectClock {
        rate_hz: Some(48_000.0),
        frames_per_s: Some(25.0),
        tempo_bpm: Some(120.0),
        beats_per_measure: Some(4),
    };
    let Ok(file) = read_labels(bytes, &clock) else {
        return;
    };
    for label in file.labels {
        assert!(label.span.start_s() <= label.span.end_s());
        assert!(label.score.is_none_or(|score| (0.0..=1.0).contains(&score)));
    }
});
