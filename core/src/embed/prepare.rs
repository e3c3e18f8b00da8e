//! Makes a model's input from audio: one [`Run`] after another.
//!
//! What a run costs here (reading, downmixing, resampling, the front end) takes about a tenth of the time that the model takes for
//! it, so with many runs the next ones are prepared on a thread of their own while the model works: see
//! [`Embedder`](super::Embedder). Worker threads; never touches the session.

use std::ops::Range;

use super::{Fill, FineSpectrum, InputStage, Manifest};
use crate::audio::{AudioError, ModelRateReader};

/// One run of the model.
pub(super) struct Run {
    /// The steps that it gives.
    pub steps: Range<u64>,
    /// What the model takes in, item by item; without what is known already.
    pub input: Vec<f32>,
    /// Items in `input`.
    pub items: usize,
    /// Samples that each item was made of.
    pub item_samples: usize,
    /// Steps that each item gives.
    pub item_steps: usize,
    /// Where `steps` come from, in order.
    pub parts: Vec<Part>,
    /// The fine spectra of `steps`, where the model has any.
    pub spectra: Vec<u8>,
}

/// Consecutive steps of a run that come from one place.
pub(super) enum Part {
    /// The next item's rows of that range.
    Item {
        rows: Range<usize>,
        /// All of it is digital silence, which gives the same whenever it is run in this shape.
        silent: bool,
    },
    /// What the latest silent item gave.
    Silence,
}

/// An item by its length in samples and the rows kept of it.
pub(super) type ItemShape = (usize, Range<usize>);

/// Makes runs.
pub(super) struct Preparer {
    manifest: Manifest,
    stage: InputStage,
    spectrum: Option<FineSpectrum>,
    /// Windows that go through the model at once, at most.
    most_items: u64,
    samples: Vec<f32>,
    /// What the latest silent item was like.
    silence: Option<ItemShape>,
    /// Samples of the recording: what comes later is not heard, even if it grows meanwhile.
    length: u64,
}

impl Preparer {
    pub(super) fn new(manifest: Manifest, stage: InputStage, most_items: u64) -> Self {
        Self {
            spectrum: FineSpectrum::of(&manifest),
            manifest,
            stage,
            most_items,
            samples: Vec::new(),
            silence: None,
            length: 0,
        }
    }

    /// Says how many samples the recording has that runs are made of next.
    pub(super) fn hears(&mut self, length: u64) {
        self.length = length;
    }

    pub(super) fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Says what silent item's steps are at hand: a run that was prepared need not have been run.
    pub(super) fn knows_silence(&mut self, shape: Option<ItemShape>) {
        self.silence = shape;
    }

    /// The run of the first of `wanted`, in a recording of `total` steps. `input` is a buffer to use again.
    ///
    /// # Errors
    /// When the recording cannot be read.
    pub(super) fn prepare(
        &mut self,
        audio: &mut ModelRateReader<'_>,
        wanted: Range<u64>,
        total: u64,
        mut input: Vec<f32>,
    ) -> Result<Run, AudioError> {
        input.clear();
        if self.manifest.has_independent_windows() {
            self.windows(audio, wanted, input)
        } else {
            self.stretch(audio, wanted, total, input)
        }
    }

    /// Each step a window of its own.
    fn windows(
        &mut self,
        audio: &mut ModelRateReader<'_>,
        wanted: Range<u64>,
        input: Vec<f32>,
    ) -> Result<Run, AudioError> {
        let steps = wanted.start..(wanted.start + self.most_items).min(wanted.end);
        let samples = self.manifest.step_cover_samples() as usize;
        let mut run = Run {
            steps: steps.clone(),
            input,
            items: 0,
            item_samples: samples,
            item_steps: 1,
            parts: Vec::new(),
            spectra: Vec::new(),
        };
        for step in steps {
            self.read(audio, step, samples)?;
            self.add(&mut run, 0..1);
        }
        Ok(run)
    }

