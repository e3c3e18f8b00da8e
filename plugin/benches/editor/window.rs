//! A window without a screen, and the work that is done in it.

use std::time::{Duration, Instant};

use earmark::editor::action::{Outgoing, Panel};
use earmark::editor::frame::FrameState;
use earmark::editor::shell::Shell;
use earmark::editor::theme;
use earmark::params::OutputParams;
use earmark::review::{ReviewOrder, SortBy, StateFilter};
use earmark::state::ReviewSettings;
use earmark::timecode::TimeFormat;
use earmark_core::protocol::{SearchedPlace, SpectrogramLook};
use earmark_core::time::Span;
use egui::{Event, Key, Modifiers, MouseWheelUnit, Pos2, RawInput, Rect, TouchPhase, pos2, vec2};

use crate::project::{Project, TAKE_S};

const SIZE: egui::Vec2 = vec2(1600.0, 1000.0);
/// In the waveform, and in the table.
const ON_TIMELINE: Pos2 = pos2(700.0, 110.0);
const ON_TABLE: Pos2 = pos2(700.0, 700.0);
const ON_MANAGER: Pos2 = pos2(1400.0, 700.0);

pub struct Window {
    ctx: egui::Context,
    shell: Shell,
    project: Project,
    order: ReviewOrder,
    threshold: f32,
    frame: usize,
}

pub type Work = fn(&mut Window, &mut Vec<Duration>);

/// What somebody does, by the name its slowest frames are told under.
pub const WORK: [(&str, Work); 7] = [
    ("p99_ms_all_of_it", |window, times| {
        window.zoom(None);
        for step in 0..100_u16 {
            let at = ON_TIMELINE + vec2(f32::from(step), 0.0);
            times.push(window.frame(vec![Event::PointerMoved(at)]));
        }
    }),
    ("p99_ms_half_an_hour", |window, times| {
        scroll(window, 1800.0, times);
    }),
    ("p99_ms_one_minute", |window, times| {
        scroll(window, 60.0, times);
    }),
    ("p99_ms_zooming", |window, times| {
        window.zoom(None);
        for step in 0..160 {
            let up = if step < 80 { 60.0 } else { -60.0 };
            times.push(window.frame(vec![Event::PointerMoved(ON_TIMELINE), wheel(0.0, up)]));
        }
    }),
    ("p99_ms_table", |window, times| {
        window.zoom(None);
        window.order.by = SortBy::Score;
        for _ in 0..100 {
            times.push(window.frame(vec![Event::PointerMoved(ON_TABLE), wheel(0.0, -400.0)]));
        }
        window.order.by = SortBy::Time;
    }),
    ("p99_ms_playing", |window, times| {
        window.zoom(Some((1000.0, 2000.0)));
        window.project.capture.rolling = true;
        for step in 0..100 {
            window.project.capture.playhead_s = Some(4600.0 + 10.0 * f64::from(step));
            times.push(window.frame(Vec::new()));
        }
        window.project.capture.rolling = false;
    }),
    // Every fiftieth frame shows a list that it has not seen before.
    ("p99_ms_reviewing", |window, times| {
        window.zoom(Some((0.0, 600.0)));
        for step in 0..200 {
            if step % 50 == 25 {
                window.project.mark(step);
            }
            times.push(window.frame(vec![key(Key::ArrowDown, Modifiers::NONE)]));
        }
        times.push(window.frame(vec![key(Key::A, Modifiers::COMMAND)]));
        for _ in 0..50 {
            times.push(window.frame(Vec::new()));
        }
        times.push(window.frame(vec![key(Key::Escape, Modifiers::NONE)]));
    }),
];

