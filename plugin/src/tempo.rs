//! The host's tempo and metre, from the audio thread to the window.
//!
//! [`HostTempo::note`] runs on the audio thread in every block and makes only two atomic stores. For one frame, a reader may get
//! the metre of one block with the position of the next.

use std::sync::atomic::{AtomicU64, Ordering};

use nice_plug::prelude::Transport;

use crate::timecode::Tempo;

/// The latest tempo of the host.
#[derive(Debug, Default)]
pub struct HostTempo {
    /// Tempo as `f32`, then numerator and denominator; 0 before the host has sent one.
    metre: AtomicU64,
    /// Quarter notes at the project's zero, as `f64`.
    origin: AtomicU64,
}

impl HostTempo {
    /// Stores the tempo of a block. A block without one changes nothing.
    pub fn note(&self, transport: &Transport) {
        let Some(bpm) = transport.tempo.filter(|bpm| (1.0..=10_000.0).contains(bpm)) else {
            return;
        };
        let part = |said: Option<i32>| u8::try_from(said.unwrap_or(4).clamp(1, 64)).unwrap_or(4);
        let metre = u64::from((bpm as f32).to_bits()) << 32
            | u64::from(part(transport.time_sig_numerator)) << 8
            | u64::from(part(transport.time_sig_denominator));
        // As if the tempo never changed: right around the playhead, where the user looks.
        let place = transport.pos_beats.zip(transport.pos_seconds());
        let origin = place.map_or(0.0, |(beats, seconds)| beats - seconds * bpm / 60.0);
        let origin = if origin.is_finite() { origin } else { 0.0 };
        self.origin.store(origin.to_bits(), Ordering::Relaxed);
        self.metre.store(metre, Ordering::Relaxed);
    }

    /// The latest tempo; `None` before the host has sent one.
    pub fn get(&self) -> Option<Tempo> {
        let metre = self.metre.load(Ordering::Relaxed);
        let bpm = f64::from(f32::from_bits((metre >> 32) as u32));
        (metre != 0).then(|| Tempo {
            bpm,
            numerator: (metre >> 8) as u8,
            denominator: metre as u8,
            origin_quarters: f64::from_bits(self.origin.load(Ordering::Relaxed)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_counted_from_where_the_host_says_it_is() {
        let tempo = HostTempo::default();
        assert_eq!(tempo.get(), None);
        let mut transport = Transport::new(48_000.0);
        tempo.note(&transport);
        assert_eq!(tempo.get(), None);
        transport.tempo = Some(90.0);
        transport.time_sig_numerator = Some(3);
        transport.time_sig_denominator = Some(4);
        transport.pos_seconds = Some(10.0);
        transport.pos_beats = Some(17.0);
        tempo.note(&transport);
        let told = tempo.get().unwrap();
        assert_eq!((told.bpm, told.numerator, told.denominator), (90.0, 3, 4));
        assert!((told.origin_quarters - 2.0).abs() < 1e-9);
    }

    #[test]
    fn nonsense_from_a_host_is_no_tempo() {
        let tempo = HostTempo::default();
        for bpm in [0.0, -120.0, f64::NAN, f64::INFINITY] {
            let mut transport = Transport::new(48_000.0);
            transport.tempo = Some(bpm);
            tempo.note(&transport);
            assert_eq!(tempo.get(), None);
        }
    }
}
