//! Tests under Wine, which now and then does not start a program, or loses an event. A test that fails is run once more, alone; if
//! it passes then, it counts as passed, and the log says so. A fault of Earmark's own fails twice.

use super::super::tally::Tally;
use super::super::watch_tests;
use anyhow::{Context, Result, bail};
use std::process::Command;

/// As many tests as may fail for Wine's sake. If more of one program do, the fault is ours, and nothing is tried again.
const MOST: usize = 3;

/// Runs the tests of `program` that `filters` choose, and those that fail once more.
///
/// # Errors
/// If a test fails twice, more than a few fail, or the program ends by itself.
pub(super) fn run_tests(program: &Command, filters: &[&str], tally: &mut Tally) -> Result<()> {
    let attempt = |filters: &[&str]| {
        let mut tally = Tally::default();
        let is_well = watch_tests(copy(program).args(filters), &mut tally)?;
        Ok(Attempt { is_well, tally })
    };
    try_twice(attempt, filters, tally)
        .with_context(|| format!("`{}`", program.get_program().display()))
}

/// What came of running tests.
struct Attempt {
    /// Whether no test failed and the program did not end by itself.
    is_well: bool,
    tally: Tally,
}

/// Lets `attempt` run the tests that its filters choose.
fn try_twice(
    mut attempt: impl FnMut(&[&str]) -> Result<Attempt>,
    filters: &[&str],
    tally: &mut Tally,
) -> Result<()> {
    let Attempt {
        is_well,
        tally: mut first,
    } = attempt(filters)?;
    if is_well {
        *tally += first;
        return Ok(());
    }
    let failed = std::mem::take(&mut first.names_of_failed);
    let are_all_named = failed.len() as u64 == first.failed;
    if failed.is_empty() || failed.len() > MOST || !are_all_named {
        let count = first.failed;
        *tally += first;
        bail!("{count} tests failed; see above");
    }
    first.failed = 0;
    *tally += first;
    let mut failed_twice = Vec::new();
    for test in failed {
        println!("\n`{test}` failed under Wine; it is run once more, alone.");
        let second = attempt(&["--exact", &test])?;
        // A test that is not run again would read as a success.
        if second.is_well && second.tally.passed == 1 {
            println!("`{test}` passed on the second try.");
            tally.passed += 1;
        } else {
            tally.failed += 1;
            failed_twice.push(test);
        }
    }
    if !failed_twice.is_empty() {
        bail!("failed twice: {}", failed_twice.join(", "));
    }
    Ok(())
}

/// A command that can be started again, with other arguments after its own.
fn copy(command: &Command) -> Command {
    let mut copy = Command::new(command.get_program());
    copy.args(command.get_args());
    if let Some(folder) = command.get_current_dir() {
        copy.current_dir(folder);
    }
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => copy.env(name, value),
            None => copy.env_remove(name),
        };
    }
    copy
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What libtest says of `passed` tests that passed and of the others by name.
    fn said(passed: u64, failed: &[&str]) -> Attempt {
        Attempt {
            is_well: failed.is_empty(),
            tally: Tally {
                passed,
                failed: failed.len() as u64,
                names_of_failed: failed.iter().map(|&name| name.to_owned()).collect(),
            },
        }
    }

    /// Whether two tries are well, and their count, if `second` comes of each second try.
    fn outcome(first: Attempt, second: fn() -> Attempt) -> (bool, String) {
        let mut tally = Tally::default();
        let mut first = Some(first);
        let attempt = |filters: &[&str]| {
            assert_eq!(first.is_some(), filters == ["rooms"]);
            Ok(first.take().unwrap_or_else(second))
        };
        let result = try_twice(attempt, &["rooms"], &mut tally);
        (result.is_ok(), tally.to_string())
    }

    #[test]
    fn a_test_that_fails_once_passes_and_one_that_fails_twice_fails() {
        let passes = || said(1, &[]);
        let fails = || said(0, &["a"]);
        let is_not_found = || said(0, &[]);
        let cases = [
            (passes as fn() -> Attempt, (true, "5 passed, 0 failed")),
            (fails, (false, "4 passed, 1 failed")),
            (is_not_found, (false, "4 passed, 1 failed")),
        ];
        for (second, (is_well, count)) in cases {
            assert_eq!(
                outcome(said(4, &["a"]), second),
                (is_well, count.to_owned())
            );
        }
    }

    #[test]
    fn many_failures_and_a_program_that_ends_by_itself_are_not_tried_again() {
        let passes = || said(1, &[]);
        assert!(!outcome(said(4, &["a", "b", "c", "d"]), passes).0);
        let aborted = Attempt {
            is_well: false,
            tally: Tally::default(),
        };
        assert!(!outcome(aborted, passes).0);
    }
}
