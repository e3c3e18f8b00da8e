//! What the host's transport does while audio is played: the script of it, and its resolution into blocks. Pure.

use serde::{Deserialize, Serialize};

/// One thing the transport does. Positions are frames on the project's timeline at the session's sample rate.
///
/// The audio at the plugin's input is consumed in running order by every step that processes blocks, as it would be
/// from a live input: what is heard at a position that is passed twice may differ.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum TransportStep {
    /// Roll for `frames` from the present position.
    Roll { frames: u64 },
    /// Roll for `frames`, jumping back to `start` whenever `end` is reached. Blocks are split at the seam.
    Loop { start: i64, end: i64, frames: u64 },
    /// Roll for `frames` without telling the plugin where: a host that gives no song position.
    FreeRun { frames: u64 },
    /// Go on processing for `frames` with the transport stopped, the position standing still.
    Stop { frames: u64 },
    /// Move the playhead. A rolling transport goes on rolling from there, as when the user clicks on the ruler.
    Jump { to: i64 },
    /// Process nothing for a while, in wall-clock time, as a host that is busy elsewhere.
    Pause { milliseconds: u64 },
    /// Send the plugin to sleep for a while, in wall-clock time, as hosts do with silent tracks, and wake it again.
    Suspend { milliseconds: u64 },
    /// Tell the plugin to clear its buffers, as when the user locates.
    Reset,
}

/// How many frames the host processes at a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum BlockSizes {
    /// Every block has this many frames, except the last of a step.
    Fixed(u32),
    /// Block sizes taken from this list in turn, over and over.
    Cycle(Vec<u32>),
}

impl BlockSizes {
    /// The largest block, which is what the plugin is told at activation. Zero if there are no sizes.
    pub fn largest(&self) -> u32 {
        match self {
            Self::Fixed(frames) => *frames,
            Self::Cycle(sizes) => sizes.iter().copied().max().unwrap_or(0),
        }
    }

    fn nth(&self, index: usize) -> u32 {
        match self {
            Self::Fixed(frames) => *frames,
            Self::Cycle(sizes) => sizes.get(index % sizes.len().max(1)).copied().unwrap_or(0),
        }
    }
}

/// How fast blocks follow one another.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pace {
    /// As fast as the plugin returns, as in an export.
    #[default]
    AsFastAsPossible,
    /// By the clock, at this many times real time; 1 is a sound card.
    TimesRealTime(f64),
}

/// What the host announces through CLAP's render extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RenderMode {
    #[default]
    Realtime,
    Offline,
}

/// What the transport says during a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Motion {
    Stopped { position: i64 },
    Rolling { position: i64 },
    FreeRunning,
}

/// A contiguous stretch of the input and what the transport said about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stretch {
    /// First frame of the input.
    pub input_start: u64,
    pub frames: u64,
    pub motion: Motion,
}

/// One call of the plugin's process function, or what happens between two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Planned {
    Block(Stretch),
    Pause { milliseconds: u64 },
    Suspend { milliseconds: u64 },
    Reset,
}

/// Resolve a script into blocks. `position` is where the playhead stands before the first step.
///
/// A loop whose end is not behind its start is played as a plain roll.
pub(super) fn plan(steps: &[TransportStep], sizes: &BlockSizes, mut position: i64) -> Vec<Planned> {
    let mut planned = Vec::new();
    let mut input_start = 0;
    let mut index = 0;
    for step in steps {
        let (mut left, seam) = match *step {
            TransportStep::Roll { frames }
            | TransportStep::FreeRun { frames }
            | TransportStep::Stop { frames } => (frames, None),
            TransportStep::Loop { start, end, frames } => {
                (frames, (end > start).then_some((start, end)))
            }
            TransportStep::Jump { to } => {
                position = to;
                continue;
            }
            TransportStep::Pause { milliseconds } => {
                planned.push(Planned::Pause { milliseconds });
                continue;
            }
            TransportStep::Suspend { milliseconds } => {
                planned.push(Planned::Suspend { milliseconds });
                continue;
            }
            TransportStep::Reset => {
                planned.push(Planned::Reset);
                continue;
            }
        };
        while left > 0 {
            let mut frames = u64::from(sizes.nth(index).max(1)).min(left);
            if let Some((start, end)) = seam {
                if position >= end {
                    position = start;
                }
                frames = frames.min(end.abs_diff(position));
            }
            let motion = match step {
                TransportStep::Stop { .. } => Motion::Stopped { position },
                TransportStep::FreeRun { .. } => Motion::FreeRunning,
                _ => Motion::Rolling { position },
            };
            planned.push(Planned::Block(Stretch {
                input_start,
                frames,
                motion,
            }));
            if !matches!(motion, Motion::Stopped { .. }) {
                position += frames as i64;
            }
            input_start += frames;
            left -= frames;
            index += 1;
        }
    }
    planned
}

