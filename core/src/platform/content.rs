//! What tells one content of a file from another without reading all of it. Blocks on the disk for a few small reads; any
//! thread that may do that.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use parking_lot::Mutex;

use super::change_time::change_time;
use super::identity::FileIdentity;

/// Read at the beginning and at the end.
const END_BYTES: u64 = 64 * 1024;
/// Read at each of [`PLACES`] places between them.
const PLACE_BYTES: u64 = 4 * 1024;
const PLACES: u64 = 4;
/// Files whose samples are remembered at most.
const REMEMBERED: usize = 10_000;

/// What the file system says of a state of a file. A file that is written to has another one afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct State {
    identity: FileIdentity,
    bytes: u64,
    changed: Option<std::time::SystemTime>,
    /// Of the file or of what is said about it, which no program can set. Not kept everywhere.
    touched: (i64, i64),
}

/// Samples of files that were looked at before, by path.
static KNOWN: Mutex<Option<HashMap<PathBuf, (State, u32)>>> = Mutex::new(None);

/// The date of the last change and [`content_of`] the file at `path`: what tells one state of it from another.
///
/// # Errors
/// When the file cannot be read.
pub fn fingerprint_of(path: &Path) -> io::Result<String> {
    let changed = std::fs::metadata(path)?.modified().ok();
    let since = changed.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let content = content_of(path)?;
    Ok(format!("{content}:{}", since.map_or(0, |it| it.as_nanos())))
}

/// The length of the file at `path` and a checksum of samples of it. Two files of one length and date whose beginning, end
/// or a place between them differs have different ones. Reads nothing while the file is in the state it was in last time.
///
/// # Errors
/// When the file cannot be read.
pub fn content_of(path: &Path) -> io::Result<String> {
    let metadata = std::fs::metadata(path)?;
    let state = State {
        identity: FileIdentity::of(path)?,
        bytes: metadata.len(),
        changed: metadata.modified().ok(),
        touched: change_time(path),
    };
    let known = KNOWN
        .lock()
        .as_ref()
        .and_then(|known| known.get(path).copied());
    let checksum = match known {
        Some((before, checksum)) if before == state => checksum,
        _ => {
            let checksum = checksum_of(path, state.bytes)?;
            let mut known = KNOWN.lock();
            let known = known.get_or_insert_default();
            if known.len() >= REMEMBERED {
                known.clear();
            }
            known.insert(path.to_owned(), (state, checksum));
            checksum
        }
    };
    Ok(format!("{}:{checksum:08x}", state.bytes))
}

fn checksum_of(path: &Path, bytes: u64) -> io::Result<u32> {
    let mut file = File::open(path)?;
    let mut checksum = crc32fast::Hasher::new();
    let mut buffer = Vec::new();
    let mut read = |start: u64, length: u64| -> io::Result<()> {
        file.seek(SeekFrom::Start(start))?;
        buffer.clear();
        (&mut file).take(length).read_to_end(&mut buffer)?;
        checksum.update(&buffer);
        Ok(())
    };
    read(0, END_BYTES)?;
    if bytes > 2 * END_BYTES {
        let between = bytes - 2 * END_BYTES;
        for place in 1..=PLACES {
            read(END_BYTES + between / (PLACES + 1) * place, PLACE_BYTES)?;
        }
    }
    if bytes > END_BYTES {
        read(bytes.saturating_sub(END_BYTES).max(END_BYTES), END_BYTES)?;
    }
    Ok(checksum.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_content_of_the_same_length_and_date_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wav");
        let date = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_700_000_000);
        let write = |content: &[u8]| {
            std::fs::write(&path, content).unwrap();
            let file = File::options().write(true).open(&path).unwrap();
            file.set_modified(date).unwrap();
            content_of(&path).unwrap()
        };
        for length in [10, 70_000, 140_000, 1_000_000] {
            let mut content = vec![1_u8; length];
            let before = write(&content);
            assert_eq!(write(&content), before);
            for at in [0, length - 1] {
                content[at] = 2;
                assert_ne!(write(&content), before, "{length} at {at}");
                content[at] = 1;
            }
        }
    }
}
