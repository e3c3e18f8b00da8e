//! The choices in the Import panel: the label files, and what their labels become. Runs on the window's thread and asks no disk.

use std::path::{Path, PathBuf};

use earmark_core::protocol::{Command, Labels, LabelsRequest, LabelsState, LabelsView, View};

use super::folder_browser::FolderForm;

/// The choices in the panel.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ImportForm {
    /// What the user has chosen.
    pub request: LabelsRequest,
    /// The path that is being typed.
    pub path: String,
    /// The class that is being typed; Enter chooses it.
    pub class: String,
    /// The figures of a REAPER project that are being typed: sample rate, frame rate, tempo.
    pub figures: [String; 3],
    /// The folder in which the user looks for label files.
    pub browser: Option<FolderForm>,
    /// The files are to be read again.
    reread: bool,
    /// The last question, and the revision of the view at that time.
    asked: Option<(u64, LabelsRequest, String)>,
}

impl ImportForm {
    /// Adds label files, and recordings that they are about. Files that are there already are read again.
    pub fn add(&mut self, files: Vec<PathBuf>, recordings: Vec<PathBuf>) {
        let add = |to: &mut Vec<PathBuf>, paths: Vec<PathBuf>| {
            for path in paths {
                if !to.contains(&path) {
                    to.push(path);
                }
            }
        };
        add(&mut self.request.files, files);
        add(&mut self.request.recordings, recordings);
        self.reread = true;
    }

    /// Reads the files again.
    pub fn read_again(&mut self) {
        self.reread = true;
    }

    /// Takes a label file from the list. Without any, the recordings go as well.
    pub fn remove(&mut self, path: &Path) {
        self.request.files.retain(|file| file != path);
        if self.request.files.is_empty() {
            self.request.recordings.clear();
        }
    }

    /// Takes over the figures as far as they are numbers.
    pub fn choose_figures(&mut self) {
        let number = |text: &str| {
            let number: Option<f64> = text.trim().replace(',', ".").parse().ok();
            number.filter(|number| number.is_finite() && *number > 0.0)
        };
        let [rate, frames, tempo] = &self.figures;
        self.request.clock.rate_hz = number(rate);
        self.request.clock.frames_per_s = number(frames);
        self.request.clock.tempo_bpm = number(tempo);
    }

    /// What the engine says of just these choices.
    pub fn answer<'a>(&self, view: &'a View) -> Option<&'a LabelsView> {
        let labels = view.labels.as_ref()?;
        let is_answer = labels.request == self.request && labels.profile == view.shown.profile;
        (is_answer && !self.reread).then_some(labels)
    }

    /// Asks the engine what the files would mark, whenever the choices or the profile are others. Asks once for each view without
    /// the answer, because a new instance behind the window knows nothing of the question. What was imported is forgotten when
    /// the panel closes.
    pub fn follow(&mut self, is_open: bool, view: &View) -> Option<Command> {
        if !is_open {
            self.browser = None;
            let is_done = |labels: &LabelsView| matches!(labels.state, LabelsState::Imported(_));
            if self.answer(view).is_some_and(is_done) {
                *self = Self {
                    asked: self.asked.take(),
                    ..Self::default()
                };
            }
        }
        if self.request.files.is_empty() {
            self.reread = false;
            let was_asked = self.asked.take().is_some();
            return was_asked.then_some(Command::Labels(Labels::Forget));
        }
        if !is_open || self.answer(view).is_some() {
            return None;
        }
        let profile = view.shown.profile.clone();
        let asked = (view.revision, self.request.clone(), profile);
        if !self.reread && self.asked.as_ref() == Some(&asked) {
            return None;
        }
        self.reread = false;
        self.asked = Some(asked);
        Some(Command::Labels(Labels::Read(self.request.clone())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view() -> View {
        let mut view = View::default();
        view.shown.profile = String::from("default");
        view
    }

    fn answered(form: &ImportForm, state: LabelsState) -> View {
        View {
            labels: Some(LabelsView {
                number: 1,
                request: form.request.clone(),
                profile: String::from("default"),
                state,
            }),
            ..view()
        }
    }

    #[test]
    fn files_are_read_once_and_again_when_they_are_added_again_or_the_profile_is_another() {
        let file = || vec![PathBuf::from("/a.txt")];
        let mut form = ImportForm::default();
        assert_eq!(form.follow(true, &view()), None);
        form.add(file(), Vec::new());
        let read = Some(Command::Labels(Labels::Read(form.request.clone())));
        assert_eq!(form.follow(true, &view()), read);
        assert_eq!(form.follow(true, &view()), None);
        let mut shown = answered(&form, LabelsState::Cancelled);
        assert_eq!(form.follow(true, &shown), None);
        form.add(file(), Vec::new());
        assert_eq!(form.request.files.len(), 1);
        assert_eq!(form.answer(&shown), None, "it is about to be read again");
        assert_eq!(form.follow(true, &shown), read);
        shown.shown.profile = String::from("foley");
        assert_eq!(form.follow(true, &shown), read);
    }

    #[test]
    fn a_closed_panel_forgets_what_was_imported_and_keeps_what_was_not() {
        let mut form = ImportForm::default();
        form.add(vec![PathBuf::from("/a.txt")], Vec::new());
        form.follow(true, &view());
        let planned = answered(&form, LabelsState::Cancelled);
        assert_eq!(form.follow(false, &planned), None);
        let imported = answered(&form, LabelsState::Imported(String::from("Imported.")));
        let forget = Some(Command::Labels(Labels::Forget));
        assert_eq!(form.follow(false, &imported), forget);
        assert!(form.request.files.is_empty());
    }
}
