//! Notes: written in their field, shown in their rows, and found by the list's filter.

use std::sync::Arc;

use earmark_core::protocol::{
    Chosen, Command, RegionState, RegionView, ShownId, Target, View, Work,
};
use earmark_core::store::{RegionId, RegionNoteId};
use earmark_core::time::Span;
use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable};

use super::{TestWindow, open, reviewed};

const FIELD: &str = "Note";
const FIND: &str = "Find in notes";
const LONG: &str =
    "the left door of the cellar, which creaks twice before it falls shut #creak #door";

/// Two regions with a note, and a note where nothing was found.
pub fn noted() -> View {
    let mut view = reviewed();
    let mut regions = view.results.regions.as_ref().clone();
    regions[0].note = Some(LONG.to_owned());
    regions[3].note = Some(String::from("a breath"));
    regions.push(RegionView {
        id: Some(ShownId::Note(RegionNoteId(1))),
        state: RegionState::Noted,
        note: Some(String::from("left channel clips here #fault")),
        ..RegionView::found(Span::new(57.0, 58.0).unwrap(), f32::NAN)
    });
    view.results.regions = Arc::new(regions);
    view
}

fn press(harness: &mut Harness<'_, TestWindow>, keys: &[Key]) {
    for &key in keys {
        harness.key_press(key);
        harness.run_steps(3);
    }
}

fn type_into(harness: &mut Harness<'_, TestWindow>, field: &str, text: &str) {
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.step();
    harness
        .get_by_role_and_label(Role::TextInput, field)
        .type_text(text);
    harness.run_steps(3);
}

fn rows(harness: &Harness<'_, TestWindow>) -> Vec<String> {
    let rows = harness.query_all_by(|node| {
        let name = node.label().unwrap_or_default();
        node.role() == Role::Row && (name.starts_with("Region ") || name.starts_with("Mark "))
    });
    rows.filter_map(|node| node.accesskit_node().label())
        .collect()
}

fn texts(harness: &Harness<'_, TestWindow>) -> Vec<(f64, String)> {
    let targets = harness.state().targets().into_iter();
    let notes = targets.filter_map(|target| match target {
        Target::Noted { span, text } => Some((span.start_s(), text)),
        _ => None,
    });
    notes.collect()
}

#[test]
fn enter_opens_the_note_of_the_selected_region_and_enter_saves_it() {
    let mut harness = open(TestWindow::stopped(reviewed()));
    press(&mut harness, &[Key::Enter]);
    assert!(harness.query_by_label(FIELD).is_none(), "nothing selected");
    press(&mut harness, &[Key::Home, Key::ArrowDown, Key::Enter]);
    harness.get_by_label("Note on region 2, 01:00:10.500");
    // The field takes the review keys.
    type_into(&mut harness, FIELD, " snp left\tdoor ");
    press(&mut harness, &[Key::Enter]);
    assert!(
        harness
            .query_by_role_and_label(Role::TextInput, FIELD)
            .is_none()
    );
    assert_eq!(texts(&harness), [(10.5, String::from("snp left door"))]);
    assert_eq!(harness.state().commands().len(), 1);
    // The keys belong to the list again.
    press(&mut harness, &[Key::N]);
    assert_eq!(harness.state().commands().len(), 2);
}

#[test]
fn escape_leaves_a_note_as_it_was_and_an_unchanged_one_is_not_saved() {
    let mut harness = open(TestWindow::stopped(noted()));
    press(&mut harness, &[Key::Home, Key::Enter]);
    let field = harness.get_by_role_and_label(Role::TextInput, FIELD);
    assert_eq!(field.value().as_deref(), Some(LONG));
    type_into(&mut harness, FIELD, "something else");
    press(&mut harness, &[Key::Escape]);
    assert!(
        harness
            .query_by_role_and_label(Role::TextInput, FIELD)
            .is_none()
    );
    press(&mut harness, &[Key::Enter, Key::Enter]);
    assert_eq!(harness.state().commands(), []);
    assert!(rows(&harness)[0].contains(LONG), "still selected and there");
}

