//! The Settings and About panels.

use std::path::Path;
use std::sync::Arc;

use earmark_core::protocol::{
    Command, FolderView, ModelCredit, RetentionSurvey, Show, Stored, Survey, TakesSurvey, Target,
    UnmarkedTake, View,
};
use earmark_core::settings::{
    Appearance, DATABASE, EMBEDDINGS_GB, EXECUTION_PROVIDER, Look, MODELS_FOLDER, SCALE_PERCENT,
    SETTINGS, STATE_COLOURS, SettingView, SettingsView, TAKES_FOLDER, THEME, UNMARKED_TAKES_DAYS,
    VERSIONS_KEPT,
};
use egui::{Key, Role};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;

use super::export::folder;
use super::{TestWindow, open, reviewed};

/// As [`reviewed`], with what is kept on the machine: two takes could go.
pub fn surveyed() -> View {
    let unmarked = |filename: &str, bytes| UnmarkedTake {
        filename: filename.to_owned(),
        source_name: String::from("Dialogue 1"),
        created_at: String::from("2026-01-12 10:00:00"),
        bytes,
    };
    let survey = Survey {
        database: Stored {
            path: "/home/ada/.local/share/earmark/earmark.db".into(),
            bytes: 1_400_000,
        },
        edited_versions: 0,
        takes: TakesSurvey {
            folder: "/home/ada/.local/share/earmark/takes".into(),
            count: 14,
            bytes: 2_310_000_000,
            unmarked: vec![
                unmarked("dialogue-1.wav", 310_000_000),
                unmarked("test.wav", 9_000_000),
            ],
        },
        retention: RetentionSurvey::default(),
        cache: Stored {
            path: "/home/ada/.cache/earmark/embeddings".into(),
            bytes: 88_000_000,
        },
        models_folder: "/home/ada/.local/share/earmark/models".into(),
        models: vec![ModelCredit {
            key: String::from("AISFX"),
            name: String::from("AI-SFX representation"),
            licence: String::from("CC BY 4.0"),
            attribution: String::from("Alison Ma and Alexander Lerch"),
            folder: "/home/ada/.clap/earmark.resources/models".into(),
        }],
        runtime: Some((
            String::from("ORT Build Info: git-branch=rel-1.28.0, build type=Release"),
            "/home/ada/.clap/earmark.resources/onnxruntime/libonnxruntime.so".into(),
        )),
    };
    let mut view = reviewed();
    view.storage.survey = Some(Arc::new(survey));
    view.storage.settings = Some(Arc::new(settings_at_rest()));
    view
}

/// As [`about_to_choose`], in the look that the window has.
pub fn dressed(look: Look) -> View {
    let mut view = about_to_choose();
    if let Some(settings) = &mut view.storage.settings {
        for setting in &mut Arc::make_mut(settings).settings {
            match setting.setting.key {
                THEME => setting.chosen = Some(look.theme.name().to_owned()),
                STATE_COLOURS => setting.chosen = Some(look.states.name().to_owned()),
                _ => {}
            }
        }
    }
    view
}

fn settings_at_rest() -> SettingsView {
    let places = "/home/ada/.local/share/earmark";
    let settings = SETTINGS.iter().map(|setting| SettingView {
        setting,
        chosen: None,
        default: match setting.key {
            THEME => String::from("dark"),
            STATE_COLOURS => String::from("safe"),
            SCALE_PERCENT => String::from("100"),
            VERSIONS_KEPT => String::from("5"),
            UNMARKED_TAKES_DAYS => String::from("0"),
            EMBEDDINGS_GB => String::from("10"),
            DATABASE => format!("{places}/earmark.db"),
            TAKES_FOLDER => format!("{places}/takes"),
            MODELS_FOLDER => format!("{places}/models"),
            EXECUTION_PROVIDER => String::from("cpu"),
            _ => String::from("3"),
        },
        overruled_by: None,
    });
    SettingsView {
        appearance: Some(Appearance::default()),
        settings: settings.collect(),
        database: format!("{places}/earmark.db").into(),
    }
}

