//! A second DAW: qtractor plays a file through the CLAP on a track, following JACK's transport. Linux only, as it is.

use std::time::Duration;

use crate::support::qtractor::Qtractor;
use crate::support::signals::{CHIRP_S, RATE_HZ, assert_same_bits, room_with_chirps};
use crate::support::take::Take;
use crate::support::{Build, Sandbox, wait};

/// qtractor fades the end of every clip, over less than this.
const FADE_FRAMES: usize = 1024;

#[test]
fn what_qtractor_plays_is_taken_at_its_place_in_the_project_and_found_there() {
    let build = Build::release();
    let sandbox = Sandbox::learned();
    let chirp_s = 1.2;
    let sound = room_with_chirps(3.0, &[chirp_s], 61);
    let file = sandbox.write_wave("clip.wav", RATE_HZ, vec![sound.clone(), sound.clone()]);
    // On a tick of qtractor's, of which there are 960 in a beat.
    let at = u64::from(RATE_HZ) + 125;
    let frames = sound.len();
    let qtractor = Qtractor::open(&sandbox, &build, RATE_HZ, &file, at, frames as u64);
    qtractor.transport(&["play"]);
    let reaches_the_end = || {
        let file = sandbox.take_files().pop()?;
        let length = std::fs::metadata(file).ok()?.len();
        (length > (at + frames as u64 + u64::from(RATE_HZ) / 2) * 8).then_some(())
    };
    wait::until("the clip to be played", reaches_the_end);
    qtractor.transport(&["stop"]);
    let take = sandbox.scanned_take(&build);
    let regions = sandbox.cli(&build, &["results", &take.filename()])["regions"].clone();
    // Nobody listens any more; the host goes in its own time.
    std::thread::sleep(Duration::from_millis(100));
    qtractor.close();

    assert_eq!(sandbox.takes().len(), 1);
    assert_eq!(take.gaps, "[]");
    let from = usize::try_from(at as i64 - take.start).unwrap();
    let kept = frames - FADE_FRAMES;
    let held = Take::read(&take.path);
    let clip: Vec<Vec<f32>> = held
        .channels
        .iter()
        .map(|channel| channel[from..from + kept].to_vec())
        .collect();
    let played = sound[..kept].to_vec();
    assert_same_bits(&clip, &[played.clone(), played], "the clip in the take");

    let second = |value: &serde_json::Value| {
        value.as_f64().unwrap() + take.start as f64 / f64::from(take.rate_hz)
    };
    let in_project_s = at as f64 / f64::from(RATE_HZ) + chirp_s;
    let regions = regions.as_array().unwrap();
    assert!(
        regions
            .iter()
            .any(|region| second(&region["start_s"]) < in_project_s + CHIRP_S
                && in_project_s < second(&region["end_s"])),
        "no region on the chirp at {in_project_s} s: {regions:#?}"
    );
}
