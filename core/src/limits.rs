//! What numbers, spans and names may be: one place that checks what comes from outside, whether a person typed it into the
//! window or on the command line, or a saved state or a database holds it.
//!
//! Pure; any thread. Whoever takes a value from outside calls this first and shows the error: nothing here corrects a value
//! in silence.

use std::fmt;

use crate::scan::LONGEST_S;
use crate::time::Span;

/// A day, in seconds: no length that a person chooses is longer.
const DAY_S: f64 = 86_400.0;
/// A year, in seconds: no recording is longer.
const YEAR_S: f64 = 366.0 * DAY_S;
/// A model's last window may reach beyond the end of a recording, and so may a region's end that somebody copies from a
/// list. An end that lies no further beyond than this is cut to the end; in seconds.
const OVERHANG_S: f64 = 1.0;
/// The shortest example that a model can tell anything from, in seconds.
pub const SHORTEST_EXAMPLE_S: f64 = 0.02;
/// The longest name of a profile, a classifier, a class or a model, in characters.
pub const LONGEST_NAME: usize = 200;
/// The longest note, in characters.
pub const LONGEST_NOTE: usize = 1000;

/// Why a value from outside is refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LimitError {
    #[error("{text:?} is not a number: give {bounds}")]
    NoNumber { text: String, bounds: Bounds },
    #[error("{value} is out of range: give {bounds}")]
    OutOfRange { value: f64, bounds: Bounds },
    #[error("the span ends at {end_s} s, before it starts at {start_s} s: swap the two")]
    Backwards { start_s: f64, end_s: f64 },
    #[error("the span from {at_s} s to {at_s} s is empty: give an end after the start")]
    EmptySpan { at_s: f64 },
    #[error(
        "{at_s} s lies beyond the end of the recording, which is {length_s:.3} s long: give a time within it"
    )]
    BeyondEnd { at_s: f64, length_s: f64 },
    #[error(
        "an example of {length_s:.4} s is too short: give at least {SHORTEST_EXAMPLE_S} s of the sound"
    )]
    ShortExample { length_s: f64 },
    #[error("{what} needs a name: give at least one letter")]
    NoName { what: &'static str },
    #[error("the name of {what} contains the control character {character:?}: leave it out")]
    NameCharacter { what: &'static str, character: char },
    #[error(
        "the name of {what} has {length} characters: give a name of at most {LONGEST_NAME} characters"
    )]
    LongName { what: &'static str, length: usize },
    #[error("the note contains the control character {character:?}: leave it out")]
    NoteCharacter { character: char },
    #[error("the note has {length} characters: write a note of at most {LONGEST_NOTE} characters")]
    LongNote { length: usize },
    #[error("the note is empty: write at least one letter")]
    NoNote,
}

/// The numbers that a value may be, both ends included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// With its article: `a score`.
    what: &'static str,
    unit: &'static str,
    least: f64,
    most: f64,
}

/// A score, and a threshold that scores are compared with.
pub const SCORE: Bounds = Bounds::new("a score", "", 0.0, 1.0);
/// A time within a recording.
pub const TIME_S: Bounds = Bounds::new("a time", " seconds", 0.0, YEAR_S);
/// A frequency of a mark. No sound card records higher ones.
pub const FREQUENCY_HZ: Bounds = Bounds::new("a frequency", " hertz", 0.0, 1_000_000.0);
/// The gap between regions that become one.
pub const FUSE_GAP_S: Bounds = Bounds::new("a gap", " seconds", 0.0, LONGEST_S);
/// The length that shorter regions are widened to.
pub const MIN_LENGTH_S: Bounds = Bounds::new("a shortest length", " seconds", 0.0, LONGEST_S);
/// The length below which a region is not exported.
pub const EXPORT_MIN_LENGTH_S: Bounds = Bounds::new("a shortest length", " seconds", 0.0, DAY_S);
/// The length of an exported piece.
pub const PIECE_S: Bounds = Bounds::new("the length of a piece", " seconds", 0.01, DAY_S);
/// From the start of one exported piece to the start of the next.
pub const SPREAD_S: Bounds = Bounds::new("the spread of pieces", " seconds", 0.01, DAY_S);

