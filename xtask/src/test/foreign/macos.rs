//! macOS, as far as it can be tested without a Mac: the compiler and clippy read everything for both processors.

use super::super::heading;
use super::super::tally::Tally;
use super::mac_bundle;
use crate::foreign::{self, MAC_ARM, MAC_INTEL};
use crate::python;
use crate::setup::Setup;
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::{Path, PathBuf};

const CLIPPY: &str = "/usr/bin/clippy-driver";

/// Checks all packages with their tests for both kinds of Mac.
///
/// # Errors
/// If something does not compile there, or if a tool is missing and cannot be installed.
pub(in crate::test) fn run(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    heading("macOS: types");
    MAC_ARM.provide()?;
    let setup = Setup::from_environment(workspace);
    let python = python::environment(setup.cache(), &python::ZIG)?;
    for target in [MAC_ARM, MAC_INTEL] {
        println!("{} …", target.name);
        let compiler = c_compiler(workspace, &python, target.platform.1)?;
        let variable = format!("CC_{}", target.triple.replace('-', "_"));
        // Debian's clippy, because rustup's belongs to another compiler. It may be newer than ours, so that its warnings are
        // shown and not counted; what the workspace denies is an error.
        let status = foreign::cargo(workspace, &target, "check")
            .args(["--workspace", "--all-targets", "--jobs=2"])
            .env("RUSTC_WORKSPACE_WRAPPER", CLIPPY)
            .env(variable, &compiler)
            .status()
            .context("cargo cannot be run")?;
        ensure!(
            status.success(),
            "Earmark does not compile for {}; see what cargo says above",
            target.name
        );
        println!("test the types of everything for {} ... ok", target.name);
        tally.passed += 1;
        if target == MAC_ARM {
            mac_bundle::check(workspace, &target, &compiler, &python)
                .context("the bundles of macOS are not as they should be")?;
            println!("test the bundles for {} ... ok", target.name);
            tally.passed += 1;
        }
    }
    Ok(())
}

/// A C compiler for Macs: zig's, with the arguments that it does not know left out.
fn c_compiler(workspace: &Workspace, python: &Path, arch: &str) -> Result<PathBuf> {
    let path = workspace
        .target()
        .join("foreign")
        .join(format!("cc-{arch}-macos"));
    let text = format!(
        "#!/bin/sh\n\
         # Made by `cargo xtask test`: a C compiler for macOS, for build scripts.\n\
         for argument do\n\
         \x20   shift\n\
         \x20   case $argument in --target=*|-O?|-arch|{arch}|arm64) ;; *) set -- \"$@\" \"$argument\" ;; esac\n\
         done\n\
         exec '{}' -m ziglang cc -target {arch}-macos \"$@\"\n",
        python.display()
    );
    fs::create_dir_all(path.parent().unwrap_or(&path))
        .and_then(|()| fs::write(&path, text))
        .with_context(|| format!("{} cannot be written", path.display()))?;
    make_executable(&path)?;
    Ok(path)
}

#[cfg(unix)]
fn make_executable(path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
        .with_context(|| format!("{} cannot be made a program", path.display()))
}

#[cfg(not(unix))]
fn make_executable(_path: &Path) -> Result<()> {
    Ok(())
}
