//! Every control has a name: a screen reader reaches nothing else.

use std::sync::Arc;

use earmark_core::protocol::View;
use earmark_core::protocol::{Severity, Status};
use egui::accesskit::{Action, Live, Role, Toggled};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::export::folder;
use super::import::{importing, planned, read};
use super::layout::compared;
use super::library::{being_indexed, searched, with_library};
use super::packs::{exporting, offered};
use super::settings::about_to_choose;
use super::training::{counted, three_files};
use super::{TestWindow, open, reviewed};

/// Everything that can be clicked or take the focus and that nothing tells about.
fn nameless(harness: &Harness<'_, TestWindow>) -> Vec<String> {
    let mut nameless = harness.unnamed_widgets();
    for node in harness.root().children_recursive() {
        let node = node.accesskit_node();
        // A group of controls is no control itself, and egui gives it no extent.
        let has_extent = node.raw_bounds().is_some_and(|bounds| bounds.width() > 0.0);
        // Scroll bars are egui's; what they scroll has a name.
        let is_control = has_extent
            && node.role() != Role::ScrollBar
            && node.data().supports_action(Action::Click);
        // A text that can be selected is its own name.
        let text = node.value().filter(|_| node.role() == Role::Label);
        let has_name = [node.label(), node.placeholder().map(str::to_owned), text]
            .into_iter()
            .flatten()
            .any(|name| !name.trim().is_empty());
        if is_control && !node.is_hidden() && !has_name {
            nameless.push(format!("{:?} at {:?}", node.role(), node.raw_bounds()));
        }
    }
    nameless
}

/// The states of the window, each by the clicks that lead there.
pub(super) fn states() -> Vec<(View, Vec<&'static str>)> {
    let profiles = vec!["Profile", "Manage profiles…"];
    vec![
        (View::default(), vec![]),
        (reviewed(), vec![]),
        (reviewed(), vec!["01:00:04.930"]),
        (compared(), vec![]),
        (counted(three_files(), Vec::new()), vec!["Train…"]),
        (reviewed(), vec!["Negatives (4)…"]),
        (reviewed(), vec!["Versions…"]),
        (reviewed(), vec!["Versions…", "Delete v3…"]),
        (reviewed(), vec!["Export…"]),
        (reviewed(), vec!["Library…"]),
        (
            with_library(),
            vec!["Library…", "2 files of /home/me/Sounds not indexed"],
        ),
        (being_indexed(), vec!["Library…", "Add folder…"]),
        (searched(), vec!["Library…"]),
        (reviewed(), vec!["Menu", "Import labels…", "Browse…"]),
        (reviewed(), vec!["Help"]),
        (reviewed(), profiles),
        (reviewed(), vec!["Menu"]),
        (about_to_choose(), vec!["Settings"]),
        (about_to_choose(), vec!["Settings", "About Earmark…"]),
        (about_to_choose(), vec!["Settings", "Unmarked takes (2)…"]),
        (about_to_choose(), vec!["Settings", "Browse for Database…"]),
    ]
}

/// A window on `view` after `clicks`.
fn clicked(view: View, clicks: &[&str]) -> Harness<'static, TestWindow> {
    let mut harness = open(TestWindow::stopped(view));
    harness.run_steps(2);
    for label in clicks {
        harness.get_by_label(label).scroll_to_me();
        harness.run_steps(4);
        harness.get_by_label(label).click();
        harness.run_steps(3);
    }
    // Where a panel shows folders, it has asked for them by now.
    harness.state_mut().view.activity.folder = Some(Arc::new(folder()));
    harness.run_steps(3);
    harness
}

#[test]
fn no_control_of_any_panel_is_without_a_name() {
    for (view, clicks) in states() {
        let harness = clicked(view, &clicks);
        let nameless = nameless(&harness);
        assert!(nameless.is_empty(), "after {clicks:?}: {nameless:#?}");
    }
}

#[test]
fn no_control_of_an_import_or_a_pack_is_without_a_name() {
    for mut harness in [read(planned()), read(importing()), exporting(), offered()] {
        harness.run_steps(2);
        let nameless = nameless(&harness);
        assert!(nameless.is_empty(), "{nameless:#?}");
    }
}

