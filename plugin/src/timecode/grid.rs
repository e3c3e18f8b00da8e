//! The grid of the ruler, on whole units of the time format. Pure.

use super::{TimeDisplay, TimeFormat};

/// The steps of a clock, in seconds.
const CLOCK_STEPS_S: [f64; 20] = [
    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0,
    120.0, 300.0, 600.0, 1800.0,
];

/// A grid with a mark at `origin_s` and every `step_s` before and after it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Grid {
    pub origin_s: f64,
    pub step_s: f64,
    /// A step is smaller than the large unit of the format, so the labels need its parts.
    is_fine: bool,
}

impl Grid {
    /// The marks from `from_s` to `to_s`.
    pub fn marks(self, from_s: f64, to_s: f64) -> impl Iterator<Item = f64> {
        let at = |time_s: f64| (time_s - self.origin_s) / self.step_s;
        let (first, last) = (at(from_s).ceil() as i64, at(to_s).floor() as i64);
        (first..=last).map(move |mark| self.origin_s + mark as f64 * self.step_s)
    }
}

impl TimeDisplay {
    /// The finest grid with at least `least_s` between marks.
    pub fn grid(self, least_s: f64) -> Grid {
        let least_s = least_s.max(1e-6);
        let among = |steps: &[f64], unit_s: f64, beyond: f64| {
            let fitting = steps.iter().copied().find(|step| step * unit_s >= least_s);
            // Double the longest step until there is room.
            let doubled = || {
                let times = (least_s / (beyond * unit_s)).log2().ceil().max(0.0);
                beyond * times.exp2()
            };
            unit_s * fitting.unwrap_or_else(doubled)
        };
        let from_zero = |step_s: f64| Grid {
            origin_s: 0.0,
            step_s,
            is_fine: step_s < 1.0,
        };
        if let Some(frames) = self.format.frames() {
            let second = frames.counted as f64;
            let mut steps = vec![1.0, 2.0, 5.0, 10.0];
            let whole = CLOCK_STEPS_S.iter().filter(|&&step_s| step_s >= 1.0);
            steps.extend(whole.map(|step_s| step_s * second));
            return from_zero(among(&steps, 1.0 / frames.hz, 3600.0 * second));
        }
        match (self.format, self.rate, self.tempo) {
            (TimeFormat::Samples, Some(rate), _) => {
                let steps: Vec<f64> = (0..12_i32)
                    .flat_map(|power| [1.0, 2.0, 5.0].map(|digit| digit * 10.0_f64.powi(power)))
                    .collect();
                from_zero(among(&steps, 1.0 / f64::from(rate.hz()), 1e12))
            }
            (TimeFormat::Bars, _, Some(tempo)) => {
                let bar = f64::from(tempo.numerator.max(1));
                let mut steps = vec![1.0 / 64.0, 1.0 / 16.0, 0.25, 0.5, 1.0];
                steps.extend([1.0, 2.0, 4.0, 8.0, 16.0].map(|bars| bars * bar));
                let step_s = among(&steps, tempo.beat_s(), 32.0 * bar);
                Grid {
                    origin_s: tempo.origin_s(),
                    step_s,
                    is_fine: step_s < bar * tempo.beat_s(),
                }
            }
            _ => from_zero(among(&CLOCK_STEPS_S, 1.0, 3600.0)),
        }
    }

    /// The label of a mark, without the parts that are zero on every mark.
    pub fn mark_text(self, grid: Grid, project_s: f64) -> String {
        let text = self.text(project_s);
        if grid.is_fine {
            return text;
        }
        let nought = match self.format {
            TimeFormat::Clock | TimeFormat::Seconds => ".000",
            TimeFormat::Bars => ".1.000",
            _ => "",
        };
        text.strip_suffix(nought).map(str::to_owned).unwrap_or(text)
    }
}
