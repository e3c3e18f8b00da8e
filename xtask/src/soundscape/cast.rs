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

/// Recordings of the target that are handed out as examples; the soundscape has the others.
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

/// Everything else that is heard, by class. A name stands for its numbered takes. Left out are recordings that the
/// package holds twice under different names (cooling lava is the extinguished flame, placed metal is dug metal).
const OTHERS: &[(&str, &[&str])] = &[
    ("Sand", &["default_sand_footstep"]),
    ("Snow", &["default_snow_footstep"]),
    ("Grass", &["default_grass_footstep"]),
    ("Dirt", &["default_dirt_footstep", "default_dig_crumbly"]),
    (
        "Ice",
        &["default_ice_footstep", "default_ice_dig", "default_ice_dug"],
    ),
    ("Stone", &["default_dig_cracky", "default_hard_footstep"]),
    (
        "Wood",
        &[
            "default_dig_choppy",
            "default_wood_footstep",
            "default_place_node",
        ],
    ),
    (
        "Metal",
        &[
            "default_metal_footstep",
            "default_dig_metal",
            "default_dug_metal",
        ],
    ),
    ("Glass", &["default_break_glass", "default_glass_footstep"]),
    ("Breakage", &["default_tool_breaks", "default_dig_snappy"]),
    ("Fire", &["fire_extinguish_flame", "fire_flint_and_steel"]),
    (
        "Door",
        &[
            "doors_door",
            "doors_fencegate",
            "doors_steel_door",
            "xpanes_steel_bar_door",
            "default_chest",
        ],
    ),
];

/// Long recordings that lie under everything.
const BED: &[&str] = &["env_sounds_water", "fire_small"];

/// A recording, mono, at [`RATE_HZ`].
#[derive(Debug, Clone)]
pub struct Recording {
    pub name: String,
    pub wave: Wave,
}

/// All recordings by their part.
pub struct Cast {
    pub examples: Vec<Recording>,
    pub targets: Vec<Recording>,
    pub others: Vec<(String, Vec<Recording>)>,
    pub bed: Vec<Recording>,
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
        let others = OTHERS
            .iter()
            .map(|(class, names)| Ok(((*class).to_owned(), families(names)?)));
        Ok(Self {
            examples: EXAMPLES.iter().map(one).collect::<Result<_>>()?,
            targets: TARGETS.iter().map(one).collect::<Result<_>>()?,
            others: others.collect::<Result<_>>()?,
            bed: families(BED)?,
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

fn read(name: &str, path: &Path) -> Result<Recording> {
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
