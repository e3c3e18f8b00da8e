//! What a pack says about itself. Pure values; any thread. Every field was written by another person and is checked before use.

use serde::{Deserialize, Serialize};

use crate::limits::{self, Bounds, LimitError, SCORE};

/// Earlier classifiers that a pack names at most.
pub const MOST_ANCESTORS: usize = 100;
/// Classes of a classifier at most.
const MOST_CLASSES: usize = 100;
/// How far background may lie from examples, in seconds.
const MARGIN_S: Bounds = Bounds::new("a margin", " seconds", 0.0, 86_400.0);
const CLASSES: Bounds = Bounds::new("a number of classes", "", 1.0, MOST_CLASSES as f64);
const ANCESTORS: Bounds = Bounds::new("a number of versions", "", 0.0, MOST_ANCESTORS as f64);
const DIGITS: Bounds = Bounds::new("a number of hexadecimal digits", "", 64.0, 64.0);
const SECONDS: Bounds = Bounds::new("a duration", " seconds", 0.0, 1e9);

/// Which sound a pack finds, and where it comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// The sound's name.
    pub sound: String,
    /// The classes whose clips were the sound.
    pub classes: Vec<String>,
    #[serde(default)]
    pub negative_class: Option<String>,
    /// What the user calls the classifier; empty when it has no name.
    #[serde(default)]
    pub name: String,
    /// Who trained it; empty when nobody is named.
    #[serde(default)]
    pub author: String,
    /// Under which licence it may be used; empty when none is given.
    #[serde(default)]
    pub licence: String,
    /// `Earmark 0.1.0`.
    #[serde(default)]
    pub made_by: String,
    /// Its version in the database that it comes from.
    pub version: u32,
    /// `2026-04-19 15:36:31`, local time of the training.
    #[serde(default)]
    pub created_at: String,
    /// How long the training took, in seconds.
    #[serde(default)]
    pub training_s: f32,
    #[serde(default)]
    pub used_hard_negatives: bool,
    #[serde(default)]
    pub background_margin_s: f64,
    pub model: ModelOfPack,
    /// Regions are stretches that score at least this.
    pub threshold: f32,
    /// Regions no further apart than this are joined, in seconds.
    pub fuse_gap_s: f64,
    /// Shorter regions are widened to this, in seconds.
    pub min_length_s: f64,
    /// The versions before it, newest first.
    #[serde(default)]
    pub history: Vec<Ancestor>,
}

/// The embedding model without which the classifier means nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelOfPack {
    pub key: String,
    /// Checksum of the model's file.
    pub sha256: String,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub licence: String,
    #[serde(default)]
    pub attribution: String,
}

/// An earlier version of the sound's classifier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ancestor {
    pub version: u32,
    #[serde(default)]
    pub created_at: String,
    /// Positive examples that it learned from.
    #[serde(default)]
    pub clips: u32,
    /// Who trained it, where it came from another person.
    #[serde(default)]
    pub author: String,
    #[serde(default)]
    pub licence: String,
}

impl About {
    /// Refuses names and numbers that make no sense.
    ///
    /// # Errors
    /// The first that is wrong.
    pub fn check(&self) -> Result<(), LimitError> {
        limits::name("a sound", &self.sound)?;
        CLASSES.check(self.classes.len() as f64)?;
        for class in self.classes.iter().chain(&self.negative_class) {
            limits::name("a class", class)?;
        }
        self.model.check()?;
        for (what, text) in [
            ("a classifier", &self.name),
            ("an author", &self.author),
            ("a licence", &self.licence),
            ("a program", &self.made_by),
            ("a date", &self.created_at),
        ] {
            limits::optional_name(what, text)?;
        }
        SCORE.check(f64::from(self.threshold))?;
        SECONDS.check(f64::from(self.training_s))?;
        MARGIN_S.check(self.background_margin_s)?;
        limits::FUSE_GAP_S.check(self.fuse_gap_s)?;
        limits::MIN_LENGTH_S.check(self.min_length_s)?;
        ANCESTORS.check(self.history.len() as f64)?;
        for ancestor in &self.history {
            limits::optional_name("a date", &ancestor.created_at)?;
            limits::optional_name("an author", &ancestor.author)?;
            limits::optional_name("a licence", &ancestor.licence)?;
        }
        Ok(())
    }
}

impl ModelOfPack {
    fn check(&self) -> Result<(), LimitError> {
        limits::name("a model", &self.key)?;
        let digits = self.sha256.bytes().filter(u8::is_ascii_hexdigit).count();
        let digits = match digits == self.sha256.len() {
            true => digits,
            false => 0,
        };
        DIGITS.check(digits as f64)?;
        for (what, text) in [
            ("a model", &self.name),
            ("a licence", &self.licence),
            ("an attribution", &self.attribution),
        ] {
            let text: String = text.chars().take(limits::LONGEST_NAME).collect();
            limits::optional_name(what, &text)?;
        }
        Ok(())
    }
}
