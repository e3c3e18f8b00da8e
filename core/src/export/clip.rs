//! Writes a stretch of a recording as a WAV file in 8-cut's layout: `<clips folder>/<class>/vid_NNN/clip_NNN.wav`.
//!
//! The class of a clip is the name of its grandparent folder, and the clips of one recording share a `vid_NNN` folder.
//! Runs on an engine worker; blocks on the disk. A clip appears under its name only when it is complete, and
//! never in the place of another file, even when 8-cut exports into the same folder at the same time.

use std::fs::{self, File};
use std::io::{self, BufWriter, ErrorKind, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use hound::{SampleFormat, WavSpec, WavWriter};

use super::ClassName;
use super::file::{Existing, WriteError, write_file};
use crate::platform::whole_file::{Draft, write_to_disk};
use crate::time::SampleRate;

/// More than everything but samples and comment takes in a file.
const HEADER_BYTES: u64 = 1024;
/// How many numbers are tried when other programs take them first.
const ATTEMPTS: u32 = 1000;

/// The audio of a clip.
#[derive(Debug, Clone, Copy)]
pub struct ClipAudio<'a> {
    /// Interleaved, frame by frame; full scale is -1 to 1, and more is kept. What is not finite is written as silence.
    pub samples: &'a [f32],
    /// At least 1.
    pub channels: u16,
    pub rate: SampleRate,
    /// What the user wrote about it: the comment of the WAV file. Without one the file has no such chunk.
    pub comment: &'a str,
}

/// Which `vid_NNN` folder a clip goes to.
#[derive(Debug, Clone, Copy)]
pub enum ClipFolder<'a> {
    /// The recording has no clips of this class yet: a new folder is made.
    New,
    /// The folder of an earlier clip of the same recording and class, as a full path. Made again if it is gone.
    Existing(&'a Path),
}

/// Why a clip could not be exported.
#[derive(Debug, thiserror::Error)]
pub enum ClipError {
    #[error("there is no audio to export: choose a region inside the recording")]
    Empty,
    #[error(
        "{samples} samples do not make whole frames of {channels} channels: scan the recording again, then repeat the export"
    )]
    Frames { samples: usize, channels: u16 },
    #[error("a clip of {bytes} bytes is too long for a WAV file: choose a shorter region")]
    TooLong { bytes: u64 },
    #[error("every clip number in {} is taken: move some of its clips elsewhere", folder.display())]
    Full { folder: PathBuf },
    #[error("the clip could not be written to {} ({source}): check that the disk has space and that you may write to the folder", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error(transparent)]
    File(#[from] WriteError),
}

/// Writes `audio` as a new clip (32-bit float WAV, all its channels, its own rate) of `class` below `clips_folder`, and
/// returns where. On an error no clip was made; folders may have been.
///
/// # Errors
/// See [`ClipError`].
pub fn export_clip(
    clips_folder: &Path,
    class: &ClassName,
    folder: ClipFolder<'_>,
    audio: &ClipAudio<'_>,
) -> Result<PathBuf, ClipError> {
    check(audio)?;
    let folder = match folder {
        ClipFolder::Existing(folder) => {
            fs::create_dir_all(folder).map_err(failed(folder))?;
            folder.to_owned()
        }
        ClipFolder::New => new_folder(&clips_folder.join(class.as_str()))?,
    };
    let (draft, file) = Draft::beside(&folder.join("clip.wav")).map_err(failed(&folder))?;
    write_to_disk(file, |out| write_wav(out, audio)).map_err(failed(draft.path()))?;
    publish(draft, &folder)
}

