//! What was found as sound and as notes: "Output" lets only the regions through, or all but them, and "Send notes" plays them.

use serde_json::Value;
use xtask::host::{
    BlockSizes, Event, Motion, Note, Pace, RenderMode, Step, Stretch, TransportStep, Watch, Wave,
};

use crate::support::sandbox::TakeRow;
use crate::support::signals::{RATE_HZ, noise, room_with_chirps};
use crate::support::{Build, Sandbox, wait};

const CHIRPS_S: [f64; 3] = [2.0, 5.1, 8.4];
const LENGTH_S: f64 = 11.0;
/// As the parameters are by default: 20 ms and 5 ms.
const MARGIN: i64 = RATE_HZ as i64 / 50;
const FADE: i64 = RATE_HZ as i64 / 200;

/// First and last frame of a region, the latter not included.
type Region = (i64, i64);

fn set(name: &str, value: f64) -> Step {
    Step::SetParameter {
        name: String::from(name),
        value,
    }
}

fn activate(blocks: BlockSizes) -> Step {
    Step::Activate {
        rate_hz: RATE_HZ,
        blocks,
    }
}

/// Everything a transport does over a track that holds sounds: it begins before its zero, plays through, loops in the middle of a
/// sound, jumps, and stops.
fn transport() -> Vec<TransportStep> {
    let at = |seconds: f64| (seconds * f64::from(RATE_HZ)) as i64;
    vec![
        TransportStep::Jump { to: -1_000 },
        TransportStep::Roll {
            frames: at(LENGTH_S) as u64,
        },
        TransportStep::Loop {
            start: at(5.2),
            end: at(8.5),
            frames: at(8.0) as u64,
        },
        TransportStep::Stop { frames: 3_000 },
        TransportStep::Jump { to: at(1.9) },
        TransportStep::Roll {
            frames: at(0.6) as u64,
        },
        TransportStep::Jump { to: at(2.1) },
        TransportStep::Roll {
            frames: at(0.5) as u64,
        },
        TransportStep::Stop { frames: 2_000 },
    ]
}

/// A track that was recorded and scanned, with one of its regions rejected; then the `steps` with the same instance, which no longer
/// listens. Returns the regions that count, and what the host saw.
fn after_a_scan(sandbox: &Sandbox, build: &Build, steps: Vec<Step>) -> (Vec<Region>, Vec<Event>) {
    after_a_scan_watched(sandbox, build, Watch::Off, steps)
}

fn after_a_scan_watched(
    sandbox: &Sandbox,
    build: &Build,
    watch: Watch,
    steps: Vec<Step>,
) -> (Vec<Region>, Vec<Event>) {
    let sound = room_with_chirps(LENGTH_S, &CHIRPS_S, 1);
    let frames = sound.len() as u64;
    let mut session = vec![
        activate(BlockSizes::Fixed(512)),
        Step::Play {
            input: sandbox.write_wave("track.wav", RATE_HZ, vec![sound.clone(), sound]),
            output: None,
            transport: vec![
                TransportStep::Roll { frames },
                TransportStep::Stop { frames: 4_800 },
            ],
            pace: Pace::TimesRealTime(4.0),
        },
        Step::Hold { at_most_s: 90.0 },
        set("Listen", 0.0),
    ];
    session.extend(steps);
    let mut host = sandbox.start_watched(sandbox.runner(), build, watch, session);
    host.wait_until_holding().unwrap();
    let take = sandbox.scanned_take(build);
    let results = sandbox.cli(build, &["results", &take.filename()]);
    let seconds = |region: &Value, key: &str| region[key].as_f64().unwrap();
    let regions = results["regions"].as_array().unwrap();
    let all: Vec<(f64, f64)> = regions
        .iter()
        .map(|region| (seconds(region, "start_s"), seconds(region, "end_s")))
        .collect();
    assert_eq!(all.len(), CHIRPS_S.len(), "{results:#}");
    // Another program says that the second one is wrong.
    let path = take.path.display().to_string();
    let (start_s, end_s) = (all[1].0.to_string(), all[1].1.to_string());
    sandbox.cli(
        build,
        &[
            "negative", "add", &path, "--start", &start_s, "--end", &end_s,
        ],
    );
    let at = |seconds: f64| (seconds * f64::from(RATE_HZ)).round() as i64;
    let kept = [all[0], all[2]].map(|(start_s, end_s)| (at(start_s), at(end_s)));
    host.release();
    let outcome = host.finish().unwrap();
    assert!(!outcome.aborted(), "{}", outcome.errors);
    let events = outcome.into_events().unwrap();
    (kept.to_vec(), events)
}

