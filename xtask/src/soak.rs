//! `cargo xtask soak`: half an hour of everything a host does, while every core is busy. The session itself is a test
//! that is ignored otherwise; this builds what it needs and runs it.

use crate::bundle::{self, Profile};
use crate::workspace::Workspace;
use crate::{screen, system};
use anyhow::{Context, Result, ensure};
use std::path::Path;

/// The test, by the room it is in.
const TEST: &str = "soak::";

/// Plays for so many minutes, and writes the summary to `report` too when asked.
///
/// # Errors
/// If the set-up fails, or anything was lost, leaked or left.
pub fn run(workspace: &Workspace, minutes: f64, report: Option<&Path>) -> Result<()> {
    system::provide(&screen::PACKAGES)?;
    let release = bundle::run(workspace, Profile::Release)?;
    let mut command = workspace.cargo();
    command
        .args([
            "test",
            "--package",
            "earmark-tests",
            "--test",
            "earmark",
            TEST,
        ])
        .args(["--", "--ignored", "--nocapture"])
        .env("EARMARK_TEST_BUNDLES", release.folder())
        .env("EARMARK_SOAK_MINUTES", minutes.to_string());
    if let Some(report) = report {
        // Cargo runs tests in another folder than the one the user stands in.
        command.env("EARMARK_SOAK_REPORT", std::path::absolute(report)?);
    }
    let status = command.status().context("cargo cannot be run")?;
    ensure!(status.success(), "the soak failed; its message is above");
    Ok(())
}
