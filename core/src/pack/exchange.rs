//! Packs of a database: a classifier out of it with its history, figures and examples, and one into it beside those that are there.
//!
//! The same code for the command line and for windows. Blocks on disks and on the database: the main thread of the command line, and
//! the labels thread.

use std::path::Path;

use super::{About, Ancestor, MOST_ANCESTORS, MissingModel, ModelOfPack, Pack, PackClip};
use crate::audio::is_audio_name;
use crate::classifier::Counts;
use crate::embed::{self, Manifest};
use crate::limits::LONGEST_NAME;
use crate::platform;
use crate::protocol::EngineError;
use crate::store::{
    ClassifierId, ClassifierRow, ImportedClassifier, MarksSeen, NewClassifier, StoreHandle,
};

/// What whoever exports a pack says of it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PackWords {
    /// What the sound is called.
    pub sound: String,
    /// Who trained it, and under which licence it may be used; empty for what the pack said that the classifier came in.
    pub author: String,
    pub licence: String,
    /// Regions are advised to be cut at this score.
    pub threshold: f32,
}

/// The classifier `row` of a profile as a pack; `rows` are all of the profile and model. `path` is for errors.
///
/// # Errors
/// When its model is not installed any more, the classifier is gone, or the database cannot be read.
pub fn pack_of(
    store: &StoreHandle,
    (rows, row): (&[ClassifierRow], &ClassifierRow),
    words: &PackWords,
    path: &Path,
) -> Result<Pack, EngineError> {
    let manifest = manifest_of(&row.model)?;
    if manifest.sha256() != row.model_sha256 {
        return Err(EngineError::OutdatedClassifier {
            model: row.model.clone(),
        });
    }
    let (bytes, shape) = store.with(|store| {
        let shape = store.region_shape(&row.profile, &row.model)?;
        Ok((store.classifier_bytes(row.id)?, shape))
    })?;
    let bytes = bytes.ok_or(EngineError::Vanished {
        what: "the classifier",
    })?;
    let origin = origin_of(store, row.id)?;
    let own = |said: &str, origin: Option<String>| match said {
        "" => origin.unwrap_or_default(),
        said => said.to_owned(),
    };
    let about = About {
        sound: words.sound.clone(),
        classes: row.classes.clone(),
        negative_class: row.negative_class.clone(),
        name: row.name.clone(),
        author: own(&words.author, origin.as_ref().map(|one| one.author.clone())),
        licence: own(
            &words.licence,
            origin.as_ref().map(|one| one.licence.clone()),
        ),
        made_by: concat!("Earmark ", env!("CARGO_PKG_VERSION")).to_owned(),
        version: row.version,
        created_at: row.created_at.clone(),
        training_s: row.seconds,
        used_hard_negatives: row.used_hard_negatives,
        background_margin_s: row.background_margin_s.unwrap_or(0.0),
        model: model_of(&manifest),
        threshold: words.threshold,
        fuse_gap_s: shape.fuse_gap_s(),
        min_length_s: shape.min_length_s(),
        history: history(store, (rows, row), origin)?,
    };
    Ok(Pack::new(about, bytes, path)?)
}

/// What the pack of a classifier said about itself; `None` when it was trained in this database.
///
/// # Errors
/// When the database cannot be read.
pub fn origin_of(store: &StoreHandle, id: ClassifierId) -> Result<Option<About>, EngineError> {
    let origin = store.with(|store| store.classifier_origin(id))?;
    Ok(origin.and_then(|text| serde_json::from_str(&text).ok()))
}

/// The versions of the same sound before `row`, those of the pack that it came in last.
fn history(
    store: &StoreHandle,
    (rows, row): (&[ClassifierRow], &ClassifierRow),
    origin: Option<About>,
) -> Result<Vec<Ancestor>, EngineError> {
    let earlier =
        |other: &&ClassifierRow| other.version < row.version && other.classes == row.classes;
    let mut history: Vec<Ancestor> = Vec::new();
    let mut oldest = origin;
    for other in rows.iter().filter(earlier) {
        let origin = origin_of(store, other.id)?;
        let counts: Counts = serde_json::from_value(other.counts.clone()).unwrap_or_default();
        let said = |what: fn(&About) -> &String| origin.as_ref().map(what).cloned();
        history.push(Ancestor {
            version: other.version,
            created_at: other.created_at.clone(),
            clips: counts.clips,
            author: said(|one| &one.author).unwrap_or_default(),
            licence: said(|one| &one.licence).unwrap_or_default(),
        });
        oldest = origin.or(oldest);
    }
    history.extend(oldest.into_iter().flat_map(|origin| origin.history));
    history.truncate(MOST_ANCESTORS);
    Ok(history)
}

