//! The chunks in front of the samples: built, patched and parsed. Pure, except that parsing reads what it is given.

use std::io::{self, Read, Seek, SeekFrom};

use crate::time::{SampleIndex, SampleRate};

/// Where the `JUNK` chunk stands that becomes `ds64` past 4 GB: EBU Tech 3306 wants it first.
const SIZES_AT: u64 = 12;
/// Two 64-bit sizes, a 64-bit sample count and an empty table.
const SIZES_LEN: u32 = 28;
/// `bext` without coding history.
const BEXT_LEN: u32 = 602;
/// Byte offset of TimeReference in `bext`.
const TIME_REFERENCE_AT: usize = 338;
const ORIGINATOR_AT: usize = 256;
const ORIGINATOR: &[u8] = b"Earmark";
/// Byte offset and length of OriginatorReference.
const REFERENCE_AT: usize = 288;
const REFERENCE_LEN: usize = 32;
const FORMAT_FLOAT: u16 = 3;
const FORMAT_EXTENSIBLE: u16 = 0xFFFE;
/// `KSDATAFORMAT_SUBTYPE_IEEE_FLOAT`.
const SUBTYPE_FLOAT: [u8; 16] = [
    3, 0, 0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71,
];
const BYTES_PER_SAMPLE: u16 = 4;
/// In a 32-bit size field: the true size is in `ds64`.
const IN_DS64: u32 = u32::MAX;

/// Why a file's header could not be understood.
#[derive(Debug)]
pub(super) enum ParseError {
    Io(io::Error),
    Invalid(&'static str),
}

impl From<io::Error> for ParseError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::UnexpectedEof {
            Self::Invalid("it ends within its header")
        } else {
            Self::Io(error)
        }
    }
}

/// What a header says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    pub rate: SampleRate,
    /// At least 1.
    pub channels: u16,
    /// From `bext`; zero without one.
    pub time_reference: SampleIndex,
    /// Byte offset of the first sample.
    pub data_start: u64,
    /// Bytes of samples by the header's word, which may be behind a file that is still growing.
    data_bytes: u64,
    /// Byte offset of the sample count in `fact`.
    fact_at: Option<u64>,
    /// Recorded by Earmark and not edited since: samples reach to the end of the file whatever the sizes say.
    pub own: bool,
    /// OriginatorReference, which names the take in a file of Earmark's.
    pub reference: [u8; REFERENCE_LEN],
}

impl Layout {
    /// Bytes of one frame.
    pub fn frame_bytes(&self) -> u64 {
        u64::from(self.channels) * u64::from(BYTES_PER_SAMPLE)
    }

    /// Byte offset of `frame`.
    pub fn offset(&self, frame: u64) -> u64 {
        self.data_start
            .saturating_add(frame.saturating_mul(self.frame_bytes()))
    }

    /// Whole frames in a file of `file_bytes`.
    pub fn frames(&self, file_bytes: u64) -> u64 {
        let present = file_bytes.saturating_sub(self.data_start);
        let samples = if self.own {
            present
        } else {
            present.min(self.data_bytes)
        };
        samples / self.frame_bytes()
    }
}

/// The header of an empty file.
pub(super) fn build(
    rate: SampleRate,
    channels: u16,
    time_reference: SampleIndex,
    description: &str,
    reference: &str,
) -> Vec<u8> {
    let frame_bytes = channels.saturating_mul(BYTES_PER_SAMPLE);
    let mut bytes = Vec::with_capacity(768);
    bytes.extend(b"RIFF\0\0\0\0WAVE");
    chunk(&mut bytes, b"JUNK", &[0; SIZES_LEN as usize]);
    chunk(
        &mut bytes,
        b"bext",
        &bext(time_reference, description, reference),
    );

    // Beyond two channels the plain form is ambiguous about speakers, and readers ask for the extensible one.
    let extensible = channels > 2;
    let mut format = Vec::with_capacity(40);
    format.extend(
        (if extensible {
            FORMAT_EXTENSIBLE
        } else {
            FORMAT_FLOAT
        })
        .to_le_bytes(),
    );
    format.extend(channels.to_le_bytes());
    format.extend(rate.hz().to_le_bytes());
    format.extend(
        rate.hz()
            .saturating_mul(u32::from(frame_bytes))
            .to_le_bytes(),
    );
    format.extend(frame_bytes.to_le_bytes());
    format.extend((BYTES_PER_SAMPLE * 8).to_le_bytes());
    if extensible {
        format.extend(22_u16.to_le_bytes());
        format.extend((BYTES_PER_SAMPLE * 8).to_le_bytes());
        format.extend(0_u32.to_le_bytes());
        format.extend(SUBTYPE_FLOAT);
    } else {
        format.extend(0_u16.to_le_bytes());
    }
    chunk(&mut bytes, b"fmt ", &format);
    chunk(&mut bytes, b"fact", &[0; 4]);
    chunk(&mut bytes, b"data", &[]);
    bytes
}

