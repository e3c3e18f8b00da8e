//! Linux on 64-bit ARM, built here: its command line runs on an emulated processor beside the one of this system.

use super::super::heading;
use super::super::tally::Tally;
use super::session::{self, Other};
use super::side::Runner;
use crate::foreign::{self, Emulator, LINUX_ARM};
use crate::setup::Setup;
use crate::workspace::Workspace;
use anyhow::Result;

/// Optimised: the emulated processor takes over an hour for a training otherwise.
const SELECTION: [&str; 4] = ["--release", "--package=earmark-core", "--bins", "--jobs=2"];

/// Plays the command line's session on both.
///
/// # Errors
/// If they differ, or if a tool is missing and cannot be installed.
pub(in crate::test) fn run(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    heading("Linux on ARM: build");
    LINUX_ARM.provide()?;
    let made = foreign::build(workspace, &LINUX_ARM, &SELECTION)?;
    let here = Setup::from_environment(workspace);
    here.run()?;
    let there = here.for_system(LINUX_ARM.platform);
    there.run()?;
    let emulator = Emulator::provide(&workspace.target().join("foreign/arm"))?;
    let other = Other {
        name: LINUX_ARM.name,
        runner: Runner::Emulator(&emulator),
        made: &made,
        setup: &there,
    };
    session::run(workspace, &other, tally)
}
