//! The plan of a scan that many computers share: made of what the command line says, and held against it.
//!
//! Blocks on the disk; the main thread. It must never open the database.

use std::num::NonZeroU32;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use earmark_core::library::audio_files::{FoundAudio, find_audio};
use earmark_core::pack::Pack;
use earmark_core::pack::exchange::installed_model;
use earmark_core::platform::whole_file::Existing;
use earmark_core::shard::{FileState, PlannedSound, Plans, ShardFolder, absolute_texts};
use earmark_core::words::{bytes_in_words, counted};
use serde::Serialize;

use super::Context;
use super::arguments::ScanArguments;
use super::failure::Failure;

/// What was planned.
#[derive(Serialize)]
struct Planned {
    files: u64,
    size_bytes: u64,
    parts: usize,
    sounds: Vec<PlannedSound>,
}

pub fn show_plan(context: &Context, plans: &Plans) -> Result<(), Failure> {
    let planned = Planned {
        files: plans.plan.files(),
        size_bytes: plans.plan.size_bytes,
        parts: plans.plan.parts(),
        sounds: plans.plan.sounds.clone(),
    };
    context.output.show(&planned, |planned| {
        format!(
            "planned {} ({}) in {} for {}",
            counted(planned.files as usize, "file"),
            bytes_in_words(planned.size_bytes),
            counted(planned.parts, "part"),
            names(&planned.sounds)
        )
    })
}

fn names(sounds: &[PlannedSound]) -> String {
    let names: Vec<&str> = sounds.iter().map(|sound| sound.sound.as_str()).collect();
    names.join(", ")
}

/// Writes the plan, unless another task does so at the same moment.
pub fn prepare(
    context: &Context,
    arguments: &ScanArguments,
    folder: &ShardFolder,
    parts: NonZeroU32,
) -> Result<(), Failure> {
    if arguments.sounds.sounds.is_empty() {
        return Err(Failure::NoPack);
    }
    if arguments.files.is_empty() {
        return Err(Failure::NothingToPlan);
    }
    let cannot = |source| Failure::Unwritable {
        path: folder.path().to_owned(),
        source,
    };
    let packs = packs_of(&arguments.sounds.sounds, folder)?;
    let files = list(context, &arguments.files)?;
    folder.create().map_err(cannot)?;
    let mut sounds = Vec::new();
    for pack in &packs {
        installed_model(pack)?;
        pack.save(&folder.pack(&pack.identity()), Existing::Replace)?;
        sounds.push(planned(pack, arguments));
    }
    Plans::write(folder, &arguments.files, sounds, &files, parts)?;
    Ok(())
}

fn packs_of(said: &[String], folder: &ShardFolder) -> Result<Vec<Pack>, Failure> {
    let packs = said.iter().map(|said| {
        let path = Path::new(said);
        let is_name = path.components().count() == 1 && path.extension().is_none();
        let named = folder.named_pack(said);
        match is_name && !path.is_file() {
            true => Pack::load(&named),
            false => Pack::load(path),
        }
    });
    Ok(packs.collect::<Result<_, _>>()?)
}

fn planned(pack: &Pack, arguments: &ScanArguments) -> PlannedSound {
    let about = &pack.about;
    let shape = &arguments.shape;
    PlannedSound {
        sound: about.sound.clone(),
        model: about.model.key.clone(),
        model_sha256: about.model.sha256.clone(),
        classifier: pack.identity(),
        threshold: arguments.threshold.unwrap_or(about.threshold),
        fuse_gap_s: shape.fuse_gap.unwrap_or(about.fuse_gap_s),
        min_length_s: shape.min_length.unwrap_or(about.min_length_s),
    }
}

/// The audio files among `named` and in the folders among them, in the order in which one computer scans them.
fn list(context: &Context, named: &[PathBuf]) -> Result<Vec<FoundAudio>, Failure> {
    let mut files = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for path in named {
        let unreadable = |source: std::io::Error| match source.kind() {
            std::io::ErrorKind::NotFound => Failure::NoFile {
                path: path.to_owned(),
            },
            _ => Failure::Unreadable {
                path: path.to_owned(),
                source,
            },
        };
        let absolute = std::path::absolute(path).map_err(unreadable)?;
        if !std::fs::metadata(&absolute).map_err(unreadable)?.is_dir() {
            let state = FileState::of(&absolute).map_err(unreadable)?;
            files.push(FoundAudio {
                path: absolute,
                size_bytes: state.size_bytes,
                modified_ns: state.modified_ns,
            });
            continue;
        }
        let found = find_audio(&absolute, &mut |_| ControlFlow::Continue(()));
        let found = found.unwrap_or_default();
        for (path, error) in &found.faults {
            let note = format!("{} left out: it cannot be read ({error})", path.display());
            context.output.note(&note);
        }
        files.extend(found.files);
    }
    files.retain(|file| seen.insert(file.path.clone()));
    match files.is_empty() {
        true => Err(Failure::NothingToPlan),
        false => Ok(files),
    }
}

/// Refuses what the plan does not say: a plan never changes.
pub fn expect_same(
    plans: &Plans,
    folder: &ShardFolder,
    arguments: &ScanArguments,
) -> Result<(), Failure> {
    let other = |what: &'static str| Failure::OtherPlan {
        folder: folder.path().to_owned(),
        what,
        planned: names(&plans.plan.sounds),
    };
    if !arguments.sounds.sounds.is_empty() {
        let said = packs_of(&arguments.sounds.sounds, folder)?;
        let said: Vec<PlannedSound> = said.iter().map(|pack| planned(pack, arguments)).collect();
        if said != plans.plan.sounds {
            return Err(other("sounds or settings"));
        }
    }
    let said = absolute_texts(&arguments.files);
    if !said.is_empty() && said != plans.plan.folders {
        return Err(other("folders"));
    }
    Ok(())
}
