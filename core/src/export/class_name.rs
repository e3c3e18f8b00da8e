//! Names of classes, which are names of folders on every platform.
//!
//! Pure; any thread. A class name is never corrected in silence: a clip's class is read back from its folder, so a
//! corrected name would be another class.

use std::fmt;

use crate::platform::is_device;

/// Longest name in bytes: file systems allow 255, and the path around it needs room on Windows.
const LONGEST: usize = 100;

/// What 8-cut appends to a class's folder to leave its clips out of training.
const DISABLED_SUFFIX: &str = "_disabled";

/// The name of a class that every supported file system can hold as a folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClassName(String);

/// Why a text cannot be a class name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClassNameError {
    #[error("a class needs a name: type one, for example the name of the sound")]
    Empty,
    #[error(
        "a class name cannot contain {character:?}, because a folder is named after it: leave it out"
    )]
    Character { character: char },
    #[error(
        "a class name cannot begin or end with a dot, because a folder is named after it: leave the dot out"
    )]
    Dot,
    #[error(
        "a folder whose name ends in {DISABLED_SUFFIX} is left out of training: choose another class name"
    )]
    Disabled,
    #[error(
        "{name:?} is a device on Windows and cannot be a folder there: choose another class name"
    )]
    Device { name: String },
    #[error("a class name of {bytes} bytes is too long: shorten it to {LONGEST} bytes")]
    TooLong { bytes: usize },
}

impl ClassName {
    /// `text` without the blanks around it.
    ///
    /// # Errors
    /// When a folder of that name is impossible, hidden or reserved on any platform.
    pub fn new(text: &str) -> Result<Self, ClassNameError> {
        let name = text.trim();
        if name.is_empty() {
            return Err(ClassNameError::Empty);
        }
        let forbidden = |c: &char| c.is_control() || r#"/\:*?"<>|"#.contains(*c);
        if let Some(character) = name.chars().find(forbidden) {
            return Err(ClassNameError::Character { character });
        }
        if name.starts_with('.') || name.ends_with('.') {
            return Err(ClassNameError::Dot);
        }
        let lower = name.to_lowercase();
        if lower.ends_with(DISABLED_SUFFIX) {
            return Err(ClassNameError::Disabled);
        }
        if is_device(name) {
            return Err(ClassNameError::Device {
                name: name.to_owned(),
            });
        }
        if name.len() > LONGEST {
            return Err(ClassNameError::TooLong { bytes: name.len() });
        }
        Ok(Self(name.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ClassName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ordinary_names_in_any_script_are_kept_as_they_are() {
        for name in ["door slam", "Türknall", "扉", "v1.2", "con man", "disabled"] {
            assert_eq!(ClassName::new(name).unwrap().as_str(), name);
        }
        assert_eq!(ClassName::new("  dog \n").unwrap().as_str(), "dog");
    }

    #[test]
    fn names_that_no_folder_can_have_are_refused() {
        use ClassNameError as E;
        let error = |name: &str| ClassName::new(name).unwrap_err();
        assert_eq!(error(" \t"), E::Empty);
        assert_eq!(error("a/b"), E::Character { character: '/' });
        assert_eq!(error(r"..\up"), E::Character { character: '\\' });
        assert_eq!(error("a\0b"), E::Character { character: '\0' });
        for dotted in ["..", ".", ".hidden", "trailing."] {
            assert_eq!(error(dotted), E::Dot);
        }
        assert_eq!(error("dog_Disabled"), E::Disabled);
        assert_eq!(
            error("nul.wav"),
            E::Device {
                name: "nul.wav".into()
            }
        );
        assert_eq!(
            error("COM¹"),
            E::Device {
                name: "COM¹".into()
            }
        );
        assert_eq!(error(&"x".repeat(101)), E::TooLong { bytes: 101 });
    }

    proptest! {
        #[test]
        fn an_accepted_name_is_one_plain_path_component(text in "\\PC{0,12}|[./\\\\ a]{0,6}") {
            if let Ok(name) = ClassName::new(&text) {
                let path = std::path::Path::new(name.as_str());
                let parts: Vec<_> = path.components().collect();
                prop_assert!(matches!(parts[..], [std::path::Component::Normal(part)] if part == name.as_str()));
            }
        }
    }
}
