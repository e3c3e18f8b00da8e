//! Bundles for Windows, made on another system: the folder layout that hosts there look for, and the archive that is given
//! to people.
//!
//! The archive is the same to the byte whenever and wherever the same sources are built: entries are sorted and dated alike,
//! and the programs hold neither times nor paths of the machine that built them.

use super::{Bundles, Names};
use crate::files;
use crate::foreign::{self, Artifacts, Target, WINDOWS};
use crate::setup::{RESOURCES, Setup};
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

const INSTALLER: &str = include_str!("install.ps1");
const INSTALLER_FILE: &str = "install.ps1";
/// The actions for DAWs.
const ACTIONS: &str = "daw";
/// Where the plugin's library lies in a VST3 bundle for 64-bit Windows.
const ARCHITECTURE: &str = "x86_64-win";

/// Builds the release for Windows, and packs it.
///
/// # Errors
/// If a tool is missing and cannot be installed, or the build fails.
pub fn run(workspace: &Workspace, target: &Target) -> Result<PathBuf> {
    ensure!(
        *target == WINDOWS,
        "bundles are made for {} only, and for the system that makes them",
        WINDOWS.triple
    );
    target.provide()?;
    let made = foreign::build_release(workspace, target)?;
    let folder = workspace.target().join("foreign/bundled");
    let bundles = lay_out(workspace, &made, &folder)?;
    let name = format!("earmark-{}-windows-x86_64", env!("CARGO_PKG_VERSION"));
    let archive = workspace
        .target()
        .join("foreign")
        .join(format!("{name}.zip"));
    pack(bundles.folder(), &name, &archive)?;
    let checksum = write_checksum(&archive)?;
    println!("Bundled: {}", archive.display());
    println!("SHA-256: {checksum}");
    Ok(archive)
}

/// Puts what was built into the folder layout of Windows, with runtime, model and licences.
///
/// # Errors
/// If something was not built or cannot be copied.
pub fn lay_out(workspace: &Workspace, made: &Artifacts, folder: &Path) -> Result<Bundles> {
    let setup = Setup::from_environment(workspace).for_system(WINDOWS.platform);
    let resources = setup.run()?;
    let library = made
        .library("earmark.dll")
        .context("no earmark.dll was built")?;
    let program = made
        .program("earmark")
        .context("no earmark.exe was built")?;
    let staging = folder.with_extension("partial");
    files::remove(&staging).with_context(|| format!("{} cannot be removed", staging.display()))?;
    let staged = Bundles {
        folder: staging.clone(),
        names: Names::WINDOWS,
    };
    let contents = staged.vst3().join("Contents");
    files::replace(library, &staged.clap())?;
    files::replace(
        library,
        &contents.join(ARCHITECTURE).join(Names::WINDOWS.vst3),
    )?;
    files::replace(&resources, &contents.join("Resources").join(RESOURCES))?;
    files::replace(&program.path, &staged.command_line())?;
    files::replace(&resources, &staged.resources())?;
    super::copy_licences(workspace, &staged)?;
    files::replace(&workspace.root().join(ACTIONS), &staging.join(ACTIONS))?;
    let installer = staging.join(INSTALLER_FILE);
    // As Windows writes its texts.
    fs::write(&installer, INSTALLER.replace('\n', "\r\n"))
        .with_context(|| format!("{} cannot be written", installer.display()))?;
    files::rename(&staging, folder)?;
    Ok(Bundles {
        folder: folder.to_owned(),
        names: Names::WINDOWS,
    })
}

/// Packs `folder` into `archive`, below a folder `name`.
fn pack(folder: &Path, name: &str, archive: &Path) -> Result<()> {
    let attempt = || -> Result<()> {
        let mut packed = ZipWriter::new(File::create(archive)?);
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(DateTime::default())
            .unix_permissions(0o644);
        for file in files::files_in(folder)? {
            let inner = file.to_string_lossy().replace('\\', "/");
            packed.start_file(format!("{name}/{inner}"), options)?;
            io::copy(&mut File::open(folder.join(&file))?, &mut packed)?;
        }
        packed.finish()?.flush()?;
        Ok(())
    };
    attempt().with_context(|| format!("{} cannot be written", archive.display()))
}

/// Writes the checksum of `archive` beside it, as `sha256sum --check` reads it.
fn write_checksum(archive: &Path) -> Result<String> {
    let mut hash = Sha256::new();
    let mut file =
        File::open(archive).with_context(|| format!("{} cannot be read", archive.display()))?;
    io::copy(&mut file, &mut HashWriter(&mut hash))?;
    let checksum: String = hash
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let name = archive.file_name().unwrap_or_default().to_string_lossy();
    let beside = PathBuf::from(format!("{}.sha256", archive.display()));
    fs::write(&beside, format!("{checksum}  {name}\n"))
        .with_context(|| format!("{} cannot be written", beside.display()))?;
    Ok(checksum)
}

struct HashWriter<'a>(&'a mut Sha256);

impl Write for HashWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_files_make_the_same_archive_whenever_they_were_written() {
        let folder = tempfile::tempdir().unwrap();
        let pack_of = |order: [&str; 2]| {
            let files = folder.path().join(order[0]);
            fs::create_dir_all(files.join("deep")).unwrap();
            for name in order {
                fs::write(files.join("deep").join(name), "content").unwrap();
            }
            let archive = folder.path().join(format!("{}.zip", order[0]));
            pack(&files, "earmark", &archive).unwrap();
            fs::read(archive).unwrap()
        };
        assert_eq!(pack_of(["a", "b"]), pack_of(["b", "a"]));
        let checksum = write_checksum(&folder.path().join("a.zip")).unwrap();
        let written = fs::read_to_string(folder.path().join("a.zip.sha256")).unwrap();
        assert_eq!(written, format!("{checksum}  a.zip\n"));
    }
}
