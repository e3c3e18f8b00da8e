//! What a soak found, as it goes into the documentation, and what it must have found.

use std::fmt::{self, Display, Formatter};
use std::time::Duration;

use xtask::host::Usage;

use super::plan::Counts;
use super::timeline::Findings;

/// Memory may settle for this part of the session before it has to be flat.
const WARM_UP: f64 = 0.3;
/// What memory may move after that and still be called flat: a window's buffers, a scan more or less.
const FLAT_MB: f64 = 24.0;
const MB: f64 = 1e6;

pub struct Summary {
    pub lasted: Duration,
    pub seed: u64,
    pub counts: Counts,
    pub findings: Findings,
    /// Before the first activation, after each deactivation, and after the last instance was destroyed.
    pub usages: Vec<Usage>,
}

impl Summary {
    /// Fails unless the session went as it should.
    pub fn assert_well(&self) {
        let findings = &self.findings;
        assert_eq!(findings.unlabelled, 0, "{:#?}", findings.wrong);
        assert_eq!(findings.surplus, 0, "frames that nobody played");
        assert!(findings.intact > 0, "nothing was played");
        let (before, after) = self.threads();
        assert!(after <= before, "{before} threads before, {after} after");
        let drift_mb = self.drift_mb();
        assert!(
            drift_mb < FLAT_MB,
            "memory grew by {drift_mb:.1} MB after the warm-up"
        );
    }

    fn threads(&self) -> (u32, u32) {
        let threads = |usage: Option<&Usage>| usage.map_or(0, |usage| usage.threads);
        (threads(self.usages.first()), threads(self.usages.last()))
    }

    /// Resident memory after each deactivation, in MB, without the warm-up.
    fn settled_mb(&self) -> Vec<f64> {
        let inner = self.usages.get(1..self.usages.len().saturating_sub(1));
        let inner = inner.unwrap_or_default();
        let warm_up = (inner.len() as f64 * WARM_UP) as usize;
        let settled = inner.iter().skip(warm_up);
        settled
            .map(|usage| usage.resident_bytes as f64 / MB)
            .collect()
    }

    /// How far the line of best fit through memory rises from the warm-up to the end, in MB.
    fn drift_mb(&self) -> f64 {
        let settled = self.settled_mb();
        let count = settled.len() as f64;
        let mean_at = (count - 1.0) / 2.0;
        let mean_mb = settled.iter().sum::<f64>() / count;
        let (mut rise, mut run) = (0.0, 0.0);
        for (at, mb) in settled.iter().enumerate() {
            let at = at as f64 - mean_at;
            rise += at * (mb - mean_mb);
            run += at * at;
        }
        if run > 0.0 {
            rise / run * (count - 1.0)
        } else {
            0.0
        }
    }
}

impl Display for Summary {
    fn fmt(&self, out: &mut Formatter) -> fmt::Result {
        let Counts {
            plays,
            jumps,
            loops,
            suspensions,
            activations,
            rate_changes,
            instances,
            editors,
        } = self.counts;
        let findings = &self.findings;
        let settled = self.settled_mb();
        let lowest = settled.iter().copied().fold(f64::INFINITY, f64::min);
        let highest = settled.iter().copied().fold(0.0, f64::max);
        let (before, after) = self.threads();
        writeln!(
            out,
            "# Soak\n\n`cargo xtask soak --report docs/soak.md` wrote this. The release plugin in a host of its own played in real time \
             under a busy\nthread on every core, with a classifier that scanned along. What is in the takes was then compared, frame by \
             frame, with what\nhad been played at each position last.\n"
        )?;
        writeln!(out, "| | |\n|---|---|")?;
        let minutes = self.lasted.as_secs_f64() / 60.0;
        let mut row = |what: &str, found: String| writeln!(out, "| {what} | {found} |");
        row("duration", format!("{minutes:.1} min, seed {}", self.seed))?;
        row(
            "plays",
            format!(
                "{plays} of 12 s, with {jumps} jumps, {loops} loops, {suspensions} suspensions"
            ),
        )?;
        row(
            "activations",
            format!("{activations}, of which {rate_changes} changed the rate (44.1, 48, 96 kHz)"),
        )?;
        row("instances, one after the other", instances.to_string())?;
        row(
            "editor openings and closings while playing",
            editors.to_string(),
        )?;
        row("frames played", findings.rolled.to_string())?;
        row(
            "positions played, in takes",
            format!("{}, in {}", findings.played, findings.takes),
        )?;
        row("of these intact, bit for bit", findings.intact.to_string())?;
        row("lost, and labelled as a gap", findings.labelled.to_string())?;
        row(
            "lost or wrong without a label",
            findings.unlabelled.to_string(),
        )?;
        row("recorded though never played", findings.surplus.to_string())?;
        row(
            "resident memory after the warm-up",
            format!(
                "{lowest:.0} to {highest:.0} MB, line of best fit {:+.1} MB from its start to its end",
                self.drift_mb()
            ),
        )?;
        row(
            "threads before the first activation and after the last instance",
            format!("{before} and {after}"),
        )
    }
}
