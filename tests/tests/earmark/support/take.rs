//! Reads a take as another program would: `hound` for the samples, the chunks by hand for what `hound` passes over.

use std::path::Path;

use xtask::host::Wave;

/// A take file.
pub struct Take {
    pub rate_hz: u32,
    pub channels: Vec<Vec<f32>>,
    /// Where the take starts on the project's timeline, from its `bext` chunk.
    pub time_reference: u64,
}

impl Take {
    pub fn read(path: &Path) -> Self {
        let wave = Wave::read(path).unwrap();
        let bext = chunk(&std::fs::read(path).unwrap(), b"bext");
        // EBU Tech 3285: TimeReferenceLow and High follow description, originator, its reference, date and time.
        let time_reference = u64::from_le_bytes(bext[338..346].try_into().unwrap());
        Self {
            rate_hz: wave.rate_hz,
            channels: wave.channels,
            time_reference,
        }
    }
}

fn chunk(file: &[u8], id: &[u8; 4]) -> Vec<u8> {
    let mut at = 12;
    while at + 8 <= file.len() {
        let length = u32::from_le_bytes(file[at + 4..at + 8].try_into().unwrap()) as usize;
        if &file[at..at + 4] == id {
            return file[at + 8..at + 8 + length].to_vec();
        }
        at += 8 + length + length % 2;
    }
    panic!("the take has no {} chunk", String::from_utf8_lossy(id));
}
