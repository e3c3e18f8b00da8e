//! `train`, `stats`, `scan`, `classifiers`, `restore-classifier`.

use std::path::{Path, PathBuf};

use earmark_core::job::JobControl;
use earmark_core::protocol::{BackgroundMargin, EngineError, JobKind, TrainRequest};
use earmark_core::recording::{Recording, known_recordings};
use earmark_core::scan::{MarkCheck, RegionShape};
use earmark_core::store::{ClassifierRow, FileStatistics, TrainingWarning};
use earmark_core::worker::figures::{counts_of, metrics_of};
use earmark_core::worker::proof_request::ProofRequest;
use earmark_core::worker::{ScanOutcome, ScanRequest, TrainPlan};
use serde::Serialize;

use super::Context;
use super::arguments::{ExampleArguments, ShapeArguments, TrainArguments};

#[derive(Serialize)]
struct Scanned {
    filename: String,
    model: String,
    version: u32,
    timestamp: String,
    regions: usize,
}

#[derive(Serialize)]
struct Learned {
    classifier: ClassifierRow,
    warnings: Vec<String>,
    /// What would make the next one better.
    advice: Vec<String>,
    scanned: Vec<Scanned>,
}

#[derive(Serialize)]
struct Listed {
    #[serde(flatten)]
    classifier: ClassifierRow,
    /// What it gets wrong of what is marked.
    check: Option<MarkCheck>,
}

#[derive(Serialize)]
struct Counted {
    files: Vec<FileStatistics>,
    total: FileStatistics,
    warnings: Vec<String>,
}

pub fn scan(
    context: &Context,
    files: &[PathBuf],
    model: &str,
    threshold: f32,
    shape: &ShapeArguments,
) -> Result<(), EngineError> {
    let recordings = at(files)?;
    keep_shape(context, model, shape)?;
    let scanned = scan_all(
        context,
        recordings,
        model,
        threshold,
        &JobControl::new(JobKind::Scanning),
    )?;
    context.output.show(&scanned, |scanned| lines(scanned));
    Ok(())
}

pub fn train(context: &Context, arguments: TrainArguments) -> Result<(), EngineError> {
    let known = context
        .store
        .with(|store| known_recordings(store, &context.profile))?;
    let background = if arguments.background.is_empty() {
        known.clone()
    } else {
        at(&arguments.background)?
    };
    let (model, examples) = split(arguments.examples);
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
    let plan = TrainPlan {
        profile: context.profile.clone(),
        model,
        request,
        background,
    };
    keep_shape(context, &plan.model, &arguments.shape)?;
    let job = JobControl::new(JobKind::Training);
    let outcome = worker.train(&plan, &job)?;
    let scanned = scan_all(context, known, &plan.model, arguments.threshold, &job)?;
    let advice = outcome.advice.iter().map(ToString::to_string);
    let learned = Learned {
        classifier: outcome.classifier,
        warnings: outcome.warnings,
        advice: advice.collect(),
        scanned,
    };
    context.output.show(&learned, |learned| {
        let row = &learned.classifier;
        let mut text = format!("{}\n", describe(row));
        for warning in &learned.warnings {
            text.push_str(&format!("warning: {warning}\n"));
        }
        text + &lines(&learned.scanned)
    });
    Ok(())
}

pub fn stats(context: &Context, arguments: ExampleArguments) -> Result<(), EngineError> {
    let (model, request) = split(arguments);
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
    });
    Ok(())
}

fn count_line(file: &FileStatistics, name: &str) -> String {
    format!(
        "{:>8}  {:>9}  {:>14}  {:>11}  {:>6}  {name}",
        file.positives, file.negatives, file.hard_negatives, file.soft, file.unsure
    )
}

/// The model's key, and what its classifier is to learn from.
fn split(arguments: ExampleArguments) -> (String, TrainRequest) {
    let request = TrainRequest {
        positive_classes: arguments.positive,
        negative_class: arguments.negative,
        use_hard_negatives: !arguments.no_hard_negatives,
        include_scan_exports: arguments.include_scan_exports,
        ..TrainRequest::default()
    };
    (arguments.model, request)
}

