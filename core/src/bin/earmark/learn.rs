//! `train`, `stats`, `classifiers`, `restore-classifier`.

use std::path::Path;

use earmark_core::job::JobControl;
use earmark_core::protocol::{BackgroundMargin, JobKind, TrainRequest};
use earmark_core::scan::MarkCheck;
use earmark_core::store::{ClassifierRow, FileStatistics, TrainingWarning};
use earmark_core::worker::TrainPlan;
use earmark_core::worker::figures::{counts_of, metrics_of};
use earmark_core::worker::proof_request::ProofQuestion;
use serde::Serialize;

use super::Context;
use super::arguments::{ExampleArguments, TrainArguments};
use super::failure::{Failed, Failure};
use super::inputs::Inputs;
use super::models::expect_model;
use super::pack::origin_in_words;
use super::progress::while_shown;
use super::scan::{
    ScanReport, ScanSettings, Scanned, keep_shape, known, name_missing, note_all, scan_all,
};

#[derive(Serialize)]
struct Learned {
    classifier: ClassifierRow,
    warnings: Vec<String>,
    /// What would make the next one better.
    advice: Vec<String>,
    scanned: Vec<Scanned>,
    /// Recordings that were left out because they are not where they were.
    missing: Vec<String>,
}

#[derive(Serialize)]
struct Listed {
    #[serde(flatten)]
    classifier: ClassifierRow,
    /// What it gets wrong of what is marked.
    check: Option<MarkCheck>,
    /// Who made it, where it came in a pack.
    #[serde(skip)]
    origin: String,
}

#[derive(Serialize)]
struct Counted {
    files: Vec<FileStatistics>,
    total: FileStatistics,
    warnings: Vec<String>,
}

pub fn train(context: &Context, arguments: TrainArguments) -> Result<(), Failure> {
    expect_model(context, &arguments.examples.model)?;
    let (recordings, missing) = known(context)?;
    let (background, mut failed) = if arguments.background.is_empty() {
        (recordings.clone(), Vec::new())
    } else {
        let inputs = Inputs::gather(context, &arguments.background)?;
        (inputs.recordings, inputs.failed)
    };
    let (model, examples) = split(arguments.examples)?;
    let request = TrainRequest {
        name: arguments.name,
        background_margin: BackgroundMargin::new(arguments.background_margin),
        ..examples
    };
    let mut worker = context.worker();
    let statistics = worker.training_statistics(&context.profile, &model, &request)?;
    for warning in &statistics.warnings {
        // Without any example the training itself refuses, and says which class is empty.
        if *warning != TrainingWarning::NoPositives {
            context.output.note(&warning.to_string());
        }
    }
    name_missing(context, &missing);
    let plan = TrainPlan {
        profile: context.profile.clone(),
        model,
        request,
        background,
    };
    keep_shape(context, (&plan.profile, &plan.model), &arguments.shape)?;
    let job = JobControl::new(JobKind::Training);
    let outcome = while_shown(context.output.bar(), &job, || worker.train(&plan, &job));
    note_all(context, &mut worker);
    let outcome = outcome?;
    context.output.show_line(&describe(&outcome.classifier))?;
    for warning in &outcome.warnings {
        context.output.show_line(&format!("warning: {warning}"))?;
    }
    let settings = ScanSettings {
        model: &plan.model,
        profiles: std::slice::from_ref(&plan.profile),
        threshold: arguments.threshold,
        job: &job,
    };
    let mut report = ScanReport::default();
    let ended = scan_all(context, &mut worker, recordings, &settings, &mut report);
    let advice = outcome.advice.iter().map(ToString::to_string);
    let learned = Learned {
        classifier: outcome.classifier,
        warnings: outcome.warnings,
        advice: advice.collect(),
        scanned: report.scanned,
        missing,
    };
    context.output.show_whole(&learned)?;
    ended?;
    failed.extend(report.failed);
    all_were_read(&learned, failed)
}

/// Names the recordings that a training or the scans after it could not read, if there are any.
fn all_were_read(learned: &Learned, failed: Vec<Failed>) -> Result<(), Failure> {
    if failed.is_empty() {
        return Ok(());
    }
    Err(Failure::Partly {
        what: "recordings could not be read; the classifier is saved",
        all: learned.scanned.len() + failed.len(),
        failed,
    })
}

pub fn stats(context: &Context, arguments: ExampleArguments) -> Result<(), Failure> {
    expect_model(context, &arguments.model)?;
    let (model, request) = split(arguments)?;
    let statistics = context
        .worker()
        .training_statistics(&context.profile, &model, &request)?;
    let counted = Counted {
        total: statistics.total(),
        warnings: statistics
            .warnings
            .iter()
            .map(ToString::to_string)
            .collect(),
        files: statistics.files,
    };
    context.output.show(&counted, |counted| {
        let mut text =
            String::from("examples  negatives  hard negatives  other clips  unsure  file\n");
        for file in &counted.files {
            let path = file.source_path.as_deref();
            let is_missing = file.teaches() && !path.is_some_and(Path::is_file);
            text.push_str(&count_line(file, &file.filename));
            text.push_str(if is_missing { "  (missing)\n" } else { "\n" });
        }
        text.push_str(&count_line(&counted.total, "in all"));
        text.push('\n');
        for warning in &counted.warnings {
            text.push_str(&format!("warning: {warning}\n"));
        }
        text
    })
}

