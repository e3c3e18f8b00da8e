//! Proof of learning: what each version, and each classifier, says of what was judged.
//!
//! A version is asked by the scores kept with it, cut where it was cut. A classifier is asked anew, on the bench, by the
//! embeddings of what was judged, so that one has its proof for as long as it is kept, whatever became of its versions. Desk
//! thread, or the caller's in the command line.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use super::review::UNSAID_LENGTH_S;
use crate::scan::{MarkCheck, Verdict};
use crate::store::{ClassifierRow, Clip, HardNegative, ScoredVersion, Store, StoreError};
use crate::time::Span;

/// What is judged in one recording.
#[derive(Debug, Clone, Default)]
pub struct Judged {
    pub negatives: Vec<HardNegative>,
    pub clips: Vec<Clip>,
}

impl Judged {
    /// Adds to `check` what `version` of `filename` says, as one that looks for `classes`.
    fn add_to(
        &self,
        check: &mut MarkCheck,
        filename: &str,
        version: &ScoredVersion,
        classes: &[String],
    ) {
        let negatives = self.negatives.iter();
        let clips = self.clips.iter().filter(|clip| {
            let class = clip.class().unwrap_or_default();
            classes.iter().any(|known| known == class)
        });
        check.add(
            filename,
            &version.scores,
            version.threshold,
            negatives.filter_map(|negative| negative.span(UNSAID_LENGTH_S)),
            clips.map(|clip| clip.span),
        );
    }
}

/// What each version of `filename` that has scores says of what is judged there, by timestamp.
///
/// # Errors
/// When the database cannot be read.
pub fn of_versions(
    store: &Store,
    filename: &str,
    profile: &str,
    model: &str,
    judged: &Judged,
    classifiers: &[ClassifierRow],
) -> Result<BTreeMap<String, MarkCheck>, StoreError> {
    if judged.negatives.is_empty() && judged.clips.is_empty() {
        return Ok(BTreeMap::new());
    }
    let versions = store.scored_versions(filename, profile, model)?;
    let checks = versions.into_iter().filter_map(|version| {
        let by = classifiers
            .iter()
            .find(|row| row.id == version.classifier)?;
        let mut check = MarkCheck::default();
        judged.add_to(&mut check, filename, &version, &by.classes);
        (!check.is_empty()).then_some((version.timestamp, check))
    });
    Ok(checks.collect())
}

/// Where every classifier is cut, so that one can be compared with another: scores are calibrated, so this is where a
/// classifier thinks the sound as likely as not. The slider cuts versions, each where it stood.
pub const THRESHOLD: f32 = 0.5;

/// A judged span with where it can be heard.
#[derive(Debug, Clone, PartialEq)]
pub struct JudgedSpan {
    pub filename: String,
    pub span: Span,
    pub said: Said,
    /// The recording, as stored; it may be gone.
    pub recording: Option<PathBuf>,
}

/// What was said of a span.
#[derive(Debug, Clone, PartialEq)]
pub enum Said {
    HardNegative,
    /// With the clip that was exported of it.
    Positive {
        class: String,
        clip: PathBuf,
    },
}

/// What to ask of which classifiers: [`Bench::proof`](super::bench::Bench::proof) answers.
#[derive(Debug, Clone, PartialEq)]
pub struct ProofRequest {
    pub profile: String,
    pub model: String,
    pub judged: Vec<JudgedSpan>,
    /// Newest first.
    pub classifiers: Vec<ClassifierRow>,
}

impl ProofRequest {
    /// Everything that is judged in `profile`, and every classifier of `model` there.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn read(store: &Store, profile: &str, model: &str) -> Result<Self, StoreError> {
        let mut paths: HashMap<String, PathBuf> = HashMap::new();
        let negatives = store.negatives(profile, None)?;
        // Nobody has listened to what was exported unseen.
        let mut clips = store.clips(profile, None)?;
        clips.retain(|clip| !clip.scan_export);
        // The latest wins: 8-cut rewrites the path of clips when a recording has moved.
        let known = negatives
            .iter()
            .rev()
            .map(|row| (&row.filename, &row.source_path));
        let known = known.chain(clips.iter().map(|row| (&row.filename, &row.source_path)));
        for (filename, path) in known {
            if let Some(path) = path {
                paths.insert(filename.clone(), path.clone());
            }
        }
        let scanned = store.scanned_files(profile)?.into_iter();
        for (filename, path) in scanned {
            if let Some(path) = path {
                paths.entry(filename).or_insert(path);
            }
        }
        let mut judged = Vec::new();
        for row in &negatives {
            judged.extend(row.span(UNSAID_LENGTH_S).map(|span| JudgedSpan {
                filename: row.filename.clone(),
                span,
                said: Said::HardNegative,
                recording: paths.get(&row.filename).cloned(),
            }));
        }
        judged.extend(clips.into_iter().map(|clip| JudgedSpan {
            span: clip.span,
            recording: paths.get(&clip.filename).cloned(),
            said: Said::Positive {
                class: clip.class().unwrap_or_default().to_owned(),
                clip: clip.output_path,
            },
            filename: clip.filename,
        }));
        Ok(Self {
            profile: profile.to_owned(),
            model: model.to_owned(),
            judged,
            classifiers: store.classifiers(profile, model)?,
        })
    }
}

impl JudgedSpan {
    /// What it is to a classifier that looks for `classes`; `None` where it is another sound's example.
    pub(super) fn verdict(&self, classes: &[String]) -> Option<Verdict> {
        match &self.said {
            Said::HardNegative => Some(Verdict::HardNegative),
            Said::Positive { class, .. } => classes.contains(class).then_some(Verdict::Positive),
        }
    }
}
