//! Puts the actions of `daw/` where Ardour and REAPER look for scripts, if that DAW was ever started here.
//!
//! Must never replace a file that the user changed: the settings of an action are at its top. A record of checksums in the folder of
//! the command line says what an earlier installation wrote.

use crate::setup::{sha256_hex, write_whole};
use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The record of what was written.
const RECORD: &str = "scripts.json";
/// The versions of Ardour whose scripts these are.
const ARDOUR_VERSIONS: [u32; 2] = [7, 8];

const ARDOUR: [(&str, &str); 1] = [(
    "earmark_regions_to_markers.lua",
    include_str!("../../../daw/ardour/earmark_regions_to_markers.lua"),
)];
const REAPER: [(&str, &str); 4] = [
    (
        "earmark_shared.lua",
        include_str!("../../../daw/reaper/earmark_shared.lua"),
    ),
    (
        "earmark_regions_to_markers.lua",
        include_str!("../../../daw/reaper/earmark_regions_to_markers.lua"),
    ),
    (
        "earmark_next_hit.lua",
        include_str!("../../../daw/reaper/earmark_next_hit.lua"),
    ),
    (
        "earmark_previous_hit.lua",
        include_str!("../../../daw/reaper/earmark_previous_hit.lua"),
    ),
];

/// The scripts of one DAW: in `settings`, which exists if the DAW was ever started, below `inner`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptFolder {
    daw: &'static str,
    settings: PathBuf,
    inner: &'static str,
    scripts: &'static [(&'static str, &'static str)],
}

/// Where the DAWs of one user keep their settings.
#[derive(Debug, Clone, Default)]
pub struct SettingsFolders {
    /// `XDG_CONFIG_HOME`, if the user set it.
    pub config: Option<PathBuf>,
    /// `LOCALAPPDATA`
    pub local_app_data: Option<PathBuf>,
    /// `APPDATA`
    pub roaming_app_data: Option<PathBuf>,
}

impl SettingsFolders {
    /// Those of this process.
    pub fn from_environment() -> Self {
        let folder = |variable| std::env::var_os(variable).map(PathBuf::from);
        Self {
            config: folder("XDG_CONFIG_HOME").filter(|path| path.is_absolute()),
            local_app_data: folder("LOCALAPPDATA"),
            roaming_app_data: folder("APPDATA"),
        }
    }
}

/// The folders of the DAWs that the actions are for, whether or not they are there.
pub fn folders(os: &str, home: &Path, named: &SettingsFolders) -> Vec<ScriptFolder> {
    let or =
        |folder: &Option<PathBuf>, other: &str| folder.clone().unwrap_or_else(|| home.join(other));
    let (ardour, reaper) = match os {
        "windows" => (
            or(&named.local_app_data, "AppData/Local").join("Ardour"),
            or(&named.roaming_app_data, "AppData/Roaming").join("REAPER"),
        ),
        "macos" => (
            home.join("Library/Preferences/Ardour"),
            home.join("Library/Application Support/REAPER"),
        ),
        _ => {
            let config = or(&named.config, ".config");
            (config.join("ardour"), config.join("REAPER"))
        }
    };
    let of_ardour = ARDOUR_VERSIONS.map(|version| ScriptFolder {
        daw: "Ardour",
        settings: PathBuf::from(format!("{}{version}", ardour.display())),
        inner: "scripts",
        scripts: &ARDOUR,
    });
    let of_reaper = ScriptFolder {
        daw: "REAPER",
        settings: reaper,
        inner: "Scripts/Earmark",
        scripts: &REAPER,
    };
    of_ardour.into_iter().chain([of_reaper]).collect()
}

