//! What the window asked for and is shown until it asks for something else: a folder, a survey, a spectrogram, what is played.

use std::path::PathBuf;
use std::sync::{Arc, Weak};

use super::freshness::{Freshness, Part};
use crate::protocol::{
    ActivityView, AuditionView, ExportQuestion, ExportRequest, FolderView, LibraryFound,
    LibraryView, ProfileView, SpectrogramView, Survey,
};

/// What is shown of what was asked for last.
#[derive(Clone, Default)]
pub(in crate::engine::coordinator) struct Answers {
    /// The profile that was counted.
    pub counted: Option<ProfileView>,
    pub survey: Option<Arc<Survey>>,
    pub spectrogram: Option<Arc<SpectrogramView>>,
    /// Without the job at work.
    pub activity: ActivityView,
    /// Without what this window alone is shown.
    pub library: LibraryView,
    pub found: Option<Arc<LibraryFound>>,
}

#[derive(Default)]
pub(in crate::engine::coordinator) struct Asked {
    answers: Answers,
    /// How many questions there were.
    export_questions: u64,
    /// How many auditions were asked for: the number of the one that is shown.
    auditions: u64,
    /// Lives as long as the spectrogram is wanted that was asked for last.
    wanted_spectrogram: Option<Arc<()>>,
    looks_at_library: bool,
    freshness: Freshness,
}

impl Asked {
    pub fn new(freshness: Freshness) -> Self {
        Self {
            freshness,
            ..Self::default()
        }
    }

    /// Nothing is shown, but no number is given again.
    pub fn rebuilt(&self, freshness: Freshness) -> Self {
        Self {
            export_questions: self.export_questions,
            auditions: self.auditions,
            looks_at_library: self.looks_at_library,
            ..Self::new(freshness)
        }
    }

    pub fn answers(&self) -> &Answers {
        &self.answers
    }

    /// The answers, to be changed: the window is shown what they are then.
    fn change(&mut self) -> &mut Answers {
        self.freshness.invalidate(Part::View);
        &mut self.answers
    }

    pub fn show_counted(&mut self, counted: Option<ProfileView>) {
        self.change().counted = counted;
    }

    pub fn show_folder(&mut self, folder: FolderView) {
        self.change().activity.folder = Some(Arc::new(folder));
    }

    /// Asks what to do about files that are there already.
    pub fn ask_about_export(&mut self, request: ExportRequest, there: Vec<PathBuf>) {
        self.export_questions += 1;
        let question = ExportQuestion {
            number: self.export_questions,
            request,
            there,
        };
        self.change().activity.export_question = Some(Arc::new(question));
    }

    pub fn forget_export_question(&mut self) {
        self.change().activity.export_question = None;
    }

    pub fn show_survey(&mut self, survey: Arc<Survey>) {
        self.change().survey = Some(survey);
    }

    /// The window wants to see the library, or no longer does.
    pub fn look_at_library(&mut self, wanted: bool) {
        self.looks_at_library = wanted;
        self.freshness.invalidate_if(Part::Database, wanted);
    }

    /// What a search of the library found; `None` while the next one is at work.
    pub fn show_found(&mut self, found: Option<LibraryFound>) {
        self.change().found = found.map(Arc::new);
    }

    /// Where the file is that a search of the library found and that windows call `filename`: its path.
    pub fn found_at(&self, filename: &str) -> Option<PathBuf> {
        let found = self.answers.found.as_deref()?;
        let mut hits = found.hits.iter();
        let hit = hits.find(|hit| hit.path.to_string_lossy() == filename)?;
        Some(hit.path.clone())
    }

    pub fn looks_at_library(&self) -> bool {
        self.looks_at_library
    }

    pub fn show_library(&mut self, library: &LibraryView) {
        if !self.answers.library.is_same(library) {
            self.change().library = library.clone();
        }
    }

    /// A spectrogram is wanted, and none that was asked for before. What is returned lives as long as it is.
    pub fn want_spectrogram(&mut self) -> Weak<()> {
        Arc::downgrade(self.wanted_spectrogram.insert(Arc::default()))
    }

    pub fn show_spectrogram(&mut self, spectrogram: SpectrogramView) {
        self.change().spectrogram = Some(Arc::new(spectrogram));
    }

    /// No spectrogram is wanted or shown any more.
    pub fn forget_spectrogram(&mut self) {
        self.wanted_spectrogram = None;
        let was_shown = self.answers.spectrogram.take().is_some();
        self.freshness.invalidate_if(Part::View, was_shown);
    }

    /// A new audition is shown; returns its number.
    pub fn begin_audition(&mut self, view: AuditionView) -> u64 {
        self.auditions += 1;
        self.change().activity.audition = Some(view);
        self.auditions
    }

    /// Whether anything was played that is not shown any more from now on.
    pub fn stop_audition(&mut self) -> bool {
        let was_playing = self.answers.activity.audition.take().is_some();
        self.freshness.invalidate_if(Part::View, was_playing);
        was_playing
    }

    /// The audition `number` ended; `false` when another one, or a stop, came meanwhile, so that it is nobody's concern.
    pub fn end_audition(&mut self, number: u64) -> bool {
        number == self.auditions && self.stop_audition()
    }
}
