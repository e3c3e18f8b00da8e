//! Proof of learning: what each version, and each classifier, says of what was judged.
//!
//! A version is asked by the scores kept with it, cut where it was cut. A classifier is asked anew, on the worker, by the
//! embeddings of what was judged, so that one has its proof for as long as it is kept, whatever became of its versions. The
//! coordinator reads the question from the database; the worker settles it, because that may ask a disk.

use std::path::{Path, PathBuf};

use crate::scan::Verdict;
use crate::store::{Claims, ClassifierRow, OnDisk, Store, StoreError, UNSAID_LENGTH_S};
use crate::time::Span;

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

/// What to ask of which classifiers: [`Worker::proof`](super::Worker::proof) answers.
#[derive(Debug, Clone, PartialEq)]
pub struct ProofRequest {
    pub profile: String,
    pub model: String,
    pub judged: Vec<JudgedSpan>,
    /// Newest first.
    pub classifiers: Vec<ClassifierRow>,
}

/// A request as the rows are, in which marks of one name may disagree about their recording.
#[derive(Debug, Clone, PartialEq)]
pub struct ProofQuestion {
    /// Each judged span with the recording that its own row names.
    request: ProofRequest,
    claims: Claims,
}

impl ProofQuestion {
    /// Everything that is judged in `profile`, and every classifier of `model` there. Asks no disk.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn read(store: &Store, profile: &str, model: &str) -> Result<Self, StoreError> {
        let negatives = store.negatives(profile, None)?;
        // Nobody has listened to what was exported unseen.
        let mut clips = store.clips(profile, None)?;
        clips.retain(|clip| !clip.scan_export);
        // The latest is believed: 8-cut rewrites the path of clips when a recording has moved.
        let mut claims = Claims::default();
        for (filename, path) in store.scanned_files(profile)? {
            claims.say(&filename, path.as_deref());
        }
        let known = negatives
            .iter()
            .rev()
            .map(|row| (&row.filename, &row.source_path));
        let known = known.chain(clips.iter().map(|row| (&row.filename, &row.source_path)));
        for (filename, path) in known {
            claims.say(filename, path.as_deref());
        }
        store.read_known_places(&mut claims)?;
        let mut judged = Vec::new();
        for row in negatives {
            judged.extend(row.span(UNSAID_LENGTH_S).map(|span| JudgedSpan {
                filename: row.filename,
                span,
                said: Said::HardNegative,
                recording: row.source_path,
            }));
        }
        judged.extend(clips.into_iter().map(|clip| JudgedSpan {
            span: clip.span,
            recording: clip.source_path.clone(),
            said: Said::Positive {
                class: clip.class().unwrap_or_default().to_owned(),
                clip: clip.output_path,
            },
            filename: clip.filename,
        }));
        let request = ProofRequest {
            profile: profile.to_owned(),
            model: model.to_owned(),
            judged,
            classifiers: store.classifiers(profile, model)?,
        };
        Ok(Self { request, claims })
    }

    /// Whether it is about the same profile and model as `other`.
    pub fn is_like(&self, other: &Self) -> bool {
        (&self.request.profile, &self.request.model)
            == (&other.request.profile, &other.request.model)
    }

    /// Finds out which recording each judged span is of. Asks disks where marks of one name disagree.
    pub fn settle(&self) -> ProofRequest {
        let homes = self.claims.settle(&OnDisk);
        let mut request = self.request.clone();
        for judged in &mut request.judged {
            let home = homes.of(&judged.filename, judged.recording.as_deref());
            judged.recording = home.map(Path::to_owned);
        }
        request
    }
}

impl JudgedSpan {
    /// What it is to a classifier that looks for `classes`; `None` where it is another sound's example.
    pub(crate) fn verdict(&self, classes: &[String]) -> Option<Verdict> {
        match &self.said {
            Said::HardNegative => Some(Verdict::HardNegative),
            Said::Positive { class, .. } => classes.contains(class).then_some(Verdict::Positive),
        }
    }
}
