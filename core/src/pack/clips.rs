//! The example clips of a pack: audio files that were added on request. Pure; any thread. Their bytes are another person's: nothing here believes
//! that they are audio.
//!
//! A section holds a `u16` length, a head of that many bytes as JSON, and the file.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::audio::is_audio_name;
use crate::limits;

/// Clips of a pack at most.
pub const MOST_CLIPS: usize = 1000;

/// An example of the sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackClip {
    /// The class that it is an example of.
    pub class: String,
    /// How its file name ended, without the dot: `wav`.
    pub ending: String,
    /// The whole file.
    pub bytes: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
struct Head {
    class: String,
    ending: String,
}

impl PackClip {
    /// The clip that the file at `path` holds.
    pub fn new(class: &str, path: &Path, bytes: Vec<u8>) -> Self {
        let ending = path.extension().unwrap_or_default().to_string_lossy();
        Self {
            class: class.to_owned(),
            ending: ending.to_lowercase(),
            bytes,
        }
    }

    pub(super) fn to_section(&self) -> Vec<u8> {
        let head = Head {
            class: self.class.clone(),
            ending: self.ending.clone(),
        };
        // Plain values under plain names cannot fail to become JSON, and names are short.
        let head = serde_json::to_vec(&head).unwrap_or_default();
        let mut section = Vec::from((head.len() as u16).to_le_bytes());
        section.extend(head);
        section.extend(&self.bytes);
        section
    }

    pub(super) fn from_section(section: &[u8]) -> Result<Self, String> {
        let short = || String::from("an example is cut short");
        let (length, rest) = section.split_first_chunk().ok_or_else(short)?;
        let length = usize::from(u16::from_le_bytes(*length));
        let (head, bytes) = rest.split_at_checked(length).ok_or_else(short)?;
        let head: Head = serde_json::from_slice(head).map_err(|error| error.to_string())?;
        limits::name("a class", &head.class).map_err(|error| error.to_string())?;
        let is_plain = head.ending.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !is_plain || !is_audio_name(Path::new(&format!("clip.{}", head.ending))) {
            return Err(String::from("an example is not an audio file"));
        }
        Ok(Self {
            class: head.class,
            ending: head.ending,
            bytes: bytes.to_owned(),
        })
    }
}
