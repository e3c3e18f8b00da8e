//! What the window asked for and is shown until it asks for something else: a folder, a survey, a spectrogram, what is played.

use std::sync::Arc;

use super::freshness::{Freshness, Part};
use crate::protocol::{
    AuditionView, ExportQuestion, ExportRequest, FolderView, ProfileView, SpectrogramView, Survey,
};

/// What is played to the user.
struct Audition {
    number: u64,
    view: AuditionView,
}

pub(in crate::engine::coordinator) struct Asked {
    /// The profile that was counted last.
    counted: Option<ProfileView>,
    /// The folder that was looked into last.
    folder: Option<Arc<FolderView>>,
    export_question: Option<Arc<ExportQuestion>>,
    /// How many questions there were.
    export_questions: u64,
    survey: Option<Arc<Survey>>,
    spectrogram: Option<Arc<SpectrogramView>>,
    audition: Option<Audition>,
    /// How many were asked for.
    auditions: u64,
    freshness: Freshness,
}

impl Asked {
    pub fn new(freshness: Freshness) -> Self {
        Self {
            counted: None,
            folder: None,
            export_question: None,
            export_questions: 0,
            survey: None,
            spectrogram: None,
            audition: None,
            auditions: 0,
            freshness,
        }
    }

    /// Nothing is shown, but no number is given again.
    pub fn rebuilt(&self, freshness: Freshness) -> Self {
        Self {
            export_questions: self.export_questions,
            auditions: self.auditions,
            ..Self::new(freshness)
        }
    }

    pub fn counted(&self) -> Option<&ProfileView> {
        self.counted.as_ref()
    }

    pub fn show_counted(&mut self, counted: Option<ProfileView>) {
        self.counted = counted;
        self.freshness.invalidate(Part::View);
    }

    pub fn folder(&self) -> Option<&Arc<FolderView>> {
        self.folder.as_ref()
    }

    pub fn show_folder(&mut self, folder: FolderView) {
        self.folder = Some(Arc::new(folder));
        self.freshness.invalidate(Part::View);
    }

    pub fn export_question(&self) -> Option<&Arc<ExportQuestion>> {
        self.export_question.as_ref()
    }

    /// Asks what to do about files that are there already.
    pub fn ask_about_export(&mut self, request: ExportRequest, there: Vec<std::path::PathBuf>) {
        self.export_questions += 1;
        self.export_question = Some(Arc::new(ExportQuestion {
            number: self.export_questions,
            request,
            there,
        }));
        self.freshness.invalidate(Part::View);
    }

    pub fn forget_export_question(&mut self) {
        self.export_question = None;
        self.freshness.invalidate(Part::View);
    }

    pub fn survey(&self) -> Option<&Arc<Survey>> {
        self.survey.as_ref()
    }

    pub fn show_survey(&mut self, survey: Arc<Survey>) {
        self.survey = Some(survey);
        self.freshness.invalidate(Part::View);
    }

    pub fn spectrogram(&self) -> Option<&Arc<SpectrogramView>> {
        self.spectrogram.as_ref()
    }

    pub fn show_spectrogram(&mut self, spectrogram: Option<SpectrogramView>) {
        let is_changed = self.spectrogram.is_some() || spectrogram.is_some();
        self.freshness.invalidate_if(Part::View, is_changed);
        self.spectrogram = spectrogram.map(Arc::new);
    }

    pub fn audition(&self) -> Option<&AuditionView> {
        self.audition.as_ref().map(|audition| &audition.view)
    }

    /// A new audition is shown; returns its number.
    pub fn begin_audition(&mut self, view: AuditionView) -> u64 {
        self.auditions += 1;
        self.audition = Some(Audition {
            number: self.auditions,
            view,
        });
        self.freshness.invalidate(Part::View);
        self.auditions
    }

    /// Whether anything was played that is not shown any more from now on.
    pub fn stop_audition(&mut self) -> bool {
        let was_playing = self.audition.take().is_some();
        self.freshness.invalidate_if(Part::View, was_playing);
        was_playing
    }

    /// The audition `number` ended; `false` when another one, or a stop, came meanwhile, so that it is nobody's concern.
    pub fn end_audition(&mut self, number: u64) -> bool {
        let is_shown = |audition: &mut Audition| audition.number == number;
        let ended = self.audition.take_if(is_shown).is_some();
        self.freshness.invalidate_if(Part::View, ended);
        ended
    }
}
