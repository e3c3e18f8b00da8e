//! A machine that has other things to do.

use std::sync::atomic::{AtomicBool, Ordering};

/// Keeps a thread that never rests on every core, as long as `work` takes.
pub fn while_every_core_is_busy<T>(work: impl FnOnce() -> T) -> T {
    let done = AtomicBool::new(false);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        let result = work();
        done.store(true, Ordering::Relaxed);
        result
    })
}
