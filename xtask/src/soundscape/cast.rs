//! Which recordings play which part. Chosen so that a first pass is fooled: what is to be found are steps and digs in
//! gravel, and the rest is other ground (sand, snow, grass, ice), other impacts and other rustling.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::RATE_HZ;
use super::decode::{decode, resample};
use crate::host::Wave;

/// 3.6 MB of recordings, most of them short and several of a kind.
pub const PACKAGE: &str = "minetest-data";

pub const TARGET: &str = "Gravel";

/// Recordings of the target that the examples are made from; the soundscape has the others.
const EXAMPLES: &[&str] = &[
    "default_gravel_footstep.1",
    "default_gravel_footstep.3",
    "default_gravel_dig.1",
    "default_gravel_dug.1",
    "default_gravel_dug.3",
];

const TARGETS: &[&str] = &[
    "default_gravel_footstep.2",
    "default_gravel_footstep.4",
    "default_gravel_dig.2",
    "default_gravel_dug.2",
];

/// How the recordings of a class are heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// Several in a row, as steps and blows are.
    Run,
    Single,
}

/// Everything else that is heard: class, manner, turns in a round, recordings. What is close to the target comes up
/// more often. A name stands for its numbered takes. Left out are recordings that the package holds twice under
/// different names (cooling lava is the extinguished flame, placed metal is dug metal).
const OTHERS: &[(&str, Manner, usize, &[&str])] = &[
    (
        "Ice",
        Manner::Run,
        3,
        &["default_ice_footstep", "default_ice_dig", "default_ice_dug"],
    ),
    ("Leaves", Manner::Run, 2, &["default_dig_snappy"]),
    ("Sand", Manner::Run, 2, &["default_sand_footstep"]),
    (
        "Dirt",
        Manner::Run,
        2,
        &["default_dirt_footstep", "default_dig_crumbly"],
    ),
    ("Breakage", Manner::Run, 2, &["default_tool_breaks"]),
    ("Snow", Manner::Run, 1, &["default_snow_footstep"]),
    ("Grass", Manner::Run, 1, &["default_grass_footstep"]),
    (
        "Stone",
        Manner::Run,
        1,
        &["default_dig_cracky", "default_hard_footstep"],
    ),
    (
        "Wood",
        Manner::Run,
        1,
        &[
            "default_dig_choppy",
            "default_wood_footstep",
            "default_place_node",
        ],
    ),
    (
        "Metal",
        Manner::Run,
        1,
        &[
            "default_metal_footstep",
            "default_dig_metal",
            "default_dug_metal",
        ],
    ),
    ("Glass", Manner::Single, 1, &["default_break_glass"]),
    (
        "Fire",
        Manner::Single,
        1,
        &["fire_extinguish_flame", "fire_flint_and_steel"],
    ),
    ("Water", Manner::Single, 1, &["default_water_footstep"]),
    (
        "Door",
        Manner::Single,
        1,
        &[
            "doors_door",
            "doors_fencegate",
            "doors_steel_door",
            "xpanes_steel_bar_door",
            "default_chest",
        ],
    ),
];

/// Long recordings that lie under the soundscape, and others that lie under the examples.
const BED: &[&str] = &["env_sounds_water.1", "env_sounds_water.2", "fire_small"];
const EXAMPLE_BED: &[&str] = &["env_sounds_water.3", "env_sounds_water.4", "fire_large"];

/// A recording, mono, at [`RATE_HZ`].
#[derive(Debug, Clone)]
pub struct Recording {
    pub name: String,
    pub wave: Wave,
}

/// The recordings of a class.
#[derive(Debug, Clone)]
pub struct Family {
    pub class: String,
    pub manner: Manner,
    /// How often it comes up in a round.
    pub turns: usize,
    pub recordings: Vec<Recording>,
}

/// All recordings by their part.
pub struct Cast {
    pub examples: Vec<Recording>,
    pub targets: Vec<Recording>,
    pub others: Vec<Family>,
    pub bed: Vec<Recording>,
    pub example_bed: Vec<Recording>,
}

impl Cast {
    /// Find and decode the recordings in an unpacked [`PACKAGE`].
    pub fn gather(unpacked: &Path) -> Result<Self> {
        let mut files = BTreeMap::new();
        find_recordings(unpacked, &mut files)?;
        let one = |name: &&str| {
            let path = files.get(*name).with_context(|| {
                format!(
                    "the package {PACKAGE} holds no recording {name}; use `--audio FILE` instead"
                )
            })?;
            read(name, path)
        };
        let family = |name: &&str| -> Result<Vec<Recording>> {
            let belongs = |file: &str| {
                let rest = file
                    .strip_prefix(name)?
                    .trim_end_matches(|c: char| c.is_ascii_digit());
                matches!(rest, "" | "." | "_open" | "_close" | "_hard.").then_some(())
            };
            let members = files.iter().filter(|(file, _)| belongs(file).is_some());
            let members: Vec<_> = members
                .map(|(file, path)| read(file, path))
                .collect::<Result<_>>()?;
            if members.is_empty() {
                bail!(
                    "the package {PACKAGE} holds no recordings {name}; use `--audio FILE` instead"
                );
            }
            Ok(members)
        };
        let families = |names: &[&str]| -> Result<Vec<Recording>> {
            Ok(names
                .iter()
                .map(family)
                .collect::<Result<Vec<_>>>()?
                .concat())
        };
        let others = OTHERS.iter().map(|(class, manner, turns, names)| {
            Ok(Family {
                class: (*class).to_owned(),
                manner: *manner,
                turns: *turns,
                recordings: families(names)?,
            })
        });
        let all = |names: &[&str]| names.iter().map(one).collect::<Result<_>>();
        Ok(Self {
            examples: all(EXAMPLES)?,
            targets: all(TARGETS)?,
            others: others.collect::<Result<_>>()?,
            bed: all(BED)?,
            example_bed: all(EXAMPLE_BED)?,
        })
    }
}

fn find_recordings(folder: &Path, files: &mut BTreeMap<String, PathBuf>) -> Result<()> {
    let told = || format!("cannot look through {}", folder.display());
    for entry in std::fs::read_dir(folder).with_context(told)? {
        let entry = entry.with_context(told)?;
        let path = entry.path();
        if entry.file_type().with_context(told)?.is_dir() {
            find_recordings(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "ogg")
            && let Some(name) = path.file_stem().and_then(|name| name.to_str())
        {
            files.insert(name.to_owned(), path);
        }
    }
    Ok(())
}

pub fn read(name: &str, path: &Path) -> Result<Recording> {
    let wave = decode(path)?;
    let count = wave.channels.len().max(1) as f32;
    let mono = (0..wave.frames()).map(|frame| {
        wave.channels
            .iter()
            .map(|channel| channel[frame])
            .sum::<f32>()
            / count
    });
    let mono = Wave {
        rate_hz: wave.rate_hz,
        channels: vec![mono.collect()],
    };
    Ok(Recording {
        name: name.to_owned(),
        wave: resample(&mono, RATE_HZ, 1.0)?,
    })
}
