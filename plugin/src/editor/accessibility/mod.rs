//! Shows the open window to screen readers, and brings back what the user asks for through them.
//!
//! egui describes every frame as an AccessKit tree; [`Bridge`] hands the tree to the system and the system's requests to egui. egui
//! describes nothing until a screen reader asks, so that other users pay nothing. Runs on the window's thread and must never wait.
//!
//! - On Linux a process of its own speaks with screen readers (`process`).
//! - On Windows and macOS the system asks the window itself, whose answers are replaced (`subclass`).

#[cfg(not(any(target_os = "linux", windows, target_os = "macos")))]
mod absent;
#[cfg(target_os = "linux")]
mod process;
#[cfg(any(windows, target_os = "macos"))]
mod subclass;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

use egui::accesskit::{ActionRequest, Rect, Role, TreeUpdate};
use egui::{Context, Event, FullOutput, RawInput};
use nice_plug_egui::Frame;
use parking_lot::Mutex;

use super::Waker;

#[cfg(not(any(target_os = "linux", windows, target_os = "macos")))]
use self::absent::Adapter;
#[cfg(target_os = "linux")]
use self::process::Adapter;
#[cfg(any(windows, target_os = "macos"))]
use self::subclass::Adapter;

/// One opening of the window as screen readers see it; gone with this value.
pub struct Accessibility {
    _system: Arc<Adapter>,
}

impl Accessibility {
    /// Shows the window of `ctx`, which has not drawn yet. Call it on the window's thread.
    pub fn open(ctx: &Context, frame: &Frame, waker: Waker) -> Self {
        let asked = Asked::new(waker);
        let system = Arc::new(Adapter::open(frame, asked.clone()));
        ctx.add_plugin(Bridge {
            asked,
            system: Arc::downgrade(&system),
            is_on: false,
            has_keyboard: None,
        });
        Self { _system: system }
    }
}

/// What screen readers have asked for. Clones share it; any thread.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    shared: Arc<SharedAsked>,
}

#[derive(Debug)]
struct SharedAsked {
    wants_tree: AtomicBool,
    requests: Mutex<Vec<ActionRequest>>,
    waker: Waker,
}

impl Asked {
    fn new(waker: Waker) -> Self {
        Self {
            shared: Arc::new(SharedAsked {
                wants_tree: AtomicBool::new(false),
                requests: Mutex::default(),
                waker,
            }),
        }
    }

    /// A screen reader runs, or no one runs any more.
    fn want_tree(&self, wanted: bool) {
        self.shared.wants_tree.store(wanted, Ordering::Relaxed);
        self.shared.waker.wake();
    }

    /// The user asked for something.
    fn request(&self, request: ActionRequest) {
        self.shared.requests.lock().push(request);
        self.shared.waker.wake();
    }

    fn wants_tree(&self) -> bool {
        self.shared.wants_tree.load(Ordering::Relaxed)
    }

    fn take_requests(&self) -> Vec<ActionRequest> {
        std::mem::take(&mut *self.shared.requests.lock())
    }
}

/// What egui calls before and after every frame. It keeps nothing alive: egui's context outlives the window.
struct Bridge {
    asked: Asked,
    system: Weak<Adapter>,
    /// Whether egui describes its frames.
    is_on: bool,
    has_keyboard: Option<bool>,
}

impl egui::Plugin for Bridge {
    fn debug_name(&self) -> &'static str {
        "screen readers"
    }

    fn input_hook(&mut self, ctx: &Context, input: &mut RawInput) {
        let Some(system) = self.system.upgrade() else {
            return;
        };
        let wanted = self.asked.wants_tree();
        if wanted != self.is_on {
            self.is_on = wanted;
            match wanted {
                true => ctx.enable_accesskit(),
                false => ctx.disable_accesskit(),
            }
        }
        if self.has_keyboard != Some(input.focused) {
            self.has_keyboard = Some(input.focused);
            system.tell_focus(input.focused);
        }
        let requests = self.asked.take_requests();
        let events = requests.into_iter().map(Event::AccessKitActionRequest);
        input.events.extend(events);
    }

    fn output_hook(&mut self, _ctx: &Context, output: &mut FullOutput) {
        if let Some(tree) = output.platform_output.accesskit_update.take()
            && let Some(system) = self.system.upgrade()
        {
            system.show(mended(tree));
        }
    }
}

/// The tree without what systems cannot use.
pub(super) fn mended(mut tree: TreeUpdate) -> TreeUpdate {
    for (_, node) in &mut tree.nodes {
        // The corner that resizes the window is nice-plug-egui's, which says nothing about it. No other control has no role.
        if node.role() == Role::Unknown && node.label().is_none() {
            node.set_role(Role::Splitter);
            node.set_label("Resize window");
        }
        // egui gives some areas no end.
        let is_finite = |bounds: Rect| {
            let edges = [bounds.x0, bounds.y0, bounds.x1, bounds.y1];
            edges.into_iter().all(f64::is_finite)
        };
        if !node.bounds().is_none_or(is_finite) {
            node.clear_bounds();
        }
    }
    tree
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn egui_describes_its_frames_only_while_a_screen_reader_runs() {
        let ctx = Context::default();
        let asked = Asked::new(Waker::default());
        let system = Arc::new(Adapter::closed());
        ctx.add_plugin(Bridge {
            asked: asked.clone(),
            system: Arc::downgrade(&system),
            is_on: false,
            has_keyboard: None,
        });
        let frame = || {
            let output = ctx.run_ui(RawInput::default(), |ui| {
                drop(ui.button("Train"));
            });
            output.drop_without_applying_deltas();
            system.shown()
        };
        assert_eq!(frame(), None);
        asked.want_tree(true);
        let tree = frame().expect("a tree");
        assert!(
            tree.nodes
                .iter()
                .any(|(_, node)| node.label() == Some("Train"))
        );
        asked.want_tree(false);
        assert_eq!(frame(), None);
    }
}
