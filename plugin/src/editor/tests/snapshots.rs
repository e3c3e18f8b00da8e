//! Pictures of the window's main states, compared with those that somebody looked at.
//!
//! `UPDATE_SNAPSHOTS=1 cargo test -p earmark snapshots` renews them; look at every one that changed before it is committed.
//! The smallest window is the one at twice the pixels, so that both are looked at.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::sync::Arc;

use earmark_core::protocol::{
    FrequencyScale, LearningView, MarksView, Obstacle, Offer, ResultsView, Severity, Status,
    TabView, View,
};
use earmark_core::settings::{Look, StateColours, Theme};
use egui_kittest::kittest::Queryable as _;
use egui_kittest::{Harness, SnapshotOptions, SnapshotResults};
use image::codecs::png::{CompressionType, FilterType, PngEncoder};

use super::balanced::{balanced, judged};
use super::export::folder;
use super::files::drop_these;
use super::import::{label_files, planned};
use super::layout::compared;
use super::library::{being_indexed, searched};
use super::marks::marked_before_any_scan;
use super::noting::noted;
use super::packs::{pack_file, with_pack};
use super::painter::Painter;
use super::settings::{about_to_choose, dressed, surveyed};
use super::similar::found;
use super::spectrogram::{boxed, sung};
use super::storage::retained;
use super::timeline::drag;
use super::training::{counted, three_files};
use super::watching::watching;
use super::{TestWindow, draw, reviewed};
use crate::editor::theme;
use crate::params::OutputChoice;
use crate::state::{DEFAULT_WINDOW_SIZE, MIN_WINDOW_SIZE};

const FOLDER: &str = "src/editor/tests/snapshots";

/// A window on `opened` that can be painted, with what is clicked in it.
fn window(opened: TestWindow, smallest: bool, clicks: &[&str]) -> Harness<'static, TestWindow> {
    let (width, height) = if smallest {
        MIN_WINDOW_SIZE
    } else {
        DEFAULT_WINDOW_SIZE
    };
    let look = opened.look;
    let options = SnapshotOptions::new().output_path(FOLDER);
    let mut harness = Harness::builder()
        .with_size(egui::vec2(width as f32, height as f32))
        .with_pixels_per_point(if smallest { 2.0 } else { 1.0 })
        .with_options(options)
        .with_render_cursor(false)
        .with_context_setup(move |ctx| {
            theme::set_look(look);
            theme::apply(ctx);
        })
        .renderer(Painter::default())
        .build_ui_state(draw, opened);
    for label in clicks {
        harness.run_steps(2);
        harness.get_by_label(label).click();
    }
    // Away from what was clicked last, or its tool tip is in the picture.
    harness.hover_at(egui::pos2(width as f32 * 0.3, height as f32 - 60.0));
    harness.run_steps(4);
    harness
}

/// Both sizes of a state.
fn picture(name: &str, opened: impl Fn() -> TestWindow, clicks: &[&str]) {
    let mut results = SnapshotResults::new();
    for (suffix, smallest) in [("1x", false), ("2x", true)] {
        let mut harness = window(opened(), smallest, clicks);
        add(&mut results, &mut harness, &format!("{name}_{suffix}"));
    }
}

/// Compares a picture, and packs it tightly where it was renewed.
#[expect(
    clippy::disallowed_methods,
    reason = "no host waits for a test to write its pictures"
)]
fn add(results: &mut SnapshotResults, harness: &mut Harness<'_, TestWindow>, name: &str) {
    results.add(harness.try_snapshot(name));
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        let path = Path::new(FOLDER).join(name).with_extension("png");
        let picture = image::open(&path).unwrap().to_rgb8();
        let file = BufWriter::new(File::create(&path).unwrap());
        let packed =
            PngEncoder::new_with_quality(file, CompressionType::Best, FilterType::Adaptive);
        picture.write_with_encoder(packed).unwrap();
    }
}

fn in_look(look: Look) -> TestWindow {
    let mut opened = TestWindow::stopped(dressed(look));
    opened.look = look;
    opened
}

#[test]
fn empty() {
    let opened = || {
        let mut opened = TestWindow::new(View::default());
        opened.capture = None;
        opened
    };
    picture("empty", opened, &[]);
}

#[test]
fn two_sounds() {
    picture("two_sounds", || TestWindow::stopped(watching()), &[]);
}

#[test]
fn watch_list() {
    picture(
        "watch_list",
        || TestWindow::stopped(watching()),
        &["Profile"],
    );
}

#[test]
fn capturing() {
    let view = || {
        let mut view = reviewed();
        view.results = ResultsView {
            tabs: vec![TabView {
                model: String::from("AISFX"),
                regions: 0,
                version: None,
            }],
            waveform: view.results.waveform,
            ..ResultsView::default()
        };
        view.shown.version = None;
        view.marks = MarksView::default();
        view.learning = LearningView::default();
        view
    };
    picture("capturing", || TestWindow::new(view()), &[]);
}

