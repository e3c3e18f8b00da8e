//! Words that count: "1 region", "2 stretches". For every text that a person reads, in the window, on the command line and
//! in errors. Pure; any thread.

/// How many there are of what `noun` names in the singular.
pub fn counted(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        count => format!("{count} {}", plural(noun)),
    }
}

/// The regular plural of an English noun, whose last word carries it: no text counts anything irregular.
fn plural(noun: &str) -> String {
    let hisses = ["s", "x", "z", "ch", "sh"];
    if hisses.iter().any(|ending| noun.ends_with(ending)) {
        return format!("{noun}es");
    }
    match noun.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'i', 'o', 'u']) => format!("{stem}ies"),
        _ => format!("{noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_singular_and_every_other_count_is_plural() {
        for (count, noun, expected) in [
            (1, "mark", "1 mark"),
            (0, "region", "0 regions"),
            (2, "hard negative", "2 hard negatives"),
            (2, "stretch", "2 stretches"),
            (1, "stretch", "1 stretch"),
            (3, "box", "3 boxes"),
            (2, "class", "2 classes"),
            (2, "copy", "2 copies"),
            (2, "day", "2 days"),
        ] {
            assert_eq!(counted(count, noun), expected);
        }
    }
}
