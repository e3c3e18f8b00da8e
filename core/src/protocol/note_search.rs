//! What a search for notes finds, and which words of a note are tags. Pure values for windows, engine and command line.

/// What a user looks for in notes: every word of it must be there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NoteSearch {
    /// In small letters. A word that begins with `#` is a whole tag, any other a part of the text.
    words: Vec<String>,
}

impl NoteSearch {
    /// Looks for the words of `text`, whatever the case of their letters.
    pub fn new(text: &str) -> Self {
        let words = text.split_whitespace().map(str::to_lowercase);
        Self {
            words: words.collect(),
        }
    }

    /// Whether it has no words, so that it finds everything.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Whether it finds a region with this note.
    pub fn finds(&self, note: Option<&str>) -> bool {
        if self.is_empty() {
            return true;
        }
        let Some(note) = note else {
            return false;
        };
        let text = note.to_lowercase();
        self.words.iter().all(|word| match word.strip_prefix('#') {
            Some(tag) if !tag.is_empty() => tags(&text).any(|known| known == tag),
            _ => text.contains(word.as_str()),
        })
    }
}

/// The tags in `note`, without their `#`: the words that begin with one, as far as they are letters, figures, `-` and `_`.
pub fn tags(note: &str) -> impl Iterator<Item = &str> {
    let tags = note.split_whitespace().filter_map(|word| {
        let tag = word.strip_prefix('#')?;
        let end = tag.find(|c: char| !(c.is_alphanumeric() || c == '-' || c == '_'));
        tag.get(..end.unwrap_or(tag.len()))
    });
    tags.filter(|tag| !tag.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_begin_with_a_hash_are_tags_without_what_ends_a_sentence() {
        let found: Vec<&str> = tags("#door, left; then #Größe_2-b. a#b # #!").collect();
        assert_eq!(found, ["door", "Größe_2-b"]);
    }

    #[test]
    fn a_search_finds_notes_that_have_all_of_its_words() {
        let note = Some("The LEFT door, #creak twice");
        for (search, finds) in [
            ("", true),
            ("left", true),
            ("door twice", true),
            ("door right", false),
            ("#creak", true),
            ("#CREAK left", true),
            ("#cre", false),
            ("cre", true),
            ("#", true),
        ] {
            assert_eq!(NoteSearch::new(search).finds(note), finds, "{search}");
        }
        assert!(NoteSearch::new("  ").finds(None));
        assert!(!NoteSearch::new("door").finds(None));
    }
}
