//! Files in and out of the window: drops, paths for the clipboard, and files in the file manager.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use earmark_core::protocol::{Command, Work};
use egui::{DroppedFile, HoveredFile, Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

use super::{TestWindow, open, reviewed};
use crate::editor::action::Outgoing;

/// A file as a window system drops it.
#[derive(Debug)]
struct Dropped(PathBuf);

impl DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        Err(String::from("nobody reads it here"))
    }
}

pub(super) fn paths() -> Vec<PathBuf> {
    ["/sounds/door.wav", "/sounds/more"]
        .map(PathBuf::from)
        .to_vec()
}

pub(super) fn hover(harness: &mut Harness<'_, TestWindow>) {
    hover_with(harness, paths());
}

pub(super) fn hover_with(harness: &mut Harness<'_, TestWindow>, paths: Vec<PathBuf>) {
    let hovered = paths.into_iter().map(|path| HoveredFile {
        path: Some(path),
        mime: String::new(),
    });
    harness.input_mut().hovered_files = hovered.collect();
    harness.run_steps(3);
}

pub(super) fn drop_files(harness: &mut Harness<'_, TestWindow>) {
    drop_these(harness, paths());
}

pub(super) fn drop_these(harness: &mut Harness<'_, TestWindow>, paths: Vec<PathBuf>) {
    harness.input_mut().hovered_files.clear();
    let dropped = paths.into_iter().map(|path| Arc::new(Dropped(path)) as _);
    harness.input_mut().dropped_files = dropped.collect();
    harness.run_steps(3);
}

fn works(harness: &Harness<'_, TestWindow>) -> Vec<Work> {
    let commands = harness.state().commands().into_iter();
    let works = commands.filter_map(|command| match command {
        Command::Work(work) => Some(work),
        _ => None,
    });
    works.collect()
}

#[test]
fn files_over_the_window_are_told_what_a_drop_does_and_a_drop_asks_once_for_their_class() {
    let mut harness = open(TestWindow::stopped(reviewed()));
    hover(&mut harness);
    harness.get_by_label("Drop 2 files as examples");
    drop_files(&mut harness);
    assert!(harness.query_by_label("Drop 2 files as examples").is_none());
    assert!(works(&harness).is_empty(), "nobody has said a class");
    harness.get_by_label("Which class are the 2 added files?");
    harness.get_by_label("footstep").click();
    harness.run_steps(3);
    let class = String::from("footstep");
    let paths = paths();
    assert_eq!(works(&harness), [Work::AddExamples { class, paths }]);
    assert_eq!(harness.state().last_class, "footstep");
    assert!(harness.query_by_label_contains("added files?").is_none());
}

#[test]
fn escape_forgets_a_drop_and_the_next_question_is_about_the_next_mark() {
    let mut harness = open(TestWindow::stopped(reviewed()));
    drop_files(&mut harness);
    harness.key_press(Key::Escape);
    harness.run_steps(3);
    assert!(harness.query_by_label_contains("added files?").is_none());
    harness.get_by_label("01:00:17.930").click();
    harness.run_steps(2);
    harness.key_press(Key::P);
    harness.run_steps(3);
    harness.get_by_label("Which class is this?");
    harness.get_by_label("door").click();
    harness.run_steps(3);
    assert!(works(&harness).is_empty());
    assert_eq!(harness.state().targets().len(), 1);
}

#[test]
fn with_shift_dropped_files_are_searched_and_nobody_is_asked() {
    let mut harness = open(TestWindow::stopped(reviewed()));
    shift(&mut harness);
    hover(&mut harness);
    harness.get_by_label("Drop 2 files to search");
    shift(&mut harness);
    drop_files(&mut harness);
    assert_eq!(works(&harness), [Work::ScanFiles(paths())]);
    assert!(harness.query_by_label_contains("added files?").is_none());
}

fn shift(harness: &mut Harness<'_, TestWindow>) {
    let event = egui::Event::ModifiersChanged(Modifiers::SHIFT);
    harness.event(event);
}

