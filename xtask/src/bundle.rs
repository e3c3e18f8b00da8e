//! `cargo xtask bundle`: builds the plugin and the command line and puts them into bundles with what they need.
//!
//! The result is one folder: `earmark.clap`, `earmark.vst3`, the command line `earmark`, and
//! `earmark.resources` for the two that are single files. What is inside a folder bundle has its own copy in
//! `Contents/Resources`, because users move bundles one at a time.

pub mod macos;
pub mod windows;

use crate::files;
use crate::setup::{RESOURCES, Setup};
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::{Path, PathBuf};

/// The plugin's package, and the name of its bundles.
const PLUGIN: &str = "earmark";
/// The package of the command line, whose program is also named `earmark`.
const COMMAND_LINE_PACKAGE: &str = "earmark-core";

/// The package of the program that shows windows to screen readers on Linux.
const READER_PACKAGE: &str = "earmark-accessibility";
/// Where it lies in the resources, under the name that screen readers say.
const READER: &str = "accessibility/Earmark";

/// Which build goes into the bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// For use.
    Release,
    /// For tests: aborts when the audio thread allocates.
    Debug,
}

impl Profile {
    /// The folder of this profile's build in the target folder.
    fn build_folder(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Debug => "debug",
        }
    }

    /// The folder of this profile's bundles in the target folder.
    fn bundle_folder(self) -> &'static str {
        match self {
            Self::Release => "bundled",
            Self::Debug => "bundled-debug",
        }
    }

    fn cargo_arguments(self) -> Vec<String> {
        match self {
            Self::Release => vec!["--release".into()],
            Self::Debug => Vec::new(),
        }
    }
}

/// What the bundles are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Names {
    clap: &'static str,
    vst3: &'static str,
    command_line: &'static str,
}

impl Names {
    /// As they are made on the system they are for.
    const HERE: Self = Self {
        clap: "earmark.clap",
        vst3: "earmark.vst3",
        command_line: if cfg!(windows) {
            "earmark.exe"
        } else {
            "earmark"
        },
    };
    /// As they are made elsewhere for Windows, where a DAW may show the file's name.
    const WINDOWS: Self = Self {
        clap: "Earmark.clap",
        vst3: "Earmark.vst3",
        command_line: "earmark.exe",
    };
}

/// A folder of finished bundles.
#[derive(Debug, Clone)]
pub struct Bundles {
    folder: PathBuf,
    names: Names,
}

impl Bundles {
    /// Where the bundles of `profile` are, whether or not they have been made.
    pub fn locate(workspace: &Workspace, profile: Profile) -> Self {
        Self {
            folder: workspace.target().join(profile.bundle_folder()),
            names: Names::HERE,
        }
    }

    /// The folder that holds everything below.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The CLAP plugin: a file, on macOS a folder.
    pub fn clap(&self) -> PathBuf {
        self.folder.join(self.names.clap)
    }

    /// The VST3 plugin: a folder.
    pub fn vst3(&self) -> PathBuf {
        self.folder.join(self.names.vst3)
    }

    /// The command line.
    pub fn command_line(&self) -> PathBuf {
        self.folder.join(self.names.command_line)
    }

    /// Runtime and models for the command line and the single-file CLAP plugin.
    pub fn resources(&self) -> PathBuf {
        self.folder.join(RESOURCES)
    }
}

/// The file name of the command line on this platform.
pub fn command_line_file() -> String {
    String::from(Names::HERE.command_line)
}

/// Builds and bundles, bringing runtime and model first.
///
/// # Errors
/// If the set-up, the build or the bundling fails.
pub fn run(workspace: &Workspace, profile: Profile) -> Result<Bundles> {
    run_with(workspace, profile, &[])
}

/// The same with `features` of the plugin and the command line: accelerators.
///
/// # Errors
/// As [`run`], and if there is no such feature.
pub fn run_with(workspace: &Workspace, profile: Profile, features: &[String]) -> Result<Bundles> {
    let resources = Setup::from_environment(workspace).run()?;
    build(workspace, profile, features)?;

    let built = workspace.target().join(profile.build_folder());
    let parts = Parts {
        library: built.join(library_file()),
        command_line: built.join(command_line_file()),
        resources,
        reader: cfg!(target_os = "linux").then(|| built.join(READER_PACKAGE)),
    };
    // Bundled in a folder of its own and moved over at the end: whoever reads the bundles meanwhile sees the
    // old ones. It also keeps the two profiles apart, which nice-plug-xtask would put into the same folder.
    let staging = workspace
        .target()
        .join("bundling")
        .join(profile.build_folder());
    let staged = assemble(workspace, &parts, &staging, profile)?;
    let bundles = Bundles::locate(workspace, profile);
    files::rename(&staged.folder, &bundles.folder)?;
    files::remove(&staging).with_context(|| format!("{} cannot be removed", staging.display()))?;
    println!("Bundled: {}", bundles.folder.display());
    Ok(bundles)
}

