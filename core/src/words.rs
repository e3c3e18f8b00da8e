//! Counts and sizes as people read them, in one place for status lines, errors and views.
//!
//! Pure functions for any thread. They must never know what is counted.

/// `1 region`, `2 regions`.
pub fn counted(count: usize, noun: &str) -> String {
    if count == 1 {
        format!("1 {noun}")
    } else {
        format!("{count} {noun}s")
    }
}

/// `1.2 GB`: a size for people, in powers of ten as file managers count.
pub fn bytes_in_words(bytes: u64) -> String {
    let units = [("GB", 1e9), ("MB", 1e6), ("kB", 1e3)];
    let size = bytes as f64;
    match units.into_iter().find(|(_, unit)| size >= *unit) {
        Some((name, unit)) => format!("{:.1} {name}", size / unit),
        None => format!("{bytes} bytes"),
    }
}
