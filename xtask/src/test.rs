//! `cargo xtask test`: everything that must hold, from a fresh clone, with its own set-up.
//!
//! Stops at the first section that fails. The last line of standard output is always `N passed, M failed`. A section makes
//! the set-up that it needs and no other: the lints need no package, no model and no Python.

mod dependencies;
mod foreign;
mod lint;
mod tally;

use crate::bundle::{self, Bundles, Profile};
use crate::foreign::{MAC_ARM, WINDOWS};
use crate::setup::Setup;
use crate::soundscape::fetch_package;
use crate::workspace::Workspace;
use crate::{AlreadyReported, python, screen, system};
use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write, stdout};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tally::Tally;

/// Debian packages for building and for the set-up.
const BUILD_PACKAGES: [&str; 3] = ["git", "python3-pip", "python3-venv"];

/// The DAWs that play projects with the plugin in it, on Linux, the sound server of the second, and what runs the scripts for a
/// third, which Debian does not have.
const DAW_PACKAGES: [&str; 4] = ["ardour", "qtractor", "jackd2", "lua5.4"];

/// Debian packages with recordings, together 61 MB, for the test of a library.
const RECORDINGS: [&str; 3] = [
    "minetest-data",
    "klettres-data",
    "asterisk-core-sounds-en-wav",
];

/// The cluster on which shared scans are tested: two nodes on this machine. Without it that test says that it is left out.
const CLUSTER_PACKAGES: [&str; 4] = ["slurmctld", "slurmd", "slurm-client", "munge"];

/// A part of the tests that can be run alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Section {
    /// Formatting, clippy, documentation and what the dependencies may be
    Lint,
    /// The tests of every crate except the host tests
    Unit,
    /// The built bundles in real hosts
    Host,
    /// Everything that differs on Windows: built here, and run under Wine
    Windows,
    /// The types of everything on macOS
    Macos,
    /// The command line on 64-bit ARM, built here, and run on an emulated processor
    Arm,
}

/// What runs a section for another system.
type ForeignSection = fn(&Workspace, &mut Tally) -> Result<()>;

/// Runs the tests, or only one section of them.
///
/// # Errors
/// If a section fails or its set-up cannot be made.
pub fn run(workspace: &Workspace, only: Option<Section>) -> Result<()> {
    let mut tally = Tally::default();
    let result = run_sections(workspace, only, &mut tally);
    // A section that fails without a failed test (a lint, a build, an abort) must not read as a success.
    if result.is_err() {
        tally.failed = tally.failed.max(1);
    }
    // The reason goes first: the count is the last line.
    if let Err(error) = &result {
        eprintln!("\nerror: {error:#}");
    }
    println!("\n{tally}");
    result.map_err(|_| AlreadyReported.into())
}

fn run_sections(workspace: &Workspace, only: Option<Section>, tally: &mut Tally) -> Result<()> {
    let wants = |section| only.is_none_or(|only| only == section);
    if wants(Section::Lint) {
        lint::run(workspace)?;
    }
    if only.is_none_or(|only| matches!(only, Section::Unit | Section::Host)) {
        run_here(workspace, only, tally)?;
    }
    for (section, target, run) in [
        (
            Section::Windows,
            WINDOWS,
            foreign::windows as ForeignSection,
        ),
        (Section::Macos, MAC_ARM, foreign::macos),
    ] {
        match only {
            Some(only) if only == section => run(workspace, tally)?,
            Some(_) => {}
            None => match target.obstacle()? {
                Some(obstacle) => println!("\n{} is passed over: {obstacle}", target.name),
                None => run(workspace, tally)?,
            },
        }
    }
    // An emulated processor takes an hour for what differs least.
    if only == Some(Section::Arm) {
        foreign::arm(workspace, tally)?;
    }
    Ok(())
}

/// The tests of this system.
fn run_here(workspace: &Workspace, only: Option<Section>, tally: &mut Tally) -> Result<()> {
    let wants = |section| only.is_none_or(|only| only == section);
    heading("Set-up");
    let surroundings = Surroundings::prepare(workspace, wants(Section::Host))?;
    let mut command = workspace.cargo();
    command.args(["test", "--workspace", "--no-fail-fast"]);
    if wants(Section::Host) {
        heading("Debug bundle");
        let debug = bundle::run(workspace, Profile::Debug)?;
        heading("Release bundle");
        let release = bundle::run(workspace, Profile::Release)?;
        surroundings.describe_hosts(&mut command, &debug, &release);
    }
    match only {
        Some(Section::Unit) => command.args(["--exclude", "earmark-tests"]),
        // `--workspace` stays, so that Cargo chooses the same features and builds nothing twice.
        Some(Section::Host) => command.args(["--test", "earmark"]),
        _ => &mut command,
    };
    surroundings.describe_resources(&mut command);
    if wants(Section::Unit) && provide_cluster()? {
        command.env("EARMARK_TEST_SLURM", "1");
    }
    heading("Tests");
    run_tests(&mut command, tally)
}

