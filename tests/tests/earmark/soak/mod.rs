//! A long session in which everything a host does happens again and again while every core is busy. `cargo xtask soak`
//! runs it; it is ignored otherwise.
//!
//! It shows that no frame is lost without being labelled as a gap, that memory stays flat and that no thread is left.

mod plan;
mod summary;
mod timeline;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use xtask::host::{Event, HostProcess, Script, Usage, Watch};

use crate::support::busy::while_every_core_is_busy;
use crate::support::{Build, Sandbox, TestScreen};
use plan::Plan;
use summary::Summary;
use timeline::Timelines;

/// The minutes that the session lasts.
const MINUTES: &str = "EARMARK_SOAK_MINUTES";
/// The file that the summary goes into.
const REPORT: &str = "EARMARK_SOAK_REPORT";

/// Any; another one plays another session.
const SEED: u64 = 20;
/// The session may take longer than it was planned for: windows open slowly on a busy machine.
const GRACE: f64 = 2.0;

#[test]
#[ignore = "lasts half an hour; run it with `cargo xtask soak`"]
fn half_an_hour_of_everything_loses_nothing_unlabelled_and_leaves_nothing_behind() {
    let minutes: f64 = std::env::var(MINUTES)
        .expect("run this with `cargo xtask soak`")
        .parse()
        .expect("a number of minutes");
    let sandbox = Sandbox::learned();
    let screen = TestScreen::start();
    let plan = Plan::make(&sandbox, Duration::from_secs_f64(minutes * 60.0), SEED);
    let script = Script {
        plugin: Build::release().clap(),
        plugin_id: None,
        track_name: Some(String::from("Soak")),
        watch: Watch::Off,
        steps: plan.steps.clone(),
    };
    let mut runner = sandbox.runner();
    screen.equip(&mut runner);
    let begun = Instant::now();
    let limit = Duration::from_secs_f64(minutes * 60.0 * GRACE + 120.0);
    let outcome = while_every_core_is_busy(|| {
        HostProcess::spawn(runner, &script, limit)
            .unwrap()
            .finish()
            .unwrap()
    });
    let lasted = begun.elapsed();
    let events = outcome.into_events().unwrap();

    let usages: Vec<Usage> = events
        .iter()
        .filter_map(|event| match event {
            Event::Usage { usage } => Some(*usage),
            _ => None,
        })
        .collect();
    let mut timelines = Timelines::default();
    let stretches = events.iter().filter_map(|event| match event {
        Event::Played { stretches, .. } => Some(stretches),
        _ => None,
    });
    for (&reel, stretches) in plan.played.iter().zip(stretches) {
        timelines.play(reel, &plan.reels[reel], stretches);
    }
    let summary = Summary {
        lasted,
        seed: SEED,
        counts: plan.counts,
        findings: timelines.compare(&plan.reels, &sandbox.takes()),
        usages,
    };
    println!("{summary}");
    if let Some(report) = std::env::var_os(REPORT) {
        std::fs::write(PathBuf::from(report), summary.to_string()).unwrap();
    }
    summary.assert_well();
}
