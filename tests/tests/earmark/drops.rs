//! Files that are dragged from a file manager over the window and dropped on it.
//!
//! Tried on X11 alone: Wine and macOS have no file manager to drag from here.

use std::path::PathBuf;

use serde_json::Value;

use crate::support::learned::MODEL;
use crate::support::sandbox::run;
use crate::support::signals::{CHIRP_S, RATE_HZ, chirp, room_with_chirps};
use crate::support::{wait, wine};
use crate::window::Review;

/// In the middle of the window.
const PLACE: (i16, i16) = (400, 300);
const CLASS: &str = "Door knock";

fn examples(review: &Review) -> Vec<Value> {
    let clips = review.cli(&["clip", "list", "--class", CLASS]);
    clips.as_array().unwrap().clone()
}

/// Drags files over the window and sees that it says what a drop would do.
fn drag_until_hinted(review: &Review, files: &[PathBuf]) -> xtask::screen::Drag {
    let before = review.screen.wait_until_drawn(review.window).unwrap();
    let drag = review.screen.drag_files(review.window, PLACE, files);
    let drag = drag.unwrap();
    review
        .screen
        .wait_for_another(review.window, &before)
        .unwrap();
    drag
}

#[test]
fn dropped_files_become_examples_of_the_class_that_is_typed_and_other_files_are_left_out() {
    if wine::is_used() {
        return;
    }
    let review = Review::begin();
    let sound = |name: &str, hz| {
        review
            .sandbox
            .write_wave(name, RATE_HZ, vec![chirp(hz, 0.3)])
    };
    let notes = review.sandbox.path("notes.txt");
    std::fs::write(&notes, "no sound").unwrap();
    let files = [sound("door, 1.wav", 300.0), notes, sound("Tür.wav", 400.0)];

    // Taken away again, nothing is asked.
    let drag = drag_until_hinted(&review, &files);
    let hinted = review.screen.wait_until_drawn(review.window).unwrap();
    drag.leave().unwrap();
    let left = review.screen.wait_for_another(review.window, &hinted);
    let left = left.unwrap();

    let drag = drag_until_hinted(&review, &files);
    drag.drop_files().unwrap();
    let asked = review.screen.wait_for_another(review.window, &hinted);
    assert!(asked.unwrap() != left, "nobody was asked for a class");
    assert!(examples(&review).is_empty());
    // The keyboard was with the file manager; the question has it now.
    review.screen.type_text(CLASS).unwrap();
    review.screen.press("Return").unwrap();
    let added = wait::until("the examples", || {
        let added = examples(&review);
        (added.len() >= 2).then_some(added)
    });
    assert_eq!(added.len(), 2, "{added:#?}");
    for clip in &added {
        let span = &clip["span"];
        let length_s = span["end_s"].as_f64().unwrap() - span["start_s"].as_f64().unwrap();
        assert!((length_s - CHIRP_S).abs() < 0.01, "{clip:#}");
    }

    review.screen.press("ctrl+z").unwrap();
    wait::until("an undo of both", || {
        examples(&review).is_empty().then_some(())
    });
    review.end();
}

#[test]
fn a_file_that_is_dropped_with_shift_is_scanned() {
    if wine::is_used() {
        return;
    }
    let review = Review::begin();
    let sound = room_with_chirps(8.0, &[2.0], 3);
    let file = review.sandbox.write_wave("long.wav", RATE_HZ, vec![sound]);
    let drag = drag_until_hinted(&review, std::slice::from_ref(&file));
    // The file manager has the keyboard, so the window does not hear of the key.
    review.screen.hold("shift", true).unwrap();
    drag.drop_files().unwrap();
    let name = file.display().to_string();
    let versions = wait::until("a version of the file", || {
        // Fails while the file is unknown.
        let mut asked = review.command_line(&["versions", &name, "--model", MODEL]);
        let output = run(asked.arg("--json"));
        let versions: Vec<Value> = serde_json::from_slice(&output.stdout).ok()?;
        (!versions.is_empty()).then_some(versions)
    });
    review.screen.hold("shift", false).unwrap();
    assert_eq!(versions.len(), 1);
    let results = review.cli(&["results", &name]);
    let regions = results["regions"].as_array().unwrap();
    assert_eq!(regions.len(), 1, "{results:#}");
    let start_s = regions[0]["start_s"].as_f64().unwrap();
    assert!((start_s - 2.0).abs() < CHIRP_S, "{results:#}");
    review.end();
}

/// Of the Import panel, where it starts what it shows.
const IMPORT_BUTTON: (u32, u32) = (720, 620);

#[test]
fn a_label_file_that_is_dropped_is_shown_first_then_imported_and_one_undo_takes_it_back() {
    if wine::is_used() {
        return;
    }
    let review = Review::begin();
    let sound = room_with_chirps(8.0, &[2.0, 5.0], 3);
    review
        .sandbox
        .write_wave("street.wav", RATE_HZ, vec![sound]);
    let labels = review.sandbox.path("street.txt");
    let lines = format!("2.0\t2.8\t{CLASS}\n5.0\t5.8\t{CLASS}\n90.0\t91.0\t{CLASS}\n");
    std::fs::write(&labels, lines).unwrap();

    let drag = drag_until_hinted(&review, std::slice::from_ref(&labels));
    let hinted = review.screen.wait_until_drawn(review.window).unwrap();
    drag.drop_files().unwrap();
    review
        .screen
        .wait_for_another(review.window, &hinted)
        .unwrap();
    let planned = review.screen.wait_until_drawn(review.window).unwrap();
    assert!(examples(&review).is_empty(), "marked before it was asked");

    let (x, y) = IMPORT_BUTTON;
    review.screen.click(review.window, x, y).unwrap();
    review
        .screen
        .wait_for_another(review.window, &planned)
        .unwrap();
    let added = wait::until("the examples", || {
        let added = examples(&review);
        (!added.is_empty()).then_some(added)
    });
    // The third label lies after the end of the recording.
    assert_eq!(added.len(), 2, "{added:#?}");
    assert!(
        added.iter().all(|clip| {
            let source = clip["source_path"].as_str();
            source.is_some_and(|path| path.ends_with("street.wav"))
        }),
        "{added:#?}"
    );

    review.screen.press("ctrl+z").unwrap();
    wait::until("an undo of both", || {
        examples(&review).is_empty().then_some(())
    });
    review.end();
}
