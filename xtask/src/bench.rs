//! `cargo xtask bench`: figures, each beside what it is compared against.

use crate::setup::Setup;
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use std::path::Path;

/// Measures `names`, or everything, and writes the figures to `json` too when asked.
///
/// # Errors
/// If the set-up or a measurement fails.
pub fn run(workspace: &Workspace, names: &[String], json: Option<&Path>) -> Result<()> {
    let setup = Setup::from_environment(workspace);
    setup.run()?;
    let mut command = workspace.cargo();
    command
        .args([
            "bench",
            "--quiet",
            "--package",
            "earmark-core",
            "--bench",
            "measure",
            "--",
        ])
        .args(names)
        .env("EARMARK_RESOURCES", setup.cache().resources());
    if let Some(json) = json {
        // Cargo runs the measurements in another folder than the one the user stands in.
        command.arg("--json").arg(std::path::absolute(json)?);
    }
    let status = command.status().context("cargo cannot be run")?;
    ensure!(
        status.success(),
        "a measurement failed; its message is above"
    );
    Ok(())
}