fn chunk(bytes: &mut Vec<u8>, id: &[u8; 4], content: &[u8]) {
    bytes.extend(id);
    bytes.extend(
        u32::try_from(content.len())
            .unwrap_or(u32::MAX)
            .to_le_bytes(),
    );
    bytes.extend(content);
}

fn bext(time_reference: SampleIndex, description: &str, reference: &str) -> Vec<u8> {
    let now = jiff::Zoned::now();
    let mut bytes = Vec::with_capacity(BEXT_LEN as usize);
    fixed(&mut bytes, description, ORIGINATOR_AT);
    fixed(&mut bytes, "Earmark", 32);
    fixed(&mut bytes, reference, REFERENCE_LEN);
    fixed(&mut bytes, &now.strftime("%Y-%m-%d").to_string(), 10);
    fixed(&mut bytes, &now.strftime("%H:%M:%S").to_string(), 8);
    // The field is unsigned: a take that starts before the project's zero is stamped with zero.
    bytes.extend(u64::try_from(time_reference.0).unwrap_or(0).to_le_bytes());
    bytes.extend(1_u16.to_le_bytes());
    bytes.resize(BEXT_LEN as usize, 0);
    bytes
}

/// `text` in exactly `length` bytes. EBU Tech 3285 allows ASCII only.
fn fixed(bytes: &mut Vec<u8>, text: &str, length: usize) {
    let ascii = text.chars().map(|c| {
        if c.is_ascii() && !c.is_ascii_control() {
            c as u8
        } else {
            b'_'
        }
    });
    bytes.extend(ascii.chain(std::iter::repeat(0)).take(length));
}

/// Writes the sizes of a file of `frames` frames into its `header`, as RF64 when they need more than 32 bits.
pub(super) fn patch_sizes(header: &mut [u8], layout: &Layout, frames: u64) {
    let data_bytes = frames.saturating_mul(layout.frame_bytes());
    let riff_bytes = layout
        .data_start
        .saturating_add(data_bytes)
        .saturating_sub(8);
    let mut sizes = [0; SIZES_LEN as usize];
    let (form, id, riff32, data32, frames32) = match u32::try_from(riff_bytes) {
        Ok(riff32) if riff32 != IN_DS64 => {
            let narrow = |size: u64| u32::try_from(size).unwrap_or(IN_DS64);
            (b"RIFF", b"JUNK", riff32, narrow(data_bytes), narrow(frames))
        }
        _ => {
            put(&mut sizes, 0, &riff_bytes.to_le_bytes());
            put(&mut sizes, 8, &data_bytes.to_le_bytes());
            put(&mut sizes, 16, &frames.to_le_bytes());
            (b"RF64", b"ds64", IN_DS64, IN_DS64, IN_DS64)
        }
    };
    put(header, 0, form);
    put(header, 4, &riff32.to_le_bytes());
    put(header, SIZES_AT, id);
    put(header, SIZES_AT + 8, &sizes);
    if let Some(at) = layout.fact_at {
        put(header, at, &frames32.to_le_bytes());
    }
    put(
        header,
        layout.data_start.saturating_sub(4),
        &data32.to_le_bytes(),
    );
}

fn put(bytes: &mut [u8], at: u64, value: &[u8]) {
    let place = usize::try_from(at)
        .ok()
        .and_then(|at| bytes.get_mut(at..at + value.len()));
    if let Some(place) = place {
        place.copy_from_slice(value);
    }
}

