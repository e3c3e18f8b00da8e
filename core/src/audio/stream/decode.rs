//! One packet to samples, and samples to another number of channels. Worker threads only.

use symphonia::core::errors::Error as SymphoniaError;

use super::Parts;

/// What a packet became.
pub(super) struct Decoded {
    pub start: i64,
    pub channels: usize,
    pub rate_hz: u32,
}

/// Decodes the next packet into `fresh`.
pub(super) fn decode_packet(
    parts: &mut Parts,
    fresh: &mut Vec<f32>,
) -> Result<Option<Decoded>, SymphoniaError> {
    fresh.clear();
    let Some(coded) = parts.packets.next()? else {
        return Ok(None);
    };
    let end = coded.start.saturating_add_unsigned(coded.frames);
    let follows = parts.next_start.replace(end);
    if parts.is_exact && follows.is_some_and(|start| start != coded.start) {
        // What the decoder remembers belongs to other frames.
        parts.decoder.reset();
    }
    // What is wrong with one packet says nothing about the next.
    let Ok(buffer) = parts.decoder.decode(&coded.packet) else {
        return Err(SymphoniaError::DecodeError("the packet cannot be decoded"));
    };
    buffer.copy_to_vec_interleaved(fresh);
    Ok(Some(Decoded {
        start: coded.start,
        channels: buffer.spec().channels().count().max(1),
        rate_hz: buffer.spec().rate(),
    }))
}

/// Interleaved frames with another number of channels: one goes to all, surplus ones go, missing ones are silent.
pub(in crate::audio) fn fit_channels(samples: &[f32], from: usize, to: usize) -> Vec<f32> {
    let frames = samples.chunks_exact(from.max(1));
    frames
        .flat_map(|frame| {
            (0..to).map(move |channel| {
                let channel = if from == 1 { 0 } else { channel };
                frame.get(channel).copied().unwrap_or(0.0)
            })
        })
        .collect()
}
