//! A whole file of the cache, or of the library's index, as memory, read from the disk as it is needed. Worker threads.
#![allow(unsafe_code)] // The operating system maps files, and what else happens to a file is beyond any compiler.

use std::fs::File;
use std::io;

/// A file's content. Equal bytes for as long as this lives.
pub(crate) struct Mapping(#[cfg(unix)] memmap2::Mmap, #[cfg(not(unix))] Vec<u8>);

impl Mapping {
    /// The content of `file`, which must be one that the cache or the index has put under its name.
    #[cfg(unix)]
    pub(crate) fn of(file: &File) -> io::Result<Self> {
        // SAFETY: mapped memory must not change while it is borrowed, and must not be cut off, which would end the process at
        // the next look (SIGBUS). No Earmark, in this process or any other, writes to a file that has its final name: a newer
        // one is written elsewhere and renamed over it, and purging unlinks it; both leave the file that is mapped here as
        // it is until nobody has it open. What is left is somebody else who edits or truncates such a file in
        // place, in a folder that is Earmark's own, and a disk that fails, from which the host's own code comes too.
        let mapping = unsafe { memmap2::Mmap::map(file)? };
        Ok(Self(mapping))
    }

    /// The content of `file`, read into memory: elsewhere a mapped file could be neither replaced nor purged.
    #[cfg(not(unix))]
    pub(crate) fn of(mut file: &File) -> io::Result<Self> {
        let mut bytes = Vec::new();
        io::Read::read_to_end(&mut file, &mut bytes)?;
        Ok(Self(bytes))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}