impl Bounds {
    /// Numbers from `least` to `most`.
    pub const fn new(what: &'static str, unit: &'static str, least: f64, most: f64) -> Self {
        Self {
            what,
            unit,
            least,
            most,
        }
    }

    /// `value`, if it is a number within bounds.
    ///
    /// # Errors
    /// [`LimitError::OutOfRange`], also for infinity and for what is not a number.
    pub fn check(self, value: f64) -> Result<f64, LimitError> {
        if (self.least..=self.most).contains(&value) {
            Ok(value)
        } else {
            Err(LimitError::OutOfRange {
                value,
                bounds: self,
            })
        }
    }

    /// The number that `text` writes out, if it is within bounds.
    ///
    /// # Errors
    /// When `text` is no number, or one out of bounds.
    pub fn parse(self, text: &str) -> Result<f64, LimitError> {
        let number: f64 = text.trim().parse().map_err(|_| LimitError::NoNumber {
            text: text.chars().take(40).collect(),
            bounds: self,
        })?;
        self.check(number)
    }
}

impl fmt::Display for Bounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            what,
            unit,
            least,
            most,
        } = self;
        if *most >= DAY_S && unit.trim() == "seconds" {
            write!(f, "{what} of at least {least}{unit}")
        } else {
            write!(f, "{what} from {least} to {most}{unit}")
        }
    }
}

/// The span from `start_s` to `end_s` in a recording of `length_s`, all in seconds. An end a little beyond the recording's
/// is cut to it.
///
/// # Errors
/// When a time is no number or negative, the span is empty or runs backwards, or it leaves the recording.
pub fn span_within(start_s: f64, end_s: f64, length_s: f64) -> Result<Span, LimitError> {
    let (start_s, end_s) = (TIME_S.check(start_s)?, TIME_S.check(end_s)?);
    if end_s < start_s {
        return Err(LimitError::Backwards { start_s, end_s });
    }
    if end_s <= start_s {
        return Err(LimitError::EmptySpan { at_s: start_s });
    }
    let beyond = |at_s| LimitError::BeyondEnd { at_s, length_s };
    if start_s >= length_s {
        return Err(beyond(start_s));
    }
    if end_s > length_s + OVERHANG_S {
        return Err(beyond(end_s));
    }
    Span::new(start_s, end_s.min(length_s)).map_err(|_| beyond(end_s))
}

/// `span`, if it is long enough to be an example.
///
/// # Errors
/// [`LimitError::ShortExample`].
pub fn example(span: Span) -> Result<Span, LimitError> {
    let length_s = span.duration_s();
    if length_s < SHORTEST_EXAMPLE_S {
        return Err(LimitError::ShortExample { length_s });
    }
    Ok(span)
}

/// `text` without the blanks around it, if it can be the name of `what` (`a profile`).
///
/// # Errors
/// When nothing is left of it, it holds control characters, or it is too long.
pub fn name<'a>(what: &'static str, text: &'a str) -> Result<&'a str, LimitError> {
    let name = optional_name(what, text)?;
    if name.is_empty() {
        return Err(LimitError::NoName { what });
    }
    Ok(name)
}

/// As [`name`], for what need not have one.
///
/// # Errors
/// When it holds control characters or is too long.
pub fn optional_name<'a>(what: &'static str, text: &'a str) -> Result<&'a str, LimitError> {
    let name = text.trim();
    let length = name.chars().count();
    if length > LONGEST_NAME {
        return Err(LimitError::LongName { what, length });
    }
    match name.chars().find(|character| character.is_control()) {
        Some(character) => Err(LimitError::NameCharacter { what, character }),
        None => Ok(name),
    }
}

