//! The choices in the Export panel, their first values, and the request that the panel makes of them.

use std::path::{Path, PathBuf};

use earmark_core::protocol::{
    Chosen, ClipChoices, Command, ExportChoices, ExportKind, ExportQuestion, ExportRequest,
    Formulas, IfThere, ListFormat, Pieces, Times, View,
};

use super::folder_browser::FolderForm;

/// The formats of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    List(ListFormat),
    Markers,
    Clips,
}

impl What {
    /// Every format, in the order of the menu.
    pub const ALL: [Self; 7] = [
        Self::List(ListFormat::Csv),
        Self::List(ListFormat::Audacity),
        Self::List(ListFormat::Reaper),
        Self::List(ListFormat::Raven),
        Self::List(ListFormat::Json),
        Self::Markers,
        Self::Clips,
    ];

    /// The name in the menu.
    pub fn words(self) -> &'static str {
        match self {
            Self::List(ListFormat::Csv) => "CSV table",
            Self::List(ListFormat::Audacity) => "Audacity labels",
            Self::List(ListFormat::Reaper) => "REAPER regions",
            Self::List(ListFormat::Raven) => "Raven selection table",
            Self::List(ListFormat::Json) => "JSON",
            Self::Markers => "WAV with markers",
            Self::Clips => "WAV clips",
        }
    }

    /// The ending of the file; `None` for a format of several files.
    pub fn extension(self) -> Option<&'static str> {
        match self {
            Self::List(format) => Some(format.extension()),
            Self::Markers => Some("wav"),
            Self::Clips => None,
        }
    }

    /// Whether its times can start at the beginning of the project.
    pub fn knows_project_time(self) -> bool {
        matches!(self, Self::List(format) if format.knows_project_time())
    }
}

/// The regions of an export.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Which {
    /// All regions of the shown version, whatever the list shows.
    #[default]
    All,
    /// Those in the states that the list shows.
    Listed,
    Selected,
}

/// The choices in the panel.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportForm {
    pub what: What,
    pub times: Times,
    pub which: Which,
    pub rejected: bool,
    pub place: FolderForm,
    /// The name of the file without its ending, as typed; `None` stands for the suggested name.
    pub name: Option<String>,
    pub class: String,
    pub min_length_s: f64,
    pub in_pieces: bool,
    pub piece_s: f64,
    pub spread_s: f64,
    /// The panel was open in the last frame.
    was_open: bool,
    /// The panel has the choices of the last export.
    recalled: bool,
    /// The last question with an answer.
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
    /// The command for the first folder when the panel opens.
    pub fn follow(&mut self, open: bool, view: &View) -> Option<Command> {
        let was_open = std::mem::replace(&mut self.was_open, open);
        let opens = open && !was_open;
        opens.then(|| self.place.open(view.activity.folder.as_deref()))
    }

    /// Follows the engine's view of folders, and once takes over the choices of the last export. Returns the command for the
    /// next folder, if any.
    pub fn take_in(&mut self, view: &View) -> Option<Command> {
        let look = self.place.follow(view.activity.folder.as_deref());
        if let Some(found) = &view.activity.folder
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
            let take = Path::new(view.shown.take.as_deref().unwrap_or_default());
            let take = take.file_stem().unwrap_or_default().to_string_lossy();
            let shown = view.results.versions.iter();
            let shown = shown
                .filter(|version| Some(&version.row.timestamp) == view.shown.version.as_ref())
                .map(|version| format!(" v{}", version.row.number))
                .next();
            let version = shown.unwrap_or_default();
            match self.what {
                What::Markers => format!("{take} {}{version} markers", view.shown.model),
                _ => format!("{take} {}{version}", view.shown.model),
            }
        })
    }

    /// The reason why the user cannot export yet.
    pub fn refusal(&self, view: &View) -> Option<&'static str> {
        self.request(view, Chosen::All).err()
    }

    /// The request for the `chosen` regions, or the reason why there is none.
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
                return Err("Type a file name.");
            }
            if name.contains(['/', '\\']) {
                return Err("A file name cannot contain slashes: choose the folder below.");
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
                return Err("Type a class for unconfirmed regions.");
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

    /// The question without an answer.
    pub fn question<'a>(&self, view: &'a View) -> Option<&'a ExportQuestion> {
        let question = view.activity.export_question.as_deref();
        question.filter(|question| question.number != self.answered)
    }

    /// Notes that the user has answered `question`.
    pub fn answered(&mut self, question: &ExportQuestion) {
        self.answered = question.number;
    }
}
