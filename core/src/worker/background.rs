//! Which windows of the searched recordings stand for everything that is not the sound. Worker thread, for the length of a training; it
//! must never take a window that a mark touches.

use std::ops::Range;
use std::sync::Arc;

use super::Worker;
use super::background_purge::unlike;
use super::draw::{Draw, Place};
use super::embeddings::{Wanted, window_vector};
use super::gathered::Gathered;
use super::space::Heard;
use crate::classifier::{Example, Origin, Space};
use crate::embed::Manifest;
use crate::job::JobControl;
use crate::protocol::{BackgroundMargin, EngineError};
use crate::recording::Recording;
use crate::store::{LabelledSpan, TrainingRecording};

/// Windows of unlabelled background in all; the measured optimum is flat from here on (`docs/learning.md`).
const BACKGROUND_WINDOWS: usize = 300;
/// A sample of more than this share of the unmarked windows is searched for the sound itself before it is learned from.
const CLEAN_SHARE: f64 = 0.25;
/// Fixed, so that the same marks always make the same classifier, and sounds beside the same recordings learn from the same background.
const SALT: u64 = 0x00EA_12A2;

/// Where background is looked for, and where not.
pub(super) struct Searched<'a> {
    pub recordings: &'a [Recording],
    pub marked: &'a [TrainingRecording],
    pub margin: BackgroundMargin,
}

impl Worker {
    /// Adds windows by lot that no mark touches and that keep the margin from every positive. Returns the space that all
    /// windows of the searched recordings make.
    pub(super) fn gather_background(
        &mut self,
        manifest: &Manifest,
        searched: &Searched<'_>,
        gathered: &mut Gathered,
        job: &JobControl,
    ) -> Result<Arc<Space>, EngineError> {
        let mut draw = Draw::of_at_most(BACKGROUND_WINDOWS, SALT);
        let mut has_windows = false;
        for (index, recording) in searched.recordings.iter().enumerate() {
            let stage = format!("listening to the background of {}", recording.filename);
            job.step(stage, index, searched.recordings.len());
            job.go_on()?;
            let windows = match self.embeddings(recording, manifest.key(), &Wanted::Everything, job)
            {
                Ok(map) => super::scoring::windows_in(map.len(), manifest),
                // One file that went missing must not keep all others from teaching.
                Err(error) if error.is_about_one_recording() => {
                    gathered.unreadable.push(recording.filename.clone());
                    continue;
                }
                Err(error) => return Err(error),
            };
            gathered.beds.push(Heard {
                recording: recording.clone(),
                windows,
            });
            has_windows |= windows > 0;
            let closed = Closed::in_recording(searched, recording);
            let free = (0..windows).filter(|&start| closed.spares(&window_at(start, manifest)));
            draw.offer(index, &recording.filename, free);
        }
        gathered.margin_left_nothing =
            has_windows && draw.offered() == 0 && searched.margin.seconds() > 0.0;
        let crowded = BACKGROUND_WINDOWS as f64 > CLEAN_SHARE * draw.offered() as f64;
        let mut chosen = draw.chosen();
        chosen.sort_unstable();
        let mut found = Vec::new();
        for Place { recording, start } in chosen {
            let Some(recording) = searched.recordings.get(recording) else {
                continue;
            };
            let map = self.embeddings(recording, manifest.key(), &Wanted::NOTHING, job)?;
            if let Some(vector) = window_vector(map, manifest, start) {
                let group = gathered.group_of(recording, start as f64 * manifest.step_s());
                found.push((vector, group));
            }
        }
        let space = self.space_of(manifest, &gathered.beds, &gathered.examples, job)?;
        gathered.add_background(found, crowded.then_some(&*space), job)?;
        Ok(space)
    }
}

impl Gathered {
    /// Takes `found` (vectors with their groups) as background; where it is `crowded`, without what sounds like an example in
    /// that space.
    fn add_background(
        &mut self,
        found: Vec<(Vec<f32>, u32)>,
        crowded: Option<&Space>,
        job: &JobControl,
    ) -> Result<(), EngineError> {
        let (vectors, groups): (Vec<Vec<f32>>, Vec<u32>) = found.into_iter().unzip();
        let kept = match crowded {
            Some(space) => {
                let examples = self.examples.iter();
                let positives = examples
                    .filter(|example| matches!(example.origin, Origin::Clip | Origin::Confirmed))
                    .map(|example| space.points(&example.vector));
                let background = vectors.iter().map(|vector| space.points(vector));
                let (positives, background) = (positives.collect(), background.collect());
                unlike(positives, background, &mut || job.go_on())?
            }
            None => vec![true; vectors.len()],
        };
        let background = vectors.into_iter().zip(groups).zip(kept);
        let before = self.examples.len();
        self.examples
            .extend(background.filter_map(|((vector, group), kept)| {
                let origin = Origin::Background;
                kept.then_some(Example {
                    vector,
                    origin,
                    group,
                })
            }));
        self.count(Origin::Background, self.examples.len() - before);
        Ok(())
    }
}

