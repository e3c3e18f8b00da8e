//! The streams that states are saved to and restored from.

use std::io::{self, Read, Write};

/// A stream that hands over a few bytes at a time, as CLAP allows every host, so that everything that saves a state tries it.
pub(super) struct InPieces<T>(pub T);

/// Bytes handed over at most; no number that lengths are multiples of.
const PIECE_BYTES: usize = 17;

impl Read for InPieces<&[u8]> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let length = out.len().min(PIECE_BYTES);
        self.0.read(&mut out[..length])
    }
}

impl Write for InPieces<Vec<u8>> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(&bytes[..bytes.len().min(PIECE_BYTES)])
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
