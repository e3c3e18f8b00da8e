//! The grammar of `library` and `similar`.

use std::convert::Infallible;
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Subcommand};

use super::{model_key, profile_name, score, time_s};

#[derive(Debug, Subcommand)]
pub enum LibraryCommand {
    /// Add folders, with the folders in them, and index their audio files
    Add(LibraryFolders),
    /// Remove folders from the library; their audio files stay
    Remove {
        /// The folders
        #[arg(required = true, value_name = "FOLDER")]
        folders: Vec<PathBuf>,
    },
    /// Show the folders, how much of each is indexed, and what could not be
    List {
        /// The embedding model, by its key
        #[arg(long, value_name = "KEY", default_value = "AISFX", value_parser = model_key)]
        model: String,
    },
    /// Index what is new or changed, and forget what is gone
    Update(LibraryUpdate),
    /// Find a trained sound in all files, the best regions first
    Search(LibrarySearchArguments),
}

#[derive(Debug, Args)]
pub struct LibraryFolders {
    /// The folders
    #[arg(required = true, value_name = "FOLDER")]
    pub folders: Vec<PathBuf>,
    /// The embedding model, by its key
    #[arg(long, value_name = "KEY", default_value = "AISFX", value_parser = model_key)]
    pub model: String,
}

#[derive(Debug, Args)]
pub struct LibraryUpdate {
    /// Only these folders of the library [default: all]
    #[arg(value_name = "FOLDER")]
    pub folders: Vec<PathBuf>,
    /// The embedding model, by its key
    #[arg(long, value_name = "KEY", default_value = "AISFX", value_parser = model_key)]
    pub model: String,
}

#[derive(Debug, Args)]
pub struct LibrarySearchArguments {
    /// Only files in this folder [default: all]
    #[arg(value_name = "FOLDER")]
    pub folder: Option<PathBuf>,
    /// The profile whose newest classifier finds the sound [default: the one after --profile]
    #[arg(long, value_name = "NAME", value_parser = profile_name)]
    pub sound: Option<String>,
    /// Show so many regions
    #[arg(long, value_name = "NUMBER", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub top: u32,
    /// Regions are stretches that score at least this
    #[arg(long, value_name = "0..1", default_value_t = 0.5, value_parser = score, allow_hyphen_values = true)]
    pub threshold: f32,
    /// Save a version of each file with a region, as a scan does
    #[arg(long)]
    pub save: bool,
    /// The embedding model, by its key
    #[arg(long, value_name = "KEY", default_value = "AISFX", value_parser = model_key)]
    pub model: String,
}

#[derive(Debug, Args)]
pub struct SimilarArguments {
    /// The recording that holds the example
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Start of the example in seconds [default: the start of the file]
    #[arg(long, value_name = "SECONDS", value_parser = time_s, allow_hyphen_values = true)]
    pub start: Option<f64>,
    /// End of the example in seconds [default: the end of the file]
    #[arg(long, value_name = "SECONDS", value_parser = time_s, allow_hyphen_values = true)]
    pub end: Option<f64>,
    /// Another example, several times if wanted: the search goes by their mean
    #[arg(long, value_name = "FILE[@START-END]")]
    pub also: Vec<SaidStretch>,
    /// What is not meant, several times if wanted
    #[arg(long = "not", value_name = "FILE[@START-END]")]
    pub rejected: Vec<SaidStretch>,
    /// What to search: `take` (the recording itself), `project` (all recordings of the profile), `library`, or a folder
    #[arg(long = "in", value_name = "PLACE", default_value = "library")]
    pub place: SearchedPlace,
    /// Show so many events
    #[arg(long, value_name = "NUMBER", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub top: u32,
    /// The embedding model, by its key
    #[arg(long, value_name = "KEY", default_value = "AISFX", value_parser = model_key)]
    pub model: String,
}

/// A stretch of a file, as `FILE@START-END` says it in seconds; the whole file without times.
#[derive(Debug, Clone, PartialEq)]
pub struct SaidStretch {
    pub file: PathBuf,
    pub times_s: Option<(f64, f64)>,
}

impl FromStr for SaidStretch {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let whole = || Self {
            file: text.into(),
            times_s: None,
        };
        // An `@` may also be part of a name.
        let Some((file, times)) = text.rsplit_once('@').filter(|(file, _)| !file.is_empty()) else {
            return Ok(whole());
        };
        let Some((start, end)) = times.split_once('-') else {
            return Ok(whole());
        };
        match (time_s(start), time_s(end)) {
            (Ok(start_s), Ok(end_s)) => Ok(Self {
                file: file.into(),
                times_s: Some((start_s, end_s)),
            }),
            _ => Ok(whole()),
        }
    }
}

/// Where to search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SearchedPlace {
    Take,
    Project,
    Library,
    /// A folder of one of those names is written with a `./` before it.
    Folder(PathBuf),
}

impl FromStr for SearchedPlace {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text {
            "take" => Self::Take,
            "project" => Self::Project,
            "library" => Self::Library,
            folder => Self::Folder(folder.into()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_is_a_file_with_times_or_without_and_an_at_sign_may_be_part_of_its_name() {
        for (text, file, times_s) in [
            ("a.wav", "a.wav", None),
            ("a.wav@1-2.5", "a.wav", Some((1.0, 2.5))),
            ("me@home.wav", "me@home.wav", None),
            ("me@home.wav@0-0.5", "me@home.wav", Some((0.0, 0.5))),
            ("mix@3-final.wav", "mix@3-final.wav", None),
            ("@1-2", "@1-2", None),
        ] {
            let expected = SaidStretch {
                file: file.into(),
                times_s,
            };
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
    }
}
