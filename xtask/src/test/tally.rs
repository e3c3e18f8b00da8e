//! Sums the `test result:` lines of `cargo test`, and remembers the names of the tests that failed.

use std::fmt;

/// How many tests passed and failed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Tests that passed.
    pub passed: u64,
    /// Tests that failed.
    pub failed: u64,
    /// Those of the failed tests whose names libtest said.
    pub names_of_failed: Vec<String>,
}

impl Tally {
    /// Adds the figures of `line`, if it is a summary of libtest, or the name in it, if it says that a test failed.
    pub fn read(&mut self, line: &str) {
        let failed = line.trim_end().strip_suffix(" ... FAILED");
        if let Some(name) = failed.and_then(|line| line.strip_prefix("test ")) {
            self.names_of_failed.push(name.to_owned());
        }
        let Some(summary) = line.trim_start().strip_prefix("test result: ") else {
            return;
        };
        for part in summary.split([';', '.']) {
            match part.trim().split_once(' ') {
                Some((count, "passed")) => self.passed += count.parse().unwrap_or(0),
                Some((count, "failed")) => self.failed += count.parse().unwrap_or(0),
                _ => {}
            }
        }
    }
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.names_of_failed.extend(other.names_of_failed);
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} passed, {} failed", self.passed, self.failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summaries_of_all_test_programs_are_added_up() {
        let mut tally = Tally::default();
        for line in [
            "running 3 tests",
            "test a ... ok",
            "test rooms::b ... FAILED",
            "test result: ok. 14 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.03s",
            "test result: FAILED. 2 passed; 3 failed; 0 ignored; 0 measured; 7 filtered out; finished in 1.00s",
        ] {
            tally.read(line);
        }
        assert_eq!(tally.to_string(), "16 passed, 3 failed");
        assert_eq!(tally.names_of_failed, ["rooms::b"]);
    }
}
