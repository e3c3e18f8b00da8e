//! What differs between operating systems: where our own library lies, which folders belong to the user, and what
//! libraries are called; and files that appear whole or not at all. The only room that calls the operating system directly. Any thread but the audio thread.

mod background;
mod change_time;
mod content;
mod file_manager;
pub mod file_marks;
mod identity;
mod library;
mod names;
mod path_text;
mod places;
pub mod whole_file;

use std::path::{Path, PathBuf};

use directories::{ProjectDirs, UserDirs};

pub use background::in_background;
pub use content::{content_of, fingerprint_of};
pub use file_manager::{ShowError, show_in_folder};
pub use identity::FileIdentity;
#[cfg(test)]
pub(crate) use names::odd_name;
pub use names::{NameError, check_name, differ_in_case_only, is_device, real_path};
pub use path_text::{name_text, path_of, path_text, serialize_optional_path, serialize_path};
pub use places::Places;

/// Overrides where the runtime and the models shipped with Earmark are looked for first.
pub const RESOURCES_VARIABLE: &str = "EARMARK_RESOURCES";
/// Overrides which ONNX Runtime library is loaded; nothing else is tried then.
pub const RUNTIME_VARIABLE: &str = "EARMARK_ORT_DYLIB";

/// Overrides where the models that the user adds are kept.
pub const MODELS_VARIABLE: &str = "EARMARK_MODELS";

/// The name of the folder of the runtime and the models.
const RESOURCES_FOLDER: &str = "earmark.resources";

/// ONNX Runtime's file name on this platform.
pub const RUNTIME_LIBRARY: &str = if cfg!(windows) {
    "onnxruntime.dll"
} else if cfg!(target_os = "macos") {
    "libonnxruntime.dylib"
} else {
    "libonnxruntime.so"
};

/// The user has no home, so there is nowhere to keep anything.
#[derive(Debug, thiserror::Error)]
#[error(
    "there is no home folder for this user: set HOME to a folder that you may write to and start again"
)]
pub struct NoHome;

/// The folders that belong to this user. None of them need exist yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserFolders {
    /// The database and what else must be kept.
    pub data: PathBuf,
    /// Takes, unless [`Places`] says otherwise. `EARMARK_TAKES` overrides.
    pub takes: PathBuf,
    /// Models that the user adds, unless [`Places`] says otherwise. `EARMARK_MODELS` overrides.
    pub models: PathBuf,
    /// What can be made again.
    pub cache: PathBuf,
}

/// Where this user keeps documents; `None` when the platform knows no such place.
pub fn documents_folder() -> Option<PathBuf> {
    UserDirs::new().and_then(|folders| folders.document_dir().map(Path::to_owned))
}

/// The user's home; `None` when there is none.
pub fn home_folder() -> Option<PathBuf> {
    UserDirs::new().map(|folders| folders.home_dir().to_owned())
}

/// The folders of this user: where they were chosen to be, otherwise in the places that the platform has for them.
///
/// # Errors
/// When the user has no home.
pub fn user_folders() -> Result<UserFolders, NoHome> {
    let folders = user_folders_unless_chosen()?;
    let chosen = Places::load();
    Ok(UserFolders {
        takes: chosen.takes.unwrap_or(folders.takes),
        models: std::env::var_os(MODELS_VARIABLE)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
            .or(chosen.models)
            .unwrap_or(folders.models),
        ..folders
    })
}

/// The folders of this user in the platform's own places, even if the user chose others.
///
/// # Errors
/// When the user has no home.
pub fn user_folders_unless_chosen() -> Result<UserFolders, NoHome> {
    let folders = ProjectDirs::from("", "", "Earmark").ok_or(NoHome)?;
    let data = folders.data_local_dir();
    Ok(UserFolders {
        data: data.into(),
        takes: data.join("takes"),
        models: data.join("models"),
        // Windows has one local folder for both, where the data would lie beside the cache's files.
        cache: folders.cache_dir().join("embeddings"),
    })
}

