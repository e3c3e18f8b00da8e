//! What the takes should hold: at every position the frame that was played there last.

use std::collections::BTreeMap;

use xtask::host::{Motion, Stretch};

use super::plan::Reel;
use crate::support::sandbox::TakeRow;
use crate::support::take::Take;

/// So many of the frames that are wrong are told.
const TOLD: usize = 5;

/// One frame of one reel.
#[derive(Debug, Clone, Copy)]
struct Frame {
    reel: u32,
    index: u32,
}

/// By sample rate, because takes of different rates lie beside each other; then by position, which is never negative here.
#[derive(Default)]
pub struct Timelines {
    by_rate: BTreeMap<u32, Vec<Option<Frame>>>,
    rolled: u64,
}

/// How the takes compare with what was played.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    pub takes: usize,
    /// Frames that were played while the transport rolled.
    pub rolled: u64,
    /// Positions that were played, most of them more than once.
    pub played: u64,
    /// Of these: those the takes hold, bit for bit.
    pub intact: u64,
    /// Those that are silent in a take and labelled as a gap.
    pub labelled: u64,
    /// Those that are missing, wrong or silent, and not labelled.
    pub unlabelled: u64,
    /// Positions that takes hold though they were never played, or that two takes hold.
    pub surplus: u64,
    /// The first few that are wrong.
    pub wrong: Vec<String>,
}

impl Timelines {
    /// Enters what the host said it has played of a reel.
    pub fn play(&mut self, number: usize, reel: &Reel, stretches: &[Stretch]) {
        let timeline = self.by_rate.entry(reel.rate_hz).or_default();
        for stretch in stretches {
            let Motion::Rolling { position } = stretch.motion else {
                continue;
            };
            let start = usize::try_from(position).expect("the plan stays behind zero");
            let end = start + stretch.frames as usize;
            timeline.resize(timeline.len().max(end), None);
            for (index, place) in timeline[start..end].iter_mut().enumerate() {
                *place = Some(Frame {
                    reel: number as u32,
                    index: stretch.input_start as u32 + index as u32,
                });
            }
            self.rolled += stretch.frames;
        }
    }

    /// Compares every frame of every take.
    pub fn compare(mut self, reels: &[Reel], takes: &[TakeRow]) -> Findings {
        let mut findings = Findings {
            takes: takes.len(),
            rolled: self.rolled,
            played: self.left(),
            ..Findings::default()
        };
        for row in takes {
            let timeline = self.by_rate.entry(row.rate_hz).or_default();
            compare_take(row, timeline, reels, &mut findings);
        }
        let missing = self.left();
        if missing > 0 {
            findings
                .wrong
                .push(format!("{missing} frames are in no take"));
        }
        findings.unlabelled += missing;
        findings
    }

    /// Positions with a frame that no take has been compared with.
    fn left(&self) -> u64 {
        let frames = self.by_rate.values().flatten();
        frames.filter(|frame| frame.is_some()).count() as u64
    }
}

/// Takes the frames that it compares off the timeline.
fn compare_take(
    row: &TakeRow,
    timeline: &mut [Option<Frame>],
    reels: &[Reel],
    findings: &mut Findings,
) {
    let take = Take::read(&row.path);
    let gaps: Vec<[usize; 2]> = serde_json::from_str(&row.gaps).unwrap();
    let frames = take.channels.first().map_or(0, Vec::len);
    for index in 0..frames {
        let position = row.start + index as i64;
        let place = usize::try_from(position).ok();
        let expected = place.and_then(|place| timeline.get_mut(place)?.take());
        let Some(Frame {
            reel,
            index: played,
        }) = expected
        else {
            findings.surplus += 1;
            continue;
        };
        let channels = &reels[reel as usize].channels;
        let holds = |wanted: &dyn Fn(usize) -> f32| {
            (0..channels.len())
                .all(|channel| take.channels[channel][index].to_bits() == wanted(channel).to_bits())
        };
        let is_labelled = || gaps.iter().any(|[from, to]| (*from..*to).contains(&index));
        if holds(&|channel| channels[channel][played as usize]) {
            findings.intact += 1;
        } else if holds(&|_| 0.0) && is_labelled() {
            findings.labelled += 1;
        } else {
            findings.unlabelled += 1;
            if findings.wrong.len() < TOLD {
                findings.wrong.push(format!(
                    "at {} Hz the frame at {position} is not frame {played} of {}",
                    row.rate_hz,
                    reels[reel as usize].file.display()
                ));
            }
        }
    }
}
