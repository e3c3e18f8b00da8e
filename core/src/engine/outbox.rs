//! Where the coordinator leaves the newest view of one instance and what its project remembers, and how its window is woken.

use std::sync::Arc;

use parking_lot::Mutex;

use crate::protocol::{Remembered, View};

/// Tells a window that there is something new to draw. Called on the engine's thread, so it must not wait for anything.
pub type WindowWaker = Arc<dyn Fn() + Send + Sync>;

/// Where the coordinator leaves the newest view for the window to pick up.
#[derive(Default)]
pub(in crate::engine) struct Outbox {
    pub(in crate::engine) view: Mutex<Arc<View>>,
    pub(in crate::engine) waker: Mutex<Option<WindowWaker>>,
    /// What the project remembers, and after how many messages of the instance; `None` before the first.
    pub(in crate::engine) remembered: Mutex<Option<(u64, Remembered)>>,
}

impl Outbox {
    pub(in crate::engine) fn publish(&self, view: Arc<View>) {
        *self.view.lock() = view;
        // Out of the lock before it is called: what it calls may ask for the view, or set another waker.
        let waker = self.waker.lock().clone();
        if let Some(wake) = waker {
            wake();
        }
    }
}
