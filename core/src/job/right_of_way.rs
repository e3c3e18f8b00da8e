//! Who goes first: while one of those who go first is at work, work that gives way rests. Any thread.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

/// How often work that gives way looks whether it was cancelled meanwhile.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Clones share the way.
#[derive(Clone, Default)]
pub(crate) struct RightOfWay {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    /// Those at work who go first.
    at_work: Mutex<usize>,
    is_free: Condvar,
}

/// Somebody is at work who goes first, until this is dropped.
pub(crate) struct GoesFirst {
    way: RightOfWay,
}

impl RightOfWay {
    /// Goes first from now on. Never waits for those who give way.
    pub fn take(&self) -> GoesFirst {
        *self.shared.at_work.lock() += 1;
        GoesFirst { way: self.clone() }
    }

    /// Whether somebody is at work who goes first.
    pub fn is_taken(&self) -> bool {
        *self.shared.at_work.lock() > 0
    }

    /// Rests until nobody is at work who goes first, or `gives_up` says so. Returns how long that was.
    pub fn give_way(&self, gives_up: impl Fn() -> bool) -> Duration {
        let mut at_work = self.shared.at_work.lock();
        if *at_work == 0 {
            return Duration::ZERO;
        }
        let begun = Instant::now();
        while *at_work > 0 && !gives_up() {
            self.shared.is_free.wait_for(&mut at_work, LOOK_EVERY);
        }
        begun.elapsed()
    }
}

impl Drop for GoesFirst {
    fn drop(&mut self) {
        let shared = &self.way.shared;
        let mut at_work = shared.at_work.lock();
        *at_work = at_work.saturating_sub(1);
        if *at_work == 0 {
            shared.is_free.notify_all();
        }
    }
}
