//! `pack`: a trained classifier as a file, and back. Blocks on the disk; the main thread.

use std::path::Path;

use earmark_core::embed::{self, Manifest};
use earmark_core::limits::LONGEST_NAME;
use earmark_core::pack::{About, Ancestor, MOST_ANCESTORS, ModelOfPack, Pack};
use earmark_core::platform::{self, whole_file::Existing};
use earmark_core::protocol::EngineError;
use earmark_core::store::{
    ClassifierId, ClassifierRow, ImportedClassifier, MarksSeen, NewClassifier,
};
use earmark_core::words::counted;
use earmark_core::worker::figures::counts_of;
use serde::Serialize;

use super::Context;
use super::arguments::{PackCommand, PackExportArguments};
use super::failure::Failure;
use super::pack_clips::{clips_of, unpack_clips};

/// A pack as it is shown.
#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    about: About,
    /// Examples of each kind that it learned from.
    counts: earmark_core::classifier::Counts,
    metrics: Option<earmark_core::classifier::Metrics>,
    /// SHA-256 of the classifier.
    sha256: String,
    size_bytes: usize,
    /// Examples that came along.
    clips: usize,
    /// Why it cannot be used here.
    obstacle: Option<String>,
}

#[derive(Serialize)]
struct Imported {
    sound: String,
    model: String,
    profile: String,
    /// The classifier's number.
    version: u32,
    /// Whether it was there already.
    already_there: bool,
}

pub fn run(context: &Context, command: PackCommand) -> Result<(), Failure> {
    match command {
        PackCommand::Export(arguments) => export(context, &arguments),
        PackCommand::Import { file, clips_to } => import(context, &file, clips_to.as_deref()),
        PackCommand::Show { file } => show(context, &file),
    }
}

fn export(context: &Context, arguments: &PackExportArguments) -> Result<(), Failure> {
    let (profile, model) = (context.profile.as_str(), arguments.model.as_str());
    let manifest = manifest_of(model)?;
    let (rows, shape) = context.store.with(|store| {
        let rows = store.classifiers(profile, model)?;
        Ok((rows, store.region_shape(profile, model)?))
    })?;
    let row = chosen(&rows, arguments, profile)?;
    if manifest.sha256() != row.model_sha256 {
        return Err(Failure::Engine(EngineError::OutdatedClassifier {
            model: model.to_owned(),
        }));
    }
    let (bytes, origin) = context.store.with(|store| {
        Ok((
            store.classifier_bytes(row.id)?,
            store.classifier_origin(row.id)?,
        ))
    })?;
    let bytes = bytes.ok_or(EngineError::Vanished {
        what: "the classifier",
    })?;
    let origin = origin.and_then(|text| serde_json::from_str::<About>(&text).ok());
    let own = |said: &str, origin: Option<String>| match said {
        "" => origin.unwrap_or_default(),
        said => said.to_owned(),
    };
    let about = About {
        sound: arguments.sound.clone(),
        classes: row.classes.clone(),
        negative_class: row.negative_class.clone(),
        name: row.name.clone(),
        author: own(
            &arguments.author,
            origin.as_ref().map(|one| one.author.clone()),
        ),
        licence: own(
            &arguments.licence,
            origin.as_ref().map(|one| one.licence.clone()),
        ),
        made_by: concat!("Earmark ", env!("CARGO_PKG_VERSION")).to_owned(),
        version: row.version,
        created_at: row.created_at.clone(),
        training_s: row.seconds,
        used_hard_negatives: row.used_hard_negatives,
        background_margin_s: row.background_margin_s.unwrap_or(0.0),
        model: model_of(&manifest),
        threshold: arguments.threshold,
        fuse_gap_s: shape.fuse_gap_s(),
        min_length_s: shape.min_length_s(),
        history: history(context, &rows, row, origin)?,
    };
    let mut pack = Pack::new(about, bytes, &arguments.file)?;
    if arguments.with_clips {
        let clips = clips_of(context, &pack.about.classes)?;
        pack = pack.with_clips(clips)?;
    }
    let existing = match arguments.replace {
        true => Existing::Replace,
        false => Existing::Keep,
    };
    pack.save(&arguments.file, existing)?;
    context.output.show(&shown(&pack), |shown| {
        format!("wrote {}: {}", arguments.file.display(), line(shown))
    })
}

