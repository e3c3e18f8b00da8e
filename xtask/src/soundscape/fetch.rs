//! Recordings by the name of the Debian package that holds them. Needs no root: packages are downloaded and unpacked
//! into a folder, never installed.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// What a user without Debian's packages can do.
const REMEDY: &str = "use recordings of your own instead: `cargo xtask demo --audio FILE`";

/// Download `package` with apt and unpack it below `cache`, or find it there from an earlier run. Returns the folder
/// it is unpacked in.
pub fn fetch_package(package: &str, cache: &Path) -> Result<PathBuf> {
    let unpacked = cache.join(package);
    if unpacked.is_dir() {
        return Ok(unpacked);
    }
    if !cfg!(target_os = "linux") || !succeeds(Command::new("dpkg-deb").arg("--version")) {
        bail!(
            "the recordings come from the Debian package {package}, and this is not a Debian system; {REMEDY}"
        );
    }
    // Both steps happen in a folder of their own, so that a broken download is never taken for a finished one.
    let download = cache.join(format!("{package}.part"));
    let _ = std::fs::remove_dir_all(&download);
    std::fs::create_dir_all(&download)
        .with_context(|| format!("cannot create {}", download.display()))?;

    println!("Fetching recordings: Debian package {package} …");
    if !download_into(package, &download) {
        // The package lists of a fresh machine are empty; only root may bring them.
        let updated = succeeds(Command::new("apt-get").args(["update", "--quiet=2"]));
        if !updated || !download_into(package, &download) {
            bail!(
                "apt cannot download the package {package}; run `sudo apt-get update`, check the network and that \
                 your release has the package, then run this again, or {REMEDY}"
            );
        }
    }
    let archive = std::fs::read_dir(&download)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.extension().is_some_and(|extension| extension == "deb"))
        .with_context(|| format!("apt downloaded no package file into {}", download.display()))?;
    let contents = download.join("contents");
    if !succeeds(
        Command::new("dpkg-deb")
            .arg("--extract")
            .arg(&archive)
            .arg(&contents),
    ) {
        bail!(
            "{} does not unpack; delete it and run this again, or {REMEDY}",
            archive.display()
        );
    }
    std::fs::rename(&contents, &unpacked)
        .with_context(|| format!("cannot create {}", unpacked.display()))?;
    // The archive is of no further use; the folder it is in goes again before the next download.
    let _ = std::fs::remove_dir_all(&download);
    Ok(unpacked)
}

fn download_into(package: &str, folder: &Path) -> bool {
    // As root, apt would hand the download to its own user, who may not write here.
    let arguments = [
        "-o",
        "APT::Sandbox::User=root",
        "--quiet=2",
        "download",
        package,
    ];
    succeeds(Command::new("apt-get").args(arguments).current_dir(folder))
}

/// Its output is of no interest: what went wrong is told with a remedy by the caller.
fn succeeds(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_fetched_once_is_not_fetched_again() {
        let cache = tempfile::tempdir().unwrap();
        let unpacked = cache.path().join("no-such-package");
        std::fs::create_dir(&unpacked).unwrap();
        assert_eq!(
            fetch_package("no-such-package", cache.path()).unwrap(),
            unpacked
        );
    }
}
