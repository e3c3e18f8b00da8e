//! The default model, with the real ONNX Runtime, against what its own package computes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods
)] // In tests a panic is the report.

mod common;

use std::ops::{ControlFlow, Range};
use std::time::Duration;

use common::{cosine, embedder, reference, reference_signal};
use earmark_core::audio::{MemorySource, ModelRateReader};
use earmark_core::embed::{EmbedError, Embedder, Manifest, Pooling, pool_windows};
use earmark_core::time::SampleRate;

fn rate(hz: u32) -> SampleRate {
    SampleRate::new(hz).unwrap()
}

fn embed(
    embedder: &mut Embedder,
    source: &MemorySource,
    steps: Range<u64>,
) -> Result<Vec<f32>, EmbedError> {
    let mut source = source.clone();
    let mut reader = ModelRateReader::new(&mut source, embedder.manifest().sample_rate()).unwrap();
    embedder.embed(&mut reader, steps, &mut |_| ControlFlow::Continue(()))
}

fn open(manifest: &Manifest) -> Embedder {
    Embedder::open(&common::runtime(), manifest, std::num::NonZeroUsize::MIN).unwrap()
}

/// Values in a vector of the default model.
fn dims() -> usize {
    common::aisfx().dims()
}

/// Repeatable bursts of noise and tones, so that neighbouring steps differ.
fn soundscape(rate_hz: u32, seconds: usize) -> MemorySource {
    let mut state = 0x2545_F491_u32;
    let samples = (0..rate_hz as usize * seconds)
        .map(|i| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            let t = i as f64 / f64::from(rate_hz);
            let tone = (std::f64::consts::TAU * 440.0 * (1.0 + (t * 0.7).sin()) * t).sin();
            let burst = if (t * 1.7).fract() < 0.3 {
                f64::from(state) / f64::from(u32::MAX) - 0.5
            } else {
                0.0
            };
            (0.2 * tone + 0.5 * burst) as f32
        })
        .collect();
    MemorySource::new(rate(rate_hz), samples)
}

#[test]
fn the_embedding_is_that_of_the_models_own_package() {
    let reference = reference();
    let mut embedder = open(&common::whole("AISFX_TOP"));
    let source = MemorySource::new(rate(44_100), reference_signal());
    let steps = embed(&mut embedder, &source, 0..u64::MAX).unwrap();
    assert_eq!(steps.len(), 13 * 512);
    let step6 = &steps[6 * 512..7 * 512];
    for (i, (found, expected)) in step6.iter().zip(&reference.time_map_step6).enumerate() {
        assert!(
            (found - expected).abs() < 0.02,
            "dimension {i}: {found} for {expected}"
        );
    }
    assert!(cosine(step6, &reference.time_map_step6) > 0.999_99);
    // The package leaves out what does not fill a step, so the two differ within the context of the end. Before
    // it, no step may exceed the package's maximum over all, and most of the maxima lie there.
    let pooled = pool_windows(&steps[..8 * 512], 512, 8, Pooling::Max);
    let differences: Vec<f32> = reference
        .embedding_512
        .iter()
        .zip(&pooled)
        .map(|(expected, found)| expected - found)
        .collect();
    assert!(differences.iter().all(|&difference| difference > -0.02));
    let equal = differences
        .iter()
        .filter(|difference| difference.abs() < 0.02)
        .count();
    assert!(
        equal > 256,
        "{equal} of 512 dimensions have their maximum before the end"
    );
}

#[test]
fn the_shipped_blocks_are_those_of_the_whole_network() {
    let (part, all) = (common::aisfx(), common::whole("AISFX_ALL"));
    let source = MemorySource::new(rate(44_100), reference_signal());
    let shipped = embed(&mut open(&part), &source, 0..u64::MAX).unwrap();
    let whole = embed(&mut open(&all), &source, 0..u64::MAX).unwrap();
    assert_eq!(all.dims(), part.dims() + 512);
    for (shipped, whole) in shipped
        .chunks_exact(part.dims())
        .zip(whole.chunks_exact(all.dims()))
    {
        for (a, b) in shipped.iter().zip(whole) {
            assert!((a - b).abs() < 1e-4, "{a} {b}");
        }
    }
}

#[test]
fn a_recording_at_another_rate_gives_nearly_the_same_vectors() {
    let mut embedder = embedder();
    let at_44k1 = embed(&mut embedder, &soundscape_tone(44_100), 0..20).unwrap();
    let at_48k = embed(&mut embedder, &soundscape_tone(48_000), 0..20).unwrap();
    for (a, b) in at_44k1
        .chunks_exact(dims())
        .zip(at_48k.chunks_exact(dims()))
    {
        assert!(cosine(a, b) > 0.999, "{}", cosine(a, b));
    }
}

fn soundscape_tone(rate_hz: u32) -> MemorySource {
    let samples = (0..rate_hz * 5)
        .map(|i| {
            let t = f64::from(i) / f64::from(rate_hz);
            (0.3 * (std::f64::consts::TAU * (300.0 * t + 200.0 * t * t)).sin()) as f32
        })
        .collect();
    MemorySource::new(rate(rate_hz), samples)
}

