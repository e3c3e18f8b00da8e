//! A file of Earmark's that comes from another machine: a magic, a version, sections with their lengths, and a checksum.
//!
//! Owns how packs and the results of shards lie on disk. Pure; any thread. It must never believe a length that the file gives:
//! each is compared with the bytes that are there before anything is allocated.
//!
//! Little-endian, in this order: 8 bytes magic, `u16` version, `u16` number of sections; of each section 4 bytes tag, `u64` length and
//! its bytes; CRC-32 of all before. Nothing may follow.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Sections of a file at most.
const MOST_SECTIONS: usize = 4096;
const HEAD_BYTES: usize = 8 + 2 + 2;
const CHECKSUM_BYTES: usize = 4;

/// What a section holds.
pub type Tag = [u8; 4];

/// Why bytes cannot be read as sections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SectionError {
    #[error("it is a file of another kind")]
    OtherKind,
    #[error("it has format {found}, and this Earmark reads formats up to {known}")]
    Newer { found: u16, known: u16 },
    #[error("it is damaged: {what}")]
    Damaged { what: &'static str },
}

const fn damaged(what: &'static str) -> SectionError {
    SectionError::Damaged { what }
}

/// One kind of file.
#[derive(Debug, Clone, Copy)]
pub struct Format {
    pub magic: [u8; 8],
    /// Of what is written; earlier ones are read.
    pub version: u16,
}

impl Format {
    /// The file that holds `sections`.
    pub fn write(self, sections: &[(Tag, &[u8])]) -> Vec<u8> {
        let mut bytes = Vec::from(self.magic);
        bytes.extend(self.version.to_le_bytes());
        // Writers make a handful of sections for each sound.
        bytes.extend((sections.len().min(MOST_SECTIONS) as u16).to_le_bytes());
        for (tag, section) in sections.iter().take(MOST_SECTIONS) {
            bytes.extend(tag);
            bytes.extend((section.len() as u64).to_le_bytes());
            bytes.extend(*section);
        }
        let checksum = crc32fast::hash(&bytes);
        bytes.extend(checksum.to_le_bytes());
        bytes
    }

    /// The sections that `bytes` hold.
    ///
    /// # Errors
    /// When the bytes are of another kind, of a newer Earmark, or damaged.
    pub fn read(self, bytes: &[u8]) -> Result<Vec<(Tag, &[u8])>, SectionError> {
        if !bytes.starts_with(&self.magic) {
            return Err(SectionError::OtherKind);
        }
        let short = damaged("its end is missing");
        if bytes.len() < HEAD_BYTES + CHECKSUM_BYTES {
            return Err(short);
        }
        let (body, checksum) = bytes.split_last_chunk().ok_or(short)?;
        let mut rest = Rest(body.get(self.magic.len()..).ok_or(short)?);
        let version = u16::from_le_bytes(rest.array()?);
        if version > self.version {
            return Err(SectionError::Newer {
                found: version,
                known: self.version,
            });
        }
        if version == 0 {
            return Err(damaged("its format is 0"));
        }
        if crc32fast::hash(body) != u32::from_le_bytes(*checksum) {
            return Err(damaged("its checksum does not fit its bytes"));
        }
        let count = usize::from(u16::from_le_bytes(rest.array()?));
        if count > MOST_SECTIONS {
            return Err(damaged("it has too many sections"));
        }
        let mut sections = Vec::new();
        for _ in 0..count {
            let tag = rest.array()?;
            let length = u64::from_le_bytes(rest.array()?);
            sections.push((tag, rest.take(length)?));
        }
        match rest.0.is_empty() {
            true => Ok(sections),
            false => Err(damaged("something follows its end")),
        }
    }
}

/// The first section of that tag.
pub fn section<'a>(sections: &[(Tag, &'a [u8])], tag: Tag) -> Option<&'a [u8]> {
    let mut found = sections.iter().filter(|(other, _)| *other == tag);
    found.next().map(|(_, bytes)| *bytes)
}

/// The bytes of the file at `path`; `None` when there are more than `most_bytes`, of which no more are read.
///
/// # Errors
/// When the file cannot be read.
pub fn read_at_most(path: &Path, most_bytes: u64) -> io::Result<Option<Vec<u8>>> {
    let file = File::open(path)?;
    if file.metadata()?.len() > most_bytes {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    // A pipe has no length, and a file may grow.
    file.take(most_bytes + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= most_bytes).then_some(bytes))
}

struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn array<const N: usize>(&mut self) -> Result<[u8; N], SectionError> {
        let (head, rest) = self
            .0
            .split_first_chunk()
            .ok_or(damaged("its end is missing"))?;
        self.0 = rest;
        Ok(*head)
    }

    fn take(&mut self, length: u64) -> Result<&'a [u8], SectionError> {
        let short = damaged("its end is missing");
        let length = usize::try_from(length).map_err(|_| short)?;
        let (head, rest) = self.0.split_at_checked(length).ok_or(short)?;
        self.0 = rest;
        Ok(head)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FORMAT: Format = Format {
        magic: *b"EARMARKT",
        version: 2,
    };

    #[test]
    fn what_is_written_is_read_and_any_damaged_byte_is_noticed() {
        let bytes = FORMAT.write(&[(*b"HEAD", b"{}"), (*b"DATA", &[7; 40]), (*b"NONE", &[])]);
        let sections = FORMAT.read(&bytes).unwrap();
        assert_eq!(section(&sections, *b"HEAD"), Some(&b"{}"[..]));
        assert_eq!(section(&sections, *b"DATA"), Some(&[7_u8; 40][..]));
        assert_eq!(section(&sections, *b"NONE"), Some(&[][..]));
        assert_eq!(section(&sections, *b"MORE"), None);
        for at in 0..bytes.len() {
            let mut other = bytes.clone();
            other[at] ^= 0x55;
            FORMAT.read(&other).unwrap_err();
            FORMAT.read(&bytes[..at]).unwrap_err();
        }
        FORMAT.read(&[&bytes[..], &[0]].concat()).unwrap_err();
    }

    #[test]
    fn lengths_that_lie_are_refused_before_memory_is_asked_for() {
        for length in [u64::MAX, u64::MAX / 2, 1 << 40, 3] {
            let mut bytes = Vec::from(FORMAT.magic);
            bytes.extend(2_u16.to_le_bytes());
            bytes.extend(1_u16.to_le_bytes());
            bytes.extend(b"DATA");
            bytes.extend(length.to_le_bytes());
            bytes.extend([1, 2]);
            bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
            let missing = SectionError::Damaged {
                what: "its end is missing",
            };
            assert_eq!(FORMAT.read(&bytes), Err(missing), "{length}");
        }
        let newer = Format {
            version: 3,
            ..FORMAT
        };
        let (found, known) = (3, 2);
        let refused = FORMAT.read(&newer.write(&[])).unwrap_err();
        assert_eq!(refused, SectionError::Newer { found, known });
    }

    #[test]
    fn no_more_is_read_of_a_file_than_allowed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        std::fs::write(&path, [1; 100]).unwrap();
        assert_eq!(read_at_most(&path, 100).unwrap(), Some(vec![1; 100]));
        assert_eq!(read_at_most(&path, 99).unwrap(), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(rest in proptest::collection::vec(any::<u8>(), 0..200), sealed: bool) {
            let mut bytes = [&FORMAT.magic[..], &[1, 0], &rest].concat();
            if sealed {
                bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
            }
            let _ = FORMAT.read(&bytes);
        }
    }
}
