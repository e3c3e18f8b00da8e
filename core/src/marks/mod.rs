//! Marking what a scan found, so that it can be taken back: the deeds behind N, P, U, Delete and the drag over the waveform.
//!
//! Used by the coordinator and the command line. Each deed is committed before it returns; by row identity, never by list position.

mod edits;
mod history;
mod judged;
mod matching;
mod on_recording;
mod step;
mod unsure;

use std::collections::BTreeSet;

pub use history::{Deed, History};
pub use judged::{Judged, of_versions};
use matching::Placed;
pub use matching::SpanIndex;
pub use on_recording::Marks;
pub use step::{KEPT_LIMIT_BYTES, ProfileChange, Step, VersionKey};

use crate::audio;
use crate::export::{ClassName, ClipAudio, ClipFolder, export_clip};
use crate::protocol::{EngineError, ShownId};
use crate::recording::Recording;
use crate::store::{
    Clip, HardNegative, NegativeId, NewClip, NewNegative, RegionId, RegionRow, StoreHandle,
};
use crate::time::Span;
pub(crate) use crate::words::counted;

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
    /// Marks those of `spans` that are no hard negatives; if all of them are, unmarks them. A span that was confirmed is
    /// no longer: the last word counts.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn toggle_negative(&self, spans: &[Span]) -> Result<Deed, EngineError> {
        let negatives = self.negatives()?;
        if !spans.is_empty() && spans.iter().all(|&span| negatives.is_on(span)) {
            let marked = spans.iter().flat_map(|&span| negatives.on(span));
            return self.unmark_negatives(&each_once(marked.map(|row| row.id)));
        }
        let spans: Vec<Span> = spans
            .iter()
            .copied()
            .filter(|&span| !negatives.is_on(span))
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
            .filter(|span| !negatives.says(**span))
            .map(|&span| NewNegative {
                profile: &self.profile,
                filename: &self.recording.filename,
                span,
                source_path: &path,
                source_model: &self.model,
            })
            .collect();
        let added = self.store.with(|store| {
            let ids: BTreeSet<NegativeId> = store.add_negatives(&marks)?.into_iter().collect();
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

    /// Confirms those of `spans` that are no examples of `class`; if all of them are, unmarks them. Their files stay.
    ///
    /// # Errors
    /// When the audio cannot be read, a clip not written, or the database refuses.
    pub fn toggle_positive(&self, spans: &[Span], class: &str) -> Result<Deed, EngineError> {
        let known = self.clips()?;
        let examples = |span: Span| examples_on(&known, span, class);
        if spans.is_empty() || !spans.iter().all(|&span| examples(span).next().is_some()) {
            return self.confirm(spans, class);
        }
        let ids = each_once(
            spans
                .iter()
                .flat_map(|&span| examples(span))
                .map(|it| it.id),
        );
        let removed = self.store.with(|store| store.remove_clips(&ids))?;
        Ok(Deed {
            what: format!("unmarking {}", counted(removed.len(), "example")),
            steps: vec![Step::ClipsRemoved(removed)],
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
            if examples_on(&known, span, class).next().is_some() {
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
        let clips = self.clips()?.into_rows();
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

    /// Removes marks, each by its row; regions among `marks` are passed over. The files of clips stay.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn remove_marks(&self, marks: &[ShownId]) -> Result<Deed, EngineError> {
        let (mut negatives, mut clips, mut unsure) = (Vec::new(), Vec::new(), Vec::new());
        for &mark in marks {
            match mark {
                ShownId::Region(_) => {}
                ShownId::Negative(id) => negatives.push(id),
                ShownId::Clip(id) => clips.push(id),
                ShownId::Unsure(id) => unsure.push(id),
            }
        }
        let (negatives, clips, unsure) = self.store.with(|store| {
            Ok((
                store.remove_negatives(&negatives)?,
                store.remove_clips(&clips)?,
                store.remove_unsure(&unsure)?,
            ))
        })?;
        let removed = negatives.len() + clips.len() + unsure.len();
        Ok(Deed {
            what: format!("removing {}", counted(removed, "mark")),
            steps: vec![
                Step::NegativesRemoved(negatives),
                Step::ClipsRemoved(clips),
                Step::UnsureRemoved(unsure),
            ],
        })
    }

    /// Removes the hard negatives on `spans`, because another word was said about them.
    fn no_longer_negatives(&self, spans: &[Span]) -> Result<Vec<HardNegative>, EngineError> {
        let known = self.negatives()?;
        let on_them = spans.iter().flat_map(|&span| known.on(span));
        let ids = each_once(on_them.map(|row| row.id));
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        Ok(self.store.with(|store| store.remove_negatives(&ids))?)
    }

    /// Removes the clips on `spans`, because another word was said about them. Their files stay.
    fn no_longer_clips(&self, spans: &[Span]) -> Result<Vec<Clip>, EngineError> {
        let known = self.clips()?;
        let on_them = spans.iter().flat_map(|&span| known.on(span));
        let ids = each_once(on_them.map(|clip| clip.id));
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        Ok(self.store.with(|store| store.remove_clips(&ids))?)
    }

    fn negatives(&self) -> Result<Placed<HardNegative>, EngineError> {
        let (profile, filename) = (&self.profile, &self.recording.filename);
        let rows = self
            .store
            .with(|store| store.negatives_in(profile, filename))?;
        Ok(Placed::new(rows))
    }

    fn clips(&self) -> Result<Placed<Clip>, EngineError> {
        let (profile, filename) = (&self.profile, &self.recording.filename);
        let rows = self.store.with(|store| store.clips_in(profile, filename))?;
        Ok(Placed::new(rows))
    }
}

/// The clips of `class` on `span` that somebody has listened to: one that was exported unseen is no example yet.
fn examples_on<'a>(
    clips: &'a Placed<Clip>,
    span: Span,
    class: &'a str,
) -> impl Iterator<Item = &'a Clip> {
    clips
        .on(span)
        .filter(move |clip| !clip.scan_export && clip.class() == Some(class))
}

/// Rows by identity, each once, however many spans they lie on.
fn each_once<T: Ord>(ids: impl Iterator<Item = T>) -> Vec<T> {
    ids.collect::<BTreeSet<T>>().into_iter().collect()
}