    /// As many steps as one stretch reaches, with their context on both sides.
    fn stretch(
        &mut self,
        audio: &mut ModelRateReader<'_>,
        wanted: Range<u64>,
        total: u64,
        input: Vec<f32>,
    ) -> Result<Run, AudioError> {
        // On a grid the whole cell is computed, whatever is wanted of it.
        let cell = match self.manifest.grid_steps() {
            Some(grid) => {
                let start = wanted.start / grid * grid;
                start..(start + grid).min(total)
            }
            None => wanted.start..(wanted.start + self.manifest.run_steps()).min(wanted.end),
        };
        let steps = wanted.start..cell.end.min(wanted.end);
        let context = self.manifest.context_steps() as u64;
        let from = cell.start.saturating_sub(context);
        let to = (cell.end + context).min(total);
        // A stretch is short, so these fit.
        let samples = self.manifest.stretch_samples(to - from) as usize;
        let rows = (steps.start - from) as usize..(steps.end - from) as usize;
        self.read(audio, from, samples)?;
        let mut run = Run {
            steps,
            input,
            items: 0,
            item_samples: samples,
            item_steps: (to - from) as usize,
            parts: Vec::new(),
            spectra: Vec::new(),
        };
        self.add(&mut run, rows);
        Ok(run)
    }

    /// Adds what was read as the next part of `run`, of which `rows` are kept.
    fn add(&mut self, run: &mut Run, rows: Range<usize>) {
        let silent = self.samples.iter().all(|&sample| sample == 0.0);
        let shape = (self.samples.len(), rows.clone());
        if silent && self.silence.as_ref() == Some(&shape) {
            run.parts.push(Part::Silence);
            if self.spectrum.is_some() {
                FineSpectrum::append_silence(rows.len(), &mut run.spectra);
            }
            return;
        }
        let before = run.input.len();
        self.stage.append(&self.samples, &mut run.input);
        if let Some(spectrum) = &self.spectrum {
            let heard = run.input.get(before..).unwrap_or_default();
            spectrum.append(heard, rows.clone(), &mut run.spectra);
        }
        run.items += 1;
        run.parts.push(Part::Item { rows, silent });
        if silent {
            self.silence = Some(shape);
        }
    }

    /// Fills `samples` with `length` samples from the start of `step`; beyond the recording is what the manifest says.
    fn read(
        &mut self,
        audio: &mut ModelRateReader<'_>,
        step: u64,
        length: usize,
    ) -> Result<(), AudioError> {
        let start = i64::try_from(step * self.manifest.step_samples()).unwrap_or(i64::MAX);
        self.samples.resize(length, 0.0);
        audio.read(start, &mut self.samples)?;
        if self.manifest.fill() == Fill::Repeat {
            let heard = self.length.saturating_sub(start.unsigned_abs());
            repeat(&mut self.samples, usize::try_from(heard).unwrap_or(length));
        }
        Ok(())
    }
}

/// Repeats the first `heard` of `samples` as often as all of them fit; what is left is silence.
fn repeat(samples: &mut [f32], heard: usize) {
    let (sound, rest) = samples.split_at_mut(heard.min(samples.len()));
    if sound.is_empty() {
        return;
    }
    let mut copies = rest.chunks_exact_mut(sound.len());
    for copy in copies.by_ref() {
        copy.copy_from_slice(sound);
    }
    copies.into_remainder().fill(0.0);
}

#[cfg(test)]
mod tests {
    use super::repeat;

    #[test]
    fn a_short_sound_is_repeated_as_often_as_all_of_it_fits() {
        let repeated = |heard: usize| {
            let mut samples = [0.0; 10];
            for (index, sample) in samples.iter_mut().take(heard).enumerate() {
                *sample = index as f32 + 1.0;
            }
            repeat(&mut samples, heard);
            samples
        };
        let cases = [
            (0, [0.0; 10]),
            (1, [1.0; 10]),
            (4, [1.0, 2.0, 3.0, 4.0, 1.0, 2.0, 3.0, 4.0, 0.0, 0.0]),
            (6, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 0.0, 0.0, 0.0, 0.0]),
        ];
        for (heard, wanted) in cases {
            assert_eq!(repeated(heard), wanted, "{heard} samples");
        }
        assert_eq!(repeated(10), repeated(11));
    }
}