#[test]
fn marks() {
    let mut opened = TestWindow::stopped(marked_before_any_scan());
    opened.last_class = String::from("door");
    let mut harness = window(opened, false, &["Mark 1, 01:00:04.000, score –, positive"]);
    add(&mut SnapshotResults::new(), &mut harness, "marks");
}

#[test]
fn results() {
    picture(
        "results",
        || TestWindow::stopped(reviewed()),
        &["01:00:17.930"],
    );
}

#[test]
fn notes() {
    let mut results = SnapshotResults::new();
    for (suffix, smallest) in [("1x", false), ("2x", true)] {
        let mut harness = window(TestWindow::stopped(noted()), smallest, &["01:00:04.000"]);
        harness.key_press(egui::Key::Enter);
        harness.run_steps(4);
        add(&mut results, &mut harness, &format!("notes_{suffix}"));
    }
}

#[test]
fn spectrogram() {
    let mut results = SnapshotResults::new();
    for (suffix, smallest) in [("1x", false), ("2x", true)] {
        let mut opened = TestWindow::stopped(boxed());
        opened.spectrogram = true;
        opened.spectrogram_look.scale = FrequencyScale::Mel;
        let mut harness = window(opened, smallest, &[]);
        harness.state_mut().view.results.spectrogram = sung(&harness);
        harness.run_steps(2);
        let lane = harness.get_by_label_contains("Frequency axis").rect();
        let at = |x: f32, part: f32| egui::pos2(x, lane.bottom() - part * lane.height());
        drag(&mut harness, at(580.0, 0.7), at(640.0, 0.35));
        if !smallest {
            harness.get_by_label("Spectrogram settings").click();
        }
        harness.run_steps(4);
        add(&mut results, &mut harness, &format!("spectrogram_{suffix}"));
    }
}

#[test]
fn truth_curve() {
    picture("truth_curve", || balanced(judged(70)), &[]);
}

#[test]
fn comparison() {
    picture("comparison", || TestWindow::stopped(compared()), &[]);
}

#[test]
fn train() {
    picture(
        "train",
        || TestWindow::stopped(counted(three_files(), Vec::new())),
        &["Train…"],
    );
}

#[test]
fn manager() {
    picture(
        "manager",
        || TestWindow::stopped(reviewed()),
        &["Negatives (4)…"],
    );
}

#[test]
fn similar() {
    let mut results = SnapshotResults::new();
    for (suffix, smallest) in [("1x", false), ("2x", true)] {
        let mut harness = window(TestWindow::stopped(found()), smallest, &["01:00:04.000"]);
        for key in [egui::Key::F, egui::Key::ArrowDown] {
            harness.key_press(key);
            harness.run_steps(4);
        }
        add(&mut results, &mut harness, &format!("similar_{suffix}"));
    }
}

#[test]
fn export() {
    let mut results = SnapshotResults::new();
    for (suffix, smallest) in [("1x", false), ("2x", true)] {
        let mut harness = window(TestWindow::stopped(reviewed()), smallest, &["Export…"]);
        harness.state_mut().view.activity.folder = Some(Arc::new(folder()));
        harness.run_steps(4);
        add(&mut results, &mut harness, &format!("export_{suffix}"));
    }
}

#[test]
fn library() {
    picture(
        "library",
        || TestWindow::stopped(being_indexed()),
        &["Library…", "2 files of /home/me/Sounds not indexed"],
    );
}

#[test]
fn library_search() {
    let mut harness = window(TestWindow::stopped(searched()), false, &["Library…"]);
    add(&mut SnapshotResults::new(), &mut harness, "library_search");
}

#[test]
fn versions() {
    picture(
        "versions",
        || TestWindow::stopped(reviewed()),
        &["Versions…"],
    );
}

#[test]
fn settings() {
    picture(
        "settings",
        || TestWindow::stopped(about_to_choose()),
        &["Settings"],
    );
}

#[test]
fn browsing_for_a_place() {
    let mut harness = window(TestWindow::stopped(about_to_choose()), false, &["Settings"]);
    harness
        .get_by_label("Browse for Database…")
        .click_accesskit();
    harness.run_steps(2);
    harness.state_mut().view.activity.folder = Some(Arc::new(folder()));
    harness.run_steps(2);
    // It brings itself into sight.
    harness.run_steps(60);
    add(&mut SnapshotResults::new(), &mut harness, "browsing");
}

