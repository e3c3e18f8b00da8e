//! From the bytes of a text file to text, whatever program wrote it. Pure.

use std::borrow::Cow;

/// The text of `bytes`: UTF-16 where a byte order mark says so, UTF-8 where that is possible, otherwise Latin-1, which older
/// programs on Windows write.
pub(super) fn decode(bytes: &[u8]) -> Cow<'_, str> {
    let utf_16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = bytes.chunks_exact(2);
        let units: Vec<u16> = units
            .filter_map(|pair| pair.try_into().ok())
            .map(unit)
            .collect();
        Cow::Owned(String::from_utf16_lossy(&units))
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => return utf_16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => return utf_16(rest, u16::from_be_bytes),
        _ => {}
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(bytes.iter().map(|&byte| char::from(byte)).collect()),
    }
}
