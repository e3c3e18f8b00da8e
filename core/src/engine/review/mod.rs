//! Marking what a scan found, so that it can be taken back: the deeds behind N, P, U, Delete and the drag over the waveform.
//!
//! Used by the desk and the command line. Each deed is committed before it returns; by row identity, never by list position.

mod edits;
mod history;
mod marks;
mod matching;
mod step;
mod unsure;

use std::collections::BTreeSet;

pub use history::{Deed, History};
pub use marks::Marks;
pub use matching::{clip_on, clips_on, is_marked, negative_on, negatives_on, unsure_on};
pub use step::{KEPT_LIMIT_BYTES, ProfileChange, Step, VersionKey};

use super::EngineError;
use super::recording::Recording;
use super::store_handle::StoreHandle;
use crate::audio;
use crate::export::{ClassName, ClipAudio, ClipFolder, export_clip};
use crate::store::{Clip, HardNegative, NegativeId, NewClip, NewNegative, RegionId, RegionRow};
use crate::time::Span;

/// Where marks of one recording go.
#[derive(Clone)]
pub struct Reviewer {
    pub store: StoreHandle,
    pub profile: String,
    /// The model whose results are under review.
    pub model: String,
    pub recording: Recording,
    pub clips_folder: std::path::PathBuf,
}