/// Where the runtime and the models may be, most specific first: what `EARMARK_RESOURCES` says, beside the plug-in
/// or the program, inside its bundle, and the user's data folder. Most of them will not exist.
pub fn resource_folders() -> Vec<PathBuf> {
    let chosen = std::env::var_os(RESOURCES_VARIABLE)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from);
    let data = user_folders().ok().map(|folders| folders.data);
    resource_folders_from(chosen, &library::folders(), data.as_deref())
}

fn resource_folders_from(
    chosen: Option<PathBuf>,
    libraries: &[PathBuf],
    data: Option<&Path>,
) -> Vec<PathBuf> {
    let mut candidates: Vec<PathBuf> = chosen.into_iter().collect();
    for folder in libraries {
        candidates.push(folder.join(RESOURCES_FOLDER));
        // In a bundle the library lies in Contents/<architecture> and resources in Contents/Resources.
        if let Some(contents) = folder.parent() {
            candidates.push(contents.join("Resources").join(RESOURCES_FOLDER));
        }
    }
    candidates.extend(data.map(|data| data.join(RESOURCES_FOLDER)));
    let mut seen = std::collections::HashSet::new();
    candidates.retain(|candidate| seen.insert(candidate.clone()));
    candidates
}

/// Where ONNX Runtime may be. Only the one that `EARMARK_ORT_DYLIB` names when that is set: who sets it wants to
/// know that it does not work.
pub fn runtime_candidates() -> Vec<PathBuf> {
    match std::env::var_os(RUNTIME_VARIABLE).filter(|value| !value.is_empty()) {
        Some(path) => vec![path.into()],
        None => resource_folders()
            .iter()
            .map(|folder| folder.join("onnxruntime").join(RUNTIME_LIBRARY))
            .collect(),
    }
}

/// Keeps the library that holds this code in memory until the process ends. For when a thread of it does not end: a host
/// that unloads the plug-in would take the code from under it.
pub fn keep_loaded() {
    library::keep_loaded();
}

/// The libraries of Microsoft's compiler that ONNX Runtime needs and this Windows lacks. Elsewhere none.
pub fn missing_libraries() -> Vec<&'static str> {
    library::missing()
}

/// Keeps the graphics driver in memory that a window has just loaded; without a window it does nothing.
pub fn keep_graphics_driver() {
    library::keep_graphics_driver();
}

/// Where models may be: those that the user added first, so that they can replace the shipped ones.
pub fn model_folders() -> Vec<PathBuf> {
    let user = user_folders().ok().map(|folders| folders.models);
    user.into_iter()
        .chain(
            resource_folders()
                .iter()
                .map(|folder| folder.join("models")),
        )
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_are_looked_for_where_the_user_says_then_beside_and_inside_the_bundle_then_in_the_data_folder()
     {
        let contents: PathBuf = ["", "home", "me", "Earmark.vst3", "Contents"]
            .iter()
            .collect();
        let library = contents.join("x86_64-linux");
        let found = resource_folders_from(
            Some("chosen".into()),
            &[library.clone(), library.clone()],
            Some(Path::new("data")),
        );
        let expected = [
            PathBuf::from("chosen"),
            library.join("earmark.resources"),
            contents.join("Resources").join("earmark.resources"),
            Path::new("data").join("earmark.resources"),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn the_library_that_holds_this_code_is_found() {
        let folders = library::folders();
        let program = std::env::current_exe().unwrap().canonicalize().unwrap();
        assert!(
            folders
                .iter()
                .any(|folder| folder.canonicalize().unwrap() == program.parent().unwrap())
        );
    }

    #[test]
    fn the_users_folders_are_distinct_so_that_emptying_the_cache_spares_the_rest() {
        let folders = user_folders().unwrap();
        for kept in [&folders.data, &folders.takes, &folders.models] {
            assert!(!kept.starts_with(&folders.cache) && kept.is_absolute());
        }
    }
}
