//! A real DAW: Ardour plays and renders a file through the VST3 on a track, and records its notes. Linux only, as is Debian's package
//! of it.

use xtask::host::Wave;

use crate::support::ardour::{ArdourSession, Clip};
use crate::support::sandbox::TakeRow;
use crate::support::signals::{CHIRP_S, RATE_HZ, assert_same_bits, noise, room_with_chirps};
use crate::support::take::Take;
use crate::support::{Build, Sandbox, TestScreen, wait};

/// The project begins at one hour, as film reels do.
const PROJECT_START: i64 = 3600 * RATE_HZ as i64;
/// Ardour counts the notes of a region in 1920ths of a quarter note, which are 12.5 frames in a new session, and adds two such times.
const TWO_TICKS: i64 = 25;

/// What the take holds of `frames` frames from `position` on.
fn held(take: &TakeRow, position: i64, frames: usize) -> Vec<Vec<f32>> {
    let from = usize::try_from(position - take.start).unwrap();
    let file = Take::read(&take.path);
    assert_eq!(file.time_reference, take.start as u64);
    file.channels
        .iter()
        .map(|channel| channel[from..from + frames].to_vec())
        .collect()
}

/// Where the newest version's regions begin and end, in seconds of the project.
fn regions_in_project(sandbox: &Sandbox, build: &Build, take: &TakeRow) -> Vec<(f64, f64)> {
    let results = sandbox.cli(build, &["results", &take.filename()]);
    let take_start_s = take.start as f64 / f64::from(take.rate_hz);
    let regions = results["regions"].as_array().unwrap();
    let second = |value: &serde_json::Value| take_start_s + value.as_f64().unwrap();
    regions
        .iter()
        .map(|region| (second(&region["start_s"]), second(&region["end_s"])))
        .collect()
}

#[test]
fn what_ardour_plays_and_renders_is_taken_at_its_place_in_the_project_and_found_there() {
    let build = Build::release();
    let sandbox = Sandbox::learned();
    let chirps_s = [1.0, 3.2];
    let left = room_with_chirps(5.0, &chirps_s, 11);
    // Nearly mono, and yet no channel can be taken for the other.
    let right: Vec<f32> = noise(left.len(), 12)
        .iter()
        .zip(&left)
        .map(|(noise, left)| left + 1e-4 * noise)
        .collect();
    let sound = vec![left, right];
    let file = sandbox.write_wave("clip.wav", RATE_HZ, sound.clone());
    let clip = Clip {
        file: &file,
        frames: sound[0].len() as u64,
        at: PROJECT_START + i64::from(RATE_HZ) / 2,
    };
    let ardour = ArdourSession::new(
        &sandbox,
        &build,
        RATE_HZ,
        "Dialogue 1",
        PROJECT_START,
        &clip,
    );

    // From half a second before the project begins, because a render begins a few blocks early.
    let roll_from = PROJECT_START - i64::from(RATE_HZ) / 2;
    ardour.play(roll_from, clip.frames + u64::from(RATE_HZ), || {
        sandbox.scanned_take(&build);
    });
    let take = sandbox.only_take();
    assert_eq!(take.start, roll_from);
    assert_eq!((take.rate_hz, take.channels), (RATE_HZ, 2));
    let clip_s = clip.at as f64 / f64::from(RATE_HZ);
    let found = regions_in_project(&sandbox, &build, &take);
    let is_on = |(start_s, end_s): (f64, f64), chirp_s: f64| {
        start_s < clip_s + chirp_s + CHIRP_S && clip_s + chirp_s < end_s
    };
    for at_s in chirps_s {
        assert!(
            found.iter().any(|&region| is_on(region, at_s)),
            "no region on the chirp at {} s: {found:?}",
            clip_s + at_s
        );
    }
    // Nobody taught the classifier what the digital silence before and after the clip is.
    let clip_end_s = clip_s + clip.frames as f64 / f64::from(RATE_HZ);
    for &(start_s, end_s) in &found {
        let is_in_the_clip = clip_s <= start_s && end_s <= clip_end_s;
        assert!(
            !is_in_the_clip || chirps_s.iter().any(|&at_s| is_on((start_s, end_s), at_s)),
            "{found:?}"
        );
    }

    // Rendered by another process: the saved project leads to the same source and the same take.
    let rendered = sandbox.path("rendered.wav");
    ardour.render(&rendered);
    let take = sandbox.only_take();
    assert_eq!(take.gaps, "[]");
    let taken = held(&take, clip.at, sound[0].len());
    assert_same_bits(&taken, &sound, "the take of the render");
    let silence = held(&take, PROJECT_START, RATE_HZ as usize / 2);
    assert!(silence.iter().flatten().all(|&sample| sample == 0.0));
    // Now and then Ardour's own file begins a block late, so the clip is looked for: before it there is digital silence.
    let heard = Wave::read(&rendered).unwrap().channels;
    let begins = heard[0].iter().position(|&sample| sample != 0.0).unwrap();
    let frames = sound[0].len().min(heard[0].len() - begins);
    assert!(frames + RATE_HZ as usize / 4 > sound[0].len(), "{frames}");
    let part = |channels: &[Vec<f32>], from: usize| -> Vec<Vec<f32>> {
        let stretch = |channel: &Vec<f32>| channel[from..from + frames].to_vec();
        channels.iter().map(stretch).collect()
    };
    let (heard, sent) = (part(&heard, begins), part(&sound, 0));
    assert_same_bits(&heard, &sent, "what Ardour rendered");
}

