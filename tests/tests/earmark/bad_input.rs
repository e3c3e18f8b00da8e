//! What is missing or broken is told with its remedy, and costs nothing that was there before.

use std::path::Path;
use std::process::Command;

use crate::support::learned::CLASS;
use crate::support::sandbox::run;
use crate::support::signals::{RATE_HZ, chirp, room};
use crate::support::{Build, Sandbox, wine};

/// Runs a command that must fail as all failures do: exit code 1, and on standard error what happened and what to do.
fn assert_refused(command: &mut Command, tells: &[&str]) {
    let output = run(command);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        output.status.code(),
        Some(1),
        "{}\n{errors}",
        String::from_utf8_lossy(&output.stdout)
    );
    for words in tells {
        assert!(errors.contains(words), "`{words}` is not in: {errors}");
    }
    assert!(!errors.contains("panicked"), "{errors}");
}

/// Everything the tables hold, in words: what must be the same before and after.
fn contents(sandbox: &Sandbox) -> Vec<String> {
    let database = sandbox.open_database();
    let tables = [
        "processed",
        "scan_results",
        "hard_negatives",
        "hidden_files",
        "sources",
        "takes",
        "classifiers",
        "scans",
    ];
    let mut contents = Vec::new();
    for table in tables {
        let mut query = database
            .prepare(&format!("SELECT * FROM {table} ORDER BY 1"))
            .unwrap();
        let columns = query.column_count();
        let mut rows = query.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let values: Vec<_> = (0..columns)
                .map(|column| format!("{:?}", row.get_ref(column).unwrap()))
                .collect();
            contents.push(format!("{table}: {}", values.join(", ")));
        }
    }
    contents
}

/// As the program under test writes it.
fn text(path: &Path) -> String {
    wine::path_for(path).to_string_lossy().into_owned()
}

/// A sandbox that has learned, and a room to scan.
fn learned() -> (Sandbox, String) {
    let sandbox = Sandbox::learned();
    let room = sandbox.write_wave("room.wav", RATE_HZ, vec![room(3.0, 1)]);
    (sandbox, text(&room))
}

#[test]
fn a_missing_runtime_is_told_with_its_remedy() {
    let build = Build::release();
    let (sandbox, room) = learned();
    let before = contents(&sandbox);
    assert_refused(
        sandbox
            .command_line(&build, &["scan", &room])
            .env("EARMARK_ORT_DYLIB", sandbox.path("nowhere.so")),
        &["nowhere.so", "EARMARK_ORT_DYLIB"],
    );
    assert_eq!(contents(&sandbox), before);
}

#[test]
fn a_library_that_is_not_the_runtime_is_told_with_its_remedy() {
    let build = Build::release();
    let (sandbox, room) = learned();
    let fake = sandbox.path("libonnxruntime.so");
    std::fs::write(&fake, "not a library").unwrap();
    assert_refused(
        sandbox
            .command_line(&build, &["scan", &room])
            .env("EARMARK_ORT_DYLIB", &fake),
        &["libonnxruntime.so", "cargo xtask setup"],
    );
}

#[test]
fn a_corrupt_model_is_told_with_its_remedy() {
    let build = Build::release();
    let (sandbox, room) = learned();
    let before = contents(&sandbox);
    let resources = sandbox.path("resources");
    copy_folder(&build.resources(), &resources);
    let mut models: Vec<_> = std::fs::read_dir(resources.join("models"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    models.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "onnx")
    });
    assert_eq!(models.len(), 1, "{models:?}");
    let whole = std::fs::read(&models[0]).unwrap();
    std::fs::write(&models[0], &whole[..whole.len() / 2]).unwrap();
    assert_refused(
        sandbox
            .command_line(&build, &["scan", &room])
            .env("EARMARK_RESOURCES", &resources),
        &["model", "cargo xtask setup"],
    );
    assert_eq!(contents(&sandbox), before);
}

