//! Recognises an offline render by its speed, because some hosts set no flag for it. Pure; audio thread.

use std::time::{Duration, Instant};

/// This far ahead of the clock, in seconds, no host plays live: anticipating hosts stay within fractions of one.
const AHEAD_S: f64 = 1.0;
/// The lead counts no further, so that playback after a render is soon taken for playback again.
const LEAD_LIMIT_S: f64 = 2.0;
/// The clock runs this much faster here, so that a sound card's clock that deviates never adds up to a lead.
const CLOCK_FACTOR: f64 = 1.05;

/// How far the audio delivered is ahead of the time that passed.
#[derive(Debug, Default)]
pub(super) struct Pace {
    latest: Option<Instant>,
    lead_s: f64,
}

impl Pace {
    /// A block of `block_s` seconds was delivered at `now`.
    pub fn delivered(&mut self, now: Instant, block_s: f64) {
        let passed = self.latest.map_or(Duration::ZERO, |latest| {
            now.saturating_duration_since(latest)
        });
        let lead_s = (self.lead_s - passed.as_secs_f64() * CLOCK_FACTOR).max(0.0) + block_s;
        self.lead_s = lead_s.min(LEAD_LIMIT_S);
        self.latest = Some(now);
    }

    /// Takes `waited`, time that the host was held up, off the clock: else waiting would make a render look live.
    pub fn discount(&mut self, waited: Duration) {
        self.latest = self.latest.and_then(|latest| latest.checked_add(waited));
    }

    /// Whether the host renders faster than the clock.
    pub fn is_ahead(&self) -> bool {
        self.lead_s > AHEAD_S
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deliver(pace: &mut Pace, now: &mut Instant, blocks: usize, block_s: f64, speed: f64) {
        for _ in 0..blocks {
            *now += Duration::from_secs_f64(block_s / speed);
            pace.delivered(*now, block_s);
        }
    }

    #[test]
    fn playback_is_never_taken_for_a_render() {
        for block_s in [0.001, 0.02, 0.4] {
            let (mut pace, mut now) = (Pace::default(), Instant::now());
            deliver(&mut pace, &mut now, 100_000, block_s, 1.001);
            assert!(!pace.is_ahead());
            // A host that works in bursts of 300 ms.
            for _ in 0..1000 {
                deliver(&mut pace, &mut now, 30, 0.01, 1e6);
                now += Duration::from_millis(300);
            }
            assert!(!pace.is_ahead());
        }
    }

    #[test]
    fn a_render_shows_after_one_second_of_lead_and_ends_with_playback() {
        let (mut pace, mut now) = (Pace::default(), Instant::now());
        deliver(&mut pace, &mut now, 90, 0.01, 100.0);
        assert!(!pace.is_ahead());
        deliver(&mut pace, &mut now, 20, 0.01, 100.0);
        assert!(pace.is_ahead());
        now += Duration::from_secs(1);
        pace.discount(Duration::from_secs(1));
        deliver(&mut pace, &mut now, 1, 0.01, 100.0);
        assert!(pace.is_ahead());
        deliver(&mut pace, &mut now, 5000, 0.01, 1.0);
        assert!(!pace.is_ahead());
    }
}
