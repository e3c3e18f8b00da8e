//! Files in and out of the window: what is dropped on it, and where the files of the selection are.
//!
//! Runs on the window's thread and must never wait; the engine reads the files.

use std::path::PathBuf;

use earmark_core::protocol::{Command, Library, View, Work};
use egui::{Context, ViewportCommand};

use super::{PromptTarget, Shell, shown_take};
use crate::editor::action::{Action, Outgoing, Panel};
use crate::editor::views::class_prompt::PromptState;
use crate::editor::views::drop_hint::{self, DropMeaning};

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
        let (count, scans) = ctx.input(|input| {
            let hovering = input.raw.hovered_files.len();
            (hovering, input.modifiers.shift)
        });
        drop_hint::show(ctx, count, self.drop_meaning(scans));
    }

    /// What is done with files that are dropped now; `scans` when Shift is held.
    fn drop_meaning(&self, scans: bool) -> DropMeaning {
        match (scans, self.panel) {
            (true, _) => DropMeaning::Searched,
            (false, Panel::Library) => DropMeaning::AddedToLibrary,
            (false, _) => DropMeaning::Examples,
        }
    }

    /// Asks for the class of dropped files, or has them scanned or added to the library.
    pub(super) fn drop_files(
        &mut self,
        paths: Vec<PathBuf>,
        scans: bool,
        outgoing: &mut Vec<Outgoing>,
    ) {
        let command = match self.drop_meaning(scans) {
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

    /// The clip of the region at the cursor, else the shown take.
    pub(super) fn selected_file(&self, view: &View) -> Option<PathBuf> {
        let cursor = self.selection.cursor_index(&self.index);
        let region = cursor.and_then(|index| view.results.regions.get(index));
        let clip = region.and_then(|region| region.clip_path.clone());
        clip.or_else(|| shown_take(view).map(|take| take.path.clone()))
    }
}
