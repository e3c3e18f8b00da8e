//! Manifests of models: what is accepted can be computed with, in bounded memory.
#![no_main]

use earmark_core::embed::{FrontEnd, LogMel, Manifest};
use earmark_fuzz::file_of;
use libfuzzer_sys::fuzz_target;

/// A day at the highest rate.
const MOST_FRAMES: u64 = 86_400_000_000;

fuzz_target!(|bytes: &[u8]| {
    let path = file_of("model.json", bytes);
    let Ok(manifest) = Manifest::load(&path) else {
        return;
    };
    assert_eq!(manifest.model_path().parent(), path.parent());
    assert_eq!(manifest.sha256().len(), 64);
    assert!(manifest.step_s() > 0.0 && manifest.window_s() >= manifest.step_s());
    assert!(manifest.run_steps() >= 1);
    for frames in [0, 1, 4_096, 1 << 24, MOST_FRAMES] {
        let total = manifest.total_steps(frames);
        let (settled, early) = (manifest.settled_steps(frames), manifest.early_steps(frames));
        assert!(
            settled <= early && early <= total,
            "{settled} {early} {total}"
        );
        let affected = manifest.steps_affected(frames / 2..frames);
        assert!(affected.start <= affected.end);
    }
    pool(&manifest);
    if let FrontEnd::LogMel(settings) = manifest.file().front_end {
        let mut front_end = LogMel::new(&settings, manifest.sample_rate())
            .expect("a checked manifest has a front end");
        let mut out = Vec::new();
        front_end.process(&vec![0.5; settings.fft + settings.hop], &mut out);
        assert_eq!(out.len(), 2 * front_end.bands());
        assert!(out.iter().all(|value| value.is_finite()), "{settings:?}");
    }
});

fn pool(manifest: &Manifest) {
    let steps = vec![0.5; 3 * manifest.dims()];
    let windows = manifest.pool_windows(&steps);
    assert!(!windows.is_empty() && windows.len().is_multiple_of(manifest.dims()));
    assert!(windows.iter().all(|value| value.is_finite()));
}
