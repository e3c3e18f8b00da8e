//! Files in and out of the window: what is dropped on it, and where the files of the selection are.
//!
//! Runs on the window's thread and must never wait; the engine reads the files.

use std::path::PathBuf;

use earmark_core::protocol::{Command, View, Work};
use egui::{Context, ViewportCommand};

use super::{PromptTarget, Shell, shown_take};
use crate::editor::action::{Action, Outgoing};
use crate::editor::views::class_prompt::PromptState;
use crate::editor::views::drop_hint;

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
    pub(super) fn hint_at_drop(ctx: &Context) {
        let (count, scans) = ctx.input(|input| {
            let hovering = input.raw.hovered_files.len();
            (hovering, input.modifiers.shift)
        });
        drop_hint::show(ctx, count, scans);
    }

    /// Asks for the class of dropped files, or has them scanned.
    pub(super) fn drop_files(
        &mut self,
        paths: Vec<PathBuf>,
        scans: bool,
        outgoing: &mut Vec<Outgoing>,
    ) {
        if scans {
            let scan = Work::ScanFiles(paths);
            outgoing.push(Outgoing::Command(Command::Work(scan)));
            return;
        }
        self.prompt = Some(PromptState::for_files(paths.len()));
        self.prompt_target = Some(PromptTarget::Files(paths));
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
