//! One place that prints: text for people, JSON for programs.

use std::io::Write;

use earmark_core::protocol::EngineError;
use serde::Serialize;

#[derive(Clone, Copy)]
pub struct Output {
    json: bool,
}

impl Output {
    pub fn new(json: bool) -> Self {
        Self { json }
    }

    /// Prints `value` as JSON, or what `text` makes of it.
    pub fn show<T: Serialize>(&self, value: &T, text: impl FnOnce(&T) -> String) {
        let printed = if self.json {
            serde_json::to_string_pretty(value)
                .unwrap_or_else(|error| format!("{{\"error\": \"{error}\"}}"))
        } else {
            text(value)
        };
        // A reader that went away (`earmark results | head`) is no error of ours.
        drop(writeln!(std::io::stdout(), "{}", printed.trim_end()));
    }

    /// Prints an error where errors go.
    pub fn error(&self, error: &EngineError) {
        if self.json {
            let value = serde_json::json!({ "error": error.to_string() });
            drop(writeln!(std::io::stderr(), "{value}"));
        } else {
            drop(writeln!(std::io::stderr(), "earmark: {error}"));
        }
    }

    /// A remark that is not part of the result.
    pub fn note(&self, text: &str) {
        drop(writeln!(std::io::stderr(), "earmark: {text}"));
    }
}
