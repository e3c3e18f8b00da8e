//! What the evaluation prints: means over targets.

use serde::{Deserialize, Serialize};

/// One target searched by one head after so many rounds, as `core/benches/evaluate` writes it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    target: String,
    head: String,
    /// The target took no part in choosing the shipped head.
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

/// How well one file was searched, 0 to 1.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Figures {
    average_precision: f64,
    precision_at_half_recall: f64,
    best_f1: f64,
    f1_at_half: f64,
    f1_at_suggested: Option<f64>,
}

/// A figure, and which of an outcome it is.
type Column = (&'static str, fn(&Outcome) -> Option<f64>);

const FIGURES: [Column; 6] = [
    ("event average precision, file A", |o| {
        Some(o.file_a.average_precision)
    }),
    ("event average precision, file B", |o| {
        Some(o.file_b.average_precision)
    }),
    ("precision at recall 0.5, file A", |o| {
        Some(o.file_a.precision_at_half_recall)
    }),
    ("precision at recall 0.5, file B", |o| {
        Some(o.file_b.precision_at_half_recall)
    }),
    ("best F1, file A", |o| Some(o.file_a.best_f1)),
    ("best F1, file B", |o| Some(o.file_b.best_f1)),
];

const THRESHOLDS: [Column; 10] = [
    ("suggested threshold", |o| {
        o.suggested_threshold.map(f64::from)
    }),
    ("file A: F1 at 0.5", |o| Some(o.file_a.f1_at_half)),
    ("file A: F1 at suggested", |o| o.file_a.f1_at_suggested),
    ("file A: best F1", |o| Some(o.file_a.best_f1)),
    ("file B: F1 at 0.5", |o| Some(o.file_b.f1_at_half)),
    ("file B: F1 at suggested", |o| o.file_b.f1_at_suggested),
    ("file B: best F1", |o| Some(o.file_b.best_f1)),
    ("highest score in silence", |o| o.in_silence.map(f64::from)),
    ("highest score in white noise", |o| {
        o.in_noise.map(f64::from)
    }),
    ("seconds of training", |o| Some(o.train_seconds)),
];

/// A choice of targets by name.
type Group<'a> = (&'static str, &'a dyn Fn(&Outcome) -> bool);

/// Prints everything there is to say about `outcomes`.
pub fn print(outcomes: &[Outcome]) {
    let rounds = outcomes.iter().map(|outcome| outcome.round).max();
    let rounds = rounds.map_or(0, |last| last + 1);
    let heads = heads(outcomes);
    // Not every head learns every target.
    let by_all_heads = |outcome: &Outcome| {
        heads.iter().all(|head| {
            outcomes
                .iter()
                .any(|other| other.head == *head && other.target == outcome.target)
        })
    };
    let groups: [Group<'_>; 3] = [
        ("targets that every head learned", &by_all_heads),
        ("all targets", &|_| true),
        ("held-out targets", &|outcome| outcome.held_out),
    ];
    for (group, belongs) in groups {
        let chosen: Vec<&Outcome> = outcomes.iter().filter(|o| belongs(o)).collect();
        let targets = chosen
            .iter()
            .filter(|outcome| outcome.round == 0 && Some(&outcome.head) == heads.first())
            .count();
        println!("\nMeans over {group} ({targets})");
        for (name, figure) in FIGURES {
            println!("  {}", line(name, (0..rounds).map(title)));
            for head in &heads {
                // A mean over fewer targets than the others' would only mislead.
                let learned = chosen.iter().filter(|o| o.head == *head && o.round == 0);
                if learned.count() == targets {
                    println!("    {}", means(head, head, &chosen, rounds, figure));
                }
            }
        }
        if let Some(head) = heads.first() {
            println!("  {}", line("Earmark's threshold", (0..rounds).map(title)));
            for (name, figure) in THRESHOLDS {
                println!("    {}", means(name, head, &chosen, rounds, figure));
            }
        }
    }
}

/// In the order of their first appearance.
fn heads(outcomes: &[Outcome]) -> Vec<String> {
    let mut heads: Vec<String> = Vec::new();
    for outcome in outcomes {
        if !heads.contains(&outcome.head) {
            heads.push(outcome.head.clone());
        }
    }
    heads
}

fn title(round: usize) -> String {
    match round {
        0 => String::from("before"),
        round => format!("round {round}"),
    }
}

fn line(name: &str, cells: impl Iterator<Item = String>) -> String {
    let cells: String = cells.map(|cell| format!("{cell:>9}")).collect();
    format!("{name:<34}{cells}")
}

fn means(
    name: &str,
    head: &str,
    outcomes: &[&Outcome],
    rounds: usize,
    figure: fn(&Outcome) -> Option<f64>,
) -> String {
    let cells = (0..rounds).map(|round| {
        let of_round = outcomes
            .iter()
            .filter(|outcome| outcome.head == head && outcome.round == round);
        let values: Vec<f64> = of_round.filter_map(|outcome| figure(outcome)).collect();
        if values.is_empty() {
            String::from("-")
        } else {
            format!("{:.3}", values.iter().sum::<f64>() / values.len() as f64)
        }
    });
    line(name, cells)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(head: &str, round: usize, held_out: bool, average_precision: f64) -> Outcome {
        let figures = Figures {
            average_precision,
            precision_at_half_recall: 0.5,
            best_f1: 0.5,
            f1_at_half: 0.5,
            f1_at_suggested: None,
        };
        Outcome {
            target: String::from("Gravel"),
            head: head.to_owned(),
            held_out,
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

    #[test]
    fn a_row_is_the_mean_of_its_head_by_round_and_tells_what_is_missing() {
        let outcomes = [
            outcome("ours", 0, false, 0.25),
            outcome("ours", 0, true, 0.75),
            outcome("ours", 1, true, 1.0),
            outcome("theirs", 0, true, 0.0),
        ];
        let all: Vec<&Outcome> = outcomes.iter().collect();
        let row = means("ours", "ours", &all, 3, |o| {
            Some(o.file_a.average_precision)
        });
        let cells: Vec<&str> = row.split_whitespace().collect();
        assert_eq!(cells, ["ours", "0.500", "1.000", "-"]);
        assert_eq!(heads(&outcomes), ["ours", "theirs"]);
        let suggested = means("-", "ours", &all, 1, |o| o.file_a.f1_at_suggested);
        assert_eq!(suggested.split_whitespace().last(), Some("-"));
    }
}
