//! Chooses the examples to learn from, when there are too many for a short training.
//!
//! Pure; any thread; the same choice from the same examples.

use super::{Example, Origin};

/// Examples of each class that are learned from at most: bounds the time of a training, which grows with the cube. Mixed
/// copies are the first to be left out.
pub const MOST_OF_A_CLASS: usize = 600;

/// Indices, ascending, of the examples to learn from: all of them, or of a class with more than [`MOST_OF_A_CLASS`] the
/// most telling, and of those that do not all fit in, an even choice.
pub(super) fn choose(examples: &[Example]) -> Vec<usize> {
    const BY_WORTH: [&[Origin]; 2] = [
        &[Origin::Confirmed, Origin::Clip, Origin::Mixed],
        &[
            Origin::HardNegative,
            Origin::NegativeClip,
            Origin::Background,
        ],
    ];
    let mut chosen = Vec::new();
    for class in BY_WORTH {
        let mut room = MOST_OF_A_CLASS;
        for origin in class {
            let of_origin: Vec<usize> = (0..examples.len())
                .filter(|index| examples.get(*index).map(|e| e.origin) == Some(*origin))
                .collect();
            let taken = of_origin.len().min(room);
            room -= taken;
            let every = |turn: usize| of_origin.get(turn * of_origin.len() / taken.max(1));
            chosen.extend((0..taken).filter_map(every));
        }
    }
    chosen.sort_unstable();
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classifier::testing::World;

    #[test]
    fn of_more_examples_than_are_needed_marks_and_clips_stay_and_the_rest_is_thinned() {
        let mut world = World::new(10, 2);
        let mut examples = world.examples(500, 1_000);
        examples.extend((0..100).map(|group| Example {
            vector: world.a_look_alike(),
            origin: Origin::HardNegative,
            group,
        }));
        let chosen = choose(&examples);
        let count = |origin| {
            let of_origin = chosen.iter().filter(|i| examples[**i].origin == origin);
            of_origin.count()
        };
        assert_eq!((count(Origin::Clip), count(Origin::Mixed)), (500, 100));
        assert_eq!(
            (count(Origin::HardNegative), count(Origin::Background)),
            (100, 500)
        );
        assert!(chosen.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(choose(&examples[..10]), (0..10).collect::<Vec<_>>());
    }
}
