//! `cargo xtask bench`: figures, each beside what it is compared against.
//!
//! Three programs measure: one the core alone, one the window without a screen, one the built plugin in a host. This starts
//! whichever is needed and joins what they found into one list. Each says on standard error what it does, and takes at most two
//! minutes for a figure unless `--long` allows more.

use crate::bundle::{self, Profile};
use crate::python;
use crate::setup::Setup;
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// What is measured in a host; what is in neither list the core's program measures, or says that there is no such figure.
const IN_A_HOST: [&str; 11] = [
    "process_ns_64",
    "process_ns_512",
    "process_ns_8192",
    "process_ns_512_output",
    "instantiate_ms",
    "memory_mb_instances_1",
    "memory_mb_instances_16",
    "memory_mb_instances_64",
    "remove_in_mid_scan_ms",
    "offline_x_realtime",
    "dropped_frames_under_load",
];

/// The figures that are compared with scikit-learn.
const BESIDE_SCIKIT_LEARN: [&str; 2] = ["train_1000_ms", "train_1000_beside_boosting_ms"];
/// The figures that are also compared with onnxruntime in Python.
const BESIDE_ONNX_RUNTIME: [&str; 2] = ["scan_x_realtime", "scan_on_all_cores_x_realtime"];
/// The figures that are compared with NumPy and usearch.
const BESIDE_USEARCH: [&str; 1] = ["similar_1m_ms"];
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

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Only these figures; everything when there are none.
    pub names: Vec<String>,
    /// Take longer than two minutes for a figure where that makes it steadier, and measure what cannot be done in less.
    pub long: bool,
    /// Also write the figures to this file.
    pub json: Option<PathBuf>,
}

/// Measures what is asked for.
///
/// # Errors
/// If the set-up or a measurement fails.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let setup = Setup::from_environment(workspace);
    setup.run()?;
    let names = Names::sort(&options.names);
    let all = options.names.is_empty();
    let mut figures = Vec::new();
    if all || !names.of_the_core.is_empty() {
        let mut command = measuring_core(workspace, &setup, options)?;
        figures.extend(measure(command.args(names.of_the_core))?);
    }
    if all || !names.in_the_window.is_empty() {
        let mut command = measuring(workspace, "earmark", "editor", options)?;
        figures.extend(measure(command.args(names.in_the_window))?);
    }
    if all || !names.in_a_host.is_empty() {
        let bundles = bundle::run(workspace, Profile::Release)?;
        let passthrough = passthrough(workspace)?;
        let mut command = measuring(workspace, "earmark-tests", "host", options)?;
        command
            .args(names.in_a_host)
            .env("EARMARK_TEST_BUNDLES", bundles.folder())
            .env("EARMARK_BENCH_PASSTHROUGH", passthrough);
        figures.extend(measure(&mut command)?);
    }
    let text = serde_json::to_string_pretty(&figures)?;
    println!("{text}");
    if let Some(json) = &options.json {
        std::fs::write(json, text)
            .with_context(|| format!("{} cannot be written", json.display()))?;
    }
    Ok(())
}

/// Names of figures, by the program that measures them.
struct Names<'a> {
    of_the_core: Vec<&'a str>,
    in_the_window: Vec<&'a str>,
    in_a_host: Vec<&'a str>,
}

impl<'a> Names<'a> {
    fn sort(names: &'a [String]) -> Self {
        let (in_a_host, others): (Vec<&str>, Vec<&str>) = names
            .iter()
            .map(String::as_str)
            .partition(|name| IN_A_HOST.contains(name));
        let (in_the_window, of_the_core) = others
            .into_iter()
            .partition(|name| IN_THE_WINDOW.contains(name));
        Self {
            of_the_core,
            in_the_window,
            in_a_host,
        }
    }
}

/// The core's program, with the model and with the Python environments that the figures are compared with.
fn measuring_core(workspace: &Workspace, setup: &Setup, options: &Options) -> Result<Command> {
    let mut command = measuring(workspace, "earmark-core", "measure", options)?;
    command.env("EARMARK_RESOURCES", setup.cache().resources());
    let wants_any = |figures: &[&str]| {
        let names = &options.names;
        names.is_empty() || names.iter().any(|name| figures.contains(&name.as_str()))
    };
    if wants_any(&BESIDE_SCIKIT_LEARN) {
        let python = python::environment(setup.cache(), &python::SCIKIT_LEARN)?;
        command.env("EARMARK_BENCH_PYTHON", python);
    }
    if wants_any(&BESIDE_ONNX_RUNTIME) {
        let python = python::environment(setup.cache(), &python::ONNX_RUNTIME)?;
        command.env("EARMARK_BENCH_ONNXRUNTIME_PYTHON", python);
    }
    if wants_any(&BESIDE_USEARCH) {
        let python = python::environment(setup.cache(), &python::USEARCH)?;
        command.env("EARMARK_BENCH_USEARCH_PYTHON", python);
    }
    Ok(command)
}

/// `cargo bench` of one program, up to the names of figures. Builds it first, so that it can be said what takes the time.
fn measuring(
    workspace: &Workspace,
    package: &str,
    program: &str,
    options: &Options,
) -> Result<Command> {
    eprintln!("Building the measurements of {package}");
    let command = |last: &str| {
        let mut command = workspace.cargo();
        command.args(["bench", "--package", package, "--bench", program, last]);
        command
    };
    let status = command("--no-run")
        .status()
        .context("cargo cannot be run")?;
    ensure!(
        status.success(),
        "the build failed; see what cargo says above"
    );
    let mut command = command("--quiet");
    command.arg("--");
    if options.long {
        command.arg("--long");
    }
    Ok(command)
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
    let text = std::fs::read(&json).context("the measurement wrote no figures")?;
    Ok(serde_json::from_slice(&text)?)
}

/// Builds the plugin that does nothing. Its library is a CLAP plugin as it is.
fn passthrough(workspace: &Workspace) -> Result<PathBuf> {
    eprintln!("Building the plugin that does nothing");
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
