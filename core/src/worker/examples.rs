//! From marks to vectors: which windows of which recordings teach the classifier what.

use std::ops::Range;
use std::sync::Arc;

use super::Worker;
use super::augment::{Snippet, keep_evenly, mixes_per_clip};
use super::background::Searched;
use super::embeddings::{Wanted, open_audio, window_vector};
use super::gathered::Gathered;
use super::loudness::loud_windows;
use crate::classifier::{Example, MOST_OF_A_CLASS, Origin, Space};
use crate::embed::Manifest;
use crate::job::JobControl;
use crate::protocol::EngineError;
use crate::recording::Recording;
use crate::store::TrainingRecording;
use crate::time::Span;

/// Windows taken from one span at most: a long clip must not outvote ten short ones.
const WINDOWS_PER_SPAN: usize = 4;

impl Worker {
    /// Embeds every marked span, and windows of background. Returns what to learn from, and the space to learn in.
    pub(super) fn gather_examples(
        &mut self,
        model: &str,
        searched: &Searched<'_>,
        job: &JobControl,
    ) -> Result<(Gathered, Arc<Space>), EngineError> {
        let manifest = self.open_model(model)?;
        let mut gathered = Gathered::from_recordings(searched.recordings.len());
        for (index, marked) in searched.marked.iter().enumerate() {
            let stage = format!("reading {}", marked.filename);
            job.step(stage, index, searched.marked.len());
            let mut recordings = searched.recordings.iter();
            let is_searched = recordings.any(|one| marked.is_of(&one.filename, &one.path));
            let positive = if is_searched {
                Origin::Confirmed
            } else {
                Origin::Clip
            };
            self.gather_marked(&manifest, marked, positive, &mut gathered, job)?;
        }
        let space = self.gather_background(&manifest, searched, &mut gathered, job)?;
        Ok((gathered, space))
    }

    fn gather_marked(
        &mut self,
        manifest: &Manifest,
        marked: &TrainingRecording,
        positive: Origin,
        gathered: &mut Gathered,
        job: &JobControl,
    ) -> Result<(), EngineError> {
        let whole = marked
            .source_path
            .as_deref()
            .and_then(|path| Recording::named(&marked.filename, path).ok());
        let labelled = [
            (&marked.positives, positive),
            (&marked.negatives, Origin::NegativeClip),
            (&marked.hard_negatives, Origin::HardNegative),
        ];
        if let Some(whole) = &whole {
            let spans = labelled.iter().flat_map(|(spans, _)| spans.iter());
            let spans: Vec<Span> = spans.map(|labelled| labelled.span).collect();
            let wanted = |total| {
                let starts = |&span: &Span| window_starts(span, total, manifest);
                windows_at(spans.iter().flat_map(starts), manifest)
            };
            // All at once: a coded file of many hours takes a while to be opened. What fails here fails below, one by one.
            match self.embeddings(whole, manifest.key(), &Wanted::Steps(&wanted), job) {
                Err(error) if !error.is_about_one_recording() => return Err(error),
                _ => {}
            }
        }
        for (spans, origin) in labelled {
            for labelled in spans {
                job.go_on()?;
                // Where a span can be heard: in its recording, else in the clip that was exported from it.
                let clip = labelled.clip_path.as_deref();
                let clip = clip.and_then(|path| Recording::of_clip(path).ok());
                let in_recording = whole.clone().map(|whole| (whole, Some(labelled.span)));
                let places = in_recording
                    .into_iter()
                    .chain(clip.map(|clip| (clip, None)));
                let mut heard = false;
                for (recording, span) in places {
                    match self.gather_span(manifest, (&recording, span), origin, gathered, job) {
                        Ok(()) => {
                            heard = true;
                            break;
                        }
                        Err(error) if error.is_about_one_recording() => {}
                        Err(error) => return Err(error),
                    }
                }
                if !heard {
                    gathered.unreadable.push(marked.filename.clone());
                }
            }
        }
        Ok(())
    }