pub fn classifiers(context: &Context, model: &str) -> Result<(), EngineError> {
    let request = context
        .store
        .with(|store| ProofRequest::read(store, &context.profile, model))?;
    let job = JobControl::new(JobKind::Training);
    let mut checks = context.worker().proof(&request, &job)?;
    let listed: Vec<Listed> = request
        .classifiers
        .into_iter()
        .map(|classifier| Listed {
            check: checks.remove(&classifier.version),
            classifier,
        })
        .collect();
    context.output.show(&listed, |listed| {
        if listed.is_empty() {
            return format!(
                "nothing learned for {model} in the profile {} yet",
                context.profile
            );
        }
        let line = |one: &Listed| {
            let check = one.check.as_ref();
            let proof = check.map_or_else(String::new, |check| format!("; {}", check.words()));
            describe(&one.classifier) + &proof + "\n"
        };
        listed.iter().map(line).collect()
    });
    Ok(())
}

/// Goes back to an earlier classifier and scans every known recording with it.
pub fn restore_classifier(
    context: &Context,
    version: u32,
    model: &str,
    threshold: f32,
) -> Result<(), EngineError> {
    let restored = context
        .store
        .with(|store| store.restore_classifier(&context.profile, model, version))?;
    let classifier = restored.ok_or(EngineError::Vanished {
        what: "the classifier",
    })?;
    let known = context
        .store
        .with(|store| known_recordings(store, &context.profile))?;
    let job = JobControl::new(JobKind::Scanning);
    let learned = Learned {
        scanned: scan_all(context, known, model, threshold, &job)?,
        classifier,
        warnings: Vec::new(),
        advice: Vec::new(),
    };
    context.output.show(&learned, |learned| {
        format!("{}\n", describe(&learned.classifier)) + &lines(&learned.scanned)
    });
    Ok(())
}

fn describe(row: &ClassifierRow) -> String {
    let counts = counts_of(row);
    let quality = metrics_of(row).map_or_else(
        || String::from("too few recordings to hold any out"),
        |metrics| {
            format!(
                "held-out average precision {:.3}, best F1 {:.3} at {:.2}",
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

fn scan_all(
    context: &Context,
    recordings: Vec<Recording>,
    model: &str,
    threshold: f32,
    job: &JobControl,
) -> Result<Vec<Scanned>, EngineError> {
    let mut worker = context.worker();
    let mut scanned = Vec::new();
    for recording in recordings {
        let path = recording.path.clone();
        let request = ScanRequest {
            recording,
            profile: context.profile.clone(),
            model: model.to_owned(),
            threshold,
        };
        let ScanOutcome { saved, regions, .. } = worker.scan(&request, job)?;
        for notice in worker.take_notices() {
            context.output.note(&notice);
        }
        worker.forget(&path);
        scanned.push(Scanned {
            filename: request.recording.filename,
            model: request.model,
            version: saved.number,
            timestamp: saved.timestamp,
            regions,
        });
    }
    Ok(scanned)
}

/// Keeps what was said about the shape of regions, and leaves the rest as it was.
fn keep_shape(context: &Context, model: &str, said: &ShapeArguments) -> Result<(), EngineError> {
    if said.fuse_gap.is_none() && said.min_length.is_none() {
        return Ok(());
    }
    let profile = &context.profile;
    context.store.with(|store| {
        let before = store.region_shape(profile, model)?;
        let shape = RegionShape::new(
            said.fuse_gap.unwrap_or(before.fuse_gap_s()),
            said.min_length.unwrap_or(before.min_length_s()),
        );
        store.set_region_shape(profile, model, shape)
    })?;
    Ok(())
}

fn lines(scanned: &[Scanned]) -> String {
    scanned
        .iter()
        .map(|scan| {
            format!(
                "{}: {} ({}) [v{}]\n",
                scan.filename, scan.model, scan.regions, scan.version
            )
        })
        .collect()
}

fn at<P: AsRef<Path>>(files: &[P]) -> Result<Vec<Recording>, EngineError> {
    files
        .iter()
        .map(|file| Ok(Recording::at(file.as_ref())?))
        .collect()
}
