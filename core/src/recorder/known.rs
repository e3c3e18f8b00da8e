//! Takes as other modules see them, and the names of their files. Pure values; any thread.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::time::{SampleIndex, SampleRate};

/// Bytes of a source's name in a file name: with date, id and folder it stays within every file system's limits.
const NAME_BYTES: usize = 120;

/// Which take it is, for all time and on every machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TakeId(uuid::Uuid);

impl TakeId {
    /// An id that no other take has.
    pub fn random() -> Self {
        Self(uuid::Uuid::new_v4())
    }

    /// The id as the header of the take's file has it: 32 hexadecimal digits.
    pub fn in_header(self) -> String {
        self.0.simple().to_string()
    }
}

impl fmt::Display for TakeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A text that cannot be the id of a take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not the id of a take: give the UUID in the take's database row")]
pub struct TakeIdError(String);

impl FromStr for TakeId {
    type Err = TakeIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        uuid::Uuid::try_parse(text)
            .map(Self)
            .map_err(|_| TakeIdError(text.to_owned()))
    }
}

/// A take on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownTake {
    /// Which one.
    pub id: TakeId,
    /// Its WAV file.
    pub path: PathBuf,
    /// Where its first frame lies on the timeline; may be negative, which the file itself cannot say.
    pub start: SampleIndex,
    /// Its length.
    pub frames: u64,
    /// Samples per second.
    pub rate: SampleRate,
    /// Samples per frame.
    pub channels: u16,
}

/// Where a line's takes go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// Made if missing.
    pub folder: PathBuf,
    /// What the files of new takes are named after: the track.
    pub source_name: String,
    /// The source's takes so far, in any order. Their lengths are looked up in the files.
    pub takes: Vec<KnownTake>,
}

impl Destination {
    /// The file for a new take: `<source name> <yyyymmdd-hhmmss> <8 hex digits of the id>.wav`.
    pub(super) fn path_for(&self, id: TakeId, now: &jiff::Zoned) -> PathBuf {
        let name = sanitised(&self.source_name);
        let time = now.strftime("%Y%m%d-%H%M%S");
        let id = id.0.simple().to_string();
        let id = id.get(..8).unwrap_or(&id);
        self.folder.join(format!("{name} {time} {id}.wav"))
    }
}

/// `name` as the start of a file name on every platform.
fn sanitised(name: &str) -> String {
    let mut clean = String::with_capacity(name.len());
    for c in name.chars() {
        let kept = if c.is_alphanumeric() || " -_.,+&()[]'".contains(c) {
            c
        } else {
            '_'
        };
        if clean.len() + kept.len_utf8() > NAME_BYTES {
            break;
        }
        clean.push(kept);
    }
    // A leading dot hides a file.
    let clean = clean.trim_start_matches(['.', ' ']).trim_end();
    if clean.is_empty() {
        "Untitled".to_owned()
    } else {
        clean.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file_name(source_name: &str) -> String {
        let destination = Destination {
            folder: PathBuf::from("takes"),
            source_name: source_name.to_owned(),
            takes: Vec::new(),
        };
        let id = "0f9a3b5c-7d1e-4f20-8a44-1b6d0c2e9f31"
            .parse()
            .expect("an id");
        let now = "2026-03-04T05:06:07[Europe/Berlin]"
            .parse()
            .expect("a time");
        let path = destination.path_for(id, &now);
        assert_eq!(path.parent(), Some(std::path::Path::new("takes")));
        path.file_name()
            .and_then(|name| name.to_str())
            .expect("a name")
            .to_owned()
    }

    #[test]
    fn file_names_tell_source_time_and_id() {
        assert_eq!(
            file_name("Dialogue 1"),
            "Dialogue 1 20260304-050607 0f9a3b5c.wav"
        );
    }

    #[test]
    fn file_names_are_valid_on_every_platform() {
        assert_eq!(
            file_name("../a:b\\c*?"),
            "_a_b_c__ 20260304-050607 0f9a3b5c.wav"
        );
        assert_eq!(file_name(" \u{7}"), "_ 20260304-050607 0f9a3b5c.wav");
        assert_eq!(file_name("  "), "Untitled 20260304-050607 0f9a3b5c.wav");
        assert!(file_name(&"長".repeat(500)).len() < 160);
    }

    #[test]
    fn ids_survive_their_text() {
        let id = TakeId::random();
        assert_eq!(id.to_string().parse(), Ok(id));
        assert!("take 7".parse::<TakeId>().is_err());
    }
}