/// The gain of "Only what was found" by its definition.
fn gain(regions: &[Region], at: i64) -> f32 {
    let inside = |&(start, end): &Region| {
        let (opens, closes) = (start - MARGIN, end + MARGIN);
        let nearest = (at - opens).min(closes - at);
        (nearest > 0 && (opens..closes).contains(&at))
            .then(|| (nearest as f32 / FADE as f32).min(1.0))
    };
    regions.iter().find_map(inside).unwrap_or(0.0)
}

/// Where each processed frame lay on the timeline; `None` while the transport stood.
fn positions(stretches: &[Stretch]) -> Vec<Option<i64>> {
    let mut positions = Vec::new();
    for stretch in stretches {
        positions.extend(
            (0..stretch.frames as i64).map(|frame| match stretch.motion {
                Motion::Rolling { position } => Some(position + frame),
                Motion::Stopped { .. } | Motion::FreeRunning => None,
            }),
        );
    }
    positions
}

fn play(sandbox: &Sandbox, input: &[f32], output: &str) -> Step {
    Step::Play {
        input: sandbox.write_wave("input.wav", RATE_HZ, vec![input.to_vec(), input.to_vec()]),
        output: Some(sandbox.path(output)),
        transport: transport(),
        pace: Pace::AsFastAsPossible,
    }
}

fn heard(sandbox: &Sandbox, output: &str) -> Vec<f32> {
    Wave::read(&sandbox.path(output))
        .unwrap()
        .channels
        .remove(1)
}

/// The notes and the stretches of everything that was played after the recording.
fn played(events: &[Event]) -> Vec<(&[Note], &[Stretch])> {
    let played = events.iter().filter_map(|event| match event {
        Event::Played {
            notes, stretches, ..
        } => Some((&notes[..], &stretches[..])),
        _ => None,
    });
    played.skip(1).collect()
}

#[test]
fn a_render_gives_what_was_found_and_the_rest_as_stems_that_add_up_to_the_track() {
    let build = Build::release();
    let sandbox = Sandbox::learned();
    let input = noise((LENGTH_S * 3.0 * f64::from(RATE_HZ)) as usize, 7);
    let steps = vec![
        Step::Deactivate,
        Step::RenderMode {
            mode: RenderMode::Offline,
        },
        activate(BlockSizes::Cycle(vec![1, 7, 64, 513, 2_048, 8_192])),
        // The second value of three.
        set("Output", 1.0),
        play(&sandbox, &input, "only.wav"),
        set("Output", 2.0),
        play(&sandbox, &input, "without.wav"),
        activate(BlockSizes::Fixed(8_192)),
        set("Output", 1.0),
        play(&sandbox, &input, "only-again.wav"),
        set("Output", 0.0),
        activate(BlockSizes::Fixed(512)),
        play(&sandbox, &input, "everything.wav"),
    ];
    let (regions, events) = after_a_scan(&sandbox, &build, steps);
    let positions = positions(played(&events)[0].1);
    let [only, again, without, everything] = ["only", "only-again", "without", "everything"]
        .map(|name| heard(&sandbox, &format!("{name}.wav")));
    let mut kept = 0;
    let mut stood = 0_i64;
    for (frame, position) in positions.iter().enumerate() {
        let sent = input.get(frame).copied().unwrap_or(0.0);
        assert_eq!(everything[frame].to_bits(), sent.to_bits(), "frame {frame}");
        stood = if position.is_none() { stood + 1 } else { 0 };
        // The stop is no edge of a region: what sounded fades out.
        if (1..=FADE).contains(&stood) {
            continue;
        }
        let wanted = position.map_or(0.0, |at| gain(&regions, at)) * sent;
        assert!(
            (only[frame] - wanted).abs() <= 1e-6,
            "frame {frame} at {position:?}"
        );
        assert!((only[frame] - again[frame]).abs() <= 1e-6, "frame {frame}");
        // The first block after "Output" has changed fades from one to the other.
        if frame as i64 > FADE {
            assert!(
                (only[frame] + without[frame] - sent).abs() <= 1e-6,
                "frame {frame}"
            );
        }
        kept += usize::from(wanted != 0.0);
    }
    assert!(
        kept > RATE_HZ as usize,
        "two sounds and more, several times"
    );
}

