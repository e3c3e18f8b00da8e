//! The bundles of macOS, made without a Mac: a stand-in for the plugin, which zig can link, goes into the real layout with the
//! real runtime and model. What a Mac reads first is checked.

use crate::bundle::macos::{self, SIGN_FILE};
use crate::foreign::Target;
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::Path;
use std::process::Command;

/// What hosts look for in a plugin of both formats.
const STAND_IN: &str = "int clap_entry, bundleEntry, bundleExit, GetPluginFactory;\n";
/// Of a 64-bit Mach-O file, as it lies on disk.
const MACH_O: [u8; 4] = [0xcf, 0xfa, 0xed, 0xfe];

/// Prints what `Info.plist` says as `key=value`; Python's own reader is stricter than ours would be.
const READ_PLIST: &str = "
import plistlib, sys
for key, value in plistlib.load(open(sys.argv[1], 'rb')).items():
    print(f'{key}={value}')
";

/// Makes the bundles for `target` with the C compiler `compiler` and checks them.
///
/// # Errors
/// If something is missing in them, or not as macOS wants it.
pub(super) fn check(
    workspace: &Workspace,
    target: &Target,
    compiler: &Path,
    python: &Path,
) -> Result<()> {
    let folder = workspace.target().join("foreign/bundling-macos");
    fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    let source = folder.join("plugin.c");
    fs::write(&source, STAND_IN)?;
    let library = folder.join("libearmark.dylib");
    run(Command::new(compiler)
        .args(["-shared", "-o"])
        .arg(&library)
        .arg(&source))?;
    let bundles = macos::lay_out(
        workspace,
        target,
        &library,
        library.clone(),
        &folder.join("staging"),
    )?;
    for plugin in [bundles.clap(), bundles.vst3()] {
        let contents = plugin.join("Contents");
        let told = run(Command::new(python)
            .args(["-c", READ_PLIST])
            .arg(contents.join("Info.plist")))?;
        let says = |key: &str| {
            let line = told.lines().find_map(|line| line.strip_prefix(key));
            line.and_then(|rest| rest.strip_prefix('='))
                .with_context(|| format!("Info.plist has no {key}"))
        };
        ensure!(says("CFBundlePackageType")? == "BNDL", "{told}");
        ensure!(!says("CFBundleIdentifier")?.is_empty(), "{told}");
        let code = contents.join("MacOS").join(says("CFBundleExecutable")?);
        let begins =
            fs::read(&code).with_context(|| format!("{} cannot be read", code.display()))?;
        ensure!(begins.starts_with(&MACH_O), "{}", code.display());
        check_resources(&contents.join("Resources/earmark.resources"))?;
    }
    check_resources(&bundles.resources())?;
    run(Command::new("sh")
        .arg("-n")
        .arg(bundles.folder().join(SIGN_FILE)))
    .map(drop)
}

/// The runtime, the model, and the licences of both and of Earmark.
fn check_resources(folder: &Path) -> Result<()> {
    let runtime = folder.join("onnxruntime/libonnxruntime.dylib");
    let begins =
        fs::read(&runtime).with_context(|| format!("{} cannot be read", runtime.display()))?;
    ensure!(begins.starts_with(&MACH_O), "{}", runtime.display());
    for name in ["LICENSE-MIT", "LICENSE-APACHE"] {
        ensure!(
            folder.join(name).is_file(),
            "{name} is missing in {}",
            folder.display()
        );
    }
    let models = crate::files::files_in(&folder.join("models"))?;
    ensure!(!models.is_empty(), "no model is in {}", folder.display());
    Ok(())
}

fn run(command: &mut Command) -> Result<String> {
    let program = command.get_program().to_owned();
    let output = command
        .output()
        .with_context(|| format!("{} cannot be run", program.display()))?;
    ensure!(
        output.status.success(),
        "{} failed: {}",
        program.display(),
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