/// `text` without the blanks around it, if it can be a note.
///
/// # Errors
/// When nothing is left of it, it has more than one line or other control characters, or it is too long.
pub fn note(text: &str) -> Result<&str, LimitError> {
    let note = text.trim();
    let length = note.chars().count();
    if length == 0 {
        return Err(LimitError::NoNote);
    }
    if length > LONGEST_NOTE {
        return Err(LimitError::LongNote { length });
    }
    match note.chars().find(|character| character.is_control()) {
        Some(character) => Err(LimitError::NoteCharacter { character }),
        None => Ok(note),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_make_no_sense_are_refused_with_what_would() {
        for text in [
            "nan", "NaN", "inf", "-inf", "-5", "1e400", "ten", "", "1.01",
        ] {
            let error = SCORE.parse(text).unwrap_err();
            assert!(
                error.to_string().contains("a score from 0 to 1"),
                "{text}: {error}"
            );
        }
        assert_eq!(SCORE.parse(" 0.5 "), Ok(0.5));
        assert_eq!(SCORE.check(1.0), Ok(1.0));
        assert!(PIECE_S.check(0.0).is_err());
        let error = TIME_S.parse("-5").unwrap_err().to_string();
        assert_eq!(
            error,
            "-5 is out of range: give a time of at least 0 seconds"
        );
    }

    #[test]
    fn a_span_lies_within_its_recording_and_holds_something() {
        let span = |start_s, end_s| span_within(start_s, end_s, 10.0);
        let found =
            |start_s, end_s| span(start_s, end_s).map(|span| (span.start_s(), span.end_s()));
        assert_eq!(found(1.0, 2.0), Ok((1.0, 2.0)));
        assert_eq!(found(9.0, 10.5), Ok((9.0, 10.0)));
        assert_eq!(
            span(2.0, 1.0),
            Err(LimitError::Backwards {
                start_s: 2.0,
                end_s: 1.0
            })
        );
        assert_eq!(span(2.0, 2.0), Err(LimitError::EmptySpan { at_s: 2.0 }));
        for (start_s, end_s, at_s) in [(10.0, 11.0, 10.0), (50.0, 51.0, 50.0), (9.0, 12.0, 12.0)] {
            let length_s = 10.0;
            assert_eq!(
                span(start_s, end_s),
                Err(LimitError::BeyondEnd { at_s, length_s })
            );
        }
        for (start_s, end_s) in [
            (f64::NAN, 1.0),
            (0.0, f64::NAN),
            (-1.0, 1.0),
            (0.0, f64::INFINITY),
        ] {
            let error = span(start_s, end_s).unwrap_err();
            assert!(matches!(error, LimitError::OutOfRange { .. }), "{error}");
        }
        assert!(span_within(0.0, 0.0, 0.0).is_err(), "an empty recording");
    }

    #[test]
    fn an_example_has_something_to_learn_from() {
        let example_of = |length_s| example(Span::new(1.0, 1.0 + length_s).unwrap());
        assert!(example_of(0.1).is_ok());
        assert!(example_of(0.00002).is_err());
    }

    #[test]
    fn names_are_short_and_can_be_printed() {
        assert_eq!(name("a profile", " Türen \n"), Ok("Türen"));
        assert_eq!(
            name("a profile", " \t"),
            Err(LimitError::NoName { what: "a profile" })
        );
        let long = "x".repeat(5000);
        assert!(matches!(
            name("a profile", &long),
            Err(LimitError::LongName { length: 5000, .. })
        ));
        assert!(matches!(
            name("a profile", "a\u{1b}[2Jb"),
            Err(LimitError::NameCharacter {
                character: '\u{1b}',
                ..
            })
        ));
        assert_eq!(optional_name("a classifier", ""), Ok(""));
    }

    #[test]
    fn a_note_is_one_line_that_says_something() {
        assert_eq!(note("  left door, #creak "), Ok("left door, #creak"));
        assert_eq!(note(" \t "), Err(LimitError::NoNote));
        let character = '\n';
        assert_eq!(note("a\nb"), Err(LimitError::NoteCharacter { character }));
        assert!(note(&"ö".repeat(LONGEST_NOTE)).is_ok());
        let length = LONGEST_NOTE + 1;
        assert_eq!(
            note(&"ö".repeat(length)),
            Err(LimitError::LongNote { length })
        );
    }
}
