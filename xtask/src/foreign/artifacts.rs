//! What a build made, as Cargo says it in JSON.

use serde::Deserialize;
use std::path::{Path, PathBuf};

/// A program that a build made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// The target's name in `Cargo.toml`.
    pub name: String,
    /// The folder of the package, in which Cargo runs its tests.
    pub package: PathBuf,
    /// Whether it holds tests.
    pub is_test: bool,
    pub path: PathBuf,
}

/// Everything that a build made and that somebody runs or loads.
#[derive(Debug, Clone, Default)]
pub struct Artifacts {
    programs: Vec<Program>,
    libraries: Vec<PathBuf>,
}

#[derive(Deserialize)]
struct Message {
    reason: String,
    manifest_path: Option<PathBuf>,
    target: Option<MessageTarget>,
    profile: Option<MessageProfile>,
    #[serde(default)]
    filenames: Vec<PathBuf>,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct MessageTarget {
    name: String,
    #[serde(default)]
    crate_types: Vec<String>,
}

#[derive(Deserialize)]
struct MessageProfile {
    test: bool,
}

impl Artifacts {
    /// Takes in one line of Cargo's messages. Lines about other things change nothing.
    pub fn read(&mut self, line: &str) {
        let Ok(message) = serde_json::from_str::<Message>(line) else {
            return;
        };
        let (Some(target), Some(profile)) = (message.target, message.profile) else {
            return;
        };
        if message.reason != "compiler-artifact" {
            return;
        }
        if let Some(path) = message.executable {
            let package = message.manifest_path.as_deref().and_then(Path::parent);
            self.programs.push(Program {
                name: target.name,
                package: package.map_or_else(PathBuf::new, Path::to_owned),
                is_test: profile.test,
                path,
            });
        } else if target.crate_types.iter().any(|kind| kind == "cdylib") {
            self.libraries.extend(message.filenames);
        }
    }

    /// The programs that hold tests.
    pub fn tests(&self) -> impl Iterator<Item = &Program> {
        self.programs.iter().filter(|program| program.is_test)
    }

    /// The program `name` that is not a test.
    pub fn program(&self, name: &str) -> Option<&Program> {
        self.programs
            .iter()
            .find(|program| !program.is_test && program.name == name)
    }

    /// The first library whose name ends so: `.dll`.
    pub fn library(&self, ending: &str) -> Option<&Path> {
        let path = self
            .libraries
            .iter()
            .find(|path| path.to_string_lossy().ends_with(ending));
        path.map(PathBuf::as_path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_tests_and_libraries_are_told_apart() {
        let mut made = Artifacts::default();
        for line in [
            "   Compiling something",
            r#"{"reason":"build-script-executed","package_id":"x"}"#,
            r#"{"reason":"compiler-artifact","package_id":"x","manifest_path":"/w/core/Cargo.toml",
                "target":{"kind":["bin"],"crate_types":["bin"],"name":"earmark"},"profile":{"test":false},
                "filenames":["/t/earmark.exe"],"executable":"/t/earmark.exe"}"#,
            r#"{"reason":"compiler-artifact","package_id":"x","manifest_path":"/w/core/Cargo.toml",
                "target":{"kind":["lib"],"crate_types":["lib"],"name":"earmark_core"},"profile":{"test":true},
                "filenames":["/t/core-1.exe"],"executable":"/t/core-1.exe"}"#,
            r#"{"reason":"compiler-artifact","package_id":"x","manifest_path":"/w/plugin/Cargo.toml",
                "target":{"kind":["cdylib","rlib"],"crate_types":["cdylib","rlib"],"name":"earmark"},
                "profile":{"test":false},"filenames":["/t/earmark.dll","/t/libearmark.rlib"],"executable":null}"#,
        ] {
            made.read(line);
        }
        assert_eq!(
            made.program("earmark").unwrap().path,
            Path::new("/t/earmark.exe")
        );
        let tests: Vec<_> = made.tests().collect();
        assert_eq!(tests.len(), 1);
        assert_eq!(tests[0].package, Path::new("/w/core"));
        assert_eq!(made.library(".dll"), Some(Path::new("/t/earmark.dll")));
        assert_eq!(made.library(".so"), None);
    }
}