#[test]
fn a_note_is_sent_for_every_region_that_was_not_rejected_to_the_sample() {
    let build = Build::release();
    let sandbox = Sandbox::learned();
    let input = vec![0.25; (LENGTH_S * 3.0 * f64::from(RATE_HZ)) as usize];
    let render = |blocks| {
        [
            Step::Deactivate,
            Step::RenderMode {
                mode: RenderMode::Offline,
            },
            activate(blocks),
            play(&sandbox, &input, "notes.wav"),
        ]
    };
    let mut steps = vec![set("Send notes", 1.0)];
    steps.extend(render(BlockSizes::Fixed(512)));
    steps.extend(render(BlockSizes::Cycle(vec![8_192, 1, 33])));
    steps.push(set("Send notes", 0.0));
    steps.extend(render(BlockSizes::Fixed(512)));
    let (regions, events) = after_a_scan(&sandbox, &build, steps);
    let played = played(&events);
    for (notes, stretches) in &played[..2] {
        let positions = positions(stretches);
        let mut notes = notes.iter().peekable();
        let mut sounding = None;
        let mut before: Option<i64> = None;
        for (frame, position) in positions.iter().enumerate() {
            let region = position.and_then(|at| {
                regions
                    .iter()
                    .find(|(start, end)| (*start..*end).contains(&at))
            });
            let jumped = *position != before.map(|at| at + 1);
            if sounding.is_some() && (region != sounding || jumped) {
                let note = notes.next().expect("the end of a note");
                assert_eq!(
                    (note.frame, note.key, note.velocity),
                    (frame as u64, 60, None)
                );
                sounding = None;
            }
            if sounding.is_none() && region.is_some() {
                let note = notes.next().expect("a note");
                assert_eq!((note.frame, note.key), (frame as u64, 60));
                let velocity = note.velocity.expect("a velocity");
                assert!(
                    velocity > 0.5 && velocity <= 1.0,
                    "the score, here {velocity}"
                );
                sounding = region;
            }
            before = *position;
        }
        assert_eq!((notes.next(), sounding), (None, None));
    }
    assert!(played[0].0.len() > 10, "several sounds, loops and jumps");
    assert_eq!(played[2].0, []);
    // The sound itself is not touched.
    assert!(
        heard(&sandbox, "notes.wav")
            .iter()
            .all(|sample| *sample == 0.25)
    );
}

