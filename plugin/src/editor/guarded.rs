//! The editor that the host gets: nice-plug's egui editor in a wrapper that works around its faults.
//!
//! Runs on the host's main thread and must never wait without a limit.
//!
//! - Closing the window waits until the window's thread has ended ([`super::window_guard`]), up to a limit.
//! - The wrapper applies the saved size: nice-plug-egui accepts a size only when it makes an editor, and the host restores the
//!   state later. So every opening makes a new one around the same [`EditorApp`].
//! - On X11 a redraw request before the window is on the screen stops all later ones. nice-plug-egui's timer makes one about
//!   16 ms after the window opens, so the wrapper sets that timer to a time that never comes; [`Waker`] replaces it from the
//!   first frame on.
//! - The wrapper asks the host for another size where the window system does not (`host_size`).

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use earmark_core::platform;
use earmark_core::protocol::{Command, Note};
use nice_plug::context::gui::GuiContext;
use nice_plug::editor::dpi::{LogicalSize, NativeSize, PhysicalSize};
use nice_plug::editor::{
    Editor, EditorHandle, HostMethods, Modifiers, ParentWindowHandle, ResizeHint, SpawnedEditor,
    VirtualKeyCode,
};
use nice_plug::prelude::TrackInfo;
use nice_plug_egui::baseview::{self, HandlerError, WindowSize};
use nice_plug_egui::{
    EguiEditor, EguiEditorHandle, EguiEditorState, EguiNiceSettings, Frame, NiceEguiApp,
    RepaintNotifier, create_egui_editor,
};
use parking_lot::Mutex;

use super::accessibility::Accessibility;
use super::host_keys::{HostKeys, HostWindow, replace_modifiers};
use super::host_size::{self, SizeWish};
use super::window_guard::{GuardedWindow, ThreadWatch};
use super::{EditorApp, Waker};
use crate::link::Link;
use crate::params::EarmarkParams;
use crate::state::MIN_WINDOW_SIZE;

/// The interval of nice-plug-egui's redraw timer on X11.
const NEVER: Duration = Duration::from_secs(24 * 3600);
/// The longest wait of the host for a window that draws.
const PATIENCE: Duration = Duration::from_secs(1);

/// What shows one opening of the window to screen readers: made by the window's thread, ended by the host's.
type Readers = Arc<Mutex<Option<Accessibility>>>;

/// The plugin's editor.
pub struct GuardedEditor {
    params: Arc<EarmarkParams>,
    link: Arc<Link>,
    app: Arc<Mutex<EditorApp>>,
    waker: Waker,
    /// The size and scale of the window while one is open.
    open: Mutex<Option<Arc<EguiEditorState>>>,
}

impl GuardedEditor {
    /// An editor without an open window. Starts neither the engine nor the window system.
    pub fn new(params: Arc<EarmarkParams>, link: Arc<Link>) -> Self {
        let app = EditorApp::new(Arc::clone(&params), Arc::clone(&link));
        Self {
            params,
            link,
            waker: app.waker(),
            app: Arc::new(Mutex::new(app)),
            open: Mutex::new(None),
        }
    }

    /// The saved size in the window's own points.
    fn size_points(&self) -> LogicalSize<f32> {
        let (width, height) = self.params.state.window_size();
        LogicalSize::new(width as f32, height as f32)
    }

    /// The chosen size of the window as a factor, besides the host's own scaling.
    fn zoom(&self) -> f32 {
        self.params.state.get().appearance.scale()
    }

    fn inner(
        &self,
        state: Arc<EguiEditorState>,
        watch: ThreadWatch,
        host: HostWindow,
        size_wish: Option<SizeWish>,
        readers: Readers,
    ) -> Option<EguiEditor<AppInWindow>> {
        let mut settings = EguiNiceSettings::new()
            .with_tile("Earmark")
            .with_resize_hint(self.resize_hint());
        if cfg!(target_os = "linux") {
            settings = settings.with_repaint_poll_interval(NEVER);
        }
        let app = AppInWindow {
            app: Arc::clone(&self.app),
            params: Arc::clone(&self.params),
            readers,
            waker: self.waker.clone(),
            watch,
            host_keys: HostKeys::new(host),
            size_wish,
        };
        create_egui_editor(state, RepaintNotifier::new(), settings, app)
    }
}

impl Editor for GuardedEditor {
    type Handle = GuardedHandle;

