//! Folders for a window to choose from. Read on the files thread, because a disk may take seconds, or never answer.

use std::path::{Path, PathBuf};
use std::{fs, io};

use super::{remembered, whole_path};
use crate::export::WriteError;
use crate::platform;
use crate::protocol::{FolderPlace, FolderView};
use crate::store::StoreHandle;

/// Entries listed of one folder at most, of each kind.
const MOST_ENTRIES: usize = 5_000;

/// Looks into `folder`, or without one into the one that the last export went to. `takes` is where takes are kept.
pub(crate) fn look(folder: Option<PathBuf>, takes: &Path, store: &StoreHandle) -> FolderView {
    let (last, last_choices) = remembered(store);
    let places = places(last, takes);
    let start = folder.or_else(|| {
        places
            .iter()
            .map(|place| place.path.clone())
            .find(|path| path.is_dir())
    });
    let path = whole_path(&start.unwrap_or_default()).map_err(|error| error.to_string());
    let listed = path.clone().and_then(|path| {
        let listed = list(&path);
        listed.map_err(|error| WriteError::of(&path.join(""), error).to_string())
    });
    let problem = listed.as_ref().err().cloned();
    let path = path.unwrap_or_default();
    FolderView {
        parent: path.parent().map(Path::to_owned),
        path,
        places,
        problem,
        last_choices,
        ..listed.unwrap_or_default()
    }
}

/// Makes the folder `name` in `parent` and looks into it.
pub(crate) fn make(parent: &Path, name: &str, takes: &Path, store: &StoreHandle) -> FolderView {
    let name = name.trim();
    let folder = parent.join(name);
    let is_name = Path::new(name).file_name().is_some_and(|file| file == name);
    let made = match whole_path(&folder) {
        _ if !is_name => Err(format!(
            "{name:?} is no name for a folder: type another one"
        )),
        Ok(folder) => {
            let made = platform::check_name(&folder).and_then(|()| fs::create_dir(&folder));
            made.map_err(|error| WriteError::of(&folder, error).to_string())
        }
        Err(error) => Err(error.to_string()),
    };
    match made {
        Ok(()) => look(Some(folder), takes, store),
        Err(problem) => FolderView {
            problem: Some(problem),
            ..look(Some(parent.to_owned()), takes, store)
        },
    }
}

fn places(last: Option<PathBuf>, takes: &Path) -> Vec<FolderPlace> {
    let known = [
        ("Last used", last),
        ("Documents", platform::documents_folder()),
        ("Home", platform::home_folder()),
        ("Takes", Some(takes.to_owned())),
    ];
    let known = known.into_iter();
    known
        .filter_map(|(name, path)| Some(FolderPlace { name, path: path? }))
        .collect()
}

/// The names in `folder`.
fn list(folder: &Path) -> io::Result<FolderView> {
    let mut listed = FolderView::default();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        // A name that is no text cannot be shown and typed.
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        if name.starts_with('.') {
            continue;
        }
        let names = if entry.path().is_dir() {
            &mut listed.folders
        } else {
            &mut listed.files
        };
        if names.len() < MOST_ENTRIES {
            names.push(name);
        }
    }
    for names in [&mut listed.folders, &mut listed.files] {
        names.sort_by_key(|name| name.to_lowercase());
    }
    Ok(listed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::odd_name;

    fn store(folder: &Path) -> StoreHandle {
        StoreHandle::new(Some(folder.join("earmark.db"))).unwrap()
    }

    #[test]
    fn a_folder_is_listed_without_what_is_hidden_and_a_new_one_is_entered() {
        let root = tempfile::tempdir().unwrap();
        let store = store(root.path());
        let (takes, here) = (root.path().join("takes"), root.path().join("here"));
        let odd = odd_name("Ö, \"x\"");
        for name in [odd.as_str(), "a", ".hidden"] {
            fs::create_dir_all(here.join(name)).unwrap();
        }
        fs::write(here.join("list.csv"), "").unwrap();
        let found = look(Some(here.clone()), &takes, &store);
        assert_eq!(found.folders, ["a", odd.as_str()]);
        assert_eq!(
            (found.files, found.problem),
            (vec![String::from("list.csv")], None)
        );
        assert_eq!(found.parent.as_deref(), Some(root.path()));
        assert!(found.places.iter().any(|place| place.path == takes));

        let made = make(&here, " new ", &takes, &store);
        assert_eq!((made.path, made.problem), (here.join("new"), None));
        for name in ["", "..", "a/b", "/etc", "new"] {
            let refused = make(&here, name, &takes, &store);
            assert!(refused.problem.is_some(), "{name}");
            assert_eq!(refused.path, here);
        }
    }

    #[test]
    fn a_folder_that_is_gone_or_relative_says_what_to_do() {
        let root = tempfile::tempdir().unwrap();
        let store = store(root.path());
        let problem = |path: PathBuf| look(Some(path), root.path(), &store).problem.unwrap();
        assert!(problem(root.path().join("gone")).contains("choose another one"));
        assert!(problem(PathBuf::from("here")).contains("full path"));
    }
}