/// Reads the header of a file from its start.
pub(super) fn parse<R: Read + Seek>(reader: &mut R) -> Result<Layout, ParseError> {
    reader.seek(SeekFrom::Start(0))?;
    let mut form = [0; 12];
    reader.read_exact(&mut form)?;
    let wide = match (form.first_chunk(), form.last_chunk()) {
        (Some(b"RIFF"), Some(b"WAVE")) => false,
        (Some(b"RF64" | b"BW64"), Some(b"WAVE")) => true,
        _ => return Err(ParseError::Invalid("it has no RIFF or RF64 header")),
    };
    let [_, _, _, _, riff_bytes @ .., _, _, _, _] = form;
    let riff_bytes = u32::from_le_bytes(riff_bytes);
    let mut at = SIZES_AT;
    let mut format = None;
    let mut time_reference = SampleIndex(0);
    let mut fact_at = None;
    let mut wide_sizes = None;
    let mut sizes_reserved = false;
    let mut by_earmark = false;
    let mut from = [0; REFERENCE_LEN];
    loop {
        reader.seek(SeekFrom::Start(at))?;
        let mut head = [0; 8];
        reader.read_exact(&mut head)?;
        let [i0, i1, i2, i3, size @ ..] = head;
        let size = u32::from_le_bytes(size);
        let content = at + 8;
        match &[i0, i1, i2, i3] {
            b"JUNK" | b"ds64" if at == SIZES_AT && size == SIZES_LEN => {
                sizes_reserved = true;
                if wide {
                    wide_sizes = Some(read_wide_sizes(reader)?);
                }
            }
            b"ds64" if wide => wide_sizes = Some(read_wide_sizes(reader)?),
            b"bext" if size >= BEXT_LEN => {
                let mut bext = [0; BEXT_LEN as usize];
                reader.read_exact(&mut bext)?;
                by_earmark = bext
                    .get(ORIGINATOR_AT..)
                    .is_some_and(|from| from.starts_with(ORIGINATOR));
                if let Some(reference) = bext.get(REFERENCE_AT..).and_then(<[u8]>::first_chunk) {
                    from = *reference;
                }
                if let Some(reference) = bext.get(TIME_REFERENCE_AT..).and_then(<[u8]>::first_chunk)
                {
                    time_reference =
                        SampleIndex(i64::try_from(u64::from_le_bytes(*reference)).unwrap_or(0));
                }
            }
            b"fmt " => format = Some(parse_format(reader, size)?),
            b"fact" if size >= 4 => fact_at = Some(content),
            b"data" => {
                let (rate, channels) =
                    format.ok_or(ParseError::Invalid("its samples come before their format"))?;
                let (riff_bytes, data_bytes) = match wide_sizes {
                    Some(sizes) if size == IN_DS64 => sizes,
                    _ => (u64::from(riff_bytes), u64::from(size)),
                };
                // Behind the samples of a take there is nothing. If another program put chunks there, only the
                // sizes tell where the samples end.
                let nothing_behind =
                    riff_bytes.saturating_add(8) == content.saturating_add(data_bytes);
                let own = by_earmark && sizes_reserved && nothing_behind;
                return Ok(Layout {
                    rate,
                    channels,
                    time_reference,
                    data_start: content,
                    data_bytes,
                    fact_at,
                    own,
                    reference: from,
                });
            }
            _ => {}
        }
        at = content + u64::from(size) + u64::from(size % 2);
    }
}

/// The sizes of the whole file and of its samples, from the start of `ds64`.
fn read_wide_sizes<R: Read>(reader: &mut R) -> Result<(u64, u64), ParseError> {
    let (mut riff_bytes, mut data_bytes) = ([0; 8], [0; 8]);
    reader.read_exact(&mut riff_bytes)?;
    reader.read_exact(&mut data_bytes)?;
    Ok((
        u64::from_le_bytes(riff_bytes),
        u64::from_le_bytes(data_bytes),
    ))
}

fn parse_format<R: Read>(reader: &mut R, size: u32) -> Result<(SampleRate, u16), ParseError> {
    let mut base = [0; 16];
    reader.read_exact(&mut base)?;
    let [t0, t1, c0, c1, r0, r1, r2, r3, _, _, _, _, _, _, b0, b1] = base;
    let mut is_float = u16::from_le_bytes([t0, t1]) == FORMAT_FLOAT;
    if u16::from_le_bytes([t0, t1]) == FORMAT_EXTENSIBLE && size >= 40 {
        let mut extension = [0; 24];
        reader.read_exact(&mut extension)?;
        is_float = extension.ends_with(&SUBTYPE_FLOAT);
    }
    if !is_float || u16::from_le_bytes([b0, b1]) != BYTES_PER_SAMPLE * 8 {
        return Err(ParseError::Invalid("its samples are of another form"));
    }
    let channels = u16::from_le_bytes([c0, c1]);
    let rate = SampleRate::new(u32::from_le_bytes([r0, r1, r2, r3]))
        .ok_or(ParseError::Invalid("its sample rate is zero"))?;
    if channels == 0 {
        return Err(ParseError::Invalid("it has no channels"));
    }
    Ok((rate, channels))
}
