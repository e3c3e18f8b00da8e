//! Finds circles in a graph of files.
//!
//! Owns no state. A module's file and the files of its children are one thing to the eye, so what ties them in both
//! directions is no circle; what ties two children, or leaves the module and comes back, is.

use std::collections::{BTreeMap, BTreeSet};

use crate::names::Uses;

/// Every circle with what ties it, in words.
pub fn circles(uses: &Uses) -> Vec<String> {
    // Without the arrows from modules to their children only circles remain that need no such arrow; and likewise.
    let downwards = circles_without(uses, |from, to| is_child(to, from));
    let upwards = circles_without(uses, is_child);
    let all: BTreeSet<BTreeSet<&str>> = downwards.into_iter().chain(upwards).collect();
    all.iter().map(|circle| in_words(circle, uses)).collect()
}

/// Whether `file` is of a module below the one whose file is `module`.
fn is_child(file: &str, module: &str) -> bool {
    let folder = ["/mod.rs", "/lib.rs", "/main.rs", ".rs"]
        .iter()
        .find_map(|end| module.strip_suffix(end))
        .map_or_else(String::new, |folder| format!("{folder}/"));
    file != module && file.starts_with(&folder)
}

fn in_words(circle: &BTreeSet<&str>, uses: &Uses) -> String {
    let mut words = format!("{} files in a circle:", circle.len());
    for ((from, to), names) in uses {
        if circle.contains(from.as_str()) && circle.contains(to.as_str()) {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            words += &format!("\n    {from} -> {to}: {}", names.join(", "));
        }
    }
    words
}

fn circles_without(uses: &Uses, is_left_out: impl Fn(&str, &str) -> bool) -> Vec<BTreeSet<&str>> {
    let mut forwards: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (from, to) in uses.keys() {
        forwards.entry(to).or_default();
        let ends = forwards.entry(from).or_default();
        if !is_left_out(from, to) {
            ends.push(to);
        }
    }
    let reached: BTreeMap<&str, BTreeSet<&str>> = forwards
        .keys()
        .map(|&file| (file, reached_from(file, &forwards)))
        .collect();
    let mut circles = BTreeSet::new();
    for (file, reachable) in &reached {
        if reachable.contains(file) {
            let back = reachable
                .iter()
                .filter(|other| reached[*other].contains(file));
            circles.insert(back.copied().collect::<BTreeSet<_>>());
        }
    }
    circles.into_iter().collect()
}

/// All files that arrows lead to from `file`; itself only in a circle.
fn reached_from<'a>(file: &str, forwards: &BTreeMap<&'a str, Vec<&'a str>>) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut open = forwards[file].clone();
    while let Some(next) = open.pop() {
        if reached.insert(next) {
            open.extend(&forwards[next]);
        }
    }
    reached
}
