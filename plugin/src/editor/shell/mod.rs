//! The whole window without a host: lays out the views, and carries out their actions in one place.
//!
//! Runs on the window's thread and must never wait. Takes a [`FrameState`] of everything shown, keeps only what belongs to the window
//! itself (selection, zoom, open panel, forms), and gives back what must leave the window. It can be driven by a
//! test exactly as by a person.

mod apply;
mod files;
mod layout;
mod marks;
mod noting;
mod panels;
mod select;
mod similar;

use std::path::PathBuf;

use earmark_core::protocol::{SimilarStretch, Subjects, View};
use earmark_core::time::Span;
use egui::Ui;

use self::noting::{OpenNote, SoughtNotes};
use super::action::{Outgoing, Panel};
pub use super::frame::{
    FrameState, newest_sounds, playhead_in_take, shown_sounds, shown_take, times,
};
use super::in_out::InOutPoints;
use super::keys;
use super::mark_target::PlayheadFollow;
use super::region_index::RegionIndex;
use super::review_order::Arrangement;
use super::selection::Selection;
use super::time_selection::TimeSelection;
use super::views::class_prompt::PromptState;
use super::views::export_form::ExportForm;
use super::views::header::HeaderState;
use super::views::import_form::ImportForm;
use super::views::library::LibraryForm;
use super::views::negatives_form::NegativesForm;
use super::views::profiles::ProfilesForm;
use super::views::region_shape::ShapeForm;
use super::views::results::ResultsState;
use super::views::score_histogram::ScoreHistogram;
use super::views::settings::SettingsForm;
use super::views::similar_form::SimilarForm;
use super::views::timeline::{MIN_VISIBLE_S, TimelineState, visible_span};
use super::views::train_form::TrainForm;
use super::views::truth_chart::TruthChart;
use super::views::versions::VersionsForm;

/// What the question for a class is about.
#[derive(Debug)]
enum PromptTarget {
    Marks(Subjects),
    /// Files and folders that were dropped on the window.
    Files(Vec<PathBuf>),
    /// Stretches that a search found.
    Similar(Vec<SimilarStretch>),
    /// A training from the examples of the search.
    TrainFromSimilar,
}

/// The state of the window.
#[derive(Debug, Default)]
pub struct Shell {
    selection: Selection,
    index: RegionIndex,
    arrangement: Arrangement,
    histogram: ScoreHistogram,
    truth: TruthChart,
    shape: ShapeForm,
    time_selection: Option<TimeSelection>,
    in_out: InOutPoints,
    timeline: TimelineState,
    results: ResultsState,
    panel: Panel,
    /// The panel whose rows the user clicked last, if nothing else is selected since.
    touched: Panel,
    prompt: Option<PromptState>,
    /// What the question for a class is about.
    prompt_target: Option<PromptTarget>,
    /// The note that the user writes.
    note: Option<OpenNote>,
    sought: SoughtNotes,
    playhead_follow: PlayheadFollow,
    /// Space would play or stop something.
    takes_space: bool,
    header: HeaderState,
    train: TrainForm,
    negatives: NegativesForm,
    similar: SimilarForm,
    export: ExportForm,
    library: LibraryForm,
    import: ImportForm,
    versions: VersionsForm,
    profiles: ProfilesForm,
    settings: SettingsForm,
    /// The list should scroll to the cursor.
    reveal: bool,
    was_typing: bool,
    /// The take the zoom and the time selection belong to.
    take: Option<String>,
    /// The recording that is about to be shown, and where in it the window goes then.
    awaited: Option<(PathBuf, Span)>,
    /// The zoom of the saved project, until there is a take.
    recalled: Option<Option<Span>>,
}

