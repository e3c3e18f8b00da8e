//! The Export panel: what is asked for, where it goes, and what is done about files that are there.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use earmark_core::export::{Formulas, ListFormat, Times};
use earmark_core::protocol::{
    Chosen, ClipChoices, Command, ExportChoices, ExportKind, ExportQuestion, ExportRequest,
    FolderPlace, FolderView, IfThere, JobKind, JobView, Pieces, RegionState, RegionView, Show,
    View, Work,
};
use earmark_core::store::RegionId;
use egui::{Key, Role};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

use super::{TestWindow, open, reviewed};
use crate::review::StateFilter;

fn here() -> PathBuf {
    PathBuf::from("/home/me/lists")
}

/// A folder that the engine has looked into.
pub fn folder() -> FolderView {
    FolderView {
        number: 1,
        path: here(),
        parent: Some(PathBuf::from("/home/me")),
        folders: vec![String::from("old"), String::from("Ö, \"x\"")],
        files: ["before.csv", "before.txt", "shared.db"]
            .map(String::from)
            .to_vec(),
        places: vec![FolderPlace {
            name: "Home",
            path: PathBuf::from("/home/me"),
        }],
        ..FolderView::default()
    }
}

fn settle(harness: &mut Harness<'_, TestWindow>) {
    harness.run_steps(4);
}

/// The panel, opened by its key, with what the engine then says of the folder.
fn open_panel_on(view: View) -> Harness<'static, TestWindow> {
    let mut opened = TestWindow::stopped(view);
    opened.review.mode = None;
    let mut harness = open(opened);
    harness.step();
    harness.key_press(Key::E);
    settle(&mut harness);
    assert_eq!(
        harness.state().commands(),
        [Command::Show(Show::Folder(None))]
    );
    harness.state_mut().view.activity.folder = Some(Arc::new(folder()));
    harness.state_mut().sent.clear();
    settle(&mut harness);
    harness
}

fn open_panel() -> Harness<'static, TestWindow> {
    open_panel_on(reviewed())
}

fn click(harness: &mut Harness<'_, TestWindow>, label: &str) {
    harness.get_by_label(label).click();
    settle(harness);
}

fn choose(harness: &mut Harness<'_, TestWindow>, what: &str) {
    click(harness, "Format");
    harness.get_by_role_and_label(Role::Button, what).click();
    settle(harness);
}

fn type_into(harness: &mut Harness<'_, TestWindow>, label: &str, text: &str) {
    click(harness, label);
    harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::A);
    harness.get_by_label(label).type_text(text);
    settle(harness);
}

fn list(format: ListFormat, times: Times) -> ExportChoices {
    ExportChoices {
        kind: ExportKind::List {
            format,
            times,
            formulas: Formulas::Disarmed,
        },
        rejected: false,
    }
}

fn request(choices: ExportChoices, name: &str) -> ExportRequest {
    ExportRequest {
        choices,
        regions: Chosen::All,
        to: here().join(name),
        if_there: IfThere::Ask,
    }
}