/// The debug build aborts where the audio thread allocates or frees; the release build is watched for system calls.
#[test]
fn lists_come_and_go_without_an_allocation_or_a_system_call_on_the_audio_thread() {
    let watch = if cfg!(target_os = "linux") {
        Watch::SystemCalls
    } else {
        Watch::Off
    };
    for (build, watch) in [(Build::debug(), Watch::Off), (Build::release(), watch)] {
        let sandbox = Sandbox::learned();
        let sound = room_with_chirps(LENGTH_S, &CHIRPS_S, 1);
        let input = sandbox.write_wave("again.wav", RATE_HZ, vec![sound.clone(), sound]);
        let roll = |seconds: f64| TransportStep::Roll {
            frames: (seconds * f64::from(RATE_HZ)) as u64,
        };
        // Every stop saves a version, and each is a new list.
        let mut transport = Vec::new();
        for _ in 0..4 {
            transport.push(TransportStep::Jump { to: 0 });
            transport.push(roll(2.7));
            transport.push(TransportStep::Stop { frames: 24_000 });
        }
        let steps = vec![
            set("Listen", 1.0),
            set("Output", 1.0),
            set("Send notes", 1.0),
            activate(BlockSizes::Fixed(512)),
            Step::Play {
                input,
                output: None,
                transport,
                pace: Pace::TimesRealTime(1.0),
            },
        ];
        let (_, events) = after_a_scan_watched(&sandbox, &build, watch, steps);
        let (notes, _) = played(&events)[0];
        assert!(!notes.is_empty(), "a list arrived");
    }
}

#[test]
fn the_timeline_of_a_track_is_what_was_found_in_all_its_takes() {
    let build = Build::release();
    let sandbox = Sandbox::learned();
    let sound = room_with_chirps(LENGTH_S, &CHIRPS_S, 1);
    let frames = sound.len() as u64;
    let minute = i64::from(RATE_HZ) * 60;
    let stop = || TransportStep::Stop { frames: 4_800 };
    let steps = vec![
        activate(BlockSizes::Fixed(512)),
        Step::Play {
            input: sandbox.write_wave(
                "track.wav",
                RATE_HZ,
                vec![
                    [sound.clone(), sound.clone()].concat(),
                    [sound.clone(), sound].concat(),
                ],
            ),
            output: None,
            transport: vec![
                TransportStep::Jump { to: minute },
                TransportStep::Roll { frames },
                TransportStep::Jump { to: 0 },
                TransportStep::Roll { frames },
                stop(),
            ],
            pace: Pace::TimesRealTime(4.0),
        },
        Step::Hold { at_most_s: 90.0 },
    ];
    let mut host = sandbox.start(&build, steps);
    host.wait_until_holding().unwrap();
    let takes = wait::until("a version of both takes", || {
        let takes = sandbox.takes();
        let is_scanned = |take: &TakeRow| !sandbox.versions(&build, &take.filename()).is_empty();
        let all = takes.len() == 2 && takes.iter().all(is_scanned);
        all.then_some(takes)
    });
    drop(host.finish().unwrap());
    let source: String = sandbox
        .open_database()
        .query_row("SELECT id FROM sources", [], |row| row.get(0))
        .unwrap();
    let timeline = sandbox.cli(&build, &["timeline", "--source", &source]);
    let mut wanted: Vec<(f64, String)> = Vec::new();
    for take in &takes {
        let results = sandbox.cli(&build, &["results", &take.filename()]);
        for region in results["regions"].as_array().unwrap() {
            let start_s = take.start as f64 / f64::from(RATE_HZ);
            wanted.push((
                start_s + region["start_s"].as_f64().unwrap(),
                take.filename(),
            ));
        }
    }
    wanted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let found = timeline["regions"].as_array().unwrap();
    assert_eq!(
        (found.len(), wanted.len()),
        (2 * CHIRPS_S.len(), 2 * CHIRPS_S.len())
    );
    for (region, (start_s, take)) in found.iter().zip(&wanted) {
        let difference_s = region["start_s"].as_f64().unwrap() - start_s;
        assert!(difference_s.abs() <= 0.5 / f64::from(RATE_HZ), "{region:#}");
        assert_eq!(region["take"].as_str(), Some(take.as_str()));
    }
    assert!(wanted[0].0 < 10.0 && wanted[5].0 > 60.0, "{wanted:?}");
}