#[test]
fn the_window_says_whose_it_is() {
    let harness = open(TestWindow::stopped(reviewed()));
    let name = harness.root().accesskit_node().label();
    assert_eq!(name.as_deref(), Some("Earmark, Dialogue 1"));
}

#[test]
fn the_row_at_the_cursor_speaks_for_the_list() {
    let mut harness = open(TestWindow::stopped(reviewed()));
    harness.run_steps(2);
    let rows = |harness: &Harness<'_, TestWindow>| {
        let list = harness.get_by_role_and_label(Role::Table, "Results");
        let spoken = list.accesskit_node().active_descendant()?.label();
        let selected: Vec<String> = harness
            .get_all_by_role(Role::Row)
            .map(|row| row.accesskit_node())
            .filter(|row| row.is_selected() == Some(true))
            .filter_map(|row| row.label())
            .collect();
        Some((spoken?, selected))
    };
    assert_eq!(rows(&harness), None);
    let first = "Region 1, 01:00:04.000, score 0.97, found";
    harness.get_by_label(first).click_accesskit();
    harness.run_steps(3);
    let spoken = |name: &str| Some((name.to_owned(), vec![name.to_owned()]));
    assert_eq!(rows(&harness), spoken(first));
    harness.key_press(egui::Key::ArrowDown);
    harness.run_steps(3);
    let second = "Region 2, 01:00:10.500, score 0.92, positive";
    assert_eq!(rows(&harness), spoken(second));
}

#[test]
fn a_new_message_is_said_at_once() {
    let mut view = reviewed();
    let text = "Marked 3 regions as negative.";
    view.health.status = Some(Status {
        severity: Severity::Info,
        text: String::from(text),
        remedy: String::new(),
    });
    let mut harness = open(TestWindow::stopped(view));
    harness.run_steps(2);
    let message = harness.get_by_label(text);
    assert_eq!(message.accesskit_node().live(), Live::Polite);
}

#[test]
fn sliders_have_values_and_buttons_of_panels_say_whether_they_are_open() {
    let mut harness = open(TestWindow::stopped(reviewed()));
    harness.run_steps(2);
    let slider = harness.get_by_role_and_label(Role::Slider, "Threshold");
    assert_eq!(slider.accesskit_node().numeric_value(), Some(0.5));
    let is_open = |harness: &Harness<'_, TestWindow>| {
        let button = harness.get_by_role_and_label(Role::Button, "Train…");
        button.accesskit_node().toggled()
    };
    assert_eq!(is_open(&harness), Some(Toggled::False));
    let button = harness.get_by_role_and_label(Role::Button, "Train…");
    button.click_accesskit();
    harness.run_steps(3);
    assert_eq!(is_open(&harness), Some(Toggled::True));
    let profile = harness.get_by_role_and_label(Role::ComboBox, "Profile");
    let shown = profile.accesskit_node().description();
    assert_eq!(shown.as_deref(), Some("default"));
}

/// Keeps what egui last said about the window.
#[cfg(target_os = "linux")]
#[derive(Default)]
struct Said(Option<egui::accesskit::TreeUpdate>);

#[cfg(target_os = "linux")]
impl egui::Plugin for Said {
    fn debug_name(&self) -> &'static str {
        "said"
    }

    fn output_hook(&mut self, _ctx: &egui::Context, output: &mut egui::FullOutput) {
        self.0.clone_from(&output.platform_output.accesskit_update);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn all_that_any_panel_says_passes_the_pipe_to_the_screen_reader() {
    use crate::editor::accessibility::mended;
    use earmark_accessibility::{ToReader, read, write};

    for (view, clicks) in states() {
        let mut harness = clicked(view, &clicks);
        harness.ctx.add_plugin(Said::default());
        harness.run_steps(1);
        let said = harness.ctx.plugin::<Said>().lock().0.take();
        let sent = mended(said.expect("a tree"));
        let count = sent.nodes.len();
        let mut pipe = Vec::new();
        write(&ToReader::Tree(sent), &mut pipe).unwrap();
        // JSON has no infinity, so a tree with one would be skipped.
        let Some(ToReader::Tree(got)) = read(&mut pipe.as_slice()) else {
            panic!("nothing came after {clicks:?}");
        };
        assert_eq!(got.nodes.len(), count);
    }
}
