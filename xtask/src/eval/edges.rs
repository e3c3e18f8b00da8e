//! Fits the weights of the boundary model to the edges of the choosing set, whose true places are known, and writes them into its
//! source. It must never look at the reserved set.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::evaluation;
use crate::setup::Setup;
use crate::workspace::Workspace;

const SCRIPT: &str = include_str!("edges.py");
/// What the weights are written to, in the workspace.
const WEIGHTS: &str = "core/src/scan/boundary/weights.rs";

/// Lets the engine find what it finds in the files of `folder`, fits, and prints how well the fit does on classes that it did not
/// learn from.
pub fn fit(workspace: &Workspace, setup: &Setup, folder: &Path, python: &Path) -> Result<()> {
    let edges = folder.join("edges.jsonl");
    println!("Finding edges whose true places are known …");
    let mut command = evaluation(workspace, setup, folder, python)?;
    let status = command.arg("--edges").arg(&edges).status();
    ensure!(
        status.context("cargo cannot be run")?.success(),
        "the edges could not be found; the message is above"
    );
    let script = folder.join("edges.py");
    fs::write(&script, SCRIPT)
        .with_context(|| format!("{} cannot be written", script.display()))?;
    println!("Fitting …");
    let weights = workspace.root().join(WEIGHTS);
    let status = Command::new(python)
        .arg(&script)
        .arg(&edges)
        .arg(&weights)
        .status()
        .context("Python cannot be run")?;
    ensure!(
        status.success(),
        "the boundary model could not be fitted; the message is above"
    );
    let mut format = workspace.cargo();
    let status = format.args(["fmt", "--package", "earmark-core"]).status();
    ensure!(
        status.context("cargo cannot be run")?.success(),
        "{WEIGHTS} could not be formatted"
    );
    Ok(())
}
