//! What the dependencies may be: cargo-deny checks licences, duplicate versions, known bad versions and sources by
//! `deny.toml`.
//!
//! cargo-deny is compiled once per cache, without optimisation: that takes about a minute, and a check takes seconds either
//! way. The database of advisories is not asked, because the gate must also answer where only crates can be downloaded;
//! `deny.toml` lists the known bad versions that matter here.

use crate::setup::Cache;
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use std::path::{Path, PathBuf};
use std::process::Command;

const CARGO_DENY_VERSION: &str = "0.20.2";

/// What is checked: everything that needs no more of the network than a build does.
const CHECKS: [&str; 3] = ["licenses", "bans", "sources"];

/// Checks all dependencies of the workspace.
///
/// # Errors
/// If something is not allowed, or cargo-deny cannot be brought.
pub(super) fn check(workspace: &Workspace) -> Result<()> {
    let cargo_deny = provide_cargo_deny(workspace)?;
    let rules = workspace.root().join("deny.toml");
    let status = checking(&cargo_deny, workspace.root(), &rules)
        .status()
        .context("cargo-deny cannot be run")?;
    ensure!(
        status.success(),
        "the dependencies are not all allowed: cargo-deny says above which; {} holds the rules",
        rules.display()
    );
    Ok(())
}

/// cargo-deny, about to check the workspace in `folder`.
fn checking(cargo_deny: &Path, folder: &Path, rules: &Path) -> Command {
    let mut command = Command::new(cargo_deny);
    command
        .arg("--manifest-path")
        .arg(folder.join("Cargo.toml"))
        .arg("--config")
        .arg(rules)
        .arg("check")
        .args(CHECKS)
        .current_dir(folder);
    command
}

/// The pinned cargo-deny in the cache; compiles it the first time.
fn provide_cargo_deny(workspace: &Workspace) -> Result<PathBuf> {
    let cache = Cache::from_environment(workspace.target());
    let _lock = cache.lock()?;
    let folder = cache.folder().join("cargo-deny");
    let program = folder
        .join("bin")
        .join(format!("cargo-deny{}", std::env::consts::EXE_SUFFIX));
    if is_current(&program) {
        return Ok(program);
    }
    println!("Compiling cargo-deny {CARGO_DENY_VERSION}, once; this takes about a minute …");
    let status = workspace
        .cargo()
        .args(["install", "cargo-deny", "--locked", "--debug", "--force"])
        .arg(format!("--version=={CARGO_DENY_VERSION}"))
        .arg("--root")
        .arg(&folder)
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .status()
        .context("cargo cannot be run")?;
    ensure!(
        status.success() && is_current(&program),
        "cargo-deny {CARGO_DENY_VERSION} cannot be installed; cargo says above why. It needs the network once"
    );
    Ok(program)
}

fn is_current(program: &Path) -> bool {
    Command::new(program)
        .arg("--version")
        .output()
        .is_ok_and(|output| {
            let text = String::from_utf8_lossy(&output.stdout);
            text.split_whitespace().last() == Some(CARGO_DENY_VERSION)
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// Writes the package `name` into `folder`.
    fn write_package(folder: &Path, name: &str, version: &str, rest: &str) {
        fs::create_dir_all(folder.join("src")).unwrap();
        fs::write(folder.join("src/lib.rs"), "").unwrap();
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"{version}\"\nedition = \"2024\"\n{rest}\n"
        );
        fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    }

    /// Whether a package with these dependencies passes by the rules of Earmark, and what cargo-deny says.
    fn passes(dependencies: &[(&str, &str, &str)]) -> (bool, String) {
        let workspace = Workspace::locate().unwrap();
        let cargo_deny = provide_cargo_deny(&workspace).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let mut rest = String::from("license = \"MIT\"\npublish = false\n[dependencies]\n");
        for (index, (name, version, licence)) in dependencies.iter().enumerate() {
            let place = format!("dependency-{index}");
            write_package(
                &folder.path().join(&place),
                name,
                version,
                &format!("license = \"{licence}\""),
            );
            rest += &format!("d{index} = {{ package = \"{name}\", path = \"{place}\" }}\n");
        }
        // Members of one workspace could not share a name.
        rest += "[workspace]\nexclude = [\"dependency-0\", \"dependency-1\"]\n";
        write_package(folder.path(), "root", "1.0.0", &rest);
        let rules = workspace.root().join("deny.toml");
        let output = checking(&cargo_deny, folder.path(), &rules)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.success(), said)
    }

    #[test]
    fn an_allowed_licence_passes_and_a_forbidden_one_fails() {
        let (passed, said) = passes(&[("friend", "1.0.0", "MIT OR GPL-3.0-only")]);
        assert!(passed, "{said}");
        let (passed, said) = passes(&[("stranger", "1.0.0", "GPL-3.0-only")]);
        assert!(!passed && said.contains("stranger"), "{said}");
    }

    #[test]
    fn a_second_version_passes_only_when_it_is_listed() {
        let (passed, said) = passes(&[("syn", "1.0.0", "MIT"), ("syn", "3.0.0", "MIT")]);
        assert!(passed, "{said}");
        let (passed, said) = passes(&[("twin", "1.0.0", "MIT"), ("twin", "2.0.0", "MIT")]);
        assert!(!passed && said.contains("twin"), "{said}");
    }

    #[test]
    fn a_version_with_a_known_fault_fails() {
        let (passed, said) = passes(&[("bytes", "1.11.1", "MIT")]);
        assert!(passed, "{said}");
        let (passed, said) = passes(&[("bytes", "1.11.0", "MIT")]);
        assert!(!passed && said.contains("bytes"), "{said}");
    }
}