impl Reviewer {
    /// Marks those of `regions` that are no hard negatives; if all of them are, unmarks them. A region that was confirmed is
    /// no longer: the last word counts.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn toggle_negative(&self, regions: &[RegionRow]) -> Result<Deed, EngineError> {
        let negatives = self.negatives()?;
        let is_marked = |region: &RegionRow| negative_on(&negatives, region.span).is_some();
        if !regions.is_empty() && regions.iter().all(is_marked) {
            let marked = regions
                .iter()
                .flat_map(|region| negatives_on(&negatives, region.span));
            return self.unmark_negatives(&each_once(marked.map(|row| row.id)));
        }
        let spans: Vec<Span> = regions
            .iter()
            .filter(|region| !is_marked(region))
            .map(|region| region.span)
            .collect();
        self.mark_negatives(&spans)
    }

    /// Marks those of `spans` as hard negatives that are not marked already.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn mark_negatives(&self, spans: &[Span]) -> Result<Deed, EngineError> {
        let mut steps = Vec::new();
        let clips = self.no_longer_clips(spans)?;
        if !clips.is_empty() {
            steps.push(Step::ClipsRemoved(clips));
        }
        let unsure = self.no_longer_unsure(spans)?;
        if !unsure.is_empty() {
            steps.push(Step::UnsureRemoved(unsure));
        }
        let path = self.recording.path.clone();
        let negatives = self.negatives()?;
        let marks: Vec<NewNegative<'_>> = spans
            .iter()
            .filter(|span| !is_marked(&negatives, **span))
            .map(|&span| NewNegative {
                profile: &self.profile,
                filename: &self.recording.filename,
                span,
                source_path: &path,
                source_model: &self.model,
            })
            .collect();
        let added = self.store.with(|store| {
            let ids = store.add_negatives(&marks)?;
            // They are marked: an error now would have it done again, which unmarks them.
            let all = store.negatives_in(&self.profile, &self.recording.filename);
            Ok(all
                .unwrap_or_default()
                .into_iter()
                .filter(|row| ids.contains(&row.id))
                .collect::<Vec<_>>())
        })?;
        let what = format!(
            "marking {} as not this sound",
            counted(added.len(), "region")
        );
        steps.push(Step::NegativesAdded(added));
        Ok(Deed { what, steps })
    }

    fn unmark_negatives(&self, ids: &[NegativeId]) -> Result<Deed, EngineError> {
        let removed = self.store.with(|store| store.remove_negatives(ids))?;
        Ok(Deed {
            what: format!("unmarking {}", counted(removed.len(), "hard negative")),
            steps: vec![Step::NegativesRemoved(removed)],
        })
    }

    /// Exports `spans` as clips of `class`, leaving out those that are clips of it already. A hard negative or an unsure mark
    /// in the same place goes: the last word counts.
    ///
    /// # Errors
    /// When the audio cannot be read, the clip not written, or the database refuses.
    pub fn confirm(&self, spans: &[Span], class: &str) -> Result<Deed, EngineError> {
        let known = self.clips()?;
        let mut added = Vec::new();
        for &span in spans {
            // One that was exported unseen is no example yet.
            let mut by_hand = clips_on(&known, span).filter(|clip| !clip.scan_export);
            if by_hand.any(|clip| clip.class() == Some(class)) {
                continue;
            }
            added.push(self.export_clip(span, class)?);
        }
        let mut steps = Vec::new();
        let negatives = self.no_longer_negatives(spans)?;
        if !negatives.is_empty() {
            steps.push(Step::NegativesRemoved(negatives));
        }
        let unsure = self.no_longer_unsure(spans)?;
        if !unsure.is_empty() {
            steps.push(Step::UnsureRemoved(unsure));
        }
        let what = format!("confirming {} as {class}", counted(added.len(), "region"));
        steps.push(Step::ClipsAdded(added));
        Ok(Deed { what, steps })
    }

    /// Writes one clip and its row: first the file, then the row, so that no row ever names a file that is not there.
    ///
    /// # Errors
    /// When the audio cannot be read, the clip not written, or the database refuses.
    pub fn export_clip(&self, span: Span, class: &str) -> Result<Clip, EngineError> {
        let class = ClassName::new(class)?;
        let stretch = audio::read_stretch(&self.recording.path, span)?;
        let folder = self.clips_folder.join(class.as_str());
        let slot = self.store.with(|store| {
            store.next_clip_folder(&self.recording.filename, &self.profile, &folder)
        })?;
        let written = export_clip(
            &self.clips_folder,
            &class,
            ClipFolder::Existing(&folder.join(slot.folder)),
            &ClipAudio {
                samples: &stretch.interleaved,
                channels: stretch.channels,
                rate: stretch.rate,
            },
        )?;
        let entered = self.store.with(|store| {
            store.add_clip(&NewClip {
                profile: &self.profile,
                filename: &self.recording.filename,
                span,
                output_path: &written,
                source_path: &self.recording.path,
                label: class.as_str(),
                scan_export: false,
                spread_s: 0.0,
            })
        });
        if entered.is_err() {
            // The mark is tried again and then writes its file anew; without a row this one would belong to nobody.
            drop(std::fs::remove_file(&written));
        }
        let id = entered?;
        let clips = self.clips()?;
        clips
            .into_iter()
            .find(|clip| clip.id == id)
            .ok_or(EngineError::Vanished { what: "the clip" })
    }

    /// Disables those of `regions` that are not; if all of them are, enables them.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn toggle_disabled(&self, regions: &[RegionRow]) -> Result<Deed, EngineError> {
        let disable = regions.iter().any(|region| !region.disabled);
        let ids: Vec<RegionId> = regions
            .iter()
            .filter(|region| region.disabled != disable)
            .map(|region| region.id)
            .collect();
        let found = self.store.with(|store| store.set_disabled(&ids, disable))?;
        if found == 0 && !ids.is_empty() {
            return Err(EngineError::Vanished { what: "the region" });
        }
        let verb = if disable { "disabling" } else { "enabling" };
        Ok(Deed {
            what: format!("{verb} {}", counted(ids.len(), "region")),
            steps: vec![Step::Disabled {
                regions: ids,
                disabled: disable,
            }],
        })
    }

    /// Removes the hard negatives on `spans`, because another word was said about them.
    fn no_longer_negatives(&self, spans: &[Span]) -> Result<Vec<HardNegative>, EngineError> {
        let known = self.negatives()?;
        let on_them = spans.iter().flat_map(|&span| negatives_on(&known, span));
        let ids = each_once(on_them.map(|row| row.id));
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        Ok(self.store.with(|store| store.remove_negatives(&ids))?)
    }

    /// Removes the clips on `spans`, because another word was said about them. Their files stay.
    fn no_longer_clips(&self, spans: &[Span]) -> Result<Vec<Clip>, EngineError> {
        let known = self.clips()?;
        let on_them = spans.iter().flat_map(|&span| clips_on(&known, span));
        let ids = each_once(on_them.map(|clip| clip.id));
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        Ok(self.store.with(|store| store.remove_clips(&ids))?)
    }

    fn negatives(&self) -> Result<Vec<HardNegative>, EngineError> {
        Ok(self
            .store
            .with(|store| store.negatives_in(&self.profile, &self.recording.filename))?)
    }

    fn clips(&self) -> Result<Vec<Clip>, EngineError> {
        Ok(self
            .store
            .with(|store| store.clips_in(&self.profile, &self.recording.filename))?)
    }
}

/// Rows by identity, each once, however many spans they lie on.
fn each_once<T: Ord>(ids: impl Iterator<Item = T>) -> Vec<T> {
    ids.collect::<BTreeSet<T>>().into_iter().collect()
}

/// `1 region`, `2 regions`.
pub fn counted(count: usize, noun: &str) -> String {
    if count == 1 {
        format!("1 {noun}")
    } else {
        format!("{count} {noun}s")
    }
}
