//! Looking for recordings that have moved. A file is taken for a recording only when nothing says that it is another one.
//!
//! Reads folders, and a few stretches of the files that come into question, for as long as that takes; no database. Worker
//! thread, or the command line's.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::StoreError;
use super::recordings::parts_in_common;
use super::rows::path_of;
use super::sources::{FoundSources, Known, SaidSources};
use crate::platform::{content_of, name_text};

impl SaidSources {
    /// Looks in `folder` and the folders below it for the recordings that are not where they are said to be. A recording
    /// is known by its file name, and by its content where that is known; of several files of its name the one whose
    /// folders are called like those it was in is meant, then one that lies in `folder` itself. A file that is another
    /// recording by now is none.
    ///
    /// It reads folders for as long as that takes, and no database: others may write meanwhile. `proceed` is told how
    /// many folders have been looked into, and says whether to go on; `None` when it did not.
    ///
    /// # Errors
    /// [`StoreError::NoSuchFolder`] when the folder cannot be read.
    pub fn look_in(
        self,
        folder: &Path,
        proceed: &mut dyn FnMut(usize) -> ControlFlow<()>,
    ) -> Result<Option<FoundSources>, StoreError> {
        let unreadable = |error: std::io::Error| StoreError::NoSuchFolder {
            folder: folder.to_owned(),
            detail: error.to_string(),
        };
        let folder = std::path::absolute(folder).map_err(unreadable)?;
        let is_there = |path: &str| !path.is_empty() && path_of(path.to_owned()).is_file();
        let (there, lost): (Vec<_>, Vec<_>) = self
            .said
            .iter()
            .cloned()
            .partition(|(_, path)| is_there(path));
        let wanted: BTreeSet<&str> = lost.iter().map(|(name, _)| file_name(name)).collect();
        let Some(found) = search(&folder, &wanted, proceed).map_err(unreadable)? else {
            return Ok(None);
        };
        let taken = there
            .into_iter()
            .filter_map(|(name, path)| Some((path_of(path).canonicalize().ok()?, name)))
            .collect();
        let look = Look {
            folder: &folder,
            found: &found,
            taken,
            known: &self.known,
            owners: owners_of(&self.known),
        };
        let mut sources = look.choose(&lost);
        sources.profile.clone_from(&self.profile);
        sources.missing.retain(|name| self.missed.contains(name));
        Ok(Some(sources))
    }
}

/// The file name in a name of the tables, which may have folders before it.
fn file_name(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

impl FoundSources {
    /// One file cannot be two recordings: it is the one whose folders were called like its own, if that tells.
    fn settle_claims(&mut self) {
        let mut claims: BTreeMap<&Path, BTreeMap<&str, usize>> = BTreeMap::new();
        for (name, old, path) in &self.moved {
            let nearness = parts_in_common(&path_of(old.clone()), path);
            let claim = claims.entry(path).or_default().entry(name).or_default();
            *claim = nearness.max(*claim);
        }
        let mut refused = BTreeSet::new();
        for names in claims.values().filter(|names| names.len() > 1) {
            let best = names.values().max();
            let is_clear = names.values().filter(|near| Some(*near) == best).count() == 1;
            for (&name, near) in names {
                match (Some(near) == best, is_clear) {
                    (true, true) => continue,
                    (true, false) => self.ambiguous.insert(name.to_owned()),
                    (false, _) => self.missing.insert(name.to_owned()),
                };
                refused.insert(name.to_owned());
            }
        }
        self.moved.retain(|(name, ..)| !refused.contains(name));
    }
}

/// What a search found, and what else tells which file is which recording.
struct Look<'a> {
    folder: &'a Path,
    /// By file name.
    found: &'a HashMap<&'a str, Vec<PathBuf>>,
    /// The names of the files that are where they are said to be.
    taken: HashMap<PathBuf, String>,
    known: &'a HashMap<String, Known>,
    /// The names of the recordings of each content that is known.
    owners: HashMap<&'a str, Vec<&'a str>>,
}

fn owners_of(known: &HashMap<String, Known>) -> HashMap<&str, Vec<&str>> {
    let mut owners: HashMap<&str, Vec<&str>> = HashMap::new();
    for (name, known) in known.iter().filter(|(_, known)| !known.content.is_empty()) {
        owners.entry(&known.content).or_default().push(name);
    }
    owners
}

