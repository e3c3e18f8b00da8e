//! Bundles for macOS, laid out on another system: folders with an `Info.plist`, and a script that signs them.
//!
//! On a Mac, `cargo xtask bundle` makes the same layout and signs it itself. Elsewhere nothing can be linked for macOS, so only
//! the tests use this.

use super::{Bundles, Names, PLUGIN, Parts, finish};
use crate::files;
use crate::foreign::Target;
use crate::setup::Setup;
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};

const SIGN: &str = include_str!("sign.sh");
/// The name of the script that signs the bundles beside it.
pub const SIGN_FILE: &str = "sign.sh";

const NAMES: Names = Names {
    command_line: "earmark",
    ..Names::HERE
};

/// Lays out `library` and `command_line`, which were built for `target`, in `staging/bundled`.
///
/// # Errors
/// If runtime and model cannot be brought, or something cannot be copied.
pub fn lay_out(
    workspace: &Workspace,
    target: &Target,
    library: &Path,
    command_line: PathBuf,
    staging: &Path,
) -> Result<Bundles> {
    let setup = Setup::from_environment(workspace).for_system(target.platform);
    let parts = Parts {
        library: library.to_owned(),
        command_line,
        resources: setup.run()?,
        reader: None,
    };
    files::remove(staging).with_context(|| format!("{} cannot be removed", staging.display()))?;
    let place = staging.join(target.triple).join("release");
    files::replace(library, &place.join(format!("lib{PLUGIN}.dylib")))?;
    let staged = Bundles {
        folder: staging.join("bundled"),
        names: NAMES,
    };
    let arguments = ["--release", "--target", target.triple].map(String::from);
    finish(workspace, &parts, staging, &staged, &arguments)?;
    let script = staged.folder().join(SIGN_FILE);
    fs::write(&script, SIGN).with_context(|| format!("{} cannot be written", script.display()))?;
    Ok(staged)
}