#[test]
fn an_emptied_note_is_deleted_and_a_field_that_is_open_keeps_its_text() {
    let mut harness = open(TestWindow::stopped(noted()));
    press(&mut harness, &[Key::Home, Key::Enter]);
    type_into(&mut harness, FIELD, "half");
    // A click on another region leaves the text; Enter goes back to it.
    harness.get_by_label_contains("Region 3,").click();
    harness.run_steps(3);
    press(&mut harness, &[Key::Enter]);
    let field = harness.get_by_role_and_label(Role::TextInput, FIELD);
    assert_eq!(field.value().as_deref(), Some("half"));
    harness.get_by_label("Cancel").click();
    harness.run_steps(3);
    press(&mut harness, &[Key::Home, Key::Enter]);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.step();
    press(&mut harness, &[Key::Backspace]);
    harness.get_by_label("Save").click();
    harness.run_steps(3);
    assert_eq!(texts(&harness), [(4.0, String::new())]);
}

#[test]
fn a_row_says_its_note_and_a_note_alone_has_a_row() {
    let mut harness = open(TestWindow::stopped(noted()));
    harness.run_steps(2);
    let rows = rows(&harness);
    assert_eq!(
        rows[0],
        format!("Region 1, 01:00:04.000, score 0.97, found, note: {LONG}")
    );
    assert_eq!(
        rows[8],
        "Mark 9, 01:00:57.000, score –, note, note: left channel clips here #fault"
    );
    harness.get_by_label("¶ note");
    harness.get_by_label_contains("Mark 9,").click();
    harness.run_steps(3);
    // With the mouse: the button of the status line.
    harness.get_by_role_and_label(Role::Button, "Note").click();
    harness.run_steps(3);
    harness.get_by_label("Note on mark 9, 01:00:57.000");
    press(&mut harness, &[Key::Escape, Key::Delete]);
    let expected = harness
        .state()
        .view
        .select(&[ShownId::Note(RegionNoteId(1))])
        .disabled();
    assert_eq!(harness.state().commands(), [expected]);
}

#[test]
fn the_list_finds_the_text_and_the_tags_of_notes() {
    let mut harness = open(TestWindow::stopped(noted()));
    harness.run_steps(2);
    harness.get_by_role_and_label(Role::TextInput, FIND).focus();
    harness.run_steps(2);
    for (text, starts) in [
        ("left", &["Region 1", "Mark 9"][..]),
        ("left DOOR", &["Region 1"]),
        ("#door", &["Region 1"]),
        ("#doo", &[]),
        ("breath", &["Region 4"]),
    ] {
        type_into(&mut harness, FIND, text);
        let rows = rows(&harness);
        let found: Vec<&str> = rows
            .iter()
            .filter_map(|row| row.split(',').next())
            .collect();
        assert_eq!(found, starts, "{text}");
    }
    // What is not listed is not selected with all, and not exported as listed.
    press(&mut harness, &[Key::Escape]);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.run_steps(2);
    press(&mut harness, &[Key::U, Key::E]);
    let only = vec![ShownId::Region(RegionId(4))];
    let unsure = harness.state().view.select(&only).unsure();
    assert!(harness.state().commands().contains(&unsure));
    harness.get_by_label("Listed (1)").click();
    harness.get_by_label("Include rejected regions").click();
    harness.run_steps(3);
    harness.state_mut().view.activity.folder = Some(Arc::new(super::export::folder()));
    harness.run_steps(3);
    harness.get_by_label("Export 1 region").click();
    harness.run_steps(3);
    let asked = harness.state().commands();
    let exported = asked.iter().find_map(|command| match command {
        Command::Work(Work::Export(request)) => Some(request.regions.clone()),
        _ => None,
    });
    assert_eq!(exported, Some(Chosen::Only(only)));
}

#[test]
fn without_notes_there_is_nothing_to_find() {
    let harness = open(TestWindow::stopped(reviewed()));
    assert!(
        harness
            .query_by_role_and_label(Role::TextInput, FIND)
            .is_none()
    );
}
