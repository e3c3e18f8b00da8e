//! The lines about each class: how well Earmark's head finds it beside the head before, and what it unlearns.

use super::{BEFORE, Figure, PRECISION_A, PRECISION_B, SHIPPED, Table, title};

/// A class that falls by more than this from one round to the next has unlearned something.
const FALL: f64 = 0.03;

const FILES: [(&str, Figure); 2] = [("A", PRECISION_A), ("B", PRECISION_B)];

/// One table for each file.
pub fn lines(table: &Table<'_>) -> Vec<String> {
    let rounds = table.rounds();
    let mut lines = Vec::new();
    for (file, figure) in FILES {
        lines.push(String::new());
        lines.push(format!(
            "Event average precision on file {file} by class and round"
        ));
        let width = 7 * rounds.len();
        lines.push(format!(
            "  {:<28}{:>width$}{:>width$}{:>width$}",
            "", "before", "Earmark", "difference"
        ));
        for target in table.targets() {
            let value = |head, round| table.figure(target, head, round, figure);
            let before = rounds.clone().map(|round| value(BEFORE, round));
            let shipped = rounds.clone().map(|round| value(SHIPPED, round));
            let differences = rounds
                .clone()
                .map(|round| Some(value(SHIPPED, round)? - value(BEFORE, round)?));
            let cells: String = before
                .chain(shipped)
                .map(|value| cell(value, false))
                .chain(differences.map(|value| cell(value, true)))
                .collect();
            lines.push(format!("  {target:<28}{cells}"));
        }
    }
    lines
}

fn cell(value: Option<f64>, is_difference: bool) -> String {
    match value {
        Some(value) if is_difference => format!("{value:>+7.2}"),
        Some(value) => format!("{value:>7.2}"),
        None => format!("{:>7}", "-"),
    }
}

/// The classes that a head finds worse on file B after a round than before it.
pub fn falls(table: &Table<'_>) -> Vec<String> {
    let mut lines = vec![
        String::new(),
        format!("Classes that fall by more than {FALL} on file B from one round to the next"),
    ];
    for head in [SHIPPED, BEFORE] {
        for round in table.rounds().skip(1) {
            let mut fallen = Vec::new();
            for target in table.targets() {
                let value = |round| table.figure(target, head, round, PRECISION_B);
                if let (Some(earlier), Some(later)) = (value(round - 1), value(round))
                    && earlier - later > FALL
                {
                    fallen.push(format!("{target} {:+.2}", later - earlier));
                }
            }
            let named = match fallen.as_slice() {
                [] => String::from("none"),
                fallen => format!("{}: {}", fallen.len(), fallen.join(", ")),
            };
            lines.push(format!("  {}, round {round}: {named}", title(head)));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::super::testing::outcome;
    use super::*;

    #[test]
    fn a_class_is_named_when_it_falls_and_not_when_it_hardly_moves() {
        let outcomes = [
            outcome("Gravel", SHIPPED, 0, 0.5),
            outcome("Gravel", SHIPPED, 1, 0.44),
            outcome("Ice", SHIPPED, 0, 0.5),
            outcome("Ice", SHIPPED, 1, 0.48),
        ];
        let lines = falls(&Table {
            outcomes: &outcomes,
        });
        assert!(
            lines.contains(&String::from("  Earmark, round 1: 1: Gravel -0.06")),
            "{lines:?}"
        );
    }
}
