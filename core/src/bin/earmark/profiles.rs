//! `profiles` and `profile …`.

use earmark_core::store::{DEFAULT_PROFILE, ProfileRows};
use earmark_core::words::counted;
use serde::Serialize;

use super::Context;
use super::failure::Failure;

#[derive(Serialize)]
struct Profile {
    name: String,
    #[serde(flatten)]
    rows: ProfileRows,
}

pub fn list(context: &Context) -> Result<(), Failure> {
    let profiles = context.store.with(|store| {
        let names = store.profiles()?.into_iter();
        names
            .map(|name| {
                let rows = store.profile_rows(&name)?;
                Ok(Profile { name, rows })
            })
            .collect::<Result<Vec<_>, _>>()
    })?;
    context.output.show(&profiles, |profiles| {
        profiles
            .iter()
            .map(|profile| format!("{}: {}\n", profile.name, describe(&profile.rows)))
            .collect()
    })
}

pub fn create(context: &Context, name: &str) -> Result<(), Failure> {
    context.store.with(|store| store.create_profile(name))?;
    show(context, name, |name, _| format!("created {name}"))
}

pub fn duplicate(context: &Context, from: &str, to: &str) -> Result<(), Failure> {
    context
        .store
        .with(|store| store.duplicate_profile(from, to))?;
    show(context, to, |name, rows| {
        format!("copied {} from {from} to {name}", describe(rows))
    })
}

pub fn rename(context: &Context, from: &str, to: &str) -> Result<(), Failure> {
    context.store.with(|store| store.rename_profile(from, to))?;
    show(context, to, |name, rows| {
        format!("renamed {from} to {name}, with {}", describe(rows))
    })
}

pub fn delete(context: &Context, name: &str, yes: bool) -> Result<(), Failure> {
    let (rows, known) = context
        .store
        .with(|store| Ok((store.profile_rows(name)?, store.profiles()?)))?;
    // What cannot be deleted is refused below, whether or not it was confirmed.
    let deletable = name != DEFAULT_PROFILE && known.iter().any(|known| known == name);
    if deletable && !yes {
        context.output.confirm(&format!(
            "delete the profile {name} with {} for good",
            describe(&rows)
        ))?;
    }
    let rows = context.store.with(|store| store.delete_profile(name))?;
    context
        .output
        .show(&serde_json::json!({ "deleted": rows }), |_| {
            format!("deleted {name} with {}", describe(&rows))
        })
}

fn show(
    context: &Context,
    name: &str,
    text: impl FnOnce(&str, &ProfileRows) -> String,
) -> Result<(), Failure> {
    let name = name.trim().to_owned();
    let rows = context.store.with(|store| store.profile_rows(&name))?;
    context.output.show(&Profile { name, rows }, |profile| {
        text(&profile.name, &profile.rows)
    })
}

fn describe(rows: &ProfileRows) -> String {
    let kinds = [
        (rows.clips, "clip"),
        (rows.versions, "version"),
        (rows.regions, "region"),
        (rows.hard_negatives, "hard negative"),
        (rows.unsure, "unsure mark"),
        (rows.notes, "note"),
        (rows.hidden_files, "hidden file"),
        (rows.classifiers, "classifier"),
    ];
    let kinds: Vec<String> = kinds
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| counted(usize::try_from(count).unwrap_or(usize::MAX), what))
        .collect();
    if kinds.is_empty() {
        return String::from("nothing");
    }
    kinds.join(", ")
}
