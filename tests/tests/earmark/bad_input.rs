//! What is missing or broken is told with its remedy, and costs nothing that was there before.

use std::path::Path;
use std::process::Command;

use crate::support::desk::run;
use crate::support::learned::CLASS;
use crate::support::signals::{RATE_HZ, chirp, room};
use crate::support::{Build, Desk};

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
fn contents(desk: &Desk) -> Vec<String> {
    let database = desk.open_database();
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

fn text(path: &Path) -> String {
    path.display().to_string()
}

/// A desk that has learned, and a room to scan.
fn learned() -> (Desk, String) {
    let desk = Desk::learned();
    let room = desk.write_wave("room.wav", RATE_HZ, vec![room(3.0, 1)]);
    (desk, text(&room))
}

#[test]
fn a_missing_runtime_is_told_with_its_remedy() {
    let build = Build::release();
    let (desk, room) = learned();
    let before = contents(&desk);
    assert_refused(
        desk.command_line(&build, &["scan", &room])
            .env("EARMARK_ORT_DYLIB", desk.path("nowhere.so")),
        &["nowhere.so", "EARMARK_ORT_DYLIB"],
    );
    assert_eq!(contents(&desk), before);
}

#[test]
fn a_library_that_is_not_the_runtime_is_told_with_its_remedy() {
    let build = Build::release();
    let (desk, room) = learned();
    let fake = desk.path("libonnxruntime.so");
    std::fs::write(&fake, "not a library").unwrap();
    assert_refused(
        desk.command_line(&build, &["scan", &room])
            .env("EARMARK_ORT_DYLIB", &fake),
        &["libonnxruntime.so", "cargo xtask setup"],
    );
}

#[test]
fn a_corrupt_model_is_told_with_its_remedy() {
    let build = Build::release();
    let (desk, room) = learned();
    let before = contents(&desk);
    let resources = desk.path("resources");
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
        desk.command_line(&build, &["scan", &room])
            .env("EARMARK_RESOURCES", &resources),
        &["model", "cargo xtask setup"],
    );
    assert_eq!(contents(&desk), before);
}

#[test]
fn a_corrupt_database_is_told_and_left_as_it_is() {
    let build = Build::release();
    let (desk, room) = learned();
    let garbage = b"this was a database once, before the disk failed ".repeat(300);
    std::fs::write(desk.database(), &garbage).unwrap();
    for arguments in [
        vec!["scan", &room],
        vec!["clip", "list"],
        vec!["clip", "add", "--class", CLASS, &room],
    ] {
        let database = text(&desk.database());
        assert_refused(
            &mut desk.command_line(&build, &arguments),
            &["database", &database],
        );
        assert!(std::fs::read(desk.database()).unwrap() == garbage);
    }
}

#[test]
fn a_take_recorded_over_a_corrupt_database_is_kept_and_the_host_goes_on() {
    use xtask::host::{BlockSizes, Pace, Step};

    let desk = Desk::new();
    let garbage = b"no database ".repeat(1000);
    std::fs::write(desk.database(), &garbage).unwrap();
    let sound = room(2.0, 4);
    let input = desk.write_wave("in.wav", RATE_HZ, vec![sound.clone(), sound.clone()]);
    desk.host(
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
    assert!(std::fs::read(desk.database()).unwrap() == garbage);
    let files = desk.take_files();
    assert_eq!(files.len(), 1, "{files:?}");
    let take = crate::support::take::Take::read(&files[0]);
    assert_eq!(take.channels[0].len(), sound.len());
}

#[test]
fn a_file_that_is_not_audio_is_told_by_name() {
    let build = Build::release();
    let (desk, _) = learned();
    let before = contents(&desk);
    let note = desk.path("note.wav");
    std::fs::write(&note, "Dear sound department,\n").unwrap();
    let empty = desk.path("empty.wav");
    std::fs::write(&empty, "").unwrap();
    let missing = desk.path("missing.wav");
    for (file, name) in [
        (note, "note.wav"),
        (empty, "empty.wav"),
        (missing, "missing.wav"),
    ] {
        let file = text(&file);
        assert_refused(&mut desk.command_line(&build, &["scan", &file]), &[name]);
        let add = ["clip", "add", "--class", CLASS, &file];
        assert_refused(&mut desk.command_line(&build, &add), &[name]);
    }
    assert_eq!(contents(&desk), before);
}

#[test]
fn a_class_without_clips_is_told_with_its_remedy() {
    let build = Build::release();
    let (desk, room) = learned();
    let before = contents(&desk);
    let train = ["train", "--positive", "door", "--background", &room];
    assert_refused(
        &mut desk.command_line(&build, &train),
        &["door", "earmark clip add"],
    );
    assert_eq!(contents(&desk), before);
}

#[test]
fn one_class_and_nothing_to_tell_it_from_is_told_with_its_remedy() {
    let build = Build::release();
    let desk = Desk::new();
    let file = text(&desk.write_wave("chirp.wav", RATE_HZ, vec![chirp(700.0, 0.4)]));
    desk.cli(&build, &["clip", "add", "--class", CLASS, &file]);
    let before = contents(&desk);
    assert_refused(
        &mut desk.command_line(&build, &["train", "--positive", CLASS]),
        &["background"],
    );
    assert_eq!(contents(&desk), before);
}

#[test]
fn scanning_before_anything_was_learned_is_told_with_its_remedy() {
    let build = Build::release();
    let desk = Desk::new();
    let room = text(&desk.write_wave("room.wav", RATE_HZ, vec![room(2.0, 3)]));
    assert_refused(
        &mut desk.command_line(&build, &["scan", &room]),
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
