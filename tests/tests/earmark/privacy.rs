//! What Earmark leaves on a user's disk is Earmark's, and where the README says.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use xtask::host::{BlockSizes, Pace, Step, TransportStep};

use crate::support::signals::{RATE_HZ, room};
use crate::support::{Build, Sandbox, wait};

/// Continuous integration switches off what some libraries do behind their user's back; the tests want to see it.
const QUIETENS: [&str; 4] = ["CI", "GITHUB_ACTIONS", "TF_BUILD", "ORT_DISABLE_TELEMETRY"];

/// Everything in the sandbox's folder, as paths from there.
fn files(sandbox: &Sandbox) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    collect(&sandbox.path(""), Path::new(""), &mut found);
    found
}

fn collect(folder: &Path, name: &Path, found: &mut BTreeSet<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = name.join(entry.file_name());
        if entry.path().is_dir() {
            collect(&entry.path(), &name, found);
        } else {
            found.insert(name);
        }
    }
}

/// The runtime that scans, among others, must not write or send anything of its own: a device identifier in the
/// user's cache folder was how one gave itself away.
#[test]
fn playing_and_scanning_leave_nothing_outside_earmarks_own_folders() {
    let build = Build::release();
    let sandbox = Sandbox::learned();
    let sound = room(3.0, 1);
    let input = sandbox.write_wave("in.wav", RATE_HZ, vec![sound.clone(), sound.clone()]);
    let before = files(&sandbox);
    let mut runner = sandbox.runner();
    for variable in QUIETENS {
        runner.env_remove(variable);
    }
    let steps = vec![
        Step::Activate {
            rate_hz: RATE_HZ,
            blocks: BlockSizes::Fixed(512),
        },
        Step::Play {
            input,
            output: None,
            transport: vec![
                TransportStep::Roll {
                    frames: sound.len() as u64,
                },
                TransportStep::Stop { frames: 4800 },
            ],
            pace: Pace::AsFastAsPossible,
        },
        Step::Hold { at_most_s: 90.0 },
    ];
    let mut host = sandbox.start_with(runner, &build, steps);
    host.wait_until_holding().unwrap();
    let take = wait::until("a saved version", || {
        let take = sandbox.takes().pop()?;
        let versions = sandbox.cli(&build, &["versions", &take.filename()]);
        (!versions.as_array()?.is_empty()).then_some(take)
    });
    host.finish().unwrap().into_events().unwrap();

    let path = take.path.display().to_string();
    let mut scan = sandbox.command_line(&build, &["scan", &path]);
    for variable in QUIETENS {
        scan.env_remove(variable);
    }
    assert!(scan.output().unwrap().status.success());

    let own = ["takes", "embeddings", "earmark.db"];
    let strange: Vec<_> = files(&sandbox)
        .difference(&before)
        .filter(|file| {
            !own.iter()
                .any(|own| file.to_string_lossy().starts_with(own))
        })
        .cloned()
        .collect();
    assert!(strange.is_empty(), "left behind: {strange:?}");
}