fn count_line(file: &FileStatistics, name: &str) -> String {
    format!(
        "{:>8}  {:>9}  {:>14}  {:>11}  {:>6}  {name}",
        file.positives, file.negatives, file.hard_negatives, file.soft, file.unsure
    )
}

/// The model's key, and what its classifier learns from.
///
/// A class that is named twice counts once.
fn split(arguments: ExampleArguments) -> Result<(String, TrainRequest), Failure> {
    let mut positive: Vec<String> = Vec::new();
    for class in arguments.positive {
        if arguments.negative.as_ref() == Some(&class) {
            return Err(Failure::SameClass { class });
        }
        if !positive.contains(&class) {
            positive.push(class);
        }
    }
    let request = TrainRequest {
        positive_classes: positive,
        negative_class: arguments.negative,
        use_hard_negatives: !arguments.no_hard_negatives,
        include_scan_exports: arguments.include_scan_exports,
        ..TrainRequest::default()
    };
    Ok((arguments.model, request))
}

pub fn classifiers(context: &Context, model: &str) -> Result<(), Failure> {
    expect_model(context, model)?;
    let question = context
        .store
        .with(|store| ProofQuestion::read(store, &context.profile, model))?;
    let request = question.settle();
    let job = JobControl::new(JobKind::Training);
    let mut checks = context.worker().proof(&request, &job)?;
    let listed = request.classifiers.into_iter().map(|classifier| {
        Ok(Listed {
            check: checks.remove(&classifier.version),
            origin: origin_in_words(context, classifier.id)?,
            classifier,
        })
    });
    let listed: Vec<Listed> = listed.collect::<Result<_, Failure>>()?;
    context.output.show(&listed, |listed| {
        if listed.is_empty() {
            return format!(
                "no classifier has been trained for {model} in the profile {} yet",
                context.profile
            );
        }
        let line = |one: &Listed| {
            let check = one.check.as_ref();
            let proof = check.map_or_else(String::new, |check| format!("; {}", check.words()));
            describe(&one.classifier) + &one.origin + &proof + "\n"
        };
        listed.iter().map(line).collect()
    })
}

/// Goes back to an earlier classifier and scans every known recording with it.
pub fn restore_classifier(
    context: &Context,
    version: u32,
    model: &str,
    threshold: f32,
) -> Result<(), Failure> {
    expect_model(context, model)?;
    let restored = context
        .store
        .with(|store| store.restore_classifier(&context.profile, model, version))?;
    let classifier = restored.ok_or_else(|| Failure::NoClassifierOfNumber {
        version,
        model: model.to_owned(),
        profile: context.profile.clone(),
    })?;
    context.output.show_line(&describe(&classifier))?;
    let (recordings, missing) = known(context)?;
    name_missing(context, &missing);
    let job = JobControl::new(JobKind::Scanning);
    let settings = ScanSettings {
        model,
        profiles: std::slice::from_ref(&context.profile),
        threshold,
        job: &job,
    };
    let mut report = ScanReport::default();
    let mut worker = context.worker();
    let ended = scan_all(context, &mut worker, recordings, &settings, &mut report);
    let learned = Learned {
        scanned: report.scanned,
        classifier,
        warnings: Vec::new(),
        advice: Vec::new(),
        missing,
    };
    context.output.show_whole(&learned)?;
    ended?;
    all_were_read(&learned, report.failed)
}

fn describe(row: &ClassifierRow) -> String {
    let counts = counts_of(row);
    let quality = metrics_of(row).map_or_else(
        || String::from("too few recordings to hold any out"),
        |metrics| {
            format!(
                "held-out average precision {:.3}, best F1 {:.3}, suggested threshold {:.2}",
                metrics.average_precision, metrics.best_f1, metrics.best_f1_threshold
            )
        },
    );
    let copy = row
        .copy_of
        .map_or_else(String::new, |original| format!(" = {original} again"));
    let name = match row.name.as_str() {
        "" => String::new(),
        name => format!(" \"{name}\""),
    };
    let margin = match row.background_margin_s {
        Some(margin_s) if margin_s > 0.0 => format!(" at least {margin_s} s away"),
        _ => String::new(),
    };
    format!(
        "classifier {}{name}{copy} of {} ({}): {} examples, {} negatives, {} hard negatives, {} background{margin}; {quality}",
        row.version,
        row.classes.join(" + "),
        row.created_at,
        counts.clips,
        counts.negative_clips,
        counts.hard_negatives,
        counts.background,
    )
}
