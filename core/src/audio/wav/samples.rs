//! Bytes of plain samples as numbers: full scale is 1. Pure.

use super::Encoding;

/// Appends the samples in `bytes`.
pub(super) fn decode(encoding: Encoding, bytes: &[u8], samples: &mut Vec<f32>) {
    match encoding {
        Encoding::U8 => samples.extend(bytes.iter().map(|&b| (f32::from(b) - 128.0) / 128.0)),
        Encoding::I16 => {
            let (all, _) = bytes.as_chunks();
            samples.extend(
                all.iter()
                    .map(|&b| f32::from(i16::from_le_bytes(b)) / 32_768.0),
            );
        }
        Encoding::I24 => {
            let (all, _) = bytes.as_chunks();
            samples
                .extend(all.iter().map(|&[a, b, c]| {
                    (i32::from_le_bytes([0, a, b, c]) >> 8) as f32 / 8_388_608.0
                }));
        }
        Encoding::I32 => {
            let (all, _) = bytes.as_chunks();
            samples.extend(
                all.iter()
                    .map(|&b| (f64::from(i32::from_le_bytes(b)) / 2_147_483_648.0) as f32),
            );
        }
        Encoding::F32 => {
            let (all, _) = bytes.as_chunks();
            samples.extend(all.iter().map(|&b| f32::from_le_bytes(b)));
        }
        Encoding::F64 => {
            let (all, _) = bytes.as_chunks();
            samples.extend(all.iter().map(|&b| f64::from_le_bytes(b) as f32));
        }
        Encoding::ALaw => samples.extend(bytes.iter().map(|&b| a_law(b) / 32_768.0)),
        Encoding::MuLaw => samples.extend(bytes.iter().map(|&b| mu_law(b) / 32_768.0)),
    }
}

/// ITU-T G.711, scaled to 16 bits.
fn a_law(byte: u8) -> f32 {
    let byte = byte ^ 0x55;
    let (exponent, mantissa) = (i32::from(byte >> 4 & 7), i32::from(byte & 15));
    let magnitude = match exponent {
        0 => (mantissa << 4) + 8,
        _ => ((mantissa << 4) + 0x108) << (exponent - 1),
    };
    (if byte & 0x80 == 0 {
        -magnitude
    } else {
        magnitude
    }) as f32
}

/// ITU-T G.711, scaled to 16 bits.
fn mu_law(byte: u8) -> f32 {
    let byte = !byte;
    let (exponent, mantissa) = (i32::from(byte >> 4 & 7), i32::from(byte & 15));
    let magnitude = (((mantissa << 3) + 0x84) << exponent) - 0x84;
    (if byte & 0x80 == 0 {
        magnitude
    } else {
        -magnitude
    }) as f32
}
