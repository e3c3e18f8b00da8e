//! Which windows of many are looked at: a random choice that hardly depends on what there is to choose from.
//!
//! Every window has a lot, a number made of its recording's name and its place, and the lowest lots win ("bottom-k sampling"; Cohen and
//! Kaplan, *Summarizing Data Using Bottom-k Sketches*, PODC 2007). So two trainings beside the same recordings choose the same windows
//! where their marks allow it, whatever order the recordings come in. A recording more, or a take that grew, takes the place of only
//! as many windows as it wins. Pure; the worker thread, for the length of a training. It must never list all windows: it holds no more
//! than it chooses.

use std::collections::BinaryHeap;

use sha2::{Digest, Sha256};

/// Where a window is: the recording by its number in the list that is chosen from, and the window's first step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Place {
    pub recording: usize,
    pub start: u64,
}

/// Draws among the windows that it is offered.
pub(super) struct Draw {
    salt: u64,
    most: usize,
    /// The lowest lots so far; the highest of them is asked for with each window.
    lowest: BinaryHeap<(u64, Place)>,
    offered: u64,
}

impl Draw {
    /// Of at most `most` windows. Draws of different `salt` have nothing to do with each other.
    pub fn of_at_most(most: usize, salt: u64) -> Self {
        Self {
            salt,
            most,
            lowest: BinaryHeap::with_capacity(most.saturating_add(1)),
            offered: 0,
        }
    }

    /// Offers windows of number `recording` in the list, which the tables call `filename`. That name tells recordings apart: it stays
    /// when a file is moved and when a take grows.
    pub fn offer(&mut self, recording: usize, filename: &str, starts: impl Iterator<Item = u64>) {
        let base = scramble(number_of(filename) ^ self.salt);
        for start in starts {
            self.offered += 1;
            let lot = scramble(base.wrapping_add(start.wrapping_mul(GOLDEN_RATIO)));
            let ticket = (lot, Place { recording, start });
            let has_room = self.lowest.len() < self.most;
            if has_room || self.lowest.peek().is_some_and(|highest| ticket < *highest) {
                self.lowest.push(ticket);
            }
            if self.lowest.len() > self.most {
                self.lowest.pop();
            }
        }
    }

    /// How many windows it was offered.
    pub fn offered(&self) -> u64 {
        self.offered
    }

    /// The windows that were chosen, the lowest lot first.
    pub fn chosen(self) -> Vec<Place> {
        let tickets = self.lowest.into_sorted_vec().into_iter();
        tickets.map(|(_, place)| place).collect()
    }
}

/// 2^64 divided by the golden ratio: its multiples lie evenly over all numbers.
const GOLDEN_RATIO: u64 = 0x9E37_79B9_7F4A_7C15;

/// The output function of SplitMix64 (Steele, Lea and Flood, *Fast Splittable Pseudorandom Number Generators*, OOPSLA 2014).
fn scramble(mut value: u64) -> u64 {
    value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

/// The same on every platform and in every version.
fn number_of(filename: &str) -> u64 {
    let bytes: [u8; 32] = Sha256::digest(filename).into();
    let [a, b, c, d, e, f, g, h, ..] = bytes;
    u64::from_le_bytes([a, b, c, d, e, f, g, h])
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const MOST: usize = 300;

    /// What is drawn from recordings of so many windows, by name.
    fn drawn(
        recordings: &[(&str, u64)],
        is_free: impl Fn(&str, u64) -> bool,
    ) -> Vec<(String, u64)> {
        let mut draw = Draw::of_at_most(MOST, 1);
        for (index, (filename, windows)) in recordings.iter().enumerate() {
            let free = (0..*windows).filter(|&start| is_free(filename, start));
            draw.offer(index, filename, free);
        }
        let named = |place: Place| {
            let (filename, _) = recordings[place.recording];
            (filename.to_owned(), place.start)
        };
        draw.chosen().into_iter().map(named).collect()
    }

    fn shared(one: &[(String, u64)], other: &[(String, u64)]) -> usize {
        let one: HashSet<_> = one.iter().collect();
        other.iter().filter(|window| one.contains(window)).count()
    }

    #[test]
    fn every_recording_is_drawn_from_by_its_length() {
        let some = drawn(&[("a", 10_000), ("b", 10), ("c", 30_000)], |_, _| true);
        assert_eq!(some.len(), MOST);
        assert_eq!(some.iter().collect::<HashSet<_>>().len(), MOST);
        let of_a = some.iter().filter(|(name, _)| name == "a").count();
        assert!((55..95).contains(&of_a), "{of_a}");
        let early = some.iter().filter(|(name, at)| name == "c" && *at < 15_000);
        assert!((85..140).contains(&early.count()));
        assert_eq!(drawn(&[("a", 7), ("b", 3)], |_, _| true).len(), 10);
        assert!(drawn(&[("a", 0)], |_, _| true).is_empty());
    }

    #[test]
    fn the_order_of_the_recordings_changes_nothing() {
        let recordings = [("a", 5_000), ("b", 400), ("c", 3_000)];
        let backwards: Vec<(&str, u64)> = recordings.iter().rev().copied().collect();
        let all = |_: &str, _| true;
        assert_eq!(drawn(&recordings, all), drawn(&backwards, all));
    }

    #[test]
    fn other_marks_change_only_the_windows_that_they_touch() {
        let recordings = [("a", 6_000), ("b", 4_000)];
        let every = |nth: u64| move |_: &str, start: u64| start % 20 != nth;
        let (one, other) = (drawn(&recordings, every(3)), drawn(&recordings, every(11)));
        // A twentieth of the windows each, and as many that come after them.
        let shared = shared(&one, &other);
        assert!(shared > MOST * 9 / 10, "{shared}");
    }

    #[test]
    fn a_recording_more_or_a_take_that_grew_takes_only_the_places_that_it_wins() {
        let all = |_: &str, _| true;
        let before = drawn(&[("a", 6_000), ("b", 3_000)], all);
        let more = drawn(&[("a", 6_000), ("new", 1_000), ("b", 3_000)], all);
        let won = more.iter().filter(|(name, _)| name == "new").count();
        assert!((10..60).contains(&won), "{won}");
        assert_eq!(shared(&before, &more), MOST - won);
        let grown = drawn(&[("a", 6_000), ("b", 4_000)], all);
        let won = grown
            .iter()
            .filter(|(name, at)| name == "b" && *at >= 3_000)
            .count();
        assert_eq!(shared(&before, &grown), MOST - won);
    }

    #[test]
    fn draws_of_different_salt_choose_differently() {
        let chosen = |salt| {
            let mut draw = Draw::of_at_most(100, salt);
            draw.offer(0, "a", 0..10_000);
            assert_eq!(draw.offered(), 10_000);
            draw.chosen().into_iter().collect::<HashSet<_>>()
        };
        assert!(chosen(1).intersection(&chosen(2)).count() < 10);
    }
}
