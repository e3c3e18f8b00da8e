//! The marks and notes on one recording, what they make of a region, and what saved versions say of them. Read from the database in one
//! go, then pure.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::matching::{Mark, Placed, SpanIndex};
use crate::frequency::Band;
use crate::protocol::{RegionState, RegionView, ShownId};
use crate::scan::{MarkCheck, WindowScores, highest_within};
use crate::store::{
    ClassifierRow, Clip, HardNegative, MarkBand, RegionNote, RegionRow, ScoredVersion, Store,
    StoreError, UnsureMark,
};
use crate::time::Span;

/// Everything that was said and written about a recording.
pub struct Marks {
    pub(super) negatives: Placed<HardNegative>,
    /// Also those that were exported unseen from a scan, which say nothing about what they are of.
    pub(super) clips: Placed<Clip>,
    pub(super) unsure: Placed<UnsureMark>,
    pub(super) notes: Placed<RegionNote>,
    /// The frequencies of those that were drawn as boxes.
    pub(super) bands: Placed<MarkBand>,
}

impl Marks {
    /// The marks of `profile` on the recording `filename`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn read(store: &Store, profile: &str, filename: &str) -> Result<Self, StoreError> {
        Ok(Self {
            negatives: Placed::new(store.negatives_in(profile, filename)?),
            clips: Placed::new(store.clips_in(profile, filename)?),
            unsure: Placed::new(store.unsure_marks(profile, Some(filename))?),
            notes: Placed::new(store.region_notes(profile, Some(filename))?),
            bands: Placed::new(store.bands_in(profile, filename)?),
        })
    }

    /// The regions of one version as they look under the marks of `profile`, by start, without marks that lie on none of them.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn read_version(
        store: &Store,
        profile: &str,
        filename: &str,
        model: &str,
        timestamp: &str,
    ) -> Result<Vec<RegionView>, StoreError> {
        let marks = Self::read(store, profile, filename)?;
        let regions = store.regions(filename, profile, model, timestamp)?;
        Ok(regions.iter().map(|row| marks.dress(row)).collect())
    }

    /// The first example on `span`.
    fn example_on(&self, span: Span) -> Option<&Clip> {
        self.clips.on(span).find(|clip| !clip.scan_export)
    }

    /// The class of the first example on `span`.
    pub fn class_on(&self, span: Span) -> Option<String> {
        let clip = self.example_on(span)?;
        clip.class().map(str::to_owned)
    }

    /// What a region of `span` is.
    pub fn state(&self, span: Span, disabled: bool) -> RegionState {
        if disabled {
            RegionState::Disabled
        } else if self.unsure.on(span).next().is_some() {
            // Before the others, as in training, should 8-cut have marked the same spot.
            RegionState::Unsure
        } else if self.negatives.on(span).next().is_some() {
            RegionState::Negative
        } else if self.example_on(span).is_some() {
            RegionState::Positive
        } else {
            RegionState::Found
        }
    }

    /// Whether any mark lies on `span`.
    pub(super) fn is_any_on(&self, span: Span) -> bool {
        self.negatives.on(span).next().is_some()
            || self.unsure.on(span).next().is_some()
            || self.example_on(span).is_some()
    }

    /// The frequencies of the mark on `span`, when it was drawn as a box.
    pub fn band(&self, span: Span) -> Option<Band> {
        let band = self.bands.on(span).next()?;
        self.is_any_on(span).then_some(band.band)
    }

    /// A region as it looks under these marks.
    pub fn dress(&self, row: &RegionRow) -> RegionView {
        let clip = self.example_on(row.span);
        RegionView {
            id: Some(row.id.into()),
            state: self.state(row.span, row.disabled),
            class: clip.and_then(Clip::class).map(str::to_owned),
            clip: clip.map(|clip| clip.id),
            clip_path: clip.map(|clip| clip.output_path.clone()),
            original: row.original,
            band: self.band(row.span),
            exported: self.is_exported(row.span),
            note: self.note_on(row.span),
            ..RegionView::found(row.span, row.score)
        }
    }

    /// What is written about `span`; several notes, as on a region that was fused, one after the other.
    pub fn note_on(&self, span: Span) -> Option<String> {
        let notes: Vec<&str> = self.notes.on(span).map(|note| note.text.as_str()).collect();
        (!notes.is_empty()).then(|| notes.join("; "))
    }

    fn is_exported(&self, span: Span) -> bool {
        self.clips.on(span).any(|clip| clip.scan_export)
    }

    /// `regions` as they look under these marks, and the marks that lie on none of them, all by start. `scores` are those of
    /// the same version.
    pub fn shown(&self, regions: &[RegionRow], scores: Option<&WindowScores>) -> Vec<RegionView> {
        let known = SpanIndex::new(regions.iter().map(|row| row.span).enumerate());
        let mut shown: Vec<RegionView> = regions.iter().map(|row| self.dress(row)).collect();
        let bare = self
            .all()
            .filter(|mark| known.on(mark.span).next().is_none());
        shown.extend(bare.map(|mark| {
            RegionView {
                score: scores
                    .and_then(|scores| highest_within(scores, mark.span))
                    .unwrap_or(f32::NAN),
                ..mark
            }
        }));
        self.add_bare_notes(&mut shown);
        // Nearly sorted, which a stable sort makes use of; regions before the marks that begin with them.
        shown.sort_by(|a, b| a.span.start_s().total_cmp(&b.span.start_s()));
        shown
    }

    /// Adds the notes that lie on nothing that is `shown`.
    fn add_bare_notes(&self, shown: &mut Vec<RegionView>) {
        if self.notes.rows.is_empty() {
            return;
        }
        let known = SpanIndex::new(shown.iter().map(|region| region.span).enumerate());
        let notes = self.notes.rows.iter();
        let bare = notes.filter(|note| known.on(note.span).next().is_none());
        shown.extend(bare.map(|note| RegionView {
            id: Some(ShownId::Note(note.id)),
            state: RegionState::Noted,
            note: Some(note.text.clone()),
            ..RegionView::found(note.span, f32::NAN)
        }));
    }

    /// Every mark as a region of its own, without a score.
    fn all(&self) -> impl Iterator<Item = RegionView> {
        let bare = |id: ShownId, state: RegionState, span: Span| RegionView {
            id: Some(id),
            state,
            band: self.band(span),
            exported: self.is_exported(span),
            note: self.note_on(span),
            ..RegionView::found(span, f32::NAN)
        };
        let negatives = self.negatives.rows.iter().filter_map(move |row| {
            let id = ShownId::Negative(row.id);
            Some(bare(id, RegionState::Negative, row.place()?))
        });
        let clips = self.examples().map(move |clip| RegionView {
            class: clip.class().map(str::to_owned),
            clip: Some(clip.id),
            clip_path: Some(clip.output_path.clone()),
            ..bare(ShownId::Clip(clip.id), RegionState::Positive, clip.span)
        });
        let unsure = self.unsure.rows.iter();
        let unsure =
            unsure.map(move |mark| bare(ShownId::Unsure(mark.id), RegionState::Unsure, mark.span));
        negatives.chain(clips).chain(unsure)
    }

    fn examples(&self) -> impl Iterator<Item = &Clip> {
        self.clips.rows.iter().filter(|clip| !clip.scan_export)
    }

    /// What each version of the same recording that has scores says of its negatives and examples, by timestamp.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn checks(
        &self,
        store: &Store,
        (filename, profile, model): (&str, &str, &str),
        classifiers: &[ClassifierRow],
    ) -> Result<BTreeMap<String, Arc<MarkCheck>>, StoreError> {
        if self.negatives.rows.is_empty() && self.examples().next().is_none() {
            return Ok(BTreeMap::new());
        }
        let versions = store.scored_versions(filename, profile, model)?;
        let checks = versions.into_iter().filter_map(|version| {
            let by = classifiers
                .iter()
                .find(|row| row.id == version.classifier)?;
            let check = self.check(filename, &version, &by.classes);
            (!check.is_empty()).then(|| (version.timestamp, Arc::new(check)))
        });
        Ok(checks.collect())
    }

    /// What `version` of `filename` says, as one that looks for `classes`.
    fn check(&self, filename: &str, version: &ScoredVersion, classes: &[String]) -> MarkCheck {
        let examples = self.examples().filter(|clip| {
            let class = clip.class().unwrap_or_default();
            classes.iter().any(|known| known == class)
        });
        let mut check = MarkCheck::default();
        check.add(
            filename,
            &version.scores,
            version.threshold,
            self.negatives.rows.iter().filter_map(Mark::place),
            examples.map(|clip| clip.span),
        );
        check
    }
}
