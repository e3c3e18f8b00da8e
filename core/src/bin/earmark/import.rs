//! `import`: label files of other tools become marks and notes, after a preview if one is wanted.

use std::path::Path;

use earmark_core::frequency::Band;
use earmark_core::import::ImportError;
use earmark_core::import::plan::{Fate, FileError, ImportPlan, PlannedMark, ReadFile};
use earmark_core::job::JobControl;
use earmark_core::marks::{self, Added, Imported};
use earmark_core::protocol::{Change, EngineError, JobKind, MarkKind, Place};
use earmark_core::time::timecode;
use earmark_core::words::counted;
use serde::Serialize;

use super::Context;
use super::arguments::{ImportArguments, ReadingArguments};
use super::failure::{Failed, Failure};
use super::progress::while_shown;

/// Lines that one sentence names.
const NAMED_LINES: usize = 5;

#[derive(Serialize)]
struct Report {
    dry_run: bool,
    /// Labels that are new, and labels that are there already.
    new: usize,
    there: usize,
    /// What was imported; `null` in a preview.
    imported: Option<Imported>,
    marks: Vec<Marked>,
    left_out: Vec<LeftOut>,
}

/// A label that fits a recording.
#[derive(Serialize)]
struct Marked {
    file: String,
    line: u64,
    recording: String,
    start_s: f64,
    end_s: f64,
    mark: &'static str,
    class: Option<String>,
    note: Option<String>,
    low_hz: Option<f64>,
    high_hz: Option<f64>,
    fate: Fate,
    replaces: usize,
}

/// Labels of one file that are left out for one reason.
#[derive(Serialize)]
struct LeftOut {
    file: String,
    lines: Vec<u64>,
    why: String,
    is_fault: bool,
}

pub fn import(context: &Context, arguments: &ImportArguments) -> Result<(), Failure> {
    let (files, mut failed) = open_all(&arguments.files, &arguments.reading)?;
    let job = JobControl::new(JobKind::Adding);
    let plan = while_shown(context.output.bar(), &job, || {
        let choices = arguments.choices();
        let (store, profile) = (&context.store, context.profile.as_str());
        let go_on = &mut || match job.proceed().is_break() {
            true => Err(EngineError::Cancelled),
            false => Ok(()),
        };
        ImportPlan::of(store, profile, &files, &choices, go_on)
    })?;
    let mut report = Report {
        dry_run: arguments.dry_run,
        new: plan.count(Fate::New),
        there: plan.count(Fate::There),
        imported: None,
        marks: marked(&plan, &files),
        left_out: left_out(&plan, &files),
    };
    if !arguments.dry_run {
        report.imported = Some(commit(context, &plan)?);
    }
    context.output.show(&report, in_words)?;
    if !arguments.dry_run {
        failed.extend(faults_by_file(&report.left_out));
    }
    partly(failed, arguments.files.len())
}

/// The files that were imported in part, each with what is wrong with its labels.
fn faults_by_file(left_out: &[LeftOut]) -> Vec<Failed> {
    let mut failed: Vec<Failed> = Vec::new();
    for fault in left_out.iter().filter(|left_out| left_out.is_fault) {
        let (path, error) = (Path::new(&fault.file), fault.in_words());
        match failed.iter_mut().find(|one| one.path == path) {
            Some(one) => one.error.push_str(&format!("; {error}")),
            None => failed.push(Failed {
                path: path.to_owned(),
                error,
            }),
        }
    }
    failed
}

fn partly(failed: Vec<Failed>, all: usize) -> Result<(), Failure> {
    if failed.is_empty() {
        return Ok(());
    }
    Err(Failure::Partly {
        what: "label files could not be imported as a whole",
        all,
        failed,
    })
}

/// The label files at `paths`, and those that cannot be read.
///
/// # Errors
/// When a recording that was named is not there, or not one of the files can be read.
pub(super) fn open_all(
    paths: &[std::path::PathBuf],
    reading: &ReadingArguments,
) -> Result<(Vec<ReadFile>, Vec<Failed>), Failure> {
    let mut named = reading.recordings.iter();
    if let Some(path) = named.find(|path| !path.exists()) {
        return Err(Failure::NoFile { path: path.clone() });
    }
    let (mut files, mut failed) = (Vec::new(), Vec::new());
    for path in paths {
        match ReadFile::open(path, &reading.clock()) {
            Ok(file) => files.push(file),
            Err(error) if paths.len() == 1 => return Err(refusal(error)),
            Err(error) => failed.push(Failed::new(path, &refusal(error))),
        }
    }
    Ok((files, failed))
}

/// Why a label file cannot be read, with the options that help.
fn refusal(error: FileError) -> Failure {
    let option = match &error {
        FileError::Import { error, .. } => match error {
            ImportError::WholeNumbers => Some("--rate HERTZ or --fps FRAMES"),
            ImportError::NoFrameRate => Some("--fps FRAMES"),
            ImportError::NoTempo => Some("--tempo BPM"),
            _ => None,
        },
        _ => None,
    };
    match (error, option) {
        (FileError::Unreadable { path, source }, _)
            if source.kind() == std::io::ErrorKind::NotFound =>
        {
            Failure::NoFile { path }
        }
        (error, None) => Failure::Labels(error.to_string()),
        (error, Some(option)) => Failure::Labels(format!("{error} with {option}")),
    }
}

