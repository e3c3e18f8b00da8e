//! The systems that Earmark is built for elsewhere: what each needs from Debian, and how Cargo finds its tools.

use crate::setup::find_program;
use crate::system;
use anyhow::{Context, Result, bail, ensure};
use std::path::Path;
use std::process::Command;

/// Debian's compiler. Unlike rustup's it comes with the sources of its standard library, which Cargo then compiles for the
/// target, so that nothing has to be downloaded but packages.
pub const COMPILER: &str = "/usr/bin/rustc";
const COMPILER_PACKAGES: [&str; 2] = ["rustc-web", "rust-web-src"];
/// As in `rust-version` of the workspace.
const OLDEST_COMPILER: (u32, u32) = (1, 95);

/// A system that is not this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// As Cargo calls it.
    pub triple: &'static str,
    /// As people call it.
    pub name: &'static str,
    /// `std::env::consts::OS` and `ARCH` there.
    pub platform: (&'static str, &'static str),
    /// What comes from Debian besides the compiler.
    packages: &'static [&'static str],
    /// Programs of these packages, looked for where there is no Debian.
    programs: &'static [&'static str],
    /// How Cargo and its build scripts find the tools.
    pub(super) tools: &'static [(&'static str, &'static str)],
    /// What keeps the time of the build out of what is built.
    pub(super) release_flags: &'static [&'static str],
}

/// 64-bit Windows, built with mingw.
pub const WINDOWS: Target = Target {
    triple: "x86_64-pc-windows-gnu",
    name: "Windows",
    platform: ("windows", "x86_64"),
    packages: &[
        "gcc-mingw-w64-x86-64-posix",
        "wine",
        "wine64",
        "xvfb",
        "openbox",
        "x11-utils",
    ],
    programs: &["x86_64-w64-mingw32-gcc-posix", "wine"],
    tools: &[
        (
            "CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER",
            "x86_64-w64-mingw32-gcc-posix",
        ),
        ("CC_x86_64_pc_windows_gnu", "x86_64-w64-mingw32-gcc-posix"),
        ("AR_x86_64_pc_windows_gnu", "x86_64-w64-mingw32-ar"),
    ],
    release_flags: &["-Clink-arg=-Wl,--no-insert-timestamp", "-Cstrip=symbols"],
};

/// Macs with Apple's processors. Only type-checked: Apple's frameworks exist on Macs alone.
pub const MAC_ARM: Target = Target {
    triple: "aarch64-apple-darwin",
    name: "macOS (arm64)",
    platform: ("macos", "aarch64"),
    packages: &["rust-web-clippy", "python3-venv"],
    programs: &["python3"],
    tools: &[],
    release_flags: &[],
};

/// Macs with Intel's processors, as [`MAC_ARM`].
pub const MAC_INTEL: Target = Target {
    triple: "x86_64-apple-darwin",
    name: "macOS (x86-64)",
    platform: ("macos", "x86_64"),
    ..MAC_ARM
};

/// Linux on 64-bit ARM.
pub const LINUX_ARM: Target = Target {
    triple: "aarch64-unknown-linux-gnu",
    name: "Linux (arm64)",
    platform: ("linux", "aarch64"),
    packages: &[
        "gcc-aarch64-linux-gnu",
        "libc6-dev-arm64-cross",
        "qemu-user",
    ],
    programs: &["aarch64-linux-gnu-gcc", "qemu-aarch64"],
    tools: &[
        (
            "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER",
            "aarch64-linux-gnu-gcc",
        ),
        ("CC_aarch64_unknown_linux_gnu", "aarch64-linux-gnu-gcc"),
        ("AR_aarch64_unknown_linux_gnu", "aarch64-linux-gnu-ar"),
    ],
    release_flags: &[],
};

impl Target {
    /// The system that Cargo calls `triple`.
    ///
    /// # Errors
    /// If Earmark is not built for it on others.
    pub fn named(triple: &str) -> Result<&'static Self> {
        let known = [&WINDOWS, &MAC_ARM, &MAC_INTEL, &LINUX_ARM];
        let names: Vec<_> = known.iter().map(|target| target.triple).collect();
        known
            .into_iter()
            .find(|target| target.triple == triple)
            .with_context(|| format!("{triple} is none of {}", names.join(", ")))
    }

    /// What has to be installed, for the compiler as well.
    pub fn packages(&self) -> Vec<&'static str> {
        COMPILER_PACKAGES
            .iter()
            .chain(self.packages)
            .copied()
            .collect()
    }

    /// Why this system cannot build for the target and may not bring what is missing; `None` where it can.
    ///
    /// # Errors
    /// If apt cannot be asked.
    pub fn obstacle(&self) -> Result<Option<String>> {
        let missing = system::missing_packages(&self.packages());
        if !missing.is_empty() && !system::may_install() {
            let line = system::install_line(&missing);
            return Ok(Some(format!("run `{line}` first")));
        }
        if !missing.is_empty() {
            let unknown = system::unknown_packages(&missing)?;
            let names = unknown.join(", ");
            return Ok(
                (!unknown.is_empty()).then(|| format!("this release has no package {names}"))
            );
        }
        if let Err(error) = check_compiler() {
            return Ok(Some(format!("{error:#}")));
        }
        let search_path = std::env::var_os("PATH").unwrap_or_default();
        let lacking = self
            .programs
            .iter()
            .find(|program| find_program(program, &search_path).is_none());
        Ok(lacking.map(|program| format!("the program `{program}` is missing")))
    }

    /// Installs what is missing.
    ///
    /// # Errors
    /// If something is missing and cannot be installed; the message says what to do.
    pub fn provide(&self) -> Result<()> {
        if let Some(obstacle) = self.obstacle()? {
            bail!("{} cannot be tested here: {obstacle}", self.name);
        }
        system::provide(&self.packages())?;
        check_compiler()
    }
}

fn check_compiler() -> Result<()> {
    ensure!(
        Path::new(COMPILER).is_file(),
        "there is no {COMPILER}; other systems are built with the compiler of a Debian-like system"
    );
    let output = Command::new(COMPILER)
        .arg("--version")
        .output()
        .with_context(|| format!("{COMPILER} cannot be run"))?;
    let told = String::from_utf8_lossy(&output.stdout);
    ensure!(
        version_in(&told).is_some_and(|found| found >= OLDEST_COMPILER),
        "{COMPILER} is `{}`, and version {}.{} or later is needed: install Debian's package rustc-web",
        told.trim(),
        OLDEST_COMPILER.0,
        OLDEST_COMPILER.1
    );
    Ok(())
}

/// The first two numbers of `rustc 1.96.0 (…)`.
fn version_in(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.strip_prefix("rustc ")?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_compiler_is_known_by_its_first_two_numbers() {
        assert_eq!(
            version_in("rustc 1.96.0 (ac68faa20 2026-05-25) (built from a source tarball)\n"),
            Some((1, 96))
        );
        assert_eq!(version_in("rustc 2.0.1"), Some((2, 0)));
        assert_eq!(version_in("something else"), None);
    }
}
