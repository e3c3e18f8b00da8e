//! The Profiles panel.

use earmark_core::protocol::{Command, ProfileTarget, ProfileView, Show, Target};
use earmark_core::store::ProfileRows;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

use super::versions::{click, settle};
use super::{TestWindow, open, reviewed};

#[test]
fn profiles_are_chosen_and_created_in_their_panel() {
    let mut harness = open(TestWindow::new(reviewed()));
    click(&mut harness, "Profile");
    click(&mut harness, "Manage profiles…");
    click(&mut harness, "Use foley");
    click(&mut harness, "Create");
    click(&mut harness, "New profile name");
    harness
        .get_by_label("New profile name")
        .type_text(" trailers ");
    settle(&mut harness);
    click(&mut harness, "Create");
    assert_eq!(
        harness.state().commands(),
        [
            Command::Show(Show::Profile {
                profile: String::from("foley")
            }),
            harness
                .state()
                .view
                .change(Target::Profile(ProfileTarget::Exists {
                    name: String::from("trailers")
                }))
        ]
    );
}

fn open_profiles() -> Harness<'static, TestWindow> {
    let mut harness = open(TestWindow::new(reviewed()));
    click(&mut harness, "Profile");
    click(&mut harness, "Manage profiles…");
    harness
}

#[test]
fn a_profile_is_copied_and_renamed_under_a_name_that_is_not_taken() {
    let mut harness = open_profiles();
    for (ask, field, button, typed) in [
        ("Duplicate default…", "Name of the copy", "Copy", "trailers"),
        ("Rename foley…", "New name", "Rename", " 2"),
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
            harness
                .state()
                .view
                .change(Target::Profile(ProfileTarget::CopyOf {
                    from: String::from("default"),
                    to: String::from("trailers")
                })),
            harness
                .state()
                .view
                .change(Target::Profile(ProfileTarget::Renamed {
                    from: String::from("foley"),
                    to: String::from("foley 2")
                }))
        ]
    );
}

#[test]
fn deleting_a_profile_counts_what_goes_and_waits_for_an_answer() {
    let mut harness = open_profiles();
    click(&mut harness, "Delete foley…");
    let profile = || String::from("foley");
    let counting = Command::Show(Show::ProfileCounts { profile: profile() });
    assert_eq!(harness.state().commands(), std::slice::from_ref(&counting));
    assert!(harness.query_by_label("Delete foley").is_none());
    harness.state_mut().view.storage.counted = Some(ProfileView {
        name: profile(),
        rows: ProfileRows {
            clips: 12,
            hard_negatives: 1,
            ..ProfileRows::default()
        },
        comes_back: true,
    });
    settle(&mut harness);
    harness.get_by_label("Delete foley with 12 clips, 1 hard negative?");
    harness.get_by_label_contains("You can undo this");
    if let Some(counted) = &mut harness.state_mut().view.storage.counted {
        counted.comes_back = false;
    }
    settle(&mut harness);
    harness.get_by_label_contains("You cannot undo this");
    click(&mut harness, "Delete foley");
    assert_eq!(
        harness.state().commands(),
        [
            counting,
            harness
                .state()
                .view
                .change(Target::Profile(ProfileTarget::Deleted { name: profile() }))
        ]
    );
}

#[test]
fn the_default_profile_is_neither_renamed_nor_deleted() {
    let mut harness = open_profiles();
    click(&mut harness, "Rename default…");
    click(&mut harness, "Delete default…");
    assert_eq!(harness.state().commands(), []);
    assert!(harness.query_by_label("New name").is_none());
}
