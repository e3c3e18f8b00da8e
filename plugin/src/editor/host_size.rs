//! Asks the host for another size of the window, when the user drags its corner or changes the scale.
//!
//! On X11, baseview 0.4.2 asks the host only after the window system has resized the window. In hosts that embed with GTK (Ardour)
//! that never happens, so this module asks the host directly. [`SizeWish`] runs on the window's thread and [`HostSize`] on the
//! host's main thread; neither waits for the other. On other platforms the window system resizes the window itself.

use std::cell::{Cell, RefCell};
use std::error::Error;
use std::rc::Rc;
use std::sync::Arc;

use egui::{Context, ViewportCommand};
use nice_plug::editor::dpi::{PhysicalSize, Size};
use nice_plug::editor::{HostCallbacks, HostMainThreadCaller, HostMethods};
use parking_lot::Mutex;

/// A size that nobody has asked the host for yet.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Wish {
    pixels: PhysicalSize<u32>,
    /// The scale of the screen, which the host gets with the size.
    scale: f64,
}

type Callbacks = Rc<RefCell<Box<dyn HostCallbacks>>>;
/// The last size that somebody asked the host for.
type Asked = Rc<Cell<Option<PhysicalSize<u32>>>>;
type Caller = Arc<Mutex<Box<dyn HostMainThreadCaller>>>;

/// Shares the host's methods between this module and baseview, which gets the first value.
pub fn share(host: HostMethods) -> (HostMethods, SizeWish, HostSize) {
    let callbacks: Callbacks = Rc::new(RefCell::new(host.callbacks));
    let caller: Caller = Arc::new(Mutex::new(host.main_thread_caller));
    let wish = Arc::new(Mutex::new(None));
    let asked = Asked::default();
    let shared = HostMethods {
        callbacks: Box::new(SharedCallbacks {
            callbacks: Rc::clone(&callbacks),
            asked: Rc::clone(&asked),
        }),
        main_thread_caller: Box::new(SharedCaller(Arc::clone(&caller))),
    };
    let size_wish = SizeWish {
        wish: Arc::clone(&wish),
        caller,
        before: None,
    };
    let host_size = HostSize {
        wish,
        callbacks,
        asked,
    };
    (shared, size_wish, host_size)
}

/// The window's side.
pub struct SizeWish {
    wish: Arc<Mutex<Option<Wish>>>,
    caller: Caller,
    /// Scale and size of the previous frame, in points.
    before: Option<(f32, egui::Vec2)>,
}

impl SizeWish {
    /// Asks the host for the size that the last frame wants, if that is another one.
    pub fn tell(&mut self, ctx: &Context) {
        if !cfg!(target_os = "linux") || ctx.will_discard() {
            return;
        }
        let zoom = ctx.zoom_factor();
        let before = self.before.replace((zoom, ctx.viewport_rect().size()));
        let dragged = ctx.viewport(|viewport| viewport.commands.iter().rev().find_map(inner_size));
        // The same number of points, each of them larger.
        let rescaled = before.filter(|(before, _)| *before != zoom);
        let points = dragged.or(rescaled.map(|(_, points)| points));
        let Some(points) = points else {
            return;
        };
        let scale = ctx.native_pixels_per_point().unwrap_or(1.0);
        let pixels = (points * zoom * scale).round();
        *self.wish.lock() = Some(Wish {
            pixels: PhysicalSize::new(pixels.x as u32, pixels.y as u32),
            scale: f64::from(scale),
        });
        self.caller.lock().call_main_thread();
    }
}

fn inner_size(command: &ViewportCommand) -> Option<egui::Vec2> {
    match command {
        ViewportCommand::InnerSize(points) => Some(*points),
        _ => None,
    }
}

/// The host's side.
pub struct HostSize {
    wish: Arc<Mutex<Option<Wish>>>,
    callbacks: Callbacks,
    asked: Asked,
}

