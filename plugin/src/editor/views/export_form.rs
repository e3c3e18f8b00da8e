//! What is chosen in the Export panel, what it begins with, and the request that comes of it.

use std::path::{Path, PathBuf};

use earmark_core::protocol::{
    Chosen, ClipChoices, Command, ExportChoices, ExportKind, ExportQuestion, ExportRequest,
    Formulas, IfThere, ListFormat, Pieces, Times, View,
};

use super::folder_browser::FolderForm;

/// What can be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    List(ListFormat),
    Markers,
    Clips,
}

impl What {
    pub const ALL: [Self; 7] = [
        Self::List(ListFormat::Csv),
        Self::List(ListFormat::Audacity),
        Self::List(ListFormat::Reaper),
        Self::List(ListFormat::Raven),
        Self::List(ListFormat::Json),
        Self::Markers,
        Self::Clips,
    ];

    /// What it is called.
    pub fn words(self) -> &'static str {
        match self {
            Self::List(ListFormat::Csv) => "CSV table",
            Self::List(ListFormat::Audacity) => "Audacity labels",
            Self::List(ListFormat::Reaper) => "REAPER regions",
            Self::List(ListFormat::Raven) => "Raven selection table",
            Self::List(ListFormat::Json) => "JSON",
            Self::Markers => "Markers in a copy of the take",
            Self::Clips => "Clips, a WAV each",
        }
    }

    /// What its file is called behind the dot; `None` when it makes more than one.
    pub fn extension(self) -> Option<&'static str> {
        match self {
            Self::List(format) => Some(format.extension()),
            Self::Markers => Some("wav"),
            Self::Clips => None,
        }
    }

    /// Whether its times can count from the project's zero.
    pub fn knows_project_time(self) -> bool {
        matches!(self, Self::List(format) if format.knows_project_time())
    }
}

/// Which regions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Which {
    /// Of the version on show, whatever the list leaves out.
    #[default]
    All,
    /// Those in the states that the list shows.
    Listed,
    Selected,
}

/// What is chosen in the panel.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportForm {
    pub what: What,
    pub times: Times,
    pub which: Which,
    pub rejected: bool,
    pub place: FolderForm,
    /// The file's name without its ending, as typed; `None` follows what is on show.
    pub name: Option<String>,
    pub class: String,
    pub min_length_s: f64,
    pub in_pieces: bool,
    pub piece_s: f64,
    pub spread_s: f64,
    /// The panel was on show in the last frame.
    was_open: bool,
    /// The last choices have been taken over.
    recalled: bool,
    /// The question that was answered or withdrawn last.
    answered: u64,
}

impl Default for ExportForm {
    fn default() -> Self {
        Self {
            what: What::List(ListFormat::Csv),
            times: Times::Project,
            which: Which::All,
            rejected: false,
            place: FolderForm::default(),
            name: None,
            class: String::new(),
            min_length_s: 0.0,
            in_pieces: false,
            piece_s: 1.0,
            spread_s: 0.5,
            was_open: false,
            recalled: false,
            answered: 0,
        }
    }
}

impl ExportForm {
    /// Where to begin, when the panel opens.
    pub fn follow(&mut self, open: bool, view: &View) -> Option<Command> {
        let was_open = std::mem::replace(&mut self.was_open, open);
        let opens = open && !was_open;
        opens.then(|| self.place.open(view.folder.as_deref()))
    }

    /// Takes in what the engine says of folders, and once what was exported last. Says where to look next, if anywhere.
    pub fn take_in(&mut self, view: &View) -> Option<Command> {
        let look = self.place.follow(view.folder.as_deref());
        if let Some(found) = &view.folder
            && !std::mem::replace(&mut self.recalled, true)
            && let Some(choices) = &found.last_choices
        {
            self.recall(choices);
        }
        look
    }

    fn recall(&mut self, choices: &ExportChoices) {
        self.rejected = choices.rejected;
        match &choices.kind {
            ExportKind::List { format, times, .. } => {
                self.what = What::List(*format);
                self.times = *times;
            }
            ExportKind::Markers => self.what = What::Markers,
            ExportKind::Clips(clips) => {
                self.what = What::Clips;
                self.class.clone_from(&clips.class);
                self.min_length_s = clips.min_length_s;
                self.in_pieces = clips.pieces.is_some();
                if let Some(pieces) = clips.pieces {
                    self.piece_s = pieces.length_s;
                    self.spread_s = pieces.spread_s;
                }
            }
        }
    }

    /// The file's name without its ending.
    pub fn name(&self, view: &View) -> String {
        self.name.clone().unwrap_or_else(|| {
            let take = Path::new(view.shown_take.as_deref().unwrap_or_default());
            let take = take.file_stem().unwrap_or_default().to_string_lossy();
            let shown = view.versions.iter();
            let shown = shown
                .filter(|version| Some(&version.timestamp) == view.shown_version.as_ref())
                .map(|version| format!(" v{}", version.number))
                .next();
            let version = shown.unwrap_or_default();
            match self.what {
                What::Markers => format!("{take} {}{version} markers", view.shown_model),
                _ => format!("{take} {}{version}", view.shown_model),
            }
        })
    }

    /// Why nothing can be asked for yet.
    pub fn refusal(&self, view: &View) -> Option<&'static str> {
        self.request(view, Chosen::All).err()
    }

    /// What is asked for, of the regions that are `chosen`; or why nothing can be.
    pub fn request(&self, view: &View, chosen: Chosen) -> Result<ExportRequest, &'static str> {
        let folder = self.place.folder.trim();
        if folder.is_empty() {
            return Err("Choose a folder.");
        }
        let mut to = PathBuf::from(folder);
        if let Some(extension) = self.what.extension() {
            let name = self.name(view);
            let name = name.trim();
            let ending = format!(".{extension}");
            let name = name.strip_suffix(&ending).unwrap_or(name);
            if name.is_empty() {
                return Err("Give the file a name.");
            }
            if name.contains(['/', '\\']) {
                return Err("A file's name has no slashes: choose its folder below.");
            }
            to.push(format!("{name}{ending}"));
        }
        let kind = match self.what {
            What::List(format) => ExportKind::List {
                format,
                times: if format.knows_project_time() {
                    self.times
                } else {
                    Times::Take
                },
                // The command line has the other way, for programs.
                formulas: Formulas::Disarmed,
            },
            What::Markers => ExportKind::Markers,
            What::Clips if self.class.trim().is_empty() => {
                return Err("Name the class of regions that were not confirmed.");
            }
            What::Clips => ExportKind::Clips(ClipChoices {
                class: self.class.trim().to_owned(),
                min_length_s: self.min_length_s,
                pieces: self.in_pieces.then_some(Pieces {
                    length_s: self.piece_s,
                    spread_s: self.spread_s,
                }),
            }),
        };
        Ok(ExportRequest {
            choices: ExportChoices {
                kind,
                rejected: self.rejected,
            },
            regions: chosen,
            to,
            if_there: IfThere::Ask,
        })
    }

    /// The question that waits for an answer.
    pub fn question<'a>(&self, view: &'a View) -> Option<&'a ExportQuestion> {
        let question = view.export_question.as_deref();
        question.filter(|question| question.number != self.answered)
    }

    /// Nothing more needs to be said about `question`.
    pub fn answered(&mut self, question: &ExportQuestion) {
        self.answered = question.number;
    }
}
