//! Waiting for what another process does, with a deadline instead of a guess.

use std::time::{Duration, Instant};

/// Generous: it is only used up by a test that fails.
const DEADLINE: Duration = Duration::from_secs(60);

/// Looks until there is something, and gives up loudly.
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(
            started.elapsed() < DEADLINE,
            "waited {} s in vain for {what}",
            DEADLINE.as_secs()
        );
        std::thread::sleep(Duration::from_millis(100));
    }
}
