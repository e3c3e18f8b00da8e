//! Texts fit: in the window as it opens, no text of any panel is cut off at its sides or lies over another one.

use std::sync::Arc;

use earmark_core::protocol::{JobKind, JobView, Severity, Status, View};
use egui::epaint::TextShape;
use egui::{Rect, Shape};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::export::folder;
use super::names::states;
use super::settings::about_to_choose;
use super::spectrogram::boxed;
use super::{TestWindow, open, reviewed};
use crate::params::OutputChoice;

/// What rounding does to a rectangle, in points.
const SLACK: f32 = 1.0;

/// A text on the screen.
struct Shown {
    text: String,
    /// All of it.
    whole: Rect,
    /// What is not cut off.
    visible: Rect,
    clip: Rect,
}

impl Shown {
    /// The rows of a text: in a wrapping line the first one begins beside what is there.
    fn of(shape: &TextShape, clip: Rect) -> impl Iterator<Item = Self> + '_ {
        let rows = shape.galley.rows.iter().map(move |row| {
            let inked = row.row.visuals.mesh_bounds;
            let whole = inked.translate(row.pos.to_vec2() + shape.pos.to_vec2());
            Self {
                text: row.row.text(),
                whole,
                visible: whole.intersect(clip),
                clip,
            }
        });
        rows.filter(|row| row.visible.is_positive())
    }
}

/// The largest part of `visible` beside `covered`.
fn rest(visible: Rect, covered: Rect) -> Rect {
    if !visible.intersects(covered) {
        return visible;
    }
    let (mut left, mut right, mut above, mut below) = (visible, visible, visible, visible);
    left.max.x = left.max.x.min(covered.left());
    right.min.x = right.min.x.max(covered.right());
    above.max.y = above.max.y.min(covered.top());
    below.min.y = below.min.y.max(covered.bottom());
    let parts = [left, right, above, below].into_iter();
    let parts = parts.filter(Rect::is_positive);
    let largest = parts.max_by(|a, b| a.area().total_cmp(&b.area()));
    largest.unwrap_or(Rect::NOTHING)
}

/// Adds the texts of `shape`, without those that it covers.
fn collect(shape: &Shape, clip: Rect, texts: &mut Vec<Shown>) {
    match shape {
        Shape::Vec(shapes) => {
            for shape in shapes {
                collect(shape, clip, texts);
            }
        }
        Shape::Rect(rect) if rect.fill.a() == 255 => {
            let covered = rect.rect.intersect(clip);
            for text in texts.iter_mut() {
                text.visible = rest(text.visible, covered);
            }
            texts.retain(|text| text.visible.is_positive());
        }
        Shape::Text(text) => texts.extend(Shown::of(text, clip)),
        _ => {}
    }
}

/// What is wrong with the texts of a window. Text fields scroll, and cut off what has no room.
fn faults(harness: &Harness<'_, TestWindow>) -> Vec<String> {
    let mut texts = Vec::new();
    for clipped in &harness.output().shapes {
        collect(&clipped.shape, clipped.clip_rect, &mut texts);
    }
    let fields: Vec<Rect> = harness
        .root()
        .children_recursive()
        .filter(|node| node.accesskit_node().role() == egui::accesskit::Role::TextInput)
        .map(|node| node.rect())
        .collect();
    texts.retain(|text| {
        !fields
            .iter()
            .any(|field| field.contains(text.visible.center()))
    });
    let screen = harness.ctx.content_rect();
    let mut faults = Vec::new();
    for (index, text) in texts.iter().enumerate() {
        let room = text.clip.intersect(screen).expand(SLACK);
        if text.whole.left() < room.left() || text.whole.right() > room.right() {
            faults.push(format!(
                "{:?} is cut off: {} in {room}",
                text.text, text.whole
            ));
        }
        for other in texts.iter().take(index) {
            let shared = text.visible.intersect(other.visible).shrink(SLACK);
            if shared.is_positive() {
                faults.push(format!(
                    "{:?} lies over {:?} at {shared}",
                    text.text, other.text
                ));
            }
        }
    }
    faults
}

fn check(mut opened: TestWindow, clicks: &[&str], what: &str) -> Vec<String> {
    opened.last_class = String::from("door");
    let mut harness = open(opened);
    harness.run_steps(2);
    for label in clicks {
        harness.get_by_label(label).scroll_to_me();
        harness.run_steps(4);
        harness.get_by_label(label).click();
        harness.run_steps(3);
    }
    harness.state_mut().view.activity.folder = Some(Arc::new(folder()));
    harness.hover_at(egui::pos2(2.0, 678.0));
    harness.run_steps(4);
    let faults = faults(&harness).into_iter();
    faults.map(|fault| format!("{what}: {fault}")).collect()
}

#[test]
fn no_text_of_any_panel_is_cut_off_or_lies_over_another_one() {
    let mut found = Vec::new();
    for (view, clicks) in states() {
        found.extend(check(
            TestWindow::stopped(view),
            &clicks,
            &format!("{clicks:?}"),
        ));
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn texts_of_the_header_the_spectrogram_and_the_questions_fit_as_well() {
    let mut found = Vec::new();
    let mut busy = reviewed();
    busy.source.behind_s = 151.2;
    busy.activity.job = Some(JobView {
        kind: JobKind::Scanning,
        stage: String::from("scanning"),
        fraction: 0.42,
        remaining_s: Some(200.0),
    });
    busy.learning.classifiers[0].classes = vec![String::from("a door that creaks for long")];
    let mut opened = TestWindow::new(busy);
    opened.output.choice = OutputChoice::Only;
    found.extend(check(opened, &[], "a busy header"));

    let mut opened = TestWindow::stopped(boxed());
    opened.spectrogram = true;
    found.extend(check(opened, &[], "spectrogram"));
    let mut opened = TestWindow::stopped(boxed());
    opened.spectrogram = true;
    found.extend(check(opened, &["Spectrogram settings"], "spectrogram menu"));

    let mut told = reviewed();
    told.health.status = Some(Status {
        severity: Severity::Warning,
        text: String::from(
            "Trained door v3: 7 regions. It learned from 12 examples and 4 hard negatives, average precision 0.81 on \
             held-out recordings. The Train panel says what would make the next one better.",
        ),
        remedy: String::new(),
    });
    found.extend(check(TestWindow::stopped(told), &[], "status"));
    found.extend(check(
        TestWindow::stopped(View::default()),
        &["Help"],
        "first run",
    ));
    found.extend(check(
        TestWindow::stopped(about_to_choose()),
        &["Settings"],
        "settings",
    ));
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn a_text_that_does_not_fit_is_noticed() {
    let mut harness = Harness::builder()
        .with_size(egui::vec2(300.0, 100.0))
        .build_ui_state(
            |ui, _: &mut TestWindow| {
                let font = egui::FontId::monospace(12.0);
                let colour = egui::Color32::WHITE;
                let narrow = Rect::from_min_size(egui::pos2(10.0, 10.0), egui::vec2(30.0, 20.0));
                let painter = ui.painter().with_clip_rect(narrow);
                for text in ["a long text", "another"] {
                    let at = narrow.left_top();
                    painter.text(at, egui::Align2::LEFT_TOP, text, font.clone(), colour);
                }
            },
            TestWindow::stopped(View::default()),
        );
    harness.step();
    let faults = faults(&harness);
    assert!(
        faults.iter().any(|fault| fault.contains("is cut off")),
        "{faults:?}"
    );
    assert!(
        faults.iter().any(|fault| fault.contains("lies over")),
        "{faults:?}"
    );
}
