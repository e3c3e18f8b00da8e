//! `train`, `scan`, `classifiers`.

use std::path::{Path, PathBuf};

use earmark_core::engine::bench::{ScanOutcome, ScanRequest, TrainPlan};
use earmark_core::engine::{
    EngineError, JobControl, Recording, TrainRequest, counts_of, known_recordings, metrics_of,
    view::JobKind,
};
use earmark_core::store::ClassifierRow;
use serde::Serialize;

use super::Context;
use super::arguments::TrainArguments;

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
    scanned: Vec<Scanned>,
}

pub fn scan(
    context: &Context,
    files: &[PathBuf],
    model: &str,
    threshold: f32,
) -> Result<(), EngineError> {
    let recordings = at(files)?;
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
    let plan = TrainPlan {
        profile: context.profile.clone(),
        model: arguments.model.clone(),
        request: TrainRequest {
            positive_classes: arguments.positive,
            negative_class: arguments.negative,
            use_hard_negatives: !arguments.no_hard_negatives,
            include_scan_exports: arguments.include_scan_exports,
        },
        background,
    };
    let job = JobControl::new(JobKind::Training);
    let outcome = context.bench().train(&plan, &job)?;
    let scanned = scan_all(context, known, &arguments.model, arguments.threshold, &job)?;
    let learned = Learned {
        classifier: outcome.classifier,
        warnings: outcome.warnings,
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

pub fn classifiers(context: &Context, model: &str) -> Result<(), EngineError> {
    let rows = context
        .store
        .with(|store| store.classifiers(&context.profile, model))?;
    context.output.show(&rows, |rows| {
        if rows.is_empty() {
            return format!(
                "nothing learned for {model} in the profile {} yet",
                context.profile
            );
        }
        rows.iter().map(|row| describe(row) + "\n").collect()
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
    format!(
        "classifier {} of {} ({}): {} examples, {} negatives, {} hard negatives, {} background; {quality}",
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
    let mut bench = context.bench();
    let mut scanned = Vec::new();
    for recording in recordings {
        let path = recording.path.clone();
        let request = ScanRequest {
            recording,
            profile: context.profile.clone(),
            model: model.to_owned(),
            threshold,
        };
        let ScanOutcome { saved, regions, .. } = bench.scan(&request, job)?;
        bench.forget(&path);
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
        .map(|file| Recording::at(file.as_ref()))
        .collect()
}