#[test]
fn storage() {
    let mut harness = window(TestWindow::stopped(about_to_choose()), false, &["Settings"]);
    harness
        .get_by_label("Unmarked takes (2)…")
        .click_accesskit();
    harness.run_steps(2);
    harness.get_by_label("test.wav  9.0 MB").click_accesskit();
    harness.run_steps(2);
    harness.get_by_label("Delete 1 take…").click_accesskit();
    harness.run_steps(2);
    harness.get_by_label("About Earmark…").scroll_to_me();
    harness.run_steps(4);
    add(&mut SnapshotResults::new(), &mut harness, "storage");
}

#[test]
fn retention() {
    let mut harness = window(TestWindow::stopped(retained()), false, &["Settings"]);
    harness.get_by_label("About Earmark…").scroll_to_me();
    harness.run_steps(4);
    add(&mut SnapshotResults::new(), &mut harness, "retention");
}

#[test]
fn drop_hint() {
    let mut harness = window(TestWindow::stopped(reviewed()), false, &[]);
    super::files::hover(&mut harness);
    add(&mut SnapshotResults::new(), &mut harness, "drop_hint");
}

#[test]
fn help() {
    let mut harness = window(TestWindow::stopped(reviewed()), false, &["Help"]);
    add(&mut SnapshotResults::new(), &mut harness, "help");
}

#[test]
fn import() {
    let mut results = SnapshotResults::new();
    for (suffix, smallest) in [("1x", false), ("2x", true)] {
        let mut harness = window(TestWindow::stopped(planned()), smallest, &[]);
        drop_these(&mut harness, label_files());
        harness.run_steps(4);
        add(&mut results, &mut harness, &format!("import_{suffix}"));
    }
}

#[test]
fn pack_import() {
    let mut harness = window(TestWindow::stopped(with_pack()), false, &[]);
    drop_these(&mut harness, vec![pack_file()]);
    harness.run_steps(4);
    harness.get_by_label("Close pack").scroll_to_me();
    harness.run_steps(8);
    add(&mut SnapshotResults::new(), &mut harness, "pack_import");
}

#[test]
fn pack_export() {
    let mut harness = window(TestWindow::stopped(reviewed()), false, &["Train…"]);
    harness.get_by_label("Export pack…").scroll_to_me();
    harness.run_steps(8);
    harness.get_by_label("Export pack…").click();
    harness.run_steps(2);
    harness.state_mut().view.activity.folder = Some(Arc::new(folder()));
    harness.run_steps(2);
    harness
        .get_by_label("The sound names the file; no file is replaced.")
        .scroll_to_me();
    harness.run_steps(8);
    add(&mut SnapshotResults::new(), &mut harness, "pack_export");
}

#[test]
fn import_empty() {
    let mut harness = window(
        TestWindow::stopped(reviewed()),
        false,
        &["Menu", "Import labels…"],
    );
    add(&mut SnapshotResults::new(), &mut harness, "import_empty");
}

#[test]
fn about() {
    let mut harness = window(
        TestWindow::stopped(surveyed()),
        false,
        &["Menu", "About Earmark"],
    );
    add(&mut SnapshotResults::new(), &mut harness, "about");
}

#[test]
fn output() {
    let mut opened = TestWindow::new(reviewed());
    opened.output.choice = OutputChoice::Only;
    let mut harness = window(opened, true, &["Menu"]);
    add(&mut SnapshotResults::new(), &mut harness, "output");
}

#[test]
fn error() {
    let view = || {
        let mut view = reviewed();
        view.health.waiting = 2;
        view.health.obstacles = vec![
            Obstacle {
                what: String::from("2 marks wait for the database: it is damaged."),
                remedy: String::from("Restore the backup, or start a new one."),
                offers: vec![
                    Offer::ExportMemory,
                    Offer::RestoreBackup {
                        made_at: String::from("2026-01-31 14:22:33"),
                    },
                    Offer::StartNewDatabase,
                ],
            },
            Obstacle {
                what: String::from("The model AISFX is missing."),
                remedy: String::from("Install Earmark with its resources folder."),
                offers: Vec::new(),
            },
        ];
        view.health.status = Some(Status {
            severity: Severity::Error,
            text: String::from("The disk is full, so the clip was not written."),
            remedy: String::from("Free some space and press P again."),
        });
        view
    };
    picture("error", || TestWindow::stopped(view()), &[]);
}

#[test]
fn every_theme() {
    let mut results = SnapshotResults::new();
    for (name, theme, states) in [
        ("light", Theme::Light, StateColours::Safe),
        ("neutral", Theme::Neutral, StateColours::Safe),
        ("light_traffic", Theme::Light, StateColours::Traffic),
    ] {
        let opened = in_look(Look { theme, states });
        let mut harness = window(opened, false, &["Settings"]);
        add(&mut results, &mut harness, &format!("theme_{name}"));
    }
}