#[test]
fn ardour_records_a_note_for_every_region_onto_a_midi_track() {
    let build = Build::release();
    let sandbox = Sandbox::learned();
    let sound = room_with_chirps(6.0, &[1.0, 2.6, 4.4], 11);
    let file = sandbox.write_wave("clip.wav", RATE_HZ, vec![sound.clone(), sound.clone()]);
    let clip = Clip {
        file: &file,
        frames: sound.len() as u64,
        at: PROJECT_START + i64::from(RATE_HZ) / 2,
    };
    let track = "Dialogue 1";
    let ardour = ArdourSession::new(&sandbox, &build, RATE_HZ, track, PROJECT_START, &clip);
    ardour.play(PROJECT_START, clip.frames + u64::from(RATE_HZ), || {
        sandbox.scanned_take(&build);
    });
    let take = sandbox.only_take();
    let results = sandbox.cli(&build, &["results", &take.filename()]);
    let scores = results["regions"].as_array().unwrap().iter();
    let scores = scores.map(|region| region["score"].as_f64().unwrap());
    let frame = |second: f64| (second * f64::from(RATE_HZ)).round() as i64;
    let regions = regions_in_project(&sandbox, &build, &take);
    assert!(regions.len() >= 3, "{regions:?}");

    let last_end = regions
        .iter()
        .map(|&(_, end_s)| frame(end_s))
        .max()
        .unwrap();
    let (from, frames, wanted) = (
        PROJECT_START.to_string(),
        (last_end - PROJECT_START + i64::from(RATE_HZ) / 2).to_string(),
        regions.len().to_string(),
    );
    let list = sandbox.path("notes.tsv");
    let list_path = list.display().to_string();
    ardour.run_script(
        "record_notes.lua",
        &[track, &from, &frames, &wanted, &list_path],
    );

    let list = std::fs::read_to_string(list).unwrap();
    let notes: Vec<Vec<i64>> = list
        .lines()
        .map(|line| {
            line.split('\t')
                .map(|field| field.parse().unwrap())
                .collect()
        })
        .collect();
    assert_eq!(notes.len(), regions.len(), "{notes:?} for {regions:?}");
    for ((note, &(start_s, end_s)), score) in notes.iter().zip(&regions).zip(scores) {
        let &[at, length, number, velocity] = &note[..] else {
            panic!("{note:?}");
        };
        let is_near = |found: i64, wanted: i64| (found - wanted).abs() <= TWO_TICKS;
        assert!(is_near(at, frame(start_s)), "{notes:?} for {regions:?}");
        assert!(
            is_near(at + length, frame(end_s)),
            "{notes:?} for {regions:?}"
        );
        assert_eq!(number, 60);
        assert!(
            (velocity as f64 - score * 127.0).abs() <= 1.0,
            "{velocity} for {score}"
        );
    }
}

#[test]
fn in_ardour_the_window_plays_resizes_and_saves_the_project_by_keys_and_mouse() {
    let build = Build::release();
    let (sandbox, screen) = (Sandbox::learned(), TestScreen::start());
    let sound = room_with_chirps(3.0, &[1.0], 13);
    let file = sandbox.write_wave("clip.wav", RATE_HZ, vec![sound.clone(), sound.clone()]);
    let clip = Clip {
        file: &file,
        frames: sound.len() as u64,
        at: i64::from(RATE_HZ) / 2,
    };
    let ardour = ArdourSession::new(&sandbox, &build, RATE_HZ, "Dialogue 1", 0, &clip);
    let (running, window) = ardour.show(&screen);
    screen.wait_until_drawn(window).unwrap();
    let (width, height) = screen.size(window).unwrap();

    // Nothing can be auditioned, so Space is Ardour's, from inside Earmark's window.
    screen.click(window, width / 2, height - 120).unwrap();
    screen.press("space").unwrap();
    wait::until("the clip to be played", || {
        let length = std::fs::metadata(sandbox.take_files().pop()?).ok()?.len();
        let frames = clip.at as u64 + clip.frames;
        (length > frames * 8).then_some(())
    });
    screen.press("space").unwrap();
    sandbox.scanned_take(&build);

    // Ardour keeps from its plugins' windows that they want to be larger; it has to be asked.
    let corner = (width - 4, height - 4);
    screen
        .drag(window, corner, (corner.0 + 90, corner.1 + 60))
        .unwrap();
    screen
        .wait_for_size(window, (width + 90, height + 60))
        .unwrap();

    let last_saved = || {
        std::fs::metadata(ardour.file())
            .unwrap()
            .modified()
            .unwrap()
    };
    let before = last_saved();
    screen.press("ctrl+s").unwrap();
    wait::until("Ardour to save", || (last_saved() > before).then_some(()));
    screen.press("ctrl+q").unwrap();
    running.finish();
}
