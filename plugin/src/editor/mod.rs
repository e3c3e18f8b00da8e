//! The plugin's window: [`EditorApp`] stands between the host's window system and the [`shell::Shell`].
//!
//! In every frame it takes the engine's latest view and the meters, lets the shell draw them, and carries out the requests:
//! commands go to the engine, parameters to the host, choices into the saved state. Runs on the window's thread and must never
//! wait.

mod accessibility;
pub mod action;
mod balanced_order;
pub mod frame;
pub mod guarded;
mod host_keys;
mod host_size;
mod in_out;
pub mod keys;
pub mod mark_target;
pub mod pasted;
pub mod region_index;
pub mod review_order;
pub mod selection;
pub mod shell;
pub mod theme;
pub mod time_selection;
pub mod views;
pub mod widgets;
pub mod window_guard;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use earmark_core::protocol::{CaptureMeter, Command, Look, Note, Show, View};
use nice_plug::context::gui::GuiContext;
use nice_plug_egui::Frame;
use nice_plug_egui::resizable_window::ResizableWindow;
use parking_lot::Mutex;

pub use self::guarded::GuardedEditor;

use self::action::Outgoing;
use self::frame::FrameState;
use self::shell::Shell;
use self::views::header::CaptureView;
use crate::link::Link;
use crate::params::{EarmarkParams, OutputValues};
use crate::review::SortBy;
use crate::state::MIN_WINDOW_SIZE;

/// The time between frames while something moves: the playhead, a job, a growing take.
const BUSY_FRAME: Duration = Duration::from_millis(40);

/// Wakes the window from outside. It never waits for a frame, so a frame may use it: hosts answer a parameter change of the
/// window before the change returns.
#[derive(Debug, Clone, Default)]
pub struct Waker {
    /// Set by the first frame: a wake-up before the window is on the screen would lose its first draw.
    drawn: Arc<Mutex<Option<egui::Context>>>,
}

impl Waker {
    /// The window is gone.
    fn forget(&self) {
        *self.drawn.lock() = None;
    }

    /// Requests a frame, if a window is open.
    pub fn wake(&self) {
        let drawn = self.drawn.lock().clone();
        if let Some(ctx) = drawn {
            ctx.request_repaint();
        }
    }
}

/// The contents of the window. It lives as long as the plugin instance and outlives the closing of the window.
pub struct EditorApp {
    params: Arc<EarmarkParams>,
    link: Arc<Link>,
    shell: Shell,
    host: Option<GuiContext>,
    waker: Waker,
    /// The last threshold that the engine got.
    sent_threshold: Option<f32>,
    /// The zoom of the timeline that the window and the project agree on.
    zoom_s: Option<(f64, f64)>,
    sent_novelty: Option<bool>,
    /// The look that the open window has.
    applied_look: Option<Look>,
}

impl EditorApp {
    /// The contents of a window that is not open yet.
    pub fn new(params: Arc<EarmarkParams>, link: Arc<Link>) -> Self {
        Self {
            params,
            link,
            shell: Shell::default(),
            host: None,
            waker: Waker::default(),
            sent_threshold: None,
            zoom_s: None,
            sent_novelty: None,
            applied_look: None,
        }
    }

    /// A window opens on this thread.
    pub fn opened(&mut self, host: GuiContext) {
        self.sent_threshold = None;
        self.host = Some(host);
        let waker = self.waker();
        self.link.wake_with(Some(Arc::new(move || waker.wake())));
        self.link.attach(&self.params);
        // Before the window opens it is what the host has set meanwhile, and no hand on the slider.
        self.send_threshold();
        self.link.send(Command::Note(Note::EditorOpened));
        self.sent_novelty = None;
        self.applied_look = None;
    }

    /// The window and its thread are gone.
    pub fn closed(&mut self) {
        self.host = None;
    }

    /// Wakes this window.
    pub fn waker(&self) -> Waker {
        self.waker.clone()
    }

