//! The versions panel, merging, profiles, and what waits for the database.

use earmark_core::engine::command::Command;
use earmark_core::engine::view::ProfileView;
use earmark_core::store::{ProfileRows, RegionId};
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

use super::{Bench, open, reviewed};

const FILENAME: &str = "dialogue-1.wav";

fn settle(harness: &mut Harness<'_, Bench>) {
    harness.run_steps(4);
}

fn click(harness: &mut Harness<'_, Bench>, label: &str) {
    harness.get_by_label(label).click();
    settle(harness);
}

fn open_versions() -> Harness<'static, Bench> {
    let mut harness = open(Bench::new(reviewed()));
    click(&mut harness, "Versions…");
    harness
}

fn timestamp(number: u32) -> String {
    format!("20260131_1422{number:02}_000000")
}

#[test]
fn each_version_shows_its_date_figures_and_marks() {
    let harness = open_versions();
    harness.get_by_label("2026-01-31 14:22:02");
    harness.get_by_label("8 regions · best 0.97 · classifier 2");
    for mark in ["● active", "▸ shown", "◆ pinned"] {
        harness.get_by_label(mark);
    }
}

#[test]
fn versions_are_pinned_unpinned_and_restored() {
    let mut harness = open_versions();
    click(&mut harness, "Pin v2");
    click(&mut harness, "Unpin v1");
    click(&mut harness, "Restore v2 as active");
    // The newest is active already.
    click(&mut harness, "Restore v3 as active");
    let pin = |number, pinned| Command::PinVersion {
        filename: FILENAME.to_owned(),
        timestamp: timestamp(number),
        pinned,
    };
    assert_eq!(
        harness.state().commands(),
        [
            pin(2, true),
            pin(1, false),
            Command::RestoreVersion {
                filename: FILENAME.to_owned(),
                timestamp: timestamp(2),
            }
        ]
    );
}

#[test]
fn deleting_a_version_names_what_goes_and_waits_for_an_answer() {
    let mut harness = open_versions();
    click(&mut harness, "Delete v1…");
    assert_eq!(harness.state().commands(), []);
    harness.get_by_label("Delete v1 of 2026-01-31 14:22:01 with its 8 regions? It is pinned.");
    click(&mut harness, "Keep it");
    click(&mut harness, "Delete v2…");
    click(&mut harness, "Delete v2");
    assert_eq!(
        harness.state().commands(),
        [Command::DeleteVersion {
            filename: FILENAME.to_owned(),
            timestamp: timestamp(2),
        }]
    );
}

#[test]
fn m_merges_two_or_more_selected_regions() {
    let mut harness = open(Bench::new(reviewed()));
    harness.get_by_label_contains("Region 1,").click();
    settle(&mut harness);
    harness.key_press(Key::M);
    settle(&mut harness);
    assert_eq!(
        harness.state().commands(),
        [],
        "one alone is nothing to merge"
    );
    harness
        .get_by_label_contains("Region 3,")
        .click_modifiers(Modifiers::SHIFT);
    settle(&mut harness);
    harness.key_press(Key::M);
    settle(&mut harness);
    click(&mut harness, "Merge");
    let merge = || Command::MergeRegions {
        regions: [1, 2, 3].map(RegionId).to_vec(),
    };
    assert_eq!(harness.state().commands(), [merge(), merge()]);
}

#[test]
fn profiles_are_chosen_and_created_in_their_panel() {
    let mut harness = open(Bench::new(reviewed()));
    click(&mut harness, "Profile");
    click(&mut harness, "Manage profiles…");
    click(&mut harness, "Use foley");
    click(&mut harness, "Create");
    click(&mut harness, "New profile's name");
    harness
        .get_by_label("New profile's name")
        .type_text(" trailers ");
    settle(&mut harness);
    click(&mut harness, "Create");
    assert_eq!(
        harness.state().commands(),
        [
            Command::SetProfile {
                profile: String::from("foley")
            },
            Command::CreateProfile {
                profile: String::from("trailers")
            }
        ]
    );
}

fn open_profiles() -> Harness<'static, Bench> {
    let mut harness = open(Bench::new(reviewed()));
    click(&mut harness, "Profile");
    click(&mut harness, "Manage profiles…");
    harness
}

#[test]
fn a_profile_is_copied_and_renamed_under_a_name_that_is_not_taken() {
    let mut harness = open_profiles();
    for (ask, field, button, typed) in [
        ("Duplicate default…", "Name of the copy", "Copy", "trailers"),
        ("Rename foley…", "Another name", "Rename", " 2"),
    ] {
        click(&mut harness, ask);
        // Without a name of its own nothing happens.
        click(&mut harness, button);
        click(&mut harness, field);
        harness.get_by_label(field).type_text(typed);
        settle(&mut harness);
        click(&mut harness, button);
    }
    assert_eq!(
        harness.state().commands(),
        [
            Command::DuplicateProfile {
                from: String::from("default"),
                to: String::from("trailers")
            },
            Command::RenameProfile {
                from: String::from("foley"),
                to: String::from("foley 2")
            }
        ]
    );
}

#[test]
fn deleting_a_profile_counts_what_goes_and_waits_for_an_answer() {
    let mut harness = open_profiles();
    click(&mut harness, "Delete foley…");
    let profile = || String::from("foley");
    let counting = Command::CountProfile { profile: profile() };
    assert_eq!(harness.state().commands(), std::slice::from_ref(&counting));
    assert!(harness.query_by_label("Delete foley").is_none());
    harness.state_mut().view.counted = Some(ProfileView {
        name: profile(),
        rows: ProfileRows {
            clips: 12,
            hard_negatives: 1,
            ..ProfileRows::default()
        },
    });
    settle(&mut harness);
    harness.get_by_label("Delete foley with 12 clips, 1 hard negative?");
    click(&mut harness, "Delete foley");
    assert_eq!(
        harness.state().commands(),
        [counting, Command::DeleteProfile { profile: profile() }]
    );
}

#[test]
fn the_default_profile_is_neither_renamed_nor_deleted() {
    let mut harness = open_profiles();
    click(&mut harness, "Rename default…");
    click(&mut harness, "Delete default…");
    assert_eq!(harness.state().commands(), []);
    assert!(harness.query_by_label("Another name").is_none());
}

#[test]
fn a_region_whose_mark_is_not_saved_yet_says_so() {
    let mut view = reviewed();
    let mut regions = view.regions.to_vec();
    regions[0].waiting = true;
    view.regions = regions.into();
    view.waiting = 1;
    let harness = open(Bench::new(view));
    harness.get_by_label_contains("waits for the database");
}
