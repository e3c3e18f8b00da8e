//! The set-up's failures, provoked without network: each must name its remedy and leave nothing half-done.

use super::*;
use std::fs;
use std::path::Path;
#[cfg(unix)]
use tempfile::TempDir;

fn setup_in(folder: &Path, search_path: &Path) -> Setup {
    Setup {
        cache: Cache::at(folder.join("cache")),
        search_path: search_path.into(),
        runtime_override: None,
        runtime: pins::RUNTIMES.first(),
        may_install_packages: false,
    }
}

fn message(setup: &Setup) -> String {
    format!("{:#}", setup.run().unwrap_err())
}

/// A folder holding a `python3` that answers `--version` and runs `script` for a download.
#[cfg(unix)]
fn fake_pip(script: &str) -> TempDir {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("python3");
    let text = format!("#!/bin/sh\ncase \"$*\" in *--version*) exit 0 ;; esac\n{script}\n");
    fs::write(&program, text).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

#[test]
fn without_pip_the_message_says_how_to_get_it() {
    let folder = tempfile::tempdir().unwrap();
    let message = message(&setup_in(folder.path(), folder.path()));
    assert!(message.contains("apt-get install python3-pip"), "{message}");
}

#[test]
fn a_platform_without_a_runtime_is_pointed_to_the_override() {
    let folder = tempfile::tempdir().unwrap();
    let setup = Setup {
        runtime: None,
        ..setup_in(folder.path(), folder.path())
    };
    let message = message(&setup);
    assert!(message.contains(OVERRIDE_VARIABLE), "{message}");
}

#[test]
fn an_override_that_names_nothing_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("libmine.so");
    let setup = Setup {
        runtime_override: Some(missing),
        ..setup_in(folder.path(), folder.path())
    };
    let message = message(&setup);
    assert!(
        message.contains("libmine.so") && message.contains("unset it"),
        "{message}"
    );
}

#[test]
fn an_override_makes_the_runtime_download_unnecessary() {
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join("libmine.so");
    fs::write(&library, b"").unwrap();
    let setup = Setup {
        runtime_override: Some(library),
        ..setup_in(folder.path(), folder.path())
    };
    // It gets as far as the model.
    let message = message(&setup);
    assert!(
        message.contains("the model aisfx could not be set up"),
        "{message}"
    );
}

#[cfg(unix)]
#[test]
fn without_network_the_message_says_so_although_pip_blames_the_version() {
    let folder = tempfile::tempdir().unwrap();
    let pip = fake_pip(
        "echo 'WARNING: Retrying after connection broken by NewConnectionError' >&2\n\
         echo 'ERROR: No matching distribution found for onnxruntime==1.28.0' >&2\nexit 1",
    );
    let message = message(&setup_in(folder.path(), pip.path()));
    assert!(
        message.contains("cannot be reached") && message.contains("Connect to the network"),
        "{message}"
    );
}

#[cfg(unix)]
#[test]
fn another_failure_of_pip_is_passed_on_in_its_own_words() {
    let folder = tempfile::tempdir().unwrap();
    let pip = fake_pip("echo 'ERROR: no such option: --platform' >&2\nexit 2");
    let message = message(&setup_in(folder.path(), pip.path()));
    assert!(
        message.contains("no such option") && message.contains("--upgrade pip"),
        "{message}"
    );
}

#[cfg(unix)]
#[test]
fn a_wheel_with_another_checksum_is_not_unpacked() {
    let folder = tempfile::tempdir().unwrap();
    let pip = fake_pip(
        "while [ \"$1\" != --dest ]; do shift; done\n\
         echo something else > \"$2/onnxruntime-1.28.0-cp312-cp312-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl\"",
    );
    let setup = setup_in(folder.path(), pip.path());
    let message = message(&setup);
    assert!(
        message.contains("wrong checksum") && message.contains("Delete the file"),
        "{message}"
    );
    assert!(!setup.cache().resources().exists());
}

#[test]
fn a_cached_library_that_was_tampered_with_is_refused_before_anything_is_fetched() {
    let folder = tempfile::tempdir().unwrap();
    let setup = setup_in(folder.path(), folder.path());
    let library = setup
        .cache()
        .resources()
        .join("onnxruntime")
        .join(pins::RUNTIMES[0].library);
    fs::create_dir_all(library.parent().unwrap()).unwrap();
    fs::write(&library, b"not a library").unwrap();
    let message = message(&setup);
    assert!(
        message.contains("wrong checksum") && message.contains("Delete it"),
        "{message}"
    );
}
