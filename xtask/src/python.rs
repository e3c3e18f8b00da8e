//! Python environments in the cache: one with the VST3 hosts that the tests drive, one with what reads the files that Earmark
//! writes, and those with what the measurements compare with.

use crate::setup::{Cache, find_program};
use crate::system;
use anyhow::{Context, Result, ensure};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// A folder of pinned packages. What a package still publishes depends on the version of Python.
#[derive(Debug)]
pub struct Environment {
    folder: &'static str,
    purpose: &'static str,
    requirements: &'static str,
    /// Checks that everything is there.
    imports: &'static str,
}

/// What the tests import. dawdreamer is published for few platforms, and its tests are compiled for those alone.
pub const VST3_HOSTS: Environment = Environment {
    folder: "python",
    purpose: "the VST3 tests",
    requirements: "\
pedalboard==0.9.26
dawdreamer==0.9.0; python_version >= '3.11' and (sys_platform == 'win32' or platform_machine == 'x86_64' and \
sys_platform == 'linux' or platform_machine == 'arm64' and sys_platform == 'darwin')
numpy==2.2.6; python_version < '3.11'
numpy==2.3.5; python_version >= '3.11'
",
    imports: "import numpy, pedalboard",
};

/// What reads the files that Earmark writes, and knows nothing of it.
pub const READERS: Environment = Environment {
    folder: "python-readers",
    purpose: "the readers of tables and sound",
    requirements: "\
pandas==2.3.3; python_version < '3.11'
pandas==3.1.1; python_version >= '3.11'
soundfile==0.14.0
numpy==2.2.6; python_version < '3.11'
numpy==2.3.5; python_version >= '3.11'
",
    imports: "import pandas, soundfile",
};

/// What the evaluation compares with.
pub const SCIKIT_LEARN: Environment = Environment {
    folder: "python-scikit-learn",
    purpose: "scikit-learn",
    requirements: "\
scikit-learn==1.7.2; python_version < '3.11'
scikit-learn==1.9.1; python_version >= '3.11'
numpy==2.2.6; python_version < '3.11'
numpy==2.3.5; python_version >= '3.11'
",
    imports: "import sklearn.ensemble",
};

/// What the measurements compare with: the runtime that the plugin comes with.
pub const ONNX_RUNTIME: Environment = Environment {
    folder: "python-onnxruntime",
    purpose: "onnxruntime",
    requirements: "\
onnxruntime==1.28.0
numpy==2.3.5
",
    imports: "import numpy, onnxruntime",
};

/// What searches are compared with.
pub const USEARCH: Environment = Environment {
    folder: "python-usearch",
    purpose: "usearch",
    requirements: "\
usearch==2.26.6
numpy==2.3.5
",
    imports: "import numpy, usearch.index",
};

/// A C compiler that knows macOS, for the build scripts of crates that are type-checked for it.
pub const ZIG: Environment = Environment {
    folder: "python-ziglang",
    purpose: "a C compiler for macOS",
    requirements: "ziglang==0.17.1\n",
    imports: "import ziglang",
};

/// The Python program of an environment that has the packages.
///
/// # Errors
/// Without Python or, the first time, without network; the message names the remedy.
pub fn environment(cache: &Cache, wanted: &Environment) -> Result<PathBuf> {
    let _lock = cache.lock()?;
    let folder = cache.folder().join(wanted.folder);
    let python = program_in(&folder);
    let stamp = folder.join("earmark-requirements.txt");
    // The stamp is written last. Running it as well finds environments whose Python has been upgraded away.
    let is_current = fs::read_to_string(&stamp).is_ok_and(|found| found == wanted.requirements);
    if is_current && run(Command::new(&python).args(["-c", wanted.imports])).is_ok() {
        return Ok(python);
    }
    println!("Making a Python environment for {} …", wanted.purpose);
    make(&folder, &python, cache, wanted).with_context(|| {
        format!(
            "the Python environment for {} cannot be made",
            wanted.purpose
        )
    })?;
    fs::write(&stamp, wanted.requirements)
        .with_context(|| format!("{} cannot be written", stamp.display()))?;
    Ok(python)
}

fn make(folder: &Path, python: &Path, cache: &Cache, wanted: &Environment) -> Result<()> {
    let search_path = env::var_os("PATH").unwrap_or_default();
    let system_python = ["python3", "python"].into_iter().find_map(|name| find_program(name, &search_path)).context(
        "no Python was found. Debian and Ubuntu: `apt-get install python3-pip python3-venv`; elsewhere install \
         Python 3.10 or newer",
    )?;
    let venv = || {
        run(Command::new(&system_python)
            .args(["-m", "venv", "--clear"])
            .arg(folder))
    };
    if venv().is_err() {
        // Debian splits venv off from Python, and a program built without it fails in its own words.
        if system::may_install() {
            system::install(&["python3-venv"])?;
        }
        venv().context(
            "`python3 -m venv` failed. Debian and Ubuntu: `apt-get install python3-venv`",
        )?;
    }
    let requirements = cache.folder().join("python-requirements.txt");
    fs::write(&requirements, wanted.requirements)
        .with_context(|| format!("{} cannot be written", requirements.display()))?;
    run(Command::new(python)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary=:all:"])
        .arg("--requirement")
        .arg(&requirements))
    .context(
        "pip could not install the packages. They need the network once; connect it (or set pip's proxy or index, `pip \
         config list`) and run the command again",
    )
}

fn program_in(folder: &Path) -> PathBuf {
    if cfg!(windows) {
        folder.join("Scripts").join("python.exe")
    } else {
        folder.join("bin").join("python")
    }
}

/// Runs `command` and keeps what it says for the error.
fn run(command: &mut Command) -> Result<()> {
    let output = command
        .output()
        .with_context(|| format!("{:?} cannot be run", command.get_program()))?;
    ensure!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}