/// What goes into bundles.
struct Parts {
    /// The plugin, as Cargo built it.
    library: PathBuf,
    command_line: PathBuf,
    /// Runtime and models.
    resources: PathBuf,
    /// What shows windows to screen readers on Linux; other systems need none.
    reader: Option<PathBuf>,
}

/// Bundles in `staging/bundled`, in the layout of this system.
fn assemble(
    workspace: &Workspace,
    parts: &Parts,
    staging: &Path,
    profile: Profile,
) -> Result<Bundles> {
    files::remove(staging).with_context(|| format!("{} cannot be removed", staging.display()))?;
    files::replace(
        &parts.library,
        &staging.join(profile.build_folder()).join(library_file()),
    )?;
    let staged = Bundles {
        folder: staging.join("bundled"),
        names: Names::HERE,
    };
    finish(
        workspace,
        parts,
        staging,
        &staged,
        &profile.cargo_arguments(),
    )?;
    Ok(staged)
}

/// Lets nice-plug-xtask lay out the library that lies in `staging` where `arguments` tell it to look, and adds everything else.
fn finish(
    workspace: &Workspace,
    parts: &Parts,
    staging: &Path,
    staged: &Bundles,
    arguments: &[String],
) -> Result<()> {
    // It looks for bundler.toml in the working directory.
    std::env::set_current_dir(workspace.root())
        .with_context(|| format!("{} cannot be entered", workspace.root().display()))?;
    nice_plug_xtask::bundle(staging, PLUGIN, arguments, false)?;
    for plugin in [staged.clap(), staged.vst3()] {
        ensure!(
            plugin.exists(),
            "{} was not made; does the plugin crate still export both formats (nice_export_clap!, \
             nice_export_vst3!)?",
            plugin.display()
        );
        if plugin.is_dir() {
            let inner = plugin.join("Contents/Resources").join(RESOURCES);
            files::replace(&parts.resources, &inner)?;
            copy_reader(parts, &inner)?;
            sign(&plugin);
        }
    }
    files::replace(&parts.command_line, &staged.command_line())?;
    files::replace(&parts.resources, &staged.resources())?;
    copy_reader(parts, &staged.resources())?;
    copy_licences(workspace, staged)
}

/// Builds the command line for tests, and returns where it is.
///
/// # Errors
/// If the build fails.
pub fn build_command_line(workspace: &Workspace) -> Result<PathBuf> {
    // With the plugin, as the bundles are built: alone it would be compiled with other features once more.
    build(workspace, Profile::Debug, &[])?;
    let built = workspace.target().join(Profile::Debug.build_folder());
    Ok(built.join(command_line_file()))
}

fn build(workspace: &Workspace, profile: Profile, features: &[String]) -> Result<()> {
    let of_both = |feature: &String| {
        [PLUGIN, COMMAND_LINE_PACKAGE].map(|package| format!("--features={package}/{feature}"))
    };
    let status = workspace
        .cargo()
        .args([
            "build",
            "--package",
            PLUGIN,
            "--package",
            COMMAND_LINE_PACKAGE,
            "--package",
            READER_PACKAGE,
        ])
        .args(profile.cargo_arguments())
        .args(features.iter().flat_map(of_both))
        .status()
        .context("cargo cannot be run")?;
    ensure!(
        status.success(),
        "the build failed; see what cargo says above"
    );
    Ok(())
}

/// What shows windows to screen readers goes into `resources`.
fn copy_reader(parts: &Parts, resources: &Path) -> Result<()> {
    match &parts.reader {
        Some(reader) => files::replace(reader, &resources.join(READER)),
        None => Ok(()),
    }
}

/// Earmark's own licences, beside those of the runtime and the model.
fn copy_licences(workspace: &Workspace, bundles: &Bundles) -> Result<()> {
    let mut folders = vec![bundles.resources()];
    let in_bundle = [bundles.clap(), bundles.vst3()]
        .map(|plugin| plugin.join("Contents/Resources").join(RESOURCES));
    folders.extend(in_bundle.into_iter().filter(|folder| folder.is_dir()));
    for folder in folders {
        for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
            fs::copy(workspace.root().join(licence), folder.join(licence))
                .with_context(|| format!("{licence} cannot be copied to {}", folder.display()))?;
        }
    }
    Ok(())
}

/// The file name Cargo gives the plugin's library.
fn library_file() -> String {
    format!(
        "{}{PLUGIN}{}",
        std::env::consts::DLL_PREFIX,
        std::env::consts::DLL_SUFFIX
    )
}

/// Signs a bundle again after files were added to it; macOS checks.
#[cfg(target_os = "macos")]
fn sign(bundle: &Path) {
    use nice_plug_xtask::{Architecture, CompilationTarget};
    nice_plug_xtask::maybe_codesign(bundle, CompilationTarget::MacOS(Architecture::AArch64));
}

#[cfg(not(target_os = "macos"))]
fn sign(_bundle: &Path) {}