    /// Draws one frame.
    pub fn ui(&mut self, ui: &mut egui::Ui, frame: &mut Frame) {
        self.draw(ui);
        frame.set_clear_color(theme::colours().background.into());
        frame.set_key_capture(keys::captured_by_window(
            ui.ctx().text_edit_focused(),
            self.shell.takes_space(),
            ui.ctx().input(|input| input.modifiers),
        ));
    }

    /// Draws a frame and carries out its requests. The next frame comes when something moves, when the user does something, or
    /// when the waker asks: for every new view, changed parameter and new capture line.
    fn draw(&mut self, ui: &mut egui::Ui) {
        if self.waker.drawn.lock().is_none() {
            *self.waker.drawn.lock() = Some(ui.ctx().clone());
            self.shell.reset_textures();
        }
        let view = self.link.view();
        self.apply_look(ui, &view);
        let meters = self.link.meters();
        let capture = meters.as_ref().map(|meters| capture_view(&meters.capture));
        let threshold = self.params.threshold.value();
        let saved = self.params.state.get();
        if saved.visible_s != self.zoom_s {
            self.zoom_s = saved.visible_s;
            self.shell.recall_zoom(saved.visible());
        }
        let frame = FrameState {
            view: &view,
            capture,
            threshold,
            listening: self.params.is_listening(),
            output: self.params.output.values(),
            last_class: &saved.last_class,
            review: saved.review,
            order: saved.review_order,
            filter: saved.state_filter,
            listed_sound: saved.listed_sound.as_deref(),
            similar_place: saved.similar_place,
            time_format: saved.time_format,
            spectrogram: saved.spectrogram,
            spectrogram_look: saved.appearance.spectrogram,
            frequencies: saved.frequencies,
            tempo: self.link.tempo.get(),
            auditioned_s: meters.and_then(|meters| meters.audition.heard_s()),
        };
        let (width, height) = MIN_WINDOW_SIZE;
        let outgoing = ResizableWindow::new("earmark")
            .min_size(egui::vec2(width as f32, height as f32))
            .show(ui, |ui| self.shell.ui(ui, &frame))
            .inner;
        for outgoing in outgoing {
            self.carry_out(outgoing, ui.ctx());
        }
        self.save_zoom(&view);
        self.send_threshold();
        self.send_novelty();
        if is_moving(&view, capture) {
            ui.ctx().request_repaint_after(BUSY_FRAME);
        }
    }

    /// Applies the chosen colours and size, or the last ones while Earmark cannot read the database. In every frame, because
    /// another window may draw on this thread in other colours.
    fn apply_look(&mut self, ui: &mut egui::Ui, view: &View) {
        let chosen = view.storage.settings.as_ref().and_then(|it| it.appearance);
        let appearance = self.params.state.update(|saved| {
            let appearance = chosen.unwrap_or(saved.appearance);
            saved.appearance = appearance;
            appearance
        });
        theme::set_look(appearance.look);
        if self.applied_look.replace(appearance.look) != Some(appearance.look) {
            theme::apply(ui.ctx());
            ui.reset_style();
        }
        // The window grows with its contents, and egui-baseview asks the host.
        if ui.ctx().zoom_factor() != appearance.scale() {
            ui.ctx().set_zoom_factor(appearance.scale());
        }
    }