#[test]
fn a_corrupt_database_is_told_and_left_as_it_is() {
    let build = Build::release();
    let (sandbox, room) = learned();
    let garbage = b"this was a database once, before the disk failed ".repeat(300);
    std::fs::write(sandbox.database(), &garbage).unwrap();
    for arguments in [
        vec!["scan", &room],
        vec!["clip", "list"],
        vec!["clip", "add", "--class", CLASS, &room],
    ] {
        let database = text(&sandbox.database());
        assert_refused(
            &mut sandbox.command_line(&build, &arguments),
            &["database", &database],
        );
        assert!(std::fs::read(sandbox.database()).unwrap() == garbage);
    }
}

#[test]
fn a_take_recorded_over_a_corrupt_database_is_kept_and_the_host_goes_on() {
    use xtask::host::{BlockSizes, Pace, Step};

    let sandbox = Sandbox::new();
    let garbage = b"no database ".repeat(1000);
    std::fs::write(sandbox.database(), &garbage).unwrap();
    let sound = room(2.0, 4);
    let input = sandbox.write_wave("in.wav", RATE_HZ, vec![sound.clone(), sound.clone()]);
    sandbox.host(
        &Build::release(),
        vec![
            Step::Activate {
                rate_hz: RATE_HZ,
                blocks: BlockSizes::Fixed(512),
            },
            Step::Play {
                input,
                output: None,
                transport: vec![],
                pace: Pace::AsFastAsPossible,
            },
        ],
    );
    assert!(std::fs::read(sandbox.database()).unwrap() == garbage);
    let files = sandbox.take_files();
    assert_eq!(files.len(), 1, "{files:?}");
    let take = crate::support::take::Take::read(&files[0]);
    assert_eq!(take.channels[0].len(), sound.len());
}

#[test]
fn a_file_that_is_not_audio_is_told_by_name() {
    let build = Build::release();
    let (sandbox, _) = learned();
    let before = contents(&sandbox);
    let note = sandbox.path("note.wav");
    std::fs::write(&note, "Dear sound department,\n").unwrap();
    let empty = sandbox.path("empty.wav");
    std::fs::write(&empty, "").unwrap();
    let missing = sandbox.path("missing.wav");
    for (file, name) in [
        (note, "note.wav"),
        (empty, "empty.wav"),
        (missing, "missing.wav"),
    ] {
        let file = text(&file);
        assert_refused(&mut sandbox.command_line(&build, &["scan", &file]), &[name]);
        let add = ["clip", "add", "--class", CLASS, &file];
        assert_refused(&mut sandbox.command_line(&build, &add), &[name]);
    }
    assert_eq!(contents(&sandbox), before);
}

#[test]
fn a_class_without_clips_is_told_with_its_remedy() {
    let build = Build::release();
    let (sandbox, room) = learned();
    let before = contents(&sandbox);
    let train = ["train", "--positive", "door", "--background", &room];
    assert_refused(
        &mut sandbox.command_line(&build, &train),
        &["door", "earmark clip add"],
    );
    assert_eq!(contents(&sandbox), before);
}

#[test]
fn one_class_and_nothing_to_tell_it_from_is_told_with_its_remedy() {
    let build = Build::release();
    let sandbox = Sandbox::new();
    let file = text(&sandbox.write_wave("chirp.wav", RATE_HZ, vec![chirp(700.0, 0.4)]));
    sandbox.cli(&build, &["clip", "add", "--class", CLASS, &file]);
    let before = contents(&sandbox);
    assert_refused(
        &mut sandbox.command_line(&build, &["train", "--positive", CLASS]),
        &["background"],
    );
    assert_eq!(contents(&sandbox), before);
}

#[test]
fn scanning_before_anything_was_learned_is_told_with_its_remedy() {
    let build = Build::release();
    let sandbox = Sandbox::new();
    let room = text(&sandbox.write_wave("room.wav", RATE_HZ, vec![room(2.0, 3)]));
    assert_refused(
        &mut sandbox.command_line(&build, &["scan", &room]),
        &["learned"],
    );
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
