//! Windows, built here and run under Wine: the tests of every crate, the command line's session beside the same on Linux,
//! and the bundled plugin in a host.
//!
//! What is the same on every system is tested once: tests of sound, of figures and of pictures stay away from Wine.

use super::super::heading;
use super::super::tally::Tally;
use super::second_try::run_tests;
use super::session::{self, Other};
use super::side::Runner;
use crate::bundle::windows as bundle;
use crate::foreign::{self, Artifacts, Prefix, Program, WINDOWS};
use crate::setup::Setup;
use crate::workspace::Workspace;
use crate::{screen, system};
use anyhow::{Context, Result, bail};
use std::path::Path;

/// What is built: as a user gets it, and its tests.
const SELECTION: [&str; 8] = [
    "--package=earmark-core",
    "--package=earmark",
    "--package=xtask",
    "--package=earmark-tests",
    "--lib",
    "--bins",
    "--tests",
    "--jobs=2",
];

/// Test programs that look the same on every system: they read sources, or compare figures.
const SAME_EVERYWHERE: [&str; 4] = ["arrows", "logmel", "embedding", "coded"];

/// Parts of the other test programs that do: what a model and a classifier make of sound, and how the window is laid out. Also
/// what needs Cargo, and a live scan that must keep up, which a build for debugging under Wine need not.
const SAME_PARTS: [&str; 14] = [
    "dependencies::",
    "editor::",
    "emptiness::",
    "exported_models::",
    "following::a_window_is_scored_before",
    "learning::",
    "margin::",
    "projecting::",
    "proving::",
    "second_model::",
    "seeing::",
    "watching::several_sounds_are_found_in_one_pass",
    "watching::two_sounds_beside_the_same_recordings",
    "waveform_models::",
];

/// What the hosts' tests do with the bundle of Windows.
const IN_HOSTS: [&str; 17] = [
    "audio::",
    "audition::",
    "bad_input::",
    "host_keys::",
    "lifecycle::",
    "output::",
    "pads::",
    "parameters::",
    "scan::",
    "sources::",
    "state::",
    "takes::",
    "timeline::",
    "two_windows::",
    "vst3_factory::",
    "window::",
    "window_size::",
];

/// Of those, what is left to Linux. What takes minutes in a build for debugging that draws in software: a name of ten million
/// letters, and a scan of a whole render. What only Linux lets a test see or stop: system calls, and another thread. And the scale
/// of the screen, which Windows itself tells a plugin.
const NOT_IN_HOSTS: [&str; 5] = [
    "output::lists_come_and_go",
    "scan::an_offline_render",
    "sources::a_source_whose_recorder_still_hangs",
    "window::a_project_with_a_hostile_state",
    "window_size::a_screen_with_more_pixels",
];

/// Runs everything for Windows.
///
/// # Errors
/// If something fails, or if a tool is missing and cannot be installed.
pub(in crate::test) fn run(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    heading("Windows: build");
    WINDOWS.provide()?;
    let made = foreign::build(workspace, &WINDOWS, &SELECTION)?;
    heading("Windows: set-up");
    system::provide(&screen::PACKAGES)?;
    let here = Setup::from_environment(workspace);
    here.run()?;
    let there = here.for_system(WINDOWS.platform);
    there.run()?;
    let folder = workspace.target().join("foreign");
    let world = World {
        workspace,
        prefix: Prefix::provide(&folder.join("wine"))?,
        setup: there,
    };
    // Everything is tried before the first failure ends it: a run takes minutes.
    let parts = [
        world.run_all_tests(&made, tally),
        session::run(
            workspace,
            &Other {
                name: WINDOWS.name,
                runner: Runner::Wine(&world.prefix),
                made: &made,
                setup: &world.setup,
            },
            tally,
        ),
        world.run_in_hosts(&made, tally),
    ];
    let failed: Vec<String> = parts
        .into_iter()
        .filter_map(|part| part.err().map(|error| format!("{error:#}")))
        .collect();
    if !failed.is_empty() {
        bail!("on Windows: {}", failed.join("\n"));
    }
    Ok(())
}

/// The Windows, and what programs in it are told.
struct World<'a> {
    workspace: &'a Workspace,
    prefix: Prefix,
    setup: Setup,
}

impl World<'_> {
    /// Runs every test program, and fails at the end if one of them did.
    fn run_all_tests(&self, made: &Artifacts, tally: &mut Tally) -> Result<()> {
        let of_hosts = self.workspace.root().join("tests");
        let mut programs: Vec<_> = made
            .tests()
            .filter(|program| program.package != of_hosts)
            .filter(|program| !SAME_EVERYWHERE.contains(&program.name.as_str()))
            .collect();
        programs.sort_by(|a, b| (&a.package, &a.name).cmp(&(&b.package, &b.name)));
        let mut failed = Vec::new();
        for program in programs {
            let package = program.package.file_name().unwrap_or_default();
            heading(&format!(
                "Windows: tests of {} in {}",
                program.name,
                package.to_string_lossy()
            ));
            if self.run_tests_of(program, tally).is_err() {
                failed.push(program.name.as_str());
            }
        }
        if !failed.is_empty() {
            bail!("tests of {} failed", failed.join(", "));
        }
        Ok(())
    }

    fn run_tests_of(&self, program: &Program, tally: &mut Tally) -> Result<()> {
        let cache = self.setup.cache();
        let mut filters = vec!["--test-threads", "2"];
        filters.extend(SAME_PARTS.iter().flat_map(|part| ["--skip", part]));
        let mut command = self.prefix.command(&program.path);
        command
            .current_dir(&program.package)
            .env("EARMARK_RESOURCES", in_windows(&cache.resources()))
            .env(
                "EARMARK_TEST_WHOLE_MODEL",
                in_windows(cache.whole().as_path()),
            )
            .env("CARGO_MANIFEST_DIR", in_windows(&program.package));
        run_tests(&command, &filters, tally)
    }

    /// The tests of the built bundles on the bundle of Windows. The tests and the screen are this system's; the host and the
    /// plugin are in the Windows.
    fn run_in_hosts(&self, made: &Artifacts, tally: &mut Tally) -> Result<()> {
        heading("Windows: the bundle in a host");
        let folder = self.workspace.target().join("foreign/bundled-debug");
        let bundles = bundle::lay_out(self.workspace, made, &folder)?;
        let host = made
            .program("earmark-test-host")
            .context("no earmark-test-host.exe was built")?;
        let programs = host.path.parent().unwrap_or(Path::new("."));
        let mut command = self.workspace.cargo();
        command
            .args([
                "test",
                "--workspace",
                "--no-fail-fast",
                "--test",
                "earmark",
                "--",
            ])
            .env("EARMARK_TEST_BUNDLES", bundles.folder())
            .env("EARMARK_TEST_BUNDLES_DEBUG", bundles.folder())
            .env("EARMARK_TEST_WINDOWS_PROGRAMS", programs);
        self.prefix.equip(&mut command);
        let mut filters = IN_HOSTS.to_vec();
        filters.extend(NOT_IN_HOSTS.iter().flat_map(|name| ["--skip", name]));
        run_tests(&command, &filters, tally)
    }
}

fn in_windows(path: &Path) -> String {
    Prefix::windows_path(path)
}