impl Look<'_> {
    /// The one file for each of the `lost`, where there is one.
    fn choose(&self, lost: &[(String, String)]) -> FoundSources {
        let mut sources = FoundSources {
            profile: String::new(),
            moved: Vec::new(),
            missing: BTreeSet::new(),
            ambiguous: BTreeSet::new(),
        };
        for (name, old) in lost {
            let files = self.files_for(name, &path_of(old.clone()));
            match files.as_slice() {
                [] => drop(sources.missing.insert(name.clone())),
                [file] => sources
                    .moved
                    .push((name.clone(), old.clone(), file.clone())),
                _ => drop(sources.ambiguous.insert(name.clone())),
            }
        }
        sources.settle_claims();
        sources
    }

    /// The files that may be the recording `name`, which was at `old`: one, if all is clear.
    fn files_for(&self, name: &str, old: &Path) -> Vec<PathBuf> {
        let known = self.known.get(name);
        // It was moved and opened again, so it is known where it is.
        let seen = known.and_then(|known| known.path.clone());
        if let Some(path) = seen.filter(|path| path.is_file()) {
            return vec![path];
        }
        let files = self.found.get(file_name(name)).into_iter().flatten();
        let mut files: Vec<&PathBuf> = files.filter(|file| !self.is_another(name, file)).collect();
        if let Some(known) = known {
            keep_plausible(&mut files, known);
        }
        let nearness = |file: &PathBuf| parts_in_common(old, file);
        let nearest = files.iter().map(|file| nearness(file)).max();
        files.retain(|file| Some(nearness(file)) == nearest);
        if files.iter().any(|file| file.parent() == Some(self.folder)) {
            files.retain(|file| file.parent() == Some(self.folder));
        }
        files.into_iter().cloned().collect()
    }

    /// Whether `file` is known as another recording than `name`: by where it is, or by its content and file name.
    fn is_another(&self, name: &str, file: &Path) -> bool {
        let real = file.canonicalize();
        let owner = real.ok().and_then(|real| self.taken.get(&real));
        if owner.is_some_and(|owner| owner != name) {
            return true;
        }
        if self.owners.is_empty() {
            return false;
        }
        let content = content_of(file).unwrap_or_default();
        let owners = self.owners.get(content.as_str()).into_iter().flatten();
        let mut alike = owners
            .filter(|owner| file_name(owner) == file_name(name))
            .peekable();
        alike.peek().is_some() && !alike.any(|owner| *owner == name)
    }
}

/// Leaves the files that have the content that is known, else those of its length.
fn keep_plausible(files: &mut Vec<&PathBuf>, known: &Known) {
    let length = |file: &Path| file.metadata().map_or(0, |metadata| metadata.len());
    files.retain(|file| length(file) >= known.bytes_at_least);
    if known.content.is_empty() {
        return;
    }
    let contents: Vec<String> = files
        .iter()
        .map(|file| content_of(file).unwrap_or_default())
        .collect();
    let bytes = |content: &str| content.split(':').next().map(str::to_owned);
    let is_same = contents.contains(&known.content);
    let mut contents = contents.into_iter();
    files.retain(|_| {
        contents.next().is_some_and(|content| match is_same {
            true => content == known.content,
            false => bytes(&content) == bytes(&known.content),
        })
    });
}

/// Where under `folder` each of the `wanted` names is. Folders below that cannot be read are passed over, and links to
/// folders are not followed, because they may lead back. `None` when `proceed` said so.
fn search<'a>(
    folder: &Path,
    wanted: &BTreeSet<&'a str>,
    proceed: &mut dyn FnMut(usize) -> ControlFlow<()>,
) -> std::io::Result<Option<HashMap<&'a str, Vec<PathBuf>>>> {
    let mut found: HashMap<&str, Vec<PathBuf>> = HashMap::new();
    let mut below = Vec::new();
    look_into(folder, wanted, &mut found, &mut below)?;
    let mut looked_into = 1;
    while let Some(next) = below.pop() {
        if proceed(looked_into).is_break() {
            return Ok(None);
        }
        looked_into += 1;
        if let Err(error) = look_into(&next, wanted, &mut found, &mut below) {
            tracing::warn!("{} is passed over: {error}", next.display());
        }
    }
    Ok(Some(found))
}

fn look_into<'a>(
    folder: &Path,
    wanted: &BTreeSet<&'a str>,
    found: &mut HashMap<&'a str, Vec<PathBuf>>,
    below: &mut Vec<PathBuf>,
) -> std::io::Result<()> {
    let mut entries = BTreeMap::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        entries.insert(entry.file_name(), (entry.file_type()?, entry.path()));
    }
    for (name, (kind, path)) in entries {
        if kind.is_dir() {
            below.push(path);
        } else if let Some(name) = wanted.get(name_text(&name).as_str())
            && path.is_file()
        {
            found.entry(name).or_default().push(path);
        }
    }
    Ok(())
}
