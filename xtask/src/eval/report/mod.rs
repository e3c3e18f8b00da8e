//! What the evaluation prints about one set of sounds. It must never measure anything.

mod classes;
mod means;
mod statistics;

use serde::{Deserialize, Serialize};

/// The shipped head, the one it is compared with first, and the one that learns only once.
const SHIPPED: &str = "earmark";
const BEFORE: &str = "before";
const ORACLE: &str = "oracle";

/// What `core/benches/evaluate` writes about one set.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Measured {
    pub outcomes: Vec<Outcome>,
    pub few: Vec<Few>,
}

/// One target searched by one head after so many rounds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    target: String,
    head: String,
    /// The target took no part in choosing.
    held_out: bool,
    round: usize,
    examples: usize,
    train_seconds: f64,
    suggested_threshold: Option<f32>,
    in_silence: Option<f32>,
    in_noise: Option<f32>,
    file_a: Figures,
    file_b: Figures,
}

/// How well one file was searched, 0 to 1 where no unit is named.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Figures {
    average_precision: f64,
    precision_at_half_recall: f64,
    precision_of_first_ten: f64,
    best_f1: f64,
    f1_at_half: f64,
    f1_at_suggested: Option<f64>,
    edge_error_s: Option<f64>,
    clear_edge_error_s: Option<f64>,
    edge_error_by_scores_s: Option<f64>,
}

/// The first ten hits after a training with so many examples and no marks.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Few {
    target: String,
    head: String,
    examples: usize,
    file_a: f64,
    file_b: f64,
}

/// One figure of an outcome.
type Figure = fn(&Outcome) -> Option<f64>;

const PRECISION_A: Figure = |outcome| Some(outcome.file_a.average_precision);
const PRECISION_B: Figure = |outcome| Some(outcome.file_b.average_precision);

/// Prints everything there is to say about `measured`.
pub fn print(measured: &Measured) {
    let table = Table {
        outcomes: &measured.outcomes,
    };
    let mut lines = classes::lines(&table);
    lines.extend(means::lines(&table));
    lines.extend(classes::falls(&table));
    lines.extend(means::few(&measured.few));
    for line in lines {
        println!("{line}");
    }
}

/// Outcomes by target, head and round.
struct Table<'a> {
    outcomes: &'a [Outcome],
}

impl Table<'_> {
    /// In the order of their first appearance.
    fn heads(&self) -> Vec<&str> {
        distinct(self.outcomes.iter().map(|outcome| outcome.head.as_str()))
    }

    /// In the order of their first appearance.
    fn targets(&self) -> Vec<&str> {
        distinct(self.outcomes.iter().map(|outcome| outcome.target.as_str()))
    }

    fn held_out(&self) -> Vec<&str> {
        let held_out = self.outcomes.iter().filter(|outcome| outcome.held_out);
        distinct(held_out.map(|outcome| outcome.target.as_str()))
    }

    /// Those of the targets that `head` learned.
    fn learned_by(&self, head: &str) -> Vec<&str> {
        let learned = self.outcomes.iter().filter(|outcome| outcome.head == head);
        distinct(learned.map(|outcome| outcome.target.as_str()))
    }

    fn rounds(&self) -> std::ops::Range<usize> {
        let last = self.outcomes.iter().map(|outcome| outcome.round).max();
        0..last.map_or(0, |last| last + 1)
    }

    /// The oracle's only outcome is that of every round.
    fn figure(&self, target: &str, head: &str, round: usize, figure: Figure) -> Option<f64> {
        let round = if head == ORACLE { 0 } else { round };
        let outcome = self.outcomes.iter().find(|outcome| {
            outcome.target == target && outcome.head == head && outcome.round == round
        });
        outcome.and_then(figure)
    }

    /// The figure of each of `targets` for which there is one.
    fn figures(&self, targets: &[&str], head: &str, round: usize, figure: Figure) -> Vec<f64> {
        let figures = targets.iter();
        figures
            .filter_map(|target| self.figure(target, head, round, figure))
            .collect()
    }

    /// `head` minus `other`, for each target that both learned.
    fn differences(&self, head: &str, other: &str, round: usize, figure: Figure) -> Vec<f64> {
        let difference = |target: &&str| {
            let ours = self.figure(target, head, round, figure)?;
            Some(ours - self.figure(target, other, round, figure)?)
        };
        self.targets().iter().filter_map(difference).collect()
    }
}

fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut found: Vec<&str> = Vec::new();
    for name in names {
        if !found.contains(&name) {
            found.push(name);
        }
    }
    found
}

/// What a head is called on the screen.
fn title(head: &str) -> &str {
    match head {
        SHIPPED => "Earmark",
        BEFORE => "the head before",
        "logistic_regression" => "logistic regression",
        "hist_gradient_boosting" => "gradient boosting",
        ORACLE => "oracle, knows all of file A",
        other => other,
    }
}

#[cfg(test)]
mod testing {
    use super::*;

    pub fn outcome(target: &str, head: &str, round: usize, average_precision: f64) -> Outcome {
        let figures = Figures {
            average_precision,
            ..Figures::default()
        };
        Outcome {
            target: target.to_owned(),
            head: head.to_owned(),
            held_out: true,
            round,
            examples: 10,
            train_seconds: 0.1,
            suggested_threshold: None,
            in_silence: None,
            in_noise: None,
            file_a: figures.clone(),
            file_b: figures,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::testing::outcome;
    use super::*;

    #[test]
    fn heads_are_compared_on_the_targets_that_both_learned() {
        let outcomes = [
            outcome("Gravel", SHIPPED, 0, 0.75),
            outcome("Ice", SHIPPED, 0, 0.5),
            outcome("Gravel", BEFORE, 0, 0.5),
        ];
        let table = Table {
            outcomes: &outcomes,
        };
        assert_eq!(
            table.differences(SHIPPED, BEFORE, 0, PRECISION_A),
            [0.25],
            "the target of one head alone tells nothing about the other"
        );
        assert_eq!(table.learned_by(BEFORE), ["Gravel"]);
    }

    #[test]
    fn the_oracle_stays_as_it_is_while_the_others_learn() {
        let outcomes = [
            outcome("Gravel", SHIPPED, 1, 0.75),
            outcome("Gravel", ORACLE, 0, 1.0),
        ];
        let table = Table {
            outcomes: &outcomes,
        };
        assert_eq!(table.differences(ORACLE, SHIPPED, 1, PRECISION_B), [0.25]);
    }
}
