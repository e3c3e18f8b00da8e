//! The adapter between standard input and output and AT-SPI. The main thread reads what the window says; the adapter's own thread
//! answers screen readers. Must never keep a file of the host open.

use std::io::{BufReader, stdin, stdout};

use accesskit::{
    ActionHandler, ActionRequest, ActivationHandler, DeactivationHandler, Rect, TreeUpdate,
};
use accesskit_unix::Adapter;
use earmark_accessibility::{FromReader, ToReader, read, write};
use x11rb::connection::Connection;
use x11rb::protocol::xproto::ConnectionExt;
use x11rb::rust_connection::RustConnection;

/// Serves the window until it closes.
pub fn run() {
    close_inherited_files();
    let mut place = None;
    let mut adapter = Adapter::new(Activation, Actions, Deactivation);
    let mut window = BufReader::new(stdin().lock());
    while let Some(message) = read::<ToReader>(&mut window) {
        match message {
            ToReader::Tree(tree) => {
                // The user may have moved the host's window meanwhile.
                if let Some(bounds) = place.as_ref().and_then(Place::bounds) {
                    adapter.set_root_window_bounds(bounds, bounds);
                }
                adapter.update_if_active(|| tree);
            }
            ToReader::Focus(is_focused) => adapter.update_window_focus_state(is_focused),
            ToReader::Window(window) => place = Place::of(window),
        }
    }
}

/// Where the window is on the screen, for magnifiers and for reading by mouse.
struct Place {
    display: RustConnection,
    root: u32,
    window: u32,
}

impl Place {
    /// `None` when the X server cannot be reached.
    fn of(window: u32) -> Option<Self> {
        let (display, screen) = RustConnection::connect(None).ok()?;
        let root = display.setup().roots.get(screen)?.root;
        Some(Self {
            display,
            root,
            window,
        })
    }

    /// In pixels; `None` when the window is gone.
    fn bounds(&self) -> Option<Rect> {
        let size = self.display.get_geometry(self.window).ok()?;
        let place = self
            .display
            .translate_coordinates(self.window, self.root, 0, 0)
            .ok()?;
        let (size, place) = (size.reply().ok()?, place.reply().ok()?);
        let (x, y) = (f64::from(place.dst_x), f64::from(place.dst_y));
        let (right, bottom) = (x + f64::from(size.width), y + f64::from(size.height));
        Some(Rect::new(x, y, right, bottom))
    }
}

/// A host may have files open that every process which it starts inherits: a sound card, a socket.
#[expect(
    unsafe_code,
    reason = "the standard library cannot close a file that it did not open"
)]
fn close_inherited_files() {
    const FIRST: libc::c_uint = 3;
    // SAFETY: this process has opened nothing yet, so no part of it owns one of these files.
    unsafe {
        libc::syscall(
            libc::SYS_close_range,
            FIRST,
            libc::c_uint::MAX,
            libc::c_uint::default(),
        );
    }
}

/// Tells the window. When it is gone, standard input ends as well, and the process with it.
fn tell(message: &FromReader) {
    drop(write(message, stdout().lock()));
}

struct Activation;

impl ActivationHandler for Activation {
    fn request_initial_tree(&mut self) -> Option<TreeUpdate> {
        tell(&FromReader::Activated);
        None
    }
}

struct Actions;

impl ActionHandler for Actions {
    fn do_action(&mut self, request: ActionRequest) {
        tell(&FromReader::Request(request));
    }
}

struct Deactivation;

impl DeactivationHandler for Deactivation {
    fn deactivate_accessibility(&mut self) {
        tell(&FromReader::Deactivated);
    }
}