/// Join blocks that continue one another, in the input and on the timeline.
pub(super) fn stretches(blocks: impl IntoIterator<Item = Stretch>) -> Vec<Stretch> {
    let mut joined: Vec<Stretch> = Vec::new();
    for block in blocks {
        if let Some(last) = joined.last_mut()
            && last.input_start + last.frames == block.input_start
            && continues(last, block.motion)
        {
            last.frames += block.frames;
        } else {
            joined.push(block);
        }
    }
    joined
}

fn continues(last: &Stretch, next: Motion) -> bool {
    match (last.motion, next) {
        (Motion::Rolling { position }, Motion::Rolling { position: next }) => {
            position + last.frames as i64 == next
        }
        (Motion::Stopped { position }, Motion::Stopped { position: next }) => position == next,
        (Motion::FreeRunning, Motion::FreeRunning) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(steps: &[TransportStep], sizes: &BlockSizes) -> Vec<Stretch> {
        plan(steps, sizes, 0)
            .into_iter()
            .filter_map(|planned| match planned {
                Planned::Block(block) => Some(block),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn a_roll_is_cut_into_blocks_that_cover_the_input_once() {
        let cut = blocks(
            &[TransportStep::Roll { frames: 1000 }],
            &BlockSizes::Cycle(vec![64, 1, 300]),
        );
        assert_eq!(cut.iter().map(|block| block.frames).sum::<u64>(), 1000);
        assert!(
            cut.windows(2)
                .all(|pair| pair[0].input_start + pair[0].frames == pair[1].input_start)
        );
        assert_eq!(
            stretches(cut),
            [Stretch {
                input_start: 0,
                frames: 1000,
                motion: Motion::Rolling { position: 0 }
            }]
        );
    }

    #[test]
    fn a_loop_splits_blocks_at_its_seam() {
        let steps = [
            TransportStep::Jump { to: 100 },
            TransportStep::Loop {
                start: 50,
                end: 130,
                frames: 200,
            },
        ];
        let joined = stretches(blocks(&steps, &BlockSizes::Fixed(64)));
        let rolled: Vec<_> = joined
            .iter()
            .map(|stretch| (stretch.motion, stretch.frames))
            .collect();
        assert_eq!(
            rolled,
            [
                (Motion::Rolling { position: 100 }, 30),
                (Motion::Rolling { position: 50 }, 80),
                (Motion::Rolling { position: 50 }, 80),
                (Motion::Rolling { position: 50 }, 10),
            ]
        );
    }

    #[test]
    fn stopping_holds_the_playhead_and_rolling_resumes_there() {
        let steps = [
            TransportStep::Roll { frames: 10 },
            TransportStep::Stop { frames: 20 },
            TransportStep::Pause { milliseconds: 1 },
            TransportStep::Suspend { milliseconds: 1 },
            TransportStep::Reset,
            TransportStep::Roll { frames: 5 },
        ];
        let joined = stretches(blocks(&steps, &BlockSizes::Fixed(8)));
        assert_eq!(
            joined,
            [
                Stretch {
                    input_start: 0,
                    frames: 10,
                    motion: Motion::Rolling { position: 0 }
                },
                Stretch {
                    input_start: 10,
                    frames: 20,
                    motion: Motion::Stopped { position: 10 }
                },
                Stretch {
                    input_start: 30,
                    frames: 5,
                    motion: Motion::Rolling { position: 10 }
                },
            ]
        );
    }

    #[test]
    fn block_sizes_read_as_a_number_or_a_list() {
        assert_eq!(
            serde_json::from_str::<BlockSizes>("64").unwrap(),
            BlockSizes::Fixed(64)
        );
        assert_eq!(
            serde_json::from_str::<BlockSizes>("[1, 7]").unwrap(),
            BlockSizes::Cycle(vec![1, 7])
        );
    }
}
