//! The set of sounds to choose by: classes of recordings, and the Debian packages they come in.
//!
//! Chosen for look-alikes: steps on eight grounds, five kinds of hammering and cutting, hoofed animals and howling ones.

use super::set::{Class, Set, other, target};
use crate::soundscape::Manner::{Run, Single};

pub static CHOOSING: Set = Set {
    name: "choosing",
    // Together 670 MB to download.
    packages: &[
        "minetest-data",
        "flare-game",
        "tuxpaint-stamps-default",
        "widelands-data",
    ],
    formats: &["ogg"],
    classes: CLASSES,
    beds: BEDS,
    duration_s: 1_200.0,
    // Every second one took part in choosing the head that Earmark had first.
    is_held_out: |target| target % 2 == 1,
};

static CLASSES: &[Class] = &[
    target("Gravel", Run, &["default_gravel_"]),
    target(
        "Songbirds",
        Single,
        &[
            "animals/bird1_",
            "animals/bird2_",
            "animals/bird3_",
            "animals/bird4_",
            "animals/bird5_",
            "animals/bird6_",
        ],
    ),
    target("Ice", Run, &["default_ice_"]),
    target(
        "Sheep and goats",
        Single,
        &[
            "farm/sheep_",
            "bovines/goat.",
            "bovines/mountaingoat.",
            "bovines/ram.",
            "bovines/sheep.",
            "bovines/sheep_lamb.",
        ],
    ),
    target("Snow", Run, &["default_snow_footstep"]),
    target(
        "Cattle",
        Single,
        &[
            "farm/ox_",
            "bovines/bison.",
            "bovines/bull.",
            "bovines/cow.",
            "bovines/cow_white.",
        ],
    ),
    target(
        "Stone",
        Run,
        &["default_dig_cracky", "default_hard_footstep"],
    ),
    target(
        "Ducks",
        Single,
        &[
            "critters/duck",
            "birds/drake.",
            "birds/duck.",
            "birds/gander.",
        ],
    ),
    target(
        "Metal",
        Run,
        &[
            "default_metal_footstep",
            "default_dug_metal",
            "default_dig_metal",
            "steps/step_metal",
        ],
    ),
    target(
        "Horses",
        Single,
        &[
            "farm/horse_",
            "farm/donkey",
            "equines/horse.",
            "equines/zebra.",
            "equines/donkey.",
        ],
    ),
    target(
        "Soft steps",
        Run,
        &["steps/step_cloth", "steps/step_leather"],
    ),
    target(
        "Wolves and dogs",
        Single,
        &["animals/wolf_", "animals/coyote_", "dogs/dog.", "dogs/fox."],
    ),
    target(
        "Wood",
        Run,
        &[
            "default_dig_choppy",
            "default_place_node.",
            "default_wood_footstep",
        ],
    ),
    target(
        "Deer",
        Single,
        &[
            "animals/moose_",
            "animals/stag_",
            "deer/caribou.",
            "deer/deer.",
            "deer/doe.",
        ],
    ),
    target(
        "Hammering",
        Single,
        &["/hammering/", "tools/hammer.", "tools/mallet"],
    ),
    target(
        "Insects",
        Single,
        &[
            "animals/crickets",
            "insects/bee.",
            "insects/grasshopper.",
            "insects/hornet.",
            "insects/mosquito.",
        ],
    ),
    target(
        "Smith",
        Single,
        &["smiths/smith_", "smiths/toolsmith_", "anvil_loop"],
    ),
    target("A woman's voice", Single, &["npcs/female_merchant"]),
    target(
        "Woodcutting",
        Single,
        &["/woodcutting/fast_", "/woodcutting/woodcutting"],
    ),
    target("Someone speaking French", Single, &["_desc_fr."]),
    target(
        "Stonecutting",
        Single,
        &["cutting/stonecutter", "cutting/stonemason"],
    ),
    target(
        "Doors",
        Single,
        &[
            "doors_",
            "xpanes_",
            "default_chest",
            "door_open",
            "wood_open",
        ],
    ),
    target(
        "Sawing",
        Single,
        &["saw/sawing_", "saw/benchsaw_", "sawmill_"],
    ),
    target("Crowd", Single, &["/taverns/"]),
    target(
        "Bubbling",
        Single,
        &["beerbubble", "winebubble", "default_water_footstep"],
    ),
    target("Zombie", Single, &["enemies/zombie_"]),
    target("Fire", Single, &["fire_fire", "open_fire", "metal/furnace"]),
    other("Sand", Run, &["default_sand_footstep"]),
    other("Grass", Run, &["default_grass_footstep"]),
    other(
        "Dirt",
        Run,
        &["default_dirt_footstep", "default_dig_crumbly"],
    ),
    other("Echoing steps", Run, &["steps/step_echo"]),
    other(
        "Breakage",
        Single,
        &["default_tool_breaks", "default_break_glass", "dishes/"],
    ),
    other(
        "A man's voice",
        Single,
        &["npcs/male_merchant", "fantasycore/soundfx/male_"],
    ),
    other("Someone speaking Russian", Single, &["_desc_ru."]),
    other(
        "Other birds",
        Single,
        &["stamps/animals/birds/", "raven_loop"],
    ),
    other(
        "Other animals",
        Single,
        &[
            "stamps/animals/",
            "farm/farm_animal",
            "animals/boar",
            "animals/frog",
        ],
    ),
    other(
        "Explosions",
        Single,
        &[
            "tnt_explode",
            "powers/thunder",
            "fireworks",
            "powers/quake",
            "lightningbolt",
            "falling_rocks",
        ],
    ),
    other(
        "Hissing",
        Single,
        &[
            "fire_extinguish",
            "powers/burn",
            "tnt_ignite",
            "metal/fizzle",
        ],
    ),
    other(
        "Clinking",
        Single,
        &[
            "inventory_coins",
            "inventory_maille",
            "inventory_metal",
            "inventory_gem",
            "goldping",
            "ironping",
            "falling_tools",
        ],
    ),
    other(
        "Fighting",
        Single,
        &[
            "soundfx/enemies/",
            "melee_attack",
            "powers/block",
            "powers/shield",
            "powers/shoot",
        ],
    ),
    other("Magic", Single, &["soundfx/powers/"]),
    other("Handling", Single, &["soundfx/inventory/"]),
    other(
        "Spinning and weaving",
        Single,
        &[
            "goldspin",
            "weaver",
            "mill/weaving",
            "mill_turning",
            "stonegrind",
        ],
    ),
];

/// Long recordings that lie under the examples, file A and file B, as parts of their paths.
const BEDS: [&[&str]; 3] = [
    &[
        "env_sounds_water.3",
        "cave_droplets_loop",
        "env_sounds_lava.1",
        "music/ingame_11",
    ],
    &[
        "env_sounds_water.1",
        "env_sounds_water.2",
        "cave_wind_loop",
        "fire_small",
        "music/ingame_20",
    ],
    &[
        "env_sounds_water.4",
        "river_loop",
        "wind_ambient",
        "fire_large",
        "music/ingame_18",
    ],
];