/// The classifier of the sound: the one of the number, else the newest that learned the class alone, else the newest of that name or
/// with the class among others.
fn chosen<'a>(
    rows: &'a [ClassifierRow],
    arguments: &PackExportArguments,
    profile: &str,
) -> Result<&'a ClassifierRow, Failure> {
    let sound = &arguments.sound;
    if let Some(number) = arguments.number {
        let found = rows.iter().find(|row| row.version == number);
        return found.ok_or_else(|| Failure::NoClassifierOfNumber {
            version: number,
            model: arguments.model.clone(),
            profile: profile.to_owned(),
        });
    }
    let find = |is_it: &dyn Fn(&ClassifierRow) -> bool| rows.iter().find(|row| is_it(row));
    find(&|row| row.classes.as_slice() == std::slice::from_ref(sound))
        .or_else(|| find(&|row| row.name == *sound))
        .or_else(|| find(&|row| row.classes.contains(sound)))
        .ok_or_else(|| {
            let mut known: Vec<String> = rows.iter().flat_map(|row| row.classes.clone()).collect();
            known.sort();
            known.dedup();
            Failure::NoSound {
                sound: sound.clone(),
                model: arguments.model.clone(),
                profile: profile.to_owned(),
                known,
            }
        })
}

/// The versions of the same sound before `row`, those of the pack that it came in last.
fn history(
    context: &Context,
    rows: &[ClassifierRow],
    row: &ClassifierRow,
    origin: Option<About>,
) -> Result<Vec<Ancestor>, Failure> {
    let earlier =
        |other: &&ClassifierRow| other.version < row.version && other.classes == row.classes;
    let mut history: Vec<Ancestor> = Vec::new();
    let mut oldest = origin;
    for other in rows.iter().filter(earlier) {
        let origin = context
            .store
            .with(|store| store.classifier_origin(other.id))?;
        let origin = origin.and_then(|text| serde_json::from_str::<About>(&text).ok());
        history.push(Ancestor {
            version: other.version,
            created_at: other.created_at.clone(),
            clips: counts_of(other).clips,
            author: origin
                .as_ref()
                .map(|one| one.author.clone())
                .unwrap_or_default(),
            licence: origin
                .as_ref()
                .map(|one| one.licence.clone())
                .unwrap_or_default(),
        });
        oldest = origin.or(oldest);
    }
    history.extend(oldest.into_iter().flat_map(|origin| origin.history));
    history.truncate(MOST_ANCESTORS);
    Ok(history)
}

fn import(context: &Context, file: &Path, clips_to: Option<&Path>) -> Result<(), Failure> {
    let pack = Pack::load(file)?;
    // Before the classifier: a folder that cannot be written changes nothing.
    if let Some(folder) = clips_to {
        unpack_clips(context, &pack, folder)?;
    }
    let entered = enter(context, &pack)?;
    let about = &pack.about;
    let version = match &entered {
        ImportedClassifier::New(row) => row.version,
        ImportedClassifier::There { version, .. } => *version,
    };
    let imported = Imported {
        sound: about.sound.clone(),
        model: about.model.key.clone(),
        profile: context.profile.clone(),
        version,
        already_there: matches!(entered, ImportedClassifier::There { .. }),
    };
    context.output.show(&imported, |imported| {
        let Imported {
            sound,
            model,
            profile,
            version,
            ..
        } = imported;
        match imported.already_there {
            true => format!(
                "the classifier of {sound} is in the profile {profile} already, as classifier {version} of {model}"
            ),
            false => format!(
                "imported {sound} as classifier {version} of {model} in the profile {profile}: the next scan uses it. `earmark restore-classifier NUMBER` goes back to an earlier one"
            ),
        }
    })
}

