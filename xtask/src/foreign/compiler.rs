//! Cargo with Debian's compiler, for another system.

use super::artifacts::Artifacts;
use super::target::{COMPILER, Target};
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Quick to build, and small: these builds are tested, not debugged. What is shipped is built in another profile.
const PROFILE: [(&str, &str); 2] = [("CARGO_INCREMENTAL", "0"), ("CARGO_PROFILE_DEV_DEBUG", "0")];

/// `cargo SUBCOMMAND` for `target`, in a folder that all other systems share.
pub fn cargo(workspace: &Workspace, target: &Target, subcommand: &str) -> Command {
    let mut command = workspace.cargo();
    command
        .arg(subcommand)
        .args(["--locked", "-Zbuild-std=std,panic_unwind"])
        .args(["--target", target.triple, "--target-dir"])
        .arg(workspace.target().join("foreign"))
        .env("RUSTC", COMPILER)
        // A stable compiler may build its own standard library only when it is told so.
        .env("RUSTC_BOOTSTRAP", "1")
        .envs(PROFILE)
        .envs(target.tools.iter().copied());
    command
}

/// Builds the plugin and the command line as users get them. What comes out depends on the sources only: it holds no times and
/// no paths of this machine.
///
/// # Errors
/// If the build fails.
pub fn build_release(workspace: &Workspace, target: &Target) -> Result<Artifacts> {
    let mut command = cargo(workspace, target, "build");
    let variable = format!(
        "CARGO_TARGET_{}_RUSTFLAGS",
        target.triple.to_uppercase().replace('-', "_")
    );
    command
        .args(["--release", "--package=earmark", "--package=earmark-core"])
        .env(variable, release_flags(workspace, target));
    run(&mut command, target)
}

fn release_flags(workspace: &Workspace, target: &Target) -> String {
    let mut flags: Vec<String> = target
        .release_flags
        .iter()
        .map(|&flag| flag.to_owned())
        .collect();
    let of_cargo = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(std::env::home_dir()?.join(".cargo")));
    let folders = [
        Some((workspace.root().to_owned(), "/earmark")),
        of_cargo.map(|folder| (folder, "/cargo")),
    ];
    for (folder, instead) in folders.into_iter().flatten() {
        flags.push(format!(
            "--remap-path-prefix={}={instead}",
            folder.display()
        ));
    }
    flags.join(" ")
}

/// Builds what `selection` names in one call of Cargo, so that every crate is compiled once for all of it.
///
/// # Errors
/// If the build fails.
pub fn build(workspace: &Workspace, target: &Target, selection: &[&str]) -> Result<Artifacts> {
    run(cargo(workspace, target, "build").args(selection), target)
}

fn run(command: &mut Command, target: &Target) -> Result<Artifacts> {
    let mut child = command
        .arg("--message-format=json-render-diagnostics")
        .stdout(Stdio::piped())
        .spawn()
        .context("cargo cannot be run")?;
    let output = child
        .stdout
        .take()
        .context("cargo's output cannot be read")?;
    let mut made = Artifacts::default();
    for line in BufReader::new(output).lines() {
        made.read(&line.context("cargo's output cannot be read")?);
    }
    let status = child.wait().context("cargo cannot be waited for")?;
    ensure!(
        status.success(),
        "the build for {} failed; see what cargo says above",
        target.name
    );
    Ok(made)
}