/// Writes `audio` as the clip `target` (32-bit float WAV, all its channels, its own rate), making its folders.
///
/// # Errors
/// See [`ClipError`]. No clip was made then, and one that was there is untouched; folders may have been made.
pub fn write_clip(
    target: &Path,
    existing: Existing,
    audio: &ClipAudio<'_>,
) -> Result<(), ClipError> {
    check(audio)?;
    if let Some(folder) = target.parent() {
        fs::create_dir_all(folder).map_err(|source| WriteError::of(folder, source))?;
    }
    Ok(write_file(target, existing, |out| write_wav(out, audio))?)
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> ClipError {
    let path = path.to_owned();
    move |source| ClipError::Write { path, source }
}

fn check(audio: &ClipAudio<'_>) -> Result<(), ClipError> {
    let samples = audio.samples.len();
    if samples == 0 {
        return Err(ClipError::Empty);
    }
    if audio.channels == 0 || !samples.is_multiple_of(usize::from(audio.channels)) {
        return Err(ClipError::Frames {
            samples,
            channels: audio.channels,
        });
    }
    // The sizes in a WAV file have 32 bits and count the header too.
    let bytes = samples as u64 * 4;
    if bytes > u64::from(u32::MAX) - HEADER_BYTES - audio.comment.len() as u64 {
        return Err(ClipError::TooLong { bytes });
    }
    Ok(())
}

fn write_wav(out: &mut BufWriter<File>, audio: &ClipAudio<'_>) -> io::Result<()> {
    let spec = WavSpec {
        channels: audio.channels,
        sample_rate: audio.rate.hz(),
        bits_per_sample: 32,
        sample_format: SampleFormat::Float,
    };
    let into_io = |error| match error {
        hound::Error::IoError(error) => error,
        other => io::Error::other(other),
    };
    let mut wav = WavWriter::new(&mut *out, spec).map_err(into_io)?;
    for &sample in audio.samples {
        let sample = if sample.is_finite() { sample } else { 0.0 };
        wav.write_sample(sample).map_err(into_io)?;
    }
    wav.finalize().map_err(into_io)?;
    match audio.comment {
        "" => Ok(()),
        comment => add_comment(out, comment),
    }
}

/// Puts `comment` behind the samples as `LIST`/`INFO`/`ICMT` ("Multimedia Programming Interface and Data Specifications 1.0", IBM
/// and Microsoft 1991), in UTF-8 as today's programs read it.
fn add_comment(out: &mut BufWriter<File>, comment: &str) -> io::Result<()> {
    let mut text = comment.as_bytes().to_vec();
    // It ends with a zero, and a chunk begins at an even place.
    text.push(0);
    text.resize(text.len().next_multiple_of(2), 0);
    let too_long = |_| io::Error::from(ErrorKind::FileTooLarge);
    let length = |bytes: usize| u32::try_from(bytes).map_err(too_long).map(u32::to_le_bytes);
    let mut chunk = b"LIST".to_vec();
    chunk.extend(length(b"INFOICMT".len() + 4 + text.len())?);
    chunk.extend(b"INFOICMT");
    chunk.extend(length(text.len())?);
    chunk.extend(text);
    let end = out.seek(SeekFrom::End(0))?;
    out.write_all(&chunk)?;
    // The file's own length, without its first eight bytes.
    let whole = end + chunk.len() as u64 - 8;
    out.seek(SeekFrom::Start(4))?;
    out.write_all(&u32::try_from(whole).map_err(too_long)?.to_le_bytes())
}

/// Gives the finished draft the next free clip name in `folder`.
fn publish(draft: Draft, folder: &Path) -> Result<PathBuf, ClipError> {
    let first = next_number(folder, "clip_").map_err(failed(folder))?;
    let names = (first..first.saturating_add(ATTEMPTS))
        .map(|number| folder.join(format!("clip_{number:03}.wav")));
    draft
        .publish_as_first_free(names)
        .map_err(|refused| match refused {
            (Some(target), error) => failed(&target)(error),
            (None, _) => ClipError::Full {
                folder: folder.to_owned(),
            },
        })
}

/// Creates the next `vid_NNN` folder of a class; two programs never get the same one.
fn new_folder(class_folder: &Path) -> Result<PathBuf, ClipError> {
    fs::create_dir_all(class_folder).map_err(failed(class_folder))?;
    let first = next_number(class_folder, "vid_").map_err(failed(class_folder))?;
    for number in first..first.saturating_add(ATTEMPTS) {
        let folder = class_folder.join(format!("vid_{number:03}"));
        match fs::create_dir(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(failed(&folder)(error)),
        }
    }
    Err(ClipError::Full {
        folder: class_folder.to_owned(),
    })
}

/// One more than the highest number behind `prefix`, whatever the ending: a number whose clip was deleted is not given
/// out again while later ones exist, so that old lists do not come to point at other sounds.
fn next_number(folder: &Path, prefix: &str) -> io::Result<u32> {
    let mut highest = 0;
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        let digits = name
            .to_str()
            .and_then(|name| name.strip_prefix(prefix))
            .map(|rest| {
                let end = rest
                    .find(|c: char| !c.is_ascii_digit())
                    .unwrap_or(rest.len());
                rest.get(..end).unwrap_or_default()
            });
        if let Some(number) = digits.and_then(|digits| digits.parse::<u32>().ok()) {
            highest = highest.max(number);
        }
    }
    Ok(highest.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEREO: [f32; 6] = [0.0, 0.25, -1.5, 1.0, f32::NAN, f32::INFINITY];

    fn audio(samples: &[f32], channels: u16) -> ClipAudio<'_> {
        ClipAudio {
            samples,
            channels,
            rate: SampleRate::new(96_000).unwrap(),
            comment: "",
        }
    }

    fn class() -> ClassName {
        ClassName::new("door slam").unwrap()
    }

    #[test]
    fn a_comment_lies_behind_the_samples_and_changes_none_of_them() {
        let root = tempfile::tempdir().unwrap();
        for comment in ["a", "two", "Türe knarrt #creak"] {
            let target = root.path().join("commented.wav");
            let clip = ClipAudio {
                comment,
                ..audio(&STEREO, 2)
            };
            write_clip(&target, Existing::Replace, &clip).unwrap();
            let mut wav = hound::WavReader::open(&target).unwrap();
            let samples: Vec<f32> = wav.samples().map(Result::unwrap).collect();
            assert_eq!(samples, [0.0, 0.25, -1.5, 1.0, 0.0, 0.0]);
            let bytes = fs::read(&target).unwrap();
            let length = u32::from_le_bytes(bytes[4..8].try_into().unwrap());
            assert_eq!(length as usize, bytes.len() - 8);
            let at = bytes.windows(8).position(|chunk| chunk == b"INFOICMT");
            let text = &bytes[at.unwrap() + 12..];
            assert!(text.starts_with(comment.as_bytes()) && text.ends_with(&[0]));
        }
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> = entries
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_clip_keeps_channels_rate_and_samples_and_its_class_is_its_grandparent() {
        let root = tempfile::tempdir().unwrap();
        let path = export_clip(root.path(), &class(), ClipFolder::New, &audio(&STEREO, 2)).unwrap();
        assert_eq!(path, root.path().join("door slam/vid_001/clip_001.wav"));
        let mut wav = hound::WavReader::open(&path).unwrap();
        let spec = wav.spec();
        assert_eq!(
            (spec.channels, spec.sample_rate, spec.bits_per_sample),
            (2, 96_000, 32)
        );
        let samples: Vec<f32> = wav.samples().map(Result::unwrap).collect();
        assert_eq!(samples, [0.0, 0.25, -1.5, 1.0, 0.0, 0.0]);
        assert_eq!(
            names(path.parent().unwrap()),
            ["clip_001.wav"],
            "no draft is left"
        );
    }

    #[test]
    fn clips_of_one_recording_share_a_folder_and_nothing_is_overwritten() {
        let root = tempfile::tempdir().unwrap();
        let export =
            |folder| export_clip(root.path(), &class(), folder, &audio(&[0.5], 1)).unwrap();
        let first = export(ClipFolder::New);
        let folder = first.parent().unwrap().to_owned();
        fs::write(folder.join("clip_007.mp4"), "8-cut's").unwrap();
        fs::write(folder.join("clip_notes.txt"), "").unwrap();
        assert_eq!(
            export(ClipFolder::Existing(&folder)),
            folder.join("clip_008.wav")
        );
        assert_eq!(
            export(ClipFolder::New),
            root.path().join("door slam/vid_002/clip_001.wav")
        );
        assert_eq!(
            fs::read_to_string(folder.join("clip_007.mp4")).unwrap(),
            "8-cut's"
        );
    }

    #[test]
    fn many_exports_at_once_all_get_a_file_of_their_own() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("door slam/vid_001");
        let mut paths: Vec<PathBuf> = std::thread::scope(|scope| {
            let export = || {
                export_clip(
                    root.path(),
                    &class(),
                    ClipFolder::Existing(&folder),
                    &audio(&[0.5], 1),
                )
            };
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(export)).collect();
            threads
                .into_iter()
                .map(|t| t.join().unwrap().unwrap())
                .collect()
        });
        paths.sort();
        paths.dedup();
        assert_eq!(paths.len(), 8);
        assert_eq!(names(&folder).len(), 8);
    }

    #[test]
    fn audio_that_is_none_is_refused_before_anything_is_made() {
        let root = tempfile::tempdir().unwrap();
        let refused =
            |audio| export_clip(root.path(), &class(), ClipFolder::New, &audio).unwrap_err();
        assert!(matches!(refused(audio(&[], 2)), ClipError::Empty));
        assert!(matches!(
            refused(audio(&[0.0; 3], 2)),
            ClipError::Frames {
                samples: 3,
                channels: 2
            }
        ));
        assert!(matches!(
            refused(audio(&[0.0; 3], 0)),
            ClipError::Frames { .. }
        ));
        assert!(names(root.path()).is_empty());
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_named_in_the_error() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("file");
        fs::write(&file, "").unwrap();
        let error = export_clip(&file, &class(), ClipFolder::New, &audio(&[0.5], 1)).unwrap_err();
        assert!(error.to_string().contains("door slam"), "{error}");
    }
}