impl HostSize {
    /// Asks the host for the size that the window wants.
    pub fn ask(&self) {
        // A host may resize the window before it returns, which may call this again.
        let Ok(mut callbacks) = self.callbacks.try_borrow_mut() else {
            return;
        };
        let Some(wish) = self.wish.lock().take() else {
            return;
        };
        self.asked.set(Some(wish.pixels));
        let asked = callbacks.request_resize(Size::Physical(wish.pixels), wish.scale);
        if let Err(error) = asked {
            tracing::debug!(%error, "the host does not give the window another size");
        }
    }
}

/// The methods that baseview uses. It asks for the size that the window already has. That is too late: the host may have the
/// request for the next size by then, and a dragged corner would spring back.
struct SharedCallbacks {
    callbacks: Callbacks,
    asked: Asked,
}

impl HostCallbacks for SharedCallbacks {
    fn request_resize(&mut self, new_size: Size, scale_factor: f64) -> Result<(), Box<dyn Error>> {
        let asked = self.asked.get();
        if asked.is_some_and(|asked| new_size.to_physical::<u32>(scale_factor) != asked) {
            return Ok(());
        }
        match self.callbacks.try_borrow_mut() {
            Ok(mut callbacks) => callbacks.request_resize(new_size, scale_factor),
            // The host is just being asked.
            Err(_) => Ok(()),
        }
    }

    fn destroyed(&mut self) {
        if let Ok(mut callbacks) = self.callbacks.try_borrow_mut() {
            callbacks.destroyed();
        }
    }
}

struct SharedCaller(Caller);

impl HostMainThreadCaller for SharedCaller {
    fn call_main_thread(&mut self) {
        self.0.lock().call_main_thread();
    }
}

#[cfg(all(test, target_os = "linux"))] // Elsewhere the window asks its host itself.
mod tests {
    use super::*;

    /// Writes down what it is asked for.
    struct Host(Rc<RefCell<Vec<(Size, f64)>>>);

    impl HostCallbacks for Host {
        fn request_resize(&mut self, size: Size, scale: f64) -> Result<(), Box<dyn Error>> {
            self.0.borrow_mut().push((size, scale));
            Ok(())
        }

        fn destroyed(&mut self) {}
    }

    struct Nobody;

    impl HostMainThreadCaller for Nobody {
        fn call_main_thread(&mut self) {}
    }

    fn frame(ctx: &Context, wish: &mut SizeWish, draw: impl Fn(&Context)) {
        let size = egui::vec2(1000.0, 600.0);
        let input = egui::RawInput {
            screen_rect: Some(egui::Rect::from_min_size(egui::Pos2::ZERO, size)),
            ..Default::default()
        };
        let mut output = ctx.run_ui(input, |ui| {
            draw(ui.ctx());
            wish.tell(ui.ctx());
        });
        output.textures_delta.clear();
    }

    #[test]
    fn the_host_is_asked_for_what_the_corner_and_the_scale_want_and_for_nothing_else() {
        let asked = Rc::new(RefCell::new(Vec::new()));
        let (mut baseview, mut wish, host) = share(HostMethods {
            callbacks: Box::new(Host(Rc::clone(&asked))),
            main_thread_caller: Box::new(Nobody),
        });
        let ctx = Context::default();
        let pixels = |width, height| (Size::Physical(PhysicalSize::new(width, height)), 1.0);

        frame(&ctx, &mut wish, |_| {});
        host.ask();
        assert_eq!(*asked.borrow(), []);

        frame(&ctx, &mut wish, |ctx| {
            ctx.send_viewport_cmd(ViewportCommand::InnerSize(egui::vec2(1100.0, 700.0)));
        });
        host.ask();
        host.ask();
        assert_eq!(*asked.borrow(), [pixels(1100, 700)]);
        // What the window had on its way there.
        let late = Size::Physical(PhysicalSize::new(1050, 650));
        baseview.callbacks.request_resize(late, 1.0).unwrap();
        assert_eq!(*asked.borrow(), [pixels(1100, 700)]);

        // egui takes a new scale with the next frame.
        ctx.set_zoom_factor(1.5);
        for _ in 0..2 {
            frame(&ctx, &mut wish, |_| {});
            host.ask();
        }
        assert_eq!(*asked.borrow(), [pixels(1100, 700), pixels(1500, 900)]);
    }
}
