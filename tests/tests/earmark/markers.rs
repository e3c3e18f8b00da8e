//! The actions for DAWs in `daw/`: what was found on a track becomes markers of the open project. Ardour itself runs its action;
//! REAPER's run against a stand-in for REAPER, which Debian does not have. Linux only, as are the programs.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use xtask::host::{BlockSizes, Pace, Step, TransportStep};

use crate::support::ardour::ArdourSession;
use crate::support::signals::{RATE_HZ, room_with_chirps};
use crate::support::{Build, Sandbox};

/// A name that a shell would make much of.
const TRACK: &str = r#"Bob's "door" $(touch harmed) `x` %PATH% & 門	\n"#;
const PROJECT_START: i64 = 3600 * RATE_HZ as i64;
const CHIRPS_S: [f64; 2] = [1.0, 3.2];

fn in_repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// A user whose track was played and scanned, with the command line where it is installed. Also the take.
fn scanned(build: &Build) -> (Sandbox, String) {
    let sandbox = Sandbox::learned();
    let sound = room_with_chirps(5.0, &CHIRPS_S, 21);
    let frames = sound.len() as u64;
    let steps = vec![
        Step::SetTrackName {
            name: Some(TRACK.to_owned()),
        },
        Step::Activate {
            rate_hz: RATE_HZ,
            blocks: BlockSizes::Fixed(512),
        },
        Step::Play {
            input: sandbox.write_wave("in.wav", RATE_HZ, vec![sound.clone(), sound]),
            output: None,
            transport: vec![
                TransportStep::Jump { to: PROJECT_START },
                TransportStep::Roll { frames },
                TransportStep::Stop { frames: 512 },
            ],
            pace: Pace::TimesRealTime(4.0),
        },
        Step::Hold { at_most_s: 90.0 },
    ];
    let mut host = sandbox.start(build, steps);
    host.wait_until_holding().unwrap();
    let take = sandbox.scanned_take(build).path.display().to_string();
    drop(host.finish().unwrap());
    let programs = sandbox.path(".local/bin");
    std::fs::create_dir_all(&programs).unwrap();
    std::os::unix::fs::symlink(build.command_line(), programs.join("earmark")).unwrap();
    (sandbox, take)
}

/// What the command line says was found on the track.
fn regions(sandbox: &Sandbox, build: &Build) -> Vec<Value> {
    let arguments = ["timeline", "--source", TRACK, "--include-rejected"];
    let found = sandbox.cli(build, &arguments)["regions"].clone();
    found.as_array().unwrap().clone()
}

/// Marks the last region as negative.
fn reject_last(sandbox: &Sandbox, build: &Build, take: &str) {
    let results = sandbox.cli(build, &["results", take]);
    let last = results["regions"]
        .as_array()
        .unwrap()
        .last()
        .unwrap()
        .clone();
    let at = |key: &str| last[key].to_string();
    let (start, end) = (at("start_s"), at("end_s"));
    sandbox.cli(
        build,
        &["negative", "add", take, "--start", &start, "--end", &end],
    );
}

/// How a marker of the region is called, before what tells it from a user's.
fn marker_name(region: &Value) -> String {
    format!(
        "Earmark {} {:.2}",
        region["state"].as_str().unwrap(),
        region["score"].as_f64().unwrap()
    )
}

type Span = (i64, i64);

fn span_of(region: &Value) -> Span {
    let at = |key: &str| region[key].as_i64().unwrap();
    (at("start_sample"), at("end_sample"))
}

#[test]
fn ardours_action_makes_markers_once_and_replaces_only_its_own() {
    let build = Build::release();
    let (sandbox, take) = scanned(&build);
    let found = regions(&sandbox, &build);
    assert_eq!(found.len(), CHIRPS_S.len(), "{found:#?}");
    let list = sandbox.path("markers.tsv");
    let action = in_repository("daw/ardour/earmark_regions_to_markers.lua");
    let ardour = ArdourSession::bare(&sandbox, RATE_HZ);
    let act = |runs: &str| {
        let (action, list) = (action.display().to_string(), list.display().to_string());
        ardour.run_script("markers_ardour.lua", &[TRACK, &action, &list, runs]);
    };
    act("2");
    reject_last(&sandbox, &build, &take);
    act("1");

    let text = std::fs::read_to_string(&list).unwrap();
    let runs: Vec<Vec<(Span, &str)>> = text.split_terminator("\n\n").map(markers_in).collect();
    let [first, second, third] = &runs[..] else {
        panic!("{text}");
    };
    assert_eq!(first, second, "a second run changes nothing");
    let theirs = ((4800, 9600), "Earmark found 0.97 #000000");
    assert_eq!(first[0], theirs);
    for (region, (span, name)) in found.iter().zip(&first[1..]) {
        assert_eq!(*span, span_of(region));
        assert!(name.starts_with(&marker_name(region)), "{name}");
    }
    assert_eq!(first.len(), 1 + found.len());

    // The user renamed the first between the runs, so a new one lies beside it; the last became negative.
    let now = regions(&sandbox, &build);
    assert_eq!(now.last().unwrap()["state"], "negative");
    assert_eq!(third[0], theirs);
    assert!(third.contains(&(span_of(&found[0]), "Mine")), "{third:?}");
    for region in &now {
        let is_its_marker = |(span, name): &&(Span, &str)| {
            *span == span_of(region) && name.starts_with(&marker_name(region))
        };
        assert_eq!(third.iter().filter(is_its_marker).count(), 1, "{third:?}");
    }
    assert_eq!(third.len(), 2 + now.len(), "{third:?}");
    assert!(!sandbox.path("harmed").exists() && !Path::new("harmed").exists());
}

