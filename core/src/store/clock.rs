//! The formats of times in the database.

use jiff::civil::DateTime;
use jiff::{ToSpan as _, Zoned};

/// Local time to the microsecond. Text order is time order, which the newest-first lists rely on.
const SCAN_TIMESTAMP: &str = "%Y%m%d_%H%M%S_%6f";

/// Now, as Earmark's own columns and the hard negatives have it: `2026-04-19 15:36:31`, local time.
pub fn local_now() -> String {
    Zoned::now().strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// Now, as 8-cut writes `processed_at`: ISO 8601 in UTC with an offset.
pub(super) fn utc_now() -> String {
    let now = Zoned::now().with_time_zone(jiff::tz::TimeZone::UTC);
    now.strftime("%Y-%m-%dT%H:%M:%S.%6f+00:00").to_string()
}

/// Now, for the name of a backup copy.
pub(super) fn file_stamp() -> String {
    Zoned::now().strftime("%Y%m%d_%H%M%S").to_string()
}

/// Today, in the form in which [`file_stamp`] begins.
pub(super) fn today() -> String {
    Zoned::now().strftime("%Y%m%d").to_string()
}

/// A timestamp for a new version: now, or, when the newest version is not older than now (two scans within a
/// microsecond, a clock put back, the end of summer time), just after that one.
pub(super) fn scan_timestamp_after(newest: Option<&str>) -> String {
    timestamp_after(&Zoned::now().strftime(SCAN_TIMESTAMP).to_string(), newest)
}

fn timestamp_after(now: &str, newest: Option<&str>) -> String {
    let Some(newest) = newest.filter(|&newest| newest >= now) else {
        return now.to_owned();
    };
    DateTime::strptime(SCAN_TIMESTAMP, newest)
        .and_then(|moment| moment.checked_add(1.microsecond()))
        .map(|moment| moment.strftime(SCAN_TIMESTAMP).to_string())
        .ok()
        .filter(|next| next.as_str() > newest)
        // Somebody else's idea of a timestamp: anything longer with the same beginning sorts behind it.
        .unwrap_or_else(|| format!("{newest}_1"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scan_timestamp_has_the_form_that_8cut_writes() {
        let stamp = scan_timestamp_after(None);
        assert_eq!(stamp.len(), "20260419_153631_123456".len(), "{stamp}");
        assert!(
            stamp.chars().all(|c| c.is_ascii_digit() || c == '_'),
            "{stamp}"
        );
    }

    #[test]
    fn a_new_version_sorts_behind_the_newest_whatever_the_clock_says() {
        let now = "20260419_153631_999999";
        assert_eq!(timestamp_after(now, Some("20260419_153630_000000")), now);
        assert_eq!(timestamp_after(now, Some(now)), "20260419_153632_000000");
        assert_eq!(
            timestamp_after(now, Some("20991231_235959_999999")),
            "21000101_000000_000000"
        );
        let odd = timestamp_after(now, Some("yesterday"));
        assert!(odd.as_str() > "yesterday", "{odd}");
    }
}