/// Somebody has chosen another database and more versions.
pub fn about_to_choose() -> View {
    let mut view = surveyed();
    let mut settings = settings_at_rest();
    for setting in &mut settings.settings {
        match setting.setting.key {
            DATABASE => setting.chosen = Some(String::from("/mnt/music/marks.db")),
            VERSIONS_KEPT => setting.chosen = Some(String::from("12")),
            TAKES_FOLDER => setting.overruled_by = Some("EARMARK_TAKES"),
            _ => {}
        }
    }
    view.storage.settings = Some(Arc::new(settings));
    view
}

pub fn open_settings(view: View) -> Harness<'static, TestWindow> {
    let mut harness = open(TestWindow::stopped(view));
    harness.get_by_label("Settings").click();
    harness.run_steps(3);
    harness
}

pub fn chose(view: &View, key: &'static str, value: Option<&str>) -> Command {
    let value = value.map(str::to_owned);
    view.change(Target::Setting { key, value })
}

/// Without the look around that opening the panel asks for.
pub fn asked(harness: &Harness<'_, TestWindow>) -> Vec<Command> {
    let mut commands = harness.state().commands();
    assert_eq!(commands.remove(0), Command::Show(Show::Survey));
    commands
}

#[test]
fn opening_the_panel_has_everything_looked_at_once() {
    let mut harness = open_settings(surveyed());
    harness.run_steps(5);
    harness.get_by_label("About Earmark…").click_accesskit();
    harness.run_steps(3);
    assert_eq!(harness.state().commands(), [Command::Show(Show::Survey)]);
    harness.key_press(Key::Escape);
    harness.run_steps(3);
    harness.get_by_label("Settings").click();
    harness.run_steps(3);
    assert_eq!(
        harness.state().commands(),
        [Command::Show(Show::Survey), Command::Show(Show::Survey)]
    );
}

#[test]
fn the_window_is_dressed_with_a_click() {
    let mut harness = open_settings(surveyed());
    harness.get_by_label("Theme: light").click();
    harness.run_steps(2);
    harness.get_by_label("State colours: traffic").click();
    harness.run_steps(2);
    harness
        .get_by_role_and_label(Role::ComboBox, "Size")
        .click();
    harness.run_steps(2);
    harness.get_by_label("150 %").click();
    harness.run_steps(2);
    assert_eq!(
        asked(&harness),
        [
            chose(&reviewed(), THEME, Some("light")),
            chose(&reviewed(), STATE_COLOURS, Some("traffic")),
            chose(&reviewed(), SCALE_PERCENT, Some("150")),
        ]
    );
}

#[test]
fn a_number_is_typed_and_entered_once() {
    let mut harness = open_settings(surveyed());
    harness
        .get_by_role_and_label(Role::SpinButton, "Versions kept")
        .focus();
    harness.run_steps(2);
    harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::A);
    harness.event(egui::Event::Text(String::from("12")));
    harness.run_steps(2);
    assert_eq!(asked(&harness), [], "not before it is entered");
    harness.key_press(Key::Enter);
    harness.run_steps(3);
    assert_eq!(
        asked(&harness),
        [chose(&reviewed(), VERSIONS_KEPT, Some("12"))]
    );
}

#[test]
fn what_was_chosen_can_be_taken_back_and_says_from_when_it_holds() {
    let mut harness = open_settings(about_to_choose());
    harness.get_by_label_contains("until you restart the host, and copies nothing");
    harness.get_by_label_contains("EARMARK_TAKES overrides this");
    harness.get_by_label("Reset Versions kept to 5").click();
    harness.run_steps(2);
    assert_eq!(asked(&harness), [chose(&reviewed(), VERSIONS_KEPT, None)]);
}

#[test]
fn a_path_is_entered_with_its_button_or_the_enter_key_and_not_before() {
    let mut harness = open_settings(surveyed());
    harness
        .get_by_role_and_label(Role::TextInput, "Takes folder")
        .focus();
    harness.run_steps(2);
    harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::A);
    harness.event(egui::Event::Text(String::from("/mnt/takes")));
    harness.run_steps(2);
    assert_eq!(asked(&harness), []);
    harness
        .get_by_label("Use this Takes folder")
        .click_accesskit();
    harness.run_steps(2);
    assert_eq!(
        asked(&harness),
        [chose(&reviewed(), TAKES_FOLDER, Some("/mnt/takes"))]
    );
}

