//! `cargo xtask bench`: figures, each beside what it is compared against.
//!
//! Three programs measure: one the core alone, one the window without a screen, one the built plugin in a host. This starts
//! whichever is needed and joins what they found into one list.

use crate::bundle::{self, Profile};
use crate::python;
use crate::setup::Setup;
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What is measured in a host; what is in neither list the core's program measures, or says that there is no such figure.
const IN_A_HOST: [&str; 10] = [
    "process_ns_64",
    "process_ns_512",
    "process_ns_8192",
    "instantiate_ms",
    "memory_mb_instances_1",
    "memory_mb_instances_16",
    "memory_mb_instances_64",
    "remove_in_mid_scan_ms",
    "offline_x_realtime",
    "dropped_frames_under_load",
];

/// The figure that is compared with scikit-learn.
const BESIDE_SCIKIT_LEARN: &str = "train_1000_ms";
/// The figure that is also compared with onnxruntime in Python.
const BESIDE_ONNX_RUNTIME: &str = "scan_x_realtime";
/// What is measured in a window without a screen.
const IN_THE_WINDOW: [&str; 5] = [
    "editor_frame_ms_100",
    "editor_frame_ms_10000",
    "editor_frame_ms_100000",
    "editor_frame_ms_negatives_100000",
    "editor_idle_repaints_per_s",
];

/// The package of the plugin that the host's figures are compared with.
const PASSTHROUGH: &str = "earmark-passthrough";

/// Measures `names`, or everything, and writes the figures to `json` too when asked.
///
/// # Errors
/// If the set-up or a measurement fails.
pub fn run(workspace: &Workspace, names: &[String], json: Option<&Path>) -> Result<()> {
    let setup = Setup::from_environment(workspace);
    setup.run()?;
    let (in_a_host, others): (Vec<&String>, Vec<&String>) = names
        .iter()
        .partition(|name| IN_A_HOST.contains(&name.as_str()));
    let (in_the_window, of_the_core): (Vec<&String>, Vec<&String>) = others
        .into_iter()
        .partition(|name| IN_THE_WINDOW.contains(&name.as_str()));
    let mut figures = Vec::new();
    if names.is_empty() || !of_the_core.is_empty() {
        let mut command = measuring(workspace, "earmark-core", "measure");
        command
            .args(of_the_core)
            .env("EARMARK_RESOURCES", setup.cache().resources());
        if names.is_empty() || names.iter().any(|name| name == BESIDE_SCIKIT_LEARN) {
            let python = python::environment(setup.cache(), &python::SCIKIT_LEARN)?;
            command.env("EARMARK_BENCH_PYTHON", python);
        }
        if names.is_empty() || names.iter().any(|name| name == BESIDE_ONNX_RUNTIME) {
            let python = python::environment(setup.cache(), &python::ONNX_RUNTIME)?;
            command.env("EARMARK_BENCH_ONNXRUNTIME_PYTHON", python);
        }
        figures.extend(measure(&mut command)?);
    }
    if names.is_empty() || !in_the_window.is_empty() {
        let mut command = measuring(workspace, "earmark", "editor");
        figures.extend(measure(command.args(in_the_window))?);
    }
    if names.is_empty() || !in_a_host.is_empty() {
        let bundles = bundle::run(workspace, Profile::Release)?;
        let mut command = measuring(workspace, "earmark-tests", "host");
        command
            .args(in_a_host)
            .env("EARMARK_TEST_BUNDLES", bundles.folder())
            .env("EARMARK_BENCH_PASSTHROUGH", passthrough(workspace)?);
        figures.extend(measure(&mut command)?);
    }
    let text = serde_json::to_string_pretty(&figures)?;
    println!("{text}");
    if let Some(json) = json {
        std::fs::write(json, text)
            .with_context(|| format!("{} cannot be written", json.display()))?;
    }
    Ok(())
}

/// `cargo bench` of one program, up to its own arguments.
fn measuring(workspace: &Workspace, package: &str, program: &str) -> Command {
    let mut command = workspace.cargo();
    command.args([
        "bench",
        "--quiet",
        "--package",
        package,
        "--bench",
        program,
        "--",
    ]);
    command
}

/// Runs a program that measures, and returns what it found.
fn measure(command: &mut Command) -> Result<Vec<Value>> {
    let folder = tempfile::tempdir()?;
    let json = folder.path().join("figures.json");
    let status = command
        .arg("--json")
        .arg(&json)
        // It prints the same there.
        .stdout(Stdio::null())
        .status()
        .context("cargo cannot be run")?;
    ensure!(
        status.success(),
        "a measurement failed; its message is above"
    );
    let text = std::fs::read(&json).context("the measurements left no figures")?;
    Ok(serde_json::from_slice(&text)?)
}

/// Builds the plugin that does nothing. Its library is a CLAP plugin as it is.
fn passthrough(workspace: &Workspace) -> Result<PathBuf> {
    let status = workspace
        .cargo()
        .args(["build", "--release", "--package", PASSTHROUGH])
        .status()
        .context("cargo cannot be run")?;
    ensure!(
        status.success(),
        "the build failed; see what cargo says above"
    );
    let library = format!(
        "{}earmark_passthrough{}",
        std::env::consts::DLL_PREFIX,
        std::env::consts::DLL_SUFFIX
    );
    Ok(workspace.target().join("release").join(library))
}
