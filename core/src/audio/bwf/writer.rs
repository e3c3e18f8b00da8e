//! Writing frames into a take: at its end, over what is there, or past a gap.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::BwfError;
use super::header::{self, Layout};
use crate::time::{SampleIndex, SampleRate};

/// What the header of a new take says.
#[derive(Debug, Clone, Copy)]
pub struct NewTake<'a> {
    pub rate: SampleRate,
    pub channels: u16,
    /// Where its first frame lies on the project's timeline.
    pub time_reference: SampleIndex,
    /// Cut to 256 ASCII characters.
    pub description: &'a str,
    /// Names it; at most 32 ASCII characters.
    pub id: &'a str,
}

/// An open take.
///
/// Samples are handed to the operating system at once. The sizes in the header follow with [`flush`](Self::flush) and
/// when the writer is dropped, so that a crash costs other programs at most what came after the last flush, and
/// [`BwfReader`](super::BwfReader) nothing.
#[derive(Debug)]
pub struct BwfWriter {
    path: PathBuf,
    file: File,
    /// Everything in front of the samples, so that all sizes change in one write.
    header: Vec<u8>,
    layout: Layout,
    frames: u64,
    /// Frames that the header in the file tells of.
    frames_told: u64,
    bytes: Vec<u8>,
}

impl BwfWriter {
    /// Makes a new, empty file. `time_reference` is where its first frame lies on the project's timeline (positions
    /// before zero are stamped as zero, `bext` knows no others); `description` is cut to 256 ASCII characters.
    ///
    /// # Errors
    /// When the file exists already or cannot be made, and for zero channels.
    pub fn create(
        path: &Path,
        rate: SampleRate,
        channels: u16,
        time_reference: SampleIndex,
        description: &str,
    ) -> Result<Self, BwfError> {
        let take = NewTake {
            rate,
            channels,
            time_reference,
            description,
            id: "",
        };
        Self::create_take(path, &take)
    }

    /// Makes a new, empty file that says which take it is.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub fn create_take(path: &Path, take: &NewTake<'_>) -> Result<Self, BwfError> {
        let NewTake {
            rate,
            channels,
            time_reference,
            description,
            id,
        } = *take;
        if channels == 0 {
            return Err(BwfError::Ragged {
                samples: 0,
                channels,
            });
        }
        let mut header = header::build(rate, channels, time_reference, description, id);
        let layout = header::parse(&mut std::io::Cursor::new(&header))
            .map_err(|error| BwfError::parse(path, error))?;
        header::patch_sizes(&mut header, &layout, 0);
        let mut file = File::options()
            .read(true)
            .write(true)
            .create_new(true)
            .open(path)
            .map_err(|error| BwfError::io("create", path, error))?;
        if let Err(error) = file.write_all(&header) {
            // A stub without a whole header would be taken for a damaged recording.
            drop(file);
            let _ = std::fs::remove_file(path);
            return Err(BwfError::io("write the header of", path, error));
        }
        Ok(Self {
            path: path.to_path_buf(),
            file,
            header,
            layout,
            frames: 0,
            frames_told: 0,
            bytes: Vec::new(),
        })
    }

    /// Continues a take that Earmark recorded. What a crash left of a torn last frame is cut off.
    ///
    /// # Errors
    /// When the file cannot be opened for writing, is no 32-bit float WAV, or was made or edited by another program.
    pub fn reopen(path: &Path) -> Result<Self, BwfError> {
        let mut file = File::options()
            .read(true)
            .write(true)
            .open(path)
            .map_err(|error| BwfError::io("open", path, error))?;
        let layout = header::parse(&mut file).map_err(|error| BwfError::parse(path, error))?;
        if !layout.own {
            return Err(BwfError::Foreign {
                path: path.to_path_buf(),
            });
        }
        let mut header = vec![0; usize::try_from(layout.data_start).unwrap_or(usize::MAX)];
        let length = file
            .seek(SeekFrom::Start(0))
            .and_then(|_| file.read_exact(&mut header))
            .and_then(|()| file.metadata())
            .map_err(|error| BwfError::io("read", path, error))?
            .len();
        let frames = layout.frames(length);
        let mut writer = Self {
            path: path.to_path_buf(),
            file,
            header,
            layout,
            frames,
            // Never what the header says now, so that the first flush mends it.
            frames_told: u64::MAX,
            bytes: Vec::new(),
        };
        writer.cut_to_frames()?;
        writer.flush()?;
        Ok(writer)
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Samples per second.
    pub fn rate(&self) -> SampleRate {
        self.layout.rate
    }

    /// Samples per frame, at least 1.
    pub fn channels(&self) -> u16 {
        self.layout.channels
    }

    /// Frames in the file.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// Writes interleaved frames from frame `frame` on: over what is there, at the end, or past it, which leaves
    /// silence in between.
    ///
    /// # Errors
    /// When the samples make no whole frames or the file cannot be written; it then keeps its length, and frames
    /// that were to be overwritten may be old or new.
    pub fn write_at(&mut self, frame: u64, interleaved: &[f32]) -> Result<(), BwfError> {
        let channels = usize::from(self.layout.channels);
        if !interleaved.len().is_multiple_of(channels) {
            let (samples, channels) = (interleaved.len(), self.layout.channels);
            return Err(BwfError::Ragged { samples, channels });
        }
        if interleaved.is_empty() {
            return Ok(());
        }
        self.bytes.clear();
        self.bytes
            .extend(interleaved.iter().flat_map(|sample| sample.to_le_bytes()));
        let offset = self.layout.offset(frame);
        let written = self
            .file
            .seek(SeekFrom::Start(offset))
            .and_then(|_| self.file.write_all(&self.bytes));
        if let Err(error) = written {
            // The reader trusts the file's length, so half a write must not count. When even that is refused, the
            // next write or the next start mends it, and the first error is the one worth telling.
            let _ = self.cut_to_frames();
            return Err(BwfError::io("write to", &self.path, error));
        }
        self.frames = self
            .frames
            .max(frame + (interleaved.len() / channels) as u64);
        Ok(())
    }

    /// Brings the sizes in the header up to date, so that every program can read all of the file.
    ///
    /// # Errors
    /// When the header cannot be written.
    pub fn flush(&mut self) -> Result<(), BwfError> {
        if self.frames_told == self.frames {
            return Ok(());
        }
        header::patch_sizes(&mut self.header, &self.layout, self.frames);
        self.file
            .seek(SeekFrom::Start(0))
            .and_then(|_| self.file.write_all(&self.header))
            .map_err(|error| BwfError::io("write the header of", &self.path, error))?;
        self.frames_told = self.frames;
        Ok(())
    }

    fn cut_to_frames(&mut self) -> Result<(), BwfError> {
        self.file
            .set_len(self.layout.offset(self.frames))
            .map_err(|error| BwfError::io("cut", &self.path, error))
    }
}

impl Drop for BwfWriter {
    fn drop(&mut self) {
        if let Err(error) = self.flush() {
            tracing::warn!(%error, "the header of a take is behind its samples");
        }
    }
}
