//! The window as a whole, without a host around it: lays the views out, and does what they ask in one place.
//!
//! Lives on the window's thread. Takes a [`Picture`] of everything shown, keeps only what belongs to the window
//! itself (selection, zoom, open panel, forms), and gives back what must leave the window. It can be driven by a
//! test exactly as by a person.

mod apply;
mod layout;

use earmark_core::protocol::{Subject, View};
use earmark_core::time::Span;
use egui::Ui;

use super::action::{Outgoing, Panel};
use super::frame::{Picture, playhead_in_take, shown_take, times};
use super::keys;
use super::listening::Listening;
use super::marking_out::MarkingOut;
use super::region_index::RegionIndex;
use super::review_order::Arrangement;
use super::selection::Selection;
use super::views::class_prompt::PromptState;
use super::views::export_form::ExportForm;
use super::views::header::HeaderState;
use super::views::negatives_form::NegativesForm;
use super::views::profiles::ProfilesForm;
use super::views::region_shape::ShapeForm;
use super::views::results::ResultsState;
use super::views::score_histogram::ScoreHistogram;
use super::views::settings::SettingsForm;
use super::views::timeline::{MIN_VISIBLE_S, TimelineState, visible_span};
use super::views::train_form::TrainForm;
use super::views::versions::VersionsForm;

/// What the window itself remembers.
#[derive(Debug, Default)]
pub struct Shell {
    selection: Selection,
    index: RegionIndex,
    arrangement: Arrangement,
    histogram: ScoreHistogram,
    shape: ShapeForm,
    time_selection: Option<Span>,
    marking_out: MarkingOut,
    timeline: TimelineState,
    results: ResultsState,
    panel: Panel,
    /// The panel whose rows were clicked last, if nothing else was chosen since.
    touched: Panel,
    prompt: Option<PromptState>,
    /// What the prompt asks about.
    prompt_about: Option<Subject>,
    listening: Listening,
    /// There is something that Space would play or stop.
    takes_space: bool,
    header: HeaderState,
    train: TrainForm,
    negatives: NegativesForm,
    export: ExportForm,
    versions: VersionsForm,
    profiles: ProfilesForm,
    settings: SettingsForm,
    /// The cursor moved by key: bring it into sight.
    reveal: bool,
    was_typing: bool,
    /// The take the zoom and the time selection belong to.
    take: Option<String>,
    /// The zoom that the project was saved with, until there is a take to apply it to.
    recalled: Option<Option<Span>>,
}

impl Shell {
    /// Draws one frame and returns what it asks of the engine and the host, in order.
    pub fn ui(&mut self, ui: &mut Ui, picture: &Picture<'_>) -> Vec<Outgoing> {
        self.follow(picture.view);
        self.arrangement.follow(
            &picture.view.regions,
            picture.order,
            picture.filter,
            picture.threshold,
        );
        self.histogram
            .follow(picture.view.scores.as_ref(), &picture.view.regions);
        self.listening.look(picture);
        let mut outgoing = Vec::new();
        // Keys first, so that this frame already shows what they did.
        for action in keys::take(ui.ctx(), self.was_typing, self.takes_space) {
            self.apply(action, picture, &mut outgoing);
        }
        self.index
            .follow_selection(self.selection.ids(), self.selection.revision());
        for action in self.draw(ui, picture) {
            self.apply(action, picture, &mut outgoing);
        }
        // Last, so that what was chosen in this frame is counted at once.
        let consider = self
            .train
            .consider(self.panel == Panel::Train, picture.view);
        outgoing.extend(consider.map(Outgoing::Command));
        let look = self
            .export
            .follow(self.panel == Panel::Export, picture.view);
        outgoing.extend(look.map(Outgoing::Command));
        let survey = self.settings.survey(self.panel);
        outgoing.extend(survey.map(Outgoing::Command));
        self.was_typing = ui.ctx().text_edit_focused();
        let playable = self.selected_stretch(picture.view).is_some();
        self.takes_space =
            picture.view.audition.is_some() || (picture.review.mode.is_some() && playable);
        outgoing
    }

    /// A window opens, and what was drawn belonged to another.
    pub fn begin_anew(&mut self) {
        self.timeline.begin_anew();
    }

    /// Opens `panel`, as its button does.
    pub fn show(&mut self, panel: Panel) {
        self.panel = panel;
        self.touched = panel;
    }

    /// Whether Space means something here; else it is the host's.
    pub fn takes_space(&self) -> bool {
        self.takes_space
    }

    /// The zoomed stretch of the timeline, in seconds from the take's start; `None` while it shows everything.
    pub fn visible(&self) -> Option<Span> {
        self.timeline.visible
    }

    /// Zooms as the project was saved, as soon as there is a take.
    pub fn recall_zoom(&mut self, visible: Option<Span>) {
        self.recalled = Some(visible);
    }

    /// The zoom that the project should remember; `None` while there is nothing to zoom.
    pub fn zoom(&self) -> Option<Option<Span>> {
        let is_settled = self.take.is_some() && self.recalled.is_none();
        is_settled.then_some(self.timeline.visible)
    }

    /// Lets go of what the new picture no longer has.
    fn follow(&mut self, view: &View) {
        self.index.follow(&view.regions);
        self.selection.retain(&self.index);
        if self.take != view.shown_take {
            self.take.clone_from(&view.shown_take);
            self.timeline.renew();
            self.results = ResultsState::default();
            self.time_selection = None;
            self.marking_out.clear();
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
        self.train.suggest(view);
    }
}
