//! Packs of a window: written from a classifier, read for a preview, and entered in the database. Files thread; it blocks on disks and
//! on the database.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::export::jobs::whole_path;
use crate::job::JobControl;
use crate::limits::{self, LONGEST_NAME};
use crate::pack::exchange::{self, PackWords};
use crate::pack::{PACK_EXTENSION, Pack, PackError};
use crate::platform::is_device;
use crate::platform::whole_file::Existing;
use crate::protocol::{EngineError, PackCredits, PackExport, PackFacts};
use crate::store::{ClassifierRow, ImportedClassifier, StoreHandle};
use crate::words::counted;

/// The settings that say whom the last pack named.
pub(super) const AUTHOR: &str = "pack_author";
pub(super) const LICENCE: &str = "pack_licence";
/// Names that are tried before an export gives up.
const MOST_NAMES: u32 = 1_000;

/// A pack that was read, and what the window shows of it.
#[derive(Debug, Clone)]
pub(super) struct ReadPack {
    pub pack: Arc<Pack>,
    pub facts: Arc<PackFacts>,
}

/// What became of a pack that was imported.
pub(super) struct ImportedPack {
    pub entered: ImportedClassifier,
    /// The classifier that was the newest before.
    pub before: Option<u32>,
}

/// What came of an errand with packs.
pub(super) enum PackNews {
    Exported(Result<String, EngineError>),
    Read(u64, Result<ReadPack, EngineError>),
    Imported {
        number: u64,
        pack: Arc<Pack>,
        profile: String,
        outcome: Result<ImportedPack, EngineError>,
        /// Of the database that was meant ([`StoreHandle::generation`]).
        generation: u64,
    },
}

/// Where a classifier is, and how its regions are cut.
pub(super) struct PackPlace {
    pub profile: String,
    pub model: String,
    pub threshold: f32,
}

/// Writes the classifier of `export`, and says where it went.
///
/// # Errors
/// When there is no such classifier or folder, a name is too long, the disk refuses, or the job is cancelled.
pub(super) fn export(
    store: &StoreHandle,
    place: &PackPlace,
    export: &PackExport,
    job: &JobControl,
) -> Result<String, EngineError> {
    let folder = whole_path(&export.folder)?;
    let PackCredits { author, licence } = &export.words;
    limits::optional_name("an author", author).map_err(PackError::of_words)?;
    limits::optional_name("a licence", licence).map_err(PackError::of_words)?;
    let rows = store.with(|store| store.classifiers(&place.profile, &place.model))?;
    let row = rows.iter().find(|row| row.version == export.version);
    let row = row.ok_or(EngineError::Vanished {
        what: "the classifier",
    })?;
    let sound = sound_of(row);
    let words = PackWords {
        sound: sound.clone(),
        author: author.clone(),
        licence: licence.clone(),
        threshold: place.threshold,
    };
    job.stage("writing the pack", 0.1);
    let mut pack = exchange::pack_of(store, (&rows, row), &words, &folder)?;
    let mut left_out = 0;
    if export.with_clips {
        job.stage("reading clips", 0.3);
        let (clips, missing) =
            exchange::clips_of(store, &place.profile, &row.classes, &mut || job.go_on())?;
        pack = pack.with_clips(clips)?;
        left_out = missing;
    }
    job.go_on()?;
    let path = save(&pack, &folder, &file_name(&sound))?;
    remember(store, &export.words);
    let clips = match pack.clips().len() {
        0 => String::new(),
        clips => format!(" with {}", counted(clips, "clip")),
    };
    let left_out = match left_out {
        0 => String::new(),
        count => format!(
            " {} could not be read and {} left out.",
            counted(count, "clip"),
            if count == 1 { "is" } else { "are" }
        ),
    };
    Ok(format!(
        "Exported {sound} v{}{clips} to {}.{left_out}",
        row.version,
        path.display()
    ))
}

/// Reads the pack at `path`.
///
/// # Errors
/// When there is none, or it is too large, damaged or from a newer Earmark.
pub(super) fn read(path: &Path) -> Result<ReadPack, EngineError> {
    let path = whole_path(path)?;
    let pack = Pack::load(&path)?;
    let about = &pack.about;
    let size_bytes = std::fs::metadata(&path).map_or(0, |file| file.len());
    let facts = PackFacts {
        sound: about.sound.clone(),
        model: about.model.key.clone(),
        credits: PackCredits {
            author: about.author.clone(),
            licence: about.licence.clone(),
        },
        version: about.version,
        created_at: about.created_at.clone(),
        counts: pack.classifier().counts(),
        metrics: pack.classifier().metrics().cloned(),
        threshold: about.threshold,
        clips: pack.clips().len(),
        size_bytes,
        obstacle: exchange::installed_model(&pack)
            .err()
            .map(|error| error.to_string()),
    };
    Ok(ReadPack {
        pack: Arc::new(pack),
        facts: Arc::new(facts),
    })
}

/// Enters the classifier of `pack` in `profile`, unless it is there.
///
/// # Errors
/// When its model is not installed any more, or the database refuses.
pub(super) fn import(
    store: &StoreHandle,
    profile: &str,
    pack: &Pack,
) -> Result<ImportedPack, EngineError> {
    let model = &pack.about.model.key;
    let before = store.with(|store| store.classifiers(profile, model))?;
    let entered = exchange::enter(store, profile, pack)?;
    Ok(ImportedPack {
        entered,
        before: before.first().map(|row| row.version),
    })
}

/// What the sound of a classifier is called.
fn sound_of(row: &ClassifierRow) -> String {
    let name = match row.name.as_str() {
        "" => row.classes.join(", "),
        name => name.to_owned(),
    };
    name.chars().take(LONGEST_NAME).collect()
}

/// A name for the file of `sound` that every system takes, without its ending.
fn file_name(sound: &str) -> String {
    let is_odd = |c: char| c.is_control() || "/\\:*?\"<>|".contains(c);
    let name: String = sound
        .chars()
        .map(|c| if is_odd(c) { '-' } else { c })
        .take(80)
        .collect();
    let name = name.trim_matches(['.', ' ']);
    match name.is_empty() || is_device(name) {
        true => format!("sound {name}").trim().to_owned(),
        false => name.to_owned(),
    }
}

/// Writes the pack below a name that no file has.
fn save(pack: &Pack, folder: &Path, name: &str) -> Result<PathBuf, EngineError> {
    let mut number = 1;
    loop {
        let file = match number {
            1 => format!("{name}.{PACK_EXTENSION}"),
            _ => format!("{name} {number}.{PACK_EXTENSION}"),
        };
        let path = folder.join(file);
        match pack.save(&path, Existing::Keep) {
            Ok(()) => return Ok(path),
            Err(PackError::Exists { .. }) if number < MOST_NAMES => number += 1,
            Err(error) => return Err(error.into()),
        }
    }
}

fn remember(store: &StoreHandle, words: &PackCredits) {
    let noted = store.with(|store| {
        store.set_setting(AUTHOR, &words.author)?;
        store.set_setting(LICENCE, &words.licence)
    });
    if let Err(error) = noted {
        tracing::debug!("whom the pack named is not remembered: {error}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sound_names_a_file_that_every_system_takes() {
        for (sound, file) in [
            ("door", "door"),
            ("door, bell", "door, bell"),
            ("../door: \"creak\"", "-door- -creak-"),
            ("CON", "sound CON"),
            ("...", "sound"),
        ] {
            assert_eq!(file_name(sound), file);
        }
    }
}