    fn spawn(
        &self,
        parent: Option<ParentWindowHandle>,
        wait_for_parent: bool,
        fallback_scale_factor: Option<f64>,
        gui_context: GuiContext,
        host: Option<HostMethods>,
    ) -> Result<SpawnedEditor<Self::Handle>, Box<dyn Error>> {
        let state = EguiEditorState::from_size(self.size_points(), self.zoom());
        let watch = ThreadWatch::new();
        let host_window = HostWindow::default();
        let readers = Readers::default();
        if let Some(parent) = parent {
            host_window.set(parent);
        }
        let (host, size_wish, host_size) = match host.map(host_size::share) {
            Some((host, size_wish, host_size)) => (Some(host), Some(size_wish), Some(host_size)),
            None => (None, None, None),
        };
        let inner = self
            .inner(
                Arc::clone(&state),
                watch.clone(),
                host_window.clone(),
                size_wish,
                Arc::clone(&readers),
            )
            .ok_or("Earmark could not open its window: open it again")?;
        let spawned = inner.spawn(
            parent,
            wait_for_parent,
            fallback_scale_factor,
            gui_context,
            host,
        )?;
        platform::keep_graphics_driver();
        *self.open.lock() = Some(state);
        let (app, link, waker) = (
            Arc::clone(&self.app),
            Arc::clone(&self.link),
            self.waker.clone(),
        );
        Ok(SpawnedEditor {
            handle: GuardedHandle {
                inner: spawned.handle,
                waker: self.waker.clone(),
                host_window,
            },
            window: GuardedWindow::new(spawned.window, watch, host_size, move || {
                // The system must not show a window that is gone.
                drop(readers.lock().take());
                closed(&app, &link, &waker);
            }),
        })
    }

    fn size(&self) -> NativeSize<u32> {
        let open = self.open.lock();
        match open.as_ref().filter(|state| state.is_open()) {
            // nice-plug-egui has the size without the zoom.
            Some(state) => {
                let zoom = state.user_scale_factor();
                let (physical, logical) = (state.physical_size(), state.logical_size());
                let zoomed = |pixels: u32| (pixels as f32 * zoom).round() as u32;
                NativeSize::from_logical_or_physical(
                    LogicalSize::new(
                        f64::from(logical.width * zoom),
                        f64::from(logical.height * zoom),
                    ),
                    PhysicalSize::new(zoomed(physical.width), zoomed(physical.height)),
                )
            }
            None => {
                let (points, zoom) = (self.size_points(), self.zoom());
                let size = LogicalSize::new(points.width * zoom, points.height * zoom);
                NativeSize::from_size(size.into(), 1.0)
            }
        }
    }

    fn resize_hint(&self) -> ResizeHint {
        let (width, height) = MIN_WINDOW_SIZE;
        let zoom = self.zoom();
        let least = LogicalSize::new(width as f32 * zoom, height as f32 * zoom);
        ResizeHint::resizable().with_min_logical_size(least)
    }

    /// The host sent the name of the track. A name that the user typed stays.
    fn track_info_updated(&self, info: TrackInfo) {
        let name = info.name();
        let renamed = self.params.state.update(|saved| {
            let follows = !saved.name_edited && !name.is_empty() && saved.source_name != name;
            if follows {
                name.clone_into(&mut saved.source_name);
            }
            follows
        });
        if renamed {
            self.link.send(Command::Note(Note::SourceName {
                name: name.to_owned(),
            }));
            self.waker.wake();
        }
    }
}

/// The window has closed, or no longer answers.
fn closed(app: &Mutex<EditorApp>, link: &Link, waker: &Waker) {
    link.wake_with(None);
    waker.forget();
    link.send(Command::Note(Note::EditorClosed));
    // A thread that hangs while it draws holds this lock and must not block the host.
    if let Some(mut app) = app.try_lock_for(PATIENCE) {
        app.closed();
    }
}

/// The host's handle to an open window.
pub struct GuardedHandle {
    inner: EguiEditorHandle,
    waker: Waker,
    host_window: HostWindow,
}

impl EditorHandle for GuardedHandle {
    type Window = GuardedWindow;
    type Error = baseview::Error;

    fn run_until_closed(window: Self::Window) -> Result<(), Self::Error> {
        match window.into_inner() {
            Some(window) => window.run_until_closed(),
            None => Ok(()),
        }
    }

