//! Reading frames from a take, finished or still growing.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::BwfError;
use super::header::{self, Layout};
use crate::time::{SampleIndex, SampleRate};

/// An open 32-bit float WAV, read at any place.
///
/// A take that Earmark is still recording can be read while it grows: its length is what the file holds, not what its
/// header last said.
#[derive(Debug)]
pub struct BwfReader {
    path: PathBuf,
    file: File,
    layout: Layout,
    frames: u64,
    bytes: Vec<u8>,
}

impl BwfReader {
    /// Opens the file and reads its header.
    ///
    /// # Errors
    /// When it cannot be read, or holds no 32-bit float samples.
    pub fn open(path: &Path) -> Result<Self, BwfError> {
        let mut file = File::open(path).map_err(|error| BwfError::io("open", path, error))?;
        let layout = header::parse(&mut file).map_err(|error| BwfError::parse(path, error))?;
        let mut reader = Self {
            path: path.to_path_buf(),
            file,
            layout,
            frames: 0,
            bytes: Vec::new(),
        };
        reader.refresh()?;
        Ok(reader)
    }

    /// Samples per second.
    pub fn rate(&self) -> SampleRate {
        self.layout.rate
    }

    /// Samples per frame, at least 1.
    pub fn channels(&self) -> u16 {
        self.layout.channels
    }

    /// Whole frames in the file when it was opened or last refreshed.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// Position of the first frame on the project's timeline, from `bext`; zero without one.
    pub fn time_reference(&self) -> SampleIndex {
        self.layout.time_reference
    }

    /// Whether Earmark recorded it and nobody edited it since, so that the recorder may continue it.
    pub fn is_own(&self) -> bool {
        self.layout.own
    }

    /// Which take it says it is; empty for a take of an early version and for what another program made.
    pub fn id(&self) -> &str {
        let reference = &self.layout.reference;
        let text = reference
            .split(|byte| *byte == 0)
            .next()
            .unwrap_or_default();
        std::str::from_utf8(text).unwrap_or_default()
    }

    /// Looks how far the file has grown, and returns the frames it holds now.
    ///
    /// # Errors
    /// When the file can no longer be looked at.
    pub fn refresh(&mut self) -> Result<u64, BwfError> {
        let metadata = self
            .file
            .metadata()
            .map_err(|error| BwfError::io("look at", &self.path, error))?;
        self.frames = self.layout.frames(metadata.len());
        Ok(self.frames)
    }

    /// Replaces `interleaved` with up to `count` frames from frame `start` on, and returns how many there were.
    /// Fewer only at the end of the file, which is looked for again before giving less than asked.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read_frames(
        &mut self,
        start: u64,
        count: usize,
        interleaved: &mut Vec<f32>,
    ) -> Result<usize, BwfError> {
        interleaved.clear();
        if start.saturating_add(count as u64) > self.frames {
            self.refresh()?;
        }
        let available = usize::try_from(self.frames.saturating_sub(start)).unwrap_or(usize::MAX);
        let count = count.min(available);
        let frame_bytes = usize::from(self.layout.channels) * size_of::<f32>();
        self.bytes.resize(count * frame_bytes, 0);
        self.file
            .seek(SeekFrom::Start(self.layout.offset(start)))
            .and_then(|_| self.file.read_exact(&mut self.bytes))
            .map_err(|error| BwfError::io("read", &self.path, error))?;
        let (samples, _) = self.bytes.as_chunks();
        interleaved.extend(samples.iter().map(|sample| f32::from_le_bytes(*sample)));
        Ok(count)
    }
}
