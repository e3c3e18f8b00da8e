//! Every control has a name: a screen reader reaches nothing else.

use std::sync::Arc;

use earmark_core::protocol::View;
use egui::accesskit::{Action, Role};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::export::folder;
use super::layout::compared;
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
        (reviewed(), vec!["Help"]),
        (reviewed(), profiles),
        (reviewed(), vec!["Menu"]),
        (about_to_choose(), vec!["Settings"]),
        (about_to_choose(), vec!["Settings", "About Earmark…"]),
        (about_to_choose(), vec!["Settings", "Unmarked takes (2)…"]),
        (about_to_choose(), vec!["Settings", "Browse for Database…"]),
    ]
}

#[test]
fn no_control_of_any_panel_is_without_a_name() {
    for (view, clicks) in states() {
        let mut harness = open(TestWindow::stopped(view));
        harness.run_steps(2);
        for label in &clicks {
            harness.get_by_label(label).scroll_to_me();
            harness.run_steps(4);
            harness.get_by_label(label).click();
            harness.run_steps(3);
        }
        // Where a panel shows folders, it has asked for them by now.
        harness.state_mut().view.activity.folder = Some(Arc::new(folder()));
        harness.run_steps(3);
        let nameless = nameless(&harness);
        assert!(nameless.is_empty(), "after {clicks:?}: {nameless:#?}");
    }
}