/// What somebody does in the manager of hard negatives.
pub const NEGATIVES: [(&str, Work); 3] = [
    ("p99_ms_manager", |window, times| {
        window.open_manager();
        for _ in 0..100 {
            times.push(window.frame(vec![Event::PointerMoved(ON_MANAGER), wheel(0.0, -400.0)]));
        }
    }),
    ("p99_ms_all_selected", |window, times| {
        times.push(window.frame(vec![key(Key::A, Modifiers::COMMAND)]));
        for _ in 0..50 {
            times.push(window.frame(Vec::new()));
        }
    }),
    // Every fiftieth frame shows a list that it has not seen before.
    ("p99_ms_removing", |window, times| {
        for step in 0..200 {
            if step % 50 == 25 {
                window.project.remove_negative();
            }
            times.push(window.frame(Vec::new()));
        }
    }),
];

fn scroll(window: &mut Window, visible_s: f64, times: &mut Vec<Duration>) {
    window.zoom(Some((0.4 * TAKE_S, 0.4 * TAKE_S + visible_s)));
    for _ in 0..100 {
        times.push(window.frame(vec![Event::PointerMoved(ON_TIMELINE), wheel(-30.0, 0.0)]));
    }
}

fn wheel(x: f32, y: f32) -> Event {
    Event::MouseWheel {
        unit: MouseWheelUnit::Point,
        delta: vec2(x, y),
        phase: TouchPhase::Move,
        modifiers: Modifiers::NONE,
        source: egui::MouseWheelSource::Unknown,
    }
}

fn key(key: Key, modifiers: Modifiers) -> Event {
    Event::Key {
        key,
        physical_key: None,
        pressed: true,
        repeat: false,
        modifiers,
    }
}

impl Window {
    pub fn open(project: Project) -> Self {
        let ctx = egui::Context::default();
        theme::apply(&ctx);
        let mut window = Self {
            ctx,
            shell: Shell::default(),
            project,
            order: ReviewOrder::default(),
            threshold: 0.5,
            frame: 0,
        };
        for _ in 0..5 {
            window.frame(Vec::new());
        }
        window
    }

    /// How long the window would rest after a while in which nothing happens.
    pub fn rest(&mut self) -> Duration {
        for _ in 0..30 {
            self.frame(Vec::new());
        }
        let output = self.draw(Vec::new());
        let delays = output.viewport_output.values().map(|one| one.repaint_delay);
        delays.min().unwrap_or(Duration::MAX)
    }

    /// Where the timeline is looked at, in seconds from the take's start.
    fn zoom(&mut self, visible_s: Option<(f64, f64)>) {
        let span = visible_s.and_then(|(start_s, end_s)| Span::new(start_s, end_s).ok());
        self.shell.recall_zoom(span);
        self.frame(Vec::new());
    }

    /// Opens the manager of hard negatives.
    fn open_manager(&mut self) {
        self.shell.show(Panel::Negatives);
        self.frame(Vec::new());
    }

    /// Draws a frame; how long that took, tessellation included.
    fn frame(&mut self, events: Vec<Event>) -> Duration {
        let begun = Instant::now();
        let output = self.draw(events);
        let drawn = self.ctx.tessellate(output.shapes, output.pixels_per_point);
        let took = begun.elapsed();
        assert!(!drawn.is_empty());
        took
    }

    fn draw(&mut self, events: Vec<Event>) -> egui::FullOutput {
        self.frame += 1;
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, SIZE)),
            time: Some(self.frame as f64 / 60.0),
            events,
            ..RawInput::default()
        };
        let (shell, project) = (&mut self.shell, &self.project);
        let frame = FrameState {
            view: &project.view,
            capture: Some(project.capture),
            threshold: self.threshold,
            listening: true,
            output: OutputParams::default().values(),
            last_class: "door",
            review: ReviewSettings::default(),
            order: self.order,
            filter: StateFilter::ALL,
            listed_sound: None,
            similar_place: SearchedPlace::default(),
            time_format: TimeFormat::default(),
            spectrogram: false,
            spectrogram_look: SpectrogramLook::default(),
            frequencies: None,
            tempo: None,
            auditioned_s: None,
        };
        let mut sent = Vec::new();
        let output = self
            .ctx
            .run_ui(input, |ui| sent.extend(shell.ui(ui, &frame)));
        for outgoing in sent {
            if let Outgoing::Threshold(threshold) = outgoing {
                self.threshold = threshold;
            }
        }
        output
    }
}
