//! The spectrogram in the place of the waveform: asked for, replaced, shown and let go.

use std::sync::Arc;
use std::time::Duration;

use earmark_core::audio::{ROWS, Spectrogram};
use earmark_core::protocol::{Command, Show, SpectrogramView, SpectrogramWish};
use egui::Key;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

use super::{TestWindow, open, reviewed};

fn wishes(harness: &Harness<'_, TestWindow>) -> Vec<Option<SpectrogramWish>> {
    let commands = harness.state().commands();
    let wishes = commands.into_iter().map(|command| match command {
        Command::Show(Show::Spectrogram(wish)) => wish,
        other => panic!("{other:?}"),
    });
    wishes.collect()
}

#[test]
fn the_stretch_on_show_is_asked_for_once_it_rests_and_again_when_it_is_another() {
    let mut harness = open(TestWindow::stopped(reviewed()));
    harness.run_steps(3);
    assert!(wishes(&harness).is_empty(), "nobody wanted any");
    harness.key_press(Key::G);
    harness.run_steps(5);
    let asked = wishes(&harness);
    let [Some(first)] = &asked[..] else {
        panic!("{asked:?}");
    };
    assert_eq!((first.span.start_s(), first.span.end_s()), (0.0, 60.0));
    assert_eq!(first.filename, "dialogue-1.wav");
    harness.key_press(Key::Plus);
    harness.run_steps(5);
    let asked = wishes(&harness);
    assert_eq!(asked.len(), 2);
    let closer = asked[1].as_ref().unwrap().span;
    assert!((closer.duration_s() - 40.0).abs() < 1e-6);
    // A window that is opened again has nothing of the one before.
    harness.state_mut().shell.reset_textures();
    harness.run_steps(5);
    assert_eq!(wishes(&harness).len(), 3);
    harness.get_by_label("Spectrogram").click();
    harness.run_steps(3);
    assert_eq!(wishes(&harness).last(), Some(&None));
}

#[test]
fn a_project_that_was_saved_with_it_opens_with_it() {
    let mut opened = TestWindow::stopped(reviewed());
    opened.spectrogram = true;
    let mut harness = open(opened);
    harness.run_steps(3);
    let asked = wishes(&harness);
    assert!(matches!(&asked[..], [Some(_)]), "{asked:?}");
    harness.key_press(Key::G);
    harness.run_steps(3);
    assert!(!harness.state().spectrogram, "which the project then keeps");
    assert_eq!(wishes(&harness).last(), Some(&None));
}

#[test]
fn what_was_drawn_becomes_a_picture_and_the_window_rests() {
    let mut harness = open(TestWindow::stopped(reviewed()));
    harness.key_press(Key::G);
    harness.run_steps(3);
    let wish = wishes(&harness).into_iter().flatten().next().unwrap();
    let columns = wish.columns;
    harness.state_mut().view.results.spectrogram = Some(Arc::new(SpectrogramView {
        filename: wish.filename,
        picture: Arc::new(Spectrogram {
            span: wish.span,
            columns,
            levels: (0..columns * ROWS).map(|at| (at % 256) as u8).collect(),
            highest_hz: 24_000.0,
        }),
    }));
    harness.step();
    let textures = harness.ctx.tex_manager();
    let textures: Vec<([usize; 2], String)> = textures
        .read()
        .allocated()
        .map(|(_, meta)| (meta.size, meta.name.clone()))
        .collect();
    let expected = ([columns, ROWS], String::from("spectrogram"));
    assert!(textures.contains(&expected), "{textures:?}");
    harness.run_steps(10);
    let next = harness.output().viewport_output.values();
    let next = next.map(|viewport| viewport.repaint_delay).min();
    assert_eq!(next, Some(Duration::MAX));
    assert_eq!(wishes(&harness).len(), 1, "asked for once");
}