/// Enters the classifier of `pack` in the database, unless it is there.
pub fn enter(context: &Context, pack: &Pack) -> Result<ImportedClassifier, Failure> {
    let about = &pack.about;
    let manifest = installed_model(pack)?;
    let classifier = pack.classifier();
    let counts = serde_json::to_value(classifier.counts()).unwrap_or_default();
    let metrics = classifier.metrics().map(serde_json::to_value);
    let metrics = metrics.and_then(Result::ok);
    let new = NewClassifier {
        profile: &context.profile,
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
    Ok(context
        .store
        .with(|store| store.import_classifier(&new, &from))?)
}

/// The author and the licence of an imported classifier, in brackets; empty for one that was trained here.
pub fn origin_in_words(context: &Context, id: ClassifierId) -> Result<String, Failure> {
    let origin = context.store.with(|store| store.classifier_origin(id))?;
    let origin = origin.and_then(|text| serde_json::from_str::<About>(&text).ok());
    Ok(origin.map_or_else(String::new, |about| {
        let said = [about.author, about.licence];
        let said: Vec<String> = said.into_iter().filter(|text| !text.is_empty()).collect();
        match said.is_empty() {
            true => String::from("; from a pack"),
            false => format!("; from a pack ({})", said.join(", ")),
        }
    }))
}

fn show(context: &Context, file: &Path) -> Result<(), Failure> {
    let pack = Pack::load(file)?;
    context.output.show(&shown(&pack), |shown| {
        let mut text = line(shown);
        for earlier in &shown.about.history {
            text.push_str(&format!(
                "\n  before it: version {} ({}), {}",
                earlier.version,
                earlier.created_at,
                counted(earlier.clips as usize, "example")
            ));
        }
        if let Some(obstacle) = &shown.obstacle {
            text.push_str(&format!("\n  cannot be used here: {obstacle}"));
        }
        text
    })
}

/// The installed model that the classifier of `pack` learned with.
///
/// # Errors
/// When it is not installed, with how to get it.
pub fn installed_model(pack: &Pack) -> Result<Manifest, Failure> {
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
        None => Err(Failure::ModelOfPack {
            sound: pack.about.sound.clone(),
            key: wanted.key.clone(),
            name: wanted.name.clone(),
            attribution: wanted.attribution.clone(),
            sha256: wanted.sha256.clone(),
            is_other_there: !same_key.is_empty(),
        }),
    }
}

fn manifest_of(key: &str) -> Result<Manifest, Failure> {
    let found = embed::find_models(&platform::model_folders());
    let found: Vec<Manifest> = found.into_iter().flatten().collect();
    let keys: Vec<String> = found
        .iter()
        .map(|manifest| manifest.key().to_owned())
        .collect();
    let wanted = found.into_iter().find(|manifest| manifest.key() == key);
    wanted.ok_or_else(|| {
        Failure::Engine(EngineError::NoSuchModel {
            key: key.to_owned(),
            found: match keys.is_empty() {
                true => String::from("none"),
                false => keys.join(", "),
            },
        })
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

fn shown(pack: &Pack) -> Shown {
    Shown {
        about: pack.about.clone(),
        counts: pack.classifier().counts(),
        metrics: pack.classifier().metrics().cloned(),
        sha256: pack.identity(),
        size_bytes: pack.classifier_bytes().len(),
        clips: pack.clips().len(),
        obstacle: installed_model(pack).err().map(|error| error.to_string()),
    }
}

fn line(shown: &Shown) -> String {
    let about = &shown.about;
    let quality = shown.metrics.as_ref().map_or_else(
        || String::from("too few recordings to hold any out"),
        |metrics| {
            format!(
                "held-out average precision {:.3}",
                metrics.average_precision
            )
        },
    );
    let mut text = format!(
        "{}, version {} of {}, learned from {} and {}; {quality}; threshold {}",
        about.sound,
        about.version,
        about.model.key,
        counted(shown.counts.clips as usize, "example"),
        counted(shown.counts.hard_negatives as usize, "hard negative"),
        about.threshold,
    );
    if shown.clips > 0 {
        text.push_str(&format!("; with {}", counted(shown.clips, "clip")));
    }
    for (what, said) in [("by", &about.author), ("licence", &about.licence)] {
        if !said.is_empty() {
            text.push_str(&format!("; {what} {said}"));
        }
    }
    text
}
