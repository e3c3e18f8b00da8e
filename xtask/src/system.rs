//! What the operating system's package manager has to provide.
//!
//! Packages are installed only where that is plainly allowed: Debian and its kin, as root. Everywhere else the
//! one line to run is printed.

use anyhow::{Context, Result, bail, ensure};
use std::path::Path;
use std::process::Command;

/// Whether [`install`] can install packages here: `apt-get` is there and we are root.
pub fn may_install() -> bool {
    has_apt() && is_root()
}

/// The packages of `wanted` that are not installed. Empty where there is no dpkg to ask.
pub fn missing_packages<'a>(wanted: &[&'a str]) -> Vec<&'a str> {
    if !has_apt() {
        return Vec::new();
    }
    wanted
        .iter()
        .copied()
        .filter(|package| !is_installed(package))
        .collect()
}

/// The line with which a user installs `packages`.
pub fn install_line(packages: &[&str]) -> String {
    format!(
        "sudo apt-get update && sudo apt-get install -y --no-install-recommends {}",
        packages.join(" ")
    )
}

/// Installs those of `packages` that are missing, or says how to.
///
/// # Errors
/// If something is missing and this process may not install it (the message is the line to run), or apt fails.
pub fn provide(packages: &[&str]) -> Result<()> {
    let missing = missing_packages(packages);
    if missing.is_empty() {
        return Ok(());
    }
    if !may_install() {
        bail!(
            "these packages are needed; install them and run the command again:\n\n    {}\n",
            install_line(&missing)
        );
    }
    install(&missing)
}

/// Installs `packages` with apt.
///
/// # Errors
/// If apt cannot be run or fails.
pub fn install(packages: &[&str]) -> Result<()> {
    println!("Installing {} …", packages.join(" "));
    apt(&["update", "--quiet=2"])?;
    let install = ["install", "--yes", "--quiet=2", "--no-install-recommends"];
    apt(&[&install[..], packages].concat())
}

/// The packages of `wanted` that this release does not have. Asks the network for the newest list.
///
/// # Errors
/// If apt cannot be run or fails.
pub fn unknown_packages<'a>(wanted: &[&'a str]) -> Result<Vec<&'a str>> {
    apt(&["update", "--quiet=2"])?;
    let is_known = |package: &&str| {
        let shown = Command::new("apt-cache").args(["show", package]).output();
        shown.is_ok_and(|shown| shown.status.success())
    };
    Ok(wanted
        .iter()
        .copied()
        .filter(|package| !is_known(package))
        .collect())
}

fn apt(arguments: &[&str]) -> Result<()> {
    let status = Command::new("apt-get")
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .status()
        .context("apt-get cannot be run")?;
    ensure!(
        status.success(),
        "`apt-get {}` failed; see what it says above",
        arguments.join(" ")
    );
    Ok(())
}

fn has_apt() -> bool {
    cfg!(target_os = "linux") && Path::new("/usr/bin/apt-get").exists()
}

fn is_root() -> bool {
    Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

fn is_installed(package: &str) -> bool {
    Command::new("dpkg-query")
        .args(["--show", "--showformat=${db:Status-Status}", package])
        .output()
        .is_ok_and(|output| output.stdout == b"installed")
}