fn asked(harness: &Harness<'_, TestWindow>) -> ExportRequest {
    match harness.state().commands().pop() {
        Some(Command::Work(Work::Export(request))) => request,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_shown_regions_go_to_a_file_named_after_take_model_and_version() {
    let mut harness = open_panel();
    click(&mut harness, "Export 6 regions");
    let choices = list(ListFormat::Csv, Times::Project);
    assert_eq!(
        harness.state().commands(),
        [Command::Work(Work::Export(request(
            choices,
            "dialogue-1 AISFX v3.csv"
        )))]
    );
    click(&mut harness, "Include rejected regions");
    click(&mut harness, "take start");
    click(&mut harness, "Export 8 regions");
    let request = asked(&harness);
    assert!(request.choices.rejected);
    assert_eq!(
        request.choices.kind,
        list(ListFormat::Csv, Times::Take).kind
    );
}

#[test]
fn every_form_has_its_ending_and_only_those_that_know_it_the_projects_time() {
    let mut harness = open_panel();
    for (what, ending, has_choice) in [
        ("Audacity labels", "v3.txt", true),
        ("REAPER regions", "v3.csv", true),
        ("JSON", "v3.json", true),
        ("Raven selection table", "v3.txt", false),
        ("WAV with markers", "v3 markers.wav", false),
    ] {
        choose(&mut harness, what);
        let choice = harness.query_by_label("project start");
        assert_eq!(choice.is_some(), has_choice, "{what}");
        click(&mut harness, "Export 6 regions");
        let to = asked(&harness).to;
        assert!(to.to_string_lossy().ends_with(ending), "{}", to.display());
    }
}

#[test]
fn only_what_is_selected_is_exported_if_that_is_wanted() {
    let mut harness = open_panel();
    harness.key_press(Key::ArrowDown);
    settle(&mut harness);
    click(&mut harness, "Selected (1)");
    click(&mut harness, "Export 1 region");
    assert_eq!(
        asked(&harness).regions,
        Chosen::Only(vec![RegionId(1).into()])
    );
}

#[test]
fn what_the_list_leaves_out_is_exported_only_when_all_of_the_version_is_asked_for() {
    let mut harness = open_panel();
    assert!(harness.query_by_label_contains("Listed").is_none());
    harness.state_mut().filter = StateFilter::ALL.toggled(RegionState::Found);
    settle(&mut harness);
    harness.get_by_label("All regions (8)");
    click(&mut harness, "Export 6 regions");
    assert_eq!(asked(&harness).regions, Chosen::All);

    let is_listed = |region: &&RegionView| region.state != RegionState::Found;
    let regions = Arc::clone(&harness.state().view.results.regions);
    let listed: Vec<&RegionView> = regions.iter().filter(is_listed).collect();
    click(&mut harness, &format!("Listed ({})", listed.len()));
    click(&mut harness, "Include rejected regions");
    click(&mut harness, &format!("Export {} regions", listed.len()));
    let ids = listed.iter().filter_map(|region| region.id).collect();
    assert_eq!(asked(&harness).regions, Chosen::Only(ids));

    // Nothing is left out any more.
    harness.state_mut().filter = StateFilter::ALL;
    settle(&mut harness);
    click(&mut harness, "Export 8 regions");
    assert_eq!(asked(&harness).regions, Chosen::All);
}

#[test]
fn each_time_the_panel_opens_the_folder_is_looked_into_anew() {
    let mut harness = open_panel();
    harness.key_press(Key::E);
    settle(&mut harness);
    assert!(harness.query_by_label("File name").is_none());
    harness.key_press(Key::E);
    settle(&mut harness);
    let again = Command::Show(Show::Folder(Some(here())));
    assert_eq!(harness.state().commands(), [again]);
}

#[test]
fn a_name_is_typed_or_taken_from_a_file_that_is_there() {
    let mut harness = open_panel();
    type_into(&mut harness, "File name", "doors.csv");
    click(&mut harness, "Export 6 regions");
    assert_eq!(asked(&harness).to, here().join("doors.csv"));
    assert!(harness.query_by_label("File before.txt").is_none());
    click(&mut harness, "File before");
    click(&mut harness, "Export 6 regions");
    assert_eq!(asked(&harness).to, here().join("before.csv"));
    type_into(&mut harness, "File name", "../up");
    harness.get_by_label_contains("cannot contain slashes");
}

#[test]
fn a_folder_is_chosen_by_click_by_place_by_hand_or_made() {
    let mut harness = open_panel();
    let look = |path: &str| Command::Show(Show::Folder(Some(PathBuf::from(path))));
    click(&mut harness, "Folder old");
    click(&mut harness, "Parent folder");
    click(&mut harness, "Places");
    harness.get_by_role_and_label(Role::Button, "Home").click();
    settle(&mut harness);
    type_into(&mut harness, "Folder", "~/there");
    harness.key_press(Key::Enter);
    settle(&mut harness);
    assert_eq!(
        harness.state().commands(),
        [
            look("/home/me/lists/old"),
            look("/home/me"),
            look("/home/me"),
            look("~/there")
        ]
    );
    harness.state_mut().sent.clear();
    let mut gone = folder();
    gone.number = 2;
    gone.problem = Some(String::from("there is no folder there: choose another one"));
    harness.state_mut().view.activity.folder = Some(Arc::new(gone));
    settle(&mut harness);
    harness.get_by_label_contains("choose another one");

    type_into(&mut harness, "Folder", "/home/me/lists");
    click(&mut harness, "New folder…");
    click(&mut harness, "New folder name");
    harness.get_by_label("New folder name").type_text("e, new");
    settle(&mut harness);
    click(&mut harness, "Create folder");
    assert_eq!(
        harness.state().commands().pop(),
        Some(Command::Work(Work::MakeFolder {
            parent: here(),
            name: String::from("e, new"),
        }))
    );
    harness.get_by_label("Export…");
}

#[test]
fn a_file_that_is_there_is_named_and_replaced_only_when_that_is_said() {
    let mut harness = open_panel();
    let question = |number| {
        let request = request(list(ListFormat::Csv, Times::Project), "before.csv");
        Some(Arc::new(ExportQuestion {
            number,
            there: vec![request.to.clone()],
            request,
        }))
    };
    harness.state_mut().view.activity.export_question = question(1);
    settle(&mut harness);
    harness.get_by_label("before.csv already exists.");
    click(&mut harness, "Cancel");
    assert_eq!(harness.state().commands(), []);
    harness.get_by_label("Export 6 regions");
    harness.state_mut().view.activity.export_question = question(2);
    settle(&mut harness);
    click(&mut harness, "Replace the file");
    assert_eq!(asked(&harness).if_there, IfThere::Replace);
}

#[test]
fn clips_have_a_class_a_length_and_a_spread_and_ask_about_those_that_are_there() {
    let mut harness = open_panel();
    choose(&mut harness, "WAV clips");
    harness.get_by_label_contains("Type a class");
    type_into(&mut harness, "Class of unconfirmed regions", "door");
    click(&mut harness, "Cut equal pieces");
    click(&mut harness, "Export 6 regions");
    let clips = ExportChoices {
        kind: ExportKind::Clips(ClipChoices {
            class: String::from("door"),
            min_length_s: 0.0,
            pieces: Some(Pieces {
                length_s: 1.0,
                spread_s: 0.5,
            }),
        }),
        rejected: false,
    };
    let request = asked(&harness);
    assert_eq!(
        (&request.choices, request.to.as_path()),
        (&clips, here().as_path())
    );
    let there = ["clip_001_a1_0.wav", "clip_001_a2_0.wav"];
    harness.state_mut().view.activity.export_question = Some(Arc::new(ExportQuestion {
        number: 1,
        request,
        there: there
            .map(|name| Path::new("/x/door/vid_001").join(name))
            .to_vec(),
    }));
    settle(&mut harness);
    harness.get_by_label("2 files already exist, for example clip_001_a1_0.wav.");
    click(&mut harness, "Save new files only");
    assert_eq!(asked(&harness).if_there, IfThere::Keep);
}

#[test]
fn what_takes_long_shows_its_progress_and_can_be_cancelled() {
    let mut view = reviewed();
    view.activity.job = Some(JobView {
        kind: JobKind::Exporting,
        stage: String::from("writing clip 3 of 12"),
        fraction: 0.2,
        remaining_s: None,
    });
    let mut harness = open_panel_on(view);
    harness.get_by_label("writing clip 3 of 12");
    click(&mut harness, "Cancel export");
    assert_eq!(harness.state().commands(), [Command::Work(Work::Cancel)]);
    // A list does not wait for a scan, but clips do.
    if let Some(job) = &mut harness.state_mut().view.activity.job {
        job.kind = JobKind::Scanning;
    }
    settle(&mut harness);
    click(&mut harness, "Export 6 regions");
    asked(&harness);
    choose(&mut harness, "WAV with markers");
    harness.get_by_label_contains("Another job is running");
}

#[test]
fn the_panel_begins_with_what_the_last_export_was_like() {
    let mut opened = TestWindow::stopped(reviewed());
    opened.review.mode = None;
    let mut found = folder();
    found.last_choices = Some(list(ListFormat::Reaper, Times::Take));
    let mut harness = open(opened);
    click(&mut harness, "Export…");
    harness.state_mut().view.activity.folder = Some(Arc::new(found));
    settle(&mut harness);
    click(&mut harness, "Export 6 regions");
    assert_eq!(
        asked(&harness).choices,
        list(ListFormat::Reaper, Times::Take)
    );
}

#[test]
fn in_the_smallest_window_the_buttons_of_bar_and_panel_are_all_in_sight() {
    let mut harness = open_panel();
    let (width, height) = crate::state::MIN_WINDOW_SIZE;
    let size = egui::vec2(width as f32, height as f32);
    harness.set_size(size);
    settle(&mut harness);
    let rect = |label: &str| harness.get_by_label(label).rect();
    let window = egui::Rect::from_min_size(egui::Pos2::ZERO, size);
    let labels = [
        "Export…",
        "Undo",
        "Help",
        "Export 6 regions",
        "Close Export",
        "Sort regions by state",
    ];
    for (index, label) in labels.iter().enumerate() {
        assert!(
            window.contains_rect(rect(label)),
            "{label}: {:?}",
            rect(label)
        );
        for other in &labels[..index] {
            assert!(!rect(label).intersects(rect(other)), "{label} over {other}");
        }
    }
}
