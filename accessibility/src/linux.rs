//! The adapter between standard input and output and AT-SPI. The main thread reads what the window says; the adapter's own thread
//! answers screen readers. Must never keep a file of the host open.

use std::io::{BufReader, stdin, stdout};

use accesskit::{ActionHandler, ActionRequest, ActivationHandler, DeactivationHandler, TreeUpdate};
use accesskit_unix::Adapter;
use earmark_accessibility::{FromReader, ToReader, read, write};

/// Serves the window until it closes.
pub fn run() {
    close_inherited_files();
    let mut adapter = Adapter::new(Activation, Actions, Deactivation);
    let mut window = BufReader::new(stdin().lock());
    while let Some(message) = read::<ToReader>(&mut window) {
        match message {
            ToReader::Tree(tree) => adapter.update_if_active(|| tree),
            ToReader::Focus(is_focused) => adapter.update_window_focus_state(is_focused),
            ToReader::Bounds {
                x,
                y,
                width,
                height,
            } => {
                let bounds = accesskit::Rect::new(x, y, x + width, y + height);
                adapter.set_root_window_bounds(bounds, bounds);
            }
        }
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
