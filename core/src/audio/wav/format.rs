//! The `fmt ` chunk: what one frame is made of. Pure.

const FORMAT_PCM: u16 = 1;
const FORMAT_FLOAT: u16 = 3;
const FORMAT_A_LAW: u16 = 6;
const FORMAT_MU_LAW: u16 = 7;
const FORMAT_EXTENSIBLE: u16 = 0xFFFE;
/// What follows the format's number in the subtypes that stand for one.
const SUBTYPE_TAIL: [u8; 14] = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71];
/// The same, for ambisonic files.
const SUBTYPE_TAIL_AMBISONIC: [u8; 14] = [
    0, 0, 0x21, 0x07, 0xD3, 0x11, 0x86, 0x44, 0xC8, 0xC1, 0xCA, 0, 0, 0,
];

/// How one sample is written, low byte first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::audio) enum Encoding {
    U8,
    I16,
    I24,
    I32,
    F32,
    F64,
    ALaw,
    MuLaw,
}

/// What one frame is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::audio) struct Format {
    pub encoding: Encoding,
    /// At least 1.
    pub channels: u16,
    pub rate_hz: u32,
    /// Bytes of a frame, at least 1.
    pub block_bytes: u16,
}

/// Samples that are not plain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::audio) struct CodedFormat {
    /// The number of the format.
    pub tag: u16,
    pub channels: u16,
    pub rate_hz: u32,
    /// Bytes that are decoded as a whole.
    pub block_bytes: u16,
    pub bits: u16,
}

/// What a `fmt ` chunk turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::audio) enum Parsed {
    Plain(Format),
    Coded(CodedFormat),
    /// Not to be understood, in words.
    Wrong(String),
}

/// Understands the content of a `fmt ` chunk, whatever its length.
pub(super) fn parse(content: &[u8]) -> Parsed {
    let Some(&[t0, t1, c0, c1, r0, r1, r2, r3, _, _, _, _, a0, a1, b0, b1]) = content.first_chunk()
    else {
        return Parsed::Wrong("a format that is cut off".into());
    };
    let mut tag = u16::from_le_bytes([t0, t1]);
    let channels = u16::from_le_bytes([c0, c1]);
    let rate_hz = u32::from_le_bytes([r0, r1, r2, r3]);
    let block = u16::from_le_bytes([a0, a1]);
    let bits = u16::from_le_bytes([b0, b1]);
    if tag == FORMAT_EXTENSIBLE {
        match content.get(24..40) {
            Some(&[s0, s1, ref tail @ ..])
                if *tail == SUBTYPE_TAIL || tail[..] == SUBTYPE_TAIL_AMBISONIC[..] =>
            {
                tag = u16::from_le_bytes([s0, s1]);
            }
            // Cut off or empty: nearly always plain integers.
            None => tag = FORMAT_PCM,
            Some(subtype) if subtype.iter().all(|&byte| byte == 0) => tag = FORMAT_PCM,
            Some(_) => return Parsed::Wrong("samples of a form that only its maker knows".into()),
        }
    }
    if channels == 0 {
        return Parsed::Wrong("a header without channels".into());
    }
    let encoding = match (tag, bits) {
        (FORMAT_PCM, 1..=8) => Encoding::U8,
        (FORMAT_PCM, 9..=16) => Encoding::I16,
        (FORMAT_PCM, 17..=24) => Encoding::I24,
        (FORMAT_PCM, 25..=32) => Encoding::I32,
        (FORMAT_FLOAT, 32) => Encoding::F32,
        (FORMAT_FLOAT, 64) => Encoding::F64,
        (FORMAT_A_LAW, 8) => Encoding::ALaw,
        (FORMAT_MU_LAW, 8) => Encoding::MuLaw,
        (FORMAT_PCM | FORMAT_FLOAT | FORMAT_A_LAW | FORMAT_MU_LAW, _) => {
            return Parsed::Wrong(format!("samples of {bits} bits"));
        }
        _ => {
            return Parsed::Coded(CodedFormat {
                tag,
                channels,
                rate_hz,
                block_bytes: block,
                bits,
            });
        }
    };
    let expected = u32::from(channels) * encoding.bytes();
    if block != 0 && u32::from(block) != expected {
        return Parsed::Wrong(format!(
            "a header that contradicts itself ({channels} x {bits} bits in frames of {block} bytes)"
        ));
    }
    match u16::try_from(expected) {
        Ok(block_bytes) => Parsed::Plain(Format {
            encoding,
            channels,
            rate_hz,
            block_bytes,
        }),
        Err(_) => Parsed::Wrong(format!("{channels} channels")),
    }
}

impl Encoding {
    pub(super) fn bytes(self) -> u32 {
        match self {
            Self::U8 | Self::ALaw | Self::MuLaw => 1,
            Self::I16 => 2,
            Self::I24 => 3,
            Self::I32 | Self::F32 => 4,
            Self::F64 => 8,
        }
    }
}
