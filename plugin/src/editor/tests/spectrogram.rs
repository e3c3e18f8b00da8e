//! The spectrogram in the place of the waveform: asked for, replaced, shown and let go.

use std::sync::Arc;
use std::time::Duration;

use earmark_core::audio::{MemorySource, ROWS, Spectrogram};
use earmark_core::protocol::{
    Band, Command, FrequencyAxis, FrequencyScale, Show, SpectrogramView, SpectrogramWish, Target,
    View,
};
use earmark_core::time::SampleRate;
use egui::{Key, Role, pos2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

use super::results::double_click;
use super::timeline::drag;
use super::{TestWindow, open, reviewed};

fn wishes(harness: &Harness<'_, TestWindow>) -> Vec<Option<SpectrogramWish>> {
    let commands = harness.state().commands();
    let wishes = commands.into_iter().map(|command| match command {
        Command::Show(Show::Spectrogram(wish)) => wish,
        other => panic!("{other:?}"),
    });
    wishes.collect()
}

fn wishes_but_settings(harness: &Harness<'_, TestWindow>) -> Vec<Option<SpectrogramWish>> {
    let commands = harness.state().commands();
    let wishes = commands.into_iter().filter_map(|command| match command {
        Command::Show(Show::Spectrogram(wish)) => Some(wish),
        _ => None,
    });
    wishes.collect()
}

/// What the engine draws: in every row another level.
fn answer(wish: &SpectrogramWish) -> Arc<SpectrogramView> {
    let columns = wish.columns;
    Arc::new(SpectrogramView {
        filename: wish.filename.clone(),
        picture: Arc::new(Spectrogram {
            span: wish.span,
            columns,
            levels: (0..columns * ROWS).map(|at| (at % ROWS) as u8).collect(),
            axis: wish.axis,
        }),
    })
}

/// A view with a mark that was drawn as a box.
pub(super) fn boxed() -> View {
    let mut view = reviewed();
    let mut regions = view.results.regions.to_vec();
    regions[1].band = Band::new(300.0, 2_500.0).ok();
    view.results.regions = regions.into();
    view
}

/// The spectrogram that the window asked for, of a voice that goes up and down.
pub(super) fn sung(harness: &Harness<'_, TestWindow>) -> Option<Arc<SpectrogramView>> {
    let wish = wishes(harness).into_iter().flatten().next_back()?;
    let rate_hz = 48_000;
    let mut phase = 0.0_f64;
    let sound = (0..60 * rate_hz).map(|frame| {
        let time_s = f64::from(frame) / f64::from(rate_hz);
        let hz = 500.0 + 300.0 * (0.6 * time_s).sin();
        phase += hz / f64::from(rate_hz);
        let is_sung = (time_s - 3.5).rem_euclid(6.5) < 2.0;
        let partials = (1..8).map(|n| {
            let n = f64::from(n);
            (std::f64::consts::TAU * n * phase).sin() / n
        });
        let noise = f64::from((frame % 1009 * 7919) % 1009) / 1009.0 - 0.5;
        (0.01 * noise
            + if is_sung {
                0.3 * partials.sum::<f64>()
            } else {
                0.0
            }) as f32
    });
    let rate = SampleRate::new(48_000)?;
    let mut source = MemorySource::new(rate, sound.collect());
    let picture = Spectrogram::of(&mut source, wish.span, wish.columns, wish.axis, || false);
    Some(Arc::new(SpectrogramView {
        filename: wish.filename,
        picture: Arc::new(picture.ok()??),
    }))
}

/// A window with the spectrogram, which the engine has drawn.
fn drawn() -> Harness<'static, TestWindow> {
    let mut opened = TestWindow::stopped(reviewed());
    opened.spectrogram = true;
    opened.last_class = String::from("door");
    let mut harness = open(opened);
    harness.run_steps(3);
    let wish = wishes(&harness).into_iter().flatten().next().unwrap();
    harness.state_mut().view.results.spectrogram = Some(answer(&wish));
    harness.run_steps(2);
    harness
}

/// The axis, by the beginning of its name.
fn axis(harness: &Harness<'_, TestWindow>) -> egui::Rect {
    harness.get_by_label_contains("Frequency axis").rect()
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
    harness.state_mut().view.results.spectrogram = Some(answer(&wish));
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

#[test]
fn a_drag_along_the_axis_shows_that_range_and_a_double_click_all_frequencies() {
    let mut harness = drawn();
    harness.get_by_label("Frequency axis, 40 Hz to 24.00 kHz");
    let lane = axis(&harness);
    let at = |part: f32| pos2(lane.center().x, lane.bottom() - part * lane.height());
    drag(&mut harness, at(0.75), at(0.25));
    harness.run_steps(5);
    let shown = harness.state().frequencies.unwrap();
    let whole = FrequencyAxis::new(FrequencyScale::Logarithmic, None, 24_000.0);
    for (end_hz, part) in [(shown.low_hz(), 0.25), (shown.high_hz(), 0.75)] {
        assert!((whole.fraction_of(end_hz) - part).abs() < 0.02, "{shown:?}");
    }
    let asked = wishes(&harness).pop().flatten().unwrap();
    assert_eq!(asked.axis.band(), shown, "the engine draws these");
    double_click(&mut harness, at(0.5));
    harness.run_steps(4);
    assert_eq!(harness.state().frequencies, None);
}

#[test]
fn the_wheel_on_the_axis_zooms_frequencies_and_leaves_the_time_alone() {
    let mut harness = drawn();
    let lane = axis(&harness);
    harness.hover_at(lane.center());
    harness.step();
    harness.event(egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        delta: egui::vec2(0.0, 120.0),
        phase: egui::TouchPhase::Move,
        modifiers: egui::Modifiers::NONE,
        source: egui::MouseWheelSource::Unknown,
    });
    harness.run_steps(30);
    let shown = harness.state().frequencies.unwrap();
    assert!(
        shown.low_hz() > 45.0 && shown.high_hz() < 22_000.0,
        "{shown:?}"
    );
    assert_eq!(harness.state().shell.visible(), None);
}

