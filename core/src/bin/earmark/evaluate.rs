//! `evaluate`: how good versions are, by labels that say where the sounds are.

use std::collections::BTreeMap;

use earmark_core::import::LabelState;
use earmark_core::import::plan::{Places, ReadFile};
use earmark_core::scan::{
    self, Evaluation, HitRule, ScoredSpan, average_precision_by, evaluate_by,
};
use earmark_core::store::{ScanVersion, Store, StoreError};
use earmark_core::time::Span;
use serde::Serialize;

use super::Context;
use super::arguments::EvaluateArguments;
use super::failure::{Failed, Failure};
use super::import::open_all;
use super::models::expect_model;
use super::results::{choose, no_such_version};

/// What lies between two recordings where all are measured as one, in seconds: no event reaches over it.
const BETWEEN_S: f64 = 1.0e6;

#[derive(Serialize)]
struct Report {
    /// The least share of the shorter one that a hit shares; `null` with a tolerance.
    overlap: Option<f64>,
    tolerance_s: Option<f64>,
    versions: Vec<Row>,
    /// The newest version of every recording by one classifier, as if they were one recording.
    classifiers: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    /// `null` for all recordings of a classifier.
    filename: Option<String>,
    version: Option<u32>,
    /// `null` where 8-cut scanned.
    classifier: Option<u32>,
    /// The classes whose labels count; empty for all.
    sound: Vec<String>,
    regions: usize,
    events: usize,
    true_hits: usize,
    false_hits: usize,
    duplicates: usize,
    precision: f64,
    recall: f64,
    f1: f64,
    average_precision: f64,
}

/// What one version is measured by.
#[derive(Default, Clone)]
struct Measured {
    found: Vec<ScoredSpan>,
    /// Everything that could ever be found, to be ranked.
    candidates: Vec<ScoredSpan>,
    truth: Vec<Span>,
}

/// The truth of one recording.
type Truth = Vec<(String, Span)>;

pub fn evaluate(context: &Context, arguments: &EvaluateArguments) -> Result<(), Failure> {
    expect_model(context, &arguments.model)?;
    let (files, failed) = open_all(&arguments.truth, &arguments.reading)?;
    if !failed.is_empty() {
        // Figures by a part of the truth would be wrong.
        return Err(partly(failed, arguments.truth.len()));
    }
    let truths = truths(context, arguments, &files)?;
    let rule = arguments.rule();
    let mut versions = Vec::new();
    let mut pooled: BTreeMap<(u32, Vec<String>), Measured> = BTreeMap::new();
    for (at, file) in arguments.files.iter().enumerate() {
        let filename = context.find(file)?.filename;
        let none = Truth::new();
        let truth = truths.get(&filename).unwrap_or(&none);
        let mut seen = Vec::new();
        for version in chosen(context, arguments, &filename)? {
            let sound = sound_of(context, arguments, &version)?;
            let measured = measure(context, arguments, (&filename, &version), truth, &sound)?;
            warn_of_other_names(context, &filename, truth, &measured, &sound);
            if let Some(classifier) = version.classifier
                && !seen.contains(&classifier)
            {
                seen.push(classifier);
                let all = pooled.entry((classifier, sound.clone())).or_default();
                all.add(&measured, at as f64 * BETWEEN_S);
            }
            let head = (Some(filename.clone()), Some(version.number));
            versions.push(Row::of(head, version.classifier, sound, &measured, rule));
        }
    }
    let classifiers = pooled.into_iter().rev();
    let report = Report {
        overlap: match rule {
            HitRule::Overlap { share } => Some(share),
            HitRule::Start { .. } => None,
        },
        tolerance_s: match rule {
            HitRule::Start { tolerance_s } => Some(tolerance_s),
            HitRule::Overlap { .. } => None,
        },
        versions,
        classifiers: classifiers
            .map(|((classifier, sound), measured)| {
                Row::of((None, None), Some(classifier), sound, &measured, rule)
            })
            .collect(),
    };
    context.output.show(&report, in_words)
}

