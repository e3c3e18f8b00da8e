//! Cue points and their texts: the chunks `cue ` and `LIST`/`adtl`, read, joined and built. Pure.
//!
//! Source: *Multimedia Programming Interface and Data Specifications 1.0*, cue-points and associated data list chunks.
//! Marks of other programs are carried over byte for byte.

use std::collections::HashSet;

/// Bytes of one cue point.
const POINT_BYTES: usize = 24;
/// What our own cue points are noted with, so that the next export replaces them and no others.
const OURS: &str = "Earmark";
/// A stretch rather than a point.
const PURPOSE_REGION: &[u8; 4] = b"rgn ";

/// A stretch with a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cue {
    pub start: u32,
    pub frames: u32,
    pub name: String,
}

/// What a file says about points in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Cues {
    points: Vec<[u8; POINT_BYTES]>,
    /// The entries of `adtl`, each with its four letters.
    said: Vec<([u8; 4], Vec<u8>)>,
}

impl Cues {
    /// Adds what is in a `cue ` chunk.
    pub fn read_points(&mut self, content: &[u8]) {
        let points = content.get(4..).unwrap_or_default();
        let (points, _) = points.as_chunks::<POINT_BYTES>();
        self.points.extend(points);
    }

    /// Adds what is in a `LIST` chunk; `false` when it is another list than `adtl`.
    pub fn read_list(&mut self, content: &[u8]) -> bool {
        let Some(mut rest) = content.strip_prefix(b"adtl") else {
            return false;
        };
        while let Some((head, behind)) = rest.split_at_checked(8) {
            let [i0, i1, i2, i3, size @ ..] = head else {
                break;
            };
            let size = size.try_into().map_or(0, u32::from_le_bytes) as usize;
            let entry = behind.get(..size).unwrap_or(behind);
            self.said.push(([*i0, *i1, *i2, *i3], entry.to_vec()));
            rest = behind.get(size + size % 2..).unwrap_or_default();
        }
        true
    }

    /// Takes out what an earlier export put in.
    pub fn forget_ours(&mut self) {
        let ours: HashSet<u32> = self
            .said
            .iter()
            .filter(|(id, entry)| id == b"note" && entry.get(4..).is_some_and(is_ours))
            .filter_map(|(_, entry)| number(entry))
            .collect();
        self.points
            .retain(|point| number(point).is_none_or(|id| !ours.contains(&id)));
        self.said
            .retain(|(_, entry)| number(entry).is_none_or(|id| !ours.contains(&id)));
    }

    /// Puts `cue` in, noted as found in `note`.
    pub fn add(&mut self, cue: &Cue, note: &str) {
        let highest = self.points.iter().filter_map(|point| number(point)).max();
        let id = highest.map_or(1, |highest| highest.wrapping_add(1));
        let mut point = [0; POINT_BYTES];
        let fields = [
            id.to_le_bytes(),
            cue.start.to_le_bytes(),
            *b"data",
            [0; 4],
            [0; 4],
            cue.start.to_le_bytes(),
        ];
        for (place, field) in point.as_chunks_mut::<4>().0.iter_mut().zip(fields) {
            *place = field;
        }
        self.points.push(point);
        self.said.push((*b"labl", text_entry(id, &cue.name)));
        self.said
            .push((*b"note", text_entry(id, &format!("{OURS} {note}"))));
        let mut stretch = id.to_le_bytes().to_vec();
        stretch.extend(cue.frames.to_le_bytes());
        stretch.extend(PURPOSE_REGION);
        // Country, language, dialect and code page: none is said.
        stretch.extend([0; 8]);
        self.said.push((*b"ltxt", stretch));
    }

    /// The two chunks with their heads, or nothing when there is nothing to say.
    pub fn chunks(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        if !self.points.is_empty() {
            let mut content = count(self.points.len()).to_vec();
            content.extend(self.points.as_flattened());
            push(&mut bytes, *b"cue ", &content);
        }
        if !self.said.is_empty() {
            let mut content = b"adtl".to_vec();
            for (id, entry) in &self.said {
                push(&mut content, *id, entry);
            }
            push(&mut bytes, *b"LIST", &content);
        }
        bytes
    }
}

/// The cue point that an entry is about, and that a cue point is.
fn number(entry: &[u8]) -> Option<u32> {
    entry.first_chunk().map(|id| u32::from_le_bytes(*id))
}

fn is_ours(note: &[u8]) -> bool {
    note.strip_prefix(OURS.as_bytes())
        .is_some_and(|rest| rest.first().is_none_or(|next| *next == b' ' || *next == 0))
}

/// Which cue point, and a text that ends with a zero.
fn text_entry(id: u32, text: &str) -> Vec<u8> {
    let mut entry = id.to_le_bytes().to_vec();
    entry.extend(text.bytes().filter(|byte| *byte != 0));
    entry.push(0);
    entry
}

fn count(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes()
}

fn push(bytes: &mut Vec<u8>, id: [u8; 4], content: &[u8]) {
    bytes.extend(id);
    bytes.extend(count(content.len()));
    bytes.extend(content);
    if !content.len().is_multiple_of(2) {
        bytes.push(0);
    }
}
