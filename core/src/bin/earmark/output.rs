//! One place that prints: text for people, JSON for programs. What cannot be written is an error like any other.
//!
//! With `--json` standard output holds one JSON value, and standard error at most one, in the end: what went wrong, and what
//! there is to say besides.

use std::cell::RefCell;
use std::io::{self, IsTerminal, Write};
use std::rc::Rc;

use indicatif::ProgressBar;
use serde::Serialize;

use super::failure::Failure;
use super::progress;

/// Prints what commands say. Clones share their remarks.
#[derive(Clone)]
pub struct Output {
    json: bool,
    /// What is drawn under the lines; hidden where nobody looks.
    bar: ProgressBar,
    /// With `--json`: what is said besides the result, until the end.
    notes: Rc<RefCell<Vec<String>>>,
}

impl Output {
    pub fn new(json: bool) -> Self {
        Self {
            json,
            bar: if json {
                ProgressBar::hidden()
            } else {
                progress::bar()
            },
            notes: Rc::default(),
        }
    }

    /// What is drawn of the progress of a job; clones are the same bar.
    pub fn bar(&self) -> ProgressBar {
        self.bar.clone()
    }

    /// Prints `value` as JSON, or what `text` makes of it.
    ///
    /// # Errors
    /// When it cannot be written, whole and now.
    pub fn show<T: Serialize>(
        &self,
        value: &T,
        text: impl FnOnce(&T) -> String,
    ) -> Result<(), Failure> {
        if self.json {
            let printed = serde_json::to_string_pretty(value);
            return print(&printed.map_err(|error| Failure::Output(error.into()))?);
        }
        self.bar.suspend(|| print(&text(value)))
    }

    /// Prints a line of a result that is still being made. With `--json` the whole result comes in the end.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn show_line(&self, line: &str) -> Result<(), Failure> {
        if self.json {
            Ok(())
        } else {
            self.bar.suspend(|| print(line))
        }
    }

    /// Prints `value` with `--json`, whose text has been printed line by line.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn show_whole<T: Serialize>(&self, value: &T) -> Result<(), Failure> {
        if self.json {
            self.show(value, |_| String::new())
        } else {
            Ok(())
        }
    }

    /// A remark that is not part of the result.
    pub fn note(&self, text: &str) {
        if self.json {
            self.notes.borrow_mut().push(text.to_owned());
        } else {
            // Nobody can be told that the place where errors go is gone.
            self.bar
                .suspend(|| drop(writeln!(io::stderr(), "earmark: {text}")));
        }
    }

    /// Asks whether to `what` (`delete 3 clips`); on a terminal only, because nobody else answers.
    ///
    /// # Errors
    /// When the answer is no, or there is nobody to ask.
    pub fn confirm(&self, what: &str) -> Result<(), Failure> {
        if self.json || !io::stdin().is_terminal() || !io::stderr().is_terminal() {
            return Err(Failure::Unconfirmed {
                what: what.to_owned(),
            });
        }
        drop(write!(
            io::stderr(),
            "earmark: this would {what}. Go on? [y/N] "
        ));
        let mut answer = String::new();
        io::stdin()
            .read_line(&mut answer)
            .map_err(|_| Failure::Declined)?;
        match answer.trim() {
            "y" | "Y" | "yes" => Ok(()),
            _ => Err(Failure::Declined),
        }
    }

    /// Says how it ended: the error, if there is one, and with `--json` all remarks.
    pub fn finish(&self, failure: Option<&Failure>) {
        if !self.json {
            if let Some(failure) = failure {
                drop(writeln!(io::stderr(), "earmark: {failure}"));
            }
            return;
        }
        let notes = self.notes.borrow();
        let mut value = serde_json::Map::new();
        if let Some(failure) = failure {
            value.insert("error".into(), failure.to_string().into());
            if !failure.failed().is_empty() {
                let failed = serde_json::to_value(failure.failed()).unwrap_or_default();
                value.insert("failed".into(), failed);
            }
        }
        if !notes.is_empty() {
            value.insert("notes".into(), notes.clone().into());
        }
        if !value.is_empty() {
            drop(writeln!(io::stderr(), "{}", serde_json::Value::from(value)));
        }
    }
}

/// Writes `text` and a line's end to standard output.
pub fn print(text: &str) -> Result<(), Failure> {
    let text = text.trim_end();
    if text.is_empty() {
        return Ok(());
    }
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{text}")
        .and_then(|()| stdout.flush())
        .map_err(Failure::Output)
}