fn partly(failed: Vec<Failed>, all: usize) -> Failure {
    Failure::Partly {
        what: "label files could not be read",
        all,
        failed,
    }
}

/// The labels that say where the sounds are, by recording.
fn truths(
    context: &Context,
    arguments: &EvaluateArguments,
    files: &[ReadFile],
) -> Result<BTreeMap<String, Truth>, Failure> {
    let choices = arguments.reading.choices();
    let mut recordings = choices.recordings.clone();
    recordings.extend(arguments.files.iter().cloned());
    let mut places = Places::new(&context.store, &recordings);
    let mut truths: BTreeMap<String, Truth> = BTreeMap::new();
    let mut failed = Vec::new();
    for file in files {
        let faults = file.labels.faults.iter();
        failed.extend(faults.map(|fault| Failed {
            path: file.path.clone(),
            error: fault.to_string(),
        }));
        let times = file.labels.times.unwrap_or(choices.times);
        for label in &file.labels.labels {
            if !matches!(label.state, None | Some(LabelState::Positive)) {
                continue;
            }
            let place = places.find(&file.path, label.recording.as_deref())?;
            let truth = place.and_then(|place| {
                let span = place.span(label.span, times, choices.point_length_s)?;
                Ok((place.recording.filename.clone(), span))
            });
            match truth {
                Ok((filename, span)) => {
                    let truth = truths.entry(filename).or_default();
                    truth.push((label.class.clone(), span));
                }
                Err(why) => failed.push(Failed {
                    path: file.path.clone(),
                    error: format!("line {}: {why}", label.line),
                }),
            }
        }
    }
    for one in &failed {
        let line = format!("left out: {}: {}", one.path.display(), one.error);
        context.output.note(&line);
    }
    Ok(truths)
}

/// The versions that are to be measured, newest first.
fn chosen(
    context: &Context,
    arguments: &EvaluateArguments,
    filename: &str,
) -> Result<Vec<ScanVersion>, Failure> {
    let (profile, model) = (context.profile.as_str(), arguments.model.as_str());
    let wanted = arguments.version.as_deref();
    let versions = context.store.with(|store| match wanted {
        None => store.versions(filename, profile, model),
        Some(_) => {
            let found = choose(store, filename, profile, model, wanted)?;
            Ok(found.into_iter().collect())
        }
    })?;
    match versions.is_empty() {
        true => Err(no_such_version(context, filename, model, wanted)),
        false => Ok(versions),
    }
}

/// The classes whose labels count for `version`; none for all.
fn sound_of(
    context: &Context,
    arguments: &EvaluateArguments,
    version: &ScanVersion,
) -> Result<Vec<String>, Failure> {
    if let Some(sound) = &arguments.sound {
        return Ok(vec![sound.clone()]);
    }
    let (profile, model) = (&context.profile, &arguments.model);
    let classifiers = context
        .store
        .with(|store| store.classifiers(profile, model))?;
    let mut classifiers = classifiers.into_iter();
    let by = classifiers.find(|row| Some(row.id) == version.classifier_id);
    Ok(by.map_or_else(Vec::new, |row| row.classes))
}

fn measure(
    context: &Context,
    arguments: &EvaluateArguments,
    (filename, version): (&str, &ScanVersion),
    truth: &Truth,
    sound: &[String],
) -> Result<Measured, Failure> {
    let (profile, model) = (context.profile.as_str(), arguments.model.as_str());
    let stamp = version.timestamp.as_str();
    let read = |store: &mut Store| -> Result<_, StoreError> {
        let regions = store.regions(filename, profile, model, stamp)?;
        let scores = store.scores(filename, profile, model, stamp)?;
        Ok((regions, scores))
    };
    let (regions, scores) = context.store.with(read)?;
    let found: Vec<ScoredSpan> = regions
        .into_iter()
        .map(|row| ScoredSpan {
            span: row.span,
            score: row.score,
        })
        .collect();
    let peaks = scores.map(|scores| scan::peaks(&scores));
    // Where a window starts says nothing of where its sound does, so that a tolerance is for regions only.
    let peaks = peaks
        .filter(|peaks| !peaks.is_empty() && matches!(arguments.rule(), HitRule::Overlap { .. }));
    let counts = |class: &String| sound.is_empty() || class.is_empty() || sound.contains(class);
    let truth = truth.iter().filter(|(class, _)| counts(class));
    Ok(Measured {
        candidates: peaks.unwrap_or_else(|| found.clone()),
        found,
        truth: truth.map(|(_, span)| *span).collect(),
    })
}

