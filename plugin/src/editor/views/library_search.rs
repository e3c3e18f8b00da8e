//! The search of the library with a classifier, what it found, and the files that were scanned beside the takes. A click on a row
//! shows its file in the window.

use earmark_core::protocol::{
    AuditionView, Command, Library, LibraryFound, LibraryHit, Play, ScannedFileView,
};
use earmark_core::time::timecode;
use egui::{Button, RichText, ScrollArea, Ui};

use super::folder_browser::file_name;
use crate::editor::action::Action;
use crate::editor::widgets::{counted, describe_row, figures, glyph_button, weak};

/// Height of the list of hits and of a row in it, in points.
const HITS_HEIGHT: f32 = 220.0;
const HIT_HEIGHT: f32 = 22.0;

/// The search of one frame.
pub struct LibrarySearch<'a> {
    /// The sounds that the newest classifier finds; none before the first training.
    pub sounds: &'a [String],
    /// Another job is at work.
    pub is_busy: bool,
    pub found: Option<&'a LibraryFound>,
    /// What is played now.
    pub audition: Option<&'a AuditionView>,
    /// Save a version of each file in which something is found.
    pub saves: &'a mut bool,
}

impl LibrarySearch<'_> {
    /// Draws the button and the list below it.
    pub fn show(self, ui: &mut Ui) -> Vec<Action> {
        let mut actions = Vec::new();
        ui.label(RichText::new("Search").strong());
        let can_search = !self.sounds.is_empty() && !self.is_busy;
        ui.horizontal_wrapped(|ui| {
            let search = ui.add_enabled(can_search, Button::new("Search library"));
            let why_not = match self.is_busy {
                true => "Wait until the running job ends",
                false => "Train a classifier first: it is what finds the sound",
            };
            if search
                .on_hover_text(
                    "Find the sound of the newest classifier in all files, the best regions first",
                )
                .on_disabled_hover_text(why_not)
                .clicked()
            {
                let search = Library::Search { saves: *self.saves };
                actions.push(Command::Library(search).into());
            }
            ui.checkbox(self.saves, "Save versions").on_hover_text(
                "Save a version of each file in which something is found, as a scan does",
            );
            if !self.sounds.is_empty() {
                ui.label(weak(format!("for {}", self.sounds.join(", "))));
            }
        });
        if let Some(found) = self.found {
            let words = match found.hits.len() {
                0 => format!("Nothing found in {}", counted(found.files, "file", "files")),
                hits => counted(hits, "region", "regions"),
            };
            ui.label(weak(words));
            let list = ScrollArea::vertical()
                .id_salt("hits")
                .max_height(HITS_HEIGHT);
            list.auto_shrink([false, true]).show_rows(
                ui,
                HIT_HEIGHT,
                found.hits.len(),
                |ui, shown| {
                    let hits = found.hits.iter().enumerate();
                    for (index, hit) in hits.take(shown.end).skip(shown.start) {
                        row(ui, index, hit, self.audition, &mut actions);
                    }
                },
            );
        }
        ui.add_space(6.0);
        actions
    }
}

fn row(
    ui: &mut Ui,
    index: usize,
    hit: &LibraryHit,
    audition: Option<&AuditionView>,
    actions: &mut Vec<Action>,
) {
    // What has no name in the database is known by its path.
    let filename = hit.path.to_string_lossy().into_owned();
    let number = index + 1;
    ui.horizontal(|ui| {
        let plays = audition.is_some_and(|it| it.filename == filename && it.span == hit.span);
        let (glyph, name) = match plays {
            true => ("■", format!("Stop hit {number}")),
            false => ("▶", format!("Play hit {number}")),
        };
        if glyph_button(ui, glyph, &name, true).clicked() {
            actions.push(match plays {
                true => Command::Play(Play::Stop).into(),
                false => Action::AuditionStretch {
                    filename: filename.clone(),
                    span: hit.span,
                },
            });
        }
        let time = timecode(hit.span.start_s());
        let file = file_name(&hit.path);
        let words = figures(format!("{:.2}  {time}  {file}", hit.score));
        let response = ui.add(Button::selectable(false, words).truncate());
        describe_row(&response, false, || {
            format!("Hit {number}, {file}, {time}, score {:.2}", hit.score)
        });
        if response.on_hover_text(&filename).clicked() {
            actions.push(Action::OpenFile {
                path: hit.path.clone(),
                at: Some(hit.span),
            });
        }
    });
}

/// Draws the files that were scanned beside the takes.
pub fn scanned(ui: &mut Ui, files: &[ScannedFileView], actions: &mut Vec<Action>) {
    if files.is_empty() {
        return;
    }
    ui.label(RichText::new("Scanned files").strong());
    for file in files {
        let regions = counted(file.regions, "region", "regions");
        let words = figures(format!("v{}  {regions}  {}", file.version, file.filename));
        let response = ui.add(Button::selectable(false, words).truncate());
        describe_row(&response, false, || {
            format!(
                "Scanned file {}, version {}, {regions}",
                file.filename, file.version
            )
        });
        let meaning = format!("{}\nscanned {}", file.path.display(), file.date);
        if response.on_hover_text(meaning).clicked() {
            actions.push(Action::OpenFile {
                path: file.path.clone(),
                at: None,
            });
        }
    }
}
