//! The four bytes in front of every frame of MPEG audio. Pure. Source: ISO/IEC 11172-3 and 13818-3.

/// What the head of a frame says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::audio) struct Header {
    /// 1, 2 or 3.
    pub layer: u8,
    /// 1 for MPEG-1, 2 for MPEG-2, 3 for its unofficial 2.5.
    pub version: u8,
    pub rate_hz: u32,
    pub channels: u16,
    /// Bytes of the frame, its head included.
    pub frame_bytes: usize,
    /// Samples of each channel.
    pub samples: u32,
}

const KBPS_1: [[usize; 15]; 3] = [
    [
        0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448,
    ],
    [
        0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384,
    ],
    [
        0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320,
    ],
];
const KBPS_2: [[usize; 15]; 2] = [
    [
        0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256,
    ],
    [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
];

impl Header {
    /// The head at the beginning of `bytes`; `None` when it is none, or one without a bit rate.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let &[0xFF, b1, b2, b3] = bytes.first_chunk()? else {
            return None;
        };
        if b1 & 0xE0 != 0xE0 {
            return None;
        }
        let version = match b1 >> 3 & 3 {
            0 => 3,
            2 => 2,
            3 => 1,
            _ => return None,
        };
        let layer = match b1 >> 1 & 3 {
            1 => 3,
            2 => 2,
            3 => 1,
            _ => return None,
        };
        let base_hz = *[44_100, 48_000, 32_000].get(usize::from(b2 >> 2 & 3))?;
        let rate_hz: u32 = base_hz >> (version - 1);
        let table = match (version, layer) {
            (1, _) => KBPS_1.get(usize::from(layer) - 1)?,
            (_, 1) => KBPS_2.first()?,
            _ => KBPS_2.last()?,
        };
        let bits = table.get(usize::from(b2 >> 4)).filter(|&&kbps| kbps > 0)? * 1_000;
        let padding = usize::from(b2 >> 1 & 1);
        let rate = rate_hz as usize;
        let (frame_bytes, samples) = match (version, layer) {
            (_, 1) => ((12 * bits / rate + padding) * 4, 384),
            (2 | 3, 3) => (72 * bits / rate + padding, 576),
            _ => (144 * bits / rate + padding, 1152),
        };
        // The emphasis that no standard defines.
        if b3 & 3 == 2 || frame_bytes < 21 {
            return None;
        }
        Some(Self {
            layer,
            version,
            rate_hz,
            channels: if b3 >> 6 == 3 { 1 } else { 2 },
            frame_bytes,
            samples,
        })
    }

    /// Whether both can stand in one stream.
    pub fn is_like(&self, other: &Self) -> bool {
        (self.layer, self.version, self.rate_hz, self.channels)
            == (other.layer, other.version, other.rate_hz, other.channels)
    }

    /// Bytes from the beginning of the frame to what follows its side information (layer 3).
    pub fn side_end(&self) -> usize {
        4 + match (self.version, self.channels) {
            (1, 1) => 17,
            (1, _) => 32,
            (_, 1) => 9,
            _ => 17,
        }
    }
}
