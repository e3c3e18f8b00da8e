//! Installing stand-in bundles into temporary folders.

use super::*;
use crate::workspace::Workspace;
use std::fs;

/// A bundles folder as `cargo xtask bundle` leaves it on Linux and Windows.
fn bundles(target: &Path) -> Bundles {
    let workspace = Workspace::at(target.into(), target.into());
    let bundles = Bundles::locate(&workspace, crate::bundle::Profile::Release);
    for (path, content) in [
        (bundles.clap(), "clap"),
        (
            bundles.vst3().join("Contents/x86_64-linux/earmark.so"),
            "vst3",
        ),
        (
            bundles
                .vst3()
                .join("Contents/Resources")
                .join(RESOURCES)
                .join("models/aisfx.onnx"),
            "model",
        ),
        (bundles.command_line(), "cli"),
        (bundles.resources().join("models/aisfx.onnx"), "model"),
    ] {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    bundles
}

#[test]
fn every_part_finds_its_resources_beside_itself() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    let destinations = Destinations::for_platform("linux", &home, &SettingsFolders::default());
    install(&bundles(folder.path()), &destinations).unwrap();
    for path in [
        ".clap/earmark.clap",
        ".clap/earmark.resources/models/aisfx.onnx",
        ".vst3/earmark.vst3/Contents/x86_64-linux/earmark.so",
        ".vst3/earmark.vst3/Contents/Resources/earmark.resources/models/aisfx.onnx",
        ".local/lib/earmark/earmark.resources/models/aisfx.onnx",
    ] {
        assert!(home.join(path).is_file(), "{path}");
    }
    assert!(
        home.join(".local/lib/earmark")
            .join(command_line_file())
            .is_file()
    );
}

#[test]
fn installing_again_into_one_folder_replaces_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let destination = folder.path().join("plugins");
    let bundles = bundles(folder.path());
    install(&bundles, &Destinations::in_folder(&destination)).unwrap();
    fs::write(bundles.clap(), "newer").unwrap();
    install(&bundles, &Destinations::in_folder(&destination)).unwrap();
    assert_eq!(
        fs::read_to_string(destination.join("earmark.clap")).unwrap(),
        "newer"
    );
    assert!(
        destination
            .join("earmark.resources/models/aisfx.onnx")
            .is_file()
    );
}

#[cfg(unix)]
#[test]
fn somebody_elses_program_of_the_same_name_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    let theirs = home.join(".local/bin/earmark");
    fs::create_dir_all(theirs.parent().unwrap()).unwrap();
    fs::write(&theirs, "theirs").unwrap();
    let result = install(
        &bundles(folder.path()),
        &Destinations::for_platform("linux", &home, &SettingsFolders::default()),
    );
    let message = format!("{:#}", result.unwrap_err());
    assert!(message.contains("move away what is there"), "{message}");
    assert_eq!(fs::read_to_string(theirs).unwrap(), "theirs");
}

#[test]
fn each_platform_has_its_own_plugin_folders() {
    let home = Path::new("/home/u");
    let mac = Destinations::for_platform("macos", home, &SettingsFolders::default());
    assert_eq!(mac.vst3, home.join("Library/Audio/Plug-Ins/VST3"));
    let windows = Destinations::for_platform(
        "windows",
        home,
        &SettingsFolders {
            local_app_data: Some("/local".into()),
            ..SettingsFolders::default()
        },
    );
    assert_eq!(windows.clap, Path::new("/local/Programs/Common/CLAP"));
    assert_eq!(windows.link, None);
}