/// The markers of one run, by their places.
fn markers_in(text: &str) -> Vec<(Span, &str)> {
    let marker = |line| {
        let fields: Vec<&str> = str::splitn(line, 3, '\t').collect();
        (
            (fields[0].parse().unwrap(), fields[1].parse().unwrap()),
            fields[2],
        )
    };
    let mut markers: Vec<_> = text.lines().map(marker).collect();
    markers.sort_unstable();
    markers
}

/// What the driver printed after each run: identifier, start, end, name and colour of every marker.
fn listed<'a>(said: &'a [String], run: &str) -> Vec<Vec<&'a str>> {
    let fields = said.iter().map(|line| line.split('\t').collect::<Vec<_>>());
    fields.filter(|fields| fields[0] == run).collect()
}

#[test]
fn reapers_actions_call_only_what_is_documented_and_replace_only_their_own() {
    let build = Build::release();
    let (sandbox, take) = scanned(&build);
    let found = regions(&sandbox, &build);
    let of_tests = in_repository("tests/tests/earmark/lua");
    let mut driver = Command::new("lua5.4");
    sandbox.equip(&mut driver);
    let mut driver = driver
        .arg(of_tests.join("markers_reaper.lua"))
        .arg(in_repository("daw/reaper"))
        .arg(TRACK)
        .arg(of_tests.join("reaper.lua"))
        .current_dir(sandbox.path(""))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("lua5.4 cannot be run; `cargo xtask test` installs it");
    let mut said: Vec<String> = Vec::new();
    let mut corrections = driver.stdin.take().unwrap();
    for line in BufReader::new(driver.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        if line == "pause" {
            reject_last(&sandbox, &build, &take);
            writeln!(corrections).unwrap();
        }
        said.push(line);
    }
    assert!(driver.wait().unwrap().success(), "{said:#?}");

    let (first, second, third) = (
        listed(&said, "first"),
        listed(&said, "second"),
        listed(&said, "third"),
    );
    let but_run = |run: &[Vec<&str>]| {
        run.iter()
            .map(|line| line[1..].concat())
            .collect::<Vec<_>>()
    };
    assert_eq!(but_run(&first), but_run(&second), "{said:#?}");
    assert_eq!(first.len(), 2 + found.len(), "{said:#?}");
    let seconds = |region: &Value, key: &str| format!("{:.6}", region[key].as_f64().unwrap());
    let of_region = |run: &[Vec<&str>], region: &Value| -> Vec<String> {
        let is_its = |line: &&Vec<&str>| {
            line[3] == seconds(region, "start_s")
                && line[4] == seconds(region, "end_s")
                && line[5] == marker_name(region)
        };
        run.iter()
            .filter(is_its)
            .map(|line| line[6].to_owned())
            .collect()
    };
    for region in &found {
        assert_eq!(of_region(&first, region), ["01e8864a"], "{said:#?}");
    }
    let hits: Vec<String> = found
        .iter()
        .map(|region| seconds(region, "start_s"))
        .collect();
    let went: Vec<&str> = listed(&said, "next").iter().map(|line| line[1]).collect();
    assert_eq!(went, [&hits[0], &hits[1], &hits[1]]);
    assert_eq!(listed(&said, "previous")[0][1], hits[0]);
    assert_eq!(listed(&said, "undo")[0][1], "2");

    // The renamed one and the user's three stay; the last became negative, in red.
    let now = regions(&sandbox, &build);
    assert_eq!(third.len(), 4 + now.len(), "{said:#?}");
    for (region, colour) in now.iter().zip(["01e8864a", "013c46c8"]) {
        assert_eq!(of_region(&third, region), [colour], "{said:#?}");
    }
    for name in ["Mine", "Verse", "Intro", "Earmark found 0.97"] {
        assert!(third.iter().any(|line| line[5] == name), "{said:#?}");
    }
    let messages: Vec<&str> = listed(&said, "message")
        .iter()
        .map(|line| line[1])
        .collect();
    assert_eq!(
        messages[0],
        "Earmark: There is no hit after the edit cursor."
    );
    assert!(
        messages[1].starts_with("Earmark: no track that Earmark has recorded is called Drums"),
        "{messages:?}"
    );
    // An unknown track changes nothing.
    assert_eq!(but_run(&listed(&said, "fourth")), but_run(&third));
    assert!(!sandbox.path("harmed").exists());
}