    /// Sends a request, and saves its choices in the project.
    fn carry_out(&mut self, outgoing: Outgoing, ctx: &egui::Context) {
        match outgoing {
            Outgoing::Command(command) => self.link.send(command),
            Outgoing::Threshold(threshold) => self.set_param(&self.params.threshold, threshold),
            Outgoing::Listening(listening) => {
                self.set_param(&self.params.scan, listening);
                if listening {
                    self.set_param(&self.params.bypass, false);
                }
            }
            Outgoing::Output(values) => self.set_output(values),
            Outgoing::SourceName(name) => {
                self.params.state.update(|saved| {
                    saved.name_edited = !name.is_empty();
                    saved.source_name.clone_from(&name);
                });
                self.link.send(Command::Note(Note::SourceName { name }));
            }
            Outgoing::LastClass(class) => {
                self.params
                    .state
                    .update(|saved| saved.last_class.clone_from(&class));
                self.link.send(Command::Note(Note::MarkClass { class }));
            }
            Outgoing::PointAt { filename, span } => {
                self.link
                    .send(Command::Note(Note::PointedAt { filename, span }));
            }
            Outgoing::CopyPath(path) => {
                ctx.copy_text(path.display().to_string());
                self.link.send(Command::Note(Note::PathCopied { path }));
            }
            Outgoing::Review(settings) => {
                self.params.state.update(|saved| saved.review = settings);
            }
            Outgoing::StateFilter(filter) => {
                self.params
                    .state
                    .update(|saved| saved.state_filter = filter);
            }
            Outgoing::ListedSound(sound) => {
                self.params.state.update(|saved| saved.listed_sound = sound);
            }
            Outgoing::SimilarPlace(place) => {
                self.params
                    .state
                    .update(|saved| saved.similar_place = place);
            }
            Outgoing::TimeFormat(format) => {
                self.params.state.update(|saved| saved.time_format = format);
            }
            Outgoing::Spectrogram(wanted) => {
                self.params.state.update(|saved| saved.spectrogram = wanted);
            }
            Outgoing::Frequencies(band) => {
                self.params.state.update(|saved| saved.frequencies = band);
            }
            Outgoing::ReviewOrder(order) => {
                self.params.state.update(|saved| saved.review_order = order);
            }
        }
    }

    /// Saves the zoom in the project.
    fn save_zoom(&mut self, view: &View) {
        let zoom_s = match self.shell.zoom() {
            Some(visible) => visible.map(|span| (span.start_s(), span.end_s())),
            None => self.zoom_s,
        };
        let has_takes = !view.source.takes.is_empty();
        self.zoom_s = zoom_s;
        self.params.state.follow_what_is_shown();
        self.params.state.update(|saved| {
            saved.visible_s = zoom_s;
            saved.has_takes |= has_takes;
        });
    }

    /// Sets those parameters of the output that are to change: each is a step in the host's history.
    fn set_output(&self, to: OutputValues) {
        let (params, now) = (&self.params.output, self.params.output.values());
        if to.choice != now.choice {
            self.set_param(&params.mode, to.choice);
        }
        if to.fade_ms != now.fade_ms {
            self.set_param(&params.fade, to.fade_ms);
        }
        if to.margin_ms != now.margin_ms {
            self.set_param(&params.margin, to.margin_ms);
        }
        if to.first_note != now.first_note {
            self.set_param(&params.first_note, to.first_note);
        }
        if to.notes != now.notes {
            self.set_param(&params.notes, to.notes);
        }
    }

    fn set_param<P: nice_plug::prelude::Param>(&self, param: &P, value: P::Plain) {
        if let Some(host) = &self.host {
            let setter = host.param_setter();
            setter.begin_set_parameter(param);
            setter.set_parameter(param, value);
            setter.end_set_parameter(param);
        }
    }

    /// Novelty costs the engine a second, so the window asks for it only while the list uses it.
    fn send_novelty(&mut self) {
        let order = self.params.state.get().review_order;
        let wanted = order.by == SortBy::Novelty;
        if self.sent_novelty.replace(wanted) != Some(wanted) {
            self.link.send(Command::Show(Show::Novelty { wanted }));
        }
    }

    /// The threshold is a parameter, which the host, an automation or this window may change.
    fn send_threshold(&mut self) {
        let threshold = self.params.threshold.value();
        if self.sent_threshold != Some(threshold) {
            self.sent_threshold = Some(threshold);
            self.link.send(Command::Show(Show::Threshold { threshold }));
        }
    }
}

fn capture_view(meter: &CaptureMeter) -> CaptureView {
    let rate = meter.rate();
    CaptureView {
        captured_s: meter.captured_frames() as f64 / f64::from(rate.hz()),
        dropped_frames: meter.dropped_frames(),
        rolling: meter.is_rolling(),
        waiting: meter.is_waiting(),
        playhead_s: meter.playhead().map(|position| position.seconds(rate)),
    }
}

fn is_moving(view: &View, capture: Option<CaptureView>) -> bool {
    view.activity.job.is_some()
        || view.activity.audition.is_some()
        || capture.is_some_and(|capture| capture.rolling || capture.waiting)
}
