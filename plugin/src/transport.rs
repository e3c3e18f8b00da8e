//! The host's transport in the form that the capture line needs.
//!
//! Pure; runs on the audio thread.

use earmark_core::capture::Transport as Captured;
use earmark_core::time::SampleIndex;
use nice_plug::prelude::Transport;

/// Translates the transport of one block. With `listening` off the recorder ignores the block.
///
/// A host without a transport (a file processor, a modular) sends neither a state nor a position; the recorder then takes all its
/// blocks as one run. A host with a transport that does not play is stopped.
pub fn captured(transport: &Transport, listening: bool) -> Captured {
    let position = transport.pos_samples().map(SampleIndex);
    let has_transport =
        position.is_some() || transport.tempo.is_some() || transport.preroll_active.is_some();
    match (transport.playing || !has_transport, listening) {
        (true, true) => Captured::Rolling { position },
        (true, false) => Captured::Ignored { position },
        (false, _) => Captured::Stopped,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn playing_at(pos_samples: Option<i64>) -> Transport {
        let mut transport = Transport::new(48_000.0);
        transport.playing = true;
        transport.pos_samples = pos_samples;
        transport
    }

    #[test]
    fn a_playing_host_gives_its_position() {
        assert_eq!(
            captured(&playing_at(Some(-12)), true),
            Captured::Rolling {
                position: Some(SampleIndex(-12))
            }
        );
    }

    #[test]
    fn a_position_in_seconds_is_rounded_to_the_nearest_sample() {
        let mut transport = playing_at(None);
        transport.pos_seconds = Some(1.000_009);
        assert_eq!(
            captured(&transport, true),
            Captured::Rolling {
                position: Some(SampleIndex(48_000))
            }
        );
    }

    #[test]
    fn a_standing_host_is_stopped_and_one_without_transport_is_not() {
        let mut standing = playing_at(Some(5));
        standing.playing = false;
        assert_eq!(captured(&standing, true), Captured::Stopped);
        assert_eq!(
            captured(&Transport::new(48_000.0), true),
            Captured::Rolling { position: None }
        );
    }

    #[test]
    fn nothing_is_wanted_while_not_listening_but_the_playhead_is_known() {
        let position = Some(SampleIndex(7));
        assert_eq!(
            captured(&playing_at(Some(7)), false),
            Captured::Ignored { position }
        );
    }
}