fn commit(context: &Context, plan: &ImportPlan) -> Result<Imported, Failure> {
    let Some(target) = plan.target(&context.store, String::new())? else {
        return Ok(Imported::default());
    };
    let change = Change {
        place: Place {
            profile: context.profile.clone(),
            generation: context.store.generation(),
            ..Place::default()
        },
        target,
    };
    let applied = marks::commit(&context.store, &context.config.clips_folder, &change)?;
    Ok(match applied.outcome.added {
        Added::Imported(imported) => imported,
        _ => Imported::default(),
    })
}

fn marked(plan: &ImportPlan, files: &[ReadFile]) -> Vec<Marked> {
    let recordings = plan.recordings.iter();
    let marks = recordings.flat_map(|recording| {
        let marks = recording.marks.iter();
        marks.map(move |mark| (recording.placed.recording.filename.as_str(), mark))
    });
    marks
        .map(|(recording, planned)| Marked {
            file: name_of(files, planned.file),
            line: planned.line,
            recording: recording.to_owned(),
            start_s: planned.mark.span.start_s(),
            end_s: planned.mark.span.end_s(),
            mark: word(planned),
            class: match &planned.mark.kind {
                Some(MarkKind::Positive { class }) => Some(class.clone()),
                _ => None,
            },
            note: Some(planned.mark.note.clone()).filter(|note| !note.is_empty()),
            low_hz: planned.mark.band.map(Band::low_hz),
            high_hz: planned.mark.band.map(Band::high_hz),
            fate: planned.fate,
            replaces: planned.replaces,
        })
        .collect()
}

fn word(planned: &PlannedMark) -> &'static str {
    planned
        .mark
        .kind
        .as_ref()
        .map_or("note", |kind| kind.state().word())
}

fn left_out(plan: &ImportPlan, files: &[ReadFile]) -> Vec<LeftOut> {
    let mut reasons: Vec<LeftOut> = Vec::new();
    for label in &plan.left_out {
        let file = name_of(files, label.file);
        let same = reasons
            .iter_mut()
            .find(|reason| reason.file == file && reason.why == label.why);
        match same {
            Some(reason) => reason.lines.push(label.line),
            None => reasons.push(LeftOut {
                file,
                lines: vec![label.line],
                why: label.why.clone(),
                is_fault: label.is_fault,
            }),
        }
    }
    reasons
}

fn name_of(files: &[ReadFile], at: usize) -> String {
    let path = files.get(at).map_or(Path::new(""), |file| &file.path);
    path.display().to_string()
}

impl LeftOut {
    /// `line 3 and 4 more: …`
    fn in_words(&self) -> String {
        let named: Vec<String> = self
            .lines
            .iter()
            .take(NAMED_LINES)
            .map(ToString::to_string)
            .collect();
        let more = self.lines.len() - named.len();
        let lines = match (named.len(), more) {
            (1, _) => format!("line {}", named.join("")),
            (_, 0) => format!("lines {}", named.join(", ")),
            _ => format!("lines {} and {more} more", named.join(", ")),
        };
        format!("{lines}: {}", self.why)
    }
}

fn in_words(report: &Report) -> String {
    let mut text = String::new();
    if report.dry_run {
        let mut recording = "";
        for mark in &report.marks {
            if mark.recording != recording {
                recording = &mark.recording;
                text.push_str(&format!("{recording}\n"));
            }
            text.push_str(&mark.in_words());
        }
    }
    for left_out in &report.left_out {
        if report.dry_run || !left_out.is_fault {
            text.push_str(&format!(
                "left out: {}, {}\n",
                left_out.file,
                left_out.in_words()
            ));
        }
    }
    text + &total(report)
}

/// The last line.
fn total(report: &Report) -> String {
    let there = match report.there {
        0 => String::new(),
        there => format!("; {} there already", counted(there, "label")),
    };
    match &report.imported {
        None => format!(
            "{} would be imported{there}\n",
            counted(report.new, "label")
        ),
        Some(imported) => {
            let counts = [
                (imported.examples, "example"),
                (imported.negatives, "hard negative"),
                (imported.unsure, "unsure mark"),
                (imported.notes, "note"),
            ];
            let counts = counts.into_iter().filter(|(count, _)| *count > 0);
            let counts: Vec<String> = counts.map(|(count, noun)| counted(count, noun)).collect();
            let what = match counts.is_empty() {
                true => String::from("nothing new"),
                false => counts.join(", "),
            };
            let replaced = match imported.replaced {
                0 => String::new(),
                replaced => format!("; {} replaced", counted(replaced, "other mark")),
            };
            format!("imported {what}{there}{replaced}\n")
        }
    }
}

impl Marked {
    fn in_words(&self) -> String {
        let class = self.class.as_ref();
        let band = self.low_hz.zip(self.high_hz);
        format!(
            "  {} {}  {}{}{}{}{}{}\n",
            timecode(self.start_s),
            timecode(self.end_s),
            self.mark,
            class.map_or_else(String::new, |class| format!(" {class}")),
            band.map_or_else(String::new, |(low_hz, high_hz)| format!(
                "  {low_hz:.0} to {high_hz:.0} Hz"
            )),
            super::results::note_in_words(self.note.as_deref()),
            match self.fate {
                Fate::There => "  (there already)",
                Fate::New => "",
            },
            match self.replaces {
                0 => String::new(),
                count => format!("  (replaces {})", counted(count, "mark")),
            }
        )
    }
}
