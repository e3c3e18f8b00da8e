//! The files and folders that a command is given: which recordings they are, and what is wrong with those that are none.
//!
//! Blocks on the disk; the main thread.

use std::collections::HashSet;
use std::fs::FileType;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use earmark_core::audio::AUDIO_EXTENSIONS;
use earmark_core::library::audio_files::find_audio;
use earmark_core::recording::Recording;
use earmark_core::words::counted;

use super::Context;
use super::failure::{Failed, Failure};

/// What a command is to work on.
#[derive(Default)]
pub struct Inputs {
    /// Each once, in the order in which they were named; those of a folder by name.
    pub recordings: Vec<Recording>,
    /// What was named and is no recording.
    pub failed: Vec<Failed>,
    seen: HashSet<PathBuf>,
    /// Files of folders that are no audio files, and links that lead in a circle.
    skipped: usize,
}

impl Inputs {
    /// The recordings among `paths` and in the folders among them.
    ///
    /// # Errors
    /// When only folders were named and no audio file lies in any of them.
    pub fn gather(context: &Context, paths: &[PathBuf]) -> Result<Self, Failure> {
        let mut inputs = Self::default();
        let mut folders = Vec::new();
        for path in paths {
            match kind_of(path) {
                Ok(kind) if kind.is_dir() => {
                    folders.push(path.display().to_string());
                    inputs.search(context, path);
                }
                Ok(_) => inputs.take(context, path),
                Err(error) => inputs.failed.push(Failed::new(path, &error)),
            }
        }
        if folders.is_empty() {
            return Ok(inputs);
        }
        if inputs.recordings.is_empty() && inputs.failed.is_empty() {
            return Err(Failure::NoAudio {
                folders: folders.join(", "),
                extensions: AUDIO_EXTENSIONS.join(", "),
            });
        }
        context.output.note(&format!(
            "{} found in {}, {} skipped",
            counted(inputs.recordings.len(), "audio file"),
            folders.join(", "),
            counted(inputs.skipped, "other file"),
        ));
        Ok(inputs)
    }

    /// How many files it is about.
    pub fn count(&self) -> usize {
        self.recordings.len() + self.failed.len()
    }

    /// Takes the audio files below `folder`.
    fn search(&mut self, context: &Context, folder: &Path) {
        let Some(found) = find_audio(folder, &mut |_| ControlFlow::Continue(())) else {
            return;
        };
        for file in found.files {
            self.take(context, &file.path);
        }
        for (path, source) in found.faults {
            let failure = Failure::Unreadable {
                path: path.clone(),
                source,
            };
            self.failed.push(Failed::new(&path, &failure));
        }
        self.skipped += found.skipped;
    }

    fn take(&mut self, context: &Context, path: &Path) {
        match recording(context, path) {
            Ok(recording) => {
                let identity = recording.path.canonicalize();
                if self
                    .seen
                    .insert(identity.unwrap_or_else(|_| recording.path.clone()))
                {
                    self.recordings.push(recording);
                }
            }
            Err(error) => self.failed.push(Failed::new(path, &error)),
        }
    }
}

/// The recording at `path`.
///
/// # Errors
/// When nothing is there, or no file.
pub fn recording(context: &Context, path: &Path) -> Result<Recording, Failure> {
    let kind = kind_of(path)?;
    let path = path.to_owned();
    if kind.is_dir() {
        return Err(Failure::Folder { path });
    }
    if !kind.is_file() {
        return Err(Failure::NoRegularFile { path });
    }
    context.open(&path)
}

fn kind_of(path: &Path) -> Result<FileType, Failure> {
    match std::fs::metadata(path) {
        Ok(metadata) => Ok(metadata.file_type()),
        Err(source) if source.kind() == std::io::ErrorKind::NotFound => Err(Failure::NoFile {
            path: path.to_owned(),
        }),
        Err(source) => Err(Failure::Unreadable {
            path: path.to_owned(),
            source,
        }),
    }
}
