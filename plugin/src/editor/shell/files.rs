//! Files in and out of the window: what is dropped on it, and where the files of the selection are.
//!
//! Runs on the window's thread and must never wait; the engine reads the files.

use std::path::PathBuf;

use earmark_core::protocol::{Command, Library, Packs, View, Work, is_label_file, is_pack};
use earmark_core::time::Span;
use egui::{Context, ViewportCommand};

use super::{PromptTarget, Shell, shown_take};
use crate::editor::action::{Action, Outgoing, Panel};
use crate::editor::views::class_prompt::PromptState;
use crate::editor::views::drop_hint::{self, DropMeaning};
use crate::editor::views::timeline::visible_span;

/// How much is shown around what a user goes to in a file, in seconds.
const AROUND_S: f64 = 4.0;

impl Shell {
    /// What was dropped in this frame.
    pub(super) fn dropped(ctx: &Context) -> Option<Action> {
        let (paths, scans) = ctx.input(|input| {
            let files = input.raw.dropped_files.iter();
            let paths: Vec<PathBuf> = files.map(|file| file.path().to_owned()).collect();
            (paths, input.modifiers.shift)
        });
        if paths.is_empty() {
            return None;
        }
        // The program that the files come from has the keyboard, and a class can be typed next.
        ctx.send_viewport_cmd(ViewportCommand::Focus);
        Some(Action::DropFiles { paths, scans })
    }

    /// Shows what a drop would do, while files hover over the window.
    pub(super) fn hint_at_drop(&self, ctx: &Context) {
        let mut meaning = DropMeaning::Examples;
        let count = ctx.input(|input| {
            let hovered = input.raw.hovered_files.iter();
            // Some window systems do not say yet which files they are.
            let paths: Vec<PathBuf> = hovered
                .clone()
                .filter_map(|file| file.path.clone())
                .collect();
            meaning = self.drop_meaning(&paths, input.modifiers.shift);
            hovered.count()
        });
        drop_hint::show(ctx, count, meaning);
    }

    /// What is done with files that are dropped now; `scans` when Shift is held. Packs, and label files alone, are always imported:
    /// nothing else can be done with them. While the Import panel has some, other files are recordings that they are about.
    fn drop_meaning(&self, paths: &[PathBuf], scans: bool) -> DropMeaning {
        let labels = paths.iter().filter(|path| is_label_file(path)).count();
        let imports = self.panel == Panel::Import && !scans;
        match self.panel {
            _ if paths.iter().any(|path| is_pack(path)) => DropMeaning::Pack,
            _ if labels > 0 && (imports || labels == paths.len()) => DropMeaning::Labels(labels),
            _ if imports && !self.import.request.files.is_empty() => DropMeaning::Labelled,
            _ if scans => DropMeaning::Searched,
            Panel::Library => DropMeaning::AddedToLibrary,
            _ => DropMeaning::Examples,
        }
    }

    /// Asks for the class of dropped files, or has them scanned, added to the library or imported. What is dropped with label files
    /// are the recordings that they are about.
    pub(super) fn drop_files(
        &mut self,
        paths: Vec<PathBuf>,
        scans: bool,
        outgoing: &mut Vec<Outgoing>,
    ) {
        let command = match self.drop_meaning(&paths, scans) {
            DropMeaning::Labels(_) | DropMeaning::Labelled => {
                let (labels, others) = paths.into_iter().partition(|path| is_label_file(path));
                self.import.add(labels, others);
                self.show(Panel::Import);
                return;
            }
            DropMeaning::Pack => {
                self.show(Panel::Train);
                let mut packs = paths.into_iter().filter(|path| is_pack(path));
                let Some(path) = packs.next() else {
                    return;
                };
                self.train.pack.open_import();
                Command::Packs(Packs::Read(path))
            }
            DropMeaning::Searched => Command::Work(Work::ScanFiles(paths)),
            DropMeaning::AddedToLibrary => Command::Library(Library::Add(paths)),
            DropMeaning::Examples => {
                self.prompt = Some(PromptState::for_files(paths.len()));
                self.prompt_target = Some(PromptTarget::Files(paths));
                return;
            }
        };
        outgoing.push(Outgoing::Command(command));
    }

    /// Has a recording shown beside the takes. Once it is, the window goes to `at`.
    pub(super) fn open_file(
        &mut self,
        path: PathBuf,
        at: Option<Span>,
        outgoing: &mut Vec<Outgoing>,
    ) {
        self.awaited = at.map(|at| (path.clone(), at));
        outgoing.push(Outgoing::Command(Command::Library(Library::Open(path))));
    }

    /// Goes to the span of a recording that was to be shown, as soon as it is.
    pub(super) fn follow_opened(&mut self, view: &View) {
        let Some(take) = shown_take(view) else {
            return;
        };
        if let Some((_, at)) = self.awaited.take_if(|(path, _)| *path == take.path) {
            let from_s = at.start_s() - AROUND_S;
            let length_s = at.duration_s() + 2.0 * AROUND_S;
            self.timeline.visible = visible_span(from_s, length_s, take.duration_s);
            self.go_to(at, view);
        }
    }

    /// The file of the row in the Similar panel, the clip of the region at the cursor, or the shown take.
    pub(super) fn selected_file(&self, view: &View) -> Option<PathBuf> {
        if let Some(stretch) = self.selected_similar(view).first() {
            return Some(stretch.placed.recording.path.clone());
        }
        let cursor = self.selection.cursor_index(&self.index);
        let region = cursor.and_then(|index| view.results.regions.get(index));
        let clip = region.and_then(|region| region.clip_path.clone());
        clip.or_else(|| shown_take(view).map(|take| take.path.clone()))
    }
}
