//! The reserved set of sounds: it shows whether a change helps with sounds that it was not made for.
//!
//! **Choose nothing by it.** No setting, no head, no view of the model and no weight may be picked because it does better here;
//! pick by the set for choosing, then look here once. Its recordings come from other packages than those of the set for
//! choosing, and its classes are others: beasts and people in a fight, weapons, drums, voices, letters spelled in one language
//! beside another.

use super::set::{Class, Set, other, target};
use crate::soundscape::Manner::{Run, Single};

pub static RESERVED: Set = Set {
    name: "reserved",
    // Together 505 MB to download. Wesnoth's carries its version in its name: this one is Debian 12's.
    packages: &[
        "wesnoth-1.16-data",
        "sonic-pi-samples",
        "lugaru-data",
        "warmux-data",
        "hedgewars-data",
        "klettres-data",
        "asterisk-core-sounds-en-wav",
    ],
    formats: &["ogg", "wav", "flac"],
    classes: CLASSES,
    beds: BEDS,
    duration_s: 900.0,
    is_held_out: |_| true,
};

/// Left out are recordings that a package holds twice, once with something added: a hit inside a death, a drum that rings longer.
static CLASSES: &[Class] = &[
    target(
        "Trolls and ogres",
        Single,
        &["/troll-die-", "/troll-hit-1", "/troll-hit-2", "/ogre-"],
    ),
    target(
        "Tabla",
        Run,
        &[
            "tabla_d",
            "tabla_g",
            "tabla_k",
            "tabla_n",
            "tabla_r",
            "tabla_ta",
            "tabla_te1",
            "tabla_te2",
            "tabla_te_ne",
            "tabla_tu",
        ],
    ),
    target(
        "Growling",
        Single,
        &["/wolf-", "Growl", "Snarl", "hell_growl"],
    ),
    target(
        "Clanking",
        Run,
        &[
            "Clank",
            "MetalHit",
            "KnifeDraw",
            "KnifeSheathe",
            "SwordStaff",
            "sounds/sword-1",
            "sounds/axe.",
        ],
    ),
    target("A pirate", Single, &["voices/Pirate/"]),
    target(
        "Explosions",
        Single,
        &[
            "weapons/explosion",
            "dynamite_exp",
            "riot_bomb_exp",
            "ounds/explosion.",
        ],
    ),
    target("Horns", Single, &["horn-signals/"]),
    target(
        "Whooshing",
        Single,
        &[
            "Whoosh.",
            "KnifeSwish",
            "dagger-swish",
            "sounds/miss-",
            "sounds/throw-",
            "perc_sw",
            "ambi_swoosh",
        ],
    ),
    target("Women groaning", Single, &["human-female-", "/mermaid-die"]),
    target(
        "Cymbals",
        Single,
        &["drum_cymbal_", "drum_splash_", "elec_cymbal"],
    ),
    target("Orcs and goblins", Single, &["/orc-", "/goblin-"]),
    target("Snare drums", Run, &["_snare", "samples/sn_"]),
    target("Someone spelling Hungarian", Single, &["klettres/hu/"]),
    target(
        "Bones",
        Single,
        &["/skeleton-hit-", "/skeleton-big-hit-", "/skeleton-die-1"],
    ),
    target(
        "Gunshots",
        Single,
        &[
            "sounds/gunshot.",
            "sounds/thunderstick.",
            "Sounds/gun.",
            "Sounds/shotgunfire.",
            "Sounds/minigun.",
            "weapons/gun.",
            "weapons/m16.",
            "weapons/shotgun.",
        ],
    ),
    target("Robots", Single, &["_robot"]),
    target(
        "Men groaning",
        Single,
        &["/human-hit-", "/human-die-1", "/human-old-"],
    ),
    target(
        "Splashes",
        Single,
        &[
            "Droplet",
            "Sounds/splash.",
            "beewater",
            "planewater",
            "rubberduck_water",
            "misc/sink.",
            "water-blast",
            "supertux_swimming",
        ],
    ),
    target(
        "Cartoon cries",
        Single,
        &["default/voices/injured", "default/voices/death"],
    ),
    target(
        "Blips",
        Run,
        &[
            "elec_beep",
            "elec_blip",
            "elec_blup",
            "elec_ping",
            "elec_plip",
            "elec_pop",
            "Sounds/beep.",
            "mine_beep",
            "minetick",
        ],
    ),
    target(
        "Bells",
        Single,
        &[
            "elec_bell",
            "elec_bong",
            "elec_chime",
            "elec_triangle",
            "perc_bell",
            "drum_cowbell",
            "sounds/bell.",
        ],
    ),
    target("Birds of prey", Single, &["/gryphon-", "Hawk"]),
    target("A woman counting", Single, &["en_US_f_Allison/digits/"]),
    other("Dwarves", Single, &["/dwarf-"]),
    other("Rabbits", Single, &["/Rabbit"]),
    other(
        "Other beasts",
        Single,
        &[
            "/bat-hit", "/drake-", "/horse-", "/lich-", "/naga-", "/tusker-", "/zombie-", "hiss",
        ],
    ),
    other("Other drums", Run, &["drum_tom_", "samples/bd_"]),
    other("Bass notes", Single, &["samples/bass_"]),
    other("Guitar", Single, &["samples/guit_"]),
    other("A Briton", Single, &["voices/British/"]),
    other("A mobster", Single, &["voices/Mobster/"]),
    other("A robot speaking", Single, &["voices/Robot/"]),
    other("Someone spelling Danish", Single, &["klettres/da/"]),
    other("Someone spelling Dutch", Single, &["klettres/nl/"]),
    other(
        "Bows and slings",
        Single,
        &["sounds/bow", "sounds/crossbow", "sounds/sling"],
    ),
    other("Magic", Single, &["sounds/magic-"]),
    other(
        "Engines",
        Single,
        &[
            "aircraft_flying",
            "jetpack",
            "blowtorch",
            "drillgun",
            "Sounds/plane.",
            "Sounds/rcplane",
            "rocket_flying",
        ],
    ),
    other(
        "Steps and falls",
        Run,
        &["FootStep", "Sounds/Land", "Thud", "HeavyImpact"],
    ),
    other(
        "Records",
        Single,
        &["vinyl_backspin", "vinyl_rewind", "vinyl_scratch"],
    ),
];

/// The same parts as in the set for choosing: nature, wind, fire, hiss and music.
const BEDS: [&[&str]; 3] = [
    &["ambient/birds1", "Sounds/Wind.", "ambi_sauna", "Music/bath"],
    &[
        "ambient/night",
        "ambient/ship",
        "vinyl_hiss",
        "ambi_lunar_land",
        "Music/Nature",
    ],
    &[
        "ambient/morning",
        "DesertAmbient",
        "ambient/campfire",
        "ambi_haunted_hum",
        "Music/City",
    ],
];
