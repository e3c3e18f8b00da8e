//! Fits the edges of regions by the fine spectra that lie beside the embeddings. Worker thread; reads no sound.

use std::num::NonZeroUsize;
use std::ops::Range;

use parking_lot::Mutex;

use super::Worker;
use super::embeddings::Wanted;
use super::scoring::on_threads;
use crate::cache::StepMap;
use crate::embed::{FineSpectrum, Manifest};
use crate::job::JobControl;
use crate::protocol::EngineError;
use crate::recording::Recording;
use crate::scan::boundary::{self, Boundaries, DEPENDS_ON, Heard, Sound};
use crate::scan::{Edge, WindowScores};

const _: () = assert!(
    FineSpectrum::FRAMES == boundary::FRAMES && FineSpectrum::BANDS == boundary::BANDS,
    "the boundary model reads the spectra that the embedder makes"
);

/// Fits the edges that depend on the windows `changed` in the scores of several sounds, on up to `threads` threads. Without fine spectra
/// there are none, and regions keep the edges of their scores.
pub(super) fn fit_edges(
    scores: &mut [WindowScores],
    changed: Range<u64>,
    map: &StepMap,
    manifest: &Manifest,
    threads: NonZeroUsize,
) {
    let (Some(spectrum), Some(first)) = (FineSpectrum::of(manifest), scores.first()) else {
        return;
    };
    let start = changed.start.saturating_sub(DEPENDS_ON);
    let end = changed.end.saturating_add(DEPENDS_ON);
    let windows = start as usize..end.min(first.scores.len() as u64) as usize;
    let spectra = |step| map.spectrum(step);
    let heard = Heard::about(windows, &sound_of(manifest, spectrum, &spectra));
    let pieces = scores.len();
    let waiting = Mutex::new(scores.iter_mut());
    on_threads(threads, pieces, || {
        loop {
            let Some(scores) = waiting.lock().next() else {
                return;
            };
            boundary::fit_edges(scores, &heard);
        }
    });
}

fn sound_of<'a>(
    manifest: &Manifest,
    spectrum: FineSpectrum,
    heard: &'a dyn Fn(u64) -> Option<&'a [u8]>,
) -> Sound<'a> {
    Sound {
        spectrum: heard,
        window_steps: manifest.window_steps(),
        pooled: manifest.pooled_steps(0),
        lag_steps: spectrum.lag_steps(),
    }
}

/// An edge of a region by its scores, in seconds, and what is known of the places where it could be: each in seconds, and what the
/// boundary model goes by.
pub type EdgePlaces = (Edge, f64, Vec<(f64, Vec<f32>)>);

impl Worker {
    /// Fits the edges of all windows of `recording`, as a scan does; for measuring.
    ///
    /// # Errors
    /// When the recording or the model cannot be used, or the job was cancelled.
    pub fn fit_edges(
        &mut self,
        recording: &Recording,
        model_key: &str,
        scores: &mut WindowScores,
        job: &JobControl,
    ) -> Result<(), EngineError> {
        let manifest = self.open_model(model_key)?;
        let map = self.embeddings(recording, model_key, &Wanted::Everything, job)?;
        let (scores, changed) = (std::slice::from_mut(scores), 0..map.len());
        fit_edges(scores, changed, map, &manifest, NonZeroUsize::MIN);
        Ok(())
    }

    /// What the boundary model would go by at those of the edges `wanted` that it can fit; to fit its weights by.
    ///
    /// # Errors
    /// When the recording or the model cannot be used, or the job was cancelled.
    pub fn places_of_edges(
        &mut self,
        recording: &Recording,
        model_key: &str,
        scores: &WindowScores,
        wanted: &[(Edge, f64)],
        job: &JobControl,
    ) -> Result<Vec<EdgePlaces>, EngineError> {
        let manifest = self.open_model(model_key)?;
        let Some(spectrum) = FineSpectrum::of(&manifest) else {
            return Ok(Vec::new());
        };
        let map = self.embeddings(recording, model_key, &Wanted::Everything, job)?;
        let heard = |step| map.spectrum(step);
        let sound = sound_of(&manifest, spectrum, &heard);
        let heard = Heard::about(0..scores.scores.len(), &sound);
        let boundaries = Boundaries::new(scores, &heard);
        let places = wanted.iter().filter_map(|&(edge, coarse_s)| {
            let flank = scores.flank(edge, coarse_s)?;
            let places = boundaries.places(flank, edge)?;
            let rows = places.rows(edge, spectrum.lag_steps());
            let rows = rows.map(|(offset, values)| (scores.place_s(flank, offset), values));
            Some((edge, coarse_s, rows.collect()))
        });
        Ok(places.collect())
    }
}