/// Says so when the labels are called otherwise than the classifier calls its sound.
fn warn_of_other_names(
    context: &Context,
    filename: &str,
    truth: &Truth,
    measured: &Measured,
    sound: &[String],
) {
    if !measured.truth.is_empty() || truth.is_empty() {
        return;
    }
    let mut names: Vec<&str> = truth.iter().map(|(class, _)| class.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    context.output.note(&format!(
        "no label of {filename} is called {}: its labels are called {}; name the one that counts with --sound",
        sound.join(" or "),
        names.join(", ")
    ));
}

impl Measured {
    /// Adds what was measured in another recording, `offset_s` further on.
    fn add(&mut self, other: &Self, offset_s: f64) {
        let moved = |span: Span| {
            let moved = Span::new(span.start_s() + offset_s, span.end_s() + offset_s);
            moved.unwrap_or(span)
        };
        let scored = |found: &[ScoredSpan]| -> Vec<ScoredSpan> {
            let found = found.iter();
            found
                .map(|found| ScoredSpan {
                    span: moved(found.span),
                    score: found.score,
                })
                .collect()
        };
        self.found.extend(scored(&other.found));
        self.candidates.extend(scored(&other.candidates));
        self.truth.extend(other.truth.iter().copied().map(moved));
    }
}

impl Row {
    fn of(
        (filename, version): (Option<String>, Option<u32>),
        classifier: Option<u32>,
        sound: Vec<String>,
        measured: &Measured,
        rule: HitRule,
    ) -> Self {
        let Evaluation {
            regions,
            events,
            true_hits,
            false_hits,
            duplicates,
            precision,
            recall,
            f1,
            ..
        } = evaluate_by(&measured.found, &measured.truth, rule);
        Self {
            filename,
            version,
            classifier,
            sound,
            regions,
            events,
            true_hits,
            false_hits,
            duplicates,
            precision,
            recall,
            f1,
            average_precision: average_precision_by(&measured.candidates, &measured.truth, rule),
        }
    }

    fn line(&self, width: usize) -> String {
        let name = self.filename.as_deref().unwrap_or("all");
        let which = match (self.version, self.classifier) {
            (Some(version), _) => format!("v{version}"),
            (None, Some(classifier)) => format!("classifier {classifier}"),
            (None, None) => String::new(),
        };
        let sound = match self.sound.is_empty() {
            true => String::from("all labels"),
            false => self.sound.join(", "),
        };
        format!(
            "{name:<width$}  {which:<13} {:>7} {:>6} {:>9.3} {:>6.3} {:>6.3} {:>17.3}  {sound}\n",
            self.regions, self.events, self.precision, self.recall, self.f1, self.average_precision
        )
    }
}

fn in_words(report: &Report) -> String {
    let names = report.versions.iter();
    let names = names.filter_map(|row| row.filename.as_ref());
    let width = names.map(|name| name.chars().count()).max();
    let width = width.unwrap_or_default().max("recording".len());
    let mut text = format!(
        "{:<width$}  {:<13} {:>7} {:>6} {:>9} {:>6} {:>6} {:>17}  sound\n",
        "recording",
        "version",
        "regions",
        "labels",
        "precision",
        "recall",
        "F1",
        "average precision"
    );
    for row in report.versions.iter().chain(&report.classifiers) {
        text.push_str(&row.line(width));
    }
    text
}
