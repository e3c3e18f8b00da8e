//! Packs in the Train panel: a classifier is exported, and a dropped, typed or chosen pack is looked at and imported.

use std::path::PathBuf;
use std::sync::Arc;

use earmark_core::protocol::{
    Command, Counts, JobKind, JobView, PackCredits, PackExport, PackFacts, PackState, PackView,
    Packs, View,
};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;

use super::export::folder;
use super::files::{drop_these, hover_with};
use super::versions::{click, settle};
use super::{TestWindow, open, reviewed};

pub fn pack_file() -> PathBuf {
    PathBuf::from("/packs/door.earmark")
}

fn facts() -> PackFacts {
    PackFacts {
        sound: String::from("door"),
        model: String::from("AISFX"),
        credits: PackCredits {
            author: String::from("Ann"),
            licence: String::from("CC0"),
        },
        version: 4,
        created_at: String::from("2026-01-31 14:22:03"),
        counts: Counts {
            clips: 12,
            hard_negatives: 4,
            background: 300,
            ..Counts::default()
        },
        metrics: reviewed().learning.classifiers[0].metrics.clone(),
        threshold: 0.5,
        clips: 12,
        size_bytes: 1_800_000,
        obstacle: None,
    }
}

fn in_state(state: PackState) -> View {
    let mut view = reviewed();
    view.pack = Some(PackView {
        number: 5,
        path: pack_file(),
        state,
    });
    view
}

/// A pack was read, and nothing is imported.
pub fn with_pack() -> View {
    in_state(PackState::Read(Arc::new(facts())))
}

/// The panel after the pack was dropped.
pub fn offered() -> Harness<'static, TestWindow> {
    dropped(with_pack())
}

fn dropped(view: View) -> Harness<'static, TestWindow> {
    let mut harness = open(TestWindow::stopped(reviewed()));
    harness.run_steps(2);
    drop_these(&mut harness, vec![pack_file()]);
    harness.state_mut().view = view;
    settle(&mut harness);
    harness
}

/// The panel with the form of an export.
pub fn exporting() -> Harness<'static, TestWindow> {
    let mut view = reviewed();
    view.learning.pack_credits.author = String::from("Ann");
    let mut harness = open(TestWindow::stopped(view));
    harness.run_steps(2);
    click(&mut harness, "Train…");
    press(&mut harness, "Export pack…");
    harness.state_mut().view.activity.folder = Some(Arc::new(folder()));
    settle(&mut harness);
    harness
}

/// Clicks what may have to be scrolled to.
fn press(harness: &mut Harness<'_, TestWindow>, label: &str) {
    harness.get_by_label(label).scroll_to_me();
    harness.run_steps(8);
    click(harness, label);
}

fn asked(harness: &Harness<'_, TestWindow>) -> Vec<Packs> {
    let commands = harness.state().commands().into_iter();
    let asked = commands.filter_map(|command| match command {
        Command::Packs(asked) => Some(asked),
        _ => None,
    });
    asked.collect()
}

#[test]
fn a_dropped_pack_is_no_audio_and_is_looked_at_before_it_is_imported() {
    let mut harness = open(TestWindow::stopped(reviewed()));
    hover_with(&mut harness, vec![pack_file()]);
    harness.get_by_label("Drop the pack to import it");
    let mut harness = offered();
    harness.run_steps(20);
    let import = harness.get_by_label("Import").rect();
    let train = harness
        .get_by_role_and_label(egui::Role::Button, "Train")
        .rect();
    assert!(import.bottom() < train.top(), "it is in sight");
    assert!(harness.query_by_label_contains("added file").is_none());
    assert_eq!(asked(&harness), [Packs::Read(pack_file())]);
    harness.get_by_label("Sound: door");
    harness.get_by_label("AISFX v4  2026-01-31 14:22:03");
    harness.get_by_label("Author: Ann");
    harness.get_by_label("Licence: CC0");
    harness.get_by_label("1.8 MB, with 12 clips");
    press(&mut harness, "Import");
    assert_eq!(asked(&harness)[1..], [Packs::Import { number: 5 }]);
    harness.state_mut().view = in_state(PackState::Imported(String::from(
        "Imported door as v4 of AISFX. Scan to see what it finds.",
    )));
    settle(&mut harness);
    harness.get_by_label_contains("Imported door as v4");
    press(&mut harness, "Close pack");
    assert_eq!(asked(&harness).last(), Some(&Packs::Forget));
}

#[test]
fn a_pack_that_cannot_be_used_says_why_and_is_not_imported() {
    let mut other = facts();
    other.obstacle = Some(String::from("the model BIRDS is not installed here"));
    let mut harness = dropped(in_state(PackState::Read(Arc::new(other))));
    harness.get_by_label("the model BIRDS is not installed here");
    press(&mut harness, "Import");
    harness.state_mut().view = in_state(PackState::Refused(String::from(
        "the pack is damaged: get the file again",
    )));
    settle(&mut harness);
    harness.get_by_label("the pack is damaged: get the file again");
    assert!(harness.query_by_label("Import").is_none());
    assert_eq!(asked(&harness).len(), 1);
}

#[test]
fn a_pack_is_typed_or_chosen_in_a_folder() {
    let mut harness = open(TestWindow::stopped(reviewed()));
    harness.run_steps(2);
    click(&mut harness, "Train…");
    press(&mut harness, "Import pack…");
    let mut found = folder();
    found.files.push(String::from("door.earmark"));
    let chosen = found.path.join("door.earmark");
    harness.state_mut().view.activity.folder = Some(Arc::new(found));
    settle(&mut harness);
    // The list scrolls in the panel, which scrolls as well.
    harness.get_by_label("File door").click_accesskit();
    settle(&mut harness);
    press(&mut harness, "Path of the pack");
    harness.event(egui::Event::Text(String::from("/packs/door.earmark")));
    harness.run_steps(2);
    harness.key_press(egui::Key::Enter);
    settle(&mut harness);
    assert_eq!(
        asked(&harness),
        [Packs::Read(chosen), Packs::Read(pack_file())]
    );
}

#[test]
fn the_classifier_of_the_shown_version_is_exported_with_what_is_typed_and_remembered() {
    let mut harness = exporting();
    press(&mut harness, "Licence");
    harness.event(egui::Event::Text(String::from("CC0")));
    settle(&mut harness);
    press(&mut harness, "Include example clips");
    press(&mut harness, "Export");
    let export = PackExport {
        version: 3,
        words: PackCredits {
            author: String::from("Ann"),
            licence: String::from("CC0"),
        },
        with_clips: true,
        folder: folder().path,
    };
    assert_eq!(asked(&harness), [Packs::Export(export)]);
    press(&mut harness, "Classifier");
    click(&mut harness, "v2 door");
    press(&mut harness, "Export");
    let Some(Packs::Export(export)) = asked(&harness).pop() else {
        panic!("{:?}", asked(&harness));
    };
    assert_eq!(export.version, 2);
}

#[test]
fn nothing_is_exported_while_another_job_runs_or_before_a_training() {
    let mut harness = exporting();
    harness.state_mut().view.activity.job = Some(JobView {
        kind: JobKind::Scanning,
        stage: String::from("scanning"),
        fraction: 0.4,
        remaining_s: None,
    });
    settle(&mut harness);
    press(&mut harness, "Export");
    let mut view = reviewed();
    view.learning.classifiers.clear();
    let mut harness_without = open(TestWindow::stopped(view));
    harness_without.run_steps(2);
    click(&mut harness_without, "Train…");
    press(&mut harness_without, "Export pack…");
    assert!(asked(&harness).is_empty() && asked(&harness_without).is_empty());
}
