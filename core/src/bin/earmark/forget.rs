//! `forget`: deleting everything the profile knows about a recording, whether its file is still there or not.

use std::path::Path;

use earmark_core::store::RecordingRows;
use earmark_core::words::counted;

use super::Context;
use super::failure::Failure;

pub fn forget(context: &Context, file: &Path, yes: bool) -> Result<(), Failure> {
    let filename = context.find(file)?.filename;
    let profile = &context.profile;
    let rows = context
        .store
        .with(|store| store.recording_rows(profile, &filename))?;
    let of = format!("{filename} in the profile {profile}");
    if rows.is_empty() {
        return Err(Failure::NothingToDelete {
            why: format!("there are no results or marks of {of}"),
        });
    }
    expect_same_file(file, &filename, &rows)?;
    let take_is_gone = rows.is_take && rows.paths.iter().all(|path| !path.exists());
    let has_rows = in_words(&rows).is_some();
    if !has_rows && !take_is_gone {
        return Err(Failure::NothingToDelete {
            why: format!(
                "there are no results or marks of {of}, and it is a take whose file is there"
            ),
        });
    }
    if !yes {
        let counts = in_words(&rows).unwrap_or_else(|| String::from("what is known"));
        context
            .output
            .confirm(&format!("delete {counts} of {of} for good"))?;
    }
    let deleted = context
        .store
        .with(|store| store.forget_recording(profile, &filename, take_is_gone))?;
    context.output.show(&deleted, |deleted| {
        let counts = in_words(deleted).unwrap_or_else(|| String::from("the take"));
        let mut text = format!("deleted {counts} of {of}; audio files stay\n");
        if rows.is_take && !deleted.is_take {
            text.push_str("its take stays in the list, because its file is there or another profile uses it\n");
        }
        text
    })
}

/// Refuses a path that is not the one the results and marks came from: another file may have the same name.
fn expect_same_file(file: &Path, filename: &str, rows: &RecordingRows) -> Result<(), Failure> {
    let is_bare_name = file
        .parent()
        .is_none_or(|folder| folder.as_os_str().is_empty());
    let named = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    match rows.paths.first() {
        Some(path) if !is_bare_name && !rows.paths.contains(&named) => {
            Err(Failure::OtherRecording {
                filename: filename.to_owned(),
                path: path.clone(),
            })
        }
        _ => Ok(()),
    }
}

/// `3 clips, 1 scan`; `None` when there is nothing.
fn in_words(rows: &RecordingRows) -> Option<String> {
    let kinds = [
        (rows.clips, "clip"),
        (rows.versions, "version"),
        (rows.regions, "region"),
        (rows.hard_negatives, "hard negative"),
        (rows.unsure, "unsure mark"),
        (rows.notes, "note"),
        (u64::from(rows.is_hidden), "hidden entry"),
    ];
    let kinds: Vec<String> = kinds
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| counted(usize::try_from(count).unwrap_or(usize::MAX), what))
        .collect();
    (!kinds.is_empty()).then(|| kinds.join(", "))
}
