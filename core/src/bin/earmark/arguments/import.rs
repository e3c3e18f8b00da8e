//! What `import` and `evaluate` take: their options, and the choices that they stand for.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use earmark_core::export::Times;
use earmark_core::import::ProjectClock;
use earmark_core::import::plan::ImportChoices;
use earmark_core::limits::{Bounds, LimitError};
use earmark_core::protocol::MarkAs;

use earmark_core::scan::HitRule;

use super::{CountedFrom, class_name, model_key};

const SHARE: Bounds = Bounds::new("a share", "", 0.0, 1.0);
const TOLERANCE_S: Bounds = Bounds::new("a tolerance", " seconds", 0.0, 3_600.0);
const RATE_HZ: Bounds = Bounds::new("a sample rate", " hertz", 1.0, 10_000_000.0);
const FRAMES_PER_S: Bounds = Bounds::new("a frame rate", " frames in a second", 1.0, 1_000.0);
const TEMPO_BPM: Bounds = Bounds::new("a tempo", " beats in a minute", 1.0, 10_000.0);
const POINT_S: Bounds = Bounds::new("a length", " seconds", 0.02, 86_400.0);

#[derive(Debug, Args)]
pub struct ImportArguments {
    /// Label files: Audacity labels, Raven selection tables, REAPER regions, Earmark's CSV and JSON, tables of Hoplite and BirdNET
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// What the labels become: by-class marks each as its file says, and otherwise as an example of its name
    #[arg(long = "as", value_name = "MARK", default_value = "by-class")]
    mark_as: As,
    /// The class of all examples [default: what each label is called]
    #[arg(long, value_name = "CLASS", value_parser = class_name)]
    class: Option<String>,
    #[command(flatten)]
    pub reading: ReadingArguments,
    /// Show what would be marked and what fits no recording, and change nothing
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Debug, Args)]
pub struct EvaluateArguments {
    /// The recordings, which were scanned
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Label files that say where the sounds are, of every form that `earmark import` reads
    #[arg(long, required = true, num_args = 1.., value_name = "LABELS")]
    pub truth: Vec<PathBuf>,
    /// Count only the labels of this class [default: the classes of each version's classifier]
    #[arg(long, value_name = "CLASS", value_parser = class_name)]
    pub sound: Option<String>,
    /// The embedding model, by its key
    #[arg(long, value_name = "KEY", default_value = "AISFX", value_parser = model_key)]
    pub model: String,
    /// A version's number (3 or v3) or timestamp [default: every version]
    #[arg(long, value_name = "VERSION")]
    pub version: Option<String>,
    /// A region finds a label that shares this much of the shorter one
    #[arg(long, value_name = "0..1", default_value_t = 0.5, value_parser = share, conflicts_with = "tolerance")]
    overlap: f64,
    /// A region finds a label whose start is at most this far from its own, in seconds
    #[arg(long, value_name = "SECONDS", value_parser = tolerance_s)]
    tolerance: Option<f64>,
    #[command(flatten)]
    pub reading: ReadingArguments,
}

impl EvaluateArguments {
    /// When a region finds a label.
    pub fn rule(&self) -> HitRule {
        match self.tolerance {
            Some(tolerance_s) => HitRule::Start { tolerance_s },
            None => HitRule::Overlap {
                share: self.overlap,
            },
        }
    }
}

/// How label files are read.
#[derive(Debug, Args)]
pub struct ReadingArguments {
    /// Recordings, or folders of them, that the labels are about [default: those beside the label file and those that Earmark knows]
    #[arg(long = "recording", num_args = 1.., value_name = "FILE")]
    pub recordings: Vec<PathBuf>,
    /// Count times from the project's start or the recording's, in files that do not say
    #[arg(long, value_name = "START", default_value = "take")]
    times: CountedFrom,
    /// The length in seconds of a mark that a point stands for
    #[arg(long, value_name = "SECONDS", default_value_t = 1.0, value_parser = point_s, allow_hyphen_values = true)]
    point_length: f64,
    /// REAPER: the project's sample rate, where its ruler shows samples
    #[arg(long, value_name = "HERTZ", value_parser = rate_hz)]
    rate: Option<f64>,
    /// REAPER: the project's frame rate, where its ruler shows frames
    #[arg(long, value_name = "FRAMES", value_parser = frames_per_s)]
    fps: Option<f64>,
    /// REAPER: the project's tempo in beats per minute, where its ruler shows measures
    #[arg(long, value_name = "BPM", value_parser = tempo_bpm)]
    tempo: Option<f64>,
    /// REAPER: the beats of a measure [default: 4]
    #[arg(long, value_name = "BEATS", value_parser = clap::value_parser!(u32).range(1..=64), requires = "tempo")]
    beats: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum As {
    ByClass,
    Positive,
    Negative,
    Unsure,
}

impl ImportArguments {
    /// The choices that the options stand for.
    pub fn choices(&self) -> ImportChoices {
        ImportChoices {
            mark_as: match self.mark_as {
                As::ByClass => MarkAs::ByClass,
                As::Positive => MarkAs::Positive,
                As::Negative => MarkAs::Negative,
                As::Unsure => MarkAs::Unsure,
            },
            class: self.class.clone(),
            ..self.reading.choices()
        }
    }
}

impl ReadingArguments {
    /// How a REAPER project counts, as far as the options say.
    pub fn clock(&self) -> ProjectClock {
        ProjectClock {
            rate_hz: self.rate,
            frames_per_s: self.fps,
            tempo_bpm: self.tempo,
            beats_per_measure: self.beats,
        }
    }

    /// The choices of reading, with the defaults for what is marked.
    pub fn choices(&self) -> ImportChoices {
        ImportChoices {
            times: match self.times {
                CountedFrom::Project => Times::Project,
                CountedFrom::Take => Times::Take,
            },
            point_length_s: self.point_length,
            recordings: self.recordings.clone(),
            ..ImportChoices::default()
        }
    }
}

fn share(text: &str) -> Result<f64, LimitError> {
    SHARE.parse(text)
}

fn tolerance_s(text: &str) -> Result<f64, LimitError> {
    TOLERANCE_S.parse(text)
}

fn rate_hz(text: &str) -> Result<f64, LimitError> {
    RATE_HZ.parse(text)
}

fn frames_per_s(text: &str) -> Result<f64, LimitError> {
    FRAMES_PER_S.parse(text)
}

fn tempo_bpm(text: &str) -> Result<f64, LimitError> {
    TEMPO_BPM.parse(text)
}

fn point_s(text: &str) -> Result<f64, LimitError> {
    POINT_S.parse(text)
}