impl Shell {
    /// Draws one frame and returns the requests to the engine and the host, in order.
    pub fn ui(&mut self, ui: &mut Ui, frame: &FrameState<'_>) -> Vec<Outgoing> {
        self.follow(frame.view);
        self.similar.place = frame.similar_place;
        name_window(ui, &frame.view.source.name);
        self.arrangement.follow(
            &frame.view.results.regions,
            frame.order,
            (frame.filter, &self.sought.search, number_of_listed(frame)),
            frame.threshold,
        );
        self.histogram.follow(&frame.view.results);
        self.playhead_follow.update(frame);
        let mut outgoing = Vec::new();
        // Keys first, so that this frame already shows what they did.
        for action in keys::take(ui.ctx(), self.was_typing, self.takes_space) {
            self.apply(action, frame, &mut outgoing);
        }
        if let Some(action) = Self::dropped(ui.ctx()) {
            self.apply(action, frame, &mut outgoing);
        }
        self.index
            .follow_selection(self.selection.ids(), self.selection.revision());
        self.hint_at_drop(ui.ctx());
        for action in self.draw(ui, frame) {
            self.apply(action, frame, &mut outgoing);
        }
        // Last, so that the engine counts the choices of this frame.
        let consider = self.train.consider(self.panel == Panel::Train, frame.view);
        outgoing.extend(consider.map(Outgoing::Command));
        let look = self.export.follow(self.panel == Panel::Export, frame.view);
        outgoing.extend(look.map(Outgoing::Command));
        outgoing.extend(self.library.follow(self.panel).map(Outgoing::Command));
        let read = self.import.follow(self.panel == Panel::Import, frame.view);
        outgoing.extend(read.map(Outgoing::Command));
        let survey = self.settings.survey(self.panel);
        outgoing.extend(survey.map(Outgoing::Command));
        self.was_typing = ui.ctx().text_edit_focused();
        let playable = self.selected_span(frame.view).is_some();
        self.takes_space =
            frame.view.activity.audition.is_some() || (frame.review.mode.is_some() && playable);
        outgoing
    }

    /// A new window opens, which has no textures yet.
    pub fn reset_textures(&mut self) {
        self.timeline.reset_textures();
    }

    /// Opens `panel`.
    pub fn show(&mut self, panel: Panel) {
        self.panel = panel;
        self.touched = panel;
    }

    /// Whether the window uses Space; else the host gets it.
    pub fn takes_space(&self) -> bool {
        self.takes_space
    }

    /// The visible span of the timeline, in seconds from the take's start; `None` while it shows all.
    pub fn visible(&self) -> Option<Span> {
        self.timeline.visible
    }

    /// Restores the zoom of a saved project, as soon as there is a take.
    pub fn recall_zoom(&mut self, visible: Option<Span>) {
        self.recalled = Some(visible);
    }

    /// The zoom that the project should remember; `None` while there is nothing to zoom.
    pub fn zoom(&self) -> Option<Option<Span>> {
        let is_settled = self.take.is_some() && self.recalled.is_none();
        is_settled.then_some(self.timeline.visible)
    }

    /// Follows a new view: forgets what it no longer has.
    fn follow(&mut self, view: &View) {
        self.index.follow(&view.results.regions);
        self.selection.retain(&self.index);
        if self.take != view.shown.take {
            self.take.clone_from(&view.shown.take);
            self.timeline.renew();
            self.results = ResultsState::default();
            self.time_selection = None;
            self.in_out.clear();
            self.selection.clear();
        }
        if let Some(take) = shown_take(view)
            && let Some(recalled) = self.recalled.take()
        {
            self.timeline.visible = recalled.and_then(|span| {
                let length_s = span.duration_s().max(MIN_VISIBLE_S);
                visible_span(span.start_s(), length_s, take.duration_s)
            });
        }
        self.follow_opened(view);
        self.train.suggest(view);
        self.similar.follow(view.similar.as_ref());
    }
}

/// The number of the sound that alone is listed, while it is looked for.
fn number_of_listed(frame: &FrameState<'_>) -> Option<u16> {
    let listed = frame.listed_sound?;
    let mut sounds = (0..).zip(frame.view.results.sounds.iter());
    let found = sounds.find(|(_, sound)| sound.profile == listed);
    found.map(|(number, _)| number)
}

/// The accessible name of the window: a project may have many.
fn name_window(ui: &Ui, source: &str) {
    let name = match source {
        "" => String::from("Earmark"),
        source => format!("Earmark, {source}"),
    };
    ui.ctx()
        .accesskit_node_builder(egui::accesskit_root_id(), |window| window.set_label(name));
}

/// Timestamp of the version before the shown one.
fn previous_version(view: &View) -> Option<String> {
    let mut newest_first = view.results.versions.iter();
    newest_first.find(|version| Some(&version.row.timestamp) == view.shown.version.as_ref())?;
    newest_first
        .next()
        .map(|version| version.row.timestamp.clone())
}
