//! The audio files in a folder and the folders in it. Blocks on the disk for as long as reading all folders takes; never opens a file.

use std::collections::HashSet;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use walkdir::{DirEntry, WalkDir};

use crate::audio::is_audio_name;
use crate::platform::FileIdentity;

/// An audio file as the file system describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundAudio {
    pub path: PathBuf,
    pub size_bytes: u64,
    /// When it was last changed, since 1970; 0 where the disk keeps no dates.
    pub modified_ns: i64,
}

/// What a folder holds.
#[derive(Debug, Default)]
pub struct FolderContents {
    /// By path, each file once, however many links lead to it.
    pub files: Vec<FoundAudio>,
    /// Folders and files that cannot be read.
    pub faults: Vec<(PathBuf, io::Error)>,
    /// How many files are not audio, and how many links lead in a circle or nowhere.
    pub skipped: usize,
}

/// The audio files below `folder`, by name. Links are followed, each folder is entered once and each file is given once, however many
/// links lead to it. Hidden files are left out: other systems put some beside each audio file. `go_on` is told how many files were
/// found, and when it breaks off there is no result.
pub fn find_audio(
    folder: &Path,
    go_on: &mut dyn FnMut(usize) -> ControlFlow<()>,
) -> Option<FolderContents> {
    let mut contents = FolderContents::default();
    let (mut folders, mut files) = (HashSet::new(), HashSet::new());
    let mut walk = WalkDir::new(folder)
        .follow_links(true)
        .sort_by_file_name()
        .into_iter();
    while let Some(entry) = walk.next() {
        if go_on(contents.files.len()).is_break() {
            return None;
        }
        match entry {
            Ok(entry) if entry.depth() > 0 && is_hidden(&entry) => {
                if entry.file_type().is_dir() {
                    walk.skip_current_dir();
                }
            }
            Ok(entry) if entry.file_type().is_dir() => {
                let identity = FileIdentity::of(entry.path());
                if identity.is_ok_and(|identity| !folders.insert(identity)) {
                    walk.skip_current_dir();
                }
            }
            Ok(entry) if entry.file_type().is_file() && is_audio_name(entry.path()) => {
                match look_at(&entry) {
                    Ok((identity, file)) => {
                        if files.insert(identity) {
                            contents.files.push(file);
                        }
                    }
                    Err(error) => contents.faults.push((entry.into_path(), error)),
                }
            }
            Err(error) if error.loop_ancestor().is_none() => {
                let path = error.path().unwrap_or(folder).to_owned();
                let source = error.into_io_error();
                let source = source.unwrap_or_else(|| io::ErrorKind::Other.into());
                // A link that leads nowhere matters where a recording is missed.
                match source.kind() == io::ErrorKind::NotFound && !is_audio_name(&path) {
                    true => contents.skipped += 1,
                    false => contents.faults.push((path, source)),
                }
            }
            _ => contents.skipped += 1,
        }
    }
    Some(contents)
}

fn look_at(entry: &DirEntry) -> io::Result<(FileIdentity, FoundAudio)> {
    let metadata = entry.metadata()?;
    let since = metadata.modified().ok();
    let since = since.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let nanoseconds = since.map_or(0, |since| since.as_nanos());
    let file = FoundAudio {
        path: entry.path().to_owned(),
        size_bytes: metadata.len(),
        modified_ns: i64::try_from(nanoseconds).unwrap_or(i64::MAX),
    };
    Ok((FileIdentity::of(entry.path())?, file))
}

fn is_hidden(entry: &DirEntry) -> bool {
    entry.file_name().to_string_lossy().starts_with('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(contents: &FolderContents) -> Vec<String> {
        let names = contents.files.iter().map(|file| file.path.file_name());
        names
            .map(|name| name.unwrap().to_string_lossy().into_owned())
            .collect()
    }

    #[test]
    fn audio_files_are_found_by_name_in_all_folders_and_others_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x").unwrap();
        };
        for name in ["b.WAV", "a/c.ogg", "a/notes.txt", "._b.wav", ".git/d.wav"] {
            write(name);
        }
        let found = find_audio(folder.path(), &mut |_| ControlFlow::Continue(())).unwrap();
        assert_eq!(names(&found), ["c.ogg", "b.WAV"]);
        assert_eq!(found.skipped, 1);
        assert!(found.faults.is_empty());
        assert!(find_audio(folder.path(), &mut |_| ControlFlow::Break(())).is_none());
    }

    #[cfg(unix)]
    #[test]
    fn links_in_a_circle_end_and_a_file_with_several_ways_to_it_is_found_once() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(at("a/b")).unwrap();
        std::fs::write(at("a/b/one.wav"), "x").unwrap();
        symlink(folder.path(), at("a/b/up")).unwrap();
        symlink(at("a"), at("other")).unwrap();
        symlink(at("a/b/one.wav"), at("link.wav")).unwrap();
        std::fs::hard_link(at("a/b/one.wav"), at("two.wav")).unwrap();
        symlink(at("gone.wav"), at("dangling.wav")).unwrap();
        symlink(at("gone.ttf"), at("dangling.ttf")).unwrap();
        let found = find_audio(folder.path(), &mut |_| ControlFlow::Continue(())).unwrap();
        assert_eq!(names(&found), ["one.wav"]);
        assert_eq!(found.faults.len(), 1, "{:?}", found.faults);
    }
}
