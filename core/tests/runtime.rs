//! Loading ONNX Runtime, in a process of its own because that happens once per process.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods
)] // In tests a panic is the report.

mod common;

use earmark_core::embed::{Runtime, RuntimeError};
use earmark_core::platform;

#[test]
fn a_failed_attempt_names_its_cause_and_can_be_repeated_once_mended() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join(platform::RUNTIME_LIBRARY);
    let error = Runtime::load(std::slice::from_ref(&missing)).unwrap_err();
    assert!(matches!(error, RuntimeError::Missing { .. }), "{error}");
    assert!(error.to_string().contains("cargo xtask setup"), "{error}");
    assert!(
        error.to_string().contains(&missing.display().to_string()),
        "{error}"
    );

    // The bare name must not send the loader searching the system.
    let error = Runtime::load(&[platform::RUNTIME_LIBRARY.into()]).unwrap_err();
    assert!(matches!(error, RuntimeError::Missing { .. }), "{error}");

    let text = folder.path().join("text.so");
    std::fs::write(&text, "this is no library").unwrap();
    let error = Runtime::load(&[missing.clone(), text.clone()]).unwrap_err();
    assert!(
        matches!(&error, RuntimeError::Unusable { path, .. } if path.ends_with("text.so")),
        "{error}"
    );
    assert!(error.to_string().contains("EARMARK_ORT_DYLIB"), "{error}");

    let error = Runtime::load(&[folder.path().into()]).unwrap_err();
    assert!(
        matches!(error, RuntimeError::Missing { .. }),
        "a folder is no library: {error}"
    );

    // A library, but not the right one: any that the test program itself runs on.
    #[cfg(target_os = "linux")]
    {
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
        let libc = maps
            .lines()
            .filter_map(|line| line.split_whitespace().nth(5))
            .find(|path| path.contains("libc.so"));
        let error = Runtime::load(&[libc.unwrap().into()]).unwrap_err();
        assert!(
            matches!(&error, RuntimeError::Unusable { reason, .. } if reason.contains("OrtGetApiBase")),
            "{error}"
        );
    }

    let candidates: Vec<_> = [missing, text]
        .into_iter()
        .chain(platform::runtime_candidates())
        .collect();
    let loaded = Runtime::load(&candidates).unwrap_or_else(|error| {
        panic!("{error}; tests look in EARMARK_RESOURCES, run `cargo xtask setup`")
    });
    let again = Runtime::load(&[]).unwrap();
    assert_eq!(loaded.path(), again.path());
}
