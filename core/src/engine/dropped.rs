//! Files and folders that somebody dropped on a window: which of them are recordings, and what is wrong with the others. Files
//! thread; it blocks on disks and on the database, and asks its [`JobControl`] whether to go on.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use crate::audio::{self, AudioError, SampleSource};
use crate::job::JobControl;
use crate::library::audio_files::find_audio;
use crate::limits::SHORTEST_EXAMPLE_S;
use crate::platform::name_text;
use crate::protocol::{EngineError, Place, PlacedRecording};
use crate::recording::{OpenError, Recording};
use crate::store::StoreHandle;

/// Files that one drop may bring.
const MOST_FILES: usize = 1_000;
/// A longer file is a recording to be searched rather than an example, in seconds.
const LONGEST_EXAMPLE_S: f64 = 600.0;
/// Files that one sentence names.
const NAMED_FILES: usize = 3;
/// How much of a recording is looked through at once for something to hear, in samples.
const CHUNK: usize = 1 << 16;

/// What the files are to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Examples of a sound, from the first sample to the last.
    Examples,
    /// Recordings to be searched.
    Recordings,
}

/// What becomes of the files once they are known.
#[derive(Debug, Clone)]
pub(super) enum DropTarget {
    /// Examples of a class in the profile that was shown when they were dropped.
    Examples { class: String, place: Box<Place> },
    /// Recordings that are scanned under this job.
    Scanned(JobControl),
}

/// What is among the files.
#[derive(Debug, Default)]
pub(super) struct Dropped {
    /// Each once, in the order in which they were dropped; those of a folder by name.
    pub recordings: Vec<PlacedRecording>,
    /// What was left out and why, in whole sentences; empty when nothing was.
    pub left_out: String,
}

/// Why a file is left out, in the order in which it is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    NotAudio,
    Damaged,
    Silent,
    TooShort,
    TooLong,
    NothingInside,
}

impl Why {
    const ALL: [Self; 6] = [
        Self::NotAudio,
        Self::Damaged,
        Self::Silent,
        Self::TooShort,
        Self::TooLong,
        Self::NothingInside,
    ];

    /// What is said of one file, and of several.
    fn words(self) -> [&'static str; 2] {
        match self {
            Self::NotAudio => [
                "is no audio file that Earmark can read",
                "are no audio files that Earmark can read",
            ],
            Self::Damaged => ["cannot be read", "cannot be read"],
            Self::Silent => ["is silent", "are silent"],
            Self::TooShort => ["is too short for an example", "are too short for examples"],
            Self::TooLong => [
                "is longer than ten minutes: hold Shift while you add it to search it instead",
                "are longer than ten minutes: hold Shift while you add them to search them instead",
            ],
            Self::NothingInside => ["holds no audio file", "hold no audio file"],
        }
    }
}

/// Looks through `paths` and the folders among them.
///
/// # Errors
/// When there are too many files, the job is cancelled, or the database cannot take the names of new recordings.
pub(super) fn sort_out(
    paths: &[PathBuf],
    purpose: Purpose,
    store: &StoreHandle,
    job: &JobControl,
) -> Result<Dropped, EngineError> {
    let mut left_out: Vec<(String, Why)> = Vec::new();
    let files = files_in(paths, &mut left_out, job)?;
    let mut recordings = Vec::new();
    let mut seen = HashSet::new();
    let count = files.len();
    for (index, path) in files.into_iter().enumerate() {
        job.go_on()?;
        let name = path.file_name().map(name_text).unwrap_or_default();
        job.stage(format!("reading {name}"), index as f32 / count as f32);
        let length_s = match look_at(&path, purpose, job)? {
            Ok(length_s) => length_s,
            Err(why) => {
                left_out.push((name, why));
                continue;
            }
        };
        let recording = match Recording::open(store, &path) {
            Ok(recording) => recording,
            Err(OpenError::File(_)) => {
                left_out.push((name, Why::Damaged));
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        if seen.insert(recording.filename.clone()) {
            recordings.push(PlacedRecording {
                recording,
                start_s: 0.0,
                length_s,
            });
        }
    }
    Ok(Dropped {
        recordings,
        left_out: in_words(&left_out),
    })
}

/// The files among `paths` and the audio files in the folders among them. Hidden files are passed over: other systems leave some
/// beside each audio file.
fn files_in(
    paths: &[PathBuf],
    left_out: &mut Vec<(String, Why)>,
    job: &JobControl,
) -> Result<Vec<PathBuf>, EngineError> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let room = MOST_FILES.saturating_sub(files.len());
        let found = find_audio(path, &mut |found| match found <= room {
            true => job.proceed(),
            false => ControlFlow::Break(()),
        });
        let Some(found) = found else {
            job.go_on()?;
            return Err(EngineError::TooManyFiles { most: MOST_FILES });
        };
        if found.files.is_empty() {
            let name = path.file_name().map(name_text);
            left_out.push((name.unwrap_or_default(), Why::NothingInside));
        }
        files.extend(found.files.into_iter().map(|file| file.path));
    }
    if files.len() > MOST_FILES {
        return Err(EngineError::TooManyFiles { most: MOST_FILES });
    }
    Ok(files)
}

