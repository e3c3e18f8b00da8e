//! What can be judged without running the code: formatting, clippy, documentation and dependencies.
//!
//! Runs Cargo and nothing else, so that the answer comes within a minute when the dependencies have been compiled before.
//! Must not install system packages or fetch the model: nothing here needs them.

use super::{dependencies, display, heading};
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use std::process::Command;

/// Runs all lints, the quickest first.
///
/// # Errors
/// At the first lint that fails, with what to do about it.
pub(super) fn run(workspace: &Workspace) -> Result<()> {
    heading("Formatting");
    provide_component(workspace, "fmt", "rustfmt")?;
    step(
        workspace.cargo().args(["fmt", "--all", "--check"]),
        "run `cargo fmt --all`",
    )?;
    heading("Dependencies");
    dependencies::check(workspace)?;
    heading("Clippy");
    provide_component(workspace, "clippy", "clippy")?;
    let clippy = [
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ];
    step(
        workspace.cargo().args(clippy),
        "clippy's messages above say what to change",
    )?;
    heading("Documentation");
    step(
        workspace
            .cargo()
            .args(["doc", "--workspace", "--no-deps"])
            .env("RUSTDOCFLAGS", "-D warnings"),
        "rustdoc's messages above say what to change",
    )
}

/// Makes sure that `cargo <subcommand>` is there; rustup's minimal profile leaves it out.
fn provide_component(workspace: &Workspace, subcommand: &str, component: &str) -> Result<()> {
    let is_there = || {
        workspace
            .cargo()
            .args([subcommand, "--version"])
            .output()
            .is_ok_and(|output| output.status.success())
    };
    if !is_there() {
        println!("Adding {component} to the Rust toolchain …");
        // Whether it helped is seen below; there may be no rustup.
        let _ = Command::new("rustup")
            .args(["component", "add", component])
            .status();
    }
    ensure!(
        is_there(),
        "`cargo {subcommand}` is missing; install it with `rustup component add {component}`"
    );
    Ok(())
}

fn step(command: &mut Command, remedy: &str) -> Result<()> {
    let status = command.status().context("cargo cannot be run")?;
    ensure!(status.success(), "`{}` failed: {remedy}", display(command));
    Ok(())
}
