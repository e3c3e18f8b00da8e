//! From a session to the view that its window draws. Pure: it reads the session and changes nothing.

use std::sync::Arc;

use super::obstacles::obstacle;
use super::session::{ComparedVersion, KeptTake, Loaded, Session};
use super::training::{annotate, training_view};
use crate::marks::SpanIndex;
use crate::protocol::{
    ActivityView, ComparisonView, HealthView, LearningView, MarksView, RegionChange, RegionState,
    RegionView, ResultsView, ShownView, SourceView, StorageView, TakeView, View,
};
use crate::scan::{
    Fate, RegionSettings, SavedSpan, ScoredSpan, WindowScores, compare, recut, regions,
};
use crate::time::Span;

/// Everything that the window of `session` shows.
pub(super) fn view_of(session: &Session) -> View {
    let Session {
        takes,
        shown,
        jobs,
        health,
        asked,
        history,
        ..
    } = session;
    let take = shown.take().unwrap_or_default();
    let mut view = View {
        revision: session.revision(),
        generation: session.generation(),
        source: SourceView {
            name: session.identity.name.clone(),
            takes: takes.in_order().into_iter().map(take_view).collect(),
            behind_s: takes.behind_s(),
        },
        shown: ShownView {
            profile: shown.profile().to_owned(),
            take: shown.take().map(str::to_owned),
            model: shown.model().to_owned(),
            threshold: shown.threshold(),
            ..ShownView::default()
        },
        results: ResultsView {
            waveform: takes.waveform(take).cloned().unwrap_or_default(),
            spectrogram: asked.spectrogram().cloned(),
            ..ResultsView::default()
        },
        marks: MarksView {
            undo: history.next_undo().map(str::to_owned),
            redo: history.next_redo().map(str::to_owned),
            ..MarksView::default()
        },
        learning: LearningView {
            training: training_view(jobs, shown),
            ..LearningView::default()
        },
        activity: ActivityView {
            job: jobs.progress(),
            audition: asked.audition().cloned(),
            folder: asked.folder().cloned(),
            export_question: asked.export_question().cloned(),
        },
        storage: StorageView {
            counted: asked.counted().cloned(),
            settings: shown.settings().cloned(),
            survey: asked.survey().cloned(),
            ..StorageView::default()
        },
        health: HealthView {
            status: health.status().cloned(),
            waiting: health.pending().changes,
            ..HealthView::default()
        },
    };
    if let Some(loaded) = shown.loaded() {
        add_loaded(&mut view, session, loaded);
    }
    let obstacles = &mut view.health.obstacles;
    obstacles.extend(health.stopped().iter().cloned());
    obstacles.extend(obstacle(health.pending().changes, &health.troubles()));
    view
}

/// Adds what the database says, with what the live scan found since.
fn add_loaded(view: &mut View, session: &Session, loaded: &Loaded) {
    let take = session.shown.take().unwrap_or_default();
    let live = session.takes.live_scores(take);
    let View {
        shown,
        results,
        marks,
        learning,
        storage,
        health,
        ..
    } = view;
    storage.profiles.clone_from(&loaded.profiles);
    health.obstacles.clone_from(&loaded.obstacles);
    let version = loaded.shown_version.as_ref();
    shown.version = version.map(|version| version.timestamp.clone());
    shown.shape = loaded.shape;
    marks.classes.clone_from(&loaded.classes);
    marks.negatives = Arc::clone(&loaded.negatives);
    marks.since_training = loaded.marks_since_training;
    learning.classifiers.clone_from(&loaded.classifiers);
    annotate(&mut learning.classifiers, &session.jobs, &session.shown);
    learning.last_training.clone_from(&loaded.last_training);
    results.tabs.clone_from(&loaded.tabs);
    results.versions.clone_from(&loaded.versions);
    results.scores = live.or(loaded.scores.as_ref()).cloned();
    let live = live.map(AsRef::as_ref);
    results.regions = shown_regions(session, loaded, live, &mut results.comparison);
}

/// Saved regions as they are, or cut anew while the threshold moves; with the live scan's behind them.
fn shown_regions(
    session: &Session,
    loaded: &Loaded,
    live: Option<&WindowScores>,
    comparison: &mut Option<ComparisonView>,
) -> Arc<Vec<RegionView>> {
    let (shown, jobs) = (&session.shown, &session.jobs);
    let waiting = &session.health.pending().spans;
    let is_as_loaded = !shown.is_threshold_moving()
        && jobs.is_novelty_unknown()
        && waiting.is_empty()
        && loaded.compared.is_none()
        && live.is_none();
    if is_as_loaded {
        // The same list again: windows need not sort and count it anew.
        return Arc::clone(&loaded.regions);
    }
    let settings = loaded.shape.at(shown.threshold());
    let mut regions = match &loaded.scores {
        Some(scores) if shown.is_threshold_moving() => cut_anew(&loaded.regions, scores, settings),
        _ => loaded.regions.as_ref().clone(),
    };
    jobs.add_novelty(&mut regions);
    if !waiting.is_empty() {
        let file = loaded.shown_take.as_ref();
        for region in &mut regions {
            let mut waiting = waiting.iter();
            region.waiting =
                waiting.any(|(filename, span)| filename.as_ref() == file && *span == region.span);
        }
    }
    if let Some(compared) = &loaded.compared {
        *comparison = Some(compare_regions(&mut regions, compared));
    }
    if let Some(live) = live {
        add_live(&mut regions, provisional(live, settings));
    }
    Arc::new(regions)
}

/// Adds what the live scan found where no saved region lies. A mark is in the way only if it covers most of what was found.
fn add_live(regions: &mut Vec<RegionView>, mut found: Vec<RegionView>) {
    let saved = SpanIndex::new(regions.iter().map(|region| region.span).enumerate());
    let is_known = |found: &RegionView| {
        let mut there = saved.touching(found.span);
        there.any(|(span, at)| {
            let is_mark = regions.get(at).is_some_and(RegionView::is_bare_mark);
            !is_mark || span.covers_most_of(found.span)
        })
    };
    found.retain(|found| !is_known(found));
    regions.extend(found);
}

/// What the version will be once the threshold rests: what the user changed in it stays, the rest is as found. Marks that
/// lie on no region belong to no version, and stay.
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

fn compare_regions(shown: &mut [RegionView], compared: &ComparedVersion) -> ComparisonView {
    let before = compared.regions.iter().map(|row| ScoredSpan {
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
        with: compared.with.clone(),
        with_number: compared.version.number,
        check: compared.check.clone(),
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
    let row = take.row();
    let rate = f64::from(row.rate.hz());
    let gaps = row.gaps.iter();
    TakeView {
        filename: row.filename.clone(),
        path: row.path.clone(),
        start_s: take.start_s(),
        duration_s: row.frames as f64 / rate,
        rate: row.rate,
        recording: take.is_recording(),
        gaps: gaps
            .filter_map(|gap| Span::new(gap.start as f64 / rate, gap.end as f64 / rate).ok())
            .collect(),
    }
}
