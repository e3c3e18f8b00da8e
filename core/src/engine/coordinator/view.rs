//! From a session to the view that its window draws. Pure: it reads the session and changes nothing.

use std::sync::Arc;

use super::live_regions::{found_live, unsaved, without_known};
use super::obstacles::obstacle;
use super::session::{ComparedVersion, KeptTake, Loaded, Session};
use super::similar::similar_view;
use super::sounds::live_others;
use super::training::{annotate, training_view};
use crate::protocol::{
    ActivityView, ComparisonView, LibraryView, RegionChange, RegionState, RegionView, SourceView,
    TakeView, View,
};
use crate::scan::{
    self, Fate, RegionSettings, SavedSpan, ScoredSpan, WindowScores, compare, recut,
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
    let loaded = shown.loaded();
    let mut view = loaded.map_or_else(View::default, |loaded| loaded.view.clone());
    view.revision = session.revision();
    view.generation = session.generation();
    view.source = SourceView {
        name: session.identity.name.clone(),
        takes: takes.on_show().into_iter().map(take_view).collect(),
        behind_s: takes.behind_s(),
    };
    shown.profile().clone_into(&mut view.shown.profile);
    view.shown.watched = shown.watched().to_vec();
    shown.model().clone_into(&mut view.shown.model);
    view.shown.take = shown.take().map(str::to_owned);
    view.shown.threshold = shown.threshold();
    view.marks.undo = history.next_undo().map(str::to_owned);
    view.marks.redo = history.next_redo().map(str::to_owned);
    view.learning.training = training_view(jobs, shown);
    annotate(&mut view.learning.classifiers, jobs, shown);
    let answers = asked.answers().clone();
    view.results.spectrogram = answers.spectrogram;
    view.activity = ActivityView {
        job: jobs.progress(),
        ..answers.activity
    };
    view.similar = similar_view(session);
    view.labels = session.labels.view();
    view.pack = session.pack.view();
    view.library = LibraryView {
        found: answers.found,
        scanned: view.library.scanned,
        ..answers.library
    };
    view.storage.counted = answers.counted;
    view.storage.survey = answers.survey;
    view.storage.settings = shown.settings().cloned();
    let take = shown.take().unwrap_or_default();
    view.results.waveform = takes.waveform(take).cloned().unwrap_or_default();
    if let Some(loaded) = loaded {
        let live = takes.live_scores(take, shown.profile());
        if let Some(live) = live {
            view.results.scores = Some(Arc::clone(live));
        }
        if let Some(others) = &loaded.others {
            view.results.sounds = Arc::clone(&others.sounds);
        }
        let comparison = &mut view.results.comparison;
        view.results.regions = shown_regions(session, loaded, live, comparison);
    }
    view.health.status = health.status().cloned();
    view.health.waiting = health.pending().changes;
    let obstacles = &mut view.health.obstacles;
    obstacles.extend(health.stopped().iter().cloned());
    obstacles.extend(obstacle(health.pending().changes, &health.troubles()));
    view
}

/// Saved regions as they are, or cut anew while the threshold moves; with the live scan's behind them.
fn shown_regions(
    session: &Session,
    loaded: &Loaded,
    live: Option<&Arc<WindowScores>>,
    comparison: &mut Option<ComparisonView>,
) -> Arc<Vec<RegionView>> {
    let (shown, jobs, found) = (&session.shown, &session.jobs, &loaded.view.results);
    let waiting = &session.health.pending().spans;
    let is_as_loaded = !shown.is_threshold_moving()
        && jobs.is_novelty_unknown()
        && waiting.is_empty()
        && loaded.compared.is_none()
        && live.is_none()
        && !session
            .takes
            .has_live_scores(shown.take().unwrap_or_default());
    if is_as_loaded {
        // The same list again: windows need not sort and count it anew.
        let others = loaded.others.as_ref();
        return Arc::clone(others.map_or(&found.regions, |others| &others.all));
    }
    let settings = loaded.view.shown.shape.at(shown.threshold());
    let mut regions = match &found.scores {
        Some(scores) if shown.is_threshold_moving() && !scores.scores.is_empty() => {
            cut_anew(&found.regions, scores, settings)
        }
        _ => found.regions.as_ref().clone(),
    };
    jobs.add_novelty(&mut regions);
    if let Some(compared) = &loaded.compared {
        *comparison = Some(compare_regions(&mut regions, compared));
    }
    let live = live.map(|live| without_known(&regions, found_live(live, &settings)));
    let live = live.unwrap_or_default();
    match &loaded.others {
        None => regions.extend(live),
        Some(others) => {
            regions = others.with(regions);
            regions.extend(others.as_own(live));
            regions.extend(live_others(session, others));
        }
    }
    if !waiting.is_empty() {
        let file = loaded.view.shown.take.as_ref();
        for region in &mut regions {
            let mut waiting = waiting.iter();
            region.waiting =
                waiting.any(|(filename, span)| filename.as_ref() == file && *span == region.span);
        }
    }
    Arc::new(regions)
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
    let cut = recut(&spans, &scan::regions(scores, &settings));
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

fn compare_regions(shown: &mut [RegionView], compared: &ComparedVersion) -> ComparisonView {
    let before = compared.regions.iter().map(|row| ScoredSpan {
        span: row.span,
        score: row.score,
    });
    let before: Vec<ScoredSpan> = before.collect();
    // Marks that lie on no region are no version's.
    let own = shown.iter_mut().filter(|region| !region.is_bare_mark());
    let mut own: Vec<&mut RegionView> = own.collect();
    let now = own.iter().map(|region| ScoredSpan {
        span: region.span,
        score: region.score,
    });
    let found = compare(&before, &now.collect::<Vec<_>>());
    let moved = found.moved.iter().filter_map(|&(was, index)| {
        let from = before.get(was)?.span;
        Some((index, RegionChange::Moved { from }))
    });
    let kept = found
        .kept
        .iter()
        .map(|&(_, index)| (index, RegionChange::Kept));
    let new = found.new.iter().map(|&index| (index, RegionChange::New));
    for (index, change) in kept.chain(moved).chain(new) {
        if let Some(region) = own.get_mut(index) {
            region.change = Some(change);
        }
    }
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
        duration_s: take.length_s(),
        rate: row.rate,
        is_file: take.is_file(),
        recording: take.is_recording(),
        gaps: gaps
            .filter_map(|gap| Span::new(gap.start as f64 / rate, gap.end as f64 / rate).ok())
            .collect(),
    }
}
