//! What the first search finds with few examples: how good the first ten hits are.

use earmark_core::scan::peaks;
use serde::Serialize;

use super::Failure;
use super::figures::{FIRST_HITS, precision_of_first};
use super::heads::{Heads, Kind};
use super::material::Target;
use super::session::{Lesson, Session};

/// How many examples are learned from.
const COUNTS: [usize; 5] = [1, 2, 3, 5, 10];

/// The first ten hits after a training with so many examples and no marks.
#[derive(Serialize)]
pub struct Few {
    target: String,
    head: Kind,
    examples: usize,
    /// How many of the first ten hits are the sound, 0 to 1.
    file_a: f64,
    file_b: f64,
}

/// Learns `target` with one head, from some of the examples at a time, in profiles of their own.
pub fn learn(
    session: &mut Session<'_>,
    target: &Target,
    head: Kind,
    heads: &mut Heads,
) -> Result<Vec<Few>, Failure> {
    let truth_a = session.material.file_a.truth(&target.name)?;
    let truth_b = session.material.file_b.truth(&target.name)?;
    let model = heads.models.of(head).to_owned();
    // The first half lies over a bed, the second is clean: alternating, every count has both.
    let half = target.examples.len() / 2;
    let over_bed = target.examples.iter().take(half);
    let clean = target.examples.iter().skip(half);
    let order: Vec<_> = over_bed.zip(clean).flat_map(|(a, b)| [a, b]).collect();
    let mut few = Vec::new();
    for count in COUNTS {
        let profile = format!("{head:?} {} from {count}", target.name);
        let lesson = Lesson {
            profile: &profile,
            class: &target.name,
            model: &model,
        };
        for example in order.iter().take(count) {
            session.add_file(lesson, example)?;
        }
        let examples = session.examples(lesson)?;
        let searched = session.searched(&model)?;
        let answer = heads.ask(head, examples, searched)?;
        let precision = |scores, truth| {
            let hits = peaks(&searched.on_grid(scores));
            precision_of_first(FIRST_HITS, &hits, truth)
        };
        few.push(Few {
            target: target.name.clone(),
            head,
            examples: count,
            file_a: precision(answer.file_a, &truth_a),
            file_b: precision(answer.file_b, &truth_b),
        });
    }
    Ok(few)
}
