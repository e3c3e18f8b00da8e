//! Where the built bundles are, as `cargo xtask test` tells in the environment.

use std::path::{Path, PathBuf};

use super::wine;

/// One build of everything.
#[derive(Debug, Clone)]
pub struct Build {
    folder: PathBuf,
}

impl Build {
    /// What users get.
    pub fn release() -> Self {
        Self::named("EARMARK_TEST_BUNDLES")
    }

    /// With assertions, of which one aborts when the audio thread allocates.
    pub fn debug() -> Self {
        Self::named("EARMARK_TEST_BUNDLES_DEBUG")
    }

    fn named(variable: &str) -> Self {
        let folder = from_environment(variable);
        assert!(
            folder.join("earmark.resources").is_dir(),
            "{variable} names {}, which holds no bundles; run the tests with `cargo xtask test`",
            folder.display()
        );
        Self { folder }
    }

    pub fn clap(&self) -> PathBuf {
        self.folder.join(match wine::is_used() {
            true => "Earmark.clap",
            false => "earmark.clap",
        })
    }

    /// The CLAP plugin's program code; on macOS the plugin is a folder.
    pub fn clap_code(&self) -> PathBuf {
        let bundle = self.clap();
        if bundle.is_dir() {
            bundle.join("Contents/MacOS/Earmark")
        } else {
            bundle
        }
    }

    pub fn vst3(&self) -> PathBuf {
        self.folder.join(match wine::is_used() {
            true => "Earmark.vst3",
            false => "earmark.vst3",
        })
    }

    /// The VST3 plugin's program code; the plugin is a folder.
    pub fn vst3_code(&self) -> PathBuf {
        let inside = match wine::is_used() {
            true => "x86_64-win/Earmark.vst3",
            false if cfg!(target_os = "macos") => "MacOS/earmark",
            false => "x86_64-linux/earmark.so",
        };
        self.vst3().join("Contents").join(inside)
    }

    pub fn command_line(&self) -> PathBuf {
        self.folder.join(match wine::is_used() || cfg!(windows) {
            true => "earmark.exe",
            false => "earmark",
        })
    }

    pub fn resources(&self) -> PathBuf {
        self.folder.join("earmark.resources")
    }
}

/// The Python program that can import pedalboard, dawdreamer and NumPy.
pub fn python() -> PathBuf {
    from_environment("EARMARK_TEST_PYTHON")
}

fn from_environment(variable: &str) -> PathBuf {
    let value = std::env::var_os(variable).filter(|value| !value.is_empty());
    let path = value.unwrap_or_else(|| {
        panic!("{variable} is not set; run the tests with `cargo xtask test`, which builds what they drive")
    });
    let path = PathBuf::from(path);
    assert!(
        Path::new(&path).exists(),
        "{variable} names {}, which does not exist; run the tests with `cargo xtask test`",
        path.display()
    );
    path
}