/// Writes the scripts of every DAW that is there, and returns what to say about it. The record lies in `records`.
///
/// # Errors
/// If a file cannot be written.
pub fn install(folders: &[ScriptFolder], records: &Path) -> Result<Vec<String>> {
    let record = records.join(RECORD);
    let mut written = read_record(&record);
    let mut said = Vec::new();
    for folder in folders.iter().filter(|folder| folder.settings.is_dir()) {
        let into = folder.settings.join(folder.inner);
        for (name, text) in folder.scripts {
            let path = into.join(name);
            let key = path.display().to_string();
            if is_users(&path, written.get(&key), text)? {
                said.push(format!(
                    "{} is as you changed it; delete it and install again to get the new one",
                    path.display()
                ));
                continue;
            }
            write_whole(&path, text.as_bytes())?;
            written.insert(key, sha256_hex(text.as_bytes()));
        }
        said.push(format!("{} actions in {}", folder.daw, into.display()));
    }
    if !said.is_empty() {
        write_whole(&record, serde_json::to_string_pretty(&written)?.as_bytes())?;
    }
    Ok(said)
}

/// Whether the file at `path` is neither what an earlier installation wrote nor what this one would write.
fn is_users(path: &Path, written: Option<&String>, text: &str) -> Result<bool> {
    match fs::read(path) {
        Ok(there) => Ok(there != text.as_bytes() && Some(&sha256_hex(&there)) != written),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
    }
}

/// By path, the checksum of what was written there. Without a readable record every file that differs is the user's.
fn read_record(path: &Path) -> BTreeMap<String, String> {
    let text = fs::read_to_string(path).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_go_only_to_daws_that_are_there_and_never_over_a_file_that_the_user_changed() {
        let home = tempfile::tempdir().unwrap();
        let home = home.path();
        let (ardour, reaper) = (home.join(".config/ardour7"), home.join(".config/REAPER"));
        fs::create_dir_all(&ardour).unwrap();
        let folders = folders("linux", home, &SettingsFolders::default());
        let records = home.join("records");
        install(&folders, &records).unwrap();
        let action = ardour.join("scripts/earmark_regions_to_markers.lua");
        assert_eq!(fs::read_to_string(&action).unwrap(), ARDOUR[0].1);
        assert!(!reaper.exists() && !home.join(".config/ardour8").exists());

        // An older one of ours is replaced, the user's is not.
        fs::create_dir_all(&reaper).unwrap();
        install(&folders, &records).unwrap();
        let next = reaper.join("Scripts/Earmark/earmark_next_hit.lua");
        assert!(next.is_file());
        let older = "-- older";
        fs::write(&action, older).unwrap();
        let mut record = read_record(&records.join(RECORD));
        let recorded = record
            .iter_mut()
            .find(|(path, _)| Path::new(path) == action);
        *recorded.unwrap().1 = sha256_hex(older.as_bytes());
        let text = serde_json::to_string(&record).unwrap();
        fs::write(records.join(RECORD), text).unwrap();
        fs::write(&next, "-- mine").unwrap();
        let said = install(&folders, &records).unwrap();
        assert_eq!(fs::read_to_string(&action).unwrap(), ARDOUR[0].1);
        assert_eq!(fs::read_to_string(&next).unwrap(), "-- mine");
        assert!(said.iter().any(|line| line.contains("as you changed it")));
    }

    #[test]
    fn each_platform_has_its_own_folders_for_scripts() {
        let home = Path::new("/home/u");
        let settings = |os, named: &SettingsFolders| -> Vec<PathBuf> {
            let all = folders(os, home, named);
            all.into_iter().map(|folder| folder.settings).collect()
        };
        let none = SettingsFolders::default();
        assert_eq!(
            settings("linux", &none)[1..],
            [home.join(".config/ardour8"), home.join(".config/REAPER")]
        );
        assert_eq!(
            settings("macos", &none)[0],
            home.join("Library/Preferences/Ardour7")
        );
        let windows = SettingsFolders {
            local_app_data: Some("/local".into()),
            roaming_app_data: Some("/roaming".into()),
            config: None,
        };
        assert_eq!(
            settings("windows", &windows)[1..],
            [
                PathBuf::from("/local/Ardour8"),
                PathBuf::from("/roaming/REAPER")
            ]
        );
    }
}
