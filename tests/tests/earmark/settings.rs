//! `earmark settings`, as a user without a window chooses.

use crate::support::{Build, Sandbox};

#[test]
fn inference_threads_are_a_setting_of_the_database() {
    let (build, sandbox) = (Build::release(), Sandbox::new());
    let shown = |arguments: &[&str]| sandbox.cli(&build, arguments)[0].clone();
    let untouched = shown(&["settings", "inference_threads"]);
    assert_eq!(untouched["key"], "inference_threads");
    assert_eq!(untouched["value"], untouched["default"]);
    assert_eq!(shown(&["settings", "inference_threads", "7"])["value"], 7);
    assert_eq!(shown(&["settings", "inference_threads"])["value"], 7);
    let taken_back = shown(&["settings", "inference_threads", "default"]);
    assert_eq!(taken_back, untouched);
    for refused in [
        ["settings", "inference_threads", "0"],
        ["settings", "colour", "1"],
    ] {
        let output = sandbox.command_line(&build, &refused).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{refused:?}");
    }
}

#[test]
fn a_chosen_database_is_used_from_the_next_start_unless_the_environment_names_one() {
    let (build, sandbox) = (Build::release(), Sandbox::new());
    let chosen = sandbox.path("elsewhere.db");
    let run = |arguments: &[&str], named_by_environment: bool| {
        let mut command = sandbox.command_line(&build, arguments);
        if !named_by_environment {
            command.env_remove("EARMARK_DB");
        }
        let output = command.arg("--json").output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let path = chosen.to_str().unwrap();
    run(&["settings", "database", path], false);
    assert!(!chosen.exists(), "choosing makes nothing");
    run(&["profile", "create", "film"], false);
    assert!(chosen.exists());
    assert!(run(&["profiles"], false).contains("film"));
    assert!(!run(&["profiles"], true).contains("film"));
    assert!(run(&["settings", "database"], true).contains("EARMARK_DB"));

    run(&["settings", "database", "default"], false);
    assert!(!run(&["profiles"], false).contains("film"));
    assert!(chosen.exists(), "nothing is deleted");
}
