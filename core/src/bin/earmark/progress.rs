//! How far a scan or a training is, on a terminal: a bar with the time left, under the lines that are printed meanwhile.
//!
//! A thread of its own looks at the job and draws; it ends with the work. It must never draw where a program reads: no bar
//! appears when either stream is piped, nor with `--json`.

use std::io::{self, IsTerminal};
use std::time::Duration;

use crossbeam_channel::{RecvTimeoutError, bounded};
use earmark_core::job::JobControl;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How often the job is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// Steps of the bar.
const STEPS: u64 = 1_000;

/// The bar for a program whose output is meant for people.
pub fn bar() -> ProgressBar {
    if !io::stdout().is_terminal() || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(STEPS), ProgressDrawTarget::stderr());
    // The template is ours and makes sense; without it the bar looks plain.
    match ProgressStyle::with_template("{bar:24} {percent:>3} %  {wide_msg}") {
        Ok(style) => bar.with_style(style.progress_chars("##-")),
        Err(_) => bar,
    }
}

/// Does `work`, whose progress `job` knows, and shows it on `bar` where somebody looks.
pub fn while_shown<T>(bar: ProgressBar, job: &JobControl, work: impl FnOnce() -> T) -> T {
    if bar.is_hidden() {
        return work();
    }
    std::thread::scope(|scope| {
        let (working, ended) = bounded::<()>(0);
        let look = move || {
            while ended.recv_timeout(LOOK_EVERY) == Err(RecvTimeoutError::Timeout) {
                let progress = job.progress();
                bar.set_position((f64::from(progress.fraction) * STEPS as f64) as u64);
                let left = progress.remaining();
                let left = left.map_or_else(String::new, |left| format!(", {left}"));
                bar.set_message(format!("{}{left}", progress.stage));
            }
            bar.finish_and_clear();
        };
        let drawing = std::thread::Builder::new().name(String::from("earmark-progress"));
        // Without it the work is done unseen.
        drop(drawing.spawn_scoped(scope, look));
        let outcome = work();
        drop(working);
        outcome
    })
}
