//! What the host does, in an order that dice decide: the same seed makes the same session.

use std::path::PathBuf;
use std::time::Duration;

use fastrand::Rng;
use xtask::host::{BlockSizes, Pace, Step, TransportStep};

use crate::support::Sandbox;
use crate::support::signals::noise_channels;

pub const RATES_HZ: [u32; 3] = [44_100, 48_000, 96_000];
/// Different noise, so that what was played last can be told from what was played before.
const REELS_PER_RATE: usize = 3;
const REEL_S: u64 = 12;
/// Everything is played within this part of the timeline, so that most of it is played over again.
const TIMELINE_S: i64 = 120;

/// A recording that the host plays.
pub struct Reel {
    pub rate_hz: u32,
    pub file: PathBuf,
    /// One vector per channel.
    pub channels: Vec<Vec<f32>>,
}

/// How often what happens.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counts {
    pub plays: usize,
    pub jumps: usize,
    pub loops: usize,
    pub suspensions: usize,
    pub activations: usize,
    pub rate_changes: usize,
    pub instances: usize,
    pub editors: usize,
}

pub struct Plan {
    pub steps: Vec<Step>,
    pub reels: Vec<Reel>,
    /// The reel of each play, in order.
    pub played: Vec<usize>,
    pub counts: Counts,
}

impl Plan {
    /// A session of about `lasts`, which begins and ends with a report of the host's usage before and after all life.
    pub fn make(sandbox: &Sandbox, lasts: Duration, seed: u64) -> Self {
        let mut dice = Rng::with_seed(seed);
        let reels: Vec<Reel> = RATES_HZ
            .into_iter()
            .flat_map(|rate_hz| (0..REELS_PER_RATE).map(move |take| (rate_hz, take)))
            .map(|(rate_hz, take)| reel(sandbox, rate_hz, take))
            .collect();
        let mut plan = Self {
            steps: vec![Step::ReportUsage],
            reels,
            played: Vec::new(),
            counts: Counts {
                instances: 1,
                ..Counts::default()
            },
        };
        let state = sandbox.path("soak.state");
        let (mut planned_s, mut rate_hz) = (0.0, 0);
        while planned_s < lasts.as_secs_f64() {
            let next_hz = RATES_HZ[dice.usize(..RATES_HZ.len())];
            plan.counts.rate_changes += usize::from(rate_hz != 0 && rate_hz != next_hz);
            rate_hz = next_hz;
            planned_s += plan.cycle(rate_hz, &mut dice);
            if dice.u8(..4) == 0 {
                // Another instance in the same place: what a host does when a project is opened again.
                plan.counts.instances += 1;
                plan.steps.extend([
                    Step::SaveState {
                        file: state.clone(),
                    },
                    Step::Recreate,
                    Step::LoadState {
                        file: state.clone(),
                    },
                ]);
            }
        }
        plan.steps.extend([Step::Recreate, Step::ReportUsage]);
        plan
    }

    /// From an activation to a deactivation. Returns about how many seconds it lasts.
    fn cycle(&mut self, rate_hz: u32, dice: &mut Rng) -> f64 {
        let blocks = match dice.u8(..4) {
            0 => BlockSizes::Fixed(64),
            1 => BlockSizes::Fixed(512),
            2 => BlockSizes::Fixed(2048),
            _ => BlockSizes::Cycle(vec![1, 480, 33, 1024]),
        };
        self.counts.activations += 1;
        self.steps.push(Step::Activate { rate_hz, blocks });
        let mut lasts_s = 0.0;
        for _ in 0..dice.usize(1..=3) {
            let with_editor = dice.u8(..3) == 0;
            if with_editor {
                self.counts.editors += 1;
                self.steps.push(Step::OpenEditor {
                    title: String::from("Soak"),
                    optional: false,
                    delay_ms: dice.u64(..200),
                });
            }
            lasts_s += self.play(rate_hz, dice);
            if with_editor {
                self.steps.push(Step::CloseEditor);
                // Opening and closing take about as long.
                lasts_s += 1.0;
            }
        }
        self.steps.extend([
            Step::Deactivate,
            Step::Idle { milliseconds: 500 },
            Step::ReportUsage,
        ]);
        lasts_s + 0.5
    }

    fn play(&mut self, rate_hz: u32, dice: &mut Rng) -> f64 {
        let first = RATES_HZ.iter().position(|hz| *hz == rate_hz).unwrap_or(0);
        let reel = first * REELS_PER_RATE + dice.usize(..REELS_PER_RATE);
        let second = i64::from(rate_hz);
        let anywhere = |dice: &mut Rng| dice.i64(0..TIMELINE_S * second);
        let mut transport = Vec::new();
        let mut left = REEL_S * u64::from(rate_hz);
        while left > 0 {
            let frames = dice.u64(1..=u64::from(rate_hz) * 4).min(left);
            left -= frames;
            match dice.u8(..8) {
                0 => transport.push(TransportStep::Stop { frames }),
                1 | 2 => {
                    self.counts.loops += 1;
                    let start = anywhere(dice);
                    let end = start + dice.i64(second / 10..second * 2);
                    transport.push(TransportStep::Jump { to: start });
                    transport.push(TransportStep::Loop { start, end, frames });
                }
                3 => {
                    self.counts.suspensions += 1;
                    transport.push(TransportStep::Suspend {
                        milliseconds: dice.u64(..50),
                    });
                    transport.push(TransportStep::Roll { frames });
                }
                4 => {
                    transport.push(TransportStep::Reset);
                    transport.push(TransportStep::Roll { frames });
                }
                _ => {
                    self.counts.jumps += 1;
                    transport.push(TransportStep::Jump { to: anywhere(dice) });
                    transport.push(TransportStep::Roll { frames });
                }
            }
        }
        for _ in 0..dice.usize(..4) {
            self.steps.push(Step::Automate {
                name: String::from("Threshold"),
                value: dice.f64(),
                frame: dice.u64(..REEL_S * u64::from(rate_hz)),
            });
        }
        self.counts.plays += 1;
        self.played.push(reel);
        self.steps.push(Step::Play {
            input: self.reels[reel].file.clone(),
            output: None,
            transport,
            pace: Pace::TimesRealTime(1.0),
        });
        REEL_S as f64
    }
}

fn reel(sandbox: &Sandbox, rate_hz: u32, take: usize) -> Reel {
    let frames = REEL_S as usize * rate_hz as usize;
    let channels = noise_channels(2, frames, u64::from(rate_hz) + take as u64);
    let file = sandbox.write_wave(&format!("{rate_hz}-{take}.wav"), rate_hz, channels.clone());
    Reel {
        rate_hz,
        file,
        channels,
    }
}