/// A window whose second region has a clip.
fn with_clip() -> Harness<'static, TestWindow> {
    let mut view = reviewed();
    let mut regions = view.results.regions.to_vec();
    regions[1].clip_path = Some(PathBuf::from("/clips/door/clip_001.wav"));
    view.results.regions = regions.into();
    open(TestWindow::stopped(view))
}

fn copied(harness: &Harness<'_, TestWindow>) -> Vec<PathBuf> {
    let sent = harness.state().sent.iter();
    let copied = sent.filter_map(|one| match one {
        Outgoing::CopyPath(path) => Some(path.clone()),
        _ => None,
    });
    copied.collect()
}

#[test]
fn the_menu_of_a_row_leads_to_its_clip_and_its_take() {
    let mut harness = with_clip();
    let row = "Region 2, 01:00:10.500, score 0.92, positive";
    for (entry, _) in [
        ("Copy clip path", ()),
        ("Show clip in folder", ()),
        ("Copy take path", ()),
        ("Show take in folder", ()),
    ] {
        harness.get_by_label(row).click_secondary();
        harness.run_steps(3);
        harness.get_by_label(entry).click();
        harness.run_steps(3);
        assert!(harness.query_by_label(entry).is_none(), "the menu closes");
    }
    let (clip, take) = ("/clips/door/clip_001.wav", "/takes/dialogue-1.wav");
    assert_eq!(copied(&harness), [clip, take].map(PathBuf::from));
    let shown = [clip, take].map(|path| Work::ShowInFolder(PathBuf::from(path)));
    assert_eq!(works(&harness), shown);
    harness
        .get_by_label("Region 3, 01:00:17.000, score 0.87, found")
        .click_secondary();
    harness.run_steps(3);
    assert!(harness.query_by_label("Copy clip path").is_none());
    harness.get_by_label("Copy take path");
}

#[test]
fn the_menu_of_the_timeline_leads_to_the_take() {
    let mut harness = with_clip();
    harness
        .get_by_label_contains("Timeline, ")
        .click_secondary();
    harness.run_steps(3);
    harness.get_by_label("Show take in folder").click();
    harness.run_steps(3);
    let take = PathBuf::from("/takes/dialogue-1.wav");
    assert_eq!(works(&harness), [Work::ShowInFolder(take)]);
}

#[test]
fn keys_lead_to_the_selected_clip_or_else_to_the_take() {
    let mut harness = with_clip();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::C);
    harness.run_steps(2);
    harness.get_by_label("01:00:11.430").click();
    harness.run_steps(2);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::C);
    harness.run_steps(2);
    harness.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::C);
    harness.run_steps(2);
    let (clip, take) = ("/clips/door/clip_001.wav", "/takes/dialogue-1.wav");
    assert_eq!(copied(&harness), [take, clip].map(PathBuf::from));
    assert_eq!(works(&harness), [Work::ShowInFolder(PathBuf::from(clip))]);
}

#[test]
fn copied_files_are_pasted_as_if_they_were_dropped_and_other_texts_are_not() {
    let mut harness = open(TestWindow::stopped(reviewed()));
    for text in ["door", "N/A"] {
        harness.event(egui::Event::Paste(String::from(text)));
        harness.event(egui::Event::Text(String::from(text)));
        harness.run_steps(2);
    }
    assert!(harness.query_by_label_contains("added file").is_none());
    assert!(
        harness.state().commands().is_empty(),
        "no letter of it is a key"
    );
    // As egui-baseview hands a paste on: the key, and its text.
    harness.key_press_modifiers(Modifiers::COMMAND, Key::V);
    harness.event(egui::Event::Text(String::from(
        "file:///sounds/door.wav\n/sounds/more\n",
    )));
    harness.run_steps(3);
    harness.get_by_label("footstep").click();
    harness.run_steps(3);
    let class = String::from("footstep");
    let paths = paths();
    assert_eq!(works(&harness), [Work::AddExamples { class, paths }]);
}
