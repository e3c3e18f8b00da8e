//! Where the database is by default.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use directories::BaseDirs;

use super::StoreError;
use crate::platform;

/// The environment variable that names the database file.
const ENVIRONMENT_VARIABLE: &str = "EARMARK_DB";
/// What 8-cut calls its database, in the home folder.
const NAME_OF_8CUT: &str = ".8cut.db";
const OWN_NAME: &str = "earmark.db";

pub(super) fn default_path(chosen: Option<&Path>) -> Result<PathBuf, StoreError> {
    choose(
        std::env::var_os(ENVIRONMENT_VARIABLE),
        chosen,
        BaseDirs::new()
            .map(|dirs| dirs.home_dir().to_owned())
            .as_deref(),
        platform::user_folders()
            .ok()
            .map(|folders| folders.data)
            .as_deref(),
    )
    .ok_or(StoreError::NoHome)
}

fn choose(
    from_environment: Option<OsString>,
    chosen: Option<&Path>,
    home: Option<&Path>,
    data_folder: Option<&Path>,
) -> Option<PathBuf> {
    from_environment
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
        .or_else(|| chosen.map(Path::to_owned))
        .or_else(|| {
            home.map(|home| home.join(NAME_OF_8CUT))
                .filter(|path| path.exists())
        })
        .or_else(|| data_folder.map(|folder| folder.join(OWN_NAME)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_wins_over_the_setting_over_8cut_over_the_data_folder() {
        let home = tempfile::tempdir().unwrap();
        let data = home.path().join("data");
        let set = Path::new("set.db");
        let choose = |env: Option<&str>, set| {
            choose(env.map(OsString::from), set, Some(home.path()), Some(&data)).unwrap()
        };

        assert_eq!(choose(None, None), data.join("earmark.db"));
        std::fs::write(home.path().join(".8cut.db"), "").unwrap();
        assert_eq!(choose(None, None), home.path().join(".8cut.db"));
        assert_eq!(choose(None, Some(set)), set);
        assert_eq!(choose(Some(""), Some(set)), set);
        assert_eq!(choose(Some("env.db"), Some(set)), Path::new("env.db"));
    }

    #[test]
    fn without_a_home_there_is_no_place_for_the_database() {
        assert_eq!(choose(None, None, None, None), None);
    }
}