/// Where no background may be: stretches in seconds, ascending, none of which touches another.
struct Closed(Vec<Range<f64>>);

impl Closed {
    fn in_recording(searched: &Searched<'_>, recording: &Recording) -> Self {
        let marked = searched.marked.iter();
        let of_recording =
            marked.filter(|marked| marked.is_of(&recording.filename, &recording.path));
        let mut stretches: Vec<Range<f64>> = of_recording
            .flat_map(|recording| {
                let others = [
                    &recording.negatives,
                    &recording.hard_negatives,
                    &recording.soft,
                    &recording.unsure,
                ];
                let others = others.into_iter().flatten().map(|mark| around(mark, 0.0));
                let margin_s = searched.margin.seconds();
                let positives = recording.positives.iter();
                others.chain(positives.map(move |mark| around(mark, margin_s)))
            })
            .collect();
        stretches.sort_by(|a, b| a.start.total_cmp(&b.start));
        // Neighbours joined, so that the one stretch a window could touch is found by halving.
        stretches.dedup_by(|next, last| {
            let joins = next.start <= last.end;
            if joins {
                last.end = last.end.max(next.end);
            }
            joins
        });
        Self(stretches)
    }

    fn spares(&self, window: &Range<f64>) -> bool {
        let next = self
            .0
            .partition_point(|stretch| stretch.end <= window.start);
        let next = self.0.get(next);
        next.is_none_or(|stretch| stretch.start >= window.end)
    }
}

fn around(mark: &LabelledSpan, margin_s: f64) -> Range<f64> {
    mark.span.start_s() - margin_s..mark.span.end_s() + margin_s
}

fn window_at(start: u64, manifest: &Manifest) -> Range<f64> {
    let start_s = start as f64 * manifest.step_s();
    start_s..start_s + manifest.window_s()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Span;

    fn marks(spans: &[(f64, f64)]) -> Vec<LabelledSpan> {
        let mark = |&(start_s, end_s): &(f64, f64)| LabelledSpan {
            span: Span::new(start_s, end_s).unwrap(),
            class: None,
            clip_path: None,
        };
        spans.iter().map(mark).collect()
    }

    #[test]
    fn windows_keep_the_margin_from_positives_and_only_clear_of_everything_else() {
        let marked = [TrainingRecording {
            filename: String::from("take.wav"),
            // The long one hides the short one after it, which begins later and ends sooner.
            positives: marks(&[(10.0, 11.0), (20.0, 30.0), (21.0, 22.0)]),
            hard_negatives: marks(&[(50.0, 51.0)]),
            unsure: marks(&[(60.0, 61.0)]),
            ..TrainingRecording::default()
        }];
        let closed = |margin_s, filename: &str| {
            let searched = Searched {
                recordings: &[],
                marked: &marked,
                margin: BackgroundMargin::new(margin_s),
            };
            let recording = Recording {
                filename: filename.to_owned(),
                path: filename.into(),
            };
            Closed::in_recording(&searched, &recording)
        };
        let at_once = closed(0.0, "take.wav");
        for (window, spared) in [
            (9.0..10.0, true),
            (9.1..10.1, false),
            (11.0..12.0, true),
            (25.0..26.0, false),
            (30.0..31.0, true),
            (50.5..51.5, false),
            (60.9..61.9, false),
        ] {
            assert_eq!(at_once.spares(&window), spared, "{window:?}");
        }
        let far = closed(5.0, "take.wav");
        for (window, spared) in [
            (4.0..5.0, true),
            (4.1..5.1, false),
            (13.0..14.0, false),
            (34.9..35.9, false),
            (35.0..36.0, true),
            (49.0..50.0, true),
            (51.0..52.0, true),
        ] {
            assert_eq!(far.spares(&window), spared, "{window:?}");
        }
        assert!(closed(600.0, "other.wav").spares(&(10.0..11.0)));
    }
}