    /// Without a span all of the recording is learned from.
    fn gather_span(
        &mut self,
        manifest: &Manifest,
        (recording, span): (&Recording, Option<Span>),
        origin: Origin,
        gathered: &mut Gathered,
        job: &JobControl,
    ) -> Result<(), EngineError> {
        let starts = |total: u64| {
            let whole = || Span::new(0.0, total as f64 * manifest.step_s()).ok();
            let span = span.or_else(whole);
            span.map_or_else(Vec::new, |span| window_starts(span, total, manifest))
        };
        let wanted = |total| windows_at(starts(total), manifest);
        let map = self.embeddings(recording, manifest.key(), &Wanted::Steps(&wanted), job)?;
        let starts = starts(map.len());
        let total = map.len();
        let span = match span {
            Some(span) => span,
            None => Span::new(0.0, total as f64 * manifest.step_s())?,
        };
        let starts = match origin {
            Origin::Clip | Origin::Confirmed if starts.len() > 1 => {
                let mut source = open_audio(&recording.path, job)?;
                loud_windows(source.as_mut(), &starts, manifest)?
            }
            _ => starts,
        };
        let map = self.embeddings(recording, manifest.key(), &Wanted::NOTHING, job)?;
        for start in starts {
            if let Some(vector) = window_vector(map, manifest, start) {
                let at_s = start as f64 * manifest.step_s();
                let group = gathered.group_of(recording, at_s);
                gathered.examples.push(Example {
                    vector,
                    origin,
                    group,
                });
            }
        }
        gathered.count(origin, 1);
        // What was confirmed in a track lies among the track's sounds already.
        if origin == Origin::Clip {
            let group = gathered.group_of(recording, span.start_s());
            gathered.snippets.push(Snippet {
                recording: recording.clone(),
                span,
                group,
            });
        }
        Ok(())
    }

    /// Adds positives from elsewhere again, mixed with background, so that a clean library sound is recognised in a busy
    /// take: all of them, or an even choice of as many as there is room for beside the clips.
    pub(super) fn gather_mixes(
        &mut self,
        model: &str,
        gathered: &mut Gathered,
        job: &JobControl,
    ) -> Result<(), EngineError> {
        if gathered.beds.is_empty() {
            return Ok(());
        }
        let positives = gathered.examples.iter().filter(|e| e.origin.is_positive());
        let room = MOST_OF_A_CLASS.saturating_sub(positives.count()) / mixes_per_clip();
        keep_evenly(&mut gathered.snippets, room);
        let beds: Vec<Recording> = gathered
            .beds
            .iter()
            .map(|bed| bed.recording.clone())
            .collect();
        let vectors = self.mixes_of(model, &gathered.snippets, &beds, job)?;
        gathered.count(Origin::Mixed, vectors.len());
        for (snippet, vectors) in gathered
            .snippets
            .iter()
            .zip(vectors.chunks(mixes_per_clip()))
        {
            gathered
                .examples
                .extend(vectors.iter().map(|vector| Example {
                    vector: vector.clone(),
                    origin: Origin::Mixed,
                    group: snippet.group,
                }));
        }
        Ok(())
    }
}

/// The steps of the windows that begin at `starts`.
fn windows_at(starts: impl IntoIterator<Item = u64>, manifest: &Manifest) -> Vec<Range<u64>> {
    let window = manifest.window_steps() as u64;
    let starts = starts.into_iter();
    starts.map(|start| start..start + window).collect()
}

/// First steps of the windows whose centres lie in `span`: spread over it, at most [`WINDOWS_PER_SPAN`]; for a span shorter than a step,
/// the one window nearest to its centre.
fn window_starts(span: Span, total_steps: u64, manifest: &Manifest) -> Vec<u64> {
    let last = super::scoring::windows_in(total_steps, manifest).saturating_sub(1);
    let start_at = |centre_s: f64| {
        let start = (centre_s - manifest.window_s() / 2.0) / manifest.step_s();
        (start.round().max(0.0) as u64).min(last)
    };
    let room_s = (span.duration_s() - manifest.window_s()).max(0.0);
    let count = ((room_s / manifest.window_s()).ceil() as usize + 1).min(WINDOWS_PER_SPAN);
    let mut starts: Vec<u64> = (0..count)
        .map(|index| {
            let share = if count > 1 {
                index as f64 / (count - 1) as f64
            } else {
                0.5
            };
            start_at(span.centre_s() + (share - 0.5) * room_s)
        })
        .collect();
    starts.dedup();
    starts
}