#[test]
fn a_step_has_the_same_value_however_the_recording_is_cut() {
    let mut embedder = embedder();
    let source = soundscape(48_000, 80);
    let whole = embed(&mut embedder, &source, 0..u64::MAX).unwrap();
    let total = whole.len() as u64 / dims() as u64;
    assert_eq!(total, 431);
    for range in [0..1, 0..7, 3..4, 310..330, 318..322, 427..431, 430..431] {
        let part = embed(&mut embedder, &source, range.clone()).unwrap();
        let expected = &whole[range.start as usize * dims()..range.end as usize * dims()];
        assert_eq!(part.len(), expected.len());
        let worst = part
            .iter()
            .zip(expected)
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f32::max);
        assert!(worst < 1e-4, "steps {range:?} differ by {worst}");
    }
    assert!(embed(&mut embedder, &source, 431..500).unwrap().is_empty());
}

#[test]
fn progress_is_told_from_nothing_to_all() {
    let mut embedder = embedder();
    let mut source = soundscape(44_100, 70);
    let mut reader = ModelRateReader::new(&mut source, rate(44_100)).unwrap();
    let mut told = Vec::new();
    let vectors = embedder
        .embed(&mut reader, 10..350, &mut |done| {
            told.push(done);
            ControlFlow::Continue(())
        })
        .unwrap();
    // A short run first, so that the model need not wait long, and then runs of 320 at most.
    assert_eq!((told, vectors.len()), (vec![0, 40, 340], 340 * dims()));
}

#[test]
fn breaking_off_gives_no_vectors_and_the_embedder_can_go_on() {
    let mut embedder = embedder();
    let source = soundscape(44_100, 2);
    let mut audio = source.clone();
    let mut reader = ModelRateReader::new(&mut audio, rate(44_100)).unwrap();
    let cancelled = embedder.embed(&mut reader, 0..5, &mut |_| ControlFlow::Break(()));
    assert!(matches!(cancelled, Err(EmbedError::Cancelled)));
    assert_eq!(
        embed(&mut embedder, &source, 0..5).unwrap().len(),
        5 * dims()
    );
}

#[test]
fn another_thread_can_end_a_running_chunk() {
    let mut embedder = embedder();
    let source = soundscape(44_100, 200);
    let canceller = embedder.canceller();
    let (started, start) = std::sync::mpsc::channel();
    let thread = std::thread::spawn(move || {
        start.recv().unwrap();
        std::thread::sleep(Duration::from_millis(30));
        canceller.cancel();
        canceller
    });
    let mut audio = source.clone();
    let mut reader = ModelRateReader::new(&mut audio, rate(44_100)).unwrap();
    let cancelled = embedder.embed(&mut reader, 0..u64::MAX, &mut |_| {
        let _ = started.send(());
        ControlFlow::Continue(())
    });
    assert!(matches!(cancelled, Err(EmbedError::Cancelled)));
    let canceller = thread.join().unwrap();
    assert!(matches!(
        embed(&mut embedder, &source, 0..5),
        Err(EmbedError::Cancelled)
    ));
    canceller.reset();
    assert_eq!(
        embed(&mut embedder, &source, 0..5).unwrap().len(),
        5 * dims()
    );
}

#[test]
fn a_reader_at_the_wrong_rate_is_refused() {
    let mut embedder = embedder();
    let mut source = soundscape(48_000, 1);
    let mut reader = ModelRateReader::new(&mut source, rate(48_000)).unwrap();
    let error = embedder
        .embed(&mut reader, 0..1, &mut |_| ControlFlow::Continue(()))
        .unwrap_err();
    assert!(
        matches!(
            error,
            EmbedError::WrongRate {
                found_hz: 48_000,
                wanted_hz: 44_100,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn windows_of_one_long_pass_are_nearly_those_that_run_one_by_one() {
    let pooled = common::aisfx();
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(pooled.model_path(), folder.path().join("aisfx.onnx")).unwrap();
    let mut file = serde_json::to_value(pooled.file()).unwrap();
    // Five steps, and what the last frame reaches beyond them.
    file["windows"] =
        serde_json::json!({"kind": "independent", "window_samples": 41_984, "hop_samples": 8_192});
    let path = folder.path().join("independent.json");
    std::fs::write(&path, file.to_string()).unwrap();
    let manifest = Manifest::load(&path).unwrap();
    let mut one_by_one = open(&manifest);

    let source = soundscape(44_100, 10);
    let independent = embed(&mut one_by_one, &source, 0..u64::MAX).unwrap();
    let steps = embed(&mut embedder(), &source, 0..u64::MAX).unwrap();
    let windows = pooled.pool_windows(&steps);
    assert_eq!(windows.len(), independent.len());
    for (a, b) in windows
        .chunks_exact(dims())
        .zip(independent.chunks_exact(dims()))
    {
        assert!(cosine(a, b) > 0.9, "{}", cosine(a, b));
    }
}
