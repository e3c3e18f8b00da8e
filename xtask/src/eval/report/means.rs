//! The lines about all classes together: means with their intervals, differences between heads, and few examples.

use super::statistics::{Interval, interval, mean};
use super::{BEFORE, Few, Figure, ORACLE, PRECISION_A, PRECISION_B, SHIPPED, Table, title};

/// A figure by name.
type Named = (&'static str, Figure);

/// A file, and its figure after a training with few examples.
type OfFew = (&'static str, fn(&Few) -> f64);

const WITH_INTERVALS: [Named; 2] = [
    ("event average precision, file A", PRECISION_A),
    ("event average precision, file B", PRECISION_B),
];

const PLAIN: [Named; 6] = [
    ("precision at recall 0.5, file A", |o| {
        Some(o.file_a.precision_at_half_recall)
    }),
    ("precision at recall 0.5, file B", |o| {
        Some(o.file_b.precision_at_half_recall)
    }),
    ("first ten hits, file A", |o| {
        Some(o.file_a.precision_of_first_ten)
    }),
    ("first ten hits, file B", |o| {
        Some(o.file_b.precision_of_first_ten)
    }),
    ("best F1, file A", |o| Some(o.file_a.best_f1)),
    ("best F1, file B", |o| Some(o.file_b.best_f1)),
];

/// Only of Earmark's head, which alone recommends a threshold.
const OF_THRESHOLD: [Named; 16] = [
    ("suggested threshold", |o| {
        o.suggested_threshold.map(f64::from)
    }),
    ("file A: F1 at 0.5", |o| Some(o.file_a.f1_at_half)),
    ("file A: F1 at suggested", |o| o.file_a.f1_at_suggested),
    ("file A: best F1", |o| Some(o.file_a.best_f1)),
    ("file A: error of both edges, s", |o| o.file_a.edge_error_s),
    ("  of clear events", |o| o.file_a.clear_edge_error_s),
    ("  by the scores alone", |o| o.file_a.edge_error_by_scores_s),
    ("file B: F1 at 0.5", |o| Some(o.file_b.f1_at_half)),
    ("file B: F1 at suggested", |o| o.file_b.f1_at_suggested),
    ("file B: best F1", |o| Some(o.file_b.best_f1)),
    ("file B: error of both edges, s", |o| o.file_b.edge_error_s),
    ("  of clear events", |o| o.file_b.clear_edge_error_s),
    ("  by the scores alone", |o| o.file_b.edge_error_by_scores_s),
    ("highest score in silence", |o| o.in_silence.map(f64::from)),
    ("highest score in white noise", |o| {
        o.in_noise.map(f64::from)
    }),
    ("seconds of training", |o| Some(o.train_seconds)),
];

/// Who is compared with whom.
const PAIRS: [(&str, &str); 4] = [
    (SHIPPED, BEFORE),
    (SHIPPED, "logistic_regression"),
    (SHIPPED, "hist_gradient_boosting"),
    (ORACLE, SHIPPED),
];

/// Means over groups of targets, then the differences.
pub fn lines(table: &Table<'_>) -> Vec<String> {
    let (all, held_out) = (table.targets(), table.held_out());
    let mut lines = of_group("all targets", &all, table);
    if held_out.len() < all.len() {
        lines.extend(of_group("held-out targets", &held_out, table));
    }
    // Not every head learns every target, and a mean over fewer targets than the others' would only mislead.
    let boosted = table.learned_by("hist_gradient_boosting");
    if !boosted.is_empty() && boosted.len() < all.len() {
        lines.extend(of_group(
            "the targets that gradient boosting learned",
            &boosted,
            table,
        ));
    }
    lines.extend(differences(table));
    lines
}

fn of_group(group: &str, targets: &[&str], table: &Table<'_>) -> Vec<String> {
    let rounds = table.rounds();
    let mut lines = vec![
        String::new(),
        format!("Means over {group} ({}), [95 % interval]", targets.len()),
    ];
    let values = |head: &str, round, figure| table.figures(targets, head, round, figure);
    // A head that learned only some of these targets is left out.
    let learned = |head: &&str| values(head, 0, PRECISION_A).len() == targets.len();
    let heads: Vec<&str> = table.heads().into_iter().filter(learned).collect();
    for (name, figure) in WITH_INTERVALS {
        lines.push(row(name, rounds.clone().map(round_title), 22));
        for head in &heads {
            let cells = rounds
                .clone()
                .map(|round| with_interval(interval(&values(head, round, figure)), false));
            lines.push(row(&format!("  {}", title(head)), cells, 22));
        }
    }
    for (name, figure) in PLAIN {
        lines.push(row(name, rounds.clone().map(round_title), 9));
        for head in &heads {
            let cells = rounds
                .clone()
                .map(|round| plain(mean(&values(head, round, figure))));
            lines.push(row(&format!("  {}", title(head)), cells, 9));
        }
    }
    lines.push(row(
        "Earmark's threshold",
        rounds.clone().map(round_title),
        9,
    ));
    for (name, figure) in OF_THRESHOLD {
        let cells = rounds
            .clone()
            .map(|round| plain(mean(&values(SHIPPED, round, figure))));
        lines.push(row(&format!("  {name}"), cells, 9));
    }
    lines
}

fn differences(table: &Table<'_>) -> Vec<String> {
    let rounds = table.rounds();
    let mut lines = vec![
        String::new(),
        String::from("Mean differences in event average precision, [95 % interval]"),
        row("", rounds.clone().map(round_title), 25),
    ];
    for (head, other) in PAIRS {
        for (file, figure) in [("A", PRECISION_A), ("B", PRECISION_B)] {
            let of_round = |round| table.differences(head, other, round, figure);
            let count = of_round(0).len();
            if count == 0 {
                continue;
            }
            let name = format!("{} minus {}, {file} ({count})", short(head), short(other));
            let cells = rounds
                .clone()
                .map(|round| with_interval(interval(&of_round(round)), true));
            lines.push(row(&name, cells, 25));
        }
    }
    lines
}

/// How many of the first ten hits are the sound, by the number of examples.
pub fn few(few: &[Few]) -> Vec<String> {
    let mut counts: Vec<usize> = few.iter().map(|few| few.examples).collect();
    counts.sort_unstable();
    counts.dedup();
    let titles = counts.iter().map(|count| format!("{count} ex."));
    let mut lines = vec![
        String::new(),
        String::from(
            "Precision of the first ten hits before any mark, by examples, [95 % interval]",
        ),
        row("", titles, 22),
    ];
    for head in [SHIPPED, BEFORE] {
        let files: [OfFew; 2] = [("A", |few| few.file_a), ("B", |few| few.file_b)];
        for (file, value) in files {
            let cells = counts.iter().map(|count| {
                let of_count = few
                    .iter()
                    .filter(|few| few.head == head && few.examples == *count);
                with_interval(interval(&of_count.map(value).collect::<Vec<_>>()), false)
            });
            lines.push(row(&format!("{}, file {file}", title(head)), cells, 22));
        }
    }
    lines
}

fn short(head: &str) -> &str {
    match head {
        BEFORE => "before",
        ORACLE => "oracle",
        head => title(head),
    }
}

fn round_title(round: usize) -> String {
    format!("round {round}")
}

fn row(name: &str, cells: impl Iterator<Item = String>, width: usize) -> String {
    let cells: String = cells.map(|cell| format!("{cell:>width$}")).collect();
    format!("  {name:<42}{cells}")
}

fn plain(value: Option<f64>) -> String {
    value.map_or_else(|| String::from("-"), |value| format!("{value:.3}"))
}

fn with_interval(value: Option<Interval>, is_difference: bool) -> String {
    match value {
        None => String::from("-"),
        Some(Interval { mean, low, high }) if is_difference => {
            format!("{mean:+.3} [{low:+.3}, {high:+.3}]")
        }
        Some(Interval { mean, low, high }) => format!("{mean:.3} [{low:.3}, {high:.3}]"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::outcome;
    use super::*;

    #[test]
    fn a_head_that_learned_some_of_the_targets_has_no_mean_over_all() {
        let outcomes = [
            outcome("Gravel", SHIPPED, 0, 0.25),
            outcome("Ice", SHIPPED, 0, 0.75),
            outcome("Gravel", "hist_gradient_boosting", 0, 1.0),
        ];
        let table = Table {
            outcomes: &outcomes,
        };
        let over_all = of_group("all targets", &["Gravel", "Ice"], &table);
        assert!(
            over_all
                .iter()
                .any(|line| line.contains("0.500 [0.250, 0.750]"))
        );
        assert!(!over_all.iter().any(|line| line.contains("boosting")));
        let over_one = of_group("one", &["Gravel"], &table);
        assert!(
            over_one
                .iter()
                .any(|line| line.contains("gradient boosting"))
        );
    }

    #[test]
    fn what_was_not_measured_is_a_dash() {
        let outcomes = [outcome("Gravel", SHIPPED, 0, 0.25)];
        let table = Table {
            outcomes: &outcomes,
        };
        let lines = of_group("all targets", &["Gravel"], &table);
        let suggested = lines.iter().find(|line| line.contains("F1 at suggested"));
        assert!(suggested.unwrap().ends_with('-'));
    }
}
