//! `cargo xtask eval`: how well sounds are found and learned, on real recordings whose truth is known.
//!
//! Builds the labelled files (`material`), lets `core/benches/evaluate` learn and search with the real engine, and prints
//! its figures. The heads of scikit-learn run in a Python environment of their own on the very same vectors.

mod classes;
mod material;
mod report;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde::Serialize;

use crate::python;
use crate::setup::Setup;
use crate::workspace::Workspace;
use report::Outcome;

/// The Python side of the comparison.
const SKLEARN: &str = include_str!("sklearn.py");
/// Targets of a quick run.
const QUICK_TARGETS: usize = 4;

/// What the user asked for.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// A few targets only, without scikit-learn.
    pub quick: bool,
    /// Decides which recordings are dealt to which side, and the order of sounds.
    pub seed: u64,
    /// Also write all figures here.
    pub json: Option<PathBuf>,
}

/// What is written as JSON.
#[derive(Serialize)]
struct Record<'a> {
    seed: u64,
    /// Checksum of all recordings: figures compare only where it is the same.
    recordings: String,
    outcomes: &'a [Outcome],
}

/// Measures and prints.
///
/// # Errors
/// If the set-up, the recordings or the measurement fails.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let setup = Setup::from_environment(workspace);
    setup.run()?;
    let python = if options.quick {
        None
    } else {
        Some(python::environment(setup.cache(), &python::SCIKIT_LEARN)?)
    };
    let folder = workspace
        .target()
        .join("eval")
        .join(options.seed.to_string());
    println!("Mixing the labelled recordings …");
    let recordings = setup.cache().folder().join("recordings");
    let checksum = material::build(&recordings, &folder, options.seed)?;
    println!("Learning and searching …");
    let outcomes = measure(workspace, &setup, &folder, python.as_deref())?;
    println!("\nRecordings {checksum}, seed {}", options.seed);
    report::print(&outcomes);
    if let Some(path) = &options.json {
        let record = Record {
            seed: options.seed,
            recordings: checksum,
            outcomes: &outcomes,
        };
        fs::write(path, serde_json::to_string_pretty(&record)?)
            .with_context(|| format!("{} cannot be written", path.display()))?;
    }
    Ok(())
}

/// Runs `core/benches/evaluate`, with the heads of scikit-learn when there is a `python`, else on a few targets.
fn measure(
    workspace: &Workspace,
    setup: &Setup,
    folder: &Path,
    python: Option<&Path>,
) -> Result<Vec<Outcome>> {
    let json = folder.join("outcomes.json");
    let mut command = workspace.cargo();
    command
        .args(["bench", "--quiet", "--package", "earmark-core"])
        .args(["--bench", "evaluate", "--", "--material"])
        .arg(folder)
        .arg("--json")
        .arg(&json)
        .env("EARMARK_RESOURCES", setup.cache().resources());
    if let Some(python) = python {
        let script = folder.join("sklearn_heads.py");
        fs::write(&script, SKLEARN)
            .with_context(|| format!("{} cannot be written", script.display()))?;
        command.arg("--python").arg(python);
        command.arg("--script").arg(script);
    } else {
        command.arg("--targets").arg(QUICK_TARGETS.to_string());
    }
    let status = command.status().context("cargo cannot be run")?;
    ensure!(
        status.success(),
        "the evaluation failed; its message is above"
    );
    let text =
        fs::read_to_string(&json).with_context(|| format!("{} cannot be read", json.display()))?;
    Ok(serde_json::from_str(&text)?)
}