/// How long the file is, in seconds, or why it is left out.
fn look_at(
    path: &Path,
    purpose: Purpose,
    job: &JobControl,
) -> Result<Result<f64, Why>, EngineError> {
    let mut source = match audio::open_while(path, &mut || job.proceed()) {
        Ok(source) => source,
        Err(AudioError::Cancelled { .. }) => return Err(EngineError::Cancelled),
        Err(AudioError::NotAudio { .. } | AudioError::Unsupported { .. }) => {
            return Ok(Err(Why::NotAudio));
        }
        Err(_) => return Ok(Err(Why::Damaged)),
    };
    let length_s = source.frames() as f64 / f64::from(source.rate().hz());
    if purpose == Purpose::Recordings {
        return Ok(Ok(length_s));
    }
    if length_s < SHORTEST_EXAMPLE_S {
        return Ok(Err(Why::TooShort));
    }
    if length_s > LONGEST_EXAMPLE_S {
        return Ok(Err(Why::TooLong));
    }
    Ok(match is_silent(source.as_mut(), job)? {
        Ok(true) => Err(Why::Silent),
        Ok(false) => Ok(length_s),
        Err(_) => Err(Why::Damaged),
    })
}

/// Whether every sample is zero.
fn is_silent(
    source: &mut dyn SampleSource,
    job: &JobControl,
) -> Result<Result<bool, AudioError>, EngineError> {
    let end = source.frames() as i64;
    let mut samples = vec![0.0; CHUNK];
    for at in (0..end).step_by(CHUNK) {
        job.go_on()?;
        if let Err(error) = source.read_mono(at, &mut samples) {
            return Ok(Err(error));
        }
        if samples.iter().any(|&sample| sample != 0.0) {
            return Ok(Ok(false));
        }
    }
    Ok(Ok(true))
}

/// A sentence for each reason.
fn in_words(left_out: &[(String, Why)]) -> String {
    let sentences = Why::ALL.into_iter().filter_map(|why| {
        let mut names: Vec<&str> = left_out
            .iter()
            .filter(|(_, other)| *other == why)
            .map(|(name, _)| name.as_str())
            .collect();
        let more = names.len().saturating_sub(NAMED_FILES);
        let [one, several] = why.words();
        let verb = if names.len() == 1 { one } else { several };
        names.truncate(NAMED_FILES);
        let last = names.pop()?;
        let named = match (names.is_empty(), more) {
            (true, 0) => last.to_owned(),
            (_, 0) => format!("{} and {last}", names.join(", ")),
            _ => format!("{}, {last} and {more} more", names.join(", ")),
        };
        Some(format!("{named} {verb}."))
    });
    sentences.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::JobKind;

    fn wav(path: &Path, seconds: f64, level: i16) {
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: 1_000,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut writer = hound::WavWriter::create(path, spec).unwrap();
        for _ in 0..(seconds * 1_000.0) as usize {
            writer.write_sample(level).unwrap();
        }
        writer.finalize().unwrap();
    }

    #[test]
    fn folders_are_looked_through_and_what_is_no_example_is_named_with_the_reason() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(at("doors/deep")).unwrap();
        std::fs::create_dir(at("papers")).unwrap();
        for name in [
            "doors/b.wav",
            "doors/deep/a.wav",
            "one.wav",
            "doors/._b.wav",
        ] {
            wav(&at(name), 1.0, 1_000);
        }
        wav(&at("long.wav"), 601.0, 1_000);
        wav(&at("quiet.wav"), 1.0, 0);
        wav(&at("click.wav"), 0.001, 1_000);
        for name in ["notes.txt", "a.pdf", "doors/list.csv", "papers/x.txt"] {
            std::fs::write(at(name), "no sound").unwrap();
        }
        let store = StoreHandle::new(Some(at("earmark.db"))).unwrap();
        let job = JobControl::new(JobKind::Adding);
        let paths = [
            "one.wav",
            "notes.txt",
            "doors",
            "long.wav",
            "papers",
            "a.pdf",
            "quiet.wav",
            "click.wav",
            "one.wav",
        ]
        .map(at);
        let dropped = sort_out(&paths, Purpose::Examples, &store, &job).unwrap();
        let names: Vec<&str> = dropped
            .recordings
            .iter()
            .map(|placed| placed.recording.filename.as_str())
            .collect();
        assert_eq!(names, ["one.wav", "b.wav", "a.wav"]);
        assert!((dropped.recordings[0].length_s - 1.0).abs() < 1e-9);
        assert_eq!(
            dropped.left_out,
            "notes.txt and a.pdf are no audio files that Earmark can read. quiet.wav is silent. click.wav is too short for an \
             example. long.wav is longer than ten minutes: hold Shift while you add it to search it instead. papers holds no \
             audio file."
        );
        // A recording to be searched may be long, short or silent.
        let dropped = sort_out(&paths[3..4], Purpose::Recordings, &store, &job).unwrap();
        assert_eq!(
            (dropped.recordings.len(), dropped.left_out.as_str()),
            (1, "")
        );
    }

    #[test]
    fn a_cancelled_drop_adds_nothing_and_many_names_are_cut_short() {
        let store = StoreHandle::new(None).unwrap();
        let job = JobControl::new(JobKind::Adding);
        job.cancel();
        let paths = [PathBuf::from("/no/such.wav")];
        let outcome = sort_out(&paths, Purpose::Examples, &store, &job);
        assert!(matches!(outcome, Err(EngineError::Cancelled)));
        let names = ["a", "b", "c", "d", "e"].map(|name| (name.to_owned(), Why::Damaged));
        assert_eq!(in_words(&names), "a, b, c and 2 more cannot be read.");
    }
}