    fn set_parent(
        &self,
        parent: ParentWindowHandle,
        window: &Self::Window,
    ) -> Result<(), Self::Error> {
        self.host_window.set(parent);
        window
            .window()
            .map_or(Ok(()), |window| self.inner.set_parent(parent, window))
    }

    fn show(&self, window: &Self::Window) -> Result<(), Self::Error> {
        window
            .window()
            .map_or(Ok(()), |window| self.inner.show(window))
    }

    fn hide(&self, window: &Self::Window) -> Result<(), Self::Error> {
        window
            .window()
            .map_or(Ok(()), |window| self.inner.hide(window))
    }

    fn set_size(
        &self,
        new_size: NativeSize<u32>,
        window: &Self::Window,
    ) -> Result<(), Self::Error> {
        window
            .window()
            .map_or(Ok(()), |window| self.inner.set_size(new_size, window))
    }

    fn host_main_thread_callback(&self, window: &Self::Window) {
        if let Some(window) = window.window() {
            self.inner.host_main_thread_callback(window);
        }
        window.ask_for_size();
    }

    fn adjust_size(
        &self,
        new_size: NativeSize<u32>,
        window: &Self::Window,
    ) -> Option<NativeSize<u32>> {
        window
            .window()
            .and_then(|window| self.inner.adjust_size(new_size, window))
    }

    fn set_fallback_scale_factor(
        &self,
        scale_factor: f64,
        window: &Self::Window,
    ) -> Result<(), Self::Error> {
        window.window().map_or(Ok(()), |window| {
            self.inner.set_fallback_scale_factor(scale_factor, window)
        })
    }

    fn on_virtual_key_from_host(
        &self,
        key: VirtualKeyCode,
        is_down: bool,
        modifiers: Modifiers,
    ) -> bool {
        self.inner.on_virtual_key_from_host(key, is_down, modifiers)
    }

    fn state_changed(&self) {
        self.waker.wake();
    }

    fn param_value_changed(&self, _id: &str, _normalized_value: f32) {
        self.waker.wake();
    }

    fn param_modulation_changed(&self, _id: &str, _modulation_offset: f32) {
        self.waker.wake();
    }
}

/// The app inside one opening of the window.
struct AppInWindow {
    app: Arc<Mutex<EditorApp>>,
    params: Arc<EarmarkParams>,
    readers: Readers,
    waker: Waker,
    watch: ThreadWatch,
    host_keys: HostKeys,
    size_wish: Option<SizeWish>,
}

impl NiceEguiApp for AppInWindow {
    fn build(
        &mut self,
        ctx: egui::Context,
        host: GuiContext,
        frame: &mut Frame,
    ) -> Result<(), HandlerError> {
        self.watch.window_runs_here();
        *self.readers.lock() = Some(Accessibility::open(&ctx, frame, self.waker.clone()));
        self.app.lock().opened(host);
        Ok(())
    }

    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut Frame) {
        let was_typing = ui.ctx().text_edit_focused();
        let known = replace_modifiers(ui.ctx(), self.host_keys.modifiers_of_drag(ui.ctx()));
        self.app.lock().ui(ui, frame);
        // For this frame only: the window would not hear that the keys are let go elsewhere.
        replace_modifiers(ui.ctx(), known);
        self.host_keys.forward(ui.ctx(), was_typing);
        if let Some(size_wish) = &mut self.size_wish {
            size_wish.tell(ui.ctx());
        }
    }

    fn resized(&mut self, new_size: WindowSize) {
        let logical = new_size.logical;
        self.params.state.update(|saved| {
            saved.window_size = (logical.width.round() as u32, logical.height.round() as u32);
        });
    }
}

#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "the test stands in for a window's thread that hangs"
)]
mod tests {
    use super::*;

    #[test]
    fn a_window_that_hangs_while_it_draws_does_not_hang_the_host_that_closes_it() {
        let params = Arc::new(EarmarkParams::default());
        let editor = GuardedEditor::new(Arc::clone(&params), Arc::default());
        let (hung, has_hung) = std::sync::mpsc::channel();
        let (release, released) = std::sync::mpsc::channel::<()>();
        let app = Arc::clone(&editor.app);
        let window = std::thread::spawn(move || {
            let _drawing = app.lock();
            hung.send(()).unwrap();
            let _ = released.recv();
        });
        has_hung.recv().unwrap();
        closed(&editor.app, &editor.link, &editor.waker);
        drop(release);
        window.join().unwrap();
    }
}