/// What the engine says when it has looked into a folder.
fn found(harness: &mut Harness<'_, TestWindow>, number: u64, path: &str, problem: Option<&str>) {
    harness.state_mut().view.activity.folder = Some(Arc::new(FolderView {
        number,
        path: path.into(),
        parent: Path::new(path).parent().map(Path::to_owned),
        problem: problem.map(str::to_owned),
        ..folder()
    }));
    harness.run_steps(3);
}

fn look(path: &str) -> Command {
    Command::Show(Show::Folder(Some(path.into())))
}

#[test]
fn a_folder_is_looked_for_from_the_nearest_that_exists_and_entered_with_its_button() {
    let mut harness = open_settings(surveyed());
    let click = |harness: &mut Harness<'_, TestWindow>, label: &str| {
        harness.get_by_label(label).click_accesskit();
        harness.run_steps(3);
    };
    click(&mut harness, "Browse for Models folder…");
    let models = "/home/ada/.local/share/earmark/models";
    found(&mut harness, 1, models, Some("there is no folder there"));
    assert!(harness.query_by_label("there is no folder there").is_none());
    let above = "/home/ada/.local/share/earmark";
    found(&mut harness, 2, above, None);
    click(&mut harness, "Folder old");
    assert!(harness.query_by_label("File before.csv").is_none());
    found(&mut harness, 3, "/home/ada/.local/share/earmark/old", None);
    assert_eq!(
        asked(&harness),
        [
            look(models),
            look(above),
            look("/home/ada/.local/share/earmark/old")
        ]
    );
    click(&mut harness, "Use this Models folder");
    assert_eq!(
        asked(&harness).pop(),
        Some(chose(
            &reviewed(),
            MODELS_FOLDER,
            Some("/home/ada/.local/share/earmark/old")
        ))
    );
    harness.get_by_label("Browse for Models folder…");
}

#[test]
fn a_database_is_chosen_among_the_files_of_a_folder_or_left_as_it_was() {
    let mut harness = open_settings(about_to_choose());
    let click = |harness: &mut Harness<'_, TestWindow>, label: &str| {
        harness.get_by_label(label).click_accesskit();
        harness.run_steps(3);
    };
    click(&mut harness, "Browse for Database…");
    click(&mut harness, "Cancel");
    click(&mut harness, "Browse for Database…");
    found(&mut harness, 1, "/mnt/music", None);
    click(&mut harness, "File shared");
    click(&mut harness, "Use this Database");
    assert_eq!(
        asked(&harness),
        [
            look("/mnt/music"),
            look("/mnt/music"),
            chose(&reviewed(), DATABASE, Some("/mnt/music/shared.db"))
        ]
    );
}

#[test]
fn without_a_database_its_place_can_still_be_chosen() {
    let mut view = surveyed();
    let mut settings = settings_at_rest();
    settings.appearance = None;
    settings
        .settings
        .retain(|view| !view.setting.is_in_database());
    view.storage.settings = Some(Arc::new(settings));
    let harness = open_settings(view);
    harness.get_by_label_contains("Earmark cannot read it now");
    harness.get_by_role_and_label(Role::TextInput, "Database");
    assert!(harness.query_by_label("Versions kept").is_none());
}

#[test]
fn about_names_the_runtime_the_licences_and_the_places_in_text_that_can_be_copied() {
    let mut harness = open_settings(surveyed());
    harness.get_by_label("About Earmark…").click_accesskit();
    harness.run_steps(3);
    for line in [
        "Licence: MIT or Apache-2.0, as you choose",
        "ORT Build Info: git-branch=rel-1.28.0, build type=Release",
        "AISFX: AI-SFX representation, CC BY 4.0",
        "Takes: /home/ada/.local/share/earmark/takes",
    ] {
        assert!(harness.get_by_label(line).rect().is_positive());
    }
    harness.get_by_label("Copy all").click_accesskit();
    harness.step();
    let commands = &harness.output().platform_output.commands;
    assert!(
        matches!(&commands[..], [egui::OutputCommand::CopyText(text)] if text.contains("Symphonia")),
        "{commands:?}"
    );
}
