//! Label files of a window: read, and matched with recordings; and what their import writes before anything is marked. Labels
//! thread; it blocks on disks and on the database, and asks its [`JobControl`] whether to go on.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;

use crate::import::plan::{
    Fate, FileError, ImportChoices, ImportPlan, LeftOut, PlannedMark, ReadFile,
};
use crate::import::{ImportError, ProjectClock};
use crate::job::JobControl;
use crate::marks::ClipFiles;
use crate::platform::name_text;
use crate::protocol::{
    Change, ClockNeed, EngineError, LabelsFile, LabelsLeftOut, LabelsPlan, LabelsRequest, MarkKind,
    Place,
};
use crate::store::StoreHandle;

/// Reasons that a window is told of one file.
const MOST_REASONS: usize = 20;
/// Lines that a window is told of one reason.
const NAMED_LINES: usize = 5;
/// How many labels are looked at before the progress is told again.
const LABELS_AT_ONCE: usize = 256;
/// How much of an import reading the files is.
const READING: f32 = 0.2;

/// What label files would mark, for the import and for the window.
#[derive(Debug, Clone)]
pub(super) struct PlannedLabels {
    plan: Arc<ImportPlan>,
    pub shown: Arc<LabelsPlan>,
}

/// What an import marks, and the clips that were written for it.
pub(super) struct WrittenLabels {
    pub change: Change,
    pub clips: ClipFiles,
}

/// Reads the files of `request`, and finds out what they would mark in `profile`. A file that cannot be read is shown with the reason
/// beside the others.
///
/// # Errors
/// When the database cannot be read, or the job is cancelled.
pub(super) fn plan(
    store: &StoreHandle,
    profile: &str,
    request: &LabelsRequest,
    job: &JobControl,
) -> Result<PlannedLabels, EngineError> {
    let clock = ProjectClock {
        rate_hz: request.clock.rate_hz,
        frames_per_s: request.clock.frames_per_s,
        tempo_bpm: request.clock.tempo_bpm,
        beats_per_measure: None,
    };
    let (mut shown, mut files, mut place_of) = (Vec::new(), Vec::new(), Vec::new());
    for (at, path) in request.files.iter().enumerate() {
        job.go_on()?;
        let name = path.file_name().map(name_text).unwrap_or_default();
        let fraction = READING * at as f32 / request.files.len() as f32;
        job.stage(format!("reading {name}"), fraction);
        let mut file = LabelsFile {
            path: path.clone(),
            ..LabelsFile::default()
        };
        match ReadFile::open(path, &clock) {
            Ok(read) => {
                file.format = Some(read.labels.format.name());
                files.push(read);
                place_of.push(at);
            }
            Err(error) => {
                file.need = need_of(&error);
                file.problem = Some(error.to_string());
            }
        }
        shown.push(file);
    }
    let count: usize = files.iter().map(|file| file.labels.labels.len()).sum();
    let mut looked_at = 0_usize;
    let go_on = &mut || {
        if looked_at.is_multiple_of(LABELS_AT_ONCE) {
            let done = looked_at as f32 / count.max(1) as f32;
            job.stage("finding recordings", READING + (1.0 - READING) * done);
        }
        looked_at += 1;
        job.go_on()
    };
    let plan = ImportPlan::of(store, profile, &files, &choices_of(request), go_on)?;
    let shown = LabelsPlan {
        new: plan.count(Fate::New),
        there: plan.count(Fate::There),
        replaced: plan.marks().map(|mark| mark.replaces).sum(),
        files: described(shown, &plan, &place_of),
    };
    Ok(PlannedLabels {
        plan: Arc::new(plan),
        shown: Arc::new(shown),
    })
}

