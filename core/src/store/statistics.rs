//! The marks that a training would use, recording by recording, and warnings about them.

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;

use super::{Store, StoreError, TrainingRecording, TrainingRequest};
use crate::words::counted;

/// With fewer examples than this, far fewer of the first hits are the sound; more add little before the first corrections
/// (`docs/learning.md`).
pub const ENOUGH_POSITIVES: usize = 3;
/// Marks of one kind for each of the other beyond which the fewer ones hardly count.
pub const TOLERABLE_IMBALANCE: usize = 5;

/// The marks of every recording that a training would use, as they count after conflicts and repetitions are settled.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct TrainingStatistics {
    /// By file name.
    pub files: Vec<FileStatistics>,
    pub warnings: Vec<TrainingWarning>,
}

/// How many marks of each kind one recording has.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct FileStatistics {
    pub filename: String,
    /// As stored; the file may be gone.
    #[serde(serialize_with = "crate::platform::serialize_optional_path")]
    pub source_path: Option<PathBuf>,
    pub positives: usize,
    /// Clips of the negative class.
    pub negatives: usize,
    pub hard_negatives: usize,
    /// Clips of every other class.
    pub soft: usize,
    /// Marks that keep their span out of the training.
    pub unsure: usize,
}

/// What makes a training worse than it could be. None of it keeps one from being made but the first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TrainingWarning {
    NoPositives,
    FewPositives { positives: usize },
    OnlyNegatives { files: Vec<String> },
    ManyNegatives { positives: usize, negatives: usize },
    FewNegatives { positives: usize, negatives: usize },
}

impl fmt::Display for TrainingWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPositives => f.write_str(
                "there are no examples of the sound: confirm regions with P, or add clips with `earmark clip add`",
            ),
            Self::FewPositives { positives } => write!(
                f,
                "there {} only {} of the sound: add one more at least, because {ENOUGH_POSITIVES} examples find much more",
                if *positives == 1 { "is" } else { "are" },
                counted(*positives, "example")
            ),
            Self::OnlyNegatives { files } => {
                let first = files.first().map(String::as_str).unwrap_or_default();
                match files.len() {
                    1 => write!(f, "{first} has only negatives")?,
                    count => write!(f, "{count} files have only negatives ({first}, …)")?,
                }
                f.write_str(": confirm an example there if the sound occurs")
            }
            Self::ManyNegatives {
                positives,
                negatives,
            } => write!(
                f,
                "there are {negatives} negatives for {positives} examples, more than {TOLERABLE_IMBALANCE} to 1: confirm more examples"
            ),
            Self::FewNegatives {
                positives,
                negatives,
            } => write!(
                f,
                "there are {positives} examples for {negatives} negatives, more than {TOLERABLE_IMBALANCE} to 1: mark more false hits with N"
            ),
        }
    }
}

impl FileStatistics {
    /// Whether the recording itself is needed: something in it is learned from.
    pub fn teaches(&self) -> bool {
        self.positives + self.negatives + self.hard_negatives > 0
    }
}

impl TrainingStatistics {
    /// The statistics of what [`Store::training_data`] gathered.
    pub fn of(recordings: &[TrainingRecording]) -> Self {
        let files: Vec<FileStatistics> = recordings
            .iter()
            .map(|recording| FileStatistics {
                filename: recording.filename.clone(),
                source_path: recording.source_path.clone(),
                positives: recording.positives.len(),
                negatives: recording.negatives.len(),
                hard_negatives: recording.hard_negatives.len(),
                soft: recording.soft.len(),
                unsure: recording.unsure.len(),
            })
            .collect();
        let warnings = warnings(&files);
        Self { files, warnings }
    }

    /// All recordings together, without a name.
    pub fn total(&self) -> FileStatistics {
        self.files
            .iter()
            .fold(FileStatistics::default(), |mut total, file| {
                total.positives += file.positives;
                total.negatives += file.negatives;
                total.hard_negatives += file.hard_negatives;
                total.soft += file.soft;
                total.unsure += file.unsure;
                total
            })
    }
}

fn warnings(files: &[FileStatistics]) -> Vec<TrainingWarning> {
    let positives: usize = files.iter().map(|file| file.positives).sum();
    let negatives: usize = files
        .iter()
        .map(|file| file.negatives + file.hard_negatives)
        .sum();
    let mut warnings = Vec::new();
    if positives == 0 {
        // Nothing else matters until there is one.
        return vec![TrainingWarning::NoPositives];
    }
    if positives < ENOUGH_POSITIVES {
        warnings.push(TrainingWarning::FewPositives { positives });
    }
    let only_negatives: Vec<String> = files
        .iter()
        .filter(|file| file.positives == 0 && file.teaches())
        .map(|file| file.filename.clone())
        .collect();
    if !only_negatives.is_empty() {
        warnings.push(TrainingWarning::OnlyNegatives {
            files: only_negatives,
        });
    }
    if negatives > positives * TOLERABLE_IMBALANCE {
        warnings.push(TrainingWarning::ManyNegatives {
            positives,
            negatives,
        });
    }
    // Without any, the background of the recordings stands in for them.
    if negatives > 0 && positives > negatives * TOLERABLE_IMBALANCE {
        warnings.push(TrainingWarning::FewNegatives {
            positives,
            negatives,
        });
    }
    warnings
}

impl Store {
    /// What a training by `request` would be made of, and what to know before.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn training_statistics(
        &self,
        request: &TrainingRequest,
    ) -> Result<TrainingStatistics, StoreError> {
        Ok(TrainingStatistics::of(&self.training_data(request)?))
    }
}