/// Whether there is a cluster to test on. Its daemons are started by the test, and need to be root's.
fn provide_cluster() -> Result<bool> {
    if !system::may_install() {
        println!(
            "The test on a cluster is left out: it needs a Debian-like system, root, and\n\n    {}\n",
            system::install_line(&CLUSTER_PACKAGES)
        );
        return Ok(false);
    }
    system::provide(&CLUSTER_PACKAGES)?;
    Ok(true)
}

/// What the tests need around them.
struct Surroundings {
    setup: Setup,
    /// With the VST3 hosts.
    python: Option<PathBuf>,
    /// With pandas and soundfile.
    readers: PathBuf,
}

impl Surroundings {
    fn prepare(workspace: &Workspace, with_hosts: bool) -> Result<Self> {
        let mut packages = BUILD_PACKAGES.to_vec();
        if with_hosts {
            packages.extend(screen::PACKAGES);
            packages.extend(screen::READER_PACKAGES);
            packages.extend(DAW_PACKAGES);
        }
        system::provide(&packages)?;
        let setup = Setup::from_environment(workspace);
        setup.run()?;
        if with_hosts && cfg!(target_os = "linux") {
            for package in RECORDINGS {
                fetch_package(package, &recordings_in(&setup))?;
            }
        }
        let python = with_hosts
            .then(|| python::environment(setup.cache(), &python::VST3_HOSTS))
            .transpose()?;
        let readers = python::environment(setup.cache(), &python::READERS)?;
        Ok(Self {
            setup,
            python,
            readers,
        })
    }

    fn describe_resources(&self, command: &mut Command) {
        command.env("EARMARK_RESOURCES", self.setup.cache().resources());
        command.env("EARMARK_TEST_WHOLE_MODEL", self.setup.cache().whole());
        command.env("EARMARK_TEST_READERS", &self.readers);
    }

    fn describe_hosts(&self, command: &mut Command, debug: &Bundles, release: &Bundles) {
        command.env("EARMARK_TEST_BUNDLES", release.folder());
        command.env("EARMARK_TEST_BUNDLES_DEBUG", debug.folder());
        command.env("EARMARK_TEST_RECORDINGS", recordings_in(&self.setup));
        if let Some(python) = &self.python {
            command.env("EARMARK_TEST_PYTHON", python);
        }
    }
}

fn recordings_in(setup: &Setup) -> PathBuf {
    setup.cache().folder().join("recordings")
}

/// Runs tests, lets their output through and counts.
fn run_tests(command: &mut Command, tally: &mut Tally) -> Result<()> {
    if watch_tests(command, tally)? {
        return Ok(());
    }
    bail!(
        "`{}` failed; the tests that did are listed above",
        display(command)
    )
}

/// Runs tests, lets their output through and counts. Whether all is well: no test failed, and no program ended by itself.
fn watch_tests(command: &mut Command, tally: &mut Tally) -> Result<bool> {
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("{} cannot be run", command.get_program().display()))?;
    let output = child
        .stdout
        .take()
        .context("the output of the tests cannot be read")?;
    let mut lines = BufReader::new(output);
    let mut line = Vec::new();
    // Bytes, not text: a test may print anything.
    while lines
        .read_until(b'\n', &mut line)
        .context("the output of the tests cannot be read")?
        > 0
    {
        stdout()
            .write_all(&line)
            .context("the output cannot be written")?;
        tally.read(&String::from_utf8_lossy(&line));
        line.clear();
    }
    let status = child.wait().context("the tests cannot be waited for")?;
    Ok(status.success())
}

fn display(command: &Command) -> String {
    let arguments: Vec<_> = command.get_args().map(OsStr::to_string_lossy).collect();
    let program = Path::new(command.get_program()).file_stem();
    let program = program.unwrap_or_default().to_string_lossy();
    format!("{program} {}", arguments.join(" "))
}

fn heading(text: &str) {
    println!("\n=== {text} ===");
}
