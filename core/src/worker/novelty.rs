//! How unlike everything that was marked a region sounds, from embeddings that are there already: no model runs.
//!
//! Novelty is one less the greatest cosine similarity of the region's middle window to the middle window of any example
//! or hard negative of the profile: the distance to the nearest neighbour, as in core-set selection (Sener and Savarese,
//! "Active Learning for Convolutional Neural Networks", ICLR 2018).

use std::collections::HashMap;
use std::ops::ControlFlow;

use super::Worker;
use super::embeddings::window_vector;
use super::views::views_of;
use crate::cache::StepMap;
use crate::classifier::Space;
use crate::embed::Manifest;
use crate::protocol::EngineError;
use crate::recording::Recording;
use crate::store::{LabelledSpan, OnDisk, RegionId, TrainingRecording, TrainingRequest};
use crate::time::Span;

/// More regions than this are not compared: it must not keep the live scan waiting. The first ones by score are.
const REGIONS_AT_MOST: usize = 10_000;
/// Marks compared with at most.
const MARKS_AT_MOST: usize = 400;

/// Regions of one version, to be compared with what was marked.
#[derive(Debug, Clone, PartialEq)]
pub struct NoveltyRequest {
    pub recording: Recording,
    pub profile: String,
    pub model: String,
    /// With their scores.
    pub regions: Vec<(RegionId, Span, f32)>,
}

impl Worker {
    /// The novelty of each region, 0 (the same as something marked) to 2; without those that are not embedded. Empty when
    /// nothing was marked yet, or the model or its embeddings are not at hand.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn novelty(
        &mut self,
        request: &NoveltyRequest,
    ) -> Result<HashMap<RegionId, f32>, EngineError> {
        let Ok(manifest) = super::find_manifest(&request.model) else {
            return Ok(HashMap::new());
        };
        let profile = &request.profile;
        let marked = self.store.with(|store| {
            let classes = store.classes(profile, false)?;
            store.training_marks(&TrainingRequest {
                profile: profile.clone(),
                positive_classes: classes.into_iter().map(|class| class.name).collect(),
                negative_class: None,
                use_hard_negatives: true,
                include_scan_exports: false,
                window_s: manifest.window_s(),
            })
        })?;
        // Out of the database's lock: files are slow.
        let marked = marked.gather(&OnDisk);
        let ears = Ears {
            space: Space::learn(&[], &views_of(&manifest)),
            manifest,
        };
        let known = self.marked_vectors(&marked, &ears);
        if known.is_empty() {
            return Ok(HashMap::new());
        }
        let mut regions = request.regions.clone();
        regions.sort_by(|a, b| b.2.total_cmp(&a.2));
        regions.truncate(REGIONS_AT_MOST);
        let Ok(Some(map)) = self.at_hand(&request.recording, &ears.manifest, &mut || {
            ControlFlow::Continue(())
        }) else {
            return Ok(HashMap::new());
        };
        let novelty = regions.into_iter().filter_map(|(id, span, _)| {
            let vector = ears.middle_of(map, span)?;
            let nearest = known
                .iter()
                .map(|other| dot(&vector, other))
                .fold(-1.0, f32::max);
            // Rounding makes two of the same a little more than that.
            Some((id, (1.0 - nearest).max(0.0)))
        });
        Ok(novelty.collect())
    }

    fn marked_vectors(&mut self, marked: &[TrainingRecording], ears: &Ears) -> Vec<Vec<f32>> {
        let mut vectors = Vec::new();
        for recording in marked {
            for mark in recording.positives.iter().chain(&recording.hard_negatives) {
                if vectors.len() >= MARKS_AT_MOST {
                    return vectors;
                }
                vectors.extend(self.marked_vector(recording, mark, ears));
            }
        }
        vectors
    }

    /// From the recording, else from the clip that was exported from it, as training does.
    fn marked_vector(
        &mut self,
        marked: &TrainingRecording,
        mark: &LabelledSpan,
        ears: &Ears,
    ) -> Option<Vec<f32>> {
        let source = marked.source_path.as_deref();
        let whole = source.and_then(|path| Recording::named(&marked.filename, path).ok());
        let clip = mark.clip_path.as_deref();
        let clip = clip.and_then(|path| Recording::of_clip(path).ok());
        let places = [
            whole.map(|recording| (recording, Some(mark.span))),
            clip.map(|recording| (recording, None)),
        ];
        places.into_iter().flatten().find_map(|(recording, span)| {
            let map = self
                .at_hand(
                    &recording,
                    &ears.manifest,
                    &mut || ControlFlow::Continue(()),
                )
                .ok()??;
            let whole = Span::new(0.0, map.len() as f64 * ears.manifest.step_s()).ok()?;
            ears.middle_of(map, span.unwrap_or(whole))
        })
    }
}

/// What windows are compared with.
struct Ears {
    manifest: Manifest,
    /// Knows no recordings: each view counts as much as the others, and only its direction.
    space: Space,
}

impl Ears {
    /// The window about the middle of `span`, scaled to unit length; `None` where it is not embedded.
    fn middle_of(&self, map: &StepMap, span: Span) -> Option<Vec<f32>> {
        let manifest = &self.manifest;
        let last = super::scoring::windows_in(map.len(), manifest).checked_sub(1)?;
        let start = (span.centre_s() - 0.5 * manifest.window_s()) / manifest.step_s();
        let start = (start.round().max(0.0) as u64).min(last);
        let mut point = self.space.points(&window_vector(map, manifest, start)?);
        let length = dot(&point, &point).sqrt();
        if length <= 0.0 {
            return None;
        }
        point.iter_mut().for_each(|value| *value /= length);
        Some(point)
    }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
