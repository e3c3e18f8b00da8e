//! `pack`: a trained classifier as a file, and back. Blocks on the disk; the main thread.

use std::path::Path;

use earmark_core::pack::exchange::{self, PackWords};
use earmark_core::pack::{About, Pack};
use earmark_core::platform::whole_file::Existing;
use earmark_core::store::{ClassifierId, ClassifierRow, ImportedClassifier};
use earmark_core::words::counted;
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
    let rows = context
        .store
        .with(|store| store.classifiers(profile, model))?;
    let row = chosen(&rows, arguments, profile)?;
    let words = PackWords {
        sound: arguments.sound.clone(),
        author: arguments.author.clone(),
        licence: arguments.licence.clone(),
        threshold: arguments.threshold,
    };
    let mut pack = exchange::pack_of(&context.store, (&rows, row), &words, &arguments.file)?;
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

fn import(context: &Context, file: &Path, clips_to: Option<&Path>) -> Result<(), Failure> {
    let pack = Pack::load(file)?;
    // Before the classifier: a folder that cannot be written changes nothing.
    if let Some(folder) = clips_to {
        unpack_clips(context, &pack, folder)?;
    }
    let entered = exchange::enter(&context.store, &context.profile, &pack)?;
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

/// The author and the licence of an imported classifier, in brackets; empty for one that was trained here.
pub fn origin_in_words(context: &Context, id: ClassifierId) -> Result<String, Failure> {
    let origin = exchange::origin_of(&context.store, id)?;
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

fn shown(pack: &Pack) -> Shown {
    Shown {
        about: pack.about.clone(),
        counts: pack.classifier().counts(),
        metrics: pack.classifier().metrics().cloned(),
        sha256: pack.identity(),
        size_bytes: pack.classifier_bytes().len(),
        clips: pack.clips().len(),
        obstacle: exchange::installed_model(pack)
            .err()
            .map(|error| error.to_string()),
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