/// The clips of `classes` that a training counts, and how many of them cannot be read or are not audio.
///
/// # Errors
/// When the database cannot be read, or `go_on` says no; it is asked before each clip.
pub fn clips_of(
    store: &StoreHandle,
    profile: &str,
    classes: &[String],
    go_on: &mut dyn FnMut() -> Result<(), EngineError>,
) -> Result<(Vec<PackClip>, usize), EngineError> {
    let mut clips = Vec::new();
    let mut missing = 0;
    for class in classes {
        let rows = store.with(|store| store.clips(profile, Some(class)))?;
        for row in rows.iter().filter(|row| !row.scan_export) {
            go_on()?;
            let path = &row.output_path;
            match std::fs::read(path) {
                Ok(bytes) if is_audio_name(path) => clips.push(PackClip::new(class, path, bytes)),
                _ => missing += 1,
            }
        }
    }
    Ok((clips, missing))
}

/// Enters the classifier of `pack` in `profile`, unless it is there.
///
/// # Errors
/// When its model is not installed, or the database refuses.
pub fn enter(
    store: &StoreHandle,
    profile: &str,
    pack: &Pack,
) -> Result<ImportedClassifier, EngineError> {
    let about = &pack.about;
    let manifest = installed_model(pack)?;
    let classifier = pack.classifier();
    let counts = serde_json::to_value(classifier.counts()).unwrap_or_default();
    let metrics = classifier.metrics().map(serde_json::to_value);
    let metrics = metrics.and_then(Result::ok);
    let new = NewClassifier {
        profile,
        model: manifest.key(),
        name: &about.name,
        classes: &about.classes,
        negative_class: about.negative_class.as_deref(),
        counts: &counts,
        metrics: metrics.as_ref(),
        seconds: about.training_s,
        bytes: pack.classifier_bytes(),
        model_sha256: manifest.sha256(),
        used_hard_negatives: about.used_hard_negatives,
        background_margin_s: about.background_margin_s,
        // It has seen no mark of this database.
        marks_seen: MarksSeen::default(),
    };
    let from = serde_json::to_value(about).unwrap_or_default();
    Ok(store.with(|store| store.import_classifier(&new, &from))?)
}

/// The installed model that the classifier of `pack` learned with.
///
/// # Errors
/// When it is not installed, with how to get it.
pub fn installed_model(pack: &Pack) -> Result<Manifest, MissingModel> {
    let wanted = &pack.about.model;
    let models = embed::find_models(&platform::model_folders());
    let same_key: Vec<Manifest> = models
        .into_iter()
        .flatten()
        .filter(|manifest| manifest.key() == wanted.key)
        .collect();
    let is_it = |manifest: &&Manifest| {
        manifest.sha256() == wanted.sha256 && manifest.dims() == pack.classifier().dims()
    };
    match same_key.iter().find(is_it) {
        Some(manifest) => Ok(manifest.clone()),
        None => Err(MissingModel {
            sound: pack.about.sound.clone(),
            model: Box::new(wanted.clone()),
            is_other_there: !same_key.is_empty(),
        }),
    }
}

fn manifest_of(key: &str) -> Result<Manifest, EngineError> {
    let found = embed::find_models(&platform::model_folders());
    let found: Vec<Manifest> = found.into_iter().flatten().collect();
    let keys: Vec<String> = found
        .iter()
        .map(|manifest| manifest.key().to_owned())
        .collect();
    let wanted = found.into_iter().find(|manifest| manifest.key() == key);
    wanted.ok_or_else(|| EngineError::NoSuchModel {
        key: key.to_owned(),
        found: match keys.is_empty() {
            true => String::from("none"),
            false => keys.join(", "),
        },
    })
}

fn model_of(manifest: &Manifest) -> ModelOfPack {
    let file = manifest.file();
    ModelOfPack {
        key: manifest.key().to_owned(),
        sha256: manifest.sha256().to_owned(),
        name: in_one_line(&file.name),
        licence: in_one_line(&file.licence),
        attribution: in_one_line(&file.attribution),
    }
}

fn in_one_line(text: &str) -> String {
    let text = text.split(char::is_control).collect::<Vec<_>>().join(" ");
    text.chars().take(LONGEST_NAME).collect()
}
