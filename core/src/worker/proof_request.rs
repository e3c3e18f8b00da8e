//! Proof of learning: what each version, and each classifier, says of what was judged.
//!
//! A version is asked by the scores kept with it, cut where it was cut. A classifier is asked anew, on the worker, by the
//! embeddings of what was judged, so that one has its proof for as long as it is kept, whatever became of its versions. Coordinator
//! thread, or the caller's in the command line.

use std::path::{Path, PathBuf};

use crate::scan::Verdict;
use crate::store::{ClassifierRow, Homes, Store, StoreError, UNSAID_LENGTH_S};
use crate::time::Span;

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

/// What to ask of which classifiers: [`Worker::proof`](super::Worker::proof) answers.
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
        let negatives = store.negatives(profile, None)?;
        // Nobody has listened to what was exported unseen.
        let mut clips = store.clips(profile, None)?;
        clips.retain(|clip| !clip.scan_export);
        // The latest is believed: 8-cut rewrites the path of clips when a recording has moved.
        let mut homes = Homes::default();
        for (filename, path) in store.scanned_files(profile)? {
            homes.say(&filename, path.as_deref());
        }
        let known = negatives
            .iter()
            .rev()
            .map(|row| (&row.filename, &row.source_path));
        let known = known.chain(clips.iter().map(|row| (&row.filename, &row.source_path)));
        for (filename, path) in known {
            homes.say(filename, path.as_deref());
        }
        let homes = store.settle_homes(homes)?;
        let home = |filename: &str, said: &Option<PathBuf>| {
            homes.of(filename, said.as_deref()).map(Path::to_owned)
        };
        let mut judged = Vec::new();
        for row in &negatives {
            judged.extend(row.span(UNSAID_LENGTH_S).map(|span| JudgedSpan {
                filename: row.filename.clone(),
                span,
                said: Said::HardNegative,
                recording: home(&row.filename, &row.source_path),
            }));
        }
        judged.extend(clips.into_iter().map(|clip| JudgedSpan {
            span: clip.span,
            recording: home(&clip.filename, &clip.source_path),
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
    pub(crate) fn verdict(&self, classes: &[String]) -> Option<Verdict> {
        match &self.said {
            Said::HardNegative => Some(Verdict::HardNegative),
            Said::Positive { class, .. } => classes.contains(class).then_some(Verdict::Positive),
        }
    }
}
