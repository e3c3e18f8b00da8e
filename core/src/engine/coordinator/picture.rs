//! From a session to the view its window draws.

use std::sync::Arc;

use super::loaded::Loaded;
use super::rival::Rival;
use super::session::{KeptTake, Session};
use super::trouble::obstacle;
use crate::marks::SpanIndex;
use crate::protocol::{ComparisonView, RegionChange, RegionState, RegionView, TakeView, View};
use crate::scan::{
    Fate, RegionSettings, SavedSpan, ScoredSpan, WindowScores, compare, recut, regions,
};
use crate::time::Span;

impl Session {
    /// Publishes a view if anything changed, or while a job moves.
    pub(super) fn publish(&mut self) {
        if !self.changed && self.job.is_none() {
            return;
        }
        self.changed = false;
        self.revision += 1;
        let view = self.picture();
        self.outbox.publish(Arc::new(view));
    }

    pub(super) fn picture(&self) -> View {
        let mut view = View {
            revision: self.revision,
            generation: self.generation,
            source_name: self.identity.name.clone(),
            profile: self.profile.clone(),
            counted: self.counted.clone(),
            job: self.job.as_ref().map(crate::job::JobControl::progress),
            takes: self.takes_in_order().into_iter().map(take_view).collect(),
            shown_take: self.shown_take.clone(),
            behind_s: self.behind_s.values().sum(),
            shown_model: self.model.clone(),
            threshold: self.threshold,
            audition: self.audition.as_ref().map(|audition| audition.view.clone()),
            spectrogram: self.spectrogram.clone(),
            status: self.status.clone(),
            undo: self.history.next_undo().map(str::to_owned),
            redo: self.history.next_redo().map(str::to_owned),
            training: self.training_view(),
            folder: self.folder.clone(),
            export_question: self.export_question.clone(),
            settings: self.settings.clone(),
            survey: self.survey.clone(),
            ..View::default()
        };
        let shown = self.shown_take.as_deref().unwrap_or_default();
        if let Some(waveform) = self.waveforms.get(shown) {
            view.waveform = Arc::clone(waveform);
        }
        let live = self.live_scores.get(shown);
        if let Some(loaded) = &self.loaded {
            view.profiles.clone_from(&loaded.profiles);
            view.obstacles.clone_from(&loaded.obstacles);
            view.tabs.clone_from(&loaded.tabs);
            view.versions.clone_from(&loaded.versions);
            view.shown_version = loaded
                .shown_version
                .as_ref()
                .map(|version| version.timestamp.clone());
            view.scores = live.or(loaded.scores.as_ref()).cloned();
            view.shape = loaded.shape;
            view.classes.clone_from(&loaded.classes);
            view.negatives = Arc::clone(&loaded.negatives);
            view.classifiers.clone_from(&loaded.classifiers);
            self.add_notes(&mut view.classifiers);
            self.add_proof(&mut view.classifiers);
            view.last_training.clone_from(&loaded.last_training);
            view.marks_since_training = loaded.marks_since_training;
            view.regions =
                self.shown_regions(loaded, live.map(AsRef::as_ref), &mut view.comparison);
        }
        view.waiting = self.pending.orders;
        view.obstacles
            .extend(obstacle(self.pending.orders, &self.troubles()));
        view
    }

    /// Saved regions as they are, or cut anew while the threshold moves; with the live scan's behind them.
    fn shown_regions(
        &self,
        loaded: &Loaded,
        live: Option<&WindowScores>,
        comparison: &mut Option<ComparisonView>,
    ) -> Arc<Vec<RegionView>> {
        let is_as_loaded = self.threshold_moved.is_none()
            && self.novelty.is_empty()
            && self.pending.spans.is_empty()
            && loaded.compared.is_none()
            && live.is_none();
        if is_as_loaded {
            // The same list again: windows need not sort and count it anew.
            return Arc::clone(&loaded.regions);
        }
        let mut shown = match (&loaded.scores, self.threshold_moved) {
            (Some(scores), Some(_)) => {
                cut_anew(&loaded.regions, scores, loaded.shape.at(self.threshold))
            }
            _ => loaded.regions.as_ref().clone(),
        };
        self.novelty.add_to(&mut shown);
        if !self.pending.spans.is_empty() {
            let file = loaded.shown_take.as_ref();
            for region in &mut shown {
                let mut waiting = self.pending.spans.iter();
                region.waiting = waiting
                    .any(|(filename, span)| filename.as_ref() == file && *span == region.span);
            }
        }
        if let Some(rival) = &loaded.compared {
            *comparison = Some(compare_regions(&mut shown, rival));
        }
        if let Some(live) = live {
            let saved = SpanIndex::new(shown.iter().map(|region| region.span).enumerate());
            let is_known = |found: &RegionView| {
                let mut there = saved.touching(found.span);
                there.any(|(span, at)| {
                    let is_mark = shown.get(at).is_some_and(RegionView::is_bare_mark);
                    !is_mark || span.covers_most_of(found.span)
                })
            };
            let mut found = provisional(live, loaded.shape.at(self.threshold));
            found.retain(|found| !is_known(found));
            shown.extend(found);
        }
        Arc::new(shown)
    }
}