#[test]
fn the_pointer_reads_time_frequency_and_level() {
    let mut harness = drawn();
    let lane = axis(&harness);
    harness.hover_at(pos2(600.0, lane.center().y));
    harness.run_steps(60);
    // Half the rows up, and so half the levels.
    harness.get_by_label_contains("980 Hz, −66 dB");
}

#[test]
fn a_box_over_the_spectrogram_is_marked_with_its_frequencies_and_a_flat_drag_without() {
    let mut harness = drawn();
    let lane = axis(&harness);
    let at = |x: f32, part: f32| pos2(x, lane.bottom() - part * lane.height());
    drag(&mut harness, at(500.0, 0.75), at(560.0, 0.25));
    harness.get_by_label_contains("kHz selected");
    harness.key_press(Key::P);
    harness.run_steps(2);
    drag(&mut harness, at(700.0, 0.5), at(760.0, 0.48));
    harness.key_press(Key::N);
    harness.run_steps(2);
    let targets = harness.state().targets();
    let bands: Vec<Option<Band>> = targets.iter().map(Target::band).collect();
    let [Some(band), None] = bands[..] else {
        panic!("{targets:?}");
    };
    let whole = FrequencyAxis::new(FrequencyScale::Logarithmic, None, 24_000.0);
    for (end_hz, part) in [(band.low_hz(), 0.25), (band.high_hz(), 0.75)] {
        assert!((whole.fraction_of(end_hz) - part).abs() < 0.02, "{band:?}");
    }
}

#[test]
fn scale_brightness_contrast_and_range_are_chosen_in_the_menu_and_kept() {
    let mut harness = drawn();
    let menu = "Spectrogram settings";
    harness.get_by_label(menu).click();
    harness.run_steps(3);
    harness.get_by_label("Mel").click();
    harness.run_steps(3);
    let asked = wishes_but_settings(&harness).pop().flatten().unwrap();
    assert_eq!(
        asked.axis.scale(),
        FrequencyScale::Mel,
        "before the engine answers"
    );
    let slider = harness
        .get_by_role_and_label(Role::Slider, "Brightness")
        .rect();
    drag(
        &mut harness,
        slider.left_center() + egui::vec2(2.0, 0.0),
        slider.right_center(),
    );
    harness.run_steps(3);
    let contrast = harness
        .get_by_role_and_label(Role::Slider, "Contrast")
        .rect();
    harness.drag_at(contrast.left_center() + egui::vec2(2.0, 0.0));
    harness.drop_at(contrast.left_center() + egui::vec2(2.0, 0.0));
    harness.run_steps(3);
    let kept: Vec<(&str, Option<String>)> = harness
        .state()
        .targets()
        .into_iter()
        .filter_map(|target| match target {
            Target::Setting { key, value } => Some((key, value)),
            _ => None,
        })
        .collect();
    assert_eq!(kept[0], ("spectrogram_scale", Some(String::from("mel"))));
    let bright = kept
        .iter()
        .rfind(|(key, _)| *key == "spectrogram_brightness");
    assert!(
        bright.is_some_and(|(_, value)| value.as_deref() == Some("100")),
        "{kept:?}"
    );
    let dull = kept.iter().rfind(|(key, _)| *key == "spectrogram_contrast");
    assert!(dull.is_some(), "{kept:?}");
    harness.get_by_role_and_label(Role::SpinButton, "Lowest frequency");
    harness.state_mut().frequencies = Band::new(100.0, 900.0).ok();
    harness.run_steps(2);
    harness.get_by_label("Show all frequencies").click();
    harness.run_steps(3);
    assert_eq!(harness.state().frequencies, None);
}

#[test]
fn the_text_of_a_region_says_its_frequencies() {
    let mut harness = drawn();
    let mut view = boxed();
    view.results.spectrogram = harness.state().view.results.spectrogram.clone();
    harness.state_mut().view = view;
    harness.run_steps(2);
    let lane = axis(&harness);
    let left = lane.right();
    let x = left + (1040.0 - left) * (10.95 / 60.0);
    harness.hover_at(pos2(x, lane.center().y));
    harness.run_steps(60);
    harness.get_by_label_contains("300 Hz to 2.50 kHz");
}
