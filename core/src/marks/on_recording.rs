//! The marks on one recording, and what they make of a region. Read from the database in one go, then pure.

use super::matching::SpanIndex;
use crate::marks::Judged;
use crate::protocol::{RegionState, RegionView, ShownId};
use crate::scan::{WindowScores, highest_within};
use crate::store::{Clip, RegionRow, Store, StoreError, UNSAID_LENGTH_S, UnsureMark};
use crate::time::Span;

/// Everything that was said about a recording.
pub struct Marks {
    pub judged: Judged,
    unsure: Vec<UnsureMark>,
    /// Clips that were exported unseen from a scan, which say nothing about what they are of.
    exported: SpanIndex,
    on: Indexes,
}

/// Where the marks of each kind lie.
struct Indexes {
    negatives: SpanIndex,
    clips: SpanIndex,
    unsure: SpanIndex,
}

impl Marks {
    /// The marks of `profile` on the recording `filename`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn read(store: &Store, profile: &str, filename: &str) -> Result<Self, StoreError> {
        let clips = store.clips_in(profile, filename)?;
        let (exported, clips): (Vec<Clip>, Vec<Clip>) =
            clips.into_iter().partition(|clip| clip.scan_export);
        let judged = Judged {
            negatives: store.negatives_in(profile, filename)?,
            clips,
        };
        let unsure = store.unsure_marks(profile, Some(filename))?;
        let of_clips =
            |clips: &[Clip]| SpanIndex::new(clips.iter().map(|clip| clip.span).enumerate());
        let negatives = judged.negatives.iter().enumerate();
        let on = Indexes {
            negatives: SpanIndex::new(
                negatives.filter_map(|(at, row)| Some((at, row.span(UNSAID_LENGTH_S)?))),
            ),
            clips: of_clips(&judged.clips),
            unsure: SpanIndex::new(unsure.iter().map(|mark| mark.span).enumerate()),
        };
        Ok(Self {
            judged,
            unsure,
            exported: of_clips(&exported),
            on,
        })
    }

    /// What a region of `span` is.
    pub fn state(&self, span: Span, disabled: bool) -> RegionState {
        let is_on = |index: &SpanIndex| index.on(span).next().is_some();
        if disabled {
            RegionState::Disabled
        } else if is_on(&self.on.unsure) {
            // Before the others, as in training, should 8-cut have marked the same spot.
            RegionState::Unsure
        } else if is_on(&self.on.negatives) {
            RegionState::Negative
        } else if is_on(&self.on.clips) {
            RegionState::Positive
        } else {
            RegionState::Found
        }
    }

    /// A region as it looks under these marks.
    pub fn dress(&self, row: &RegionRow) -> RegionView {
        let clip = self.on.clips.first_on(row.span);
        let clip = clip.and_then(|at| self.judged.clips.get(at));
        RegionView {
            id: Some(row.id.into()),
            state: self.state(row.span, row.disabled),
            class: clip.and_then(Clip::class).map(str::to_owned),
            clip: clip.map(|clip| clip.id),
            original: row.original,
            exported: self.exported.on(row.span).next().is_some(),
            ..RegionView::found(row.span, row.score)
        }
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
        // Nearly sorted, which a stable sort makes use of; regions before the marks that begin with them.
        shown.sort_by(|a, b| a.span.start_s().total_cmp(&b.span.start_s()));
        shown
    }

    /// Every mark as a region of its own, without a score.
    fn all(&self) -> impl Iterator<Item = RegionView> {
        let bare = |id: ShownId, state: RegionState, span: Span| RegionView {
            id: Some(id),
            state,
            exported: self.exported.on(span).next().is_some(),
            ..RegionView::found(span, f32::NAN)
        };
        let negatives = self.judged.negatives.iter().filter_map(move |row| {
            let span = row.span(UNSAID_LENGTH_S)?;
            Some(bare(ShownId::Negative(row.id), RegionState::Negative, span))
        });
        let clips = self.judged.clips.iter().map(move |clip| RegionView {
            class: clip.class().map(str::to_owned),
            clip: Some(clip.id),
            ..bare(ShownId::Clip(clip.id), RegionState::Positive, clip.span)
        });
        let unsure = self.unsure.iter();
        let unsure =
            unsure.map(move |mark| bare(ShownId::Unsure(mark.id), RegionState::Unsure, mark.span));
        negatives.chain(clips).chain(unsure)
    }
}