/// What the version will be once the threshold rests: what a hand changed in it stands, the rest is as found. Marks that
/// lie on no region are no version's, and stay.
fn cut_anew(
    shown: &[RegionView],
    scores: &WindowScores,
    settings: RegionSettings,
) -> Vec<RegionView> {
    let (marks, saved): (Vec<&RegionView>, Vec<&RegionView>) =
        shown.iter().partition(|region| region.is_bare_mark());
    let spans: Vec<SavedSpan> = saved
        .iter()
        .map(|region| SavedSpan {
            span: region.span,
            original: region.original,
            disabled: region.state == RegionState::Disabled,
        })
        .collect();
    let cut = recut(&spans, &regions(scores, &settings));
    let kept = saved
        .into_iter()
        .zip(cut.fates)
        .filter_map(|(region, fate)| match fate {
            Fate::Stays => Some(region.clone()),
            Fate::Follows(found) if region.state == RegionState::Disabled => Some(RegionView {
                span: found.span,
                score: found.score,
                ..region.clone()
            }),
            Fate::Follows(found) => Some(unsaved(found)),
            Fate::Goes => None,
        });
    let added = cut.added.into_iter().map(unsaved);
    let mut shown: Vec<RegionView> = kept
        .chain(added)
        .chain(marks.into_iter().cloned())
        .collect();
    shown.sort_by(|a, b| a.span.start_s().total_cmp(&b.span.start_s()));
    shown
}

fn provisional(scores: &WindowScores, settings: RegionSettings) -> Vec<RegionView> {
    regions(scores, &settings)
        .into_iter()
        .map(unsaved)
        .collect()
}

fn unsaved(found: ScoredSpan) -> RegionView {
    RegionView {
        state: RegionState::Provisional,
        ..RegionView::found(found.span, found.score)
    }
}

fn compare_regions(shown: &mut [RegionView], rival: &Rival) -> ComparisonView {
    let before = rival.regions.iter().map(|row| ScoredSpan {
        span: row.span,
        score: row.score,
    });
    let before: Vec<ScoredSpan> = before.collect();
    // Marks that lie on no region are no version's.
    let (places, now): (Vec<usize>, Vec<ScoredSpan>) = shown
        .iter()
        .enumerate()
        .filter(|(_, region)| !region.is_bare_mark())
        .map(|(at, region)| {
            let (span, score) = (region.span, region.score);
            (at, ScoredSpan { span, score })
        })
        .unzip();
    let found = compare(&before, &now);
    let mut change = |index: usize, change: RegionChange| {
        let region = places.get(index).and_then(|&at| shown.get_mut(at));
        if let Some(region) = region {
            region.change = Some(change);
        }
    };
    found
        .kept
        .iter()
        .for_each(|&(_, index)| change(index, RegionChange::Kept));
    for &(was, index) in &found.moved {
        if let Some(region) = before.get(was) {
            change(index, RegionChange::Moved { from: region.span });
        }
    }
    found
        .new
        .iter()
        .for_each(|&index| change(index, RegionChange::New));
    ComparisonView {
        with: rival.with.clone(),
        with_number: rival.version.number,
        check: rival.check.clone(),
        kept: found.kept.len(),
        moved: found.moved.len(),
        new: found.new.len(),
        gone: found
            .gone
            .iter()
            .filter_map(|&index| before.get(index))
            .map(|region| region.span)
            .collect(),
    }
}

fn take_view(take: &KeptTake) -> TakeView {
    let rate = f64::from(take.row.rate.hz());
    TakeView {
        filename: take.row.filename.clone(),
        path: take.row.path.clone(),
        start_s: take.row.start.seconds(take.row.rate),
        duration_s: take.row.frames as f64 / rate,
        rate: take.row.rate,
        recording: take.recording,
        gaps: take
            .row
            .gaps
            .iter()
            .filter_map(|gap| Span::new(gap.start as f64 / rate, gap.end as f64 / rate).ok())
            .collect(),
    }
}
