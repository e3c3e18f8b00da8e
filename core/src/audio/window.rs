//! A stretch of a file as a file of its own, for decoders that expect to begin at the first byte. Worker threads only.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

use parking_lot::Mutex;
use symphonia::core::io::MediaSource;

/// The bytes `start..end` of a file. Clones share the open file, not the place in it.
#[derive(Debug, Clone)]
pub(super) struct Window {
    file: Arc<Mutex<File>>,
    start: u64,
    end: u64,
    /// Counted from `start`.
    at: u64,
}

impl Window {
    pub fn new(file: File, start: u64, end: u64) -> Self {
        Self {
            file: Arc::new(Mutex::new(file)),
            start,
            end: end.max(start),
            at: 0,
        }
    }

    /// Another stretch of the same file.
    pub fn part(&self, start: u64, end: u64) -> Self {
        Self {
            file: Arc::clone(&self.file),
            start,
            end: end.max(start),
            at: 0,
        }
    }

    fn length(&self) -> u64 {
        self.end - self.start
    }
}

impl Read for Window {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let left = self.length().saturating_sub(self.at);
        let wanted = out.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let Some(out) = out.get_mut(..wanted) else {
            return Ok(0);
        };
        let mut file = self.file.lock();
        file.seek(SeekFrom::Start(self.start + self.at))?;
        let got = file.read(out)?;
        self.at += got as u64;
        Ok(got)
    }
}

impl Seek for Window {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => self.length().checked_add_signed(by),
        };
        self.at = target.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

impl MediaSource for Window {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.length())
    }
}
