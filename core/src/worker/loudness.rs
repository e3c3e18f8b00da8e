//! Which windows of a clip hold nothing but a pause. Worker thread; reads the clip's sound.
//!
//! A clip is an example as a whole, but some have pauses or a long end. A window that pools only steps far below the clip's
//! loudest teaches that silence is the sound: before such windows were left out, digital silence scored up to 0.97
//! (`docs/learning.md`).

use crate::audio::{ModelRateReader, SampleSource};
use crate::embed::Manifest;
use crate::protocol::EngineError;

/// A window is left out when the loudest of its pooled steps is so many decibels below the loudest of the clip.
const QUIET_DB: f32 = 12.0;

/// Those of the windows that begin at `starts` that are not quiet beside the loudest of them; at least one if there is any.
pub(super) fn loud_windows(
    source: &mut dyn SampleSource,
    starts: &[u64],
    manifest: &Manifest,
) -> Result<Vec<u64>, EngineError> {
    let mut reader = ModelRateReader::new(source, manifest.sample_rate())?;
    let mut levels = Vec::with_capacity(starts.len());
    for start in starts {
        levels.push(level_of_window(&mut reader, *start, manifest)?);
    }
    let loudest = levels.iter().copied().fold(0.0, f32::max);
    let floor = loudest * 10.0_f32.powf(-QUIET_DB / 20.0);
    let loud = starts.iter().zip(levels);
    let loud = loud.filter(|(_, level)| *level >= floor);
    Ok(loud.map(|(start, _)| *start).collect())
}

/// The highest root mean square of a step that the window pools.
fn level_of_window(
    reader: &mut ModelRateReader<'_>,
    start: u64,
    manifest: &Manifest,
) -> Result<f32, EngineError> {
    let step = manifest.step_samples();
    let pooled = manifest.pooled_steps(start);
    let last = pooled.end.saturating_sub(pooled.start + 1);
    let mut samples = vec![0.0; (last * step + manifest.step_cover_samples()) as usize];
    let first = i64::try_from(pooled.start * step).unwrap_or(i64::MAX);
    reader.read(first, &mut samples)?;
    let levels = samples.chunks(step.max(1) as usize).map(|samples| {
        let square: f32 = samples.iter().map(|sample| sample * sample).sum();
        (square / samples.len().max(1) as f32).sqrt()
    });
    Ok(levels.fold(0.0, f32::max))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::MemorySource;

    /// Windows of five steps of 100 samples, of which the three in the middle are pooled.
    fn manifest(folder: &std::path::Path) -> Manifest {
        let path = folder.join("tiny.json");
        let text = serde_json::json!({
            "format_version": 3, "key": "TINY", "name": "tiny", "file": "tiny.onnx", "sha256": "0".repeat(64),
            "sample_rate_hz": 8_000, "front_end": {"kind": "waveform"}, "input": "waveform",
            "views": [{"name": "only", "output": "only", "dims": 4}],
            "layout": {"kind": "frames", "hop_samples": 100, "cover_samples": 100, "pooling": "max"},
            "windows": {"kind": "pooled", "frames_per_step": 1, "context_steps": 0, "window_steps": 5,
                        "pooled_steps": 3, "pooling": "max"},
            "licence": "none", "attribution": "none",
        });
        std::fs::write(&path, text.to_string()).unwrap();
        Manifest::load(&path).unwrap()
    }

    #[test]
    fn a_window_over_a_pause_is_left_out_and_one_over_a_fainter_sound_stays() {
        let folder = tempfile::tempdir().unwrap();
        let manifest = manifest(folder.path());
        let step = manifest.step_samples() as usize;
        // Five steps each of: a sound, the same 6 dB below, a pause.
        let samples: Vec<f32> = [0.5, 0.25, 0.0]
            .into_iter()
            .flat_map(|level| vec![level; 5 * step])
            .collect();
        let mut source = MemorySource::new(manifest.sample_rate(), samples);
        let loud = loud_windows(&mut source, &[0, 5, 10], &manifest).unwrap();
        assert_eq!(loud, [0, 5]);
        // The window from the ninth step on pools the last fainter one and two steps of pause.
        let loud = loud_windows(&mut source, &[0, 8], &manifest).unwrap();
        assert_eq!(loud, [0, 8]);
        let mut silent = MemorySource::new(manifest.sample_rate(), vec![0.0; 15 * step]);
        let all = loud_windows(&mut silent, &[0, 5], &manifest).unwrap();
        assert_eq!(all, [0, 5], "a clip of silence is an example of silence");
    }
}
