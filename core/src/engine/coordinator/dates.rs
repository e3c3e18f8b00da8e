//! The dates of versions and backups for people. Pure.

use crate::store::BEFORE_HISTORY;

/// `20260131_142233_000123` as `2026-01-31 14:22:33`; anything else as it is.
pub(super) fn readable_timestamp(timestamp: &str) -> String {
    if timestamp == BEFORE_HISTORY {
        return String::from("before history");
    }
    let mut parts = timestamp.split('_');
    match (parts.next(), parts.next()) {
        (Some(date), Some(time)) if is_digits(date, 8) && is_digits(time, 6) => {
            let (year, rest) = date.split_at(4);
            let (month, day) = rest.split_at(2);
            let (hour, rest) = time.split_at(2);
            let (minute, second) = rest.split_at(2);
            format!("{year}-{month}-{day} {hour}:{minute}:{second}")
        }
        _ => timestamp.to_owned(),
    }
}

fn is_digits(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_read_as_dates_and_foreign_ones_stay() {
        assert_eq!(
            readable_timestamp("20260131_142233_000123"),
            "2026-01-31 14:22:33"
        );
        assert_eq!(readable_timestamp(BEFORE_HISTORY), "before history");
        assert_eq!(readable_timestamp("yesterday"), "yesterday");
        assert_eq!(readable_timestamp("20２6131_142233"), "20２6131_142233");
    }
}