/// Enters the recordings of `planned` and writes its clips below `clips_folder`; `None` where nothing is new.
///
/// # Errors
/// When a recording is gone, a clip cannot be written, the database refuses, or the job is cancelled; then no file is left.
pub(super) fn write(
    store: &StoreHandle,
    clips_folder: &Path,
    (planned, place): (&PlannedLabels, Place),
    job: &JobControl,
) -> Result<Option<Box<WrittenLabels>>, EngineError> {
    job.go_on()?;
    let Some(target) = planned.plan.target(store, String::new())? else {
        return Ok(None);
    };
    let change = Change { place, target };
    let clips = ClipFiles::write_while(store, clips_folder, &change, &mut |fraction| {
        job.stage("writing clips", fraction);
        job.go_on()
    })?;
    Ok(Some(Box::new(WrittenLabels { change, clips })))
}

fn choices_of(request: &LabelsRequest) -> ImportChoices {
    let class = request.class.trim();
    ImportChoices {
        mark_as: request.mark_as,
        class: (!class.is_empty()).then(|| class.to_owned()),
        times: request.times,
        recordings: request.recordings.clone(),
        ..ImportChoices::default()
    }
}

fn need_of(error: &FileError) -> Option<ClockNeed> {
    let FileError::Import { error, .. } = error else {
        return None;
    };
    match error {
        ImportError::WholeNumbers => Some(ClockNeed::Rate),
        ImportError::NoFrameRate => Some(ClockNeed::FrameRate),
        ImportError::NoTempo => Some(ClockNeed::Tempo),
        _ => None,
    }
}

/// `shown` with what `plan` says of each file; `place_of` are the places among them of those that could be read.
fn described(mut shown: Vec<LabelsFile>, plan: &ImportPlan, place_of: &[usize]) -> Vec<LabelsFile> {
    let mut kinds: Vec<BTreeMap<String, usize>> = vec![BTreeMap::new(); shown.len()];
    let mut names: Vec<BTreeSet<&str>> = vec![BTreeSet::new(); shown.len()];
    for recording in &plan.recordings {
        for planned in &recording.marks {
            let Some(&at) = place_of.get(planned.file) else {
                continue;
            };
            let Some(file) = shown.get_mut(at) else {
                continue;
            };
            names[at].insert(&recording.placed.recording.filename);
            match planned.fate {
                Fate::New => {
                    file.new += 1;
                    *kinds[at].entry(kind_word(planned)).or_default() += 1;
                }
                Fate::There => file.there += 1,
            }
        }
    }
    for (at, file) in shown.iter_mut().enumerate() {
        file.kinds = std::mem::take(&mut kinds[at]).into_iter().collect();
        file.recordings = names[at].iter().map(|name| (*name).to_owned()).collect();
    }
    for (read, &at) in place_of.iter().enumerate() {
        let left_out = plan.left_out.iter().filter(|label| label.file == read);
        if let Some(file) = shown.get_mut(at) {
            leave_out(file, left_out);
        }
    }
    shown
}

/// What a new label becomes, in a word.
fn kind_word(planned: &PlannedMark) -> String {
    match &planned.mark.kind {
        Some(MarkKind::Positive { class }) => class.clone(),
        Some(kind) => kind.state().word().to_owned(),
        None => String::from("note"),
    }
}

/// Tells `file` which of its labels are left out, by reason.
fn leave_out<'a>(file: &mut LabelsFile, left_out: impl Iterator<Item = &'a LeftOut>) {
    let mut reasons: HashMap<(&str, bool), LabelsLeftOut> = HashMap::new();
    for label in left_out {
        let key = (label.why.as_str(), label.is_fault);
        let reason = reasons.entry(key).or_insert_with(|| LabelsLeftOut {
            why: label.why.clone(),
            count: 0,
            lines: Vec::new(),
            is_fault: label.is_fault,
        });
        reason.count += 1;
        if reason.lines.len() < NAMED_LINES {
            reason.lines.push(label.line);
        }
    }
    let mut reasons: Vec<LabelsLeftOut> = reasons.into_values().collect();
    reasons.sort_by(|a, b| (b.count, &a.lines).cmp(&(a.count, &b.lines)));
    let rest = reasons.split_off(reasons.len().min(MOST_REASONS));
    file.left_out = reasons;
    file.left_out_else = rest.iter().map(|reason| reason.count).sum();
}
