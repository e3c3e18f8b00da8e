//! A processor of 64-bit ARM, emulated by QEMU for one program at a time. Linux only, as are its programs.

use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const PROGRAM: &str = "qemu-aarch64";
/// Where Debian's packages for building put the libraries of this processor.
const LIBRARIES: &str = "/usr/aarch64-linux-gnu/lib";

/// What runs programs for the other processor.
pub struct Emulator {
    /// QEMU looks in here first for every file that a program opens.
    root: PathBuf,
}

impl Emulator {
    /// Prepares `folder` as what programs find of their own system.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn provide(folder: &Path) -> Result<Self> {
        let attempt = || -> std::io::Result<()> {
            fs::create_dir_all(folder.join("proc"))?;
            // ONNX Runtime reads here what the processor is, and crashes on the description of another kind, which the
            // QEMU of Debian 12 shows it.
            fs::write(folder.join("proc/cpuinfo"), described_processors())?;
            link(Path::new(LIBRARIES), &folder.join("lib"))
        };
        attempt().with_context(|| format!("{} cannot be prepared", folder.display()))?;
        Ok(Self {
            root: folder.to_owned(),
        })
    }

    /// `program`, ready to be run.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(PROGRAM);
        command.arg("-L").arg(&self.root).arg(program);
        command
    }
}

/// As many processors as this machine has, described as Linux describes a Neoverse N1.
fn described_processors() -> String {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let described = (0..processors).map(|number| {
        format!(
            "processor\t: {number}\n\
             BogoMIPS\t: 100.00\n\
             Features\t: fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm\n\
             CPU implementer\t: 0x41\n\
             CPU architecture: 8\n\
             CPU variant\t: 0x3\n\
             CPU part\t: 0xd0c\n\
             CPU revision\t: 1\n\n"
        )
    });
    described.collect()
}

#[cfg(unix)]
fn link(to: &Path, from: &Path) -> std::io::Result<()> {
    if from.exists() {
        return Ok(());
    }
    std::os::unix::fs::symlink(to, from)
}

#[cfg(not(unix))]
fn link(_to: &Path, _from: &Path) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}
